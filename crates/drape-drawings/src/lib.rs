//! Pictures of garments, drawn by the project: a flat garment on a quiet ground as an SVG file.
//!
//! The files hold no scripts, references or style attributes, so that a strict content security
//! policy lets them be shown. The same garment always gives the same bytes.

mod accessories;
mod dresses;
mod fabric;
mod feet;
mod hanbok;
mod jewellery;
mod outers;
mod outfit;
mod path;
mod sketch;
mod skirts;
mod tailored;
mod tones;
mod torso;
mod trousers;
mod uppers;

use drape_core::style::{Garment, GarmentKind, Slot};

use self::path::{Bounds, short};
use self::sketch::Sketch;
use self::tones::Tones;
use crate::product::Product;

/// A product as an SVG file of 400 x 480.
pub fn product(product: &Product) -> String {
    garment(&product.garment())
}

/// A garment as an SVG file of 400 x 480; what has no colour gets the one its kind usually has.
pub fn garment(garment: &Garment) -> String {
    let frame = Frame { left: 36.0, top: 36.0, width: 328.0, height: 404.0, most: most(garment.kind) };
    let drawn = placed(garment, "", &frame);
    file(400, 480, &drawn)
}

/// An outfit laid flat, as an SVG file of 480 x 480: up to five garments, the largest first.
pub fn outfit(garments: &[Garment]) -> String {
    let drawn: String = outfit::arrange(garments)
        .iter()
        .enumerate()
        .map(|(k, (garment, frame))| placed(garment, &format!("g{k}"), frame))
        .collect();
    file(480, 480, &drawn)
}

/// Where a garment goes on a sheet.
struct Frame {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
    /// The most it is enlarged.
    most: f32,
}

/// How much a kind may be enlarged to fill a sheet of its own: small things stay small.
fn most(kind: GarmentKind) -> f32 {
    use GarmentKind as K;
    match kind {
        K::Shorts | K::DenimShorts | K::MiniSkirt | K::TennisSkirt => 1.25,
        K::BowTie | K::Glasses | K::Sunglasses | K::Cap | K::Hat | K::Beret => 1.08,
        K::Ring | K::Earrings | K::Brooch => 0.86,
        K::Beanie | K::Bracelet | K::Socks | K::Handbag => 1.0,
        _ => 1.12,
    }
}

/// A garment fitted into a frame, with its shadow.
fn placed(garment: &Garment, prefix: &str, frame: &Frame) -> String {
    let tones = Tones::of(garment);
    let mut sketch = Sketch::new(&tones, prefix);
    draw(&mut sketch);
    let (drawn, bounds) = sketch.finish();
    let Bounds { left, top, right, bottom } = bounds;
    let scale = (frame.width / (right - left)).min(frame.height / (bottom - top)).min(frame.most);
    let x = frame.left + frame.width / 2.0 - (left + right) / 2.0 * scale;
    let y = frame.top + frame.height / 2.0 - (top + bottom) / 2.0 * scale;
    let scale = (scale * 1000.0).round() / 1000.0;
    format!(
        r#"<g filter="url(#shadow)"><g transform="translate({} {}) scale({scale})">{drawn}</g></g>"#,
        short(x),
        short(y)
    )
}

fn draw(sketch: &mut Sketch<'_>) {
    use GarmentKind as K;
    let kind = sketch.tones.kind;
    match kind.slot() {
        Slot::Upper => uppers::draw(sketch),
        Slot::Outer => match kind {
            K::Blazer
            | K::SuitJacket
            | K::Coat
            | K::Overcoat
            | K::TrenchCoat
            | K::Waistcoat
            | K::Robe
            | K::Cape => {
                tailored::draw(sketch);
            }
            _ => outers::draw(sketch),
        },
        Slot::Trousers => trousers::draw(sketch),
        Slot::Skirt => skirts::draw(sketch),
        Slot::Dress => dresses::draw(sketch),
        Slot::Footwear => feet::shoes(sketch),
        Slot::Legwear => feet::legwear(sketch),
        Slot::Accessory => accessories::draw(sketch),
    }
}

/// The sheet: a quiet ground, lit from above.
fn file(width: u16, height: u16, drawn: &str) -> String {
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"><defs><radialGradient id="sheet" cx="0.5" cy="0.42" r="0.75"><stop offset="0" stop-color="#f9f7f3"/><stop offset="0.6" stop-color="#f3f0ea"/><stop offset="1" stop-color="#e8e3da"/></radialGradient><filter id="shadow" x="-0.3" y="-0.3" width="1.6" height="1.7"><feDropShadow dx="3" dy="7" stdDeviation="7" flood-color="#4a3f36" flood-opacity="0.26"/></filter></defs><rect width="{width}" height="{height}" fill="url(#sheet)"/>{drawn}</svg>"##
    )
}
