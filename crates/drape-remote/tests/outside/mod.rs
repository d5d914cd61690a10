//! A stand-in for Gemini and SerpAPI, which tests cannot reach: a local server that keeps every request
//! whole, checks it against the documented form, and answers in the documented form as the test prescribes.
//! If a request names a picture, the server fetches it as Google would.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The keys that tests use; each may appear only in its one proper place.
pub(crate) const GEMINI_KEY: &str = "AIza-gemini-key-of-the-test-7f3a91";
pub(crate) const LENS_KEY: &str = "serpapi-key-of-the-test-5c20d4e8";

/// An answer of the server.
#[derive(Clone)]
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    /// 429 with Retry-After.
    Busy(u64),
    /// No answer, for this long.
    Silence(Duration),
}

/// A whole request.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The picture that the request names, as fetched: status, type, bytes.
    pub(crate) picture: Option<(u16, String, Vec<u8>)>,
}

#[derive(Default)]
struct Inner {
    replies: Mutex<VecDeque<Reply>>,
    always: Mutex<Option<Reply>>,
    heard: Mutex<Vec<Heard>>,
}

/// A stand-in for an external service.
#[derive(Clone)]
pub(crate) struct Outside {
    pub(crate) base: String,
    inner: Arc<Inner>,
}

impl Outside {
    /// Listens on a free port until the test ends.
    pub(crate) async fn start() -> Self {
        let inner = Arc::new(Inner::default());
        let app = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at: SocketAddr = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base: format!("http://{at}"), inner }
    }

    /// Gives this answer once, after those queued before.
    pub(crate) fn once(&self, reply: Reply) {
        lock(&self.inner.replies).push_back(reply);
    }

    /// Gives this answer whenever none is queued.
    pub(crate) fn always(&self, reply: Reply) {
        *lock(&self.inner.always) = Some(reply);
    }

    /// The requests since the last call.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *lock(&self.inner.heard))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    State(inner): State<Arc<Inner>>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query: Vec<(String, String)> = pairs(&query.unwrap_or_default());
    let mut picture = None;
    if let Some((_, url)) = query.iter().find(|(name, _)| name == "url") {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let fetched = client.get(url).send().await.expect("the picture's server answers");
        let kind = fetched.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let (status, kind) = (fetched.status().as_u16(), kind.to_owned());
        picture = Some((status, kind, fetched.bytes().await.expect("bytes").to_vec()));
    }
    lock(&inner.heard).push(Heard { method, path: uri.path().to_owned(), query, headers, body, picture });
    let reply = lock(&inner.replies).pop_front().or_else(|| lock(&inner.always).clone());
    match reply.expect("the test says what is answered") {
        Reply::Json(status, value) => (code(status), axum::Json(value)).into_response(),
        Reply::Text(status, text) => (code(status), text).into_response(),
        Reply::Busy(seconds) => {
            let error = json!({"error": {"code": 429, "message": "Resource has been exhausted (e.g. check \
                quota).", "status": "RESOURCE_EXHAUSTED"}});
            let mut response = (StatusCode::TOO_MANY_REQUESTS, axum::Json(error)).into_response();
            response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
            response
        }
        Reply::Silence(time) => {
            tokio::time::sleep(time).await;
            StatusCode::OK.into_response()
        }
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("a status")
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://x/?{query}")).expect("a query");
    url.query_pairs().into_owned().collect()
}

/// Gemini's answer with this JSON as its text.
pub(crate) fn says(answer: &Value) -> Reply {
    Reply::Json(
        200,
        json!({
            "candidates": [{
                "content": {"parts": [{"text": answer.to_string()}], "role": "model"},
                "finishReason": "STOP",
                "index": 0
            }],
            "usageMetadata": {"promptTokenCount": 900, "candidatesTokenCount": 60, "totalTokenCount": 960},
            "modelVersion": "gemini-test",
            "responseId": "r"
        }),
    )
}

/// Gemini's error.
pub(crate) fn gemini_error(code: u16, status: &str, message: &str) -> Reply {
    Reply::Json(code, json!({"error": {"code": code, "message": message, "status": status}}))
}

/// Checks that the request is exactly as Gemini documents, and has only the instruction, the schema and this
/// sentence. Returns whether the schema lists the words.
pub(crate) fn is_question(heard: &Heard, sentence: &str) -> bool {
    assert_eq!(heard.method, Method::POST);
    assert_eq!(heard.path, "/v1beta/models/gemini-flash-lite-latest:generateContent");
    assert_eq!(heard.query, [], "nothing in the address");
    assert_eq!(heard.headers["x-goog-api-key"], GEMINI_KEY);
    assert_eq!(heard.headers["content-type"], "application/json");
    let known = ["x-goog-api-key", "content-type", "content-length", "host", "accept", "user-agent"];
    for name in heard.headers.keys() {
        assert!(known.contains(&name.as_str()), "{name} is not needed");
    }
    let body: Value = serde_json::from_slice(&heard.body).expect("JSON");
    let mut fields: Vec<&String> = body.as_object().expect("an object").keys().collect();
    fields.sort_unstable();
    assert_eq!(fields, ["contents", "generationConfig", "systemInstruction"]);
    assert_eq!(
        body["contents"],
        json!([{"role": "user", "parts": [{"text": json!({"sentence": sentence}).to_string()}]}])
    );
    let instruction = body["systemInstruction"]["parts"][0]["text"].as_str().expect("an instruction");
    assert!(sentence.is_empty() || !instruction.contains(sentence), "the sentence is no instruction");
    for word in ["blazer", "hanbok", "navy", "pinstripe", "wool", "double_breasted", "night_city"] {
        assert!(instruction.contains(word), "{word}");
    }
    let config = &body["generationConfig"];
    assert_eq!(
        (&config["responseMimeType"], &config["temperature"]),
        (&json!("application/json"), &json!(0))
    );
    is_schema(&config["responseSchema"]);
    let garment = &config["responseSchema"]["properties"]["garments"]["items"]["properties"];
    let kinds = garment["kind"]["enum"].as_array().map_or(0, Vec::len);
    if kinds > 0 {
        assert_eq!(kinds, drape_core::style::GarmentKind::ALL.len());
        assert_eq!(
            garment["colour"]["enum"].as_array().map(Vec::len),
            Some(drape_core::style::ColourName::ALL.len())
        );
    }
    kinds > 0
}

/// Checks that a schema has Gemini's form: known fields, types in capitals, and only existing fields required
/// and ordered.
fn is_schema(schema: &Value) {
    let object = schema.as_object().expect("an object");
    for (name, value) in object {
        match name.as_str() {
            "type" => {
                assert!(
                    ["OBJECT", "ARRAY", "STRING"].contains(&value.as_str().unwrap_or_default()),
                    "{value}"
                );
            }
            "format" => assert_eq!(value, "enum"),
            "nullable" => assert!(value.is_boolean()),
            "enum" => {
                let words = value.as_array().expect("words");
                assert!(!words.is_empty() && words.iter().all(Value::is_string));
                assert_eq!(schema["type"], "STRING");
            }
            "properties" => value.as_object().expect("properties").values().for_each(is_schema),
            "items" => is_schema(value),
            "required" | "propertyOrdering" => {
                for name in value.as_array().expect("names") {
                    assert!(!schema["properties"][name.as_str().expect("a name")].is_null(), "{name}");
                }
            }
            other => panic!("{other} is no field of a schema"),
        }
    }
    assert_eq!(schema["type"] == "OBJECT", object.contains_key("properties"));
    assert_eq!(schema["type"] == "ARRAY", object.contains_key("items"));
}

/// SerpAPI's answer with these matches.
pub(crate) fn matches(matches: &Value) -> Reply {
    Reply::Json(
        200,
        json!({
            "search_metadata": {"id": "1", "status": "Success", "total_time_taken": 1.9},
            "search_parameters": {"engine": "google_lens"},
            "visual_matches": matches
        }),
    )
}

/// SerpAPI's answer when Google found nothing.
pub(crate) fn no_matches() -> Reply {
    Reply::Json(
        200,
        json!({
            "search_metadata": {"id": "2", "status": "Success"},
            "error": "Google Lens hasn't returned any results for this query."
        }),
    )
}

/// Checks that the request is exactly as SerpAPI documents, and has only the address of a picture, the
/// language and the key. Returns the address.
pub(crate) fn is_lens(heard: &Heard, language: &str, country: &str) -> String {
    assert_eq!((&heard.method, heard.path.as_str()), (&Method::GET, "/search.json"));
    assert!(heard.body.is_empty());
    let names: Vec<&str> = heard.query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["engine", "type", "url", "hl", "country", "api_key"]);
    let value =
        |name: &str| heard.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
    assert_eq!([value("engine"), value("type")], ["google_lens", "all"]);
    assert_eq!([value("hl"), value("country")], [language, country]);
    assert_eq!(value("api_key"), LENS_KEY);
    for name in heard.headers.keys() {
        assert!(["host", "accept", "user-agent"].contains(&name.as_str()), "{name} is not needed");
    }
    value("url")
}
