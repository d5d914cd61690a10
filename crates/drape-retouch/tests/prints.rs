//! Prints on the worn garment: a requested plain garment shows no trace of them, and keeps the folds if there
//! are any.

use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::sentence::Sentence;
use drape_retouch::{Engine, Label, Options, Parse};
use image::{GrayImage, Luma, Rgb, RgbImage};

const WIDTH: u32 = 300;
const HEIGHT: u32 = 420;

fn label_at(x: u32, y: u32) -> Label {
    let (u, v) = (x as f32 - 150.0, y as f32);
    if u.hypot(v - 70.0) < 36.0 {
        return if v < 55.0 { Label::Hair } else { Label::Skin };
    }
    if u.abs() < 14.0 && (100.0..118.0).contains(&v) {
        return Label::Skin;
    }
    if u.abs() < 82.0 && (112.0..330.0).contains(&v) {
        return Label::Upper;
    }
    if u.abs() < 70.0 && v >= 330.0 { Label::Trousers } else { Label::Background }
}

/// Lightness of soft folds, as a factor on linear light, and the same for a light from the left.
fn light(x: u32, y: u32) -> f32 {
    let (x, y) = (x as f32, y as f32);
    let folds = 0.07 * (x / 11.0 + 0.6 * (y / 40.0).sin()).sin();
    1.0 + folds - 0.25 * (x - 150.0) / 82.0
}

/// A person in a shirt of the given albedo, 0..=1 for red, green, blue.
fn person(shirt: impl Fn(u32, u32) -> [f32; 3]) -> (Photo, Parse) {
    let labels = GrayImage::from_fn(WIDTH, HEIGHT, |x, y| Luma([label_at(x, y).pixel()]));
    let pixels = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let albedo = match label_at(x, y) {
            Label::Hair => [0.04, 0.03, 0.02],
            Label::Skin => [0.55, 0.34, 0.24],
            Label::Upper => shirt(x, y).map(|c| c * light(x, y)),
            Label::Trousers => [0.03, 0.03, 0.05],
            _ => [0.40, 0.42, 0.45],
        };
        Rgb(albedo.map(|c| (c.clamp(0.0, 1.0).powf(1.0 / 2.2) * 255.0).round() as u8))
    });
    let photo = Photo { pixels, icc: None };
    // Without joints, no garment gets a new shape.
    let parse = Parse::from_labels(&photo, labels, Vec::new()).expect("a parse");
    (photo, parse)
}

/// The green of the look within the shirt, row by row over a square well inside the shirt.
fn worn_green(engine: &Engine, shirt: impl Fn(u32, u32) -> [f32; 3]) -> Vec<f32> {
    let (photo, parse) = person(shirt);
    let style = lexicon::read(&Sentence::parse("forest green shirt").expect("a sentence"));
    let look =
        engine.style_parsed(&photo, &parse, &style, Options::default(), &mut |_| true).expect("a look");
    let square = (150..310).flat_map(|y| (80..220).map(move |x| (x, y)));
    square.map(|(x, y)| f32::from(look.picture.pixels.get_pixel(x, y).0[1])).collect()
}

/// Mean absolute step from a pixel to the one on its right.
fn roughness(values: &[f32]) -> f32 {
    let steps = values.chunks(140).flat_map(|row| row.windows(2).map(|p| (p[1] - p[0]).abs()));
    steps.sum::<f32>() / values.len() as f32
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f32, f32) -> f32| a.iter().zip(b).map(|(a, b)| f(a - ma, b - mb)).sum::<f32>();
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

#[test]
fn a_plain_garment_shows_nothing_of_the_worn_print() {
    const WHITE: [f32; 3] = [0.8, 0.8, 0.8];
    const BLACK: [f32; 3] = [0.03, 0.03, 0.03];
    const RED: [f32; 3] = [0.6, 0.08, 0.08];
    const BLUE: [f32; 3] = [0.1, 0.15, 0.5];
    // Edges as blurred by a lens, lines as curved on a body.
    let between =
        |a: [f32; 3], b: [f32; 3], t: f32| [0, 1, 2].map(|c| a[c] + (b[c] - a[c]) * t.clamp(0.0, 1.0));
    let wave = |at: f32, period: f32| 0.5 + 1.6 * (at / period * std::f32::consts::TAU).sin();
    let engine = Engine::load().expect("weights");
    let plain = worn_green(&engine, |_, _| WHITE);
    type Print<'a> = Box<dyn Fn(f32, f32) -> [f32; 3] + 'a>;
    let prints: [(&str, Print<'_>); 5] = [
        ("stripes across", Box::new(|x, y| between(WHITE, BLACK, wave(y + 6.0 * (x / 50.0).sin(), 13.0)))),
        ("stripes down", Box::new(|x, y| between(WHITE, BLUE, wave(x + 4.0 * (y / 60.0).sin(), 17.0)))),
        ("checks", Box::new(|x, y| between(RED, BLACK, 0.5 + (wave(x, 21.0) - 0.5) * (wave(y, 21.0) - 0.5)))),
        (
            "plaid",
            Box::new(|x, y| {
                between(between(WHITE, BLUE, wave(x, 37.0)), RED, 0.7 * wave(y, 29.0).clamp(0.0, 1.0))
            }),
        ),
        ("dots", Box::new(|x, y| between(BLUE, [0.7, 0.35, 0.05], wave(x, 18.0) + wave(y, 18.0) - 1.6))),
    ];
    for (name, print) in prints {
        let look = worn_green(&engine, |x, y| print(x as f32, y as f32));
        let (ghost, folds) = (roughness(&look), roughness(&plain));
        assert!(ghost < folds + 0.2, "{name}: {ghost:.2} of plain {folds:.2}");
    }
}

#[test]
fn folds_stay_inside_a_large_motif_and_beside_it() {
    let engine = Engine::load().expect("weights");
    let plain = worn_green(&engine, |_, _| [0.7, 0.7, 0.7]);
    let half = worn_green(&engine, |_, y| if y < 225 { [0.7, 0.7, 0.7] } else { [0.12, 0.16, 0.5] });
    let logo = worn_green(&engine, |x, y| {
        let inside = (120..170).contains(&x) && (200..240).contains(&y);
        if inside { [0.6, 0.05, 0.05] } else { [0.7, 0.7, 0.7] }
    });
    for (name, look) in [("half", &half), ("logo", &logo)] {
        let alike = correlation(&plain, look);
        assert!(alike > 0.95, "{name}: {alike:.2}");
    }
}
