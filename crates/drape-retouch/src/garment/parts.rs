//! Parts that several patterns share: necks, collars, hoods, bands, zips.

use drape_core::style::{Colour, ColourName};

use super::draft::{Draft, quad};
use super::folds;
use super::outline::Curve;
use super::piece::Piece;
use super::top::sleeve_end;
use crate::raster::geometry::Point;
use crate::recolour::dye::Dye;

/// A band between two curves around the neck: the neckline's depth and the width of the band.
fn neck_band(depth: f32, half: f32, width: f32) -> Curve {
    let outer = half + width * 0.9;
    Curve::from((-half, -6.8))
        .bend((-half * 0.92, depth - 0.5), (0.0, depth))
        .bend((half * 0.92, depth - 0.5), (half, -6.8))
        .to((outer, -6.0))
        .bend((outer * 0.95, depth + width - 0.4), (0.0, depth + width))
        .bend((-outer * 0.95, depth + width - 0.4), (-outer, -6.0))
}

/// The lowest `tall` centimetres of the garment.
pub(super) fn hem_band(draft: &Draft<'_>, hem: f32, tall: f32) -> Piece {
    let band = Curve::from((-40.0, hem - tall - 1.0))
        .bend((0.0, hem - tall + 2.2), (40.0, hem - tall - 1.0))
        .to((40.0, hem + 8.0))
        .to((-40.0, hem + 8.0));
    draft.on_cloth(&draft.piece(band))
}

pub(super) fn ribbed_ends(draft: &mut Draft<'_>, hem: f32, sleeves: f32) {
    let band = hem_band(draft, hem, 5.5);
    draft.relief.raise(&band, -0.35, 0.5);
    folds::ribs(draft, &band);
    if sleeves >= 2.0 {
        for side in 0..2 {
            let end = sleeve_end(draft.sight.body, side, sleeves);
            folds::cuff(draft, side, end, 5.0, true);
        }
    }
}

/// The ribbed ring of a round neck.
pub(super) fn crew(draft: &mut Draft<'_>, depth: f32, width: f32) {
    let ring = ring(draft, depth, width);
    draft.extend(&ring);
}

/// See [`crew`]; of which cloth it is, is left open.
pub(super) fn ring(draft: &mut Draft<'_>, depth: f32, width: f32) -> Piece {
    let ring = draft.piece(neck_band(depth, 6.4, width));
    draft.relief.raise(&ring, 0.16, 0.15);
    folds::ribs(draft, &ring);
    ring
}

/// What a round neck leaves free.
pub(super) fn neck_hole(depth: f32) -> Curve {
    Curve::from((-6.4, -6.8))
        .bend((-6.4 * 0.92, depth - 0.5), (0.0, depth))
        .bend((6.4 * 0.92, depth - 0.5), (6.4, -6.8))
        .to((9.0, -30.0))
        .to((-9.0, -30.0))
}

/// The rolled collar of a turtleneck.
pub(super) fn roll(draft: &mut Draft<'_>) -> Piece {
    let tube = Curve::from((-6.0, -10.2))
        .bend((0.0, -6.4), (6.0, -10.2))
        .to((7.2, -4.0))
        .bend((0.0, 5.5), (-7.2, -4.0));
    let tube = draft.piece(tube);
    draft.relief.raise(&tube, 0.5, 0.5);
    let fold = Curve::from((-6.6, -6.6)).bend((0.0, -1.2), (6.6, -6.6));
    let fold = draft.laid(fold);
    draft.relief.groove(&fold, 0.6, 0.35);
    folds::ribs(draft, &tube);
    tube
}

/// A hood that lies down around the neck.
pub(super) fn hood(draft: &mut Draft<'_>) {
    for half in hood_halves(draft) {
        draft.extend(&half);
    }
}

/// See [`hood`]; of which cloth it is, is left open.
pub(super) fn hood_halves(draft: &mut Draft<'_>) -> [Piece; 2] {
    [1.0_f32, -1.0].map(|s| {
        // The image's right half crosses over the left one.
        let half = Curve::from((-0.8, 7.4))
            .bend((8.0, 5.4), (12.4, -2.0))
            .bend((12.6, -8.4), (8.8, -13.4))
            .bend((6.6, -13.4), (6.4, -11.4))
            .bend((6.2, -1.0), (-0.8, 4.2));
        let half = draft.piece(half.map(|(u, v)| (s * u, v)));
        draft.relief.raise(&half, 0.9, 1.1);
        let edge = Curve::from((6.9, -11.2)).bend((6.9, -0.4), (-0.6, 5.0)).map(|(u, v)| (s * u, v));
        let edge = draft.laid(edge);
        draft.relief.groove(&edge, 0.3, 0.12);
        half
    })
}

/// A metal zip: two rows of cloth with a bright line between.
pub(super) fn zipper(draft: &mut Draft<'_>, from: Point, to: Point) {
    let line = draft.laid(Curve::from(from).to(to));
    let scale = draft.sight.body.scale;
    let tape = draft.line(&line, 2.2 * scale);
    draft.relief.raise(&tape, 0.2, 0.15);
    let teeth = draft.line(&line, 0.6 * scale);
    draft.relief.raise(&teeth, -0.25, 0.1);
    draft.zone(teeth, Dye::plain(Colour::new(ColourName::Grey, None).oklab), None);
    let pull = draft.on_cloth(&draft.piece(quad(
        (to.0 - 0.5, from.1 + 2.0),
        (to.0 + 0.5, from.1 + 2.0),
        (to.0 + 0.4, from.1 + 5.0),
        (to.0 - 0.4, from.1 + 5.0),
    )));
    draft.relief.raise(&pull, 0.25, 0.1);
    draft.zone(pull, Dye::plain(Colour::new(ColourName::Silver, None).oklab), None);
}

/// The opening between the lapels, down to where the fronts meet.
pub(super) fn opening(closing: f32, lean: f32) -> Curve {
    Curve::from((-9.0, -16.0))
        .to((-6.3, -6.5))
        .bend((-5.0, 6.0), (lean, closing))
        .bend((5.0, 6.0), (6.3, -6.5))
        .to((9.0, -16.0))
}

/// The neck that a closed collar leaves free.
pub(super) fn neck_above_collar() -> Curve {
    Curve::from((-5.5, -9.0)).bend((0.0, 2.0), (5.5, -9.0)).to((9.0, -30.0)).to((-9.0, -30.0))
}

/// A turned-down collar with its points, closed at the neck.
pub(super) fn shirt_collar(draft: &mut Draft<'_>, dye: &Dye, wish: Option<usize>) {
    let stand = draft.piece(
        Curve::from((-5.6, -9.0))
            .bend((0.0, 2.0), (5.6, -9.0))
            .to((6.6, -4.0))
            .bend((0.0, 3.0), (-6.6, -4.0)),
    );
    draft.extend(&stand);
    draft.relief.raise(&stand, 0.15, 0.15);
    draft.zone(stand, dye.clone(), wish);
    let leaf = Curve::from((5.4, -9.8))
        .bend((3.4, -3.4), (0.5, -0.6))
        .to((4.4, 5.6))
        .bend((7.2, 1.5), (7.6, -5.0))
        .bend((7.0, -8.0), (5.4, -9.8));
    for leaf in draft.pair(&leaf) {
        draft.extend(&leaf);
        draft.relief.raise(&leaf, 0.32, 0.12);
        draft.zone(leaf, dye.clone(), wish);
    }
}
