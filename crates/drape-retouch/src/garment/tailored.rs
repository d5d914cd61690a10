//! Jackets and coats with lapels: blazers, suits, overcoats, trench coats.

use drape_core::style::{Colour, ColourName, Detail, Garment, GarmentKind};

use super::draft::{Draft, quad};
use super::neckwear;
use super::order::{Inner, Shape};
use super::outline::Curve;
use super::parts::{hood_halves, neck_above_collar, neck_hole, opening, ring, roll, shirt_collar};
use super::piece::Piece;
use crate::parse::label::Label;
use crate::recolour::dye::Dye;
use crate::recolour::variation::Variation;

/// How a jacket is cut; centimetres on the torso's pattern.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    pub(crate) double: bool,
    pub(crate) peak: bool,
    /// Where the fronts meet, below the pit of the neck.
    pub(crate) closing: f32,
    pub(crate) hem: f32,
    /// Half the width of the lapels, a factor: 1 is a suit's.
    pub(crate) lapel: f32,
    pub(crate) pockets: bool,
    pub(crate) belt: bool,
    pub(crate) epaulettes: bool,
    /// A folded cloth in the breast pocket.
    pub(crate) square: bool,
}

impl Cut {
    pub(crate) fn of(garment: &Garment, waist: f32, variation: Variation) -> Self {
        use GarmentKind as K;
        let coat = matches!(garment.kind, K::Coat | K::TrenchCoat | K::Overcoat);
        let trench = garment.kind == K::TrenchCoat;
        let has = |d| garment.details.contains(&d);
        // Where the sentence leaves it open, a variation may close it the other way.
        let open = !trench && garment.details.is_empty();
        let double = has(Detail::DoubleBreasted)
            || trench && !has(Detail::SingleBreasted)
            || open && variation.taste == 3;
        Self {
            double,
            peak: has(Detail::LapelPeak) || double && !trench,
            closing: if double { waist - 6.0 } else { waist - 3.0 },
            hem: 0.0,
            lapel: if coat { 1.18 } else { 1.0 },
            pockets: true,
            belt: trench || has(Detail::Belted),
            epaulettes: trench,
            square: !coat && matches!(variation.taste, 1 | 4),
        }
    }
}

/// The part of a top that is visible between lapels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Front {
    /// A turned-down collar and buttons.
    Collar,
    /// A round neck.
    Round,
    /// A collar rolled up the neck.
    Roll,
    /// A round neck before a hood that lies on the jacket.
    Hood,
}

impl Front {
    pub(crate) fn of(kind: GarmentKind) -> Self {
        use GarmentKind as K;
        match kind {
            K::Turtleneck => Self::Roll,
            K::Hoodie => Self::Hood,
            K::TShirt | K::Jersey | K::Top | K::CropTop | K::Bodysuit => Self::Round,
            K::Sweater | K::Knit | K::Sweatshirt => Self::Round,
            _ => Self::Collar,
        }
    }

    /// Whether the pit of the neck is free.
    pub(crate) fn is_round(self) -> bool {
        matches!(self, Self::Round | Self::Hood)
    }
}

/// Draws the jacket's fronts, lapels, collar, buttons and pockets. The shape's shirt fills the opening;
/// without one, the worn top stays visible in it.
pub(crate) fn jacket(draft: &mut Draft<'_>, cut: &Cut, shape: &Shape, buttons: &Dye) {
    // The fronts overlap: the image's right one (the wearer's left) lies on top.
    let overlap = if cut.double { -5.5 } else { -1.2 };
    let meet = (overlap * 0.55, cut.closing);
    let gap = draft.piece(opening(cut.closing, meet.0));
    match &shape.shirt {
        Some(Inner { kind, dye, wish }) => {
            let front = Front::of(*kind);
            let neck =
                match front {
                    Front::Collar => draft.piece(neck_above_collar()),
                    // Skin stays, a worn high collar does not.
                    _ => {
                        let neck = draft.piece(neck_hole(1.6));
                        let window = draft.sight.window;
                        neck.each(|x, y, c| {
                            if draft.sight.is(x - window.x, y - window.y, Label::Skin) { c } else { 0.0 }
                        })
                    }
                };
            // Beside the neck there is no shirt, whatever stands there.
            let below = draft.piece(quad((-6.8, -9.6), (6.8, -9.6), (9.0, 60.0), (-9.0, 60.0)));
            let gap = gap.without(&neck).on(&below);
            draft.extend(&gap);
            match front {
                Front::Collar => shirt_front(draft, &gap, dye, Some(*wish)),
                _ => {
                    draft.zone(gap.clone(), dye.clone(), Some(*wish));
                    draft.relief.raise(&gap, -0.5, 0.15);
                    let ring = if front == Front::Roll { roll(draft) } else { ring(draft, 1.6, 2.2) };
                    draft.extend_zone(ring, dye.clone(), Some(*wish));
                }
            }
            match &shape.tie {
                Some(Inner { kind: GarmentKind::BowTie, dye, wish }) => {
                    neckwear::bow(draft, dye, Some(*wish));
                }
                Some(Inner { dye, wish, .. }) => {
                    neckwear::tie(draft, dye, Some(*wish), &gap, cut.closing + 12.0);
                }
                None => {}
            }
        }
        None => draft.open(&gap),
    }
    front_edge(draft, cut, overlap, meet.0);
    lapels(draft, cut, meet);
    if let Some(Inner { kind, dye, wish }) = &shape.shirt
        && Front::of(*kind) == Front::Hood
    {
        for half in hood_halves(draft) {
            draft.extend_zone(half, dye.clone(), Some(*wish));
        }
    }
    if cut.pockets {
        pockets(draft, cut);
    }
    draft.seams(&[(16.6, -4.4), (15.8, 2.0), (15.4, 8.0), (17.5, 13.0)], 0.10);
    // Darts shape the waist.
    draft.seams(&[(8.2, 16.0), (7.4, 27.0), (8.0, 36.0)], 0.05);
    if cut.belt {
        belt(draft, cut);
    }
    if cut.epaulettes {
        for strap in draft.pair(&quad((7.5, -6.4), (16.5, -5.0), (16.4, -2.4), (7.6, -3.6))) {
            let strap = draft.on_cloth(&strap);
            draft.relief.raise(&strap, 0.22, 0.15);
        }
    }
    fasten(draft, cut, overlap, buttons);
}

/// The edge of the front that lies on top, from where the fronts meet to the hem.
fn front_edge(draft: &mut Draft<'_>, cut: &Cut, overlap: f32, meet: f32) {
    let low = cut.hem + 4.0;
    let away = if cut.double || cut.hem > 70.0 { overlap } else { 5.0 };
    let top = Curve::from((meet, cut.closing))
        .bend((overlap, cut.closing + 2.0), (overlap, cut.closing + 7.0))
        .to((overlap, cut.hem - 10.0))
        .bend((overlap, cut.hem - 1.0), (away, low))
        .to((40.0, low))
        .to((40.0, -20.0))
        .to((6.3, -20.0))
        .to((6.3, -6.5))
        .bend((5.0, 6.0), (meet, cut.closing));
    let front = draft.piece(top);
    let front = draft.on_cloth(&front);
    draft.relief.raise(&front, 0.30, 0.12);
    if !cut.double && cut.hem < 70.0 {
        // Rounded corners: the fronts part below the last button.
        let part = Curve::from((overlap, cut.hem - 9.0))
            .bend((overlap, cut.hem - 1.0), (5.0, low))
            .to((-7.0, low))
            .bend((overlap - 0.6, cut.hem - 1.0), (overlap, cut.hem - 9.0));
        let part = draft.piece(part);
        draft.open(&part);
    }
}

fn lapels(draft: &mut Draft<'_>, cut: &Cut, meet: (f32, f32)) {
    let k = cut.lapel;
    let (gorge, tip) =
        if cut.peak { ((8.4 * k, 4.8), (12.6 * k, 2.2)) } else { ((8.6 * k, 4.6), (11.6 * k, 6.0)) };
    for s in [-1.0_f32, 1.0] {
        let meet_u = meet.0 * s;
        let lapel = Curve::from((6.2, -6.6))
            .bend((5.0, 6.0), (meet_u + 0.1, meet.1))
            .bend((meet_u + 6.5 * k, meet.1 - 5.0), (tip.0 - 0.6, tip.1 + 5.0))
            .bend((tip.0 - 0.1, tip.1 + 2.0), tip)
            .to(gorge)
            .to((7.4, -1.5));
        let collar = Curve::from((5.6, -9.2))
            .bend((8.2, -7.6), (9.6 * k, -4.6))
            .bend((11.0 * k, -1.0), (11.4 * k, if cut.peak { 1.4 } else { 3.4 }))
            .to((gorge.0 + 0.1, gorge.1 - 0.2))
            .bend((6.2, 0.4), (5.9, -6.0));
        let flip = |c: Curve| c.map(|(u, v)| (s * u, v));
        for (piece, height) in [(lapel, 0.42), (collar, 0.50)] {
            let piece = draft.piece(flip(piece));
            draft.extend(&piece);
            draft.relief.raise(&piece, height, 0.10);
            let shell = piece;
            // Cloth that lies on the opening covers what was painted there.
            for zone in &mut draft.zones {
                zone.cover = zone.cover.without(&shell);
            }
        }
    }
}

fn shirt_front(draft: &mut Draft<'_>, gap: &Piece, dye: &Dye, wish: Option<usize>) {
    draft.zone(gap.clone(), dye.clone(), wish);
    draft.relief.raise(gap, -0.5, 0.15);
    let placket = draft.piece(quad((-1.5, 1.0), (1.5, 1.0), (1.5, 60.0), (-1.5, 60.0)));
    let placket = placket.on(gap);
    draft.relief.raise(&placket, 0.10, 0.1);
    let mut v = 8.0;
    while v < 30.0 {
        let spot = draft.piece(super::draft::circle((0.0, v), 0.5)).on(gap);
        draft.relief.raise(&spot, 0.15, 0.1);
        v += 8.5;
    }
    shirt_collar(draft, dye, wish);
}

fn pockets(draft: &mut Draft<'_>, cut: &Cut) {
    let v = (cut.hem - 20.0).min(41.0);
    for flap in draft.pair(&quad((7.2, v), (15.4, v - 1.0), (15.6, v + 3.8), (7.4, v + 4.6))) {
        let flap = draft.on_cloth(&flap);
        draft.relief.raise(&flap, 0.22, 0.12);
    }
    let welt = draft.piece(quad((8.4, 11.8), (14.6, 10.6), (14.8, 12.6), (8.6, 13.9)));
    let welt = draft.on_cloth(&welt);
    draft.relief.raise(&welt, 0.12, 0.1);
    if cut.square {
        let square =
            Curve::from((9.2, 12.2)).to((9.8, 8.6)).to((11.2, 10.6)).to((12.4, 8.0)).to((13.8, 11.2));
        let square = draft.on_cloth(&draft.piece(square));
        draft.relief.raise(&square, 0.2, 0.15);
        draft.zone(square, Dye::plain(Colour::new(ColourName::White, None).oklab), None);
    }
}

fn belt(draft: &mut Draft<'_>, cut: &Cut) {
    let v = cut.closing + 8.0;
    let band = draft.piece(
        Curve::from((-30.0, v - 2.2))
            .bend((0.0, v + 0.6), (30.0, v - 2.2))
            .to((30.0, v + 2.0))
            .bend((0.0, v + 4.8), (-30.0, v + 2.0)),
    );
    let band = draft.on_cloth(&band);
    draft.relief.raise(&band, 0.45, 0.2);
    let buckle = draft.piece(quad((-3.4, v - 2.0), (3.4, v - 2.0), (3.4, v + 4.6), (-3.4, v + 4.6)));
    let hole = draft.piece(quad((-1.9, v - 0.6), (1.9, v - 0.6), (1.9, v + 3.2), (-1.9, v + 3.2)));
    let ring = buckle.without(&hole);
    let ring = draft.on_cloth(&ring);
    draft.relief.raise(&ring, 0.25, 0.1);
}

fn fasten(draft: &mut Draft<'_>, cut: &Cut, overlap: f32, dye: &Dye) {
    let long = cut.hem > 70.0;
    let step = if long { 13.0 } else { 9.5 };
    let count = if long { 3 } else { 2 };
    for k in 0..count {
        let v = cut.closing + 1.6 + k as f32 * step;
        if cut.double {
            let side = overlap.abs();
            draft.button((-side + 1.6, v), 1.05, dye);
            draft.button((side, v), 1.05, dye);
        } else {
            draft.button((0.6, v), 1.05, dye);
        }
    }
    if cut.double && !long {
        let v = cut.closing - 8.0;
        draft.button((-8.6, v), 1.05, dye);
        draft.button((8.6, v), 1.05, dye);
    }
}
