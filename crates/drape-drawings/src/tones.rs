//! The tones a garment is drawn in, worked out from its colours in OKLab: outline, seams, the dark
//! inside, a lighter side, and the colours of its pattern.

use drape_core::colour::Oklab;
use drape_core::style::{
    Colour, ColourName, Detail, Fit, Garment, GarmentKind, Length, Material, Pattern, Sleeves, Slot,
};

/// A garment and its tones, each as `#rrggbb`.
pub(crate) struct Tones {
    pub(crate) kind: GarmentKind,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) material: Option<Material>,
    pub(crate) length: Option<Length>,
    pub(crate) sleeves: Option<Sleeves>,
    pub(crate) fit: Option<Fit>,
    details: Vec<Detail>,
    /// The cloth itself.
    pub(crate) ground: String,
    /// The outline.
    pub(crate) line: String,
    /// Seams and stitches on the cloth: darker on light cloth, lighter on dark cloth.
    pub(crate) seam: String,
    /// The inside, in shadow.
    pub(crate) inside: String,
    /// A shade darker than the cloth: ribs, soles, facings.
    pub(crate) dim: String,
    /// A shade lighter than the cloth.
    pub(crate) pale: String,
    /// The second colour: given, or one that goes with the ground.
    pub(crate) second: String,
    /// The third colour.
    pub(crate) third: String,
    /// Buttons.
    pub(crate) button: String,
    /// How strong shadows are drawn: softer on light cloth.
    pub(crate) shadow: f32,
    /// How strong lights are drawn: softer on dark cloth.
    pub(crate) light: f32,
    /// Whether a second colour was given.
    pub(crate) two_tone: bool,
}

impl Tones {
    /// The tones of a garment; one without a colour gets the colour that its kind usually has.
    pub(crate) fn of(garment: &Garment) -> Self {
        let colour = garment.colour.clone().unwrap_or_else(|| Colour::new(usual_colour(garment.kind), None));
        let ground = colour.oklab;
        let dark = ground.l < 0.42;
        let moved = |dl: f32, chroma: f32| {
            Oklab { l: (ground.l + dl).clamp(0.05, 0.985), a: ground.a * chroma, b: ground.b * chroma }.hex()
        };
        let given: Vec<&Colour> = garment.pattern_colours.iter().collect();
        let second = given.first().map_or_else(|| companion(ground, garment.pattern), |c| c.hex.clone());
        let third = given
            .get(1)
            .map_or_else(|| if dark { moved(0.30, 0.9) } else { moved(-0.22, 0.9) }, |c| c.hex.clone());
        Self {
            kind: garment.kind,
            pattern: garment.pattern.filter(|p| *p != Pattern::Solid),
            material: garment.material.or_else(|| garment.kind.material()),
            length: garment.length,
            sleeves: garment.sleeves,
            fit: garment.fit,
            details: garment.details.clone(),
            ground: colour.hex.clone(),
            line: moved(if dark { -0.10 } else { -0.26 - 0.10 * ground.l }, 0.8),
            seam: moved(if dark { 0.15 } else { -0.20 }, 0.8),
            inside: moved(if dark { -0.06 } else { -0.20 }, 0.75),
            dim: moved(if dark { 0.045 } else { -0.055 }, 1.0),
            pale: moved(if dark { 0.09 } else { 0.05 }, 0.9),
            button: if dark { moved(0.20, 0.5) } else { moved(-0.28, 0.7) },
            shadow: (1.75 - 1.25 * ground.l).clamp(0.5, 1.2),
            light: (0.35 + 0.9 * ground.l).min(1.0),
            two_tone: !given.is_empty(),
            second,
            third,
        }
    }

    pub(crate) fn has(&self, detail: Detail) -> bool {
        self.details.contains(&detail)
    }

    /// The sleeves it is drawn with.
    pub(crate) fn sleeves_or_usual(&self) -> Sleeves {
        self.sleeves.or_else(|| self.kind.usual_sleeves()).unwrap_or(Sleeves::Short)
    }

    /// How much wider than usual it is drawn, as a factor.
    pub(crate) fn width(&self) -> f32 {
        match self.fit {
            Some(Fit::Skinny) => 0.88,
            Some(Fit::Slim) => 0.93,
            Some(Fit::Tailored) => 0.97,
            Some(Fit::Loose | Fit::Relaxed) => 1.08,
            Some(Fit::Oversized | Fit::Wide) => 1.16,
            _ => 1.0,
        }
    }
}

/// A colour for the pattern where none was given: light on dark, dark on light, and for busy
/// patterns one that is known to go with it.
fn companion(ground: Oklab, pattern: Option<Pattern>) -> String {
    let moved = |dl: f32, c: f32| Oklab { l: ground.l + dl, a: ground.a * c, b: ground.b * c }.hex();
    match pattern {
        Some(Pattern::Floral | Pattern::Graphic) if ground.l > 0.6 => "#c2586b".to_owned(),
        Some(Pattern::Floral | Pattern::Graphic) => "#efd9c8".to_owned(),
        Some(Pattern::Animal) if ground.l > 0.4 => "#2e211b".to_owned(),
        Some(Pattern::Camouflage) => moved(if ground.l > 0.5 { -0.17 } else { 0.14 }, 0.8),
        Some(Pattern::Herringbone | Pattern::GlenCheck | Pattern::DenimWash) => {
            moved(if ground.l > 0.75 { -0.20 } else { 0.20 }, 0.7)
        }
        _ if ground.l > 0.80 && ground.chroma() < 0.04 => "#2b3552".to_owned(),
        _ if ground.l > 0.62 => "#fbf8f1".to_owned(),
        _ => "#ece6d8".to_owned(),
    }
}

/// The colour of a garment for which none is given.
fn usual_colour(kind: GarmentKind) -> ColourName {
    use GarmentKind as K;
    match kind {
        K::Shirt
        | K::DressShirt
        | K::TShirt
        | K::Blouse
        | K::WeddingDress
        | K::Sneakers
        | K::Socks
        | K::KneeSocks
        | K::TennisSkirt
        | K::Jeogori => ColourName::White,
        K::OxfordShirt => ColourName::BabyBlue,
        K::Jeans | K::DenimJacket | K::DenimShorts | K::DenimSkirt | K::Overalls => ColourName::DenimBlue,
        K::TrenchCoat | K::Chinos | K::ToteBag | K::Robe => ColourName::Beige,
        K::Necklace | K::Earrings | K::Ring | K::Bracelet | K::Brooch | K::Watch => ColourName::Gold,
        K::Loafers | K::Belt | K::Boots | K::AnkleBoots | K::Oxfords | K::Bag | K::Handbag => {
            ColourName::Brown
        }
        K::Glasses
        | K::Sunglasses
        | K::Shoes
        | K::Heels
        | K::Tights
        | K::Leggings
        | K::LeatherJacket
        | K::SuitTrousers
        | K::Slacks
        | K::EveningDress => ColourName::Black,
        K::Blazer | K::SuitJacket | K::Tie | K::Waistcoat | K::VarsityJacket | K::Cap => ColourName::Navy,
        K::Chima | K::Hanbok => ColourName::Coral,
        K::Raincoat => ColourName::Yellow,
        K::Stockings => ColourName::Beige,
        K::Coat | K::Overcoat | K::DuffleCoat => ColourName::Camel,
        K::Parka | K::CargoTrousers | K::BomberJacket => ColourName::Khaki,
        _ => match kind.slot() {
            Slot::Upper => ColourName::Oatmeal,
            Slot::Outer => ColourName::Charcoal,
            Slot::Trousers | Slot::Skirt => ColourName::Grey,
            Slot::Dress => ColourName::DustyPink,
            Slot::Footwear | Slot::Legwear => ColourName::Black,
            Slot::Accessory => ColourName::Burgundy,
        },
    }
}
