//! Neckwear: ties, bow ties, scarves.

use super::draft::{Draft, quad};
use super::folds;
use super::outline::Curve;
use super::piece::Piece;
use super::relief::{fold, waves};
use crate::recolour::dye::Dye;

/// A tie in a half-Windsor knot; `within` limits the blade to the visible shirt.
pub(crate) fn tie(draft: &mut Draft<'_>, dye: &Dye, wish: Option<usize>, within: &Piece, length: f32) {
    let body = draft.sight.body;
    let blade = Curve::from((-1.3, 3.0))
        .bend((-2.4, 14.0), (-3.7, length - 5.0))
        .to((0.0, length))
        .to((3.7, length - 5.0))
        .bend((2.4, 14.0), (1.3, 3.0));
    let blade = draft.piece(blade).on(within);
    draft.relief.raise(&blade, 0.35, 0.25);
    // The dimple below the knot, and the blade's round middle.
    draft.relief.add(&blade, |x, y| {
        let (u, v) = body.uv(x, y);
        let dimple = -0.22 * (-(u / 0.7).powi(2) - ((v - 5.0) / 2.2).powi(2)).exp();
        dimple + 0.05 * waves(u, v * 0.4, 3.0, 61)
    });
    draft.zone(blade, dye.clone(), wish);
    let knot = Curve::from((-2.1, -1.6))
        .bend((0.0, -2.2), (2.1, -1.6))
        .bend((2.0, 1.4), (1.3, 3.6))
        .bend((0.0, 4.2), (-1.3, 3.6))
        .bend((-2.0, 1.4), (-2.1, -1.6));
    let knot = draft.piece(knot);
    draft.relief.raise(&knot, 0.5, 0.35);
    let crease = draft.laid(Curve::from((-1.5, 0.6)).bend((0.4, 1.2), (1.7, 2.4)));
    draft.relief.groove(&crease, 0.3, 0.14);
    draft.extend_zone(knot, dye.clone(), wish);
}

/// A bow tie: two wings, gathered in the middle.
pub(crate) fn bow(draft: &mut Draft<'_>, dye: &Dye, wish: Option<usize>) {
    let body = draft.sight.body;
    for wing in draft.pair(
        &Curve::from((0.6, -0.9))
            .bend((3.0, -3.6), (6.0, -3.2))
            .bend((6.6, 0.2), (6.0, 3.4))
            .bend((3.0, 3.6), (0.6, 1.3)),
    ) {
        draft.relief.raise(&wing, 0.7, 0.4);
        draft.relief.add(&wing, |x, y| {
            let (u, v) = body.uv(x, y);
            0.10 * fold(v / (0.5 + 0.28 * u.abs()) * 0.5)
        });
        draft.extend_zone(wing, dye.clone(), wish);
    }
    let knot = draft.piece(quad((-1.2, -1.7), (1.2, -1.7), (1.1, 2.0), (-1.1, 2.0)));
    draft.relief.raise(&knot, 0.6, 0.4);
    draft.extend_zone(knot, dye.clone(), wish);
}

/// A scarf wound once around the neck, one end hanging.
pub(crate) fn scarf(draft: &mut Draft<'_>, seed: u32) {
    let body = draft.sight.body;
    let end = Curve::from((2.0, 4.0))
        .bend((1.0, 18.0), (2.6, 36.0))
        .to((10.6, 35.0))
        .bend((11.0, 18.0), (9.2, 3.0));
    let ring = Curve::from((-9.4, -9.0))
        .bend((-4.0, -2.6), (0.0, -2.2))
        .bend((4.0, -2.6), (9.4, -9.0))
        .bend((13.4, -4.0), (11.0, 2.6))
        .bend((4.0, 9.6), (0.0, 9.4))
        .bend((-5.0, 9.2), (-11.0, 2.4))
        .bend((-13.4, -4.0), (-9.4, -9.0));
    for (piece, along) in [(end, true), (ring, false)] {
        let piece = draft.piece(piece);
        draft.extend(&piece);
        draft.relief.raise(&piece, 0.9, 0.9);
        draft.relief.add(&piece, |x, y| {
            let (u, v) = body.uv(x, y);
            let place = if along { u / 3.2 } else { (v - 0.045 * u * u + 6.0) / 3.6 };
            0.30 * fold(place + 0.5 * waves(u * 0.5, v * 0.5, 5.0, seed)) + 0.15 * waves(u, v, 4.0, seed ^ 2)
        });
    }
    let fringe = draft.piece(quad((2.6, 34.0), (10.6, 33.0), (10.6, 36.5), (2.6, 37.5)));
    folds::ribs(draft, &fringe);
}
