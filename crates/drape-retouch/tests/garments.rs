//! Garments of a new shape, on a figure whose labels and joints are known: what is drawn lies where the
//! pattern says, what it leaves bare is filled, and the head stays as it is.

use std::sync::Arc;

use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::sentence::Sentence;
use drape_retouch::{Engine, Joint, Label, Look, Options, Outcome, Parse, Reason};
use image::{GrayImage, Luma, Rgb, RgbImage, imageops};

const WIDTH: u32 = 480;
const HEIGHT: u32 = 800;
/// Pixels per centimetre of the figure.
const CM: f32 = 4.0;
const MIDDLE: f32 = 240.0;
const SHOULDERS: f32 = 176.0;
const HIPS: f32 = SHOULDERS + 49.0 * CM;
const KNEES: f32 = HIPS + 42.0 * CM;
const ANKLES: f32 = KNEES + 39.0 * CM;
const SKIN: [u8; 3] = [205, 160, 132];
const TROUSERS: [u8; 3] = [52, 56, 66];

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
    // A strand hangs over the shoulder, a little aslant.
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

fn figure(engine: &Engine) -> (Photo, Parse) {
    enlarged(engine, 1)
}

/// The figure in a photo so many times larger: outlines as fine as its pixels, grain as coarse as before.
fn enlarged(engine: &Engine, k: u32) -> (Photo, Parse) {
    let grain = |x: u32, y: u32| ((x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 9) % 9;
    let (width, height, zoom) = (WIDTH * k, HEIGHT * k, k as f32);
    let labels = GrayImage::from_fn(width, height, |x, y| {
        Luma([label_at((x as f32 + 0.5) / zoom, (y as f32 + 0.5) / zoom) as u8])
    });
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        let base = match labels.get_pixel(x, y).0[0] {
            1 => [60, 42, 34],
            2 => SKIN,
            3 => [150, 150, 152],
            4 => TROUSERS,
            7 => [30, 30, 32],
            _ => [172, 176, 180],
        };
        Rgb(base.map(|c: u8| c.saturating_add(grain(x / k, y / k) as u8)))
    });
    let photo = Photo { pixels, icc: None };
    let mut parse = engine.parse(&photo).expect("a parse");
    let (w, h) = (parse.soft[0].width, parse.soft[0].height);
    assert!(k > 1 || (w, h) == (WIDTH as usize, HEIGHT as usize));
    for (label, plane) in parse.soft.iter_mut().enumerate() {
        let (kx, ky) = (WIDTH as f32 / w as f32, HEIGHT as f32 / h as f32);
        let at = |i: usize| label_at(((i % w) as f32 + 0.5) * kx, ((i / w) as f32 + 0.5) * ky);
        let is = |i: usize| if at(i) as usize == label { 1.0 } else { 0.0 };
        Arc::make_mut(plane).data = (0..w * h).map(is).collect();
    }
    let count = |k: u8| labels.as_raw().iter().filter(|l| **l == k).count() as f32;
    for k in 0..11 {
        parse.shares[k] = count(k as u8) / (width * height) as f32;
        parse.confidence[k] = if parse.shares[k] > 0.0 { 0.95 } else { 0.0 };
    }
    let at = |side: f32, u: f32, y: f32| (MIDDLE + side * u * CM, y);
    for point in &mut parse.keypoints {
        // The person's left is the image's right.
        let (x, y) = match point.joint {
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
        (point.x, point.y, point.confidence) = (x * zoom, y * zoom, 0.95);
    }
    let rows = |f: fn(u32, u32) -> (u32, u32)| {
        let person = labels.enumerate_pixels().filter(|(_, _, l)| l.0[0] != 0);
        person.map(|(x, y, _)| f(x, y).0).fold((u32::MAX, 0), |(a, b), v| (a.min(v), b.max(v)))
    };
    let ((left, right), (top, bottom)) = (rows(|x, y| (x, y)), rows(|x, y| (y, x)));
    (parse.person.left, parse.person.right) = (left, right + 1);
    (parse.person.top, parse.person.bottom) = (top, bottom + 1);
    parse.others = 0;
    parse.labels = labels;
    (photo, parse)
}

/// Other labels for the figure, from the worn one and the place in cm from the middle and below the shoulders.
fn relabel(parse: &mut Parse, f: impl Fn(Label, f32, f32) -> Label) {
    for (x, y, pixel) in parse.labels.enumerate_pixels_mut() {
        let (u, v) = ((x as f32 + 0.5 - MIDDLE) / CM, (y as f32 + 0.5 - SHOULDERS) / CM);
        *pixel = Luma([f(Label::ALL[usize::from(pixel.0[0])], u, v) as u8]);
    }
    let raw = parse.labels.as_raw();
    for (k, plane) in parse.soft.iter_mut().enumerate() {
        let is = |l: &u8| f32::from(u8::from(usize::from(*l) == k));
        Arc::make_mut(plane).data = raw.iter().map(is).collect();
        parse.shares[k] = plane.data.iter().sum::<f32>() / raw.len() as f32;
        parse.confidence[k] = if parse.shares[k] > 0.0 { 0.95 } else { 0.0 };
    }
}

fn wear(engine: &Engine, photo: &Photo, parse: &Parse, sentence: &str, seed: u64) -> Look {
    let style = lexicon::read(&Sentence::parse(sentence).expect("a sentence"));
    engine.style_parsed(photo, parse, &style, Options { seed }, &mut |_| true).expect("a look")
}

fn near(a: [u8; 3], b: [u8; 3], by: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= by)
}

/// The look at a place of the figure: `u` cm from the middle, `v` below the shoulders.
fn at(look: &Look, u: f32, v: f32) -> [u8; 3] {
    look.picture.pixels.get_pixel((MIDDLE + u * CM) as u32, (SHOULDERS + v * CM) as u32).0
}

/// Every wish of the sentences below, with places that must have its colour and that must keep theirs.
#[test]
fn each_pattern_lies_where_it_should() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure(&engine);
    // Red cloth is redder than anything of the figure.
    let red = |c: [u8; 3]| i32::from(c[0]) - i32::from(c[1].max(c[2])) > 70;
    type Spots = &'static [(f32, f32)];
    let cases: [(&str, &str, Spots, Spots); 17] = [
        ("red hoodie", "hoodie", &[(0.0, 25.0), (24.5, 40.0), (10.0, 50.0)], &[(0.0, 90.0), (26.5, 60.0)]),
        ("red blazer", "blazer", &[(12.0, 30.0), (-24.5, 40.0), (11.0, 54.0)], &[(0.0, 8.0), (9.0, 90.0)]),
        ("red coat", "coat", &[(0.0, 75.0), (12.0, 80.0), (24.5, 40.0)], &[(9.0, 120.0)]),
        ("red padded jacket", "padded_jacket", &[(10.0, 20.0), (24.5, 40.0)], &[(9.0, 90.0)]),
        ("red leather jacket", "leather_jacket", &[(12.0, 30.0)], &[(0.0, 5.0), (9.0, 90.0)]),
        ("red waistcoat", "waistcoat", &[(7.0, 30.0)], &[(20.0, 8.0), (24.5, 40.0)]),
        ("red cardigan", "cardigan", &[(12.0, 20.0), (24.5, 40.0)], &[(0.0, 8.0)]),
        ("red turtleneck", "turtleneck", &[(0.0, -4.0), (0.0, 20.0), (24.5, 40.0)], &[(9.0, 90.0)]),
        ("red skirt", "skirt", &[(0.0, 80.0), (9.0, 60.0)], &[(0.0, 20.0), (0.0, 110.0)]),
        ("red mini skirt", "mini_skirt", &[(0.0, 65.0)], &[(0.0, 100.0), (0.0, 20.0)]),
        ("red long pleated skirt", "pleated_skirt", &[(0.0, 110.0), (9.0, 70.0)], &[(0.0, 20.0)]),
        ("red wide trousers", "wide_trousers", &[(17.5, 110.0), (9.0, 120.0)], &[(0.0, 20.0)]),
        ("red shorts", "shorts", &[(9.0, 62.0)], &[(0.0, 20.0), (9.0, 110.0)]),
        ("red dress", "dress", &[(0.0, 20.0), (0.0, 75.0)], &[(0.0, 125.0)]),
        ("red tie", "tie", &[(0.0, 20.0)], &[(10.0, 20.0), (9.0, 90.0)]),
        ("red durumagi", "durumagi", &[(0.0, 75.0), (12.0, 80.0), (24.5, 40.0)], &[(9.0, 125.0)]),
        ("red scarf", "scarf", &[(0.0, 3.0)], &[(-14.0, 30.0), (9.0, 90.0)]),
    ];
    for (sentence, kind, cloth, free) in cases {
        let look = wear(&engine, &photo, &parse, sentence, 0);
        let report = look.report.garments.iter().find(|g| g.kind == kind).expect(sentence);
        assert_eq!(report.outcome, Outcome::Done, "{sentence}: {report:?}");
        assert!(report.reasons.contains(&Reason::Drawn), "{sentence}: {report:?}");
        assert!(report.confidence.is_some_and(|c| c >= 0.8) && !report.preview, "{sentence}: {report:?}");
        for &(u, v) in cloth {
            assert!(red(at(&look, u, v)), "{sentence}: no cloth at {u}, {v}: {:?}", at(&look, u, v));
        }
        for &(u, v) in free {
            assert!(!red(at(&look, u, v)), "{sentence}: cloth at {u}, {v}");
        }
        // Hair and head are what they were; so is everything far from the person.
        for (x, y, pixel) in photo.pixels.enumerate_pixels() {
            let label = parse.labels.get_pixel(x, y).0[0];
            let head = label == Label::Hair as u8
                || label == Label::Skin as u8 && (y as f32) < SHOULDERS - 14.0 * CM;
            let far = (x as f32 - MIDDLE).abs() > 48.0 * CM;
            if head || far {
                assert_eq!(pixel, look.picture.pixels.get_pixel(x, y), "{sentence}: changed at {x}, {y}");
            }
        }
    }
}

#[test]
fn what_comes_to_light_is_skin_and_wall() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure(&engine);
    let look = wear(&engine, &photo, &parse, "red mini skirt", 0);
    // The legs, at knee and shin; beside them the wall, where the trousers were.
    for v in [95.0, 108.0] {
        for side in [-1.0, 1.0] {
            let leg = at(&look, side * 9.2, v);
            assert!(near(leg, SKIN, 34), "no skin at {v}: {leg:?}");
            let beside = at(&look, side * 15.6, v);
            assert!(near(beside, [176, 180, 184], 14), "no wall at {v}: {beside:?}");
        }
    }
}

#[test]
fn hanbok_is_a_short_jacket_over_a_full_skirt() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure(&engine);
    let look = wear(&engine, &photo, &parse, "한복", 0);
    let kinds: Vec<&str> = look.report.garments.iter().map(|g| g.kind).collect();
    assert!(kinds.contains(&"jeogori") && kinds.contains(&"chima"), "{kinds:?}");
    // The skirt is far wider than the legs were, and crimson; the jacket's sleeve is light.
    let hem = at(&look, 30.0, 118.0);
    assert!(i32::from(hem[0]) > i32::from(hem[1]) + 50, "{hem:?}");
    let sleeve = at(&look, 24.0, 40.0);
    assert!(sleeve.iter().all(|c| *c > 150) && sleeve[0].abs_diff(sleeve[2]) < 50, "{sleeve:?}");
}

#[test]
fn a_shirt_and_a_tie_are_seen_in_the_jacket() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure(&engine);
    let look = wear(&engine, &photo, &parse, "navy blazer, white shirt, green tie", 0);
    assert!(look.report.garments.iter().all(|g| g.outcome == Outcome::Done), "{:?}", look.report.garments);
    let tie = at(&look, 0.0, 14.0);
    assert!(tie[1] > tie[0] && tie[1] > tie[2], "{tie:?}");
    let shirt = at(&look, -3.2, 6.0);
    assert!(shirt.iter().all(|c| *c > 170), "{shirt:?}");
}

#[test]
fn same_seed_same_bytes_and_seeds_differ_in_cut() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure(&engine);
    let make = |seed| wear(&engine, &photo, &parse, "red blazer, beige skirt", seed).picture.pixels;
    assert!(make(5) == make(5), "the same seed gave other bytes");
    let hem = |picture: &RgbImage| {
        let rows = (0..HEIGHT).filter(|&y| {
            let p = picture.get_pixel(MIDDLE as u32, y).0;
            p[0] > 150 && p[0] > p[2].saturating_add(25) && (y as f32) > HIPS
        });
        rows.max().unwrap_or(0)
    };
    let hems: Vec<u32> = (0..5).map(|seed| hem(&make(seed))).collect();
    let (least, most) = (hems.iter().min(), hems.iter().max());
    assert!(least.zip(most).is_some_and(|(a, b)| b - a >= 10), "every skirt is as long: {hems:?}");
}

#[test]
fn without_sure_joints_the_worn_shape_stays_and_the_report_says_so() {
    let engine = Engine::load().expect("weights");
    let (photo, mut parse) = figure(&engine);
    for point in &mut parse.keypoints {
        if matches!(point.joint, Joint::LeftAnkle | Joint::RightAnkle) {
            point.confidence = 0.1;
        }
    }
    let look = wear(&engine, &photo, &parse, "red shorts", 0);
    let report = look.report.garments.first().expect("a garment");
    assert!(report.reasons.contains(&Reason::CannotReshape), "{report:?}");
    assert_eq!(report.outcome, Outcome::Approximated);
    assert!(!report.reasons.contains(&Reason::Drawn));
    // From behind nothing is drawn at all.
    for point in &mut parse.keypoints {
        point.x = WIDTH as f32 - point.x;
    }
    let look = wear(&engine, &photo, &parse, "red hoodie", 0);
    let report = look.report.garments.first().expect("a garment");
    assert!(!report.reasons.contains(&Reason::Drawn), "{report:?}");
}

/// A large photo's garments are sewn on a reduced copy: they look as on the small photo, and what they do not
/// reach is still the photo's own, to the byte.
#[test]
fn large_photos_get_the_same_garments() {
    const K: u32 = 4;
    let engine = Engine::load().expect("weights");
    let (small, large) = (figure(&engine), enlarged(&engine, K));
    let sentences = [
        "red blazer, white shirt, navy mini skirt",
        "red tartan shorts",
        "black padded jacket",
        "red turtleneck",
        "red scarf",
    ];
    for sentence in sentences {
        let (few, many) =
            (wear(&engine, &small.0, &small.1, sentence, 0), wear(&engine, &large.0, &large.1, sentence, 0));
        assert_eq!(many.picture.pixels.dimensions(), (WIDTH * K, HEIGHT * K));
        assert!(many.report.garments.iter().all(|g| g.outcome == Outcome::Done), "{:?}", many.report);
        let reduced = imageops::thumbnail(&many.picture.pixels, WIDTH, HEIGHT);
        let (mut sum, mut n) = (0_u64, 0_u64);
        for ((x, y, a), b) in few.picture.pixels.enumerate_pixels().zip(reduced.pixels()) {
            // All that the look changed.
            if small.0.pixels.get_pixel(x, y) != a {
                sum += a.0.iter().zip(b.0).map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>();
                n += 3;
            }
        }
        let mean = sum as f32 / n as f32;
        assert!(mean < 3.0, "{sentence}: {mean} apart");
        for (x, y, pixel) in large.0.pixels.enumerate_pixels() {
            let label = large.1.labels.get_pixel(x, y).0[0];
            let head = label == Label::Hair as u8
                || label == Label::Skin as u8 && (y as f32) < (SHOULDERS - 14.0 * CM) * K as f32;
            let far = (x as f32 / K as f32 - MIDDLE).abs() > 48.0 * CM;
            if head || far {
                assert_eq!(pixel, many.picture.pixels.get_pixel(x, y), "{sentence}: changed at {x}, {y}");
            }
        }
    }
}

#[test]
fn coats_are_drawn_over_shorter_jackets_only() {
    let engine = Engine::load().expect("weights");
    let (photo, mut parse) = figure(&engine);
    // The T-shirt is a jacket now, open over a shirt.
    relabel(
        &mut parse,
        |label, u, _| {
            if label == Label::Upper && u.abs() > 4.0 { Label::Outer } else { label }
        },
    );
    let coat = wear(&engine, &photo, &parse, "red trench coat", 0);
    let report = &coat.report.garments[0];
    assert!(report.reasons.contains(&Reason::Drawn), "{report:?}");
    // Over the thighs and between them.
    for u in [-10.0, 0.0, 10.0] {
        let [r, g, b] = at(&coat, u, 75.0);
        assert!(r > g.saturating_add(40) && r > b.saturating_add(40), "{u}: {r} {g} {b}");
    }
    let biker = wear(&engine, &photo, &parse, "black leather jacket", 0);
    let report = &biker.report.garments[0];
    assert_eq!(report.outcome, Outcome::Approximated);
    assert_eq!(report.reasons, [Reason::WornShapeKept { worn: Label::Outer }]);
    let plain = wear(&engine, &photo, &parse, "black jacket", 0);
    assert_eq!(plain.report.garments[0].outcome, Outcome::Done);
}

#[test]
fn bare_legs_go_on_from_the_legs_that_are_to_be_seen() {
    // Thinner and darker than the pattern and the face say.
    const CALVES: [u8; 3] = [150, 104, 80];
    let engine = Engine::load().expect("weights");
    let (mut photo, mut parse) = figure(&engine);
    relabel(&mut parse, |label, u, v| match label {
        Label::Trousers | Label::Background if (50.0..100.0).contains(&v) && u.abs() < 19.0 => Label::Skirt,
        Label::Trousers if v >= 100.0 && (u.abs() - 9.0).abs() < 4.2 => Label::Skin,
        Label::Trousers if v >= 100.0 => Label::Background,
        _ => label,
    });
    for (x, y, pixel) in photo.pixels.enumerate_pixels_mut() {
        let v = (y as f32 + 0.5 - SHOULDERS) / CM;
        match Label::ALL[usize::from(parse.labels.get_pixel(x, y).0[0])] {
            Label::Skirt => *pixel = Rgb([90, 110, 160]),
            Label::Skin if v > 90.0 => *pixel = Rgb(CALVES),
            Label::Background if v > 49.0 => *pixel = Rgb([174, 178, 182]),
            _ => {}
        }
    }
    let look = wear(&engine, &photo, &parse, "black mini skirt", 0);
    assert!(look.report.garments[0].reasons.contains(&Reason::Drawn), "{:?}", look.report.garments);
    for side in [-1.0, 1.0] {
        for v in 88..112 {
            let seen = at(&look, side * 9.0, v as f32);
            assert!(near(seen, CALVES, 14), "{side} {v}: {seen:?}");
        }
        // Beside the calf is the wall, above the old hem as below it.
        for v in 92..112 {
            let seen = at(&look, side * 14.2, v as f32);
            assert!(near(seen, [174, 178, 182], 14), "{side} {v}: {seen:?}");
        }
    }
    // Down to the ankles nobody can see where the legs are.
    let (photo, mut parse) = figure(&engine);
    relabel(&mut parse, |label, _, _| if label == Label::Trousers { Label::Skirt } else { label });
    let look = wear(&engine, &photo, &parse, "black mini skirt", 0);
    assert!(look.report.garments[0].reasons.contains(&Reason::CannotReshape), "{:?}", look.report.garments);
}
