//! The engine as services see it: encoded photos and a style in, one look per seed out.

use drape_core::engine::{Drawn, EngineFailure, Generated, Progress, Request, Stage};
use drape_core::job::FailureReason;
use drape_core::photo::Photo;

use crate::engine::{ENGINE, Engine, Options, Step};
use crate::error::EngineError;
use crate::parse::labelled::Parse;
use crate::quality::suitable;

impl drape_core::engine::Engine for Engine {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated {
        let photos = request.photos.len() as u32;
        let total = photos + request.seeds.len() as u32;
        let mut best: Option<(f32, usize, Photo, Parse)> = None;
        let mut refused = None;
        for (k, bytes) in (0_u32..).zip(request.photos) {
            if !progress(Progress { stage: Stage::Parse, step: k, total, preview: None }) {
                return Err(EngineFailure::Cancelled);
            }
            let photo = Photo::decode(bytes).map_err(|e| failed(&e.to_string()))?;
            let parse = self.parse(&photo).map_err(|e| failure(&e))?;
            if let Err(e) = suitable(&parse) {
                refused.get_or_insert(e);
                continue;
            }
            let shown = shown_clothes(&photo, &parse);
            if best.as_ref().is_none_or(|b| shown > b.0) {
                best = Some((shown, k as usize, photo, parse));
            }
        }
        let Some((_, index, photo, parse)) = best else {
            return Err(failure(&refused.unwrap_or(EngineError::NoPerson)));
        };
        let mut drawn = Vec::new();
        for (k, &seed) in (0_u32..).zip(request.seeds) {
            let mut tell = |step: Step| {
                let stage = match step {
                    Step::Parse | Step::Paint { .. } => Stage::Paint,
                    Step::Scene => Stage::Scene,
                };
                progress(Progress { stage, step: photos + k, total, preview: None })
            };
            let look = self
                .style_parsed(&photo, &parse, request.style, Options { seed }, &mut tell)
                .map_err(|e| failure(&e))?;
            drawn.push(Drawn { picture: look.picture, photo: index, report: look.report });
        }
        Ok(drawn)
    }
}

fn failed(detail: &str) -> EngineFailure {
    EngineFailure::Failed { reason: FailureReason::EngineFailed, detail: detail.to_owned() }
}

fn failure(error: &EngineError) -> EngineFailure {
    let Some(reason) = error.reason() else { return EngineFailure::Cancelled };
    EngineFailure::Failed { reason, detail: error.to_string() }
}

/// How much of a person's clothes a photo shows: the pixels of clothes, weighted by confidence. Of several
/// photos of one person, the one with the highest value is the best to work on.
fn shown_clothes(photo: &Photo, parse: &Parse) -> f32 {
    let (w, h) = photo.pixels.dimensions();
    // More than a megapixel shows no more of the clothes.
    parse.clothes_share() * (w as f32 * h as f32).min(1e6)
}
