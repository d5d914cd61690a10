//! Photo -> parse: which pixel is hair, skin, upper, trousers ..., and where the joints are.
//!
//! The network looks twice when the person is small in the photo: once at the whole of it, then at
//! the person. Its soft labels are then fitted to the photo's own edges by a guided filter.

use std::time::Instant;

use drape_core::colour::Lab;
use drape_core::photo::Photo;
use image::GrayImage;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::guided::Guide;
use crate::network::Network;
use crate::plane::Plane;
use crate::segment::{areas, vote};

/// What a pixel shows. The numbers are those of `labels.png`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Label {
    /// Everything that is not the person.
    Background = 0,
    /// Hair and beard.
    Hair = 1,
    /// Face, neck, arms, legs.
    Skin = 2,
    /// Shirts, tops, knitwear.
    Upper = 3,
    /// Trousers, jeans, shorts.
    Trousers = 4,
    /// Skirts.
    Skirt = 5,
    /// Dresses and jumpsuits.
    Dress = 6,
    /// Shoes and boots.
    Footwear = 7,
    /// Tights, leggings, socks.
    Legwear = 8,
    /// Bags, hats, glasses, belts, scarves, ties, jewellery.
    Accessory = 9,
    /// Coats, jackets, blazers, vests.
    Outer = 10,
}

impl Label {
    /// All labels, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Background,
        Self::Hair,
        Self::Skin,
        Self::Upper,
        Self::Trousers,
        Self::Skirt,
        Self::Dress,
        Self::Footwear,
        Self::Legwear,
        Self::Accessory,
        Self::Outer,
    ];
    /// The labels that are garments.
    pub const CLOTHES: [Self; 7] =
        [Self::Upper, Self::Trousers, Self::Skirt, Self::Dress, Self::Footwear, Self::Legwear, Self::Outer];

    /// The word used in JSON and tables.
    pub fn id(self) -> &'static str {
        const IDS: [&str; 11] = [
            "background",
            "hair",
            "skin",
            "upper",
            "trousers",
            "skirt",
            "dress",
            "footwear",
            "legwear",
            "accessory",
            "outer",
        ];
        IDS[self as usize]
    }

    /// A colour for overlays, sRGB.
    pub fn overlay(self) -> [u8; 3] {
        const COLOURS: [[u8; 3]; 11] = [
            [0, 0, 0],
            [128, 82, 38],
            [255, 201, 163],
            [229, 57, 53],
            [57, 73, 171],
            [216, 27, 167],
            [255, 214, 0],
            [0, 172, 193],
            [67, 160, 71],
            [251, 140, 0],
            [123, 31, 162],
        ];
        COLOURS[self as usize]
    }
}

/// A joint or mark of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it; left and right are the person's own")]
pub enum Joint {
    Nose,
    LeftEar,
    RightEar,
    LeftShoulder,
    RightShoulder,
    LeftElbow,
    RightElbow,
    LeftWrist,
    RightWrist,
    LeftHip,
    RightHip,
    LeftKnee,
    RightKnee,
    LeftAnkle,
    RightAnkle,
}

impl Joint {
    /// All joints in the order of the network's output.
    pub const ALL: [Self; 15] = [
        Self::Nose,
        Self::LeftEar,
        Self::RightEar,
        Self::LeftShoulder,
        Self::RightShoulder,
        Self::LeftElbow,
        Self::RightElbow,
        Self::LeftWrist,
        Self::RightWrist,
        Self::LeftHip,
        Self::RightHip,
        Self::LeftKnee,
        Self::RightKnee,
        Self::LeftAnkle,
        Self::RightAnkle,
    ];
}

const MIRROR: [usize; 15] = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13];

/// Where a joint is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Keypoint {
    /// Which joint.
    pub joint: Joint,
    /// Column in pixels of the upright photo.
    pub x: f32,
    /// Row in pixels of the upright photo.
    pub y: f32,
    /// 0..=1; below about 0.3 the joint is hidden or outside the photo.
    pub confidence: f32,
}

/// A rectangle in pixels; `right` and `bottom` are just outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// First column.
    pub left: u32,
    /// First row.
    pub top: u32,
    /// Column after the last.
    pub right: u32,
    /// Row after the last.
    pub bottom: u32,
}

impl Bounds {
    /// Columns.
    pub fn width(self) -> u32 {
        self.right - self.left
    }

    /// Rows.
    pub fn height(self) -> u32 {
        self.bottom - self.top
    }
}

/// Milliseconds that each stage took.
#[derive(Debug, Clone, Default)]
pub struct Stages(pub Vec<(&'static str, f32)>);

impl Serialize for Stages {
    /// An object of stage and milliseconds; a stage that ran several times is summed.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sums: Vec<(&str, f32)> = Vec::new();
        for &(name, ms) in &self.0 {
            match sums.iter_mut().find(|s| s.0 == name) {
                Some(sum) => sum.1 += ms,
                None => sums.push((name, ms)),
            }
        }
        serializer.collect_map(sums.iter().map(|(name, ms)| (name, (ms * 10.0).round() / 10.0)))
    }
}

impl Stages {
    pub(crate) fn timed<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let out = work();
        self.0.push((name, start.elapsed().as_secs_f32() * 1000.0));
        out
    }
}

/// The labelled photo.
#[derive(Debug, Clone)]
pub struct Parse {
    /// The label of every pixel of the upright photo, as its number.
    pub labels: GrayImage,
    /// Soft labels, 0..=1 and summing to 1, at the working size (at most [`WORKING_PIXELS`]).
    pub soft: Vec<Plane>,
    /// All joints, found or not.
    pub keypoints: Vec<Keypoint>,
    /// Around the person; the whole photo when nobody is found.
    pub person: Bounds,
    /// How many other people of similar size are in the photo.
    pub others: usize,
    /// Share of the photo's pixels per label.
    pub shares: [f32; 11],
    /// Mean probability of the winning label over its pixels; 0 for labels that do not occur.
    pub confidence: [f32; 11],
    /// Median colour per label; meaningless for labels that do not occur.
    pub tones: [Lab; 11],
    /// Time per stage.
    pub stages: Stages,
}

const LABELS: [usize; 11] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/// Above this many pixels the photo is parsed at a reduced size and the labels are enlarged.
pub const WORKING_PIXELS: usize = 1_400_000;
/// Pixels of the network's input: what it was trained at.
const NETWORK_AREA: f32 = 384.0 * 256.0;

/// Labels among which areas of one colour vote.
const VOTERS: [usize; 7] = [3, 4, 5, 6, 7, 8, 10];
/// Tolerance and least size of the areas, and the weight of their vote.
const AREA_SCALE: f32 = 1.2;
const AREA_LEAST: u32 = 60;
const VOTE: f32 = 0.6;

/// Width and height of at most `area` pixels with the aspect of the photo.
pub(crate) fn within(width: usize, height: usize, area: usize) -> (usize, usize) {
    let k = (area as f32 / (width * height) as f32).sqrt().min(1.0);
    (((width as f32 * k).round() as usize).max(1), ((height as f32 * k).round() as usize).max(1))
}

/// The three channels of a photo as planes of 0..=1 at the given size, area-averaged.
pub(crate) fn planes(photo: &Photo, width: usize, height: usize) -> [Plane; 3] {
    let (w, h) = (photo.pixels.width() as usize, photo.pixels.height() as usize);
    let raw = photo.pixels.as_raw();
    let (kx, ky) = (w as f32 / width as f32, h as f32 / height as f32);
    [0, 1, 2].map(|c| {
        if (w, h) == (width, height) {
            return Plane::from_fn(w, h, |x, y| f32::from(raw[(y * w + x) * 3 + c]) / 255.0);
        }
        Plane::from_fn(width, height, |x, y| {
            let (x0, y0) = ((x as f32 * kx) as usize, (y as f32 * ky) as usize);
            let x1 = (((x + 1) as f32 * kx) as usize).clamp(x0 + 1, w);
            let y1 = (((y + 1) as f32 * ky) as usize).clamp(y0 + 1, h);
            let mut sum = 0_u32;
            for row in y0..y1 {
                sum += (x0..x1).map(|x| u32::from(raw[(row * w + x) * 3 + c])).sum::<u32>();
            }
            sum as f32 / ((x1 - x0) * (y1 - y0)) as f32 / 255.0
        })
    })
}

/// Labels a photo.
pub(crate) fn parse(network: &Network, photo: &Photo) -> Result<Parse, EngineError> {
    let mut stages = Stages::default();
    let (full_w, full_h) = (photo.pixels.width() as usize, photo.pixels.height() as usize);
    let (w, h) = within(full_w, full_h, WORKING_PIXELS);
    let rgb = stages.timed("prepare", || planes(photo, w, h));

    let whole = View { x: 0.0, y: 0.0, width: w as f32, height: h as f32 };
    let mut seen = stages.timed("network", || look(network, &rgb, whole))?;
    if let Some(closer) = seen.closer(w, h) {
        seen = stages.timed("network_closer", || look(network, &rgb, closer))?;
    }
    let soft = stages.timed("refine", || refine(&seen, &rgb));
    let mut labels = stages.timed("labels", || strongest(&soft));
    let others = stages.timed("people", || keep_largest_person(&mut labels, w, h));
    let mut soft = soft;
    for (i, &label) in labels.iter().enumerate() {
        // What was cleared as somebody else is background for every later stage too.
        if label == 0 && soft[0].data[i] < 0.5 {
            for (k, plane) in soft.iter_mut().enumerate() {
                plane.data[i] = if k == 0 { 1.0 } else { 0.0 };
            }
        }
    }

    let (mut counts, mut sums) = ([0_usize; 11], [0.0_f64; 11]);
    // Medians by histogram: a white collar must not lighten a dark jacket's tone.
    let mut levels = vec![[[0_u32; 256]; 3]; 11];
    for (i, &label) in labels.iter().enumerate() {
        let k = usize::from(label);
        counts[k] += 1;
        sums[k] += f64::from(soft[k].data[i]);
        for (level, plane) in levels[k].iter_mut().zip(&rgb) {
            level[(plane.data[i] * 255.0) as usize] += 1;
        }
    }
    let mean =
        |label: usize| if counts[label] == 0 { 0.0 } else { (sums[label] / counts[label] as f64) as f32 };
    let tone = |label: usize| {
        let median = |level: &[u32; 256]| {
            let mut seen = 0;
            let passed = |n: &u32| {
                seen += *n as usize;
                seen * 2 >= counts[label]
            };
            level.iter().position(passed).unwrap_or(0) as u8
        };
        Lab::from_srgb8([0, 1, 2].map(|c| median(&levels[label][c])))
    };
    let k = (full_w as f32 / w as f32, full_h as f32 / h as f32);
    let keypoints = seen.keypoints.iter().map(|p| Keypoint { x: p.x * k.0, y: p.y * k.1, ..*p }).collect();
    let image = GrayImage::from_raw(w as u32, h as u32, labels)
        .ok_or_else(|| EngineError::Failed("labels do not fill their picture".to_owned()))?;
    let labels = if (w, h) == (full_w, full_h) {
        image
    } else {
        stages.timed("enlarge", || enlarge(&soft, full_w, full_h))
    };
    Ok(Parse {
        person: person_bounds(&labels),
        labels,
        soft,
        keypoints,
        others,
        shares: counts.map(|n| n as f32 / (w * h) as f32),
        confidence: LABELS.map(mean),
        tones: LABELS.map(tone),
        stages,
    })
}

impl Parse {
    /// Where a joint is, if it was found with at least this confidence (0..=1).
    pub fn joint(&self, joint: Joint, confidence: f32) -> Option<(f32, f32)> {
        let found = self.keypoints.iter().find(|k| k.joint == joint && k.confidence >= confidence);
        found.map(|k| (k.x, k.y))
    }

    /// Median colour of a label's pixels.
    pub fn tone(&self, label: Label) -> Lab {
        self.tones[label as usize]
    }

    /// Share of the photo's pixels that the person covers.
    pub fn person_share(&self) -> f32 {
        1.0 - self.shares[0]
    }

    /// Share of the photo's pixels that garments cover.
    pub fn clothes_share(&self) -> f32 {
        Label::CLOTHES.iter().map(|&l| self.shares[l as usize]).sum()
    }
}

/// The part of the working picture that the network is shown; it may reach outside.
#[derive(Debug, Clone, Copy)]
struct View {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

/// What the network saw in a view.
struct Seen {
    view: View,
    /// Soft labels (softmax) at half the network's input size.
    labels: Vec<Plane>,
    keypoints: Vec<Keypoint>,
}

fn look(network: &Network, rgb: &[Plane; 3], view: View) -> Result<Seen, EngineError> {
    let k = (NETWORK_AREA / (view.width * view.height)).sqrt();
    let side = |v: f32| ((v * k / 32.0).round() as usize).clamp(2, 32) * 32;
    let (nw, nh) = (side(view.width), side(view.height));
    let (sx, sy) = (view.width / nw as f32, view.height / nh as f32);
    // Reduced with the area average where there is more than one pixel to average.
    let (bw, bh) = (rgb[0].width as f32 / sx, rgb[0].height as f32 / sy);
    let input = [0, 1, 2].map(|c| {
        let small = rgb[c].reduced((bw.round() as usize).max(1), (bh.round() as usize).max(1));
        let (ox, oy) = (view.x / sx, view.y / sy);
        Plane::from_fn(nw, nh, |x, y| small.sample(x as f32 + ox, y as f32 + oy) * 2.0 - 1.0)
    });
    let output =
        network.run(&input, &MIRROR).map_err(|e| EngineError::Failed(format!("parser network: {e}")))?;
    let keypoints = output.keypoints.iter().zip(Joint::ALL).map(|(heat, joint)| {
        let (x, y, confidence) = peak(heat);
        let (x, y) = ((x + 0.5) * 4.0 * sx + view.x, (y + 0.5) * 4.0 * sy + view.y);
        Keypoint { joint, x, y, confidence }
    });
    let keypoints = keypoints.collect();
    let mut labels = output.labels;
    softmax(&mut labels);
    Ok(Seen { view, labels, keypoints })
}

impl Seen {
    /// A closer view of the person, when that would show them clearly larger.
    fn closer(&self, width: usize, height: usize) -> Option<View> {
        let background = &self.labels[0];
        let (w, h) = (background.width, background.height);
        let person = |x: usize, y: usize| background.at(x, y) < 0.5;
        let columns: Vec<usize> =
            (0..w).filter(|&x| (0..h).filter(|&y| person(x, y)).count() * 60 > h).collect();
        let rows: Vec<usize> =
            (0..h).filter(|&y| (0..w).filter(|&x| person(x, y)).count() * 60 > w).collect();
        let (&left, &right, &top, &bottom) = (columns.first()?, columns.last()?, rows.first()?, rows.last()?);
        let (kx, ky) = (self.view.width / w as f32, self.view.height / h as f32);
        let (x0, x1) = (left as f32 * kx + self.view.x, (right + 1) as f32 * kx + self.view.x);
        let (y0, y1) = (top as f32 * ky + self.view.y, (bottom + 1) as f32 * ky + self.view.y);
        let margin = 0.09 * (y1 - y0).max(x1 - x0);
        let (x0, y0) = ((x0 - margin).max(0.0), (y0 - margin).max(0.0));
        let (x1, y1) = ((x1 + margin).min(width as f32), (y1 + margin).min(height as f32));
        // A narrow strip would lose the surroundings that tell an arm from a post.
        let wish = (y1 - y0) * 0.5;
        let grow = ((wish - (x1 - x0)) / 2.0).max(0.0);
        let (x0, x1) = ((x0 - grow).max(0.0), (x1 + grow).min(width as f32));
        let view = View { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
        (view.width * view.height < 0.72 * (width * height) as f32).then_some(view)
    }
}

/// Position of the highest value, refined by the centroid around it, and its sigmoid.
fn peak(heat: &Plane) -> (f32, f32, f32) {
    let best = heat.data.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(i, _)| i);
    let (bx, by) = (best % heat.width, best / heat.width);
    let sigmoid = |v: f32| 1.0 / (1.0 + (-v).exp());
    let (mut sx, mut sy, mut sum) = (0.0, 0.0, 0.0);
    for y in by.saturating_sub(2)..(by + 3).min(heat.height) {
        for x in bx.saturating_sub(2)..(bx + 3).min(heat.width) {
            let p = sigmoid(heat.at(x, y));
            (sx, sy, sum) = (sx + p * x as f32, sy + p * y as f32, sum + p);
        }
    }
    (sx / sum.max(1e-6), sy / sum.max(1e-6), sigmoid(heat.data[best]))
}

fn softmax(planes: &mut [Plane]) {
    for i in 0..planes[0].data.len() {
        let most = planes.iter().map(|p| p.data[i]).fold(f32::MIN, f32::max);
        let mut sum = 0.0;
        for p in planes.iter_mut() {
            p.data[i] = (p.data[i] - most).exp();
            sum += p.data[i];
        }
        for p in planes.iter_mut() {
            p.data[i] /= sum;
        }
    }
}

/// Soft labels at the working size, their edges moved onto the photo's.
fn refine(seen: &Seen, rgb: &[Plane; 3]) -> Vec<Plane> {
    let (w, h) = (rgb[0].width, rgb[0].height);
    // The filter's coefficients live on a grid as fine as the network's input.
    let (lw, lh) = (seen.labels[0].width, seen.labels[0].height);
    let (sx, sy) = (seen.view.width / lw as f32, seen.view.height / lh as f32);
    let mid_w = ((2.0 * w as f32 / sx).round() as usize).clamp(2, w);
    let mid_h = ((2.0 * h as f32 / sy).round() as usize).clamp(2, h);
    let mid_rgb = [0, 1, 2].map(|c| rgb[c].reduced(mid_w, mid_h));
    let (kx, ky) = (w as f32 / mid_w as f32 / sx, h as f32 / mid_h as f32 / sy);
    let (ox, oy) = (seen.view.x / sx, seen.view.y / sy);
    let enlarge = |(label, small): (usize, &Plane)| {
        let outside = if label == 0 { 1.0 } else { 0.0 };
        Plane::from_fn(mid_w, mid_h, |x, y| {
            let (x, y) = ((x as f32 + 0.5) * kx - 0.5 - ox, (y as f32 + 0.5) * ky - 0.5 - oy);
            let inside = x > -1.0 && y > -1.0 && x < lw as f32 && y < lh as f32;
            if inside { small.sample(x, y) } else { outside }
        })
    };
    let ((guide, (ids, count)), mut mids) = rayon::join(
        || rayon::join(|| Guide::new(mid_rgb.clone(), 3, 4e-4), || areas(&mid_rgb, AREA_SCALE, AREA_LEAST)),
        || seen.labels.iter().enumerate().map(enlarge).collect::<Vec<Plane>>(),
    );
    vote(&mut mids, &VOTERS, &ids, count, VOTE);
    let mut soft: Vec<Plane> = mids
        .par_iter()
        .map(|mid| {
            if mid.data.iter().all(|&p| p < 0.05) {
                return Plane::filled(w, h, 0.0);
            }
            guide.fit(mid).apply(rgb)
        })
        .collect();
    let mut sums = vec![0.0_f32; w * h];
    sums.par_chunks_mut(w).enumerate().for_each(|(y, row)| {
        for plane in &soft {
            row.iter_mut().zip(&plane.data[y * w..]).for_each(|(s, v)| *s += v);
        }
        row.iter_mut().for_each(|s| *s = 1.0 / s.max(1e-6));
    });
    soft.par_iter_mut().for_each(|plane| plane.data.iter_mut().zip(&sums).for_each(|(v, s)| *v *= s));
    soft
}

fn strongest(soft: &[Plane]) -> Vec<u8> {
    (0..soft[0].data.len())
        .into_par_iter()
        .with_min_len(1 << 14)
        .map(|i| {
            let mut best = 0;
            for k in 1..soft.len() {
                if soft[k].data[i] > soft[best].data[i] {
                    best = k;
                }
            }
            best as u8
        })
        .collect()
}

/// Labels at full size from soft labels at the working size.
fn enlarge(soft: &[Plane], width: usize, height: usize) -> GrayImage {
    let (kx, ky) = (soft[0].width as f32 / width as f32, soft[0].height as f32 / height as f32);
    let mut image = GrayImage::new(width as u32, height as u32);
    image.as_mut().par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        for (x, out) in row.iter_mut().enumerate() {
            let (sx, sy) = ((x as f32 + 0.5) * kx - 0.5, (y as f32 + 0.5) * ky - 0.5);
            let mut best = (0, -1.0);
            for (k, plane) in soft.iter().enumerate() {
                let p = plane.sample(sx, sy);
                if p > best.1 {
                    best = (k as u8, p);
                }
            }
            *out = best.0;
        }
    });
    image
}

/// Leaves the largest person only; returns how many others of at least a quarter of that size
/// there were. Specks that touch nobody go too.
fn keep_largest_person(labels: &mut [u8], w: usize, h: usize) -> usize {
    let parts = components(w, h, |i| labels[i] != 0);
    let Some(largest) = parts.sizes.iter().copied().max() else { return 0 };
    let mut others = 0;
    let keep: Vec<bool> = parts
        .sizes
        .iter()
        .enumerate()
        .map(|(k, &n)| {
            if n == largest {
                return true;
            }
            // A bag on a long strap or a leg behind a bench is cut off from its owner by a little.
            let near = parts.bounds[k].overlaps_grown(
                parts.bounds[parts.sizes.iter().position(|&m| m == largest).unwrap_or(k)],
                h / 40,
            );
            if n * 4 > largest {
                others += 1;
                return false;
            }
            near && n * 400 > largest
        })
        .collect();
    for (i, label) in labels.iter_mut().enumerate() {
        if *label != 0 && !keep[parts.ids[i] as usize] {
            *label = 0;
        }
    }
    others
}

/// Connected sets of pixels (four neighbours).
pub(crate) struct Components {
    /// Number of each pixel's set; `u32::MAX` where there is none.
    pub(crate) ids: Vec<u32>,
    pub(crate) sizes: Vec<usize>,
    pub(crate) bounds: Vec<Extent>,
}

/// Inclusive bounds of a component.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) x0: usize,
    pub(crate) y0: usize,
    pub(crate) x1: usize,
    pub(crate) y1: usize,
}

impl Extent {
    fn overlaps_grown(self, other: Self, by: usize) -> bool {
        self.x0 <= other.x1 + by
            && other.x0 <= self.x1 + by
            && self.y0 <= other.y1 + by
            && other.y0 <= self.y1 + by
    }
}

pub(crate) fn components(w: usize, h: usize, inside: impl Fn(usize) -> bool) -> Components {
    let mut out = Components { ids: vec![u32::MAX; w * h], sizes: Vec::new(), bounds: Vec::new() };
    let mut open = Vec::new();
    for start in 0..w * h {
        if out.ids[start] != u32::MAX || !inside(start) {
            continue;
        }
        let id = out.sizes.len() as u32;
        let mut e = Extent { x0: w, y0: h, x1: 0, y1: 0 };
        let mut n = 0;
        out.ids[start] = id;
        open.push(start);
        while let Some(i) = open.pop() {
            n += 1;
            let (x, y) = (i % w, i / w);
            e = Extent { x0: e.x0.min(x), y0: e.y0.min(y), x1: e.x1.max(x), y1: e.y1.max(y) };
            let mut visit = |j: usize| {
                if out.ids[j] == u32::MAX && inside(j) {
                    out.ids[j] = id;
                    open.push(j);
                }
            };
            if x > 0 {
                visit(i - 1);
            }
            if x + 1 < w {
                visit(i + 1);
            }
            if y > 0 {
                visit(i - w);
            }
            if y + 1 < h {
                visit(i + w);
            }
        }
        out.sizes.push(n);
        out.bounds.push(e);
    }
    out
}

fn person_bounds(labels: &GrayImage) -> Bounds {
    let mut b = Bounds { left: labels.width(), top: labels.height(), right: 0, bottom: 0 };
    for (y, row) in labels.rows().enumerate() {
        let mut person = row.enumerate().filter(|(_, p)| p.0[0] != 0).map(|(x, _)| x as u32);
        if let Some(first) = person.next() {
            let last = person.next_back().unwrap_or(first);
            let y = y as u32;
            b = Bounds {
                left: b.left.min(first),
                top: b.top.min(y),
                right: b.right.max(last + 1),
                bottom: y + 1,
            };
        }
    }
    if b.right == 0 { Bounds { left: 0, top: 0, right: labels.width(), bottom: labels.height() } } else { b }
}
