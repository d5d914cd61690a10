//! The container's side of SageMaker's contract: `GET /ping` and `POST /invocations`.
//!
//! The flow: room (or 429) -> body (bounded in bytes and time) -> order, checked -> photos, decoded on
//! threads of their own -> the engine's thread ([`super::desk`]) -> looks encoded -> answer or object
//! store. A caller that hangs up takes its work with it.

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

use super::desk::{Desk, Task};
use super::exchange::Exchange;
use super::order::{self, Order};
use super::refusal::Refusal;
use super::wire::{Answer, Form};

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);
/// Requests whose photos are decoded, or looks encoded, at the same time.
const CODING: usize = 2;
/// Most of a name in logs that a caller chose.
const NAME: usize = 64;

/// What a container takes on.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes of a request, and of an answer. SageMaker hands on 25 MB at most.
    pub body: usize,
    /// Most photos of a request.
    pub photos: usize,
    /// Most looks of a request.
    pub images: usize,
    /// Most requests in hand, from their first byte to their answer; beyond it they are answered 429.
    pub waiting: usize,
    /// Most requests that go to the engine together.
    pub batch: usize,
    /// How long a request may take, waiting included. SageMaker gives up after 60 seconds, or after what
    /// an asynchronous request says.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 25 << 20, photos: 8, images: 8, waiting: 16, batch: 4, timeout: Duration::from_secs(60) }
    }
}

/// A container: answers 503 until it is given an engine.
#[derive(Debug, Clone)]
pub struct Container {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    limits: Limits,
    exchange: Option<Exchange>,
    desk: OnceLock<Desk>,
    room: Arc<Semaphore>,
    coding: Semaphore,
}

impl Container {
    /// A container that has no engine yet. Without an `exchange` requests with keys are refused.
    pub fn new(limits: Limits, exchange: Option<Exchange>) -> Self {
        let room = Arc::new(Semaphore::new(limits.waiting.max(1)));
        let inner = Inner { limits, exchange, desk: OnceLock::new(), room, coding: Semaphore::new(CODING) };
        Self { inner: Arc::new(inner) }
    }

    /// Gives it the engine, which has loaded what it needs; from now on it answers.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn ready(&self, engine: Arc<dyn Engine>) -> std::io::Result<()> {
        let limits = &self.inner.limits;
        let desk = Desk::open(engine, limits.waiting, limits.batch)?;
        // A second engine is none: the first stays.
        let _ = self.inner.desk.set(desk);
        Ok(())
    }

    /// Answers until `stop` turns true, and then what it has in hand.
    ///
    /// # Errors
    /// The listener's.
    pub async fn serve(self, listener: TcpListener, mut stop: watch::Receiver<bool>) -> std::io::Result<()> {
        let stopped = async move {
            // An end of the sender is a stop, too.
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

/// 200 with an empty body as soon as looks can be made.
async fn ping(State(container): State<Arc<Inner>>) -> StatusCode {
    match container.desk.get() {
        Some(desk) if desk.works() => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn invoke(State(container): State<Arc<Inner>>, request: Request<Body>) -> Response {
    let start = Instant::now();
    let id = name(request.headers());
    let mut language = accepted(request.headers());
    let answer = container.serve(request, &id, start, &mut language).await;
    let (milliseconds, waiting) =
        (start.elapsed().as_millis() as u64, container.limits.waiting - container.room.available_permits());
    match answer {
        Ok(answer) => {
            tracing::info!(request = id, milliseconds, waiting, "answered");
            answer
        }
        Err(refusal) => {
            let status = refusal.status.as_u16();
            tracing::info!(request = id, milliseconds, waiting, status, code = refusal.code, "refused");
            refusal.answer(language.unwrap_or(Language::English))
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
    ) -> Result<Response, Refusal> {
        if !is_json(request.headers()) {
            return Err(Refusal::media_type());
        }
        let desk = self.desk.get().ok_or_else(Refusal::loading)?;
        // Taken before the body is, so that what is held in memory is bounded.
        let _room: OwnedSemaphorePermit =
            Arc::clone(&self.room).try_acquire_owned().map_err(|_| Refusal::busy())?;
        let body = self.body(request).await?;
        let deadline = start + self.limits.timeout;
        let in_time = timeout_at(deadline.into(), self.make(desk, &body, id, deadline, language)).await;
        in_time.map_err(|_| Refusal::timeout())?
    }

    async fn body(&self, request: Request<Body>) -> Result<Bytes, Refusal> {
        let arrived = tokio::time::timeout(ARRIVAL, Bytes::from_request(request, &())).await;
        arrived.map_err(|_| Refusal::broken_off())?.map_err(|e| match e.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::too_large(self.limits.body),
            _ => Refusal::broken_off(),
        })
    }

    async fn make(
        &self,
        desk: &Desk,
        body: &[u8],
        id: &str,
        deadline: Instant,
        language: &mut Option<Language>,
    ) -> Result<Response, Refusal> {
        let asked = order::read(body)?;
        *language = Some(order::language(&asked, *language));
        let exchange = self.exchange.as_ref();
        let chance = rand::rng().random();
        let order = Arc::new(Order::of(asked, &self.limits, exchange, chance)?);
        let fetched = order.fetch(exchange).await?;
        let reading = Arc::clone(&order);
        let photos = self.code(move || reading.photos(fetched)).await??;
        let (answer, made) = oneshot::channel();
        desk.put(Task { order: Arc::clone(&order), photos, deadline, answer, id: id.to_owned() })?;
        // A task is dropped unanswered only with its thread.
        let drawn = made.await.map_err(|_| Refusal::engine(FailureReason::EngineFailed))??;
        self.answer(&order, desk.engine, drawn).await
    }

    async fn answer(&self, order: &Order, engine: &str, drawn: Vec<Drawn>) -> Result<Response, Refusal> {
        let form = order.form;
        let mut answer = Answer {
            seeds: order.seeds.clone(),
            photos: drawn.iter().map(|d| d.photo).collect(),
            reports: drawn.iter().map(|d| d.report.clone()).collect(),
            engine: engine.to_owned(),
            format: form,
            ..Answer::default()
        };
        let pictures = self.code(move || encoded(&drawn, form)).await??;
        match &self.exchange {
            Some(exchange) if !order.output.is_empty() => {
                for (key, picture) in order.output.iter().zip(pictures) {
                    exchange.put(key, picture.into()).await.map_err(|e| {
                        tracing::warn!(error = %e, "a look cannot be written");
                        Refusal::store()
                    })?;
                    answer.output_keys.push(key.to_string());
                }
            }
            _ => {
                let bytes: usize = pictures.iter().map(|p| p.len().div_ceil(3) * 4).sum();
                if bytes > self.limits.body {
                    return Err(Refusal::answer_too_large(self.limits.body));
                }
                answer.images = pictures.iter().map(|p| STANDARD.encode(p)).collect();
            }
        }
        Ok(axum::Json(answer).into_response())
    }

    /// Work with pixels, on a thread that may block, few at a time.
    async fn code<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let failed = || Refusal::engine(FailureReason::EngineFailed);
        // Closed never.
        let _turn = self.coding.acquire().await.map_err(|_| failed())?;
        tokio::task::spawn_blocking(work).await.map_err(|_| failed())
    }
}

fn encoded(drawn: &[Drawn], form: Form) -> Result<Vec<Vec<u8>>, Refusal> {
    let format = match form {
        Form::Png => Format::Png,
        Form::Jpeg => Format::Jpeg,
    };
    let pictures: Result<_, _> = drawn.iter().map(|d| d.picture.encode(format)).collect();
    pictures.map_err(|e| {
        tracing::error!(error = %e, "a look cannot be encoded");
        Refusal::engine(FailureReason::EngineFailed)
    })
}

/// Whether a request is JSON and takes JSON back. SageMaker sends `*/*` or nothing where its caller said
/// nothing.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let told = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let sent = told(header::CONTENT_TYPE).is_some_and(|t| kind(t) == "application/json");
    let taken = told(header::ACCEPT).is_none_or(|accept| {
        accept
            .split(',')
            .map(kind)
            .any(|k| matches!(k.as_str(), "application/json" | "application/*" | "*/*" | ""))
    });
    sent && taken
}

/// The first of the two languages that a caller would like.
fn accepted(headers: &HeaderMap) -> Option<Language> {
    let list = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    list.split(',').find_map(|tag| match tag.trim().to_ascii_lowercase().get(..2)? {
        "ko" => Some(Language::Korean),
        "en" => Some(Language::English),
        _ => None,
    })
}

/// The name of a request in logs: the caller's, cut to what can be no text about a person, or our own.
fn name(headers: &HeaderMap) -> String {
    let told = headers.get("x-amzn-sagemaker-custom-attributes").and_then(|v| v.to_str().ok());
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let told: String = told.unwrap_or_default().chars().filter(plain).take(NAME).collect();
    if told.is_empty() { uuid::Uuid::now_v7().to_string() } else { told }
}
