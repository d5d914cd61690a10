//! Coordinates of the cloth at a pixel: centimetres across and along torso, sleeve or leg.
//!
//! A pattern drawn in these coordinates turns with the arms and legs, closes up towards the sides
//! of the body as on a cylinder, and has the scale of real cloth.

use drape_core::style::Slot;

use crate::parse::joint::Joint;
use crate::parse::labelled::Parse;
use crate::raster::geometry::{Point, dot, length, middle, minus};

/// Position on the cloth in centimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Uv {
    /// Across: around the body, arm or leg.
    pub(crate) u: f32,
    /// Along: from shoulder or hip outwards.
    pub(crate) v: f32,
}

/// A bent tube: an arm or a leg.
struct Limb {
    points: Vec<Point>,
    /// Half its width in pixels.
    radius: f32,
}

/// The body in the photo, in pixels of the full photo.
pub(crate) struct Frame {
    /// Pixels per centimetre.
    pub(crate) scale: f32,
    origin: Point,
    /// Unit vector down the torso.
    down: Point,
    torso_radius: f32,
    limbs: Vec<Limb>,
}

impl Frame {
    /// The frame for garments of a slot; `fallback` is the garment's bounds (left, top, width,
    /// height in pixels) for photos whose joints are not visible.
    pub(crate) fn of(parse: &Parse, slot: Slot, fallback: (f32, f32, f32, f32)) -> Self {
        let joint = |j: Joint| parse.guessed_joint(j);
        let pair = |a: Joint, b: Joint| joint(a).zip(joint(b));
        let shoulders = pair(Joint::LeftShoulder, Joint::RightShoulder);
        let hips = pair(Joint::LeftHip, Joint::RightHip);
        let across = shoulders.map_or(0.0, |(a, b)| length(minus(a, b)));
        let torso =
            shoulders.zip(hips).map_or(0.0, |(s, h)| length(minus(middle(s.0, s.1), middle(h.0, h.1))));
        // Distances between joints of a grown person: shoulders 35 cm, shoulders to hips 50 cm. The
        // larger of the two scales is the one less foreshortened.
        let (left, top, width, height) = fallback;
        let scale = (across / 35.0).max(torso / 50.0);
        let scale = if scale > 0.2 { scale } else { (width.min(height) / 45.0).max(0.5) };
        let origin = match (slot, shoulders, hips) {
            (Slot::Trousers | Slot::Skirt | Slot::Legwear, _, Some((a, b))) => middle(a, b),
            (_, Some((a, b)), _) => middle(a, b),
            _ => (left + width / 2.0, top),
        };
        let down = match (shoulders, hips) {
            (Some((a, b)), Some((c, d))) => minus(middle(c, d), middle(a, b)),
            (Some((a, b)), None) => {
                // At right angles to the shoulders, pointing down.
                let (dx, dy) = minus(a, b);
                if dx > 0.0 { (-dy, dx) } else { (dy, -dx) }
            }
            _ => (0.0, 1.0),
        };
        let n = length(down).max(1e-3);
        let down = (down.0 / n, down.1 / n);
        // A torso axis cannot describe a person who lies down or bows.
        let down = if down.1 > 0.5 { down } else { (0.0, 1.0) };
        let arm = |a, b, c| limb([joint(a), joint(b), joint(c)], 6.2 * scale);
        let leg = |a, b, c| limb([joint(a), joint(b), joint(c)], 10.0 * scale);
        let limbs = match slot {
            Slot::Upper | Slot::Outer | Slot::Dress => vec![
                arm(Joint::LeftShoulder, Joint::LeftElbow, Joint::LeftWrist),
                arm(Joint::RightShoulder, Joint::RightElbow, Joint::RightWrist),
            ],
            Slot::Trousers | Slot::Legwear => vec![
                leg(Joint::LeftHip, Joint::LeftKnee, Joint::LeftAnkle),
                leg(Joint::RightHip, Joint::RightKnee, Joint::RightAnkle),
            ],
            _ => Vec::new(),
        };
        let torso_radius = match slot {
            Slot::Skirt => 24.0,
            _ => 19.0,
        } * scale;
        Self { scale, origin, down, torso_radius, limbs: limbs.into_iter().flatten().collect() }
    }

    /// The cloth position of a pixel of the full photo.
    pub(crate) fn uv(&self, x: f32, y: f32) -> Uv {
        let p = (x, y);
        let from = minus(p, self.origin);
        let along = dot(from, self.down);
        let across = dot(from, (self.down.1, -self.down.0));
        let (mut part, mut score) = (None, across.abs() / (self.torso_radius * 0.92));
        for (i, limb) in self.limbs.iter().enumerate() {
            let (distance, v) = limb.at(p);
            let s = distance.abs() / limb.radius;
            if s < score {
                (part, score) = (Some((i, distance, v)), s);
            }
        }
        match part {
            Some((i, distance, v)) => {
                let limb = &self.limbs[i];
                Uv {
                    u: around(distance, limb.radius) / self.scale + 40.0 * (i + 1) as f32,
                    v: v / self.scale,
                }
            }
            None => Uv { u: around(across, self.torso_radius) / self.scale, v: along / self.scale },
        }
    }
}

/// Arc length around a cylinder of this radius at a distance from its axis in the picture; beyond
/// the cylinder's edge, where cloth stands off, straight on.
fn around(distance: f32, radius: f32) -> f32 {
    let t = (distance.abs() / radius).min(0.9);
    let rest = (distance.abs() - 0.9 * radius).max(0.0);
    (radius * t.asin() + rest * 2.0).copysign(distance)
}

/// A limb through the joints that were found, in order; `None` with fewer than two.
fn limb(joints: [Option<Point>; 3], radius: f32) -> Option<Limb> {
    let points: Vec<Point> = joints.into_iter().map_while(|j| j).collect();
    (points.len() >= 2).then_some(Limb { points, radius })
}

impl Limb {
    /// Signed distance from the middle line, and length along it, both in pixels. The line goes on
    /// beyond its ends: cuffs and hems reach past wrist and ankle, and around the first joint the
    /// cloth of the shoulder is cut like the sleeve, not in circles.
    fn at(&self, p: Point) -> (f32, f32) {
        let mut best = (f32::MAX, 0.0, 0.0);
        let mut before = 0.0;
        let last = self.points.len() - 2;
        for (i, pair) in self.points.windows(2).enumerate() {
            let piece = minus(pair[1], pair[0]);
            let n = length(piece).max(1e-3);
            let t = (piece.0 / n, piece.1 / n);
            let from = minus(p, pair[0]);
            let along = dot(from, t).max(if i == 0 { -1.3 * self.radius } else { 0.0 });
            let along = if i == last { along.min(n * 1.6) } else { along.min(n) };
            let off = minus(from, (t.0 * along, t.1 * along));
            let distance = length(off);
            if distance < best.0 {
                let side = dot(from, (t.1, -t.0));
                best = (distance, side.signum(), before + along);
            }
            before += n;
        }
        (best.0 * best.1, best.2)
    }
}
