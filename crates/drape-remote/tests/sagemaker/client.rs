//! Looks through the endpoint, and requests that get none.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use drape_core::engine::{EngineFailure, Settings, Stage};
use drape_core::job::FailureReason;
use drape_core::report::Report;
use drape_remote::sagemaker::{Access, EndpointEngine, Limits, Timeouts};

use crate::front::{ACCOUNT, ENDPOINT, Front};
use crate::stage::{Slow, endpoint_engine, make, still, target, timeouts, with};

fn detail(outcome: Result<Vec<drape_core::engine::Drawn>, EngineFailure>) -> String {
    match outcome {
        Err(EngineFailure::Failed { reason: FailureReason::EngineFailed, detail }) => detail,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn looks_are_those_that_the_engine_makes_itself() {
    let retouch: Arc<dyn drape_core::engine::Engine> =
        Arc::new(drape_retouch::Engine::load().expect("the engine"));
    let front = with(Arc::clone(&retouch), Limits::default()).await;
    let settings = Settings::default();
    let direct = make(retouch, &[0, 7], settings.clone(), |_| true).await.expect("looks");
    let mut stages = Vec::new();
    let engine = Arc::new(endpoint_engine(&front, "", timeouts()).await);
    let (tell, told) = std::sync::mpsc::channel();
    let through = make(engine, &[0, 7], settings, move |p| tell.send(p.stage).is_ok()).await.expect("looks");
    stages.extend(told.try_iter());
    assert!(!stages.is_empty() && stages.iter().all(|s| *s == Stage::Endpoint), "{stages:?}");
    assert_eq!((direct.len(), through.len()), (2, 2));
    for (mine, theirs) in direct.iter().zip(&through) {
        assert!(mine.picture.pixels == theirs.picture.pixels, "every pixel is the same");
        assert_eq!(mine.photo, theirs.photo);
        assert_eq!(theirs.report.engine, "sagemaker");
        assert_eq!(theirs.report.endpoint_engine.as_deref(), Some("retouch"));
        let said = Report {
            engine: mine.report.engine.clone(),
            endpoint_engine: None,
            milliseconds: mine.report.milliseconds.clone(),
            ..theirs.report.clone()
        };
        assert_eq!(mine.report, said, "everything else is as the engine itself says it");
    }
}

#[tokio::test]
async fn large_photos_and_many_looks_go_through_the_object_store_and_leave_nothing_there() {
    use futures::TryStreamExt as _;
    let front = still().await;
    for inline in [usize::MAX, 0] {
        let engine = Arc::new(endpoint_engine(&front, "", Timeouts { inline, ..timeouts() }).await);
        let looks = make(engine, &[1, 2, 3, 4], Settings::default(), |_| true).await.expect("looks");
        assert_eq!(looks.iter().map(|l| l.report.seed).collect::<Vec<_>>(), [1, 2, 3, 4]);
        let start = Instant::now();
        loop {
            let left: Vec<_> = front.store.list(None).try_collect().await.expect("a list");
            if left.is_empty() {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(5), "left behind: {left:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // Without a store, a request that is too large is not sent.
    let access = access(&front, ACCOUNT.secret);
    let engine =
        EndpointEngine::new(target(ENDPOINT, ""), access, None, Timeouts { inline: 1000, ..timeouts() })
            .await;
    let outcome = make(Arc::new(engine), &[1], Settings::default(), |_| true).await;
    assert!(detail(outcome).contains("object store"));
}

fn access(front: &Front, secret: &str) -> Access {
    Access { key: Some((ACCOUNT.id.to_owned(), secret.to_owned())), url: Some(front.url.clone()) }
}

#[tokio::test]
async fn who_signs_wrongly_is_refused_and_not_tried_again() {
    let front = still().await;
    let ask = async |engine: EndpointEngine| {
        detail(make(Arc::new(engine), &[1], Settings::default(), |_| true).await)
    };
    let wrong = EndpointEngine::new(target(ENDPOINT, ""), access(&front, "guessed"), None, timeouts()).await;
    let said = ask(wrong).await;
    assert!(said.contains("InvalidSignatureException (403)"), "{said}");
    let region = "sagemaker://drape-painter?region=us-east-1".parse().expect("a target");
    let said = ask(EndpointEngine::new(region, access(&front, ACCOUNT.secret), None, timeouts()).await).await;
    assert!(said.contains("scoped to ap-northeast-2/sagemaker"), "{said}");
    let nobody = Access { key: Some(("AKIDNOBODY".to_owned(), "x".to_owned())), ..access(&front, "x") };
    let said = ask(EndpointEngine::new(target(ENDPOINT, ""), nobody, None, timeouts()).await).await;
    assert!(said.contains("UnrecognizedClientException"), "{said}");

    front.trouble.tamper.store(true, Ordering::Relaxed);
    let said = ask(endpoint_engine(&front, "", timeouts()).await).await;
    assert!(said.contains("does not match"), "{said}");
    front.trouble.tamper.store(false, Ordering::Relaxed);

    front.trouble.ahead.store(900, Ordering::Relaxed);
    let said = ask(endpoint_engine(&front, "", timeouts()).await).await;
    assert!(said.contains("Signature expired"), "{said}");
    front.trouble.ahead.store(0, Ordering::Relaxed);

    // Not signed at all.
    let url = format!("{}/endpoints/{ENDPOINT}/invocations", front.url);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.post(&url).body("{}").send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.headers()["x-amzn-errortype"], "MissingAuthenticationTokenException");
    assert_eq!(front.trouble.asked.load(Ordering::Relaxed), 0, "nothing came through");

    let said =
        ask(EndpointEngine::new(target("another", ""), access(&front, ACCOUNT.secret), None, timeouts())
            .await)
        .await;
    assert!(said.contains("ValidationError (400): Endpoint another"), "{said}");
    assert_eq!(front.trouble.asked.load(Ordering::Relaxed), 1, "asked once");
}

#[tokio::test]
async fn who_hangs_up_takes_the_work_along() {
    let slow = Arc::new(Slow { steps: 3000, ..Slow::default() });
    let front = with(slow.clone(), Limits::default()).await;
    let engine = Arc::new(endpoint_engine(&front, "", timeouts()).await);
    let begun = Arc::clone(&slow);
    let start = Instant::now();
    let wanted = move |_| begun.begun.load(Ordering::SeqCst) == 0;
    let outcome = make(engine, &[1], Settings::default(), wanted).await;
    assert!(matches!(outcome, Err(EngineFailure::Cancelled)), "{outcome:?}");
    while !slow.called_off.load(Ordering::SeqCst) {
        assert!(start.elapsed() < Duration::from_secs(5), "the container goes on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
