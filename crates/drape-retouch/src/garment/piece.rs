//! A part of a garment in the smallest window that holds it.

use crate::raster::plane::Plane;
use crate::raster::window::Window;

/// How much of each pixel of a window of the photo a part covers, 0..=1; nothing outside of it.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) window: Window,
    pub(crate) cover: Plane,
}

impl Piece {
    /// The share at a pixel of the photo.
    #[inline]
    pub(crate) fn at(&self, x: usize, y: usize) -> f32 {
        let (x, y) = (x.wrapping_sub(self.window.x), y.wrapping_sub(self.window.y));
        if x < self.window.width && y < self.window.height { self.cover.at(x, y) } else { 0.0 }
    }

    /// Every share changed, by its pixel in the photo.
    #[must_use]
    pub(crate) fn each(&self, f: impl Fn(usize, usize, f32) -> f32 + Sync) -> Self {
        let window = self.window;
        let cover = Plane::from_fn(window.width, window.height, |x, y| {
            let c = self.cover.at(x, y);
            if c <= 0.0 { 0.0 } else { f(x + window.x, y + window.y, c) }
        });
        Self { window, cover }
    }

    /// The part that lies on another one.
    #[must_use]
    pub(crate) fn on(&self, other: &Self) -> Self {
        self.each(|x, y, c| c * other.at(x, y))
    }

    /// The part that does not.
    #[must_use]
    pub(crate) fn without(&self, other: &Self) -> Self {
        self.each(|x, y, c| c * (1.0 - other.at(x, y)))
    }

    /// Pixels covered.
    pub(crate) fn area(&self) -> f32 {
        self.cover.data.iter().sum()
    }

    /// Changes a plane over `whole` where this piece lies: `f(value, share)`.
    pub(crate) fn onto(&self, plane: &mut Plane, whole: Window, f: impl Fn(f32, f32) -> f32) {
        for y in 0..self.window.height {
            let row = (y + self.window.y - whole.y) * whole.width + self.window.x - whole.x;
            let values = &mut plane.data[row..row + self.window.width];
            let shares = &self.cover.data[y * self.window.width..][..self.window.width];
            for (v, c) in values.iter_mut().zip(shares) {
                if *c > 0.0 {
                    *v = f(*v, *c);
                }
            }
        }
    }

    /// The same in a larger window, clipped to `whole`.
    pub(crate) fn grown(&self, by: usize, whole: Window) -> Self {
        let (x0, y0) =
            (self.window.x.saturating_sub(by).max(whole.x), self.window.y.saturating_sub(by).max(whole.y));
        let x1 = (self.window.x + self.window.width + by).min(whole.x + whole.width);
        let y1 = (self.window.y + self.window.height + by).min(whole.y + whole.height);
        let window = Window { x: x0, y: y0, width: x1.saturating_sub(x0), height: y1.saturating_sub(y0) };
        let cover = Plane::from_fn(window.width, window.height, |x, y| self.at(x + x0, y + y0));
        Self { window, cover }
    }
}
