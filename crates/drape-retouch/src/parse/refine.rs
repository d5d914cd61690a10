//! Soft labels of the network -> soft labels at the working size, their edges on the photo's own.

use image::GrayImage;
use rayon::prelude::*;

use super::guided::Guide;
use super::label::{Label, PerLabel};
use super::segment::{areas, vote};
use super::view::Seen;
use crate::raster::plane::Plane;
use crate::raster::window::Window;

/// Tolerance and least size of the areas, and the weight of their vote.
const AREA_SCALE: f32 = 1.2;
const AREA_LEAST: u32 = 60;
const VOTE: f32 = 0.6;

/// Radius of the guided filter, in pixels of its grid, and the variance below which it sees noise.
const RADIUS: usize = 3;
const NOISE: f32 = 4e-4;
/// A label that is less likely than this everywhere nearby counts as absent.
const NEGLIGIBLE: f32 = 0.02;

/// Soft labels at the working size, their edges moved onto the photo's, summing to 1 at every pixel; and the
/// number of every pixel's strongest label.
pub(crate) fn refine(seen: &Seen, rgb: &[Plane; 3]) -> (PerLabel<Plane>, Vec<u8>) {
    let (w, h) = (rgb[0].width, rgb[0].height);
    // The filter's coefficients live on a grid as fine as the network's input.
    let (lw, lh) = (seen.labels[Label::Background].width, seen.labels[Label::Background].height);
    let (sx, sy) = (seen.view.width / lw as f32, seen.view.height / lh as f32);
    let mid_w = ((2.0 * w as f32 / sx).round() as usize).clamp(2, w);
    let mid_h = ((2.0 * h as f32 / sy).round() as usize).clamp(2, h);
    let mid_rgb = [0, 1, 2].map(|c| rgb[c].reduced(mid_w, mid_h));
    let (kx, ky) = (w as f32 / mid_w as f32 / sx, h as f32 / mid_h as f32 / sy);
    let (ox, oy) = (seen.view.x / sx, seen.view.y / sy);
    let enlarge = |label: Label| {
        let small = &seen.labels[label];
        let outside = if label == Label::Background { 1.0 } else { 0.0 };
        Plane::from_fn(mid_w, mid_h, |x, y| {
            let (x, y) = ((x as f32 + 0.5) * kx - 0.5 - ox, (y as f32 + 0.5) * ky - 0.5 - oy);
            let inside = x > -1.0 && y > -1.0 && x < lw as f32 && y < lh as f32;
            if inside { small.sample(x, y) } else { outside }
        })
    };
    let ((ids, count), (guide, mut mids)) = rayon::join(
        || areas(&mid_rgb, AREA_SCALE, AREA_LEAST),
        || {
            let guide = Guide::new(mid_rgb.clone(), RADIUS, NOISE);
            (guide, PerLabel::of(enlarge))
        },
    );
    vote(&mut mids, &Label::CLOTHES, &ids, count, VOTE);
    // A label's mask is zero except around the garment, so the filter runs on that window only.
    let (mut soft, windows): (Vec<Plane>, Vec<Window>) = mids
        .values()
        .par_iter()
        .map(|mid| {
            let around = Window::of(mid, NEGLIGIBLE).grown(2 * RADIUS + 1, mid_w, mid_h);
            guide.fit(mid, around).apply(rgb, (mid_w, mid_h))
        })
        .unzip();
    let (mut labels, mut sums) = (vec![0_u8; w * h], vec![0.0_f32; w * h]);
    labels.par_chunks_mut(w).zip(sums.par_chunks_mut(w)).enumerate().for_each(|(y, (labels, sums))| {
        let mut most = vec![0.0_f32; w];
        for (k, (plane, window)) in soft.iter().zip(&windows).enumerate() {
            if !(window.y..window.y + window.height).contains(&y) {
                continue;
            }
            let columns = window.x..window.x + window.width;
            let values = &plane.data[y * w..][columns.clone()];
            let so_far = most[columns.clone()].iter_mut().zip(&mut labels[columns.clone()]);
            for ((v, sum), (most, label)) in values.iter().zip(&mut sums[columns]).zip(so_far) {
                *sum += v;
                *label = if v > most { k as u8 } else { *label };
                *most = most.max(*v);
            }
        }
        sums.iter_mut().for_each(|s| *s = 1.0 / s.max(1e-6));
    });
    soft.par_iter_mut().zip(&windows).for_each(|(plane, window)| {
        for y in window.y..window.y + window.height {
            let row = y * w + window.x..y * w + window.x + window.width;
            plane.data[row.clone()].iter_mut().zip(&sums[row]).for_each(|(v, s)| *v *= s);
        }
    });
    let soft = soft.try_into().unwrap_or_else(|_| unreachable!("one plane for each of the masks"));
    (soft, labels)
}

/// Labels at full size from soft labels at the working size.
pub(crate) fn enlarge(soft: &PerLabel<Plane>, width: usize, height: usize) -> GrayImage {
    let soft = soft.values();
    let (kx, ky) = (soft[0].width as f32 / width as f32, soft[0].height as f32 / height as f32);
    let mut image = GrayImage::new(width as u32, height as u32);
    // Labels sum to 1, so the strongest has at least one n-th at one of the four pixels around.
    let least = 0.99 / soft.len() as f32;
    let mut likely = vec![0_u16; soft[0].data.len()];
    for (k, plane) in soft.iter().enumerate() {
        likely.iter_mut().zip(&plane.data).for_each(|(l, v)| *l |= u16::from(*v > least) << k);
    }
    let (w, h) = (soft[0].width, soft[0].height);
    let around = |s: f32, n: usize| {
        let first = s.clamp(0.0, (n - 1) as f32) as usize;
        (first, (first + 1).min(n - 1))
    };
    image.as_mut().par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        let sy = (y as f32 + 0.5) * ky - 0.5;
        let (y0, y1) = around(sy, h);
        for (x, out) in row.iter_mut().enumerate() {
            let sx = (x as f32 + 0.5) * kx - 0.5;
            let (x0, x1) = around(sx, w);
            let mut rest =
                likely[y0 * w + x0] | likely[y0 * w + x1] | likely[y1 * w + x0] | likely[y1 * w + x1];
            if rest.is_power_of_two() {
                *out = rest.trailing_zeros() as u8;
                continue;
            }
            let mut best = (0, -1.0);
            while rest != 0 {
                let k = rest.trailing_zeros();
                let p = soft[k as usize].sample(sx, sy);
                if p > best.1 {
                    best = (k as u8, p);
                }
                rest &= rest - 1;
            }
            *out = best.0;
        }
    });
    image
}
