//! A garment while it is sewn: its cloth, the relief of its surface, and zones of other cloth on it.

use super::outline::Curve;
use super::piece::Piece;
use super::relief::Relief;
use super::sight::{Sight, distance};
use super::top::Region;
use crate::parse::label::Label;
use crate::raster::geometry::Point;
use crate::raster::plane::{Plane, smoothstep};
use crate::recolour::dye::Dye;

/// A part of another cloth than the shell: shirt, tie, buttons.
pub(crate) struct Zone {
    /// How much of each pixel it covers.
    pub(crate) cover: Piece,
    pub(crate) dye: Dye,
    /// Number of the wish that it fulfils, where that is another one than the garment's own.
    pub(crate) wish: Option<usize>,
}

pub(crate) struct Draft<'a> {
    pub(crate) sight: &'a Sight<'a>,
    pub(crate) relief: Relief,
    pub(crate) region: Region,
    pub(crate) zones: Vec<Zone>,
    /// Where pieces may lie beside the region: on the person and a little around, nothing in front.
    reach: Piece,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(sight: &'a Sight<'a>, region: Region) -> Self {
        let relief = Relief::flat(sight.window, sight.body.scale);
        let person = sight.each(|x, y, _| {
            let label = sight.label(x, y);
            f32::from(u8::from(!Label::Background.is(label) && !Label::Hair.is(label)))
        });
        let edge = 0.7 * sight.body.scale;
        let near = distance(&person);
        let reach = near.zip(&sight.front, |d, f| smoothstep(edge + 0.75, edge - 0.75, d) * (1.0 - f));
        let reach = Piece { window: sight.window, cover: reach };
        Self { sight, relief, region, zones: Vec::new(), reach }
    }

    /// What cloth is made of: the zones, all of the cloth, and the part of it that is worn already.
    pub(crate) fn sewn(self) -> (&'a Sight<'a>, Vec<Zone>, Plane, Plane) {
        (self.sight, self.zones, self.region.cover, self.region.worn)
    }

    /// A curve drawn on the torso's pattern, in centimetres, as it lies in the photo.
    pub(crate) fn laid(&self, curve: Curve) -> Curve {
        curve.map(|(u, v)| self.sight.body.at(u, v))
    }

    /// The piece inside a closed curve on the pattern, without the parts that something in front hides.
    pub(crate) fn piece(&self, curve: Curve) -> Piece {
        let curve = self.laid(curve);
        let window = curve.window(self.sight.window, 1.0);
        Piece { window, cover: curve.inside(window) }.on(&self.reach)
    }

    /// A line along a curve (in the photo), where the garment is; `width` in pixels.
    pub(crate) fn line(&self, curve: &Curve, width: f32) -> Piece {
        let window = curve.window(self.sight.window, width + 2.0);
        self.on_cloth(&Piece { window, cover: curve.stroke(window, width) })
    }

    /// The same on both sides.
    pub(crate) fn pair(&self, curve: &Curve) -> [Piece; 2] {
        [-1.0, 1.0].map(|s| self.piece(curve.clone().map(|(u, v)| (s * u, v))))
    }

    /// A plane over the whole window as a piece.
    pub(crate) fn whole(&self, cover: Plane) -> Piece {
        Piece { window: self.sight.window, cover }
    }

    /// All of the garment's cloth.
    pub(crate) fn cloth(&self) -> Piece {
        self.whole(self.region.cover.clone())
    }

    /// Cloth where there was none of the region: a collar on the neck.
    pub(crate) fn extend(&mut self, piece: &Piece) {
        piece.onto(&mut self.region.cover, self.sight.window, f32::max);
    }

    /// Cuts an opening, in which the worn clothes stay visible.
    pub(crate) fn open(&mut self, piece: &Piece) {
        let window = self.sight.window;
        piece.onto(&mut self.region.cover, window, |c, p| c * (1.0 - p));
        piece.onto(&mut self.region.worn, window, |c, p| c * (1.0 - p));
    }

    /// Takes an opening out of the garment and of all that is on it.
    pub(crate) fn part(&mut self, piece: &Piece) {
        self.open(piece);
        for zone in &mut self.zones {
            zone.cover = zone.cover.without(piece);
        }
    }

    /// A seam: a groove with a faint stitch line's width.
    pub(crate) fn seam(&mut self, points: &[Point], depth: f32) {
        let curve = self.laid(Curve::through(points));
        self.relief.groove(&curve, 0.35, depth);
    }

    /// A seam on both sides.
    pub(crate) fn seams(&mut self, points: &[Point], depth: f32) {
        for s in [-1.0, 1.0] {
            let side: Vec<Point> = points.iter().map(|p| (s * p.0, p.1)).collect();
            self.seam(&side, depth);
        }
    }

    /// A round button: a raised disc with a rim and a shadow of its own.
    pub(crate) fn button(&mut self, at: Point, radius: f32, dye: &Dye) {
        let disc = self.piece(circle(at, radius));
        let inner = self.piece(circle(at, radius * 0.62));
        self.relief.raise(&disc, 0.28, 0.1);
        self.relief.raise(&inner, -0.08, 0.1);
        self.zone(disc, dye.clone(), None);
    }

    pub(crate) fn zone(&mut self, cover: Piece, dye: Dye, wish: Option<usize>) {
        self.zones.push(Zone { cover, dye, wish });
    }

    /// A part of another cloth that also lies where there was none of the garment.
    pub(crate) fn extend_zone(&mut self, cover: Piece, dye: Dye, wish: Option<usize>) {
        self.extend(&cover);
        self.zone(cover, dye, wish);
    }

    /// A piece only where the garment itself is.
    pub(crate) fn on_cloth(&self, piece: &Piece) -> Piece {
        let window = self.sight.window;
        piece.each(|x, y, c| c * self.region.cover.at(x - window.x, y - window.y))
    }
}

/// A circle on the pattern.
pub(crate) fn circle((u, v): Point, radius: f32) -> Curve {
    let points = (0..20).map(|k| {
        let a = k as f32 / 20.0 * std::f32::consts::TAU;
        (u + radius * a.cos(), v + radius * a.sin())
    });
    Curve { points: points.collect() }
}

/// A four-cornered piece on the pattern.
pub(crate) fn quad(a: Point, b: Point, c: Point, d: Point) -> Curve {
    Curve::from(a).to(b).to(c).to(d)
}
