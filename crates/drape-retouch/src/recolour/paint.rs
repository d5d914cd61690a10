//! Paints one garment: new colour, pattern and material under the light on the old one.

use drape_core::colour::{Oklab, toe, toe_inverse};
use image::RgbImage;
use rayon::prelude::*;

use super::cloth::Cloth;
use super::dye::Dye;
use super::fabric::Fabric;
use super::frame::Frame;
use super::pattern::Print;
use super::variation::Variation;
use crate::raster::patch::Patch;
use crate::raster::plane::{Plane, smoothstep};
use crate::raster::srgb::{Encoder, linear_table};
use crate::raster::zoom::{Lines, Zoom};

/// How bright the photo as a whole is: 1 in good light, less at night; asked colours dim with it.
pub(crate) fn exposure(photo: &RgbImage) -> f32 {
    let step = (photo.as_raw().len() / 3 / 60_000).max(1) * 3;
    let mut levels: Vec<f32> = photo
        .as_raw()
        .chunks_exact(3)
        .step_by(step / 3)
        .map(|p| Oklab::from_srgb8([p[0], p[1], p[2]]).l)
        .collect();
    let bright = crate::raster::plane::quantile(&mut levels, 0.97);
    (bright / 0.86).clamp(0.72, 1.0)
}

/// How lightness on the garment becomes lightness on the new cloth of lightness `target`; both are
/// perceived lightness ([`toe`]).
struct Tone {
    anchor: f32,
    gain: f32,
}

impl Tone {
    fn of(cloth: &Cloth, target: f32, fabric: &Fabric) -> Self {
        // White cloth is bright with dark folds, black cloth dark with bright ones.
        let share =
            0.5 + 0.24 * smoothstep(0.70, 0.95, target) - 0.12 * (1.0 - smoothstep(0.12, 0.32, target));
        let anchor = cloth.level(share);
        // Folds on light cloth show more difference than on dark cloth.
        let usual = 0.040 + 0.034 * target;
        let physical = target / anchor.max(0.12);
        let wanted = (0.30 * physical + 0.70 * usual / cloth.spread).clamp(0.55, 1.9);
        let far = smoothstep(0.04, 0.36, (target - anchor).abs());
        Self { anchor, gain: (1.0 + (wanted - 1.0) * far) * fabric.contrast }
    }
}

/// Bends lightness into what a print or screen can show, without a hard stop.
fn shoulder(l: f32) -> f32 {
    if l > 0.90 {
        0.90 + 0.085 * (1.0 - (-(l - 0.90) / 0.085).exp())
    } else if l < 0.08 {
        0.08 * (-(0.08 - l) / 0.08).exp()
    } else {
        l
    }
}

/// Settings that all garments of a look share.
#[derive(Clone, Copy)]
pub(crate) struct Brush<'a> {
    /// See [`exposure`].
    pub(crate) exposure: f32,
    pub(crate) variation: Variation,
    pub(crate) encoder: &'a Encoder,
}

/// Where the picture shows a cloth.
pub(crate) struct Laid<'a> {
    pub(crate) zoom: Zoom,
    /// The picture below the cloth, for a cloth made on a reduced copy: its own colour is stored as the
    /// difference from this.
    pub(crate) below: Option<&'a Patch>,
    /// Columns and rows of the picture that stay as they are although the enlarged edge of the cloth reaches
    /// them; `None` for a cloth whose mask leaves them out already.
    pub(crate) keeps: Option<&'a (dyn Fn(usize, usize) -> bool + Sync)>,
}

/// Paints the garment into `out`, which still shows the photo there.
pub(crate) fn paint(
    out: &mut RgbImage,
    cloth: &Cloth,
    laid: &Laid<'_>,
    dye: &Dye,
    frame: &Frame,
    brush: Brush<'_>,
) {
    let Brush { exposure, variation, encoder } = brush;
    let fabric = Fabric::of(dye.material);
    let ground = dye.ground.map_or(cloth.ground, |c| variation.apply(c));
    let dimmed = |c: Oklab| Oklab { l: c.l * exposure, a: c.a * exposure, b: c.b * exposure };
    // Asked colours are dimmed with the photo; a garment that keeps its colour is dim already.
    let ground = if dye.ground.is_some() { dimmed(ground) } else { ground };
    let tone = Tone::of(cloth, toe(ground.l), &fabric);
    let print = dye.pattern.map(|kind| {
        let others: Vec<Oklab> = dye.others.iter().map(|&c| dimmed(variation.apply(c))).collect();
        Print::new(kind, ground, &others, variation.size, variation.seed ^ 0x51ed, frame.scale)
    });
    let lines = Lines::new(laid.zoom, cloth.window());
    let (x0, y0) = (lines.full.x, lines.full.y);
    let reduced = laid.zoom.factor();

    // Separate folds from fine texture: when the contrast of folds grows, noise must not.
    let coarse = cloth.shade.blurred((0.16 * frame.scale).clamp(0.8, 6.0) / reduced.0);
    // Slope of the folds shifts the pattern, as on a bent surface.
    let sigma = (0.9 * frame.scale).clamp(1.5, 24.0) / reduced.0;
    let folds = print.as_ref().map(|_| masked_blur(&cloth.shade, &cloth.alpha, sigma));
    let pixel = 1.0 / frame.scale;
    let fine_gain = tone.gain.min(1.2) * fabric.texture;
    // Only a garment that keeps its shape has a worn colour: a new shape lies on skin and other clothes, too.
    let worn_colour = dye.ground.is_none() && print.is_none() && cloth.shape.is_none();
    let table = linear_table();
    let stride = out.width() as usize * 3;
    let rows = out.as_mut().par_chunks_mut(stride).skip(y0).take(lines.full.height).enumerate();
    rows.for_each_init(<[Vec<f32>; 7]>::default, |buffers, (y, row)| {
        let [b0, b1, b2, b3, b4, b5, b6] = buffers;
        let alphas = lines.row(&cloth.alpha, y, b0);
        let (shades, smooths) = (lines.row(&cloth.shade, y, b1), lines.row(&coarse, y, b2));
        let shape = cloth.shape.as_ref().map(|shape| lines.row(shape, y, b3));
        let [own_l, own_a, own_b] = &cloth.own;
        let owns = [lines.row(own_l, y, b4), lines.row(own_a, y, b5), lines.row(own_b, y, b6)];
        for (x, &alpha) in alphas.iter().enumerate() {
            if alpha <= 0.004 || laid.keeps.is_some_and(|keeps| keeps(x + x0, y + y0)) {
                continue;
            }
            let (px, py) = ((x + x0) as f32, (y + y0) as f32);
            let mut uv = frame.uv(px, py);
            if let Some(folds) = &folds {
                let bend = |s: f32| (s * 0.5 * frame.scale * 5.0).clamp(-0.8, 0.8);
                let (right, down) = lines.slope(folds, x, y);
                uv.u += bend(right);
                uv.v += bend(down);
            }
            let (shade, smooth) = (shades[x], smooths[x]);
            let mut d = tone.gain * (smooth - tone.anchor) + fine_gain * (shade - smooth);
            if fabric.gloss > 0.0 {
                // On glossy cloth, bright places shine more than on cotton.
                d += fabric.gloss * 1.6 * (smooth - cloth.level(0.72)).max(0.0);
            }
            d += fabric.relief(uv, pixel, variation.seed) * (0.5 + 0.7 * ground.l);
            if let Some(shape) = shape {
                // Shadows lower the lightness of white cloth more than that of black cloth.
                d += shape[x] * fabric.contrast * (0.30 + 0.85 * ground.l);
                // Places turned to the light shine, most on dark cloth.
                d += fabric.gloss * (1.0 - 0.7 * ground.l) * shape[x].max(0.0);
            }
            let own = || {
                let below = laid.below.map_or_else(Oklab::default, |b| b.at(x + x0, y + y0, &table));
                Oklab { l: below.l + owns[0][x], a: below.a + owns[1][x], b: below.b + owns[2][x] }
            };
            let goal = match &print {
                Some(print) => print.at(uv),
                None if worn_colour => Oklab { l: toe_inverse(tone.anchor), ..own() },
                None => ground,
            };
            let l = shoulder(
                goal.l + d * if print.is_some() { 0.6 + 0.4 * goal.l / ground.l.max(0.1) } else { 1.0 },
            );
            let k = if worn_colour { 1.0 } else { (l / goal.l.max(0.05)).clamp(0.25, 1.35) };
            // Shine has the colour of the light, not of the cloth.
            let shine = 1.0 - fabric.gloss * smoothstep(0.06, 0.25, d);
            let new = Oklab { l, a: goal.a * k * shine, b: goal.b * k * shine };
            let i = (x + x0) * 3;
            if alpha > 0.97 {
                let rgb = fit(new);
                for c in 0..3 {
                    row[i + c] = encoder.byte(rgb[c]);
                }
            } else {
                // Pixels at the edge are mixed: take out the old garment's share and put in the new one's.
                let (new, old) = (fit(new), own().to_linear_rgb());
                for c in 0..3 {
                    let seen = table[usize::from(row[i + c])];
                    row[i + c] = encoder.byte(seen + alpha * (new[c] - old[c]));
                }
            }
        }
    });
}

/// Linear RGB of a colour, its chroma reduced where sRGB ends (so that hue and lightness stay).
fn fit(c: Oklab) -> [f32; 3] {
    let rgb = c.to_linear_rgb();
    if rgb.iter().all(|v| (-0.002..=1.002).contains(v)) {
        return rgb;
    }
    let grey = c.l * c.l * c.l;
    // Towards the grey of the same lightness, exactly as far as needed.
    let mut t = 1.0_f32;
    for v in rgb {
        if v < 0.0 {
            t = t.min(grey / (grey - v).max(1e-6));
        } else if v > 1.0 {
            t = t.min((1.0 - grey).max(0.0) / (v - grey).max(1e-6));
        }
    }
    rgb.map(|v| grey + (v - grey) * t)
}

/// A blur that does not mix the garment with its surroundings.
fn masked_blur(values: &Plane, alpha: &Plane, sigma: f32) -> Plane {
    let sum = values.zip(alpha, |v, a| v * a).blurred(sigma);
    let weight = alpha.blurred(sigma);
    sum.zip(&weight, |s, w| if w > 1e-4 { s / w } else { 0.0 })
}
