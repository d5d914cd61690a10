//! Leases: a claimed job belongs to one worker for a limited time, and every change of it names the
//! attempt. A worker that lost its lease (the job was cancelled, deleted, or given to another worker)
//! changes nothing and gets [`StoreError::Fenced`](crate::StoreError::Fenced).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use drape_core::engine::Stage;
use drape_core::id::{JobId, UserId};

use crate::Millis;
use crate::job::Job;
use crate::rows::{self, Query};

/// The jobs a worker asks for, and the length of the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Name of the worker, unique among all that run.
    pub worker: String,
    /// The engine of the worker; jobs for other engines stay queued.
    pub engine: String,
    /// Most jobs to claim.
    pub most: u32,
    /// How long the claims hold without a heartbeat, milliseconds.
    pub lease: Millis,
}

/// A job that one worker holds for the length of a lease.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The job; its `attempt` is the fence.
    pub job: Job,
    /// The owner of the job.
    pub owner: UserId,
    /// Total steps from the latest progress report.
    total: Arc<AtomicU32>,
    /// Number of the latest preview, 0 before the first.
    preview: Arc<AtomicU32>,
}

/// One attempt of a job. A change that names it changes nothing once the attempt has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fence {
    pub(crate) job: JobId,
    pub(crate) attempt: u32,
}

impl Fence {
    /// Binds the two placeholders of a condition on a job and its attempt, such as `id = ? AND attempt = ?`.
    pub(crate) fn bind(self, query: Query<'_>) -> Query<'_> {
        query.bind(self.job.to_string()).bind(i64::from(self.attempt))
    }

    /// The condition that a job is in one of these attempts; [`Fence::bind_all`] binds its placeholders.
    pub(crate) fn any(fences: &[Self]) -> String {
        rows::list(fences, "id = ? AND attempt = ?", " OR ")
    }

    pub(crate) fn bind_all<'q>(fences: &[Self], query: Query<'q>) -> Query<'q> {
        rows::padded(fences).fold(query, |query, fence| fence.bind(query))
    }
}

/// Progress of a running job.
#[derive(Debug, Clone, Copy)]
pub struct JobProgress<'a> {
    /// What the engine is doing.
    pub stage: Stage,
    /// Steps done.
    pub step: u32,
    /// Steps in all, 0 where the stage has none.
    pub total: u32,
    /// A preview, as a JPEG of at most [`MAX_PREVIEW`](crate::MAX_PREVIEW) bytes.
    pub preview: Option<&'a [u8]>,
}

/// Whether to go on with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// The lease holds.
    On,
    /// The lease is lost, so the result would be dropped; stop.
    Stop,
}

impl Claim {
    pub(crate) fn new(job: Job, owner: UserId) -> Self {
        let total = Arc::new(AtomicU32::new(job.total));
        let preview = Arc::new(AtomicU32::new(job.preview.unwrap_or(0)));
        Self { job, owner, total, preview }
    }

    pub(crate) fn fence(&self) -> Fence {
        Fence { job: self.job.id, attempt: self.job.attempt }
    }

    pub(crate) fn total(&self) -> u32 {
        self.total.load(Ordering::Relaxed)
    }

    pub(crate) fn set_total(&self, total: u32) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// Number of the latest preview, 0 before the first.
    pub(crate) fn preview(&self) -> u32 {
        self.preview.load(Ordering::Relaxed)
    }

    pub(crate) fn set_preview(&self, number: u32) {
        self.preview.store(number, Ordering::Relaxed);
    }
}
