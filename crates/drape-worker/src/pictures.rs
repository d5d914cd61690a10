//! The three sizes in which photos and looks are kept.

use bytes::Bytes;
use drape_core::photo::{Format, Photo};
use drape_store::Pictures;
use image::ImageError;

/// Longer side of a kept photo, pixels: more shows no more of the clothes, and takes longer.
pub const KEPT_SIDE: u32 = 2560;
const VIEW_SIDE: u32 = 1280;
const THUMB_SIDE: u32 = 480;

/// Encodes a photo to keep: JPEG, quality 95, without metadata.
///
/// # Errors
/// Only when the encoder fails.
pub fn of_photo(photo: &Photo) -> Result<Pictures, ImageError> {
    sizes(photo, Format::Jpeg, "image/jpeg")
}

/// Encodes a look to keep: PNG, so that pixels that the engine left alone equal those of the photo.
///
/// # Errors
/// Only when the encoder fails.
pub fn of_look(picture: &Photo) -> Result<Pictures, ImageError> {
    sizes(picture, Format::Png, "image/png")
}

fn sizes(photo: &Photo, format: Format, content_type: &'static str) -> Result<Pictures, ImageError> {
    let (width, height) = photo.pixels.dimensions();
    let view = photo.reduced(VIEW_SIDE);
    Ok(Pictures {
        full: Bytes::from(photo.encode(format)?),
        content_type,
        width,
        height,
        thumb: Bytes::from(view.reduced(THUMB_SIDE).encode_jpeg(82)?),
        view: Bytes::from(view.encode_jpeg(88)?),
    })
}
