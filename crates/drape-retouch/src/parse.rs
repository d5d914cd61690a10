//! Photo -> parse: which pixel is hair, skin, upper, trousers ..., and where the joints are.
//!
//! The network looks twice when the person is small in the photo: once at the whole of it, then at
//! the person. Its soft labels are then fitted to the photo's own edges by a guided filter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use drape_core::colour::Lab;
use drape_core::photo::Photo;
use drape_core::style::Slot;
use image::GrayImage;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::look::{View, look};
use crate::network::Networks;
use crate::outfit;
use crate::people::{keep_largest_person, person_bounds};
use crate::plane::Plane;
use crate::refine::{enlarge, refine};

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

    /// Where a garment with this label is worn; none for the background, hair and skin.
    pub fn slot(self) -> Option<Slot> {
        Some(match self {
            Self::Background | Self::Hair | Self::Skin => return None,
            Self::Upper => Slot::Upper,
            Self::Trousers => Slot::Trousers,
            Self::Skirt => Slot::Skirt,
            Self::Dress => Slot::Dress,
            Self::Footwear => Slot::Footwear,
            Self::Legwear => Slot::Legwear,
            Self::Accessory => Slot::Accessory,
            Self::Outer => Slot::Outer,
        })
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
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.sums().serialize(serializer)
    }
}

impl Stages {
    /// Milliseconds by stage, to a tenth; a stage that ran several times is summed.
    pub fn sums(&self) -> BTreeMap<String, f32> {
        let mut sums: BTreeMap<String, f32> = BTreeMap::new();
        for &(name, ms) in &self.0 {
            *sums.entry(name.to_owned()).or_default() += ms;
        }
        sums.values_mut().for_each(|ms| *ms = (*ms * 10.0).round() / 10.0);
        sums
    }

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
    /// Shared between parses until one of them changes.
    pub soft: Vec<Arc<Plane>>,
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
pub(crate) fn parse(networks: &Networks, photo: &Photo) -> Result<Parse, EngineError> {
    let mut stages = Stages::default();
    let (full_w, full_h) = (photo.pixels.width() as usize, photo.pixels.height() as usize);
    let (w, h) = within(full_w, full_h, WORKING_PIXELS);
    let rgb = stages.timed("prepare", || planes(photo, w, h));

    let whole = View { x: 0.0, y: 0.0, width: w as f32, height: h as f32 };
    let mut seen = stages.timed("network", || look(networks, &rgb, whole))?;
    if let Some(closer) = seen.closer(w, h) {
        seen = stages.timed("network_closer", || look(networks, &rgb, closer))?;
    }
    let (mut soft, mut labels) = stages.timed("refine", || {
        outfit::settle(&mut seen.labels, &seen.picture);
        refine(&seen, &rgb)
    });
    let others = stages.timed("people", || {
        let (others, cleared) = keep_largest_person(&mut labels, w, h);
        // What was cleared as somebody else is background for every later stage too.
        for i in cleared {
            for (k, plane) in soft.iter_mut().enumerate() {
                plane.data[i] = if k == 0 { 1.0 } else { 0.0 };
            }
        }
        others
    });
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
        soft: soft.into_iter().map(Arc::new).collect(),
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

    /// Share of the photo's pixels that garments cover, each garment weighted by its confidence:
    /// the shadow under a chin may look a little like a collar.
    pub fn clothes_share(&self) -> f32 {
        Label::CLOTHES.iter().map(|&l| self.shares[l as usize] * self.confidence[l as usize]).sum()
    }
}
