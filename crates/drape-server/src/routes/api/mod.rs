//! `/api/v1`: every route on one page, and the OpenAPI document made from them.

mod accounts;
mod catalogue;
mod elsewhere;
mod engines;
mod events;
mod export;
mod jobs;
mod looks;
mod photos;
mod types;
mod webhooks;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{delete, get, post};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use crate::Problem;
use crate::app::Shared;
use crate::http::upload::body_limit;

/// The routes of `/api/v1`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/guests", post(accounts::guest))
        .route("/accounts", post(accounts::sign_up))
        .route("/account", get(accounts::show).patch(accounts::change).delete(accounts::delete))
        .route("/account/export", get(accounts::export))
        .route("/account/receipts", get(accounts::receipts))
        .route("/receipts/{id}", get(accounts::receipt))
        .route("/sessions", post(accounts::log_in))
        .route("/sessions/current", delete(accounts::log_out))
        .route("/api-keys", get(accounts::api_keys).post(accounts::make_api_key))
        .route("/api-keys/{id}", delete(accounts::revoke_api_key))
        .route("/photos", get(photos::list).post(photos::upload).layer(body_limit()))
        .route("/photos/{id}", get(photos::show).delete(photos::delete))
        .route("/photos/{id}/picture", get(photos::picture))
        .route("/readings", post(jobs::read))
        .route("/engines", get(engines::list))
        .route("/jobs", get(jobs::list).post(jobs::create))
        .route("/jobs/{id}", get(jobs::show).delete(jobs::cancel))
        .route("/jobs/{id}/preview", get(jobs::preview))
        .route("/jobs/{id}/events", get(events::of_job))
        .route("/events", get(events::of_user))
        .route("/looks", get(looks::list))
        .route("/looks/{id}", get(looks::show).delete(looks::delete))
        .route("/looks/{id}/picture", get(looks::picture))
        .route("/looks/{id}/recommendations", get(catalogue::recommendations).post(elsewhere::look))
        .route("/looks/{id}/garments/{number}/picture", get(elsewhere::picture))
        .route("/looks/{id}/shares", get(looks::shares).post(looks::share))
        .route("/shares/{id}", delete(looks::revoke_share))
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
        .route("/webhooks/{id}", delete(webhooks::delete))
        .route("/webhooks/{id}/deliveries", get(webhooks::deliveries))
        .route("/products", get(catalogue::browse))
        .route("/products/{id}", get(catalogue::show))
        .route("/products/{id}/picture", get(catalogue::picture))
        .route("/queue", get(jobs::queue))
        .fallback(|| async { Problem::NotFound })
        .method_not_allowed_fallback(|| async { Problem::Method })
}

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Drape",
        description = "See yourself in a style that you describe in one sentence.\n\nStart with `POST /api/v1/guests`, send its token as `Authorization: Bearer TOKEN`, upload a photo, post a job, and follow it by its events. Errors are problem+json (RFC 9457), in Korean or English by `Accept-Language`; `title` is the word to tell them apart by. Times are milliseconds since 1970, UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        accounts::guest, accounts::sign_up, accounts::show, accounts::change, accounts::delete,
        accounts::export, accounts::receipts, accounts::receipt, accounts::log_in, accounts::log_out,
        accounts::api_keys, accounts::make_api_key, accounts::revoke_api_key,
        photos::list, photos::upload, photos::show, photos::delete, photos::picture,
        engines::list,
        jobs::read, jobs::list, jobs::create, jobs::show, jobs::cancel, jobs::preview, jobs::queue,
        events::of_job, events::of_user,
        looks::list, looks::show, looks::delete, looks::picture, looks::shares, looks::share, looks::revoke_share,
        catalogue::recommendations,
        elsewhere::look,
        elsewhere::picture,
        catalogue::browse,
        catalogue::show,
        catalogue::picture,
        webhooks::list, webhooks::create, webhooks::delete, webhooks::deliveries
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
pub(crate) struct Document;

struct Tokens;

impl utoipa::Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        if let Some(components) = document.components.as_mut() {
            components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
            let cookie = ApiKey::Cookie(ApiKeyValue::new(crate::http::visitor::SESSION_COOKIE));
            components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        }
    }
}

/// The OpenAPI 3.1 document, as committed in `docs/openapi.json`.
pub fn openapi() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// `GET /api/openapi.json`.
pub(crate) async fn document(State(_): State<Shared>) -> impl IntoResponse {
    ([("content-type", "application/json"), ("cache-control", "public, max-age=300")], openapi())
}
