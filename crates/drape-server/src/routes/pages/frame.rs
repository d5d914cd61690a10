//! The frame around every page: visitor, language, and the message of a redirect that led to the page.

use askama::Template;
use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{HOST, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drape_core::id::UserId;
use drape_core::language::Language;
use drape_store::{Millis, Session, now};
use serde::{Deserialize, Serialize};

use super::assets;
use crate::Problem;
use crate::app::{App, Shared};
use crate::http::render;
use crate::http::visitor::{self, Caller, Signed, Visitor};

/// Name of the cookie that carries one message over a redirect.
const FLASH_COOKIE: &str = "drape_flash";
/// Most fields of a form.
const MOST_FIELDS: usize = 500;

/// The frame around the contents of a page.
pub(crate) struct Page {
    /// Language of the page.
    pub(crate) language: Language,
    /// Whether the language was chosen in this browser.
    pub(crate) chosen: bool,
    /// Where the request comes from.
    pub(crate) caller: Caller,
    /// The visitor's session.
    pub(crate) session: Option<Session>,
    /// Path and query, for links back to the page.
    pub(crate) path: String,
    /// `http://host` as the browser knows it; empty without a `Host` header.
    pub(crate) origin: String,
    /// The message of the redirect that led here.
    pub(crate) flash: Option<Flash>,
    /// Whether cookies are sent over https only.
    secure: bool,
}

/// A message that is shown once, after a redirect.
#[derive(Serialize, Deserialize)]
pub(crate) struct Flash {
    /// `note`, `link` or `key`.
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// An error in a form, and its field.
pub(crate) struct Fault {
    field: Option<&'static str>,
    /// The sentence to show.
    pub(crate) message: String,
    status: StatusCode,
}

/// The fields of a form, in order; a name may occur several times.
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl FromRequestParts<Shared> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let path = address(&parts.method, &parts.uri);
        // Used only if `public_url` is not set, and shown only to the client that sent it.
        let host = parts.headers.get(HOST).and_then(|v| v.to_str().ok());
        let host = host.filter(|h| h.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c)));
        let flash = visitor::cookie(&parts.headers, FLASH_COOKIE)
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let origin = match &app.settings.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => host.map(|h| format!("http://{h}")).unwrap_or_default(),
        };
        Ok(Self {
            language: visitor.language,
            chosen: visitor::cookie(&parts.headers, visitor::LANGUAGE_COOKIE).is_some(),
            caller: visitor.caller,
            session: visitor.session,
            path,
            origin,
            flash,
            secure: app.settings.secure(),
        })
    }
}

impl Page {
    /// The text in the page's language.
    pub(crate) fn t<'a>(&self, korean: &'a str, english: &'a str) -> &'a str {
        self.language.pick(korean, english)
    }

    /// `ko` or `en`.
    pub(crate) fn code(&self) -> &'static str {
        self.language.pick("ko", "en")
    }

    /// Address of a file under `/assets/`, with its version.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// Whether the visitor is signed in, as a guest or with an account.
    pub(crate) fn signed_in(&self) -> bool {
        self.session.is_some()
    }

    /// Whether the visitor is a guest.
    pub(crate) fn guest(&self) -> bool {
        self.session.as_ref().is_some_and(|s| s.user.email.is_none())
    }

    /// The visitor's name.
    pub(crate) fn nickname(&self) -> &str {
        match &self.session {
            Some(session) if session.user.email.is_some() => &session.user.nickname,
            _ => self.t("손님", "Guest"),
        }
    }

    /// Whether the page lies at or below a path.
    pub(crate) fn under(&self, path: &str) -> bool {
        self.path.split('?').next().is_some_and(|p| p == path || p.starts_with(&format!("{path}/")))
    }

    /// The address that switches this page to the other language.
    pub(crate) fn switch(&self) -> String {
        format!("/lang/{}?back={}", self.language.pick("en", "ko"), encoded(&self.path))
    }

    /// The message of the redirect that led here, if it is of this kind.
    pub(crate) fn told(&self, kind: &str) -> Option<&str> {
        self.flash.as_ref().filter(|f| f.kind == kind).map(|f| f.text.as_str())
    }

    /// A time, as an element whose text a script turns into local time.
    pub(crate) fn when(&self, at: &Millis) -> String {
        format!("<time data-at=\"{at}\">{}</time>", self.language.date(*at))
    }

    /// The time left until then, roughly.
    pub(crate) fn left(&self, until: &Millis) -> String {
        let minutes = (until - now()).max(0) / 60_000;
        match minutes {
            0..=1 => self.t("곧", "in a moment").to_owned(),
            2..=119 => self.language.pick(format!("{minutes}분 뒤"), format!("in {minutes} minutes")),
            120..=2879 => {
                let hours = minutes / 60;
                self.language.pick(format!("{hours}시간 뒤"), format!("in {hours} hours"))
            }
            _ => {
                let days = minutes / 1440;
                self.language.pick(format!("{days}일 뒤"), format!("in {days} days"))
            }
        }
    }

    /// A duration, roughly.
    pub(crate) fn lasting(&self, time: Millis) -> String {
        let seconds = (time + 999) / 1000;
        if seconds < 90 {
            self.language.pick(format!("약 {seconds}초"), format!("about {seconds} s"))
        } else {
            let minutes = (seconds + 30) / 60;
            self.language.pick(format!("약 {minutes}분"), format!("about {minutes} min"))
        }
    }

    /// The user.
    ///
    /// # Errors
    /// [`Problem::SignedOut`].
    pub(crate) fn user(&self) -> Result<UserId, Problem> {
        self.session.as_ref().map(|s| s.user.id).ok_or(Problem::SignedOut)
    }

    /// The user with their session, as the functions of the API take it.
    ///
    /// # Errors
    /// [`Problem::SignedOut`].
    pub(crate) fn signed(&self) -> Result<Signed, Problem> {
        let session = self.session.clone().ok_or(Problem::SignedOut)?;
        Ok(Signed { language: self.language, caller: self.caller.clone(), session })
    }

    /// The page as an answer.
    ///
    /// # Errors
    /// [`Problem::Internal`] if the template cannot be written.
    pub(crate) fn show(&self, page: &impl Template) -> Result<Response, Problem> {
        self.show_as(StatusCode::OK, page)
    }

    /// The page as an answer with a status.
    ///
    /// # Errors
    /// [`Problem::Internal`] if the template cannot be written.
    pub(crate) fn show_as(&self, status: StatusCode, page: &impl Template) -> Result<Response, Problem> {
        let text = page.render().map_err(|e| {
            tracing::error!(error = %e, "a page cannot be written");
            Problem::Internal
        })?;
        let mut response = (status, Html(text)).into_response();
        let headers = response.headers_mut();
        // A form sends its origin only if the page may send its address; other sites still get neither.
        headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin"));
        if self.flash.is_some() {
            headers.append(SET_COOKIE, visitor::set_cookie(FLASH_COOKIE, "", 0, self.secure));
        }
        Ok(response)
    }
}

impl Fault {
    /// No fault.
    pub(crate) fn none() -> Self {
        Self { field: None, message: String::new(), status: StatusCode::OK }
    }

    /// The fault of a form that can be sent again.
    ///
    /// # Errors
    /// The problem itself, if the form did not cause it.
    pub(crate) fn of(problem: Problem, p: &Page) -> Result<Self, Problem> {
        let status = match &problem {
            Problem::SignedOut | Problem::NotFound | Problem::Internal => return Err(problem),
            problem if problem.retry_after().is_some() => StatusCode::TOO_MANY_REQUESTS,
            Problem::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Ok(Self { field: problem.field(), message: problem.message(p.language), status })
    }

    /// Whether the fault is at this field.
    pub(crate) fn at(&self, field: &str) -> bool {
        self.field == Some(field)
    }

    /// Whether the fault is at none of these fields.
    pub(crate) fn beside(&self, fields: &[&str]) -> bool {
        !self.message.is_empty() && !self.field.is_some_and(|f| fields.contains(&f))
    }

    /// The status of a page that shows the fault.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

impl FromRequest<Shared> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        let form = Form::<Vec<(String, String)>>::from_request(request, app).await;
        let broken = || {
            Problem::invalid(
                "form",
                "양식을 읽을 수 없어요. 다시 보내 주세요.",
                "The form cannot be read. Please send it again.",
            )
        };
        match form {
            Ok(Form(fields)) if fields.len() <= MOST_FIELDS => Ok(Self(fields)),
            Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::TooLarge { bytes: render::MAX_BODY })
            }
            _ => Err(broken()),
        }
    }
}

impl Fields {
    /// The first value of a field; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The page to return to: a form may be posted to an address that has no page.
pub(crate) fn address(method: &Method, uri: &Uri) -> String {
    if *method == Method::GET {
        return uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    }
    match uri.path().split('/').nth(1).unwrap_or_default() {
        "jobs" => "/compose".to_owned(),
        "looks" | "shares" => "/history".to_owned(),
        "guest" | "sign-out" => "/".to_owned(),
        first => format!("/{first}"),
    }
}

/// Redirects to another page with a message that is shown there once.
pub(crate) fn go_with(app: &App, to: &str, kind: &str, text: &str) -> Response {
    let flash = Flash { kind: kind.to_owned(), text: text.to_owned() };
    let value = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&flash).unwrap_or_default());
    let mut response = Redirect::to(to).into_response();
    response
        .headers_mut()
        .append(SET_COOKIE, visitor::set_cookie(FLASH_COOKIE, &value, 60, app.settings.secure()));
    response
}

/// A path of this site to return to. The address of another site is replaced by `otherwise`.
pub(crate) fn safe_back<'a>(back: &'a str, otherwise: &'a str) -> &'a str {
    let inside = back.starts_with('/') && !back.starts_with("//") && !back.contains('\\');
    let clean = back.len() <= 500 && back.chars().all(|c| c.is_ascii_graphic());
    if inside && clean { back } else { otherwise }
}

/// A text encoded for a query.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~/".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}
