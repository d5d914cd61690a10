//! `cargo xtask bench parser`: the product's parser, refinement included, on labelled photos.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use drape_core::photo::Photo;
use drape_retouch::{Engine, Joint, Keypoint, Label};
use image::{GrayImage, imageops};

use crate::figures::quantile;
use crate::labelled::{Data, classes, is_clothes, load, names};

type Confusion = [[u64; 11]; 11];

pub(crate) fn run(data: &Data, keypoints: Option<&Path>) -> Result<(), String> {
    let classes = classes(&data.data)?;
    let mut joints = keypoints.map(Joints::read).transpose()?;
    let engine = Engine::load().map_err(|e| e.to_string())?;
    let (mut whole, mut half): (Confusion, Confusion) = ([[0; 11]; 11], [[0; 11]; 11]);
    let mut edges = Edges::default();
    let (mut times, mut found) = (Vec::new(), 0_usize);
    let mut stages: Vec<(&str, Vec<f32>)> = Vec::new();
    let names = names(data)?;
    for name in &names {
        let item = load(&data.data, &classes, name)?;
        let parse = engine.parse(&item.photo).map_err(|e| e.to_string())?;
        count(&mut whole, &item.truth, &parse.labels);
        edges.add(&item.truth, &parse.labels);
        if let Some(joints) = &mut joints {
            joints.add(name, &parse.keypoints);
        }
        found += usize::from(Joint::ALL.iter().filter(|j| parse.joint(**j).is_some()).count() >= 8);
        let (photo, truth) = half_body(&item.photo, &item.truth);
        let parse = engine.parse(&photo).map_err(|e| e.to_string())?;
        count(&mut half, &truth, &parse.labels);
        // Timed on the photo scaled to 1024 px.
        let (w, h) = item.photo.pixels.dimensions();
        let k = 1024.0 / w.max(h) as f32;
        let (w, h) = ((w as f32 * k) as u32, (h as f32 * k) as u32);
        let big = imageops::resize(&item.photo.pixels, w, h, imageops::FilterType::Triangle);
        let big = Photo { pixels: big, icc: None };
        let start = Instant::now();
        let parse = engine.parse(&big).map_err(|e| e.to_string())?;
        times.push(start.elapsed().as_secs_f32() * 1000.0);
        for (stage, ms) in parse.stages.0 {
            match stages.iter_mut().find(|s| s.0 == stage) {
                Some(s) => s.1.push(ms),
                None => stages.push((stage, vec![ms])),
            }
        }
    }
    println!("{} photos; IoU over all pixels\n", names.len());
    println!("| labels | whole photo | half body |");
    println!("| --- | --- | --- |");
    let groups: [(&str, Vec<usize>); 6] = [
        ("person", (1..11).collect()),
        ("all clothes", vec![3, 4, 5, 6, 7, 8, 10]),
        ("all clothes and accessories", (3..11).collect()),
        ("upper + outer", vec![3, 10]),
        ("trousers + skirt + legwear", vec![4, 5, 8]),
        ("background", vec![0]),
    ];
    for (name, group) in &groups {
        println!("| {name} | {} | {} |", shown(iou(&whole, group)), shown(iou(&half, group)));
    }
    for label in &Label::ALL[1..] {
        let k = [*label as usize];
        println!("| {} | {} | {} |", label.id(), shown(iou(&whole, &k)), shown(iou(&half, &k)));
    }
    // A label absent from both (shoes in a half-body crop) has no figure and is left out of the mean.
    let mean = |c: &Confusion| {
        let each: Vec<f32> = (0..11).map(|k| iou(c, &[k])).filter(|v| v.is_finite()).collect();
        each.iter().sum::<f32>() / each.len() as f32
    };
    println!("| **mean of the eleven** | {:.3} | {:.3} |", mean(&whole), mean(&half));
    println!("\nboundary F-score of all clothes at 3 px: {:.3}", edges.score());
    println!("at least 8 joints found: {found} of {}", names.len());
    if let Some(joints) = &joints {
        joints.print();
    }
    for (stage, ms) in &mut stages {
        println!("  {stage}: {:.0} ms in {} photos", quantile(ms, 0.5), ms.len());
    }
    let (middle, most) = (quantile(&mut times, 0.5), quantile(&mut times, 1.0));
    println!(
        "parse at 1024 px: median {middle:.0} ms, slowest {most:.0} ms, {} threads",
        rayon::current_num_threads()
    );
    Ok(())
}

/// A figure, or a dash if neither labels nor parser have the label.
fn shown(figure: f32) -> String {
    if figure.is_finite() { format!("{figure:.3}") } else { "–".to_owned() }
}

fn count(confusion: &mut Confusion, truth: &GrayImage, guess: &GrayImage) {
    for (t, g) in truth.as_raw().iter().zip(guess.as_raw()) {
        confusion[usize::from(*t)][usize::from(*g)] += 1;
    }
}

fn iou(c: &Confusion, group: &[usize]) -> f32 {
    let (mut both, mut either) = (0_u64, 0_u64);
    for (t, row) in c.iter().enumerate() {
        for (g, n) in row.iter().enumerate() {
            let (in_t, in_g) = (group.contains(&t), group.contains(&g));
            both += if in_t && in_g { *n } else { 0 };
            either += if in_t || in_g { *n } else { 0 };
        }
    }
    if either == 0 { f32::NAN } else { both as f32 / either as f32 }
}

/// The teacher's joints per photo, in the order of `Joint::ALL` (x, y, and 1 if it is sure), and how many of
/// them the parser finds at the same place.
struct Joints {
    teacher: HashMap<String, Vec<[f32; 3]>>,
    /// Photos without a torso, whose length is the unit.
    skipped: usize,
    /// Per joint: how many are within a tenth of the torso, of how many.
    near: [(u32, u32); 15],
    /// Distances in torso lengths.
    apart: Vec<f32>,
}

impl Joints {
    fn read(path: &Path) -> Result<Self, String> {
        let wrong = |e: String| format!("{}: {e}", path.display());
        let text = std::fs::read_to_string(path).map_err(|e| wrong(e.to_string()))?;
        let teacher: HashMap<String, Vec<[f32; 3]>> =
            serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        if teacher.values().any(|joints| joints.len() != Joint::ALL.len()) {
            return Err(wrong(format!("not {} joints in every photo", Joint::ALL.len())));
        }
        Ok(Self { teacher, skipped: 0, near: [(0, 0); 15], apart: Vec::new() })
    }

    fn add(&mut self, name: &str, found: &[Keypoint]) {
        let torso = |taught: &Vec<[f32; 3]>| {
            let middle = |a: Joint, b: Joint| {
                let (a, b) = (taught[a as usize], taught[b as usize]);
                (a[2] > 0.0 && b[2] > 0.0).then_some(((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0))
            };
            let shoulders = middle(Joint::LeftShoulder, Joint::RightShoulder)?;
            let hips = middle(Joint::LeftHip, Joint::RightHip)?;
            Some((shoulders.0 - hips.0).hypot(shoulders.1 - hips.1))
        };
        let Some((taught, torso)) = self.teacher.get(name).and_then(|t| Some((t, torso(t)?))) else {
            self.skipped += 1;
            return;
        };
        for ((taught, found), near) in taught.iter().zip(found).zip(&mut self.near) {
            if taught[2] > 0.0 {
                let apart = (taught[0] - found.x).hypot(taught[1] - found.y) / torso;
                near.0 += u32::from(apart <= 0.1);
                near.1 += 1;
                self.apart.push(apart);
            }
        }
    }

    fn print(&self) {
        let share = |(near, all): (u32, u32)| 100.0 * near as f32 / all.max(1) as f32;
        let sum = self.near.iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        println!(
            "joints within a tenth of the torso of the teacher's: {:.1} % of {}; median distance \
             {:.3} torsos; \
             {} photos without a torso",
            share(sum),
            sum.1,
            quantile(&mut self.apart.clone(), 0.5),
            self.skipped
        );
        let each: Vec<String> = Joint::ALL
            .iter()
            .zip(self.near)
            .map(|(joint, near)| format!("{joint:?} {:.0} %", share(near)))
            .collect();
        println!("  {}", each.join(", "));
    }
}

/// From the head to the middle of the thighs: the upper 55 % of the person, with a little room.
fn half_body(photo: &Photo, truth: &GrayImage) -> (Photo, GrayImage) {
    let (w, h) = truth.dimensions();
    let rows: Vec<u32> = (0..h).filter(|&y| (0..w).any(|x| truth.get_pixel(x, y).0[0] != 0)).collect();
    let (Some(&top), Some(&bottom)) = (rows.first(), rows.last()) else {
        return (photo.clone(), truth.clone());
    };
    let tall = bottom - top;
    let (y0, y1) = (top.saturating_sub(tall / 20), top + (tall as f32 * 0.55) as u32);
    let columns: Vec<u32> = (0..w).filter(|&x| (y0..y1).any(|y| truth.get_pixel(x, y).0[0] != 0)).collect();
    let centre = (columns.first().unwrap_or(&0) + columns.last().unwrap_or(&w)) / 2;
    let wide = ((y1 - y0) * 3 / 4).max(96).min(w);
    let x0 = centre.saturating_sub(wide / 2).min(w - wide);
    let pixels = imageops::crop_imm(&photo.pixels, x0, y0, wide, y1 - y0).to_image();
    let truth = imageops::crop_imm(truth, x0, y0, wide, y1 - y0).to_image();
    (Photo { pixels, icc: None }, truth)
}

/// Boundary F-score: how much of each outline lies within 3 px of the other.
#[derive(Default)]
struct Edges {
    near_truth: u64,
    guessed: u64,
    near_guess: u64,
    true_: u64,
}

impl Edges {
    fn add(&mut self, truth: &GrayImage, guess: &GrayImage) {
        let (t, g) = (outline(truth), outline(guess));
        let (w, h) = (truth.width() as usize, truth.height() as usize);
        let (near_t, near_g) = (grown(&t, w, h, 3), grown(&g, w, h, 3));
        for i in 0..t.len() {
            self.guessed += u64::from(g[i]);
            self.near_truth += u64::from(g[i] && near_t[i]);
            self.true_ += u64::from(t[i]);
            self.near_guess += u64::from(t[i] && near_g[i]);
        }
    }

    fn score(&self) -> f32 {
        let precision = self.near_truth as f32 / self.guessed.max(1) as f32;
        let recall = self.near_guess as f32 / self.true_.max(1) as f32;
        2.0 * precision * recall / (precision + recall).max(1e-6)
    }
}

fn outline(labels: &GrayImage) -> Vec<bool> {
    let (w, h) = (labels.width() as usize, labels.height() as usize);
    let inside: Vec<bool> = labels.as_raw().iter().map(|l| is_clothes(*l)).collect();
    (0..w * h)
        .map(|i| {
            let (x, y) = (i % w, i / w);
            inside[i]
                && ((x > 0 && !inside[i - 1])
                    || (x + 1 < w && !inside[i + 1])
                    || (y > 0 && !inside[i - w])
                    || (y + 1 < h && !inside[i + w]))
        })
        .collect()
}

/// Everything within `radius` pixels (a disc) of a marked pixel.
fn grown(marks: &[bool], w: usize, h: usize, radius: isize) -> Vec<bool> {
    let mut out = vec![false; marks.len()];
    let disc: Vec<(isize, isize)> = (-radius..=radius)
        .flat_map(|dy| (-radius..=radius).map(move |dx| (dx, dy)))
        .filter(|(dx, dy)| dx * dx + dy * dy <= radius * radius)
        .collect();
    for (i, _) in marks.iter().enumerate().filter(|(_, m)| **m) {
        let (x, y) = ((i % w) as isize, (i / w) as isize);
        for (dx, dy) in &disc {
            let (x, y) = (x + dx, y + dy);
            if x >= 0 && y >= 0 && x < w as isize && y < h as isize {
                out[y as usize * w + x as usize] = true;
            }
        }
    }
    out
}
