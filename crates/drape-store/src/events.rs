//! The stream of a user's events: numbered without gaps in SQL, so that a page that was away can
//! catch up, and handed on within the process as they happen.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use drape_core::id::{JobId, UserId};
use tokio::sync::broadcast;

use crate::{Store, StoreError};

/// One change of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Number within the user's stream, from 1, rising by 1.
    pub revision: i64,
    /// The job that changed.
    pub job: JobId,
    /// What it is now: a JSON object with `id`, `state`, `stage`, `step`, `total`,
    /// `preview` (the number of the latest), `reason`, `attempt`, `looks`.
    pub data: Arc<str>,
}

/// How many events wait for a slow reader before it has to catch up from SQL.
const WAITING: usize = 256;

/// Hands events on within the process.
#[derive(Default)]
pub(crate) struct Hub {
    users: Mutex<HashMap<UserId, broadcast::Sender<Event>>>,
    jobs: tokio::sync::Notify,
    /// The same for workers of other processes.
    queued: tokio::sync::Notify,
}

/// The events of one user as they happen.
pub struct Subscription {
    receiver: broadcast::Receiver<Event>,
}

impl Subscription {
    /// The next event; `None` when some were missed and the reader has to ask SQL.
    pub async fn next(&mut self) -> Option<Event> {
        self.receiver.recv().await.ok()
    }
}

impl Hub {
    pub(crate) fn subscribe(&self, user: UserId) -> Subscription {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        // Streams that nobody reads any more are dropped whenever somebody comes.
        users.retain(|_, sender| sender.receiver_count() > 0);
        let sender = users.entry(user).or_insert_with(|| broadcast::channel(WAITING).0);
        Subscription { receiver: sender.subscribe() }
    }

    pub(crate) fn publish(&self, user: UserId, event: Event) {
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = users.get(&user) {
            // Fails only when nobody listens.
            let _ = sender.send(event);
        }
    }

    /// Wakes one worker that waits for jobs, here or elsewhere.
    pub(crate) fn ring(&self) {
        self.jobs.notify_one();
        self.queued.notify_one();
    }

    pub(crate) async fn rung(&self) {
        self.jobs.notified().await;
    }
}

impl Store {
    /// Waits until this process has queued a job that nobody of it took at once.
    pub async fn queued_here(&self) {
        self.hub().queued.notified().await;
    }

    /// Wakes a worker of this process, for a job that another has queued.
    pub fn ring(&self) {
        self.hub().jobs.notify_one();
    }

    /// The events of a user after a revision, oldest first, at most 500. They are kept for a day.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn events_after(&self, user: UserId, revision: i64) -> Result<Vec<Event>, StoreError> {
        let rows: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT revision, job_id, data FROM events WHERE user_id = ? AND revision > ? \
             ORDER BY revision LIMIT 500",
        )
        .bind(user.to_string())
        .bind(revision)
        .fetch_all(self.read())
        .await?;
        rows.into_iter()
            .map(|(revision, job, data)| {
                Ok(Event { revision, job: job.parse().map_err(StoreError::row)?, data: data.into() })
            })
            .collect()
    }

    /// The revision of a user's last event, 0 before the first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a user who is gone.
    pub async fn revision(&self, user: UserId) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT revision FROM users WHERE id = ?")
            .bind(user.to_string())
            .fetch_optional(self.read())
            .await?;
        row.map(|r| r.0).ok_or(StoreError::NotFound)
    }
}
