//! Tops: hoodies, knitwear, shirts, T-shirts; cardigans and vests.

use drape_core::colour::Oklab;
use drape_core::style::{Colour, ColourName, Detail, Garment, GarmentKind};

use super::draft::{Draft, quad};
use super::folds;
use super::outline::Curve;
use super::parts::{crew, hood, opening, ribbed_ends, roll, shirt_collar, zipper};
use super::top::sleeve_end;
use crate::recolour::dye::Dye;

/// A pullover: round neck, ribbed hem and cuffs.
pub(crate) fn pullover(draft: &mut Draft<'_>, garment: &Garment, hem: f32, sleeves: f32) {
    if garment.details.contains(&Detail::VNeck) {
        let v = Curve::from((-7.6, -7.0))
            .to((0.0, 16.5))
            .to((7.6, -7.0))
            .to((5.8, -7.8))
            .to((0.0, 13.0))
            .to((-5.8, -7.8));
        let v = draft.piece(v);
        draft.extend(&v);
        draft.relief.raise(&v, 0.18, 0.15);
    } else if garment.kind == GarmentKind::Turtleneck || garment.details.contains(&Detail::HighNeck) {
        turtleneck(draft);
    } else {
        crew(draft, 1.6, 2.4);
    }
    ribbed_ends(draft, hem, sleeves);
}

fn turtleneck(draft: &mut Draft<'_>) {
    let tube = roll(draft);
    draft.extend(&tube);
}

/// A hood lying around the neck, strings, a pouch pocket, ribbed ends.
pub(crate) fn hoodie(draft: &mut Draft<'_>, garment: &Garment, hem: f32, dye: &Dye) {
    let zip = garment.details.contains(&Detail::ZipUp);
    hood(draft);
    let pouch = Curve::from((-8.0, hem - 25.0))
        .to((8.0, hem - 25.0))
        .bend((9.0, hem - 18.0), (14.0, hem - 14.0))
        .to((14.0, hem - 5.0))
        .to((-14.0, hem - 5.0))
        .to((-14.0, hem - 14.0))
        .bend((-9.0, hem - 18.0), (-8.0, hem - 25.0));
    let pouch = draft.on_cloth(&draft.piece(pouch));
    draft.relief.raise(&pouch, 0.30, 0.25);
    if zip {
        zipper(draft, (0.0, 4.5), (0.0, hem + 2.0));
    }
    let cord = cord_dye(dye);
    for s in [-1.0, 1.0] {
        let line =
            draft.laid(Curve::through(&[(s * 2.2, 4.6), (s * 2.9, 10.0), (s * 2.5, 15.0), (s * 2.8, 20.0)]));
        let string = draft.line(&line, 0.75 * draft.sight.body.scale);
        draft.relief.raise(&string, 0.35, 0.12);
        draft.zone(string, cord.clone(), None);
    }
    draft.seams(&[(17.0, -4.6), (16.4, 2.0), (16.4, 8.0), (18.5, 13.0)], 0.10);
    ribbed_ends(draft, hem, 2.0);
}

fn cord_dye(dye: &Dye) -> Dye {
    let light = Colour::new(ColourName::Ivory, None).oklab;
    let ground = dye.ground.unwrap_or(light);
    let cord = if ground.l > 0.75 {
        Oklab { l: ground.l - 0.22, ..ground }
    } else {
        Oklab { l: (ground.l + 0.32).min(0.92), a: ground.a * 0.4, b: ground.b * 0.4 }
    };
    Dye::plain(cord)
}

/// A shirt: collar, button band, cuffs.
pub(crate) fn shirt(draft: &mut Draft<'_>, garment: &Garment, hem: f32, sleeves: f32, dye: &Dye) {
    let polo = garment.kind == GarmentKind::PoloShirt;
    let end = if polo { 15.0 } else { hem + 6.0 };
    shirt_collar(draft, dye, None);
    let band = draft.on_cloth(&draft.piece(quad((-1.6, 0.5), (1.6, 0.5), (1.6, end), (-1.6, end))));
    draft.relief.raise(&band, 0.14, 0.12);
    for edge in [-1.25, 1.25] {
        let line = draft.laid(Curve::from((edge, 1.0)).to((edge, end)));
        draft.relief.groove(&line, 0.2, 0.05);
    }
    let button = Dye::plain(Colour::new(ColourName::Ivory, None).oklab);
    let mut v = 5.0;
    while v < end - 3.0 {
        let at = (0.0, v);
        let spot = draft.on_cloth(&draft.piece(super::draft::circle(at, 0.55)));
        draft.relief.raise(&spot, 0.16, 0.08);
        draft.zone(spot, button.clone(), None);
        v += if polo { 4.5 } else { 8.5 };
    }
    if !polo {
        let pocket = draft.on_cloth(&draft.piece(
            Curve::from((6.0, 11.0)).to((14.5, 11.0)).to((14.5, 21.0)).to((10.2, 23.0)).to((6.0, 21.0)),
        ));
        if garment.kind != GarmentKind::Blouse && garment.kind != GarmentKind::DressShirt {
            draft.relief.raise(&pocket, 0.12, 0.1);
        }
        if sleeves >= 2.0 {
            for side in 0..2 {
                let end = sleeve_end(draft.sight.body, side, sleeves);
                folds::cuff(draft, side, end, 6.0, false);
            }
        }
    }
    draft.seams(&[(16.8, -4.6), (16.2, 2.0), (16.0, 8.0), (18.0, 13.0)], 0.07);
}

/// A cardigan: an opening over the worn top, a band and buttons.
pub(crate) fn cardigan(draft: &mut Draft<'_>, hem: f32, buttons: &Dye) {
    let closing = 24.0;
    let gap = draft.piece(opening(closing, 0.0));
    draft.open(&gap);
    for s in [-1.0_f32, 1.0] {
        let band = Curve::from((6.4, -7.0))
            .bend((5.2, 6.0), (s * 0.2 - 1.4, closing))
            .to((s * 0.2 - 1.4, hem + 8.0))
            .to((s * 0.2 + 1.6, hem + 8.0))
            .to((s * 0.2 + 1.6, closing + 0.5))
            .bend((8.0, 7.0), (8.8, -6.4))
            .map(|(u, v)| (s * u, v));
        let band = draft.piece(band);
        draft.extend(&band);
        draft.relief.raise(&band, 0.26, 0.15);
    }
    ribbed_ends(draft, hem, 2.0);
    let mut v = closing + 2.5;
    while v < hem - 2.0 {
        draft.button((0.0, v), 0.9, buttons);
        v += 7.5;
    }
}

/// A suit's vest: a deep opening, buttons, two points at the hem.
pub(crate) fn waistcoat(draft: &mut Draft<'_>, hem: f32, buttons: &Dye) {
    let closing = 21.0;
    let gap = draft.piece(opening(closing, 0.0));
    draft.open(&gap);
    let points = Curve::from((-40.0, hem - 3.0))
        .to((-9.0, hem - 2.0))
        .to((-4.5, hem + 2.5))
        .to((0.0, hem - 2.5))
        .to((4.5, hem + 2.5))
        .to((9.0, hem - 2.0))
        .to((40.0, hem - 3.0))
        .to((40.0, hem + 20.0))
        .to((-40.0, hem + 20.0));
    let points = draft.piece(points);
    draft.open(&points);
    let front = Curve::from((-1.2, closing))
        .to((-1.2, hem + 6.0))
        .to((40.0, hem + 6.0))
        .to((40.0, -20.0))
        .to((6.3, -20.0))
        .to((6.3, -6.5))
        .bend((5.0, 6.0), (0.0, closing));
    let front = draft.on_cloth(&draft.piece(front));
    draft.relief.raise(&front, 0.25, 0.12);
    let edge = draft.laid(Curve::from((-6.5, -6.5)).bend((-5.2, 6.0), (-0.8, closing)));
    draft.relief.groove(&edge, 0.3, 0.1);
    let mut v = closing + 1.5;
    while v < hem - 4.0 {
        draft.button((0.2, v), 0.8, buttons);
        v += 6.2;
    }
    for welt in
        draft.pair(&quad((7.0, hem - 14.0), (13.0, hem - 15.0), (13.2, hem - 13.0), (7.2, hem - 12.0)))
    {
        let welt = draft.on_cloth(&welt);
        draft.relief.raise(&welt, 0.14, 0.1);
    }
    draft.seams(&[(8.4, 16.0), (7.4, 28.0), (7.6, hem - 16.0)], 0.07);
}

/// A T-shirt: round neck with a narrow band, plain hems.
pub(crate) fn tee(draft: &mut Draft<'_>) {
    crew(draft, 1.8, 1.8);
    draft.seams(&[(16.8, -4.6), (16.4, 2.0), (16.4, 8.0), (18.0, 12.0)], 0.06);
}
