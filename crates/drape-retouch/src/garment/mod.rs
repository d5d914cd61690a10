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
mod finish;
mod folds;
mod hanbok;
mod jackets;
mod kinds;
mod light;
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
use drape_core::style::{Garment, GarmentKind};
use image::RgbImage;

use self::body::Body;
pub(crate) use self::finish::Made;
pub(crate) use self::kinds::has_pattern;
use self::kinds::{Pattern, pattern};
use self::light::Light;
use self::sight::Sight;
use crate::dye::Dye;
use crate::guided::Window;
use crate::paint::{Encoder, Variation};
use crate::parse::Parse;
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
    let window = window(order, 8.0);
    let sight = Sight::new(order.parse, order.body, window);
    let sight = if shape.garment.kind == GarmentKind::Scarf { sight.over_neckwear() } else { sight };
    let light = Light::of(order.photo, order.parse, order.body);
    match pattern(shape.garment.kind)? {
        Pattern::Skirt => wear::skirt(order, shape, &sight, &light),
        Pattern::Chima => wear::chima(order, &sight, &light),
        Pattern::Dress => wear::dress(order, shape, &sight, &light),
        Pattern::Trousers => wear::trousers(order, shape, &sight, &light),
        pattern @ (Pattern::Tie | Pattern::BowTie | Pattern::Scarf) => {
            wear::around_neck(order, &sight, &light, pattern)
        }
        pattern => wear::top(order, shape, &sight, &light, pattern),
    }
}

/// The person and some room around: `room` centimetres to the sides. 8 are what a garment can reach.
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
