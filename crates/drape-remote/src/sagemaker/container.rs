//! The container's side of SageMaker's contract: `GET /ping` and `POST /invocations`.
//!
//! The flow: a free place (or 429) -> body, bounded in bytes and time -> invocation, checked -> photos,
//! decoded on blocking threads -> the engine's thread ([`super::engine_queue`]) -> looks, encoded -> answer
//! or object store. When a caller hangs up, its request is cancelled.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest as _, State};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use drape_core::engine::{Drawn, Engine};
use drape_core::job::FailureReason;
use drape_core::language::Language;
use drape_core::photo::Format;
use rand::Rng as _;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::timeout_at;

use super::engine_queue::{EngineQueue, QueuedRequest};
use super::error::InvocationError;
use super::invocation::{self, CheckedInvocation};
use super::limits::Limits;
use super::prefixed_store::PrefixedStore;
use super::wire::{Answer, PictureFormat};

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);
/// Most requests whose photos are decoded, or looks encoded, at the same time.
const CODING: usize = 2;
/// Longest name of a request in logs, characters.
const NAME: usize = 64;

/// A container. It answers 503 until it gets an engine.
#[derive(Debug, Clone)]
pub struct Container {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    limits: Limits,
    store: Option<PrefixedStore>,
    queue: OnceLock<EngineQueue>,
    /// A permit for each request that is being worked on.
    places: Arc<Semaphore>,
    coding: Semaphore,
}

impl Container {
    /// A container that has no engine yet. Without a `store` requests with keys are refused.
    pub fn new(limits: Limits, store: Option<PrefixedStore>) -> Self {
        let places = Arc::new(Semaphore::new(limits.waiting.max(1)));
        let coding = Semaphore::new(CODING);
        let inner = Inner { limits, store, queue: OnceLock::new(), places, coding };
        Self { inner: Arc::new(inner) }
    }

    /// Gives the container an engine with loaded weights; from now on it answers.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn ready(&self, engine: Arc<dyn Engine>) -> std::io::Result<()> {
        let limits = &self.inner.limits;
        let queue = EngineQueue::start(engine, limits.waiting, limits.batch)?;
        // Only the first engine is used.
        let _ = self.inner.queue.set(queue);
        Ok(())
    }

    /// Answers until `stop` turns true; current requests still get their answers.
    ///
    /// # Errors
    /// The listener's.
    pub async fn serve(self, listener: TcpListener, mut stop: watch::Receiver<bool>) -> std::io::Result<()> {
        let stopped = async move {
            // A dropped sender stops it, too.
            let _ = stop.wait_for(|stop| *stop).await;
        };
        axum::serve(listener, self.router()).with_graceful_shutdown(stopped).await
    }

    /// The routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/ping", get(ping))
            .route("/invocations", post(invoke))
            .layer(DefaultBodyLimit::max(self.inner.limits.body))
            .with_state(Arc::clone(&self.inner))
    }
}

/// Answers 200 once looks can be made.
async fn ping(State(container): State<Arc<Inner>>) -> StatusCode {
    match container.queue.get() {
        Some(queue) if queue.works() => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn invoke(State(container): State<Arc<Inner>>, request: Request<Body>) -> Response {
    let start = Instant::now();
    let id = name(request.headers());
    let mut language = accepted(request.headers());
    let answer = container.serve(request, &id, start, &mut language).await;
    let (milliseconds, waiting) =
        (start.elapsed().as_millis() as u64, container.limits.waiting - container.places.available_permits());
    match answer {
        Ok(answer) => {
            tracing::info!(request = id, milliseconds, waiting, "answered");
            answer
        }
        Err(error) => {
            let status = error.status.as_u16();
            tracing::info!(request = id, milliseconds, waiting, status, code = error.code, "refused");
            error.answer(language.unwrap_or(Language::English))
        }
    }
}

impl Inner {
    async fn serve(
        &self,
        request: Request<Body>,
        id: &str,
        start: Instant,
        language: &mut Option<Language>,
    ) -> Result<Response, InvocationError> {
        if !is_json(request.headers()) {
            return Err(InvocationError::media_type());
        }
        let queue = self.queue.get().ok_or_else(InvocationError::loading)?;
        // Taken before the body is read, so that the memory of all bodies is bounded.
        let _place: OwnedSemaphorePermit =
            Arc::clone(&self.places).try_acquire_owned().map_err(|_| InvocationError::busy())?;
        let body = self.body(request).await?;
        let deadline = start + self.limits.timeout;
        let in_time = timeout_at(deadline.into(), self.make(queue, &body, id, deadline, language)).await;
        in_time.map_err(|_| InvocationError::timeout())?
    }

    async fn body(&self, request: Request<Body>) -> Result<Bytes, InvocationError> {
        let arrived = tokio::time::timeout(ARRIVAL, Bytes::from_request(request, &())).await;
        arrived.map_err(|_| InvocationError::broken_off())?.map_err(|e| match e.status() {
            StatusCode::PAYLOAD_TOO_LARGE => InvocationError::too_large(self.limits.body),
            _ => InvocationError::broken_off(),
        })
    }

    async fn make(
        &self,
        queue: &EngineQueue,
        body: &[u8],
        id: &str,
        deadline: Instant,
        language: &mut Option<Language>,
    ) -> Result<Response, InvocationError> {
        let asked = invocation::parse(body)?;
        *language = Some(invocation::language(&asked, *language));
        let store = self.store.as_ref();
        let random = rand::rng().random();
        let invocation = Arc::new(CheckedInvocation::new(asked, &self.limits, store, random)?);
        let fetched = invocation.fetch(store).await?;
        let decoding = Arc::clone(&invocation);
        let photos = self.code(move || decoding.photos(fetched)).await??;
        let (answer, looks) = oneshot::channel();
        let id = id.to_owned();
        queue.put(QueuedRequest { invocation: Arc::clone(&invocation), photos, deadline, answer, id })?;
        // A request stays without an answer only if the engine's thread ends.
        let drawn = looks.await.map_err(|_| InvocationError::engine(FailureReason::EngineFailed))??;
        self.answer(&invocation, queue.engine, drawn).await
    }

    async fn answer(
        &self,
        invocation: &CheckedInvocation,
        engine: &str,
        drawn: Vec<Drawn>,
    ) -> Result<Response, InvocationError> {
        let format = invocation.format;
        let mut answer = Answer {
            seeds: invocation.request.seeds.clone(),
            photos: drawn.iter().map(|d| d.photo).collect(),
            reports: drawn.iter().map(|d| Some(d.report.clone())).collect(),
            engine: engine.to_owned(),
            format,
            ..Answer::default()
        };
        let pictures = self.code(move || encode(&drawn, format)).await??;
        match &self.store {
            Some(store) if !invocation.output.is_empty() => {
                for (key, picture) in invocation.output.iter().zip(pictures) {
                    store.put(key, picture.into()).await.map_err(|e| {
                        tracing::warn!(error = %e, "a look cannot be written");
                        InvocationError::store()
                    })?;
                    answer.output_keys.push(key.to_string());
                }
            }
            _ => {
                let bytes: usize = pictures.iter().map(|p| p.len().div_ceil(3) * 4).sum();
                if bytes > self.limits.body {
                    return Err(InvocationError::answer_too_large(self.limits.body));
                }
                answer.images = pictures.iter().map(|p| STANDARD.encode(p)).collect();
            }
        }
        Ok(axum::Json(answer).into_response())
    }

    /// Decodes or encodes pictures, on a blocking thread and few at a time.
    async fn code<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, InvocationError> {
        let failed = || InvocationError::engine(FailureReason::EngineFailed);
        let _turn = self.coding.acquire().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(work).await.map_err(|_| failed())
    }
}

fn encode(drawn: &[Drawn], format: PictureFormat) -> Result<Vec<Vec<u8>>, InvocationError> {
    let format = match format {
        PictureFormat::Png => Format::Png,
        PictureFormat::Jpeg => Format::Jpeg,
    };
    let pictures: Result<_, _> = drawn.iter().map(|d| d.picture.encode(format)).collect();
    pictures.map_err(|e| {
        tracing::error!(error = %e, "a look cannot be encoded");
        InvocationError::engine(FailureReason::EngineFailed)
    })
}

/// Whether a request is JSON and accepts JSON. SageMaker sends `*/*` or no header if its caller named no
/// type.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let sent = text(header::CONTENT_TYPE).is_some_and(|t| kind(t) == "application/json");
    let accepted = text(header::ACCEPT).is_none_or(|accept| {
        accept
            .split(',')
            .map(kind)
            .any(|k| matches!(k.as_str(), "application/json" | "application/*" | "*/*" | ""))
    });
    sent && accepted
}

/// The first of the two languages that a caller accepts.
fn accepted(headers: &HeaderMap) -> Option<Language> {
    let list = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    list.split(',').find_map(|tag| match tag.trim().to_ascii_lowercase().get(..2)? {
        "ko" => Some(Language::Korean),
        "en" => Some(Language::English),
        _ => None,
    })
}

/// The name of a request in logs: the caller's, without characters that could make it a text about a person,
/// or a new one.
fn name(headers: &HeaderMap) -> String {
    let told = headers.get("x-amzn-sagemaker-custom-attributes").and_then(|v| v.to_str().ok());
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let told: String = told.unwrap_or_default().chars().filter(plain).take(NAME).collect();
    if told.is_empty() { uuid::Uuid::now_v7().to_string() } else { told }
}
