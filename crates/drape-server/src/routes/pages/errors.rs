//! Errors as pages: a clear sentence and a way on. A visitor without a session goes to the sign-in page and
//! returns afterwards.

use askama::Template;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::frame::{Page, address, encoded};
use crate::Problem;
use crate::app::Shared;
use crate::http::render::problem_of;

#[derive(Template)]
#[template(path = "problem.html")]
struct Broken<'a> {
    p: &'a Page,
    lost: bool,
    message: String,
    code: &'static str,
}

/// Writes the problems of all pages.
pub(crate) async fn as_page(State(app): State<Shared>, request: Request, next: Next) -> Response {
    if for_programs(request.uri().path()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut kept = parts.clone();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(problem) = problem_of(&response) else { return response };
    if *problem == Problem::SignedOut {
        let back = address(&kept.method, &kept.uri);
        *response.status_mut() = StatusCode::SEE_OTHER;
        if let Ok(value) = HeaderValue::from_str(&format!("/sign-in?back={}", encoded(&back))) {
            response.headers_mut().insert("location", value);
        }
        return response;
    }
    let page = Page::from_request_parts(&mut kept, &app).await;
    let Ok(p) = page else { return response };
    let broken = Broken {
        p: &p,
        lost: *problem == Problem::NotFound,
        message: problem.message(p.language),
        code: problem.code(),
    };
    let Ok(text) = broken.render() else { return response };
    // Keep the status and the headers, security headers included.
    *response.body_mut() = text.into();
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

fn for_programs(path: &str) -> bool {
    let api = path.starts_with("/api/") && path != "/api/docs";
    api || path.starts_with("/media/") || matches!(path, "/healthz" | "/readyz")
}
