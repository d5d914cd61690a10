//! The engine that changes nothing: each look is the photo itself, after a few milliseconds and
//! stages. It shows that jobs, looks and their owners stay together, whatever happens around them.

use std::time::Duration;

use drape_core::engine::{Drawn, Engine, EngineFailure, Progress, Request};
use drape_core::job::FailureReason;
use drape_core::photo::Photo;
use serde_json::json;

/// Answers the first photo, once per seed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Still;

const STAGES: [&str; 3] = ["parse", "paint", "scene"];
const PAUSE: Duration = Duration::from_millis(4);

impl Engine for Still {
    fn name(&self) -> &'static str {
        "still"
    }

    fn generate(
        &self,
        request: Request<'_>,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Vec<Drawn>, EngineFailure> {
        for (step, stage) in (0..).zip(STAGES) {
            if !progress(Progress { stage, step, total: STAGES.len() as u32, preview: None }) {
                return Err(EngineFailure::Cancelled);
            }
            std::thread::sleep(PAUSE);
        }
        let broken = |detail: String| EngineFailure::Failed { reason: FailureReason::EngineFailed, detail };
        let bytes = request.photos.first().ok_or_else(|| broken("no photo".to_owned()))?;
        let picture = Photo::decode(bytes).map_err(|e| broken(format!("{e:?}")))?;
        let drawn = |&seed: &u64| Drawn {
            picture: picture.clone(),
            photo: 0,
            report: json!({"engine": "still", "version": 1, "seed": seed, "style": request.style, "garments": [], "not_understood": []}),
        };
        Ok(request.seeds.iter().map(drawn).collect())
    }
}
