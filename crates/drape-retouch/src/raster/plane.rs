//! A grid of `f32` and the few operations on it that the engine is made of.

use rayon::prelude::*;

/// `width` x `height` values, row by row.
#[derive(Debug, Clone, Default)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` values.
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of one value.
    pub fn filled(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, data: vec![value; width * height] }
    }

    /// Each value from its column and row; rows are computed in parallel.
    pub fn from_fn(width: usize, height: usize, f: impl Fn(usize, usize) -> f32 + Sync) -> Self {
        let mut data = vec![0.0; width * height];
        data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
            for (x, v) in row.iter_mut().enumerate() {
                *v = f(x, y);
            }
        });
        Self { width, height, data }
    }

    /// The value at a column and row.
    #[inline]
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.width + x]
    }

    /// The value nearest to a position that may lie outside.
    #[inline]
    pub fn clamped(&self, x: isize, y: isize) -> f32 {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.at(x, y)
    }

    /// Bilinear value at pixel coordinates (0.0 is the centre of the first pixel).
    #[inline]
    pub fn sample(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let top = self.at(x0, y0) * (1.0 - fx) + self.at(x1, y0) * fx;
        let low = self.at(x0, y1) * (1.0 - fx) + self.at(x1, y1) * fx;
        top * (1.0 - fy) + low * fy
    }

    /// The plane of `f` of every value.
    pub fn map(&self, f: impl Fn(f32) -> f32 + Sync) -> Self {
        Self {
            width: self.width,
            height: self.height,
            data: self.data.par_iter().with_min_len(1 << 14).map(|&v| f(v)).collect(),
        }
    }

    /// The plane of `f` of every pair of values; both planes have the same size.
    pub fn zip(&self, other: &Self, f: impl Fn(f32, f32) -> f32 + Sync) -> Self {
        debug_assert_eq!((self.width, self.height), (other.width, other.height));
        let pairs = self.data.par_iter().with_min_len(1 << 14).zip(&other.data);
        Self { width: self.width, height: self.height, data: pairs.map(|(&a, &b)| f(a, b)).collect() }
    }

    /// Enlarged or reduced by bilinear interpolation (for reductions below half, blur before).
    pub fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let (kx, ky) = (self.width as f32 / width as f32, self.height as f32 / height as f32);
        // The columns' weights are the same for every row.
        let columns: Vec<(usize, usize, f32)> = (0..width)
            .map(|x| {
                let s = ((x as f32 + 0.5) * kx - 0.5).clamp(0.0, (self.width - 1) as f32);
                (s as usize, (s as usize + 1).min(self.width - 1), s.fract())
            })
            .collect();
        let mut data = vec![0.0; width * height];
        data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
            let s = ((y as f32 + 0.5) * ky - 0.5).clamp(0.0, (self.height - 1) as f32);
            let (y0, fy) = (s as usize, s.fract());
            let y1 = (y0 + 1).min(self.height - 1);
            let top = &self.data[y0 * self.width..][..self.width];
            let low = &self.data[y1 * self.width..][..self.width];
            for (v, &(x0, x1, fx)) in row.iter_mut().zip(&columns) {
                let a = top[x0] + (top[x1] - top[x0]) * fx;
                let b = low[x0] + (low[x1] - low[x0]) * fx;
                *v = a + (b - a) * fy;
            }
        });
        Self { width, height, data }
    }

    /// Reduced by averaging the area that each new pixel covers.
    pub fn reduced(&self, width: usize, height: usize) -> Self {
        if width >= self.width || height >= self.height {
            return self.resized(width, height);
        }
        let (kx, ky) = (self.width as f32 / width as f32, self.height as f32 / height as f32);
        Self::from_fn(width, height, |x, y| {
            let (x0, x1) = ((x as f32 * kx) as usize, (((x + 1) as f32 * kx) as usize).min(self.width));
            let (y0, y1) = ((y as f32 * ky) as usize, (((y + 1) as f32 * ky) as usize).min(self.height));
            let (x1, y1) = (x1.max(x0 + 1), y1.max(y0 + 1));
            let sum: f32 = (y0..y1).map(|y| self.data[y * self.width..][x0..x1].iter().sum::<f32>()).sum();
            sum / ((x1 - x0) * (y1 - y0)) as f32
        })
    }

    /// Mean over a square of `2 * radius + 1` pixels, smaller at the border; constant time per pixel.
    pub fn box_blurred(&self, radius: usize) -> Self {
        if radius == 0 || self.data.is_empty() {
            return self.clone();
        }
        let (w, h) = (self.width, self.height);
        let mut across = vec![0.0; w * h];
        across.par_chunks_mut(w).zip(self.data.par_chunks(w)).for_each(|(out, row)| {
            let mut sum: f32 = row[..radius.min(w)].iter().sum();
            let mut n = radius.min(w);
            for x in 0..w {
                if x + radius < w {
                    sum += row[x + radius];
                    n += 1;
                }
                if x > radius {
                    sum -= row[x - radius - 1];
                    n -= 1;
                }
                out[x] = sum / n as f32;
            }
        });
        // Columns in strips, so that each strip's running sums stay in the cache.
        let mut data = vec![0.0_f32; w * h];
        let strip = w.div_ceil(rayon::current_num_threads().max(1)).max(16);
        let starts: Vec<usize> = (0..w).step_by(strip).collect();
        let parts: Vec<Vec<f32>> = starts
            .par_iter()
            .map(|&x0| {
                let n = strip.min(w - x0);
                let mut out = vec![0.0; n * h];
                let mut sums = vec![0.0_f32; n];
                let mut rows = 0_usize;
                for y in 0..radius.min(h) {
                    for (s, v) in sums.iter_mut().zip(&across[y * w + x0..][..n]) {
                        *s += v;
                    }
                    rows += 1;
                }
                for y in 0..h {
                    if y + radius < h {
                        for (s, v) in sums.iter_mut().zip(&across[(y + radius) * w + x0..][..n]) {
                            *s += v;
                        }
                        rows += 1;
                    }
                    if y > radius {
                        for (s, v) in sums.iter_mut().zip(&across[(y - radius - 1) * w + x0..][..n]) {
                            *s -= v;
                        }
                        rows -= 1;
                    }
                    let k = 1.0 / rows as f32;
                    for (o, s) in out[y * n..][..n].iter_mut().zip(&sums) {
                        *o = s * k;
                    }
                }
                out
            })
            .collect();
        for (&x0, part) in starts.iter().zip(&parts) {
            let n = strip.min(w - x0);
            for y in 0..h {
                data[y * w + x0..][..n].copy_from_slice(&part[y * n..][..n]);
            }
        }
        Self { width: w, height: h, data }
    }

    /// Approximates a Gaussian blur by three box blurs (error under 3 % of the peak).
    pub fn blurred(&self, sigma: f32) -> Self {
        // Width of the box whose threefold application has this standard deviation.
        let radius = ((sigma * sigma * 4.0 + 1.0).sqrt() / 2.0 - 0.5).round() as usize;
        if radius == 0 {
            return self.clone();
        }
        self.box_blurred(radius).box_blurred(radius).box_blurred(radius)
    }

    /// A rectangle of the plane.
    pub fn crop(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        let rows = (y..y + height).flat_map(|y| &self.data[y * self.width + x..][..width]);
        Self { width, height, data: rows.copied().collect() }
    }
}

/// 0 below `low`, 1 above `high`, smooth between (Hermite).
#[inline]
pub(crate) fn smoothstep(low: f32, high: f32, v: f32) -> f32 {
    let t = ((v - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The value below which `share` (0..=1) of the values lie; 0 for none. Reorders its input.
pub(crate) fn quantile(values: &mut [f32], share: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let k = ((values.len() - 1) as f32 * share).round() as usize;
    *values.select_nth_unstable_by(k, f32::total_cmp).1
}
