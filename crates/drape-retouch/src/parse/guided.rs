//! The colour guided filter: carries the edges of a photo into a soft mask.
//!
//! Source: He, Sun and Tang, "Guided Image Filtering" (TPAMI 2013); the linear coefficients are
//! computed on a reduced picture and applied at full size as in "Fast Guided Filter" (He and Sun,
//! arXiv 1505.00996).

use rayon::prelude::*;

use crate::raster::plane::Plane;
use crate::raster::window::Window;

/// The statistics of the guide that the filter needs, computed once for many masks.
pub(crate) struct Guide {
    radius: usize,
    rgb: [Plane; 3],
    mean: [Plane; 3],
    /// Inverse of the covariance plus `epsilon`, six entries of a symmetric matrix: rr rg rb gg gb bb.
    inverse: [Plane; 6],
}

/// The mask as a linear function of the guide's colour around each pixel of a window of it:
/// `a . rgb + b`. Outside the window the mask is zero.
pub(crate) struct Coefficients {
    window: Window,
    a: [Plane; 3],
    b: Plane,
}

impl Guide {
    /// `rgb`: three planes of 0..=1; `radius` in their pixels; `epsilon`: variance (0..=1 squared)
    /// below which a difference counts as noise.
    pub(crate) fn new(rgb: [Plane; 3], radius: usize, epsilon: f32) -> Self {
        let mean = [0, 1, 2].map(|c| rgb[c].box_blurred(radius));
        let pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
        let covariance: Vec<Plane> = pairs
            .par_iter()
            .map(|&(i, j)| {
                let product = rgb[i].zip(&rgb[j], |a, b| a * b).box_blurred(radius);
                let means = mean[i].zip(&mean[j], |a, b| a * b);
                let extra = if i == j { epsilon } else { 0.0 };
                product.zip(&means, |p, m| p - m + extra)
            })
            .collect();
        let (w, h) = (rgb[0].width, rgb[0].height);
        let mut inverse = [0; 6].map(|_| Plane::filled(w, h, 0.0));
        for i in 0..w * h {
            let [rr, rg, rb, gg, gb, bb] = [0, 1, 2, 3, 4, 5].map(|k| covariance[k].data[i]);
            let (c00, c01, c02) = (gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb);
            let k = 1.0 / (rr * c00 + rg * c01 + rb * c02).max(1e-14);
            let minors = [c00, c01, c02, rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg];
            for (plane, m) in inverse.iter_mut().zip(minors) {
                plane.data[i] = m * k;
            }
        }
        Self { radius, rgb, mean, inverse }
    }

    /// The coefficients of one mask of the guide's size, in a window that holds all of the mask and
    /// twice the radius around it.
    pub(crate) fn fit(&self, mask: &Plane, window: Window) -> Coefficients {
        let cut = |p: &Plane| p.crop(window.x, window.y, window.width, window.height);
        let (mask, rgb, own_mean) = (cut(mask), self.rgb.each_ref().map(cut), self.mean.each_ref().map(cut));
        let mean = mask.box_blurred(self.radius);
        let covariance = [0, 1, 2].map(|c| {
            let product = rgb[c].zip(&mask, |i, p| i * p).box_blurred(self.radius);
            let means = own_mean[c].zip(&mean, |a, b| a * b);
            product.zip(&means, |p, m| p - m)
        });
        let n = mask.data.len();
        let [mut ar, mut ag, mut ab, mut b] = [0; 4].map(|_| vec![0.0; n]);
        for y in 0..window.height {
            let line = (y + window.y) * self.rgb[0].width + window.x;
            for x in 0..window.width {
                let i = y * window.width + x;
                let [cr, cg, cb] = [0, 1, 2].map(|c| covariance[c].data[i]);
                let [rr, rg, rb, gg, gb, bb] = [0, 1, 2, 3, 4, 5].map(|k| self.inverse[k].data[line + x]);
                ar[i] = rr * cr + rg * cg + rb * cb;
                ag[i] = rg * cr + gg * cg + gb * cb;
                ab[i] = rb * cr + gb * cg + bb * cb;
                b[i] = mean.data[i]
                    - ar[i] * own_mean[0].data[i]
                    - ag[i] * own_mean[1].data[i]
                    - ab[i] * own_mean[2].data[i];
            }
        }
        let plane = |data| Plane { width: mask.width, height: mask.height, data }.box_blurred(self.radius);
        Coefficients { window, a: [plane(ar), plane(ag), plane(ab)], b: plane(b) }
    }
}

impl Coefficients {
    /// The mask at full size, `a . rgb + b` at every pixel of `rgb`, within 0..=1, and the window
    /// beyond which it is zero. `size`: width and height of the guide that the coefficients are of.
    ///
    /// One pass: the coefficients are interpolated row by row, never stored at full size.
    pub(crate) fn apply(&self, rgb: &[Plane; 3], size: (usize, usize)) -> (Plane, Window) {
        let (w, h) = (rgb[0].width, rgb[0].height);
        let mut out = Plane::filled(w, h, 0.0);
        let from = self.window;
        if from.width == 0 {
            return (out, from);
        }
        let (kx, ky) = (size.0 as f32 / w as f32, size.1 as f32 / h as f32);
        let first = |at: usize, k: f32| (at as f32 / k) as usize;
        let (x, y) = (first(from.x, kx), first(from.y, ky));
        let (right, below) = (first(from.x + from.width, kx).min(w), first(from.y + from.height, ky).min(h));
        let to = Window { x, y, width: right - x, height: below - y };
        let place = |at: usize, k: f32, start: usize, n: usize| {
            let s = ((at as f32 + 0.5) * k - 0.5 - start as f32).clamp(0.0, (n - 1) as f32);
            (s as usize, (s as usize + 1).min(n - 1), s.fract())
        };
        let columns: Vec<(usize, usize, f32)> =
            (to.x..right).map(|x| place(x, kx, from.x, from.width)).collect();
        let rows = out.data.par_chunks_mut(w).enumerate().skip(to.y).take(to.height);
        rows.for_each_init(
            || vec![[0.0_f32; 4]; from.width],
            |row, (y, out)| {
                let (y0, y1, fy) = place(y, ky, from.y, from.height);
                let planes = [&self.a[0], &self.a[1], &self.a[2], &self.b];
                for (k, plane) in planes.into_iter().enumerate() {
                    let line = |y: usize| &plane.data[y * from.width..][..from.width];
                    for ((r, a), b) in row.iter_mut().zip(line(y0)).zip(line(y1)) {
                        r[k] = a + (b - a) * fy;
                    }
                }
                let [r, g, b] = [0, 1, 2].map(|c| &rgb[c].data[y * w + to.x..][..to.width]);
                let out = out[to.x..right].iter_mut().zip(&columns);
                for ((v, &(x0, x1, fx)), ((r, g), b)) in out.zip(r.iter().zip(g).zip(b)) {
                    let (p, q) = (row[x0], row[x1]);
                    let c = |k: usize| p[k] + (q[k] - p[k]) * fx;
                    *v = (c(0) * r + c(1) * g + c(2) * b + c(3)).clamp(0.0, 1.0);
                }
            },
        );
        (out, to)
    }
}
