//! Garments with a shape of their own: patterns laid on the body in the photo.
//!
//! The flow: `body` (a torso, arms and legs from the joints) -> `top`, `bottom` (where the cloth lies,
//! what is in front of it) -> `tailored`, `casual`, ... (the pattern: lapels, seams, pockets, folds as
//! heights in `relief`) -> `sewn` (the light that is on it) -> cloths for the painter.
//!
//! Whatever is not certain enough for a new shape keeps the worn one, and the report says why.

pub(crate) mod body;
mod bottom;
mod casual;
mod draft;
mod folds;
mod hanbok;
mod light;
mod neckwear;
mod outline;
mod piece;
mod relief;
mod sewn;
mod sight;
mod tailored;
mod top;
mod uncover;

use drape_core::colour::Oklab;
use drape_core::photo::Photo;
use drape_core::style::{Colour, ColourName, Fit, Garment, GarmentKind, Length, Sleeves, Slot};
use image::RgbImage;

use self::body::Body;
use self::draft::Draft;
use self::light::Light;
use self::piece::Piece;
use self::sewn::{Ground, Source};
use self::sight::Sight;
use self::tailored::{Cut, Inner};
use self::top::{Measures, Region};
use crate::cloth::{Cloth, linear_table};
use crate::dye::Dye;
use crate::guided::Window;
use crate::paint::{Encoder, Variation};
use crate::parse::{Label, Parse};
use crate::plane::{Plane, smoothstep};
use crate::report::Reason;

/// What a garment is to become.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) garment: Garment,
    /// What is seen in the opening of a jacket: the cloth of a shirt and its report.
    pub(crate) shirt: Option<(Dye, usize)>,
    pub(crate) tie: Option<(Dye, usize, GarmentKind)>,
    /// Whether a full skirt from the chest is worn with it: a short jacket then.
    pub(crate) with_chima: bool,
    /// Whether it goes over a worn jacket, too.
    pub(crate) over_outer: bool,
    /// What is said if it turns out that the shape cannot be laid after all.
    pub(crate) otherwise: Vec<Reason>,
}

/// How a kind of top is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Lapels,
    Zipped,
    Denim,
    Biker,
    Cardigan,
    Hoodie,
    Shirt,
    Pullover,
    Waistcoat,
    Tee,
    Dress,
    Jeogori,
    Skirt,
    Chima,
    Trousers,
    Tie,
    BowTie,
    Scarf,
}

fn pattern(kind: GarmentKind) -> Option<Pattern> {
    use GarmentKind as K;
    Some(match kind {
        K::Blazer | K::SuitJacket | K::Jacket | K::Coat | K::TrenchCoat | K::Overcoat => Pattern::Lapels,
        K::BomberJacket | K::VarsityJacket | K::Windbreaker | K::Anorak | K::PaddedJacket => Pattern::Zipped,
        K::FleeceJacket | K::Parka | K::Raincoat => Pattern::Zipped,
        K::DenimJacket => Pattern::Denim,
        K::LeatherJacket => Pattern::Biker,
        K::Cardigan => Pattern::Cardigan,
        K::Hoodie => Pattern::Hoodie,
        K::Shirt | K::DressShirt | K::OxfordShirt | K::PoloShirt | K::Blouse => Pattern::Shirt,
        K::Sweater | K::Turtleneck | K::Knit | K::Sweatshirt => Pattern::Pullover,
        K::Vest | K::Waistcoat => Pattern::Waistcoat,
        K::TShirt | K::Jersey => Pattern::Tee,
        K::Dress | K::ShirtDress | K::SlipDress | K::KnitDress | K::EveningDress => Pattern::Dress,
        K::Jeogori => Pattern::Jeogori,
        K::Chima => Pattern::Chima,
        K::Tie => Pattern::Tie,
        K::BowTie => Pattern::BowTie,
        K::Scarf => Pattern::Scarf,
        _ if kind.slot() == Slot::Skirt => Pattern::Skirt,
        _ if kind.slot() == Slot::Trousers => Pattern::Trousers,
        _ => return None,
    })
}

/// Whether there is a pattern for a kind of garment.
pub(crate) fn has_pattern(kind: GarmentKind) -> bool {
    pattern(kind).is_some()
}

/// From the pit of the neck to the usual hem, in cm; `hip` is that to the hip joints.
fn usual_hem(kind: GarmentKind, hip: f32) -> f32 {
    use GarmentKind as K;
    hip + match kind {
        K::TrenchCoat | K::Overcoat => 46.0,
        K::Coat => 40.0,
        K::Raincoat => 34.0,
        K::Parka => 24.0,
        K::Blazer | K::SuitJacket | K::Jacket => 9.0,
        K::DenimJacket | K::LeatherJacket | K::BomberJacket | K::VarsityJacket => -2.0,
        K::Hoodie | K::Sweatshirt | K::PaddedJacket | K::Cardigan => 5.0,
        K::Vest | K::Waistcoat => 0.0,
        K::Shirt | K::Blouse | K::DressShirt | K::OxfordShirt | K::PoloShirt => 2.0,
        _ => 3.0,
    }
}

/// A finished garment: its pieces from below to above.
pub(crate) struct Made {
    pub(crate) pieces: Vec<(Cloth, Dye, Option<usize>)>,
    /// How much of each pixel of the window it covers.
    pub(crate) cover: Plane,
    pub(crate) window: Window,
    /// What appeared where the worn garment was: skin, and the place behind.
    pub(crate) skin: Option<Plane>,
    pub(crate) place: Option<Plane>,
}

/// Everything that a garment is made of.
pub(crate) struct Order<'a> {
    pub(crate) photo: &'a Photo,
    /// The picture so far; what the new garment leaves bare is filled in it.
    pub(crate) picture: &'a mut RgbImage,
    /// What the picture so far shows.
    pub(crate) parse: &'a Parse,
    pub(crate) body: &'a Body,
    pub(crate) dye: &'a Dye,
    pub(crate) encoder: &'a Encoder,
    pub(crate) variation: Variation,
}

/// Makes a garment; none when the photo does not allow it.
pub(crate) fn make(order: &mut Order<'_>, shape: &Shape) -> Option<Made> {
    // Where something may come to light behind the garment, more of the place is looked at.
    let lower = matches!(shape.garment.slot, Slot::Skirt | Slot::Trousers);
    let window = window(order, if lower { 50.0 } else { 8.0 });
    let sight = Sight::new(order.parse, order.body, window);
    let light = Light::of(order.photo, order.parse, order.body);
    match pattern(shape.garment.kind)? {
        Pattern::Skirt => skirt(order, shape, &sight, &light),
        Pattern::Chima => chima(order, &sight, &light),
        Pattern::Dress => dress(order, shape, &sight, &light),
        Pattern::Trousers => trousers(order, shape, &sight, &light),
        pattern @ (Pattern::Tie | Pattern::BowTie | Pattern::Scarf) => {
            around_neck(order, &sight, &light, pattern)
        }
        pattern => top(order, shape, &sight, &light, pattern),
    }
}

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
    crate::plane::quantile(&mut rows, 0.98)
}

fn skirt(order: &mut Order<'_>, shape: &Shape, sight: &Sight<'_>, light: &Light) -> Option<Made> {
    if !bottom::stands(order.body) {
        return None;
    }
    let cut = bottom::Cut::skirt(&shape.garment, order.body, order.variation.fit);
    let worn = worn_below(sight, &[Label::Trousers, Label::Skirt], cut.waist);
    let region = bottom::lay_skirt(sight, &worn, &cut, &[Label::Upper, Label::Outer]);
    let (skin, place) = bare(order, sight, light, &region, &order.body.legs.clone(), &uncover::LEG)?;
    let mut draft = Draft::new(sight, region);
    bottom::sew_skirt(&mut draft, &shape.garment, &cut, light, 23);
    finish(order, draft, light, Finish { folds: 0.30, thick: 4.0, range: 0.06, skin, place })
}

/// A dress over a top and what is worn below it: the top's own bodice and sleeves, a skirt from the waist.
fn dress(order: &mut Order<'_>, shape: &Shape, sight: &Sight<'_>, light: &Light) -> Option<Made> {
    if !bottom::stands(order.body) {
        return None;
    }
    let cut = bottom::Cut::skirt(&shape.garment, order.body, order.variation.fit);
    let top = sight.soft(&[Label::Upper]);
    let below = worn_below(sight, &[Label::Trousers, Label::Skirt], cut.waist);
    let worn = below.zip(&top, |b, t| b.max(smoothstep(0.2, 0.8, t)));
    let mut region = bottom::lay_skirt(sight, &worn, &cut, &[Label::Outer]);
    // Sleeves stay the top's, wherever they hang.
    let arms = sight.arms(14.0).zip(&top, |a, t| a * t);
    region.cover = region.cover.zip(&arms, f32::max);
    region.bare = region.bare.zip(&arms, |b, a| b * (1.0 - a));
    let (skin, place) = bare(order, sight, light, &region, &order.body.legs.clone(), &uncover::LEG)?;
    let mut draft = Draft::new(sight, region);
    bottom::sew_skirt(&mut draft, &shape.garment, &cut, light, 23);
    finish(order, draft, light, Finish { folds: 0.7, thick: 3.0, range: 0.08, skin, place })
}

fn chima(order: &mut Order<'_>, sight: &Sight<'_>, light: &Light) -> Option<Made> {
    let (_, ankle) = bottom::joints_below(order.body);
    let worn = worn_below(sight, &[Label::Trousers, Label::Skirt], 10.0);
    let region = hanbok::lay_chima(sight, &worn, ankle + 3.0);
    let mut draft = Draft::new(sight, region);
    hanbok::sew_chima(&mut draft, ankle + 3.0, light, 41);
    finish(order, draft, light, Finish { folds: 0.12, thick: 5.0, range: 0.04, skin: None, place: None })
}

fn trousers(order: &mut Order<'_>, shape: &Shape, sight: &Sight<'_>, light: &Light) -> Option<Made> {
    let ankles = order.body.legs.iter().all(|l| l.end.is_some());
    if !bottom::stands(order.body) || !ankles {
        return None;
    }
    let legs = bottom::Legs::of(&shape.garment, order.variation.fit);
    let worn = worn_below(sight, &[Label::Trousers, Label::Skirt, Label::Legwear], order.body.hip - 12.0);
    let skirts = order.parse.shares[Label::Skirt as usize] + order.parse.shares[Label::Dress as usize];
    let keep = order.parse.shares[Label::Trousers as usize] > 2.0 * skirts;
    let region = bottom::lay_trousers(sight, &worn, &legs, keep);
    let hem = worn_hem(sight, &[Label::Skirt, Label::Dress]);
    let (knee, _) = bottom::joints_below(order.body);
    // Under a long full skirt nobody can see where the legs are, nor what is behind it.
    let (gone, new): (f32, f32) = (region.bare.data.iter().sum(), region.cover.data.iter().sum());
    if !keep && hem > knee + 9.0 || gone > 0.8 * new && legs.end > 1.9 {
        return None;
    }
    let (skin, place) = bare(order, sight, light, &region, &order.body.legs.clone(), &uncover::LEG)?;
    let mut draft = Draft::new(sight, region);
    bottom::sew_trousers(&mut draft, &shape.garment, &legs, light, 29);
    finish(
        order,
        draft,
        light,
        Finish {
            folds: if keep { 0.9 } else { 0.25 },
            thick: 2.5,
            range: if keep { 0.2 } else { 0.06 },
            skin,
            place,
        },
    )
}

/// A tie on the shirt that is to be seen, or a scarf over everything.
fn around_neck(order: &mut Order<'_>, sight: &Sight<'_>, light: &Light, pattern: Pattern) -> Option<Made> {
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
    let how = Finish { folds: 0.0, thick: 2.0, range: 0.08, skin: None, place: None };
    finish(order, draft, light, how)
}

/// Fills what a garment leaves bare: limbs with skin, the rest with the place behind.
#[expect(clippy::type_complexity, reason = "two masks that may be missing")]
fn bare(
    order: &mut Order<'_>,
    sight: &Sight<'_>,
    light: &Light,
    region: &Region,
    limbs: &[body::Limb; 2],
    widths: &uncover::Widths,
) -> Option<(Option<Plane>, Option<Plane>)> {
    let amount: f32 = region.bare.data.iter().sum();
    if amount < 4.0 * sight.body.scale * sight.body.scale {
        return Some((None, None));
    }
    // The outline of what goes is mixed with what is beside it: a little more is renewed.
    let wide = sight::grown(&region.bare, 1.6 + 0.2 * sight.body.scale);
    let free = sight.each(|x, y, _| {
        let label = sight.label(x, y);
        let other = label == Label::Background as u8 || region.bare.at(x, y) > 0.05;
        f32::from(u8::from(other)) * (1.0 - sight.front.at(x, y))
    });
    let hole = wide.zip(&free, |w, f| w * f).zip(&region.bare, f32::max);
    let background = uncover::background(sight, order.picture, &hole)?;
    apply(order, sight.window, &background);
    let colour = uncover::skin_colour(sight, order.picture, limbs)?;
    let skin =
        uncover::skin(sight, limbs, widths, &region.bare.map(|b| smoothstep(0.05, 0.5, b)), colour, light);
    apply(order, sight.window, &skin);
    Some((Some(skin.cover), Some(hole)))
}

/// Writes new pixels into the picture.
fn apply(order: &mut Order<'_>, window: Window, patch: &uncover::Patch) {
    let table = linear_table();
    let stride = order.picture.width() as usize;
    let raw = order.picture.as_mut();
    for y in 0..window.height {
        for x in 0..window.width {
            let c = patch.cover.at(x, y);
            if c > 0.002 {
                let i = ((y + window.y) * stride + x + window.x) * 3;
                for k in 0..3 {
                    let old = table[usize::from(raw[i + k])];
                    raw[i + k] = order.encoder.byte(old + c * (patch.rgb[k].at(x, y) - old));
                }
            }
        }
    }
}

fn top(
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
    let kind = shape.garment.kind;
    let hem = match pattern {
        Pattern::Jeogori if shape.with_chima => 20.0,
        Pattern::Jeogori => usual_hem(kind, order.body.hip),
        _ => usual_hem(kind, order.body.hip) + lengthened(&shape.garment) + 2.5 * order.variation.fit,
    };
    let long = hem > order.body.hip + 14.0;
    let (ease, flare) = match pattern {
        Pattern::Zipped => (2.0, 0.5),
        Pattern::Hoodie | Pattern::Pullover => (1.3, 0.0),
        Pattern::Shirt => (0.8, 0.0),
        _ if long => (1.6, 5.0),
        _ => (1.0, 0.5),
    };
    let ease = ease + 0.3 * order.variation.fit + loosened(&shape.garment);
    let neck = match pattern {
        Pattern::Lapels if shape.shirt.is_none() => (0.0, 6.0),
        Pattern::Lapels | Pattern::Shirt | Pattern::Denim => (-2.5, 6.0),
        Pattern::Hoodie => (4.4, 6.4),
        Pattern::Jeogori => (6.0, 6.0),
        Pattern::Pullover if kind == GarmentKind::Turtleneck => (-4.0, 6.0),
        _ => (1.6, 6.4),
    };
    let sleeves = match shape.garment.sleeves.or_else(|| kind.usual_sleeves()) {
        Some(Sleeves::Sleeveless) => 0.0,
        Some(Sleeves::Short) => 0.55,
        Some(Sleeves::Half | Sleeves::Rolled) => 1.35,
        _ => 2.0,
    };
    let measures = Measures { hem, sleeves, ease, flare, neck };
    let mut region = top::lay(sight, &worn, &measures);
    let mut filled = (None, None);
    if pattern == Pattern::Tee || sleeves < 1.5 && sleeves > 0.0 {
        // Short sleeves on long ones: the arms come to light, which cannot be told in front of the body.
        if order.body.arms.iter().any(|a| crosses(order.body, a)) {
            return None;
        }
        let reach = 9.0 * order.body.scale;
        let arms = sight.each(|_, _, p| {
            f32::from(u8::from(order.body.arms.iter().any(|a| a.near(p, 8.0 * order.body.scale).0 < reach)))
        });
        region.bare = region.bare.zip(&arms, |b, a| b * a);
        filled = bare(order, sight, light, &region, &order.body.arms.clone(), &uncover::ARM)?;
    }
    let mut draft = Draft::new(sight, region);
    let buttons = Dye::plain(button_colour(order.dye.ground));
    for side in 0..2 {
        // The arm hangs before the side of the body; over the shoulder both are one cloth.
        let arm = &order.body.arms[side];
        let sleeve = &draft.region.sleeves[side];
        let scale = order.body.scale;
        let below =
            sight.each(|x, y, p| sleeve.at(x, y) * smoothstep(7.0 * scale, 17.0 * scale, arm.near(p, 0.0).1));
        let below = draft.whole(below);
        draft.relief.raise(&below, 0.5, 0.8);
        folds::sleeve(&mut draft, side, 17 + side as u32);
    }
    if long {
        let cover = draft.cloth();
        folds::hanging(&mut draft, &cover, order.body.hip * 0.7, hem, 9.0, 0.7, 5);
    }
    match pattern {
        Pattern::Lapels => {
            let cut = Cut { hem, ..Cut::of(&shape.garment, order.body.hip * 0.64, order.variation) };
            let inner = Inner {
                shirt: shape.shirt.as_ref().map(|(d, r)| (d.clone(), Some(*r))),
                tie: shape.tie.clone(),
            };
            tailored::jacket(&mut draft, &cut, &inner, &buttons);
        }
        Pattern::Zipped => casual::zipped(&mut draft, &shape.garment, hem),
        Pattern::Denim => casual::denim_jacket(&mut draft, hem, order.dye),
        Pattern::Biker => casual::leather_jacket(&mut draft, hem),
        Pattern::Cardigan => casual::cardigan(&mut draft, hem, &buttons),
        Pattern::Hoodie => casual::hoodie(&mut draft, &shape.garment, hem, order.dye),
        Pattern::Shirt => casual::shirt(&mut draft, &shape.garment, hem, sleeves, order.dye),
        Pattern::Waistcoat => casual::waistcoat(&mut draft, hem, &buttons),
        Pattern::Tee => casual::tee(&mut draft),
        Pattern::Pullover => casual::pullover(&mut draft, &shape.garment, hem, sleeves),
        Pattern::Jeogori => {
            let ribbon = Colour::new(ColourName::Burgundy, None).oklab;
            hanbok::sew_jeogori(&mut draft, hem, order.dye, ribbon);
        }
        _ => return None,
    }
    let thick = if long { 3.0 } else { 1.2 };
    finish(order, draft, light, Finish { folds: 0.75, thick, range: 0.12, skin: filled.0, place: filled.1 })
}

/// What the words of a length add to the usual one, cm.
fn lengthened(garment: &Garment) -> f32 {
    match garment.length {
        Some(Length::Cropped) => -9.0,
        Some(Length::Short | Length::Mini) => -5.0,
        Some(Length::Knee) => 26.0,
        Some(Length::Midi | Length::Long) => 34.0,
        Some(Length::Maxi | Length::Ankle) => 50.0,
        None => 0.0,
    }
}

/// What the words of a fit add to the ease, cm.
fn loosened(garment: &Garment) -> f32 {
    match garment.fit {
        Some(Fit::Slim | Fit::Skinny | Fit::Tailored) => -0.4,
        Some(Fit::Loose | Fit::Relaxed | Fit::Wide) => 0.8,
        Some(Fit::Oversized) => 1.8,
        _ => 0.0,
    }
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

/// How a draft becomes cloth.
struct Finish {
    /// See [`Source`].
    folds: f32,
    thick: f32,
    range: f32,
    skin: Option<Plane>,
    place: Option<Plane>,
}

/// Shades the draft and cuts it into pieces that together cover each pixel once.
fn finish(order: &mut Order<'_>, draft: Draft<'_>, light: &Light, how: Finish) -> Option<Made> {
    let shade = draft.relief.shade(light);
    let Draft { sight, region, zones, .. } = draft;
    let mut total = region.cover.clone();
    for zone in &zones {
        zone.cover.onto(&mut total, sight.window, f32::max);
    }
    cast_shadow(order, sight, &total, light);
    let source = Source {
        picture: order.picture,
        cover: &total,
        worn: &region.worn,
        folds: how.folds,
        thick: how.thick,
        range: how.range,
    };
    let ground = Ground::of(sight, &source);
    let mut free = Plane::filled(total.width, total.height, 1.0);
    let mut pieces = Vec::new();
    for zone in zones.iter().rev() {
        let seen = zone.cover.each(|x, y, c| c * free.at(x - sight.window.x, y - sight.window.y));
        zone.cover.onto(&mut free, sight.window, |f, c| f * (1.0 - c));
        if let Some(cloth) = ground.piece(sight, &seen, &total, &region.worn, &shade) {
            pieces.push((cloth, zone.dye.clone(), zone.report));
        }
    }
    let shell = Piece { window: sight.window, cover: region.cover.zip(&free, |c, f| c * f) };
    let shell = ground.piece(sight, &shell, &total, &region.worn, &shade)?;
    pieces.push((shell, order.dye.clone(), None));
    pieces.reverse();
    Some(Made { pieces, cover: total, window: sight.window, skin: how.skin, place: how.place })
}

/// The shadow that a garment throws on the body and on what is worn below it, never on the head.
fn cast_shadow(order: &mut Order<'_>, sight: &Sight<'_>, cover: &Plane, light: &Light) {
    let scale = sight.body.scale;
    let (dx, dy) = ((-light.x * 0.9 * scale) as isize, (1.1 * scale) as isize);
    let soft = cover.blurred((0.75 * scale).max(0.8));
    let window = sight.window;
    let table = linear_table();
    let stride = order.picture.width() as usize;
    let raw = order.picture.as_mut();
    for y in 0..window.height {
        for x in 0..window.width {
            let shade = soft.clamped(x as isize - dx, y as isize - dy) * (1.0 - cover.at(x, y));
            if shade < 0.02 || sight.is(x, y, Label::Background) || sight.is(x, y, Label::Hair) {
                continue;
            }
            let p = sight.point(x, y);
            if sight.body.is_head(p.0, p.1) {
                continue;
            }
            let k = 1.0 - 0.42 * light.hardness.min(1.1) * shade;
            let i = ((y + window.y) * stride + x + window.x) * 3;
            for v in &mut raw[i..i + 3] {
                *v = order.encoder.byte(table[usize::from(*v)] * k);
            }
        }
    }
}

impl Made {
    /// Tells a parse what the picture shows now.
    pub(crate) fn tell(&self, parse: &mut Parse, label: Label) {
        let (fw, fh) = (parse.labels.width() as usize, parse.labels.height() as usize);
        let window = self.window;
        let empty = Plane::default();
        let layers = [
            (self.place.as_ref().unwrap_or(&empty), Label::Background),
            (self.skin.as_ref().unwrap_or(&empty), Label::Skin),
            (&self.cover, label),
        ];
        for (cover, label) in layers.iter().filter(|(c, _)| c.width > 0) {
            let raw = parse.labels.as_mut();
            for y in 0..window.height {
                for x in 0..window.width {
                    if cover.at(x, y) > 0.5 {
                        raw[(y + window.y) * fw + x + window.x] = *label as u8;
                    }
                }
            }
            let (w, h) = (parse.soft[0].width, parse.soft[0].height);
            let (kx, ky) = (fw as f32 / w as f32, fh as f32 / h as f32);
            for y in
                (window.y as f32 / ky) as usize..(((window.y + window.height) as f32 / ky) as usize).min(h)
            {
                for x in
                    (window.x as f32 / kx) as usize..(((window.x + window.width) as f32 / kx) as usize).min(w)
                {
                    let (px, py) = ((x as f32 + 0.5) * kx - 0.5, (y as f32 + 0.5) * ky - 0.5);
                    let c = cover.sample(px - window.x as f32, py - window.y as f32);
                    if c > 0.002 {
                        for (k, plane) in parse.soft.iter_mut().enumerate() {
                            let v = &mut plane.data[y * w + x];
                            *v = *v * (1.0 - c) + if k == *label as usize { c } else { 0.0 };
                        }
                    }
                }
            }
        }
    }
}

/// The part of the photo that a garment can reach: the person, and some room around.
fn window(order: &Order<'_>, room: f32) -> Window {
    let (w, h) = order.photo.pixels.dimensions();
    let b = order.parse.person;
    let whole = Window {
        x: b.left as usize,
        y: b.top as usize,
        width: b.width() as usize,
        height: b.height() as usize,
    };
    let Window { y, height, .. } = whole.grown((8.0 * order.body.scale) as usize, w as usize, h as usize);
    let Window { x, width, .. } = whole.grown((room * order.body.scale) as usize, w as usize, h as usize);
    Window { x, y, width, height }
}
