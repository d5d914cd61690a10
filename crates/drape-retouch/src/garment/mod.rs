//! Garments with a shape of their own: patterns laid on the body in the photo.
//!
//! The flow: `body` (a torso, arms and legs from the joints) -> `top`, `bottom` (where the cloth lies,
//! what is in front of it) -> `tailored`, `casual`, ... (the pattern: lapels, seams, pockets, folds as
//! heights in `relief`) -> `sewn` (the light that is on it) -> cloths for the painter.
//!
//! A large photo's garment is sewn on a reduced copy of it (`make`); what it changes beside itself is made
//! again in the photo (`change`), and the painter enlarges the cloth row by row.
//!
//! Whatever is not certain enough for a new shape keeps the worn one, and the report says why.

pub(crate) mod body;
mod bottom;
mod casual;
mod change;
mod draft;
mod finish;
mod folds;
mod hanbok;
mod jackets;
mod kinds;
mod light;
mod limb;
mod neckwear;
mod outline;
mod piece;
mod relief;
mod sewn;
mod sight;
mod tailored;
mod top;
mod trousers;
mod uncover;
mod wear;

use drape_core::photo::Photo;
use drape_core::report::Reason;
use drape_core::style::{Garment, GarmentKind};
use image::{RgbImage, imageops};

use self::body::Body;
use self::change::{Change, Onto};
pub(crate) use self::finish::{Below, Made};
pub(crate) use self::kinds::{MOST_LENGTHENED, Under, has_pattern, lengthened, under, usual_hem};
use self::kinds::{Pattern, pattern};
use self::light::Light;
use self::sight::Sight;
use crate::dye::Dye;
use crate::guided::Window;
use crate::paint::{Encoder, Variation};
use crate::parse::{Parse, WORKING_PIXELS};
use crate::zoom::Zoom;

/// What a garment is to become.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) garment: Garment,
    /// What is drawn in the opening of a jacket: the cloth of a top and its report.
    pub(crate) shirt: Option<(Dye, usize, GarmentKind)>,
    pub(crate) tie: Option<(Dye, usize, GarmentKind)>,
    /// Whether it is worn open over a top of the sentence.
    pub(crate) open: bool,
    /// Whether a full skirt from the chest is worn with it: a short jacket then.
    pub(crate) with_chima: bool,
    /// Whether it goes over a worn jacket, too.
    pub(crate) over_outer: bool,
    /// What is said if it turns out that the shape cannot be laid after all.
    pub(crate) otherwise: Vec<Reason>,
}

/// Above this many pixels of the person and the room around, a garment is sewn on a reduced copy: as many as
/// the parser tells apart in the whole photo.
const SEWN_PIXELS: usize = WORKING_PIXELS;

/// A photo, and what a garment in it is made of.
pub(crate) struct Order<'a> {
    /// The picture so far; what the new garment leaves bare is filled in it.
    pub(crate) picture: &'a mut RgbImage,
    /// The photo itself, once something was changed in the picture.
    pub(crate) photo: Option<&'a RgbImage>,
    /// What the picture so far shows.
    pub(crate) parse: &'a Parse,
    pub(crate) body: &'a Body,
    pub(crate) dye: &'a Dye,
    pub(crate) encoder: &'a Encoder,
    pub(crate) variation: Variation,
    /// What was changed in the picture.
    pub(crate) changes: Vec<Change>,
}

impl Order<'_> {
    /// Makes a change in the picture and keeps it in mind.
    fn change(&mut self, change: Change) {
        let Self { parse, body, encoder, .. } = *self;
        change.apply(self.picture, &Onto { zoom: self.zoom(), parse, body, encoder });
        self.changes.push(change);
    }

    /// That of the picture in itself.
    fn zoom(&self) -> Zoom {
        let (w, h) = self.picture.dimensions();
        Zoom::none((w as usize, h as usize))
    }
}

/// Makes a garment; none when the photo does not allow it. `photo` is the one that the light is read from.
pub(crate) fn make(order: &mut Order<'_>, photo: &Photo, shape: &Shape) -> Option<Made> {
    let light = Light::of(photo, order.parse, order.body);
    let reach = window(order, ROOM);
    let zoom = Zoom::to_fit(order.zoom().full(), reach.width * reach.height, SEWN_PIXELS);
    if zoom.is_none() { sew(order, shape, &light) } else { sew_reduced(order, shape, &light, zoom) }
}

/// Sews on a reduced copy, and makes the changes beside the garment in the picture itself.
fn sew_reduced(order: &mut Order<'_>, shape: &Shape, light: &Light, zoom: Zoom) -> Option<Made> {
    let mut picture = zoom.picture(order.picture);
    let photo = order.photo.map(|photo| zoom.picture(photo));
    let mut made = sew(
        &mut Order {
            picture: &mut picture,
            photo: photo.as_ref(),
            parse: &zoom.parse(order.parse),
            body: &order.body.reduced(zoom),
            changes: Vec::new(),
            ..*order
        },
        shape,
        light,
    )?;
    let onto = Onto { zoom, parse: order.parse, body: order.body, encoder: order.encoder };
    for change in &made.changes {
        change.apply(order.picture, &onto);
    }
    for (cloth, _, _) in &mut made.pieces {
        change::less_seen(&mut cloth.own, &picture, (cloth.x0, cloth.y0));
    }
    let Window { x, y, width, height } = zoom.window(made.window);
    let pixels =
        imageops::crop_imm(order.picture, x as u32, y as u32, width as u32, height as u32).to_image();
    Some(Made { zoom, below: Some(Below { x, y, pixels }), ..made })
}

fn sew(order: &mut Order<'_>, shape: &Shape, light: &Light) -> Option<Made> {
    let sight = Sight::new(order.parse, order.body, window(order, ROOM));
    let sight = if shape.garment.kind == GarmentKind::Scarf { sight.over_neckwear() } else { sight };
    match pattern(shape.garment.kind)? {
        Pattern::Skirt => wear::skirt(order, shape, &sight, light),
        Pattern::Chima => wear::chima(order, &sight, light),
        Pattern::Dress => wear::dress(order, shape, &sight, light),
        Pattern::Trousers => wear::trousers(order, shape, &sight, light),
        pattern @ (Pattern::Tie | Pattern::BowTie | Pattern::Scarf) => {
            wear::around_neck(order, &sight, light, pattern)
        }
        pattern => wear::top(order, shape, &sight, light, pattern),
    }
}

/// How far to the sides a garment can reach, cm.
const ROOM: f32 = 8.0;

/// The person and some room around: `room` centimetres to the sides.
fn window(order: &Order<'_>, room: f32) -> Window {
    let (w, h) = order.picture.dimensions();
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
