//! Drape over HTTP: the JSON API (`/api/v1`), the routes of the service it replaces (`/api/…`), and
//! the pages.
//!
//! The flow: layers (headers, other sites, errors in the format of the route) -> extractors (`http::visitor`:
//! user, address, language) -> handlers (`routes`) -> one function per action (`service`) -> store.
//! Handlers do no heavy work: decoding, parsing and hashing run on blocking threads, few at a time.

mod app;
mod http;
mod routes;
mod service;
mod settings;
mod token;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::cors::CorsLayer;

pub use app::App;
pub use http::connections::ConnectionLimits;
pub use http::limit::Rates;
pub use http::metrics::{recorder, serve as serve_metrics};
pub use http::problem::Problem;
pub use metrics_exporter_prometheus::PrometheusHandle;
pub use routes::openapi;
pub use service::engines::{Kind, Offer};
pub use settings::Settings;

use http::{connections, render, trace};
use service::webhooks;

/// Every route.
pub fn router(app: &Arc<App>) -> Router {
    // Pictures are compressed already, and compression would hold events back.
    let text = SizeAbove::new(1024)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("application/zip"));
    routes::all()
        .layer(DefaultBodyLimit::max(render::MAX_BODY))
        .layer(from_fn(connections::refuse_late_bodies))
        .layer(from_fn_with_state(Arc::clone(app), render::refuse_other_sites))
        .layer(from_fn(render::refuse_long_heads))
        .layer(from_fn(render::in_the_form_of_the_route))
        .layer(cors(&app.settings.cors))
        .layer(from_fn_with_state(Arc::clone(app), render::add_security_headers))
        .layer(from_fn(http::metrics::count))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(Arc::clone(app), routes::as_page))
        .layer(CompressionLayer::new().compress_when(text))
        .layer(from_fn(trace::follow))
        .with_state(Arc::clone(app))
}

/// Serves until `stop` turns true; then finishes the answers that have begun, within a limit.
///
/// # Errors
/// When the task that accepts connections has panicked.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let hooks = tokio::spawn(webhooks::deliver(Arc::clone(&app), stop.clone()));
    let sweeps = tokio::spawn(sweep(Arc::clone(&app), stop.clone()));
    let limits = app.settings.connections.clone();
    let mut served = JoinSet::from_iter([connections::accept(router(&app), limits, listener, stop.clone())]);
    let _ = stop.wait_for(|stop| *stop).await;
    // Event streams end on `stop`; connections that are still open after this time are cut.
    let result = tokio::time::timeout(Duration::from_secs(15), served.join_next()).await;
    hooks.abort();
    sweeps.abort();
    match result {
        Ok(Some(Err(e))) => Err(std::io::Error::other(e)),
        _ => Ok(()),
    }
}

/// Deletes what has expired: at the start, then every hour.
async fn sweep(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    loop {
        match app.store.sweep(drape_store::now()).await {
            Ok(swept) if swept != drape_store::Swept::default() => {
                for (what, number) in [
                    ("users", swept.users),
                    ("photos", swept.photos),
                    ("looks", swept.looks),
                    ("jobs", swept.jobs),
                    ("files", swept.files),
                ] {
                    metrics::counter!("drape_expired_total", "what" => what).increment(number);
                }
                tracing::info!(
                    users = swept.users,
                    photos = swept.photos,
                    looks = swept.looks,
                    jobs = swept.jobs,
                    files = swept.files,
                    bytes = swept.bytes,
                    "expired"
                );
            }
            Ok(_) => {}
            Err(e) => tracing::error!(error = %e, "what has expired cannot be deleted"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(3600)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Cross-origin access: none unless configured. Cookies never cross origins; other sites send a bearer token.
fn cors(origins: &[String]) -> CorsLayer {
    let allowed: Vec<HeaderValue> = origins.iter().filter_map(|o| o.parse().ok()).collect();
    let headers = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::ACCEPT_LANGUAGE,
        HeaderName::from_static("idempotency-key"),
        HeaderName::from_static("last-event-id"),
        HeaderName::from_static("traceparent"),
    ];
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers(headers)
        .expose_headers([header::AUTHORIZATION, header::LOCATION, header::RETRY_AFTER, trace::REQUEST_ID])
        .max_age(Duration::from_secs(3600))
}
