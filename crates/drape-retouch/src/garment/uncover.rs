//! Fills the areas that the worn garment covered and the new one does not: with the person's skin, and with
//! the place behind.
//!
//! The place is continued by a piece copied from nearby, which keeps its texture, with a smooth correction so
//! that its edge fits (as in Poisson image editing; Pérez, Gangnet and Blake 2003). `limb` makes the skin.

use image::RgbImage;

use super::body::Limb;
use super::change::{Change, Kind, Moved};
use super::light::Light;
use super::limb::{Widths, skin};
use super::order::{Order, window};
use super::piece::Piece;
use super::sight::Sight;
use super::top::Region;
use crate::parse::label::Label;
use crate::raster::components::{Components, Extent, components};
use crate::raster::plane::{Plane, smoothstep};
use crate::raster::srgb::linear_table;
use crate::recolour::print::fill;

/// Fills what a garment leaves bare: limbs with skin, the rest with the place behind.
pub(super) fn bare(
    order: &mut Order<'_>,
    sight: &Sight<'_>,
    light: &Light,
    region: &Region,
    limbs: &[Limb; 2],
    widths: &Widths,
) -> Option<()> {
    let amount: f32 = region.bare.data.iter().sum();
    if amount < 4.0 * sight.body.scale * sight.body.scale {
        return Some(());
    }
    // Pixels of the old outline are mixed, so a little more than the bared area is renewed.
    let wide = super::sight::grown(&region.bare, 1.6 + 0.2 * sight.body.scale);
    let free = sight.each(|x, y, _| {
        let label = sight.label(x, y);
        let other = Label::Background.is(label) || region.bare.at(x, y) > 0.05;
        f32::from(u8::from(other)) * (1.0 - sight.front.at(x, y))
    });
    let hole = wide.zip(&free, |w, f| w * f).zip(&region.bare, f32::max);
    // The place is looked for farther around than the garment reaches.
    let around = Sight::new(order.parse, sight.body, window(order, 50.0));
    let piece = Piece { window: sight.window, cover: hole };
    let wide = around.each(|x, y, _| piece.at(x + around.window.x, y + around.window.y));
    drop(piece);
    order.change(background(&around, order.picture, wide)?);
    let area = region.bare.map(|b| smoothstep(0.05, 0.5, b));
    order.change(skin(sight, order.picture, limbs, widths, &area, light)?);
    Some(())
}

/// Below this a piece of the background fits, see [`best_shift`].
const FITS: f32 = 0.06;

/// Continues the background into `hole` (soft, in the window); none where there is not enough of it.
pub(crate) fn background(sight: &Sight<'_>, picture: &RgbImage, hole: Plane) -> Option<Change> {
    let window = sight.window;
    let (w, h) = (window.width, window.height);
    let table = linear_table();
    let (raw, stride) = (picture.as_raw(), picture.width() as usize);
    let seen = [0, 1, 2].map(|c| {
        Plane::from_fn(w, h, |x, y| table[usize::from(raw[((y + window.y) * stride + x + window.x) * 3 + c])])
    });
    let person = sight.each(|x, y, _| f32::from(u8::from(!sight.is(x, y, Label::Background))));
    // Away from the person: its edge is mixed with it.
    let near = super::sight::distance(&person);
    let margin = (0.7 * sight.body.scale).max(2.0);
    let free = near.map(|d| f32::from(u8::from(d > margin)));
    let need = hole.box_blurred(margin as usize).map(|v| f32::from(u8::from(v > 0.01)));
    // Left and right of the person are two places; long pieces are filled in parts.
    let tall = (26.0 * sight.body.scale) as usize;
    let middle = |y: usize| {
        let p = sight.point(0, y);
        let t = (p.1 - sight.body.pit.1) / sight.body.down.1;
        (sight.body.pit.0 + sight.body.down.0 * t) as isize - window.x as isize
    };
    let side = |i: usize| usize::from((i % w) as isize > middle(i / w));
    let best = |parts: &Components| -> Option<Vec<(f32, (isize, isize))>> {
        let shift = |(id, bounds)| best_shift(&seen, &free, &parts.ids, id as u32, bounds, (w, h));
        parts.bounds.iter().enumerate().map(shift).collect()
    };
    let sides = parts_of(&need, w, h, side);
    // In one piece there is no line where two meet; only where it fits badly is it worth one.
    let whole = best(&sides).filter(|shifts| shifts.iter().all(|s| s.0 < FITS));
    let (parts, shifts) = match whole {
        Some(shifts) => (sides, shifts),
        None => {
            let parts = parts_of(&need, w, h, |i| (i / w / tall.max(8)) * 2 + side(i));
            let shifts = best(&parts)?;
            (parts, shifts)
        }
    };
    let mut pieces = Vec::with_capacity(parts.bounds.len());
    for (id, bounds) in parts.bounds.iter().enumerate() {
        let (dx, dy) = shifts[id].1;
        let from = |i: usize| ((i / w) as isize + dy) as usize * w + ((i % w) as isize + dx) as usize;
        // The correction is known around the hole and smooth inside.
        let (x0, x1) = (bounds.x0.saturating_sub(12), (bounds.x1 + 12).min(w - 1));
        let (y0, y1) = (bounds.y0.saturating_sub(12), (bounds.y1 + 12).min(h - 1));
        let (cw, ch) = (x1 - x0 + 1, y1 - y0 + 1);
        let unknown = Plane::from_fn(cw, ch, |x, y| {
            let (i, (sx, sy)) = ((y + y0) * w + x + x0, ((x + x0) as isize + dx, (y + y0) as isize + dy));
            let there = sx >= 0 && sy >= 0 && (sx as usize) < w && (sy as usize) < h;
            let known = free.data[i] > 0.5 && need.data[i] < 0.5 && there && free.data[from(i)] > 0.5;
            f32::from(u8::from(!known))
        });
        let inside = Plane::filled(cw, ch, 1.0);
        let correction = seen.each_ref().map(|seen| {
            let value = Plane::from_fn(cw, ch, |x, y| {
                let i = (y + y0) * w + x + x0;
                if unknown.at(x, y) > 0.5 { 0.0 } else { seen.data[i] - seen.data[from(i)] }
            });
            fill(&value, &inside, &unknown).blurred(2.0)
        });
        pieces.push(Moved { shift: (dx, dy), corner: (x0 as isize, y0 as isize), correction });
    }
    Some(Change { window, cover: hole, kind: Kind::Place { ids: parts.ids, pieces } }.trimmed())
}

/// Connected pieces of a mask, cut where the group changes.
fn parts_of(mask: &Plane, w: usize, h: usize, group: impl Fn(usize) -> usize) -> Components {
    let mut all = Components { ids: vec![u32::MAX; w * h], sizes: Vec::new(), bounds: Vec::new() };
    let mut groups: Vec<usize> = (0..w * h).filter(|&i| mask.data[i] > 0.5).map(&group).collect();
    groups.sort_unstable();
    groups.dedup();
    for g in groups {
        let part = components(w, h, |i| mask.data[i] > 0.5 && group(i) == g);
        let first = all.sizes.len() as u32;
        for (id, own) in all.ids.iter_mut().zip(&part.ids) {
            if *own != u32::MAX {
                *id = first + own;
            }
        }
        all.sizes.extend(part.sizes);
        all.bounds.extend(part.bounds);
    }
    all
}

/// How far to move the background so that it fits around the hole, and how badly it does: the mean square of
/// the difference in the root of linear light, three channels summed.
fn best_shift(
    seen: &[Plane; 3],
    free: &Plane,
    ids: &[u32],
    id: u32,
    bounds: &Extent,
    (w, h): (usize, usize),
) -> Option<(f32, (isize, isize))> {
    let (x0, x1) = (bounds.x0.saturating_sub(6), (bounds.x1 + 6).min(w - 1));
    let (y0, y1) = (bounds.y0.saturating_sub(6), (bounds.y1 + 6).min(h - 1));
    let step = (((x1 - x0) * (y1 - y0)) as f32 / 2500.0).sqrt().max(1.0) as usize;
    let mut inner = Vec::new();
    let mut ring = Vec::new();
    for y in (y0..=y1).step_by(step) {
        for x in (x0..=x1).step_by(step) {
            let i = y * w + x;
            if ids[i] == id {
                inner.push((x as isize, y as isize));
            } else if free.data[i] > 0.5 {
                ring.push((x as isize, y as isize));
            }
        }
    }
    let at = |x: isize, y: isize| {
        (x >= 0 && y >= 0 && (x as usize) < w && (y as usize) < h).then(|| y as usize * w + x as usize)
    };
    let mut best: Option<(f32, (isize, isize))> = None;
    let reach = w as isize;
    for dy in [0_isize, -4, 4, -10, 10, -20, 20, -36, 36] {
        for dx in (-reach..=reach).step_by(3) {
            if dx.abs() < 6 && dy.abs() < 20 {
                continue;
            }
            // Everything that is copied has to be background.
            let ok = inner.iter().all(|&(x, y)| at(x + dx, y + dy).is_some_and(|i| free.data[i] > 0.5));
            if !ok {
                continue;
            }
            let (mut sum, mut n) = (0.0, 0.0);
            for &(x, y) in &ring {
                let (Some(a), Some(b)) = (at(x, y), at(x + dx, y + dy)) else { continue };
                if free.data[b] > 0.5 {
                    sum += (0..3)
                        .map(|c| (seen[c].data[a].sqrt() - seen[c].data[b].sqrt()).powi(2))
                        .sum::<f32>();
                    n += 1.0;
                }
            }
            let cost = if n > 8.0 { sum / n } else { 0.05 } + 1e-5 * (dx.abs() + 4 * dy.abs()) as f32;
            if best.is_none_or(|b| cost < b.0) {
                best = Some((cost, (dx, dy)));
            }
        }
    }
    best
}
