//! Jackets without a suit's lapels: zipped, padded, denim, leather.

use drape_core::style::{Colour, ColourName, Detail, Garment, GarmentKind};

use super::draft::{Draft, quad};
use super::folds;
use super::outline::Curve;
use super::parts::{crew, hem_band, hood, opening, ribbed_ends, shirt_collar, zipper};
use super::relief::waves;
use super::top::sleeve_end;
use crate::raster::geometry::Point;
use crate::recolour::dye::Dye;

/// A jacket that closes with a zip to a standing collar; quilted when padded.
pub(crate) fn zipped(draft: &mut Draft<'_>, garment: &Garment, hem: f32, open: bool) {
    use GarmentKind as K;
    let padded =
        matches!(garment.kind, K::PaddedJacket | K::Parka) || garment.details.contains(&Detail::Padded);
    let ribbed = matches!(garment.kind, K::BomberJacket | K::VarsityJacket);
    if padded {
        quilt(draft);
    }
    if garment.details.contains(&Detail::Hooded)
        || matches!(garment.kind, K::Parka | K::Anorak | K::Windbreaker | K::Raincoat)
    {
        hood(draft);
    } else if ribbed {
        crew(draft, 1.2, 3.2);
    } else {
        stand_collar(draft, if padded { 0.9 } else { 0.5 });
    }
    if !open {
        zipper(draft, (0.0, if ribbed { 4.6 } else { -1.0 }), (0.0, hem + 3.0));
    }
    for pocket in
        draft.pair(&quad((8.5, hem - 24.0), (10.0, hem - 25.0), (14.4, hem - 13.0), (12.8, hem - 12.0)))
    {
        let pocket = draft.on_cloth(&pocket);
        draft.relief.raise(&pocket, -0.25, 0.2);
    }
    draft.seams(&[(16.6, -4.4), (15.8, 2.0), (15.6, 8.0), (17.8, 13.0)], 0.14);
    if ribbed {
        ribbed_ends(draft, hem, 2.0);
    }
    if open {
        fronts(draft, hem, true);
    }
}

/// Opens the fronts from the neck to the hem, each with its facing and, where it closes with one, its half of
/// the zip.
fn fronts(draft: &mut Draft<'_>, hem: f32, zip: bool) {
    let low = 5.2 + 0.055 * hem;
    let edge = |s: f32| {
        Curve::from((s * 4.4, -14.0))
            .bend((s * 3.4, -3.0), (s * 4.0, 8.0))
            .bend((s * 4.6, 0.6 * hem), (s * low, hem + 8.0))
    };
    for s in [-1.0, 1.0] {
        let line = draft.laid(edge(s));
        let scale = draft.sight.body.scale;
        let facing = draft.line(&line, 3.6 * scale);
        draft.relief.raise(&facing, 0.25, 0.12);
        if zip {
            let teeth = draft.line(&line, 1.0 * scale);
            draft.zone(teeth, Dye::plain(Colour::new(ColourName::Grey, None).oklab), None);
        }
    }
    let mut gap = edge(-1.0);
    gap.points.extend(edge(1.0).points.into_iter().rev());
    let gap = draft.piece(gap);
    draft.part(&gap);
}

fn stand_collar(draft: &mut Draft<'_>, height: f32) {
    let collar = Curve::from((-7.0, -9.4))
        .bend((-3.0, -3.4), (-0.6, -2.4))
        .to((0.6, -2.4))
        .bend((3.0, -3.4), (7.0, -9.4))
        .to((8.6, -5.0))
        .bend((4.0, 2.6), (0.0, 3.4))
        .bend((-4.0, 2.6), (-8.6, -5.0));
    let collar = draft.piece(collar);
    draft.extend(&collar);
    draft.relief.raise(&collar, height, 0.5);
}

/// Rows of filled chambers, each a soft roll, with the pull of the stitches between them.
fn quilt(draft: &mut Draft<'_>) {
    let body = draft.sight.body;
    let trunk = draft.cloth();
    let sleeves = draft.region.sleeves.clone();
    let window = draft.sight.window;
    let scale = body.scale;
    let row = |t: f32| {
        let s = (t.fract() + 1.0).fract();
        // A roll's section: round on top, steep at the seam.
        0.85 * (1.0 - (2.0 * s - 1.0).powi(4)).max(0.0)
    };
    draft.relief.add(&trunk, |x, y| {
        let (px, py) = ((x as usize).saturating_sub(window.x), (y as usize).saturating_sub(window.y));
        for (arm, sleeve) in body.arms.iter().zip(&sleeves) {
            if sleeve.at(px.min(window.width - 1), py.min(window.height - 1)) > 0.5 {
                let (d, along) = arm.near((x, y), 8.0 * scale);
                return row(along / scale / 7.5 + 0.02 * d / scale);
            }
        }
        let (u, v) = body.uv(x, y);
        let wrinkle = waves(u * 1.6, v, 3.0, 91) * 0.16;
        row((v + 0.012 * u * u * 0.2) / 8.0) + wrinkle
    });
}

/// A trucker's jacket: point collar, yokes, flapped pockets, seams down the front, a waistband.
pub(crate) fn denim_jacket(draft: &mut Draft<'_>, hem: f32, dye: &Dye, open: bool) {
    let thread = Dye::plain(Colour::new(ColourName::Camel, None).oklab);
    shirt_collar(draft, dye, None);
    let band =
        draft.on_cloth(&draft.piece(quad((-2.0, 0.5), (2.0, 0.5), (2.0, hem + 6.0), (-2.0, hem + 6.0))));
    draft.relief.raise(&band, 0.2, 0.12);
    draft.seams(&[(2.2, 9.0), (9.0, 9.6), (16.4, 8.2)], 0.12);
    draft.seams(&[(6.6, 10.0), (5.4, 26.0), (4.6, hem - 5.0)], 0.12);
    draft.seams(&[(12.6, 10.0), (12.0, 26.0), (10.0, hem - 5.0)], 0.12);
    for flap in
        draft.pair(&Curve::from((5.6, 9.4)).to((13.4, 9.6)).to((13.2, 13.4)).to((9.4, 15.4)).to((5.6, 13.2)))
    {
        let flap = draft.on_cloth(&flap);
        draft.relief.raise(&flap, 0.2, 0.12);
    }
    let waist = hem_band(draft, hem, 4.5);
    draft.relief.raise(&waist, 0.14, 0.15);
    for side in 0..2 {
        let end = sleeve_end(draft.sight.body, side, 2.0);
        folds::cuff(draft, side, end, 5.0, false);
    }
    let copper = Dye::plain(Colour::new(ColourName::Brown, None).oklab);
    let mut v = 3.5;
    while v < hem {
        // Open, the buttons are those of the image's right front.
        draft.button((if open { 6.2 + 0.03 * v } else { 0.0 }, v), 0.85, &copper);
        v += 8.5;
    }
    for s in [-1.0, 1.0] {
        draft.button((s * 9.4, 13.6), 0.8, &copper);
        for line in [
            vec![(2.2, 8.6), (9.0, 9.2), (16.4, 7.8)],
            vec![(6.2, 10.0), (5.0, 26.0), (4.2, hem - 5.0)],
            vec![(12.2, 10.0), (11.6, 26.0), (9.6, hem - 5.0)],
        ] {
            let line: Vec<Point> = line.into_iter().map(|(u, v)| (s * u, v)).collect();
            stitch(draft, &line, &thread);
        }
    }
    if open {
        fronts(draft, hem, false);
    }
}

/// A visible line of thread.
fn stitch(draft: &mut Draft<'_>, line: &[Point], thread: &Dye) {
    let curve = draft.laid(Curve::through(line));
    let line = draft.line(&curve, (0.16 * draft.sight.body.scale).max(0.5));
    let cover = line.each(|_, _, c| c * 0.7);
    draft.zone(cover, thread.clone(), None);
}

/// A motorcycle jacket: wide lapels with press studs, a zip to one side, a belt.
pub(crate) fn leather_jacket(draft: &mut Draft<'_>, hem: f32, open: bool) {
    let metal = Dye::plain(Colour::new(ColourName::Silver, None).oklab);
    crumple(draft);
    let gap = draft.piece(opening(15.0, 2.0));
    draft.open(&gap);
    for s in [-1.0_f32, 1.0] {
        let lapel = Curve::from((6.2, -6.6))
            .bend((5.0, 4.0), (s * 2.0, 16.0))
            .bend((9.0, 15.0), (13.8, 8.4))
            .to((9.2, 2.6))
            .to((7.2, -3.0))
            .map(|(u, v)| (s * u, v));
        let collar = Curve::from((5.4, -9.4))
            .bend((9.6, -8.0), (12.2, 0.2))
            .to((8.8, 2.2))
            .bend((6.2, -1.0), (5.8, -6.0))
            .map(|(u, v)| (s * u, v));
        for (piece, height) in [(lapel, 0.5), (collar, 0.55)] {
            let piece = draft.piece(piece);
            draft.extend(&piece);
            draft.relief.raise(&piece, height, 0.15);
        }
        for stud in [(12.0, 8.2), (10.8, 1.0)] {
            draft.button((s * stud.0, stud.1), 0.5, &metal);
        }
    }
    let front = Curve::from((2.0, 16.0))
        .to((-7.0, hem + 6.0))
        .to((40.0, hem + 6.0))
        .to((40.0, -20.0))
        .to((6.3, -20.0))
        .bend((5.0, 4.0), (2.0, 16.0));
    let front = draft.on_cloth(&draft.piece(front));
    draft.relief.raise(&front, 0.3, 0.12);
    if !open {
        zipper(draft, (1.6, 17.0), (-6.4, hem + 4.0));
    }
    for line in [[(8.0, 24.0), (14.0, 30.0)], [(-8.0, 26.0), (-14.0, 30.0)]] {
        let curve = draft.laid(Curve::from(line[0]).to(line[1]));
        let scale = draft.sight.body.scale;
        let zip = draft.line(&curve, 0.6 * scale);
        draft.relief.raise(&zip, -0.2, 0.1);
        draft.zone(zip, metal.clone(), None);
    }
    let belt = hem_band(draft, hem, 4.0);
    draft.relief.raise(&belt, 0.25, 0.15);
    draft.seams(&[(16.6, -4.4), (15.8, 2.0), (15.6, 8.0), (17.8, 13.0)], 0.14);
    draft.seams(&[(4.0, -5.0), (12.0, 1.6), (16.2, 4.0)], 0.08);
    if open {
        fronts(draft, hem, true);
    }
}

/// The dents of stiff leather, which never lies flat: along the sleeves, across the body.
fn crumple(draft: &mut Draft<'_>) {
    let body = draft.sight.body;
    let cloth = draft.cloth();
    draft.relief.add(&cloth, |x, y| {
        let arm = body.arms.iter().map(|arm| arm.near((x, y), 8.0 * body.scale));
        let (d, along) = arm.fold((f32::MAX, 0.0), |a, b| if b.0 < a.0 { b } else { a });
        if d < 8.0 * body.scale && along > 14.0 * body.scale {
            let (d, along) = (d / body.scale, along / body.scale);
            return 0.16 * waves(d * 0.8, along, 4.5, 61) + 0.07 * waves(d * 1.6, along * 1.3, 2.2, 62);
        }
        let (u, v) = body.uv(x, y);
        0.20 * waves(u * 0.55, v * 0.9, 5.5, 63) + 0.07 * waves(u, v * 1.4, 2.4, 64)
    });
}
