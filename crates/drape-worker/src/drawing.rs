//! The engine's thread: what was claimed together is asked for together, and each job leaves as soon as
//! its looks are encoded, whatever becomes of the others.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use drape_core::engine::{Engine, EngineFailure, Outcome, PREVIEW_STAGE, Progress, Request, Settings};
use drape_core::id::PhotoId;
use drape_core::job::FailureReason;
use drape_core::style::Style;
use drape_store::{Going, JobProgress, MAX_PREVIEW, Millis, NewLook, Pictures, Store};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Span;

use crate::run::Task;
use crate::trace;

/// Previews of one job are this far apart at least; between them the latest waits.
const BETWEEN_PREVIEWS: Duration = Duration::from_secs(1);
/// Steps of one stage are told this far apart at least: each is a transaction, and nobody sees more.
const BETWEEN_STEPS: Duration = Duration::from_millis(250);

/// What became of a claim at the engine.
pub(crate) enum Made {
    Looks(Vec<NewLook>),
    Stopped,
    Failed(FailureReason, String),
}

/// The photos of a job, or why there are none.
pub(crate) type Fetched = Result<Vec<(PhotoId, Bytes)>, String>;

/// What the engine's thread works with.
pub(crate) struct Drawing {
    pub(crate) store: Store,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) lease: Millis,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) handle: Handle,
}

/// A job that the engine can be asked for.
struct Ready {
    /// Number in the batch.
    number: usize,
    task: Task,
    photos: Vec<(PhotoId, Bytes)>,
    style: Style,
    settings: Settings,
    seeds: Vec<u64>,
}

/// How far a job is.
#[derive(Default)]
struct Told {
    /// Whether the engine has begun with it.
    begun: bool,
    /// Whether its end is handed on.
    ended: bool,
    last: Option<(&'static str, u32, u32)>,
    /// When that was.
    last_at: Option<Instant>,
    /// When the last preview was stored.
    shown_at: Option<Instant>,
    /// A preview that came too soon after that.
    waiting: Option<Vec<u8>>,
}

impl Drawing {
    /// Makes the looks of a batch; `made` is called once for each of its numbers.
    pub(crate) fn make_all(&self, batch: Vec<(usize, Task, Fetched)>, made: &mut dyn FnMut(usize, Made)) {
        let (mut fresh, mut tried) = (Vec::new(), Vec::new());
        for (number, task, fetched) in batch {
            let span = task.span.clone();
            match span.in_scope(|| self.ready(number, task, fetched)) {
                Ok(job) if job.task.claim.job.failures == 0 => fresh.push(job),
                Ok(job) => tried.push(job),
                Err(ended) => made(number, ended),
            }
        }
        self.together(fresh, made);
        // By themselves, so that what makes an engine panic takes others with it only once.
        tried.into_iter().for_each(|job| self.together(vec![job], made));
    }

    fn ready(&self, number: usize, task: Task, fetched: Fetched) -> Result<Ready, Made> {
        let failed = |detail: String| Made::Failed(FailureReason::EngineFailed, detail);
        let job = &task.claim.job;
        if self.unwanted(&task) {
            return Err(Made::Stopped);
        }
        let photos = fetched.map_err(failed)?;
        if photos.is_empty() {
            return Err(Made::Failed(FailureReason::PhotoGone, "no photo of the job is left".to_owned()));
        }
        let style = serde_json::from_str(&job.style).map_err(|e| failed(e.to_string()))?;
        let settings = serde_json::from_str(&job.settings).map_err(|e| failed(e.to_string()))?;
        let seeds = (0..u64::from(job.variations)).map(|k| job.seed.wrapping_add(k)).collect();
        Ok(Ready { number, task, photos, style, settings, seeds })
    }

    /// Asks the engine for some jobs at once. A panic fails one attempt of those that it had begun with;
    /// the others are asked for again.
    fn together(&self, mut jobs: Vec<Ready>, made: &mut dyn FnMut(usize, Made)) {
        while !jobs.is_empty() {
            let told: Vec<RefCell<Told>> = jobs.iter().map(|_| RefCell::default()).collect();
            let panicked = catch_unwind(AssertUnwindSafe(|| self.ask(&jobs, &told, made))).is_err();
            let told: Vec<Told> = told.into_iter().map(RefCell::into_inner).collect();
            let moved = told.iter().any(|t| t.begun || t.ended);
            let mut left = Vec::new();
            for (job, told) in jobs.into_iter().zip(told).filter(|(_, told)| !told.ended) {
                if panicked && moved && !told.begun {
                    left.push(job);
                } else {
                    let why = if panicked { "the engine panicked" } else { "the engine did not answer" };
                    made(job.number, Made::Failed(FailureReason::EngineFailed, why.to_owned()));
                }
            }
            jobs = left;
        }
    }

    fn ask(&self, jobs: &[Ready], told: &[RefCell<Told>], made: &mut dyn FnMut(usize, Made)) {
        let photos: Vec<Vec<&[u8]>> =
            jobs.iter().map(|j| j.photos.iter().map(|(_, bytes)| bytes.as_ref()).collect()).collect();
        let requests: Vec<Request<'_>> = jobs
            .iter()
            .zip(&photos)
            .map(|(job, photos)| Request {
                photos,
                style: &job.style,
                seeds: &job.seeds,
                subject: job.task.claim.job.subject,
                settings: &job.settings,
                owner: Some(job.task.claim.owner),
            })
            .collect();
        let spans: Vec<Span> =
            jobs.iter().map(|j| trace::engine(&j.task.span, self.engine.name(), jobs.len())).collect();
        let mut progress = |k: usize, step: Progress| {
            spans[k].in_scope(|| self.progress(&jobs[k].task, &mut told[k].borrow_mut(), step))
        };
        let mut done = |k: usize, outcome: Outcome| {
            let mut told = told[k].borrow_mut();
            if !told.ended {
                spans[k].record("outcome", outcome.as_ref().map_or_else(trace::kind, |_| "done"));
                let ended = jobs[k].task.span.in_scope(|| self.looks(&jobs[k], &mut told, outcome));
                told.ended = true;
                made(jobs[k].number, ended);
            }
        };
        // Of what an engine says by itself nobody knows for which of several jobs it is.
        let _entered = if let [only] = &spans[..] { Some(only.enter()) } else { None };
        self.engine.generate_all(&requests, &mut progress, &mut done);
    }

    /// Encodes the looks of a job.
    fn looks(&self, job: &Ready, told: &mut Told, outcome: Outcome) -> Made {
        told.begun = true;
        told.waiting = None;
        let drawn = match outcome {
            Ok(drawn) => drawn,
            Err(EngineFailure::Cancelled) => return Made::Stopped,
            Err(EngineFailure::Failed { reason, detail }) => return Made::Failed(reason, detail),
        };
        let total = drawn.len() as u32;
        let last = Progress { stage: "store", step: total, total, preview: None };
        if total > 0 && !self.progress(&job.task, told, last) {
            return Made::Stopped;
        }
        let mut looks = Vec::new();
        let note = job.task.claim.job.reading.as_deref().and_then(|n| serde_json::from_str::<Value>(n).ok());
        for (mut drawn, &seed) in drawn.into_iter().zip(&job.seeds) {
            if let (Some(note), Some(report)) = (&note, drawn.report.as_object_mut()) {
                report.insert("reading".to_owned(), note.clone());
            }
            match Pictures::of_look(&drawn.picture) {
                Ok(pictures) => looks.push(NewLook {
                    photo: job.photos[drawn.photo].0,
                    pictures,
                    seed,
                    report: drawn.report.to_string(),
                }),
                Err(e) => return Made::Failed(FailureReason::EngineFailed, e.to_string()),
            }
        }
        Made::Looks(looks)
    }

    /// Tells a step, and what there is to be seen, once; answers whether to go on.
    fn progress(&self, task: &Task, told: &mut Told, now: Progress) -> bool {
        if self.unwanted(task) {
            return false;
        }
        told.begun |= now.stage != PREVIEW_STAGE;
        match now.preview {
            Some(picture) if picture.len() > MAX_PREVIEW => {
                tracing::warn!(bytes = picture.len(), "a preview is too large");
            }
            Some(picture) => told.waiting = Some(picture),
            None => {}
        }
        let due = told.shown_at.is_none_or(|at| at.elapsed() >= BETWEEN_PREVIEWS);
        let preview = if due { told.waiting.take() } else { None };
        let step = (now.stage, now.step, now.total);
        if preview.is_none() && told.last == Some(step) {
            return true;
        }
        let same = told.last.is_some_and(|last| (last.0, last.2) == (step.0, step.2));
        if preview.is_none() && same && told.last_at.is_some_and(|at| at.elapsed() < BETWEEN_STEPS) {
            return true;
        }
        told.last = Some(step);
        told.last_at = Some(Instant::now());
        if preview.is_some() {
            told.shown_at = Some(Instant::now());
        }
        let progress =
            JobProgress { stage: now.stage, step: now.step, total: now.total, preview: preview.as_deref() };
        let told = self.store.progress(&task.claim, progress, self.lease, drape_store::now());
        match self.handle.block_on(told) {
            Ok(Going::On) => true,
            Ok(Going::Stop) => {
                task.held.store(false, Ordering::Relaxed);
                false
            }
            // The database may be back before the lease is over.
            Err(e) => {
                tracing::warn!(error = %e, "progress cannot be told");
                true
            }
        }
    }

    fn unwanted(&self, task: &Task) -> bool {
        *self.stop.borrow() || !task.held.load(Ordering::Relaxed)
    }
}
