//! Upload, list, show and delete photos.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use drape_core::id::PhotoId;
use drape_store::{Size, now};

use super::types::{Photo, PhotoForm, Receipt};
use crate::Problem;
use crate::app::Shared;
use crate::http::upload::{Incoming, Upload};
use crate::http::visitor::Signed;
use crate::routes::pictures::{self, SizeOf};

/// Upload photos of yourself
///
/// Each is decoded, turned upright, kept without metadata in at most 2560 pixels, and checked at once:
/// a photo that shows nobody to style is refused with advice.
#[utoipa::path(post, path = "/photos", tag = "photos", security(("token" = [])),
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Vec<Photo>), (status = 413, description = "Too large"),
        (status = 415, description = "Not a JPEG, PNG or WebP picture"),
        (status = 422, description = "Nobody to style, damaged, or no consent"), (status = 429)))]
pub(crate) async fn upload(
    State(app): State<Shared>,
    signed: Signed,
    form: Incoming,
) -> Result<(StatusCode, Json<Vec<Photo>>), Problem> {
    let upload = Upload::read(&app, form).await?;
    if !upload.consent {
        return Err(Problem::NoConsent);
    }
    if upload.files.is_empty() {
        return Err(Problem::invalid(
            "photo",
            "사진 파일이 없어요. 양식에 사진을 넣어 주세요.",
            "There is no photo in the form. Add one.",
        ));
    }
    let mut photos = Vec::new();
    for file in upload.files {
        let (photo, _) = app.add_photo(signed.user(), &signed.caller, file).await?;
        photos.push(Photo::of(&photo, signed.language));
    }
    Ok((StatusCode::CREATED, Json(photos)))
}

/// Your photos, newest first
#[utoipa::path(get, path = "/photos", tag = "photos", security(("token" = [])),
    responses((status = 200, body = Vec<Photo>)))]
pub(crate) async fn list(State(app): State<Shared>, signed: Signed) -> Result<Json<Vec<Photo>>, Problem> {
    let photos = app.store.photos(signed.user(), now()).await?;
    Ok(Json(photos.iter().map(|p| Photo::of(p, signed.language)).collect()))
}

/// One photo
#[utoipa::path(get, path = "/photos/{id}", tag = "photos", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Photo), (status = 404)))]
pub(crate) async fn show(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Json<Photo>, Problem> {
    let photo = app.store.photo(signed.user(), id_of(&id)?, now()).await?;
    Ok(Json(Photo::of(&photo, signed.language)))
}

/// The picture of a photo
#[utoipa::path(get, path = "/photos/{id}/picture", tag = "photos", security(("token" = [])),
    params(("id" = String, Path), SizeOf),
    responses((status = 200, content_type = "image/jpeg"),
        (status = 307, description = "Where this server lets you fetch it from its bucket (`--blobs-links`)"),
        (status = 404)))]
pub(crate) async fn picture(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
    Query(size): Query<SizeOf>,
) -> Result<Response, Problem> {
    let photo = app.store.photo(signed.user(), id_of(&id)?, now()).await?;
    let size = size.size()?;
    if let Some(valid) = app.settings.link_for()
        && let Some(link) = app.store.photo_link(&photo, size, valid).await?
    {
        return pictures::in_bucket(&link, app.settings.link_seconds);
    }
    let bytes = app.store.photo_bytes(&photo, size).await?;
    Ok(pictures::answer(if size == Size::Full { &photo.content_type } else { "image/jpeg" }, bytes, None))
}

/// Delete a photo; looks made from it stay
#[utoipa::path(delete, path = "/photos/{id}", tag = "photos", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Receipt), (status = 404)))]
pub(crate) async fn delete(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Json<Receipt>, Problem> {
    Ok(Json(app.store.delete_photo(signed.user(), id_of(&id)?, now()).await?.into()))
}

fn id_of(text: &str) -> Result<PhotoId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}
