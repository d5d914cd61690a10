//! The input of the folder: the shape of a garment, and the picture it is sewn into.

use drape_core::style::{Garment, GarmentKind};
use image::RgbImage;

use super::body::Body;
use super::change::{Change, Onto};
use crate::parse::labelled::Parse;
use crate::raster::srgb::Encoder;
use crate::raster::window::Window;
use crate::raster::zoom::Zoom;
use crate::recolour::dye::Dye;
use crate::recolour::variation::Variation;

/// The garment to draw.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) garment: Garment,
    /// A top that is drawn in the opening of a jacket, and a tie on it.
    pub(crate) shirt: Option<Inner>,
    pub(crate) tie: Option<Inner>,
    /// Whether it is worn open over a top of the sentence.
    pub(crate) open: bool,
    /// Whether a full skirt from the chest is worn with it: a short jacket then.
    pub(crate) with_chima: bool,
    /// Whether it goes over a worn jacket, too.
    pub(crate) over_outer: bool,
}

/// A garment that is seen in the opening of another one.
#[derive(Debug, Clone)]
pub(crate) struct Inner {
    pub(crate) kind: GarmentKind,
    pub(crate) dye: Dye,
    /// Number of the wish that it fulfils.
    pub(crate) wish: usize,
}

/// The picture that a garment is sewn into, and its look.
pub(crate) struct Order<'a> {
    /// The picture so far, in which bared skin and background are filled in.
    pub(crate) picture: &'a mut RgbImage,
    /// The photo itself, if the picture already differs from it.
    pub(crate) photo: Option<&'a RgbImage>,
    /// The parse of the picture so far.
    pub(crate) parse: &'a Parse,
    pub(crate) body: &'a Body,
    pub(crate) dye: &'a Dye,
    pub(crate) encoder: &'a Encoder,
    pub(crate) variation: Variation,
    /// The changes made in the picture.
    pub(crate) changes: Vec<Change>,
}

impl Order<'_> {
    /// Makes a change in the picture and records it.
    pub(super) fn change(&mut self, change: Change) {
        let Self { parse, body, encoder, .. } = *self;
        change.apply(self.picture, &Onto { zoom: self.zoom(), parse, body, encoder });
        self.changes.push(change);
    }

    /// The picture as its own copy.
    pub(super) fn zoom(&self) -> Zoom {
        let (w, h) = self.picture.dimensions();
        Zoom::none((w as usize, h as usize))
    }
}

/// The person and some room around: `room` centimetres to the sides.
pub(super) fn window(order: &Order<'_>, room: f32) -> Window {
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
