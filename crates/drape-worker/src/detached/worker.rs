//! The side with the engine: nothing but the queues and the blob store.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use drape_core::engine::{Engine, EngineFailure, Outcome, Progress, Request};
use drape_core::job::FailureReason;
use drape_core::trace::Trace;
use drape_remote::sqs::{MAX_MESSAGE, Queues, Received};
use drape_store::{Bucket, Pictures, StoreError};
use tokio::sync::{mpsc, watch};
use tracing::{Instrument as _, Span};

use super::{Made, News, Order, Report, VERSION, What};
use crate::trace;

/// A detached worker.
#[derive(Clone)]
pub struct Detached {
    /// Unique among all.
    pub name: String,
    /// Makes the looks.
    pub engine: Arc<dyn Engine>,
    /// Where the messages are.
    pub queues: Queues,
    /// Where the pictures are.
    pub bucket: Bucket,
}

/// Requests without anything to do, at most.
const POLL: Duration = Duration::from_secs(5);
/// Largest preview that fits into a message beside everything else.
const PREVIEW: usize = 120_000;
/// Pause between two reports of progress.
const BETWEEN: Duration = Duration::from_millis(500);

/// What became of a request.
enum End {
    /// It is answered; the message goes.
    Answered(What),
    /// Nobody wants it any more; the message goes.
    Unwanted,
    /// Somebody else shall try; the message comes back.
    Later,
}

/// Works until `stop` turns true; a job in hand is then given back at the next step of the engine.
pub async fn work(detached: Detached, mut stop: watch::Receiver<bool>) {
    let mut told: Option<Instant> = None;
    while !*stop.borrow() {
        if told.is_none_or(|at| at.elapsed() > Duration::from_secs(10)) {
            told = Some(Instant::now());
            detached.say(None).await;
        }
        let received = tokio::select! {
            received = detached.queues.requests.receive(1, POLL, None) => received,
            _ = stop.changed() => break,
        };
        match received {
            Ok(received) => {
                for message in received {
                    detached.handle(&message, &stop).await;
                }
            }
            Err(e) => {
                tracing::warn!(error = %e, "requests cannot be read");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

impl Detached {
    /// Says something to the server; what is lost is made up for by the lease.
    async fn say(&self, news: Option<News>) -> bool {
        let engine = self.engine.name().to_owned();
        let report = Report { version: VERSION, worker: self.name.clone(), engine, news };
        let Ok(body) = serde_json::to_string(&report) else { return false };
        if body.len() > MAX_MESSAGE {
            return false;
        }
        let mut pause = Duration::from_millis(200);
        // An end is worth some patience; anything else is said again soon.
        let tries =
            if matches!(&report.news, Some(News { what: What::Done { .. } | What::Failed { .. }, .. })) {
                7
            } else {
                1
            };
        for _ in 0..tries {
            match self.queues.responses.send(&body).await {
                Ok(()) => return true,
                Err(e) => tracing::warn!(error = %e, "the server is not told"),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        false
    }

    async fn handle(&self, message: &Received, stop: &watch::Receiver<bool>) {
        let order = match serde_json::from_str::<Order>(&message.body) {
            Ok(order) if order.version == VERSION && order.engine == self.engine.name() => order,
            // For another version or engine; after some deliveries it is a dead letter.
            _ => {
                tracing::warn!(deliveries = message.deliveries, "a request is not understood");
                let _ = self.queues.requests.extend(message, Duration::from_secs(1)).await;
                return;
            }
        };
        let (span, trace) = trace::job(order.trace(), order.job, order.attempt, self.engine.name());
        let work = Work { detached: self, order, trace, span: span.clone() };
        work.settle(message, stop).instrument(span).await;
    }
}

/// A request in hand.
struct Work<'a> {
    detached: &'a Detached,
    order: Order,
    /// This attempt.
    trace: Trace,
    span: Span,
}

impl Work<'_> {
    async fn settle(&self, message: &Received, stop: &watch::Receiver<bool>) {
        let (start, requests) = (Instant::now(), &self.detached.queues.requests);
        metrics::histogram!("drape_engine_batch_jobs", "engine" => self.detached.engine.name()).record(1.0);
        let end = self.carry_out(message, stop).await;
        let seconds = start.elapsed().as_secs_f64();
        let done = match end {
            End::Answered(what) => {
                let outcome = if matches!(what, What::Done { .. }) { "done" } else { "failed" };
                // Untold it comes back, and is made again.
                let told = self.tell(what).await;
                if told {
                    metrics::histogram!("drape_job_run_seconds", "engine" => self.detached.engine.name())
                        .record(seconds);
                    tracing::info!(outcome, seconds, "answered");
                }
                self.span.record("outcome", outcome);
                told
            }
            End::Unwanted => {
                tracing::info!("given back, cancelled, deleted or taken over");
                self.span.record("outcome", "unwanted");
                true
            }
            End::Later => {
                let _ = requests.extend(message, Duration::ZERO).await;
                self.span.record("outcome", "later");
                false
            }
        };
        if done && let Err(e) = requests.delete(message).await {
            tracing::debug!(error = %e, "a request comes again");
        }
    }

    async fn carry_out(&self, message: &Received, stop: &watch::Receiver<bool>) -> End {
        let (order, Detached { engine, queues, .. }) = (&self.order, self.detached);
        match self.wanted().await {
            Ok(true) => {}
            Ok(false) => return End::Unwanted,
            Err(e) => {
                tracing::warn!(error = %e, "the blob store does not answer");
                return End::Later;
            }
        }
        let photos = match self.photos().await {
            Ok(photos) => photos,
            Err(StoreError::NotFound) => Vec::new(),
            Err(e) => {
                tracing::warn!(error = %e, "photos cannot be fetched");
                return End::Later;
            }
        };
        if photos.is_empty() {
            return End::Answered(What::Failed { reason: FailureReason::PhotoGone.id().to_owned() });
        }
        let held = Arc::new(AtomicBool::new(true));
        let (steps, mut told) = mpsc::unbounded_channel::<Progress>();
        let made = {
            let span = trace::engine(&self.span, engine.name(), 1);
            let (engine, order, photos) = (Arc::clone(engine), order.clone(), photos.clone());
            let (held, stop) = (Arc::clone(&held), stop.clone());
            tokio::task::spawn_blocking(move || {
                span.in_scope(|| make(&*engine, &order, &photos, &held, &stop, &steps))
            })
        };
        let lease = Duration::from_millis(order.lease.max(300).unsigned_abs());
        let beat = async {
            let mut beat = tokio::time::interval(lease / 3);
            loop {
                beat.tick().await;
                // Twice the lease: a message that comes back too soon is work done twice.
                if let Err(e) = queues.requests.extend(message, (lease * 2).max(Duration::from_secs(2))).await
                {
                    tracing::debug!(error = %e, "a request may come back");
                }
                match self.wanted().await {
                    Ok(true) => {}
                    Ok(false) => held.store(false, Ordering::Relaxed),
                    Err(e) => {
                        tracing::warn!(error = %e, "nobody knows whether it is wanted");
                    }
                }
                self.tell(What::Alive).await;
            }
        };
        let talk = async {
            let mut last: Option<Instant> = None;
            while let Some(step) = told.recv().await {
                // What came meanwhile is old news, but for its preview.
                let mut step = step;
                while let Ok(newer) = told.try_recv() {
                    let preview = newer.preview.clone().or(step.preview.take());
                    step = Progress { preview, ..newer };
                }
                if let Some(wait) = last.and_then(|at: Instant| BETWEEN.checked_sub(at.elapsed())) {
                    tokio::time::sleep(wait).await;
                }
                last = Some(Instant::now());
                let preview = step.preview.filter(|p| p.len() <= PREVIEW).map(|p| STANDARD.encode(p));
                let (stage, step, total) = (step.stage.to_owned(), step.step, step.total);
                self.tell(What::Progress { stage, step, total, preview }).await;
            }
            std::future::pending::<()>().await;
        };
        let outcome = tokio::select! {
            made = made => made.unwrap_or_else(|_| Err(failed("the engine's thread ended".to_owned()))),
            () = beat => return End::Later,
            () = talk => return End::Later,
        };
        match outcome {
            Ok(looks) => self.store(looks).await,
            Err(EngineFailure::Cancelled) if *stop.borrow() && held.load(Ordering::Relaxed) => {
                self.tell(What::Released).await;
                End::Unwanted
            }
            Err(EngineFailure::Cancelled) => End::Unwanted,
            Err(EngineFailure::Failed { reason, detail }) => {
                tracing::warn!(reason = reason.id(), detail, "attempt failed");
                End::Answered(What::Failed { reason: reason.id().to_owned() })
            }
        }
    }

    async fn tell(&self, what: What) -> bool {
        let (job, attempt) = (self.order.job, self.order.attempt);
        self.detached.say(Some(News { job, attempt, trace: self.trace.to_string(), what })).await
    }

    async fn wanted(&self) -> Result<bool, StoreError> {
        if drape_store::now() >= self.order.until {
            return Ok(false);
        }
        self.detached.bucket.has(&self.order.ticket).await
    }

    async fn photos(&self) -> Result<Vec<Bytes>, StoreError> {
        let mut photos = Vec::new();
        for (_, key) in &self.order.photos {
            photos.push(self.detached.bucket.get(key).await?);
        }
        Ok(photos)
    }

    /// Writes the looks under the promised keys.
    async fn store(&self, looks: Vec<(Made, [Bytes; 3])>) -> End {
        let order = &self.order;
        // A minute is left for the last of them.
        if drape_store::now() + 60_000 >= order.until || !self.wanted().await.unwrap_or(false) {
            return End::Unwanted;
        }
        let mut made = Vec::new();
        for ((look, bytes), keys) in looks.into_iter().zip(&order.looks) {
            for (bytes, key) in bytes.iter().zip(keys) {
                if let Err(e) = self.detached.bucket.put(key, bytes).await {
                    tracing::warn!(error = %e, "a look cannot be written");
                    return End::Later;
                }
            }
            made.push(look);
        }
        End::Answered(What::Done { looks: made })
    }
}

type Looks = Vec<(Made, [Bytes; 3])>;

fn failed(detail: String) -> EngineFailure {
    EngineFailure::Failed { reason: FailureReason::EngineFailed, detail }
}

/// Runs the engine and encodes what it made; on a thread of its own.
fn make(
    engine: &dyn Engine,
    order: &Order,
    photos: &[Bytes],
    held: &AtomicBool,
    stop: &watch::Receiver<bool>,
    steps: &mpsc::UnboundedSender<Progress>,
) -> Result<Looks, EngineFailure> {
    let photos: Vec<&[u8]> = photos.iter().map(AsRef::as_ref).collect();
    let request = Request {
        photos: &photos,
        style: &order.style,
        seeds: &order.seeds,
        subject: order.subject,
        settings: &order.settings,
        owner: Some(order.owner),
    };
    let mut progress = |step: Progress| {
        // Fails only when nobody listens any more.
        let _ = steps.send(step);
        held.load(Ordering::Relaxed) && !*stop.borrow()
    };
    let outcome: Outcome = catch_unwind(AssertUnwindSafe(|| engine.generate(request, &mut progress)))
        .unwrap_or_else(|_| Err(failed("the engine panicked".to_owned())));
    Span::current().record("outcome", outcome.as_ref().map_or_else(trace::kind, |_| "done"));
    let mut looks = Vec::new();
    for (drawn, &seed) in outcome?.into_iter().zip(&order.seeds) {
        let pictures = Pictures::of_look(&drawn.picture).map_err(|e| failed(e.to_string()))?;
        let bytes = [pictures.full, pictures.view, pictures.thumb];
        let made = Made {
            photo: order
                .photos
                .get(drawn.photo)
                .map(|p| p.0)
                .ok_or_else(|| failed("no such photo".to_owned()))?,
            width: pictures.width,
            height: pictures.height,
            seed,
            report: drawn.report,
            bytes: bytes.each_ref().map(|b| b.len() as u64),
        };
        looks.push((made, bytes));
    }
    if looks.len() == order.looks.len() {
        Ok(looks)
    } else {
        Err(failed("fewer looks than asked for".to_owned()))
    }
}
