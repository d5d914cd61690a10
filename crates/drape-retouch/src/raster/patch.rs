//! A copy of a rectangle of a picture.

use drape_core::colour::Oklab;
use image::RgbImage;

/// A rectangle of a picture; `x` and `y` are its first column and row there.
pub(crate) struct Patch {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) pixels: RgbImage,
}

impl Patch {
    /// The colour at a column and row of the whole picture; `table` is
    /// [`linear_table`](super::srgb::linear_table).
    #[inline]
    pub(crate) fn at(&self, x: usize, y: usize, table: &[f32; 256]) -> Oklab {
        let p = self.pixels.get_pixel((x - self.x) as u32, (y - self.y) as u32);
        Oklab::from_linear_rgb(p.0.map(|v| table[usize::from(v)]))
    }
}
