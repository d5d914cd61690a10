//! Skirts, and what they share with trousers: where cloth lies from the waist down.

use drape_core::style::{Detail, Fit, Garment, GarmentKind, Length, Material};

use super::body::Body;
use super::draft::{Draft, quad};
use super::light::Light;
use super::outline::Curve;
use super::relief::{fold, waves};
use super::sight::Sight;
use super::top::Region;
use crate::parse::label::Label;
use crate::raster::geometry::Point;
use crate::raster::plane::{Plane, smoothstep};

/// Labels of garments worn from the waist down.
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
pub(super) const ANKLE: f32 = 81.0;

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
            K::LongSkirt | K::EveningDress => (5.5, 0.0, 0.5),
            K::WeddingDress => (9.5, 0.0, 0.6),
            K::SlipDress => (1.5, 0.0, 0.2),
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

    /// The same cut down to another hem, with the slope of its sides. `hip`: see [`Body::hip`].
    pub(crate) fn longer(self, hem: f32, hip: f32) -> Self {
        Self { hem, flare: self.flare * (hem - hip) / (self.hem - hip).max(1.0), ..self }
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

/// Joins new cloth and worn cloth that it lies on; what is labelled `above` lies over both, and `inside`
/// says where worn cloth becomes the new one.
pub(crate) fn assemble(
    sight: &Sight<'_>,
    worn: &Plane,
    cloth: &Plane,
    above: &[Label],
    inside: impl Fn(f32, f32) -> bool + Sync,
) -> Region {
    let window = sight.window;
    let above = sight.soft(above);
    let [cover, own, bare] = sight.each_three(|x, y, p| {
        let i = y * window.width + x;
        let (u, v) = sight.body.uv(p.0, p.1);
        let front = sight.front.data[i].max(smoothstep(0.35, 0.65, above.data[i]));
        let keep = if inside(u, v) { worn.data[i] } else { 0.0 };
        let c = cloth.data[i].max(keep) * (1.0 - front);
        [c, keep.min(c), (worn.data[i] - c).max(0.0) * (1.0 - sight.front.data[i])]
    });
    let none = Plane::filled(window.width, window.height, 0.0);
    Region { cover, worn: own, sleeves: [none.clone(), none], bare }
}

/// Half the width of the hips to either side, cm: what the photo shows of the lower garment there.
pub(super) fn hip_width(sight: &Sight<'_>) -> (f32, f32) {
    let body = sight.body;
    let window = sight.window;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for y in 0..window.height {
        let (mut l, mut r) = (0.0_f32, 0.0_f32);
        for x in 0..window.width {
            let label = sight.label(x, y);
            if !LOWER.iter().any(|l| l.is(label)) {
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
        if v.len() < 3 { 17.0 } else { crate::raster::plane::quantile(v, 0.5).clamp(14.0, 21.0) }
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
