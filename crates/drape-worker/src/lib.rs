//! The worker: claims jobs, runs the engine on a thread of its own, stores the looks.
//!
//! The flow: claim by lease -> fetch the photos, have the sentence read ([`reading`]) -> engine (heartbeats
//! beside it, progress and previews out of it, cancel into it) -> encode -> finish, fenced by the attempt.
//! Jobs that waited when the engine became free go to it as one batch, and the next batch may use the engine
//! while this one is stored. A worker that is told to stop gives its jobs back. A killed worker loses its
//! leases, and other workers take its jobs.

mod attempt;
mod batch;
pub mod detached;
mod engine_thread;
mod preview;
pub mod reading;
pub mod ring;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use drape_core::engine::Engine;
use drape_core::stylist::Stylist;
use drape_store::{ClaimRequest, Millis, Store};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use batch::Worker;

pub use preview::WithPreview;

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name in the database and in logs: unique per process and thread.
    pub name: String,
    /// How long a claim holds without a heartbeat, milliseconds; heartbeats come at a third of it.
    pub lease: Millis,
    /// Most jobs in one claim, and so in one batch for the engine.
    pub batch: u32,
    /// Longest time between two queries for jobs that no ring announced.
    pub poll: Duration,
    /// Reads the sentences of jobs that name another stylist than the lexicon.
    pub stylist: Arc<dyn Stylist>,
}

/// Batches at the same time: one with the engine, one being stored.
const BATCHES: usize = 2;

/// Works until `stop` turns true; current jobs are then given back at the next step of the engine.
pub async fn work(store: Store, engine: Arc<dyn Engine>, options: Options, stop: watch::Receiver<bool>) {
    let worker = Worker { store, engine, options, stop };
    let Worker { store, engine, options, stop } = &worker;
    let request = ClaimRequest {
        worker: options.name.clone(),
        engine: engine.name().to_owned(),
        most: options.batch,
        lease: options.lease,
    };
    let mut reaped = 0;
    let mut more = true;
    let mut batches = JoinSet::new();
    // The batch that uses the engine holds this permit.
    let free = Arc::new(Semaphore::new(1));
    loop {
        let permit = Arc::clone(&free).acquire_owned().await;
        let has_engine = permit.expect("the semaphore is never closed");
        while batches.len() >= BATCHES {
            log_panic(batches.join_next().await);
        }
        if *stop.borrow() {
            break;
        }
        let now = drape_store::now();
        // Every worker reaps expired leases, so that no worker has to be the leader.
        if now - reaped >= options.lease / 3 {
            reaped = now;
            let alive = store.seen(&options.name, engine.name(), now).await;
            match alive.and(store.reap(now).await) {
                Ok((lost, expired)) if lost + expired > 0 => {
                    tracing::warn!(lost, expired, "attempts without a heartbeat, jobs that waited too long");
                }
                Ok(_) => {}
                Err(e) => tracing::error!(error = %e, "expired leases cannot be reaped"),
            }
        }
        let pause = options.poll.min(Duration::from_millis((options.lease / 3).max(50).unsigned_abs()));
        let claims = store.claim_next(&request, more, pause).await;
        let claims = claims.unwrap_or_else(|e| {
            tracing::error!(error = %e, "no jobs can be claimed");
            Vec::new()
        });
        // A claim that returned fewer jobs than it could left none waiting.
        more = claims.len() >= options.batch as usize;
        if !claims.is_empty() {
            batches.spawn(worker.clone().run_batch(claims, has_engine));
        }
    }
    while let Some(batch) = batches.join_next().await {
        log_panic(Some(batch));
    }
    if let Err(e) = store.gone(&options.name).await {
        tracing::warn!(error = %e, "the worker cannot be signed off");
    }
}

/// Logs a batch that panicked. Its leases expire, and its jobs are attempted again.
fn log_panic(batch: Option<Result<(), tokio::task::JoinError>>) {
    if let Some(Err(e)) = batch {
        tracing::error!(error = %e, "a batch ended in a panic");
    }
}
