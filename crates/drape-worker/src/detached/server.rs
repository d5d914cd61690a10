//! The side with the database: hands jobs over to detached workers and collects their answers.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drape_core::engine::Stage;
use drape_core::job::FailureReason;
use drape_core::stylist::Stylist;
use drape_core::trace::Trace;
use drape_remote::sqs::{MAX_MESSAGE, Queue, Queues, Received};
use drape_store::{Claim, ClaimRequest, DistantLook, Job, JobProgress, Millis, Pictures, Store, StoreError};
use tokio::sync::watch;
use tracing::Instrument as _;

use super::message::{JobEvent, JobNews, RequestMessage, ResponseMessage, VERSION, WrittenLook};
use crate::{attempt, reading, trace};

/// Settings for handing jobs over.
#[derive(Clone)]
pub struct Handing {
    /// Reads the sentences of jobs that name another stylist than the lexicon; workers get the result.
    pub stylist: Arc<dyn Stylist>,
    /// Name of this process in the database; unique.
    pub name: String,
    /// Engines whose jobs go to detached workers.
    pub engines: Vec<String>,
    /// Most jobs of an engine that are sent and have not begun. Sent jobs can no longer be reordered by the
    /// fair queue, so keep this small.
    pub window: u32,
    /// How long an attempt that has begun lasts without an answer, milliseconds.
    pub lease: Millis,
    /// How long a job waits for its first answer before it is handed over again, milliseconds.
    pub first_word: Millis,
    /// The most time that a worker may take, milliseconds; it writes nothing after that.
    pub at_most: Millis,
}

/// Pause between two claims.
const TICK: Duration = Duration::from_millis(500);
/// Pause between two checks of leases, tickets and dead letters.
const TEND: Duration = Duration::from_secs(2);
/// How long a received message is invisible to other processes; in this time it is written to the database.
const IN_HAND: Duration = Duration::from_secs(60);

/// Claims jobs for detached workers and sends them, until `stop` turns true.
pub async fn hand_over(store: Store, queues: Queues, handing: Handing, mut stop: watch::Receiver<bool>) {
    let mut tended = tokio::time::Instant::now() - TEND;
    while !*stop.borrow() {
        if tended.elapsed() >= TEND {
            tended = tokio::time::Instant::now();
            tend(&store, &queues).await;
        }
        for engine in &handing.engines {
            if let Err(e) = hand_over_some(&store, &queues, &handing, engine).await {
                tracing::warn!(error = %e, "jobs cannot be handed over");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Ends expired leases, deletes the tickets of ended jobs, and fails jobs that no worker could finish.
async fn tend(store: &Store, queues: &Queues) {
    let now = drape_store::now();
    if let Err(e) = store.reap(now).await {
        tracing::warn!(error = %e, "expired leases cannot be reaped");
    }
    if let Err(e) = store.call_off().await {
        tracing::warn!(error = %e, "tickets of jobs that have ended cannot be deleted");
    }
    let dead = match queues.dead.receive(10, Duration::ZERO, Some(IN_HAND)).await {
        Ok(dead) => dead,
        Err(e) => return tracing::warn!(error = %e, "dead letters cannot be received"),
    };
    for letter in dead {
        let Ok(message) = serde_json::from_str::<RequestMessage>(&letter.body) else {
            count("dead", "not_understood");
            tracing::warn!(bytes = letter.body.len(), "a dead letter is not understood");
            delete(&queues.dead, &letter).await;
            continue;
        };
        let span = trace::answer(message.trace(), message.job, message.attempt);
        bury(store, queues, &message, &letter).instrument(span).await;
    }
}

/// Fails the job of a dead letter, unless the job has another attempt or has ended.
async fn bury(store: &Store, queues: &Queues, message: &RequestMessage, letter: &Received) {
    let ended = match store.dispatched(message.job, message.attempt).await {
        Ok(claim) => store.fail(&claim, FailureReason::Undeliverable, drape_store::now()).await.map(Some),
        Err(e) => Err(e),
    };
    match ended {
        Ok(_) | Err(StoreError::Fenced | StoreError::NotFound) => {
            if let Ok(Some(job)) = &ended {
                log_end(job);
            }
            count("dead", "buried");
            delete(&queues.dead, letter).await;
        }
        Err(e) => tracing::warn!(error = %e, "a dead letter stays"),
    }
}

async fn hand_over_some(
    store: &Store,
    queues: &Queues,
    handing: &Handing,
    engine: &str,
) -> Result<(), StoreError> {
    let (waiting, _) = store.handed_over(engine).await?;
    let most = handing.window.saturating_sub(waiting).min(32);
    if most == 0 {
        return Ok(());
    }
    let request = ClaimRequest {
        worker: handing.name.clone(),
        engine: engine.to_owned(),
        most,
        lease: handing.first_word,
    };
    for claim in store.claim(&request, drape_store::now()).await? {
        let (span, trace) = trace::hand_over(&claim);
        let sent = async {
            match send(store, queues, handing, &claim, trace).await {
                Ok(outcome) => span.record("outcome", outcome),
                Err(e) => {
                    tracing::warn!(error = %e, "given back because it cannot be sent");
                    match store.release(&claim, drape_store::now()).await {
                        Ok(_) | Err(StoreError::Fenced) => {}
                        Err(e) => tracing::warn!(error = %e, "not given back; its lease runs out"),
                    }
                    span.record("outcome", "given_back")
                }
            };
        };
        sent.instrument(span.clone()).await;
    }
    Ok(())
}

/// Sends a job, or fails it if it cannot be made. Returns the outcome for its span.
async fn send(
    store: &Store,
    queues: &Queues,
    handing: &Handing,
    claim: &Claim,
    trace: Trace,
) -> Result<&'static str, String> {
    let now = drape_store::now();
    let until = now + handing.first_word + handing.at_most;
    let mut claim = claim.clone();
    reading::read(store, &mut claim, handing.stylist.as_ref()).await.map_err(|e| e.to_string())?;
    let claim = &claim;
    let job = &claim.job;
    let dispatched = store.dispatch(claim, until, now).await.map_err(|e| e.to_string())?;
    if dispatched.photos.is_empty() {
        return fail(store, claim, FailureReason::PhotoGone).await;
    }
    let message = RequestMessage {
        version: VERSION,
        job: job.id,
        attempt: job.attempt,
        engine: job.engine.clone(),
        photos: dispatched.photos,
        request: attempt::request(claim).map_err(|e| e.to_string())?,
        looks: dispatched.looks,
        ticket: dispatched.ticket,
        lease: handing.lease,
        until,
        trace: trace.to_string(),
    };
    let body = serde_json::to_string(&message).map_err(|e| e.to_string())?;
    if body.len() > MAX_MESSAGE {
        return fail(store, claim, FailureReason::Undeliverable).await;
    }
    queues.requests.send(&body).await.map_err(|e| e.to_string())?;
    count("requests", "sent");
    tracing::info!("handed over");
    Ok("sent")
}

async fn fail(store: &Store, claim: &Claim, reason: FailureReason) -> Result<&'static str, String> {
    let job = store.fail(claim, reason, drape_store::now()).await.map_err(|e| e.to_string())?;
    log_end(&job);
    Ok("failed")
}

/// Writes the answers of detached workers to the database, until `stop` turns true. Several processes may run
/// this at once.
pub async fn collect(store: Store, queues: Queues, handing: Handing, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let received = tokio::select! {
            received = queues.responses.receive(10, Duration::from_secs(10), Some(IN_HAND)) => received,
            _ = stop.changed() => break,
        };
        let received = match received {
            Ok(received) => received,
            Err(e) => {
                tracing::warn!(error = %e, "answers cannot be received");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        futures::future::join_all(received.iter().map(async |message| {
            match take(&store, &handing, message).await {
                Ok(outcome) => {
                    count("responses", outcome);
                    delete(&queues.responses, message).await;
                }
                // The queue delivers it again, and then the database may answer.
                Err(e) => tracing::warn!(error = %e, "an answer stays in its queue"),
            }
        }))
        .await;
    }
}

/// Writes one answer to the database and returns the outcome. After an error, the answer should be delivered
/// again.
async fn take(store: &Store, handing: &Handing, received: &Received) -> Result<&'static str, StoreError> {
    let message = match serde_json::from_str::<ResponseMessage>(&received.body) {
        Ok(message) if message.version == VERSION => message,
        _ => {
            tracing::warn!(bytes = received.body.len(), "an answer is not understood");
            return Ok("not_understood");
        }
    };
    let now = drape_store::now();
    let name: String = message.worker.chars().take(80).collect();
    store.seen(&name, &message.engine.chars().take(32).collect::<String>(), now).await?;
    let Some(JobNews { job, attempt, trace, event }) = message.news else { return Ok("sign_of_life") };
    let claim = match store.dispatched(job, attempt).await {
        Ok(claim) => claim,
        // The job was cancelled, deleted or taken over, or the answer is a duplicate.
        Err(StoreError::Fenced) => return Ok("fenced"),
        Err(e) => return Err(e),
    };
    // A forged answer must not reach the trace of another job.
    let trace = trace.parse().ok().filter(|t: &Trace| t.id() == claim.job.trace.id());
    let span = trace::answer(trace.unwrap_or(claim.job.trace), job, attempt);
    take_event(store, handing, &claim, event, now).instrument(span).await
}

async fn take_event(
    store: &Store,
    handing: &Handing,
    claim: &Claim,
    event: JobEvent,
    now: Millis,
) -> Result<&'static str, StoreError> {
    match store_event(store, handing, claim, event, now).await {
        Ok(outcome) => Ok(outcome),
        Err(StoreError::Fenced) => {
            metrics::counter!("drape_jobs_fenced_total").increment(1);
            Ok("fenced")
        }
        Err(e) if e.is_transient() => Err(e),
        // Another delivery of the same answer would be refused, too.
        Err(e) => {
            tracing::warn!(error = %e, "an answer cannot be used");
            match store.fail(claim, FailureReason::EngineFailed, drape_store::now()).await {
                Ok(job) => {
                    log_end(&job);
                    Ok("refused")
                }
                Err(StoreError::Fenced) => Ok("refused"),
                Err(e) => Err(e),
            }
        }
    }
}

async fn store_event(
    store: &Store,
    handing: &Handing,
    claim: &Claim,
    event: JobEvent,
    now: Millis,
) -> Result<&'static str, StoreError> {
    Ok(match event {
        JobEvent::Alive => {
            store.heartbeat(claim, handing.lease, now).await?;
            "alive"
        }
        JobEvent::Progress { stage, step, total, preview } => {
            let stage = Stage::of_id(&stage);
            let preview = preview.and_then(|text| STANDARD.decode(text).ok());
            let preview =
                preview.filter(|p| p.len() <= drape_store::MAX_PREVIEW && p.starts_with(&[0xff, 0xd8]));
            // Messages come in any order, and from workers of other versions: an earlier step than the last
            // one, or a stage that this server does not know, counts as a sign of life.
            let behind = claim.job.total > 0 && claim.job.total == total && step < claim.job.step;
            if let Some(stage) = stage.filter(|_| !behind) {
                if claim.job.began_at.is_none() && claim.job.attempt == 1 {
                    let waited = (now - claim.job.created_at).max(0) as f64 / 1000.0;
                    metrics::histogram!("drape_queue_wait_seconds", "engine" => claim.job.engine.clone())
                        .record(waited);
                }
                let progress = JobProgress { stage, step, total, preview: preview.as_deref() };
                store.progress(claim, progress, handing.lease, now).await?;
            } else {
                store.heartbeat(claim, handing.lease, now).await?;
            }
            "progress"
        }
        JobEvent::Done { looks } => {
            let looks = looks.iter().map(distant).collect();
            let finished = store.finish_dispatched(claim, looks, now).await?;
            log_end(&finished.job);
            "done"
        }
        JobEvent::Failed { reason } => {
            let reason = reason.parse().unwrap_or(FailureReason::EngineFailed);
            let job = store.fail(claim, reason, now).await?;
            log_end(&job);
            "failed"
        }
        JobEvent::Released => {
            store.release(claim, now).await?;
            "released"
        }
    })
}

fn distant(written: &WrittenLook) -> DistantLook {
    DistantLook {
        photo: written.photo,
        content_type: Pictures::LOOK_TYPE,
        width: written.width,
        height: written.height,
        bytes: written.bytes,
        seed: written.seed,
        report: written.report.to_json(),
    }
}

fn count(queue: &'static str, outcome: &'static str) {
    metrics::counter!("drape_sqs_messages_total", "queue" => queue, "outcome" => outcome).increment(1);
}

fn log_end(job: &Job) {
    let (state, reason) = (job.state.id(), job.reason.map_or("", FailureReason::id));
    metrics::counter!("drape_jobs_ended_total", "state" => state, "reason" => reason).increment(1);
    tracing::info!(state, engine = job.engine, "job of a detached worker");
}

async fn delete(queue: &Queue, message: &Received) {
    // A message that is not deleted is delivered again and fenced.
    if let Err(e) = queue.delete(message).await {
        tracing::debug!(error = %e, "a message comes again");
    }
}
