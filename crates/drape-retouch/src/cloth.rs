//! A garment as it is in the photo: its soft outline, its own colour, and the light on it.
//!
//! Lightness is read as light on cloth, unless the garment carries a print: what differs from the
//! ground in hue, or in lightness behind a sharp outline, is filled from the ground around it, so
//! that a plain garment asked for leaves no ghost of the print.

use drape_core::colour::{Oklab, to_linear, toe};
use drape_core::photo::Photo;
use drape_core::style::Slot;
use rayon::prelude::*;

use crate::guided::Window;
use crate::parse::{Label, Parse};
use crate::people::components;
use crate::plan::{Section, Task, in_band, waist_row};
use crate::plane::{Plane, quantile, smoothstep};

/// One garment, cut out of the photo by its bounds.
pub(crate) struct Cloth {
    /// First column and row of the cut in the photo.
    pub(crate) x0: usize,
    pub(crate) y0: usize,
    /// How much of each pixel is the garment, 0..=1.
    pub(crate) alpha: Plane,
    /// The garment's own colour at each pixel: what the pixel would show if it were garment alone.
    pub(crate) own: [Plane; 3],
    /// Perceived lightness ([`toe`] of OKLab's) without prints.
    pub(crate) shade: Plane,
    /// Median colour of the ground.
    pub(crate) ground: Oklab,
    /// Half the distance between the tenth and ninetieth percentile of `shade`.
    pub(crate) spread: f32,
    /// Perceived lightness that the new garment's own shape adds, about -0.3..=0.2; none for a garment
    /// that keeps the worn shape.
    pub(crate) shape: Option<Plane>,
    /// Sorted sample of `shade`, for quantiles.
    levels: Vec<f32>,
}

/// sRGB byte to linear light.
pub(crate) fn linear_table() -> [f32; 256] {
    let mut table = [0.0; 256];
    for (i, v) in table.iter_mut().enumerate() {
        *v = to_linear(i as f32 / 255.0);
    }
    table
}

impl Cloth {
    /// Cuts the garment of a task out; none when nothing of it is left.
    ///
    /// `taken`: how much of each pixel (of the working picture) earlier garments have; this one
    /// takes from the rest, for what is painted twice loses its old colour twice.
    pub(crate) fn cut(photo: &Photo, parse: &Parse, task: &Task, taken: &mut Plane) -> Option<Self> {
        let (fw, fh) = (photo.pixels.width() as usize, photo.pixels.height() as usize);
        let (w, h) = (parse.soft[0].width, parse.soft[0].height);
        let mut mask = wanted(parse, task);
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
            // Where the worn shape stays, what is labelled hair or skin is never written.
            let label = labels[py * fw + px];
            if label == Label::Hair as u8 || label == Label::Skin as u8 {
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
        Self::light(x0, y0, alpha, own)
    }

    fn light(x0: usize, y0: usize, alpha: Plane, own: [Plane; 3]) -> Option<Self> {
        let inner: Vec<usize> = (0..alpha.data.len()).filter(|&i| alpha.data[i] > 0.9).collect();
        if inner.len() < 64 {
            return None;
        }
        // A sample is enough for statistics.
        let step = (inner.len() / 20_000).max(1);
        let sample: Vec<usize> = inner.iter().copied().step_by(step).collect();
        let ground = ground_colour(&own, &sample);
        let print = print_mask(&alpha, &own, ground);
        let printed = inner.iter().filter(|&&i| print.data[i] > 0.5).count() as f32 / inner.len() as f32;
        let light = own[0].map(toe);
        let shade = if printed > 0.0 { fill(&light, &alpha, &print) } else { light };
        let mut levels: Vec<f32> = sample.iter().map(|&i| shade.data[i]).collect();
        levels.sort_unstable_by(f32::total_cmp);
        let level = |share: f32| levels[((levels.len() - 1) as f32 * share) as usize];
        let spread = ((level(0.9) - level(0.1)) / 2.0).max(0.008);
        Some(Self { x0, y0, alpha, own, shade, ground, spread, shape: None, levels })
    }

    /// A garment of a new shape: `light` is the perceived lightness that its cloth has before the
    /// shape's own shading. None when hardly a pixel of it is to be seen.
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

/// The soft mask of a task at the working size.
pub(crate) fn wanted(parse: &Parse, task: &Task) -> Plane {
    let (w, h) = (parse.soft[0].width, parse.soft[0].height);
    let mut mask = Plane::filled(w, h, 0.0);
    // A dress that is taken for a skirt's other half is none above the waist.
    let lower = matches!(task.slot, Slot::Skirt | Slot::Trousers) && task.section == Section::Whole;
    let top = if lower { waist_row(parse) as usize * w } else { 0 };
    for label in &task.labels {
        let soft = &parse.soft[*label as usize];
        let from = if *label == Label::Dress { top.min(w * h) } else { 0 };
        mask.data[from..].iter_mut().zip(&soft.data[from..]).for_each(|(m, s)| *m += s);
    }
    // Against the strongest rival: where the parser wavers between two garments the edge stays
    // an edge and does not become a gradient.
    let mut rival = vec![0.0_f32; w * h];
    for (label, soft) in Label::ALL.iter().zip(&parse.soft).filter(|(l, _)| !task.labels.contains(l)) {
        // The background's own softness is real: hair, wool, motion.
        let keep = if *label == Label::Background { 0.0 } else { 1.0 };
        rival.iter_mut().zip(&soft.data).for_each(|(r, s)| *r = r.max(s * keep));
    }
    let away = &parse.soft[Label::Background as usize];
    for ((m, r), b) in mask.data.iter_mut().zip(&rival).zip(&away.data) {
        let among = smoothstep(0.38, 0.62, *m / (*m + r).max(1e-4));
        *m = among * (1.0 - b);
    }
    if task.section != Section::Whole {
        let waist = waist_row(parse);
        let blend = (h as f32 * 0.004).max(1.0);
        for (i, m) in mask.data.iter_mut().enumerate() {
            let below = smoothstep(waist - blend, waist + blend, (i / w) as f32);
            *m *= if task.section == Section::BelowWaist { below } else { 1.0 - below };
        }
    }
    if let Some(band) = task.place {
        let parts = components(w, h, |i| mask.data[i] > 0.3);
        let keep: Vec<bool> = parts.bounds.iter().map(|b| in_band(parse, band, b)).collect();
        for (m, &id) in mask.data.iter_mut().zip(&parts.ids) {
            if id == u32::MAX || !keep[id as usize] {
                *m = 0.0;
            }
        }
    } else {
        drop_specks(&mut mask);
    }
    mask
}

/// Removes bits far smaller than the garment; they are mistakes more often than cuffs.
fn drop_specks(mask: &mut Plane) {
    let parts = components(mask.width, mask.height, |i| mask.data[i] > 0.4);
    let Some(&largest) = parts.sizes.iter().max() else { return };
    for (m, &id) in mask.data.iter_mut().zip(&parts.ids) {
        if id != u32::MAX && parts.sizes[id as usize] * 250 < largest {
            *m = 0.0;
        }
    }
}

/// The garment's colour without what shines in at its edge: mean of the sure pixels nearby.
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

/// The colour that the largest part of the garment has: the fullest cell of a coarse histogram of
/// chromaticity and lightness, then the median around it.
pub(crate) fn ground_colour(own: &[Plane; 3], sample: &[usize]) -> Oklab {
    let cell = |i: usize| {
        let l = own[0].data[i];
        let bin = |v: f32| ((v + 0.4) / 0.04) as i32;
        ((l / 0.12) as i32, bin(own[1].data[i]), bin(own[2].data[i]))
    };
    let mut cells = std::collections::BTreeMap::<(i32, i32, i32), usize>::new();
    for &i in sample {
        *cells.entry(cell(i)).or_default() += 1;
    }
    let full = |&(l, a, b): &(i32, i32, i32)| -> usize {
        let near = |d: i32, e: i32, f: i32| cells.get(&(l + d, a + e, b + f)).copied().unwrap_or(0);
        let mut sum = 2 * near(0, 0, 0);
        for (d, e, f) in [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)] {
            sum += near(d, e, f);
        }
        sum
    };
    let Some(mode) = cells.keys().copied().max_by_key(|c| full(c)) else { return Oklab::default() };
    let members: Vec<usize> = sample
        .iter()
        .copied()
        .filter(|&i| {
            let (l, a, b) = cell(i);
            (l - mode.0).abs() <= 1 && (a - mode.1).abs() <= 1 && (b - mode.2).abs() <= 1
        })
        .collect();
    let median = |c: usize| quantile(&mut members.iter().map(|&i| own[c].data[i]).collect::<Vec<_>>(), 0.5);
    Oklab { l: median(0), a: median(1), b: median(2) }
}

/// 1 where the garment carries a print, 0 where it shows its ground.
pub(crate) fn print_mask(alpha: &Plane, own: &[Plane; 3], ground: Oklab) -> Plane {
    let (w, h) = (alpha.width, alpha.height);
    // The ground's lightness nearby: shadow on the garment moves it, a print does not.
    let member = Plane::from_fn(w, h, |x, y| {
        let i = y * w + x;
        let like = alpha.data[i] > 0.9
            && (own[0].data[i] - ground.l).abs() < 0.16
            && chroma_off(own, i, ground) < 0.04;
        f32::from(u8::from(like))
    });
    let reach = (w.min(h) / 14).clamp(6, 60);
    let count = member.box_blurred(reach);
    let sum = own[0].zip(&member, |l, m| l * m).box_blurred(reach);
    let off = |i: usize| {
        let nearby = if count.data[i] > 0.02 { sum.data[i] / count.data[i] } else { ground.l };
        let dark = (own[0].data[i] - nearby).abs();
        (chroma_off(own, i, ground), dark)
    };
    let candidate: Vec<bool> = (0..w * h)
        .into_par_iter()
        .with_min_len(1 << 14)
        .map(|i| {
            if alpha.data[i] < 0.6 {
                return false;
            }
            let (hue, dark) = off(i);
            hue > 0.065 || dark > 0.22
        })
        .collect();
    // A print has an outline; a shadow fades. Seams, buttons and zips are smaller than prints.
    let least = (alpha.data.iter().sum::<f32>() * 0.0004) as usize + 6;
    let parts = components(w, h, |i| candidate[i]);
    let mut edge = vec![(0.0_f32, 0_u32, 0.0_f32); parts.sizes.len()];
    for y in 1..h.saturating_sub(1) {
        for x in 1..w.saturating_sub(1) {
            let i = y * w + x;
            let id = parts.ids[i];
            if id == u32::MAX {
                continue;
            }
            let e = &mut edge[id as usize];
            let border =
                [i - 1, i + 1, i - w, i + w].iter().any(|&j| parts.ids[j] != id && alpha.data[j] > 0.9);
            if border {
                let step = |c: usize| {
                    let p = &own[c].data;
                    (p[i + 1] - p[i - 1]).hypot(p[i + w] - p[i - w])
                };
                e.0 += step(0) + 1.5 * (step(1) + step(2));
                e.1 += 1;
            }
            e.2 += chroma_off(own, i, ground);
        }
    }
    let print: Vec<bool> = edge
        .iter()
        .zip(&parts.sizes)
        .map(|(&(sum, n, hue), &size)| {
            let sharp = sum / (n.max(1)) as f32;
            let coloured = hue / size as f32 > 0.065;
            size > least && n > 0 && sharp > if coloured { 0.10 } else { 0.24 }
        })
        .collect();
    let mask = Plane {
        width: w,
        height: h,
        data: parts.ids.iter().map(|&id| f32::from(u8::from(id != u32::MAX && print[id as usize]))).collect(),
    };
    let share = mask.data.iter().sum::<f32>() / alpha.data.iter().sum::<f32>().max(1.0);
    if share < 0.025 {
        return Plane::filled(w, h, 0.0);
    }
    // The outline itself is a mixture; take it too.
    mask.box_blurred(2).map(|v| if v > 0.04 { 1.0 } else { 0.0 })
}

/// Distance of a pixel's chroma from that of the ground under the pixel's own light.
fn chroma_off(own: &[Plane; 3], i: usize, ground: Oklab) -> f32 {
    let k = (own[0].data[i] / ground.l.max(0.1)).clamp(0.3, 1.6);
    (own[1].data[i] - ground.a * k).hypot(own[2].data[i] - ground.b * k)
}

/// Replaces printed pixels by what the ground around them continues to: a pyramid of means,
/// filled from coarse to fine ("push-pull", Gortler et al. 1996).
pub(crate) fn fill(values: &Plane, alpha: &Plane, print: &Plane) -> Plane {
    let weight = alpha.zip(print, |a, p| if a > 0.9 && p < 0.5 { 1.0 } else { 0.0 });
    let mut levels = vec![(values.zip(&weight, |v, w| v * w), weight)];
    while let Some((v, w)) = levels.last()
        && v.width > 2
        && v.height > 2
    {
        let half = |p: &Plane| {
            let (hw, hh) = (p.width.div_ceil(2), p.height.div_ceil(2));
            Plane::from_fn(hw, hh, |x, y| {
                let (x1, y1) = ((2 * x + 1).min(p.width - 1), (2 * y + 1).min(p.height - 1));
                p.at(2 * x, 2 * y) + p.at(x1, 2 * y) + p.at(2 * x, y1) + p.at(x1, y1)
            })
        };
        let next = (half(v), half(w));
        levels.push(next);
    }
    let Some((v, w)) = levels.pop() else { return values.clone() };
    // A corner far from everything known takes the mean of it all.
    let all = v.data.iter().sum::<f32>() / w.data.iter().sum::<f32>().max(1e-6);
    let mean = |v: &Plane, w: &Plane| v.zip(w, |v, w| if w > 0.0 { v / w } else { all });
    let mut filled = mean(&v, &w);
    while let Some((v, w)) = levels.pop() {
        let coarse = filled.resized(v.width, v.height);
        let own = mean(&v, &w);
        filled = Plane::from_fn(v.width, v.height, |x, y| {
            let t = w.at(x, y).min(1.0);
            own.at(x, y) * t + coarse.at(x, y) * (1.0 - t)
        });
    }
    // Back to the pixels themselves where there is no print.
    let soft = print.box_blurred(1);
    Plane {
        width: values.width,
        height: values.height,
        data: (0..values.data.len())
            .map(|i| {
                let t = soft.data[i].max(print.data[i]);
                values.data[i] * (1.0 - t) + filled.data[i] * t
            })
            .collect(),
    }
}
