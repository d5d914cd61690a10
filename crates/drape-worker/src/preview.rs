//! Something to look at while a slow engine works: a quick engine makes one look first, which is shown
//! as a preview.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use drape_core::engine::{Drawn, Engine, EngineFailure, Outcome, PREVIEW_STAGE, Progress, Request};

/// Longer side of a preview, pixels.
const SIDE: u32 = 640;
const QUALITY: u8 = 80;

/// An engine before which another one makes a preview. Its name is that of the slow one.
#[derive(Clone)]
pub struct WithPreview {
    /// Makes the look of the first seed that is shown as a preview; when it fails there is none.
    pub quick: Arc<dyn Engine>,
    /// Makes the looks.
    pub engine: Arc<dyn Engine>,
}

impl WithPreview {
    /// Shows the quick engine's look; answers whether to go on.
    fn show(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> bool {
        // How far the quick engine is says nothing about how far the job is.
        let step = |preview| Progress { stage: PREVIEW_STAGE, step: 0, total: 0, preview };
        let mut wanted = progress(step(None));
        if !wanted {
            return false;
        }
        let first = Request { seeds: request.seeds.get(..1).unwrap_or_default(), ..request };
        let look = catch_unwind(AssertUnwindSafe(|| {
            self.quick.generate(first, &mut |_| {
                wanted = progress(step(None));
                wanted
            })
        }));
        if !wanted {
            return false;
        }
        let why = match look {
            Ok(Ok(drawn)) => match drawn.first().map(jpeg) {
                Some(Ok(picture)) => return progress(step(Some(picture))),
                Some(Err(e)) => e.to_string(),
                None => "no look".to_owned(),
            },
            Ok(Err(failure)) => failure.to_string(),
            Err(_) => "a panic".to_owned(),
        };
        tracing::debug!(engine = self.quick.name(), why, "no preview");
        true
    }
}

fn jpeg(drawn: &Drawn) -> Result<Vec<u8>, image::ImageError> {
    drawn.picture.reduced(SIDE).encode_jpeg(QUALITY)
}

impl Engine for WithPreview {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Outcome {
        if self.show(request, progress) {
            self.engine.generate(request, progress)
        } else {
            Err(EngineFailure::Cancelled)
        }
    }

    /// First a preview for everybody, then the batch as the slow engine likes it.
    fn generate_all(
        &self,
        requests: &[Request<'_>],
        progress: &mut dyn FnMut(usize, Progress) -> bool,
        done: &mut dyn FnMut(usize, Outcome),
    ) {
        let mut wanted = Vec::with_capacity(requests.len());
        for (k, request) in requests.iter().enumerate() {
            if self.show(*request, &mut |step| progress(k, step)) {
                wanted.push(k);
            } else {
                done(k, Err(EngineFailure::Cancelled));
            }
        }
        let left: Vec<Request<'_>> = wanted.iter().map(|k| requests[*k]).collect();
        self.engine.generate_all(&left, &mut |j, step| progress(wanted[j], step), &mut |j, outcome| {
            done(wanted[j], outcome);
        });
    }
}
