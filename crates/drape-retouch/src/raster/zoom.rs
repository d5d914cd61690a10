//! A reduced copy of a large photo, and how it lies in the photo.
//!
//! Garments of a new shape are sewn on such a copy where the person has more pixels than their details
//! need. Pixel centres lie on pixel centres: column `x` of the photo is column `(x + 0.5) / k - 0.5` of
//! a copy `k` times smaller.

use image::RgbImage;
use rayon::prelude::*;

use super::plane::Plane;
use super::window::Window;

/// The sizes of the copy and of the photo, width and height each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Zoom {
    small: (usize, usize),
    full: (usize, usize),
}

impl Zoom {
    /// The photo itself.
    pub(crate) fn none(full: (usize, usize)) -> Self {
        Self { small: full, full }
    }

    /// A copy so small that `area` pixels of the photo become at most `room`.
    pub(crate) fn to_fit(full: (usize, usize), area: usize, room: usize) -> Self {
        let k = (room as f32 / area.max(1) as f32).sqrt();
        if k >= 1.0 {
            return Self::none(full);
        }
        let less = |n: usize| ((n as f32 * k).round() as usize).max(1);
        Self { small: (less(full.0), less(full.1)), full }
    }

    /// Whether the copy is the photo itself.
    #[inline]
    pub(crate) fn is_none(self) -> bool {
        self.small == self.full
    }

    /// Width and height of the copy.
    pub(crate) fn small(self) -> (usize, usize) {
        self.small
    }

    /// Width and height of the photo.
    pub(crate) fn full(self) -> (usize, usize) {
        self.full
    }

    /// How many pixels of the photo one of the copy is, across and down.
    #[inline]
    pub(crate) fn factor(self) -> (f32, f32) {
        (self.full.0 as f32 / self.small.0 as f32, self.full.1 as f32 / self.small.1 as f32)
    }

    /// Where in the copy a column and row of the photo lie (0.0 is the centre of the first pixel).
    #[inline]
    pub(crate) fn within(self, x: f32, y: f32) -> (f32, f32) {
        if self.is_none() {
            return (x, y);
        }
        let (kx, ky) = self.factor();
        ((x + 0.5) / kx - 0.5, (y + 0.5) / ky - 0.5)
    }

    /// The part of the photo that a window of the copy shows.
    pub(crate) fn window(self, small: Window) -> Window {
        let span = |start: usize, n: usize, k: f32, full: usize| {
            let first = ((start as f32 * k) as usize).min(full);
            (first, ((((start + n) as f32 * k).ceil()) as usize).min(full) - first)
        };
        let (kx, ky) = self.factor();
        let (x, width) = span(small.x, small.width, kx, self.full.0);
        let (y, height) = span(small.y, small.height, ky, self.full.1);
        Window { x, y, width, height }
    }

    /// The copy of a picture: the mean over the area of each pixel.
    pub(crate) fn picture(self, full: &RgbImage) -> RgbImage {
        let (w, raw) = (self.full.0 * 3, full.as_raw());
        let (columns, rows) = (shares(self.full.0, self.small.0), shares(self.full.1, self.small.1));
        let mut out = RgbImage::new(self.small.0 as u32, self.small.1 as u32);
        let lines = out.as_mut().par_chunks_mut(self.small.0 * 3).zip(&rows);
        lines.for_each_init(
            || vec![0.0_f32; w],
            |sums, (out, rows)| {
                sums.fill(0.0);
                for (y, share) in rows.iter() {
                    let line = &raw[y * w..][..w];
                    sums.iter_mut().zip(line).for_each(|(s, v)| *s += share * f32::from(*v));
                }
                for (pixel, columns) in out.chunks_exact_mut(3).zip(&columns) {
                    for (c, v) in pixel.iter_mut().enumerate() {
                        *v = (columns.iter().map(|(x, k)| k * sums[x * 3 + c]).sum::<f32>() + 0.5) as u8;
                    }
                }
            },
        );
        out
    }
}

/// For each of `to` pixels, the pixels of `from` that it covers, with their weights.
fn shares(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let k = from as f32 / to as f32;
    let part = |i: usize| {
        let (start, end) = (i as f32 * k, ((i + 1) as f32 * k).min(from as f32));
        let pixels = start as usize..(end.ceil() as usize).min(from);
        let inside = |x: usize| ((x + 1) as f32).min(end) - (x as f32).max(start);
        pixels.map(|x| (x, inside(x).max(0.0) / (end - start))).collect()
    };
    (0..to).map(part).collect()
}

/// Reads planes of one window of the copy row by row, at the size of the photo.
pub(crate) struct Lines {
    zoom: Zoom,
    small: Window,
    /// The part of the photo that is read.
    pub(crate) full: Window,
    columns: Vec<(usize, usize, f32)>,
}

impl Lines {
    pub(crate) fn new(zoom: Zoom, small: Window) -> Self {
        let full = zoom.window(small);
        let column = |x: usize| {
            let (s, _) = zoom.within((x + full.x) as f32, 0.0);
            between(s - small.x as f32, small.width)
        };
        let columns = if zoom.is_none() { Vec::new() } else { (0..full.width).map(column).collect() };
        Self { zoom, small, full, columns }
    }

    /// Row `y` of the photo's window; `line` is the buffer for an enlarged row.
    pub(crate) fn row<'a>(&self, plane: &'a Plane, y: usize, line: &'a mut Vec<f32>) -> &'a [f32] {
        let w = plane.width;
        if self.zoom.is_none() {
            return &plane.data[y * w..][..w];
        }
        let (_, s) = self.zoom.within(0.0, (y + self.full.y) as f32);
        let (y0, y1, fy) = between(s - self.small.y as f32, self.small.height);
        let (top, low) = (&plane.data[y0 * w..][..w], &plane.data[y1 * w..][..w]);
        line.clear();
        line.extend(self.columns.iter().map(|&(x0, x1, fx)| {
            let a = top[x0] + (top[x1] - top[x0]) * fx;
            let b = low[x0] + (low[x1] - low[x0]) * fx;
            a + (b - a) * fy
        }));
        line
    }

    /// The difference of a plane's values on both sides of a pixel of the photo's window, across and down.
    #[inline]
    pub(crate) fn slope(&self, plane: &Plane, x: usize, y: usize) -> (f32, f32) {
        if self.zoom.is_none() {
            let at = |dx, dy| plane.clamped(x as isize + dx, y as isize + dy);
            return (at(1, 0) - at(-1, 0), at(0, 1) - at(0, -1));
        }
        let ((sx, sy), (kx, ky)) = (self.place(x, y), self.zoom.factor());
        let at = |dx: f32, dy: f32| plane.sample(sx + dx / kx, sy + dy / ky);
        (at(1.0, 0.0) - at(-1.0, 0.0), at(0.0, 1.0) - at(0.0, -1.0))
    }

    /// Where a pixel of the photo's window lies in the copy's.
    #[inline]
    pub(crate) fn place(&self, x: usize, y: usize) -> (f32, f32) {
        let (sx, sy) = self.zoom.within((x + self.full.x) as f32, (y + self.full.y) as f32);
        (sx - self.small.x as f32, sy - self.small.y as f32)
    }
}

/// The two of `n` values around a position, and its distance from the first towards the second.
fn between(at: f32, n: usize) -> (usize, usize, f32) {
    let s = at.clamp(0.0, n.saturating_sub(1) as f32);
    (s as usize, (s as usize + 1).min(n - 1), s.fract())
}
