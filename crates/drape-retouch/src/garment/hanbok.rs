//! Hanbok: the short jacket (jeogori) with its crossed collar, white collar strip and ribbons, and the
//! full skirt (chima) that hangs from the chest.

use drape_core::style::{Colour, ColourName};

use super::body::Body;
use super::draft::{Draft, quad};
use super::light::Light;
use super::outline::Curve;
use super::relief::{fold, waves};
use super::sight::Sight;
use super::top::Region;
use crate::raster::plane::{Plane, smoothstep};
use crate::recolour::dye::Dye;

/// Where the skirt begins, below the pit of the neck, cm.
pub(crate) const CHEST: f32 = 13.0;

/// Half the width of the skirt at a height, cm.
fn bell(v: f32, hem: f32) -> f32 {
    let t = ((v - CHEST) / (hem - CHEST)).clamp(0.0, 1.1);
    15.5 + 27.0 * t.powf(0.72)
}

/// The skirt over everything below the chest, arms and hands in front of it.
pub(crate) fn lay_chima(sight: &Sight<'_>, worn: &Plane, hem: f32) -> Region {
    let body = sight.body;
    let soft = 0.8 / body.scale;
    let arms = sight.arms(16.0);
    let hem_at = |u: f32| {
        let t = u / bell(hem, hem);
        hem + 1.5 - 5.0 * (t * t).min(1.3) + 0.5 * (u * 0.55).sin()
    };
    let cloth = sight.each(|x, y, p| {
        let (u, v) = body.uv(p.0, p.1);
        let half = bell(v, hem);
        smoothstep(half + soft, half - soft, u.abs())
            * smoothstep(hem_at(u) + soft, hem_at(u) - soft, v)
            * smoothstep(CHEST - soft, CHEST + soft, v)
            * (1.0 - arms.at(x, y))
    });
    super::bottom::assemble(sight, worn, &cloth, &[], |u, v| v > CHEST && v < hem_at(u))
}

/// Gathers from the chest band down: many soft folds that grow and join.
pub(crate) fn sew_chima(draft: &mut Draft<'_>, hem: f32, light: &Light, seed: u32) {
    let body: &Body = draft.sight.body;
    let cover = draft.cloth();
    draft.relief.model(&cover, |x, y| {
        let (u, v) = body.uv(x, y);
        super::bottom::round(u / bell(v, hem), light) * 0.8
    });
    draft.relief.add(&cover, |x, y| {
        let (u, v) = body.uv(x, y);
        let t = ((v - CHEST) / (hem - CHEST)).clamp(0.0, 1.1);
        let s = u / bell(v, hem);
        let wander = 0.5 * waves(s * 4.0, t * 1.4, 2.0, seed);
        let wide = fold(s * 4.6 + wander) * 1.5 * smoothstep(0.05, 0.8, t);
        let fine = fold(s * 15.0 + 1.3 * wander + waves(s * 9.0, t, 1.5, seed ^ 3)) * 0.22 * (1.0 - 0.75 * t);
        wide * (0.5 + waves(s * 5.0, 2.0, 2.0, seed ^ 6).abs()) + fine
    });
}

/// The jacket's front: collar, white strip, ribbons; `hem` below the pit of the neck. Over a chima the
/// ribbons are long and of another colour, else short and of the jacket's cloth.
pub(crate) fn sew_jeogori(draft: &mut Draft<'_>, hem: f32, dye: &Dye, over_chima: bool) {
    let white = Dye::plain(Colour::new(ColourName::White, None).oklab);
    let burgundy = Colour::new(ColourName::Burgundy, None).oklab;
    let (colour, tail) = match dye.ground {
        Some(own) if !over_chima => (own, 0.62),
        _ => (burgundy, 1.0),
    };
    let ribbon = Dye { material: dye.material, ..Dye::plain(colour) };
    // The wearer's left front lies over the right one: from the image's right down to its left.
    let cross = (-5.5, 15.5);
    let over = Curve::from((6.2, -7.5))
        .bend((3.6, 5.0), cross)
        .to((-7.5, hem + 4.0))
        .to((40.0, hem + 4.0))
        .to((40.0, -20.0))
        .to((7.0, -20.0));
    let over = draft.on_cloth(&draft.piece(over));
    draft.relief.raise(&over, 0.3, 0.15);
    let under_band = Curve::from((-5.6, -9.0))
        .bend((-3.0, 3.0), (1.4, 8.4))
        .to((-1.8, 12.2))
        .bend((-8.4, 4.0), (-9.2, -6.4));
    let over_band = Curve::from((5.6, -9.0))
        .bend((3.4, 4.0), (-5.0, 11.4))
        .to((-7.2, 16.8))
        .to((-3.6, 17.0))
        .bend((8.2, 7.5), (9.4, -6.4));
    for band in [under_band, over_band] {
        let band = draft.piece(band);
        draft.extend(&band);
        draft.relief.raise(&band, 0.32, 0.15);
    }
    let strips = [
        Curve::from((-5.3, -9.4))
            .bend((-2.6, 2.6), (1.2, 7.4))
            .to((0.0, 9.0))
            .bend((-4.6, 3.4), (-7.0, -8.0)),
        Curve::from((5.3, -9.4)).bend((3.2, 3.6), (-3.0, 9.4)).to((-3.6, 11.8)).bend((5.4, 5.4), (7.0, -8.0)),
    ];
    for strip in strips {
        let strip = draft.piece(strip);
        draft.extend(&strip);
        draft.relief.raise(&strip, 0.2, 0.1);
        draft.zone(strip, white.clone(), None);
    }
    let knot = (-5.4, 16.2);
    let down = |v: f32| knot.1 + (v - knot.1) * tail;
    let tails = [
        Curve::from((knot.0 - 1.6, knot.1))
            .bend((-9.4, down(36.0)), (-7.6, down(62.0)))
            .to((-3.2, down(63.0)))
            .bend((-5.4, down(36.0)), (knot.0 + 1.6, knot.1)),
        Curve::from((knot.0 - 0.4, knot.1))
            .bend((-4.0, down(34.0)), (-1.8, down(52.0)))
            .to((2.6, down(51.0)))
            .bend((0.0, down(34.0)), (knot.0 + 2.4, knot.1)),
        // The single loop.
        Curve::from(knot).bend((8.0, 10.0), (10.4, 15.6)).bend((9.6, 20.0), (knot.0 + 1.0, knot.1 + 3.0)),
    ];
    for tail in tails {
        let tail = draft.piece(tail);
        draft.extend(&tail);
        draft.relief.raise(&tail, 0.4, 0.25);
        draft.zone(tail, ribbon.clone(), None);
    }
    let center = draft.piece(quad(
        (knot.0 - 1.9, knot.1 - 0.8),
        (knot.0 + 2.2, knot.1 - 0.6),
        (knot.0 + 2.0, knot.1 + 3.0),
        (knot.0 - 1.7, knot.1 + 2.8),
    ));
    draft.relief.raise(&center, 0.4, 0.3);
    draft.zone(center, ribbon.clone(), None);
    draft.seams(&[(17.0, -4.6), (17.6, 4.0), (18.6, 12.0)], 0.08);
    for side in 0..2 {
        cuff(draft, side, &white);
    }
}

/// The white ends of the sleeves.
fn cuff(draft: &mut Draft<'_>, side: usize, dye: &Dye) {
    let body = draft.sight.body;
    let (arm, scale) = (body.arms[side], body.scale);
    let end = super::top::sleeve_end(body, side, 2.0);
    let sleeve = draft.region.sleeves[side].clone();
    let band = draft.sight.each(|x, y, p| {
        let along = arm.near(p, 8.0 * scale).1;
        sleeve.at(x, y) * smoothstep(end - 5.2 * scale, end - 4.8 * scale, along)
    });
    let band = draft.on_cloth(&draft.whole(band));
    draft.zone(band, dye.clone(), None);
}
