//! The routes of the service that Drape replaces, as its React client uses them, and that service's thirteen
//! defects: each test would fail on it.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::common::{Setup, Site, User, example, json_of, parser, string};

/// The client of the former service: it stores the whole `Authorization` header and sends it back behind
/// another `Bearer `.
struct Client<'a> {
    site: &'a Site,
    stored: String,
}

impl<'a> Client<'a> {
    async fn sign_up(site: &'a Site, email: &str) -> Self {
        let form = json!({"email": email, "nickname": "홍길동", "password": "abcd-1234"});
        let data = data(site.request(Method::POST, "/api/signup").json(&form).send().await).await;
        assert_eq!(data, json!({"email": email, "nickname": "홍길동"}));
        let form = json!({"email": email, "password": "abcd-1234"});
        let answer = site.request(Method::POST, "/api/login").json(&form).send().await.expect("an answer");
        let stored = answer.headers()["authorization"].to_str().expect("text").to_owned();
        assert!(stored.starts_with("Bearer "), "{stored}");
        let exposed =
            answer.headers()["access-control-expose-headers"].to_str().expect("text").to_lowercase();
        assert!(exposed.contains("authorization"), "{exposed}");
        assert_eq!(data_of(&json_of(answer).await), json!({"nickname": "홍길동"}));
        Self { site, stored }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.site.request(method, path).header("authorization", format!("Bearer {}", self.stored))
    }

    async fn upload(&self, field: &'static str, names: &[&str]) -> Result<Response, reqwest::Error> {
        let mut form = reqwest::multipart::Form::new();
        for name in names {
            form = form.part(field, reqwest::multipart::Part::bytes(example(name)).file_name("a.png"));
        }
        self.request(Method::POST, "/api/users/images").multipart(form).send().await
    }

    async fn words(&self, inputs: &str) -> Result<Response, reqwest::Error> {
        self.request(Method::POST, "/api/styling/words").json(&json!({"inputs": inputs})).send().await
    }

    /// The client's user on `/api/v1`.
    fn user(&self) -> User<'a> {
        User { site: self.site, token: self.stored.trim_start_matches("Bearer ").to_owned() }
    }

    async fn picture(&self, url: &Value) -> Vec<u8> {
        let answer = self.site.request(Method::GET, url.as_str().expect("an address")).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.bytes().await.expect("a picture").to_vec()
    }
}

fn data_of(envelope: &Value) -> Value {
    assert_eq!((&envelope["code"], &envelope["status"]), (&json!(200), &json!("OK")), "{envelope}");
    assert_eq!(envelope["message"], "OK");
    envelope["data"].clone()
}

async fn data(answer: Result<Response, reqwest::Error>) -> Value {
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200);
    data_of(&json_of(answer).await)
}

/// Checks an error in the envelope: the code, and a Korean message with these words.
async fn refused(answer: Result<Response, reqwest::Error>, code: u16, words: &str) {
    let answer = answer.expect("an answer");
    assert_eq!(answer.status().as_u16(), code);
    let envelope = json_of(answer).await;
    assert_eq!((envelope["code"].as_u64(), &envelope["data"]), (Some(u64::from(code)), &Value::Null));
    let message = envelope["message"].as_str().expect("a message");
    assert!(message.contains(words), "{words:?} is not in {message:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_client_works() {
    let site = Site::start().await;
    let home = data(site.request(Method::GET, "/api/home").send().await).await;
    assert!(home.as_array().is_some_and(|h| !h.is_empty()), "{home}");
    assert!(home[0]["image"].is_string() && home[0]["sentence"].is_string(), "{home}");

    let client = Client::sign_up(&site, "hong@example.com").await;
    let me = data(client.request(Method::GET, "/api/users").send().await).await;
    assert_eq!(me, json!({"email": "hong@example.com", "nickname": "홍길동", "images": []}));
    let change = json!({"nickname": "길동이", "password": "efgh-5678"});
    let changed = data(client.request(Method::POST, "/api/users").json(&change).send().await).await;
    assert_eq!(changed, json!({"email": "hong@example.com", "nickname": "길동이"}));

    // Photos: the new list replaces the old one, under either name of the field.
    let first = data(client.upload("multipartFile", &["grace-hopper.jpg"]).await).await;
    assert_eq!(first["imgUrls"].as_array().map(Vec::len), Some(1));
    let second = data(client.upload("images", &["astronaut.png", "grace-hopper.jpg"]).await).await;
    assert_eq!(second["imgUrls"].as_array().map(Vec::len), Some(2));
    let me = data(client.request(Method::GET, "/api/users").send().await).await;
    assert_eq!(me["images"].as_array().map(Vec::len), Some(2));
    client.picture(&me["images"][0]).await;
    let gone = site.request(Method::GET, first["imgUrls"][0].as_str().expect("an address")).send().await;
    assert_eq!(gone.expect("an answer").status(), 404);

    let good = data(client.request(Method::GET, "/api/styling").send().await).await;
    assert!(good[0]["image"].is_string() && good[0]["prompt"].is_string(), "{good}");

    // Keywords joined by commas, a sentence, and nothing at all.
    for inputs in ["스트릿,톤다운", "스포티, 검은색 후드티", ""] {
        let url = data(client.words(inputs).await).await;
        assert!(client.picture(&url).await.starts_with(b"\x89PNG"), "{inputs}");
    }

    data(client.request(Method::DELETE, "/api/users").send().await).await;
    refused(client.request(Method::GET, "/api/users").send().await, 401, "로그인").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_rules_for_fields_hold() {
    let site = Site::start().await;
    let sign_up = |email: &str, nickname: &str, password: &str| {
        let form = json!({"email": email, "nickname": nickname, "password": password});
        site.request(Method::POST, "/api/signup").json(&form).send()
    };
    refused(sign_up("nobody", "닉네임", "abcd-1234").await, 422, "이메일").await;
    refused(sign_up("a@example.com", "둘", "abcd-1234").await, 422, "닉네임").await;
    refused(
        sign_up("a@example.com", "가나다라마바사아자차카타파하가나다라마바사", "abcd-1234").await,
        422,
        "닉네임",
    )
    .await;
    for password in
        ["short-1", "no-digits-here", "12345678-", "nosymbol1", "has a space-1", "longer-than-20-chars1"]
    {
        refused(sign_up("a@example.com", "닉네임", password).await, 422, "비밀번호").await;
    }
    refused(site.request(Method::POST, "/api/signup").body("no json").send().await, 415, "형식").await;
    let login = json!({"email": "nobody@example.com", "password": "abcd-1234"});
    refused(site.request(Method::POST, "/api/login").json(&login).send().await, 401, "이메일 또는 비밀번호")
        .await;
    refused(site.request(Method::GET, "/api/users").send().await, 401, "로그인").await;
    refused(site.request(Method::GET, "/api/nothing").send().await, 404, "찾을 수 없").await;
    let client = Client::sign_up(&site, "photo@example.com").await;
    refused(client.words("정장").await, 422, "사진을 올려").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_1_two_users_in_flight_get_their_own_pictures() {
    let setup = Setup { workers: 2, ..Setup::default() };
    let site = Site::with(setup).await;
    let one = Client::sign_up(&site, "one@example.com").await;
    let two = Client::sign_up(&site, "two@example.com").await;
    data(one.upload("images", &["grace-hopper.jpg"]).await).await;
    data(two.upload("images", &["astronaut.png"]).await).await;
    // The two faces differ, and the engine never changes faces.
    let face = |bytes: &[u8], x: u32, y: u32| {
        image::load_from_memory(bytes).expect("a picture").to_rgb8().get_pixel(x, y).0
    };
    for round in 0..3 {
        // Send the slower request first, so that answers come back in another order than requests.
        let (a, b) = tokio::join!(one.words("초록 타탄체크 재킷, 해변 배경"), two.words("흰 니트"));
        let (a, b) = (data(a).await, data(b).await);
        let (a, b) = (one.picture(&a).await, two.picture(&b).await);
        let size = |bytes: &[u8]| {
            let picture = image::load_from_memory(bytes).expect("a picture");
            (picture.width(), picture.height())
        };
        let own = |name: &str| size(&example(name));
        assert_eq!((size(&a), size(&b)), (own("grace-hopper.jpg"), own("astronaut.png")), "round {round}");
        let near = |p: [u8; 3], q: [u8; 3]| p.iter().zip(q).all(|(a, b)| a.abs_diff(b) < 16);
        assert!(near(face(&b, 225, 120), face(&example("astronaut.png"), 225, 120)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_2_no_server_knows_anothers_secrets() {
    let (here, there) = (Site::start().await, Site::start().await);
    let client = Client::sign_up(&here, "key@example.com").await;
    let urls = data(client.upload("images", &["grace-hopper.jpg"]).await).await;
    let path = urls["imgUrls"][0].as_str().expect("an address").to_owned();
    assert_eq!(here.request(Method::GET, &path).send().await.expect("an answer").status(), 200);
    assert_eq!(there.request(Method::GET, &path).send().await.expect("an answer").status(), 404);
    let other = User { site: &there, token: client.user().token };
    assert_eq!(other.get("/api/v1/account").await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_3_pictures_are_private_and_end() {
    let site = Site::start().await;
    let client = Client::sign_up(&site, "private@example.com").await;
    let urls = data(client.upload("images", &["grace-hopper.jpg"]).await).await;
    let url = urls["imgUrls"][0].as_str().expect("an address").to_owned();
    let status = |url: String| async move { site_get(&url).await.status().as_u16() };
    let whole = |path: &str| format!("{}{path}", site.base);
    assert_eq!(status(whole(&url)).await, 200);
    // A link without its proof, with another's proof, or with another expiry is refused.
    let bare = url.split('?').next().expect("a path");
    assert_eq!(status(whole(bare)).await, 400);
    let later = url.replace("until=1", "until=9");
    assert_ne!(later, url);
    assert_eq!(status(whole(&later)).await, 404);
    let look = data(client.words("흰 셔츠").await).await;
    let look = look.as_str().expect("an address").to_owned();
    let swapped =
        format!("{}?{}", look.split('?').next().expect("a path"), url.split('?').nth(1).expect("a proof"));
    assert_eq!(status(whole(&swapped)).await, 404);
    // The link dies with the account.
    data(client.request(Method::DELETE, "/api/users").send().await).await;
    assert_eq!(status(whole(&url)).await, 404);
    assert_eq!(status(whole(&look)).await, 404);
}

async fn site_get(url: &str) -> Response {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    client.get(url).send().await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_4_photos_and_sentences_are_checked() {
    let site = Site::start().await;
    let client = Client::sign_up(&site, "check@example.com").await;
    // A wall shows no person, and nothing of the photo is kept.
    let wall = image::RgbImage::from_fn(400, 500, |x, y| image::Rgb([120, 118, (x + y) as u8 / 8 + 90]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    wall.write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
    let part = reqwest::multipart::Part::bytes(bytes.into_inner()).file_name("wall.png");
    let form = reqwest::multipart::Form::new().part("images", part);
    let answer = client.request(Method::POST, "/api/users/images").multipart(form).send().await;
    refused(answer, 422, "사람을 찾지 못했어요").await;
    data(client.upload("images", &["grace-hopper.jpg"]).await).await;
    refused(client.words(&"가".repeat(1_001)).await, 422, "1000자 이하").await;
    refused(client.words("\u{200b}\u{200b}").await, 422, "읽을 수 있는 글자").await;
    // The result reports the outcome of every wish.
    data(client.words("검은 재킷에 넥타이").await).await;
    let looks = json_of(client.user().get("/api/v1/looks").await).await;
    let wishes = looks[0]["report"]["garments"].as_array().expect("wishes");
    assert_eq!(wishes.len(), 2);
    assert!(wishes.iter().all(|w| w["outcome"].is_string()), "{wishes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_5_men_are_served_and_long_sentences_end() {
    let site = Site::start().await;
    let client = Client::sign_up(&site, "long@example.com").await;
    data(client.upload("images", &["astronaut.png"]).await).await;
    let long = format!("남자 정장, 네이비 재킷{}", ", 흰 셔츠에 회색 바지".repeat(70));
    assert!(long.chars().count() > 900);
    data(client.words(&long).await).await;
    let jobs = json_of(client.user().get("/api/v1/jobs").await).await;
    assert_eq!(
        (jobs[0]["state"].as_str(), jobs[0]["sentence"].as_str()),
        (Some("done"), Some(long.as_str()))
    );
    let report = json_of(client.user().get("/api/v1/looks").await).await.to_string();
    assert!(!report.contains("women"), "nobody is made a woman unasked");
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_6_again_gives_another_picture() {
    let site = Site::start().await;
    let client = Client::sign_up(&site, "again@example.com").await;
    data(client.upload("images", &["grace-hopper.jpg"]).await).await;
    let first = data(client.words("초록 체크 재킷").await).await;
    let second = data(client.words("초록 체크 재킷").await).await;
    assert_ne!(client.picture(&first).await, client.picture(&second).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_7_a_job_that_fails_answers() {
    let site = Site::with(Setup { workers: 0, ..Setup::default() }).await;
    let client = Client::sign_up(&site, "fails@example.com").await;
    data(client.upload("images", &["grace-hopper.jpg"]).await).await;
    let user = client.user();
    let asked = client.words("흰 셔츠");
    let worker = async {
        // The photo is deleted while the job waits; then a worker starts.
        loop {
            let jobs = json_of(user.get("/api/v1/jobs").await).await;
            if jobs.as_array().is_some_and(|j| !j.is_empty()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let photos = json_of(user.get("/api/v1/photos").await).await;
        user.delete(&format!("/api/v1/photos/{}", string(&photos[0], "id"))).await;
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let options = drape_worker::Options {
            name: "late".to_owned(),
            lease: 5_000,
            batch: 1,
            poll: Duration::from_millis(50),
            stylist: std::sync::Arc::new(drape_core::stylist::Lexicon),
        };
        let work = drape_worker::work(site.store.clone(), parser(), options, stopping);
        (tokio::spawn(work), stop)
    };
    let (answer, (worker, stop)) = tokio::join!(asked, worker);
    refused(answer, 422, "사진이 삭제").await;
    stop.send(true).expect("the worker listens");
    worker.await.expect("the worker ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_8_neither_a_lost_wait_nor_a_restart_loses_a_picture() {
    let site = Site::at(drape_testing::Place::new().await, Setup { workers: 0, ..Setup::default() }).await;
    let client = Client::sign_up(&site, "wait@example.com").await;
    data(client.upload("images", &["grace-hopper.jpg"]).await).await;
    // The client gives up waiting before any worker runs; then the server stops.
    let gone = tokio::time::timeout(Duration::from_millis(500), client.words("흰 셔츠")).await;
    assert!(gone.is_err(), "nobody worked");
    let token = client.user().token;
    let place = site.stop().await;

    let site = Site::at(place, Setup::default()).await;
    let user = User { site: &site, token };
    let jobs = json_of(user.get("/api/v1/jobs").await).await;
    let job = user.ended(&string(&jobs[0], "id")).await;
    assert_eq!((&job["state"], &job["sentence"]), (&json!("done"), &json!("흰 셔츠")));
    let looks = json_of(user.get("/api/v1/looks").await).await;
    assert_eq!(user.get(&string(&looks[0], "picture")).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_9_a_taken_address_and_five_photos_are_answered() {
    let site = Site::start().await;
    let client = Client::sign_up(&site, "twice@example.com").await;
    let form = json!({"email": "twice@example.com", "nickname": "또다시", "password": "abcd-1234"});
    refused(site.request(Method::POST, "/api/signup").json(&form).send().await, 409, "이미 가입된").await;
    let five = ["grace-hopper.jpg", "astronaut.png", "grace-hopper.jpg", "astronaut.png", "grace-hopper.jpg"];
    let urls = data(client.upload("images", &five).await).await;
    assert_eq!(urls["imgUrls"].as_array().map(Vec::len), Some(5));
    refused(client.upload("images", &["astronaut.png"; 6]).await, 422, "5장까지").await;
    // The refused upload replaced nothing.
    let me = data(client.request(Method::GET, "/api/users").send().await).await;
    assert_eq!(me["images"].as_array().map(Vec::len), Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_10_rates_are_limited_and_other_origins_shut_out() {
    let mut setup = Setup::default();
    setup.settings.rates.logins = 3;
    setup.settings.rates.jobs = 2;
    setup.settings.rates.uploads = 1;
    setup.settings.cors = vec!["https://app.example".to_owned()];
    let site = Site::with(setup).await;
    let client = Client::sign_up(&site, "rate@example.com").await;
    let login = json!({"email": "rate@example.com", "password": "wrong-1234"});
    let try_it = || site.request(Method::POST, "/api/login").json(&login).send();
    refused(try_it().await, 401, "비밀번호").await;
    refused(try_it().await, 401, "비밀번호").await;
    let answer = try_it().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers()["retry-after"].to_str().expect("text").parse::<u32>().expect("seconds") > 0);

    data(client.upload("images", &["grace-hopper.jpg"]).await).await;
    refused(client.upload("images", &["grace-hopper.jpg"]).await, 429, "너무 많아요").await;
    data(client.words("흰 셔츠").await).await;
    data(client.words("흰 셔츠").await).await;
    refused(client.words("흰 셔츠").await, 429, "너무 많아요").await;

    let preflight = |origin: &'static str| {
        site.request(Method::OPTIONS, "/api/login")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .send()
    };
    let allowed = preflight("https://app.example").await.expect("an answer");
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://app.example");
    assert!(!allowed.headers().contains_key("access-control-allow-credentials"));
    let foreign = preflight("https://elsewhere.example").await.expect("an answer");
    assert!(!foreign.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_12_history_cancel_delete_progress_and_variations_exist() {
    let site = Site::start().await;
    let client = Client::sign_up(&site, "history@example.com").await;
    data(client.upload("images", &["grace-hopper.jpg"]).await).await;
    data(client.words("흰 셔츠").await).await;
    let user = client.user();
    let photos = json_of(user.get("/api/v1/photos").await).await;
    let job = user.job("빨간 재킷", &string(&photos[0], "id"), 3).await;
    let job = user.ended(&job).await;
    assert_eq!(job["looks"].as_array().map(Vec::len), Some(3));
    let history = json_of(user.get("/api/v1/jobs").await).await;
    let sentences: Vec<&str> =
        history.as_array().expect("a list").iter().filter_map(|j| j["sentence"].as_str()).collect();
    assert_eq!(sentences, ["빨간 재킷", "흰 셔츠"]);
    let path = format!("/api/v1/jobs/{}", string(&job, "id"));
    assert_eq!(json_of(user.delete(&path).await).await["deleted"]["looks"], 3);
    assert_eq!(user.get(&path).await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_13_products_are_shown_here() {
    let site = Site::start().await;
    let client = Client::sign_up(&site, "shop@example.com").await;
    data(client.upload("images", &["grace-hopper.jpg"]).await).await;
    let url = data(client.words("네이비 블레이저에 흰 셔츠").await).await;
    let ask = |url: Value| {
        client.request(Method::POST, "/api/recommendations").json(&json!({"imgUrl": url})).send()
    };
    let matches = data(ask(url).await).await["visual_matches"].clone();
    let matches = matches.as_array().expect("a list");
    assert!(matches.len() >= 6, "{matches:?}");
    for (k, found) in matches.iter().enumerate() {
        assert_eq!(found["position"], json!(k + 1));
        for field in ["title", "link", "source", "thumbnail"] {
            assert!(found[field].as_str().is_some_and(|t| !t.is_empty()), "{field}: {found}");
        }
        let price = &found["price"];
        assert!(price["value"].is_string() && price["extracted_value"].as_f64() > Some(0.0), "{price}");
        assert_eq!((&price["currency"], found["in_stock"].is_boolean()), (&json!("KRW"), true));
    }
    assert!(matches[0]["title"].as_str().expect("a title").contains("블레이저"), "{}", matches[0]);
    // Its thumbnail comes from this server, so no other host learns of it.
    let thumb = site.request(Method::GET, matches[0]["thumbnail"].as_str().expect("an address")).send().await;
    assert_eq!(thumb.expect("an answer").headers()["content-type"], "image/svg+xml");
    // A foreign address is never fetched.
    for foreign in ["https://example.com/look.png", "http://127.0.0.1:1/", "file:///etc/passwd", ""] {
        refused(ask(json!(foreign)).await, 422, "이 서비스에서 만든").await;
    }
}
