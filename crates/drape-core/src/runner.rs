//! Runs an engine on a batch of requests and answers for it: whatever the engine does, every request ends
//! exactly once.
//!
//! Everything in the service that calls an engine goes through [`run`]: the worker, the worker without a
//! database, the container of an endpoint, and previews. [`Hooks`] say which requests are still wanted and
//! receive their progress and their ends. The runner cancels requests, limits the progress reports, and copes
//! with an engine that panics, forgets a request or ends one twice.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::engine::{Engine, EngineFailure, Generated, Progress, Request, Stage};
use crate::job::FailureReason;

/// Callbacks of the runner about a batch. They get a request's index in it, and are called on the thread that
/// called [`run`].
pub trait Hooks {
    /// Whether a request is still wanted. Asked before the request begins and at each of its steps, so it has
    /// to answer at once. After one `false` the request ends with [`EngineFailure::Cancelled`], whatever the
    /// engine makes of it, and is not asked about again.
    fn wanted(&mut self, request: usize) -> bool;

    /// Receives the progress of a request, as often as the [`Pace`] allows.
    fn progress(&mut self, request: usize, progress: Progress);

    /// The end of a request: called exactly once for each, as soon as it is known.
    fn done(&mut self, request: usize, generated: Generated);
}

/// How often the progress and the previews of one request are reported. A new stage is always reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Least time between two reports of the same stage.
    pub steps: Duration,
    /// Least time between two previews. The latest one that came too early goes with the next report.
    pub previews: Duration,
    /// Largest preview in bytes; larger ones are left out.
    pub largest_preview: usize,
}

/// No limits: every step and every preview is reported.
impl Default for Pace {
    fn default() -> Self {
        Self { steps: Duration::ZERO, previews: Duration::ZERO, largest_preview: usize::MAX }
    }
}

/// Asks an engine for a batch and returns when every request has ended. Blocks as long as the engine does.
///
/// When the engine panics, requests that have ended stay as they are, and those that it had not begun (no
/// step but [`Stage::Preview`]) are asked for again. A request that it had begun fails if it was the only
/// one. If there were several, one of them is to blame: each is asked for again alone, and fails only if it
/// panics alone.
///
/// A request that ends twice keeps its first end, and one that the engine never ends fails.
pub fn run(engine: &dyn Engine, requests: &[Request<'_>], pace: Pace, hooks: &mut dyn Hooks) {
    let states = requests.iter().map(|request| State::new(pace, request.photos.len())).collect();
    let run = RefCell::new(Run { hooks, states });
    let mut batches = VecDeque::from([(0..requests.len()).collect::<Vec<usize>>()]);
    while let Some(mut batch) = batches.pop_front() {
        batch.retain(|&request| run.borrow_mut().begin(request));
        if batch.is_empty() {
            continue;
        }
        let panicked = catch_unwind(AssertUnwindSafe(|| ask(engine, requests, &batch, &run))).is_err();
        let mut run = run.borrow_mut();
        batch.retain(|&request| !run.states[request].ended);
        if panicked {
            run.after_panic(batch, &mut batches);
        } else {
            batch.into_iter().for_each(|request| run.fail(request, "the engine did not answer"));
        }
    }
}

/// Asks for some of the requests; the engine counts them from 0.
fn ask(engine: &dyn Engine, requests: &[Request<'_>], batch: &[usize], run: &RefCell<Run<'_>>) {
    let asked: Vec<Request<'_>> = batch.iter().map(|&request| requests[request]).collect();
    engine.generate_all(
        &asked,
        &mut |k, step| batch.get(k).is_some_and(|&request| run.borrow_mut().step(request, step)),
        &mut |k, generated| {
            if let Some(&request) = batch.get(k) {
                run.borrow_mut().done(request, generated);
            }
        },
    );
}

/// A batch while it runs.
struct Run<'a> {
    hooks: &'a mut dyn Hooks,
    states: Vec<State>,
}

/// The state of a request of the batch.
struct State {
    /// Number of its photos.
    photos: usize,
    /// Whether the engine has begun with it since it was last asked.
    begun: bool,
    /// Whether it is no longer wanted.
    cancelled: bool,
    ended: bool,
    throttle: Throttle,
}

impl State {
    fn new(pace: Pace, photos: usize) -> Self {
        Self { photos, begun: false, cancelled: false, ended: false, throttle: Throttle::new(pace) }
    }
}

impl Run<'_> {
    /// Whether to ask the engine for a request; one that is not wanted any more ends here.
    fn begin(&mut self, request: usize) -> bool {
        self.states[request].begun = false;
        let wanted = self.wanted(request);
        if !wanted {
            self.end(request, Err(EngineFailure::Cancelled));
        }
        wanted
    }

    fn wanted(&mut self, request: usize) -> bool {
        let state = &mut self.states[request];
        state.cancelled = state.cancelled || !self.hooks.wanted(request);
        !state.cancelled
    }

    /// Passes a step of the engine on; answers whether to go on with the request.
    fn step(&mut self, request: usize, step: Progress) -> bool {
        if self.states[request].ended || !self.wanted(request) {
            return false;
        }
        let state = &mut self.states[request];
        state.begun |= step.stage != Stage::Preview;
        if let Some(report) = state.throttle.pass(Instant::now(), step) {
            self.hooks.progress(request, report);
        }
        // Ask again: the report may have shown that the request is not wanted any more.
        self.wanted(request)
    }

    /// Ends a request with the engine's result.
    fn done(&mut self, request: usize, generated: Generated) {
        if self.states[request].ended {
            return;
        }
        self.states[request].begun = true;
        let photos = self.states[request].photos;
        let generated = match generated {
            _ if self.states[request].cancelled => Err(EngineFailure::Cancelled),
            Err(EngineFailure::Cancelled) => Err(failed("the engine gave up a request that was wanted")),
            Ok(looks) if looks.iter().any(|look| look.photo >= photos) => {
                Err(failed("the engine named a photo that it was not given"))
            }
            generated => generated,
        };
        self.end(request, generated);
    }

    fn fail(&mut self, request: usize, detail: &str) {
        let cancelled = self.states[request].cancelled;
        self.end(request, Err(if cancelled { EngineFailure::Cancelled } else { failed(detail) }));
    }

    fn end(&mut self, request: usize, generated: Generated) {
        self.hooks.done(request, generated);
        // Only now, so that the request still fails if the hook panicked.
        self.states[request].ended = true;
    }

    /// Fails the request of `batch` that made the engine panic. If it is not known which it was, queues the
    /// suspects in `batches`, each alone; the others are queued again as well. No request of `batch` has
    /// ended.
    fn after_panic(&mut self, batch: Vec<usize>, batches: &mut VecDeque<Vec<usize>>) {
        // An engine that panics before its first step may have begun with any of them.
        let unknown = batch.iter().all(|&request| !self.states[request].begun);
        let (suspects, innocent): (Vec<usize>, Vec<usize>) =
            batch.into_iter().partition(|&request| unknown || self.states[request].begun);
        if !innocent.is_empty() {
            batches.push_back(innocent);
        }
        match suspects[..] {
            [only] => self.fail(only, "the engine panicked"),
            _ => batches.extend(suspects.into_iter().map(|request| vec![request])),
        }
    }
}

/// Limits the progress of one request to its [`Pace`].
struct Throttle {
    pace: Pace,
    reported: Option<Reported>,
    /// When the last preview was reported.
    previewed: Option<Instant>,
    /// The latest preview that came too early.
    waiting: Option<Vec<u8>>,
}

struct Reported {
    stage: Stage,
    step: u32,
    total: u32,
    at: Instant,
}

impl Throttle {
    fn new(pace: Pace) -> Self {
        Self { pace, reported: None, previewed: None, waiting: None }
    }

    /// What to report at a step, if anything.
    fn pass(&mut self, now: Instant, progress: Progress) -> Option<Progress> {
        let Progress { stage, step, total, preview } = progress;
        if let Some(preview) = preview.filter(|p| p.len() <= self.pace.largest_preview) {
            self.waiting = Some(preview);
        }
        let due = self.previewed.is_none_or(|at| now.duration_since(at) >= self.pace.previews);
        let preview = if due { self.waiting.take() } else { None };
        let step_due = self.reported.as_ref().is_none_or(|last| {
            let same_stage = last.stage == stage && last.total == total;
            !same_stage || last.step != step && now.duration_since(last.at) >= self.pace.steps
        });
        if !step_due && preview.is_none() {
            return None;
        }
        self.reported = Some(Reported { stage, step, total, at: now });
        if preview.is_some() {
            self.previewed = Some(now);
        }
        Some(Progress { stage, step, total, preview })
    }
}

fn failed(detail: &str) -> EngineFailure {
    EngineFailure::Failed { reason: FailureReason::EngineFailed, detail: detail.to_owned() }
}
