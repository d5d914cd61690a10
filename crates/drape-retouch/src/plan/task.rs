//! One garment to paint.

use drape_core::report::Reason;
use drape_core::style::Slot;

use crate::garment::order::Shape;
use crate::recolour::dye::Dye;
use crate::recolour::mask::Area;

/// One garment to paint.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// Index into the plan's reports.
    pub(crate) report: usize,
    pub(crate) slot: Slot,
    /// Where the photo shows what is worn in its place.
    pub(crate) area: Area,
    pub(crate) dye: Dye,
    /// Whether the sentence says nothing of its colour, pattern or material: only a new shape is a change.
    pub(crate) unnamed: bool,
    /// How sure the parser is of what is worn there, 0..=1.
    pub(super) confidence: f32,
    /// The new shape; none keeps the worn one.
    pub(crate) shape: Option<Shape>,
    /// What the report says if the shape cannot be laid after all.
    pub(crate) otherwise: Vec<Reason>,
}
