//! The engine's thread: what waits when the engine becomes free goes to it together, and each request
//! leaves as soon as its looks are there.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use drape_core::engine::{Drawn, Engine, EngineFailure, Progress, Request};
use drape_core::job::FailureReason;
use tokio::sync::{mpsc, oneshot};

use super::order::Order;
use super::refusal::Refusal;

/// What became of a task.
pub(super) type Made = Result<Vec<Drawn>, Refusal>;

/// A request with its photos, and who waits for it.
pub(super) struct Task {
    pub(super) order: Arc<Order>,
    pub(super) photos: Vec<Bytes>,
    /// When nobody wants its looks any more.
    pub(super) deadline: Instant,
    /// Closed when the caller is gone.
    pub(super) answer: oneshot::Sender<Made>,
    /// The name of the request in logs.
    pub(super) id: String,
}

/// The way to the engine.
#[derive(Debug)]
pub(super) struct Desk {
    queue: mpsc::Sender<Task>,
    pub(super) engine: &'static str,
}

impl Desk {
    /// Gives an engine a thread of its own, which ends with the desk. `waiting` tasks find room.
    pub(super) fn open(engine: Arc<dyn Engine>, waiting: usize, batch: usize) -> std::io::Result<Self> {
        let (queue, mut tasks) = mpsc::channel::<Task>(waiting.max(1));
        let name = engine.name();
        std::thread::Builder::new().name("engine".to_owned()).spawn(move || {
            while let Some(first) = tasks.blocking_recv() {
                let mut together = vec![first];
                while together.len() < batch
                    && let Ok(next) = tasks.try_recv()
                {
                    together.push(next);
                }
                draw(engine.as_ref(), together);
            }
        })?;
        Ok(Self { queue, engine: name })
    }

    /// Whether the engine's thread is there.
    pub(super) fn works(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Puts a task in line.
    ///
    /// # Errors
    /// [`Refusal::busy`] when there is no room.
    pub(super) fn put(&self, task: Task) -> Result<(), Refusal> {
        self.queue.try_send(task).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => Refusal::busy(),
            mpsc::error::TrySendError::Closed(_) => Refusal::engine(FailureReason::EngineFailed),
        })
    }
}

/// Asks the engine for some tasks at once. A panic with several fails none of them: each is asked for
/// again by itself, and fails by itself.
fn draw(engine: &dyn Engine, tasks: Vec<Task>) {
    let mut left = Vec::new();
    for task in tasks {
        // Who left while they waited costs nothing.
        if task.answer.is_closed() {
            tracing::info!(request = task.id, "the caller is gone");
        } else if Instant::now() >= task.deadline {
            let _ = task.answer.send(Err(Refusal::timeout()));
        } else {
            left.push(task);
        }
    }
    let alone = left.len() <= 1;
    let waiting: Vec<RefCell<Option<Task>>> = left.into_iter().map(|t| RefCell::new(Some(t))).collect();
    if waiting.is_empty() {
        return;
    }
    let panicked = catch_unwind(AssertUnwindSafe(|| ask(engine, &waiting))).is_err();
    for task in waiting.into_iter().filter_map(RefCell::into_inner) {
        if panicked && !alone {
            draw(engine, vec![task]);
        } else {
            tracing::error!(request = task.id, panicked, "the engine did not answer");
            let _ = task.answer.send(Err(Refusal::engine(FailureReason::EngineFailed)));
        }
    }
}

fn ask(engine: &dyn Engine, waiting: &[RefCell<Option<Task>>]) {
    // What the requests borrow stays beside the tasks, which leave one by one.
    type Kept = (Arc<Order>, Vec<Bytes>);
    let kept: Vec<Kept> = waiting
        .iter()
        .filter_map(|t| t.borrow().as_ref().map(|t| (Arc::clone(&t.order), t.photos.clone())))
        .collect();
    let photos: Vec<Vec<&[u8]>> = kept.iter().map(|(_, p)| p.iter().map(Bytes::as_ref).collect()).collect();
    let requests: Vec<Request<'_>> = kept
        .iter()
        .zip(&photos)
        .map(|((order, _), photos)| Request {
            photos,
            style: &order.style,
            seeds: &order.seeds,
            subject: order.subject,
            settings: &order.settings,
            // Nothing of a person is remembered here: the container does not know whose photos they are.
            owner: None,
        })
        .collect();
    let mut progress = |k: usize, _: Progress| {
        let task = waiting[k].borrow();
        task.as_ref().is_some_and(|t| !t.answer.is_closed() && Instant::now() < t.deadline)
    };
    let mut done = |k: usize, outcome: Result<Vec<Drawn>, EngineFailure>| {
        let Some(task) = waiting[k].borrow_mut().take() else { return };
        let made = outcome.map_err(|failure| match failure {
            EngineFailure::Cancelled => Refusal::timeout(),
            EngineFailure::Failed { reason, detail } => {
                tracing::warn!(request = task.id, reason = reason.id(), detail, "no looks");
                Refusal::engine(reason)
            }
        });
        // Fails only when the caller is gone.
        let _ = task.answer.send(made);
    };
    engine.generate_all(&requests, &mut progress, &mut done);
}
