//! `drape serve-model`: the container of a SageMaker endpoint, from settings.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use drape_core::engine::Engine;
use drape_core::language::Language;
use drape_remote::sagemaker::{Container, Limits};

use crate::failure::Failure;
use crate::lang::{Lang, LogFormat};
use crate::log::{self, LogLines};
use crate::{prefixed_store, serve, terminal};

/// Where SageMaker unpacks a model's artefacts.
const ARTEFACTS: &str = "/opt/ml/model";
/// SageMaker's default port.
const PORT: u16 = 8080;

#[derive(Args)]
#[command(
    after_help = "Fulfils SageMaker's contract: GET /ping answers 200 when the model is loaded, POST /invocations\nmakes looks. SageMaker starts an image with the argument `serve`; with the entry point\n[\"drape\", \"serve-model\"] that is `drape serve-model serve`, and means the same. Models are looked for\nin /opt/ml/model where that is there. See docs/sagemaker.md."
)]
pub(crate) struct ServeModelArgs {
    /// The word with which SageMaker starts a container
    #[arg(hide = true, value_parser = ["serve"])]
    word: Option<String>,
    /// Address to listen on [default: 0.0.0.0:8080, with the port of SAGEMAKER_BIND_TO_PORT where set]
    #[arg(long, env = "DRAPE_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The port that SageMaker asks for
    #[arg(long, hide = true, env = "SAGEMAKER_BIND_TO_PORT", value_name = "PORT")]
    port: Option<u16>,
    /// What makes the pictures
    #[arg(long, env = "DRAPE_ENGINE", value_enum, default_value = "photomaker")]
    engine: ModelEngine,
    // Used for requests that name keys instead of sending bytes; without it such requests are refused.
    #[command(flatten)]
    blobs: crate::places::BlobArgs,
    /// What keys have to begin with; nothing else is read or written
    #[arg(long, env = "DRAPE_BLOBS_PREFIX", value_name = "PREFIX", default_value = "sagemaker")]
    blobs_prefix: String,
    /// Seconds that a request may take, waiting included: 60 for real-time endpoints, up to 3600 for
    /// asynchronous ones
    #[arg(long, env = "DRAPE_TIMEOUT_SECONDS", default_value_t = 60, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout_seconds: u64,
    /// Most requests in hand; beyond it they are answered 429
    #[arg(long, env = "DRAPE_WAITING", default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    waiting: u16,
    /// Most requests that go to the engine together
    #[arg(long, env = "DRAPE_BATCH", default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    batch: u16,
    /// Most MiB of a request and of an answer; SageMaker hands on 25 MB at most
    #[arg(long, env = "DRAPE_BODY_MIB", default_value_t = 25, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    body_mib: u16,
    /// Form of the log on stderr
    #[arg(long, env = "DRAPE_LOG_FORMAT", value_enum, default_value = "json")]
    log_format: LogFormat,
    /// What is logged: error, warn, info, debug, or per module
    #[arg(long, env = "DRAPE_LOG", default_value = "info", value_name = "FILTER")]
    log: String,
    #[command(flatten)]
    paint: crate::paint::PaintArgs,
}

/// What makes the pictures of a container.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModelEngine {
    /// Paints a new picture of the person: SDXL with PhotoMaker, with weights of your own
    Photomaker,
    /// Changes the clothes in the photo itself, on the processor
    Retouch,
    /// Answers the photo itself, step by step; for tests
    #[cfg(feature = "test-engines")]
    #[value(hide = true)]
    Still,
}

pub(crate) fn run(args: &ServeModelArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    log::start_plain(LogLines { filter: &args.log, format: args.log_format })?;
    serve::runtime()?.block_on(contain(args, language))
}

async fn contain(args: &ServeModelArgs, language: Language) -> Result<(), Failure> {
    args.blobs.check(language)?;
    let store = match &args.blobs.blobs {
        Some(place) => {
            let options = args.blobs.options();
            Some(prefixed_store::open("--blobs", place, &options, &args.blobs_prefix, language).await?)
        }
        None => None,
    };
    let limits = Limits {
        body: usize::from(args.body_mib) << 20,
        waiting: args.waiting.into(),
        batch: args.batch.into(),
        timeout: Duration::from_secs(args.timeout_seconds),
        ..Limits::default()
    };
    let container = Container::new(limits, store);
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, args.port.unwrap_or(PORT)));
    let listener = serve::listen(args.listen.unwrap_or(anywhere), "--listen", language).await?;
    let address = listener.local_addr().map_err(|e| Failure::internal(e.to_string()))?;
    let stop = serve::signals();
    // Pings are answered (503) while the model loads, which takes a minute or two.
    terminal::say(&format!("listening on http://{address}"));
    let mut served = tokio::spawn(container.clone().serve(listener, stop));
    let (engine, mut paint) = (args.engine, args.paint.clone());
    if paint.models.is_none() && Path::new(ARTEFACTS).is_dir() {
        paint.models = Some(ARTEFACTS.into());
    }
    let loading = tokio::task::spawn_blocking(move || load(engine, &paint, language));
    let ended = |end: Result<std::io::Result<()>, tokio::task::JoinError>| {
        let end = end.map_err(|e| Failure::internal(e.to_string()))?;
        end.map_err(|e| Failure::internal(e.to_string()))
    };
    tokio::select! {
        // The container was told to stop before it was ready. The end of the process also ends the loading.
        end = &mut served => return ended(end).map(|()| std::process::exit(0)),
        loaded = loading => {
            let engine = loaded.map_err(|e| Failure::internal(e.to_string()))??;
            tracing::info!(engine = engine.name(), "ready");
            container.ready(engine).map_err(|e| Failure::internal(e.to_string()))?;
        }
    }
    ended(served.await)
}

/// The engine, with everything it needs in memory.
fn load(
    engine: ModelEngine,
    paint: &crate::paint::PaintArgs,
    language: Language,
) -> Result<Arc<dyn Engine>, Failure> {
    Ok(match engine {
        #[cfg(feature = "test-engines")]
        ModelEngine::Still => crate::test_engines::TestEngine::Still.engine(),
        ModelEngine::Retouch => serve::parser(language)?,
        ModelEngine::Photomaker => paint.loaded(&serve::parser(language)?, language)?.engine,
    })
}
