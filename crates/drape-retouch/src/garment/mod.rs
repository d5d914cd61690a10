//! Garments with a shape of their own: patterns laid on the body in the photo.
//!
//! The border: [`make`] takes an [`Order`] (the picture so far, its parse, the body, the look
//! of the cloth), the photo and a [`Shape`] (the wish, and the garments seen in its opening).
//! It gives back [`Made`]: pieces of cloth for the painter, their cover, and a method that
//! updates the parse. In between it writes only bared skin, bared background and shadows into the picture. It
//! gives back `None` when pose or photo are not clear enough for a new shape; the worn shape then stays. The
//! plan also asks `body` whether a body is clear at all, and `measures` for hems and openings. No other file
//! of the folder is used from outside.
//!
//! The flow: `lay` lays each kind of garment on the body. `top`, `bottom` and `trousers` find its region,
//! `uncover` and `limb` fill the areas that it bares, `tailored`, `casual`, `jackets`, `hanbok` and
//! `neckwear` draw the pattern as heights in a `relief`, `sewn` finds the light on it, and `finish` cuts it
//! into cloths.
//!
//! In a large photo a garment is sewn on a reduced copy; the changes outside it (`change`) are then repeated
//! in the photo, and the painter enlarges the cloth row by row.

pub(crate) mod body;
mod bottom;
mod casual;
mod change;
mod draft;
pub(crate) mod finish;
mod folds;
mod hanbok;
mod jackets;
mod lay;
mod light;
mod limb;
pub(crate) mod measures;
mod neckwear;
pub(crate) mod order;
mod outline;
mod parts;
mod piece;
mod relief;
mod sewn;
mod sight;
mod tailored;
mod top;
mod trousers;
mod uncover;

use drape_core::photo::Photo;
use drape_core::style::{GarmentKind, SewingPattern as Pattern};
use image::imageops;

use self::change::Onto;
use self::finish::{Made, SewnPiece};
use self::light::Light;
use self::order::{Order, Shape, window};
use self::sight::Sight;
use crate::parse::labelled::WORKING_PIXELS;
use crate::raster::patch::Patch;
use crate::raster::window::Window;
use crate::raster::zoom::Zoom;

/// Above this many pixels of the person and the room around, a garment is sewn on a reduced copy: as many as
/// the parser tells apart in the whole photo.
const SEWN_PIXELS: usize = WORKING_PIXELS;

/// Makes a garment; `None` when the photo does not allow it. `photo` is where the direction of the light is
/// read.
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
            parse: &order.parse.reduced(zoom),
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
    for SewnPiece { cloth, .. } in &mut made.pieces {
        change::less_seen(&mut cloth.own, &picture, (cloth.x0, cloth.y0));
    }
    let Window { x, y, width, height } = zoom.window(made.window);
    let pixels =
        imageops::crop_imm(order.picture, x as u32, y as u32, width as u32, height as u32).to_image();
    Some(Made { zoom, below: Some(Patch { x, y, pixels }), ..made })
}

fn sew(order: &mut Order<'_>, shape: &Shape, light: &Light) -> Option<Made> {
    let sight = Sight::new(order.parse, order.body, window(order, ROOM));
    let sight = if shape.garment.kind == GarmentKind::Scarf { sight.over_neckwear() } else { sight };
    match shape.garment.kind.facts().sewn_as? {
        Pattern::Skirt => lay::skirt(order, shape, &sight, light),
        Pattern::Chima => lay::chima(order, &sight, light),
        Pattern::Dress => lay::dress(order, shape, &sight, light),
        Pattern::Trousers => lay::trousers(order, shape, &sight, light),
        pattern @ (Pattern::Tie | Pattern::BowTie | Pattern::Scarf) => {
            lay::around_neck(order, &sight, light, pattern)
        }
        pattern => lay::top(order, shape, &sight, light, pattern),
    }
}

/// How far to the sides a garment can reach, cm.
const ROOM: f32 = 8.0;
