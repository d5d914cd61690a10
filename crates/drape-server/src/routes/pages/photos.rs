//! `/photos`: the visitor's photos, with advice on each.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use drape_core::id::PhotoId;
use drape_retouch::{Body, Quality};
use drape_store::{Photo, now};

use super::frame::{Fault, Page, go_with};
use crate::Problem;
use crate::app::{App, Shared};
use crate::http::upload::{Incoming, MAX_FILES, Upload};
use crate::service::photos::quality;

/// A photo as the page shows it.
pub(crate) struct Shown {
    pub(crate) id: PhotoId,
    pub(crate) alt: String,
    pub(crate) body: &'static str,
    pub(crate) good: bool,
    pub(crate) facts: String,
    pub(crate) advice: Vec<&'static str>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) expires_at: i64,
}

#[derive(Template)]
#[template(path = "photos.html")]
struct Photos<'a> {
    p: &'a Page,
    photos: Vec<Shown>,
    fault: Fault,
    limit: u32,
    most: usize,
}

impl Shown {
    pub(crate) fn of(photo: &Photo, number: usize, p: &Page) -> Self {
        let found = quality(photo);
        let body = found.as_ref().map_or("", |q| q.body.name(p.language));
        let alt = p
            .language
            .pick(format!("내 사진 {number}: {body} 나온 사진"), format!("Your photo {number}: {body}"));
        Self {
            id: photo.id,
            alt,
            body,
            good: found.as_ref().is_some_and(|q| q.advice.is_empty() && q.body == Body::Full),
            facts: found.as_ref().map(|q| facts(q, p)).unwrap_or_default(),
            advice: found.iter().flat_map(|q| &q.advice).map(|a| a.message(p.language)).collect(),
            width: photo.width,
            height: photo.height,
            expires_at: photo.expires_at,
        }
    }
}

/// Sharpness and light in words, also when nothing is wrong with them.
fn facts(quality: &Quality, p: &Page) -> String {
    let sharp = if quality.sharpness < 0.1 { p.t("흐림", "blurred") } else { p.t("선명함", "sharp") };
    let light = if quality.brightness < 0.35 { p.t("어두움", "dark") } else { p.t("밝음", "well lit") };
    format!("{sharp} · {light}")
}

/// The photos of the signed-in user.
pub(crate) async fn of_visitor(app: &App, p: &Page) -> Result<Vec<Shown>, Problem> {
    let photos = app.store.photos(p.user()?, now()).await?;
    Ok(photos.iter().zip(1..).map(|(photo, number)| Shown::of(photo, number, p)).collect())
}

pub(crate) async fn show(State(app): State<Shared>, p: Page) -> Result<Response, Problem> {
    page(&app, &p, Fault::none()).await
}

async fn page(app: &App, p: &Page, fault: Fault) -> Result<Response, Problem> {
    let photos = of_visitor(app, p).await?;
    let limit = app.store.limits().photos_per_user;
    let status = fault.status();
    p.show_as(status, &Photos { p, photos, fault, limit, most: MAX_FILES })
}

/// `POST /photos`, for browsers without scripts. Scripts use the API, one file at a time.
pub(crate) async fn upload(State(app): State<Shared>, p: Page, form: Incoming) -> Result<Response, Problem> {
    let user = p.user()?;
    let added = async {
        let upload = Upload::read(&app, form).await?;
        if !upload.consent {
            return Err(Problem::NoConsent);
        }
        if upload.files.is_empty() {
            return Err(Problem::invalid("photo", "사진을 골라 주세요.", "Please choose a photo."));
        }
        for file in upload.files {
            app.add_photo(user, &p.caller, file).await?;
        }
        Ok(())
    };
    match added.await {
        Ok(()) => Ok(Redirect::to("/photos").into_response()),
        Err(problem) => page(&app, &p, Fault::of(problem, &p)?).await,
    }
}

pub(crate) async fn delete(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let receipt = app.store.delete_photo(p.user()?, id, now()).await?;
    let note = p.t("사진을 지웠어요.", "The photo is deleted.");
    Ok(go_with(&app, &format!("/receipts/{}", receipt.id), "note", note))
}
