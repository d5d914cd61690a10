//! Changes that a new garment makes outside itself: the place and the skin that it leaves bare, and its
//! shadow. A change is recorded at the size at which the garment is sewn, and can be repeated in the full
//! photo, so that copied and darkened pixels keep the photo's own sharpness.

use drape_core::colour::Oklab;
use image::RgbImage;
use rayon::prelude::*;

use super::body::Body;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::plane::Plane;
use crate::raster::srgb::{Encoder, linear_table};
use crate::raster::window::Window;
use crate::raster::zoom::{Lines, Zoom};

/// One change, in a window of the picture in which the garment is sewn.
pub(crate) struct Change {
    pub(crate) window: Window,
    /// How much of each pixel is changed, 0..=1.
    pub(crate) cover: Plane,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// Pieces of the place from beside, by the number of the piece per pixel; others stay.
    Place { ids: Vec<u32>, pieces: Vec<Moved> },
    /// Skin of these colours (linear light).
    Skin([Plane; 3]),
    /// On everything but the place, hair and the head, this much of the light goes.
    Shadow(f32),
}

/// A piece of the place as it lies somewhere else.
pub(crate) struct Moved {
    /// Where it is copied from, columns and rows away.
    pub(crate) shift: (isize, isize),
    /// First column and row of the correction in the change's window.
    pub(crate) corner: (isize, isize),
    /// Linear light that is added to it.
    pub(crate) correction: [Plane; 3],
}

/// The picture that is changed.
pub(crate) struct Onto<'a> {
    /// How what a change was recorded on lies in it.
    pub(crate) zoom: Zoom,
    pub(crate) parse: &'a Parse,
    pub(crate) body: &'a Body,
    pub(crate) encoder: &'a Encoder,
}

impl Change {
    /// The same change in the smallest window.
    pub(super) fn trimmed(self) -> Self {
        let Self { window, cover, kind } = self;
        let Window { x, y, width, height } = Window::of(&cover, 0.002).grown(1, cover.width, cover.height);
        let cut = |p: &Plane| p.crop(x, y, width, height);
        let kind = match kind {
            Kind::Place { ids, mut pieces } => {
                let rows = (y..y + height).flat_map(|row| &ids[row * window.width + x..][..width]);
                let ids = rows.copied().collect();
                for piece in &mut pieces {
                    let (cx, cy) = piece.corner;
                    piece.corner = (cx - x as isize, cy - y as isize);
                }
                Kind::Place { ids, pieces }
            }
            Kind::Skin(rgb) => Kind::Skin(rgb.each_ref().map(cut)),
            shadow @ Kind::Shadow(_) => shadow,
        };
        let cover = cut(&cover);
        Self { window: Window { x: window.x + x, y: window.y + y, width, height }, cover, kind }
    }

    /// Makes the change. Hair, head and hands of a photo stay as they are, however a copy was reduced.
    pub(super) fn apply(&self, picture: &mut RgbImage, onto: &Onto<'_>) {
        if self.window.width == 0 {
            return;
        }
        match &self.kind {
            Kind::Place { ids, pieces } => self.place(picture, onto, ids, pieces),
            Kind::Skin(rgb) => self.skin(picture, onto, rgb),
            Kind::Shadow(depth) => self.shadow(picture, onto, *depth),
        }
    }

    fn place(&self, picture: &mut RgbImage, onto: &Onto<'_>, ids: &[u32], pieces: &[Moved]) {
        let lines = Lines::new(onto.zoom, self.window);
        let (table, area) = (linear_table(), lines.full);
        let (raw, stride, rows) = (picture.as_raw(), picture.width() as usize, picture.height() as usize);
        let (kx, ky) = onto.zoom.factor();
        let far = |by: isize, k: f32| (by as f32 * k).round() as isize;
        let shifts: Vec<(isize, isize)> =
            pieces.iter().map(|p| (far(p.shift.0, kx), far(p.shift.1, ky))).collect();
        // All is read before anything is written: one piece may lie where another one comes from.
        let new: Vec<Vec<(usize, [u8; 3])>> = (0..area.height)
            .into_par_iter()
            .map_init(Vec::new, |line, y| {
                let mut out = Vec::new();
                for (x, &c) in lines.row(&self.cover, y, line).iter().enumerate() {
                    let (px, py) = (x + area.x, y + area.y);
                    if c <= 0.002 || onto.keeps(px, py) {
                        continue;
                    }
                    let (sx, sy) = lines.place(x, y);
                    let at = |s: f32, n: usize| (s.round().max(0.0) as usize).min(n - 1);
                    let id = ids[at(sy, self.window.height) * self.window.width + at(sx, self.window.width)];
                    let Some(piece) = pieces.get(id as usize) else { continue };
                    let (dx, dy) = shifts[id as usize];
                    let from =
                        |p: usize, d: isize, n: usize| (p as isize + d).clamp(0, n as isize - 1) as usize;
                    let j = (from(py, dy, rows) * stride + from(px, dx, stride)) * 3;
                    let i = (py * stride + px) * 3;
                    let (cx, cy) = (sx - piece.corner.0 as f32, sy - piece.corner.1 as f32);
                    let rgb = [0, 1, 2].map(|k| {
                        let there = table[usize::from(raw[j + k])];
                        let value = (there + piece.correction[k].sample(cx, cy)).clamp(0.0, 1.0);
                        let old = table[usize::from(raw[i + k])];
                        onto.encoder.byte(old + c * (value - old))
                    });
                    out.push((i, rgb));
                }
                out
            })
            .collect();
        let raw = picture.as_mut();
        for (i, rgb) in new.into_iter().flatten() {
            raw[i..i + 3].copy_from_slice(&rgb);
        }
    }

    fn skin(&self, picture: &mut RgbImage, onto: &Onto<'_>, rgb: &[Plane; 3]) {
        let table = linear_table();
        // Where there is no skin the colours are black: enlarged, they count by how much of them there is.
        let weighted = if onto.zoom.is_none() {
            None
        } else {
            Some(rgb.each_ref().map(|p| p.zip(&self.cover, |v, c| v * c)))
        };
        let planes = weighted.as_ref().unwrap_or(rgb);
        self.rows(picture, onto, |lines, y, row, [cover, r, g, b]| {
            let cover = lines.row(&self.cover, y, cover);
            let rgb = [lines.row(&planes[0], y, r), lines.row(&planes[1], y, g), lines.row(&planes[2], y, b)];
            for (x, &c) in cover.iter().enumerate() {
                let (px, py) = (x + lines.full.x, y + lines.full.y);
                if c > 0.002 && !onto.keeps(px, py) {
                    for (k, v) in row[px * 3..px * 3 + 3].iter_mut().enumerate() {
                        let old = table[usize::from(*v)];
                        let new = if weighted.is_some() { rgb[k][x] / c } else { rgb[k][x] };
                        *v = onto.encoder.byte(old + c * (new - old));
                    }
                }
            }
        });
    }

    fn shadow(&self, picture: &mut RgbImage, onto: &Onto<'_>, depth: f32) {
        let table = linear_table();
        let labels = onto.parse.labels.as_raw();
        let stride = onto.parse.labels.width() as usize;
        self.rows(picture, onto, |lines, y, row, [cover, ..]| {
            for (x, &shade) in lines.row(&self.cover, y, cover).iter().enumerate() {
                let (px, py) = (x + lines.full.x, y + lines.full.y);
                let label = labels[py * stride + px];
                let free = Label::Background.is(label) || Label::Hair.is(label);
                if shade < 0.02 || free || onto.body.is_head(px as f32 + 0.5, py as f32 + 0.5) {
                    continue;
                }
                let k = 1.0 - depth * shade;
                for v in &mut row[px * 3..px * 3 + 3] {
                    *v = onto.encoder.byte(table[usize::from(*v)] * k);
                }
            }
        });
    }

    /// Every row of the picture that the change reaches, with room for rows of planes.
    fn rows(
        &self,
        picture: &mut RgbImage,
        onto: &Onto<'_>,
        each: impl Fn(&Lines, usize, &mut [u8], &mut [Vec<f32>; 4]) + Sync,
    ) {
        let lines = Lines::new(onto.zoom, self.window);
        let stride = picture.width() as usize * 3;
        let rows = picture.as_mut().par_chunks_mut(stride).skip(lines.full.y).take(lines.full.height);
        rows.enumerate().for_each_init(Default::default, |buffers, (y, row)| each(&lines, y, row, buffers));
    }
}

impl Onto<'_> {
    /// Whether a pixel is never covered. The mask of a garment sewn in the photo itself already leaves such
    /// pixels out.
    fn keeps(&self, x: usize, y: usize) -> bool {
        let label = || self.parse.labels.as_raw()[y * self.parse.labels.width() as usize + x];
        !self.zoom.is_none() && self.body.keeps(label(), (x as f32 + 0.5, y as f32 + 0.5))
    }
}

/// Subtracts the colours of the reduced picture from a garment's own. The painter adds the difference to the
/// colours of the full photo.
pub(super) fn less_seen(own: &mut [Plane; 3], picture: &RgbImage, (x0, y0): (usize, usize)) {
    let table = linear_table();
    let (raw, stride, w) = (picture.as_raw(), picture.width() as usize, own[0].width);
    for y in 0..own[0].height {
        for x in 0..w {
            let i = ((y + y0) * stride + x + x0) * 3;
            let seen = Oklab::from_linear_rgb([0, 1, 2].map(|k| table[usize::from(raw[i + k])]));
            for (plane, v) in own.iter_mut().zip([seen.l, seen.a, seen.b]) {
                plane.data[y * w + x] -= v;
            }
        }
    }
}
