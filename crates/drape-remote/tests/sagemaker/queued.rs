//! Asynchronous endpoints: request and answer are in the object store.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use drape_core::engine::{EngineFailure, Settings};
use drape_core::job::FailureReason;
use drape_remote::sagemaker::{Access, EndpointEngine, Limits, Timeouts};
use futures::TryStreamExt as _;

use crate::front::{ACCOUNT, ENDPOINT, Front};
use crate::stage::{Slow, endpoint_engine, make, still, target, timeouts, with};

async fn emptied(front: &Front) -> bool {
    for _ in 0..250 {
        let left: Vec<_> = front.store.list(None).try_collect().await.expect("a list");
        if left.is_empty() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn an_answer_is_found_where_the_service_says_and_nothing_is_left() {
    for inline in [usize::MAX, 0] {
        let front = still().await;
        let engine = Arc::new(endpoint_engine(&front, "&async=1", Timeouts { inline, ..timeouts() }).await);
        let looks = make(engine, &[3, 4, 5], Settings::default(), |_| true).await.expect("looks");
        assert_eq!(looks.len(), 3);
        assert_eq!(looks[2].report.endpoint_engine.as_deref(), Some("still"));
        assert!(emptied(&front).await, "questions and answers are deleted");
    }
}

#[tokio::test]
async fn a_failure_is_found_too_with_its_reason() {
    // `retouch` finds no person in an empty picture.
    let retouch = Arc::new(drape_retouch::Engine::load().expect("the engine"));
    let front = with(retouch, Limits::default()).await;
    let engine = endpoint_engine(&front, "&async=1", timeouts()).await;
    let work = move || {
        use drape_core::engine::{Engine as _, Request, Subject};
        let grey = image::RgbImage::from_pixel(256, 256, image::Rgb([128, 128, 128]));
        let photo = drape_core::photo::Photo { pixels: grey, icc: None };
        let photo = photo.encode(drape_core::photo::Format::Png).expect("a picture");
        let style = crate::stage::style("흰 셔츠");
        let settings = Settings::default();
        let request = Request {
            photos: &[&photo],
            style: &style,
            seeds: &[1],
            subject: Subject::Person,
            settings: &settings,
            owner: None,
        };
        engine.generate(request, &mut |_| true)
    };
    let outcome = tokio::task::spawn_blocking(work).await.expect("no panic");
    let nobody = matches!(&outcome, Err(EngineFailure::Failed { reason: FailureReason::NoPerson, .. }));
    assert!(nobody, "{outcome:?}");
    assert!(emptied(&front).await);
}

#[tokio::test]
async fn who_calls_off_leaves_no_photo_behind() {
    let slow = Arc::new(Slow { steps: 200, ..Slow::default() });
    let front = with(slow.clone(), Limits::default()).await;
    let engine = Arc::new(endpoint_engine(&front, "&async=1", timeouts()).await);
    let begun = Arc::clone(&slow);
    let outcome =
        make(engine, &[1], Settings::default(), move |_| begun.begun.load(Ordering::SeqCst) == 0).await;
    assert!(matches!(outcome, Err(EngineFailure::Cancelled)), "{outcome:?}");
    // The service cannot cancel a request, but the photos are deleted at once.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let left: Vec<_> = front.store.list(None).try_collect().await.expect("a list");
    assert!(left.iter().all(|o| !o.location.as_ref().starts_with("drape/")), "{left:?}");
}

#[tokio::test]
async fn without_an_answer_or_a_store_it_ends() {
    let slow = Arc::new(Slow { steps: 1000, ..Slow::default() });
    let front = with(slow, Limits::default()).await;
    let total = Duration::from_millis(500);
    let engine = Arc::new(endpoint_engine(&front, "&async=1", Timeouts { total, ..timeouts() }).await);
    let outcome = make(engine, &[1], Settings::default(), |_| true).await;
    let Err(EngineFailure::Failed { detail, .. }) = outcome else { panic!("{outcome:?}") };
    assert!(detail.contains("no answer in the object store"), "{detail}");

    let access = Access {
        key: Some((ACCOUNT.id.to_owned(), ACCOUNT.secret.to_owned())),
        url: Some(front.url.clone()),
    };
    let engine = EndpointEngine::new(target(ENDPOINT, "&async=1"), access, None, timeouts()).await;
    let outcome = make(Arc::new(engine), &[1], Settings::default(), |_| true).await;
    let Err(EngineFailure::Failed { detail, .. }) = outcome else { panic!("{outcome:?}") };
    assert!(detail.contains("need an object store"), "{detail}");
}
