//! One batch of claimed jobs: photos are fetched and sentences read, the engine's thread
//! ([`crate::engine_thread`]) makes the looks, leases are renewed meanwhile, and every job is ended exactly
//! once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use drape_core::engine::{Engine, EngineFailure};
use drape_core::job::FailureReason;
use drape_store::{Claim, Going, Job, Photo, Store, StoreError};
use futures::future::{join, join_all};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tracing::Instrument as _;

use crate::Options;
use crate::attempt::Attempt;
use crate::engine_thread::{EngineThread, Fetched, Looks};
use crate::reading;

/// A worker, which may run several batches at once.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) store: Store,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) options: Options,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Worker {
    /// Works on claims and renews their leases until all ends are written. `has_engine` is dropped as soon as
    /// the engine has ended the last of them, so that the next batch can begin while this one is stored.
    pub(crate) async fn run_batch(self, claims: Vec<Claim>, has_engine: OwnedSemaphorePermit) {
        let attempts: Vec<Attempt> =
            claims.into_iter().map(|claim| Attempt::new(claim, self.engine.name())).collect();
        // Poll both together: work that awaited a heartbeat could wait for a connection that it holds itself.
        tokio::select! {
            () = self.work(&attempts, has_engine) => {}
            () = self.renew_leases(&attempts) => {}
        }
    }

    /// Renews the leases of attempts that have not ended; never returns.
    async fn renew_leases(&self, attempts: &[Attempt]) {
        let pause = Duration::from_millis((self.options.lease / 3).max(20).unsigned_abs());
        let mut beat = tokio::time::interval(pause);
        beat.tick().await;
        loop {
            beat.tick().await;
            let now = drape_store::now();
            for attempt in attempts.iter().filter(|attempt| !attempt.ended()) {
                let renewed = async {
                    match self.store.heartbeat(&attempt.claim, self.options.lease, now).await {
                        Ok(Going::On) => {}
                        Ok(Going::Stop) => attempt.lose(),
                        Err(e) => tracing::warn!(error = %e, "the lease cannot be renewed"),
                    }
                };
                renewed.instrument(attempt.span.clone()).await;
            }
            if let Err(e) = self.store.seen(&self.options.name, self.engine.name(), now).await {
                tracing::warn!(error = %e, "the worker cannot be recorded as alive");
            }
        }
    }

    async fn work(&self, attempts: &[Attempt], has_engine: OwnedSemaphorePermit) {
        let start = Instant::now();
        self.count(attempts);
        let (photos, ready) = join(self.fetch(attempts), self.read(attempts)).await;
        let (ended, mut ends) = mpsc::channel(attempts.len().max(1));
        let engine_thread = EngineThread {
            store: self.store.clone(),
            engine: Arc::clone(&self.engine),
            lease: self.options.lease,
            stop: self.stop.clone(),
            handle: Handle::current(),
        };
        let thread = tokio::task::spawn_blocking(move || {
            engine_thread.run(ready.into_iter().zip(photos).collect(), &mut |number, looks| {
                // The channel has room for one end of each job.
                let _ = ended.try_send((number, looks));
            });
            drop(has_engine);
        });
        // Jobs that ended while others were being stored are stored together.
        let mut waiting: Vec<(usize, Looks)> = Vec::new();
        while ends.recv_many(&mut waiting, attempts.len().max(1)).await > 0 {
            join_all(waiting.drain(..).map(async |(number, looks)| {
                let attempt = &attempts[number];
                self.end(attempt, looks, start).instrument(attempt.span.clone()).await;
                attempt.end();
            }))
            .await;
        }
        if let Err(e) = thread.await {
            tracing::error!(error = %e, "the engine's thread panicked");
        }
    }

    fn count(&self, attempts: &[Attempt]) {
        let (engine, now) = (self.engine.name(), drape_store::now());
        metrics::histogram!("drape_engine_batch_jobs", "engine" => engine).record(attempts.len() as f64);
        for job in attempts.iter().map(|a| &a.claim.job).filter(|job| job.attempt == 1) {
            let waited = (now - job.created_at).max(0) as f64 / 1000.0;
            metrics::histogram!("drape_queue_wait_seconds", "engine" => engine).record(waited);
        }
    }

    /// Fetches the photos of all jobs.
    async fn fetch(&self, attempts: &[Attempt]) -> Vec<Fetched> {
        let claims: Vec<Claim> = attempts.iter().map(|a| a.claim.clone()).collect();
        match self.store.claimed_photos(&claims, drape_store::now()).await {
            Ok(photos) => {
                let of_job = |(photos, attempt): (_, &Attempt)| {
                    self.fetch_bytes(photos).instrument(attempt.span.clone())
                };
                join_all(photos.into_iter().zip(attempts).map(of_job)).await
            }
            Err(e) => attempts.iter().map(|_| Err(e.to_string())).collect(),
        }
    }

    async fn fetch_bytes(&self, photos: Vec<Photo>) -> Fetched {
        let mut fetched = Vec::new();
        for photo in photos {
            match self.store.claimed_bytes(&photo).await {
                Ok(bytes) => fetched.push((photo.id, bytes)),
                Err(StoreError::NotFound) => {}
                Err(e) => return Err(e.to_string()),
            }
        }
        Ok(fetched)
    }

    /// Returns the attempts with the styles to make, after their sentences were read by the stylists that the
    /// owners chose.
    async fn read(&self, attempts: &[Attempt]) -> Vec<Attempt> {
        let read = async |attempt: &Attempt| {
            let mut attempt = attempt.clone();
            let mut stop = self.stop.clone();
            let read = tokio::select! {
                read = reading::read(&self.store, &mut attempt.claim, self.options.stylist.as_ref()) => read,
                // The job is given back unread, and its next attempt asks the stylist.
                _ = stop.wait_for(|stop| *stop) => Ok(()),
            };
            match read {
                Ok(()) => {}
                Err(StoreError::Fenced) => attempt.lose(),
                // The style is known. If it is not stored, another attempt may ask again.
                Err(e) => tracing::warn!(error = %e, "a reading cannot be stored"),
            }
            attempt
        };
        join_all(attempts.iter().map(|attempt| read(attempt).instrument(attempt.span.clone()))).await
    }

    /// Writes the end of a job.
    async fn end(&self, attempt: &Attempt, looks: Looks, start: Instant) {
        let claim = &attempt.claim;
        let ended = match looks {
            Ok(looks) => self.store.finish(claim, looks, drape_store::now()).await.map(|f| f.job),
            Err(EngineFailure::Cancelled) if *self.stop.borrow() && attempt.held() => {
                attempt.span.record("outcome", "given_back");
                return self.give_back(claim).await;
            }
            Err(EngineFailure::Cancelled) => Err(StoreError::Fenced),
            Err(EngineFailure::Failed { reason, detail }) => {
                tracing::warn!(reason = reason.id(), detail, "attempt failed");
                self.store.fail(claim, reason, drape_store::now()).await
            }
        };
        match ended {
            Ok(job) => self.log_end(attempt, &job, start.elapsed().as_secs_f64()),
            Err(StoreError::Fenced) => {
                attempt.span.record("outcome", "fenced");
                metrics::counter!("drape_jobs_fenced_total").increment(1);
                tracing::info!("cancelled, deleted or taken over");
            }
            // The lease expires, and another attempt is made.
            Err(e) => tracing::error!(error = %e, "the end of the job cannot be stored"),
        }
    }

    fn log_end(&self, attempt: &Attempt, job: &Job, seconds: f64) {
        let (state, reason) = (job.state.id(), job.reason.map_or("", FailureReason::id));
        attempt.span.record("outcome", state);
        metrics::counter!("drape_jobs_ended_total", "state" => state, "reason" => reason).increment(1);
        metrics::histogram!("drape_job_run_seconds", "engine" => self.engine.name()).record(seconds);
        tracing::info!(state, seconds, "job");
    }

    async fn give_back(&self, claim: &Claim) {
        match self.store.release(claim, drape_store::now()).await {
            Ok(_) => tracing::info!("given back"),
            Err(StoreError::Fenced) => {}
            Err(e) => tracing::error!(error = %e, "the job cannot be given back"),
        }
    }
}
