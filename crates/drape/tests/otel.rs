//! Traces as a collector receives them: two processes of the program, and a local OTLP receiver that decodes
//! their spans.

mod running;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as Code;
use prost::Message as _;
use reqwest::Method;
use serde_json::json;

use self::running::{Folder, Process, User};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A span as it arrived, with the service that sent it.
#[derive(Debug, Clone)]
struct Got {
    service: String,
    name: String,
    trace: String,
    span: String,
    parent: String,
    kind: SpanKind,
    failed: bool,
    times: (u64, u64),
    attributes: HashMap<String, String>,
}

/// The received spans, and the number of requests to refuse.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    refused: Arc<Mutex<u32>>,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(headers["x-key"], "for-tests-only");
    {
        let mut refused = receiver.refused.lock().expect("not poisoned");
        if *refused > 0 {
            *refused -= 1;
            return StatusCode::BAD_REQUEST;
        }
    }
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
    let mut got = receiver.got.lock().expect("not poisoned");
    for of_resource in request.resource_spans {
        let resource = attributes(of_resource.resource.expect("a resource").attributes);
        assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
        for span in of_resource.scope_spans.into_iter().flat_map(|s| s.spans) {
            got.push(Got {
                service: resource["service.name"].clone(),
                kind: span.kind(),
                trace: hex(&span.trace_id),
                span: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                failed: span.status.as_ref().is_some_and(|s| s.code() == Code::Error),
                times: (span.start_time_unix_nano, span.end_time_unix_nano),
                name: span.name,
                attributes: attributes(span.attributes),
            });
        }
    }
    StatusCode::OK
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn attributes(list: Vec<KeyValue>) -> HashMap<String, String> {
    let text = |value: Option<AnyValue>| match value.and_then(|v| v.value) {
        Some(Any::StringValue(text)) => text,
        Some(Any::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    list.into_iter().map(|a| (a.key, text(a.value))).collect()
}

/// Starts a receiver and returns it with its address.
async fn receiver() -> (Receiver, String) {
    let receiver = Receiver::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/v1/traces", post(receive)).with_state(receiver.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (receiver, format!("http://{address}"))
}

impl Receiver {
    fn spans(&self) -> Vec<Got> {
        self.got.lock().expect("not poisoned").clone()
    }

    /// The only span of this trace whose name begins with `name`.
    fn one(&self, name: &str) -> Got {
        let all = self.spans();
        let found: Vec<&Got> = all.iter().filter(|g| g.trace == TRACE && g.name.starts_with(name)).collect();
        assert_eq!(found.len(), 1, "{name} in {all:#?}");
        found[0].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn request_job_and_engine_are_one_trace_over_two_processes() {
    let (receiver, endpoint) = receiver().await;
    let folder = Folder::new("otel");
    // The log filter does not affect traces.
    let settings = [
        ("DRAPE_LOG", "off"),
        ("DRAPE_ENGINE", "still"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=for-tests-only"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ];
    let args = ["serve", "--listen", "127.0.0.1:0", "--workers", "0", "--otel-endpoint", &endpoint];
    let server = Process::start(&folder.0, &args, &settings);
    let worker = Process::start(&folder.0, &["worker", "--otel-endpoint", &endpoint], &settings);
    let user = User::enter(server.base()).await;
    let wish = json!({"sentence": "green tartan jacket", "photos": [user.photo().await], "variations": 2});
    let asked = user.request(Method::POST, "/api/v1/jobs").json(&wish);
    let answer = asked.header("traceparent", format!("00-{TRACE}-{CALLER}-01")).send().await;
    let answer = answer.expect("an answer");
    let job = answer.headers()["location"].to_str().expect("an address").to_owned();
    assert_eq!(user.ended(&job).await, "done");
    let healthy = user.client.get(format!("{}/healthz", user.base)).send().await.expect("an answer");
    assert_eq!(healthy.status(), 200);
    // A caller that wants no trace gets none.
    let quiet =
        user.request(Method::GET, "/api/v1/engines").header("traceparent", format!("00-{TRACE}-{CALLER}-00"));
    assert_eq!(quiet.send().await.expect("an answer").status(), 200);
    assert_eq!((worker.stop(), server.stop()), (Some(0), Some(0)));

    let (request, attempt, engine) =
        (receiver.one("POST /api/v1/jobs"), receiver.one("job still"), receiver.one("engine still"));
    assert_eq!((&*request.service, &*attempt.service), ("drape-server", "drape-worker"));
    assert_eq!(
        (request.kind, attempt.kind, engine.kind),
        (SpanKind::Server, SpanKind::Consumer, SpanKind::Internal)
    );
    let parents = [&request, &attempt, &engine].map(|g| g.parent.as_str());
    assert_eq!(parents, [CALLER, &request.span, &attempt.span]);
    for span in [&request, &attempt, &engine] {
        assert!(!span.failed && span.times.0 < span.times.1, "{span:?}");
    }
    assert!(attempt.times.0 <= engine.times.0 && engine.times.1 <= attempt.times.1);
    let id = job.rsplit('/').next().expect("an id");
    assert_eq!((&*attempt.attributes["drape.job.id"], &*attempt.attributes["drape.job.attempt"]), (id, "1"));
    assert_eq!(attempt.attributes["drape.outcome"], "done");
    assert_eq!(request.attributes["http.response.status_code"], "202");
    let all = receiver.spans();
    // Only these three are in the caller's trace; other requests have their own traces and no parents.
    assert_eq!(all.iter().filter(|g| g.trace == TRACE).count(), 3, "{all:#?}");
    let roots = all.iter().filter(|g| g.trace != TRACE && g.kind == SpanKind::Server);
    assert!(roots.clone().count() > 2 && roots.clone().all(|g| g.parent.is_empty()), "{all:#?}");
    assert!(all.iter().all(|g| g.name != "GET /healthz"), "{all:#?}");
    let said = format!("{all:?}");
    assert!(!said.contains("tartan"), "a sentence is in {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_holds_nobody_up() {
    let (receiver, endpoint) = receiver().await;
    *receiver.refused.lock().expect("not poisoned") = 1;
    let folder = Folder::new("otel-away");
    let log = folder.0.join("log");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=for-tests-only"),
        ("OTEL_SERVICE_NAME", "boutique"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ];
    let args = ["serve", "--listen", "127.0.0.1:0", "--engine", "still"];
    let file = std::fs::File::create(&log).expect("a file");
    let server = Process::start_with(&folder.0, &args, &settings, file);
    let user = User::enter(server.base()).await;
    while *receiver.refused.lock().expect("not poisoned") > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let photo = user.photo().await;
    let job = user.ask(&json!({"sentence": "red shirt", "photos": [photo]})).await;
    assert_eq!(user.ended(&job).await, "done");
    // A client error does not mark the span as failed.
    let nothing = user.request(Method::GET, "/api/v1/jobs/nothing").send().await.expect("an answer");
    assert!(nothing.status().is_client_error());
    assert_eq!(server.stop(), Some(0));
    let got = receiver.spans();
    assert!(got.iter().all(|g| g.service == "boutique" && !g.failed), "{got:#?}");
    // The spans of photo, job, engine and the final request: the last were sent at the end of the process.
    for name in ["POST /api/v1/photos", "job still", "engine still", "GET /api/v1/jobs/{id}"] {
        assert!(got.iter().any(|g| g.name == name), "{name} in {got:#?}");
    }
    let log = std::fs::read_to_string(log).expect("a log");
    assert_eq!(log.matches("traces cannot be sent").count(), 1, "{log}");
    assert_eq!(log.matches("traces are sent again").count(), 1, "{log}");
    // An endpoint without a listener has the same result.
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")];
    let server = Process::start(&folder.0, &args, &settings);
    let user = User::enter(server.base()).await;
    assert_eq!(user.request(Method::GET, "/api/v1/engines").send().await.expect("an answer").status(), 200);
    assert_eq!(server.stop(), Some(0));
}
