//! The container by itself: what it accepts, what it refuses, and its messages.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drape_core::photo::Photo;
use drape_remote::sagemaker::{Container, Limits};
use drape_testing::Still;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutPayload};
use serde_json::{Value, json};

use crate::stage::{PREFIX, Slow, contain, listen, photo, prefixed_store, still, style, with};

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

async fn ask(url: &str, body: &Value) -> (u16, Value) {
    ask_in(url, body, "en").await
}

async fn ask_in(url: &str, body: &Value, language: &str) -> (u16, Value) {
    let request = client().post(format!("{url}/invocations")).json(body).header("accept-language", language);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn encoded() -> String {
    STANDARD.encode(photo())
}

#[tokio::test]
async fn ping_waits_for_the_engine() {
    let container = Container::new(Limits::default(), None);
    let url = listen(&container).await;
    let ping = async || client().get(format!("{url}/ping")).send().await.expect("an answer");
    assert_eq!(ping().await.status(), 503);
    let (status, said) = ask(&url, &json!({"inputs": "", "input_id_images": [encoded()]})).await;
    assert_eq!((status, &said["code"], &said["retry_after"]), (503, &json!("loading"), &json!(5)));
    container.ready(Arc::new(Still)).expect("a thread");
    let answer = ping().await;
    assert_eq!((answer.status().as_u16(), answer.bytes().await.expect("bytes").len()), (200, 0));
}

#[tokio::test]
async fn a_request_of_the_former_service_is_answered_in_its_shape() {
    let retouch = Arc::new(drape_retouch::Engine::load().expect("the engine"));
    let url = contain(retouch, Limits::default()).await;
    let body = json!({"inputs": "Navy blazer, white shirt women img", "input_id_images": [encoded()]});
    let (status, said) = ask(&url, &body).await;
    assert_eq!(status, 200, "{said}");
    let look = STANDARD.decode(said["images"][0].as_str().expect("a look")).expect("base64");
    assert!(look.starts_with(b"\x89PNG"));
    assert_eq!(
        Photo::decode(&look).expect("a picture").pixels.dimensions(),
        Photo::decode(&photo()).expect("a photo").pixels.dimensions()
    );
    assert_eq!((said["images"].as_array().map(Vec::len), &said["engine"]), (Some(1), &json!("retouch")));
    assert_eq!(said["reports"][0]["garments"][0]["kind"], "blazer");
    assert_eq!(said["reports"][0]["not_understood"], json!([]), "the trigger is no word of the wish");
    // Each request gets another seed, unless it names one.
    let (_, again) = ask(&url, &body).await;
    assert_ne!(said["seeds"], again["seeds"]);
}

#[tokio::test]
async fn everything_that_can_be_said_reaches_the_engine() {
    let url = contain(Arc::new(Still), Limits::default()).await;
    let body = json!({
        "inputs": "체크 치마", "subject": "girl", "num_images": 2, "seed": 41, "format": "jpeg",
        "input_id_images": [format!("data:image/jpeg;base64,{}", encoded())],
        "parameters": {
            "num_inference_steps": 3, "guidance_scale": 6.5, "width": 640, "height": 960,
            "negative_prompt": "hat", "start_merge_step": 2, "settings": {"best_of": 2, "steps": 9},
        },
    });
    let (status, said) = ask(&url, &body).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!(
        (&said["seeds"], &said["format"], &said["photos"]),
        (&json!([41, 42]), &json!("jpeg"), &json!([0, 0]))
    );
    let look = STANDARD.decode(said["images"][1].as_str().expect("a look")).expect("base64");
    assert!(look.starts_with(b"\xff\xd8"));
    let report = &said["reports"][1];
    assert_eq!(
        (&report["subject"], &report["style"]["garments"][0]["kind"]),
        (&json!("girl"), &json!("skirt"))
    );
    assert_eq!(
        report["settings"],
        json!({"steps": 3, "guidance": 6.5, "width": 640, "height": 960, "negative": "hat", "best_of": 2, "style_strength": 67})
    );
    // The same with a given style and given seeds.
    let body = json!({"style": style("red coat"), "seeds": [9, 3], "input_id_images": [encoded()], "style_strength_ratio": 20});
    let (_, said) = ask(&url, &body).await;
    assert_eq!(said["seeds"], json!([9, 3]), "{said}");
    assert_eq!(said["reports"][0]["settings"], json!({"style_strength": 20}));
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_with_its_field_in_both_languages() {
    let url = contain(Arc::new(Still), Limits::default()).await;
    let good = encoded();
    let tiny = STANDARD.encode(b"\x89PNG\r\n\x1a\n and then nothing");
    let cases = [
        (json!({"inputs": "x", "input_id_images": [good], "seeed": 1}), 400, "json", None, "seeed"),
        (json!({"inputs": "x", "input_id_images": [good], "parameters": 5}), 400, "json", None, "parameters"),
        (json!(["inputs"]), 400, "json", None, "sequence"),
        (json!({"inputs": "x"}), 422, "invalid", Some("input_id_images"), "1 to 8"),
        (
            json!({"inputs": "x", "input_id_images": vec![&good; 9]}),
            422,
            "invalid",
            Some("input_id_images"),
            "9 came",
        ),
        (
            json!({"inputs": "x", "input_id_images": ["https://example.com/me.jpg"]}),
            422,
            "invalid",
            Some("input_id_images[0]"),
            "not fetched",
        ),
        (
            json!({"inputs": "x", "input_id_images": [good, "%%%"]}),
            422,
            "invalid",
            Some("input_id_images[1]"),
            "base64",
        ),
        (
            json!({"inputs": "x", "input_id_images": [tiny]}),
            422,
            "photo_refused",
            Some("input_id_images[0]"),
            "damaged",
        ),
        (
            json!({"inputs": "x", "input_id_images": [STANDARD.encode(bomb())]}),
            422,
            "photo_refused",
            Some("input_id_images[0]"),
            "pixels are too many",
        ),
        (json!({"input_id_images": [good]}), 422, "invalid", Some("inputs"), "what to wear"),
        (
            json!({"inputs": "x", "style": style("x"), "input_id_images": [good]}),
            422,
            "invalid",
            Some("style"),
            "together",
        ),
        (
            json!({"inputs": "x".repeat(1001), "input_id_images": [good]}),
            422,
            "invalid",
            Some("inputs"),
            "1001 characters",
        ),
        (
            json!({"inputs": "x", "input_id_images": [good], "num_images": 9}),
            422,
            "invalid",
            Some("num_images"),
            "1 to 8",
        ),
        (
            json!({"inputs": "x", "input_id_images": [good], "num_images": 0}),
            422,
            "invalid",
            Some("num_images"),
            "1 to 8",
        ),
        (
            json!({"inputs": "x", "input_id_images": [good], "num_inference_steps": 5000}),
            422,
            "invalid",
            Some("steps"),
            "1 to 100",
        ),
        (
            json!({"inputs": "x", "input_id_images": [good], "width": 100}),
            422,
            "invalid",
            Some("width"),
            "multiples of 8",
        ),
        (
            json!({"inputs": "x", "input_id_images": [good], "start_merge_step": 5}),
            422,
            "invalid",
            Some("start_merge_step"),
            "num_inference_steps",
        ),
        (
            json!({"inputs": "x", "input_id_images": [good], "seed": 1, "parameters": {"seed": 2}}),
            422,
            "invalid",
            Some("seed"),
            "both",
        ),
        (
            json!({"inputs": "x", "input_id_keys": ["drape/sagemaker/a"]}),
            422,
            "no_blobs",
            Some("input_id_keys"),
            "--blobs",
        ),
        (
            json!({"inputs": "x", "input_id_images": [good], "output_prefix": "drape/sagemaker/a"}),
            422,
            "no_blobs",
            Some("output_prefix"),
            "--blobs",
        ),
    ];
    for (body, status, code, field, words) in cases {
        let (got, said) = ask(&url, &body).await;
        assert_eq!(
            (got, said["code"].as_str(), said["field"].as_str()),
            (status, Some(code), field),
            "{said}"
        );
        assert!(said["message"].as_str().is_some_and(|m| m.contains(words)), "{words}: {said}");
        let (_, said) = ask_in(&url, &body, "ko-KR,ko;q=0.9").await;
        let hangul = said["message"].as_str().is_some_and(|m| m.chars().any(|c| ('가'..='힣').contains(&c)));
        assert!(hangul, "{said}");
    }
    // The body's language takes precedence over the header, which SageMaker does not pass on.
    let (_, said) = ask_in(&url, &json!({"inputs": "x", "language": "ko"}), "en").await;
    assert!(said["message"].as_str().is_some_and(|m| m.starts_with("사진은")), "{said}");
}

/// A PNG of a few bytes that claims 30,000 x 30,000 pixels.
fn bomb() -> Vec<u8> {
    let grey = image::GrayImage::from_pixel(128, 128, image::Luma([0]));
    let mut png = std::io::Cursor::new(Vec::new());
    grey.write_to(&mut png, image::ImageFormat::Png).expect("a PNG");
    let mut png = png.into_inner();
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    // The header's checksum (PNG specification, 5.5), bit by bit.
    let crc = png[12..29].iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 })
    });
    png[29..33].copy_from_slice(&(!crc).to_be_bytes());
    png
}

#[tokio::test]
async fn types_and_sizes_are_refused_before_anything_is_read() {
    let url = contain(Arc::new(Still), Limits { body: 1 << 20, ..Limits::default() }).await;
    let path = format!("{url}/invocations");
    for (kind, accept) in [("text/csv", "application/json"), ("application/json", "image/png"), ("", "*/*")] {
        let mut request = client().post(&path).body("{}").header("accept", accept);
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        assert_eq!(request.send().await.expect("an answer").status(), 415, "{kind} {accept}");
    }
    let (status, said) = ask(&url, &json!({"inputs": "x".repeat(2 << 20)})).await;
    assert_eq!((status, said["code"].as_str()), (413, Some("too_large")), "{said}");
    // Without a stated length the bytes are counted.
    let parts = futures::stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 65_536])));
    let request = client().post(&path).header("content-type", "application/json");
    let answer = request.body(reqwest::Body::wrap_stream(parts)).send().await.expect("an answer");
    assert_eq!(answer.status(), 413);
    // The depth of JSON is bounded, too.
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let request = client().post(&path).header("content-type", "application/json; charset=utf-8").body(deep);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 400);
    assert_eq!(client().get(&path).send().await.expect("an answer").status(), 405);
}

#[tokio::test]
async fn keys_stand_for_photos_and_looks_within_the_prefix() {
    let front = still().await;
    let container = Container::new(Limits::default(), Some(prefixed_store(&front)));
    container.ready(Arc::new(Still)).expect("a thread");
    let url = listen(&container).await;
    let place = |name: &str| Path::parse(name).expect("a path");
    let put = async |name: &str, bytes: Vec<u8>| front.store.put(&place(name), PutPayload::from(bytes)).await;
    put("drape/sagemaker/in/me.jpg", photo()).await.expect("a photo");
    put("drape/blobs/somebody.jpg", photo()).await.expect("a photo");
    put("drape/sagemaker/in/text", b"hello".to_vec()).await.expect("a text");
    let body = json!({"inputs": "x", "input_id_keys": [format!("{PREFIX}/in/me.jpg")], "output_prefix": format!("{PREFIX}/out/"), "num_images": 2});
    let (status, said) = ask(&url, &body).await;
    assert_eq!((status, &said["images"]), (200, &json!([])), "{said}");
    assert_eq!(said["output_keys"], json!(["drape/sagemaker/out/0.png", "drape/sagemaker/out/1.png"]));
    let look = front
        .store
        .get(&place("drape/sagemaker/out/1.png"))
        .await
        .expect("a look")
        .bytes()
        .await
        .expect("bytes");
    assert!(look.starts_with(b"\x89PNG"));
    for (key, status, code) in [
        ("drape/sagemaker/../blobs/somebody.jpg", 422, "key_refused"),
        ("drape/blobs/somebody.jpg", 422, "key_refused"),
        ("/drape/sagemaker/in/me.jpg", 422, "key_refused"),
        ("drape/sagemaker/%2e%2e/blobs/somebody.jpg", 422, "key_refused"),
        ("drape/sagemaker/in/gone.jpg", 422, "photo_gone"),
        ("drape/sagemaker/in/text", 422, "photo_refused"),
    ] {
        let (got, said) = ask(&url, &json!({"inputs": "x", "input_id_keys": [key]})).await;
        assert_eq!((got, said["code"].as_str()), (status, Some(code)), "{key}: {said}");
    }
    let photo = encoded();
    for (field, value) in
        [("output_prefix", json!("drape/sagemaker/../x")), ("output_keys", json!(["drape/x.png"]))]
    {
        let (got, said) = ask(&url, &json!({"inputs": "x", "input_id_images": [photo], field: value})).await;
        assert_eq!(
            (got, said["code"].as_str(), said["field"].as_str()),
            (422, Some("key_refused"), Some(field)),
            "{said}"
        );
    }
    let same = json!({"inputs": "x", "input_id_keys": ["drape/sagemaker/in/me.jpg"], "output_keys": ["drape/sagemaker/in/me.jpg"]});
    assert_eq!(ask(&url, &same).await.1["field"], "output_keys", "a look never replaces its photo");
}

#[tokio::test]
async fn what_waits_goes_together_and_too_many_are_told_to_come_again() {
    let slow = Arc::new(Slow { steps: 30, ..Slow::default() });
    let url = contain(slow.clone(), Limits { waiting: 5, batch: 4, ..Limits::default() }).await;
    let body = json!({"inputs": "x", "input_id_images": [encoded()]});
    let all = futures::future::join_all((0..9).map(|_| async {
        let request = client().post(format!("{url}/invocations")).json(&body);
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.headers().get("retry-after").is_some())
    }))
    .await;
    let count = |status: u16| all.iter().filter(|a| a.0 == status).count();
    assert_eq!((count(200), count(429)), (5, 4), "{all:?}");
    assert!(all.iter().all(|(status, after)| (*status == 429) == *after));
    assert!((2..=4).contains(&slow.together.load(Ordering::SeqCst)), "{slow:?}");
}

#[tokio::test]
async fn time_is_bounded_and_whoever_leaves_costs_nothing_more() {
    let slow = Arc::new(Slow { steps: 1000, ..Slow::default() });
    let limits = Limits { timeout: Duration::from_millis(400), ..Limits::default() };
    let url = contain(slow.clone(), limits).await;
    let body = json!({"inputs": "x", "input_id_images": [encoded()]});
    let start = Instant::now();
    let (status, said) = ask(&url, &body).await;
    assert_eq!((status, said["code"].as_str()), (504, Some("timeout")), "{said}");
    assert!(start.elapsed() < Duration::from_secs(3));
    while !slow.called_off.load(Ordering::SeqCst) {
        assert!(start.elapsed() < Duration::from_secs(5), "the engine goes on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    // One caller hangs up while the engine works on its request, and one while its request waits.
    let slow = Arc::new(Slow { steps: 1000, ..Slow::default() });
    let front = with(slow.clone(), Limits { batch: 1, ..Limits::default() }).await;
    let container = Container::new(Limits { batch: 1, ..Limits::default() }, Some(prefixed_store(&front)));
    container.ready(slow.clone()).expect("a thread");
    let url = listen(&container).await;
    let request = |ms| {
        client().post(format!("{url}/invocations")).json(&body).timeout(Duration::from_millis(ms)).send()
    };
    // The second request arrives while the first is at work, and leaves before it.
    let waits = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        request(400).await
    };
    let (a, b) = tokio::join!(request(1_600), waits);
    assert!(a.is_err() && b.is_err());
    let start = Instant::now();
    while !slow.called_off.load(Ordering::SeqCst) {
        assert!(start.elapsed() < Duration::from_secs(5), "the engine goes on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(slow.begun.load(Ordering::SeqCst), 1, "who left while it waited is not begun with");
}

#[tokio::test]
async fn an_answer_that_would_be_too_large_says_what_to_do() {
    let url = contain(Arc::new(Still), Limits { body: 300_000, ..Limits::default() }).await;
    let small = Photo::decode(&photo()).expect("a photo").reduced(480).encode_jpeg(60).expect("a JPEG");
    let body = json!({"inputs": "x", "input_id_images": [STANDARD.encode(small)], "num_images": 8});
    let (status, said) = ask(&url, &body).await;
    assert_eq!((status, said["code"].as_str()), (422, Some("answer_too_large")), "{said}");
    assert!(said["message"].as_str().is_some_and(|m| m.contains("jpeg") && m.contains("output_prefix")));
}
