//! `/history`: every job with its pictures.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use drape_core::id::JobId;
use drape_core::job::State as JobState;
use drape_store::now;
use serde::Deserialize;

use super::frame::{Page, go_with};
use super::reading;
use crate::Problem;
use crate::app::Shared;

/// A job in the list.
struct Entry {
    id: JobId,
    sentence: String,
    description: String,
    state: &'static str,
    state_name: &'static str,
    alt: String,
    pictures: Vec<String>,
    created_at: i64,
    expires_at: i64,
}

#[derive(Template)]
#[template(path = "history.html")]
struct History<'a> {
    p: &'a Page,
    entries: Vec<Entry>,
    next: Option<JobId>,
    first: bool,
}

/// Where the list continues.
#[derive(Deserialize)]
pub(crate) struct From {
    before: Option<String>,
}

/// Jobs on a page.
const PER_PAGE: u32 = 12;

pub(crate) async fn show(
    State(app): State<Shared>,
    p: Page,
    Query(from): Query<From>,
) -> Result<Response, Problem> {
    let user = p.user()?;
    let before: Option<JobId> =
        from.before.as_deref().map(|id| id.parse().map_err(|_| Problem::NotFound)).transpose()?;
    let mut jobs = app.store.jobs(user, before, PER_PAGE + 1).await?;
    let more = jobs.len() > PER_PAGE as usize;
    jobs.truncate(PER_PAGE as usize);
    let next = jobs.last().filter(|_| more).map(|job| job.id);
    let mut entries = Vec::new();
    for job in jobs {
        let looks = match job.state {
            JobState::Done => app.store.looks_of(user, job.id, now()).await?,
            _ => Vec::new(),
        };
        entries.push(Entry {
            id: job.id,
            description: reading::outfit(&job.style, p.language),
            state: job.state.id(),
            state_name: job.state.name(p.language),
            alt: reading::alt(&job.style, p.language),
            pictures: looks.iter().map(|l| format!("/api/v1/looks/{}/picture?size=thumb", l.id)).collect(),
            created_at: job.created_at,
            expires_at: job.expires_at,
            sentence: job.sentence,
        });
    }
    p.show(&History { p: &p, entries, next, first: before.is_none() })
}

/// `POST /history/delete`: deletes every job with its looks; photos stay.
pub(crate) async fn delete_all(State(app): State<Shared>, p: Page) -> Result<Response, Problem> {
    let user = p.user()?;
    let mut deleted = 0;
    loop {
        let jobs = app.store.jobs(user, None, 50).await?;
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            if !job.state.ended() {
                app.store.cancel_job(user, job.id, now()).await?;
            }
            match app.store.delete_job(user, job.id, now()).await {
                Ok(_) => deleted += 1,
                // Another window deleted it at the same time.
                Err(drape_store::StoreError::NotFound) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
    let note = p.language.pick(
        format!("기록 {deleted}건을 모두 지웠어요. 영수증은 계정 화면에 있어요."),
        format!("All {deleted} entries are deleted. The receipts are on your account page."),
    );
    Ok(go_with(&app, "/history", "note", &note))
}
