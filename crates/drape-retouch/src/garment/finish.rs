//! The draft becomes cloth: shaded, cut into pieces, its shadow thrown; and the parse is told.

use super::Order;
use super::draft::Draft;
use super::light::Light;
use super::piece::Piece;
use super::sewn::{Ground, Source};
use super::sight::Sight;
use crate::cloth::{Cloth, linear_table};
use crate::dye::Dye;
use crate::guided::Window;
use crate::parse::{Label, Parse};
use crate::plane::Plane;

/// A finished garment: its pieces from below to above.
pub(crate) struct Made {
    pub(crate) pieces: Vec<(Cloth, Dye, Option<usize>)>,
    /// How much of each pixel of the window it covers.
    pub(crate) cover: Plane,
    pub(crate) window: Window,
    /// What appeared where the worn garment was: skin, and the place behind.
    pub(crate) skin: Option<Plane>,
    pub(crate) place: Option<Plane>,
}

/// How a draft becomes cloth.
pub(super) struct Finish {
    /// See [`Source`].
    pub(super) folds: f32,
    pub(super) thick: f32,
    pub(super) range: f32,
    /// What [`super::uncover::bare`] filled.
    pub(super) skin: Option<Plane>,
    pub(super) place: Option<Plane>,
}

/// Shades the draft and cuts it into pieces that together cover each pixel once.
pub(super) fn finish(order: &mut Order<'_>, draft: Draft<'_>, light: &Light, how: Finish) -> Option<Made> {
    let shade = draft.relief.shade(light);
    let Draft { sight, region, zones, .. } = draft;
    let mut total = region.cover.clone();
    for zone in &zones {
        zone.cover.onto(&mut total, sight.window, f32::max);
    }
    cast_shadow(order, sight, &total, light);
    let source = Source {
        picture: order.picture,
        cover: &total,
        worn: &region.worn,
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
        if let Some(cloth) = ground.piece(sight, &seen, &total, &region.worn, &shade) {
            pieces.push((cloth, zone.dye.clone(), zone.report));
        }
    }
    let shell = Piece { window: sight.window, cover: region.cover.zip(&free, |c, f| c * f) };
    let shell = ground.piece(sight, &shell, &total, &region.worn, &shade)?;
    pieces.push((shell, order.dye.clone(), None));
    pieces.reverse();
    Some(Made { pieces, cover: total, window: sight.window, skin: how.skin, place: how.place })
}

/// The shadow that a garment throws on the body and on what is worn below it, never on the head.
fn cast_shadow(order: &mut Order<'_>, sight: &Sight<'_>, cover: &Plane, light: &Light) {
    let scale = sight.body.scale;
    let (dx, dy) = ((-light.x * 0.9 * scale) as isize, (1.1 * scale) as isize);
    let soft = cover.blurred((0.75 * scale).max(0.8));
    let window = sight.window;
    let table = linear_table();
    let stride = order.picture.width() as usize;
    let raw = order.picture.as_mut();
    for y in 0..window.height {
        for x in 0..window.width {
            let shade = soft.clamped(x as isize - dx, y as isize - dy) * (1.0 - cover.at(x, y));
            if shade < 0.02 || sight.is(x, y, Label::Background) || sight.is(x, y, Label::Hair) {
                continue;
            }
            let p = sight.point(x, y);
            if sight.body.is_head(p.0, p.1) {
                continue;
            }
            let k = 1.0 - 0.42 * light.hardness.min(1.1) * shade;
            let i = ((y + window.y) * stride + x + window.x) * 3;
            for v in &mut raw[i..i + 3] {
                *v = order.encoder.byte(table[usize::from(*v)] * k);
            }
        }
    }
}

impl Made {
    /// Tells a parse what the picture shows now.
    pub(crate) fn tell(&self, parse: &mut Parse, label: Label) {
        let (fw, fh) = (parse.labels.width() as usize, parse.labels.height() as usize);
        let window = self.window;
        let empty = Plane::default();
        let layers = [
            (self.place.as_ref().unwrap_or(&empty), Label::Background),
            (self.skin.as_ref().unwrap_or(&empty), Label::Skin),
            (&self.cover, label),
        ];
        for (cover, label) in layers.iter().filter(|(c, _)| c.width > 0) {
            let raw = parse.labels.as_mut();
            for y in 0..window.height {
                for x in 0..window.width {
                    if cover.at(x, y) > 0.5 {
                        raw[(y + window.y) * fw + x + window.x] = *label as u8;
                    }
                }
            }
            let (w, h) = (parse.soft[0].width, parse.soft[0].height);
            let (kx, ky) = (fw as f32 / w as f32, fh as f32 / h as f32);
            for y in
                (window.y as f32 / ky) as usize..(((window.y + window.height) as f32 / ky) as usize).min(h)
            {
                for x in
                    (window.x as f32 / kx) as usize..(((window.x + window.width) as f32 / kx) as usize).min(w)
                {
                    let (px, py) = ((x as f32 + 0.5) * kx - 0.5, (y as f32 + 0.5) * ky - 0.5);
                    let c = cover.sample(px - window.x as f32, py - window.y as f32);
                    if c > 0.002 {
                        for (k, plane) in parse.soft.iter_mut().enumerate() {
                            let v = &mut plane.data[y * w + x];
                            *v = *v * (1.0 - c) + if k == *label as usize { c } else { 0.0 };
                        }
                    }
                }
            }
        }
    }
}
