//! `cargo xtask bench retouch`: the engine's changes to labelled photos, measured against the true masks. One
//! garment is requested at a time, in a colour far from the worn one.

use std::time::Instant;

use drape_core::colour::{Lab, Oklab};
use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::report::{Outcome, Reason};
use drape_core::sentence::Sentence;
use drape_core::style::{Colour, ColourName};
use drape_retouch::{Engine, Label, Options, Parse};
use image::{GrayImage, imageops};

use crate::figures::{peak_memory, quantile};
use crate::labelled::{Data, Labelled, classes, load, names};
use crate::large;

const COLOURS: [ColourName; 12] = [
    ColourName::Red,
    ColourName::Navy,
    ColourName::White,
    ColourName::ForestGreen,
    ColourName::Black,
    ColourName::Mustard,
    ColourName::SkyBlue,
    ColourName::Burgundy,
    ColourName::Pink,
    ColourName::Beige,
    ColourName::Purple,
    ColourName::Grey,
];

const GARMENTS: [(Label, &str); 6] = [
    (Label::Upper, "shirt"),
    (Label::Outer, "jacket"),
    (Label::Trousers, "trousers"),
    (Label::Skirt, "skirt"),
    (Label::Dress, "dress"),
    (Label::Footwear, "shoes"),
];

const PATTERNS: [&str; 5] = ["vertical striped", "tartan", "polka dot", "gingham", "horizontal striped"];

#[derive(Default)]
struct Figures {
    colour: Vec<f32>,
    covered: Vec<f32>,
    outside: Vec<f32>,
    gradients: Vec<f32>,
    patterns: Vec<bool>,
    untouched_by_label: (u64, u64),
    untouched_by_truth: (u64, u64),
    inner_kept: Vec<f32>,
    refused: usize,
    /// Number of garments with a new shape.
    drawn: usize,
    /// Photo and garment of each entry of `covered` and `outside`.
    names: Vec<String>,
}

pub(crate) fn run(data: &Data, worst: usize) -> Result<(), String> {
    let classes = classes(&data.data)?;
    let engine = Engine::load().map_err(|e| e.to_string())?;
    let names = names(data)?;
    let mut figures = Figures::default();
    // One sentence only changes colours, the other replaces jacket and trousers.
    let mut recoloured = Times::default();
    let mut replaced = Times::default();
    for (n, name) in names.iter().enumerate() {
        let item = load(&data.data, &classes, name)?;
        let parse = engine.parse(&item.photo).map_err(|e| e.to_string())?;
        for (label, noun) in GARMENTS {
            one_garment(&engine, &item, &parse, label, noun, n, &mut figures)?;
        }
        let (w, h) = item.photo.pixels.dimensions();
        let k = 1024.0 / w.max(h) as f32;
        let (w, h) = ((w as f32 * k) as u32, (h as f32 * k) as u32);
        let big = Photo {
            pixels: imageops::resize(&item.photo.pixels, w, h, imageops::FilterType::Triangle),
            icc: None,
        };
        recoloured.look(&engine, &big, "navy jacket, white shirt, beige trousers", 0)?;
        replaced.look(&engine, &big, "black padded jacket, beige wide trousers", 2)?;
    }
    print_worst(&figures, worst);
    print(&mut figures, names.len());
    recoloured.print("other colours only");
    replaced.print("jacket and trousers replaced");
    println!("\npeak memory of this process, all photos: {:.0} MB", peak_memory());
    large::print(&engine, data)
}

/// Milliseconds of whole looks and of their stages.
#[derive(Default)]
struct Times {
    stages: Vec<(String, Vec<f32>)>,
    looks: Vec<f32>,
}

impl Times {
    /// Makes a look, and keeps its times if at least `drawn` of its garments got a new shape.
    fn look(&mut self, engine: &Engine, photo: &Photo, sentence: &str, drawn: usize) -> Result<(), String> {
        let start = Instant::now();
        let Ok(look) = engine.style(photo, &read(sentence)?, Options::default(), &mut |_| true) else {
            return Ok(());
        };
        let whole = start.elapsed().as_secs_f32() * 1000.0;
        if look.report.garments.iter().filter(|g| g.reasons.contains(&Reason::Drawn)).count() < drawn {
            return Ok(());
        }
        self.looks.push(whole);
        for (stage, &ms) in &look.report.milliseconds {
            match self.stages.iter_mut().find(|s| &s.0 == stage) {
                Some(s) => s.1.push(ms),
                None => self.stages.push((stage.clone(), vec![ms])),
            }
        }
        Ok(())
    }

    fn print(&mut self, title: &str) {
        println!("\n| {title}: stage (1024 px, ms, {} looks) | median |\n| --- | --- |", self.looks.len());
        for (stage, ms) in &mut self.stages {
            println!("| {stage} | {:.1} |", quantile(ms, 0.5));
        }
        let (middle, most) = (quantile(&mut self.looks, 0.5), quantile(&mut self.looks, 1.0));
        println!("| **whole look** | {middle:.0} (slowest {most:.0}) |");
    }
}

fn print_worst(f: &Figures, n: usize) {
    let list = |title: &str, order: &dyn Fn(&usize, &usize) -> std::cmp::Ordering| {
        let mut indices: Vec<usize> = (0..f.names.len()).collect();
        indices.sort_by(order);
        println!("{title}");
        for i in indices.into_iter().take(n) {
            println!("  {}: {:.2} changed, {:.2} outside", f.names[i], f.covered[i], f.outside[i]);
        }
    };
    if n > 0 {
        list("covered least", &|a, b| f.covered[*a].total_cmp(&f.covered[*b]));
        list("most changed outside", &|a, b| f.outside[*b].total_cmp(&f.outside[*a]));
        println!();
    }
}

fn print(f: &mut Figures, photos: usize) {
    let n = f.colour.len();
    let share = |values: &[f32], ok: &dyn Fn(f32) -> bool| {
        values.iter().filter(|v| ok(**v)).count() as f32 / values.len().max(1) as f32
    };
    println!(
        "{photos} photos, {n} garments asked for one at a time, {} of them refused, {} drawn anew\n",
        f.refused, f.drawn
    );
    println!("| figure | value | target |\n| --- | --- | --- |");
    println!(
        "| garments with a colour error of at most 6 (CIEDE2000, hue and chroma) | {:.1} % | 92 % |",
        100.0 * share(&f.colour, &|v| v <= 6.0)
    );
    println!("| colour error, median | {:.2} | |", quantile(&mut f.colour, 0.5));
    println!("| true garment changed, median | {:.3} | .92 |", quantile(&mut f.covered, 0.5));
    println!("| true garment changed, tenth percentile | {:.3} | .80 |", quantile(&mut f.covered, 0.1));
    println!(
        "| changed outside (6 px), share of the garment's area, median | {:.3} | |",
        quantile(&mut f.outside, 0.5)
    );
    println!("| changed outside, mean | {:.3} | .03 |", f.outside.iter().sum::<f32>() / n.max(1) as f32);
    println!("| garments with at most 4 % outside | {:.1} % | |", 100.0 * share(&f.outside, &|v| v <= 0.04));
    println!(
        "| lightness gradients before and after, correlation, median | {:.3} | .86 |",
        quantile(&mut f.gradients, 0.5)
    );
    println!("| the same, tenth percentile | {:.3} | |", quantile(&mut f.gradients, 0.1));
    let seen = f.patterns.iter().filter(|p| **p).count() as f32 / f.patterns.len().max(1) as f32;
    println!("| patterns recognisable | {:.1} % of {} | 88 % |", 100.0 * seen, f.patterns.len());
    let kept = |(same, all): (u64, u64)| 100.0 * same as f64 / all.max(1) as f64;
    println!(
        "| hair and skin pixels identical where the shape stays, by the parser's labels | {:.4} % | 100 % |",
        kept(f.untouched_by_label)
    );
    println!(
        "| hair and skin pixels identical where the shape stays, by the true labels | {:.2} % | |",
        kept(f.untouched_by_truth)
    );
    println!(
        "| inner shirt kept when only the coat is asked for, median share | {:.3} ({}) | |",
        quantile(&mut f.inner_kept, 0.5),
        f.inner_kept.len()
    );
}

fn read(text: &str) -> Result<drape_core::style::Style, String> {
    Ok(lexicon::read(&Sentence::parse(text).map_err(|e| e.to_string())?))
}

fn one_garment(
    engine: &Engine,
    item: &Labelled,
    parse: &Parse,
    label: Label,
    noun: &str,
    n: usize,
    f: &mut Figures,
) -> Result<(), String> {
    let pixels: Vec<usize> =
        (0..item.truth.as_raw().len()).filter(|&i| item.truth.as_raw()[i] == label as u8).collect();
    let least = if label == Label::Footwear { 0.004 } else { 0.015 };
    if (pixels.len() as f32) < least * item.truth.as_raw().len() as f32 {
        return Ok(());
    }
    f.names.push(format!("{} {noun}", item.name));
    let worn = median(&item.photo, &pixels);
    let far = |c: &&ColourName| {
        Lab::from_srgb8(Colour::new(**c, None).oklab.to_srgb8()).distance(Lab::from_srgb8(worn)) > 25.0
    };
    let turn = n * 7 + label as usize;
    let asked = COLOURS.iter().cycle().skip(turn % COLOURS.len()).take(COLOURS.len()).find(far);
    let asked = *asked.unwrap_or(&ColourName::Red);
    let sentence = format!("{} {noun}", asked.name(drape_core::language::Language::English));
    let look =
        match engine.style_parsed(&item.photo, parse, &read(&sentence)?, Options::default(), &mut |_| true) {
            Ok(look) if look.report.garments.first().is_some_and(|g| g.outcome != Outcome::NotPossible) => {
                look
            }
            // A garment in the photo that was not painted counts as a total miss.
            _ => {
                f.refused += 1;
                f.covered.push(0.0);
                f.outside.push(0.0);
                f.colour.push(100.0);
                return Ok(());
            }
        };
    let (before, after) = (item.photo.pixels.as_raw(), look.picture.pixels.as_raw());
    let changed: Vec<bool> = (0..item.truth.as_raw().len())
        .map(|i| (0..3).any(|c| before[i * 3 + c].abs_diff(after[i * 3 + c]) > 5))
        .collect();
    let (w, h) = (item.truth.width() as usize, item.truth.height() as usize);
    let covered = pixels.iter().filter(|&&i| changed[i]).count() as f32 / pixels.len() as f32;
    f.covered.push(covered);
    let mask: Vec<bool> = item.truth.as_raw().iter().map(|l| *l == label as u8).collect();
    let near = within(&mask, w, h, 6);
    f.outside.push((0..w * h).filter(|&i| changed[i] && !near[i]).count() as f32 / pixels.len() as f32);
    f.colour.push(colour_error(&look.picture, &pixels, Colour::new(asked, None).oklab));
    if covered > 0.3 {
        f.gradients.push(gradient_correlation(&item.photo, &look.picture, &mask, &changed));
    }
    // A garment of a new shape may cover arms and legs; the tests check hair and head.
    if look.report.garments.iter().all(|g| !g.reasons.contains(&Reason::Drawn)) {
        protect(&mut f.untouched_by_label, &parse.labels, before, after);
        protect(&mut f.untouched_by_truth, &item.truth, before, after);
    } else {
        f.drawn += 1;
    }
    if label == Label::Outer {
        let inner: Vec<usize> =
            (0..w * h).filter(|&i| item.truth.as_raw()[i] == Label::Upper as u8).collect();
        if inner.len() > w * h / 100 {
            f.inner_kept.push(inner.iter().filter(|&&i| !changed[i]).count() as f32 / inner.len() as f32);
        }
    }
    if label != Label::Footwear {
        let pattern = PATTERNS[turn % PATTERNS.len()];
        let (a, b) = if turn.is_multiple_of(2) {
            (ColourName::Navy, ColourName::White)
        } else {
            (ColourName::Crimson, ColourName::Black)
        };
        let sentence = format!("{} and {} {pattern} {noun}", a.id(), b.id());
        if let Ok(look) =
            engine.style_parsed(&item.photo, parse, &read(&sentence)?, Options::default(), &mut |_| true)
        {
            f.patterns.push(recognisable(&look.picture, &mask, w, h, [a, b]));
        }
    }
    Ok(())
}

fn median(photo: &Photo, pixels: &[usize]) -> [u8; 3] {
    [0, 1, 2].map(|c| {
        let mut values: Vec<u8> = pixels.iter().map(|&i| photo.pixels.as_raw()[i * 3 + c]).collect();
        let k = values.len() / 2;
        *values.select_nth_unstable(k).1
    })
}

/// Distance of the garment's median colour from the requested colour under the garment's light: the requested
/// colour is dimmed to the measured lightness, and keeps its hue and saturation.
fn colour_error(look: &Photo, pixels: &[usize], asked: Oklab) -> f32 {
    let [mut l, mut a, mut b] = [0; 3].map(|_| Vec::with_capacity(pixels.len()));
    for &i in pixels {
        let p = &look.pixels.as_raw()[i * 3..i * 3 + 3];
        let c = Oklab::from_srgb8([p[0], p[1], p[2]]);
        l.push(c.l);
        a.push(c.a);
        b.push(c.b);
    }
    let seen = Oklab { l: quantile(&mut l, 0.5), a: quantile(&mut a, 0.5), b: quantile(&mut b, 0.5) };
    let k = seen.l / asked.l.max(0.05);
    let dimmed = Oklab { l: seen.l, a: asked.a * k, b: asked.b * k };
    Lab::from_srgb8(seen.to_srgb8()).distance(Lab::from_srgb8(dimmed.to_srgb8()))
}

/// Pearson correlation of horizontal and vertical lightness steps inside the garment.
fn gradient_correlation(before: &Photo, after: &Photo, mask: &[bool], changed: &[bool]) -> f32 {
    let (w, h) = (before.pixels.width() as usize, before.pixels.height() as usize);
    let light = |p: &Photo| -> Vec<f32> {
        p.pixels.as_raw().chunks_exact(3).map(|p| Lab::from_srgb8([p[0], p[1], p[2]]).l).collect()
    };
    let (p, q) = (light(before), light(after));
    // Use only pixels well inside: the true outlines are off by up to 5 px, and the contrast at the garment's
    // edge must change.
    let outside: Vec<bool> = mask.iter().map(|m| !m).collect();
    let rim = within(&outside, w, h, 6);
    let usable = |i: usize| changed[i] && !rim[i];
    let (mut n, mut sp, mut sq, mut spp, mut sqq, mut spq) =
        (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    for y in 1..h - 1 {
        for x in 1..w - 1 {
            let i = y * w + x;
            for j in [i + 1, i + w] {
                if usable(i) && usable(j) {
                    let (a, b) = (f64::from(p[j] - p[i]), f64::from(q[j] - q[i]));
                    (n, sp, sq) = (n + 1.0, sp + a, sq + b);
                    (spp, sqq, spq) = (spp + a * a, sqq + b * b, spq + a * b);
                }
            }
        }
    }
    let cov = spq - sp * sq / n;
    let var = ((spp - sp * sp / n) * (sqq - sq * sq / n)).sqrt();
    if var > 0.0 { (cov / var) as f32 } else { 0.0 }
}

/// Whether both requested colours are present all over the garment: in four of five cells, an eighth of the
/// garment's height each, each colour takes at least a tenth of the pixels.
fn recognisable(look: &Photo, mask: &[bool], w: usize, h: usize, asked: [ColourName; 2]) -> bool {
    let rows: Vec<usize> = (0..h).filter(|y| mask[y * w..(y + 1) * w].iter().any(|m| *m)).collect();
    let (Some(&top), Some(&bottom)) = (rows.first(), rows.last()) else { return false };
    let cell = ((bottom - top) / 8).max(24);
    let asked = asked.map(|c| Colour::new(c, None).oklab);
    let mut cells = std::collections::HashMap::<(usize, usize), [usize; 2]>::new();
    for i in (0..w * h).filter(|&i| mask[i]) {
        let p = &look.pixels.as_raw()[i * 3..i * 3 + 3];
        let c = Oklab::from_srgb8([p[0], p[1], p[2]]);
        let distance =
            |q: &Oklab| (c.l - q.l).powi(2) * 0.6 + (c.a - q.a).powi(2) * 2.0 + (c.b - q.b).powi(2) * 2.0;
        let nearest = usize::from(distance(&asked[1]) < distance(&asked[0]));
        cells.entry((i % w / cell, i / w / cell)).or_default()[nearest] += 1;
    }
    let full: Vec<&[usize; 2]> = cells.values().filter(|c| c[0] + c[1] > cell * cell / 3).collect();
    let good = full.iter().filter(|c| c[0].min(c[1]) * 10 >= c[0] + c[1]).count();
    good * 5 >= full.len() * 4
}

fn protect(count: &mut (u64, u64), labels: &GrayImage, before: &[u8], after: &[u8]) {
    for (i, l) in labels.as_raw().iter().enumerate() {
        if *l == Label::Hair as u8 || *l == Label::Skin as u8 {
            count.1 += 1;
            count.0 += u64::from(before[i * 3..i * 3 + 3] == after[i * 3..i * 3 + 3]);
        }
    }
}

/// Everything within `radius` pixels (a square) of the mask.
fn within(mask: &[bool], w: usize, h: usize, radius: usize) -> Vec<bool> {
    let spread = |get: &dyn Fn(usize, usize) -> bool, n: usize, m: usize| -> Vec<Vec<bool>> {
        (0..m)
            .map(|line| {
                let mut out = vec![false; n];
                for k in (0..n).filter(|&k| get(k, line)) {
                    for v in &mut out[k.saturating_sub(radius)..(k + radius + 1).min(n)] {
                        *v = true;
                    }
                }
                out
            })
            .collect()
    };
    let rows = spread(&|x, y| mask[y * w + x], w, h);
    let columns = spread(&|y, x| rows[y][x], h, w);
    (0..w * h).map(|i| columns[i % w][i / w]).collect()
}
