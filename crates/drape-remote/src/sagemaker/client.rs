//! The engine that calls an endpoint. It blocks, as engines do: the call is a task of the runtime, while the
//! engine's thread reports every half second that it waits, and learns whether to continue.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_sagemakerruntime::Client;
use aws_sdk_sagemakerruntime::config::retry::RetryConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use bytes::Bytes;
use drape_core::engine::{Drawn, Engine, EngineFailure, Generated, Progress, Request, Stage};
use drape_core::job::FailureReason;
use drape_core::photo::Photo;
use drape_core::report::Report;
use tokio::runtime::Handle;

use super::call::{Call, EndpointClient, Leftovers};
use super::call_error::CallError;
use super::prefixed_store::PrefixedStore;
use super::target::{ENGINE, Target};
use super::timeouts::Timeouts;
use super::wire::{Answer, Invocation, PictureFormat};

/// Pause between two reports that the engine still waits.
const BEAT: Duration = Duration::from_millis(500);

/// Credentials and address. Absent values come from the environment, the profile or the machine's role, as in
/// every program that uses AWS; `AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME` sets another address.
#[derive(Clone, Default)]
pub struct Access {
    /// Id and secret of an access key.
    pub key: Option<(String, String)>,
    /// Address of the service.
    pub url: Option<String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("url", &self.url).finish_non_exhaustive()
    }
}

/// An endpoint as an engine.
#[derive(Debug)]
pub struct EndpointEngine {
    runtime: Handle,
    client: Arc<EndpointClient>,
}

impl EndpointEngine {
    /// The engine of an endpoint; nothing is sent yet. Asynchronous endpoints and large photos need a `store`.
    /// Its calls run on the current runtime.
    pub async fn new(
        target: Target,
        access: Access,
        store: Option<PrefixedStore>,
        timeouts: Timeouts,
    ) -> Self {
        let tls = Provider::Rustls(CryptoMode::Ring);
        let http = aws_smithy_http_client::Builder::new().tls_provider(tls).build_https();
        // `call` retries instead of the SDK, because it understands the container's errors.
        let sdk_timeouts =
            TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(timeouts.attempt);
        let mut config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .timeout_config(sdk_timeouts.build());
        if let Some(region) = &target.region {
            config = config.region(Region::new(region.clone()));
        }
        if let Some((id, secret)) = access.key {
            config = config.credentials_provider(Credentials::new(id, secret, None, None, "settings"));
        }
        if let Some(url) = access.url {
            config = config.endpoint_url(url);
        }
        let client = Client::new(&config.load().await);
        let client = EndpointClient { client, target, store, timeouts };
        Self { runtime: Handle::current(), client: Arc::new(client) }
    }

    /// Waits for the answer, and meanwhile reports that it waits.
    fn wait(
        &self,
        call: Call,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<(Answer, Vec<Bytes>), EngineFailure> {
        let (answered, answer) = mpsc::sync_channel(1);
        let leftovers = Arc::new(Leftovers::default());
        let (client, noted) = (Arc::clone(&self.client), Arc::clone(&leftovers));
        let task = self.runtime.spawn(async move {
            // The channel has room for this one answer; it is dropped if the call was cancelled.
            let _ = answered.try_send(client.call(&call, &noted).await);
        });
        let outcome = loop {
            if !progress(Progress { stage: Stage::Endpoint, step: 0, total: 0, preview: None }) {
                // The connection closes, so the container cancels the request at the next step of its engine.
                task.abort();
                break Err(EngineFailure::Cancelled);
            }
            match answer.recv_timeout(BEAT) {
                Ok(Ok(answer)) => break Ok(answer),
                Ok(Err(CallError::Permanent(failure))) => break Err(failure),
                Ok(Err(CallError::Transient { why, .. })) => break Err(failed(why)),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    break Err(failed("the call panicked"));
                }
            }
        };
        let client = Arc::clone(&self.client);
        self.runtime.spawn(async move {
            // The leftovers are complete only when the task has ended.
            let _ = task.await;
            client.delete(&leftovers).await;
        });
        outcome
    }
}

impl Engine for EndpointEngine {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated {
        let invocation = Invocation {
            style: Some(request.style.clone()),
            seeds: request.seeds.to_vec(),
            subject: Some(request.subject),
            settings: Some(request.settings.clone()),
            format: Some(PictureFormat::Png),
            language: Some(request.style.language),
            ..Invocation::default()
        };
        let photos = request.photos.iter().map(|p| Bytes::copy_from_slice(p)).collect();
        let call = Call { invocation, photos, id: uuid::Uuid::now_v7().to_string() };
        let (answer, pictures) = self.wait(call, progress)?;
        let fits = pictures.len() == request.seeds.len()
            && answer.seeds == request.seeds
            && answer.photos.len() == pictures.len()
            && answer.reports.len() == pictures.len()
            && answer.photos.iter().all(|&k| k < request.photos.len());
        if !fits {
            return Err(failed("the answer does not fit the request"));
        }
        let of_look = |(k, picture): (usize, Bytes)| {
            let picture =
                Photo::decode(&picture).map_err(|e| failed(format!("a look cannot be decoded: {e}")))?;
            let (reported, seed) = (answer.reports[k].clone(), request.seeds[k]);
            // The report names this engine, and the container's engine beside it.
            let report = Report {
                engine: ENGINE.to_owned(),
                endpoint_engine: Some(answer.engine.clone()),
                ..reported.unwrap_or_else(|| Report::new(ENGINE, request.style, seed))
            };
            Ok(Drawn { picture, photo: answer.photos[k], report })
        };
        pictures.into_iter().enumerate().map(of_look).collect()
    }
}

fn failed(detail: impl Into<String>) -> EngineFailure {
    EngineFailure::Failed { reason: FailureReason::EngineFailed, detail: detail.into() }
}
