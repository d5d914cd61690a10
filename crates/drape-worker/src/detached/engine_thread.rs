//! The engine's thread of a detached worker: one request, its looks encoded.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use drape_core::engine::{Drawn, Engine, EngineFailure, Generated, Progress};
use drape_core::job::FailureReason;
use drape_core::runner::{self, Hooks, Pace};
use drape_store::Pictures;
use tokio::sync::watch;
use tracing::Span;

use super::latest::LatestProgress;
use super::message::{RequestMessage, WrittenLook};
use crate::trace;

/// Each report of progress is a message, and a preview must fit into one with the other fields.
const PACE: Pace =
    Pace { steps: Duration::from_millis(500), previews: Duration::from_secs(1), largest_preview: 120_000 };

/// Looks as the answer lists them, and the bytes of each one's full picture, view and thumb.
pub(super) type Looks = Vec<(WrittenLook, [Bytes; 3])>;

/// State of a request that the engine's thread shares with the tasks beside it.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Whether the looks are no longer wanted.
    pub(super) unwanted: AtomicBool,
    pub(super) progress: LatestProgress,
}

/// Runs the engine and encodes its looks. Blocks.
pub(super) fn make(
    engine: &dyn Engine,
    message: &RequestMessage,
    photos: &[Bytes],
    shared: &Shared,
    stop: &watch::Receiver<bool>,
) -> Result<Looks, EngineFailure> {
    let photos: Vec<&[u8]> = photos.iter().map(AsRef::as_ref).collect();
    let mut hooks = RequestHooks { shared, stop, outcome: Ok(Vec::new()) };
    runner::run(engine, &[message.request.of(&photos)], PACE, &mut hooks);
    Span::current().record("outcome", trace::outcome(&hooks.outcome));
    let drawn = hooks.outcome?.into_iter().zip(&message.request.seeds);
    let looks: Looks = drawn.map(|(drawn, &seed)| encode(message, drawn, seed)).collect::<Result<_, _>>()?;
    if looks.len() == message.looks.len() {
        Ok(looks)
    } else {
        Err(failed(format!("{} looks instead of {}", looks.len(), message.looks.len())))
    }
}

fn encode(
    message: &RequestMessage,
    drawn: Drawn,
    seed: u64,
) -> Result<(WrittenLook, [Bytes; 3]), EngineFailure> {
    let Pictures { full, view, thumb, width, height, .. } =
        Pictures::of_look(&drawn.picture).map_err(|e| failed(e.to_string()))?;
    let pictures = [full, view, thumb];
    let bytes = pictures.each_ref().map(|picture| picture.len() as u64);
    let photo = message.photos[drawn.photo].0;
    Ok((WrittenLook { photo, width, height, seed, report: drawn.report, bytes }, pictures))
}

/// The one request, as the runner sees it.
struct RequestHooks<'a> {
    shared: &'a Shared,
    stop: &'a watch::Receiver<bool>,
    outcome: Generated,
}

impl Hooks for RequestHooks<'_> {
    fn wanted(&mut self, _: usize) -> bool {
        !self.shared.unwanted.load(Ordering::Relaxed) && !*self.stop.borrow()
    }

    fn progress(&mut self, _: usize, progress: Progress) {
        self.shared.progress.put(progress);
    }

    fn done(&mut self, _: usize, outcome: Generated) {
        self.outcome = outcome;
    }
}

pub(super) fn failed(detail: String) -> EngineFailure {
    EngineFailure::Failed { reason: FailureReason::EngineFailed, detail }
}
