//! The sheet of paper: garments fitted into frames, on a quiet ground that is lit from above.

use drape_core::style::{Garment, GarmentKind, Slot};

use crate::path::{Bounds, short};
use crate::sketch::Sketch;
use crate::tones::Tones;
use crate::{accessories, dresses, feet, outers, skirts, tailored, trousers, uppers};

/// Where a garment goes on a sheet.
pub(crate) struct Frame {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
    /// The most it is enlarged.
    pub(crate) most: f32,
}

/// How much a kind may be enlarged to fill a sheet of its own: small things stay small.
pub(crate) fn most(kind: GarmentKind) -> f32 {
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
pub(crate) fn placed(garment: &Garment, prefix: &str, frame: &Frame) -> String {
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

/// Draws a garment onto its sketch.
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

/// The light on the paper, from above.
const LIGHT: &str = concat!(
    r#"<radialGradient id="sheet" cx="0.5" cy="0.42" r="0.75">"#,
    r##"<stop offset="0" stop-color="#f9f7f3"/>"##,
    r##"<stop offset="0.6" stop-color="#f3f0ea"/>"##,
    r##"<stop offset="1" stop-color="#e8e3da"/>"##,
    "</radialGradient>",
);

/// The shadow of each garment.
const SHADOW: &str = concat!(
    r#"<filter id="shadow" x="-0.3" y="-0.3" width="1.6" height="1.7">"#,
    r##"<feDropShadow dx="3" dy="7" stdDeviation="7" flood-color="#4a3f36" flood-opacity="0.26"/>"##,
    "</filter>",
);

/// A whole SVG file around a drawing.
pub(crate) fn file(width: u16, height: u16, drawn: &str) -> String {
    let size = format!(r#"viewBox="0 0 {width} {height}" width="{width}" height="{height}""#);
    let ground = format!(r##"<rect width="{width}" height="{height}" fill="url(#sheet)"/>"##);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" {size}><defs>{LIGHT}{SHADOW}</defs>{ground}{drawn}</svg>"#
    )
}
