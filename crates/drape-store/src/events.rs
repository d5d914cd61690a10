//! The stream of a user's events. SQL numbers them without gaps, so that a page that was offline can catch
//! up; within the process they are passed on as they happen.

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
    /// The job after the change: a JSON object with `id`, `state`, `stage`, `step`, `total`, `preview` (the
    /// number of the latest), `reason`, `attempt` and `looks`.
    pub data: Arc<str>,
}

/// Most events that wait for a slow reader; after more, it must catch up from SQL.
const WAITING: usize = 256;

/// Passes events on within the process, and wakes workers.
#[derive(Default)]
pub(crate) struct Hub {
    users: Mutex<HashMap<UserId, broadcast::Sender<Event>>>,
    jobs: tokio::sync::Notify,
    /// The same, for the task that wakes workers of other processes.
    queued: tokio::sync::Notify,
}

/// The events of one user as they happen.
pub struct Subscription {
    receiver: broadcast::Receiver<Event>,
}

impl Subscription {
    /// The next event; `None` if the reader missed some and must read SQL.
    pub async fn next(&mut self) -> Option<Event> {
        self.receiver.recv().await.ok()
    }
}

impl Hub {
    pub(crate) fn subscribe(&self, user: UserId) -> Subscription {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        // Senders without a reader are dropped whenever a reader comes.
        users.retain(|_, sender| sender.receiver_count() > 0);
        let sender = users.entry(user).or_insert_with(|| broadcast::channel(WAITING).0);
        Subscription { receiver: sender.subscribe() }
    }

    pub(crate) fn publish(&self, user: UserId, event: Event) {
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = users.get(&user) {
            // Fails only without a reader.
            let _ = sender.send(event);
        }
    }

    /// Wakes a worker that waits for jobs, in this process or in another.
    pub(crate) fn ring(&self) {
        self.jobs.notify_one();
        self.queued.notify_one();
    }

    pub(crate) async fn rung(&self) {
        self.jobs.notified().await;
    }
}

impl Store {
    /// Waits until this process has queued a job that none of its own workers took at once.
    pub async fn queued_here(&self) {
        self.hub().queued.notified().await;
    }

    /// Wakes a worker of this process for a job that another process queued.
    pub fn ring(&self) {
        self.hub().jobs.notify_one();
    }

    /// The events of a user after a revision, oldest first, at most 500. Events are kept for a day.
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
    /// [`StoreError::NotFound`] if the user is gone.
    pub async fn revision(&self, user: UserId) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT revision FROM users WHERE id = ?")
            .bind(user.to_string())
            .fetch_optional(self.read())
            .await?;
        row.map(|r| r.0).ok_or(StoreError::NotFound)
    }
}
