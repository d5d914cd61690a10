//! The engine that calls a SageMaker endpoint, made from settings.

use std::sync::Arc;
#[cfg(feature = "cloud")]
use std::time::Duration;

use clap::Args;
use drape_core::engine::Engine;
use drape_core::language::Language;
pub(crate) use drape_remote::sagemaker::ENGINE;
use drape_remote::sagemaker::Target;
#[cfg(feature = "cloud")]
use drape_remote::sagemaker::{Access, EndpointEngine, Timeouts};
use drape_store::{Blobs, S3Options};

use crate::failure::Failure;
#[cfg(not(feature = "cloud"))]
use crate::parts::Part;
#[cfg(feature = "cloud")]
use crate::prefixed_store;

/// The engine of an endpoint.
#[derive(Args)]
#[command(next_help_heading = "SageMaker endpoint")]
pub(crate) struct SageMakerArgs {
    /// Where photos and looks lie that are too large for a request, and all of asynchronous endpoints;
    /// the endpoint reads and writes there, too. Credentials and region come as for every AWS program
    #[arg(long, env = "DRAPE_SAGEMAKER_BLOBS", value_name = "DIR|s3://BUCKET/PREFIX")]
    sagemaker_blobs: Option<Blobs>,
    /// What the keys there begin with; nothing else is touched
    #[arg(long, env = "DRAPE_SAGEMAKER_PREFIX", value_name = "PREFIX", default_value = "sagemaker")]
    sagemaker_prefix: String,
    /// Seconds that a job waits for the endpoint in all, tries and its queue included
    #[arg(long, env = "DRAPE_SAGEMAKER_TIMEOUT_SECONDS", default_value_t = 900, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=21_600))]
    sagemaker_timeout_seconds: u64,
}

impl SageMakerArgs {
    /// The engine; nothing is sent yet.
    #[cfg(feature = "cloud")]
    pub(crate) async fn engine(
        &self,
        target: Option<&Target>,
        options: &S3Options,
        language: Language,
    ) -> Result<Arc<dyn Engine>, Failure> {
        // The parser has already refused `--engine sagemaker` without an endpoint.
        let target = target.ok_or_else(|| Failure::input("--engine sagemaker://ENDPOINT"))?;
        let store = match &self.sagemaker_blobs {
            Some(place) => {
                let prefix = &self.sagemaker_prefix;
                Some(prefixed_store::open("--sagemaker-blobs", place, options, prefix, language).await?)
            }
            None if target.asynchronous => {
                return Err(Failure::input(language.pick(
                    format!("{target}: 비동기 엔드포인트에는 --sagemaker-blobs가 필요해요."),
                    format!("{target}: asynchronous endpoints need --sagemaker-blobs."),
                )));
            }
            None => None,
        };
        let total = Duration::from_secs(self.sagemaker_timeout_seconds);
        let timeouts = Timeouts { total, ..Timeouts::default() };
        tracing::info!(%target, "photos of jobs with the engine sagemaker leave this machine");
        Ok(Arc::new(EndpointEngine::new(target.clone(), Access::default(), store, timeouts).await))
    }

    /// No engine: this program has no client of SageMaker.
    #[cfg(not(feature = "cloud"))]
    #[expect(clippy::unused_async, reason = "the client that other builds hold is opened asynchronously")]
    pub(crate) async fn engine(
        &self,
        target: Option<&Target>,
        _options: &S3Options,
        language: Language,
    ) -> Result<Arc<dyn Engine>, Failure> {
        let setting = target.map_or_else(|| ENGINE.to_owned(), Target::to_string);
        Err(Part::Cloud.absent(&format!("--engine {setting}"), language))
    }
}
