//! The side with the engine, which uses only the queues and the blob store.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use drape_core::engine::{Engine, EngineFailure};
use drape_core::job::FailureReason;
use drape_core::trace::Trace;
use drape_remote::sqs::{MAX_MESSAGE, Queues, Received};
use drape_store::{Bucket, StoreError};
use tokio::sync::watch;
use tracing::{Instrument as _, Span};

use super::engine_thread::{Looks, Shared, failed, make};
use super::message::{JobEvent, JobNews, RequestMessage, ResponseMessage, VERSION};
use crate::trace;

/// A detached worker.
#[derive(Clone)]
pub struct Detached {
    /// Unique among all workers.
    pub name: String,
    /// Makes the looks.
    pub engine: Arc<dyn Engine>,
    /// The queues of the messages.
    pub queues: Queues,
    /// The store of the pictures.
    pub bucket: Bucket,
}

/// How long one poll for requests waits.
const POLL: Duration = Duration::from_secs(5);
/// Pause between two signs of life of a worker without a request.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);
/// How often the end of a job is sent before the worker gives up; progress is sent only once.
const TRIES_OF_AN_END: u32 = 7;
/// No look is written in the last minute of the allowed time, so that none arrives too late.
const MARGIN: i64 = 60_000;

/// The outcome of a request.
enum End {
    /// It is answered; its message is deleted.
    Answered(JobEvent),
    /// Its looks are no longer wanted; its message is deleted.
    Unwanted,
    /// Another worker may succeed; its message is delivered again.
    Later,
}

/// Works until `stop` turns true; a current job is then given back at the next step of the engine.
pub async fn work(detached: Detached, mut stop: watch::Receiver<bool>) {
    let mut told: Option<Instant> = None;
    while !*stop.borrow() {
        if told.is_none_or(|at| at.elapsed() > SIGN_OF_LIFE) {
            told = Some(Instant::now());
            detached.send(None).await;
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
                tracing::warn!(error = %e, "requests cannot be received");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

impl Detached {
    /// Sends a message to the server. Returns whether it was sent. The lease covers a lost message.
    async fn send(&self, news: Option<JobNews>) -> bool {
        let ends =
            matches!(&news, Some(JobNews { event: JobEvent::Done { .. } | JobEvent::Failed { .. }, .. }));
        let engine = self.engine.name().to_owned();
        let message = ResponseMessage { version: VERSION, worker: self.name.clone(), engine, news };
        let Ok(body) = serde_json::to_string(&message) else { return false };
        if body.len() > MAX_MESSAGE {
            return false;
        }
        let mut pause = Duration::from_millis(200);
        for _ in 0..if ends { TRIES_OF_AN_END } else { 1 } {
            match self.queues.responses.send(&body).await {
                Ok(()) => return true,
                Err(e) => tracing::warn!(error = %e, "a response cannot be sent"),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        false
    }

    async fn handle(&self, received: &Received, stop: &watch::Receiver<bool>) {
        let message = match serde_json::from_str::<RequestMessage>(&received.body) {
            Ok(message) if message.version == VERSION && message.engine == self.engine.name() => message,
            // For another version or engine; after several deliveries it becomes a dead letter.
            _ => {
                tracing::warn!(deliveries = received.deliveries, "a request is not understood");
                let _ = self.queues.requests.extend(received, Duration::from_secs(1)).await;
                return;
            }
        };
        let (span, trace) = trace::job(message.trace(), message.job, message.attempt, self.engine.name());
        let work = Work { detached: self, message: Arc::new(message), trace, span: span.clone() };
        work.settle(received, stop).instrument(span).await;
    }
}

/// A request that is being worked on.
struct Work<'a> {
    detached: &'a Detached,
    message: Arc<RequestMessage>,
    /// The span of this attempt.
    trace: Trace,
    span: Span,
}

impl Work<'_> {
    /// Carries the request out, answers it, and deletes its message or lets it be delivered again.
    async fn settle(&self, received: &Received, stop: &watch::Receiver<bool>) {
        let (start, requests) = (Instant::now(), &self.detached.queues.requests);
        let engine = self.detached.engine.name();
        metrics::histogram!("drape_engine_batch_jobs", "engine" => engine).record(1.0);
        let done = match self.carry_out(received, stop).await {
            End::Answered(event) => {
                let outcome = if matches!(event, JobEvent::Done { .. }) { "done" } else { "failed" };
                let seconds = start.elapsed().as_secs_f64();
                // Without the answer, the request is delivered again and carried out again.
                let sent = self.tell(event).await;
                if sent {
                    metrics::histogram!("drape_job_run_seconds", "engine" => engine).record(seconds);
                    tracing::info!(outcome, seconds, "answered");
                }
                self.span.record("outcome", outcome);
                sent
            }
            End::Unwanted => {
                tracing::info!("given back, cancelled, deleted or taken over");
                self.span.record("outcome", "unwanted");
                true
            }
            End::Later => {
                let _ = requests.extend(received, Duration::ZERO).await;
                self.span.record("outcome", "later");
                false
            }
        };
        if done && let Err(e) = requests.delete(received).await {
            tracing::debug!(error = %e, "a request comes again");
        }
    }

    async fn carry_out(&self, received: &Received, stop: &watch::Receiver<bool>) -> End {
        let photos = match self.prepare().await {
            Ok(photos) => photos,
            Err(end) => return end,
        };
        let shared = Arc::new(Shared::default());
        let looks = tokio::select! {
            looks = self.make(photos, Arc::clone(&shared), stop.clone()) => looks,
            never = self.keep(received, &shared) => match never {},
            never = self.report(&shared) => match never {},
        };
        match looks {
            Ok(looks) => self.write(looks).await,
            Err(EngineFailure::Cancelled) => {
                if *stop.borrow() && !shared.unwanted.load(Ordering::Relaxed) {
                    self.tell(JobEvent::Released).await;
                }
                End::Unwanted
            }
            Err(EngineFailure::Failed { reason, detail }) => {
                tracing::warn!(reason = reason.id(), detail, "attempt failed");
                End::Answered(JobEvent::Failed { reason: reason.id().to_owned() })
            }
        }
    }

    /// Fetches the photos of a request if its looks are wanted.
    async fn prepare(&self) -> Result<Vec<Bytes>, End> {
        match self.wanted().await {
            Ok(true) => {}
            Ok(false) => return Err(End::Unwanted),
            Err(e) => {
                tracing::warn!(error = %e, "the blob store does not answer");
                return Err(End::Later);
            }
        }
        match self.photos().await {
            Ok(photos) if !photos.is_empty() => Ok(photos),
            Ok(_) | Err(StoreError::NotFound) => {
                Err(End::Answered(JobEvent::Failed { reason: FailureReason::PhotoGone.id().to_owned() }))
            }
            Err(e) => {
                tracing::warn!(error = %e, "photos cannot be fetched");
                Err(End::Later)
            }
        }
    }

    /// Makes the looks on a blocking thread.
    async fn make(
        &self,
        photos: Vec<Bytes>,
        shared: Arc<Shared>,
        stop: watch::Receiver<bool>,
    ) -> Result<Looks, EngineFailure> {
        let (engine, message) = (Arc::clone(&self.detached.engine), Arc::clone(&self.message));
        let span = trace::engine(&self.span, engine.name(), 1);
        let thread = tokio::task::spawn_blocking(move || {
            span.in_scope(|| make(engine.as_ref(), &message, &photos, &shared, &stop))
        });
        thread.await.unwrap_or_else(|_| Err(failed("the engine's thread panicked".to_owned())))
    }

    /// Keeps the message invisible and the lease alive, and notices when the looks are no longer wanted.
    async fn keep(&self, received: &Received, shared: &Shared) -> Infallible {
        let lease = Duration::from_millis(self.message.lease.max(300).unsigned_abs());
        // Twice the lease: a message that reappears too early is carried out twice.
        let visibility = (lease * 2).max(Duration::from_secs(2));
        let mut beat = tokio::time::interval(lease / 3);
        loop {
            beat.tick().await;
            if let Err(e) = self.detached.queues.requests.extend(received, visibility).await {
                tracing::debug!(error = %e, "a request may come back");
            }
            match self.wanted().await {
                Ok(true) => {}
                Ok(false) => shared.unwanted.store(true, Ordering::Relaxed),
                Err(e) => tracing::warn!(error = %e, "whether the looks are wanted cannot be found out"),
            }
            self.tell(JobEvent::Alive).await;
        }
    }

    /// Sends the progress of the engine.
    async fn report(&self, shared: &Shared) -> Infallible {
        loop {
            let progress = shared.progress.take().await;
            self.tell(JobEvent::Progress {
                stage: progress.stage.id().to_owned(),
                step: progress.step,
                total: progress.total,
                preview: progress.preview.map(|jpeg| STANDARD.encode(jpeg)),
            })
            .await;
        }
    }

    async fn tell(&self, event: JobEvent) -> bool {
        let (job, attempt, trace) = (self.message.job, self.message.attempt, self.trace.to_string());
        self.detached.send(Some(JobNews { job, attempt, trace, event })).await
    }

    async fn wanted(&self) -> Result<bool, StoreError> {
        if drape_store::now() >= self.message.until {
            return Ok(false);
        }
        self.detached.bucket.has(&self.message.ticket).await
    }

    async fn photos(&self) -> Result<Vec<Bytes>, StoreError> {
        let mut photos = Vec::new();
        for (_, key) in &self.message.photos {
            photos.push(self.detached.bucket.get(key).await?);
        }
        Ok(photos)
    }

    /// Writes the looks under the promised keys.
    async fn write(&self, looks: Looks) -> End {
        let in_time = drape_store::now() + MARGIN < self.message.until;
        if !in_time || !self.wanted().await.unwrap_or(false) {
            return End::Unwanted;
        }
        let mut written = Vec::new();
        for ((look, pictures), keys) in looks.into_iter().zip(&self.message.looks) {
            for (bytes, key) in pictures.iter().zip(keys) {
                if let Err(e) = self.detached.bucket.put(key, bytes).await {
                    tracing::warn!(error = %e, "a look cannot be written");
                    return End::Later;
                }
            }
            written.push(look);
        }
        End::Answered(JobEvent::Done { looks: written })
    }
}
