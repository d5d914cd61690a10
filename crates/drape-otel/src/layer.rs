//! Turns spans of `tracing` into spans of OpenTelemetry when they end. Their ids are those in the log, which
//! travel between processes; a span without its own id gets a new one below its parent.

use std::cell::Cell;
use std::fmt::Debug;
use std::time::SystemTime;

use drape_core::trace::{SpanId, TraceId};
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceState,
};
use opentelemetry::{Context as Otel, KeyValue};
use opentelemetry_sdk::trace::{IdGenerator, SdkTracer};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The spans that are sent, by their names in the program.
const SENT: [(&str, SpanKind); 4] = [
    ("request", SpanKind::Server),
    ("hand_over", SpanKind::Producer),
    ("job", SpanKind::Consumer),
    ("engine", SpanKind::Internal),
];

/// Outcomes that are not failures.
const WELL: [&str; 7] = ["done", "cancelled", "sent", "given_back", "fenced", "unwanted", "later"];

/// Names of fields in the log, and of attributes (OpenTelemetry's conventions where there are any).
const ATTRIBUTES: [(&str, &str); 8] = [
    ("method", "http.request.method"),
    ("route", "http.route"),
    ("status", "http.response.status_code"),
    ("job", "drape.job.id"),
    ("attempt", "drape.job.attempt"),
    ("engine", "drape.engine"),
    ("batch", "drape.engine.batch"),
    ("outcome", "drape.outcome"),
];

pub(crate) fn layer<S>(tracer: SdkTracer) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + 'static,
{
    Spans { tracer }.with_filter(filter_fn(wanted))
}

fn wanted(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with("drape") && kind(metadata.name()).is_some()
}

fn kind(name: &str) -> Option<SpanKind> {
    SENT.iter().find(|(known, _)| *known == name).map(|(_, kind)| kind.clone())
}

struct Spans {
    tracer: SdkTracer,
}

/// The data of a span until it ends.
struct Piece {
    trace: TraceId,
    span: SpanId,
    parent: Option<SpanId>,
    started: SystemTime,
    fields: Fields,
}

/// A span's fields.
#[derive(Default)]
struct Fields {
    trace: Option<TraceId>,
    span: Option<SpanId>,
    parent: Option<SpanId>,
    /// The caller chose not to record this trace.
    unsampled: bool,
    /// When the outcome was known; a job's span stays open until the rest of its batch is done.
    ended: Option<SystemTime>,
    failed: bool,
    attributes: Vec<KeyValue>,
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'a> LookupSpan<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let above = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            extensions.get::<Piece>().map(|p| (p.trace, p.span, p.fields.unsampled))
        });
        let Some(trace) = fields.trace.or(above.map(|(trace, ..)| trace)) else { return };
        // A parent in this process counts only if the fields name no trace.
        let below = above.filter(|_| fields.trace.is_none());
        fields.unsampled |= below.is_some_and(|(.., unsampled)| unsampled);
        let piece = Piece {
            trace,
            span: fields.span.unwrap_or_else(|| SpanId::new(rand::random())),
            parent: fields.parent.or(below.map(|(_, span, _)| span)),
            started: SystemTime::now(),
            fields,
        };
        span.extensions_mut().insert(piece);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(piece) = span.extensions_mut().get_mut::<Piece>()
        {
            values.record(&mut piece.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(piece) = span.extensions_mut().remove::<Piece>() else { return };
        if !piece.fields.unsampled {
            self.send(span.name(), piece);
        }
    }
}

impl Spans {
    fn send(&self, name: &'static str, piece: Piece) {
        let Piece { trace, span, parent, started, fields } = piece;
        let above = parent.map_or_else(Otel::new, |parent| {
            let (trace, parent) = (trace.number().into(), parent.number().into());
            let flags = TraceFlags::SAMPLED;
            Otel::new().with_remote_span_context(SpanContext::new(
                trace,
                parent,
                flags,
                true,
                TraceState::NONE,
            ))
        });
        let title = fields.title(name);
        let builder = SpanBuilder::from_name(title)
            .with_kind(kind(name).unwrap_or(SpanKind::Internal))
            .with_start_time(started)
            .with_attributes(fields.attributes);
        NEXT.set(Some((trace, span)));
        let mut sent = builder.start_with_context(&self.tracer, &above);
        if fields.failed {
            sent.set_status(Status::error(""));
        }
        sent.end_with_timestamp(fields.ended.unwrap_or_else(SystemTime::now));
    }
}

impl Fields {
    /// `POST /api/v1/jobs`, `job retouch`: few distinct names, since collectors group traces by name.
    fn title(&self, name: &'static str) -> String {
        let parts = ["http.request.method", "http.route", "drape.engine"];
        let found = parts.iter().filter_map(|key| {
            let attribute = self.attributes.iter().find(|a| a.key.as_str() == *key)?;
            Some(attribute.value.as_str().into_owned())
        });
        let found: Vec<String> = found.collect();
        match (name, found.is_empty()) {
            ("request", false) => found.join(" "),
            (_, false) => format!("{name} {}", found.join(" ")),
            (_, true) => name.to_owned(),
        }
    }

    fn keep(&mut self, field: &Field, value: impl Into<opentelemetry::Value>) {
        let Some((_, key)) = ATTRIBUTES.iter().find(|(name, _)| *name == field.name()) else { return };
        self.attributes.push(KeyValue::new(*key, value));
    }
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.ended = Some(SystemTime::now());
            self.failed = value >= 500;
        }
        self.keep(field, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "sampled" {
            self.unsampled = !value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "trace_id" => self.trace = value.parse().ok(),
            "span_id" => self.span = value.parse().ok(),
            "parent_id" => self.parent = value.parse().ok(),
            "outcome" => {
                self.ended = Some(SystemTime::now());
                self.failed = !WELL.contains(&value);
                self.keep(field, value.to_owned());
            }
            _ => self.keep(field, value.to_owned()),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

thread_local! {
    /// The ids of the span that this thread makes next.
    static NEXT: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

/// Hands the SDK the ids in [`NEXT`].
#[derive(Debug)]
pub(crate) struct Ids;

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> opentelemetry::TraceId {
        NEXT.get().map_or_else(rand::random::<u128>, |(trace, _)| trace.number()).into()
    }

    fn new_span_id(&self) -> opentelemetry::SpanId {
        NEXT.get().map_or_else(rand::random::<u64>, |(_, span)| span.number()).into()
    }
}
