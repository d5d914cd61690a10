//! The engine as services and the terminal see it: encoded photos and a style in, pictures out.
//!
//! The model is loaded when it is first needed, and kept. One request fills the machine, so one runs at a
//! time. Small caches, keyed by the whole input, keep results that later requests may use: embeddings of
//! texts, the first steps of a picture (which see no identity), and for minutes only, under the id of their
//! owner, identities.

mod identity;
mod report;
mod sample;
mod setup;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use drape_core::engine::{Drawn, EngineFailure, Generated, MOST_PHOTOS, Progress, Request, Stage};
use drape_core::job::FailureReason;

pub use self::setup::{ENGINE, Faces, Portraits, Setup};

use self::identity::{Known, Who};
use self::sample::Kept;
use crate::cache::Cache;
use crate::error::{Error, Input, Result};
use crate::load::{Loaded, load, place};
use crate::memory;

/// SDXL with PhotoMaker.
pub struct Engine {
    setup: Setup,
    /// Held while a request runs.
    work: Mutex<Work>,
}

/// The model and the results that outlive a request.
struct Work {
    loaded: Option<Arc<Loaded>>,
    kept: Kept,
    people: Cache<Who, Known>,
}

/// Identities that are kept.
const PEOPLE: usize = 16;
/// How long identities are kept: a person who tries one sentence after the other comes back within minutes.
const MINUTES: Duration = Duration::from_secs(10 * 60);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("files", &self.setup.files).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine that will load its model when it is first needed.
    pub fn new(setup: Setup) -> Self {
        let work = Work { loaded: None, kept: Kept::default(), people: Cache::new(PEOPLE, MINUTES) };
        Self { setup, work: Mutex::new(work) }
    }

    /// Loads the model now, so that its flaws are known before a person waits for a picture. Returns the
    /// side, in pixels, of the pictures that it was trained on.
    ///
    /// # Errors
    /// Those of [`load`]; [`Error::Memory`] when its weights do not fit.
    pub fn prepare(&self) -> Result<usize> {
        Ok(self.model(&mut self.work())?.native_size())
    }

    /// Generates one look per seed.
    ///
    /// # Errors
    /// Those of [`Engine::prepare`], [`Error::Input`] for photos and settings that cannot be used,
    /// [`Error::Cancelled`] when `progress` answers `false`, and errors of the device.
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
        let wanted = sample::RunSettings::of(&request, &loaded, self.setup.scheduler)?;
        // Weights are memory-mapped; their pages count as free memory, so the check must include them.
        memory::check(loaded.weight_bytes + wanted.activations())?;
        tell(Stage::Identity, 0, wanted.total(), None)?;
        let loading = start.elapsed();
        let known = identity::know(&self.setup, &loaded, &mut work.people, &request)?;
        let learning = start.elapsed() - loading;
        let drawn = sample::draw(
            (&loaded, self.setup.portraits.as_deref()),
            &mut work.kept,
            &request,
            &wanted,
            &known,
            &mut tell,
        )?;
        Ok(report::drawn(&request, &loaded, &wanted, &known, drawn, [loading, learning]))
    }

    fn work(&self) -> std::sync::MutexGuard<'_, Work> {
        // Caches and model are consistent at every moment, so they survive a panic.
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

/// Refuses requests that are wrong by themselves, before anything is loaded.
fn check(request: &Request<'_>) -> Result<(), Input> {
    let photos = request.photos.len();
    if photos == 0 {
        return Err(Input::NoPhoto);
    }
    if photos > MOST_PHOTOS {
        return Err(Input::TooManyPhotos(photos));
    }
    request.settings.check()?;
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
