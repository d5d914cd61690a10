//! Where on the body the waist is, and which accessories sit where.

use super::joint::Joint;
use super::labelled::Parse;
use crate::raster::components::Extent;

/// The row, in the working picture, where a dress is divided: between ribs and hips.
pub(crate) fn waist_row(parse: &Parse) -> f32 {
    let scale = parse.working_size().1 as f32 / parse.labels.height() as f32;
    let mean = |a: Joint, b: Joint| match (parse.guessed_joint(a), parse.guessed_joint(b)) {
        (Some(p), Some(q)) => Some((p.1 + q.1) / 2.0),
        (Some(p), None) | (None, Some(p)) => Some(p.1),
        (None, None) => None,
    };
    let shoulders = mean(Joint::LeftShoulder, Joint::RightShoulder);
    let hips = mean(Joint::LeftHip, Joint::RightHip);
    let row = match (shoulders, hips) {
        (Some(s), Some(h)) => s + 0.72 * (h - s),
        // Proportions of a standing adult where the joints are not visible.
        _ => parse.person.top as f32 + 0.40 * parse.person.height() as f32,
    };
    row * scale
}

/// Whether a thing of this extent (in the working picture) sits where accessories of the band do. In a
/// portrait the band of bags covers the face, so a thing that is not worn on the head must begin below the
/// nose.
pub(crate) fn in_band(parse: &Parse, band: (f32, f32), extent: &Extent) -> bool {
    let scale = parse.working_size().1 as f32 / parse.labels.height() as f32;
    let (top, tall) = (parse.person.top as f32 * scale, parse.person.height() as f32 * scale);
    let centre = (extent.y0 + extent.y1) as f32 / 2.0;
    let share = (centre - top) / tall;
    let nose = parse.joint(Joint::Nose).map(|p| p.1 * scale);
    let beside_face =
        nose.is_some_and(|nose| if band.0 > 0.0 { (extent.y0 as f32) < nose } else { centre > nose });
    share >= band.0 && share < band.1 && !beside_face
}
