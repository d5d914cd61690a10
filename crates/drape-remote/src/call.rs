//! One question to a service of others over HTTP: bounded in time and size, without redirects, and without
//! an address in any error, for an address may hold a key.

use std::time::Duration;

use drape_core::answer::NoAnswer;
use reqwest::{Client, RequestBuilder, StatusCode};

/// What came back.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    /// Seconds after which the service wants to be asked again.
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Vec<u8>,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// No `https://` address. `http://` is taken for this machine alone.
    #[error("{0} is no https address")]
    Address(String),
    /// The client of HTTP cannot be made.
    #[error("HTTP client: {0}")]
    Client(String),
}

/// A client for one service. Whatever is connected to has to be https, except on this machine.
pub(crate) fn client(base: &str, timeout: Duration) -> Result<Client, SetUpError> {
    // Fails only when somebody was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|l| base.strip_prefix(l).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    if !local && !base.starts_with("https://") {
        return Err(SetUpError::Address(base.to_owned()));
    }
    let mut builder = Client::builder()
        // A redirect would take the key, and what was asked, to where nobody said it may go.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(concat!("drape/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeout)
        .timeout(timeout)
        .https_only(!local);
    if local {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|e| SetUpError::Client(e.without_url().to_string()))
}

/// Sends a request; the answer may have at most `most` bytes.
pub(crate) async fn send(
    request: RequestBuilder,
    within: Duration,
    most: usize,
) -> Result<Answered, NoAnswer> {
    let read = async {
        let mut answer = request.timeout(within).send().await.map_err(|e| fault(&e))?;
        let status = answer.status();
        let header = answer.headers().get("retry-after").and_then(|v| v.to_str().ok());
        let retry_after = header.and_then(|v| v.trim().parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| fault(&e))? {
            if body.len() + chunk.len() > most {
                return Err(NoAnswer::Malformed);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answered { status, retry_after, body })
    };
    tokio::time::timeout(within, read).await.unwrap_or(Err(NoAnswer::Timeout))
}

/// The kind alone: an error of the client may name the address.
fn fault(error: &reqwest::Error) -> NoAnswer {
    if error.is_timeout() {
        NoAnswer::Timeout
    } else if error.is_connect() {
        NoAnswer::Unreachable
    } else {
        NoAnswer::Failed
    }
}

impl Answered {
    /// What a status means where it is no success.
    pub(crate) fn refusal(&self) -> Option<NoAnswer> {
        match self.status {
            s if s.is_success() => None,
            StatusCode::TOO_MANY_REQUESTS => Some(NoAnswer::Quota),
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Some(NoAnswer::Timeout),
            s if s.is_client_error() => Some(NoAnswer::Refused),
            _ => Some(NoAnswer::Failed),
        }
    }

    /// Whether the same question may be answered a moment later.
    pub(crate) fn passing(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS || self.status.is_server_error()
    }
}
