//! A rectangle of a picture, kept for itself.

use drape_core::colour::Oklab;
use image::RgbImage;

/// A rectangle of a picture; `x` and `y` are its first column and row there.
pub(crate) struct Patch {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) pixels: RgbImage,
}

impl Patch {
    /// The colour of a pixel of the whole picture. `table`: light of its bytes.
    #[inline]
    pub(crate) fn at(&self, x: usize, y: usize, table: &[f32; 256]) -> Oklab {
        let p = self.pixels.get_pixel((x - self.x) as u32, (y - self.y) as u32);
        Oklab::from_linear_rgb(p.0.map(|v| table[usize::from(v)]))
    }
}
