//! Gives every request a span of a trace (W3C Trace Context): in the caller's trace if the request names one,
//! else in a new one. Every line logged meanwhile names the trace, and the answer carries its id as
//! `x-request-id`.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use drape_core::trace::Trace;
use tracing::{Instrument as _, Span, error_span, field};

/// The header of an answer that carries the id of the trace.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Routes that machines poll every few seconds; they are not sampled.
const QUIET: [&str; 2] = ["/healthz", "/readyz"];

/// Gives the request its span; handlers find the trace among the extensions.
pub(crate) async fn follow(mut request: Request, next: Next) -> Response {
    let from = incoming(request.headers());
    let own = match from {
        Some(trace) => trace.child(rand::random()),
        None => Trace::begin(rand::random(), rand::random()),
    };
    // Error level, so that no filter drops the span from lines that it lets through.
    let span = error_span!(
        "request",
        trace_id = %own.id(),
        span_id = %own.span(),
        parent_id = from.map(|f| field::display(f.span())),
        sampled = field::Empty,
        method = method(request.method()),
        route = field::Empty,
        status = field::Empty,
    );
    // Record the route, never the address: an address contains ids of people.
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if let Some(route) = route {
        span.record("route", route);
    }
    if !own.sampled() || route.is_some_and(|r| QUIET.contains(&r)) {
        span.record("sampled", false);
    }
    request.extensions_mut().insert(own);
    let mut response = next.run(request).instrument(span.clone()).await;
    span.record("status", response.status().as_u16());
    let id = HeaderValue::from_str(&own.id().to_string()).expect("digits are ASCII");
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Runs heavy work on a blocking thread, within the trace of the request that waits for it.
pub(crate) fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
}

/// The caller's trace; none if the header is missing, malformed or repeated.
fn incoming(headers: &HeaderMap) -> Option<Trace> {
    let mut said = headers.get_all("traceparent").iter();
    let (first, second) = (said.next()?, said.next());
    if second.is_some() {
        return None;
    }
    first.to_str().ok()?.parse().ok()
}

/// The method as a known name; a caller may invent any other.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    KNOWN.into_iter().find(|k| *k == method.as_str()).unwrap_or("_OTHER")
}
