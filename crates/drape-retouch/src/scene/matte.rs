//! The outline of the person: how much of each pixel is the person, and the colour of the old place in it.
//!
//! The colours of the person and of the old place are extended across the outline on a small grid (pull-push;
//! Gortler et al., "The Lumigraph", 1996). The colour of a pixel between the two tells its share of each,
//! which finds single hairs that the parser's outline leaves out.

use image::RgbImage;
use rayon::prelude::*;

use super::canvas::{Rgb, times};
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::components::components;
use crate::raster::copy::within;
use crate::raster::plane::{Plane, smoothstep};

/// Pixels of the grid that colours are carried on.
const GRID_PIXELS: usize = 180_000;

/// Colours with weights, `[r, g, b, weight]` with the colours multiplied by it.
pub(super) struct Field {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) data: Vec<[f32; 4]>,
}

impl Field {
    /// Fills cells without weight from those around them, nearer ones more.
    pub(super) fn filled(mut self) -> Self {
        if self.width > 1 || self.height > 1 {
            let coarse = self.halved().filled();
            let w = self.width;
            self.data.par_chunks_mut(w).enumerate().for_each(|(y, row)| {
                for (x, v) in row.iter_mut().enumerate() {
                    let own = v[3].min(1.0);
                    if own < 1.0 {
                        let (px, py) = ((x as f32 - 0.5) * 0.5, (y as f32 - 0.5) * 0.5);
                        let c = coarse.sample(px, py);
                        let k = own / v[3].max(1e-6);
                        *v = [
                            v[0] * k + c[0] * (1.0 - own),
                            v[1] * k + c[1] * (1.0 - own),
                            v[2] * k + c[2] * (1.0 - own),
                            1.0,
                        ];
                    }
                }
            });
        }
        self.data.par_iter_mut().for_each(|v| {
            let k = 1.0 / v[3].max(1e-6);
            *v = [v[0] * k, v[1] * k, v[2] * k, if v[3] > 0.0 { 1.0 } else { 0.0 }];
        });
        self
    }

    fn halved(&self) -> Self {
        let (w, h) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut data = vec![[0.0; 4]; w * h];
        data.par_chunks_mut(w).enumerate().for_each(|(y, row)| {
            for (x, out) in row.iter_mut().enumerate() {
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let (x, y) = (2 * x + dx, 2 * y + dy);
                    if x < self.width && y < self.height {
                        let v = self.data[y * self.width + x];
                        *out = [0, 1, 2, 3].map(|k| out[k] + v[k]);
                    }
                }
                // A few sure pixels tell the colour as well as many.
                let k = out[3].min(1.0) / out[3].max(1e-6);
                *out = out.map(|v| v * k);
            }
        });
        Self { width: w, height: h, data }
    }

    /// Between pixels; (0, 0) is the centre of the first.
    #[inline]
    pub(super) fn sample(&self, x: f32, y: f32) -> [f32; 4] {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let at = |x: usize, y: usize| &self.data[y * self.width + x];
        let (a, b, c, d) = (at(x0, y0), at(x1, y0), at(x0, y1), at(x1, y1));
        [0, 1, 2, 3].map(|k| {
            let (top, low) = (a[k] + (b[k] - a[k]) * fx, c[k] + (d[k] - c[k]) * fx);
            top + (low - top) * fy
        })
    }
}

/// How much of every pixel is the person, and both colours beside the outline.
pub(super) struct Matte<'a> {
    away: &'a Plane,
    /// Hair and skin, whose pixels are never written.
    kept: [&'a Plane; 2],
    /// The old place, the person's area filled from around it.
    pub(super) behind: Field,
    /// The person's colours, extended outwards.
    person: Field,
    /// How uneven the old place is near a pixel (variance of lightness).
    uneven: Plane,
    /// Share of hair around a pixel, 0..=1.
    hair: Plane,
    /// The parser's background without its fine detail, 0..=1.
    even: Plane,
    /// 1 on uncertain specks away from the person.
    stray: Plane,
    size: (usize, usize),
}

/// One pixel of the outline.
pub(super) struct Mixed {
    /// Share of the person, 0..=1.
    pub(super) alpha: f32,
    /// The person's light in the pixel, already multiplied by the share.
    pub(super) own: Rgb,
}

impl<'a> Matte<'a> {
    /// `picture` shows the styled person in the old place.
    pub(super) fn of(picture: &RgbImage, parse: &'a Parse, table: &[f32; 256]) -> Self {
        let (w, h) = (picture.width() as usize, picture.height() as usize);
        let (gw, gh) = within(w, h, GRID_PIXELS);
        let soft = &*parse.soft[Label::Background];
        let background = soft.reduced(gw, gh);
        let stray = stray(&background);
        let even = background.box_blurred(2);
        // Pixels beside the outline are mixed, so only those that surely belong to one of the two count.
        let surely = |p: Plane| p.box_blurred(1).map(|v| if v > 0.985 { 1.0 } else { 0.0 });
        let is_place = surely(background.map(|b| if b > 0.95 { 1.0 } else { 0.0 }));
        let is_person = surely(background.map(|b| if b < 0.05 { 1.0 } else { 0.0 }));
        let (kx, ky) = (w as f32 / gw as f32, h as f32 / gh as f32);
        let raw = picture.as_raw();
        let small: Vec<Rgb> = (0..gh)
            .into_par_iter()
            .flat_map_iter(|y| {
                let rows = (y as f32 * ky) as usize..(((y + 1) as f32 * ky) as usize).min(h);
                (0..gw).map(move |x| {
                    let columns = (x as f32 * kx) as usize..(((x + 1) as f32 * kx) as usize).min(w);
                    // Of large photos every other pixel is enough.
                    let step = if columns.len() > 3 { 2 } else { 1 };
                    let (mut sum, mut n) = ([0.0; 3], 0.0_f32);
                    for y in rows.clone().step_by(step) {
                        for x in columns.clone().step_by(step) {
                            let i = (y * w + x) * 3;
                            sum = [0, 1, 2].map(|c| sum[c] + table[usize::from(raw[i + c])]);
                            n += 1.0;
                        }
                    }
                    sum.map(|v| v / n.max(1.0))
                })
            })
            .collect();
        let field = |mask: &Plane| {
            let weighted = small.iter().zip(&mask.data).map(|(c, &m)| [c[0] * m, c[1] * m, c[2] * m, m]);
            Field { width: gw, height: gh, data: weighted.collect() }.filled()
        };
        let (behind, person) = rayon::join(|| field(&is_place), || field(&is_person));
        // Measure the unevenness of the old place only where it is sure.
        let light = Plane {
            width: gw,
            height: gh,
            data: small.iter().map(|c| (0.3 * c[0] + 0.6 * c[1] + 0.1 * c[2]).max(0.0).sqrt()).collect(),
        };
        let reach = (gw.max(gh) / 56).max(3);
        let weight = is_place.box_blurred(reach).map(|w| w.max(1e-4));
        let local = |p: Plane| p.zip(&is_place, |v, m| v * m).box_blurred(reach).zip(&weight, |s, w| s / w);
        let (mean, square) = (local(light.clone()), local(light.map(|v| v * v)));
        let spread = square.zip(&mean, |s, m| (s - m * m).max(0.0));
        // Without such pixels nearby the unevenness is unknown.
        let uneven = spread.zip(&weight, |v, w| if w < 0.02 { 0.02 } else { v });
        let hair = parse.soft[Label::Hair].reduced(gw, gh).map(|v| if v > 0.5 { 1.0 } else { 0.0 });
        let hair = hair.box_blurred(gw.max(gh) / 64);
        let kept = [Label::Hair, Label::Skin].map(|l| &*parse.soft[l]);
        Self { away: soft, kept, behind, person, uneven, hair, even, stray, size: (w, h) }
    }

    /// Share of the person by the parser, 0..=1.
    #[inline]
    pub(super) fn outline(&self, x: usize, y: usize) -> f32 {
        let read = |p: &Plane| {
            if (p.width, p.height) == self.size {
                return p.at(x, y);
            }
            let (kx, ky) = (p.width as f32 / self.size.0 as f32, p.height as f32 / self.size.1 as f32);
            p.sample((x as f32 + 0.5) * kx - 0.5, (y as f32 + 0.5) * ky - 0.5)
        };
        let likely = 1.0 - read(self.away);
        if likely < 0.04 {
            0.0
        } else if likely > 0.97 {
            1.0
        } else {
            // Hair and skin are never written, so the pixels beside them keep a soft edge; cloth is cut a
            // little closer. In front of an uneven place (cobbles), the filter finds edges that are no
            // outline, so there the step is steeper.
            let kept = ((read(self.kept[0]) + read(self.kept[1])) / likely).min(1.0);
            let (gx, gy) = self.place(x, y);
            let rough = smoothstep(0.004, 0.018, self.uneven.sample(gx, gy).min(0.9));
            let (low, high) = (0.24 - 0.16 * kept, 0.86 - 0.20 * kept);
            // On such a place, also pull the outline towards its blurred self, which removes crumbs.
            let around = 1.0 - self.even.sample(gx, gy);
            let likely = likely + (around - likely) * 0.65 * rough * (1.0 - kept);
            let alone = 1.0 - self.stray.sample(gx, gy);
            alone * smoothstep(low + (0.36 - low) * rough, high + (0.72 - high) * rough, likely)
        }
    }

    /// Position on the grid.
    #[inline]
    fn place(&self, x: usize, y: usize) -> (f32, f32) {
        let (kx, ky) =
            (self.behind.width as f32 / self.size.0 as f32, self.behind.height as f32 / self.size.1 as f32);
        ((x as f32 + 0.5) * kx - 0.5, (y as f32 + 0.5) * ky - 0.5)
    }

    /// Whether single hairs may lie in a pixel that the parser calls background.
    #[inline]
    pub(super) fn near_hair(&self, x: usize, y: usize) -> bool {
        let (gx, gy) = self.place(x, y);
        self.hair.clamped(gx.round() as isize, gy.round() as isize) > 0.02
    }

    /// Takes the old place out of a pixel near the outline. `seen`: its linear light.
    pub(super) fn unmix(&self, x: usize, y: usize, outline: f32, seen: Rgb) -> Mixed {
        let (gx, gy) = self.place(x, y);
        let (back, own) = (self.behind.sample(gx, gy), self.person.sample(gx, gy));
        if back[3] <= 0.0 || own[3] <= 0.0 {
            return Mixed { alpha: outline, own: times(seen, outline) };
        }
        // Compare in square roots of light, about as the eye does.
        let eye = |v: f32| v.max(0.0).sqrt();
        let (mut along, mut apart) = (0.0, 0.0);
        for c in 0..3 {
            let d = eye(own[c]) - eye(back[c]);
            along += (eye(seen[c]) - eye(back[c])) * d;
            apart += d * d;
        }
        let by_colour = smoothstep(0.12, 0.88, along / apart.max(1e-5));
        // Trust the colour where person and place differ by more than the place varies.
        let uneven = self.uneven.sample(gx, gy);
        let trust = smoothstep(0.012, 0.09, apart) * smoothstep(0.12, 0.02, uneven / apart.max(1e-5));
        // Away from the outline, single hairs can be told only from an even place.
        let strict = smoothstep(0.03, 0.006, uneven / apart.max(1e-5));
        let trust = trust * (strict + (1.0 - strict) * smoothstep(0.05, 0.30, outline));
        // Allow single hairs beyond the parser's outline, but no cloth.
        let most = (outline * 1.6).max(smoothstep(0.02, 0.22, self.hair.sample(gx, gy))).min(1.0);
        let alpha = outline + (by_colour.min(most) - outline) * trust * 0.85;
        let rest = 1.0 - alpha;
        let light = [0, 1, 2].map(|c| {
            // The person's share must look like the person nearby; otherwise the old place would show as a
            // fringe.
            let left = seen[c] - rest * back[c];
            let (low, high) = (alpha * own[c] * 0.55, alpha * (own[c] * 1.30 + 0.012));
            left.clamp(low.min(high), high)
        });
        Mixed { alpha, own: light }
    }
}

/// Small areas that the parser takes for a person without being sure anywhere.
fn stray(background: &Plane) -> Plane {
    let (w, h) = (background.width, background.height);
    let parts = components(w, h, |i| background.data[i] < 0.85);
    let mut sure = vec![0_usize; parts.sizes.len()];
    for (&id, b) in parts.ids.iter().zip(&background.data) {
        if id != u32::MAX && *b < 0.35 {
            sure[id as usize] += 1;
        }
    }
    let least = w * h / 8000;
    let alone = |&id: &u32| id != u32::MAX && sure[id as usize] < least;
    let data = parts.ids.iter().map(|id| if alone(id) { 1.0 } else { 0.0 }).collect();
    // Mark their rims, too.
    Plane { width: w, height: h, data }.box_blurred(2).map(|v| (4.0 * v).min(1.0))
}
