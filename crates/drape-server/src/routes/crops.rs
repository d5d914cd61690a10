//! `/crops/{token}`: the picture of one garment, fetched by the external service that searches for it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use drape_store::now;

use crate::app::Shared;
use crate::{Problem, token};

/// `GET /crops/{token}`.
pub(crate) async fn fetch(State(app): State<Shared>, Path(shown): Path<String>) -> Result<Response, Problem> {
    let (look, garment) = app.store.crop(&token::hash(&shown), now()).await?;
    app.crop(&look, garment).await?.map(answer).ok_or(Problem::NotFound)
}

/// The answer with a cut-out.
pub(crate) fn answer(picture: Bytes) -> Response {
    let headers = [
        ("content-type", "image/png"),
        ("cache-control", "private, no-store"),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
    ];
    (headers, picture).into_response()
}
