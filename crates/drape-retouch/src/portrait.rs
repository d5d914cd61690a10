//! The head of the person in a photo, for engines that learn a face from it.

use drape_core::photo::Photo;
use image::RgbImage;

use crate::error::EngineError;
use crate::parse::joint::Joint;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::quality::suitable;

/// Least side of a head, in pixels: faces cannot be told apart in a smaller one.
const HEAD: u32 = 40;

/// A square picture of the person's head with room around it; `None` if no head of at least 40 pixels is
/// found. `parse`: the parse of `photo`.
pub fn portrait(parse: &Parse, photo: &Photo) -> Option<RgbImage> {
    // A photo without clothes will do: one of the face alone is best for this.
    if matches!(suitable(parse), Err(EngineError::NoPerson)) {
        return None;
    }
    let (nose_x, nose_y) = parse.joint(Joint::Nose)?;
    let (width, height) = photo.pixels.dimensions();
    let shoulders = [Joint::LeftShoulder, Joint::RightShoulder].map(|j| parse.joint(j));
    let reach = match shoulders {
        [Some(a), Some(b)] => (a.0 - b.0).abs().max((a.1 + b.1) / 2.0 - nose_y),
        _ => parse.person.width() as f32 / 2.0,
    };
    let reach = reach.max(8.0);
    let chin = shoulders.iter().flatten().map(|s| s.1).fold(nose_y + reach, f32::min);
    let near = |x: u32, y: u32| {
        let (dx, dy) = (x as f32 - nose_x, y as f32 - nose_y);
        dx.abs() < 0.7 * reach && dy > -1.2 * reach && (y as f32) < chin
    };
    let head = [Label::Hair as u8, Label::Skin as u8];
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    for (x, y, label) in parse.labels.enumerate_pixels() {
        if head.contains(&label.0[0]) && near(x, y) {
            columns.push(x);
            rows.push(y);
        }
    }
    columns.sort_unstable();
    let part = |list: &[u32], share: f64| list.get((list.len() as f64 * share) as usize).copied();
    // A few pixels of a raised hand or of a wall do not move the box.
    let (left, right) = (part(&columns, 0.01)?, part(&columns, 0.99)?);
    let (top, bottom) = (part(&rows, 0.01)?, part(&rows, 0.99)?);
    let side = (right - left).max(bottom - top);
    if side < HEAD {
        return None;
    }
    let side = (side as f32 * 1.5) as u32;
    let (middle_x, middle_y) = (left.midpoint(right), top.midpoint(bottom));
    let side = side.min(width).min(height);
    let x = middle_x.saturating_sub(side / 2).min(width - side);
    let y = middle_y.saturating_sub(side / 2).min(height - side);
    Some(image::imageops::crop_imm(&photo.pixels, x, y, side, side).to_image())
}
