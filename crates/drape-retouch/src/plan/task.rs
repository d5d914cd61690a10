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
    /// Where the photo shows the garment that is worn in its place.
    pub(crate) area: Area,
    pub(crate) dye: Dye,
    /// Whether the sentence names neither colour, pattern nor material, so that only a new shape changes
    /// anything.
    pub(crate) unnamed: bool,
    /// The parser's confidence in the worn garment, 0..=1.
    pub(super) confidence: f32,
    /// The new shape; `None` keeps the worn one.
    pub(crate) shape: Option<Shape>,
    /// The reasons to report if the shape cannot be laid after all.
    pub(crate) otherwise: Vec<Reason>,
}
