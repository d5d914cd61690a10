//! Every request is a piece of work in a trace (W3C Trace Context): the caller's where it names one, else
//! a new one. Every line that is logged meanwhile names it, and the answer says it as `x-request-id`.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use drape_core::trace::Trace;
use tracing::{Instrument as _, Span, error_span, field};

/// The header that carries the id of the trace back.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Routes that machines ask every few seconds; they are not sampled.
const QUIET: [&str; 2] = ["/healthz", "/readyz"];

/// Gives the request its place in a trace; handlers find it among the extensions.
pub(crate) async fn follow(mut request: Request, next: Next) -> Response {
    let from = incoming(request.headers());
    let own = match from {
        Some(trace) => trace.child(rand::random()),
        None => Trace::begin(rand::random(), rand::random()),
    };
    // The level of errors, so that no filter takes it away from the lines that are left.
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
    // A route, never an address: ids would be people.
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

/// Does heavy work on a thread of its own, in the trace of the request that waits for it.
pub(crate) fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
}

/// The caller's trace; none if the header is malformed or repeated.
fn incoming(headers: &HeaderMap) -> Option<Trace> {
    let mut said = headers.get_all("traceparent").iter();
    let (first, second) = (said.next()?, said.next());
    if second.is_some() {
        return None;
    }
    first.to_str().ok()?.parse().ok()
}

/// Methods that there are; a caller may write anything into a request.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    KNOWN.into_iter().find(|k| *k == method.as_str()).unwrap_or("_OTHER")
}
