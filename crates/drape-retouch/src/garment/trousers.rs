//! Trousers and shorts: a seat between the hips, a tube for each leg, and their folds.

use drape_core::style::{Fit, Garment, GarmentKind, Length};

use super::body::Body;
use super::bottom::{ANKLE, assemble, hip_width, round};
use super::draft::{Draft, quad};
use super::light::Light;
use super::outline::Curve;
use super::relief::{fold, waves};
use super::sight::{Sight, grown};
use super::top::Region;
use crate::parse::label::Label;
use crate::raster::geometry::{Point, length, minus};
use crate::raster::plane::{Plane, smoothstep};

/// Half widths of trouser legs along the leg (hip, knee, hem), cm, and where the legs end (0..=2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Legs {
    pub(crate) thigh: f32,
    pub(crate) knee: f32,
    pub(crate) hem: f32,
    pub(crate) end: f32,
}

impl Legs {
    pub(crate) fn of(garment: &Garment, fit: f32) -> Self {
        use GarmentKind as K;
        let (thigh, knee, hem) = match (garment.kind, garment.fit) {
            (_, Some(Fit::Skinny)) => (8.4, 5.6, 4.2),
            (_, Some(Fit::Slim)) => (8.8, 6.2, 5.2),
            (K::WideTrousers | K::Culottes, _) | (_, Some(Fit::Wide | Fit::Oversized)) => (10.6, 10.4, 11.4),
            (_, Some(Fit::Bootcut)) => (9.2, 6.6, 8.4),
            (K::Baji, _) => (13.0, 13.6, 11.0),
            (K::Joggers | K::Sweatpants, _) => (10.2, 8.0, 5.2),
            (K::CargoTrousers, _) | (_, Some(Fit::Loose | Fit::Relaxed)) => (10.2, 8.4, 7.6),
            (K::Shorts | K::DenimShorts, _) => (10.0, 9.6, 9.6),
            _ => (9.6, 7.1, 6.5),
        };
        let end = match garment.length.or_else(|| garment.kind.usual_length()) {
            Some(Length::Mini | Length::Short) => 0.62,
            Some(Length::Knee) => 0.98,
            Some(Length::Midi) => 1.45,
            Some(Length::Cropped) => 1.72,
            _ if garment.kind == K::Culottes => 1.5,
            _ => 2.06,
        };
        let k = if garment.fit.is_some() { 1.0 } else { 1.0 + 0.07 * fit };
        Self { thigh: thigh * k, knee: knee * k, hem: hem * k, end }
    }

    fn half(&self, t: f32) -> f32 {
        let ease = |a: f32, b: f32, t: f32| a + (b - a) * t * t * (3.0 - 2.0 * t);
        if t < 1.0 {
            ease(self.thigh, self.knee, t.max(0.0))
        } else {
            ease(self.knee, self.hem, (t - 1.0).min(1.0))
        }
    }
}

/// Where on a leg a pixel is: signed distance in half widths of 1 cm, along 0..=2.
fn on_leg(body: &Body, side: usize, p: Point) -> Option<(f32, f32)> {
    let leg = &body.legs[side];
    let joints = leg.joints();
    if joints.len() < 3 {
        return None;
    }
    let (d, along, right) = leg.around(p, 9.0 * body.scale);
    let upper = length(minus(joints[1], joints[0])).max(1.0);
    let lower = length(minus(joints[2], joints[1])).max(1.0);
    // Legs are further from the camera than the chest, more often than not.
    let scale = ((upper + lower) / ANKLE).clamp(0.72 * body.scale, 1.05 * body.scale);
    let t = if along < upper { along / upper } else { 1.0 + (along - upper) / lower };
    Some((if right { d } else { -d } / scale, t))
}

/// Trousers over whatever is worn: the seat between the hips, and a tube for each leg.
pub(crate) fn lay_trousers(sight: &Sight<'_>, worn: &Plane, legs: &Legs, keep_worn: bool) -> Region {
    let body = sight.body;
    let window = sight.window;
    let (hip_left, hip_right) = hip_width(sight);
    let waist = body.hip - 12.0;
    let crotch = body.hip + 10.0;
    let seat = Curve::from((-hip_left * 0.82, waist))
        .bend((-hip_left, body.hip - 6.0), (-hip_left - 0.3, body.hip + 2.0))
        .to((-hip_left, crotch + 4.0))
        .to((0.0, crotch))
        .to((hip_right, crotch + 4.0))
        .to((hip_right + 0.3, body.hip + 2.0))
        .bend((hip_right, body.hip - 6.0), (hip_right * 0.82, waist))
        .map(|(u, v)| body.at(u, v))
        .inside(window);
    // No skin may look out beside a tube: the leg itself, a little wider, belongs to it.
    let flesh = sight.each(|x, y, p| {
        let label = sight.label(x, y);
        let leg = Label::Skin.is(label) && !sight.is_hand(x, y, p) || Label::Legwear.is(label);
        let near = || (0..2).any(|s| on_leg(body, s, p).is_some_and(|(d, t)| d.abs() < 10.0 && t < legs.end));
        f32::from(u8::from(leg && near()))
    });
    let wide = grown(&flesh, 0.8 * body.scale);
    let cloth = sight.each(|x, y, p| {
        let mut c = seat.at(x, y);
        for side in 0..2 {
            let Some((d, t)) = on_leg(body, side, p) else { continue };
            let soft = 0.8 / body.scale;
            let half = legs.half(t);
            let tube = smoothstep(half + soft, half - soft, d.abs()).max(wide.at(x, y));
            let end = legs.end + 0.004 * d * d / 10.0;
            c = c.max(tube * smoothstep(end + 0.02, end - 0.02, t));
        }
        c
    });
    assemble(sight, worn, &cloth, &[Label::Upper, Label::Outer], |u, v| {
        if keep_worn {
            let p = body.at(u, v);
            return (0..2).any(|s| on_leg(body, s, p).is_none_or(|(_, t)| t < legs.end));
        }
        // Above the crotch the worn cloth becomes the seat.
        v < crotch - 4.0
    })
}

/// The surface of trousers: seams, crease, folds at knee and hem, pockets, fly.
pub(crate) fn sew_trousers(draft: &mut Draft<'_>, garment: &Garment, legs: &Legs, light: &Light, seed: u32) {
    use GarmentKind as K;
    let body = draft.sight.body;
    let cover = draft.whole(draft.region.cover.zip(&draft.region.worn, |c, w| (c - w).max(0.0)));
    let creased = matches!(garment.kind, K::Slacks | K::SuitTrousers | K::Trousers | K::WideTrousers);
    let sight = draft.sight;
    let whole = draft.region.cover.clone();
    let tubes = sight.each(|x, y, p| {
        let near = |s: usize| on_leg(body, s, p).map_or((f32::MAX, 0.0), |(d, t)| (d.abs(), legs.half(t)));
        let (a, b) = (near(0), near(1));
        let (d, half) = if a.0 < b.0 { a } else { b };
        let round = (1.0 - (d / half.max(1.0)).min(1.0).powi(2)).sqrt();
        // Where the legs touch, a deep line.
        let apart = ((a.0 - b.0).abs() / 2.2).min(1.0);
        let touch = if a.0 < a.1 + 2.0 && b.0 < b.1 + 2.0 { 1.0 - apart } else { 0.0 };
        whole.at(x, y) * (round - 0.9 * touch * touch)
    });
    let tubes = draft.whole(tubes);
    draft.relief.raise(&tubes, 1.5, 0.4);
    draft.relief.model(&cover, |x, y| {
        let near =
            |s: usize| on_leg(body, s, (x, y)).map_or((f32::MAX, 1.0, 0.0), |(d, t)| (d, legs.half(t), t));
        let (a, b) = (near(0), near(1));
        let (one, other) = if a.0.abs() < b.0.abs() { (a, b) } else { (b, a) };
        // Each leg keeps the light from the other's inner side.
        let apart = other.0.abs() - one.0.abs();
        let inner = if other.0.abs() < other.1 + 5.0 { (-(apart / 4.0).powi(2)).exp() } else { 0.0 };
        // `around` counts to the right of the line as it runs down, which is the image's left.
        round(-one.0 / one.1.max(1.0), light) - 0.13 * inner * smoothstep(0.1, 0.35, one.2)
    });
    draft.relief.add(&cover, |x, y| {
        let mut best: Option<(f32, f32, usize)> = None;
        for side in 0..2 {
            if let Some((d, t)) = on_leg(body, side, (x, y))
                && best.is_none_or(|(e, _, _)| d.abs() < e.abs())
            {
                best = Some((d, t, side));
            }
        }
        let Some((d, t, side)) = best else { return 0.0 };
        let s = seed ^ side as u32;
        let knee = (-((t - 1.0) / 0.13).powi(2)).exp();
        let stack = smoothstep(1.72, 2.0, t) * if legs.end > 1.9 { 1.0 } else { 0.0 };
        let top = (-((t - 0.12) / 0.12).powi(2)).exp();
        let wander = 4.0 * waves(d * 0.8, t * 16.0, 6.0, s);
        // Folds start at a seam and run out: they do not cross the whole leg.
        let part = smoothstep(-0.25, 0.45, waves(d * 0.9 + 5.0, t * 14.0, 5.0, s ^ 13));
        let across = part * fold((t * 41.0 + 0.6 * d + wander) / 5.5);
        let crease = if creased { 0.16 * (-(d / 0.5).powi(2)).exp() * smoothstep(0.25, 0.5, t) } else { 0.0 };
        across * (0.13 * knee + 0.16 * stack + 0.10 * top)
            + 0.17 * waves(d * 1.2, t * 12.0, 3.5, s ^ 8)
            + crease
    });
    let hip = body.hip;
    draft.seam(&[(0.0, hip - 9.0), (0.2, hip), (-0.4, hip + 9.0)], 0.16);
    draft.seams(&[(8.0, hip - 10.0), (13.0, hip - 5.0), (16.2, hip + 4.0)], 0.14);
    let band = draft.on_cloth(&draft.piece(quad(
        (-40.0, hip - 13.0),
        (40.0, hip - 13.0),
        (40.0, hip - 8.6),
        (-40.0, hip - 8.6),
    )));
    draft.relief.raise(&band, 0.2, 0.15);
    if garment.kind == K::CargoTrousers {
        for s in [-1.0, 1.0] {
            let pocket = draft.on_cloth(&draft.piece(quad(
                (s * 9.0, hip + 28.0),
                (s * 17.0, hip + 28.0),
                (s * 17.0, hip + 44.0),
                (s * 9.0, hip + 44.0),
            )));
            draft.relief.raise(&pocket, 0.4, 0.2);
        }
    }
}
