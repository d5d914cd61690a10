//! Paints garments: new colours on those that keep the worn shape, and all of those with a new shape.
//!
//! The flow: `mask` finds the garment's pixels; `cloth` cuts it out of the photo and separates its own colour
//! from the light on it (`print` keeps prints out of the light); `dye` gives its new colours, pattern and
//! material, `variation` how they differ from look to look; `frame` gives each pixel's position on the cloth,
//! where `pattern` and `fabric` are drawn; `paint` writes the pixels.

pub(crate) mod cloth;
pub(crate) mod dye;
mod fabric;
pub(crate) mod frame;
pub(crate) mod mask;
pub(crate) mod paint;
mod pattern;
pub(crate) mod print;
pub(crate) mod variation;
