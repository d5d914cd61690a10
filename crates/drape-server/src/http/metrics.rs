//! Metrics for operators: requests counted and timed by route, and the current queue, on a listener of their
//! own. Also readiness.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use drape_store::{Store, now};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::app::Shared;

/// Installs the recorder of the process; without it metrics are dropped.
///
/// # Errors
/// A sentence, if a recorder is installed already.
pub fn recorder() -> Result<PrometheusHandle, String> {
    let buckets = BUCKETS.iter().try_fold(PrometheusBuilder::new(), |builder, (name, buckets)| {
        builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), buckets)
    });
    buckets.and_then(PrometheusBuilder::install_recorder).map_err(|e| e.to_string())
}

/// Upper bounds of each histogram. A look takes from a fraction of a second to most of an hour, depending on
/// the engine and its machine, and a queue may last a night.
const BUCKETS: [(&str, &[f64]); 4] = [
    (
        "drape_http_request_seconds",
        &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0],
    ),
    (
        "drape_job_run_seconds",
        &[
            0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0,
            3600.0,
        ],
    ),
    (
        "drape_queue_wait_seconds",
        &[
            0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0,
            10_800.0, 43_200.0, 86_400.0,
        ],
    ),
    ("drape_engine_batch_jobs", &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
];

/// Counts and times a request by its route, never by its address: an address contains ids of people.
pub(crate) async fn count(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |p| p.as_str().to_owned());
    let method = request.method().as_str().to_owned();
    let start = Instant::now();
    let response = next.run(request).await;
    let (seconds, status) = (start.elapsed().as_secs_f64(), response.status().as_u16());
    let labels = [("method", method), ("route", route.clone()), ("status", status.to_string())];
    metrics::counter!("drape_http_requests_total", &labels).increment(1);
    metrics::histogram!("drape_http_request_seconds", "route" => route).record(seconds);
    response
}

/// Serves `/metrics` until the process ends. Without a store it serves only what this process counts.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    handle: PrometheusHandle,
    store: Option<Store>,
) -> std::io::Result<()> {
    let render = move || {
        let (handle, store) = (handle.clone(), store.clone());
        async move {
            if let Some(store) = store {
                look_up(&store).await;
            }
            handle.run_upkeep();
            ([("content-type", "text/plain; version=0.0.4")], handle.render())
        }
    };
    axum::serve(listener, Router::new().route("/metrics", get(render))).await
}

/// Reads the metrics that come from the database, which are the same in every process.
async fn look_up(store: &Store) {
    if let Ok(queue) = store.queue(now()).await {
        metrics::gauge!("drape_queue_jobs", "state" => "queued").set(queue.queued);
        metrics::gauge!("drape_queue_jobs", "state" => "running").set(queue.running);
        metrics::gauge!("drape_workers").set(queue.workers);
        metrics::gauge!("drape_look_milliseconds").set(queue.per_look as f64);
    }
    if let Ok((files, bytes)) = store.kept().await {
        metrics::gauge!("drape_blobs_files").set(files as f64);
        metrics::gauge!("drape_blobs_bytes").set(bytes as f64);
    }
    let (busy, idle) = store.connections();
    metrics::gauge!("drape_database_connections", "state" => "busy").set(busy);
    metrics::gauge!("drape_database_connections", "state" => "idle").set(idle);
}

/// `GET /readyz`: whether the database answers, and how many workers there are.
pub(crate) async fn ready(State(app): State<Shared>) -> (StatusCode, Json<Value>) {
    let database = app.store.ping().await.is_ok();
    let workers = app.store.queue(now()).await.map_or(0, |q| q.workers);
    let stopping = *app.stopping.borrow();
    let ready = database && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": ready, "database": database, "workers": workers, "stopping": stopping})))
}
