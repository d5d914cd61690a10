//! The worker: claims jobs, runs the engine on a thread of its own, stores the looks.
//!
//! The flow: claim (lease) -> fetch the photos, have the sentence read ([`reading`]) -> engine (heartbeat beside it, progress and previews out
//! of it, cancel into it) -> encode -> finish, fenced by the attempt. What waited when the engine became
//! free goes to it as one batch; while that is being stored the engine may have the next. A worker that is told to stop gives its jobs back; one that is killed
//! loses the lease, and another goes on.

pub mod detached;
mod drawing;
pub mod null;
mod preview;
pub mod reading;
pub mod ring;
mod run;
pub mod still;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use drape_core::engine::Engine;
use drape_core::stylist::Stylist;
use drape_store::{ClaimRequest, Millis, Store};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

pub use preview::WithPreview;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name in the database and in logs: unique per process and thread.
    pub name: String,
    /// How long a claim holds without a heartbeat, milliseconds; heartbeats come at a third of it.
    pub lease: Millis,
    /// Most jobs taken at once; the batch is what waits when the engine becomes free.
    pub batch: u32,
    /// How often it looks for jobs that nobody rang for.
    pub poll: Duration,
    /// Who reads the sentences of jobs that name others than the lexicon.
    pub stylist: Arc<dyn Stylist>,
}

/// Batches in hand: one with the engine, one being stored.
const BATCHES: usize = 2;

/// Works until `stop` turns true; jobs in hand are then given back at the next step of the engine.
pub async fn work(store: Store, engine: Arc<dyn Engine>, options: Options, stop: watch::Receiver<bool>) {
    let request = ClaimRequest {
        worker: options.name.clone(),
        engine: engine.name().to_owned(),
        most: options.batch,
        lease: options.lease,
    };
    let mut reaped = 0;
    let mut more = true;
    let mut batches = JoinSet::new();
    // Held by the batch that has the engine.
    let free = Arc::new(Semaphore::new(1));
    loop {
        // Closed never; without the engine there is nothing to do.
        let Ok(has_engine) = Arc::clone(&free).acquire_owned().await else { break };
        while batches.len() >= BATCHES {
            ended(batches.join_next().await);
        }
        if *stop.borrow() {
            break;
        }
        let now = drape_store::now();
        // Leases are looked after by whoever works, so that a lost worker is noticed without a leader.
        if now - reaped >= options.lease / 3 {
            reaped = now;
            let alive = store.seen(&options.name, engine.name(), now).await;
            match alive.and(store.reap(now).await) {
                Ok((lost, expired)) if lost + expired > 0 => {
                    tracing::warn!(lost, expired, "attempts without a heartbeat, jobs that waited too long");
                }
                Ok(_) => {}
                Err(e) => tracing::error!(error = %e, "leases cannot be looked after"),
            }
        }
        let pause = options.poll.min(Duration::from_millis((options.lease / 3).max(50).unsigned_abs()));
        let claims = store.claim_next(&request, more, pause).await;
        let claims = claims.unwrap_or_else(|e| {
            tracing::error!(error = %e, "no jobs can be claimed");
            Vec::new()
        });
        // A claim that was not filled took all there were.
        more = claims.len() >= options.batch as usize;
        if !claims.is_empty() {
            let (store, engine, options) = (store.clone(), Arc::clone(&engine), options.clone());
            batches.spawn(run::batch(store, engine, options, claims, stop.clone(), has_engine));
        }
    }
    while let Some(batch) = batches.join_next().await {
        ended(Some(batch));
    }
    if let Err(e) = store.gone(&options.name).await {
        tracing::warn!(error = %e, "the worker cannot be signed off");
    }
}

fn ended(batch: Option<Result<(), tokio::task::JoinError>>) {
    // The leases of its jobs run out, and another attempt is made.
    if let Some(Err(e)) = batch {
        tracing::error!(error = %e, "a batch ended in a panic");
    }
}
