//! Guests, accounts, sessions, API keys; export and deletion of everything.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use drape_core::id::{ReceiptId, TokenId};
use drape_store::{TokenKind, now};

use super::export;
use super::types::{Account, AccountChange, ApiKey, Entered, LogIn, NewApiKey, Receipt, SignUp};
use crate::Problem;
use crate::app::Shared;
use crate::http::visitor::{Signed, Visitor};
use crate::service::accounts::{self, Rules};

impl From<accounts::Entered> for Entered {
    fn from(e: accounts::Entered) -> Self {
        Self { token: e.token, expires_in: e.seconds, account: e.account.into() }
    }
}

/// Come in without an account
///
/// The guest and everything of theirs goes after a day; signing up with the guest's token keeps it.
#[utoipa::path(post, path = "/guests", tag = "accounts",
    responses((status = 201, body = Entered), (status = 429, description = "Too many from this address")))]
pub(crate) async fn guest(
    State(app): State<Shared>,
    visitor: Visitor,
) -> Result<(StatusCode, Json<Entered>), Problem> {
    let entered = app.enter_as_guest(&visitor.caller, visitor.language).await?;
    Ok((StatusCode::CREATED, Json(entered.into())))
}

/// Sign up
///
/// With a guest's token, the guest becomes the account and keeps photos and looks; the tokens that the guest
/// had end, and the one of the answer is used from then on.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = SignUp,
    responses((status = 201, body = Entered), (status = 409, description = "The address has an account"),
        (status = 422, description = "A field has no acceptable value")))]
pub(crate) async fn sign_up(
    State(app): State<Shared>,
    visitor: Visitor,
    Json(form): Json<SignUp>,
) -> Result<(StatusCode, Json<Entered>), Problem> {
    let fields = (form.email.as_str(), form.nickname.as_str(), form.password.as_str());
    let guest = visitor.session.as_ref();
    let entered = app.sign_up(guest, fields, Rules::Own, &visitor.caller, visitor.language).await?;
    Ok((StatusCode::CREATED, Json(entered.into())))
}

/// Sign in
#[utoipa::path(post, path = "/sessions", tag = "accounts", request_body = LogIn,
    responses((status = 201, body = Entered), (status = 401, description = "Wrong address or password")))]
pub(crate) async fn log_in(
    State(app): State<Shared>,
    visitor: Visitor,
    Json(form): Json<LogIn>,
) -> Result<(StatusCode, Json<Entered>), Problem> {
    let entered = app.log_in(&form.email, &form.password, &visitor.caller).await?;
    Ok((StatusCode::CREATED, Json(entered.into())))
}

/// Sign out: the token that is sent ends
#[utoipa::path(delete, path = "/sessions/current", tag = "accounts", security(("token" = [])),
    responses((status = 204)))]
pub(crate) async fn log_out(State(app): State<Shared>, signed: Signed) -> Result<StatusCode, Problem> {
    app.store.revoke_token(signed.user(), signed.session.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Yourself
#[utoipa::path(get, path = "/account", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = Account), (status = 401)))]
pub(crate) async fn show(signed: Signed) -> Json<Account> {
    Json(signed.session.user.into())
}

/// Change yourself
#[utoipa::path(patch, path = "/account", tag = "accounts", security(("token" = [])),
    request_body = AccountChange, responses((status = 200, body = Account), (status = 401), (status = 422)))]
pub(crate) async fn change(
    State(app): State<Shared>,
    signed: Signed,
    Json(form): Json<AccountChange>,
) -> Result<Json<Account>, Problem> {
    if form.password.is_some() {
        let current = form.current_password.as_deref().unwrap_or_default();
        if !app.knows_password(signed.user(), current).await? {
            return Err(Problem::WrongPassword);
        }
    }
    let session = &signed.session;
    let (name, password) = (form.nickname.as_deref(), form.password.as_deref());
    let mut account = app.change_account(session, name, password, form.language, Rules::Own).await?;
    if let Some(days) = form.keep_days {
        account = app.keep_for(signed.user(), days).await?;
    }
    Ok(Json(account.into()))
}

/// Delete yourself and everything of yours
///
/// Photos, looks, jobs, links, keys and sessions are gone when this answers; the receipt says how
/// many, and stays readable at its address for a year.
#[utoipa::path(delete, path = "/account", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = Receipt)))]
pub(crate) async fn delete(State(app): State<Shared>, signed: Signed) -> Result<Json<Receipt>, Problem> {
    Ok(Json(app.store.delete_account(signed.user(), now()).await?.into()))
}

/// Everything of yours as a ZIP file: photos, looks, and `drape.json`
#[utoipa::path(get, path = "/account/export", tag = "accounts", security(("token" = [])),
    responses((status = 200, content_type = "application/zip")))]
pub(crate) async fn export(State(app): State<Shared>, signed: Signed) -> Result<Response, Problem> {
    export::everything(&app, &signed).await
}

/// Receipts of what you deleted
#[utoipa::path(get, path = "/account/receipts", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = Vec<Receipt>)))]
pub(crate) async fn receipts(
    State(app): State<Shared>,
    signed: Signed,
) -> Result<Json<Vec<Receipt>>, Problem> {
    let receipts = app.store.receipts(signed.user()).await?;
    Ok(Json(receipts.into_iter().map(Into::into).collect()))
}

/// Read a receipt
///
/// It names nobody. Anyone who has its id may read it.
#[utoipa::path(get, path = "/receipts/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = Receipt), (status = 404)))]
pub(crate) async fn receipt(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Receipt>, Problem> {
    let id: ReceiptId = id.parse().map_err(|_| Problem::NotFound)?;
    Ok(Json(app.store.receipt(id).await?.into()))
}

/// Your API keys
#[utoipa::path(get, path = "/api-keys", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = Vec<ApiKey>)))]
pub(crate) async fn api_keys(
    State(app): State<Shared>,
    signed: Signed,
) -> Result<Json<Vec<ApiKey>>, Problem> {
    let keys = app.store.tokens(signed.user(), TokenKind::ApiKey).await?;
    let shown = |k: drape_store::ApiKey| ApiKey {
        id: k.id,
        name: k.name,
        key: None,
        created_at: k.created_at,
        seen_at: k.seen_at,
    };
    Ok(Json(keys.into_iter().map(shown).collect()))
}

/// Make an API key; it is shown once
#[utoipa::path(post, path = "/api-keys", tag = "accounts", security(("token" = [])),
    request_body = NewApiKey, responses((status = 201, body = ApiKey)))]
pub(crate) async fn make_api_key(
    State(app): State<Shared>,
    signed: Signed,
    Json(form): Json<NewApiKey>,
) -> Result<(StatusCode, Json<ApiKey>), Problem> {
    let (id, key) = app.make_api_key(signed.user(), &form.name).await?;
    let (name, made) = (form.name.trim().to_owned(), now());
    let key = ApiKey { id, name, key: Some(key), created_at: made, seen_at: made };
    Ok((StatusCode::CREATED, Json(key)))
}

/// Revoke an API key
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "accounts", security(("token" = [])),
    params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn revoke_api_key(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: TokenId = id.parse().map_err(|_| Problem::NotFound)?;
    app.store.revoke_token(signed.user(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
