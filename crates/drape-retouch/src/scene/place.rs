//! The place that a wish asks for, and a place drawn for it.

use drape_core::colour::Oklab;
use drape_core::style::SceneKind;

use super::canvas::Canvas;
use super::floor::{Floor, Shade};

/// A place, and how it should look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) kind: SceneKind,
    /// The colour of plain backgrounds, studios and gradients.
    pub(crate) colour: Option<Oklab>,
    /// Exposure of the photo (see `paint::exposure`).
    pub(crate) light: f32,
    /// 0 gives the usual view of the place; another seed gives another one.
    pub(crate) seed: u32,
}

/// A place drawn and ready to be put behind the person.
pub(super) struct Drawn {
    pub(super) canvas: Canvas,
    pub(super) floor: Floor,
    /// `None` where the photo's own shadows stay.
    pub(super) shade: Option<Shade>,
    /// How far the place takes on the photo's colour of light, 0..=1; `None` for the photo's own place, which
    /// has that light already.
    pub(super) cast: Option<f32>,
}
