//! Sentences read by Gemini and garments searched for by Google Lens, through the real server, worker and
//! clients. Gemini and SerpAPI are not available, so local servers stand in for them, which check every
//! request whole and fetch the picture that it names (see `outside`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use drape_core::engine::{Engine, EngineFailure, Generated, Progress, Request};
use drape_core::job::FailureReason;
use drape_core::language::Language;
use drape_core::photo::Photo;
use drape_core::style::Slot;
use drape_remote::Key;
use drape_remote::gemini::{self, Gemini};
use drape_remote::lens::{self, Lens};
use drape_retouch::{Label, PLAIN, cut_out};
use drape_server::Settings;
use drape_store::{FOUND_FOR, LookGarment};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::common::{Setup, Site, User, json_of, parser, string};
use crate::driver::Driver;
use crate::outside::{
    GEMINI_KEY, Heard, LENS_KEY, Outside, Reply, gemini_error, is_lens, is_question, matches, no_matches,
    says,
};

const SENTENCE: &str = "네이비 블레이저에 흰 셔츠";

fn stylist(outside: &Outside) -> Arc<Gemini> {
    let settings = gemini::Settings {
        address: outside.base.clone(),
        model: gemini::MODEL.to_owned(),
        key: Key::parse(GEMINI_KEY).expect("a key"),
        timeout: Duration::from_secs(3),
    };
    Arc::new(Gemini::new(&settings).expect("a client"))
}

/// A server that offers Gemini, with a worker that uses this stand-in.
async fn with_gemini(outside: &Outside) -> Site {
    let mut setup = Setup { workers: 0, ..Setup::default() };
    setup.settings.gemini = true;
    let mut site = Site::with(setup).await;
    site.hire_asking(parser(), stylist(outside));
    site
}

/// The stand-in's reading of [`SENTENCE`], which differs from the lexicon's.
fn green() -> Reply {
    says(&json!({
        "garments": [{"text": "네이비 블레이저", "kind": "blazer", "colour": "emerald"},
            {"text": "흰 셔츠", "kind": "shirt", "colour": "white"}],
        "not_understood": []
    }))
}

impl User<'_> {
    async fn ask(&self, body: Value) -> Value {
        let answer = self.post("/api/v1/jobs", body).await;
        assert_eq!(answer.status(), 202);
        let job = self.ended(&string(&json_of(answer).await, "id")).await;
        assert_eq!(job["state"], "done", "{job}");
        job
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_reads_the_sentence_of_who_says_so_and_of_nobody_else() {
    let outside = Outside::start().await;
    let site = with_gemini(&outside).await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let wish = |more: Value| {
        let mut wish = json!({"sentence": SENTENCE, "photos": [photo]});
        wish.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        wish
    };

    outside.always(green());
    let job = user.ask(wish(json!({"stylist": "gemini"}))).await;
    assert_eq!(job["style"]["garments"][0]["colour"]["name"], "emerald", "{job}");
    assert_eq!(
        (&job["stylist"], &job["reading"]["by"], &job["reading"]["why"]),
        (&json!("gemini"), &json!("gemini"), &Value::Null)
    );
    assert_eq!(job["reading"]["message"], "Read by Gemini.");
    let heard = outside.heard();
    assert_eq!(heard.len(), 1);
    assert!(is_question(&heard[0], SENTENCE));
    // The look has the style of that reading, and its report names the reader.
    let look =
        json_of(user.get(&format!("/api/v1/looks/{}", job["looks"][0].as_str().expect("a look"))).await)
            .await;
    assert_eq!(look["report"]["reading"]["by"], "gemini");
    assert_eq!(look["report"]["garments"][0]["measured"]["name"], "emerald", "{look}");

    // Nothing is sent without the choice of Gemini, for an empty sentence, or for an edited reading.
    let read = user.post("/api/v1/readings", json!({"sentence": SENTENCE})).await;
    let style = json_of(read).await["style"].clone();
    let mut edited = style.clone();
    edited["garments"][1]["colour"] = Value::Null;
    for (wish, by) in [
        (wish(json!({})), "nobody chose it"),
        (wish(json!({"stylist": "lexicon"})), "the lexicon was chosen"),
        (wish(json!({"stylist": "gemini", "sentence": ""})), "nothing to read"),
        (wish(json!({"stylist": "gemini", "style": edited})), "edited"),
    ] {
        let job = user.ask(wish).await;
        assert_eq!((&job["stylist"], &job["reading"]), (&json!("lexicon"), &Value::Null), "{by}");
    }
    assert_eq!(outside.heard().len(), 0);
    // A reading sent back unchanged does not count as edited.
    let job = user.ask(wish(json!({"stylist": "gemini", "style": style}))).await;
    assert_eq!((&job["stylist"], outside.heard().len()), (&json!("gemini"), 1));

    // Repeating the job uses the stored style: the sentence is not sent again.
    let cookie = format!("drape_session={}", user.token);
    let again = site
        .request(Method::POST, &format!("/jobs/{}/again", string(&job, "id")))
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("seed=other&key=again")
        .send()
        .await
        .expect("an answer");
    let at = again.headers()["location"].to_str().expect("an address").to_owned();
    let job = user.ended(at.trim_start_matches("/jobs/")).await;
    assert_eq!(job["style"]["garments"][0]["colour"]["name"], "emerald");
    assert_eq!((&job["reading"]["by"], outside.heard().len()), (&json!("gemini"), 0));

    let refused = user.post("/api/v1/jobs", wish(json!({"stylist": "oracle"}))).await;
    assert_eq!(refused.status(), 422);
    let off = Site::start().await;
    let other = off.guest().await;
    let photo = other.photo("grace-hopper.jpg").await;
    let wish = json!({"sentence": SENTENCE, "photos": [photo], "stylist": "gemini"});
    let refused = other.post("/api/v1/jobs", wish).await;
    assert_eq!(refused.status(), 422);
    assert_eq!(json_of(refused).await["field"], "stylist");
    assert_eq!(outside.heard().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_the_lexicon_reads_and_the_page_says_so() {
    let outside = Outside::start().await;
    let site = with_gemini(&outside).await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let wish = json!({"sentence": SENTENCE, "photos": [photo], "stylist": "gemini"});
    let text = |text: &str| {
        Reply::Json(
            200,
            json!({"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}]}),
        )
    };
    for (reply, why) in [
        (gemini_error(500, "INTERNAL", "x"), "failed"),
        (Reply::Busy(60), "quota"),
        (Reply::Silence(Duration::from_secs(20)), "timeout"),
        (text("{\"garments\": 5}"), "malformed"),
        (Reply::Json(200, json!({"promptFeedback": {"blockReason": "SAFETY"}})), "blocked"),
    ] {
        outside.always(reply);
        let job = user.ask(wish.clone()).await;
        assert_eq!(job["style"]["garments"][0]["colour"]["name"], "navy", "{why}");
        assert_eq!(
            (&job["reading"]["asked"], &job["reading"]["by"], &job["reading"]["why"]),
            (&json!("gemini"), &json!("lexicon"), &json!(why))
        );
        let page = |language: &'static str| {
            let path = format!("/jobs/{}", string(&job, "id"));
            let cookie = format!("drape_session={}; drape_lang={language}", user.token);
            let page = site.request(Method::GET, &path).header("cookie", cookie).send();
            async move { page.await.expect("a page").text().await.expect("text") }
        };
        assert!(page("ko").await.contains("그래서 우리 사전이 문장을 읽었어요."), "{why}");
        assert!(page("en").await.contains("so our own lexicon read the sentence."), "{why}");
    }
    assert!(outside.heard().iter().all(|heard| is_question(heard, SENTENCE)));

    // A worker without Gemini's settings sends nothing.
    let mut setup = Setup::default();
    setup.settings.gemini = true;
    let site = Site::with(setup).await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let job = user.ask(json!({"sentence": SENTENCE, "photos": [photo], "stylist": "gemini"})).await;
    assert_eq!((&job["reading"]["by"], &job["reading"]["why"]), (&json!("lexicon"), &json!("not_set_up")));
}

/// An engine that fails the first time.
struct Stumbling(AtomicBool);

impl Engine for Stumbling {
    fn name(&self) -> &'static str {
        drape_retouch::ENGINE
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated {
        if self.0.swap(false, Ordering::Relaxed) {
            let detail = "the first attempt".to_owned();
            return Err(EngineFailure::Failed { reason: FailureReason::EngineFailed, detail });
        }
        drape_testing::Still.generate(request, progress)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_attempt_does_not_ask_again() {
    let outside = Outside::start().await;
    outside.always(green());
    let mut setup = Setup { workers: 0, ..Setup::default() };
    setup.settings.gemini = true;
    let mut site = Site::with(setup).await;
    site.hire_asking(Arc::new(Stumbling(AtomicBool::new(true))), stylist(&outside));
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let job = user.ask(json!({"sentence": SENTENCE, "photos": [photo], "stylist": "gemini"})).await;
    assert_eq!((&job["attempt"], &job["reading"]["by"]), (&json!(2), &json!("gemini")));
    assert_eq!(job["style"]["garments"][0]["colour"]["name"], "emerald");
    assert_eq!(outside.heard().len(), 1);
}

/// Two servers on one database: one calls Google Lens, the other serves the pictures of garments.
struct Pair {
    asks: Site,
    serves: Site,
    outside: Outside,
}

impl Pair {
    async fn start(crop_seconds: u32) -> Self {
        let outside = Outside::start().await;
        let place = Arc::new(drape_testing::Place::new().await);
        let serves = Site::at(Arc::clone(&place), Setup { workers: 0, ..Setup::default() }).await;
        let mut setup = Setup::default();
        setup.settings = Settings {
            public_url: Some(serves.base.clone()),
            recommender: Some(Arc::new(lens_of(&outside))),
            crop_seconds,
            ..setup.settings
        };
        Self { asks: Site::at(place, setup).await, serves, outside }
    }
}

fn lens_of(outside: &Outside) -> Lens {
    let settings = lens::Settings {
        address: outside.base.clone(),
        key: Key::parse(LENS_KEY).expect("a key"),
        timeout: Duration::from_secs(10),
    };
    Lens::new(&settings).expect("a client")
}

fn coats() -> Reply {
    matches(&json!([
        {"title": "Navy Blazer", "link": "https://shop.example/blazer", "source": "Shop Example",
            "price": {"value": "₩129,000*", "extracted_value": 129000.0, "currency": "₩"},
            "thumbnail": "https://encrypted-tbn0.gstatic.com/images?q=1", "rating": 4.6, "reviews": 31, "in_stock": true},
        {"title": "no page", "source": "Shop Example"},
        {"title": "A blazer somewhere", "link": "https://blog.example/post", "source": "Blog"}
    ]))
}

/// Checks that the fetched picture shows only the garment: exactly the cut-out of the look, which does not
/// depend on any pixel of hair or skin.
async fn is_faceless(heard: &Heard, user: &User<'_>, look: &str, slot: Slot) {
    let (status, kind, bytes) = heard.picture.as_ref().expect("the picture was fetched");
    assert_eq!((*status, kind.as_str()), (200, "image/png"));
    let crop = Photo::decode(bytes).expect("a picture").pixels;
    let view =
        user.get(&format!("/api/v1/looks/{look}/picture?size=view")).await.bytes().await.expect("bytes");
    let photo = Photo::decode(&view).expect("the look");
    let parse = parser().parse(&photo).expect("labels");
    let body = |l: u8| l == Label::Hair as u8 || l == Label::Skin as u8;
    let mut painted = photo.clone();
    let mut hidden = 0;
    for (pixel, label) in painted.pixels.pixels_mut().zip(parse.labels.as_raw()) {
        if body(*label) {
            pixel.0 = [255, 0, 255];
            hidden += 1;
        }
    }
    assert!(hidden > 1_000, "the look shows a face");
    let asked = [Slot::Outer, Slot::Upper];
    let without = cut_out(&painted, &parse, slot, &asked).expect("a garment").pixels;
    assert_eq!(crop, without, "no pixel of hair or skin is in it");
    let plain = crop.pixels().filter(|p| p.0 == PLAIN).count();
    let share = plain as f32 / (crop.width() * crop.height()) as f32;
    assert!((0.05..0.95).contains(&share), "{share} of it is plain");
    assert_eq!(crop.get_pixel(0, 0).0, PLAIN);
}

#[tokio::test(flavor = "multi_thread")]
async fn lens_sees_one_garment_without_a_face_once_its_owner_agrees() {
    let pair = Pair::start(300).await;
    let (site, outside) = (&pair.asks, &pair.outside);
    let user = site.guest().await;
    let look = user.look("navy blazer, white shirt").await;
    let path = format!("/api/v1/looks/{look}/recommendations");
    let ask = |garment: u32| json!({"source": "lens", "garment": garment, "consent": true});

    // Nothing is sent without consent, for another user's look, or to another source.
    let stranger = site.guest().await;
    for (who, body, status, field) in [
        (&user, json!({"source": "lens", "garment": 0}), 422, "consent"),
        (&user, json!({"source": "lens", "garment": 0, "consent": false}), 422, "consent"),
        (&user, json!({"source": "elsewhere", "garment": 0, "consent": true}), 422, "source"),
        (&user, ask(9), 404, ""),
        (&stranger, ask(0), 404, ""),
    ] {
        let answer = who.post(&path, body).await;
        assert_eq!(answer.status(), status);
        assert_eq!(json_of(answer).await["field"].as_str().unwrap_or_default(), field);
    }
    let picture = format!("/api/v1/looks/{look}/garments/0/picture");
    assert_eq!(stranger.get(&picture).await.status(), 404);
    assert_eq!(outside.heard().len(), 0);

    outside.always(coats());
    let found = json_of(user.post(&path, ask(0)).await).await;
    assert_eq!((&found["source"], &found["reason"]), (&json!("lens"), &Value::Null), "{found}");
    assert_eq!(found["garment"], "navy blazer");
    assert_eq!(
        found["products"],
        json!([
            {"title": "Navy Blazer", "link": "https://shop.example/blazer", "source": "Shop Example",
                "price": {"value": "₩129,000", "amount": 129000.0, "currency": "₩"},
                "thumbnail": "https://encrypted-tbn0.gstatic.com/images?q=1", "rating": 4.6, "reviews": 31,
                "in_stock": true},
            {"title": "A blazer somewhere", "link": "https://blog.example/post", "source": "Blog", "price": null,
                "thumbnail": null, "rating": null, "reviews": null, "in_stock": null}
        ])
    );
    let as_of = found["as_of"].as_i64().expect("a time");
    assert!((drape_store::now() - as_of).abs() < 60_000);
    let heard = outside.heard();
    assert_eq!(heard.len(), 1);
    let link = is_lens(&heard[0], "en", "us");
    let account = json_of(user.get("/api/v1/account").await).await;
    assert!(link.starts_with(&format!("{}/crops/", pair.serves.base)), "another process serves it: {link}");
    for secret in [&look, &string(&account, "id"), &user.token] {
        assert!(!link.contains(secret.as_str()), "{link} says nothing of its owner");
    }
    is_faceless(&heard[0], &user, &look, Slot::Outer).await;
    // The owner's picture beforehand is the one that was fetched.
    let shown = user.get(&picture).await.bytes().await.expect("bytes");
    assert_eq!(heard[0].picture.as_ref().map(|p| p.2.as_slice()), Some(shown.as_ref()));
    // The link ended with the answer.
    assert_eq!(status(site, &link).await, 404);

    // Within an hour no second request is sent; another garment or language is another request.
    let again = json_of(user.post(&path, ask(0)).await).await;
    assert_eq!((&again["as_of"], &again["products"]), (&json!(as_of), &found["products"]));
    assert_eq!(outside.heard().len(), 0);
    let korean = user.request(Method::POST, &path).header("accept-language", "ko").json(&ask(1)).send().await;
    assert_eq!(json_of(korean.expect("an answer")).await["garment"], "흰색 셔츠");
    let heard = outside.heard();
    is_lens(&heard[0], "ko", "kr");
    is_faceless(&heard[0], &user, &look, Slot::Upper).await;

    // After an hour the results are forgotten.
    let (owner, id) = (string(&account, "id").parse().expect("an id"), look.parse().expect("an id"));
    let kept = |at: i64| site.store.found(owner, id, Language::English, at);
    assert_eq!(kept(as_of + FOUND_FOR - 60_000).await.expect("answers").len(), 1);
    assert_eq!(kept(as_of + FOUND_FOR + 60_000).await.expect("answers").len(), 0);
    // The page shows the results, without pictures or scripts from other hosts.
    let job = string(&json_of(user.get(&format!("/api/v1/looks/{look}")).await).await, "job");
    let cookie = format!("drape_session={}", user.token);
    let page = site.request(Method::GET, &format!("/jobs/{job}")).header("cookie", &cookie).send().await;
    let page = page.expect("a page").text().await.expect("text");
    assert!(page.contains("https://shop.example/blazer") && page.contains("₩129,000"), "{page}");
    assert!(page.contains("rel=\"noopener noreferrer nofollow external\""));
    assert!(!page.contains("gstatic"), "no picture is loaded from elsewhere");

    // The results are deleted with the look.
    assert_eq!(user.delete(&format!("/api/v1/looks/{look}")).await.status(), 200);
    assert_eq!(kept(as_of).await.expect("answers").len(), 0);
    assert_eq!(user.post(&path, ask(0)).await.status(), 404);
    assert_eq!(outside.heard().len(), 0);
}

async fn status(site: &Site, url: &str) -> StatusCode {
    site.request(Method::GET, url).send().await.expect("an answer").status()
}

#[tokio::test(flavor = "multi_thread")]
async fn when_lens_finds_nothing_or_is_down_the_catalogue_answers_and_says_why() {
    let pair = Pair::start(300).await;
    let user = pair.asks.guest().await;
    let look = user.look("navy blazer, white shirt").await;
    let path = format!("/api/v1/looks/{look}/recommendations");
    let ask = json!({"source": "lens", "garment": 0, "consent": true});
    let invalid = "Invalid API key. Your API key should be here: https://serpapi.com/manage-api-key";
    for (reply, reason, words) in [
        (Reply::Json(401, json!({"error": invalid})), "refused", "did not accept"),
        (
            Reply::Json(429, json!({"error": "Your account has run out of searches."})),
            "quota",
            "no requests left",
        ),
        (Reply::Text(503, "oops"), "failed", "a problem of its own"),
        (Reply::Text(200, "<html>"), "malformed", "could not be read"),
        (no_matches(), "nothing", "found no similar product"),
    ] {
        pair.outside.always(reply);
        let found = json_of(user.post(&path, ask.clone()).await).await;
        assert_eq!((&found["source"], &found["reason"]), (&json!("catalogue"), &json!(reason)), "{found}");
        let message = string(&found, "message");
        assert!(message.contains(words) && message.contains("catalogue"), "{message}");
        assert!(!message.contains("serpapi.com"), "{message}");
        assert!(found["products"].as_array().is_some_and(|p| !p.is_empty()), "{found}");
        assert_eq!(pair.outside.heard().len(), 1, "{reason}");
    }
    // An empty result is kept for an hour, too.
    let found = json_of(user.post(&path, ask).await).await;
    assert_eq!((&found["reason"], pair.outside.heard().len()), (&json!("nothing"), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_to_garments_end_and_cannot_be_guessed() {
    let pair = Pair::start(4).await;
    let user = pair.asks.guest().await;
    let look = user.look("navy blazer, white shirt").await;
    let account = json_of(user.get("/api/v1/account").await).await;
    let owner = string(&account, "id").parse().expect("an id");
    let garment = LookGarment { look: look.parse().expect("an id"), garment: 0 };
    let now = drape_store::now();
    // SHA-256 of "token": the database stores only this hash of a link.
    let hash = "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0";
    pair.asks.store.open_crop(owner, garment, hash, now + 60_000, now).await.expect("a link");
    assert_eq!(status(&pair.serves, "/crops/token").await, 200);
    for bad in ["/crops/Token", "/crops/tokem", &format!("/crops/{look}"), "/crops/", "/crops/token/0"] {
        assert_eq!(status(&pair.serves, bad).await, 404, "{bad}");
    }
    // The store takes the time as an argument; the server passes its own.
    assert!(pair.asks.store.crop(hash, now + 59_000).await.is_ok());
    assert!(pair.asks.store.crop(hash, now + 61_000).await.is_err());
    // A user cannot open a link to another user's look.
    let stranger = json_of(pair.asks.guest().await.get("/api/v1/account").await).await;
    let other = string(&stranger, "id").parse().expect("an id");
    assert!(pair.asks.store.open_crop(other, garment, "hash", now + 60_000, now).await.is_err());
    assert_eq!(user.delete("/api/v1/account").await.status(), 200);
    assert_eq!(status(&pair.serves, "/crops/token").await, 404);

    // A service that takes too long finds the link expired.
    let user = pair.asks.guest().await;
    let look = user.look("navy blazer, white shirt").await;
    pair.outside.once(Reply::Silence(Duration::from_millis(4_500)));
    let path = format!("/api/v1/looks/{look}/recommendations");
    let ask = user.post(&path, json!({"source": "lens", "garment": 0, "consent": true}));
    let watch = async {
        let mut heard = Vec::new();
        while heard.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            heard = pair.outside.heard();
        }
        let link = is_lens(&heard[0], "en", "us");
        let early = status(&pair.serves, &link).await;
        tokio::time::sleep(Duration::from_millis(4_050)).await;
        (early, status(&pair.serves, &link).await)
    };
    let (answer, (early, late)) = tokio::join!(ask, watch);
    assert_eq!((answer.status().as_u16(), early.as_u16(), late.as_u16()), (200, 200, 404));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_client_shows_google_nothing_unless_it_says_so() {
    let pair = Pair::start(300).await;
    let user = pair.asks.guest().await;
    let look = user.look("navy blazer, white shirt").await;
    let ask = |body: Value| async {
        let answer = user.post("/api/recommendations", body).await;
        assert_eq!(answer.status(), 200);
        json_of(answer).await["data"]["visual_matches"].clone()
    };
    let url = format!("{}/media/looks/{look}", pair.asks.base);
    let own = ask(json!({"imgUrl": url})).await;
    assert!(own.as_array().is_some_and(|m| m.len() >= 6), "{own}");
    assert_eq!(pair.outside.heard().len(), 0);
    pair.outside.always(coats());
    let found = ask(json!({"imgUrl": url, "consent": true})).await;
    let links: Vec<&str> =
        found.as_array().expect("a list").iter().filter_map(|m| m["link"].as_str()).collect();
    let (shop, blog) = ("https://shop.example/blazer", "https://blog.example/post");
    assert_eq!(links, [shop, shop, blog, blog]);
    assert_eq!((&found[0]["position"], &found[0]["price"]["extracted_value"]), (&json!(1), &json!(129000.0)));
    let heard = pair.outside.heard();
    assert_eq!(heard.len(), 2, "one per garment");
    heard.iter().for_each(|h| drop(is_lens(h, "ko", "kr")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_ask_before_anything_leaves() {
    for (language, sentence) in [("ko", SENTENCE), ("en", "navy blazer, white shirt")] {
        let outside = Outside::start().await;
        let place = Arc::new(drape_testing::Place::new().await);
        let serves = Site::at(Arc::clone(&place), Setup { workers: 0, ..Setup::default() }).await;
        let mut setup = Setup { workers: 0, ..Setup::default() };
        setup.settings = Settings {
            public_url: Some(serves.base.clone()),
            recommender: Some(Arc::new(lens_of(&outside))),
            gemini: true,
            ..setup.settings
        };
        let mut site = Site::at(place, setup).await;
        site.hire_asking(parser(), stylist(&outside));
        let driver = Driver::start();
        let window = driver.window(language, true).await;
        let t = |korean: &'static str, english: &'static str| if language == "ko" { korean } else { english };
        window.open(&format!("{}/privacy", site.base)).await;
        window.says("main", "SerpAPI").await;
        window.says("main", "Gemini").await;
        window.picture(&format!("words-{language}-privacy")).await;
        crate::browser::enter(&window, &site, "grace-hopper.jpg").await;

        window.click("a[href='/compose']").await;
        window.at("/compose").await;
        let tick = window.all("input[name=stylist]").await.remove(0);
        assert!(!tick.is_selected().await.expect("a state"), "off until chosen");
        window.write("#sentence", sentence).await;
        window.says(".chips", t("네이비 블레이저", "navy blazer")).await;
        window.click(".leaves label").await;
        window.says("#gemini-leaves", t("이 문장만 구글로", "Only this sentence")).await;
        window.accessible("compose with Gemini").await;
        window.picture(&format!("words-{language}-compose")).await;
        assert_eq!(outside.heard().len(), 0, "reading while one types stays here");
        outside.once(says(&json!({
            "garments": [{"text": "", "kind": "blazer", "colour": "emerald"}, {"text": "", "kind": "shirt", "colour": "white"}],
            "not_understood": []
        })));
        window.click(".compose-side > button").await;
        window.find(".compare").await;
        window.says(".read-by", t("Gemini가 문장을 읽었어요", "Read by Gemini")).await;
        assert!(is_question(&outside.heard()[0], sentence));

        // The page shows the picture before it is sent; the button sends it.
        assert_eq!(window.all(".rack .elsewhere details").await.len(), 2);
        window.click(".rack:nth-of-type(1) .elsewhere summary").await;
        window.says(".elsewhere form", t("구글로 나가는 것", "goes to Google")).await;
        window.drawn(".elsewhere .cutout").await;
        window.accessible("result with Lens").await;
        window.picture(&format!("words-{language}-ask")).await;
        assert_eq!(outside.heard().len(), 0);
        outside.once(coats());
        window.click(".rack:nth-of-type(1) .elsewhere form button").await;
        window.says(".finds", "Shop Example").await;
        window.says(".finds", "₩129,000").await;
        window.accessible("what Lens found").await;
        window.picture(&format!("words-{language}-found")).await;
        assert_eq!(outside.heard().len(), 1);

        outside.once(Reply::Text(503, "oops"));
        window.click(".rack:nth-of-type(2) .elsewhere summary").await;
        window.click(".rack:nth-of-type(2) .elsewhere form button").await;
        window.says(".note", t("문제가 생겼어요", "a problem of its own")).await;
        window.picture(&format!("words-{language}-down")).await;
        window.close().await;
    }
}
