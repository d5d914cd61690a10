//! `/jobs/{id}`: a job that waits, runs, or ended without looks. [`super::result`] shows a finished one.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use drape_core::engine::Stage;
use drape_core::id::JobId;
use drape_core::job::State as JobState;
use drape_store::{Job, now};

use super::frame::{Fields, Page, go_with};
use super::result::{self, ResultQuery};
use super::{compose, reading};
use crate::Problem;
use crate::app::{App, Shared};
use crate::service::engines::Kind;

#[derive(Template)]
#[template(path = "job_wait.html")]
struct Waiting<'a> {
    p: &'a Page,
    job: &'a Job,
    description: String,
    photos: Vec<String>,
    running: bool,
    position: u32,
    stage: &'static str,
    left: Option<String>,
    /// Whether the look is painted, which takes long.
    paints: bool,
    /// Whether the job has a preview, or may get one.
    shows: bool,
    /// Address of the latest preview.
    preview: Option<String>,
    stages: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "job_ended.html")]
struct Ended<'a> {
    p: &'a Page,
    job: &'a Job,
    description: String,
    title: &'static str,
    message: &'static str,
    key: String,
}

pub(crate) async fn show(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
    Query(query): Query<ResultQuery>,
) -> Result<Response, Problem> {
    let job = app.store.job(p.user()?, id_of(&id)?).await?;
    match job.state {
        JobState::Queued | JobState::Running => waiting(&app, &p, &job).await,
        JobState::Done => result::show(&app, &p, &job, &query).await,
        JobState::Failed | JobState::Cancelled | JobState::Expired => ended(&p, &job),
    }
}

async fn waiting(app: &App, p: &Page, job: &Job) -> Result<Response, Problem> {
    let (position, left) = app.store.position(job, now()).await?.unwrap_or_default();
    let kind = app.settings.kind(&job.engine);
    let photos_first = p.t("사진 불러오는 중", "fetching the photos");
    let other = p.t("만드는 중", "working");
    let stage = match (job.stage, job.began_at) {
        (Some(stage), _) => stage.name(p.language),
        // A worker of another version is at a stage that this server does not know.
        (None, Some(_)) => other,
        (None, None) => photos_first,
    };
    let stages = Stage::ALL.iter().map(|stage| (stage.id(), stage.name(p.language)));
    let stages = stages.chain([("photos", photos_first), ("other", other)]);
    let mut photos = Vec::new();
    for photo in &job.photos {
        if app.store.photo(p.user()?, *photo, now()).await.is_ok() {
            photos.push(format!("/api/v1/photos/{photo}/picture?size=thumb"));
        }
    }
    p.show(&Waiting {
        p,
        job,
        description: reading::outfit(&job.style, p.language),
        photos,
        running: job.state == JobState::Running,
        position,
        stage,
        left: left.map(|ms| p.lasting(ms)),
        paints: kind.paints(),
        shows: kind != Kind::Retouch || job.preview.is_some(),
        // The address contains attempt and number, so that a browser fetches each preview.
        preview: job.preview.map(|n| format!("/api/v1/jobs/{}/preview?n={}.{n}", job.id, job.attempt)),
        stages: stages.collect(),
    })
}

fn ended(p: &Page, job: &Job) -> Result<Response, Problem> {
    let (title, message) = match job.state {
        JobState::Cancelled => (
            p.t("취소했어요", "Cancelled"),
            p.t(
                "만들기를 멈췄어요. 언제든 다시 시작할 수 있어요.",
                "The work was stopped. You can start again at any time.",
            ),
        ),
        JobState::Expired => (
            p.t("너무 오래 기다렸어요", "It waited too long"),
            p.t(
                "차례가 오기 전에 기한이 지났어요. 한 번 더 시도해 주세요.",
                "It expired before its turn came. Please try once more.",
            ),
        ),
        _ => (
            p.t("이번에는 만들지 못했어요", "This look could not be made"),
            job.reason.map_or_else(
                || p.t("이유를 알 수 없어요.", "The reason is not known."),
                |r| r.message(p.language),
            ),
        ),
    };
    let key = crate::token::new("");
    p.show(&Ended { p, job, description: reading::outfit(&job.style, p.language), title, message, key })
}

pub(crate) async fn cancel(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = app.store.cancel_job(p.user()?, id_of(&id)?, now()).await?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)).into_response())
}

/// `POST /jobs/{id}/again`: with the same seed if `seed` is `same`, else with another.
pub(crate) async fn again(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let same = fields.get("seed") == "same";
    match compose::repeat(&app, &p, id_of(&id)?, same, fields.get("key")).await {
        Ok(job) => Ok(Redirect::to(&format!("/jobs/{job}")).into_response()),
        Err(problem @ (Problem::Internal | Problem::NotFound | Problem::SignedOut)) => Err(problem),
        Err(problem) => {
            Ok(go_with(&app, &format!("/jobs/{}", id_of(&id)?), "note", &problem.message(p.language)))
        }
    }
}

pub(crate) async fn delete(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (user, id) = (p.user()?, id_of(&id)?);
    if !app.store.job(user, id).await?.state.ended() {
        app.store.cancel_job(user, id, now()).await?;
    }
    let receipt = app.store.delete_job(user, id, now()).await?;
    let note = p.t("결과를 지웠어요.", "The looks are deleted.");
    Ok(go_with(&app, &format!("/receipts/{}", receipt.id), "note", note))
}

fn id_of(text: &str) -> Result<JobId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}
