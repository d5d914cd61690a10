//! Work on every answer: errors in the format of the route, security headers, and the refusal of requests
//! that another site's page makes with a user's cookies.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, ORIGIN,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::Problem;
use crate::app::Shared;
use crate::http::visitor;

/// Most bytes of a body, except for uploads.
pub(crate) const MAX_BODY: usize = 128 << 10;
/// Most bytes of path and query: the longest sentence, percent-encoded twice, with room to spare.
const MAX_ADDRESS: usize = 32 << 10;
/// Most bytes of all headers.
const MAX_HEADERS: usize = 24 << 10;
/// Most headers; at more than 100, hyper ends the connection with a bare 431.
const MOST_HEADERS: usize = 64;

/// The problem of a response, if it is one. Bare error statuses of the router become problems too.
pub(crate) fn problem_of(response: &Response) -> Option<Arc<Problem>> {
    if let Some(problem) = response.extensions().get::<Arc<Problem>>() {
        return Some(Arc::clone(problem));
    }
    let typed = response.headers().get(CONTENT_TYPE).map(|t| t.as_bytes().to_owned());
    let plain = typed.is_none_or(|t| t.starts_with(b"text/plain"));
    let found = match response.status() {
        _ if !plain => return None,
        StatusCode::NOT_FOUND => Problem::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Problem::Method,
        StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge { bytes: MAX_BODY },
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::invalid(
                "body",
                "요청 형식이 맞지 않아요. API 문서를 확인해 주세요.",
                "The request does not have the right form. See the API documentation.",
            )
        }
        s if s.is_server_error() => Problem::Internal,
        _ => return None,
    };
    Some(Arc::new(found))
}

/// Writes the errors of all routes for programs in the format of the route. Errors of pages are left to
/// `as_page` of the pages.
pub(crate) async fn in_the_form_of_the_route(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let below =
        |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if below("/api/v1") || below("/media") || below("/crops") {
        as_problem_json(request, next).await
    } else if below("/api") && path != "/api/docs" {
        as_envelope(request, next).await
    } else {
        next.run(request).await
    }
}

/// Refuses heads that are longer than any of our pages or programs sends, before a handler sees them.
pub(crate) async fn refuse_long_heads(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if request.uri().path_and_query().is_some_and(|p| p.as_str().len() > MAX_ADDRESS) {
        Problem::AddressTooLong.into_response()
    } else if bytes > MAX_HEADERS || headers.len() > MOST_HEADERS {
        Problem::HeadersTooLarge.into_response()
    } else {
        next.run(request).await
    }
}

/// Errors of the JSON API: problem+json, RFC 9457.
async fn as_problem_json(request: Request, next: Next) -> Response {
    let language = visitor::language(request.headers());
    let response = next.run(request).await;
    let Some(problem) = problem_of(&response) else { return response };
    let status = response.status();
    let body = json!({
        "type": format!("/api/docs#problem-{}", problem.code()),
        "title": problem.code(),
        "status": status.as_u16(),
        "detail": problem.message(language),
        "field": problem.field(),
    });
    let mut out = (status, Json(body)).into_response();
    keep_headers(response.headers(), out.headers_mut());
    out.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    out
}

/// Errors of the former service's routes: its envelope, in Korean.
async fn as_envelope(mut request: Request, next: Next) -> Response {
    // The former service's client stores the whole header value and sends it back behind another `Bearer `.
    let headers = request.headers_mut();
    let twice =
        headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    if let Some(inner) =
        twice.filter(|v| v.starts_with("Bearer ")).and_then(|v| HeaderValue::from_str(v).ok())
    {
        headers.insert(AUTHORIZATION, inner);
    }
    let response = next.run(request).await;
    let Some(problem) = problem_of(&response) else { return response };
    let status = response.status();
    let body = json!({
        "code": status.as_u16(),
        "status": status.canonical_reason().unwrap_or_default().to_uppercase().replace([' ', '-'], "_"),
        "message": problem.message(drape_core::language::Language::Korean),
        "data": null,
    });
    let mut out = (status, Json(body)).into_response();
    keep_headers(response.headers(), out.headers_mut());
    out
}

fn keep_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for name in ["retry-after", "allow", "www-authenticate"] {
        if let Some(value) = from.get(name) {
            to.insert(HeaderName::from_static(name), value.clone());
        }
    }
}

/// Refuses changes that a page of another site sends with a user's cookies.
///
/// Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`); programs send neither, and no
/// cookies. A request with a bearer token cannot be forged: no page can add that header without permission.
pub(crate) async fn refuse_other_sites(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    if safe || headers.contains_key(AUTHORIZATION) || comes_from_here(&app, headers, request.uri()) {
        return next.run(request).await;
    }
    Problem::OtherSite.into_response()
}

fn comes_from_here(app: &Shared, headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let origin = headers.get(ORIGIN).and_then(|v| v.to_str().ok());
    if let Some(origin) = origin
        && app.settings.cors.iter().any(|allowed| allowed == origin)
    {
        return true;
    }
    match (text("sec-fetch-site"), origin) {
        (Some("same-origin" | "none"), _) => true,
        (Some(_), _) => false,
        (None, Some(origin)) => {
            let host = headers.get(HOST).and_then(|v| v.to_str().ok()).or_else(|| uri.host());
            let from = origin.split_once("://").map(|(_, host)| host);
            from.is_some() && from == host
        }
        (None, None) => !headers.contains_key(COOKIE),
    }
}

/// Headers that every answer carries: no inline scripts or styles, no foreign content, no frames.
pub(crate) async fn add_security_headers(
    State(app): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("permissions-policy", "camera=(self), microphone=(), geolocation=(), interest-cohort=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| app.policy.clone());
    for (name, value) in fixed {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if app.settings.secure() {
        headers.insert("strict-transport-security", HeaderValue::from_static("max-age=31536000"));
    }
    // Answers are private unless their handler says otherwise.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
}
