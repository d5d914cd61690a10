//! Cuts one garment out of a picture, for services that search for similar goods. Everything else is painted
//! plain, so that the cut-out shows no face, hair or skin.
//!
//! The flow: labels -> the garment's pixels, some pixels away from hair and skin and away from the face
//! -> its large pieces -> the box around them -> reduced. Pixels are painted over before anything is
//! reduced, so that nothing of a neighbour is mixed into an edge.

use drape_core::photo::Photo;
use drape_core::style::Slot;
use image::{Rgb, RgbImage};

use crate::parse::joint::Joint;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::window::Bounds;

/// The colour of everything but the garment, 8-bit sRGB.
pub const PLAIN: [u8; 3] = [216, 216, 216];

/// Longer side of a cut-out, pixels.
const SIDE: u32 = 768;
/// The least width and height of a garment that is worth searching for, pixels.
const LEAST_SIDE: u32 = 32;
/// Share of the picture that a garment covers at least.
const LEAST_SHARE: f32 = 0.005;
/// A piece smaller than this share of the largest one is a mistake of the labels.
const PIECE: f32 = 0.05;
/// Pixels kept clear of hair and skin, as a share of the picture's longer side: labels are soft there.
const CLEAR: f32 = 0.004;

/// A picture of one garment alone: the one worn at `slot`, or the garment worn in its place unless that one
/// belongs to another slot of `asked` (the slots of the whole outfit). `None` if it is not visible, and for
/// all accessories, because glasses and hats are labelled on the face.
pub fn cut_out(photo: &Photo, parse: &Parse, slot: Slot, asked: &[Slot]) -> Option<Photo> {
    let free = |label: &Label| !asked.iter().any(|s| *s != slot && labels(*s).first() == Some(label));
    let label = *labels(slot)
        .iter()
        .enumerate()
        .filter(|(k, label)| *k == 0 || free(label))
        .map(|(_, label)| label)
        .find(|label| parse.shares[**label] >= LEAST_SHARE)?;
    let mask = large_pieces(mask(photo, parse, label), photo.pixels.width() as usize);
    let bounds = bounds(&mask, photo.pixels.width())?;
    if bounds.width().min(bounds.height()) < LEAST_SIDE {
        return None;
    }
    let width = photo.pixels.width();
    // Leave a plain margin, so that the garment does not touch the border of the picture.
    let edge = bounds.width().max(bounds.height()) / 24 + 1;
    let (w, h) = (bounds.width() + 2 * edge, bounds.height() + 2 * edge);
    let pixels = RgbImage::from_fn(w, h, |x, y| {
        let (x, y) = ((x + bounds.left).wrapping_sub(edge), (y + bounds.top).wrapping_sub(edge));
        let inside = x < width && y < photo.pixels.height() && mask[(y * width + x) as usize];
        if inside { *photo.pixels.get_pixel(x, y) } else { Rgb(PLAIN) }
    });
    Some(Photo { pixels, icc: photo.icc.clone() }.reduced(SIDE))
}

/// Where a garment for a slot may be found in a picture, most likely first.
fn labels(slot: Slot) -> &'static [Label] {
    match slot {
        Slot::Upper => &[Label::Upper, Label::Dress, Label::Outer],
        Slot::Outer => &[Label::Outer, Label::Upper, Label::Dress],
        Slot::Trousers => &[Label::Trousers, Label::Skirt, Label::Legwear],
        Slot::Skirt => &[Label::Skirt, Label::Trousers, Label::Dress],
        Slot::Dress => &[Label::Dress, Label::Upper, Label::Outer],
        Slot::Footwear => &[Label::Footwear],
        Slot::Legwear => &[Label::Legwear, Label::Trousers],
        Slot::Accessory => &[],
    }
}

/// The pixels of a label, without those close to hair, skin or face.
fn mask(photo: &Photo, parse: &Parse, label: Label) -> Vec<bool> {
    let (w, h) = photo.pixels.dimensions();
    let labels = parse.labels.as_raw();
    let body = |l: u8| Label::Hair.is(l) || Label::Skin.is(l);
    let reach = ((w.max(h) as f32 * CLEAR).round() as usize).max(1);
    let marked: Vec<bool> = labels.iter().map(|l| body(*l)).collect();
    let near = widened(&marked, w as usize, h as usize, reach);
    let head = head(parse);
    let mut mask: Vec<bool> = labels.iter().zip(near).map(|(l, near)| label.is(*l) && !near).collect();
    if let Some((cx, cy, r)) = head {
        for (i, kept) in mask.iter_mut().enumerate() {
            let (x, y) = ((i % w as usize) as f32 - cx, (i / w as usize) as f32 - cy);
            *kept &= x * x + y * y > r * r;
        }
    }
    mask
}

/// A circle around the face (column, row, radius), if its joints are found. The face is never cut out,
/// whatever its labels are.
fn head(parse: &Parse) -> Option<(f32, f32, f32)> {
    let (x, y) = parse.joint(Joint::Nose)?;
    let apart = |a, b| {
        let (a, b) = (parse.joint(a)?, parse.joint(b)?);
        Some((a.0 - b.0).hypot(a.1 - b.1))
    };
    // From nose to chin is about half the distance between the ears, which is about 0.4 of that between the
    // shoulders.
    let ears = apart(Joint::LeftEar, Joint::RightEar);
    let shoulders = apart(Joint::LeftShoulder, Joint::RightShoulder).map(|d| 0.4 * d);
    let face = ears.into_iter().chain(shoulders).fold(0.0_f32, f32::max);
    (face > 0.0).then_some((x, y, 0.6 * face))
}

/// Every pixel within `reach` of a marked one, in rows and columns.
fn widened(marked: &[bool], w: usize, h: usize, reach: usize) -> Vec<bool> {
    let spread = |from: &[bool], length: usize, lines: usize, at: &dyn Fn(usize, usize) -> usize| {
        let mut to = vec![false; from.len()];
        for line in 0..lines {
            let mut last: Option<usize> = None;
            for k in 0..length {
                if from[at(line, k)] {
                    last = Some(k);
                    (k.saturating_sub(reach)..=k).for_each(|j| to[at(line, j)] = true);
                }
                to[at(line, k)] |= last.is_some_and(|l| k - l <= reach);
            }
        }
        to
    };
    let rows = spread(marked, w, h, &|row, k| row * w + k);
    spread(&rows, h, w, &|column, k| k * w + column)
}

/// The mask without pieces that are small beside its largest one.
fn large_pieces(mut mask: Vec<bool>, w: usize) -> Vec<bool> {
    let mut seen = vec![false; mask.len()];
    let mut pieces: Vec<Vec<usize>> = Vec::new();
    for start in 0..mask.len() {
        if !mask[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        let mut piece = vec![start];
        let mut next = 0;
        while let Some(&i) = piece.get(next) {
            next += 1;
            let x = i % w;
            let beside = [
                (x > 0).then(|| i - 1),
                (x + 1 < w).then_some(i + 1),
                i.checked_sub(w),
                Some(i + w).filter(|j| *j < mask.len()),
            ];
            for j in beside.into_iter().flatten() {
                if mask[j] && !seen[j] {
                    seen[j] = true;
                    piece.push(j);
                }
            }
        }
        pieces.push(piece);
    }
    let largest = pieces.iter().map(Vec::len).max().unwrap_or(0);
    for piece in pieces.iter().filter(|p| (p.len() as f32) < PIECE * largest as f32) {
        piece.iter().for_each(|&i| mask[i] = false);
    }
    mask
}

/// The box around the marked pixels.
fn bounds(mask: &[bool], width: u32) -> Option<Bounds> {
    let mut found: Option<Bounds> = None;
    for (i, _) in mask.iter().enumerate().filter(|(_, kept)| **kept) {
        let (x, y) = (i as u32 % width, i as u32 / width);
        let b = found.get_or_insert(Bounds { left: x, top: y, right: x + 1, bottom: y + 1 });
        b.left = b.left.min(x);
        b.right = b.right.max(x + 1);
        b.bottom = y + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_widened_to_all_sides() {
        let mut marked = vec![false; 49];
        marked[24] = true;
        let wide = widened(&marked, 7, 7, 2);
        assert_eq!(wide.iter().filter(|m| **m).count(), 25);
        assert!(wide[2 * 7 + 2] && wide[4 * 7 + 4] && wide[7 + 3] && !wide[3]);
    }

    #[test]
    fn specks_beside_a_large_piece_go() {
        let mut mask = vec![false; 40 * 40];
        (0..20).for_each(|y| (0..20).for_each(|x| mask[y * 40 + x] = true));
        mask[39 * 40 + 39] = true;
        let mask = large_pieces(mask, 40);
        assert_eq!(bounds(&mask, 40), Some(Bounds { left: 0, top: 0, right: 20, bottom: 20 }));
    }
}
