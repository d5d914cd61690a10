//! The engine that asks an endpoint. It blocks, as engines do: the request itself is a task of the
//! runtime, and the engine's thread tells every half second that it waits, and hears whether it still
//! shall.

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
use drape_core::engine::{Drawn, Engine, EngineFailure, Progress, Request};
use drape_core::job::FailureReason;
use drape_core::photo::Photo;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::call::{Caller, Left, Question};
use super::exchange::Exchange;
use super::target::Target;
use super::verdict::Verdict;
use super::wire::{Answer, Form, Invocation};

/// The name in jobs, looks and settings.
pub const ENGINE: &str = "sagemaker";
/// The stage that people see while the endpoint works.
const STAGE: &str = "endpoint";
/// How often the engine says that it waits, and hears whether it shall.
const BEAT: Duration = Duration::from_millis(500);

/// How long to wait for what.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For looks, everything included.
    pub total: Duration,
    /// For one answer of the service. Real-time endpoints answer within 60 seconds.
    pub attempt: Duration,
    /// From one look for an asynchronous answer to the next.
    pub poll: Duration,
    /// Before the second try, at most; twice as long before the third, and so on.
    pub first_pause: Duration,
    /// Before any try, at most.
    pub longest_pause: Duration,
    /// Bytes beyond which photos go through the object store. The service's own bounds hold besides.
    pub inline: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(900),
            // What the API reference advises for models that take nearly 60 seconds.
            attempt: Duration::from_secs(70),
            poll: Duration::from_secs(1),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(20),
            inline: usize::MAX,
        }
    }
}

/// Who asks, and where. What is not said comes from the environment, the profile or the machine's role,
/// as in every program that uses AWS; `AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME` names another address.
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
pub struct Remote {
    runtime: Handle,
    caller: Arc<Caller>,
}

impl Remote {
    /// The engine of an endpoint; nothing is sent yet. Asynchronous endpoints need an `exchange`, and so
    /// do large photos. Runs on the current runtime.
    pub async fn new(target: Target, access: Access, exchange: Option<Exchange>, patience: Patience) -> Self {
        let tls = Provider::Rustls(CryptoMode::Ring);
        let http = aws_smithy_http_client::Builder::new().tls_provider(tls).build_https();
        // Tries and their end are counted in `call`, which knows what the container says.
        let timeouts =
            TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(patience.attempt);
        let mut config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts.build());
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
        let caller = Caller { client, target, exchange, patience };
        Self { runtime: Handle::current(), caller: Arc::new(caller) }
    }

    /// Waits for the answer, and says so.
    fn wait(
        &self,
        question: Question,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<(Answer, Vec<Bytes>), EngineFailure> {
        let (tell, told) = mpsc::channel();
        let left = Arc::new(Left::default());
        let (caller, noted) = (Arc::clone(&self.caller), Arc::clone(&left));
        let task = self.runtime.spawn(async move {
            // Fails only when nobody waits any more.
            let _ = tell.send(caller.call(&question, &noted).await);
        });
        let outcome = loop {
            if !progress(Progress { stage: STAGE, step: 0, total: 0, preview: None }) {
                // Hangs up; the container stops with the next step of its engine.
                task.abort();
                break Err(EngineFailure::Cancelled);
            }
            match told.recv_timeout(BEAT) {
                Ok(Ok(answer)) => break Ok(answer),
                Ok(Err(Verdict::Over(failure))) => break Err(failure),
                Ok(Err(Verdict::Again { why, .. })) => break Err(failed(why)),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    break Err(failed("the request ended in a panic"));
                }
            }
        };
        let caller = Arc::clone(&self.caller);
        self.runtime.spawn(async move {
            // Only when the task is over is it known what it left.
            let _ = task.await;
            caller.tidy(&left).await;
        });
        outcome
    }
}

impl Engine for Remote {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn generate(
        &self,
        request: Request<'_>,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Vec<Drawn>, EngineFailure> {
        let invocation = Invocation {
            style: Some(request.style.clone()),
            seeds: request.seeds.to_vec(),
            subject: Some(request.subject),
            settings: Some(request.settings.clone()),
            format: Some(Form::Png),
            language: Some(request.style.language),
            ..Invocation::default()
        };
        let photos = request.photos.iter().map(|p| Bytes::copy_from_slice(p)).collect();
        let question = Question { invocation, photos, id: uuid::Uuid::now_v7().to_string() };
        let (answer, pictures) = self.wait(question, progress)?;
        let fits = pictures.len() == request.seeds.len()
            && answer.seeds == request.seeds
            && answer.photos.len() == pictures.len()
            && answer.reports.len() == pictures.len()
            && answer.photos.iter().all(|&k| k < request.photos.len());
        if !fits {
            return Err(failed("the answer is to another question"));
        }
        let of_look = |(k, picture): (usize, Bytes)| {
            let picture =
                Photo::decode(&picture).map_err(|e| failed(format!("a look is no picture: {e}")))?;
            let report = report(answer.reports[k].clone(), &answer.engine);
            Ok(Drawn { picture, photo: answer.photos[k], report })
        };
        pictures.into_iter().enumerate().map(of_look).collect()
    }
}

/// The container's report under this engine's name, with the container's beside it.
fn report(mut report: Value, engine: &str) -> Value {
    if !report.is_object() {
        report = json!({});
    }
    report["engine"] = json!(ENGINE);
    report["endpoint_engine"] = json!(engine);
    report
}

fn failed(detail: impl Into<String>) -> EngineFailure {
    EngineFailure::Failed { reason: FailureReason::EngineFailed, detail: detail.into() }
}
