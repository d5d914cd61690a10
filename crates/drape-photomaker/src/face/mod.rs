//! Face embeddings for PhotoMaker v2, from an ONNX face model that the operator brings.
//!
//! Photo ──► detector (SCRFD) ──► five landmarks ──► aligned face of 112 pixels ──► recogniser (ArcFace) ──►
//! 512 numbers, which `engine::identity` hands to the ID encoder. InsightFace's folders `buffalo_l` and
//! `antelopev2` have both networks. Their weights may not be used commercially, so the program neither
//! contains nor fetches them.

mod align;
mod detector;
mod folder;
mod network;
mod recogniser;

use std::path::Path;

use image::RgbImage;

pub use align::{ALIGNED, align};
pub use detector::Face;
pub use recogniser::EMBEDDING;

use crate::error::Result;
use detector::Detector;
use recogniser::Recogniser;

/// A detector and a recogniser, loaded once and shared between threads.
#[derive(Debug)]
pub struct FaceModel {
    detector: Detector,
    recogniser: Recogniser,
}

impl FaceModel {
    /// Loads the two networks of a folder: by the names of InsightFace's files (`det_10g.onnx`,
    /// `scrfd_10g_bnkps.onnx`, `w600k_r50.onnx`, `glintr100.onnx` and similar ones), else by their inputs and
    /// outputs. Where a folder holds no network but a single folder, that one is read.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::error::Error::NotFound) without the folder;
    /// [`Error::Incomplete`](crate::error::Error::Incomplete) names the network that is missing;
    /// [`Error::Malformed`](crate::error::Error::Malformed) names the file that is no ONNX, cannot be run or
    /// has other inputs and outputs than a face model's.
    pub fn open(folder: &Path) -> Result<Self> {
        let files = folder::find(folder)?;
        Ok(Self { detector: Detector::new(files.detector)?, recogniser: Recogniser::new(&files.recogniser)? })
    }

    /// The faces of a photo, highest score first. Searches the photo fitted into 640 pixels and, while
    /// nothing is found, into smaller squares down to 256, as PhotoMaker v2 does: a face that fills the photo
    /// is easier to find when it is small.
    ///
    /// # Errors
    /// [`Error::Compute`](crate::error::Error::Compute) when the network fails.
    pub fn detect(&self, photo: &RgbImage) -> Result<Vec<Face>> {
        self.detector.detect(photo)
    }

    /// The embedding of the largest face, [`EMBEDDING`] numbers that are not normalised, as PhotoMaker v2
    /// takes them; `None` without a face. (The reference takes the face with the highest score, but a photo
    /// is about the person with the largest face.)
    ///
    /// # Errors
    /// [`Error::Compute`](crate::error::Error::Compute) when a network fails.
    pub fn embed(&self, photo: &RgbImage) -> Result<Option<Vec<f32>>> {
        let mut faces = self.detect(photo)?;
        faces.sort_by(|a, b| b.area().total_cmp(&a.area()));
        // Landmarks in one point have no direction or size: such a face cannot be aligned.
        let aligned = faces.iter().find_map(|face| align(photo, &face.landmarks));
        aligned.map(|face| self.recogniser.embed(&face)).transpose()
    }
}
