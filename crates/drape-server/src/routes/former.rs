//! The routes of the service that Drape replaces, as its React client uses them: `/api/signup` ...
//! `/api/recommendations`, with its JSON envelope. They call the same functions as `/api/v1`.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{AUTHORIZATION, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use drape_core::id::{JobId, UserId};
use drape_core::job::State as JobState;
use drape_core::language::Language;
use drape_store::{Size, now};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Problem;
use crate::app::{App, Shared};
use crate::http::upload::{Incoming, Upload};
use crate::http::visitor::{Signed, Visitor};
use crate::service::accounts::Rules;
use crate::service::products::visual_matches;
use crate::service::styling::Wish;

/// Milliseconds that a picture link works; the client keeps links in its session history.
const LINKS_FOR: i64 = 24 * 3_600_000;

/// Most garments of one look that are searched for externally in one request.
const MOST_ELSEWHERE: u32 = 3;

fn envelope(data: impl Into<Value>) -> Json<Value> {
    Json(json!({"code": 200, "status": "OK", "message": "OK", "data": data.into()}))
}

/// JSON as the client sends it. Missing fields are empty, and later checks explain the error.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Form {
    email: String,
    nickname: String,
    password: String,
    inputs: String,
    img_url: String,
    /// Whether pictures of the garments, without the face, may be sent to Google. The former client never
    /// sends this field, so for it no picture leaves the server.
    consent: bool,
}

pub(super) async fn sign_up(
    State(app): State<Shared>,
    visitor: Visitor,
    Json(form): Json<Form>,
) -> Result<Json<Value>, Problem> {
    let fields = (form.email.as_str(), form.nickname.as_str(), form.password.as_str());
    let entered = app.sign_up(None, fields, Rules::Former, &visitor.caller, Language::Korean).await?;
    Ok(envelope(json!({"email": entered.account.email, "nickname": entered.account.nickname})))
}

pub(super) async fn log_in(
    State(app): State<Shared>,
    visitor: Visitor,
    Json(form): Json<Form>,
) -> Result<Response, Problem> {
    let entered = app.log_in(&form.email, &form.password, &visitor.caller).await?;
    let headers = [
        (AUTHORIZATION, format!("Bearer {}", entered.token)),
        (HeaderName::from_static("access-control-expose-headers"), "Authorization".to_owned()),
    ];
    Ok((headers, envelope(json!({"nickname": entered.account.nickname}))).into_response())
}

pub(super) async fn home(State(app): State<Shared>) -> Json<Value> {
    envelope(examples_of(&app, "sentence"))
}

pub(super) async fn examples(State(app): State<Shared>, _: Signed) -> Json<Value> {
    envelope(examples_of(&app, "prompt"))
}

fn examples_of(app: &App, word: &str) -> Vec<Value> {
    let base = app.settings.base();
    let one = |e: &crate::service::examples::Example| {
        let mut entry = json!({"image": format!("{base}{}", e.look)});
        entry[word] = json!(e.sentence(Language::Korean));
        entry
    };
    crate::service::examples::ALL.iter().map(one).collect()
}

pub(super) async fn show(State(app): State<Shared>, signed: Signed) -> Result<Json<Value>, Problem> {
    let images = links(&app, signed.user()).await?;
    let user = signed.session.user;
    Ok(envelope(json!({"email": user.email, "nickname": user.nickname, "images": images})))
}

pub(super) async fn change(
    State(app): State<Shared>,
    signed: Signed,
    Json(form): Json<Form>,
) -> Result<Json<Value>, Problem> {
    let (name, password) = (Some(form.nickname.as_str()), Some(form.password.as_str()));
    let user = app.change_account(&signed.session, name, password, None, Rules::Former).await?;
    Ok(envelope(json!({"email": user.email, "nickname": user.nickname})))
}

pub(super) async fn delete(State(app): State<Shared>, signed: Signed) -> Result<Json<Value>, Problem> {
    let receipt = app.store.delete_account(signed.user(), now()).await?;
    Ok(envelope(json!({"receipt": receipt.id, "deleted": receipt.deleted})))
}

/// Replaces the photos: the new ones are checked first, so that a refused one costs nothing.
pub(super) async fn images(
    State(app): State<Shared>,
    signed: Signed,
    form: Incoming,
) -> Result<Json<Value>, Problem> {
    let upload = Upload::read(&app, form).await?;
    if upload.files.is_empty() {
        return Err(Problem::invalid(
            "images",
            "사진 파일이 없어요. 양식에 사진을 넣어 주세요.",
            "There is no photo in the form. Add one.",
        ));
    }
    let user = signed.user();
    let before = app.store.photos(user, now()).await?;
    let mut added = Vec::new();
    for file in upload.files {
        match app.add_photo(user, &signed.caller, file).await {
            Ok((photo, _)) => added.push(photo.id),
            Err(problem) => {
                for id in added {
                    app.store.delete_photo(user, id, now()).await?;
                }
                return Err(problem);
            }
        }
    }
    for photo in before {
        app.store.delete_photo(user, photo.id, now()).await?;
    }
    Ok(envelope(json!({"imgUrls": links(&app, user).await?})))
}

/// Makes a look and waits for it asynchronously. The job outlives the request: a client that disconnects
/// finds the look in its history.
pub(super) async fn words(
    State(app): State<Shared>,
    signed: Signed,
    Json(form): Json<Form>,
) -> Result<Json<Value>, Problem> {
    let user = signed.user();
    let photos: Vec<_> = app.store.photos(user, now()).await?.iter().map(|p| p.id).take(5).collect();
    if photos.is_empty() {
        return Err(Problem::invalid(
            "images",
            "먼저 내 사진을 올려 주세요.",
            "Please upload a photo of yourself first.",
        ));
    }
    let wish = Wish::new(form.inputs, photos);
    let mut live = app.store.subscribe(user);
    let (job, _) = app.submit(user, &signed.caller, wish, None, Language::Korean).await?;
    let wait = Duration::from_secs(app.settings.former_wait);
    let ended = tokio::time::timeout(wait, async {
        loop {
            let state = app.store.job(user, job.id).await?;
            if state.state.ended() {
                return Ok::<_, Problem>(state);
            }
            // Wake on an event of this process, or after a second, to see what other processes did.
            let _ = tokio::time::timeout(Duration::from_secs(1), live.next()).await;
        }
    });
    let Ok(ended) = ended.await else { return Err(Problem::Full { retry_after: 30 }) };
    finished(&app, user, ended?.id).await
}

async fn finished(app: &App, user: UserId, id: JobId) -> Result<Json<Value>, Problem> {
    let job = app.store.job(user, id).await?;
    if job.state != JobState::Done {
        let reason = |language| job.reason.map_or(job.state.name(language), |r| r.message(language));
        return Err(Problem::invalid("inputs", reason(Language::Korean), reason(Language::English)));
    }
    let looks = app.store.looks_of(user, id, now()).await?;
    let look = looks.first().ok_or(Problem::NotFound)?;
    Ok(envelope(link(app, user, "looks", &look.id.to_string())))
}

pub(super) async fn recommendations(
    State(app): State<Shared>,
    signed: Signed,
    Json(form): Json<Form>,
) -> Result<Json<Value>, Problem> {
    // Only the user's own pictures on this server are accepted: no address is ever fetched.
    let id = form.img_url.split(['?', '#']).next().and_then(|p| p.rsplit('/').next());
    let unknown = || {
        Problem::invalid(
            "imgUrl",
            "이 서비스에서 만든 사진의 주소가 아니에요.",
            "This is not the address of a picture made here.",
        )
    };
    let id = id.and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
    let look = app.store.look(signed.user(), id, now()).await.map_err(|_| unknown())?;
    let founds = if form.consent && app.settings.recommender.is_some() {
        let mut founds = Vec::new();
        let who = (signed.user(), &signed.caller);
        for number in (0..MOST_ELSEWHERE).zip(app.garments(&look)).map(|(number, _)| number) {
            founds.push(app.look_elsewhere(who, &look, number, Language::Korean).await?.found);
        }
        founds
    } else {
        app.founds(&look).await
    };
    Ok(envelope(json!({"visual_matches": visual_matches(&founds, app.settings.base())})))
}

/// The user's photos as links, newest first.
async fn links(app: &App, user: UserId) -> Result<Vec<String>, Problem> {
    let photos = app.store.photos(user, now()).await?;
    Ok(photos.iter().map(|p| link(app, user, "photos", &p.id.to_string())).collect())
}

fn link(app: &App, user: UserId, kind: &str, id: &str) -> String {
    let path = format!("/media/{kind}/{id}");
    format!("{}{}", app.settings.base(), app.signed_link(user, &path, now() + LINKS_FOR))
}

#[derive(Deserialize)]
pub(super) struct Proof {
    owner: String,
    until: i64,
    signature: String,
}

/// `GET /media/{kind}/{id}`: a picture link that these routes hand out. The link carries a signature, because
/// the client shows pictures without its token.
pub(super) async fn picture(
    State(app): State<Shared>,
    Path((kind, id)): Path<(String, String)>,
    Query(proof): Query<Proof>,
) -> Result<Response, Problem> {
    let owner: UserId = proof.owner.parse().map_err(|_| Problem::NotFound)?;
    let path = format!("/media/{kind}/{id}");
    if !app.link_holds(owner, &path, proof.until, &proof.signature, now()) {
        return Err(Problem::NotFound);
    }
    let (content_type, bytes) = match kind.as_str() {
        "photos" => {
            let photo = app.store.photo(owner, id.parse().map_err(|_| Problem::NotFound)?, now()).await?;
            let bytes = app.store.photo_bytes(&photo, Size::Full).await?;
            (photo.content_type, bytes)
        }
        "looks" => {
            let look = app.store.look(owner, id.parse().map_err(|_| Problem::NotFound)?, now()).await?;
            let bytes = app.store.look_bytes(&look, Size::Full).await?;
            (look.content_type, bytes)
        }
        _ => return Err(Problem::NotFound),
    };
    let mut headers = HeaderMap::new();
    headers.insert("content-type", content_type.parse().map_err(|_| Problem::Internal)?);
    headers.insert("cache-control", axum::http::HeaderValue::from_static("private, max-age=3600"));
    // The client's pages are on another origin.
    headers.insert("cross-origin-resource-policy", axum::http::HeaderValue::from_static("cross-origin"));
    Ok((StatusCode::OK, headers, bytes).into_response())
}
