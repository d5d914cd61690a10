//! Links that show one look to anyone who has them; its owner makes and revokes them.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use drape_core::id::ShareId;
use drape_store::{Look, now};

use super::frame::{Fields, Page, go_with, safe_back};
use super::reading;
use crate::Problem;
use crate::app::Shared;
use crate::routes::pictures::{self, SizeOf};
use crate::token;

#[derive(Template)]
#[template(path = "shared.html")]
struct Shown<'a> {
    p: &'a Page,
    look: &'a Look,
    picture: String,
    alt: String,
    ends: i64,
}

/// `POST /looks/{id}/share`.
pub(crate) async fn share(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let signed = p.signed()?;
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let look = app.store.look(signed.user(), id, now()).await?;
    let back = format!("/jobs/{}?look={}", look.job, look.number);
    match app.share(&signed, id, fields.get("hours").parse().ok()).await {
        Ok((_, url)) => {
            let whole = if url.starts_with('/') { format!("{}{url}", p.origin) } else { url };
            Ok(go_with(&app, &format!("{back}#share"), "link", &whole))
        }
        Err(problem @ Problem::OwnLimit { .. }) => {
            Ok(go_with(&app, &back, "note", &problem.message(p.language)))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /shares/{id}/revoke`.
pub(crate) async fn revoke(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let id: ShareId = id.parse().map_err(|_| Problem::NotFound)?;
    app.store.revoke_share(p.user()?, id).await?;
    let note = p
        .t("링크를 없앴어요. 이제 아무도 열 수 없어요.", "The link is revoked. No one can open it any more.");
    Ok(go_with(&app, safe_back(fields.get("back"), "/history"), "note", note))
}

/// `POST /looks/{id}/delete`.
pub(crate) async fn delete_look(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let receipt = app.store.delete_look(p.user()?, id, now()).await?;
    let note = p.t("이 사진을 지웠어요.", "This look is deleted.");
    Ok(go_with(&app, &format!("/receipts/{}", receipt.id), "note", note))
}

/// `GET /s/{token}`: shows the picture, and nothing else about its owner.
pub(crate) async fn show(
    State(app): State<Shared>,
    mut p: Page,
    Path(shown): Path<String>,
) -> Result<Response, Problem> {
    let hash = token::hash(&shown);
    let (owner, look) = app.store.shared(&hash, now()).await?;
    let ends = app.store.share_ends(&hash, now()).await?;
    let job = app.store.job(owner, look.job).await?;
    let outfit = reading::outfit(&job.style, p.language);
    // The page is the same for every visitor, signed in or not.
    p.session = None;
    let mut response = p.show(&Shown {
        p: &p,
        look: &look,
        picture: format!("/s/{shown}/picture?size=view"),
        alt: format!("{}: {outfit}", p.t("공유한 스타일", "A shared look")),
        ends,
    })?;
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// `GET /s/{token}/picture`.
pub(crate) async fn picture(
    State(app): State<Shared>,
    Path(shown): Path<String>,
    Query(size): Query<SizeOf>,
) -> Result<Response, Problem> {
    let (_, look) = app.store.shared(&token::hash(&shown), now()).await?;
    let mut response = pictures::of_look(&app, &look, &size).await?;
    // A revoked link must stop working at once.
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("cache-control"), HeaderValue::from_static("private, no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    Ok(response)
}
