//! `/api/v1`, called as programs call it.

use std::time::Duration;

use crate::common::{Setup, Site, example, files, json_of, string};
use drape_store::{ClaimRequest, Limits};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn from_guest_to_look_to_deletion() {
    let site = Site::start().await;
    let user = site.guest().await;

    // A photo is checked at once.
    let answer = user.upload(example("grace-hopper.jpg")).await;
    assert_eq!(answer.status(), 201);
    let photo = json_of(answer).await[0].clone();
    assert_eq!(photo["quality"]["usable"], true);
    assert_eq!(photo["quality"]["body"], "bust");
    assert_eq!(photo["quality"]["advice"], json!(["upper_body_only"]));
    assert!(photo["advice"][0].as_str().expect("advice").contains("upper body"), "{photo}");
    let picture = user.get(&string(&photo, "picture")).await;
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    assert_eq!(picture.headers()["cache-control"], "private, max-age=3600");

    // A job answers at once and names its place.
    let wish =
        json!({"sentence": "green tartan jacket", "photos": [photo["id"]], "variations": 2, "seed": 7});
    let answer = user.post("/api/v1/jobs", wish).await;
    assert_eq!(answer.status(), 202);
    let location = answer.headers()["location"].to_str().expect("an address").to_owned();
    let job = json_of(answer).await;
    assert_eq!(location, format!("/api/v1/jobs/{}", string(&job, "id")));
    assert_eq!(job["style"]["garments"][0]["pattern"], "tartan");

    // Its events report every state, in order, and the stream ends with the job.
    let stream = user.get(&format!("{location}/events")).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let story = events(&stream.text().await.expect("events"));
    let states: Vec<&str> = story.iter().map(|e| e.1["state"].as_str().expect("a state")).collect();
    assert_eq!((states.first(), states.last()), (Some(&"queued"), Some(&"done")), "{states:?}");
    let ids: Vec<i64> = story.iter().map(|e| e.0).collect();
    assert_eq!(ids, (1..=ids.len() as i64).collect::<Vec<_>>());
    let looks = story.last().expect("an event").1["looks"].clone();
    assert_eq!(looks.as_array().map(Vec::len), Some(2));

    // Resuming with the id of the last event gives only newer events.
    let again = user
        .request(Method::GET, &format!("{location}/events"))
        .header("last-event-id", (ids.len() - 1).to_string())
        .send()
        .await
        .expect("an answer");
    assert_eq!(events(&again.text().await.expect("events")).len(), 1);

    // The looks exist, differ, and equal the engine's own work.
    let look = json_of(user.get(&format!("/api/v1/looks/{}", looks[0].as_str().expect("an id"))).await).await;
    assert_eq!(look["report"]["garments"][0]["outcome"], "done");
    assert_eq!((look["seed"].as_u64(), look["ai_generated"].as_bool()), (Some(7), Some(true)));
    let first = user.get(&string(&look, "picture")).await;
    assert_eq!(first.headers()["content-type"], "image/png");
    let first = first.bytes().await.expect("a picture");
    let other = format!("/api/v1/looks/{}/picture", looks[1].as_str().expect("an id"));
    assert_ne!(first, user.get(&other).await.bytes().await.expect("a picture"));
    let small = user.get(&format!("{other}?size=thumb")).await;
    assert_eq!(small.headers()["content-type"], "image/jpeg");

    // The receipt lists what was deleted, and no blob remains.
    let receipt = json_of(user.delete("/api/v1/account").await).await;
    let expected =
        json!({"photos": 1, "looks": 2, "jobs": 1, "files": 9, "tokens": 1, "shares": 0, "accounts": 1});
    for (what, number) in expected.as_object().expect("an object") {
        assert_eq!(&receipt["deleted"][what], number, "{what}: {receipt}");
    }
    assert!(receipt["completed_at"].is_i64(), "{receipt}");
    assert_eq!(user.get("/api/v1/account").await.status(), 401);
    assert!(drape_testing::blob_keys(&site.store).await.is_empty());
    // The receipt outlives the account.
    let kept =
        site.request(Method::GET, &format!("/api/v1/receipts/{}", string(&receipt, "id"))).send().await;
    assert_eq!(json_of(kept.expect("an answer")).await["deleted"], receipt["deleted"]);
}

/// The `job` events of a stream: id and data.
fn events(text: &str) -> Vec<(i64, Value)> {
    let mut found = Vec::new();
    for block in text.split("\n\n") {
        let field = |name: &str| block.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
        if field("event:") == Some("job") {
            let id = field("id:").and_then(|i| i.parse().ok()).expect("a number");
            found.push((id, serde_json::from_str(field("data:").expect("data")).expect("JSON")));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_signs_up_keeps_everything() {
    let site = Site::start().await;
    let guest = site.guest().await;
    let look = guest.look("white knit").await;
    assert_eq!(json_of(guest.get("/api/v1/account").await).await["guest"], true);

    let form = json!({"email": "Kim@Example.com", "nickname": "지수아님", "password": "wonderful-1"});
    let answer = guest.post("/api/v1/accounts", form.clone()).await;
    assert_eq!(answer.status(), 201);
    let entered = json_of(answer).await;
    assert_eq!(entered["account"]["email"], "kim@example.com");
    assert_eq!(entered["account"]["expires_at"], Value::Null);
    // The guest's old token does not open the account.
    assert_eq!(guest.get("/api/v1/account").await.status(), 401);
    let guest = crate::common::User { site: &site, token: string(&entered, "token") };
    let kept = json_of(guest.get(&format!("/api/v1/looks/{look}")).await).await;
    let month = 29 * 86_400_000;
    assert!(kept["expires_at"].as_i64().expect("a time") > drape_store::now() + month, "{kept}");

    // The address is taken now, in any case of letters.
    let answer = site.request(Method::POST, "/api/v1/accounts").json(&form).send().await.expect("an answer");
    assert_eq!(answer.status(), 409);
    assert_eq!(json_of(answer).await["title"], "email_taken");

    // Signing in elsewhere shows the same looks; signing out ends that token only.
    let login = json!({"email": "kim@example.com ", "password": "wonderful-1"});
    let answer = site.request(Method::POST, "/api/v1/sessions").json(&login).send().await.expect("an answer");
    let other = crate::common::User { site: &site, token: string(&json_of(answer).await, "token") };
    assert_eq!(other.get(&format!("/api/v1/looks/{look}")).await.status(), 200);
    assert_eq!(other.delete("/api/v1/sessions/current").await.status(), 204);
    assert_eq!(other.get("/api/v1/looks").await.status(), 401);
    assert_eq!(guest.get("/api/v1/looks").await.status(), 200);

    // A new password needs the old one and ends the other sessions.
    let answer = site.request(Method::POST, "/api/v1/sessions").json(&login).send().await.expect("an answer");
    let other = crate::common::User { site: &site, token: string(&json_of(answer).await, "token") };
    let change = |current: &str| json!({"password": "another-2-word", "current_password": current});
    let refused = guest.request(Method::PATCH, "/api/v1/account").json(&change("wrong-0-word")).send().await;
    assert_eq!(refused.expect("an answer").status(), 401);
    let done = guest.request(Method::PATCH, "/api/v1/account").json(&change("wonderful-1")).send().await;
    assert_eq!(done.expect("an answer").status(), 200);
    assert_eq!(other.get("/api/v1/looks").await.status(), 401);
    assert_eq!(guest.get("/api/v1/looks").await.status(), 200);
    let old = site.request(Method::POST, "/api/v1/sessions").json(&login).send().await;
    assert_eq!(old.expect("an answer").status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_keys_work_until_they_are_revoked() {
    let site = Site::start().await;
    let owner = site.account("keys@example.com").await;
    let key = json_of(owner.post("/api/v1/api-keys", json!({"name": "shop"})).await).await;
    let program = crate::common::User { site: &site, token: string(&key, "key") };
    assert_eq!(program.get("/api/v1/photos").await.status(), 200);
    let listed = json_of(owner.get("/api/v1/api-keys").await).await;
    assert_eq!(listed[0]["name"], "shop");
    assert_eq!(listed[0].get("key"), None);
    assert_eq!(owner.delete(&format!("/api/v1/api-keys/{}", string(&key, "id"))).await.status(), 204);
    assert_eq!(program.get("/api/v1/photos").await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_is_the_same_job() {
    let site = Site::start().await;
    let user = site.guest().await;
    let photo = user.photo("astronaut.png").await;
    let send = |sentence: &'static str, key: &'static str| {
        let wish = json!({"sentence": sentence, "photos": [photo]});
        let request = user.request(Method::POST, "/api/v1/jobs").header("idempotency-key", key).json(&wish);
        async move {
            let answer = request.send().await.expect("an answer");
            (answer.status().as_u16(), json_of(answer).await)
        }
    };
    let (first, second) = tokio::join!(send("흰 니트", "k1"), send("흰 니트", "k1"));
    assert_eq!((first.0, second.0), (202, 202));
    assert_eq!(first.1["id"], second.1["id"]);
    assert_eq!(first.1["seed"], second.1["seed"]);
    let other = send("검은 니트", "k1").await;
    assert_eq!((other.0, &other.1["title"]), (409, &json!("idempotency_key_taken")));
    let another = send("흰 니트", "k2").await.1;
    assert_ne!(another["id"], first.1["id"]);
    for job in [&first.1, &another] {
        assert_eq!(user.ended(&string(job, "id")).await["state"], "done");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_cancelled_while_they_wait_and_while_they_run() {
    let site = Site::with(Setup { workers: 0, ..Setup::default() }).await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let waiting = user.job("navy blazer", &photo, 1).await;
    let behind = user.job("red blazer", &photo, 1).await;
    let second = json_of(user.get(&format!("/api/v1/jobs/{behind}")).await).await;
    assert_eq!(second["position"], 1);
    let answer = json_of(user.delete(&format!("/api/v1/jobs/{waiting}")).await).await;
    assert_eq!(answer["state"], "cancelled");
    let second = json_of(user.get(&format!("/api/v1/jobs/{behind}")).await).await;
    assert_eq!(second["position"], 0);

    // A worker holds the other job when it is cancelled: its finish is refused, and nothing remains.
    let now = drape_store::now();
    let request =
        ClaimRequest { worker: "w".to_owned(), engine: "retouch".to_owned(), most: 5, lease: 60_000 };
    let claims = site.store.claim(&request, now).await.expect("claims");
    assert_eq!(claims.len(), 1);
    let answer = json_of(user.delete(&format!("/api/v1/jobs/{behind}")).await).await;
    assert_eq!(answer["state"], "cancelled");
    let going = site.store.heartbeat(&claims[0], 60_000, now).await.expect("an answer");
    assert_eq!(going, drape_store::Going::Stop);
    let refused = site.store.finish(&claims[0], Vec::new(), now).await;
    assert!(matches!(refused, Err(drape_store::StoreError::Fenced)), "{refused:?}");
    assert_eq!(json_of(user.get(&format!("/api/v1/jobs/{behind}")).await).await["state"], "cancelled");

    // The same call deletes a job that has ended, and gives a receipt.
    let receipt = json_of(user.delete(&format!("/api/v1/jobs/{behind}")).await).await;
    assert_eq!(receipt["deleted"]["jobs"], 1);
    assert_eq!(user.get(&format!("/api/v1/jobs/{behind}")).await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_wait_is_bounded() {
    let limits = Limits { jobs_per_user: 2, jobs_queued: 3, photos_per_user: 2, ..Limits::default() };
    let site = Site::with(Setup { workers: 0, limits, ..Setup::default() }).await;
    site.may_leave(3);
    let (one, two) = (site.guest().await, site.guest().await);
    let photo = one.photo("grace-hopper.jpg").await;
    one.photo("astronaut.png").await;
    assert_eq!(one.upload(example("astronaut.png")).await.status(), 429);
    one.job("navy blazer", &photo, 1).await;
    one.job("navy blazer", &photo, 1).await;
    let wish = json!({"sentence": "x", "photos": [photo]});
    let answer = one.post("/api/v1/jobs", wish).await;
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(json_of(answer).await["title"], "too_many_waiting");

    let photo = two.photo("grace-hopper.jpg").await;
    two.job("navy blazer", &photo, 1).await;
    // The cached queue length is at most a second old.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let answer = two.post("/api/v1/jobs", json!({"sentence": "x", "photos": [photo]})).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(json_of(answer).await["title"], "queue_full");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_can_be_edited_and_sent_back() {
    let site = Site::start().await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let read = |language: &'static str| {
        let body = json!({"sentence": "네이비 블레이저에 흰 셔츠, 뿅뿅"});
        let request = site.request(Method::POST, "/api/v1/readings").header("accept-language", language);
        async move { json_of(request.json(&body).send().await.expect("an answer")).await }
    };
    let (english, mut korean) = tokio::join!(read("en"), read("ko-KR,ko;q=0.9,en;q=0.5"));
    assert_eq!(english["garments"], json!(["navy blazer", "white shirt"]));
    assert_eq!(korean["garments"], json!(["네이비 블레이저", "흰색 셔츠"]));
    assert_eq!(korean["not_understood"], json!(["뿅뿅"]));

    let garment = &mut korean["style"]["garments"][0];
    // Only the name is trusted; the values that follow from it are computed again.
    garment["colour"]["name"] = json!("burgundy");
    garment["slot"] = json!("footwear");
    let wish = json!({"sentence": "네이비 블레이저", "style": korean["style"], "photos": [photo], "seed": 0});
    let answer = user.post("/api/v1/jobs", wish).await;
    assert_eq!(answer.status(), 202);
    let job = json_of(answer).await;
    assert_eq!(job["style"]["garments"][0]["slot"], "outer");
    assert_ne!(
        job["style"]["garments"][0]["colour"]["hex"],
        english["style"]["garments"][0]["colour"]["hex"]
    );
    let job = user.ended(&string(&job, "id")).await;
    let look =
        json_of(user.get(&format!("/api/v1/looks/{}", job["looks"][0].as_str().expect("a look"))).await)
            .await;
    assert_eq!(look["report"]["garments"][0]["asked"], "버건디 블레이저");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_show_one_look_until_they_are_revoked() {
    let site = Site::start().await;
    let owner = site.guest().await;
    let look = owner.look("white knit").await;
    let answer = owner.post(&format!("/api/v1/looks/{look}/shares"), json!({"hours": 2})).await;
    assert_eq!(answer.status(), 201);
    let share = json_of(answer).await;
    let url = string(&share, "url");
    let listed = json_of(owner.get(&format!("/api/v1/looks/{look}/shares")).await).await;
    assert_eq!(listed[0]["id"], share["id"]);
    assert_eq!(listed[0].get("url"), None, "the address is told once");
    let hash_only = files(site.folder())
        .iter()
        .all(|f| !crate::common::holds(&f.1, url.rsplit('/').next().expect("a token").as_bytes()));
    assert!(hash_only, "the address is not in the database");
    assert_eq!(owner.delete(&format!("/api/v1/shares/{}", string(&share, "id"))).await.status(), 204);
    assert_eq!(owner.post(&format!("/api/v1/looks/{look}/shares"), json!({"hours": 0})).await.status(), 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_taken_along() {
    let site = Site::start().await;
    let user = site.account("export@example.com").await;
    let look = user.look("버건디 블레이저").await;
    let answer = user.get("/api/v1/account/export").await;
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let bytes = answer.bytes().await.expect("a file");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a ZIP file");
    let all: Value = serde_json::from_reader(zip.by_name("drape.json").expect("the list")).expect("JSON");
    assert_eq!(all["account"]["email"], "export@example.com");
    assert_eq!(all["jobs"][0]["sentence"], "버건디 블레이저");
    assert_eq!(all["looks"][0]["id"].as_str(), Some(look.as_str()));
    let mut names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(all["looks"][0]["file"].as_str(), names.get(1).map(String::as_str));
    let text = all.to_string();
    assert!(!text.contains("argon2") && !text.contains("hash"), "no secret is exported");
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_signed_and_retried() {
    use axum::http::{HeaderMap, StatusCode};
    // A receiver that fails once.
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel::<(HeaderMap, String)>();
    let first = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let receive = move |headers: HeaderMap, body: String| {
        let failed = first.swap(false, std::sync::atomic::Ordering::SeqCst);
        sender.send((headers, body)).expect("the test listens");
        async move { if failed { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK } }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().route("/hook", axum::routing::post(receive));
    let receiver = tokio::spawn(async move { axum::serve(listener, router).await });

    let site = Site::start().await;
    let user = site.guest().await;
    let hook = json!({"url": format!("http://{address}/hook")});
    let answer = user.post("/api/v1/webhooks", hook).await;
    assert_eq!(answer.status(), 201);
    let hook = json_of(answer).await;
    let look = user.look("white knit").await;
    let within = Duration::from_secs(20);
    let next = tokio::time::timeout(within, received.recv()).await.expect("a message").expect("a message");
    let again = tokio::time::timeout(within, received.recv()).await.expect("a retry").expect("a retry");
    receiver.abort();
    assert_eq!(next.0["webhook-id"], again.0["webhook-id"]);
    let body: Value = serde_json::from_str(&again.1).expect("JSON");
    assert_eq!((&body["type"], &body["data"]["state"]), (&json!("job.ended"), &json!("done")));
    assert_eq!(body["data"]["looks"], json!([look]));

    // The signature is as Standard Webhooks specifies.
    use base64::Engine as _;
    use hmac::Mac as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let sign = |secret: &str, id: &str, stamp: &str, body: &str| {
        let key = base64.decode(secret.trim_start_matches("whsec_")).expect("base64");
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&key).expect("a key");
        mac.update(format!("{id}.{stamp}.{body}").as_bytes());
        format!("v1,{}", base64.encode(mac.finalize().into_bytes()))
    };
    // The example of the reference libraries shows that this test signs as the specification says.
    let example = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        "{\"test\": 2432232314}",
    );
    assert_eq!(example, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    let header = |name: &str| again.0[name].to_str().expect("text").to_owned();
    let secret = string(&hook, "secret");
    let signed = sign(&secret, &header("webhook-id"), &header("webhook-timestamp"), &again.1);
    assert_eq!(header("webhook-signature"), signed);

    tokio::time::sleep(Duration::from_millis(300)).await;
    let path = format!("/api/v1/webhooks/{}/deliveries", string(&hook, "id"));
    let deliveries = json_of(user.get(&path).await).await;
    assert_eq!((&deliveries[0]["state"], &deliveries[0]["attempt"]), (&json!("delivered"), &json!(2)));
}

#[test]
fn the_committed_api_document_is_true() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let made = drape_server::openapi();
    if std::env::var_os("DRAPE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &made).expect("docs can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "docs/openapi.json differs; write it with DRAPE_WRITE_DOCS=1 cargo test -p drape-server"
    );
    let document: Value = serde_json::from_str(&made).expect("JSON");
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_found_for_each_garment_of_a_look() {
    let site = Site::start().await;
    let user = site.guest().await;
    let look = user.look("navy wool blazer, white shirt").await;
    let path = format!("/api/v1/looks/{look}/recommendations");
    let shelves = json_of(user.get(&format!("{path}?limit=4")).await).await;
    let shelves = shelves.as_array().expect("a list");
    let kinds: Vec<&str> = shelves.iter().filter_map(|s| s["kind"].as_str()).collect();
    assert_eq!(kinds, ["blazer", "shirt"]);
    let best = &shelves[0]["matches"][0];
    assert_eq!(
        (&best["product"]["kind"], &best["product"]["colour"]["name"]),
        (&json!("blazer"), &json!("navy"))
    );
    let why: Vec<&str> = best["why"].as_array().expect("reasons").iter().filter_map(Value::as_str).collect();
    assert!(why.iter().any(|w| w.contains("wool")), "{why:?}");
    // Filters hold, and the whole catalogue can be browsed without an account.
    let cheap = json_of(user.get(&format!("{path}?price_max=60000&in_stock=true")).await).await;
    for found in
        cheap.as_array().expect("a list").iter().flat_map(|s| s["matches"].as_array().expect("matches"))
    {
        assert!(found["product"]["price"]["minor_units"].as_u64() <= Some(60_000), "{found}");
        assert_eq!(found["product"]["availability"], "in_stock");
    }
    let all = site.request(Method::GET, "/api/v1/products?kind=hanbok").send().await.expect("an answer");
    assert!(json_of(all).await["total"].as_u64() >= Some(2));
    let bad = site.request(Method::GET, "/api/v1/products?colour=xyzzy").send().await.expect("an answer");
    assert_eq!(bad.status(), 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_answered_with_what_would_make_a_better_one() {
    let site = Site::start().await;
    let user = site.guest().await;
    let photo = image::load_from_memory(&example("astronaut.png")).expect("a photo");
    let advice = |picture: image::DynamicImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
        let user = &user;
        async move { json_of(user.upload(bytes.into_inner()).await).await[0]["quality"]["advice"].clone() }
    };
    assert_eq!(advice(photo.clone()).await, json!(["upper_body_only"]));
    assert_eq!(advice(photo.blur(4.0)).await, json!(["blurred", "upper_body_only"]));
    let mut dark = photo.to_rgb8();
    dark.pixels_mut().for_each(|p| p.0 = p.0.map(|v| v / 4));
    assert_eq!(advice(dark.into()).await, json!(["dark", "upper_body_only"]));
    let small = photo.thumbnail(240, 240);
    assert_eq!(advice(small).await, json!(["too_small", "upper_body_only"]));
}

/// If pictures are in a bucket, their owner's browser may fetch them there, by a link that expires, cannot be
/// changed, and is given only to the owner.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_from_the_bucket_by_links_that_end() {
    let mut setup = Setup::default();
    setup.settings.link_seconds = 2;
    let site = Site::with(setup).await;
    let user = site.account("links@example.com").await;
    let look = user.look("white knit").await;
    let path = format!("/api/v1/looks/{look}/picture");
    let whole = user.get(&format!("{path}?download")).await;
    assert_eq!(
        (whole.status().as_u16(), &whole.headers()["content-type"]),
        (200, &"image/png".parse().expect("a type"))
    );
    let whole = whole.bytes().await.expect("a picture");
    let sent = user.get(&path).await;
    if !drape_testing::has_servers() {
        // Files have no addresses of their own.
        assert_eq!(sent.status(), 200);
        return;
    }
    assert_eq!(sent.status(), 307);
    assert_eq!(sent.headers()["cache-control"], "private, max-age=1");
    let link = sent.headers()["location"].to_str().expect("an address").to_owned();
    let fetch = |link: String| async { site.client.get(link).send().await.expect("the bucket answers") };
    let there = fetch(link.clone()).await;
    assert_eq!(
        (there.status().as_u16(), &there.headers()["content-type"]),
        (200, &"image/png".parse().expect("a type"))
    );
    assert_eq!(there.bytes().await.expect("a picture"), whole);
    // Pages may show pictures of the bucket, and of no other host.
    let origin = link.split('/').take(3).collect::<Vec<_>>().join("/");
    let policy = sent.headers()["content-security-policy"].to_str().expect("text");
    assert!(policy.contains(&format!("img-src 'self' blob: data: {origin};")), "{policy}");
    // A changed key, signature or expiry is refused.
    let other = link.replace(&look, "01a21f03-c587-7797-9956-e1f76a382fe9");
    assert_eq!(fetch(other).await.status(), 403);
    assert_eq!(fetch(link.replace("X-Amz-Expires=2", "X-Amz-Expires=900")).await.status(), 403);
    let stranger = site.guest().await;
    assert_eq!(stranger.get(&path).await.status(), 404);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(fetch(link).await.status(), 403);
    // A deleted look is also deleted from the bucket.
    let link = user.get(&path).await.headers()["location"].to_str().expect("an address").to_owned();
    assert_eq!(
        user.request(Method::DELETE, &format!("/api/v1/looks/{look}"))
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );
    assert_eq!(fetch(link).await.status(), 404);
}
