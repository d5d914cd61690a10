//! The body under the clothes, as far as a garment needs it: a torso to lay a pattern on, arms and legs, and
//! the head, which is never covered.

use drape_core::style::Slot;

use crate::parse::joint::Joint;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::geometry::{Point, dot, length, middle, minus, plus, unit};
use crate::raster::zoom::Zoom;

/// Why a new shape cannot be laid on this body; the worn one stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Shoulders not found, turned away, lying, or too far from the camera's axis.
    Pose,
    /// Fewer than about two pixels a centimetre: details would be noise.
    Small,
}

/// An arm from shoulder to wrist, or a leg from hip to ankle; `None` where the photo ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limb {
    pub(crate) start: Point,
    pub(crate) middle: Option<Point>,
    pub(crate) end: Option<Point>,
}

/// A body facing the camera. Arrays hold the image's left side first, which is the person's right.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// Pixels per centimetre.
    pub(crate) scale: f32,
    /// The pit of the neck.
    pub(crate) pit: Point,
    /// Unit vectors: towards the image's right across the shoulders, and down the spine.
    pub(crate) across: Point,
    pub(crate) down: Point,
    /// Pixels per centimetre across, to either side of the middle: differ where the torso is turned.
    reach: [f32; 2],
    /// Pixels per centimetre along the torso.
    along: f32,
    /// Joints of the shoulders, centimetres to either side of the middle.
    pub(crate) shoulder: f32,
    pub(crate) arms: [Limb; 2],
    pub(crate) legs: [Limb; 2],
    /// Centimetres from the pit to the hip joints, along the torso.
    pub(crate) hip: f32,
    /// Centre of the head and its half axes, pixels.
    head: (Point, f32, f32),
    /// The lowest point of the chin.
    pub(crate) chin: Point,
    /// Confidence of the joints: of the upper body, and of hips, knees and ankles.
    sure: [f32; 2],
    /// How long the neck is seen to be, as a share of the pattern's: a head that is bent forward, or a
    /// camera from above, leaves less of it.
    neck: f32,
}

/// Half the distance between the shoulder joints of a grown person, cm.
const SHOULDER: f32 = 17.0;
/// From the line of the shoulder joints to that of the hip joints, cm.
const TORSO: f32 = 49.0;
/// The pit of the neck above the line of the shoulder joints, cm.
const PIT: f32 = 2.0;

impl Body {
    /// Finds the body in a parsed photo.
    pub(crate) fn of(parse: &Parse) -> Result<Self, Unfit> {
        let joint = |j: Joint| parse.sure_joint(j);
        let (Some(left), Some(right), Some(nose)) =
            (joint(Joint::RightShoulder), joint(Joint::LeftShoulder), joint(Joint::Nose))
        else {
            return Err(Unfit::Pose);
        };
        // In a person seen from behind the right shoulder is on the image's right.
        if right.0 - left.0 < 4.0 {
            return Err(Unfit::Pose);
        }
        let (wide, centre) = (length(minus(right, left)), middle(left, right));
        let hips = joint(Joint::RightHip).zip(joint(Joint::LeftHip));
        let torso = hips.map(|(a, b)| minus(middle(a, b), centre));
        let tall = torso.map_or(0.0, length);
        let scale = (wide / (2.0 * SHOULDER)).max(tall / TORSO);
        if scale < 1.6 {
            return Err(Unfit::Small);
        }
        let across = unit(minus(right, left));
        let upright = (-across.1, across.0);
        let down = torso.map_or(upright, unit);
        // Half way between the spine and the normal of the shoulders: cloth hangs from both.
        let down = unit(plus(down, upright, 1.0));
        let lean = across.1.abs().max(down.0.abs());
        // From the front, not bent over, not in profile.
        if lean > 0.42 || down.1 < 0.8 || wide < 0.46 * 2.0 * SHOULDER * scale || nose.1 > centre.1 {
            return Err(Unfit::Pose);
        }
        let along = if tall > 0.0 { (tall / TORSO).clamp(0.8 * scale, scale) } else { scale };
        let pit = plus(centre, down, -PIT * along);
        let ears = joint(Joint::LeftEar).zip(joint(Joint::RightEar));
        let face = ears.map_or(scale, |(a, b)| length(minus(a, b)) / 14.5).clamp(0.85 * scale, 1.2 * scale);
        let chin = (nose.0 * 0.7 + pit.0 * 0.3, nose.1 + 7.6 * face);
        // A turned torso shows its middle nearer to one shoulder; the chin is above it.
        let turn = (dot(minus(chin, centre), across) / wide).clamp(-0.16, 0.16) * 0.45;
        let pit = plus(pit, across, turn * wide);
        let side = |p: Point| (dot(minus(p, pit), across).abs() / SHOULDER).clamp(0.45 * scale, 1.15 * scale);
        let hip = TORSO + PIT;
        let guess = |s: f32| {
            let p = plus(pit, down, hip * along);
            plus(p, across, s * 9.5 * scale)
        };
        let arm = |a, b, c| Limb { start: a, middle: joint(b), end: joint(c) };
        let leg = |a: Option<Point>, s, b, c| Limb {
            start: a.unwrap_or(guess(s)),
            middle: joint(b),
            end: joint(c),
        };
        let mut legs = [
            leg(hips.map(|h| h.0), -1.0, Joint::RightKnee, Joint::RightAnkle),
            leg(hips.map(|h| h.1), 1.0, Joint::LeftKnee, Joint::LeftAnkle),
        ];
        // Joints of the network below the photo's edge are guesses.
        let bottom = parse.labels.height() as f32 * 0.995;
        for limb in &mut legs {
            limb.middle = limb.middle.filter(|p| p.1 < bottom);
            limb.end = limb.end.filter(|p| p.1 < bottom && limb.middle.is_some());
        }
        let neck = (dot(minus(pit, chin), down) / along / 10.5).clamp(0.45, 1.0);
        let mean = |joints: &[Joint]| {
            let found = parse.keypoints.iter().filter(|k| joints.contains(&k.joint)).map(|k| k.confidence);
            found.sum::<f32>() / joints.len() as f32
        };
        let sure = [
            mean(&[Joint::Nose, Joint::LeftShoulder, Joint::RightShoulder]),
            mean(&[Joint::LeftHip, Joint::RightHip, Joint::LeftKnee, Joint::RightKnee]),
        ];
        Ok(Self {
            neck,
            sure,
            scale,
            pit,
            across,
            down,
            reach: [side(left), side(right)],
            along,
            shoulder: SHOULDER,
            arms: [
                arm(left, Joint::RightElbow, Joint::RightWrist),
                arm(right, Joint::LeftElbow, Joint::LeftWrist),
            ],
            legs,
            hip,
            head: ((nose.0, nose.1 - 2.5 * face), 9.8 * face, 12.5 * face),
            chin,
        })
    }

    /// The same body in a reduced copy of the photo.
    #[must_use]
    pub(crate) fn reduced(&self, zoom: Zoom) -> Self {
        let (kx, ky) = zoom.factor();
        let k = (kx * ky).sqrt();
        let point = |p: Point| (p.0 / kx, p.1 / ky);
        let limb =
            |l: &Limb| Limb { start: point(l.start), middle: l.middle.map(point), end: l.end.map(point) };
        let (centre, rx, ry) = self.head;
        Self {
            scale: self.scale / k,
            pit: point(self.pit),
            reach: self.reach.map(|r| r / k),
            along: self.along / k,
            arms: self.arms.each_ref().map(limb),
            legs: self.legs.each_ref().map(limb),
            head: (point(centre), rx / k, ry / k),
            chin: point(self.chin),
            ..*self
        }
    }

    /// A point of the torso's pattern in the photo: `u` centimetres from the middle (to the image's
    /// right), `v` below the pit of the neck.
    pub(crate) fn at(&self, u: f32, v: f32) -> Point {
        let v = if v < 0.0 { v * self.neck } else { v };
        let p = plus(self.pit, self.down, v * self.along);
        plus(p, self.across, u * self.reach[usize::from(u > 0.0)])
    }

    /// Where on the torso's pattern a pixel lies: the inverse of [`Body::at`].
    pub(crate) fn uv(&self, x: f32, y: f32) -> (f32, f32) {
        let d = minus((x, y), self.pit);
        // `across` and `down` need not be square to each other.
        let det = self.across.0 * self.down.1 - self.across.1 * self.down.0;
        let u = (d.0 * self.down.1 - d.1 * self.down.0) / det;
        let v = (self.across.0 * d.1 - self.across.1 * d.0) / det;
        let v = v / self.along;
        (u / self.reach[usize::from(u > 0.0)], if v < 0.0 { v / self.neck } else { v })
    }

    /// How sure the joints are that a garment of this slot hangs from, 0..=1.
    pub(crate) fn certainty(&self, slot: Slot) -> f32 {
        match slot {
            Slot::Trousers | Slot::Skirt | Slot::Legwear => self.sure[1],
            Slot::Dress => self.sure[0].min(self.sure[1]),
            _ => self.sure[0],
        }
    }

    /// Whether a pixel belongs to the head, whose skin and hair are never covered.
    pub(crate) fn is_head(&self, x: f32, y: f32) -> bool {
        let ((cx, cy), rx, ry) = self.head;
        let inside = ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0;
        inside || y < self.chin.1 - 0.6 * self.scale && (x - cx).abs() < 1.4 * rx
    }

    /// Whether a pixel with this label stays as the photo has it, whatever is worn: hair, and skin of the
    /// head or a hand.
    pub(crate) fn keeps(&self, label: u8, p: Point) -> bool {
        let skin = Label::Skin.is(label);
        Label::Hair.is(label) || skin && (self.is_head(p.0, p.1) || self.is_hand(p))
    }

    /// Whether a pixel, if it is skin, is that of a hand.
    pub(crate) fn is_hand(&self, p: Point) -> bool {
        (0..2).any(|s| self.hand_distance(s, p).is_some_and(|d| d < 9.5))
    }

    /// Distance of a pixel from the hand on one side, in cm, if the wrist was found.
    pub(crate) fn hand_distance(&self, side: usize, p: Point) -> Option<f32> {
        let arm = &self.arms[side];
        let (elbow, wrist) = arm.middle.zip(arm.end)?;
        let ahead = unit(minus(wrist, elbow));
        let palm = plus(wrist, ahead, 7.0 * self.scale);
        Some(length(minus(p, palm)) / self.scale)
    }
}

/// One to three joints in a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joints([Point; 3], usize);

impl std::ops::Deref for Joints {
    type Target = [Point];

    fn deref(&self) -> &[Point] {
        &self.0[..self.1]
    }
}

impl Limb {
    /// The joints that were found, in order.
    #[inline]
    pub(crate) fn joints(&self) -> Joints {
        let middle = self.middle.unwrap_or(self.start);
        let n = match (self.middle, self.end) {
            (Some(_), Some(_)) => 3,
            (Some(_), None) => 2,
            _ => 1,
        };
        Joints([self.start, middle, self.end.unwrap_or(middle)], n)
    }

    /// Distance of a pixel from the limb's middle line, and how far along it lies, both in pixels; the
    /// last piece goes on beyond its end by `beyond`.
    #[inline]
    pub(crate) fn near(&self, p: Point, beyond: f32) -> (f32, f32) {
        let (d, along, _) = self.around(p, beyond);
        (d, along)
    }

    /// [`Limb::near`], and whether the pixel lies to the right of the line as it runs.
    #[inline]
    pub(crate) fn around(&self, p: Point, beyond: f32) -> (f32, f32, bool) {
        let joints = self.joints();
        let (mut best, mut before) = ((f32::MAX, 0.0, false), 0.0);
        let last = joints.len().saturating_sub(2);
        for (i, pair) in joints.windows(2).enumerate() {
            let piece = minus(pair[1], pair[0]);
            let n = length(piece).max(1e-3);
            let t = (piece.0 / n, piece.1 / n);
            let from = minus(p, pair[0]);
            let reach = if i == last { n + beyond } else { n };
            let along = dot(from, t).clamp(0.0, reach);
            let distance = length(plus(from, t, -along));
            if distance < best.0 {
                best = (distance, before + along, t.0 * from.1 - t.1 * from.0 < 0.0);
            }
            before += n;
        }
        best
    }

    /// Length of the pieces that were found, pixels.
    pub(crate) fn length(&self) -> f32 {
        self.joints().windows(2).map(|w| length(minus(w[1], w[0]))).sum()
    }
}
