//! The spans of jobs: every log line during work on a job names its trace, the job and the attempt, whichever
//! process writes it. All spans have error level, so that a filter that keeps a line keeps its span, too.

use drape_core::engine::{EngineFailure, Generated};
use drape_core::id::JobId;
use drape_core::trace::Trace;
use drape_store::Claim;
use tracing::{Span, error_span, field};

/// An attempt of a job, from the claim to its end; a child of `from`.
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

/// A claimed job while it is put into a message and sent to a detached worker.
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

/// A detached worker's message about a job, while it is written to the database.
pub(crate) fn answer(from: Trace, job: JobId, attempt: u32) -> Span {
    error_span!("answer", trace_id = %from.id(), parent_id = %from.span(), %job, attempt)
}

/// The engine at work on a job; `batch` jobs were given to it together.
pub(crate) fn engine(job: &Span, engine: &'static str, batch: usize) -> Span {
    error_span!(parent: job, "engine", engine, batch, outcome = field::Empty)
}

/// A field that is present only if the trace is not sampled.
fn unsampled(trace: Trace) -> Option<bool> {
    (!trace.sampled()).then_some(false)
}

/// The value of the field `outcome` for the end of a request.
pub(crate) fn outcome(outcome: &Generated) -> &'static str {
    match outcome {
        Ok(_) => "done",
        Err(EngineFailure::Cancelled) => "cancelled",
        Err(EngineFailure::Failed { reason, .. }) => reason.id(),
    }
}
