//! The pictures of a photo or look: three sizes, encoded before they are stored.

use bytes::Bytes;
use drape_core::photo::{Format, Photo};
use image::ImageError;

/// Longer side of a stored photo, pixels. A larger one shows the clothes no better and takes longer.
pub const KEPT_SIDE: u32 = 2560;
/// Longer side of [`Size::View`], pixels.
const VIEW_SIDE: u32 = 1280;
/// Longer side of [`Size::Thumb`], pixels.
const THUMB_SIDE: u32 = 480;

/// Which picture of a photo or look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// As large as it is stored.
    Full,
    /// For a page: at most 1280 pixels on the longer side, JPEG.
    View,
    /// For a list: at most 480 pixels on the longer side, JPEG.
    Thumb,
}

/// The pictures of a photo or look, encoded.
#[derive(Debug, Clone)]
pub struct Pictures {
    /// As large as it is stored.
    pub full: Bytes,
    /// MIME type of `full`; the others are JPEG.
    pub content_type: &'static str,
    /// Width of `full` in pixels.
    pub width: u32,
    /// Height of `full` in pixels.
    pub height: u32,
    /// For a page.
    pub view: Bytes,
    /// For a list.
    pub thumb: Bytes,
}

impl Size {
    pub(crate) const ALL: [Self; 3] = [Self::Full, Self::View, Self::Thumb];

    /// The word in addresses.
    pub fn id(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::View => "view",
            Self::Thumb => "thumb",
        }
    }
}

impl Pictures {
    /// MIME type of a look's full picture.
    pub const LOOK_TYPE: &'static str = "image/png";

    /// Encodes a photo: JPEG, quality 95, without metadata.
    ///
    /// # Errors
    /// Only when the encoder fails.
    pub fn of_photo(photo: &Photo) -> Result<Self, ImageError> {
        Self::encode(photo, Format::Jpeg, "image/jpeg")
    }

    /// Encodes a look: PNG, so that pixels that the engine left alone equal those of the photo.
    ///
    /// # Errors
    /// Only when the encoder fails.
    pub fn of_look(picture: &Photo) -> Result<Self, ImageError> {
        Self::encode(picture, Format::Png, Self::LOOK_TYPE)
    }

    fn encode(photo: &Photo, format: Format, content_type: &'static str) -> Result<Self, ImageError> {
        let (width, height) = photo.pixels.dimensions();
        let view = photo.reduced(VIEW_SIDE);
        Ok(Self {
            full: Bytes::from(photo.encode(format)?),
            content_type,
            width,
            height,
            thumb: Bytes::from(view.reduced(THUMB_SIDE).encode_jpeg(82)?),
            view: Bytes::from(view.encode_jpeg(88)?),
        })
    }

    pub(crate) fn of(&self, size: Size) -> &Bytes {
        match size {
            Size::Full => &self.full,
            Size::View => &self.view,
            Size::Thumb => &self.thumb,
        }
    }
}
