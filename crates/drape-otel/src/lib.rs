//! Sends spans of requests, jobs and engines to an OpenTelemetry collector, by OTLP over HTTP (protobuf).
//!
//! The flow: spans of `tracing` that belong to a trace ([`drape_core::trace`]) -> [`Export::layer`] turns
//! each into a span of OpenTelemetry when it ends, with the ids that are in the log and travel between
//! processes -> the SDK batches them -> `client` posts them. The SDK itself reads the standard's other
//! variables (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS`,
//! `OTEL_TRACES_SAMPLER`, `OTEL_BSP_…`).

mod client;
mod layer;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

/// How long the program waits at its end for spans that are not sent yet.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Sends spans until it is ended.
pub struct Export {
    provider: SdkTracerProvider,
}

impl Export {
    /// Prepares to send to a collector: `endpoint` is its base address (`http://127.0.0.1:4318`), to which
    /// `/v1/traces` is added. `service` names this process unless the environment does.
    /// Does not contact the collector yet.
    ///
    /// # Errors
    /// A bad address or variable.
    pub fn new(endpoint: &str, service: &'static str, runtime: &Handle) -> Result<Self, String> {
        let base = endpoint.trim_end_matches('/');
        let client = client::Client::new(runtime.clone())?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(format!("{base}/v1/traces"))
            .build()
            .map_err(|e| e.to_string())?;
        let resource = Resource::builder();
        let named = std::env::var_os("OTEL_SERVICE_NAME").is_some_and(|n| !n.is_empty())
            || std::env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|a| a.contains("service.name="));
        let resource = if named { resource } else { resource.with_service_name(service) };
        let provider = SdkTracerProvider::builder()
            .with_resource(
                resource
                    .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
                    .with_attribute(KeyValue::new("process.pid", i64::from(std::process::id())))
                    .build(),
            )
            .with_id_generator(layer::Ids)
            .with_batch_exporter(exporter)
            .build();
        Ok(Self { provider })
    }

    /// The layer that collects spans; its own filter makes it independent of the log's level.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + 'static,
    {
        layer::layer(self.provider.tracer("drape"))
    }

    /// Sends the remaining spans, within five seconds. Call it outside the runtime, which must still run.
    pub fn end(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST_WORDS) {
            tracing::warn!(%error, "the last traces may be lost");
        }
    }
}
