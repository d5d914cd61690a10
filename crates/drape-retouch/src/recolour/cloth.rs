//! A garment cut out of the photo: its soft outline, its own colour, and the light on it.
//!
//! Lightness is taken for light on cloth, except where the garment carries a print (`print`).

use drape_core::colour::Oklab;
use drape_core::photo::Photo;
use rayon::prelude::*;

use super::print::{ground_colour, light_on};
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::plane::{Plane, smoothstep};
use crate::raster::srgb::linear_table;
use crate::raster::window::Window;

/// One garment, cut out of the photo by its bounds.
pub(crate) struct Cloth {
    /// First column and row of the cut in the photo.
    pub(crate) x0: usize,
    pub(crate) y0: usize,
    /// How much of each pixel is the garment, 0..=1.
    pub(crate) alpha: Plane,
    /// The garment's own colour at each pixel, without the share of its surroundings in mixed pixels.
    pub(crate) own: [Plane; 3],
    /// Perceived lightness ([`drape_core::colour::toe`] of OKLab's) without prints.
    pub(crate) shade: Plane,
    /// Median colour of the ground.
    pub(crate) ground: Oklab,
    /// Half the distance between the tenth and ninetieth percentile of `shade`.
    pub(crate) spread: f32,
    /// Perceived lightness that the new garment's own shape adds, about -0.3..=0.2; `None` for a garment that
    /// keeps the worn shape.
    pub(crate) shape: Option<Plane>,
    /// Sorted sample of `shade`, for quantiles.
    levels: Vec<f32>,
}

impl Cloth {
    /// Cuts a garment out by its soft mask (of the working picture); `None` when nothing of it is left.
    /// `glossy`: whether its lights are highlights, as on leather shoes, and no print.
    ///
    /// `taken`: the share of each pixel (of the working picture) that earlier garments have. This one takes
    /// from the rest, because a pixel that is painted twice would lose its old colour twice.
    pub(crate) fn cut(
        photo: &Photo,
        parse: &Parse,
        mut mask: Plane,
        glossy: bool,
        taken: &mut Plane,
    ) -> Option<Self> {
        let (fw, fh) = (photo.pixels.width() as usize, photo.pixels.height() as usize);
        let (w, h) = parse.working_size();
        let bounds = Window::of(&mask, 0.2);
        if bounds.width == 0 {
            return None;
        }
        for (v, taken) in mask.data.iter_mut().zip(&mut taken.data) {
            *v = smoothstep(0.2, 0.8, *v).min(1.0 - *taken);
            *taken += *v;
        }
        // Bounds at full size, with room for blurs.
        let (kx, ky) = (fw as f32 / w as f32, fh as f32 / h as f32);
        let room = 8;
        let x0 = ((bounds.x as f32 * kx) as usize).saturating_sub(room);
        let y0 = ((bounds.y as f32 * ky) as usize).saturating_sub(room);
        let x1 = (((bounds.x + bounds.width) as f32 * kx) as usize + room).min(fw);
        let y1 = (((bounds.y + bounds.height) as f32 * ky) as usize + room).min(fh);
        let (bw, bh) = (x1 - x0, y1 - y0);
        let labels = parse.labels.as_raw();
        let alpha = Plane::from_fn(bw, bh, |x, y| {
            let (px, py) = (x + x0, y + y0);
            // A garment that keeps its shape never writes pixels labelled hair or skin.
            let label = labels[py * fw + px];
            if Label::Hair.is(label) || Label::Skin.is(label) {
                return 0.0;
            }
            if (fw, fh) == (w, h) {
                mask.at(px, py)
            } else {
                mask.sample((px as f32 + 0.5) / kx - 0.5, (py as f32 + 0.5) / ky - 0.5)
            }
        });
        let table = linear_table();
        let raw = photo.pixels.as_raw();
        let mut colours = vec![Oklab::default(); bw * bh];
        colours.par_chunks_mut(bw).enumerate().for_each(|(y, row)| {
            for (x, c) in row.iter_mut().enumerate() {
                if alpha.at(x, y) > 0.0 {
                    let i = ((y + y0) * fw + x + x0) * 3;
                    *c = Oklab::from_linear_rgb([0, 1, 2].map(|k| table[usize::from(raw[i + k])]));
                }
            }
        });
        let plane =
            |f: fn(&Oklab) -> f32| Plane { width: bw, height: bh, data: colours.par_iter().map(f).collect() };
        let seen = [plane(|c| c.l), plane(|c| c.a), plane(|c| c.b)];
        drop(colours);
        let own = unmixed(&seen, &alpha);
        drop(seen);
        Self::light(photo, (x0, y0), alpha, own, glossy)
    }

    fn light(
        photo: &Photo,
        (x0, y0): (usize, usize),
        alpha: Plane,
        mut own: [Plane; 3],
        glossy: bool,
    ) -> Option<Self> {
        let inner: Vec<usize> = (0..alpha.data.len()).filter(|&i| alpha.data[i] > 0.9).collect();
        if inner.len() < 64 {
            return None;
        }
        // A sample is enough for statistics.
        let step = (inner.len() / 20_000).max(1);
        let sample: Vec<usize> = inner.iter().copied().step_by(step).collect();
        let ground = ground_colour(&own, &sample);
        let (shade, printed) = light_on(&own, &alpha, ground, glossy);
        if printed {
            unmix_from_beside(&mut own, photo, (x0, y0), &alpha);
        }
        let mut levels: Vec<f32> = sample.iter().map(|&i| shade.data[i]).collect();
        levels.sort_unstable_by(f32::total_cmp);
        let level = |share: f32| levels[((levels.len() - 1) as f32 * share) as usize];
        let spread = ((level(0.9) - level(0.1)) / 2.0).max(0.008);
        Some(Self { x0, y0, alpha, own, shade, ground, spread, shape: None, levels })
    }

    /// A garment of a new shape. `light` is the perceived lightness of its cloth before the shape's own
    /// shading. `None` when hardly a pixel of it is visible.
    pub(crate) fn sewn(
        (x0, y0): (usize, usize),
        alpha: Plane,
        own: [Plane; 3],
        light: Plane,
        ground: Oklab,
        shape: Plane,
    ) -> Option<Self> {
        let mut levels: Vec<f32> =
            light.data.iter().zip(&alpha.data).filter(|(_, a)| **a > 0.9).map(|(l, _)| *l).collect();
        if levels.len() < 12 {
            return None;
        }
        levels.sort_unstable_by(f32::total_cmp);
        let level = |share: f32| levels[((levels.len() - 1) as f32 * share) as usize];
        let spread = ((level(0.9) - level(0.1)) / 2.0).max(0.03);
        Some(Self { x0, y0, alpha, own, shade: light, ground, spread, shape: Some(shape), levels })
    }

    /// The part of the picture that the cut is of.
    pub(crate) fn window(&self) -> Window {
        Window { x: self.x0, y: self.y0, width: self.alpha.width, height: self.alpha.height }
    }

    /// The lightness below which this share of the garment lies.
    pub(crate) fn level(&self, share: f32) -> f32 {
        self.levels[((self.levels.len() - 1) as f32 * share.clamp(0.0, 1.0)) as usize]
    }
}

/// The garment's colour without its surroundings: mixed pixels at the edge get the mean of the sure pixels
/// nearby.
pub(crate) fn unmixed(seen: &[Plane; 3], alpha: &Plane) -> [Plane; 3] {
    let sure = alpha.map(|a| if a > 0.97 { 1.0 } else { 0.0 });
    let (near, far) = (sure.box_blurred(3), sure.box_blurred(12));
    [0, 1, 2].map(|c| {
        let weighted = seen[c].zip(&sure, |v, s| v * s);
        let (near_sum, far_sum) = (weighted.box_blurred(3), weighted.box_blurred(12));
        let data = (0..alpha.data.len())
            .into_par_iter()
            .with_min_len(1 << 14)
            .map(|i| {
                let (a, v) = (alpha.data[i], seen[c].data[i]);
                if a > 0.97 || a <= 0.0 {
                    return v;
                }
                let around = if near.data[i] > 0.04 {
                    near_sum.data[i] / near.data[i]
                } else if far.data[i] > 1e-3 {
                    far_sum.data[i] / far.data[i]
                } else {
                    return v;
                };
                let t = smoothstep(0.75, 0.97, a);
                around * (1.0 - t) + v * t
            })
            .collect();
        Plane { width: alpha.width, height: alpha.height, data }
    })
}

/// Unmixes the edge of a printed garment. The mean of nearby cloth does not tell which of the print's colours
/// a pixel has, so this subtracts the background's share instead: the mean colour just outside the garment.
fn unmix_from_beside(own: &mut [Plane; 3], photo: &Photo, (x0, y0): (usize, usize), alpha: &Plane) {
    const REACH: usize = 4;
    let table = linear_table();
    let (raw, stride) = (photo.pixels.as_raw(), photo.pixels.width() as usize);
    let linear = |x: usize, y: usize| {
        let i = ((y + y0) * stride + x + x0) * 3;
        [0, 1, 2].map(|c| table[usize::from(raw[i + c])])
    };
    for y in 0..alpha.height {
        for x in 0..alpha.width {
            let a = alpha.at(x, y);
            if !(0.02..0.97).contains(&a) {
                continue;
            }
            let (mut sum, mut n) = ([0.0_f32; 3], 0.0_f32);
            for v in y.saturating_sub(REACH)..(y + REACH + 1).min(alpha.height) {
                for u in x.saturating_sub(REACH)..(x + REACH + 1).min(alpha.width) {
                    if alpha.at(u, v) < 0.02 {
                        let beside = linear(u, v);
                        sum = [0, 1, 2].map(|c| sum[c] + beside[c]);
                        n += 1.0;
                    }
                }
            }
            if n < 3.0 {
                continue;
            }
            let seen = linear(x, y);
            let left = [0, 1, 2].map(|c| ((seen[c] - (1.0 - a) * sum[c] / n) / a).clamp(0.0, 1.0));
            let colour = Oklab::from_linear_rgb(left);
            let i = y * alpha.width + x;
            (own[0].data[i], own[1].data[i], own[2].data[i]) = (colour.l, colour.a, colour.b);
        }
    }
}
