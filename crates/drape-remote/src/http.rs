//! One HTTP request to another provider's service: bounded in time and size, and without redirects. No error
//! contains an address, because an address may contain a key.

use std::time::Duration;

use drape_core::answer::NoAnswer;
use reqwest::{Client, RequestBuilder, StatusCode};

/// An answer, whatever its status.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    /// Seconds after which the service allows another request.
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Vec<u8>,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// Not an `https://` address. `http://` is accepted only for this machine.
    #[error("{0} is not an https address")]
    Address(String),
    /// The HTTP client cannot be made.
    #[error("HTTP client: {0}")]
    Client(String),
}

/// A client for one service. Connections are https, except on this machine.
pub(crate) fn client(base: &str, timeout: Duration) -> Result<Client, SetUpError> {
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|l| base.strip_prefix(l).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    if !local && !base.starts_with("https://") {
        return Err(SetUpError::Address(base.to_owned()));
    }
    let mut builder = Client::builder()
        // A redirect would send the key and the request to an address that was not configured.
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

/// Sends a request. An answer of more than `most` bytes is [`NoAnswer::Malformed`].
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

/// Keeps only the kind of an error: its text may contain the address.
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
    /// Why there is no answer, unless the status is a success.
    pub(crate) fn refusal(&self) -> Option<NoAnswer> {
        match self.status {
            s if s.is_success() => None,
            StatusCode::TOO_MANY_REQUESTS => Some(NoAnswer::Quota),
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Some(NoAnswer::Timeout),
            s if s.is_client_error() => Some(NoAnswer::Refused),
            _ => Some(NoAnswer::Failed),
        }
    }

    /// Whether the same request may soon succeed.
    pub(crate) fn is_transient(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS || self.status.is_server_error()
    }
}
