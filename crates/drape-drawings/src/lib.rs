//! Pictures of garments: a flat garment, or an outfit laid flat, on a quiet ground as an SVG file.
//!
//! The input is the words that describe a [`Garment`] (kind, colour, pattern, material, length, sleeves, fit,
//! details); the output is the text of one SVG file. The files hold no scripts, references or style
//! attributes, so that a strict content security policy lets them be shown. The same garment always gives the
//! same bytes.
//!
//! `sheet` places garments on the paper, one by one or as `outfit` arranges them. A file per kind of garment
//! (`uppers`, `skirts`, `feet` ...) draws it on a `sketch`, which fills outlines with cloth from `patterns`
//! and `materials`; `tones` works out the colours.

mod accessories;
mod dresses;
mod feet;
mod hanbok;
mod jewellery;
mod materials;
mod outers;
mod outfit;
mod path;
mod patterns;
mod sheet;
mod sketch;
mod skirts;
mod tailored;
mod tile;
mod tones;
mod torso;
mod trousers;
mod uppers;

use drape_core::style::Garment;

use crate::sheet::{Frame, file, most, placed};

/// A garment as an SVG file of 400 x 480; one without a colour gets the colour that its kind usually has.
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
