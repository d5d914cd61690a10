//! Readings of sentences, and requests for looks.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use drape_core::engine::{Settings, Subject};
use drape_core::id::JobId;
use drape_core::job::State as JobState;
use drape_core::lexicon;
use drape_store::now;
use serde::Serialize;
use utoipa::ToSchema;

use super::types::{Job, NewJob, Page, Reading, Receipt, Sentence};
use crate::Problem;
use crate::app::{App, Shared};
use crate::http::visitor::{Signed, Visitor};
use crate::service::styling::Wish;

impl App {
    /// A job with its place in the queue and its looks.
    pub(crate) async fn job_of(&self, signed: &Signed, job: drape_store::Job) -> Result<Job, Problem> {
        let position = self.store.position(&job, now()).await?;
        let looks = match job.state {
            JobState::Done => self.store.looks_of(signed.user(), job.id, now()).await?,
            _ => Vec::new(),
        };
        Ok(Job::of(job, position, looks.iter().map(|l| l.id).collect(), signed.language))
    }
}

/// How a sentence is understood
///
/// The `style` can be edited and sent with a job.
#[utoipa::path(post, path = "/readings", tag = "jobs", request_body = Sentence,
    responses((status = 200, body = Reading), (status = 422)))]
pub(crate) async fn read(visitor: Visitor, Json(form): Json<Sentence>) -> Result<Json<Reading>, Problem> {
    let sentence = drape_core::sentence::Sentence::parse(&form.sentence)?;
    Ok(Json(Reading::of(lexicon::read(&sentence), visitor.language)))
}

/// Ask for looks
///
/// Answers at once; read the job at `Location`, or follow its events. A repeated request with the same
/// `Idempotency-Key` header is answered with the same job.
///
/// With `stylist` = `gemini`, where the operator switched that on, the sentence is sent to Google's Gemini
/// to be read: the sentence alone, and only if `style` is absent or exactly the reading of
/// `POST /api/v1/readings`. `reading` of the job then says who read it in the end.
#[utoipa::path(post, path = "/jobs", tag = "jobs", security(("token" = [])), request_body = NewJob,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "1 to 120 ASCII characters of your own")),
    responses((status = 202, body = Job, headers(("Location" = String))),
        (status = 404, description = "A photo is not yours, or was deleted"),
        (status = 409, description = "The key was used for another request"), (status = 422),
        (status = 429, description = "Too much is waiting; see Retry-After")))]
pub(crate) async fn create(
    State(app): State<Shared>,
    signed: Signed,
    headers: HeaderMap,
    Json(form): Json<NewJob>,
) -> Result<impl IntoResponse, Problem> {
    let key = headers.get("idempotency-key").map(|v| v.to_str().unwrap_or(""));
    let wish = Wish {
        sentence: form.sentence,
        style: form.style,
        photos: form.photos,
        variations: form.variations,
        seed: form.seed,
        engine: form.engine,
        subject: subject_of(form.subject.as_deref())?,
        settings: settings_of(form.settings)?,
        stylist: form.stylist,
        reading: None,
    };
    let (job, _) = app.submit(signed.user(), &signed.caller, wish, key, signed.language).await?;
    let location = format!("/api/v1/jobs/{}", job.id);
    let job = app.job_of(&signed, job).await?;
    Ok((StatusCode::ACCEPTED, AppendHeaders([("location", location)]), Json(job)))
}

/// Your jobs, newest first
#[utoipa::path(get, path = "/jobs", tag = "jobs", security(("token" = [])), params(Page),
    responses((status = 200, body = Vec<Job>)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    signed: Signed,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Job>>, Problem> {
    let mut jobs = Vec::new();
    for job in app.store.jobs(signed.user(), page.before()?, page.limit()).await? {
        jobs.push(app.job_of(&signed, job).await?);
    }
    Ok(Json(jobs))
}

/// One job: where it is, what waits before it, how long it will take
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Job), (status = 404)))]
pub(crate) async fn show(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Json<Job>, Problem> {
    let job = app.store.job(signed.user(), id_of(&id)?).await?;
    Ok(Json(app.job_of(&signed, job).await?))
}

/// What became of a `DELETE`.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Removed {
    /// It was waiting or running, and is cancelled.
    Cancelled(Box<Job>),
    /// It had ended, and is deleted with its looks.
    Deleted(Receipt),
}

/// Cancel a job that waits or runs; delete one that has ended, with its looks
#[utoipa::path(delete, path = "/jobs/{id}", tag = "jobs", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Removed), (status = 404)))]
pub(crate) async fn cancel(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Json<Removed>, Problem> {
    let (user, id) = (signed.user(), id_of(&id)?);
    if app.store.job(user, id).await?.state.ended() {
        return Ok(Json(Removed::Deleted(app.store.delete_job(user, id, now()).await?.into())));
    }
    let job = app.store.cancel_job(user, id, now()).await?;
    Ok(Json(Removed::Cancelled(Box::new(app.job_of(&signed, job).await?))))
}

/// What there is to be seen of a job while it runs
///
/// The latest preview, which is not the look: another one comes every few seconds, and it goes when the
/// job ends. Events tell its number (`preview`).
#[utoipa::path(get, path = "/jobs/{id}/preview", tag = "jobs", security(("token" = [])),
    params(("id" = String, Path)),
    responses((status = 200, content_type = "image/jpeg"),
        (status = 404, description = "There is no such job, or nothing to be seen of it (any more)")))]
pub(crate) async fn preview(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let preview = app.store.preview(signed.user(), id_of(&id)?).await?;
    let headers = [("content-type", "image/jpeg"), ("cache-control", "private, no-store")];
    Ok((headers, preview.picture).into_response())
}

/// Parses the subject of the photos; an absent one is a person.
fn subject_of(word: Option<&str>) -> Result<Subject, Problem> {
    word.map_or(Ok(Subject::default()), |word| {
        word.parse().map_err(|_| {
            let ids = Subject::ALL.iter().map(|s| s.id()).collect::<Vec<_>>().join(", ");
            Problem::invalid(
                "subject",
                format!("subject는 다음 가운데 하나를 골라 주세요: {ids}."),
                format!("subject must be one of: {ids}."),
            )
        })
    })
}

/// Parses the settings; their ranges are checked with the rest of the request.
fn settings_of(value: Option<serde_json::Value>) -> Result<Settings, Problem> {
    value.map_or(Ok(Settings::default()), |value| {
        serde_json::from_value(value).map_err(|_| {
            Problem::invalid(
                "settings",
                "settings에는 steps, width, height, best_of, style_strength(정수), guidance(수), negative(글)만 \
                 적을 수 있어요.",
                "settings can have only steps, width, height, best_of, style_strength (whole numbers), \
                 guidance (a number) and negative (a text).",
            )
        })
    })
}

/// How busy the server is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queue {
    /// Jobs that wait.
    queued: u32,
    /// Jobs that run.
    running: u32,
    /// Workers at work.
    workers: u32,
    /// Milliseconds that one look takes; absent before the first.
    per_look: Option<i64>,
}

/// How busy the server is
#[utoipa::path(get, path = "/queue", tag = "jobs", responses((status = 200, body = Queue)))]
pub(crate) async fn queue(State(app): State<Shared>) -> Result<Json<Queue>, Problem> {
    let q = app.store.queue(now()).await?;
    let per_look = (q.per_look > 0).then_some(q.per_look);
    Ok(Json(Queue { queued: q.queued, running: q.running, workers: q.workers, per_look }))
}

pub(crate) fn id_of(text: &str) -> Result<JobId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}
