//! Lays each kind of garment on the body: region, bared skin, pattern.

use drape_core::colour::Oklab;
use drape_core::style::{Colour, ColourName, GarmentKind, SewingPattern as Pattern, Sleeves, Slot};

use super::body::{self, Body};
use super::draft::{self, Draft};
use super::finish::{Finish, Made, finish};
use super::light::Light;
use super::measures::{MOST_LENGTHENED, lengthened, loosened, usual_hem};
use super::order::{Order, Shape};
use super::sight::Sight;
use super::tailored::{Cut, Front};
use super::top::{Measures, Region};
use super::uncover::bare;
use super::{
    bottom, casual, folds, hanbok, jackets, limb, neckwear, tailored, top as tops, trousers as legs_of,
};
use crate::parse::label::Label;
use crate::raster::plane::{Plane, smoothstep};
use crate::recolour::dye::Dye;

/// The part of a worn dress, or of what the parser calls one, below the waist, with what else is worn there.
fn worn_below(sight: &Sight<'_>, labels: &[Label], waist: f32) -> Plane {
    let soft = sight.soft(labels);
    let dress = sight.soft(&[Label::Dress]);
    sight.each(|x, y, p| {
        let v = sight.body.uv(p.0, p.1).1;
        let d = if v > waist { dress.at(x, y) } else { 0.0 };
        smoothstep(0.2, 0.8, soft.at(x, y) + d)
    })
}

/// How far down garments of these labels reach: centimetres below the pit of the neck; 0 for none.
fn worn_hem(sight: &Sight<'_>, labels: &[Label]) -> f32 {
    let mut rows: Vec<f32> = Vec::new();
    for y in (0..sight.window.height).step_by(2) {
        for x in (0..sight.window.width).step_by(2) {
            if labels.iter().any(|l| sight.is(x, y, *l)) {
                let p = sight.point(x, y);
                rows.push(sight.body.uv(p.0, p.1).1);
            }
        }
    }
    crate::raster::plane::quantile(&mut rows, 0.98)
}

/// The cut of a skirt. Over a longer worn skirt it becomes as long as that one if the wish names no length;
/// `None` if the worn one hides where the legs are that would be bared.
fn skirt_cut(order: &Order<'_>, shape: &Shape, sight: &Sight<'_>) -> Option<bottom::Cut> {
    let cut = bottom::Cut::skirt(&shape.garment, order.body, order.variation.fit);
    let worn = worn_hem(sight, &[Label::Skirt, Label::Dress]);
    let (knee, ankle) = bottom::joints_below(order.body);
    let named = shape.garment.length.or_else(|| shape.garment.kind.usual_length()).is_some();
    if worn < cut.hem + 4.0 {
        return Some(cut);
    }
    if !named {
        return Some(cut.longer(worn.min(ankle + 3.0), order.body.hip));
    }
    (worn < knee + 0.6 * (ankle - knee)).then_some(cut)
}

pub(super) fn skirt(order: &mut Order<'_>, shape: &Shape, sight: &Sight<'_>, light: &Light) -> Option<Made> {
    if !bottom::stands(order.body) {
        return None;
    }
    let cut = skirt_cut(order, shape, sight)?;
    let worn = worn_below(sight, &[Label::Trousers, Label::Skirt], cut.waist);
    let region = bottom::lay_skirt(sight, &worn, &cut, &[Label::Upper, Label::Outer]);
    bare(order, sight, light, &region, &order.body.legs.clone(), &limb::LEG)?;
    let mut draft = Draft::new(sight, region);
    bottom::sew_skirt(&mut draft, &shape.garment, &cut, light, 23);
    finish(order, draft, light, &Finish { folds: 0.30, thick: 4.0, range: 0.06 })
}

/// A dress over a top and its trousers or skirt: the top's own bodice and sleeves, and a skirt from the
/// waist.
pub(super) fn dress(order: &mut Order<'_>, shape: &Shape, sight: &Sight<'_>, light: &Light) -> Option<Made> {
    if !bottom::stands(order.body) {
        return None;
    }
    let cut = skirt_cut(order, shape, sight)?;
    // A faint second thought of a top is no sleeve: it would lie as a veil over the jacket.
    let top = sight.soft(&[Label::Upper]).map(|t| smoothstep(0.3, 0.7, t));
    let below = worn_below(sight, &[Label::Trousers, Label::Skirt], cut.waist);
    let worn = below.zip(&top, f32::max);
    let mut region = bottom::lay_skirt(sight, &worn, &cut, &[Label::Outer]);
    // Sleeves stay the top's, wherever they hang.
    let arms = sight.arms(14.0).zip(&top, |a, t| a * t);
    region.cover = region.cover.zip(&arms, f32::max);
    region.bare = region.bare.zip(&arms, |b, a| b * (1.0 - a));
    bare(order, sight, light, &region, &order.body.legs.clone(), &limb::LEG)?;
    let mut draft = Draft::new(sight, region);
    bottom::sew_skirt(&mut draft, &shape.garment, &cut, light, 23);
    finish(order, draft, light, &Finish { folds: 0.7, thick: 3.0, range: 0.08 })
}

pub(super) fn chima(order: &mut Order<'_>, sight: &Sight<'_>, light: &Light) -> Option<Made> {
    let (_, ankle) = bottom::joints_below(order.body);
    let worn = worn_below(sight, &[Label::Trousers, Label::Skirt], 10.0);
    let region = hanbok::lay_chima(sight, &worn, ankle + 3.0);
    let mut draft = Draft::new(sight, region);
    hanbok::sew_chima(&mut draft, ankle + 3.0, light, 41);
    finish(order, draft, light, &Finish { folds: 0.12, thick: 5.0, range: 0.04 })
}

pub(super) fn trousers(
    order: &mut Order<'_>,
    shape: &Shape,
    sight: &Sight<'_>,
    light: &Light,
) -> Option<Made> {
    let ankles = order.body.legs.iter().all(|l| l.end.is_some());
    if !bottom::stands(order.body) || !ankles {
        return None;
    }
    let legs = legs_of::Legs::of(&shape.garment, order.variation.fit);
    let worn = worn_below(sight, &[Label::Trousers, Label::Skirt, Label::Legwear], order.body.hip - 12.0);
    let skirts = order.parse.shares[Label::Skirt] + order.parse.shares[Label::Dress];
    let keep = order.parse.shares[Label::Trousers] > 2.0 * skirts;
    let region = legs_of::lay_trousers(sight, &worn, &legs, keep);
    drop(worn);
    let hem = worn_hem(sight, &[Label::Skirt, Label::Dress]);
    let (knee, _) = bottom::joints_below(order.body);
    // A long full skirt hides the legs and the place behind it, so neither can be filled in.
    let (gone, new): (f32, f32) = (region.bare.data.iter().sum(), region.cover.data.iter().sum());
    if !keep && hem > knee + 9.0 || gone > 0.8 * new && legs.end > 1.9 {
        return None;
    }
    bare(order, sight, light, &region, &order.body.legs.clone(), &limb::LEG)?;
    let mut draft = Draft::new(sight, region);
    legs_of::sew_trousers(&mut draft, &shape.garment, &legs, light, 29);
    finish(
        order,
        draft,
        light,
        &Finish { folds: if keep { 0.9 } else { 0.25 }, thick: 2.5, range: if keep { 0.2 } else { 0.06 } },
    )
}

/// A tie or bow tie on the visible shirt, or a scarf over everything.
pub(super) fn around_neck(
    order: &mut Order<'_>,
    sight: &Sight<'_>,
    light: &Light,
    pattern: Pattern,
) -> Option<Made> {
    let window = sight.window;
    let none = Plane::filled(window.width, window.height, 0.0);
    let shirt = sight.soft(&[Label::Upper, Label::Dress]).map(|s| smoothstep(0.3, 0.6, s));
    let region =
        Region { cover: none.clone(), worn: none.clone(), sleeves: [none.clone(), none.clone()], bare: none };
    let mut draft = Draft::new(sight, region);
    match pattern {
        Pattern::Tie => {
            let within = draft.piece(draft::quad((-6.0, -4.0), (6.0, -4.0), (6.0, 60.0), (-6.0, 60.0)));
            let within = within.on(&draft.whole(shirt));
            // Nothing to tie it on: a bare chest, or a jacket closed to the neck.
            let collar = draft.piece(draft::quad((-2.0, 1.0), (2.0, 1.0), (2.0, 11.0), (-2.0, 11.0)));
            if within.on(&collar).area() < 0.45 * collar.area() {
                return None;
            }
            neckwear::tie(&mut draft, order.dye, None, &within, order.body.hip - 3.0);
            for zone in std::mem::take(&mut draft.zones) {
                draft.extend(&zone.cover);
            }
        }
        Pattern::BowTie => {
            neckwear::bow(&mut draft, order.dye, None);
            draft.zones.clear();
        }
        _ => neckwear::scarf(&mut draft, 71),
    }
    let how = Finish { folds: 0.0, thick: 2.0, range: 0.08 };
    finish(order, draft, light, &how)
}

/// A top or a jacket: its sleeves, the arms that come to light below short ones, and its pattern.
pub(super) fn top(
    order: &mut Order<'_>,
    shape: &Shape,
    sight: &Sight<'_>,
    light: &Light,
    pattern: Pattern,
) -> Option<Made> {
    let worn = match shape.garment.slot {
        Slot::Outer | Slot::Upper if shape.over_outer => {
            sight.soft(&[Label::Upper, Label::Outer, Label::Dress])
        }
        _ => sight.soft(&[Label::Upper, Label::Dress]),
    };
    let worn = worn.map(|w| smoothstep(0.2, 0.8, w));
    let measures = measures(order, shape, sight, pattern);
    let (hem, sleeves) = (measures.hem, measures.sleeves);
    let long = measures.is_coat(order.body);
    let mut region = tops::lay(sight, &worn, &measures);
    drop(worn);
    // Long sleeves that miss the arms are worse than none.
    if sleeves >= LONG && bare_arms(sight, &region.cover) > MOST_BARE {
        return None;
    }
    // Folds are taken from one worn garment: over an open jacket, from the jacket and not from the top in it.
    let share = |l: Label| order.parse.shares[l];
    let jacket = shape.over_outer && share(Label::Outer) > 0.5 * (share(Label::Upper) + share(Label::Dress));
    if jacket {
        let outer = sight.soft(&[Label::Outer]);
        region.worn = region.worn.zip(&outer, |w, o| w * smoothstep(0.3, 0.7, o));
    }
    if pattern == Pattern::Tee || sleeves < 1.5 && sleeves > 0.0 {
        bare_forearms(order, sight, light, &mut region)?;
    }
    let mut draft = Draft::new(sight, region);
    hang_sleeves(&mut draft, order.body);
    if long {
        let cover = draft.cloth();
        folds::hanging(&mut draft, &cover, order.body.hip * 0.7, hem, 9.0, 0.7, 5);
    }
    sew(&mut draft, order, shape, pattern, &measures, shape.open && !jacket)?;
    if shape.open && jacket {
        // As the worn one shows the top below it.
        let top = sight.soft(&[Label::Upper, Label::Dress]);
        let gap = sight.each(|x, y, p| {
            let (u, v) = order.body.uv(p.0, p.1);
            let front = smoothstep(12.5, 11.0, u.abs()) * smoothstep(-9.0, -7.0, v);
            smoothstep(0.35, 0.65, top.at(x, y)) * front
        });
        draft.part(&draft.whole(gap));
    }
    let thick = if long { 3.0 } else { 1.2 };
    // Pockets and seams of a jacket are no folds.
    let folds = if jacket { 0.4 } else { 0.75 };
    finish(order, draft, light, &Finish { folds, thick, range: if long { 0.06 } else { 0.12 } })
}

/// How far long sleeves reach; see [`Measures::sleeves`].
const LONG: f32 = 2.0;

/// The measures of a top or jacket as the pattern, the words and the worn jacket have them.
fn measures(order: &Order<'_>, shape: &Shape, sight: &Sight<'_>, pattern: Pattern) -> Measures {
    let kind = shape.garment.kind;
    let usual = usual_hem(kind, order.body.hip);
    let hem = match pattern {
        Pattern::Jeogori if shape.with_chima => 20.0,
        Pattern::Jeogori => usual,
        _ => usual + lengthened(&shape.garment) + 2.5 * order.variation.fit,
    };
    // A jacket under it does not look out below.
    let hem = if shape.garment.slot == Slot::Outer && !shape.with_chima {
        let below = worn_hem(sight, &[Label::Outer]) + 1.0;
        if below < hem + MOST_LENGTHENED { hem.max(below) } else { hem }
    } else {
        hem
    };
    let sleeves = match shape.garment.sleeves.or_else(|| kind.usual_sleeves()) {
        Some(Sleeves::Sleeveless) => 0.0,
        Some(Sleeves::Short) => 0.55,
        Some(Sleeves::Half | Sleeves::Rolled) => 1.35,
        _ => LONG,
    };
    let mut measures = Measures { hem, sleeves, ease: 1.0, flare: 0.5, neck: (1.6, 6.4) };
    if measures.is_coat(order.body) {
        (measures.ease, measures.flare) = (1.6, 5.0);
    }
    match pattern {
        Pattern::Zipped => (measures.ease, measures.flare) = (2.0, 0.5),
        Pattern::Hoodie => (measures.ease, measures.flare, measures.neck) = (1.3, 0.0, (4.4, 6.4)),
        Pattern::Pullover => {
            (measures.ease, measures.flare) = (1.3, 0.0);
            if kind == GarmentKind::Turtleneck {
                measures.neck = (-4.0, 6.0);
            }
        }
        Pattern::Shirt => (measures.ease, measures.flare, measures.neck) = (0.8, 0.0, CLOSED),
        Pattern::Denim => measures.neck = CLOSED,
        Pattern::Jeogori => measures.neck = (6.0, 6.0),
        Pattern::Lapels => {
            measures.neck = match &shape.shirt {
                None => (0.0, 6.0),
                Some(shirt) if Front::of(shirt.kind).is_round() => measures.neck,
                Some(_) => CLOSED,
            }
        }
        _ => {}
    }
    measures.ease = measures.ease + 0.3 * order.variation.fit + loosened(&shape.garment);
    measures
}

/// The neckline of a closed shirt collar; see [`Measures::neck`].
const CLOSED: (f32, f32) = (-2.5, 6.0);

/// Short sleeves over long ones: uncovers the arms. `None` where an arm lies before the body, because the
/// photo does not show the clothes behind it.
fn bare_forearms(order: &mut Order<'_>, sight: &Sight<'_>, light: &Light, region: &mut Region) -> Option<()> {
    if order.body.arms.iter().any(|a| crosses(order.body, a)) {
        return None;
    }
    let reach = 9.0 * order.body.scale;
    let arms = sight.each(|_, _, p| {
        f32::from(u8::from(order.body.arms.iter().any(|a| a.near(p, 8.0 * order.body.scale).0 < reach)))
    });
    region.bare = region.bare.zip(&arms, |b, a| b * a);
    bare(order, sight, light, region, &order.body.arms.clone(), &limb::ARM)
}

/// Lifts the sleeves before the sides of the body; over the shoulder both are one cloth.
fn hang_sleeves(draft: &mut Draft<'_>, body: &Body) {
    let sight = draft.sight;
    for side in 0..2 {
        let arm = &body.arms[side];
        let sleeve = &draft.region.sleeves[side];
        let scale = body.scale;
        let below = sight.each(|x, y, p| match sleeve.at(x, y) {
            0.0 => 0.0,
            on => on * smoothstep(7.0 * scale, 17.0 * scale, arm.near(p, 0.0).1),
        });
        let below = draft.whole(below);
        draft.relief.raise(&below, 0.5, 0.8);
        folds::sleeve(draft, side, 17 + side as u32);
    }
}

/// Draws the pattern; `open`: with its fronts apart.
fn sew(
    draft: &mut Draft<'_>,
    order: &Order<'_>,
    shape: &Shape,
    pattern: Pattern,
    measures: &Measures,
    open: bool,
) -> Option<()> {
    let (garment, hem, sleeves, dye) = (&shape.garment, measures.hem, measures.sleeves, order.dye);
    let buttons = Dye::plain(button_colour(dye.ground));
    match pattern {
        Pattern::Lapels => {
            let cut = Cut { hem, ..Cut::of(garment, order.body.hip * 0.64, order.variation) };
            tailored::jacket(draft, &cut, shape, &buttons);
        }
        Pattern::Zipped => jackets::zipped(draft, garment, hem, open),
        Pattern::Denim => jackets::denim_jacket(draft, hem, dye, open),
        Pattern::Biker => jackets::leather_jacket(draft, hem, open),
        Pattern::Cardigan => casual::cardigan(draft, hem, &buttons),
        Pattern::Hoodie => casual::hoodie(draft, garment, hem, dye),
        Pattern::Shirt => casual::shirt(draft, garment, hem, sleeves, dye),
        Pattern::Waistcoat => casual::waistcoat(draft, hem, &buttons),
        Pattern::Tee => casual::tee(draft),
        Pattern::Pullover => casual::pullover(draft, garment, hem, sleeves),
        Pattern::Jeogori => hanbok::sew_jeogori(draft, hem, dye, shape.with_chima),
        Pattern::Dress
        | Pattern::Skirt
        | Pattern::Chima
        | Pattern::Trousers
        | Pattern::Tie
        | Pattern::BowTie
        | Pattern::Scarf => return None,
    }
    Some(())
}

/// Skin above the hips, apart from hands and neck, that long sleeves may leave bare, cm²: half a forearm.
const MOST_BARE: f32 = 80.0;

/// Bare skin above the hips, apart from head, neck and hands, cm².
fn bare_arms(sight: &Sight<'_>, cover: &Plane) -> f32 {
    let body = sight.body;
    let bare = sight.each(|x, y, p| {
        let arm = sight.is(x, y, Label::Skin) && !body.is_head(p.0, p.1) && !sight.is_hand(x, y, p);
        let (u, v) = body.uv(p.0, p.1);
        let neck = u.abs() < 10.0 && v < 8.0;
        if arm && !neck && v < body.hip { 1.0 - cover.at(x, y) } else { 0.0 }
    });
    bare.data.iter().sum::<f32>() / (body.scale * body.scale)
}

/// Whether an arm lies before the body: bent over it, or in its own pocket.
fn crosses(body: &Body, arm: &body::Limb) -> bool {
    [arm.middle, arm.end].into_iter().flatten().any(|p| {
        let (u, v) = body.uv(p.0, p.1);
        u.abs() < 13.0 && v < body.hip + 4.0
    })
}

fn button_colour(ground: Option<Oklab>) -> Oklab {
    let dark = Colour::new(ColourName::Charcoal, None).oklab;
    match ground {
        Some(c) if c.l < 0.34 => Oklab { l: c.l + 0.10, a: c.a * 0.6, b: c.b * 0.6 },
        Some(c) => Oklab { l: (c.l - 0.24).max(0.2), a: c.a * 0.7, b: c.b * 0.7 },
        None => dark,
    }
}
