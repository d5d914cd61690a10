//! The photo's exposure, white balance, contrast, saturation and grain, applied to the new place so that it
//! looks taken with the same camera at the same hour.

use drape_core::colour::Oklab;
use image::RgbImage;
use rayon::prelude::*;

use super::canvas::Rgb;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::plane::quantile;

/// Steps of the curve of tones, and the square root of the brightest light that it tells apart.
const CURVE: usize = 2048;
const BRIGHTEST: f32 = 2.5;

/// The camera's rendering of light.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tone {
    /// Factors on linear light.
    gain: Rgb,
    /// Light that even black has in this photo.
    lift: Rgb,
    /// 0 in photos without colour.
    saturation: f32,
    /// Standard deviation of the noise, in square roots of light.
    pub(super) grain: f32,
}

impl Tone {
    /// `exposure`: of the photo as a whole (see `paint::exposure`). `cast`: how far the place takes on
    /// the photo's colour of light, 0..=1.
    pub(super) fn of(picture: &RgbImage, parse: &Parse, exposure: f32, cast: f32) -> Self {
        let (labels, raw) = (parse.labels.as_raw(), picture.as_raw());
        let step = (labels.len() / 60_000).max(1);
        let (mut dark, mut colours) = (Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
        let mut chroma = Vec::new();
        for i in (0..labels.len()).step_by(step) {
            let c = Oklab::from_srgb8([raw[i * 3], raw[i * 3 + 1], raw[i * 3 + 2]]);
            // Garments may already have their new colours.
            if [Label::Background, Label::Skin, Label::Hair].iter().any(|l| l.is(labels[i])) {
                chroma.push(c.chroma());
            }
            if !Label::Background.is(labels[i]) {
                dark.push(c.l);
            }
            if Label::Skin.is(labels[i]) {
                colours[0].push(c.l);
                colours[1].push(c.a);
                colours[2].push(c.b);
            }
        }
        let enough = colours[0].len() > 40;
        let [l, a, b] = colours.map(|mut c| quantile(&mut c, 0.5));
        // Every colour photo has colour in the skin, even if street and clothes have none: dark skin less, in
        // proportion to its lightness. Colour anywhere makes it a colour photo.
        let skin = if enough { a.hypot(b) * (0.6 / l.max(0.12)).max(1.0) } else { 0.0 };
        let colourful = skin.max(0.7 * quantile(&mut chroma, 0.98));
        let saturation = ((colourful - 0.008) / 0.022).clamp(0.0, 1.0);
        // In white light, all human skin lies near one line of hue; the deviation from it is the colour of
        // the light.
        let mut gain = [1.0; 3];
        if enough && saturation > 0.2 {
            let k = (l / 0.72).clamp(0.5, 1.15);
            let off = Oklab { l: 0.8, a: (a - 0.036 * k) * 0.5, b: (b - 0.052 * k) * 0.5 };
            let (tinted, white) = (off.to_linear_rgb(), Oklab { a: 0.0, b: 0.0, ..off }.to_linear_rgb());
            gain = [0, 1, 2].map(|c| (1.0 + cast * (tinted[c] / white[c] - 1.0)).clamp(0.82, 1.18));
        }
        // Lightness is about the cube root of light.
        let bright = exposure.powf(2.2);
        let black = quantile(&mut dark, 0.01);
        let floor = (0.8 * black.powi(3)).clamp(0.0, 0.02);
        Self { gain: gain.map(|g| g * bright), lift: [floor; 3], saturation, grain: noise_of(picture) }
    }

    /// The light of the place as this camera records it: a little more contrast than light has, as every
    /// camera gives, and a soft shoulder instead of a hard white.
    pub(super) fn record(&self, colours: &mut [Rgb]) {
        // A table over square roots of light, because powers are slow.
        let curve: Vec<f32> = (0..=CURVE)
            .map(|i| {
                let v = 1.06 * (i as f32 / CURVE as f32 * BRIGHTEST).powf(2.0 * 1.08);
                if v > 0.7 { 0.7 + 0.29 * (1.0 - (-(v - 0.7) / 0.29).exp()) } else { v }
            })
            .collect();
        colours.par_iter_mut().with_min_len(1 << 12).for_each(|c| {
            let grey = 0.25 * c[0] + 0.65 * c[1] + 0.10 * c[2];
            *c = [0, 1, 2].map(|k| {
                let v = (grey + (c[k] - grey) * self.saturation) * self.gain[k];
                let at = v.max(0.0).sqrt().min(BRIGHTEST) * (CURVE as f32 / BRIGHTEST);
                let (first, part) = ((at as usize).min(CURVE - 1), at.fract());
                let v = curve[first] + (curve[first + 1] - curve[first]) * part;
                self.lift[k] + v * (1.0 - self.lift[k])
            });
        });
    }
}

/// Noise of the photo from second differences along rows, where little happens.
fn noise_of(picture: &RgbImage) -> f32 {
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let raw = picture.as_raw();
    let mut steps = Vec::new();
    let every = (w * h / 40_000).max(1);
    for i in (1..(w * h).saturating_sub(1)).step_by(every) {
        let v = |i: usize| f32::from(raw[i * 3 + 1]);
        if (12.0..243.0).contains(&v(i)) {
            steps.push((2.0 * v(i) - v(i - 1) - v(i + 1)).abs());
        }
    }
    // Of a normal distribution 30 % lie within 0.385 deviations; the difference has sqrt(6) of them.
    let sigma = quantile(&mut steps, 0.3) / (0.385 * 2.449) / 255.0;
    sigma.clamp(0.004, 0.022)
}
