//! Separates prints, stripes and checks of a garment from the light on it.
//!
//! Lightness is taken for light on cloth. Where the garment carries a print, the lightness is filled in from
//! the ground around it, so that no ghost of the print shows in a plain new garment. A print differs from the
//! ground in hue, or in lightness behind a sharp outline.

use drape_core::colour::{Oklab, toe};
use rayon::prelude::*;

use crate::raster::components::components;
use crate::raster::noise::noise;
use crate::raster::plane::{Plane, quantile};

/// The colour of most of the garment: the fullest cell of a coarse histogram of chromaticity and lightness,
/// then the median around it.
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

/// Garments are searched for prints at about this many pixels across (the root of their area), so that the
/// result does not depend on the size of the photo.
const ACROSS: f32 = 260.0;
/// Steps over two pixels (OKLab) that are rare on cloth of one colour: in lightness, in chroma, and in chroma
/// after subtracting the change that light and shade cause in proportion to lightness.
const STEP: [f32; 3] = [0.16, 0.04, 0.03];
/// Shares of the garment's pixels with such a step, from which on the garment counts as printed all over: the
/// first share alone, or both others.
const ALL_OVER: [f32; 3] = [0.28, 0.15, 0.30];

/// Perceived lightness ([`toe`] of OKLab's) that the garment would have in one colour.
///
/// `own`: its colour at every pixel, `alpha`: how much of each pixel is the garment, `ground`: the colour of
/// most of it. On a `glossy` garment, differences in lightness alone are shine, not print. The second value
/// says whether there was a print.
/// Light changes slowly, a print changes at its outlines (Land and McCann 1971). So the steps at the outlines
/// are removed from the gradient, and the lightness with the remaining gradient is computed.
pub(crate) fn light_on(own: &[Plane; 3], alpha: &Plane, ground: Oklab, glossy: bool) -> (Plane, bool) {
    let light = own[0].map(toe);
    let area = alpha.data.iter().sum::<f32>().max(1.0);
    let k = area.sqrt() / ACROSS;
    let (w, h) = (alpha.width, alpha.height);
    let (sw, sh) =
        if k < 1.25 { (w, h) } else { (((w as f32 / k) as usize).max(1), ((h as f32 / k) as usize).max(1)) };
    let small = |p: &Plane| p.reduced(sw, sh);
    let (small_own, small_alpha) = (own.each_ref().map(small), small(alpha));
    let print = print_mask(&small_alpha, &small_own, ground, glossy);
    let inner = small_alpha.map(|a| if a > 0.97 { 1.0 } else { 0.0 });
    let steps = steps(&small_own, &inner);
    let whole = inner.data.iter().sum::<f32>().max(1.0);
    let often =
        |k: usize| steps[k].data.iter().filter(|v| **v > STEP[k]).count() as f32 > ALL_OVER[k] * whole;
    let all_over = !glossy && (often(0) || often(1) && often(2));
    if !all_over && print.data.iter().all(|v| *v < 0.5) {
        return (light, false);
    }
    // The outlines of the print, a little widened, because the mask is larger than the print.
    let outline = print.box_blurred(4).map(|v| f32::from(u8::from(v > 0.01 && v < 0.99)));
    let outline = outline.zip(&motifs(&print, whole), f32::max);
    // Fine detail inside a large motif is print too, not light.
    let fine = steps[0].zip(&steps[2], |l, c| f32::from(u8::from(l > 0.5 * STEP[0] || c > 0.7 * STEP[2])));
    let fine = fine.box_blurred(3).zip(&print, |f, p| f32::from(u8::from(f > 0.02 && p > 0.5)));
    let outline = outline.zip(&fine, f32::max);
    let steps = if all_over {
        let edges = steps[0].zip(&steps[2], |l, c| f32::from(u8::from(l > STEP[0] || c > 1.5 * STEP[2])));
        outline.zip(&edges.box_blurred(1), |o, e| f32::from(u8::from(o.max(e) > 0.01)))
    } else {
        outline
    };
    let small_light = small(&light);
    let inside = small_alpha.map(|a| f32::from(u8::from(a > 0.9)));
    let middle = middle(&small_light, &inside, &steps);
    let even = if all_over {
        // An all-over print leaves no usable folds. Take the print's mean lightness and add synthetic folds.
        let root = k.max(1.0).recip() * area.sqrt();
        let weight = inside.blurred(0.075 * root);
        let mean = small_light.zip(&inside, |l, i| l * i).blurred(0.075 * root);
        let mean = mean.zip(&weight, |m, w| if w > 1e-3 { m / w } else { middle });
        let toward = Plane::from_fn(sw, sh, |x, y| {
            let (x, y, l) = (x as f32 / root, y as f32 / root, mean.at(x, y));
            middle + 0.09 * ((l - middle) / 0.09).tanh() + 0.045 * crease(x, y)
        });
        let even = even(&small_light, &inside, &steps, &toward, &Plane::filled(sw, sh, 0.02));
        even.blurred(0.006 * root)
    } else {
        // The ground keeps its lightness; printed areas continue it.
        let toward = fill(&small_light, &inside, &print);
        let pull = print.zip(&steps, |p, s| if p.max(s) < 0.5 { 0.5 } else { 0.001 });
        even(&small_light, &inside, &steps, &toward, &pull)
    };
    if (sw, sh) == (w, h) {
        return (even, true);
    }
    // Add the detail that is too fine for the small picture, except on the print.
    let there = steps.box_blurred(1).resized(w, h);
    let rest = small_light.resized(w, h);
    let even = even.resized(w, h);
    let fine = light.zip(&rest, |l, r| l - r).zip(&there, |d, t| d * (1.0 - (t * 4.0).min(1.0)));
    (even.zip(&fine, |e, f| e + f), true)
}

/// 1 on motifs that are small for a garment of `whole` pixels: detail inside them is drawing, not folds.
fn motifs(print: &Plane, whole: f32) -> Plane {
    let parts = components(print.width, print.height, |i| print.data[i] > 0.5);
    let small = |id: u32| id != u32::MAX && (parts.sizes[id as usize] as f32) < 0.06 * whole;
    let data = parts.ids.iter().map(|&id| f32::from(u8::from(small(id)))).collect();
    Plane { width: print.width, height: print.height, data }
}

/// The steps of [`STEP`] at every pixel; zero at the border of the garment.
fn steps(own: &[Plane; 3], inner: &Plane) -> [Plane; 3] {
    let (w, h) = (inner.width, inner.height);
    let mut planes = [0; 3].map(|_| Plane::filled(w, h, 0.0));
    let [lightness, chroma, hue] = &mut planes;
    let rows = lightness.data.par_chunks_mut(w.max(1)).zip(chroma.data.par_chunks_mut(w.max(1)));
    let rows = rows.zip(hue.data.par_chunks_mut(w.max(1))).enumerate();
    rows.skip(1).take(h.saturating_sub(2)).for_each(|(y, ((lightness, chroma), hue))| {
        for x in 1..w.saturating_sub(1) {
            let i = y * w + x;
            if [i - w, i - 1, i, i + 1, i + w].iter().any(|&j| inner.data[j] < 0.5) {
                continue;
            }
            let across = [0, 1, 2].map(|c| own[c].data[i + 1] - own[c].data[i - 1]);
            let down = [0, 1, 2].map(|c| own[c].data[i + w] - own[c].data[i - w]);
            let size = |d: [f32; 3]| d[1].hypot(d[2]);
            let [l, a, b] = [0, 1, 2].map(|c| own[c].data[i]);
            let (ka, kb) = (a / l.max(0.12), b / l.max(0.12));
            let rest = |d: [f32; 3]| size([0.0, d[1] - ka * d[0], d[2] - kb * d[0]]);
            lightness[x] = across[0].hypot(down[0]);
            chroma[x] = size(across).hypot(size(down));
            hue[x] = rest(across).hypot(rest(down));
        }
    });
    planes
}

/// Synthetic gentle folds of about unit size, about -1..=1: long, narrow and slightly leaning.
fn crease(x: f32, y: f32) -> f32 {
    let wave = |u: f32, v: f32, seed: u32| noise(u, v, seed) * 2.0 - 1.0;
    let lean = x + 0.35 * y;
    0.6 * wave(lean * 6.5, y * 2.4, 71) + 0.4 * wave(x * 12.0 - y * 4.0, y * 4.5, 72)
}

/// The median lightness of a garment away from its print's outlines.
fn middle(light: &Plane, inside: &Plane, steps: &Plane) -> f32 {
    let all = light.data.iter().zip(&inside.data).zip(&steps.data).filter(|((_, i), _)| **i > 0.5);
    let mut sure: Vec<f32> = all.clone().filter(|(_, s)| **s < 0.5).map(|((l, _), _)| *l).collect();
    if sure.len() < 32 {
        sure = all.map(|((l, _), _)| *l).collect();
    }
    quantile(&mut sure, 0.5)
}

/// The lightness that has the gradient of `light` on the garment, and none at the `steps`.
///
/// Solves a screened Poisson equation with free borders by multigrid cycles: minimises the squared error of
/// the gradient plus, weighted by `pull`, the squared distance from `toward`, without which errors would add
/// up over long distances.
fn even(light: &Plane, inside: &Plane, steps: &Plane, toward: &Plane, pull: &Plane) -> Plane {
    let (w, h) = (light.width, light.height);
    // The step from a pixel to its right or lower neighbour; none where either is no cloth.
    let flow = |i: usize, j: usize| {
        let step = steps.data[i].max(steps.data[j]);
        (light.data[j] - light.data[i]) * (1.0 - step) * inside.data[i] * inside.data[j]
    };
    let goal = Plane::from_fn(w, h, |x, y| {
        let i = y * w + x;
        let mut sum = pull.data[i] * toward.data[i];
        if x > 0 {
            sum += flow(i - 1, i);
        }
        if x + 1 < w {
            sum -= flow(i, i + 1);
        }
        if y > 0 {
            sum += flow(i - w, i);
        }
        if y + 1 < h {
            sum -= flow(i, i + w);
        }
        sum
    });
    let mut value = toward.clone();
    for _ in 0..3 {
        cycle(&mut value, &goal, inside, pull);
    }
    let value = value.map(|v| v.clamp(0.0, 1.0));
    // Pixels beyond the sure ones take the value of the nearest sure one.
    let unknown = inside.map(|i| 1.0 - i);
    fill(&value, &Plane::filled(w, h, 1.0), &unknown)
}

/// The sum and the number of the neighbours inside.
fn around(value: &Plane, inside: &Plane, x: usize, y: usize) -> (f32, f32) {
    let (w, h) = (value.width, value.height);
    let i = y * w + x;
    let (mut sum, mut n) = (0.0, 0.0);
    let mut add = |j: usize| {
        sum += value.data[j] * inside.data[j];
        n += inside.data[j];
    };
    if x > 0 {
        add(i - 1);
    }
    if x + 1 < w {
        add(i + 1);
    }
    if y > 0 {
        add(i - w);
    }
    if y + 1 < h {
        add(i + w);
    }
    (sum, n)
}

/// One cycle of multigrid towards `(n + pull) v - sum of the n neighbours = goal` inside.
fn cycle(value: &mut Plane, goal: &Plane, inside: &Plane, pull: &Plane) {
    let (w, h) = (value.width, value.height);
    relax(value, goal, inside, pull);
    if w.min(h) > 4 {
        // Solve for the remaining error on half as many pixels each way, each standing for four.
        let (hw, hh) = (w.div_ceil(2), h.div_ceil(2));
        let four = |x: usize, y: usize, f: &dyn Fn(usize, usize) -> f32| {
            let mut sum = 0.0;
            for (x, y) in [(2 * x, 2 * y), (2 * x + 1, 2 * y), (2 * x, 2 * y + 1), (2 * x + 1, 2 * y + 1)] {
                if x < w && y < h && inside.at(x, y) > 0.5 {
                    sum += f(x, y);
                }
            }
            sum
        };
        // Parts that are connected must stay connected on the coarse grid: a loose part would drift without
        // bounds.
        let coarse = Plane::from_fn(hw, hh, |x, y| f32::from(u8::from(four(x, y, &|_, _| 1.0) > 0.5)));
        let missing = Plane::from_fn(hw, hh, |x, y| {
            four(x, y, &|x, y| {
                let (sum, n) = around(value, inside, x, y);
                goal.at(x, y) - (n + pull.at(x, y)) * value.at(x, y) + sum
            })
        });
        let coarse_pull = Plane::from_fn(hw, hh, |x, y| four(x, y, &|x, y| pull.at(x, y)));
        let mut change = Plane::filled(hw, hh, 0.0);
        cycle(&mut change, &missing, &coarse, &coarse_pull);
        for (i, v) in value.data.iter_mut().enumerate() {
            *v += change.at(i % w / 2, i / w / 2);
        }
    }
    relax(value, goal, inside, pull);
}

/// Two rounds of Gauss-Seidel in two colours.
fn relax(value: &mut Plane, goal: &Plane, inside: &Plane, pull: &Plane) {
    let (w, h) = (value.width, value.height);
    for round in 0..4 {
        for y in 0..h {
            for x in ((y + round) % 2..w).step_by(2) {
                let i = y * w + x;
                if inside.data[i] > 0.5 {
                    let (sum, n) = around(value, inside, x, y);
                    value.data[i] = (goal.data[i] + sum) / (n + pull.data[i]).max(1e-6);
                }
            }
        }
    }
}

/// 1 where the garment carries a print, 0 where it shows its ground.
fn print_mask(alpha: &Plane, own: &[Plane; 3], ground: Oklab, glossy: bool) -> Plane {
    let (w, h) = (alpha.width, alpha.height);
    // Compare with the ground's lightness nearby, which follows shadows on the garment but not its print.
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
            hue > 0.065 || dark > 0.22 && !glossy
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
    // Pixels of the outline are mixed, so they count as print.
    mask.box_blurred(2).map(|v| if v > 0.04 { 1.0 } else { 0.0 })
}

/// Distance of a pixel's chroma from the chroma that the ground would have at the pixel's lightness.
fn chroma_off(own: &[Plane; 3], i: usize, ground: Oklab) -> f32 {
    let k = (own[0].data[i] / ground.l.max(0.1)).clamp(0.3, 1.6);
    (own[1].data[i] - ground.a * k).hypot(own[2].data[i] - ground.b * k)
}

/// Fills printed pixels from the ground around them by a pyramid of means, from coarse to fine ("push-pull",
/// Gortler et al. 1996).
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
    // Pixels far from any known one take the mean of all known ones.
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
    // Pixels without print keep their own values.
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
