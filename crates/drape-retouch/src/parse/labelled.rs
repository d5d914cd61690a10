//! The labelled photo: what the parser answers and every later stage reads.

use std::sync::Arc;

use drape_core::colour::Lab;
use image::GrayImage;
use rayon::prelude::*;

use super::joint::{Joint, Keypoint};
use super::label::{Label, PerLabel};
use crate::raster::geometry::Point;
use crate::raster::plane::Plane;
use crate::raster::window::Bounds;
use crate::raster::zoom::Zoom;
use crate::stages::Stages;

/// Above this many pixels the photo is parsed at a reduced size and the labels are enlarged.
pub const WORKING_PIXELS: usize = 1_400_000;

/// The labelled photo.
#[derive(Debug, Clone)]
pub struct Parse {
    /// The label of every pixel of the upright photo, as its number.
    pub labels: GrayImage,
    /// Soft labels, 0..=1 and summing to 1, at the working size (at most [`WORKING_PIXELS`]).
    /// Shared between parses until one of them changes.
    pub soft: PerLabel<Arc<Plane>>,
    /// The joints, found or not; a parse made from labels may lack some.
    pub keypoints: Vec<Keypoint>,
    /// Around the person; the whole photo when no person is found.
    pub person: Bounds,
    /// How many other people of similar size are in the photo.
    pub others: usize,
    /// Share of the photo's pixels per label.
    pub shares: PerLabel<f32>,
    /// Mean probability of the winning label over its pixels; 0 for labels that do not occur.
    pub confidence: PerLabel<f32>,
    /// Median colour per label; meaningless for labels that do not occur.
    pub tones: PerLabel<Lab>,
    /// Time per stage.
    pub stages: Stages,
}

impl Parse {
    /// Column and row of a joint that is at least guessed; see [`Keypoint::is_guessed`].
    pub(crate) fn guessed_joint(&self, joint: Joint) -> Option<Point> {
        self.keypoints.iter().find(|k| k.joint == joint && k.is_guessed()).map(|k| (k.x, k.y))
    }

    /// Column and row of a joint that the photo shows; see [`Keypoint::is_seen`].
    pub fn joint(&self, joint: Joint) -> Option<Point> {
        self.keypoints.iter().find(|k| k.joint == joint && k.is_seen()).map(|k| (k.x, k.y))
    }

    /// Column and row of a joint that is sure; see [`Keypoint::is_sure`].
    pub fn sure_joint(&self, joint: Joint) -> Option<Point> {
        self.keypoints.iter().find(|k| k.joint == joint && k.is_sure()).map(|k| (k.x, k.y))
    }

    /// Median colour of a label's pixels.
    pub fn tone(&self, label: Label) -> Lab {
        self.tones[label]
    }

    /// Share of the photo's pixels that the person covers.
    pub fn person_share(&self) -> f32 {
        1.0 - self.shares[Label::Background]
    }

    /// Mean of the winning label's probability over the person's pixels, 0..=1.
    pub fn person_confidence(&self) -> f32 {
        let sure: f32 = Label::PERSON.into_iter().map(|l| self.shares[l] * self.confidence[l]).sum();
        sure / self.person_share().max(1e-6)
    }

    /// Width and height of the soft labels.
    pub(crate) fn working_size(&self) -> (usize, usize) {
        let plane = &self.soft[Label::Background];
        (plane.width, plane.height)
    }

    /// Share of the photo's pixels that garments cover, each garment weighted by its confidence:
    /// the shadow under a chin may look a little like a collar.
    pub fn clothes_share(&self) -> f32 {
        Label::CLOTHES.iter().map(|&l| self.shares[l] * self.confidence[l]).sum()
    }

    /// The parse of a reduced copy. The soft labels have a size of their own and are shared with this one.
    pub(crate) fn reduced(&self, zoom: Zoom) -> Self {
        let (kx, ky) = zoom.factor();
        let ((w, h), full) = (zoom.small(), zoom.full());
        let raw = self.labels.as_raw();
        let nearest: Vec<usize> =
            (0..w).map(|x| (((x as f32 + 0.5) * kx) as usize).min(full.0 - 1)).collect();
        let mut labels = GrayImage::new(w as u32, h as u32);
        labels.as_mut().par_chunks_mut(w).enumerate().for_each(|(y, row)| {
            let line = (((y as f32 + 0.5) * ky) as usize).min(full.1 - 1) * full.0;
            row.iter_mut().zip(&nearest).for_each(|(v, x)| *v = raw[line + x]);
        });
        let b = self.person;
        let person = Bounds {
            left: (b.left as f32 / kx) as u32,
            top: (b.top as f32 / ky) as u32,
            right: ((b.right as f32 / kx).ceil() as u32).min(w as u32),
            bottom: ((b.bottom as f32 / ky).ceil() as u32).min(h as u32),
        };
        let joint = |p: &Keypoint| Keypoint { x: p.x / kx, y: p.y / ky, ..*p };
        Self {
            labels,
            soft: self.soft.clone(),
            keypoints: self.keypoints.iter().map(joint).collect(),
            person,
            others: self.others,
            shares: self.shares,
            confidence: self.confidence,
            tones: self.tones,
            stages: Stages::default(),
        }
    }
}
