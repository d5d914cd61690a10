//! Addresses that are told when jobs end.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drape_core::id::WebhookId;
use drape_store::now;

use super::types::{Delivery, NewWebhook, Webhook};
use crate::Problem;
use crate::app::Shared;
use crate::http::visitor::Signed;
use crate::service::webhooks;

/// Add an address
///
/// When a job ends, it is sent `{"type": "job.ended", "timestamp": …, "data": {the event}}` by POST,
/// signed as Standard Webhooks say (`webhook-id`, `webhook-timestamp`, `webhook-signature`), and again
/// after 5 s, 30 s, 2 min, 10 min, 1 h and 6 h until it answers 2xx.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", security(("token" = [])),
    request_body = NewWebhook, responses((status = 201, body = Webhook), (status = 422)))]
pub(crate) async fn create(
    State(app): State<Shared>,
    signed: Signed,
    Json(form): Json<NewWebhook>,
) -> Result<(StatusCode, Json<Webhook>), Problem> {
    let url = webhooks::address(&form.url, app.settings.private_webhooks)?;
    let secret = webhooks::new_secret();
    let hook = app.store.add_webhook(signed.user(), url.as_str(), &secret, now()).await?;
    let hook = Webhook { id: hook.id, url: hook.url, secret: Some(hook.secret), created_at: hook.created_at };
    Ok((StatusCode::CREATED, Json(hook)))
}

/// Your addresses
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", security(("token" = [])),
    responses((status = 200, body = Vec<Webhook>)))]
pub(crate) async fn list(State(app): State<Shared>, signed: Signed) -> Result<Json<Vec<Webhook>>, Problem> {
    let shown =
        |h: drape_store::Webhook| Webhook { id: h.id, url: h.url, secret: None, created_at: h.created_at };
    Ok(Json(app.store.webhooks(signed.user()).await?.into_iter().map(shown).collect()))
}

/// Remove an address
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.store.delete_webhook(signed.user(), id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The last messages to an address
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<Delivery>)))]
pub(crate) async fn deliveries(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Json<Vec<Delivery>>, Problem> {
    let shown = |d: drape_store::Delivery| Delivery {
        id: d.id.to_string(),
        job: d.job,
        state: d.state,
        attempt: d.attempt,
        status: d.status,
    };
    Ok(Json(app.store.deliveries(signed.user(), id_of(&id)?).await?.into_iter().map(shown).collect()))
}

fn id_of(text: &str) -> Result<WebhookId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}
