//! The queue before the engine: requests that wait when the engine becomes free go to it together, and each
//! leaves as soon as its looks are made.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use drape_core::engine::{Drawn, Engine, EngineFailure, Generated, Progress, Request};
use drape_core::job::FailureReason;
use drape_core::runner::{self, Hooks, Pace};
use tokio::sync::{mpsc, oneshot};

use super::error::InvocationError;
use super::invocation::CheckedInvocation;

/// The looks of a request, or why there are none.
pub(super) type Looks = Result<Vec<Drawn>, InvocationError>;

/// A request with its photos.
pub(super) struct QueuedRequest {
    pub(super) invocation: Arc<CheckedInvocation>,
    pub(super) photos: Vec<Bytes>,
    /// When its looks are no longer wanted.
    pub(super) deadline: Instant,
    /// Closed when the caller has hung up.
    pub(super) answer: oneshot::Sender<Looks>,
    /// Its name in logs.
    pub(super) id: String,
}

/// Requests on their way to the engine.
#[derive(Debug)]
pub(super) struct EngineQueue {
    requests: mpsc::Sender<QueuedRequest>,
    /// The engine's name.
    pub(super) engine: &'static str,
}

impl EngineQueue {
    /// Starts the engine's thread, which ends with the queue. At most `waiting` requests wait, and at most
    /// `batch` go to the engine together.
    pub(super) fn start(engine: Arc<dyn Engine>, waiting: usize, batch: usize) -> std::io::Result<Self> {
        let (requests, mut queue) = mpsc::channel::<QueuedRequest>(waiting.max(1));
        let name = engine.name();
        std::thread::Builder::new().name("engine".to_owned()).spawn(move || {
            while let Some(first) = queue.blocking_recv() {
                let mut together = vec![first];
                while together.len() < batch
                    && let Ok(next) = queue.try_recv()
                {
                    together.push(next);
                }
                answer(engine.as_ref(), together);
            }
        })?;
        Ok(Self { requests, engine: name })
    }

    /// Whether the engine's thread runs.
    pub(super) fn works(&self) -> bool {
        !self.requests.is_closed()
    }

    /// Puts a request into the queue.
    ///
    /// # Errors
    /// [`InvocationError::busy`] when there is no room.
    pub(super) fn put(&self, request: QueuedRequest) -> Result<(), InvocationError> {
        self.requests.try_send(request).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => InvocationError::busy(),
            mpsc::error::TrySendError::Closed(_) => InvocationError::engine(FailureReason::EngineFailed),
        })
    }
}

/// Sends some requests to the engine at once and answers each.
fn answer(engine: &dyn Engine, batch: Vec<QueuedRequest>) {
    // The engine's requests borrow from these, while the answers leave one by one.
    let kept: Vec<(Arc<CheckedInvocation>, Vec<Bytes>)> =
        batch.iter().map(|r| (Arc::clone(&r.invocation), r.photos.clone())).collect();
    let photos: Vec<Vec<&[u8]>> = kept.iter().map(|(_, p)| p.iter().map(Bytes::as_ref).collect()).collect();
    let requests: Vec<Request<'_>> =
        kept.iter().zip(&photos).map(|((invocation, _), photos)| invocation.request.of(photos)).collect();
    let mut hooks = Callers { waiting: batch.into_iter().map(Some).collect() };
    runner::run(engine, &requests, Pace::default(), &mut hooks);
}

/// The callers of a batch who have no answer yet.
struct Callers {
    waiting: Vec<Option<QueuedRequest>>,
}

impl Hooks for Callers {
    fn wanted(&mut self, request: usize) -> bool {
        let caller = self.waiting[request].as_ref();
        caller.is_some_and(|c| !c.answer.is_closed() && Instant::now() < c.deadline)
    }

    /// An invocation has one answer, at its end.
    fn progress(&mut self, _: usize, _: Progress) {}

    fn done(&mut self, request: usize, outcome: Generated) {
        let Some(caller) = self.waiting[request].take() else { return };
        let looks = outcome.map_err(|failure| match failure {
            EngineFailure::Cancelled => InvocationError::timeout(),
            EngineFailure::Failed { reason, detail } => {
                tracing::warn!(request = caller.id, reason = reason.id(), detail, "no looks");
                InvocationError::engine(reason)
            }
        });
        if caller.answer.send(looks).is_err() {
            tracing::info!(request = caller.id, "the caller has hung up");
        }
    }
}
