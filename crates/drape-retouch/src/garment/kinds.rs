//! Which pattern a kind of garment is cut from, and its usual measures.

use drape_core::style::{Fit, Garment, GarmentKind, Length, Slot};

/// How a kind of top is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    Lapels,
    Zipped,
    Denim,
    Biker,
    Cardigan,
    Hoodie,
    Shirt,
    Pullover,
    Waistcoat,
    Tee,
    Dress,
    Jeogori,
    Skirt,
    Chima,
    Trousers,
    Tie,
    BowTie,
    Scarf,
}

pub(super) fn pattern(kind: GarmentKind) -> Option<Pattern> {
    use GarmentKind as K;
    Some(match kind {
        K::Blazer | K::SuitJacket | K::Jacket | K::Coat | K::TrenchCoat | K::Overcoat => Pattern::Lapels,
        K::BomberJacket | K::VarsityJacket | K::Windbreaker | K::Anorak | K::PaddedJacket => Pattern::Zipped,
        K::FleeceJacket | K::Parka | K::Raincoat => Pattern::Zipped,
        K::DenimJacket => Pattern::Denim,
        K::LeatherJacket => Pattern::Biker,
        K::Cardigan => Pattern::Cardigan,
        K::Hoodie => Pattern::Hoodie,
        K::Shirt | K::DressShirt | K::OxfordShirt | K::PoloShirt | K::Blouse => Pattern::Shirt,
        K::Sweater | K::Turtleneck | K::Knit | K::Sweatshirt => Pattern::Pullover,
        K::Vest | K::Waistcoat => Pattern::Waistcoat,
        K::TShirt | K::Jersey => Pattern::Tee,
        K::Dress | K::ShirtDress | K::SlipDress | K::KnitDress => Pattern::Dress,
        K::EveningDress | K::WeddingDress => Pattern::Dress,
        K::Jeogori | K::Durumagi => Pattern::Jeogori,
        K::Chima => Pattern::Chima,
        K::Tie => Pattern::Tie,
        K::BowTie => Pattern::BowTie,
        K::Scarf => Pattern::Scarf,
        _ if kind.slot() == Slot::Skirt => Pattern::Skirt,
        _ if kind.slot() == Slot::Trousers => Pattern::Trousers,
        _ => return None,
    })
}

/// Whether there is a pattern for a kind of garment.
pub(crate) fn has_pattern(kind: GarmentKind) -> bool {
    pattern(kind).is_some()
}

/// How a top that is asked for under a jacket is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    /// Drawn between the lapels.
    Lapels,
    /// Painted as worn, between the open fronts.
    Fronts,
    /// Not at all.
    Hidden,
}

/// See [`Under`].
pub(crate) fn under(kind: GarmentKind) -> Under {
    match pattern(kind) {
        Some(Pattern::Lapels) => Under::Lapels,
        Some(Pattern::Zipped) if kind == GarmentKind::Anorak => Under::Hidden,
        Some(Pattern::Zipped | Pattern::Denim | Pattern::Biker | Pattern::Cardigan | Pattern::Waistcoat) => {
            Under::Fronts
        }
        _ => Under::Hidden,
    }
}

/// From the pit of the neck to the usual hem, in cm; `hip` is that to the hip joints.
pub(crate) fn usual_hem(kind: GarmentKind, hip: f32) -> f32 {
    use GarmentKind as K;
    hip + match kind {
        K::Durumagi => 56.0,
        K::TrenchCoat | K::Overcoat => 46.0,
        K::Coat => 40.0,
        K::Raincoat => 34.0,
        K::Parka => 24.0,
        K::Blazer | K::SuitJacket | K::Jacket => 9.0,
        K::DenimJacket | K::LeatherJacket | K::BomberJacket | K::VarsityJacket => -2.0,
        K::Hoodie | K::Sweatshirt | K::PaddedJacket | K::Cardigan => 5.0,
        K::Vest | K::Waistcoat => 0.0,
        K::Shirt | K::Blouse | K::DressShirt | K::OxfordShirt | K::PoloShirt => 2.0,
        _ => 3.0,
    }
}

/// A jacket is cut at most this much longer, cm, so that a worn one does not look out below it.
pub(crate) const MOST_LENGTHENED: f32 = 18.0;

/// What the words of a length add to the usual one, cm.
pub(crate) fn lengthened(garment: &Garment) -> f32 {
    match garment.length {
        Some(Length::Cropped) => -9.0,
        Some(Length::Short | Length::Mini) => -5.0,
        Some(Length::Knee) => 26.0,
        Some(Length::Midi | Length::Long) => 34.0,
        Some(Length::Maxi | Length::Ankle) => 50.0,
        None => 0.0,
    }
}

/// What the words of a fit add to the ease, cm.
pub(super) fn loosened(garment: &Garment) -> f32 {
    match garment.fit {
        Some(Fit::Slim | Fit::Skinny | Fit::Tailored) => -0.4,
        Some(Fit::Loose | Fit::Relaxed | Fit::Wide) => 0.8,
        Some(Fit::Oversized) => 1.8,
        _ => 0.0,
    }
}
