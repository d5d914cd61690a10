//! Photos through the crate's public interface: every kind that is read, and every kind that is refused.

use drape_core::language::Language;
use drape_core::photo::{Foreign, Format, Photo, PhotoError};
use image::{ImageBuffer, ImageFormat, Rgb, RgbImage, Rgba};

fn gradient(w: u32, h: u32) -> RgbImage {
    RgbImage::from_fn(w, h, |x, y| Rgb([(x * 255 / w) as u8, (y * 255 / h) as u8, 90]))
}

fn encoded(format: Format) -> Vec<u8> {
    Photo { pixels: gradient(160, 120), icc: None }.encode(format).expect("encodes")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).expect("fixture")
}

fn error(bytes: &[u8]) -> PhotoError {
    let error = Photo::decode(bytes).expect_err("refused");
    for language in [Language::Korean, Language::English] {
        let message = error.message(language);
        assert!(message.ends_with('.') && message.len() > 20, "{message}");
        assert_eq!(Language::of_text(&message), language, "{message}");
    }
    error
}

/// PNG chunk with its checksum.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), data].concat();
    let mut crc = !0_u32;
    for byte in &body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [&(data.len() as u32).to_be_bytes()[..], &body, &(!crc).to_be_bytes()[..]].concat()
}

fn png_claiming(w: u32, h: u32) -> Vec<u8> {
    let header = [&w.to_be_bytes()[..], &h.to_be_bytes()[..], &[8, 2, 0, 0, 0]].concat();
    let data = [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &header), &chunk(b"IDAT", &data), &chunk(b"IEND", &[])]
        .concat()
}

#[test]
fn lossless_formats_come_back_bit_for_bit() {
    for format in [Format::Png, Format::WebP] {
        let photo = Photo::decode(&encoded(format)).expect("decodes");
        assert_eq!(photo.pixels, gradient(160, 120));
    }
    let jpeg = Photo::decode(&encoded(Format::Jpeg)).expect("decodes");
    let worst =
        jpeg.pixels.as_raw().iter().zip(gradient(160, 120).as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(worst < Some(24), "{worst:?}");
}

#[test]
fn orientation_is_applied_in_all_eight_cases() {
    let upright = gradient(160, 120);
    for orientation in 1_u8..=8 {
        // The pixels that a camera stores so that this orientation shows the upright picture.
        let stored = match orientation {
            1 => upright.clone(),
            2 => image::imageops::flip_horizontal(&upright),
            3 => image::imageops::rotate180(&upright),
            4 => image::imageops::flip_vertical(&upright),
            5 => image::imageops::flip_horizontal(&image::imageops::rotate90(&upright)),
            6 => image::imageops::rotate270(&upright),
            7 => image::imageops::flip_horizontal(&image::imageops::rotate270(&upright)),
            _ => image::imageops::rotate90(&upright),
        };
        let jpeg = Photo { pixels: stored, icc: None }.encode(Format::Jpeg).expect("encodes");
        // An EXIF block with one entry, 0x0112 (orientation), little-endian.
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        let mut file = jpeg[..2].to_vec();
        file.extend([0xff, 0xe1]);
        file.extend(((exif.len() + 2) as u16).to_be_bytes());
        file.extend(&exif);
        file.extend(&jpeg[2..]);
        let photo = Photo::decode(&file).expect("decodes");
        assert_eq!(photo.pixels.dimensions(), (160, 120), "orientation {orientation}");
        let off = photo
            .pixels
            .as_raw()
            .iter()
            .zip(upright.as_raw())
            .map(|(a, b)| u32::from(a.abs_diff(*b)))
            .sum::<u32>();
        assert!(
            off < 160 * 120 * 3 * 6,
            "orientation {orientation}: mean difference {}",
            off / (160 * 120 * 3)
        );
    }
}

#[test]
fn unusual_pixels_become_eight_bit_rgb() {
    let deep = ImageBuffer::from_fn(160, 120, |x, _| Rgb([(x * 400) as u16, 30_000, 65_535]));
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgb16(deep).write_to(&mut png, ImageFormat::Png).expect("encodes");
    let photo = Photo::decode(png.get_ref()).expect("16-bit PNG");
    assert_eq!(photo.pixels.get_pixel(10, 10).0, [16, 117, 255]);

    let clear = ImageBuffer::from_fn(160, 120, |_, y| Rgba([200, 0, 0, if y < 60 { 0 } else { 255 }]));
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgba8(clear).write_to(&mut png, ImageFormat::Png).expect("encodes");
    let photo = Photo::decode(png.get_ref()).expect("transparent PNG");
    assert_eq!(photo.pixels.get_pixel(5, 5).0, [255, 255, 255]);
    assert_eq!(photo.pixels.get_pixel(5, 100).0, [200, 0, 0]);

    // The same gradient as CMYK: red grows to the right, green falls downwards.
    let cmyk = Photo::decode(&fixture("cmyk.jpg")).expect("CMYK JPEG").pixels;
    let at = |x: u32, y: u32| cmyk.get_pixel(x, y).0;
    assert!(at(120, 48)[0] > at(8, 48)[0] + 150, "{:?} {:?}", at(120, 48), at(8, 48));
    assert!(at(64, 6)[1] > at(64, 90)[1] + 150, "{:?} {:?}", at(64, 6), at(64, 90));
    assert!(Photo::decode(&fixture("grey.jpg")).is_ok());
}

#[test]
fn what_is_no_photo_is_told_so() {
    assert_eq!(error(b""), PhotoError::Empty);
    assert_eq!(error(b"hello, this is text"), PhotoError::NotAPicture(Foreign::Unknown));
    assert_eq!(error(&fixture("animated.gif")), PhotoError::NotAPicture(Foreign::Gif));
    assert_eq!(error(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), PhotoError::NotAPicture(Foreign::Heic));
    assert_eq!(error(b"\0\0\0\x18ftypisom\0\0\0\0isomiso2"), PhotoError::NotAPicture(Foreign::Video));
    assert_eq!(error(b"%PDF-1.7\n%more"), PhotoError::NotAPicture(Foreign::Pdf));
    assert_eq!(error(b"<?xml version=\"1.0\"?><svg/>"), PhotoError::NotAPicture(Foreign::Svg));
    assert_eq!(error(&fixture("animated.png")), PhotoError::Animated);
    assert_eq!(error(&fixture("animated.webp")), PhotoError::Animated);
}

#[test]
fn a_cut_off_photo_is_never_half_used() {
    for format in [Format::Png, Format::Jpeg, Format::WebP] {
        let whole = encoded(format);
        for share in [50, 80, 95] {
            let part = &whole[..whole.len() * share / 100];
            let error = error(part);
            assert!(
                matches!(error, PhotoError::Truncated | PhotoError::Damaged(_)),
                "{format:?} at {share} %: {error:?}"
            );
        }
    }
}

#[test]
fn sizes_are_checked_before_pixels_are_decoded() {
    let before = std::time::Instant::now();
    assert_eq!(
        error(&png_claiming(60_000, 60_000)),
        PhotoError::TooManyPixels { width: 60_000, height: 60_000 }
    );
    // Decoding 10 GB would take far longer than any delay of the machine.
    assert!(before.elapsed().as_secs() < 20);
    assert!(matches!(error(&png_claiming(0, 0)), PhotoError::Damaged(_) | PhotoError::TooSmall { .. }));
    assert_eq!(error(&png_claiming(40, 40)), PhotoError::TooSmall { width: 40, height: 40 });
    assert_eq!(error(&png_claiming(4000, 100)), PhotoError::TooSmall { width: 4000, height: 100 });
}
