//! Measures in centimetres from the words and kinds of garments: hems, lengths, ease.

use drape_core::style::{Fit, Garment, GarmentKind, Length, SewingPattern as P};

/// How a top that is worn under a jacket is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    /// Drawn between the lapels.
    Lapels,
    /// Painted as worn, between the open fronts.
    Fronts,
    /// Not at all.
    Hidden,
}

/// How a top is seen under a jacket of this kind.
pub(crate) fn under(jacket: GarmentKind) -> Under {
    let facts = jacket.facts();
    match facts.sewn_as.filter(|_| facts.opens) {
        Some(P::Lapels) => Under::Lapels,
        Some(P::Zipped | P::Denim | P::Biker | P::Cardigan | P::Waistcoat) => Under::Fronts,
        _ => Under::Hidden,
    }
}

/// From the pit of the neck to the usual hem of a top or jacket, cm; `hip`: to the hip joints.
pub(crate) fn usual_hem(kind: GarmentKind, hip: f32) -> f32 {
    hip + kind.facts().hem
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
