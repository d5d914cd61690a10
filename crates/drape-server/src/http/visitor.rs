//! The caller of a request: user, address, language. A handler that needs a user takes [`Signed`], which
//! exists only for a valid session.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use drape_core::id::UserId;
use drape_core::language::Language;
use drape_core::trace::Trace;
use drape_store::Session;

use crate::app::Shared;
use crate::{Problem, token};

/// Name of the session cookie.
pub(crate) const SESSION_COOKIE: &str = "drape_session";
/// Name of the cookie that remembers the language of pages.
pub(crate) const LANGUAGE_COOKIE: &str = "drape_lang";

/// Where a request comes from.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The address by which limits count.
    pub(crate) address: IpAddr,
    /// Browser and system in a few words, to tell sessions apart: `Chrome · Android`.
    pub(crate) browser: String,
    /// The request's place in its trace.
    pub(crate) trace: Trace,
}

/// A caller, signed in or not.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Language to answer in.
    pub(crate) language: Language,
    /// Address, browser and trace.
    pub(crate) caller: Caller,
    /// The session, if the request carries a valid token.
    pub(crate) session: Option<Session>,
}

/// A caller who is signed in, as a guest or with an account.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) language: Language,
    pub(crate) caller: Caller,
    pub(crate) session: Session,
}

impl Signed {
    pub(crate) fn user(&self) -> UserId {
        self.session.user.id
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let language = language(&parts.headers);
        let caller = Caller {
            address: address(parts, app),
            browser: browser(&parts.headers),
            // The trace layer wraps every route.
            trace: *parts.extensions.get::<Trace>().ok_or(Problem::Internal)?,
        };
        let session = match bearer(&parts.headers).or_else(|| cookie(&parts.headers, SESSION_COOKIE)) {
            Some(shown) => app.store.session(&token::hash(shown), drape_store::now()).await?,
            None => None,
        };
        Ok(Self { language, caller, session })
    }
}

impl FromRequestParts<Shared> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let session = visitor.session.ok_or(Problem::SignedOut)?;
        Ok(Self { language: visitor.language, caller: visitor.caller, session })
    }
}

/// The language to answer in: the one that the page's switch stored, else the one the browser prefers.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    if let Some(chosen) = cookie(headers, LANGUAGE_COOKIE) {
        return Language::of_locale(chosen);
    }
    let text = headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut best = (0.0_f32, Language::English);
    for range in text.split(',') {
        let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
        let tag = tag.trim().to_ascii_lowercase();
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0);
        let spoken = match tag.get(..2) {
            Some("ko") => Language::Korean,
            Some("en") => Language::English,
            _ => continue,
        };
        if weight > best.0 {
            best = (weight, spoken);
        }
    }
    best.1
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = all.flat_map(|v| v.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A `Set-Cookie` value that scripts cannot read. An empty value with age 0 deletes the cookie.
pub(crate) fn set_cookie(name: &str, value: &str, seconds: i64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("tokens and language codes are ASCII")
}

/// Browser and system, from words in `User-Agent`. The first match wins, because browsers also name other
/// browsers for compatibility.
fn browser(headers: &HeaderMap) -> String {
    let text = headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let first = |words: &[(&str, &'static str)]| words.iter().find(|w| text.contains(w.0)).map(|w| w.1);
    let name = first(&[
        ("SamsungBrowser", "Samsung Internet"),
        ("Whale", "Whale"),
        ("KAKAOTALK", "KakaoTalk"),
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrome", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    let known: Vec<&str> = name.into_iter().chain(system).collect();
    known.join(" · ")
}

/// The address by which limits count. Our own proxy wrote the last entry of its header.
fn address(parts: &Parts, app: &Shared) -> IpAddr {
    let told = app.settings.proxy_header.as_deref().and_then(|name| {
        let value = parts.headers.get_all(name).iter().next_back()?.to_str().ok()?;
        value.rsplit(',').next()?.trim().parse().ok()
    });
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    told.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}
