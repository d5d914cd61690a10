//! Skirts and trousers: where the cloth lies from the waist down, and its folds.

use drape_core::style::{Detail, Fit, Garment, GarmentKind, Length, Material};

use super::body::{Body, length, minus};
use super::draft::{Draft, quad};
use super::light::Light;
use super::outline::{Curve, Point};
use super::relief::{fold, waves};
use super::sight::{Sight, grown};
use super::top::Region;
use crate::parse::Label;
use crate::plane::{Plane, smoothstep};

/// Labels of what is worn from the waist down.
pub(crate) const LOWER: [Label; 4] = [Label::Trousers, Label::Skirt, Label::Legwear, Label::Dress];

/// How a skirt is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    /// Centimetres below the pit of the neck.
    pub(crate) waist: f32,
    pub(crate) hem: f32,
    /// Wider than the hips by this much at the hem, to either side; negative for pencil skirts.
    pub(crate) flare: f32,
    pub(crate) pleats: f32,
    pub(crate) folds: f32,
}

/// Distances below the hips of a grown person, cm: knees and ankles.
const KNEE: f32 = 42.0;
const ANKLE: f32 = 81.0;

/// Centimetres below the pit of the neck of knees and ankles, as the photo shows them.
pub(crate) fn joints_below(body: &Body) -> (f32, f32) {
    let mean = |f: fn(&super::body::Limb) -> Option<Point>| {
        let v: Vec<f32> = body.legs.iter().filter_map(f).map(|p| body.uv(p.0, p.1).1).collect();
        (!v.is_empty()).then(|| v.iter().sum::<f32>() / v.len() as f32)
    };
    let knee = mean(|l| l.middle).unwrap_or(body.hip + KNEE);
    let ankle = mean(|l| l.end).unwrap_or(knee + ANKLE - KNEE);
    (knee, ankle)
}

/// A standing, not sitting, pair of legs: thighs seen at their length.
pub(crate) fn stands(body: &Body) -> bool {
    let (knee, ankle) = joints_below(body);
    knee > body.hip + 0.6 * KNEE && ankle > body.hip + 0.72 * ANKLE && ankle > knee + 0.4 * (ANKLE - KNEE)
}

impl Cut {
    pub(crate) fn skirt(garment: &Garment, body: &Body, fit: f32) -> Self {
        use GarmentKind as K;
        let (knee, ankle) = joints_below(body);
        let hip = body.hip;
        let long = garment.length.or_else(|| garment.kind.usual_length());
        let hem = match long {
            Some(Length::Mini | Length::Short | Length::Cropped) => hip + 0.62 * (knee - hip),
            Some(Length::Midi) => knee + 0.45 * (ankle - knee),
            Some(Length::Long | Length::Ankle) => knee + 0.80 * (ankle - knee),
            Some(Length::Maxi) => ankle + 2.0,
            _ => knee + 1.0,
        };
        let hem = if garment.length.is_some() { hem } else { hem + 4.0 * fit };
        let down = (hem - hip) / KNEE;
        let (flare, pleats, folds) = match garment.kind {
            K::PencilSkirt => (-1.0, 0.0, 0.06),
            K::DenimSkirt => (1.5, 0.0, 0.08),
            K::PleatedSkirt | K::TennisSkirt => (6.5, 1.0, 0.0),
            K::ALineSkirt => (6.0, 0.0, 0.25),
            K::LongSkirt => (5.5, 0.0, 0.5),
            K::MiniSkirt => (3.5, 0.0, 0.12),
            _ => (4.0, 0.0, 0.3),
        };
        let pleats = if garment.details.contains(&Detail::Pleated) { 1.0 } else { pleats };
        let flare = match garment.fit {
            Some(Fit::Slim | Fit::Skinny) => -1.0,
            Some(Fit::Wide | Fit::Loose | Fit::Oversized) => flare + 3.0,
            _ => flare + 1.2 * fit,
        };
        Self { waist: hip - 13.0, hem, flare: flare * down, pleats, folds }
    }
}

/// What of the lower body the photo shows, and what of it may be covered.
pub(crate) fn lay_skirt(sight: &Sight<'_>, worn: &Plane, cut: &Cut, above: &[Label]) -> Region {
    let body = sight.body;
    let (hip_left, hip_right) = hip_width(sight);
    let edge = |v: f32, hip: f32| {
        let t = ((v - body.hip) / (cut.hem - body.hip).max(1.0)).clamp(0.0, 1.1);
        let rise = ((v - cut.waist) / (body.hip - cut.waist).max(1.0)).clamp(0.0, 1.0);
        // In at the waist, out over the hips, then straight to the hem.
        hip * (0.80 + 0.20 * (rise * std::f32::consts::FRAC_PI_2).sin()) + cut.flare * t + 0.6
    };
    let soft = 0.8 / body.scale;
    let wave = |u: f32| if cut.pleats > 0.0 || cut.folds > 0.2 { 0.25 * (u * 1.1).sin() } else { 0.0 };
    let hem_at = |u: f32| {
        let t = u / (hip_right + cut.flare).max(1.0);
        cut.hem + 1.2 - 2.0 * (t * t).min(1.3) + wave(u)
    };
    let cloth = sight.each(|_, _, p| {
        let (u, v) = body.uv(p.0, p.1);
        let half = if u < 0.0 { edge(v, hip_left) } else { edge(v, hip_right) };
        let hem = hem_at(u);
        smoothstep(half + soft, half - soft, u.abs())
            * smoothstep(hem + soft, hem - soft, v)
            * smoothstep(cut.waist - soft, cut.waist + soft, v)
    });
    assemble(sight, worn, &cloth, above, |u, v| v < hem_at(u) - 0.3)
}

/// Joins new cloth and worn cloth that it lies on; what is labelled `above` lies over both, and `inside` says where worn cloth becomes the new one.
pub(crate) fn assemble(
    sight: &Sight<'_>,
    worn: &Plane,
    cloth: &Plane,
    above: &[Label],
    inside: impl Fn(f32, f32) -> bool + Sync,
) -> Region {
    let window = sight.window;
    let above = sight.soft(above);
    let mut cover = Plane::filled(window.width, window.height, 0.0);
    let mut own = cover.clone();
    let mut bare = cover.clone();
    for y in 0..window.height {
        for x in 0..window.width {
            let i = y * window.width + x;
            let p = sight.point(x, y);
            let (u, v) = sight.body.uv(p.0, p.1);
            let front = sight.front.data[i].max(smoothstep(0.35, 0.65, above.data[i]));
            let keep = if inside(u, v) { worn.data[i] } else { 0.0 };
            let c = cloth.data[i].max(keep) * (1.0 - front);
            cover.data[i] = c;
            own.data[i] = keep.min(c);
            bare.data[i] = (worn.data[i] - c).max(0.0) * (1.0 - sight.front.data[i]);
        }
    }
    let none = Plane::filled(window.width, window.height, 0.0);
    Region { cover, worn: own, sleeves: [none.clone(), none], bare }
}

/// Half the width of the hips to either side, cm: what the photo shows of the lower garment there.
fn hip_width(sight: &Sight<'_>) -> (f32, f32) {
    let body = sight.body;
    let window = sight.window;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for y in 0..window.height {
        let (mut l, mut r) = (0.0_f32, 0.0_f32);
        for x in 0..window.width {
            let label = sight.label(x, y);
            if !LOWER.iter().any(|k| *k as u8 == label) {
                continue;
            }
            let p = sight.point(x, y);
            let (u, v) = body.uv(p.0, p.1);
            if (v - body.hip).abs() < 5.0 && u.abs() < 26.0 {
                (l, r) = (l.max(-u), r.max(u));
            }
        }
        if l > 4.0 && r > 4.0 {
            left.push(l);
            right.push(r);
        }
    }
    let middle = |v: &mut Vec<f32>| {
        if v.len() < 3 { 17.0 } else { crate::plane::quantile(v, 0.5).clamp(14.0, 21.0) }
    };
    (middle(&mut left), middle(&mut right))
}

/// The surface of a skirt: waistband, pleats or folds.
pub(crate) fn sew_skirt(draft: &mut Draft<'_>, garment: &Garment, cut: &Cut, light: &Light, seed: u32) {
    let body = draft.sight.body;
    let cover = draft.cloth();
    let length = (cut.hem - cut.waist).max(5.0);
    let half = 17.0;
    // Round hips: the sides fall away; the hem is farther from the light than the waist.
    draft.relief.model(&cover, |x, y| {
        let (u, v) = body.uv(x, y);
        let t = ((v - cut.waist) / length).clamp(0.0, 1.1);
        let wide = half + cut.flare * ((v - body.hip) / (cut.hem - body.hip).max(1.0)).clamp(0.0, 1.1);
        round(u / wide, light) - 0.03 * t
    });
    if cut.pleats > 0.0 {
        // Knife pleats: each lies over the next with a sharp edge; they open towards the hem.
        let count = (2.0 * half / 4.6_f32.max(9.0 / body.scale)).round();
        draft.relief.add(&cover, |x, y| {
            let (u, v) = body.uv(x, y);
            let t = ((v - cut.waist) / length).clamp(0.0, 1.1);
            let wide = half + cut.flare * ((v - body.hip) / (cut.hem - body.hip).max(1.0)).clamp(0.0, 1.1);
            let place = (u / wide).clamp(-1.2, 1.2).asin_soft() * count * 0.5
                + 0.12 * waves(u * 0.2, v * 0.5, 8.0, seed);
            let s = place - place.floor();
            // Up slowly, down at once.
            let ridge = if s < 0.86 { s / 0.86 } else { (1.0 - s) / 0.14 };
            (0.22 + 0.75 * smoothstep(0.05, 0.9, t)) * (ridge - 0.5) * smoothstep(0.02, 0.12, t)
        });
    } else {
        draft.relief.add(&cover, |x, y| {
            let (u, v) = body.uv(x, y);
            let t = ((v - cut.waist) / length).clamp(0.0, 1.1);
            let wide = half + cut.flare * ((v - body.hip) / (cut.hem - body.hip).max(1.0)).clamp(0.0, 1.1);
            let s = u / wide;
            let place = s * 2.1 + 0.55 * waves(s * 3.0, t * 1.2, 2.0, seed);
            let deep = cut.folds * (0.35 + waves(s * 4.0, 7.0, 3.0, seed ^ 5).abs());
            fold(place) * 2.2 * deep * smoothstep(0.12, 1.0, t) + 0.10 * waves(u, v * 0.4, 4.5, seed ^ 9)
        });
    }
    let band = draft.on_cloth(&draft.piece(quad(
        (-40.0, cut.waist - 1.0),
        (40.0, cut.waist - 1.0),
        (40.0, cut.waist + 3.6),
        (-40.0, cut.waist + 3.6),
    )));
    draft.relief.raise(&band, 0.25, 0.15);
    let hem = Curve::from((-60.0, cut.hem - 2.4)).bend((0.0, cut.hem + 0.2), (60.0, cut.hem - 2.4));
    if cut.pleats == 0.0 {
        let hem = draft.laid(hem);
        draft.relief.groove(&hem, 0.25, 0.05);
    }
    if garment.material == Some(Material::Denim) {
        let line = draft.laid(Curve::from((0.0, cut.waist + 3.6)).to((0.0, cut.hem)));
        draft.relief.groove(&line, 0.3, 0.12);
        draft.seams(&[(5.0, cut.waist + 4.0), (7.0, cut.waist + 9.0), (15.0, cut.waist + 11.0)], 0.12);
    }
}

/// Perceived lightness on a round body at a distance from its middle (in half widths).
pub(crate) fn round(s: f32, light: &Light) -> f32 {
    let n = s.clamp(-1.0, 1.0);
    0.06 * light.x * n - 0.07 * n * n * n * n - 0.02 * n * n
}

trait Arc {
    /// Arc sine that stays finite and steep at the sides: how much cloth lies between the middle and here.
    fn asin_soft(self) -> f32;
}

impl Arc for f32 {
    fn asin_soft(self) -> f32 {
        let s = self.clamp(-0.96, 0.96);
        s.asin() / std::f32::consts::FRAC_PI_2 * 1.12 + (self - s) * 1.5
    }
}

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
        let leg = label == Label::Skin as u8 && !sight.is_hand(x, y, p) || label == Label::Legwear as u8;
        let near = (0..2).any(|s| on_leg(body, s, p).is_some_and(|(d, t)| d.abs() < 10.0 && t < legs.end));
        f32::from(u8::from(leg && near))
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
        // Above the crotch what is worn becomes the seat.
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
