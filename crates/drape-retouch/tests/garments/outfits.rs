//! Several garments over each other, and wishes without a colour.

use drape_core::report::{Outcome, Reason};
use drape_retouch::{Engine, Label};
use image::Rgb;

use crate::figure::{CM, MIDDLE, SHOULDERS, TROUSERS, at, figure, near, relabel, wear};

fn light(c: [u8; 3]) -> bool {
    c.iter().all(|v| *v > 165)
}

#[test]
fn a_top_is_seen_between_the_fronts_of_a_jacket_without_lapels() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure();
    for jacket in ["denim jacket", "black leather jacket", "green padded jacket"] {
        let sentence = format!("{jacket} over a white T-shirt");
        let look = wear(&engine, &photo, &parse, &sentence, 0);
        for report in &look.report.garments {
            assert_eq!(report.outcome, Outcome::Done, "{sentence}: {report:?}");
        }
        for v in [12.0, 25.0, 40.0] {
            assert!(light(at(&look, 0.0, v)), "{sentence}: {:?} at {v}", at(&look, 0.0, v));
            for u in [-13.0, 12.0] {
                assert!(!light(at(&look, u, v)), "{sentence}: {:?} at {u}, {v}", at(&look, u, v));
            }
        }
        // A jacket requested alone is closed.
        let alone = wear(&engine, &photo, &parse, jacket, 0);
        assert!(!light(at(&alone, 0.0, 30.0)), "{jacket}: {:?}", at(&alone, 0.0, 30.0));
    }
}

#[test]
fn over_an_open_jacket_the_new_one_is_as_open() {
    let engine = Engine::load().expect("weights");
    let (photo, mut parse) = figure();
    relabel(
        &photo,
        &mut parse,
        |label, u, _| {
            if label == Label::Upper && u.abs() > 5.0 { Label::Outer } else { label }
        },
    );
    let look = wear(&engine, &photo, &parse, "denim jacket over a white T-shirt", 0);
    assert!(look.report.garments.iter().all(|g| g.outcome == Outcome::Done), "{:?}", look.report.garments);
    for v in [15.0, 30.0, 40.0] {
        assert!(light(at(&look, 3.5, v)), "{:?} at {v}", at(&look, 3.5, v));
        assert!(!light(at(&look, 7.5, v)), "{:?} at {v}", at(&look, 7.5, v));
    }
}

#[test]
fn between_lapels_a_t_shirt_has_no_collar_and_a_turtleneck_covers_the_neck() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure();
    let neck = |top: &str| at(&wear(&engine, &photo, &parse, &format!("navy blazer, {top}"), 0), 0.0, -4.5);
    assert!(light(neck("white shirt")), "{:?}", neck("white shirt"));
    assert!(light(neck("white turtleneck")), "{:?}", neck("white turtleneck"));
    let bare = neck("white T-shirt");
    assert!(bare[0] > bare[2].saturating_add(30), "no skin above a T-shirt: {bare:?}");
    let look = wear(&engine, &photo, &parse, "navy blazer, white T-shirt", 0);
    assert!(light(at(&look, 0.0, 14.0)), "{:?}", at(&look, 0.0, 14.0));
}

#[test]
fn an_earlier_garments_pattern_is_no_light_on_a_later_one() {
    let engine = Engine::load().expect("weights");
    let (photo, mut parse) = figure();
    // A dress; a jacket covers the upper part of the checked skirt.
    relabel(&photo, &mut parse, |label, _, v| match label {
        Label::Upper | Label::Trousers if v < 110.0 => Label::Dress,
        Label::Trousers => Label::Background,
        _ => label,
    });
    let coat = |skirt: &str| wear(&engine, &photo, &parse, &format!("beige coat, {skirt}"), 0);
    let (checked, plain) = (coat("white and black checked long skirt"), coat("red long skirt"));
    assert!(at(&checked, 9.0, 100.0) != at(&plain, 9.0, 100.0), "{:?}", checked.report.garments);
    for v in 20..80 {
        for u in 4..11 {
            let (u, v) = (u as f32, v as f32);
            assert_eq!(at(&checked, u, v), at(&plain, u, v), "at {u}, {v}");
        }
    }
}

#[test]
fn a_shape_without_a_colour_is_a_wish() {
    let engine = Engine::load().expect("weights");
    let (photo, parse) = figure();
    // Shorts keep the trousers' colour if the wish names none.
    let shorts = wear(&engine, &photo, &parse, "반바지", 0);
    assert_eq!(shorts.report.garments[0].outcome, Outcome::Done, "{:?}", shorts.report.garments);
    assert!(near(at(&shorts, 9.0, 58.0), TROUSERS, 30), "{:?}", at(&shorts, 9.0, 58.0));
    assert!(at(&shorts, 9.0, 100.0)[0] > 150, "{:?}", at(&shorts, 9.0, 100.0));
    let bride = wear(&engine, &photo, &parse, "wedding dress", 0);
    for (u, v) in [(0.0, 20.0), (0.0, 75.0), (14.0, 115.0)] {
        assert!(light(at(&bride, u, v)), "{:?} at {u}, {v}", at(&bride, u, v));
    }
    // A garment without a shape of its own changes nothing.
    let shirt = wear(&engine, &photo, &parse, "shirt without a tie", 0);
    assert!(shirt.report.garments.iter().all(|g| !g.reasons.contains(&Reason::Drawn)));
    // Nor does a garment that cannot be laid.
    let mut seated = parse.clone();
    seated.keypoints.iter_mut().filter(|k| k.y > 600.0).for_each(|k| k.confidence = 0.1);
    let kept = wear(&engine, &photo, &seated, "반바지", 0);
    let report = &kept.report.garments[0];
    assert!(report.reasons.contains(&Reason::CannotReshape), "{report:?}");
    assert!(report.confidence.is_none() && !report.preview, "{report:?}");
    assert!(kept.picture.pixels == photo.pixels);
}

#[test]
fn a_coat_is_drawn_over_a_shirt_that_the_parser_is_unsure_of() {
    let engine = Engine::load().expect("weights");
    let (photo, mut parse) = figure();
    parse.confidence[Label::Upper] = 0.7;
    let coat = wear(&engine, &photo, &parse, "red coat", 0);
    assert!(coat.report.garments[0].reasons.contains(&Reason::Drawn), "{:?}", coat.report.garments);
    // A jacket may be the worn garment.
    let jacket = wear(&engine, &photo, &parse, "red jacket", 0);
    assert!(!jacket.report.garments[0].reasons.contains(&Reason::Drawn), "{:?}", jacket.report.garments);
}

#[test]
fn sleeves_that_would_miss_an_arm_are_not_drawn() {
    let engine = Engine::load().expect("weights");
    let (photo, mut parse) = figure();
    let hoodie = wear(&engine, &photo, &parse, "red hoodie", 0);
    assert!(hoodie.report.garments[0].reasons.contains(&Reason::Drawn), "{:?}", hoodie.report.garments);
    // A raised arm, although its joints were found where it would hang.
    relabel(&photo, &mut parse, |label, u, v| {
        let raised = label == Label::Background && (19.0..26.0).contains(&u) && (-24.0..6.0).contains(&v);
        if raised { Label::Skin } else { label }
    });
    let kept = wear(&engine, &photo, &parse, "red hoodie", 0);
    let report = &kept.report.garments[0];
    assert!(report.reasons.contains(&Reason::CannotReshape), "{report:?}");
    assert_eq!(report.outcome, Outcome::Approximated);
}

#[test]
fn a_dress_goes_over_trousers_under_a_jacket() {
    let engine = Engine::load().expect("weights");
    let (mut photo, mut parse) = figure();
    relabel(
        &photo,
        &mut parse,
        |label, u, _| {
            if label == Label::Upper && u.abs() > 6.0 { Label::Outer } else { label }
        },
    );
    for (x, y, pixel) in photo.pixels.enumerate_pixels_mut() {
        if Label::Outer.is(parse.labels.get_pixel(x, y).0[0]) {
            *pixel = Rgb([70, 92, 70]);
        }
    }
    let look = wear(&engine, &photo, &parse, "red midi dress", 0);
    assert!(look.report.garments[0].reasons.contains(&Reason::Drawn), "{:?}", look.report.garments);
    let red = |c: [u8; 3]| i32::from(c[0]) - i32::from(c[1].max(c[2])) > 70;
    for (u, v) in [(0.0, 20.0), (0.0, 75.0), (9.0, 90.0)] {
        assert!(red(at(&look, u, v)), "{:?} at {u}, {v}", at(&look, u, v));
    }
    // The jacket stays.
    for (u, v) in [(-13.0, 25.0), (13.0, 25.0)] {
        let pixel = photo.pixels.get_pixel((MIDDLE + u * CM) as u32, (SHOULDERS + v * CM) as u32);
        assert!(near(at(&look, u, v), pixel.0, 12), "{:?} at {u}, {v}", at(&look, u, v));
    }
}
