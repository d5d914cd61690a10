//! The side with the database: hands jobs over and collects what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drape_core::job::FailureReason;
use drape_core::stylist::Stylist;
use drape_core::trace::Trace;
use drape_remote::sqs::{MAX_MESSAGE, Queues, Received};
use drape_store::{Claim, ClaimRequest, DistantLook, Job, JobProgress, Millis, Pictures, Store, StoreError};
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::trace;

use super::{Made, News, Order, Report, VERSION, What};

/// How jobs are handed over.
#[derive(Clone)]
pub struct Handing {
    /// Reads the sentences of people who want that; workers elsewhere get what was read.
    pub stylist: Arc<dyn Stylist>,
    /// Name of this process in the database; unique.
    pub name: String,
    /// Engines whose jobs detached workers make.
    pub engines: Vec<String>,
    /// Most jobs of an engine that lie in the queue and have not begun: what lies there can overtake
    /// nothing, and nothing can overtake it.
    pub window: u32,
    /// How long an attempt lasts without a word once it has begun, milliseconds.
    pub lease: Millis,
    /// How long it may lie in the queue before it is handed over anew, milliseconds.
    pub first_word: Millis,
    /// How long a worker may take in all, milliseconds; nothing is written after that.
    pub at_most: Millis,
}

/// Pause between two looks at what waits, when nothing rang.
const TICK: Duration = Duration::from_millis(500);
/// Pause between two looks at leases, tickets and dead letters.
const TEND: Duration = Duration::from_secs(2);
/// How long an answer is invisible to other processes while it is written down.
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

/// Leases that are over, tickets of what has ended, and requests that nobody could finish.
async fn tend(store: &Store, queues: &Queues) {
    let now = drape_store::now();
    if let Err(e) = store.reap(now).await {
        tracing::warn!(error = %e, "leases cannot be looked after");
    }
    if let Err(e) = store.call_off().await {
        tracing::warn!(error = %e, "what is not wanted any more cannot be called off");
    }
    let dead = match queues.dead.receive(10, Duration::ZERO, Some(IN_HAND)).await {
        Ok(dead) => dead,
        Err(e) => return tracing::warn!(error = %e, "dead letters cannot be read"),
    };
    for message in dead {
        let Ok(order) = serde_json::from_str::<Order>(&message.body) else {
            metrics::counter!("drape_sqs_messages_total", "queue" => "dead", "outcome" => "not_understood")
                .increment(1);
            tracing::warn!(bytes = message.body.len(), "a dead letter is not understood");
            drop_message(&queues.dead, &message).await;
            continue;
        };
        let span = trace::answer(order.trace(), order.job, order.attempt);
        bury(store, queues, &order, &message).instrument(span).await;
    }
}

async fn bury(store: &Store, queues: &Queues, order: &Order, message: &Received) {
    let ended = match store.dispatched(order.job, order.attempt).await {
        Ok(claim) => store.fail(&claim, FailureReason::Undeliverable, drape_store::now()).await.map(Some),
        Err(e) => Err(e),
    };
    match ended {
        Ok(_) | Err(StoreError::Fenced | StoreError::NotFound) => {
            if let Ok(Some(job)) = &ended {
                self::ended(job);
            }
            metrics::counter!("drape_sqs_messages_total", "queue" => "dead", "outcome" => "buried")
                .increment(1);
            drop_message(&queues.dead, message).await;
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
    let (lying, _) = store.handed_over(engine).await?;
    let most = handing.window.saturating_sub(lying).min(32);
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
                    tracing::warn!(error = %e, "given back, for it cannot be sent");
                    match store.release(&claim, drape_store::now()).await {
                        Ok(_) | Err(StoreError::Fenced) => {}
                        Err(e) => tracing::warn!(error = %e, "its lease runs out"),
                    }
                    span.record("outcome", "given_back")
                }
            };
        };
        sent.instrument(span.clone()).await;
    }
    Ok(())
}

/// Answers how it ended.
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
    crate::reading::read(store, &mut claim, handing.stylist.as_ref()).await.map_err(|e| e.to_string())?;
    let claim = &claim;
    let job = &claim.job;
    let dispatched = store.dispatch(claim, until, now).await.map_err(|e| e.to_string())?;
    if dispatched.photos.is_empty() {
        return fail(store, claim, FailureReason::PhotoGone).await;
    }
    let order = Order {
        version: VERSION,
        job: job.id,
        attempt: job.attempt,
        engine: job.engine.clone(),
        owner: claim.owner,
        photos: dispatched.photos,
        style: serde_json::from_str(&job.style).map_err(|e| e.to_string())?,
        subject: job.subject,
        settings: serde_json::from_str(&job.settings).map_err(|e| e.to_string())?,
        seeds: (0..u64::from(job.variations)).map(|k| job.seed.wrapping_add(k)).collect(),
        looks: dispatched.looks,
        ticket: dispatched.ticket,
        lease: handing.lease,
        until,
        trace: trace.to_string(),
    };
    let body = serde_json::to_string(&order).map_err(|e| e.to_string())?;
    if body.len() > MAX_MESSAGE {
        return fail(store, claim, FailureReason::Undeliverable).await;
    }
    queues.requests.send(&body).await.map_err(|e| e.to_string())?;
    metrics::counter!("drape_sqs_messages_total", "queue" => "requests", "outcome" => "sent").increment(1);
    tracing::info!("handed over");
    Ok("sent")
}

async fn fail(store: &Store, claim: &Claim, reason: FailureReason) -> Result<&'static str, String> {
    let job = store.fail(claim, reason, drape_store::now()).await.map_err(|e| e.to_string())?;
    ended(&job);
    Ok("failed")
}

/// Writes down what detached workers say, until `stop` turns true. Several processes may do so.
pub async fn collect(store: Store, queues: Queues, handing: Handing, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let received = tokio::select! {
            received = queues.responses.receive(10, Duration::from_secs(10), Some(IN_HAND)) => received,
            _ = stop.changed() => break,
        };
        let received = match received {
            Ok(received) => received,
            Err(e) => {
                tracing::warn!(error = %e, "answers cannot be read");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        futures::future::join_all(received.iter().map(async |message| {
            match take(&store, &handing, message).await {
                Ok(outcome) => {
                    metrics::counter!("drape_sqs_messages_total", "queue" => "responses", "outcome" => outcome).increment(1);
                    drop_message(&queues.responses, message).await;
                }
                // It is delivered again when the database answers.
                Err(e) => tracing::warn!(error = %e, "an answer stays in its queue"),
            }
        }))
        .await;
    }
}

/// Writes one answer down; an error means that it shall come again.
async fn take(store: &Store, handing: &Handing, message: &Received) -> Result<&'static str, StoreError> {
    let report = match serde_json::from_str::<Report>(&message.body) {
        Ok(report) if report.version == VERSION => report,
        _ => {
            tracing::warn!(bytes = message.body.len(), "an answer is not understood");
            return Ok("not_understood");
        }
    };
    let now = drape_store::now();
    let name: String = report.worker.chars().take(80).collect();
    store.seen(&name, &report.engine.chars().take(32).collect::<String>(), now).await?;
    let Some(News { job, attempt, trace, what }) = report.news else { return Ok("sign_of_life") };
    let claim = match store.dispatched(job, attempt).await {
        Ok(claim) => claim,
        // Cancelled, deleted, taken over, or told before.
        Err(StoreError::Fenced) => return Ok("fenced"),
        Err(e) => return Err(e),
    };
    // What the worker did, if it is in the trace of the job: an answer is believed no more than that.
    let trace = trace.parse().ok().filter(|t: &Trace| t.id() == claim.job.trace.id());
    let span = trace::answer(trace.unwrap_or(claim.job.trace), job, attempt);
    take_news(store, handing, &claim, what, now).instrument(span).await
}

async fn take_news(
    store: &Store,
    handing: &Handing,
    claim: &Claim,
    what: What,
    now: Millis,
) -> Result<&'static str, StoreError> {
    match write_down(store, handing, claim, what, now).await {
        Ok(outcome) => Ok(outcome),
        Err(StoreError::Fenced) => {
            metrics::counter!("drape_jobs_fenced_total").increment(1);
            Ok("fenced")
        }
        Err(e) if e.is_transient() => Err(e),
        // It would be refused the next time, too.
        Err(e) => {
            tracing::warn!(error = %e, "an answer cannot be used");
            match store.fail(claim, FailureReason::EngineFailed, drape_store::now()).await {
                Ok(job) => {
                    ended(&job);
                    Ok("refused")
                }
                Err(StoreError::Fenced) => Ok("refused"),
                Err(e) => Err(e),
            }
        }
    }
}

async fn write_down(
    store: &Store,
    handing: &Handing,
    claim: &Claim,
    what: What,
    now: Millis,
) -> Result<&'static str, StoreError> {
    Ok(match what {
        What::Alive => {
            store.heartbeat(claim, handing.lease, now).await?;
            "alive"
        }
        What::Progress { stage, step, total, preview } => {
            let preview = preview.and_then(|text| STANDARD.decode(text).ok());
            let preview =
                preview.filter(|p| p.len() <= drape_store::MAX_PREVIEW && p.starts_with(&[0xff, 0xd8]));
            // Messages come in any order: what is behind is not told.
            let behind = claim.job.total > 0 && claim.job.total == total && step < claim.job.step;
            if behind {
                store.heartbeat(claim, handing.lease, now).await?;
            } else {
                if claim.job.began_at.is_none() && claim.job.attempt == 1 {
                    let waited = (now - claim.job.created_at).max(0) as f64 / 1000.0;
                    metrics::histogram!("drape_queue_wait_seconds", "engine" => claim.job.engine.clone())
                        .record(waited);
                }
                let stage: String = stage.chars().take(40).collect();
                let progress = JobProgress { stage: &stage, step, total, preview: preview.as_deref() };
                store.progress(claim, progress, handing.lease, now).await?;
            }
            "progress"
        }
        What::Done { looks } => {
            let looks = looks.iter().map(distant).collect();
            let finished = store.finish_dispatched(claim, looks, now).await?;
            ended(&finished.job);
            "done"
        }
        What::Failed { reason } => {
            let reason = reason.parse().unwrap_or(FailureReason::EngineFailed);
            let job = store.fail(claim, reason, now).await?;
            ended(&job);
            "failed"
        }
        What::Released => {
            store.release(claim, now).await?;
            "released"
        }
    })
}

fn distant(made: &Made) -> DistantLook {
    DistantLook {
        photo: made.photo,
        content_type: Pictures::LOOK_TYPE,
        width: made.width,
        height: made.height,
        bytes: made.bytes,
        seed: made.seed,
        report: made.report.to_string(),
    }
}

fn ended(job: &Job) {
    let (state, reason) = (job.state.id(), job.reason.map_or("", FailureReason::id));
    metrics::counter!("drape_jobs_ended_total", "state" => state, "reason" => reason).increment(1);
    tracing::info!(state, engine = job.engine, "job of a detached worker");
}

async fn drop_message(queue: &drape_remote::sqs::Queue, message: &Received) {
    // Should that fail, it comes again and is fenced.
    if let Err(e) = queue.delete(message).await {
        tracing::debug!(error = %e, "a message comes again");
    }
}
