//! The engine as services and the terminal see it: encoded photos and a style in, pictures out.
//!
//! The model is loaded when it is first needed and kept. One request runs at a time, for one fills the
//! machine. What can be used again is kept for a while, each in a small cache with a key of its
//! whole content: embeddings of texts, the first steps of a picture (which see no identity), and, under
//! the id of their owner and for minutes only, identities.

mod identity;
mod report;
mod sample;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use drape_core::engine::{Drawn, EngineFailure, Generated, Progress, Request, Stage};
use drape_core::job::FailureReason;
use drape_core::photo::Photo;
use image::RgbImage;

use self::identity::{Known, Who};
use self::sample::{Trunk, TrunkKey};
use crate::cache::Cache;
use crate::error::{Error, Input, Result};
use crate::load::{Files, Loaded, Options, load, place};
use crate::memory;
use crate::pipeline::Embedding;
use crate::schedulers::Kind as SchedulerKind;
use crate::weights::Kind;

/// The name in jobs, looks and settings.
pub const ENGINE: &str = "photomaker";

/// Finds the head of the person in a photo, with room around it; none when there is no face.
pub type Portraits = dyn Fn(&Photo) -> Option<RgbImage> + Send + Sync;

/// The face embedding of a photo, 512 numbers, not normalised; none when no face is found. For v2.
pub type Faces = dyn Fn(&RgbImage) -> Result<Option<Vec<f32>>> + Send + Sync;

/// What an engine is made of.
#[derive(Clone, Default)]
pub struct Setup {
    /// The model's files.
    pub files: Files,
    /// How they are loaded.
    pub options: Options,
    /// Compute on the processor even where there is a GPU.
    pub processor: bool,
    /// How weights are kept; as in their files when nothing is said.
    pub stored: Option<Kind>,
    /// The scheduler; the model's own when nothing is said.
    pub scheduler: Option<SchedulerKind>,
    /// Finds heads; without it photos are used whole.
    pub portraits: Option<Arc<Portraits>>,
    /// Embeds faces; only v2 needs it.
    pub faces: Option<Arc<Faces>>,
}

/// SDXL with PhotoMaker.
pub struct Engine {
    setup: Setup,
    /// Held while a request runs.
    work: Mutex<Work>,
}

/// What outlives a request.
pub(crate) struct Work {
    loaded: Option<Arc<Loaded>>,
    pub(crate) texts: Cache<Vec<u32>, Embedding>,
    pub(crate) trunks: Cache<TrunkKey, Trunk>,
    pub(crate) people: Cache<Who, Known>,
}

/// Texts that are kept: 0.6 MB each.
const TEXTS: usize = 32;
/// First steps that are kept: 64 kB each at 1024 pixels.
const TRUNKS: usize = 128;
/// Identities that are kept.
const PEOPLE: usize = 16;
/// How long texts and first steps are kept.
const A_DAY: Duration = Duration::from_secs(24 * 3600);
/// How long identities are kept: as long as somebody tries one sentence after the other.
const MINUTES: Duration = Duration::from_secs(10 * 60);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("files", &self.setup.files).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine that will load its model when it is first needed.
    pub fn new(setup: Setup) -> Self {
        let work = Work {
            loaded: None,
            texts: Cache::new(TEXTS, A_DAY),
            trunks: Cache::new(TRUNKS, A_DAY),
            people: Cache::new(PEOPLE, MINUTES),
        };
        Self { setup, work: Mutex::new(work) }
    }

    /// Loads the model now, so that what is wrong with it is known before anybody waits for a picture, and
    /// answers the pixels of the side of the pictures that it was trained on.
    ///
    /// # Errors
    /// Those of [`load`]; [`Error::Memory`] when its weights do not fit.
    pub fn prepare(&self) -> Result<usize> {
        Ok(self.model(&mut self.work())?.native_size())
    }

    /// One look per seed; what fails says why in words for the person who asked.
    ///
    /// # Errors
    /// Those of [`Engine::prepare`], [`Error::Input`] for photos and settings that cannot be used,
    /// [`Error::Cancelled`] when `progress` answers `false`, and the device's.
    pub fn run(
        &self,
        request: Request<'_>,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Vec<Drawn>> {
        let start = Instant::now();
        check(&request)?;
        let mut work = self.work();
        work.people.forget(start);
        let mut tell = |stage, step, total, preview| {
            if progress(Progress { stage, step, total, preview }) { Ok(()) } else { Err(Error::Cancelled) }
        };
        tell(Stage::Load, 0, 0, None)?;
        let loaded = self.model(&mut work)?;
        let wanted = sample::Wanted::of(&request, &loaded, self.setup.scheduler)?;
        // The weights are the file's pages: what is read of them counts as free, and has to be.
        memory::check(loaded.weight_bytes + wanted.activations())?;
        tell(Stage::Identity, 0, wanted.total(), None)?;
        let loading = start.elapsed();
        let known = identity::know(&self.setup, &loaded, &mut work, &request)?;
        let learning = start.elapsed() - loading;
        let drawn = sample::draw(
            (&loaded, self.setup.portraits.as_deref()),
            &mut work,
            &request,
            &wanted,
            &known,
            &mut tell,
        )?;
        Ok(report::drawn(&request, &loaded, &wanted, &known, drawn, [loading, learning]))
    }

    fn work(&self) -> std::sync::MutexGuard<'_, Work> {
        // A panic leaves caches and a model, which are whole at every moment.
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn model(&self, work: &mut Work) -> Result<Arc<Loaded>> {
        if let Some(loaded) = &work.loaded {
            return Ok(Arc::clone(loaded));
        }
        let place = place(self.setup.processor, self.setup.stored)?;
        let loaded = Arc::new(load(&self.setup.files, &place, &self.setup.options)?);
        if loaded.pipeline.id_encoder.needs_faces() && self.setup.faces.is_none() {
            return Err(Input::NoFaceModel.into());
        }
        work.loaded = Some(Arc::clone(&loaded));
        Ok(loaded)
    }
}

/// What can be refused before anything is loaded.
fn check(request: &Request<'_>) -> Result<(), Input> {
    let photos = request.photos.len();
    if photos == 0 {
        return Err(Input::NoPhoto);
    }
    if photos > 8 {
        return Err(Input::TooManyPhotos(photos));
    }
    let settings = request.settings;
    if let Some(steps) = settings.steps.filter(|n| !(1..=1000).contains(n)) {
        return Err(Input::Steps(i64::from(steps)));
    }
    if let Some(guidance) = settings.guidance.filter(|g| !(1.0..=50.0).contains(g)) {
        return Err(Input::Guidance(guidance.to_string()));
    }
    if let (Some(width), Some(height)) = (settings.width, settings.height) {
        let side = |n: u32| n.is_multiple_of(8) && (64..=2048).contains(&n);
        if !side(width) || !side(height) {
            return Err(Input::Size { width: width as usize, height: height as usize });
        }
    }
    let pictures = request.seeds.len();
    if pictures == 0 || pictures > 8 {
        return Err(Input::Pictures(pictures));
    }
    Ok(())
}

impl drape_core::engine::Engine for Engine {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated {
        self.run(request, progress).map_err(|error| {
            let reason = match &error {
                Error::Cancelled => return EngineFailure::Cancelled,
                Error::Input(Input::NoFace | Input::NoPhoto) => FailureReason::NoFace,
                Error::Memory { .. } => FailureReason::NoMemory,
                _ => FailureReason::EngineFailed,
            };
            EngineFailure::Failed { reason, detail: error.to_string() }
        })
    }
}
