//! One attempt of a job by this worker, from the claim until its end is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use drape_core::engine::OwnedRequest;
use drape_store::{Claim, Job};
use tracing::Span;

use crate::trace;

/// An attempt of a job. Clones share whether the lease is held and whether the attempt has ended.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) claim: Claim,
    /// The span that every line of its log is in.
    pub(crate) span: Span,
    lost: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
}

impl Attempt {
    pub(crate) fn new(claim: Claim, engine: &str) -> Self {
        let job = &claim.job;
        let (span, _) = trace::job(job.trace, job.id, job.attempt, engine);
        Self { claim, span, lost: Arc::default(), ended: Arc::default() }
    }

    /// Whether this worker still holds the lease, as far as it knows.
    pub(crate) fn held(&self) -> bool {
        !self.lost.load(Ordering::Relaxed)
    }

    /// Notes that the job was cancelled, deleted, or given to another worker.
    pub(crate) fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// Whether the end of the attempt is written.
    pub(crate) fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// The engine's request for a job, without the photos.
pub(crate) fn request(claim: &Claim) -> serde_json::Result<OwnedRequest> {
    let Job { style, settings, seed, variations, subject, .. } = &claim.job;
    Ok(OwnedRequest {
        owner: Some(claim.owner),
        style: serde_json::from_str(style)?,
        subject: *subject,
        settings: serde_json::from_str(settings)?,
        seeds: (0..u64::from(*variations)).map(|k| seed.wrapping_add(k)).collect(),
    })
}
