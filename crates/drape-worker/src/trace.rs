//! The spans of jobs: every line that is logged while somebody works on one names its trace, the job and
//! the attempt, in whichever process. All are of the level of errors, so that no filter of the log takes
//! them away from the lines that are left.

use drape_core::engine::EngineFailure;
use drape_core::id::JobId;
use drape_core::trace::Trace;
use drape_store::Claim;
use tracing::{Span, error_span, field};

/// An attempt of a job, from the claim to its end. `from` is what it goes on from.
pub(crate) fn job(from: Trace, job: JobId, attempt: u32, engine: &str) -> (Span, Trace) {
    let own = from.child(rand::random());
    let span = error_span!(
        "job",
        trace_id = %own.id(),
        span_id = %own.span(),
        parent_id = %from.span(),
        sampled = unsampled(own),
        %job,
        attempt,
        engine,
        outcome = field::Empty,
    );
    (span, own)
}

/// A claim that is put into a message, until that is sent.
pub(crate) fn hand_over(claim: &Claim) -> (Span, Trace) {
    let (from, job) = (claim.job.trace, &claim.job);
    let own = from.child(rand::random());
    let span = error_span!(
        "hand_over",
        trace_id = %own.id(),
        span_id = %own.span(),
        parent_id = %from.span(),
        sampled = unsampled(own),
        job = %job.id,
        attempt = job.attempt,
        engine = job.engine,
        outcome = field::Empty,
    );
    (span, own)
}

/// What a worker elsewhere says of a job, while it is written down.
pub(crate) fn answer(from: Trace, job: JobId, attempt: u32) -> Span {
    error_span!("answer", trace_id = %from.id(), parent_id = %from.span(), %job, attempt)
}

/// The engine at work on a job of a batch of so many.
pub(crate) fn engine(job: &Span, engine: &'static str, batch: usize) -> Span {
    error_span!(parent: job, "engine", engine, batch, outcome = field::Empty)
}

/// Said only where nobody wants to see the trace.
fn unsampled(trace: Trace) -> Option<bool> {
    (!trace.sampled()).then_some(false)
}

/// How an engine ended without looks.
pub(crate) fn kind(failure: &EngineFailure) -> &'static str {
    match failure {
        EngineFailure::Cancelled => "cancelled",
        EngineFailure::Failed { reason, .. } => reason.id(),
    }
}
