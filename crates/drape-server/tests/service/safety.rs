//! What must never happen: access to another user's data, requests from other sites, bad uploads.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::common::{Setup, Site, User, example, files, holds, json_of, string};

/// Tries every route of the API document without a token and with another user's.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_reaches_what_is_somebody_elses() {
    let site = Site::start().await;
    let owner = site.account("owner@example.com").await;
    let look = owner.look("white knit").await;
    let of_look = json_of(owner.get(&format!("/api/v1/looks/{look}")).await).await;
    let share = json_of(owner.post(&format!("/api/v1/looks/{look}/shares"), json!({})).await).await;
    let key = json_of(owner.post("/api/v1/api-keys", json!({"name": "k"})).await).await;
    let hook = json_of(owner.post("/api/v1/webhooks", json!({"url": "http://127.0.0.1:9/"})).await).await;
    let ids = |path: &str| match path.split('/').nth(3) {
        Some("photos") => string(&of_look, "photo"),
        Some("jobs") => string(&of_look, "job"),
        Some("looks") => look.clone(),
        Some("shares") => string(&share, "id"),
        Some("api-keys") => string(&key, "id"),
        Some("webhooks") => string(&hook, "id"),
        other => panic!("say whose {other:?} is"),
    };
    let open = [
        "/guests",
        "/accounts",
        "/sessions",
        "/readings",
        "/engines",
        "/receipts/{id}",
        "/queue",
        "/products",
        "/products/{id}",
        "/products/{id}/picture",
    ];

    let document: Value = serde_json::from_str(&drape_server::openapi()).expect("JSON");
    let mut tried = 0;
    let other = site.account("other@example.com").await;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        if open.iter().any(|o| path == &format!("/api/v1{o}")) {
            continue;
        }
        for method in methods.as_object().expect("methods").keys() {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let real = if path.contains("{id}") { path.replace("{id}", &ids(path)) } else { path.clone() };
            let real = real.replace("{number}", "1");
            let body = json!({"hours": 1, "source": "lens", "garment": 0, "consent": true});
            let nobody = site.request(method.clone(), &real).json(&body).send().await.expect("an answer");
            assert_eq!(nobody.status(), 401, "{method} {path}");
            if path.contains("{id}") {
                let theirs =
                    other.request(method.clone(), &real).json(&body).send().await.expect("an answer");
                assert_eq!(theirs.status(), 404, "{method} {path}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 14, "{tried}");
    // Lists show only the user's own things, and a job cannot use another user's photo.
    for list in ["/api/v1/photos", "/api/v1/jobs", "/api/v1/looks", "/api/v1/api-keys", "/api/v1/webhooks"] {
        assert_eq!(json_of(other.get(list).await).await, json!([]), "{list}");
    }
    let wish = json!({"sentence": "x", "photos": [of_look["photo"]]});
    assert_eq!(other.post("/api/v1/jobs", wish).await.status(), 404);
    // The owner's data is unharmed.
    assert_eq!(owner.get(&format!("/api/v1/looks/{look}/picture")).await.status(), 200);
    assert_eq!(json_of(owner.get("/api/v1/api-keys").await).await.as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_decoded_within_limits_and_stripped() {
    let site = Site::start().await;
    let user = site.guest().await;
    let refuse = |bytes: Vec<u8>, status: u16, words: &'static str| {
        let user = &user;
        async move {
            let answer = user.upload(bytes).await;
            assert_eq!(answer.status().as_u16(), status, "{words}");
            let problem = json_of(answer).await;
            let detail = string(&problem, "detail");
            assert!(detail.contains(words), "{words:?} is not in {detail:?}");
        }
    };
    refuse(b"GIF89a\x01\x00\x01\x00".to_vec(), 415, "GIF").await;
    refuse(b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), 415, "JPEG").await;
    refuse(b"%PDF-1.7".to_vec(), 415, "JPEG").await;
    let whole = example("grace-hopper.jpg");
    refuse(whole[..whole.len() / 2].to_vec(), 422, "cut off").await;
    // A decompression bomb: 30,000 x 30,000 pixels claimed in a few bytes.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bomb.extend([0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 2, 0, 0, 0, 0xe9, 0x45, 0x6f, 0xed]);
    bomb.extend([
        0x0, 0x0, 0x0, 0xc, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0xa0, 0xc, 0x0, 0x0, 0x0, 0x40,
        0x0, 0x1, 0xb7, 0x34, 0x7c, 0xef, 0x0, 0x0, 0x0, 0x0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ]);
    refuse(bomb, 422, "megapixel").await;
    refuse(vec![0xff; (20 << 20) + 1], 413, "20 MB").await;
    assert_eq!(json_of(user.get("/api/v1/photos").await).await, json!([]));

    // Without consent, and without a file.
    let part = || Part::bytes(example("grace-hopper.jpg")).file_name("x.jpg");
    let send = |form: Form| user.request(Method::POST, "/api/v1/photos").multipart(form).send();
    let answer = send(Form::new().part("photo", part())).await.expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), json_of(answer).await["title"].clone()),
        (422, json!("no_consent"))
    );
    let answer = send(Form::new().text("consent", "true")).await.expect("an answer");
    assert_eq!(answer.status(), 422);

    // A JPEG with EXIF data that rotates it and names a place is upright and clean afterwards.
    let tagged = with_exif(&whole);
    let (w, h) = size(&whole);
    let answer = user.upload(tagged).await;
    assert_eq!(answer.status(), 201);
    let photo = json_of(answer).await[0].clone();
    assert_eq!((photo["width"].as_u64(), photo["height"].as_u64()), (Some(u64::from(w)), Some(u64::from(h))));
    let kept = user.get(&string(&photo, "picture")).await.bytes().await.expect("a picture");
    assert!(!holds(&kept, b"Exif") && !holds(&kept, b"SECRETPLACE"));
    assert!(files(site.folder()).iter().all(|f| !holds(&f.1, b"SECRETPLACE")));
}

/// A JPEG with an EXIF segment: orientation 1, and a text that names a place.
fn with_exif(jpeg: &[u8]) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    tiff.extend([0x0e, 0x01, 2, 0, 12, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend(b"SECRETPLACE\0");
    let length = u16::try_from(tiff.len() + 8).expect("short");
    let mut out = jpeg[..2].to_vec();
    out.extend([0xff, 0xe1]);
    out.extend(length.to_be_bytes());
    out.extend(b"Exif\0\0");
    out.extend(tiff);
    out.extend(&jpeg[2..]);
    out
}

fn size(bytes: &[u8]) -> (u32, u32) {
    let picture = image::load_from_memory(bytes).expect("a picture");
    (picture.width(), picture.height())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_cannot_act_for_a_visitor() {
    let site = Site::start().await;
    let user = site.account("cookie@example.com").await;
    let cookie = format!("drape_session={}", user.token);
    let delete = || site.request(Method::DELETE, "/api/v1/account").header("cookie", &cookie);
    let status = |request: reqwest::RequestBuilder| async move {
        request.send().await.expect("an answer").status().as_u16()
    };
    // The cookie alone allows reading, as on our own pages.
    assert_eq!(status(site.request(Method::GET, "/api/v1/account").header("cookie", &cookie)).await, 200);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://elsewhere.example"),
        ("origin", "null"),
        ("x-nothing", "said"),
    ] {
        assert_eq!(status(delete().header(name, value)).await, 403, "{name}: {value}");
    }
    let sign_in =
        site.request(Method::POST, "/api/v1/sessions").header("origin", "https://elsewhere.example");
    assert_eq!(status(sign_in.json(&json!({"email": "a@b.c", "password": "x"}))).await, 403);
    assert_eq!(status(delete().header("origin", &site.base)).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_that_keep_it_private() {
    let site = Site::start().await;
    for path in ["/api/v1/account", "/api/users", "/healthz", "/api/openapi.json", "/nothing"] {
        let answer = site.request(Method::GET, path).send().await.expect("an answer");
        let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().expect("text").to_owned());
        let policy = header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
        assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"), "{path}");
        assert!(header("cache-control").is_some(), "{path}");
    }
    let ready = site.request(Method::GET, "/readyz").send().await.expect("an answer");
    assert_eq!(json_of(ready).await["ready"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_written_down() {
    let site = Site::start().await;
    let user = site.account("secret@example.com").await;
    let key = json_of(user.post("/api/v1/api-keys", json!({"name": "k"})).await).await;
    let key = string(&key, "key");
    for (path, bytes) in files(site.folder()) {
        for secret in [user.token.as_str(), key.as_str(), "correct-1-horse"] {
            assert!(!holds(&bytes, secret.as_bytes()), "a secret is in {}", path.display());
        }
    }
}

/// Guessing addresses reveals nothing: neither by the answer, nor by a large difference in time.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_is_answered_like_a_wrong_password() {
    let site = Site::start().await;
    site.account("known@example.com").await;
    let mut times = [Vec::new(), Vec::new()];
    let mut answers = Vec::new();
    for _ in 0..5 {
        for (k, email) in ["known@example.com", "unknown@example.com"].into_iter().enumerate() {
            let start = std::time::Instant::now();
            let form = json!({"email": email, "password": "wrong-1-horse"});
            let answer = site.request(Method::POST, "/api/v1/sessions").json(&form).send().await;
            let answer = answer.expect("an answer");
            times[k].push(start.elapsed());
            answers.push((answer.status(), json_of(answer).await));
        }
    }
    assert!(answers.iter().all(|a| a == &answers[0]), "{answers:?}");
    let fastest = |k: usize| times[k].iter().min().expect("five").as_secs_f64();
    let ratio = fastest(0) / fastest(1);
    assert!((0.25..4.0).contains(&ratio), "{ratio}");
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_are_told_in_the_callers_language() {
    let site = Site::start().await;
    let ask = |language: &'static str| {
        let request = site.request(Method::GET, "/api/v1/looks").header("accept-language", language);
        async move {
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            json_of(answer).await
        }
    };
    let english = json!({
        "type": "/api/docs#problem-signed_out", "title": "signed_out", "status": 401,
        "detail": "Please sign in.", "field": null,
    });
    assert_eq!(ask("fr, en;q=0.7, ko;q=0.3").await, english);
    assert_eq!(ask("ko").await["detail"], "로그인이 필요해요.");
    // What the router and the extractors refuse has the same form.
    let user = site.guest().await;
    for (method, path, body, status) in [
        (Method::GET, "/api/v1/nothing", "", 404),
        (Method::PUT, "/api/v1/jobs", "{}", 405),
        (Method::POST, "/api/v1/jobs", "{", 400),
        (Method::POST, "/api/v1/jobs", "{\"photos\": 7}", 422),
        (Method::GET, "/api/v1/jobs/not-an-id", "", 404),
        (Method::GET, "/api/v1/looks?limit=x", "", 400),
        (Method::POST, "/api/v1/jobs", &"[".repeat(100_000), 422),
        (Method::POST, "/api/v1/jobs", &"x".repeat(200_000), 413),
    ] {
        let request = user.request(method.clone(), path).header("content-type", "application/json");
        let answer = request.body(body.to_owned()).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{method} {path}");
        let problem = json_of(answer).await;
        assert_eq!(problem["status"].as_u64(), Some(status.into()), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|d| !d.is_empty()), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_goes_with_everything_when_the_day_is_over() {
    let site = Site::with(Setup { workers: 1, ..Setup::default() }).await;
    let guest = site.guest().await;
    guest.look("white knit").await;
    let keeper = site.account("keeper@example.com").await;
    let kept = keeper.look("white knit").await;
    let day = drape_store::now() + 25 * 3_600_000;
    let swept = site.store.sweep(day).await.expect("a sweep");
    assert_eq!((swept.users, swept.photos, swept.looks, swept.files), (1, 1, 1, 6));
    let gone = User { site: &site, token: guest.token.clone() };
    assert_eq!(gone.get("/api/v1/account").await.status(), 401);
    assert_eq!(keeper.get(&format!("/api/v1/looks/{kept}/picture")).await.status(), 200);
    assert_eq!(drape_testing::blob_keys(&site.store).await.len(), 6);
}
