//! One request to the hub. Redirects are followed here and not by the client: the token is sent to the hub
//! alone, and the hub's own announcement of size and hash is kept even when another host sends the bytes.

use std::time::{Duration, SystemTime};

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Response, StatusCode, Url};

use crate::error::PullError;
use crate::options::Token;
use crate::registry::File;

const CONNECT: Duration = Duration::from_secs(15);
/// Longest silence within an answer.
const SILENCE: Duration = Duration::from_secs(30);
const REDIRECTS: usize = 10;

/// The hub or a mirror of it.
pub(crate) struct Hub {
    client: Client,
    base: Url,
    token: Option<Token>,
}

/// Facts about a file that are known before its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Announced {
    pub(crate) size: Option<u64>,
    /// SHA-256, which the hub names for large files.
    pub(crate) sha256: Option<String>,
    /// Git's blob SHA-1, which the hub names for small files.
    pub(crate) blob: Option<String>,
    pub(crate) commit: Option<String>,
    /// Strong entity tag of the answer that holds the bytes.
    pub(crate) etag: Option<String>,
}

/// The part of a file to ask for.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    /// `start..end` if the file still has this tag, else all of it.
    Range(u64, u64, Option<&'a str>),
    /// All of it.
    Whole,
}

/// Why an attempt failed.
pub(crate) enum Trouble {
    /// Worth another attempt, after a pause if one was asked for.
    Again(String, Option<Duration>),
    /// Another attempt would end the same way.
    Fatal(PullError),
}

impl Hub {
    pub(crate) fn new(mirror: &str, token: Option<Token>) -> Result<Self, PullError> {
        let wrong = || PullError::Mirror(without_user(mirror));
        let base = Url::parse(mirror).map_err(|_| wrong())?;
        let plain = base.username().is_empty() && base.password().is_none();
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() || !plain || base.query().is_some()
        {
            return Err(wrong());
        }
        // Fails only when a provider was installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .user_agent(concat!("drape/", env!("CARGO_PKG_VERSION")));
        // Requests to this machine itself must not go through a proxy.
        if base.host_str().is_some_and(|h| h == "localhost" || h.starts_with("127.") || h == "[::1]") {
            client = client.no_proxy();
        }
        let client =
            client.build().map_err(|e| PullError::Network { url: mirror.to_owned(), why: e.to_string() })?;
        Ok(Self { client, base, token })
    }

    /// The address of a file on the hub.
    pub(crate) fn url(&self, file: &File) -> String {
        let base = self.base.as_str().trim_end_matches('/');
        let source = file.source.as_deref().unwrap_or(&file.path);
        // A branch such as refs/pr/1 is one segment.
        let revision = file.revision.replace('/', "%2F");
        format!("{base}/{}/resolve/{revision}/{source}", file.repository)
    }

    /// Asks for a file or a part of it; the answer has status 200 or 206, or 416 where the file is empty.
    pub(crate) async fn get(&self, url: &str, part: Part<'_>) -> Result<(Response, Announced), Trouble> {
        let mut at = Url::parse(url).map_err(|_| Trouble::Fatal(PullError::Mirror(url.to_owned())))?;
        let mut announced = Announced::default();
        for _ in 0..REDIRECTS {
            let ours = at.origin() == self.base.origin();
            let mut request = self.client.get(at.clone()).header(header::ACCEPT_ENCODING, "identity");
            if let Part::Range(start, end, tag) = part {
                request = request.header(header::RANGE, format!("bytes={start}-{}", end.saturating_sub(1)));
                if let Some(tag) = tag {
                    request = request.header(header::IF_RANGE, tag);
                }
            }
            if let Some(Token(token)) = self.token.as_ref().filter(|_| ours) {
                request = request.bearer_auth(token);
            }
            // The address of a redirect holds signatures, so keep it out of messages.
            let answer = request.send().await.map_err(|e| Trouble::Again(why(e), None))?;
            if ours {
                announced.hear(answer.headers());
            }
            let status = answer.status();
            if status.is_redirection() {
                at = self.follow(&at, &answer)?;
                continue;
            }
            return match status {
                StatusCode::OK | StatusCode::PARTIAL_CONTENT => {
                    announced.receive(&answer, ours);
                    Ok((answer, announced))
                }
                StatusCode::RANGE_NOT_SATISFIABLE if total(answer.headers()) == Some(0) => {
                    announced.size = Some(0);
                    Ok((answer, announced))
                }
                _ => Err(refused(url, &answer, ours)),
            };
        }
        Err(Trouble::Again("too many redirects".to_owned(), None))
    }

    fn follow(&self, at: &Url, answer: &Response) -> Result<Url, Trouble> {
        let to = answer.headers().get(header::LOCATION).and_then(|l| l.to_str().ok());
        let next = to.and_then(|l| at.join(l).ok()).filter(|u| matches!(u.scheme(), "http" | "https"));
        let next = next.ok_or_else(|| Trouble::Again("a redirect to nowhere".to_owned(), None))?;
        if at.scheme() == "https" && next.scheme() == "http" {
            return Err(Trouble::Again("a redirect from https to http".to_owned(), None));
        }
        Ok(next)
    }
}

impl Announced {
    /// Takes the hub's own headers, of answers on the way to the bytes.
    fn hear(&mut self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(unquoted);
        if let Some(size) = text("x-linked-size").and_then(|s| s.parse().ok()) {
            self.size = Some(size);
        }
        if let Some(tag) = text("x-linked-etag") {
            self.name(&tag);
        }
        if let Some(commit) = text("x-repo-commit") {
            self.commit = Some(commit);
        }
    }

    /// Takes the headers of the answer with the bytes.
    fn receive(&mut self, answer: &Response, ours: bool) {
        let headers = answer.headers();
        let found = if answer.status() == StatusCode::PARTIAL_CONTENT {
            total(headers)
        } else {
            headers.get(header::CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse().ok())
        };
        self.size = found.or(self.size);
        let tag = headers.get(header::ETAG).and_then(|t| t.to_str().ok());
        self.etag = tag.filter(|t| t.starts_with('"')).map(str::to_owned);
        // The hub's statements about the stored file have priority over the tag of this answer.
        if ours
            && self.sha256.is_none()
            && let Some(tag) = tag
        {
            self.name(&unquoted(tag));
        }
    }

    /// Takes a tag that is a checksum.
    fn name(&mut self, tag: &str) {
        let hexadecimal = tag.bytes().all(|b| b.is_ascii_hexdigit());
        match tag.len() {
            64 if hexadecimal => self.sha256 = Some(tag.to_ascii_lowercase()),
            40 if hexadecimal && self.sha256.is_none() => self.blob = Some(tag.to_ascii_lowercase()),
            _ => {}
        }
    }

    /// Whether both describe the same bytes, as far as can be told.
    pub(crate) fn same(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        agree(self.size.as_ref(), other.size.as_ref())
            && agree(self.sha256.as_ref(), other.sha256.as_ref())
            && agree(self.blob.as_ref(), other.blob.as_ref())
            && agree(self.etag.as_ref(), other.etag.as_ref())
    }
}

/// Start and end (exclusive) of the range in a partial answer.
pub(crate) fn part(headers: &HeaderMap) -> Option<(u64, u64)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (start, end) = text.split_once('/')?.0.split_once('-')?;
    Some((start.parse().ok()?, end.parse::<u64>().ok()?.checked_add(1)?))
}

fn total(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_RANGE)?.to_str().ok()?.rsplit_once('/')?.1.parse().ok()
}

fn refused(url: &str, answer: &Response, ours: bool) -> Trouble {
    let status = answer.status();
    match status.as_u16() {
        // An expired signed address answers 403, too; another attempt gets a new address from the hub.
        401 | 403 if ours => {
            Trouble::Fatal(PullError::Denied { url: url.to_owned(), status: status.as_u16() })
        }
        404 | 410 if ours => Trouble::Fatal(PullError::NotFound(url.to_owned())),
        _ => Trouble::Again(format!("status {}", status.as_u16()), pause(answer.headers())),
    }
}

/// `Retry-After`, in seconds or as a date.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// The innermost cause, without any address.
pub(crate) fn why(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn unquoted(tag: &str) -> String {
    tag.trim_start_matches("W/").trim_matches('"').to_owned()
}

fn without_user(url: &str) -> String {
    match (url.find("//"), url.rfind('@')) {
        (Some(a), Some(b)) if b > a => format!("{}{}", &url[..a + 2], &url[b + 1..]),
        _ => url.to_owned(),
    }
}
