//! A preview for slow engines: a quick engine first makes one look, which is shown meanwhile.

use std::sync::Arc;

use drape_core::engine::{Drawn, Engine, EngineFailure, Generated, Progress, Request, Stage};
use drape_core::runner::{self, Hooks, Pace};

/// Longer side of a preview, pixels.
const SIDE: u32 = 640;
const QUALITY: u8 = 80;

/// A slow engine, preceded by a quick one that makes a preview. It has the slow engine's name.
#[derive(Clone)]
pub struct WithPreview {
    /// Makes the look of the first seed, which is shown as a preview; if it fails, there is no preview.
    pub quick: Arc<dyn Engine>,
    /// Makes the looks.
    pub engine: Arc<dyn Engine>,
}

impl WithPreview {
    /// Shows the quick engine's look. Returns whether to go on.
    fn show(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> bool {
        let first = Request { seeds: request.seeds.get(..1).unwrap_or_default(), ..request };
        let mut hooks = QuickHooks { progress, outcome: Ok(Vec::new()) };
        runner::run(self.quick.as_ref(), &[first], Pace::default(), &mut hooks);
        let why = match hooks.outcome {
            Ok(drawn) => match drawn.first().map(jpeg) {
                Some(Ok(picture)) => return progress(step(Some(picture))),
                Some(Err(e)) => e.to_string(),
                None => "no look".to_owned(),
            },
            Err(EngineFailure::Cancelled) => return false,
            Err(failure) => failure.to_string(),
        };
        tracing::debug!(engine = self.quick.name(), why, "no preview");
        true
    }
}

impl Engine for WithPreview {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated {
        if self.show(request, progress) {
            self.engine.generate(request, progress)
        } else {
            Err(EngineFailure::Cancelled)
        }
    }

    /// Makes a preview of each request, then passes the batch to the slow engine.
    fn generate_all(
        &self,
        requests: &[Request<'_>],
        progress: &mut dyn FnMut(usize, Progress) -> bool,
        done: &mut dyn FnMut(usize, Generated),
    ) {
        let mut wanted = Vec::with_capacity(requests.len());
        for (k, request) in requests.iter().enumerate() {
            if self.show(*request, &mut |step| progress(k, step)) {
                wanted.push(k);
            } else {
                done(k, Err(EngineFailure::Cancelled));
            }
        }
        if wanted.is_empty() {
            return;
        }
        let left: Vec<Request<'_>> = wanted.iter().map(|k| requests[*k]).collect();
        self.engine.generate_all(&left, &mut |j, step| progress(wanted[j], step), &mut |j, outcome| {
            done(wanted[j], outcome);
        });
    }
}

/// The quick engine's request. Its steps only ask whether to go on: the progress of a preview is not that of
/// the job.
struct QuickHooks<'a> {
    progress: &'a mut dyn FnMut(Progress) -> bool,
    outcome: Generated,
}

impl Hooks for QuickHooks<'_> {
    fn wanted(&mut self, _: usize) -> bool {
        (self.progress)(step(None))
    }

    fn progress(&mut self, _: usize, _: Progress) {}

    fn done(&mut self, _: usize, outcome: Generated) {
        self.outcome = outcome;
    }
}

fn step(preview: Option<Vec<u8>>) -> Progress {
    Progress { stage: Stage::Preview, step: 0, total: 0, preview }
}

fn jpeg(drawn: &Drawn) -> Result<Vec<u8>, image::ImageError> {
    drawn.picture.reduced(SIDE).encode_jpeg(QUALITY)
}
