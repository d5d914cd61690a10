//! An engine that changes nothing: each look is the photo itself, after a few milliseconds and stages. Its
//! report repeats the request, so that tests see whether jobs, looks, previews and their owners stay
//! together.

use std::time::Duration;

use drape_core::engine::{Drawn, Engine, EngineFailure, Generated, Progress, Request, Stage};
use drape_core::job::FailureReason;
use drape_core::photo::Photo;
use drape_core::report::Report;

/// Returns the first photo, once per seed. If the settings name a number of steps, it takes that many, 20 ms
/// each, and shows a preview at every fifth.
#[derive(Debug, Clone, Copy, Default)]
pub struct Still;

const STAGES: [Stage; 3] = [Stage::Parse, Stage::Paint, Stage::Scene];
const PAUSE: Duration = Duration::from_millis(4);
const STEP_PAUSE: Duration = Duration::from_millis(20);
/// Steps from one preview to the next.
const EVERY: u32 = 5;
/// Longer side of a preview, pixels.
const PREVIEW_SIDE: u32 = 320;

impl Engine for Still {
    fn name(&self) -> &'static str {
        "still"
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated {
        let broken = |detail: String| EngineFailure::Failed { reason: FailureReason::EngineFailed, detail };
        let bytes = request.photos.first().ok_or_else(|| broken("no photo".to_owned()))?;
        let picture = Photo::decode(bytes).map_err(|e| broken(format!("{e:?}")))?;
        let preview = picture.reduced(PREVIEW_SIDE).encode_jpeg(70).map_err(|e| broken(e.to_string()))?;
        let asked = request.settings.steps;
        let total = asked.unwrap_or(STAGES.len() as u32);
        for step in 0..total {
            let stage = asked.map_or_else(|| STAGES[step as usize], |_| Stage::Denoise);
            let preview = (step % EVERY == 1).then(|| preview.clone());
            if !progress(Progress { stage, step, total, preview }) {
                return Err(EngineFailure::Cancelled);
            }
            std::thread::sleep(if asked.is_some() { STEP_PAUSE } else { PAUSE });
        }
        let drawn = |&seed: &u64| Drawn {
            picture: picture.clone(),
            photo: 0,
            report: Report {
                subject: Some(request.subject),
                settings: Some(request.settings.clone()),
                ..Report::new(self.name(), request.style, seed)
            },
        };
        Ok(request.seeds.iter().map(drawn).collect())
    }
}
