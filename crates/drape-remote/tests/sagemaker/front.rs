//! A stand-in for SageMaker's runtime in front of a container.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use object_store::memory::InMemory;
use object_store::path::Path as Place;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::signature::{self, Account};

/// The account whose requests are accepted.
pub(crate) const ACCOUNT: Account =
    Account { id: "AKIDDRAPE", secret: "a/secret+of=the/tests", region: "ap-northeast-2" };
/// The bucket of the object store.
pub(crate) const BUCKET: &str = "s3://drape-test";
/// The name of the endpoint.
pub(crate) const ENDPOINT: &str = "drape-painter";

/// The faults between caller and container.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    /// Changes a letter of each body after it was signed.
    pub(crate) tamper: AtomicBool,
    /// Seconds that the front's clock is ahead.
    pub(crate) ahead: AtomicI64,
    /// Requests that are answered `ThrottlingException` before one is let through.
    pub(crate) throttle: AtomicU32,
    /// Requests that are answered `InternalFailure` before one is let through.
    pub(crate) failures: AtomicU32,
    /// Whether requests are never answered.
    pub(crate) hang: AtomicBool,
    /// Requests that arrived with a valid signature.
    pub(crate) asked: AtomicU32,
}

/// A running front.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) url: String,
    pub(crate) trouble: Arc<Trouble>,
    pub(crate) store: Arc<dyn ObjectStore>,
    container: String,
    client: reqwest::Client,
}

impl Front {
    /// Starts a front before the address of a container.
    pub(crate) async fn start(container: &str) -> Self {
        // Fails only if another test of the process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let front = Self {
            url: format!("http://{}", listener.local_addr().expect("an address")),
            trouble: Arc::default(),
            store: Arc::new(InMemory::new()),
            container: container.to_owned(),
            client,
        };
        let router = Router::new()
            .route("/endpoints/{name}/invocations", post(invoke))
            .route("/endpoints/{name}/async-invocations", post(invoke_later))
            .with_state(front.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        front
    }

    /// Checks a request as the service does.
    async fn admit(&self, name: &str, request: Request) -> Result<(HeaderMap, Bytes), Response> {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.expect("a body");
        let mut body = body.to_vec();
        if self.trouble.tamper.load(Ordering::Relaxed)
            && let Some(last) = body.last_mut()
        {
            *last = b' ';
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
        let now = i64::try_from(now).expect("a time") + self.trouble.ahead.load(Ordering::Relaxed);
        signature::check(&ACCOUNT, now, (&head.method, &head.uri, &head.headers, &body))
            .map_err(|(kind, why)| refuse(StatusCode::FORBIDDEN, kind, &json!({ "message": why })))?;
        self.trouble.asked.fetch_add(1, Ordering::Relaxed);
        if self.trouble.hang.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        let next = |count: &AtomicU32| {
            count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok()
        };
        if next(&self.trouble.throttle) {
            let why = json!({ "message": "Rate exceeded" });
            return Err(refuse(StatusCode::TOO_MANY_REQUESTS, "ThrottlingException", &why));
        }
        if next(&self.trouble.failures) {
            let why = json!({ "Message": "An internal failure occurred." });
            return Err(refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", &why));
        }
        if name != ENDPOINT {
            let why = json!({ "Message": format!("Endpoint {name} of account 111122223333 not found.") });
            return Err(refuse(StatusCode::BAD_REQUEST, "ValidationError", &why));
        }
        Ok((head.headers, body.into()))
    }

    /// Passes a request on, with the headers that SageMaker passes on.
    async fn hand_on(&self, headers: &HeaderMap, kind: &str, body: Bytes) -> (u16, String) {
        let mut request = self.client.post(format!("{}/invocations", self.container)).body(body);
        request = request.header("content-type", kind).header("accept", "application/json");
        if let Some(value) = headers.get("x-amzn-sagemaker-custom-attributes") {
            request = request.header("x-amzn-sagemaker-custom-attributes", value);
        }
        let answer = request.send().await.expect("the container answers");
        let status = answer.status().as_u16();
        // Asynchronous endpoints refuse a container's answer without this header.
        assert!(answer.headers().contains_key("content-length"), "an answer without its length");
        (status, answer.text().await.expect("text"))
    }
}

async fn invoke(State(front): State<Front>, Path(name): Path<String>, request: Request) -> Response {
    let (headers, body) = match front.admit(&name, request).await {
        Ok(admitted) => admitted,
        Err(refused) => return refused,
    };
    let kind = headers["content-type"].to_str().expect("text").to_owned();
    let (status, text) = front.hand_on(&headers, &kind, body).await;
    if status == 200 {
        let variant =
            [("x-amzn-invoked-production-variant", "AllTraffic"), ("content-type", "application/json")];
        return (variant, text).into_response();
    }
    let class = if status < 500 { "client" } else { "server" };
    let why = json!({
        "ErrorCode": "CLIENT_ERROR_FROM_MODEL",
        "LogStreamArn": "arn:aws:logs:ap-northeast-2:111122223333:log-group:/aws/sagemaker/Endpoints/x",
        "Message": format!("Received {class} error ({status}) from primary with message \"{text}\". See \
            https://..."),
        "OriginalMessage": text,
        "OriginalStatusCode": status,
    });
    refuse(StatusCode::FAILED_DEPENDENCY, "ModelError", &why)
}

async fn invoke_later(State(front): State<Front>, Path(name): Path<String>, request: Request) -> Response {
    let (headers, body) = match front.admit(&name, request).await {
        Ok(admitted) => admitted,
        Err(refused) => return refused,
    };
    assert!(body.is_empty(), "the body lies in the bucket");
    let told = |name: &str| headers.get(name).map(|v| v.to_str().expect("text").to_owned());
    let input = told("x-amzn-sagemaker-inputlocation").expect("a location");
    let id = told("x-amzn-sagemaker-inference-id").expect("an id");
    let kind = told("x-amzn-sagemaker-content-type").expect("a type");
    let seconds: u32 =
        told("x-amzn-sagemaker-invocationtimeoutseconds").expect("seconds").parse().expect("a number");
    assert!((1..=3600).contains(&seconds));
    let seconds: u32 =
        told("x-amzn-sagemaker-requestttlseconds").expect("seconds").parse().expect("a number");
    assert!((60..=21_600).contains(&seconds));
    let key = |location: &str| Place::parse(&location[BUCKET.len() + 1..]).expect("a key");
    let (output, failure) = (format!("{BUCKET}/output/{id}.out"), format!("{BUCKET}/failure/{id}-error.out"));
    let (input, to, or) = (key(&input), key(&output), key(&failure));
    tokio::spawn(async move {
        let body = front.store.get(&input).await.expect("the input").bytes().await.expect("bytes");
        let (status, text) = front.hand_on(&headers, &kind, body).await;
        let (place, text) = if status == 200 {
            (to, text)
        } else {
            (or, format!("Received error ({status}) from primary with message \"{text}\""))
        };
        front.store.put(&place, PutPayload::from(text)).await.expect("an answer");
    });
    let places = [("x-amzn-sagemaker-outputlocation", output), ("x-amzn-sagemaker-failurelocation", failure)];
    (StatusCode::ACCEPTED, places, axum::Json(json!({ "InferenceId": id }))).into_response()
}

fn refuse(status: StatusCode, kind: &str, why: &Value) -> Response {
    (status, [("x-amzn-errortype", kind)], axum::Json(why)).into_response()
}
