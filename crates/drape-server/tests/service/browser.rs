//! The pages in a real browser: the whole walk in both languages, two people at once, and a walk without
//! scripts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use std::sync::Arc;

use drape_core::engine::Stage;
use drape_server::Offer;
use drape_store::{ClaimRequest, JobProgress};
use thirtyfour::Key;

use crate::common::{Painter, Setup, Site};
use crate::driver::{Driver, Window};

fn example(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    path.canonicalize().expect("an example photo")
}

/// Enters as a guest and uploads a photo.
pub(crate) async fn enter(window: &Window, site: &Site, photo: &str) {
    window.open(&site.base).await;
    window.click("form[action='/guest'] button").await;
    window.at("/photos").await;
    let input = window.all("#photo").await;
    input[0].send_keys(example(photo).to_string_lossy()).await.expect("a file");
    window.click("label.tick").await;
    window.click("[data-send], .no-js-only button").await;
    window.find(".photo-grid .photo").await;
}

/// Writes a sentence and asks for looks; afterwards the page of the job is open.
async fn ask(window: &Window, sentence: &str, variations: u32) {
    window.click("a[href='/compose']").await;
    window.at("/compose").await;
    window.write("#sentence", sentence).await;
    // The chips move what is below them, so nothing there is clicked before they have come.
    window.says(".chips", sentence.split([',', '에']).next().expect("a first garment")).await;
    window.click(&format!(".segments label:nth-child({variations})")).await;
    window.click(".compose-side > button").await;
    window.at("/jobs/").await;
}

struct Words {
    language: &'static str,
    sentence: &'static str,
    chips: &'static [&'static str],
    unknown: &'static str,
    advice: &'static str,
    waiting: &'static str,
    product: &'static str,
    email: &'static str,
    nickname: &'static str,
    receipt: &'static str,
}

const KOREAN: Words = Words {
    language: "ko",
    sentence: "네이비 블레이저에 흰 셔츠, 뿅뿅",
    chips: &["네이비 블레이저", "흰색 셔츠"],
    unknown: "뿅뿅",
    advice: "상반신",
    waiting: "곧 시작",
    product: "네이비",
    email: "walk-ko@example.com",
    nickname: "산책자님",
    receipt: "삭제 영수증",
};

const ENGLISH: Words = Words {
    language: "en",
    sentence: "navy blazer, white shirt, blorp",
    chips: &["navy blazer", "white shirt"],
    unknown: "blorp",
    advice: "upper body",
    waiting: "next",
    product: "avy",
    email: "walk-en@example.com",
    nickname: "walker",
    receipt: "Deletion receipt",
};

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_walk_in_korean() {
    walk(&KOREAN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_walk_in_english() {
    walk(&ENGLISH).await;
}

async fn walk(words: &Words) {
    // No worker runs at first, so that the waiting page can be tested.
    let mut site = Site::with(Setup { workers: 0, ..Setup::default() }).await;
    let driver = Driver::start();
    let window = driver.window(words.language, true).await;

    // The language choice is remembered; then back to the language of this walk.
    window.open(&site.base).await;
    assert_eq!(
        window.find("html").await.attr("lang").await.expect("a value").as_deref(),
        Some(words.language)
    );
    window.accessible("landing").await;
    let other = if words.language == "ko" { "en" } else { "ko" };
    window.click("a.lang").await;
    window.find(&format!("html[lang={other}]")).await;
    window.open(&format!("{}/privacy", site.base)).await;
    window.find(&format!("html[lang={other}]")).await;
    window.click("a.lang").await;
    window.find(&format!("html[lang={}]", words.language)).await;
    window.accessible("privacy").await;

    // Guest, photo, advice.
    enter(&window, &site, "grace-hopper.jpg").await;
    window.says(".photo .advice", words.advice).await;
    window.accessible("photos").await;

    // The reading as chips; one is edited.
    window.click("a[href='/compose']").await;
    window.write("#sentence", words.sentence).await;
    for chip in words.chips {
        window.says(".chips", chip).await;
    }
    window.says("[data-reading]", words.unknown).await;
    window.click(".segments label:nth-child(2)").await;
    window.accessible("compose").await;
    window.click(".compose-side > button").await;

    // The job waits, then runs; then the result appears without a click.
    window.at("/jobs/").await;
    window.says("[data-say]", words.waiting).await;
    window.accessible("waiting").await;
    site.hire();
    let shown = window.find(".compare").await;
    // The slider lies invisibly over the pictures.
    let slider = window.all(".compare input[type=range]").await.remove(0);
    window.accessible("result").await;
    let first = window.url().await;

    // Move the slider with keys.
    let value = || async { slider.prop("value").await.expect("a value").unwrap_or_default() };
    let before: i32 = value().await.parse().expect("a number");
    slider.send_keys(Key::Left + Key::Left).await.expect("keys");
    assert!(value().await.parse::<i32>().expect("a number") < before);
    // Move it with the mouse: pressed on the left part, it follows.
    window
        .driver
        .action_chain()
        .move_to_element_with_offset(&shown, -120, 60)
        .click_and_hold()
        .move_by_offset(-20, 0)
        .release()
        .perform()
        .await
        .expect("a drag");
    assert!(value().await.parse::<i32>().expect("a number") < 45, "{}", value().await);

    // Two variations, what was done, what was not understood, and products.
    assert_eq!(window.all(".variations li").await.len(), 2);
    assert!(!window.all(".rows li").await.is_empty());
    window.says(".unknown", words.unknown).await;
    window.says("#products .cards", words.product).await;

    // "Again" makes another picture, as a separate job.
    window.click("button[name=seed][value=other]").await;
    for _ in 0..200 {
        if window.url().await != first {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    window.find(".compare").await;
    assert_ne!(window.url().await, first);

    // A share link shows the look to a visitor who has only the link; once revoked, it shows nothing.
    window.click("form[action$='/share'] button").await;
    let link = window.find("[data-copy-from]").await.prop("value").await.expect("a value").expect("a link");
    let stranger = driver.window(words.language, true).await;
    stranger.open(&link).await;
    stranger.find("main img").await;
    stranger.accessible("shared look").await;
    window.click("form[action$='/revoke'] button").await;
    window.find("form[action$='/share']").await;
    stranger.open(&link).await;
    assert!(stranger.all("main img").await.is_empty(), "a revoked link shows nothing");
    stranger.accessible("gone").await;

    // Signing up keeps everything; the history shows both.
    window.open(&format!("{}/sign-up", site.base)).await;
    window.accessible("sign up").await;
    window.write("#email", words.email).await;
    window.write("#nickname", words.nickname).await;
    window.write("#password", "walking-1-mile").await;
    window.click("form[action='/sign-up'] button").await;
    window.find("a[href='/history']").await;
    window.open(&format!("{}/history", site.base)).await;
    window.says("main", words.sentence).await;
    assert_eq!(window.all(".closet-item").await.len(), 2);
    window.accessible("history").await;
    for page in ["products", "account", "api/docs", "sign-in", "nothing"] {
        window.open(&format!("{}/{page}", site.base)).await;
        window.accessible(page).await;
    }

    // Deleting everything leaves a receipt and nothing else.
    window.open(&format!("{}/account", site.base)).await;
    window.click("details:has(form[action='/account/delete']) > summary").await;
    if let [password, ..] = window.all("form[action='/account/delete'] input[type=password]").await.as_slice()
    {
        password.send_keys("walking-1-mile").await.expect("a password");
    }
    window.click("form[action='/account/delete'] button").await;
    window.says("h1", words.receipt).await;
    window.accessible("receipt").await;
    assert!(drape_testing::blob_keys(&site.store).await.is_empty());
    window.open(&format!("{}/history", site.base)).await;
    window.at("/sign-in").await;
    stranger.close().await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_at_once_see_only_their_own() {
    let mut site = Site::with(Setup { workers: 0, ..Setup::default() }).await;
    let driver = Driver::start();
    let (one, two) = tokio::join!(driver.window("en", true), driver.window("en", true));
    enter(&one, &site, "grace-hopper.jpg").await;
    enter(&two, &site, "astronaut.png").await;
    // Both wait until a worker starts.
    ask(&one, "green tartan jacket", 2).await;
    ask(&two, "white knit", 1).await;
    site.hire();
    one.find(".compare").await;
    two.find(".compare").await;
    one.says("h1", "green tartan jacket").await;
    two.says("h1", "white knit").await;
    // Each picture shows the right person: the two photos have different shapes.
    let shape = |window: &Window| {
        let script = "const i = document.querySelector('.compare img'); return i.complete ? i.naturalWidth / i.naturalHeight : 0";
        let driver = window.driver.clone();
        async move {
            for _ in 0..100 {
                let ratio = driver.execute(script, Vec::new()).await.expect("a ratio").json().as_f64();
                if let Some(ratio) = ratio.filter(|r| *r > 0.0) {
                    return ratio;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("the picture did not load");
        }
    };
    assert!((shape(&one).await - 512.0 / 600.0).abs() < 0.01);
    let astronaut = image::open(example("astronaut.png")).expect("a photo");
    let wanted = f64::from(astronaut.width()) / f64::from(astronaut.height());
    assert!((shape(&two).await - wanted).abs() < 0.01);
    // Neither person can open the other's pages or pictures.
    let job = one.url().await;
    let picture = one.find(".compare img").await.prop("src").await.expect("a value").expect("an address");
    two.open(&job).await;
    assert!(two.all(".compare").await.is_empty());
    assert!(!two.driver.source().await.expect("a page").contains("green tartan jacket"));
    two.open(&picture).await;
    assert!(two.driver.source().await.expect("a page").contains("not_found"));
    two.open(&format!("{}/history", site.base)).await;
    assert!(!two.text("main").await.contains("tartan"));
    one.close().await;
    two.close().await;
}

/// A server that also offers painting, without a worker.
async fn with_a_choice() -> Site {
    let mut setup = Setup { workers: 0, ..Setup::default() };
    setup.settings.engines = ["retouch", "photomaker"].map(Offer::of).into();
    Site::with(setup).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_painting_is_chosen_watched_and_judged() {
    for (language, preview, likeness) in
        [("ko", "미리보기", "닮은 정도 0.83"), ("en", "preview", "Likeness 0.83")]
    {
        let mut site = with_a_choice().await;
        let driver = Driver::start();
        let window = driver.window(language, true).await;
        enter(&window, &site, "grace-hopper.jpg").await;
        window.click("a[href='/compose']").await;
        // Retouching is chosen by default; then the page does not ask for the subject.
        assert!(window.all("[value=retouch]").await[0].is_selected().await.expect("a state"));
        let who = window.all("[name=subject]").await;
        assert!(!who[0].is_displayed().await.expect("a state"));
        window.accessible("compose with a choice").await;
        window.click("label:has([value=photomaker])").await;
        window.click("label:has([value=woman])").await;
        window.click(".paint-more > summary").await;
        window.click("label:has([value=square])").await;
        window.write("#steps", "100").await;
        window.write("#negative", "hat").await;
        window.accessible("compose to paint").await;
        window.write("#sentence", "navy blazer").await;
        window.says(".chips", "").await;
        window.click(".compose-side > button").await;
        window.at("/jobs/").await;
        // The place of the preview exists before the first preview.
        let place = window.find(".glimpse").await;
        let before = place.rect().await.expect("a place");
        window.accessible("waiting for a painting").await;
        // A worker claims the job, shows a preview, and gives the job back; then another worker runs it.
        let now = drape_store::now();
        let request =
            ClaimRequest { worker: "w".to_owned(), engine: "photomaker".to_owned(), most: 1, lease: 60_000 };
        let claim = site.store.claim(&request, now).await.expect("claims").remove(0);
        let picture = std::fs::read(example("grace-hopper.jpg")).expect("an example photo");
        let progress = JobProgress { stage: Stage::Denoise, step: 1, total: 4, preview: Some(&picture) };
        let told = site.store.progress(&claim, progress, 60_000, now).await;
        told.expect("progress");
        window.find(".glimpse img").await;
        window.says(".glimpse figcaption", preview).await;
        window.accessible("a preview").await;
        site.store.release(&claim, now).await.expect("given back");
        window.says(".glimpse-none", "").await;
        site.hire_with(Arc::new(Painter));
        let after = place.rect().await.expect("a place");
        assert_eq!((before.y, before.height), (after.y, after.height), "nothing jumps");
        window.says(".likeness h2", likeness).await;
        window.accessible("a painting").await;
        assert!(window.all(".compare").await.is_empty());
        // "Change one thing" starts with the same choices.
        window.click("a[href^='/compose?from=']").await;
        window.find("#steps").await;
        for chosen in ["photomaker", "woman", "square"] {
            let found = window.all(&format!("[value={chosen}]")).await;
            assert!(found[0].is_selected().await.expect("a state"), "{chosen}");
        }
        window.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_painting_is_made_without_scripts() {
    let mut site = with_a_choice().await;
    let driver = Driver::start();
    let window = driver.window("en", false).await;
    enter(&window, &site, "grace-hopper.jpg").await;
    window.click("a[href='/compose']").await;
    window.click("label:has([value=photomaker])").await;
    window.click("label:has([value=man])").await;
    window.write("#sentence", "navy blazer").await;
    // The choice survives the button that shows the reading.
    window.click("button[name=do][value=read]").await;
    window.says("[data-reading]", "navy blazer").await;
    assert!(window.all("[value=man]").await[0].is_selected().await.expect("a state"));
    window.click(".paint-more > summary").await;
    window.write("#steps", "100").await;
    window.click(".compose-side > button").await;
    window.find(".glimpse-none").await;
    site.hire_with(Arc::new(Painter));
    window.says(".likeness h2", "very much like you").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_works_without_scripts() {
    let site = Site::start().await;
    let driver = Driver::start();
    let window = driver.window("ko", false).await;
    enter(&window, &site, "astronaut.png").await;
    window.click("a[href='/compose']").await;
    window.write("#sentence", "흰 니트").await;
    // Without scripts, a button shows the reading.
    window.click("button[name=do][value=read]").await;
    window.says("[data-reading]", "흰색 니트").await;
    window.click(".compose-side > button").await;
    window.at("/jobs/").await;
    // The page reloads itself until the picture is there.
    window.find("main .compare img").await;
    window.says("h1", "흰 니트").await;
    window.close().await;
}
