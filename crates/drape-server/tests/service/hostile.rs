//! Requests meant to break something: malformed JSON, and contradictory headers.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::common::{Setup, Site, json_of, string};
use crate::cookies::flash;

/// The API's routes with a JSON body, each with the names of its fields. Ids in paths belong to no user.
fn json_routes() -> Vec<(Method, String, Vec<String>)> {
    let document: Value = serde_json::from_str(&drape_server::openapi()).expect("JSON");
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, what) in methods.as_object().expect("methods") {
            let schema = &what["requestBody"]["content"]["application/json"]["schema"];
            let Some(name) = schema["$ref"].as_str() else { continue };
            let fields = &document.pointer(name.trim_start_matches('#')).expect("a schema")["properties"];
            let fields = fields.as_object().expect("fields").keys().cloned().collect();
            let path = path.replace("{id}", "019ac000-0000-7000-8000-000000000000");
            routes.push((method.to_uppercase().parse().expect("a method"), path, fields));
        }
    }
    assert!(routes.len() >= 9, "{routes:?}");
    let former = ["email", "nickname", "password", "inputs", "imgUrl", "consent"].map(str::to_owned);
    for path in ["/api/signup", "/api/login", "/api/users", "/api/styling/words", "/api/recommendations"] {
        routes.push((Method::POST, path.to_owned(), former.to_vec()));
    }
    routes
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_no_use_is_refused_in_every_field() {
    let site = Site::start().await;
    let user = site.account("json@example.com").await;
    let send = |method: &Method, path: &str, body: String| {
        let request = user.request(method.clone(), path).header("content-type", "application/json");
        async move { request.body(body).send().await.expect("an answer") }
    };
    let deep = "[".repeat(50_000);
    let closed = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(15_000), "}".repeat(15_000));
    let mut tried = 0;
    for (method, path, fields) in json_routes() {
        for body in [&deep, &closed, "\"\\ud800\"", "\u{0}"] {
            let answer = send(&method, &path, body.to_owned()).await;
            assert!(matches!(answer.status().as_u16(), 400 | 422), "{method} {path}: {}", answer.status());
            assert!(string_of(answer).await.len() < 2_000, "{method} {path}");
        }
        // An unknown field is not inspected, however deep it is nested.
        assert!(send(&method, &path, objects.clone()).await.status().as_u16() < 500, "{method} {path}");
        for field in &fields {
            for value in [
                closed.as_str(),
                &objects,
                "1e400",
                "-1e400",
                "\"\\ud800\"",
                "\"a\\udc00b\"",
                "123456789012345678901234567890",
            ] {
                let answer = send(&method, &path, format!("{{\"{field}\": {value}}}")).await;
                let status = answer.status().as_u16();
                assert!((400..500).contains(&status), "{method} {path} {field}: {value:.20} gives {status}");
                assert!(string_of(answer).await.len() < 2_000, "{method} {path} {field}");
                tried += 1;
            }
            // A field given twice is refused.
            let twice = format!("{{\"{field}\": null, \"{field}\": null}}");
            assert!(send(&method, &path, twice).await.status().is_client_error(), "{method} {path} {field}");
        }
    }
    assert!(tried > 200, "{tried}");
    let invalid = user.request(Method::POST, "/api/v1/readings").header("content-type", "application/json");
    let invalid = invalid.body(b"{\"sentence\": \"\xff\xfe\"}".to_vec()).send().await.expect("an answer");
    assert_eq!(invalid.status(), 400);

    // An unknown field is ignored or refused, however deep it is nested.
    let unknown = format!("{{\"sentence\": \"white knit\", \"x\": {closed}}}");
    assert!(matches!(send(&Method::POST, "/api/v1/readings", unknown).await.status().as_u16(), 200 | 400));
    // Forms also carry JSON.
    for field in ["style", "settings", "sentence", "read", "photo", "variations", "seed", "key", "steps"] {
        for value in [&closed[..40_000], &objects[..40_000]] {
            let form = [("sentence", "coat"), (field, value)];
            for path in ["/compose", "/compose/reading", "/jobs"] {
                let cookie = format!("drape_session={}", user.token);
                let request = site.request(Method::POST, path).header("cookie", cookie);
                let body: String = form.iter().map(|(k, v)| format!("{k}={v}&")).collect();
                let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
                let answer = request.header("sec-fetch-site", "same-origin").send().await.expect("an answer");
                assert!(answer.status().as_u16() < 500, "{path} {field}: {}", answer.status());
            }
        }
    }
    // NUL and other invisible characters are never stored unchanged.
    let photo = user.photo("grace-hopper.jpg").await;
    let nul = "a\u{0}b\r\nc";
    for (method, path, body) in [
        (Method::PATCH, "/api/v1/account", json!({"nickname": format!("name{nul}")})),
        (Method::POST, "/api/v1/api-keys", json!({"name": nul})),
        (Method::POST, "/api/v1/webhooks", json!({"url": format!("http://example.com/{nul}\u{0}")})),
        (
            Method::POST,
            "/api/v1/accounts",
            json!({"email": format!("{nul}@example.com"), "nickname": "tester", "password": "correct-1-horse"}),
        ),
        (Method::POST, "/api/v1/jobs", json!({"sentence": "x", "photos": [photo], "engine": nul})),
        (Method::POST, "/api/v1/jobs", json!({"sentence": "x", "photos": [nul]})),
        (Method::POST, "/api/v1/jobs", json!({"sentence": "x", "photos": [photo], "stylist": nul})),
    ] {
        let answer = user.request(method, path).json(&body).send().await.expect("an answer");
        if path == "/api/v1/webhooks" && answer.status() == 201 {
            let url = string(&json_of(answer).await, "url");
            assert!(url.bytes().all(|b| b.is_ascii_graphic()), "{url:?}");
            continue;
        }
        assert_eq!(answer.status(), 422, "{path} {body}");
    }
    let job = user.job(&format!("white knit{nul}"), &photo, 1).await;
    assert_eq!(user.ended(&job).await["sentence"], "white knita b  c");
    // A style sent by the user is kept within bounds, whatever it contains.
    let read = json_of(user.post("/api/v1/readings", json!({"sentence": "navy blazer"})).await).await;
    let mut style = read["style"].clone();
    style["garments"][0]["text"] = json!("\u{0}\u{202e}<script>".repeat(1_000));
    style["garments"] = json!(vec![style["garments"][0].clone(); 4]);
    style["not_understood"] = json!(vec!["z"; 5_000]);
    let answer = user.post("/api/v1/jobs", json!({"sentence": "x", "photos": [photo], "style": style})).await;
    assert_eq!(answer.status(), 202);
    let text = string_of(answer).await;
    assert!(text.len() < 20_000);
    user.ended(&string(&serde_json::from_str(&text).expect("JSON"), "id")).await;
}

async fn string_of(answer: Response) -> String {
    answer.text().await.expect("text")
}

/// The page to return to is one of this site, whatever the address says.
#[tokio::test(flavor = "multi_thread")]
async fn other_sites_are_not_returned_to() {
    let site = Site::start().await;
    let back = async |to: &str| {
        let answer =
            site.request(Method::GET, &format!("/lang/en?back={to}")).send().await.expect("an answer");
        assert_eq!(answer.status(), 303, "{to}");
        answer.headers()["location"].to_str().expect("an address").to_owned()
    };
    for bad in [
        "https://evil.example",
        "//evil.example",
        "/%5Cevil.example",
        "evil",
        "/a%0Ab",
        "",
        "%2F%2Fevil.example",
    ] {
        assert_eq!(back(bad).await, "/", "{bad:?}");
    }
    assert_eq!(back("/compose%3Ffrom%3D1").await, "/compose?from=1");
}

/// No input becomes a header of an answer.
#[tokio::test(flavor = "multi_thread")]
async fn answers_cannot_be_split() {
    let site = Site::start().await;
    let user = site.account("split@example.com").await;
    let cookie = format!("Cookie: drape_session={}\r\n", user.token);
    let evil = "%0d%0aX-Injected:%20yes%0d%0a%0d%0aHTTP/1.1%20200%20OK";
    for path in [
        format!("/lang/en?back=/{evil}"),
        format!("/lang/{evil}"),
        format!("/sign-in?back=/{evil}"),
        format!("/compose?say={evil}"),
        format!("/products?q={evil}&sort={evil}"),
        format!("/api/v1/products?text={evil}&kind={evil}"),
        format!("/{evil}"),
        format!("/s/{evil}"),
        format!("/media/looks/{evil}?owner={evil}&until=1&signature={evil}"),
        format!("/assets/{evil}?v={evil}"),
        format!("/api/v1/looks/{evil}/picture?size={evil}&download={evil}"),
    ] {
        for who in ["", &cookie] {
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{who}\r\n");
            let heard = site.raw(&head, b"", false).await;
            let at = heard.head().to_lowercase();
            // The answer is one, and exactly as long as it states.
            let length = format!("\r\ncontent-length: {}", heard.body().len());
            assert!(!at.contains("\nx-injected") && at.contains(&length), "{path}: {at}");
            assert!(heard.status() < 500, "{path}: {at}");
        }
    }
    // A line end inside a request's header ends that header. The rest is a separate header or invalid, and is
    // not repeated in the answer.
    for (headers, status) in [
        ("Accept-Language: ko\r\nX-Injected: yes\r\n", 200),
        ("Accept-Language: ko\rX-Injected: yes\r\n", 400),
        ("Accept-Language: k\0o\r\n", 400),
        ("X-Forwarded-For: 1.2.3.4\nX-Injected: yes\r\n", 200),
        ("X Injected: yes\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
        ("Content-Length: -1\r\n", 400),
        ("Transfer-Encoding: gzip, identity\r\n", 400),
    ] {
        let head = format!("GET /api/v1/queue HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        let heard = site.raw(&head, b"", false).await;
        assert_eq!(heard.status(), status, "{headers:?}: {}", heard.text);
        assert!(!heard.text.to_lowercase().contains("x-injected"), "{headers:?}: {}", heard.text);
    }

    // Trace ids, addresses and keys from outside are read but never repeated.
    site.may_leave(7);
    let photo = user.photo("grace-hopper.jpg").await;
    let wish = json!({"sentence": "white knit", "photos": [photo]});
    let ask = |name: &'static str, value: &'static [u8]| {
        let value = reqwest::header::HeaderValue::from_bytes(value).expect("a header");
        user.request(Method::POST, "/api/v1/jobs").header(name, value).json(&wish).send()
    };
    for name in [
        "traceparent",
        "x-request-id",
        "x-forwarded-host",
        "x-forwarded-proto",
        "forwarded",
        "x-forwarded-for",
    ] {
        let answer = ask(name, b"evil.example; UNHEARD-OF").await.expect("an answer");
        assert_eq!(answer.status(), 202, "{name}");
        let heads = format!("{:?}", answer.headers());
        assert!(!heads.contains("UNHEARD-OF") && !heads.contains("evil"), "{name}: {heads}");
        assert!(!string_of(answer).await.contains("evil"), "{name}");
    }
    for key in [b"".as_slice(), b"with space", b"\xea\xb0\x80", &[b'k'; 121]] {
        let answer = ask("idempotency-key", key).await.expect("an answer");
        assert_eq!(
            (answer.status().as_u16(), json_of(answer).await["field"].clone()),
            (422, json!("Idempotency-Key"))
        );
    }
    for good in ["first", "first"] {
        assert_eq!(ask("idempotency-key", good.as_bytes()).await.expect("an answer").status(), 202);
    }
}

/// If the operator has set the public address, the request's own `Host` is ignored. If not, addresses are
/// paths, and only the page that shows a new link to its maker completes it with `Host`.
#[tokio::test(flavor = "multi_thread")]
async fn links_do_not_lead_where_a_request_says() {
    for public in [Some("https://drape.example"), None] {
        let mut setup = Setup::default();
        setup.settings.public_url = public.map(str::to_owned);
        let site = Site::with(setup).await;
        let user = site.guest().await;
        let look = user.look("white knit").await;
        let hostile = |request: reqwest::RequestBuilder| {
            let request = request.header("host", "evil.example").header("x-forwarded-host", "evil.example");
            request.header("x-forwarded-proto", "https").header("forwarded", "host=evil.example").send()
        };
        let base = public.unwrap_or_default();
        let share = user.request(Method::POST, &format!("/api/v1/looks/{look}/shares")).json(&json!({}));
        let share = json_of(hostile(share).await.expect("an answer")).await;
        assert!(string(&share, "url").starts_with(&format!("{base}/s/")), "{share}");
        for path in ["/api/users", "/api/styling", "/api/home"] {
            let text = string_of(hostile(user.request(Method::GET, path)).await.expect("an answer")).await;
            assert!(!text.contains("evil"), "{path}: {text}");
        }
        let cookie = format!("drape_session={}", user.token);
        for path in ["/", "/sign-in", "/history", "/api/docs", "/account", "/products"] {
            let page = hostile(site.request(Method::GET, path).header("cookie", &cookie)).await;
            let page = page.expect("an answer");
            assert_eq!(page.status(), 200, "{path}");
            let kept = page.headers()["cache-control"].to_str().expect("text").to_owned();
            let text = string_of(page).await;
            // A page that repeats `Host` is shown only to its sender and never cached.
            assert!(!text.contains("evil") || public.is_none() && kept == "private, no-store", "{path}");
        }
        let form = site.request(Method::POST, &format!("/looks/{look}/share")).header("cookie", &cookie);
        let form = form.header("sec-fetch-site", "same-origin").body("hours=24");
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        let answer = hostile(form).await.expect("an answer");
        assert!(answer.headers()["location"].to_str().expect("text").starts_with("/jobs/"));
        let made = flash(answer.headers());
        let expected = public.unwrap_or("http://evil.example");
        assert!(made.starts_with(&format!("{expected}/s/")), "{made}");
        // An invalid `Host` is not used at all.
        let page = site.request(Method::GET, "/api/docs").header("host", "\"><script>alert(1)</script>");
        assert!(!string_of(page.send().await.expect("an answer")).await.contains("alert(1)"));
    }
}
