//! Endpoints that fail: retried while that helps, within a time limit.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use drape_core::engine::{Drawn, Engine, EngineFailure, Progress, Request, Settings};
use drape_core::job::FailureReason;
use drape_remote::sagemaker::{Container, Limits, Timeouts};

use crate::front::Front;
use crate::stage::{Slow, endpoint_engine, listen, make, still, timeouts, with};

/// Always fails, for one reason.
struct Failing(FailureReason);

impl Engine for Failing {
    fn name(&self) -> &'static str {
        "failing"
    }

    fn generate(
        &self,
        _: Request<'_>,
        _: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Vec<Drawn>, EngineFailure> {
        Err(EngineFailure::Failed { reason: self.0, detail: "so the test says".to_owned() })
    }
}

/// Panics at every request.
struct Panicking;

impl Engine for Panicking {
    fn name(&self) -> &'static str {
        "panicking"
    }

    fn generate(
        &self,
        _: Request<'_>,
        _: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Vec<Drawn>, EngineFailure> {
        panic!("so the test says")
    }
}

#[tokio::test]
async fn throttling_and_failures_are_waited_out() {
    let front = still().await;
    front.trouble.throttle.store(2, Ordering::Relaxed);
    front.trouble.failures.store(2, Ordering::Relaxed);
    let engine = Arc::new(endpoint_engine(&front, "", timeouts()).await);
    let looks = make(engine, &[5], Settings::default(), |_| true).await.expect("looks");
    assert_eq!(looks.len(), 1);
    assert_eq!(front.trouble.asked.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn failures_that_stay_end_with_the_time() {
    let front = still().await;
    front.trouble.failures.store(u32::MAX, Ordering::Relaxed);
    let total = Duration::from_millis(700);
    let engine = Arc::new(endpoint_engine(&front, "", Timeouts { total, ..timeouts() }).await);
    let start = Instant::now();
    let outcome = make(engine, &[5], Settings::default(), |_| true).await;
    let Err(EngineFailure::Failed { reason: FailureReason::EngineFailed, detail }) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(detail.contains("gave up after") && detail.contains("InternalFailure (500)"), "{detail}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(front.trouble.asked.load(Ordering::Relaxed) > 5);
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_left() {
    let front = still().await;
    front.trouble.hang.store(true, Ordering::Relaxed);
    let (total, attempt) = (Duration::from_millis(900), Duration::from_millis(250));
    let engine = Arc::new(endpoint_engine(&front, "", Timeouts { total, attempt, ..timeouts() }).await);
    let start = Instant::now();
    let outcome = make(engine, &[5], Settings::default(), |_| true).await;
    let Err(EngineFailure::Failed { detail, .. }) = outcome else { panic!("{outcome:?}") };
    assert!(detail.contains("no answer in time"), "{detail}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(front.trouble.asked.load(Ordering::Relaxed) >= 2);
}

#[tokio::test]
async fn the_containers_reason_arrives_and_is_final() {
    for reason in
        [FailureReason::NoPerson, FailureReason::NoFace, FailureReason::NoMemory, FailureReason::EngineFailed]
    {
        let front = with(Arc::new(Failing(reason)), Limits::default()).await;
        let engine = Arc::new(endpoint_engine(&front, "", timeouts()).await);
        let outcome = make(engine, &[5], Settings::default(), |_| true).await;
        assert!(
            matches!(&outcome, Err(EngineFailure::Failed { reason: r, .. }) if *r == reason),
            "{outcome:?}"
        );
        assert_eq!(front.trouble.asked.load(Ordering::Relaxed), 1, "{}", reason.id());
    }
}

#[tokio::test]
async fn a_panic_fails_a_request_and_not_the_container() {
    let front = with(Arc::new(Panicking), Limits::default()).await;
    for asked in 1..=2 {
        let engine = Arc::new(endpoint_engine(&front, "", timeouts()).await);
        let outcome = make(engine, &[5], Settings::default(), |_| true).await;
        let failed =
            matches!(&outcome, Err(EngineFailure::Failed { reason: FailureReason::EngineFailed, .. }));
        assert!(failed, "{outcome:?}");
        assert_eq!(front.trouble.asked.load(Ordering::Relaxed), asked);
    }
}

#[tokio::test]
async fn a_busy_or_loading_container_is_waited_for() {
    // The container is still loading.
    let container = Container::new(Limits::default(), None);
    let front = Front::start(&listen(&container).await).await;
    let later = container.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(600)).await;
        later.ready(Arc::new(drape_testing::Still)).expect("a thread");
    });
    let engine = Arc::new(endpoint_engine(&front, "", timeouts()).await);
    let looks = make(engine, &[5], Settings::default(), |_| true).await.expect("looks");
    assert_eq!(looks.len(), 1);
    assert!(front.trouble.asked.load(Ordering::Relaxed) >= 2);

    // Then it is busy: two of three simultaneous requests find room, and all succeed in the end.
    let slow = Arc::new(Slow { steps: 40, ..Slow::default() });
    let front = with(slow, Limits { waiting: 2, batch: 1, ..Limits::default() }).await;
    let engine = Arc::new(endpoint_engine(&front, "", timeouts()).await);
    let all = (0..3).map(|_| make(engine.clone(), &[5], Settings::default(), |_| true));
    assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
    assert!(front.trouble.asked.load(Ordering::Relaxed) > 3, "one was told to come again");
}
