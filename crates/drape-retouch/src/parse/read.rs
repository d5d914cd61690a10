//! Photo -> parse, step by step.

use std::sync::Arc;

use drape_core::colour::Lab;
use drape_core::photo::Photo;
use image::GrayImage;

use super::joint::Keypoint;
use super::label::{Label, PerLabel};
use super::labelled::{Parse, WORKING_PIXELS};
use super::network::Networks;
use super::outfit;
use super::person::{keep_largest_person, person_bounds};
use super::refine::{enlarge, refine};
use super::view::{View, look};
use crate::error::EngineError;
use crate::raster::copy::{planes, within};
use crate::raster::plane::Plane;
use crate::stages::Stages;

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
        // Other people are background to every later stage.
        for i in cleared {
            for (label, plane) in soft.iter_mut() {
                plane.data[i] = if label == Label::Background { 1.0 } else { 0.0 };
            }
        }
        others
    });
    let Statistics { shares, confidence, tones } = statistics(&labels, &soft, &rgb);
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
        soft: soft.map(Arc::new),
        keypoints,
        others,
        shares,
        confidence,
        tones,
        stages,
    })
}

impl Parse {
    /// The parse of a photo whose labels and joints are known: every pixel has its label for certain, and
    /// every label has the confidence 0.95. The labels must have the photo's size; soft labels, shares,
    /// colours and the person's bounds follow from them.
    ///
    /// # Errors
    /// [`EngineError::Failed`] for labels of another size and for numbers that are no label.
    pub fn from_labels(
        photo: &Photo,
        labels: GrayImage,
        keypoints: Vec<Keypoint>,
    ) -> Result<Self, EngineError> {
        if labels.dimensions() != photo.pixels.dimensions() {
            return Err(EngineError::Failed("labels of another size than the photo".to_owned()));
        }
        if labels.as_raw().iter().any(|l| Label::of_pixel(*l).is_none()) {
            return Err(EngineError::Failed("a number that is no label".to_owned()));
        }
        let (full_w, full_h) = (labels.width() as usize, labels.height() as usize);
        let (w, h) = within(full_w, full_h, WORKING_PIXELS);
        let raw = labels.as_raw();
        // The row or column of the photo at the centre of a row or column of the working picture.
        let place = |at: usize, n: usize, full: usize| {
            (((at as f32 + 0.5) * full as f32 / n as f32) as usize).min(full - 1)
        };
        let working: Vec<u8> =
            (0..w * h).map(|i| raw[place(i / w, h, full_h) * full_w + place(i % w, w, full_w)]).collect();
        let soft = PerLabel::of(|label| Plane {
            width: w,
            height: h,
            data: working.iter().map(|l| if label.is(*l) { 1.0 } else { 0.0 }).collect(),
        });
        let Statistics { shares, tones, .. } = statistics(&working, &soft, &planes(photo, w, h));
        Ok(Self {
            person: person_bounds(&labels),
            labels,
            soft: soft.map(Arc::new),
            keypoints,
            others: 0,
            shares,
            confidence: shares.map(|share| if share > 0.0 { KNOWN } else { 0.0 }),
            tones,
            stages: Stages::default(),
        })
    }
}

/// Confidence of labels that are given instead of found: as high as the parser's own ever is.
const KNOWN: f32 = 0.95;

/// Statistics of a parsed photo; see the fields of [`Parse`].
struct Statistics {
    shares: PerLabel<f32>,
    confidence: PerLabel<f32>,
    tones: PerLabel<Lab>,
}

/// Counts the pixels of each label. `labels` are numbers, `rgb` planes of 0..=1, all at the working size.
fn statistics(labels: &[u8], soft: &PerLabel<Plane>, rgb: &[Plane; 3]) -> Statistics {
    /// How many pixels a label has, the sum of their probabilities, and a histogram of each channel. The
    /// histograms give medians: with means, a white collar would lighten a dark jacket's tone.
    #[derive(Clone)]
    struct Count {
        pixels: usize,
        sure: f64,
        levels: [[u32; 256]; 3],
    }
    let none = Count { pixels: 0, sure: 0.0, levels: [[0; 256]; 3] };
    let mut counts = vec![none; Label::ALL.len()];
    for (i, &label) in labels.iter().enumerate() {
        let k = usize::from(label);
        let count = &mut counts[k];
        count.pixels += 1;
        count.sure += f64::from(soft.values()[k].data[i]);
        for (level, plane) in count.levels.iter_mut().zip(rgb) {
            level[(plane.data[i] * 255.0) as usize] += 1;
        }
    }
    let count = |label: Label| &counts[label as usize];
    let tone = |label: Label| {
        let median = |level: &[u32; 256]| {
            let mut seen = 0;
            let passed = |n: &u32| {
                seen += *n as usize;
                seen * 2 >= count(label).pixels
            };
            level.iter().position(passed).unwrap_or(0) as u8
        };
        Lab::from_srgb8([0, 1, 2].map(|c| median(&count(label).levels[c])))
    };
    let mean = |label: Label| match count(label).pixels {
        0 => 0.0,
        pixels => (count(label).sure / pixels as f64) as f32,
    };
    Statistics {
        shares: PerLabel::of(|label| count(label).pixels as f32 / labels.len() as f32),
        confidence: PerLabel::of(mean),
        tones: PerLabel::of(tone),
    }
}
