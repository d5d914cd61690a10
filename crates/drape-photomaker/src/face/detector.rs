//! The first network finds faces (SCRFD; Guo et al. 2021).
//!
//! The network divides the picture into squares of 8, 16 and 32 pixels. For two anchors per square it gives
//! the score of a face there, the distances to the face's four sides, and its landmarks, in units of the
//! square.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use image::{Rgb, RgbImage};

use super::network::{Network, Output, Plan};
use crate::error::{Error, Result};

/// Sides of the pictures that are searched in turn, until a face is found (PhotoMaker's
/// `insightface_package.py`).
const SIDES: [usize; 7] = [640, 576, 512, 448, 384, 320, 256];
/// Pixels of a square's side.
const STRIDES: [usize; 3] = [8, 16, 32];
/// Anchors per square.
const ANCHORS: usize = 2;
/// Numbers of each output per anchor: a score, four distances, five points.
const WIDTHS: [usize; 3] = [1, 4, 10];
/// Least score of a face.
const SCORE: f32 = 0.5;
/// Largest share of their union that two faces may have in common; else only the one with the higher score
/// stays.
const OVERLAP: f32 = 0.4;
/// Subtracted from each channel, and the divisor of the difference.
const NORMAL: (f32, f32) = (127.5, 128.0);

/// The order of the outputs: for each stride, the places of score, distances and points.
type OutputPlaces = [[usize; 3]; 3];

/// A face in a photo. Coordinates are pixels of the photo, x to the right and y down; they may lie outside
/// of it where a face is cut by the photo's edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// How sure the detector is, 0.5 to 1.
    pub score: f32,
    /// Left, top, right and bottom.
    pub bounds: [f32; 4],
    /// The eye on the left of the picture, the one on the right, the tip of the nose, the left and the right
    /// corner of the mouth.
    pub landmarks: [(f32, f32); 5],
}

impl Face {
    /// Pixels that the face covers.
    pub fn area(&self) -> f32 {
        let [left, top, right, bottom] = self.bounds;
        (right - left).max(0.0) * (bottom - top).max(0.0)
    }
}

#[derive(Debug)]
pub(super) struct Detector {
    network: Network,
    sides: Vec<usize>,
    order: OutputPlaces,
    /// Prepared when first needed: most photos need only that of the first side.
    plans: Mutex<BTreeMap<usize, Arc<Plan>>>,
}

impl Detector {
    pub(super) fn new(network: Network) -> Result<Self> {
        let sides = match network.input_sides() {
            Some((None, None)) => SIDES.to_vec(),
            Some((Some(height), Some(width))) if height == width && height % STRIDES[2] == 0 => vec![height],
            _ => {
                return Err(network.malformed(format!(
                    "a face detector takes one square picture [1, 3, 640, 640], this network takes {}",
                    network.input_text()
                )));
            }
        };
        let plan = network.plan(sides[0])?;
        let order = order(plan.output_shapes(), sides[0]).ok_or_else(|| {
            network.malformed(format!(
                "a face detector with landmarks gives a score, 4 distances and 10 coordinates for each of \
                 {:?} places, this network gives {:?}",
                STRIDES.map(|stride| places(sides[0], stride)),
                plan.output_shapes()
            ))
        })?;
        let plans = Mutex::new(BTreeMap::from([(sides[0], Arc::new(plan))]));
        Ok(Self { network, sides, order, plans })
    }

    /// The faces in a photo, highest score first.
    pub(super) fn detect(&self, photo: &RgbImage) -> Result<Vec<Face>> {
        if photo.width() == 0 || photo.height() == 0 {
            return Ok(Vec::new());
        }
        for side in &self.sides {
            let faces = self.detect_at(photo, *side)?;
            if !faces.is_empty() {
                return Ok(faces);
            }
        }
        Ok(Vec::new())
    }

    fn detect_at(&self, photo: &RgbImage, side: usize) -> Result<Vec<Face>> {
        let (picture, scale) = fit(photo, side as u32);
        let outputs = self.plan(side)?.run(&picture, NORMAL)?;
        let mut faces = Vec::new();
        for (places_of, stride) in self.order.iter().zip(STRIDES) {
            let [scores, distances, points] = places_of.map(|place| &outputs[place]);
            check(&[scores, distances, points], places(side, stride))?;
            faces.extend(read(&scores.values, &distances.values, &points.values, (side, stride), scale));
        }
        Ok(strongest(faces))
    }

    fn plan(&self, side: usize) -> Result<Arc<Plan>> {
        // Only complete plans are inserted, so the plans are valid even after a panic poisoned the lock.
        let known = self.plans.lock().unwrap_or_else(PoisonError::into_inner).get(&side).cloned();
        if let Some(plan) = known {
            return Ok(plan);
        }
        // Two threads may prepare the same plan; neither waits for the other, and one plan is kept.
        let plan = Arc::new(self.network.plan(side)?);
        if order(plan.output_shapes(), side) != Some(self.order) {
            let shapes = plan.output_shapes();
            return Err(self.network.malformed(format!("other outputs at {side}x{side}: {shapes:?}")));
        }
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(plans.entry(side).or_insert(plan)))
    }
}

/// Number of anchors at a stride.
fn places(side: usize, stride: usize) -> usize {
    (side / stride) * (side / stride) * ANCHORS
}

/// Tells the outputs apart by their shapes, `[n, width]` or `[1, n, width]`, because their order differs
/// between files. `None` if they are not a detector's.
fn order(shapes: &[Vec<usize>], side: usize) -> Option<OutputPlaces> {
    if shapes.len() != STRIDES.len() * WIDTHS.len() {
        return None;
    }
    let mut order = OutputPlaces::default();
    for (row, stride) in order.iter_mut().zip(STRIDES) {
        let n = places(side, stride);
        for (place, width) in row.iter_mut().zip(WIDTHS) {
            *place = shapes.iter().position(|shape| *shape == [n, width] || *shape == [1, n, width])?;
        }
    }
    Some(order)
}

fn check(outputs: &[&Output; 3], n: usize) -> Result<()> {
    for (output, width) in outputs.iter().zip(WIDTHS) {
        if output.values.len() != n * width {
            return Err(Error::Compute(format!("face detector: an output of {:?}", output.shape)));
        }
    }
    Ok(())
}

/// The photo in the upper left corner of a black square, as large as fits, and its scale there. Bilinear
/// without smoothing, as OpenCV resizes, because the detector was trained on such pictures.
fn fit(photo: &RgbImage, side: u32) -> (RgbImage, f32) {
    let (width, height) = (f64::from(photo.width()), f64::from(photo.height()));
    let full = f64::from(side);
    let ratio = height / width;
    let (to_width, to_height) = if ratio > 1.0 { (full / ratio, full) } else { (full, full * ratio) };
    let (to_width, to_height) = (to_width.floor().max(1.0), to_height.floor().max(1.0));
    let columns = taps(photo.width(), to_width as u32);
    let rows = taps(photo.height(), to_height as u32);
    let mut picture = RgbImage::new(side, side);
    for (y, (top, bottom, lower)) in rows.iter().enumerate() {
        for (x, (left, right, later)) in columns.iter().enumerate() {
            let corner = |column: u32, row: u32| photo.get_pixel(column, row).0.map(f32::from);
            let corners =
                [corner(*left, *top), corner(*right, *top), corner(*left, *bottom), corner(*right, *bottom)];
            let value = |channel: usize| {
                let [a, b, c, d] = corners.map(|pixel| pixel[channel]);
                let (upper, under) = (a + (b - a) * later, c + (d - c) * later);
                (upper + (under - upper) * lower).round() as u8
            };
            picture.put_pixel(x as u32, y as u32, Rgb([value(0), value(1), value(2)]));
        }
    }
    (picture, (to_height / height) as f32)
}

/// For each pixel of a row of the result, the photo's two nearest pixels and the second one's share.
fn taps(from: u32, to: u32) -> Vec<(u32, u32, f32)> {
    let scale = f64::from(from) / f64::from(to);
    let last = f64::from(from - 1);
    let tap = |i: u32| {
        let centre = ((f64::from(i) + 0.5) * scale - 0.5).clamp(0.0, last);
        let first = centre.floor();
        (first as u32, (first + 1.0).min(last) as u32, (centre - first) as f32)
    };
    (0..to).map(tap).collect()
}

/// The faces of one stride, in pixels of the photo.
fn read<'a>(
    scores: &'a [f32],
    distances: &'a [f32],
    points: &'a [f32],
    (side, stride): (usize, usize),
    scale: f32,
) -> impl Iterator<Item = Face> + 'a {
    let row = side / stride;
    let unit = stride as f32;
    let sure = scores.iter().enumerate().filter(|(_, score)| **score >= SCORE);
    let faces = sure.map(move |(i, score)| {
        let square = i / ANCHORS;
        let (x, y) = ((square % row) as f32 * unit, (square / row) as f32 * unit);
        let distance = |k: usize| distances[i * 4 + k] * unit;
        let bounds = [x - distance(0), y - distance(1), x + distance(2), y + distance(3)];
        let point = |k: usize| {
            let at = i * 10 + k * 2;
            ((x + points[at] * unit) / scale, (y + points[at + 1] * unit) / scale)
        };
        let landmarks = [point(0), point(1), point(2), point(3), point(4)];
        Face { score: *score, bounds: bounds.map(|v| v / scale), landmarks }
    });
    faces.filter(|face| {
        let points = face.landmarks.iter().flat_map(|p| [p.0, p.1]);
        face.score.is_finite() && face.bounds.into_iter().chain(points).all(f32::is_finite)
    })
}

/// The faces by score, without those that overlap a face of a higher score.
fn strongest(mut faces: Vec<Face>) -> Vec<Face> {
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.iter().all(|other| overlap(&face, other) <= OVERLAP) {
            kept.push(face);
        }
    }
    kept
}

/// Intersection over union of two faces. Both ends count as pixels, as in the reference.
fn overlap(a: &Face, b: &Face) -> f32 {
    let length = |first: f32, last: f32| (last - first + 1.0).max(0.0);
    let size = |[left, top, right, bottom]: [f32; 4]| length(left, right) * length(top, bottom);
    let (p, q) = (a.bounds, b.bounds);
    let shared = size([p[0].max(q[0]), p[1].max(q[1]), p[2].min(q[2]), p[3].min(q[3])]);
    shared / (size(p) + size(q) - shared)
}
