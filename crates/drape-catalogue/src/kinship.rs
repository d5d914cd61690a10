//! Which kinds of garments stand in for one another: a suit jacket for a blazer, an oxford shirt
//! for a shirt.

use drape_core::style::GarmentKind::{self, *};
use drape_core::style::Slot;

/// Kinds that are near one another, and how near.
const KIN: &[(f32, &[GarmentKind])] = &[
    (0.92, &[Shirt, DressShirt, OxfordShirt]),
    (0.80, &[Shirt, Blouse]),
    (0.72, &[Blouse, DressShirt, OxfordShirt, Tunic]),
    (0.70, &[TShirt, PoloShirt, Top, Jersey]),
    (0.80, &[TShirt, Top]),
    (0.75, &[TShirt, CropTop]),
    (0.92, &[Sweater, Knit]),
    (0.82, &[Sweater, Knit, Turtleneck]),
    (0.72, &[Sweater, Knit, Sweatshirt]),
    (0.85, &[Hoodie, Sweatshirt]),
    (0.70, &[TankTop, Camisole, CropTop, Bustier, Top]),
    (0.80, &[Camisole, Bustier]),
    (0.70, &[Bodysuit, Top, Turtleneck]),
    (0.60, &[Cardigan, Sweater, Knit]),
    (0.60, &[Vest, Sweater, Knit, Waistcoat]),
    (0.93, &[Blazer, SuitJacket]),
    (0.78, &[Jacket, Blazer, SuitJacket]),
    (0.80, &[Jacket, DenimJacket, BomberJacket, Windbreaker]),
    (0.72, &[Jacket, LeatherJacket, BomberJacket]),
    (0.80, &[BomberJacket, VarsityJacket]),
    (0.88, &[Windbreaker, Anorak]),
    (0.68, &[Windbreaker, Anorak, Raincoat, Parka]),
    (0.78, &[PaddedJacket, Parka]),
    (0.66, &[PaddedJacket, FleeceJacket]),
    (0.93, &[Coat, Overcoat]),
    (0.80, &[Coat, Overcoat, TrenchCoat, DuffleCoat]),
    (0.66, &[Coat, Cape, Parka]),
    (0.70, &[TrenchCoat, Raincoat]),
    (0.75, &[Vest, Waistcoat]),
    (0.75, &[Trousers, Chinos, Slacks, SuitTrousers, WideTrousers, CargoTrousers]),
    (0.90, &[Slacks, SuitTrousers]),
    (0.86, &[Trousers, Slacks]),
    (0.86, &[Trousers, Chinos]),
    (0.82, &[WideTrousers, Culottes]),
    (0.60, &[Jeans, Trousers, Chinos]),
    (0.93, &[Joggers, Sweatpants]),
    (0.60, &[Joggers, Sweatpants, CargoTrousers]),
    (0.85, &[Shorts, DenimShorts]),
    (0.86, &[Skirt, ALineSkirt]),
    (0.80, &[Skirt, ALineSkirt, PleatedSkirt]),
    (0.75, &[Skirt, PencilSkirt]),
    (0.75, &[Skirt, LongSkirt]),
    (0.75, &[Skirt, MiniSkirt, DenimSkirt]),
    (0.82, &[MiniSkirt, TennisSkirt, DenimSkirt]),
    (0.80, &[PleatedSkirt, TennisSkirt]),
    (0.78, &[Dress, ShirtDress, KnitDress, SlipDress]),
    (0.70, &[SlipDress, EveningDress, Dress]),
    (0.62, &[EveningDress, WeddingDress]),
    (0.70, &[Jumpsuit, Overalls]),
    (0.62, &[Jeogori, Hanbok, Chima]),
    (0.66, &[Jeogori, Durumagi]),
    (0.62, &[Baji, Hanbok, Durumagi]),
    (0.85, &[Shoes, Oxfords]),
    (0.82, &[Shoes, Oxfords, Loafers]),
    (0.86, &[Boots, AnkleBoots]),
    (0.75, &[Sandals, Slippers]),
    (0.72, &[Flats, Loafers]),
    (0.70, &[Flats, Heels]),
    (0.88, &[Tights, Stockings]),
    (0.75, &[Tights, Leggings]),
    (0.80, &[Socks, KneeSocks]),
    (0.75, &[Tie, BowTie]),
    (0.75, &[Hat, Beret]),
    (0.70, &[Hat, Cap, Beanie, Beret]),
    (0.88, &[Bag, Handbag]),
    (0.78, &[Bag, ToteBag, Handbag]),
    (0.62, &[Bag, Backpack]),
    (0.70, &[Glasses, Sunglasses]),
    (0.60, &[Necklace, Earrings, Bracelet, Ring, Brooch]),
    (0.60, &[Belt, Suspenders]),
];

/// How well one kind stands in for another, 0 to 1: 1 for the same kind, 0.6 and more for near kinds, less
/// for kinds that share only the place on the body, 0 for all others. Symmetric.
pub fn kinship(a: GarmentKind, b: GarmentKind) -> f32 {
    if a == b {
        return 1.0;
    }
    let near = KIN.iter().filter(|(_, kinds)| kinds.contains(&a) && kinds.contains(&b));
    let near = near.map(|(value, _)| *value).fold(0.0, f32::max);
    if near > 0.0 || a.slot() != b.slot() {
        return near;
    }
    match a.slot() {
        // A ring does not stand in for a backpack.
        Slot::Accessory => 0.12,
        Slot::Legwear => 0.30,
        _ => 0.45,
    }
}
