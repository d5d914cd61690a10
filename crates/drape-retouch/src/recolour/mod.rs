//! New colours on a garment that keeps its shape, and the painter of those that do not.
//!
//! The flow: `mask` says which pixels the garment has; `cloth` cuts it out of the photo and separates its own
//! colour from the light on it (`print`: where it carries a print, which is no light); `dye` says which
//! colours, pattern and material it gets, `variation` how they differ from look to look; `frame` says where
//! on the cloth a pixel is; `pattern` and `fabric` are drawn there; `paint` writes the pixels.

pub(crate) mod cloth;
pub(crate) mod dye;
mod fabric;
pub(crate) mod frame;
pub(crate) mod mask;
pub(crate) mod paint;
mod pattern;
pub(crate) mod print;
pub(crate) mod variation;
