//! Spans as OpenTelemetry: what the program does for a request or a job, sent by OTLP over HTTP
//! (protobuf) to whoever collects traces.
//!
//! The flow: spans of `tracing` that have a place in a trace ([`drape_core::trace`]) -> [`Export::layer`]
//! makes a span of OpenTelemetry of each when it ends, with the very ids that are in the log and travel
//! between processes -> the SDK gathers them -> `client` posts them. Everything else that the standard's
//! variables say (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS`,
//! `OTEL_TRACES_SAMPLER`, `OTEL_BSP_…`) is read by the SDK.

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

/// How long the end of the program waits for what has not been sent.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Sends spans, until it is ended.
pub struct Export {
    provider: SdkTracerProvider,
}

impl Export {
    /// Prepares to send to a collector: `endpoint` is its base address (`http://127.0.0.1:4318`), to which
    /// `/v1/traces` is added. `service` is the name of this process where the environment says none.
    /// Nothing is asked of the collector yet.
    ///
    /// # Errors
    /// What is wrong with the address or the variables.
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

    /// The layer that sees the spans; it has a filter of its own, so that what is logged does not matter.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + 'static,
    {
        layer::layer(self.provider.tracer("drape"))
    }

    /// Sends what is left, for a few seconds at most. Call it outside of the runtime, which has to live.
    pub fn end(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST_WORDS) {
            tracing::warn!(%error, "the last traces may be lost");
        }
    }
}
