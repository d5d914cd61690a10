//! One batch: photos fetched, the engine on a thread of its own, leases kept beside it, every job
//! ended exactly once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use drape_core::engine::{Engine, EngineFailure, Progress, Request};
use drape_core::job::FailureReason;
use drape_store::{Claim, Going, NewLook, Size, Store, StoreError};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::{Options, pictures};

/// What the engine's thread made of a claim.
enum Made {
    Looks(Vec<NewLook>),
    Stopped,
    Failed(FailureReason, String),
}

/// Runs claims one after the other; the leases of those that wait are kept meanwhile.
pub(crate) async fn batch(
    store: &Store,
    engine: &Arc<dyn Engine>,
    options: &Options,
    claims: Vec<Claim>,
    stop: &watch::Receiver<bool>,
) {
    let mut waiting = claims.into_iter();
    while let Some(claim) = waiting.next() {
        if *stop.borrow() {
            for claim in std::iter::once(claim).chain(waiting) {
                give_back(store, &claim).await;
            }
            return;
        }
        let held = Arc::new(AtomicBool::new(true));
        let work = one(store, engine, options, &claim, &held, stop.clone());
        tokio::pin!(work);
        let mut beat =
            tokio::time::interval(Duration::from_millis((options.lease / 3).max(20).unsigned_abs()));
        beat.tick().await;
        loop {
            tokio::select! {
                () = &mut work => break,
                _ = beat.tick() => {
                    let now = drape_store::now();
                    for (k, claim) in std::iter::once(&claim).chain(waiting.as_slice()).enumerate() {
                        match store.heartbeat(claim, options.lease, now).await {
                            Ok(Going::Stop) if k == 0 => held.store(false, Ordering::Relaxed),
                            Ok(_) => {}
                            Err(e) => tracing::warn!(job = %claim.job.id, error = %e, "no heartbeat"),
                        }
                    }
                    if let Err(e) = store.seen(&options.name, engine.name(), now).await {
                        tracing::warn!(error = %e, "the worker cannot be seen");
                    }
                }
            }
        }
    }
}

async fn one(
    store: &Store,
    engine: &Arc<dyn Engine>,
    options: &Options,
    claim: &Claim,
    held: &Arc<AtomicBool>,
    stop: watch::Receiver<bool>,
) {
    let start = Instant::now();
    let made = make(store, engine, options, claim, held, stop.clone()).await;
    let job = claim.job.id;
    let ended = match made {
        Made::Looks(looks) => store.finish(claim, looks, drape_store::now()).await.map(|f| f.job),
        Made::Stopped if *stop.borrow() && held.load(Ordering::Relaxed) => {
            return give_back(store, claim).await;
        }
        Made::Stopped => Err(StoreError::Fenced),
        Made::Failed(reason, detail) => {
            tracing::warn!(%job, attempt = claim.job.attempt, reason = reason.id(), detail, "attempt failed");
            store.fail(claim, reason, drape_store::now()).await
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    match ended {
        Ok(ended) => {
            metrics::counter!("drape_jobs_ended_total", "state" => ended.state.id(), "reason" => ended.reason.map_or("", FailureReason::id)).increment(1);
            metrics::histogram!("drape_job_run_seconds", "engine" => engine.name()).record(seconds);
            tracing::info!(%job, state = ended.state.id(), attempt = claim.job.attempt, seconds, "job");
        }
        Err(StoreError::Fenced) => {
            metrics::counter!("drape_jobs_fenced_total").increment(1);
            tracing::info!(%job, attempt = claim.job.attempt, "cancelled, deleted or taken over");
        }
        // The lease runs out, and another attempt is made.
        Err(e) => tracing::error!(%job, error = %e, "the end of the job cannot be stored"),
    }
}

async fn give_back(store: &Store, claim: &Claim) {
    match store.release(claim, drape_store::now()).await {
        Ok(_) => tracing::info!(job = %claim.job.id, "given back"),
        Err(StoreError::Fenced) => {}
        Err(e) => tracing::error!(job = %claim.job.id, error = %e, "cannot be given back"),
    }
}

async fn make(
    store: &Store,
    engine: &Arc<dyn Engine>,
    options: &Options,
    claim: &Claim,
    held: &Arc<AtomicBool>,
    stop: watch::Receiver<bool>,
) -> Made {
    let failed = |e: &dyn std::fmt::Display| Made::Failed(FailureReason::EngineFailed, e.to_string());
    let mut ids = Vec::new();
    let mut photos = Vec::new();
    for &id in &claim.job.photos {
        let bytes = match store.photo(claim.owner, id, drape_store::now()).await {
            Ok(photo) => store.photo_bytes(&photo, Size::Full).await,
            Err(e) => Err(e),
        };
        match bytes {
            Ok(bytes) => {
                ids.push(id);
                photos.push(bytes);
            }
            // Deleted since the job was made: the others may do.
            Err(StoreError::NotFound) => {}
            Err(e) => return failed(&e),
        }
    }
    if photos.is_empty() {
        return Made::Failed(FailureReason::PhotoGone, "no photo of the job is left".to_owned());
    }
    let style: drape_core::style::Style = match serde_json::from_str(&claim.job.style) {
        Ok(style) => style,
        Err(e) => return failed(&e),
    };
    let (store, engine, claim) = (store.clone(), Arc::clone(engine), claim.clone());
    let (held, lease, handle) = (Arc::clone(held), options.lease, Handle::current());
    let work = move || {
        let seeds: Vec<u64> =
            (0..u64::from(claim.job.variations)).map(|k| claim.job.seed.wrapping_add(k)).collect();
        let slices: Vec<&[u8]> = photos.iter().map(AsRef::as_ref).collect();
        let mut last = None;
        let mut progress = |now: Progress| {
            if *stop.borrow() || !held.load(Ordering::Relaxed) {
                return false;
            }
            if last.as_ref() == Some(&now) {
                return true;
            }
            let told = store.progress(&claim, now.stage, (now.step, now.total), lease, drape_store::now());
            last = Some(now);
            match handle.block_on(told) {
                Ok(Going::On) => true,
                Ok(Going::Stop) => {
                    held.store(false, Ordering::Relaxed);
                    false
                }
                // The database may be back before the lease is over.
                Err(e) => {
                    tracing::warn!(job = %claim.job.id, error = %e, "progress cannot be told");
                    true
                }
            }
        };
        let request = Request { photos: &slices, style: &style, seeds: &seeds };
        let drawn = match engine.generate(request, &mut progress) {
            Ok(drawn) => drawn,
            Err(EngineFailure::Cancelled) => return Made::Stopped,
            Err(EngineFailure::Failed { reason, detail }) => return Made::Failed(reason, detail),
        };
        let total = drawn.len() as u32;
        if total > 0 && !progress(Progress { stage: "store", step: total, total }) {
            return Made::Stopped;
        }
        let mut looks = Vec::new();
        for (drawn, &seed) in drawn.into_iter().zip(&seeds) {
            match pictures::of_look(&drawn.picture) {
                Ok(pictures) => looks.push(NewLook {
                    photo: ids[drawn.photo],
                    pictures,
                    seed,
                    report: drawn.report.to_string(),
                }),
                Err(e) => return Made::Failed(FailureReason::EngineFailed, e.to_string()),
            }
        }
        Made::Looks(looks)
    };
    // A panic fails one attempt, not the process.
    let guarded = move || {
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_| Made::Failed(FailureReason::EngineFailed, "the engine panicked".to_owned()))
    };
    tokio::task::spawn_blocking(guarded).await.unwrap_or_else(|e| failed(&e))
}
