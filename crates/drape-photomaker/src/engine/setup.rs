//! The parts of an engine: files, device, and the functions that find heads and embed faces.

use std::sync::Arc;

use drape_core::engine_id::EngineId;
use drape_core::photo::Photo;
use image::RgbImage;

use crate::error::Result;
use crate::load::{Files, Options};
use crate::schedulers::Kind as SchedulerKind;
use crate::weights::Kind;

/// The name in jobs, looks and settings.
pub const ENGINE: &str = EngineId::Photomaker.id();

/// Finds the head of the person in a photo, with room around it; `None` without a face.
pub type Portraits = dyn Fn(&Photo) -> Option<RgbImage> + Send + Sync;

/// The face embedding of a photo for v2: 512 numbers, not normalised; `None` without a face.
pub type Faces = dyn Fn(&RgbImage) -> Result<Option<Vec<f32>>> + Send + Sync;

/// The parts of an engine.
#[derive(Clone, Default)]
pub struct Setup {
    /// The model's files.
    pub files: Files,
    /// Options of loading.
    pub options: Options,
    /// Compute on the processor even where there is a GPU.
    pub processor: bool,
    /// The type in which weights are kept; `None` keeps the type of each file.
    pub stored: Option<Kind>,
    /// The scheduler; `None` for the model's own.
    pub scheduler: Option<SchedulerKind>,
    /// Finds heads; without it photos are used whole.
    pub portraits: Option<Arc<Portraits>>,
    /// Embeds faces; only v2 needs it.
    pub faces: Option<Arc<Faces>>,
}
