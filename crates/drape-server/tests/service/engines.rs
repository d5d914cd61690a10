//! Jobs that choose engine, subject and settings; previews; and the pages about them.

use std::sync::Arc;
use std::time::Duration;

use drape_server::Offer;
use drape_testing::Still;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Painter, Setup, Site, User, files, holds, json_of, string};

/// A server that offers two engines and a test engine, with a worker for each but the first.
async fn site() -> Site {
    let mut setup = Setup { workers: 0, ..Setup::default() };
    setup.settings.engines = ["retouch", "photomaker", "still"].map(Offer::of).into();
    let mut site = Site::with(setup).await;
    site.hire_with(Arc::new(Painter));
    site.hire_with(Arc::new(Still));
    site
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Fields as a browser sends them.
fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        let one =
            |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
        text.bytes().map(one).collect()
    };
    let pairs: Vec<String> = fields.iter().map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
    pairs.join("&")
}

async fn report(user: &User<'_>, job: &Value) -> Value {
    let look = format!("/api/v1/looks/{}", job["looks"][0].as_str().expect("a look"));
    json_of(user.get(&look).await).await["report"].clone()
}

/// The page at a path, as text.
async fn page(user: &User<'_>, path: &str) -> String {
    let answer = user.request(Method::GET, path).header("accept-language", "en").send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.expect("a page")
}

/// Waits until a job has a preview, and returns the job.
async fn shown(user: &User<'_>, job: &str) -> Value {
    for _ in 0..400 {
        let found = json_of(user.get(&format!("/api/v1/jobs/{job}")).await).await;
        if found["preview"].is_string() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing is to be seen of {job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_say_what_they_can_do_in_both_languages() {
    let site = site().await;
    let ask = |language: &'static str| {
        let request = site.request(Method::GET, "/api/v1/engines").header("accept-language", language);
        async move { json_of(request.send().await.expect("an answer")).await }
    };
    let (english, korean) = (ask("en").await, ask("ko").await);
    let of = |list: &Value, field: &str| -> Vec<Value> {
        list.as_array().expect("a list").iter().map(|e| e[field].clone()).collect()
    };
    assert_eq!(of(&english, "id"), ["retouch", "photomaker", "still"]);
    assert_eq!(of(&english, "kind"), ["retouch", "paint", "test"]);
    assert_eq!(of(&english, "default"), [true, false, false]);
    assert_eq!(english[0]["name"], "Change my clothes in this photo");
    assert_eq!(korean[1]["name"], "나를 새로 그리기");
    let words = english[1]["description"].to_string();
    for part in ["minutes", "GPU", "AI-generated", "may differ from the real you", "face is large and clear"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(english[0]["description"].to_string().contains("your face or hair stays as it is"));
    assert_eq!(english[0]["options"], json!([]));
    assert!(english[1]["options"].as_array().is_some_and(|o| o.contains(&json!("subject"))));
}

/// The choice of an engine and the landing page say the same about the shapes of clothes.
#[tokio::test(flavor = "multi_thread")]
async fn the_landing_page_and_the_choice_of_an_engine_agree() {
    let site = Site::start().await;
    for (language, of_shapes) in [("ko", "모양"), ("en", "cut")] {
        let get = async |path: &str| {
            let request = site.request(Method::GET, path).header("accept-language", language);
            request.send().await.expect("an answer")
        };
        let engines = json_of(get("/api/v1/engines").await).await;
        let description = engines[0]["description"].as_array().expect("sentences");
        let said: Vec<&str> =
            description.iter().filter_map(Value::as_str).filter(|s| s.contains(of_shapes)).collect();
        assert_eq!(said.len(), 1, "{description:?}");
        assert!(get("/").await.text().await.expect("a page").contains(said[0]), "{language}: {}", said[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_chooses_its_engine_and_how_it_is_made() {
    let mut site = site().await;
    site.hire();
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    // The defaults: the first engine, a person, and the engine's own settings.
    let job = user.job("navy blazer", &photo, 1).await;
    let job = user.ended(&job).await;
    assert_eq!(
        (&job["engine"], &job["subject"], &job["settings"]),
        (&json!("retouch"), &json!("person"), &json!({}))
    );
    assert_eq!(report(&user, &job).await["engine"], "retouch");

    let settings =
        json!({"steps": 12, "guidance": 5.5, "width": 832, "height": 1216, "negative": "hat", "best_of": 2});
    let wish = json!({
        "sentence": "navy blazer", "photos": [photo], "engine": "still", "subject": "woman",
        "settings": settings,
    });
    let answer = user.post("/api/v1/jobs", wish).await;
    assert_eq!(answer.status(), 202);
    let job = user.ended(&string(&json_of(answer).await, "id")).await;
    assert_eq!(
        (&job["engine"], &job["subject"], &job["settings"]),
        (&json!("still"), &json!("woman"), &settings)
    );
    // The engine received these values.
    let report = report(&user, &job).await;
    assert_eq!((&report["subject"], &report["settings"]), (&json!("woman"), &settings));
    // The export contains them, too.
    let export = user.get("/api/v1/account/export").await.bytes().await.expect("a file");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(export)).expect("a ZIP file");
    let all: Value = serde_json::from_reader(zip.by_name("drape.json").expect("the list")).expect("JSON");
    assert_eq!((&all["jobs"][0]["subject"], &all["jobs"][0]["settings"]), (&json!("woman"), &settings));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_is_refused_in_the_callers_language() {
    let site = site().await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    for (more, field, english, korean) in [
        (
            json!({"engine": "dall-e"}),
            "engine",
            "offers: retouch, photomaker, still.",
            "고를 수 있는 엔진: retouch",
        ),
        (json!({"engine": "null"}), "engine", "offers", "엔진"),
        (json!({"subject": "cat"}), "subject", "person, woman, man, girl, boy", "다음 가운데 하나"),
        (json!({"settings": {"steps": 0}}), "steps", "1 to 100", "100 사이"),
        (json!({"settings": {"steps": 101}}), "steps", "1 to 100", "100 사이"),
        (json!({"settings": {"guidance": 0.5}}), "guidance", "1 to 30", "30 사이"),
        (json!({"settings": {"width": 100, "height": 512}}), "width", "multiples of 8", "8의 배수"),
        (json!({"settings": {"width": 512}}), "size", "go together", "함께"),
        (json!({"settings": {"best_of": 5}}), "best_of", "1 to 4", "4 사이"),
        (json!({"settings": {"negative": "x".repeat(301)}}), "negative", "300", "300"),
        (json!({"settings": {"steps": "many"}}), "settings", "whole numbers", "정수"),
        (json!({"settings": {"lora": 1}}), "settings", "only", "만"),
    ] {
        let mut wish = json!({"sentence": "navy blazer", "photos": [photo]});
        for (key, value) in more.as_object().expect("an object") {
            wish[key] = value.clone();
        }
        for (language, words) in [("en", english), ("ko", korean)] {
            let request = user.request(Method::POST, "/api/v1/jobs").header("accept-language", language);
            let answer = request.json(&wish).send().await.expect("an answer");
            assert_eq!(answer.status(), 422, "{more}");
            let problem = json_of(answer).await;
            assert_eq!((&problem["title"], &problem["field"]), (&json!("invalid"), &json!(field)), "{more}");
            assert!(string(&problem, "detail").contains(words), "{words}: {problem}");
        }
    }
    assert_eq!(json_of(user.get("/api/v1/jobs").await).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_with_another_engine_is_another_request() {
    let site = site().await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let send = |more: Value| {
        let mut wish = json!({"sentence": "navy blazer", "photos": [photo]});
        for (key, value) in more.as_object().expect("an object") {
            wish[key] = value.clone();
        }
        let request = user.request(Method::POST, "/api/v1/jobs").header("idempotency-key", "one").json(&wish);
        async move { request.send().await.expect("an answer").status().as_u16() }
    };
    let first = json!({"engine": "still", "subject": "man", "settings": {"steps": 2}});
    assert_eq!((send(first.clone()).await, send(first).await), (202, 202));
    for other in [
        json!({"engine": "photomaker", "subject": "man", "settings": {"steps": 2}}),
        json!({"engine": "still", "subject": "boy", "settings": {"steps": 2}}),
        json!({"engine": "still", "subject": "man", "settings": {"steps": 3}}),
    ] {
        assert_eq!(send(other.clone()).await, 409, "{other}");
    }
    let jobs = json_of(user.get("/api/v1/jobs").await).await;
    assert_eq!(jobs.as_array().map(Vec::len), Some(1));
    user.ended(&string(&jobs[0], "id")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_seen_by_its_owner_alone() {
    let site = site().await;
    let (owner, other) = (site.guest().await, site.guest().await);
    let photo = owner.photo("grace-hopper.jpg").await;
    let wish =
        json!({"sentence": "x", "photos": [photo], "engine": "photomaker", "settings": {"steps": 100}});
    let job = string(&json_of(owner.post("/api/v1/jobs", wish.clone()).await).await, "id");
    let path = string(&shown(&owner, &job).await, "preview");
    assert_eq!(path, format!("/api/v1/jobs/{job}/preview"));
    let answer = owner.get(&path).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    let bytes = answer.bytes().await.expect("a picture");
    let preview = image::load_from_memory(&bytes).expect("a JPEG");
    assert_eq!(preview.width().max(preview.height()), 320);
    assert_eq!(other.get(&path).await.status(), 404);
    assert_eq!(site.request(Method::GET, &path).send().await.expect("an answer").status(), 401);
    // The page shows the preview, also without scripts, and labels it as such.
    let waiting = page(&owner, &format!("/jobs/{job}")).await;
    assert!(waiting.contains(&format!("<img src=\"{path}?n=1.")), "{waiting}");
    assert!(waiting.contains("preview</figcaption>") && waiting.contains("http-equiv=\"refresh\""));

    // Its events carry the numbers, at most one a second; when the job ends the preview is gone.
    let ended = owner.ended(&job).await;
    assert_eq!((&ended["state"], &ended["preview"]), (&json!("done"), &Value::Null));
    assert_eq!(owner.get(&path).await.status(), 404);
    let story = owner.get(&format!("/api/v1/jobs/{job}/events")).await.text().await.expect("events");
    let mut numbers: Vec<u64> = story
        .lines()
        .filter_map(|l| serde_json::from_str::<Value>(l.strip_prefix("data: ")?).ok()?["preview"].as_u64())
        .collect();
    numbers.dedup();
    assert!(numbers == [1, 2] || numbers == [1, 2, 3], "{numbers:?}");

    // Cancelling the job, or deleting its owner, leaves no preview.
    let job = string(&json_of(owner.post("/api/v1/jobs", wish.clone()).await).await, "id");
    let path = string(&shown(&owner, &job).await, "preview");
    owner.delete(&format!("/api/v1/jobs/{job}")).await;
    assert_eq!(owner.get(&path).await.status(), 404);
    let job = string(&json_of(owner.post("/api/v1/jobs", wish).await).await, "id");
    shown(&owner, &job).await;
    owner.delete("/api/v1/account").await;
    // The database contains no picture any more, not even in free pages.
    let place = site.stop().await;
    for (path, bytes) in
        files(place.folder()).iter().filter(|(p, _)| p.to_string_lossy().contains("drape.sqlite"))
    {
        assert!(!holds(bytes, b"JFIF"), "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_offer_the_choice_and_keep_it() {
    let site = site().await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let compose = page(&user, "/compose").await;
    assert!(compose.contains("value=\"retouch\" data-kind=\"retouch\" checked"), "{compose}");
    assert!(compose.contains("Paint a new picture of me") && compose.contains("minutes per picture"));
    let send = async |fields: &[(&str, &str)]| {
        let mut all = vec![("photo", photo.as_str()), ("sentence", "navy blazer"), ("variations", "1")];
        all.extend(fields);
        user.request(Method::POST, "/jobs")
            .header("accept-language", "en")
            .header("content-type", FORM)
            .body(form(&all))
            .send()
            .await
            .expect("an answer")
    };
    // An invalid number of steps is reported at its field, and the other fields stay.
    let wrong = [("engine", "photomaker"), ("subject", "boy"), ("size", "landscape"), ("negative", "hat")];
    for steps in ["0", "many", "101"] {
        let answer = send(&[&wrong[..], &[("steps", steps)]].concat()).await;
        assert_eq!(answer.status(), 422, "{steps}");
        let text = answer.text().await.expect("a page");
        for part in [
            "steps must be 1 to 100",
            "value=\"photomaker\" data-kind=\"paint\" checked",
            "value=\"boy\" checked",
            "value=\"landscape\" checked",
            "<details class=\"paint-more\" open>",
        ] {
            assert!(text.contains(part), "{steps}: {part}");
        }
    }
    assert_eq!(send(&[("engine", "nothing")]).await.status(), 422);

    let answer = send(&[&wrong[..], &[("steps", "3"), ("key", "k1")]].concat()).await;
    assert_eq!(answer.status(), 303);
    let path = answer.headers()["location"].to_str().expect("an address").to_owned();
    let of_page = async |path: &str| user.ended(path.rsplit('/').next().expect("an id")).await;
    let job = of_page(&path).await;
    let settings = json!({"steps": 3, "width": 1216, "height": 832, "negative": "hat"});
    let chosen = |job: &Value| (job["engine"].clone(), job["subject"].clone(), job["settings"].clone());
    assert_eq!(chosen(&job), (json!("photomaker"), json!("boy"), settings.clone()));
    assert_eq!(job["state"], "done");

    // The result states the likeness, the engine, and that a program made it.
    let result = page(&user, &path).await;
    for part in
        ["Likeness 0.83: very much like you", "cosine", "AI-generated", "Painted anew", "(photomaker)"]
    {
        assert!(result.contains(part), "{part}: {result}");
    }
    assert!(!result.contains("data-compare"), "there is no before and after in a new picture");

    // "Again" with the same or another seed, and "change one thing", keep the choice.
    for seed in ["same", "other"] {
        let answer = user
            .request(Method::POST, &format!("{path}/again"))
            .header("content-type", FORM)
            .body(form(&[("seed", seed)]))
            .send()
            .await;
        let again = answer.expect("an answer").headers()["location"].to_str().expect("an address").to_owned();
        let again = of_page(&again).await;
        assert_eq!(chosen(&again), chosen(&job), "{seed}");
        assert_eq!(again["seed"] == job["seed"], seed == "same");
    }
    // The page also keeps settings that only programs can set.
    let more = json!({"steps": 4, "guidance": 3.5, "width": 640, "height": 960, "best_of": 2});
    let wish = json!({"sentence": "navy blazer", "photos": [photo], "engine": "photomaker", "subject": "man", "settings": more});
    let program = string(&json_of(user.post("/api/v1/jobs", wish).await).await, "id");
    let text = page(&user, &format!("/compose?from={program}")).await;
    assert!(
        text.contains("value=\"man\" checked")
            && text.contains("value=\"photomaker\" data-kind=\"paint\" checked")
    );
    let hidden = text
        .split("name=\"settings\" value=\"")
        .nth(1)
        .and_then(|t| t.split('"').next())
        .expect("it is there");
    let hidden = hidden.replace("&quot;", "\"").replace("&#34;", "\"");
    let fields = [
        ("engine", "photomaker"),
        ("subject", "man"),
        ("size", "portrait"),
        ("steps", "5"),
        ("settings", &hidden),
    ];
    let answer = send(&fields).await;
    let job = of_page(answer.headers()["location"].to_str().expect("an address")).await;
    let wanted = json!({"steps": 5, "guidance": 3.5, "width": 640, "height": 960, "best_of": 2});
    assert_eq!(job["settings"], wanted);

    // With the retouching engine, painting settings are ignored. This job has no worker.
    user.ended(&program).await;
    site.may_leave(1);
    let answer = send(&[&[("engine", "retouch")], &wrong[1..], &[("steps", "many")]].concat()).await;
    let path = answer.headers()["location"].to_str().expect("an address").to_owned();
    let job = json_of(user.get(&format!("/api/v1{path}")).await).await;
    assert_eq!(chosen(&job), (json!("retouch"), json!("person"), json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_engine_is_no_choice() {
    let site = Site::start().await;
    let user = site.guest().await;
    let compose = page(&user, "/compose").await;
    assert!(!compose.contains("name=\"engine\"") && !compose.contains("name=\"subject\""));
    assert!(page(&user, "/privacy").await.contains("No face embeddings"));
    let mut setup = Setup { workers: 0, ..Setup::default() };
    setup.settings.engines = vec![Offer { side: 512, ..Offer::of("photomaker") }];
    let site = Site::with(setup).await;
    site.may_leave(1);
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let compose = page(&user, "/compose").await;
    assert!(!compose.contains("name=\"engine\"") && compose.contains("name=\"subject\""));
    // What is made of a face is said where it is made.
    assert!(page(&user, "/privacy").await.contains("Numbers that describe your face are made only when"));
    let fields = [("photo", photo.as_str()), ("sentence", "x"), ("size", "portrait")];
    let answer = user
        .request(Method::POST, "/jobs")
        .header("content-type", FORM)
        .body(form(&fields))
        .send()
        .await
        .expect("an answer");
    let path = answer.headers()["location"].to_str().expect("an address").to_owned();
    let job = json_of(user.get(&format!("/api/v1{path}")).await).await;
    assert_eq!(
        (&job["engine"], &job["settings"]),
        (&json!("photomaker"), &json!({"width": 416, "height": 608}))
    );
}
