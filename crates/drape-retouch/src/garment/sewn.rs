//! Makes the cloth that the painter takes: the garment's pieces with the light on them.
//!
//! Over the worn garment that it replaces, the new one takes the photo's light, folds included; over skin and
//! other garments, their light without details; over the background, the light of its own surroundings.

use drape_core::colour::{Oklab, toe};
use image::RgbImage;
use rayon::prelude::*;

use super::piece::Piece;
use super::sight::Sight;
use crate::parse::label::Label;
use crate::raster::plane::{Plane, quantile, smoothstep};
use crate::raster::srgb::linear_table;
use crate::raster::window::Window;
use crate::recolour::cloth::{Cloth, unmixed};
use crate::recolour::print::{fill, ground_colour, light_on};

/// What the light on a garment is read from.
pub(crate) struct Source<'a> {
    /// The picture below the garment.
    pub(crate) picture: &'a RgbImage,
    /// The photo, where earlier garments changed the picture: their patterns are no light.
    pub(crate) photo: Option<&'a RgbImage>,
    /// How much of each pixel of the window the garment covers.
    pub(crate) cover: &'a Plane,
    /// How much of that is worn cloth.
    pub(crate) worn: &'a Plane,
    /// Share of the worn folds that stay, 0..=1.
    pub(crate) folds: f32,
    /// Details of covered clothes that are smaller than this (cm) do not show through.
    pub(crate) thick: f32,
    /// How far the light on covered clothes may differ from its median (perceived lightness).
    pub(crate) range: f32,
}

/// Perceived lightness of cloth of one colour under the photo's light, and the colours below it.
pub(crate) struct Ground {
    seen: [Plane; 3],
    unmixed: [Plane; 3],
    light: Plane,
    colour: Oklab,
}

/// Labels that lie below a garment and share a light each.
const BELOW: [&[Label]; 3] = [
    &[Label::Skin],
    &[Label::Trousers, Label::Skirt, Label::Legwear, Label::Dress],
    &[Label::Upper, Label::Outer],
];

/// Values stay as they are near zero and never pass the limit.
fn soft_limit(value: f32, limit: f32) -> f32 {
    limit * (value / limit).tanh()
}

impl Ground {
    pub(crate) fn of(sight: &Sight<'_>, source: &Source<'_>) -> Self {
        let window = sight.window;
        let (w, h) = (window.width, window.height);
        let (cover, worn, scale) = (source.cover, source.worn, sight.body.scale);
        let inner: Vec<usize> = (0..w * h).filter(|&i| worn.data[i] > 0.9).collect();
        let enough = inner.len() > 400;
        let step = (inner.len() / 20_000).max(1);
        let sample: Vec<usize> = inner.iter().copied().step_by(step).collect();
        let read = |picture: &RgbImage| {
            let seen = colours(picture, window);
            let own = unmixed(&seen, worn);
            (seen, own)
        };
        // The worn part: as the photo shows it, prints taken out.
        let light = |seen: &[Plane; 3], own: &[Plane; 3]| {
            let lightness = seen[0].map(toe);
            if !enough {
                return (lightness.clone(), Oklab { l: 0.6, a: 0.0, b: 0.0 }, lightness);
            }
            let colour = ground_colour(own, &sample);
            let cloth = light_on(own, worn, colour, false).0;
            (lightness, colour, cloth)
        };
        let lit = source.photo.map(|photo| {
            let (seen, own) = read(photo);
            light(&seen, &own)
        });
        let (seen, own) = read(source.picture);
        let (lightness, colour, cloth) = lit.unwrap_or_else(|| light(&seen, &own));
        let mut levels: Vec<f32> = sample.iter().map(|&i| cloth.data[i]).collect();
        let middle = if enough { quantile(&mut levels, 0.5) } else { 0.55 };

        // What is covered beside it: the light on it relative to its own middle.
        let mut value = Plane::filled(w, h, 0.0);
        let mut known = Plane::filled(w, h, 0.0);
        for labels in BELOW {
            let mask = sight.each(|x, y, _| {
                let label = sight.label(x, y);
                let here = labels.iter().any(|l| l.is(label)) && worn.at(x, y) < 0.5;
                f32::from(u8::from(here))
            });
            let covered: Vec<usize> =
                (0..w * h).filter(|&i| mask.data[i] > 0.5 && cover.data[i] > 0.3).collect();
            if covered.len() < 60 {
                continue;
            }
            let step = (covered.len() / 10_000).max(1);
            let mut levels: Vec<f32> = covered.iter().step_by(step).map(|&i| lightness.data[i]).collect();
            let own_middle = quantile(&mut levels, 0.5);
            let sigma = (source.thick * scale).max(1.0);
            let smooth = smooth(&lightness, &mask, sigma);
            for i in covered {
                let relative =
                    (smooth.data[i] - own_middle) * (middle / own_middle.max(0.12)).clamp(0.5, 1.6);
                value.data[i] = middle + soft_limit(0.6 * relative, source.range);
                known.data[i] = 1.0;
            }
        }
        if enough {
            let sigma = (source.thick * scale).max(1.0);
            let smooth = smooth(&cloth, worn, sigma);
            for i in 0..w * h {
                if worn.data[i] > 0.9 {
                    let smooth = smooth.data[i];
                    let fine = soft_limit(source.folds * (cloth.data[i] - smooth), 1.5 * source.range);
                    value.data[i] = middle + soft_limit(smooth - middle, 1.6 * source.range) + fine;
                    known.data[i] = 1.0;
                }
            }
        }
        drop((lightness, cloth));
        let unknown = known.map(|k| 1.0 - k);
        drop(known);
        let inside = Plane::filled(w, h, 1.0);
        let mut light = fill(&value, &inside, &unknown);
        drop((value, unknown));
        // Where two kinds of light meet there is no line on the new cloth.
        let soft = smooth(&light, &inside, (1.4 * scale).max(1.0));
        let seam = worn.map(|v| smoothstep(0.9, 0.5, v)).blurred((0.8 * scale).max(0.8));
        for ((l, s), t) in light.data.iter_mut().zip(&soft.data).zip(&seam.data) {
            *l += (s - *l) * t.min(1.0);
        }
        Self { seen, unmixed: own, light, colour }
    }

    /// A piece of cloth on this ground; none when nothing of it is to be seen. `total`: how much of each
    /// pixel all pieces cover, `worn`: how much of that is worn cloth.
    pub(crate) fn piece(
        &self,
        sight: &Sight<'_>,
        piece: &Piece,
        total: &Plane,
        worn: &Plane,
        shape: &Plane,
    ) -> Option<Cloth> {
        let window = Window::of(&piece.cover, 0.002);
        if window.width == 0 {
            return None;
        }
        let (x0, y0) = (piece.window.x + window.x, piece.window.y + window.y);
        let (dx, dy) = (x0 - sight.window.x, y0 - sight.window.y);
        let (w, h) = (window.width, window.height);
        let own = [0, 1, 2].map(|c| {
            Plane::from_fn(w, h, |x, y| {
                let i = (y + dy) * total.width + x + dx;
                // Only pixels at the edge of the worn garment are mixed.
                let t = if total.data[i] > 0.0 { (worn.data[i] / total.data[i]).min(1.0) } else { 0.0 };
                let (seen, own) = (self.seen[c].data[i], self.unmixed[c].data[i]);
                seen + (own - seen) * t * t
            })
        });
        let alpha = piece.cover.crop(window.x, window.y, w, h);
        let light = self.light.crop(dx, dy, w, h);
        Cloth::sewn((x0, y0), alpha, own, light, self.colour, shape.crop(dx, dy, w, h))
    }
}

/// The colours of a window of a picture.
fn colours(picture: &RgbImage, window: Window) -> [Plane; 3] {
    let (w, h) = (window.width, window.height);
    let table = linear_table();
    let (raw, stride) = (picture.as_raw(), picture.width() as usize);
    let mut colours = vec![Oklab::default(); w * h];
    colours.par_chunks_mut(w.max(1)).enumerate().for_each(|(y, row)| {
        for (x, c) in row.iter_mut().enumerate() {
            let i = ((y + window.y) * stride + x + window.x) * 3;
            *c = Oklab::from_linear_rgb([0, 1, 2].map(|k| table[usize::from(raw[i + k])]));
        }
    });
    let plane =
        |f: fn(&Oklab) -> f32| Plane { width: w, height: h, data: colours.par_iter().map(f).collect() };
    [plane(|c| c.l), plane(|c| c.a), plane(|c| c.b)]
}

/// A mean of `values` weighted by `mask` over about `sigma` pixels: what is smaller is not seen in it, so
/// it is computed on fewer pixels.
fn smooth(values: &Plane, mask: &Plane, sigma: f32) -> Plane {
    let k = (sigma / 2.0).clamp(1.0, 12.0);
    let small = |v: usize| ((v as f32 / k) as usize).max(1);
    let (w, h) = (small(values.width), small(values.height));
    let weight = mask.reduced(w, h).blurred(sigma / k);
    let sum = values.zip(mask, |v, m| v * m).reduced(w, h).blurred(sigma / k);
    sum.zip(&weight, |s, w| if w > 1e-3 { s / w } else { 0.0 }).resized(values.width, values.height)
}
