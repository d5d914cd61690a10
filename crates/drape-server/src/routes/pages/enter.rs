//! Entering as a guest or with an account, leaving, and the language switch.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use drape_core::language::Language;
use serde::Deserialize;

use super::frame::{Fault, Fields, Page, encoded, safe_back};
use crate::Problem;
use crate::app::{App, Shared};
use crate::http::visitor::{LANGUAGE_COOKIE, SESSION_COOKIE, set_cookie};
use crate::service::accounts::{Entered, Rules};

/// Seconds that the language is remembered.
const YEAR: i64 = 365 * 86_400;

/// The page to return to.
#[derive(Deserialize)]
pub(crate) struct Back {
    back: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    p: &'a Page,
    fault: Fault,
    email: &'a str,
    back: &'a str,
    back_encoded: String,
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUp<'a> {
    p: &'a Page,
    fault: Fault,
    email: &'a str,
    nickname: &'a str,
    back: &'a str,
    back_encoded: String,
    keep_days: u32,
}

/// The answer after signing in.
pub(crate) fn entered(app: &App, entered: &Entered, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().append(SET_COOKIE, session_cookie(app, entered));
    response
}

/// The cookie with a new token.
pub(crate) fn session_cookie(app: &App, entered: &Entered) -> HeaderValue {
    set_cookie(SESSION_COOKIE, &entered.token, entered.seconds, app.settings.secure())
}

/// `POST /guest`: enters without an account and goes to the photos.
pub(crate) async fn guest(State(app): State<Shared>, p: Page) -> Result<Response, Problem> {
    if p.signed_in() {
        return Ok(Redirect::to("/photos").into_response());
    }
    let guest = app.enter_as_guest(&p.caller, p.language).await?;
    Ok(entered(&app, &guest, "/photos"))
}

pub(crate) async fn sign_in_form(p: Page, Query(to): Query<Back>) -> Result<Response, Problem> {
    let back = safe_back(to.back.as_deref().unwrap_or_default(), "/photos");
    sign_in_page(&p, Fault::none(), "", back)
}

fn sign_in_page(p: &Page, fault: Fault, email: &str, back: &str) -> Result<Response, Problem> {
    let status = fault.status();
    p.show_as(status, &SignIn { p, fault, email, back, back_encoded: encoded(back) })
}

pub(crate) async fn sign_in(State(app): State<Shared>, p: Page, fields: Fields) -> Result<Response, Problem> {
    let back = safe_back(fields.get("back"), "/photos");
    let email = fields.get("email");
    match app.log_in(email, fields.get("password"), &p.caller).await {
        Ok(in_) => {
            // The browser forgets its old token; end it, so that no one else can use it.
            if let Some(before) = &p.session {
                app.leave(before).await?;
            }
            let mut response = entered(&app, &in_, back);
            if !p.chosen {
                response.headers_mut().append(SET_COOKIE, language_cookie(&app, in_.account.language));
            }
            Ok(response)
        }
        Err(problem) => sign_in_page(&p, Fault::of(problem, &p)?, email, back),
    }
}

pub(crate) async fn sign_up_form(
    State(app): State<Shared>,
    p: Page,
    Query(to): Query<Back>,
) -> Result<Response, Problem> {
    let back = safe_back(to.back.as_deref().unwrap_or_default(), "/photos");
    sign_up_page(&app, &p, Fault::none(), ("", ""), back)
}

fn sign_up_page(
    app: &App,
    p: &Page,
    fault: Fault,
    (email, nickname): (&str, &str),
    back: &str,
) -> Result<Response, Problem> {
    let keep_days = app.settings.keep_days;
    let status = fault.status();
    p.show_as(status, &SignUp { p, fault, email, nickname, back, back_encoded: encoded(back), keep_days })
}

/// `POST /sign-up`: makes an account; a guest keeps photos and looks.
pub(crate) async fn sign_up(State(app): State<Shared>, p: Page, fields: Fields) -> Result<Response, Problem> {
    let back = safe_back(fields.get("back"), "/photos");
    let (email, nickname) = (fields.get("email"), fields.get("nickname"));
    let form = (email, nickname, fields.get("password"));
    let old = p.session.as_ref().filter(|_| p.guest());
    match app.sign_up(old, form, Rules::Own, &p.caller, p.language).await {
        Ok(in_) => Ok(entered(&app, &in_, back)),
        Err(problem) => sign_up_page(&app, &p, Fault::of(problem, &p)?, (email, nickname), back),
    }
}

pub(crate) async fn sign_out(State(app): State<Shared>, p: Page) -> Result<Response, Problem> {
    if let Some(session) = &p.session {
        app.leave(session).await?;
    }
    Ok(signed_out(&app, "/"))
}

/// The answer after signing out.
pub(crate) fn signed_out(app: &App, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().append(SET_COOKIE, set_cookie(SESSION_COOKIE, "", 0, app.settings.secure()));
    response
}

/// The cookie that remembers a language.
pub(crate) fn language_cookie(app: &App, language: Language) -> HeaderValue {
    set_cookie(LANGUAGE_COOKIE, language.pick("ko", "en"), YEAR, app.settings.secure())
}

/// `/lang/{ko,en}?back=…`: the switch in the header.
pub(crate) async fn language(
    State(app): State<Shared>,
    Path(code): Path<String>,
    Query(to): Query<Back>,
) -> Result<Response, Problem> {
    let language = match code.as_str() {
        "ko" => Language::Korean,
        "en" => Language::English,
        _ => return Err(Problem::NotFound),
    };
    let mut response = Redirect::to(safe_back(to.back.as_deref().unwrap_or_default(), "/")).into_response();
    response.headers_mut().append(SET_COOKIE, language_cookie(&app, language));
    Ok(response)
}
