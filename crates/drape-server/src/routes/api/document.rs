//! The OpenAPI 3.1 document. Routes describe themselves; this file describes the API as a whole.

use axum::response::IntoResponse;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{self, Components};
use utoipa::{Modify, OpenApi};

use crate::http::visitor::SESSION_COOKIE;

/// The whole document, with the descriptions of the routes below `/api/v1`.
pub(crate) fn of(routes: openapi::OpenApi) -> openapi::OpenApi {
    Document::openapi().nest("/api/v1", routes)
}

/// The document as text: as served, and as committed in `docs/openapi.json`.
pub(crate) fn text(document: &openapi::OpenApi) -> String {
    let mut text = document.to_pretty_json().expect("the document has only text keys");
    text.push('\n');
    text
}

/// The answer of `GET /api/openapi.json`.
pub(crate) fn answer(text: String) -> impl IntoResponse {
    ([("content-type", "application/json"), ("cache-control", "public, max-age=300")], text)
}

/// The description of the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Drape",
        description = "See yourself in a style that you describe in one sentence.\n\n\
            Start with `POST /api/v1/guests`, send its token as `Authorization: Bearer TOKEN`, \
            upload a photo, post a job, and follow it by its events. Errors are problem+json (RFC 9457), \
            in Korean or English by `Accept-Language`; `title` is the word to tell them apart by. \
            Times are milliseconds since 1970, UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "accounts", description = "Guests, accounts, sessions, API keys, export and deletion"),
        (name = "photos", description = "Photos of oneself"),
        (name = "jobs", description = "Readings of sentences, and requests for looks"),
        (name = "events", description = "Changes of jobs as they happen"),
        (name = "looks", description = "Finished pictures and links to them"),
        (name = "products", description = "The catalogue, and recommendations from it"),
        (name = "webhooks", description = "Addresses that are told when jobs end")
    ),
    modifiers(&Tokens)
)]
struct Document;

struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie = ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}
