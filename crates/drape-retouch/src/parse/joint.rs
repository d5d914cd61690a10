//! Joints of the body and where the parser finds them.

use serde::{Deserialize, Serialize};

/// A joint or mark of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it; left and right are the person's own")]
pub enum Joint {
    Nose,
    LeftEar,
    RightEar,
    LeftShoulder,
    RightShoulder,
    LeftElbow,
    RightElbow,
    LeftWrist,
    RightWrist,
    LeftHip,
    RightHip,
    LeftKnee,
    RightKnee,
    LeftAnkle,
    RightAnkle,
}

impl Joint {
    /// All joints in the order of the network's output.
    pub const ALL: [Self; 15] = [
        Self::Nose,
        Self::LeftEar,
        Self::RightEar,
        Self::LeftShoulder,
        Self::RightShoulder,
        Self::LeftElbow,
        Self::RightElbow,
        Self::LeftWrist,
        Self::RightWrist,
        Self::LeftHip,
        Self::RightHip,
        Self::LeftKnee,
        Self::RightKnee,
        Self::LeftAnkle,
        Self::RightAnkle,
    ];
}

/// Where a joint is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Keypoint {
    /// Which joint.
    pub joint: Joint,
    /// Column in pixels of the upright photo.
    pub x: f32,
    /// Row in pixels of the upright photo.
    pub y: f32,
    /// 0..=1; see [`Keypoint::is_seen`] and [`Keypoint::is_sure`].
    pub confidence: f32,
}

/// From this confidence on a joint is worth a guess: prints and the waist of a dress follow it, where a wrong
/// place shows little and no joint at all shows more.
const GUESSED: f32 = 0.25;
/// From this confidence on a joint is more likely where the parser says than hidden or outside the photo.
const SEEN: f32 = 0.3;
/// From this confidence on the parser places a joint well enough to hang a garment from it.
const SURE: f32 = 0.35;

impl Keypoint {
    /// Whether the place of the joint is at least a guess, good enough to lay a print or divide a dress by.
    pub(crate) fn is_guessed(&self) -> bool {
        self.confidence >= GUESSED
    }

    /// Whether the photo shows the joint. Measures that have a fallback use it from here on.
    pub fn is_seen(&self) -> bool {
        self.confidence >= SEEN
    }

    /// Whether the joint is sure enough to hang a garment from it, or to tell the user that it is in the
    /// photo.
    pub fn is_sure(&self) -> bool {
        self.confidence >= SURE
    }
}
