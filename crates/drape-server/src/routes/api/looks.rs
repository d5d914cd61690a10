//! Finished pictures, and links that show them to others.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use drape_core::id::{LookId, ShareId};
use drape_store::now;

use super::types::{Look, NewShare, Page, Receipt, Share};
use crate::Problem;
use crate::app::{App, Shared};
use crate::http::visitor::Signed;
use crate::routes::pictures::{self, SizeOf};
use crate::token;

impl App {
    /// Makes a link that shows one look to anyone who has it.
    pub(crate) async fn share(
        &self,
        signed: &Signed,
        look: LookId,
        hours: Option<u32>,
    ) -> Result<(drape_store::Share, String), Problem> {
        let hours = hours.unwrap_or(7 * 24);
        if !(1..=720).contains(&hours) {
            return Err(Problem::invalid(
                "hours",
                "1시간부터 720시간까지 고를 수 있어요.",
                "Choose 1 to 720 hours.",
            ));
        }
        if self.store.shares(signed.user(), look, now()).await?.len() >= 20 {
            return Err(Problem::OwnLimit { limit: 20 });
        }
        let shown = token::new("");
        let ends = now() + i64::from(hours) * 3_600_000;
        let share = self.store.add_share(signed.user(), look, &token::hash(&shown), ends, now()).await?;
        let base = self.settings.public_url.as_deref().unwrap_or("").trim_end_matches('/');
        Ok((share, format!("{base}/s/{shown}")))
    }
}

/// Your looks, newest first
#[utoipa::path(get, path = "/looks", tag = "looks", security(("token" = [])), params(Page),
    responses((status = 200, body = Vec<Look>)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    signed: Signed,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Look>>, Problem> {
    let looks = app.store.looks(signed.user(), page.before()?, page.limit(), now()).await?;
    Ok(Json(looks.iter().map(Look::from).collect()))
}

/// One look
#[utoipa::path(get, path = "/looks/{id}", tag = "looks", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Look), (status = 404)))]
pub(crate) async fn show(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Json<Look>, Problem> {
    Ok(Json((&app.store.look(signed.user(), id_of(&id)?, now()).await?).into()))
}

/// The picture of a look
#[utoipa::path(get, path = "/looks/{id}/picture", tag = "looks", security(("token" = [])),
    params(("id" = String, Path), SizeOf),
    responses((status = 200, content_type = "image/png"),
        (status = 307, description = "Where this server lets you fetch it from its bucket (`--blobs-links`)"),
        (status = 404)))]
pub(crate) async fn picture(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
    Query(size): Query<SizeOf>,
) -> Result<Response, Problem> {
    let look = app.store.look(signed.user(), id_of(&id)?, now()).await?;
    // A download gets its file name here. Viewers of a share never get a bucket link, so revoking works at
    // once.
    if let Some(valid) = app.settings.link_for().filter(|_| size.download.is_none())
        && let Some(link) = app.store.look_link(&look, size.size()?, valid).await?
    {
        return pictures::in_bucket(&link, app.settings.link_seconds);
    }
    pictures::of_look(&app, &look, &size).await
}

/// Delete a look and the links to it
#[utoipa::path(delete, path = "/looks/{id}", tag = "looks", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Receipt), (status = 404)))]
pub(crate) async fn delete(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Json<Receipt>, Problem> {
    Ok(Json(app.store.delete_look(signed.user(), id_of(&id)?, now()).await?.into()))
}

/// Make a link that shows the look to anyone who has the link
#[utoipa::path(post, path = "/looks/{id}/shares", tag = "looks", security(("token" = [])),
    params(("id" = String, Path)), request_body = NewShare,
    responses((status = 201, body = Share), (status = 404)))]
pub(crate) async fn share(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
    Json(form): Json<NewShare>,
) -> Result<(StatusCode, Json<Share>), Problem> {
    let (share, url) = app.share(&signed, id_of(&id)?, form.hours).await?;
    let (created_at, expires_at) = (share.created_at, share.expires_at);
    Ok((StatusCode::CREATED, Json(Share { id: share.id, url: Some(url), created_at, expires_at })))
}

/// The links to a look that work
#[utoipa::path(get, path = "/looks/{id}/shares", tag = "looks", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<Share>)))]
pub(crate) async fn shares(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Json<Vec<Share>>, Problem> {
    let id = id_of(&id)?;
    app.store.look(signed.user(), id, now()).await?;
    let shown = |s: drape_store::Share| Share {
        id: s.id,
        url: None,
        created_at: s.created_at,
        expires_at: s.expires_at,
    };
    Ok(Json(app.store.shares(signed.user(), id, now()).await?.into_iter().map(shown).collect()))
}

/// Revoke a link at once
#[utoipa::path(delete, path = "/shares/{id}", tag = "looks", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn revoke_share(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: ShareId = id.parse().map_err(|_| Problem::NotFound)?;
    app.store.revoke_share(signed.user(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn id_of(text: &str) -> Result<LookId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}
