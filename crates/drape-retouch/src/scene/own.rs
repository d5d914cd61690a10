//! The photo's own background, softly out of focus.

use super::canvas::{Canvas, times};
use super::floor::Floor;
use super::matte::Matte;
use super::place::Drawn;
use super::shot::Shot;

/// The old place through a wider lens. The person's area is filled from its surroundings, so that the person
/// leaves no halo; the ground stays sharp at the feet.
pub(super) fn soften(shot: Shot, matte: &Matte<'_>) -> Drawn {
    let behind = &matte.behind;
    // The photo gives no depth; most of a background is far away, so count all above the horizon as far.
    let shot = Shot { blur: shot.blur * 1.15, ..shot };
    let at = |x: f32, y: f32| {
        let c = behind.sample(x - 0.5, y - 0.5);
        [c[0], c[1], c[2]]
    };
    let canvas = Canvas::shaded(shot, |x, y| {
        // Photos clip lights at white; without a boost their discs would be grey.
        let c = at(x, y);
        let white = c.iter().fold(f32::MAX, |m, v| m.min(*v));
        let far = if shot.stands && y > shot.horizon {
            let t = (y - shot.horizon) / (shot.feet - shot.horizon);
            shot.distance / t.max(1e-3)
        } else {
            f32::MAX
        };
        (times(c, 1.0 + 0.5 * ((white - 0.88) / 0.12).clamp(0.0, 1.0)), far)
    });
    Drawn { canvas: canvas.through_lens(), floor: Floor::Smooth, shade: None, cast: None }
}
