//! A photo: decoded once, within limits, turned upright, its metadata left behind.
//!
//! The type is read from the bytes, never from a file name. Each way in which an upload can be wrong is a
//! [`PhotoError`], with a sentence in Korean and English that says what to do.

use std::io::Cursor;

use image::codecs::{jpeg::JpegDecoder, jpeg::JpegEncoder, png::PngDecoder, png::PngEncoder};
use image::codecs::{webp::WebPDecoder, webp::WebPEncoder};
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, Limits, RgbImage};

use crate::language::Language;

/// Most bytes of a photo file: 64 MiB.
pub const MAX_BYTES: usize = 64 << 20;
/// Most pixels of a photo: 50 megapixels.
pub const MAX_PIXELS: u64 = 50_000_000;
/// Fewest pixels along the shorter side; below this no garment can be recognised.
pub const MIN_SIDE: u32 = 96;
/// Longest side over shortest side, at most; a panorama strip is not a photo of a person.
pub const MAX_ASPECT: u32 = 8;

/// An upright RGB photo without metadata.
#[derive(Debug, Clone)]
pub struct Photo {
    /// 8-bit RGB, upright (the file's orientation is applied).
    pub pixels: RgbImage,
    /// The file's colour profile, which looks keep so that their colours match the photo's. `None` if the
    /// file has none, or if the pixels were converted from CMYK or grey.
    pub icc: Option<Vec<u8>>,
}

/// A picture format that Drape reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics; lossless.
    Png,
    /// JPEG, quality 95.
    Jpeg,
    /// WebP; lossless.
    WebP,
}

/// The kind of a file that is not a readable picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Graphics Interchange Format.
    Gif,
    /// HEIC or HEIF, the iPhone's own format.
    Heic,
    /// AVIF.
    Avif,
    /// Windows bitmap.
    Bmp,
    /// Tagged image file, and the raw formats built on it.
    Tiff,
    /// Scalable vector graphics.
    Svg,
    /// PDF document.
    Pdf,
    /// A video: MP4, MOV, WebM.
    Video,
    /// An unknown kind.
    Unknown,
}

/// Why a file is not accepted as a photo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// More bytes than [`MAX_BYTES`].
    #[error("the file has {bytes} bytes, more than {MAX_BYTES}")]
    TooManyBytes {
        /// Size of the file.
        bytes: u64,
    },
    /// Not a JPEG, PNG or WebP picture.
    #[error("not a JPEG, PNG or WebP picture: {0:?}")]
    NotAPicture(Foreign),
    /// The picture ends before it is complete.
    #[error("the picture is cut off")]
    Truncated,
    /// The bytes start like a picture but cannot be decoded.
    #[error("the picture is damaged: {0}")]
    Damaged(String),
    /// More pixels than [`MAX_PIXELS`], checked before decoding.
    #[error("{width} x {height} pixels are too many")]
    TooManyPixels {
        /// Width that the file claims.
        width: u32,
        /// Height that the file claims.
        height: u32,
    },
    /// A side shorter than [`MIN_SIDE`], or a strip longer than [`MAX_ASPECT`] times its width.
    #[error("{width} x {height} pixels are too few")]
    TooSmall {
        /// Width of the picture.
        width: u32,
        /// Height of the picture.
        height: u32,
    },
    /// Several frames.
    #[error("the picture is animated")]
    Animated,
}

impl PhotoError {
    /// What is wrong with the file and what to do.
    pub fn message(&self, language: Language) -> String {
        match self {
            Self::Empty => language.pick(
                "파일이 비어 있어요. 사진을 다시 저장하거나 다시 보내 주세요.".to_owned(),
                "The file is empty. Save or send the photo again.".to_owned(),
            ),
            Self::TooManyBytes { bytes } => {
                let (size, most) = (bytes / (1 << 20), MAX_BYTES >> 20);
                language.pick(
                    format!("파일이 {size} MB로 너무 커요. {most} MB 이하의 사진을 골라 주세요."),
                    format!("The file is {size} MB. Choose a photo of at most {most} MB."),
                )
            }
            Self::NotAPicture(kind) => {
                let what = match kind {
                    Foreign::Gif => language.pick("GIF 파일이에요", "This is a GIF"),
                    Foreign::Heic => language.pick("HEIC 사진이에요", "This is a HEIC photo"),
                    Foreign::Avif => language.pick("AVIF 사진이에요", "This is an AVIF picture"),
                    Foreign::Bmp => language.pick("BMP 파일이에요", "This is a BMP file"),
                    Foreign::Tiff => language.pick("TIFF 또는 RAW 파일이에요", "This is a TIFF or raw file"),
                    Foreign::Svg => language.pick("SVG 그림이에요", "This is an SVG drawing"),
                    Foreign::Pdf => language.pick("PDF 문서예요", "This is a PDF document"),
                    Foreign::Video => language.pick("동영상이에요", "This is a video"),
                    Foreign::Unknown => language.pick("사진 파일이 아니에요", "This is not a picture"),
                };
                language.pick(
                    format!("{what}. JPEG, PNG, WebP 중 하나로 저장한 사진을 골라 주세요."),
                    format!("{what}. Choose a photo saved as JPEG, PNG or WebP."),
                )
            }
            Self::Truncated => language.pick(
                "사진 파일이 중간에 잘려 있어요. 원본을 다시 보내거나 다시 내려받아 주세요.".to_owned(),
                "The photo file is cut off. Send or download the original again.".to_owned(),
            ),
            Self::Damaged(_) => language.pick(
                "사진 파일이 손상돼서 읽을 수 없어요. 다른 사진을 고르거나 다시 저장해 주세요.".to_owned(),
                "The photo file is damaged and cannot be read. Choose another one or save it again."
                    .to_owned(),
            ),
            Self::TooManyPixels { width, height } => language.pick(
                format!("{width} x {height} 픽셀은 너무 커요. 5천만 화소 이하로 줄여 주세요."),
                format!("{width} x {height} pixels are too many. Reduce the photo to 50 megapixels or less."),
            ),
            Self::TooSmall { width, height } => language.pick(
                format!(
                    "{width} x {height} 픽셀은 너무 작거나 길쭉해요. 짧은 변이 {MIN_SIDE} 픽셀 이상인 사진을 골라 주세요."
                ),
                format!(
                    "{width} x {height} pixels are too small or too narrow. Choose a photo with a shorter \
                     side of at least {MIN_SIDE} pixels."
                ),
            ),
            Self::Animated => language.pick(
                "움직이는 사진이에요. 한 장면을 JPEG나 PNG로 저장해 주세요.".to_owned(),
                "The picture is animated. Save one frame of it as JPEG or PNG.".to_owned(),
            ),
        }
    }
}

impl Photo {
    /// Decodes a JPEG (grey, RGB or CMYK), PNG (any bit depth) or WebP file.
    ///
    /// The orientation of the file is applied, transparency is laid on white, 16-bit channels
    /// become 8-bit. Dimensions are checked before any pixel is decoded.
    ///
    /// # Errors
    /// A [`PhotoError`] unless the bytes are one complete, still picture within the limits.
    pub fn decode(bytes: &[u8]) -> Result<Self, PhotoError> {
        if bytes.is_empty() {
            return Err(PhotoError::Empty);
        }
        if bytes.len() > MAX_BYTES {
            return Err(PhotoError::TooManyBytes { bytes: bytes.len() as u64 });
        }
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_PIXELS * 8 + (64 << 20));
        match Format::of_bytes(bytes) {
            Ok(Format::Jpeg) => {
                if !jpeg_is_complete(bytes) {
                    // A file without a frame header is damaged, not cut off.
                    JpegDecoder::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
                    return Err(PhotoError::Truncated);
                }
                Self::finish(JpegDecoder::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?, limits)
            }
            Ok(Format::Png) => {
                let decoder =
                    PngDecoder::with_limits(Cursor::new(bytes), limits.clone()).map_err(|e| damaged(&e))?;
                if decoder.is_apng().map_err(|e| damaged(&e))? {
                    return Err(PhotoError::Animated);
                }
                Self::finish(decoder, limits)
            }
            Ok(Format::WebP) => {
                let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
                if decoder.has_animation() {
                    return Err(PhotoError::Animated);
                }
                Self::finish(decoder, limits)
            }
            Err(foreign) => Err(PhotoError::NotAPicture(foreign)),
        }
    }

    fn finish(mut decoder: impl ImageDecoder, limits: Limits) -> Result<Self, PhotoError> {
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(PhotoError::TooManyPixels { width, height });
        }
        let (short, long) = (width.min(height), width.max(height));
        if short < MIN_SIDE || long > short.saturating_mul(MAX_ASPECT) {
            return Err(PhotoError::TooSmall { width, height });
        }
        decoder.set_limits(limits).map_err(|e| damaged(&e))?;
        let orientation = decoder.orientation().map_err(|e| damaged(&e))?;
        let icc = decoder.icc_profile().ok().flatten().filter(|p| profile_is_rgb(p));
        let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| damaged(&e))?;
        picture.apply_orientation(orientation);
        let grey = !picture.color().has_color();
        let pixels = if picture.color().has_alpha() { on_white(&picture) } else { picture.into_rgb8() };
        Ok(Self { pixels, icc: icc.filter(|_| !grey) })
    }

    /// The photo with at most `side` pixels along its longer side; smaller ones stay as they are.
    pub fn reduced(&self, side: u32) -> Self {
        let (w, h) = self.pixels.dimensions();
        let longer = w.max(h);
        if longer <= side {
            return self.clone();
        }
        let scaled = |v: u32| ((f64::from(v) * f64::from(side) / f64::from(longer)).round() as u32).max(1);
        let (w, h) = (scaled(w), scaled(h));
        // Area averages for strong reductions; for weak ones, whose areas would be uneven, a triangle filter.
        let pixels = if longer >= 2 * side {
            image::imageops::thumbnail(&self.pixels, w, h)
        } else {
            image::imageops::resize(&self.pixels, w, h, image::imageops::FilterType::Triangle)
        };
        Self { pixels, icc: self.icc.clone() }
    }

    /// The photo as a file.
    ///
    /// # Errors
    /// Only if the encoder runs out of memory.
    pub fn encode(&self, format: Format) -> Result<Vec<u8>, ImageError> {
        let mut out = Vec::new();
        match format {
            Format::Png => self.write(PngEncoder::new(&mut out))?,
            Format::Jpeg => return self.encode_jpeg(95),
            Format::WebP => self.write(WebPEncoder::new_lossless(&mut out))?,
        }
        Ok(out)
    }

    /// The photo as a JPEG of a quality, 1 to 100.
    ///
    /// # Errors
    /// As [`Photo::encode`].
    pub fn encode_jpeg(&self, quality: u8) -> Result<Vec<u8>, ImageError> {
        let mut out = Vec::new();
        self.write(JpegEncoder::new_with_quality(&mut out, quality))?;
        Ok(out)
    }

    fn write(&self, mut encoder: impl ImageEncoder) -> Result<(), ImageError> {
        if let Some(icc) = &self.icc {
            encoder.set_icc_profile(icc.clone()).map_err(ImageError::Unsupported)?;
        }
        let (w, h) = self.pixels.dimensions();
        encoder.write_image(self.pixels.as_raw(), w, h, ExtendedColorType::Rgb8)
    }
}

impl Format {
    /// By the first bytes of a file; the error says what else the file seems to be.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, Foreign> {
        let brand = bytes.get(4..8) == Some(b"ftyp".as_slice());
        let brand = if brand { bytes.get(8..12) } else { None };
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Ok(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::WebP),
            [b'G', b'I', b'F', b'8', ..] => Err(Foreign::Gif),
            [b'B', b'M', ..] => Err(Foreign::Bmp),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Err(Foreign::Tiff),
            [b'%', b'P', b'D', b'F', ..] => Err(Foreign::Pdf),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Err(Foreign::Video),
            _ => Err(match brand {
                Some(b"avif" | b"avis") => Foreign::Avif,
                Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"mif1" | b"msf1") => Foreign::Heic,
                Some(_) => Foreign::Video,
                None if bytes[..bytes.len().min(512)].windows(4).any(|w| w == b"<svg") => Foreign::Svg,
                None => Foreign::Unknown,
            }),
        }
    }

    /// By a file name's extension (`png`, `jpg`, `jpeg`, `webp`, any case).
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "webp" => Some(Self::WebP),
            _ => None,
        }
    }
}

/// Whether a JPEG reaches its end-of-image marker (ITU-T T.81, B.1.1). The decoder would fill missing rows
/// with grey instead of failing.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        // Between segments: a marker is 0xff, then any fill bytes, then its code.
        while bytes.get(at).is_some_and(|&b| b != 0xff) {
            at += 1;
        }
        while bytes.get(at) == Some(&0xff) {
            at += 1;
        }
        let Some(&marker) = bytes.get(at) else { return false };
        at += 1;
        match marker {
            0xd9 => return true,
            // Stuffed zero bytes and restart markers occur inside the scan; TEM has no length.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            _ => {
                let (Some(&high), Some(&low)) = (bytes.get(at), bytes.get(at + 1)) else { return false };
                at += usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
}

/// Whether a profile's colour space, at byte 16 of its header, is RGB (ICC.1:2022, 7.2).
fn profile_is_rgb(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"RGB ".as_slice())
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let rgba = picture.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0.map(u32::from);
        image::Rgb([r, g, b].map(|v| ((v * a + 255 * (255 - a) + 127) / 255) as u8))
    })
}

fn damaged(error: &ImageError) -> PhotoError {
    let truncated = matches!(error, ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof);
    let text = error.to_string();
    // The PNG and WebP decoders report a missing end only in their messages.
    if truncated
        || text.contains("unexpected end")
        || text.contains("EOF")
        || text.contains("fill whole buffer")
    {
        PhotoError::Truncated
    } else {
        PhotoError::Damaged(text)
    }
}
