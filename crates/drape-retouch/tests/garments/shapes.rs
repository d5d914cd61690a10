//! One garment at a time.

use drape_core::report::{Outcome, Reason};
use drape_core::style::Slot;
use drape_retouch::{Engine, Joint, Label};
use image::{Rgb, RgbImage, imageops};

use crate::figure::{
    CM, HEIGHT, HIPS, MIDDLE, SHOULDERS, SKIN, WIDTH, at, enlarged, figure, near, relabel, wear,
};

/// Every wish below, with places that must have its colour and places that must keep theirs.
#[test]
fn each_pattern_lies_where_it_should() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure();
    // Red cloth is redder than anything on the figure.
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
        // Hair and head stay unchanged, and so does everything far from the person.
        for (x, y, pixel) in photo.pixels.enumerate_pixels() {
            let label = parse.labels.get_pixel(x, y).0[0];
            let head = Label::Hair.is(label) || Label::Skin.is(label) && (y as f32) < SHOULDERS - 14.0 * CM;
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
    let (photo, parse) = figure();
    let look = wear(&engine, &photo, &parse, "red mini skirt", 0);
    // At knee and shin there are legs; beside them, where the trousers were, there is wall.
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
    let (photo, parse) = figure();
    let look = wear(&engine, &photo, &parse, "한복", 0);
    let kinds: Vec<&str> = look.report.garments.iter().map(|g| &*g.kind).collect();
    assert!(kinds.contains(&"jeogori") && kinds.contains(&"chima"), "{kinds:?}");
    // The skirt is crimson and far wider than the legs were; the jacket's sleeve is light.
    let hem = at(&look, 30.0, 118.0);
    assert!(i32::from(hem[0]) > i32::from(hem[1]) + 50, "{hem:?}");
    let sleeve = at(&look, 24.0, 40.0);
    assert!(sleeve.iter().all(|c| *c > 150) && sleeve[0].abs_diff(sleeve[2]) < 50, "{sleeve:?}");
}

#[test]
fn a_shirt_and_a_tie_are_seen_in_the_jacket() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure();
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
    let (photo, parse) = figure();
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
    let (photo, mut parse) = figure();
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
    // Seen from behind, nothing is drawn.
    for point in &mut parse.keypoints {
        point.x = WIDTH as f32 - point.x;
    }
    let look = wear(&engine, &photo, &parse, "red hoodie", 0);
    let report = look.report.garments.first().expect("a garment");
    assert!(!report.reasons.contains(&Reason::Drawn), "{report:?}");
}

/// A large photo's garments are sewn on a reduced copy: they look as on the small photo, and the pixels they
/// do not reach stay the photo's own, to the byte.
#[test]
fn large_photos_get_the_same_garments() {
    const K: u32 = 4;
    let engine = Engine::load().expect("weights");
    let (small, large) = (figure(), enlarged(K));
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
            // Every pixel that the look changed.
            if small.0.pixels.get_pixel(x, y) != a {
                sum += a.0.iter().zip(b.0).map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>();
                n += 3;
            }
        }
        let mean = sum as f32 / n as f32;
        assert!(mean < 3.0, "{sentence}: {mean} apart");
        for (x, y, pixel) in large.0.pixels.enumerate_pixels() {
            let label = large.1.labels.get_pixel(x, y).0[0];
            let head = Label::Hair.is(label)
                || Label::Skin.is(label) && (y as f32) < (SHOULDERS - 14.0 * CM) * K as f32;
            let far = (x as f32 / K as f32 - MIDDLE).abs() > 48.0 * CM;
            if head || far {
                assert_eq!(pixel, many.picture.pixels.get_pixel(x, y), "{sentence}: changed at {x}, {y}");
            }
        }
    }
}

#[test]
fn jackets_are_drawn_over_others_that_they_can_cover_and_can_hardly_be() {
    let engine = Engine::load().expect("weights");
    let (photo, mut parse) = figure();
    // The T-shirt becomes a jacket, open over a shirt.
    relabel(
        &photo,
        &mut parse,
        |label, u, _| {
            if label == Label::Upper && u.abs() > 4.0 { Label::Outer } else { label }
        },
    );
    let coat = wear(&engine, &photo, &parse, "red trench coat", 0);
    let report = &coat.report.garments[0];
    assert!(report.reasons.contains(&Reason::Drawn), "{report:?}");
    // The coat covers the thighs and the gap between them.
    for u in [-10.0, 0.0, 10.0] {
        let [r, g, b] = at(&coat, u, 75.0);
        assert!(r > g.saturating_add(40) && r > b.saturating_add(40), "{u}: {r} {g} {b}");
    }
    // A kind with a distinctive cut is probably not the worn garment; a plain jacket may be.
    let biker = wear(&engine, &photo, &parse, "black leather jacket", 0);
    assert!(biker.report.garments[0].reasons.contains(&Reason::Drawn), "{:?}", biker.report.garments);
    let plain = wear(&engine, &photo, &parse, "black jacket", 0);
    assert_eq!(plain.report.garments[0].outcome, Outcome::Done);
    assert!(plain.report.garments[0].reasons.is_empty(), "{:?}", plain.report.garments);
    // A long coat cannot be turned into a short jacket.
    relabel(
        &photo,
        &mut parse,
        |label, _, v| if label == Label::Trousers && v < 100.0 { Label::Outer } else { label },
    );
    for short in ["black leather jacket", "black blazer"] {
        let look = wear(&engine, &photo, &parse, short, 0);
        let report = &look.report.garments[0];
        assert_eq!(report.reasons, [Reason::WornShapeKept { worn: Slot::Outer }], "{short}");
        assert_eq!(report.outcome, Outcome::Approximated, "{short}");
    }
}

/// Kinds that are only recoloured have the same length in the report as in their placement.
#[test]
fn a_recoloured_coat_is_excused_on_a_short_jacket_and_not_on_a_coat() {
    let engine = Engine::load().expect("weights");
    let (photo, shirt) = figure();
    // The worn garment is a jacket to the hips, or a coat to the knees.
    let mut jacket = shirt.clone();
    relabel(&photo, &mut jacket, |label, _, _| if label == Label::Upper { Label::Outer } else { label });
    let mut coat = jacket.clone();
    relabel(&photo, &mut coat, |label, _, v| match label {
        Label::Trousers if v < 90.0 => Label::Outer,
        _ => label,
    });
    for sentence in ["camel duffle coat", "black cape", "grey robe"] {
        let short = wear(&engine, &photo, &jacket, sentence, 0).report.garments.remove(0);
        assert_eq!(short.reasons, [Reason::WornShapeKept { worn: Slot::Outer }], "{sentence}");
        assert_eq!(short.outcome, Outcome::Approximated, "{sentence}");
        let long = wear(&engine, &photo, &coat, sentence, 0).report.garments.remove(0);
        assert_eq!((long.outcome, long.reasons), (Outcome::Done, Vec::new()), "{sentence}");
    }
}

#[test]
fn bare_legs_go_on_from_the_legs_that_are_to_be_seen() {
    // The calves are thinner and darker than the pattern and the face suggest.
    const CALVES: [u8; 3] = [150, 104, 80];
    let engine = Engine::load().expect("weights");
    let (mut photo, mut parse) = figure();
    relabel(&photo, &mut parse, |label, u, v| match label {
        Label::Trousers | Label::Background if (50.0..100.0).contains(&v) && u.abs() < 19.0 => Label::Skirt,
        Label::Trousers if v >= 100.0 && (u.abs() - 9.0).abs() < 4.2 => Label::Skin,
        Label::Trousers if v >= 100.0 => Label::Background,
        _ => label,
    });
    for (x, y, pixel) in photo.pixels.enumerate_pixels_mut() {
        let v = (y as f32 + 0.5 - SHOULDERS) / CM;
        match Label::of_pixel(parse.labels.get_pixel(x, y).0[0]).expect("a label") {
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
        // Beside the calf there is wall, above the old hem as below it.
        for v in 92..112 {
            let seen = at(&look, side * 14.2, v as f32);
            assert!(near(seen, [174, 178, 182], 14), "{side} {v}: {seen:?}");
        }
    }
    // A skirt down to the ankles hides where the legs are.
    let (photo, mut parse) = figure();
    relabel(&photo, &mut parse, |label, _, _| if label == Label::Trousers { Label::Skirt } else { label });
    let look = wear(&engine, &photo, &parse, "black mini skirt", 0);
    assert!(look.report.garments[0].reasons.contains(&Reason::CannotReshape), "{:?}", look.report.garments);
}
