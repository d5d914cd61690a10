//! Answers with pictures of photos and looks: size, caching, and the redirect of an owner's browser to the
//! bucket.

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use drape_store::{Look, Size};
use serde::Deserialize;

use crate::Problem;
use crate::app::App;

/// Which size of a picture.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SizeOf {
    /// `full` (as kept), `view` (1280 pixels at most, JPEG) or `thumb` (480 pixels at most, JPEG).
    pub(crate) size: Option<String>,
    /// Any value: as a file to keep.
    pub(crate) download: Option<String>,
}

impl SizeOf {
    pub(crate) fn size(&self) -> Result<Size, Problem> {
        match self.size.as_deref() {
            None | Some("full") => Ok(Size::Full),
            Some("view") => Ok(Size::View),
            Some("thumb") => Ok(Size::Thumb),
            Some(_) => Err(Problem::NotFound),
        }
    }
}

/// The answer with a look's picture, for its owner or for a visitor with a share link.
pub(crate) async fn of_look(app: &App, look: &Look, size: &SizeOf) -> Result<Response, Problem> {
    let which = size.size()?;
    let bytes = app.store.look_bytes(look, which).await?;
    let (content_type, ending) =
        if which == Size::Full { (look.content_type.as_str(), "png") } else { ("image/jpeg", "jpg") };
    let name = size.download.as_ref().map(|_| format!("drape-{}.{ending}", look.id));
    Ok(answer(content_type, bytes, name.as_deref()))
}

/// Redirects an owner's browser to the bucket. The browser caches this redirect for half the time for which
/// the link is valid.
pub(crate) fn in_bucket(link: &str, seconds: u32) -> Result<Response, Problem> {
    let mut headers = HeaderMap::new();
    let value = |text: &str| text.parse().map_err(|_| Problem::Internal);
    headers.insert("location", value(link)?);
    headers.insert("cache-control", value(&format!("private, max-age={}", seconds / 2))?);
    Ok((StatusCode::TEMPORARY_REDIRECT, headers).into_response())
}

/// The answer with a picture. Only the owner's browser may cache it.
pub(crate) fn answer(content_type: &str, bytes: Bytes, name: Option<&str>) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(value) = content_type.parse() {
        headers.insert("content-type", value);
    }
    headers.insert("cache-control", HeaderValue::from_static("private, max-age=3600"));
    if let Some(value) = name.and_then(|n| format!("attachment; filename=\"{n}\"").parse().ok()) {
        headers.insert("content-disposition", value);
    }
    (headers, bytes).into_response()
}
