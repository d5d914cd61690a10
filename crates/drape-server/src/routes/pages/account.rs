//! `/account`: profile, retention, sessions and API keys; export and deletion of everything.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use drape_core::id::TokenId;
use drape_core::language::Language;
use drape_store::{Account as User, ApiKey, Receipt, TokenKind, now};

use super::enter::{language_cookie, session_cookie, signed_out};
use super::frame::{Fault, Fields, Page, go_with};
use crate::Problem;
use crate::app::{App, Shared};
use crate::service::accounts::Rules;

/// A receipt in the list.
struct Proof {
    receipt: Receipt,
    what: &'static str,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account<'a> {
    p: &'a Page,
    fault: Fault,
    user: User,
    days: Vec<(u32, bool)>,
    keys: Vec<ApiKey>,
    sessions: Vec<ApiKey>,
    this: TokenId,
    receipts: Vec<Proof>,
    photos: usize,
}

pub(crate) async fn show(State(app): State<Shared>, p: Page) -> Result<Response, Problem> {
    page(&app, &p, Fault::none()).await
}

async fn page(app: &App, p: &Page, fault: Fault) -> Result<Response, Problem> {
    let session = p.signed()?.session;
    let id = session.user.id;
    let user = app.store.account(id).await?;
    let mut days: Vec<(u32, bool)> = [1, 7, 30, 90, 365].map(|n| (n, n == user.keep_days)).into();
    if !days.iter().any(|d| d.1) {
        days.push((user.keep_days, true));
        days.sort_unstable();
    }
    let receipts = app.store.receipts(id).await?;
    let status = fault.status();
    let account = Account {
        p,
        fault,
        user,
        days,
        keys: app.store.tokens(id, TokenKind::ApiKey).await?,
        sessions: app.store.tokens(id, TokenKind::Session).await?,
        this: session.token,
        receipts: receipts
            .into_iter()
            .take(20)
            .map(|receipt| Proof { what: what(&receipt, p), receipt })
            .collect(),
        photos: app.store.photos(id, now()).await?.len(),
    };
    p.show_as(status, &account)
}

/// The word for the deleted thing.
pub(crate) fn what(receipt: &Receipt, p: &Page) -> &'static str {
    let (korean, english) = match receipt.what.as_str() {
        "photo" => ("사진", "photo"),
        "look" => ("결과 사진", "look"),
        "job" => ("기록과 결과 사진", "job with its looks"),
        _ => ("계정과 모든 것", "account and everything in it"),
    };
    p.language.pick(korean, english)
}

/// Redirects to the account with a message, or shows the account with the error.
async fn answer(app: &App, p: &Page, done: Result<(), Problem>, note: &str) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(go_with(app, "/account", "note", note)),
        Err(problem) => page(app, p, Fault::of(problem, p)?).await,
    }
}

/// `POST /account/profile`: nickname and language.
pub(crate) async fn profile(State(app): State<Shared>, p: Page, fields: Fields) -> Result<Response, Problem> {
    let session = p.signed()?.session;
    let language = Language::of_locale(fields.get("language"));
    let nickname = Some(fields.get("nickname")).filter(|_| !p.guest());
    let done = app.change_account(&session, nickname, None, Some(language), Rules::Own).await.map(|_| ());
    let saved = language.pick("저장했어요.", "Saved.");
    let mut response = answer(&app, &p, done, saved).await?;
    if response.status().is_redirection() {
        response.headers_mut().append(SET_COOKIE, language_cookie(&app, language));
    }
    Ok(response)
}

/// `POST /account/password`.
pub(crate) async fn password(
    State(app): State<Shared>,
    p: Page,
    fields: Fields,
) -> Result<Response, Problem> {
    let session = p.signed()?.session;
    let change = async {
        if !app.knows_password(session.user.id, fields.get("current")).await? {
            return Err(Problem::invalid(
                "current",
                "지금 비밀번호가 맞지 않아요.",
                "This is not your current password.",
            ));
        }
        app.change_account(&session, None, Some(fields.get("password")), None, Rules::Own).await.map(|_| ())
    };
    let note = p.t(
        "비밀번호를 바꿨어요. 다른 곳에서는 모두 로그아웃됐어요.",
        "The password is changed, and other browsers are signed out.",
    );
    let done = change.await;
    let changed = done.is_ok();
    let mut response = answer(&app, &p, done, note).await?;
    if changed {
        let renewed = app.renew(&session, &p.caller).await?;
        response.headers_mut().append(SET_COOKIE, session_cookie(&app, &renewed));
    }
    Ok(response)
}

/// `POST /account/keep`.
pub(crate) async fn keep(State(app): State<Shared>, p: Page, fields: Fields) -> Result<Response, Problem> {
    let user = p.user()?;
    if p.guest() {
        return Ok(Redirect::to("/account").into_response());
    }
    let done = app.keep_for(user, fields.get("days").parse().unwrap_or(0)).await.map(|_| ());
    let note = p.t("보관 기간을 바꿨어요.", "The storage time is changed.");
    answer(&app, &p, done, note).await
}

/// `POST /account/keys`: makes an API key, shown once.
pub(crate) async fn make_key(
    State(app): State<Shared>,
    p: Page,
    fields: Fields,
) -> Result<Response, Problem> {
    match app.make_api_key(p.user()?, fields.get("name")).await {
        Ok((_, key)) => Ok(go_with(&app, "/account#keys", "key", &key)),
        Err(problem) => page(&app, &p, Fault::of(problem, &p)?).await,
    }
}

/// `POST /account/keys/{id}/revoke`.
pub(crate) async fn revoke_key(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    app.store.revoke_token(p.user()?, id).await?;
    Ok(go_with(&app, "/account#keys", "note", p.t("키를 없앴어요.", "The key is revoked.")))
}

/// `POST /account/sessions/end`: ends all sessions but this one.
pub(crate) async fn end_other_sessions(State(app): State<Shared>, p: Page) -> Result<Response, Problem> {
    let session = p.signed()?.session;
    for other in app.store.tokens(session.user.id, TokenKind::Session).await? {
        if other.id != session.token {
            app.store.revoke_token(session.user.id, other.id).await?;
        }
    }
    let note = p.t("다른 곳에서 모두 로그아웃했어요.", "All other browsers are signed out.");
    Ok(go_with(&app, "/account#sessions", "note", note))
}

/// `POST /account/delete`: deletes everything and gives a receipt.
pub(crate) async fn delete(State(app): State<Shared>, p: Page, fields: Fields) -> Result<Response, Problem> {
    let user = p.user()?;
    let right = p.guest() || app.knows_password(user, fields.get("delete_password")).await?;
    if !right {
        let wrong = Problem::invalid(
            "delete_password",
            "비밀번호가 맞지 않아 지우지 않았어요.",
            "The password is wrong, so nothing was deleted.",
        );
        return page(&app, &p, Fault::of(wrong, &p)?).await;
    }
    let receipt = app.store.delete_account(user, now()).await?;
    Ok(signed_out(&app, &format!("/receipts/{}", receipt.id)))
}
