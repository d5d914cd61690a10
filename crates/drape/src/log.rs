//! The program's output about its work: the log on stderr, and traces to a collector.

use clap::Args;
use drape_core::language::Language;
use tokio::runtime::Handle;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::failure::Failure;
use crate::lang::LogFormat;
use crate::parts::Part;

/// Where traces go.
#[derive(Args, Clone)]
pub(crate) struct OtelArgs {
    /// Collector of OpenTelemetry that gets traces by OTLP/HTTP (protobuf), such as http://127.0.0.1:4318;
    /// its other variables count as everywhere (OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_HEADERS,
    /// OTEL_TRACES_SAMPLER ..). Only in programs that were built with the feature `otel`
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", help_heading = "Log and metrics")]
    pub(crate) otel_endpoint: Option<String>,
}

impl OtelArgs {
    /// Checks that this program can send traces, if they are requested.
    pub(crate) fn check(&self, language: Language) -> Result<(), Failure> {
        let Some(endpoint) = &self.otel_endpoint else { return Ok(()) };
        Part::Otel.needed_by("--otel-endpoint (OTEL_EXPORTER_OTLP_ENDPOINT)", language)?;
        let web = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
        if web.is_none_or(|rest| rest.is_empty() || rest.contains(['?', '#', ' '])) {
            return Err(Failure::input(language.pick(
                "--otel-endpoint: http://127.0.0.1:4318처럼 적어 주세요.",
                "--otel-endpoint: write an address like http://127.0.0.1:4318.",
            )));
        }
        Ok(())
    }
}

/// Which lines are logged, and in which format.
#[derive(Clone, Copy)]
pub(crate) struct LogLines<'a> {
    pub(crate) filter: &'a str,
    pub(crate) format: LogFormat,
}

/// The part of logging that must end with the program.
pub(crate) struct Log {
    #[cfg(feature = "otel")]
    export: Option<drape_otel::Export>,
}

impl Log {
    /// Sends the remaining traces. The runtime must still run.
    pub(crate) fn end(self) {
        #[cfg(feature = "otel")]
        if let Some(export) = self.export {
            export.end();
        }
    }
}

/// Starts the log, and the traces of the service if they are requested.
pub(crate) fn start(
    otel: &OtelArgs,
    log: LogLines<'_>,
    service: &'static str,
    runtime: &Handle,
    language: Language,
) -> Result<Log, Failure> {
    otel.check(language)?;
    let lines = lines(log)?;
    #[cfg(feature = "otel")]
    {
        let export = otel.otel_endpoint.as_deref();
        let export = export.map(|endpoint| drape_otel::Export::new(endpoint, service, runtime));
        let export = export.transpose().map_err(|e| Failure::input(format!("--otel-endpoint: {e}")))?;
        let spans = export.as_ref().map(drape_otel::Export::layer);
        tracing_subscriber::registry().with(lines).with(spans).init();
        Ok(Log { export })
    }
    #[cfg(not(feature = "otel"))]
    {
        let (_, _) = (service, runtime);
        tracing_subscriber::registry().with(lines).init();
        Ok(Log {})
    }
}

/// Starts a log without traces.
pub(crate) fn start_plain(log: LogLines<'_>) -> Result<(), Failure> {
    tracing_subscriber::registry().with(lines(log)?).init();
    Ok(())
}

/// The log's lines, on stderr.
fn lines(
    LogLines { filter, format }: LogLines<'_>,
) -> Result<Box<dyn Layer<Registry> + Send + Sync>, Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|e| Failure::input(format!("--log: {e}")))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    Ok(match format {
        LogFormat::Text => lines.with_ansi(false).with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    })
}
