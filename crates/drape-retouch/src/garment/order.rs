//! What a garment is sewn from: its shape, the photo, the picture so far.

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

/// What a garment is to become.
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
    pub(super) fn change(&mut self, change: Change) {
        let Self { parse, body, encoder, .. } = *self;
        change.apply(self.picture, &Onto { zoom: self.zoom(), parse, body, encoder });
        self.changes.push(change);
    }

    /// That of the picture in itself.
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
