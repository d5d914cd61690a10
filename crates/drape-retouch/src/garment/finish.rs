//! Turns a draft into cloth: shades it, cuts it into pieces, throws its shadow; and updates the parse.

use std::sync::Arc;

use rayon::prelude::*;

use super::body::Body;
use super::change::{Change, Kind};
use super::draft::Draft;
use super::light::Light;
use super::order::Order;
use super::piece::Piece;
use super::sewn::{Ground, Source};
use super::sight::Sight;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::patch::Patch;
use crate::raster::plane::Plane;
use crate::raster::window::Window;
use crate::raster::zoom::{Lines, Zoom};
use crate::recolour::cloth::Cloth;
use crate::recolour::dye::Dye;

/// One piece of a finished garment, all of one cloth.
pub(crate) struct SewnPiece {
    pub(crate) cloth: Cloth,
    pub(crate) dye: Dye,
    /// Number of the wish that it fulfils, where that is another one than the garment's own.
    pub(crate) wish: Option<usize>,
}

/// A finished garment: its pieces from below to above.
pub(crate) struct Made {
    pub(crate) pieces: Vec<SewnPiece>,
    /// How much of each pixel of the window it covers.
    pub(crate) cover: Plane,
    pub(crate) window: Window,
    /// Changes of the picture outside the garment.
    pub(crate) changes: Vec<Change>,
    /// How the picture in which it was sewn lies in the photo.
    pub(crate) zoom: Zoom,
    /// The photo below a garment that was sewn on a reduced copy.
    pub(crate) below: Option<Patch>,
}

/// How a draft becomes cloth.
pub(super) struct Finish {
    /// See [`Source`].
    pub(super) folds: f32,
    pub(super) thick: f32,
    pub(super) range: f32,
}

/// Shades the draft and cuts it into pieces that together cover each pixel once.
pub(super) fn finish(order: &mut Order<'_>, draft: Draft<'_>, light: &Light, how: &Finish) -> Option<Made> {
    let shade = draft.relief.shade(light);
    // Drop everything that only drawing needs before reading the light, which takes the most memory.
    let (sight, zones, cover, worn) = draft.sewn();
    let mut total = cover.clone();
    for zone in &zones {
        zone.cover.onto(&mut total, sight.window, f32::max);
    }
    order.change(shadow(sight, &total, light));
    let source = Source {
        picture: order.picture,
        photo: order.photo,
        cover: &total,
        worn: &worn,
        folds: how.folds,
        thick: how.thick,
        range: how.range,
    };
    let ground = Ground::of(sight, &source);
    let mut free = Plane::filled(total.width, total.height, 1.0);
    let mut pieces = Vec::new();
    for zone in zones.iter().rev() {
        let seen = zone.cover.each(|x, y, c| c * free.at(x - sight.window.x, y - sight.window.y));
        zone.cover.onto(&mut free, sight.window, |f, c| f * (1.0 - c));
        if let Some(cloth) = ground.piece(sight, &seen, &total, &worn, &shade) {
            pieces.push(SewnPiece { cloth, dye: zone.dye.clone(), wish: zone.wish });
        }
    }
    let shell = Piece { window: sight.window, cover: cover.zip(&free, |c, f| c * f) };
    let shell = ground.piece(sight, &shell, &total, &worn, &shade)?;
    pieces.push(SewnPiece { cloth: shell, dye: order.dye.clone(), wish: None });
    pieces.reverse();
    let (width, height) = order.picture.dimensions();
    Some(Made {
        pieces,
        cover: total,
        window: sight.window,
        changes: std::mem::take(&mut order.changes),
        zoom: Zoom::none((width as usize, height as usize)),
        below: None,
    })
}

/// The shadow that a garment throws on the body and on what is worn below it, never on the head.
fn shadow(sight: &Sight<'_>, cover: &Plane, light: &Light) -> Change {
    let scale = sight.body.scale;
    let (dx, dy) = ((-light.x * 0.9 * scale) as isize, (1.1 * scale) as isize);
    let soft = cover.blurred((0.75 * scale).max(0.8));
    let shade = Plane::from_fn(cover.width, cover.height, |x, y| {
        soft.clamped(x as isize - dx, y as isize - dy) * (1.0 - cover.at(x, y))
    });
    let depth = 0.42 * light.hardness.min(1.1);
    Change { window: sight.window, cover: shade, kind: Kind::Shadow(depth) }.trimmed()
}

impl Made {
    /// Tells a parse what the picture shows now.
    pub(crate) fn tell(&self, parse: &mut Parse, body: &Body, label: Label) {
        for change in &self.changes {
            let label = match change.kind {
                Kind::Place { .. } => Label::Background,
                Kind::Skin(_) => Label::Skin,
                Kind::Shadow(_) => continue,
            };
            self.layer(parse, body, (&change.cover, change.window), label);
        }
        self.layer(parse, body, (&self.cover, self.window), label);
    }

    fn layer(&self, parse: &mut Parse, body: &Body, (cover, window): (&Plane, Window), label: Label) {
        if window.width == 0 {
            return;
        }
        let (fw, fh) = (parse.labels.width() as usize, parse.labels.height() as usize);
        let lines = Lines::new(self.zoom, window);
        let full = lines.full;
        let rows = parse.labels.as_mut().par_chunks_mut(fw).skip(full.y).take(full.height).enumerate();
        rows.for_each_init(Vec::new, |line, (y, row)| {
            for (x, c) in lines.row(cover, y, line).iter().enumerate() {
                let v = &mut row[x + full.x];
                let p = ((x + full.x) as f32 + 0.5, (y + full.y) as f32 + 0.5);
                if *c > 0.5 && (self.zoom.is_none() || !body.keeps(*v, p)) {
                    *v = label.pixel();
                }
            }
        });
        let (w, h) = parse.working_size();
        let (kx, ky) = (fw as f32 / w as f32, fh as f32 / h as f32);
        let range = |start: usize, n: usize, k: f32, most: usize| {
            (start as f32 / k) as usize..(((start + n) as f32 / k) as usize).min(most)
        };
        let columns = range(full.x, full.width, kx, w);
        for y in range(full.y, full.height, ky, h) {
            for x in columns.clone() {
                let (px, py) = ((x as f32 + 0.5) * kx - 0.5, (y as f32 + 0.5) * ky - 0.5);
                let (px, py) = self.zoom.within(px, py);
                let c = cover.sample(px - window.x as f32, py - window.y as f32);
                if c > 0.002 {
                    for (k, plane) in parse.soft.iter_mut() {
                        let i = y * w + x;
                        let v = plane.data[i];
                        // Planes in which nothing changes stay shared.
                        if k == label {
                            Arc::make_mut(plane).data[i] = v * (1.0 - c) + c;
                        } else if v != 0.0 {
                            Arc::make_mut(plane).data[i] = v * (1.0 - c);
                        }
                    }
                }
            }
        }
    }
}
