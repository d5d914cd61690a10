//! Every answer names its request's trace: the caller's, or a new one.

use std::collections::HashSet;

use reqwest::header::HeaderMap;
use reqwest::{Method, Response};
use serde_json::json;

use crate::common::{Site, string};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn id(headers: &HeaderMap) -> String {
    let id = headers["x-request-id"].to_str().expect("text").to_owned();
    assert!(id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{id}");
    assert_ne!(id, "0".repeat(32));
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_an_id_of_its_own() {
    let site = Site::start().await;
    let mut seen = HashSet::new();
    let mut new = |answer: &Response, status: u16| {
        assert_eq!(answer.status().as_u16(), status, "{}", answer.url());
        assert!(seen.insert(id(answer.headers())), "{} is not the only one", answer.url());
    };
    for (method, path, status) in [
        (Method::GET, "/", 200),
        (Method::HEAD, "/", 200),
        (Method::GET, "/healthz", 200),
        (Method::GET, "/readyz", 200),
        (Method::GET, "/api/openapi.json", 200),
        (Method::GET, "/history", 303),
        (Method::GET, "/nothing", 404),
        (Method::GET, "/api/v1/nothing", 404),
        (Method::GET, "/api/v1/account", 401),
        (Method::GET, "/api/users", 401),
        (Method::PATCH, "/api/v1/guests", 405),
        (Method::POST, "/api/v1/guests", 201),
        (Method::GET, "/media/nothing", 404),
    ] {
        new(&site.request(method, path).send().await.expect("an answer"), status);
    }
    let bad = site.request(Method::POST, "/api/v1/sessions").body("{").send().await.expect("an answer");
    new(&bad, 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_trace_is_continued_and_anything_else_is_not() {
    let site = Site::start().await;
    let ask = async |values: &[&[u8]]| {
        let mut request = site.request(Method::GET, "/healthz");
        for value in values {
            let value = reqwest::header::HeaderValue::from_bytes(value).expect("a value");
            request = request.header("traceparent", value);
        }
        id(request.send().await.expect("an answer").headers())
    };
    for good in [
        format!("00-{TRACE}-{SPAN}-01"),
        format!("00-{TRACE}-{SPAN}-00"),
        format!("42-{TRACE}-{SPAN}-01-more"),
    ] {
        assert_eq!(ask(&[good.as_bytes()]).await, TRACE, "{good}");
    }
    let good = format!("00-{TRACE}-{SPAN}-01");
    let hostile = [
        format!("00-{}-{SPAN}-01", TRACE.to_uppercase()).into_bytes(),
        format!("00-{}-{SPAN}-01", "0".repeat(32)).into_bytes(),
        format!("00-{TRACE}-{}-01", "0".repeat(16)).into_bytes(),
        format!("ff-{TRACE}-{SPAN}-01").into_bytes(),
        format!("{good}-x").into_bytes(),
        format!("{TRACE} onload=alert(1)").into_bytes(),
        format!("{good}{}", "0".repeat(5_000)).into_bytes(),
        vec![0xff; 55],
        Vec::new(),
    ];
    for bad in &hostile {
        assert_ne!(ask(&[bad]).await, TRACE, "{:?}", String::from_utf8_lossy(bad));
    }
    // Two headers are ambiguous, so neither counts.
    assert_ne!(ask(&[good.as_bytes(), good.as_bytes()]).await, TRACE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_keeps_where_it_was_asked_for() {
    let site = Site::start().await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let body = json!({"sentence": "red shirt", "photos": [photo]});
    let asked = user.request(Method::POST, "/api/v1/jobs").json(&body);
    let answer = asked.header("traceparent", format!("00-{TRACE}-{SPAN}-01")).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(id(answer.headers()), TRACE);
    let job = string(&answer.json().await.expect("JSON"), "id");
    let account: serde_json::Value = user.get("/api/v1/account").await.json().await.expect("JSON");
    let owner = string(&account, "id").parse().expect("an id");
    let kept = site.store.job(owner, job.parse().expect("an id")).await.expect("the job").trace;
    // The request has its own span, below the caller's.
    assert_eq!(kept.id().to_string(), TRACE);
    assert_ne!(kept.span().to_string(), SPAN);
    user.ended(&job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_elsewhere_may_read_the_id() {
    let mut setup = crate::common::Setup::default();
    setup.settings.cors = vec!["https://shop.example".to_owned()];
    let site = Site::with(setup).await;
    let asked = site.request(Method::GET, "/api/v1/engines").header("origin", "https://shop.example");
    let answer = asked.send().await.expect("an answer");
    let exposed = answer.headers()["access-control-expose-headers"].to_str().expect("text");
    assert!(exposed.to_lowercase().contains("x-request-id"), "{exposed}");
    let asked = site.request(Method::OPTIONS, "/api/v1/jobs").header("origin", "https://shop.example");
    let asked = asked.header("access-control-request-method", "POST");
    let answer = asked.header("access-control-request-headers", "traceparent").send().await;
    let answer = answer.expect("an answer");
    let allowed = answer.headers()["access-control-allow-headers"].to_str().expect("text");
    assert!(allowed.contains("traceparent"), "{allowed}");
    id(answer.headers());
}
