//! The figure, and helpers that make and inspect its looks.

use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::sentence::Sentence;
use drape_retouch::{Engine, Joint, Keypoint, Label, Look, Options, Parse};
use image::{GrayImage, Luma, Rgb, RgbImage};

pub(crate) const WIDTH: u32 = 480;
pub(crate) const HEIGHT: u32 = 800;
/// Pixels per centimetre of the figure.
pub(crate) const CM: f32 = 4.0;
pub(crate) const MIDDLE: f32 = 240.0;
pub(crate) const SHOULDERS: f32 = 176.0;
pub(crate) const HIPS: f32 = SHOULDERS + 49.0 * CM;
const KNEES: f32 = HIPS + 42.0 * CM;
const ANKLES: f32 = KNEES + 39.0 * CM;
pub(crate) const SKIN: [u8; 3] = [205, 160, 132];
pub(crate) const TROUSERS: [u8; 3] = [52, 56, 66];

/// A person with long hair in a T-shirt and trousers, arms a little away from the body, before a plain wall.
fn label_at(x: f32, y: f32) -> Label {
    let u = (x - MIDDLE).abs() / CM;
    let v = (y - SHOULDERS) / CM;
    let inside = |cx: f32, cy: f32, rx: f32, ry: f32| {
        ((x - MIDDLE) / CM - cx).powi(2) / (rx * rx) + (v - cy).powi(2) / (ry * ry) < 1.0
    };
    if inside(0.0, -22.0, 7.5, 10.5) && v > -27.0 {
        return Label::Skin;
    }
    if inside(0.0, -24.0, 9.5, 11.5) && v < -20.0 {
        return Label::Hair;
    }
    // A slightly slanted strand hangs over the shoulder.
    if x > MIDDLE && (8.0..11.0).contains(&(u - 0.1 * v)) && (-24.0..14.0).contains(&v) {
        return Label::Hair;
    }
    if u < 5.5 && (-13.0..-4.0).contains(&v) {
        return Label::Skin;
    }
    // Arms run from (17, 0) through (23, 27) to (26, 52).
    let arm = |from: (f32, f32), to: (f32, f32), half: f32| {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let t = (((u - from.0) * dx + (v - from.1) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        (u - from.0 - t * dx).hypot(v - from.1 - t * dy) < half
    };
    if arm((17.0, 0.0), (19.5, 11.0), 6.0) {
        return Label::Upper;
    }
    if arm((17.0, 0.0), (23.0, 27.0), 4.4)
        || arm((23.0, 27.0), (26.0, 52.0), 3.4)
        || arm((26.0, 53.0), (26.5, 64.0), 4.2)
    {
        return Label::Skin;
    }
    if u < 17.0 - 2.0 * (1.0 - ((v - 26.0) / 26.0).abs()).max(0.0) && (-4.5..47.0).contains(&v) {
        return Label::Upper;
    }
    if (47.0..50.0).contains(&v) && u < 17.0
        || (50.0..129.0).contains(&v) && (u - 9.0).abs() < 8.4 - 2.2 * (v - 50.0) / 79.0
    {
        return Label::Trousers;
    }
    if (129.0..136.0).contains(&v) && (u - 9.5).abs() < 5.5 { Label::Footwear } else { Label::Background }
}

pub(crate) fn figure() -> (Photo, Parse) {
    enlarged(1)
}

/// The figure in a photo `k` times larger: outlines as fine as its pixels, grain of the same size in pixels.
pub(crate) fn enlarged(k: u32) -> (Photo, Parse) {
    let grain = |x: u32, y: u32| ((x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 9) % 9;
    let (width, height, zoom) = (WIDTH * k, HEIGHT * k, k as f32);
    let labels = GrayImage::from_fn(width, height, |x, y| {
        Luma([label_at((x as f32 + 0.5) / zoom, (y as f32 + 0.5) / zoom).pixel()])
    });
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        let base = match label_of(labels.get_pixel(x, y)) {
            Label::Hair => [60, 42, 34],
            Label::Skin => SKIN,
            Label::Upper => [150, 150, 152],
            Label::Trousers => TROUSERS,
            Label::Footwear => [30, 30, 32],
            _ => [172, 176, 180],
        };
        Rgb(base.map(|c: u8| c.saturating_add(grain(x / k, y / k) as u8)))
    });
    let photo = Photo { pixels, icc: None };
    let at = |side: f32, u: f32, y: f32| (MIDDLE + side * u * CM, y);
    let keypoint = |joint: Joint| {
        // The person's left is the image's right.
        let (x, y) = match joint {
            Joint::Nose => (MIDDLE, SHOULDERS - 21.0 * CM),
            Joint::LeftEar => at(1.0, 7.2, SHOULDERS - 22.0 * CM),
            Joint::RightEar => at(-1.0, 7.2, SHOULDERS - 22.0 * CM),
            Joint::LeftShoulder => at(1.0, 17.0, SHOULDERS),
            Joint::RightShoulder => at(-1.0, 17.0, SHOULDERS),
            Joint::LeftElbow => at(1.0, 23.0, SHOULDERS + 27.0 * CM),
            Joint::RightElbow => at(-1.0, 23.0, SHOULDERS + 27.0 * CM),
            Joint::LeftWrist => at(1.0, 26.0, SHOULDERS + 52.0 * CM),
            Joint::RightWrist => at(-1.0, 26.0, SHOULDERS + 52.0 * CM),
            Joint::LeftHip => at(1.0, 9.5, HIPS),
            Joint::RightHip => at(-1.0, 9.5, HIPS),
            Joint::LeftKnee => at(1.0, 9.3, KNEES),
            Joint::RightKnee => at(-1.0, 9.3, KNEES),
            Joint::LeftAnkle => at(1.0, 9.2, ANKLES),
            Joint::RightAnkle => at(-1.0, 9.2, ANKLES),
        };
        Keypoint { joint, x: x * zoom, y: y * zoom, confidence: 0.95 }
    };
    let parse = Parse::from_labels(&photo, labels, Joint::ALL.map(keypoint).to_vec()).expect("a parse");
    (photo, parse)
}

/// Changes labels of the figure by a function of the present label and the place in cm, from the middle and
/// below the shoulders.
pub(crate) fn relabel(photo: &Photo, parse: &mut Parse, f: impl Fn(Label, f32, f32) -> Label) {
    let mut labels = parse.labels.clone();
    for (x, y, pixel) in labels.enumerate_pixels_mut() {
        let (u, v) = ((x as f32 + 0.5 - MIDDLE) / CM, (y as f32 + 0.5 - SHOULDERS) / CM);
        *pixel = Luma([f(label_of(pixel), u, v).pixel()]);
    }
    *parse = Parse::from_labels(photo, labels, parse.keypoints.clone()).expect("a parse");
}

fn label_of(pixel: &Luma<u8>) -> Label {
    Label::of_pixel(pixel.0[0]).expect("the figure has labels only")
}

pub(crate) fn wear(engine: &Engine, photo: &Photo, parse: &Parse, sentence: &str, seed: u64) -> Look {
    let style = lexicon::read(&Sentence::parse(sentence).expect("a sentence"));
    engine.style_parsed(photo, parse, &style, Options { seed }, &mut |_| true).expect("a look")
}

pub(crate) fn near(a: [u8; 3], b: [u8; 3], by: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= by)
}

/// The look's pixel at a place of the figure: `u` cm from the middle, `v` cm below the shoulders.
pub(crate) fn at(look: &Look, u: f32, v: f32) -> [u8; 3] {
    look.picture.pixels.get_pixel((MIDDLE + u * CM) as u32, (SHOULDERS + v * CM) as u32).0
}
