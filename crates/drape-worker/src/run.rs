//! One batch: photos fetched, the engine on a thread of its own ([`crate::drawing`]), leases kept beside
//! it, every job ended exactly once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use drape_core::engine::Engine;
use drape_core::job::FailureReason;
use drape_store::{Claim, Going, Photo, Store, StoreError};
use futures::future::{join, join_all};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tracing::{Instrument as _, Span};

use crate::Options;
use crate::drawing::{Drawing, Fetched, Made};
use crate::{reading, trace};

/// A claim on its way.
#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) claim: Claim,
    /// Whether the lease holds, as far as is known.
    pub(crate) held: Arc<AtomicBool>,
    /// Whether its end is written.
    ended: Arc<AtomicBool>,
    /// What every line of its log is within.
    pub(crate) span: Span,
}

/// Runs claims; the leases of all are kept until their ends are written. The engine is free for the next batch when the last of them has left it.
pub(crate) async fn batch(
    store: Store,
    engine: Arc<dyn Engine>,
    options: Options,
    claims: Vec<Claim>,
    stop: watch::Receiver<bool>,
    has_engine: OwnedSemaphorePermit,
) {
    let tasks: Vec<Task> = claims
        .into_iter()
        .map(|claim| {
            let job = &claim.job;
            let (span, _) = trace::job(job.trace, job.id, job.attempt, engine.name());
            Task { claim, held: Arc::new(AtomicBool::new(true)), ended: Arc::default(), span }
        })
        .collect();
    let work = all(&store, &engine, &options, &tasks, &stop, has_engine);
    let beats = async {
        let mut beat =
            tokio::time::interval(Duration::from_millis((options.lease / 3).max(20).unsigned_abs()));
        beat.tick().await;
        loop {
            beat.tick().await;
            keep(&store, &engine, &options, &tasks).await;
        }
    };
    // Side by side: a heartbeat that is waited for while the work stands still waits for the connection
    // that the work holds.
    tokio::select! {
        () = work => {}
        () = beats => {}
    }
}

/// Renews the leases of what has not ended.
async fn keep(store: &Store, engine: &Arc<dyn Engine>, options: &Options, tasks: &[Task]) {
    let now = drape_store::now();
    for task in tasks.iter().filter(|t| !t.ended.load(Ordering::Relaxed)) {
        let beat = async {
            match store.heartbeat(&task.claim, options.lease, now).await {
                Ok(Going::Stop) => task.held.store(false, Ordering::Relaxed),
                Ok(Going::On) => {}
                Err(e) => tracing::warn!(error = %e, "no heartbeat"),
            }
        };
        beat.instrument(task.span.clone()).await;
    }
    if let Err(e) = store.seen(&options.name, engine.name(), now).await {
        tracing::warn!(error = %e, "the worker cannot be seen");
    }
}

async fn all(
    store: &Store,
    engine: &Arc<dyn Engine>,
    options: &Options,
    tasks: &[Task],
    stop: &watch::Receiver<bool>,
    has_engine: OwnedSemaphorePermit,
) {
    let start = Instant::now();
    let now = drape_store::now();
    metrics::histogram!("drape_engine_batch_jobs", "engine" => engine.name()).record(tasks.len() as f64);
    for job in tasks.iter().map(|t| &t.claim.job).filter(|job| job.attempt == 1) {
        let waited = (now - job.created_at).max(0) as f64 / 1000.0;
        metrics::histogram!("drape_queue_wait_seconds", "engine" => engine.name()).record(waited);
    }
    let (fetched, read) = join(fetch(store, tasks), read(store, options, tasks, stop)).await;
    let (made, mut results) = mpsc::channel(tasks.len().max(1));
    let at_work = Drawing {
        store: store.clone(),
        engine: Arc::clone(engine),
        lease: options.lease,
        stop: stop.clone(),
        handle: Handle::current(),
    };
    let queue: Vec<(usize, Task, Fetched)> =
        read.into_iter().zip(fetched).enumerate().map(|(k, (task, f))| (k, task, f)).collect();
    let thread = tokio::task::spawn_blocking(move || {
        at_work.make_all(queue, &mut |number, result| {
            // There is room for all.
            let _ = made.try_send((number, result));
        });
        drop(has_engine);
    });
    // What has been made while others were stored is stored together.
    let mut ready = Vec::new();
    while results.recv_many(&mut ready, tasks.len().max(1)).await > 0 {
        join_all(ready.drain(..).map(async |(number, made)| {
            let task: &Task = &tasks[number];
            end(store, engine, task, made, stop, start).instrument(task.span.clone()).await;
            task.ended.store(true, Ordering::Relaxed);
        }))
        .await;
    }
    if let Err(e) = thread.await {
        tracing::error!(error = %e, "the engine's thread ended in a panic");
    }
}

async fn end(
    store: &Store,
    engine: &Arc<dyn Engine>,
    task: &Task,
    made: Made,
    stop: &watch::Receiver<bool>,
    start: Instant,
) {
    let claim = &task.claim;
    let ended = match made {
        Made::Looks(looks) => store.finish(claim, looks, drape_store::now()).await.map(|f| f.job),
        Made::Stopped if *stop.borrow() && task.held.load(Ordering::Relaxed) => {
            task.span.record("outcome", "given_back");
            return give_back(store, claim).await;
        }
        Made::Stopped => Err(StoreError::Fenced),
        Made::Failed(reason, detail) => {
            tracing::warn!(reason = reason.id(), detail, "attempt failed");
            store.fail(claim, reason, drape_store::now()).await
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    match ended {
        Ok(ended) => {
            task.span.record("outcome", ended.state.id());
            metrics::counter!("drape_jobs_ended_total", "state" => ended.state.id(), "reason" => ended.reason.map_or("", FailureReason::id)).increment(1);
            metrics::histogram!("drape_job_run_seconds", "engine" => engine.name()).record(seconds);
            tracing::info!(state = ended.state.id(), seconds, "job");
        }
        Err(StoreError::Fenced) => {
            task.span.record("outcome", "fenced");
            metrics::counter!("drape_jobs_fenced_total").increment(1);
            tracing::info!("cancelled, deleted or taken over");
        }
        // The lease runs out, and another attempt is made.
        Err(e) => tracing::error!(error = %e, "the end of the job cannot be stored"),
    }
}

async fn give_back(store: &Store, claim: &Claim) {
    match store.release(claim, drape_store::now()).await {
        Ok(_) => tracing::info!("given back"),
        Err(StoreError::Fenced) => {}
        Err(e) => tracing::error!(error = %e, "cannot be given back"),
    }
}

/// The tasks with the styles to make: those whose owners let others read the sentence have it read.
async fn read(store: &Store, options: &Options, tasks: &[Task], stop: &watch::Receiver<bool>) -> Vec<Task> {
    let read = async |task: &Task| {
        let mut task = task.clone();
        let mut stop = stop.clone();
        let read = tokio::select! {
            read = reading::read(store, &mut task.claim, options.stylist.as_ref()) => read,
            // The job is given back as it was, and whoever takes it next asks.
            _ = stop.wait_for(|stop| *stop) => Ok(()),
        };
        match read {
            Ok(()) => {}
            Err(StoreError::Fenced) => task.held.store(false, Ordering::Relaxed),
            // The style is known; that it could not be stored costs another question at most.
            Err(e) => tracing::warn!(error = %e, "a reading cannot be stored"),
        }
        task
    };
    join_all(tasks.iter().map(|task| read(task).instrument(task.span.clone()))).await
}

/// Fetches the photos of all tasks; those that were deleted since are absent.
async fn fetch(store: &Store, tasks: &[Task]) -> Vec<Fetched> {
    let claims: Vec<Claim> = tasks.iter().map(|t| t.claim.clone()).collect();
    match store.claimed_photos(&claims, drape_store::now()).await {
        Ok(photos) => {
            let of_job =
                |(photos, task): (_, &Task)| fetch_bytes(store, photos).instrument(task.span.clone());
            join_all(photos.into_iter().zip(tasks).map(of_job)).await
        }
        Err(e) => tasks.iter().map(|_| Err(e.to_string())).collect(),
    }
}

async fn fetch_bytes(store: &Store, photos: Vec<Photo>) -> Fetched {
    let mut fetched = Vec::new();
    for photo in photos {
        match store.claimed_bytes(&photo).await {
            Ok(bytes) => fetched.push((photo.id, bytes)),
            Err(StoreError::NotFound) => {}
            Err(e) => return Err(e.to_string()),
        }
    }
    Ok(fetched)
}
