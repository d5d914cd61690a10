//! The engine's thread. Jobs that were claimed together go to the engine together ([`drape_core::runner`]),
//! and each leaves as soon as its looks are encoded, whatever happens to the others.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use drape_core::engine::{Drawn, Engine, EngineFailure, Generated, OwnedRequest, Progress, Request, Stage};
use drape_core::id::PhotoId;
use drape_core::job::FailureReason;
use drape_core::runner::{self, Hooks, Pace};
use drape_core::stylist::Note;
use drape_store::{Going, JobProgress, MAX_PREVIEW, Millis, NewLook, Pictures, Store};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Span;

use crate::attempt::{self, Attempt};
use crate::trace;

/// Each report of progress is a transaction, and people do not notice more frequent ones.
const PACE: Pace = Pace {
    steps: Duration::from_millis(250),
    previews: Duration::from_secs(1),
    largest_preview: MAX_PREVIEW,
};

/// The looks of a job, encoded, or why there are none.
pub(crate) type Looks = Result<Vec<NewLook>, EngineFailure>;

/// The photos of a job, or why they cannot be fetched. Photos that were deleted are absent.
pub(crate) type Fetched = Result<Vec<(PhotoId, Bytes)>, String>;

/// The state of the engine's thread.
pub(crate) struct EngineThread {
    pub(crate) store: Store,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) lease: Millis,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) handle: Handle,
}

/// A job that is ready for the engine.
struct ReadyJob {
    /// Its place in the batch.
    number: usize,
    attempt: Attempt,
    photos: Vec<(PhotoId, Bytes)>,
    request: OwnedRequest,
}

impl EngineThread {
    /// Makes the looks of a batch. Calls `done` once for each job, with its place in the batch.
    pub(crate) fn run(&self, batch: Vec<(Attempt, Fetched)>, done: &mut dyn FnMut(usize, Looks)) {
        let (mut fresh, mut failed_before) = (Vec::new(), Vec::new());
        for (number, (attempt, photos)) in batch.into_iter().enumerate() {
            match self.ready(number, attempt, photos) {
                Ok(job) if job.attempt.claim.job.failures == 0 => fresh.push(job),
                Ok(job) => failed_before.push(job),
                Err(failure) => done(number, Err(failure)),
            }
        }
        self.ask(&fresh, done);
        // A job that crashed a worker could crash the rest of its batch as well, so it runs alone.
        for job in &failed_before {
            self.ask(std::slice::from_ref(job), done);
        }
    }

    fn ready(&self, number: usize, attempt: Attempt, photos: Fetched) -> Result<ReadyJob, EngineFailure> {
        if !self.wants(&attempt) {
            return Err(EngineFailure::Cancelled);
        }
        let photos = photos.map_err(failed)?;
        if photos.is_empty() {
            let detail = "no photo of the job is left".to_owned();
            return Err(EngineFailure::Failed { reason: FailureReason::PhotoGone, detail });
        }
        let request = attempt::request(&attempt.claim).map_err(|e| failed(e.to_string()))?;
        Ok(ReadyJob { number, attempt, photos, request })
    }

    /// Sends some jobs to the engine at once.
    fn ask(&self, jobs: &[ReadyJob], done: &mut dyn FnMut(usize, Looks)) {
        if jobs.is_empty() {
            return;
        }
        let photos: Vec<Vec<&[u8]>> =
            jobs.iter().map(|job| job.photos.iter().map(|(_, bytes)| bytes.as_ref()).collect()).collect();
        let requests: Vec<Request<'_>> =
            jobs.iter().zip(&photos).map(|(job, photos)| job.request.of(photos)).collect();
        let span = |job: &ReadyJob| trace::engine(&job.attempt.span, self.engine.name(), jobs.len());
        let spans: Vec<Span> = jobs.iter().map(span).collect();
        // The engine's own log lines cannot be attributed within a batch.
        let _entered = if let [only] = &spans[..] { Some(only.enter()) } else { None };
        let mut hooks = JobHooks { thread: self, jobs, spans: &spans, done };
        runner::run(self.engine.as_ref(), &requests, PACE, &mut hooks);
    }

    /// Whether the looks of an attempt are still wanted from this worker.
    fn wants(&self, attempt: &Attempt) -> bool {
        !*self.stop.borrow() && attempt.held()
    }

    /// Stores the progress of a job.
    fn report(&self, attempt: &Attempt, progress: &Progress) {
        let Progress { stage, step, total, preview } = progress;
        let progress = JobProgress { stage: *stage, step: *step, total: *total, preview: preview.as_deref() };
        let stored = self.store.progress(&attempt.claim, progress, self.lease, drape_store::now());
        match self.handle.block_on(stored) {
            Ok(Going::On) => {}
            Ok(Going::Stop) => attempt.lose(),
            // The database may be back before the lease expires.
            Err(e) => tracing::warn!(error = %e, "progress cannot be stored"),
        }
    }

    /// Encodes the looks of a job, unless it was just cancelled: encoding takes about as long as a step.
    fn encode(&self, job: &ReadyJob, drawn: Vec<Drawn>) -> Looks {
        let total = drawn.len() as u32;
        if total > 0 && self.wants(&job.attempt) {
            self.report(&job.attempt, &Progress { stage: Stage::Store, step: total, total, preview: None });
        }
        if !self.wants(&job.attempt) {
            return Err(EngineFailure::Cancelled);
        }
        let reading = job.attempt.claim.job.reading.as_deref();
        let reading = reading.and_then(|note| serde_json::from_str::<Note>(note).ok());
        let encode = |(mut drawn, &seed): (Drawn, &u64)| {
            drawn.report.reading.clone_from(&reading);
            let pictures = Pictures::of_look(&drawn.picture).map_err(|e| failed(e.to_string()))?;
            let photo = job.photos[drawn.photo].0;
            Ok(NewLook { photo, pictures, seed, report: drawn.report.to_json() })
        };
        drawn.into_iter().zip(&job.request.seeds).map(encode).collect()
    }
}

/// The jobs of one batch, as the runner sees them.
struct JobHooks<'a> {
    thread: &'a EngineThread,
    jobs: &'a [ReadyJob],
    spans: &'a [Span],
    done: &'a mut dyn FnMut(usize, Looks),
}

impl Hooks for JobHooks<'_> {
    fn wanted(&mut self, request: usize) -> bool {
        self.thread.wants(&self.jobs[request].attempt)
    }

    fn progress(&mut self, request: usize, progress: Progress) {
        self.spans[request].in_scope(|| self.thread.report(&self.jobs[request].attempt, &progress));
    }

    fn done(&mut self, request: usize, outcome: Generated) {
        self.spans[request].record("outcome", trace::outcome(&outcome));
        let job = &self.jobs[request];
        let looks = outcome.and_then(|drawn| job.attempt.span.in_scope(|| self.thread.encode(job, drawn)));
        (self.done)(job.number, looks);
    }
}

fn failed(detail: String) -> EngineFailure {
    EngineFailure::Failed { reason: FailureReason::EngineFailed, detail }
}
