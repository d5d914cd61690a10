//! The sheet that a garment is drawn on: pieces of cloth with their pattern, weave and shading;
//! trims, seams, stitches, folds and buttons.

use std::fmt::Write;

use crate::materials;
use crate::path::{Bounds, bounds, mirror, short, tapered};
use crate::patterns;
use crate::tile::Tile;
use crate::tones::Tones;

/// How the pattern lies on a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lay {
    /// Upright.
    Straight,
    /// Turned with a sleeve or leg on the right.
    Right,
    /// Turned with a sleeve or leg on the left.
    Left,
}

/// Attributes of lines with round ends and corners.
const ROUND: &str = r#"stroke-linecap="round" stroke-linejoin="round""#;

/// A drawing of a garment in progress.
pub(crate) struct Sketch<'a> {
    pub(crate) tones: &'a Tones,
    /// Prefix of every id, so that several drawings fit into one file.
    prefix: String,
    out: String,
    clips: usize,
    bounds: Bounds,
}

impl<'a> Sketch<'a> {
    pub(crate) fn new(tones: &'a Tones, prefix: &str) -> Self {
        Self { tones, prefix: prefix.to_owned(), out: String::new(), clips: 0, bounds: Bounds::NONE }
    }

    /// The finished drawing, and the box around it.
    pub(crate) fn finish(self) -> (String, Bounds) {
        (format!("<defs>{}</defs>{}", definitions(self.tones, &self.prefix), self.out), self.bounds)
    }

    pub(crate) fn grow(&mut self, d: &str) {
        let b = bounds(d);
        self.bounds.add((b.left, b.top));
        self.bounds.add((b.right, b.bottom));
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(text);
    }

    /// A piece of the garment's cloth.
    pub(crate) fn cloth(&mut self, d: &str) {
        self.piece(d, Lay::Straight);
    }

    /// The same piece on both sides, given as the right one.
    pub(crate) fn cloths(&mut self, right: &str) {
        self.piece(right, Lay::Right);
        self.piece(&mirror(right), Lay::Left);
    }

    /// A piece of cloth, its pattern laid by `lay`.
    pub(crate) fn piece(&mut self, d: &str, lay: Lay) {
        self.grow(d);
        let p = self.prefix.clone();
        let (ground, line) = (self.tones.ground.clone(), self.tones.line.clone());
        let opacity = materials::opacity(self.tones.material);
        let edge = r#"stroke-width="1.6" stroke-linejoin="round""#;
        self.put(format_args!(
            r#"<path d="{d}" fill="{ground}" fill-opacity="{opacity}" stroke="{line}" {edge}/>"#
        ));
        if self.tones.pattern.is_some() {
            let suffix = match lay {
                Lay::Straight => "",
                Lay::Right => "r",
                Lay::Left => "l",
            };
            self.put(format_args!(r#"<path d="{d}" fill="url(#{p}p{suffix})"/>"#));
        }
        self.films(d);
    }

    /// Weave, shading and gloss over a piece.
    fn films(&mut self, d: &str) {
        let p = self.prefix.clone();
        if self.tones.material.and_then(materials::weave).is_some() {
            self.put(format_args!(r#"<path d="{d}" fill="url(#{p}t)"/>"#));
        }
        self.put(format_args!(r#"<path d="{d}" fill="url(#{p}s)"/><path d="{d}" fill="url(#{p}v)"/>"#));
        if materials::gloss(self.tones.material) > 0.0 {
            self.put(format_args!(r#"<path d="{d}" fill="url(#{p}g)"/>"#));
        }
    }

    /// A piece of one flat tone with the shading of the cloth: soles, linings, hardware.
    pub(crate) fn trim(&mut self, d: &str, fill: &str) {
        self.grow(d);
        let p = self.prefix.clone();
        let line = self.tones.line.clone();
        let edge = r#"stroke-width="1.3" stroke-linejoin="round""#;
        self.put(format_args!(r#"<path d="{d}" fill="{fill}" stroke="{line}" {edge}/>"#));
        self.put(format_args!(r#"<path d="{d}" fill="url(#{p}s)"/>"#));
    }

    /// Trims on both sides, given as the right one.
    pub(crate) fn trims(&mut self, right: &str, fill: &str) {
        self.trim(right, fill);
        self.trim(&mirror(right), fill);
    }

    /// A flat shape without outline.
    pub(crate) fn shape(&mut self, d: &str, fill: &str, opacity: f32) {
        self.grow(d);
        self.put(format_args!(r#"<path d="{d}" fill="{fill}" fill-opacity="{opacity}"/>"#));
    }

    /// A line of any colour.
    pub(crate) fn stroke(&mut self, d: &str, colour: &str, width: f32) {
        self.grow(d);
        self.put(format_args!(
            r#"<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}" {ROUND}/>"#
        ));
    }

    /// A line with an outline, as a strap or a cord.
    pub(crate) fn strap(&mut self, d: &str, colour: &str, width: f32) {
        let line = self.tones.line.clone();
        self.stroke(d, &line, width + 2.4);
        self.stroke(d, colour, width);
    }

    /// A seam.
    pub(crate) fn seam(&mut self, d: &str) {
        let seam = self.tones.seam.clone();
        self.put(format_args!(
            r#"<path d="{d}" fill="none" stroke="{seam}" stroke-width="1.3" stroke-opacity="0.75" {ROUND}/>"#
        ));
    }

    /// Seams on both sides, given as the right one.
    pub(crate) fn seams(&mut self, right: &str) {
        self.seam(right);
        self.seam(&mirror(right));
    }

    /// A row of stitches.
    pub(crate) fn stitch(&mut self, d: &str) {
        let seam = self.tones.seam.clone();
        self.stitched(d, &seam);
    }

    /// A row of stitches in a colour.
    pub(crate) fn stitched(&mut self, d: &str, colour: &str) {
        let thread = r#"stroke-width="1.1" stroke-opacity="0.8" stroke-dasharray="4 2.6""#;
        self.put(format_args!(r#"<path d="{d}" fill="none" stroke="{colour}" {thread}/>"#));
    }

    /// Stitches on both sides, given as the right one.
    pub(crate) fn stitches(&mut self, right: &str) {
        self.stitch(right);
        self.stitch(&mirror(right));
    }

    /// A soft fold: a shadow with light beside it.
    pub(crate) fn fold(&mut self, d: &str, width: f32) {
        if let Some((shade, shine)) = tapered(d, width) {
            let (shadow, light) = (0.15 * self.tones.shadow, 0.17 * self.tones.light);
            self.put(format_args!(r##"<path d="{shade}" fill="#000" fill-opacity="{shadow:.2}"/>"##));
            self.put(format_args!(r##"<path d="{shine}" fill="#fff" fill-opacity="{light:.2}"/>"##));
            return;
        }
        let (beside, narrow) = (width * 0.8, width * 0.6);
        let (shadow, light) = (0.12 * self.tones.shadow, 0.13 * self.tones.light);
        let dark = format!(r##"stroke="#000" stroke-opacity="{shadow:.2}" stroke-width="{width}""##);
        let bright = format!(r##"stroke="#fff" stroke-opacity="{light:.2}" stroke-width="{narrow}""##);
        self.put(format_args!(r#"<path d="{d}" fill="none" {dark} stroke-linecap="round"/>"#));
        self.put(format_args!(
            r#"<path d="{d}" transform="translate({beside} 0)" fill="none" {bright} stroke-linecap="round"/>"#
        ));
    }

    /// Folds on both sides, given as the right one.
    pub(crate) fn folds(&mut self, right: &str, width: f32) {
        self.fold(right, width);
        self.fold(&mirror(right), width);
    }

    /// A disc with an outline.
    pub(crate) fn disc(&mut self, (x, y): (f32, f32), r: f32, fill: &str) {
        self.bounds.add((x - r, y - r));
        self.bounds.add((x + r, y + r));
        let (x, y) = (short(x), short(y));
        let line = self.tones.line.clone();
        self.put(format_args!(
            r#"<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}" stroke="{line}" stroke-width="0.9"/>"#
        ));
    }

    /// A button with its light and thread.
    pub(crate) fn button(&mut self, (x, y): (f32, f32), r: f32) {
        let fill = self.tones.button.clone();
        self.disc((x, y), r, &fill);
        let (x, y, h, rim) = (short(x), short(y), short(r * 0.35), short(r * 0.68));
        let light = r##"stroke="#fff" stroke-opacity="0.35" stroke-width="0.8""##;
        self.put(format_args!(r#"<circle cx="{x}" cy="{y}" r="{rim}" fill="none" {light}/>"#));
        for x in [x - h, x + h] {
            self.put(format_args!(r##"<circle cx="{x}" cy="{y}" r="0.7" fill="#000" fill-opacity="0.5"/>"##));
        }
    }

    /// A column of buttons.
    pub(crate) fn buttons(&mut self, x: f32, from: f32, to: f32, count: u8, r: f32) {
        for k in 0..count {
            let share = f32::from(k) / f32::from((count - 1).max(1));
            self.button((x, from + (to - from) * share), r);
        }
    }

    /// A band of ribs between two parallel lines: a darker tone and fine lines across.
    pub(crate) fn ribs(&mut self, outline: &str, lines: &str) {
        let dim = self.tones.dim.clone();
        self.trim(outline, &dim);
        let seam = self.tones.seam.clone();
        self.put(format_args!(
            r#"<path d="{lines}" fill="none" stroke="{seam}" stroke-opacity="0.5" stroke-width="1.1"/>"#
        ));
    }

    /// Draws only inside an outline until [`Self::unclip`].
    pub(crate) fn clip(&mut self, d: &str) {
        self.clips += 1;
        let (p, n) = (self.prefix.clone(), self.clips);
        self.put(format_args!(
            r#"<clipPath id="{p}c{n}"><path d="{d}"/></clipPath><g clip-path="url(#{p}c{n})">"#
        ));
    }

    pub(crate) fn unclip(&mut self) {
        self.put(format_args!("</g>"));
    }

    /// Draws with a transform until [`Self::unturn`]. The box of the drawing counts pieces where they are
    /// before the transform, so pieces that enlarge the box must be added with [`Self::grow`].
    pub(crate) fn turn(&mut self, transform: &str) {
        self.put(format_args!(r#"<g transform="{transform}">"#));
    }

    pub(crate) fn unturn(&mut self) {
        self.put(format_args!("</g>"));
    }

    /// A zip from top to bottom.
    pub(crate) fn zip(&mut self, x: f32, top: f32, bottom: f32) {
        let d = format!("M{x} {top}L{x} {bottom}");
        let line = self.tones.line.clone();
        self.stroke(&d, &line, 5.0);
        self.put(format_args!(
            r##"<path d="{d}" fill="none" stroke="#c9c6bf" stroke-width="3" stroke-dasharray="2.2 1.6"/>"##
        ));
        let pull = format!(
            "M{} {}L{} {}L{} {}L{} {}Z",
            x - 3.0,
            top + 6.0,
            x + 3.0,
            top + 6.0,
            x + 4.0,
            top + 22.0,
            x - 4.0,
            top + 22.0
        );
        self.trim(&pull, "#c9c6bf");
    }
}

/// Gradients and tiles of a garment.
fn definitions(tones: &Tones, p: &str) -> String {
    let k = tones.shadow;
    let (edge, near, low, mid) = (0.21 * k, 0.055 * k, 0.12 * k, 0.13 * tones.light);
    let [edge, near, low, mid] = [edge, near, low, mid].map(|opacity| format!("{opacity:.3}"));
    let across = [
        ("0", BLACK, &*edge),
        ("0.16", BLACK, &near),
        ("0.38", WHITE, &mid),
        ("0.62", WHITE, "0.02"),
        ("0.86", BLACK, &near),
        ("1", BLACK, &edge),
    ];
    let down = [("0", WHITE, "0.08"), ("0.5", BLACK, "0"), ("1", BLACK, &*low)];
    let mut defs = gradient(&format!("{p}s"), r#"x1="0" x2="1" y1="0" y2="0""#, &across)
        + &gradient(&format!("{p}v"), r#"x1="0" x2="0" y1="0" y2="1""#, &down);
    // On dark cloth the same light makes a harder edge.
    let gloss = materials::gloss(tones.material) * (0.4 + 0.6 * tones.light);
    if gloss > 0.0 {
        let [full, half] = [gloss, gloss * 0.55].map(|opacity| format!("{opacity:.3}"));
        let streaks = [
            ("0.05", WHITE, "0"),
            ("0.2", WHITE, &*half),
            ("0.3", WHITE, "0"),
            ("0.52", WHITE, &full),
            ("0.6", WHITE, "0.02"),
            ("0.78", WHITE, &half),
            ("0.92", WHITE, "0"),
        ];
        defs += &gradient(&format!("{p}g"), r#"x1="0" x2="1" y1="0.1" y2="0.6""#, &streaks);
    }
    if let Some(tile) = patterns::pattern(tones) {
        defs += &pattern(&format!("{p}p"), &tile, 0.0);
        // Repeating patterns turn with the sleeves; large prints do not.
        if tile.size.0 < 200.0 {
            defs += &pattern(&format!("{p}pr"), &tile, -14.0);
            defs += &pattern(&format!("{p}pl"), &tile, 14.0);
        } else {
            defs += &pattern(&format!("{p}pr"), &tile, 0.0);
            defs += &pattern(&format!("{p}pl"), &tile, 0.0);
        }
    }
    if let Some(tile) = tones.material.and_then(materials::weave) {
        defs += &pattern(&format!("{p}t"), &tile, 0.0);
    }
    defs
}

const BLACK: &str = "#000";
const WHITE: &str = "#fff";

/// A linear gradient between two points; each stop is its offset, colour and opacity.
fn gradient(id: &str, ends: &str, stops: &[(&str, &str, &str)]) -> String {
    let stops: String = stops
        .iter()
        .map(|(offset, colour, opacity)| {
            format!(r#"<stop offset="{offset}" stop-color="{colour}" stop-opacity="{opacity}"/>"#)
        })
        .collect();
    format!(r#"<linearGradient id="{id}" {ends}>{stops}</linearGradient>"#)
}

/// A tile as a pattern that SVG fills with.
fn pattern(id: &str, tile: &Tile, turn: f32) -> String {
    let (w, h) = tile.size;
    let turn = tile.turn + turn;
    let turned =
        if turn == 0.0 { String::new() } else { format!(r#" patternTransform="rotate({turn} 200 0)""#) };
    format!(
        r#"<pattern id="{id}" width="{w}" height="{h}" patternUnits="userSpaceOnUse"{turned}>{}</pattern>"#,
        tile.content
    )
}
