//! The SDK's requests over the program's own HTTP client. The SDK's thread has no runtime, so each request
//! runs on the program's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

/// Time limit of a request.
const AT_MOST: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Client {
    runtime: Handle,
    http: reqwest::Client,
    /// Whether the last request failed: only changes are logged.
    failing: Arc<AtomicBool>,
}

impl Client {
    pub(crate) fn new(runtime: Handle) -> Result<Self, String> {
        // Fails only if a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(AT_MOST)
            .build()
            .map_err(|e| e.to_string())?;
        Ok(Self { runtime, http, failing: Arc::default() })
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (http, failing) = (self.http.clone(), Arc::clone(&self.failing));
        let sent = self.runtime.spawn(async move {
            let answer = post(&http, request).await;
            let why = match &answer {
                Ok(answer) if answer.status().is_success() => None,
                Ok(answer) => Some(answer.status().to_string()),
                Err(e) => Some(e.to_string()),
            };
            match (failing.swap(why.is_some(), Ordering::Relaxed), why) {
                (false, Some(why)) => tracing::warn!(why, "traces cannot be sent"),
                (true, None) => tracing::info!("traces are sent again"),
                _ => {}
            }
            answer
        });
        sent.await?
    }
}

async fn post(http: &reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    // Errors do not name the address: it may hold a password.
    let request = reqwest::Request::try_from(request).map_err(reqwest::Error::without_url)?;
    let answer = http.execute(request).await.map_err(reqwest::Error::without_url)?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let body = answer.bytes().await.map_err(reqwest::Error::without_url)?;
    Ok(response.body(body)?)
}
