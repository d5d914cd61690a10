//! Folds for cloth that lies where the photo shows none: over arms that were bare, below a new hem.

use super::body::Body;
use super::draft::Draft;
use super::piece::Piece;
use super::relief::{fold, waves};
use crate::raster::geometry::{length, minus};
use crate::raster::noise::noise;
use crate::raster::plane::smoothstep;

/// Cloth bunches in the bend of the elbow and is drawn in slanting lines towards it.
pub(crate) fn sleeve(draft: &mut Draft<'_>, side: usize, seed: u32) {
    let body = draft.sight.body;
    let (arm, scale) = (body.arms[side], body.scale);
    let Some(elbow) = arm.middle else { return };
    let upper = length(minus(elbow, arm.start)) / scale;
    // Worn cloth keeps its own folds.
    let new = draft.region.sleeves[side].zip(&draft.region.worn, |s, w| s * (1.0 - w));
    let sign = if side == 0 { 1.0 } else { -1.0 };
    let at = |x: f32, y: f32| {
        let (d, along) = arm.near((x, y), 8.0 * scale);
        let (d, along) = (d / scale, along / scale);
        let bend = (-((along - upper) / 6.0).powi(2)).exp();
        // Lines wander and come and go: a regular row of folds is a spring, not a sleeve.
        let wander = 3.2 * waves(d * 0.8, along * 0.7, 7.0, seed);
        let strength = noise(d * 0.35 + 9.0, along * 0.16, seed ^ 11);
        let creases = fold((along + sign * 0.5 * d + wander) / 4.2) * strength * (0.07 + 0.22 * bend);
        let long = waves(d * 1.3, along * 0.35, 3.2, seed ^ 7) * 0.13;
        creases + long
    };
    let soft = new.blurred(0.6 * scale);
    let soft = draft.whole(soft.zip(&new, |a, b| a.min(b)));
    draft.relief.add(&soft, at);
}

/// Folds that hang from a line: none at it, deeper towards the hem. `spread`: how many cm of cloth make
/// one fold; `depth` at the hem in cm.
pub(crate) fn hanging(
    draft: &mut Draft<'_>,
    cover: &Piece,
    from: f32,
    hem: f32,
    spread: f32,
    depth: f32,
    seed: u32,
) {
    let body: &Body = draft.sight.body;
    let new = cover.cover.zip(&draft.region.worn, |c, w| c * (1.0 - w));
    let soft = draft.whole(new.blurred(1.2 * body.scale).zip(&new, |a, b| a.min(b)));
    let length = (hem - from).max(1.0);
    draft.relief.add(&soft, |x, y| {
        let (u, v) = body.uv(x, y);
        let t = ((v - from) / length).clamp(0.0, 1.2);
        // Lines spread from the waist; each wanders a little and ends somewhere.
        let place = u / (1.0 + 0.25 * t) + 2.5 * waves(u * 0.15, v * 0.5, 9.0, seed);
        let reach = 0.45 + 0.55 * waves(u * 0.6, 3.0, 5.0, seed ^ 21).abs().mul_add(2.0, 0.2).min(1.0);
        fold(place / spread) * depth * smoothstep(0.02, 0.9, t) * reach
            + 0.12 * waves(u, v * 0.35, 5.0, seed ^ 3) * smoothstep(0.0, 0.3, t)
    });
}

/// Ribs of knitted bands, along the torso: about 0.8 cm each, never finer than the photo shows.
pub(crate) fn ribs(draft: &mut Draft<'_>, band: &Piece) {
    let body = draft.sight.body;
    let period = 0.8_f32.max(3.6 / body.scale);
    draft.relief.add(band, |x, y| {
        let (u, _) = body.uv(x, y);
        0.07 * (u / period * std::f32::consts::TAU).sin()
    });
}

/// Ribs of a cuff, along the arm.
pub(crate) fn cuff(draft: &mut Draft<'_>, side: usize, end: f32, tall: f32, ribbed: bool) {
    let body = draft.sight.body;
    let (arm, scale) = (body.arms[side], body.scale);
    let sleeve = draft.region.sleeves[side].clone();
    let band = draft.sight.each(|x, y, p| {
        let (_, along) = arm.near(p, 8.0 * scale);
        sleeve.at(x, y) * smoothstep(end - (tall + 0.2) * scale, end - (tall - 0.2) * scale, along)
    });
    let band = draft.whole(band);
    draft.relief.raise(&band, if ribbed { -0.25 } else { 0.18 }, 0.25);
    if ribbed {
        let period = 0.8_f32.max(3.6 / scale);
        draft.relief.add(&band, |x, y| {
            let (d, _) = arm.near((x, y), 8.0 * scale);
            0.07 * (d / scale / period * std::f32::consts::TAU).cos()
        });
    }
}
