//! Containers, clients and requests for the tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use drape_core::engine::{Drawn, Engine, EngineFailure, Progress, Request, Settings, Stage, Subject};
use drape_core::lexicon;
use drape_core::sentence::Sentence;
use drape_core::style::Style;
use drape_remote::sagemaker::{Access, Container, EndpointEngine, Limits, PrefixedStore, Target, Timeouts};
use drape_testing::Still;
use tokio::net::TcpListener;

use crate::front::{ACCOUNT, BUCKET, ENDPOINT, Front};

/// The prefix of all keys in the bucket.
pub(crate) const PREFIX: &str = "drape/sagemaker";

/// Serves a container on a free port and returns its address.
pub(crate) async fn listen(container: &Container) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let router = container.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Serves a container with an engine and limits.
pub(crate) async fn contain(engine: Arc<dyn Engine>, limits: Limits) -> String {
    let container = Container::new(limits, None);
    container.ready(engine).expect("a thread");
    listen(&container).await
}

/// A container with the engine `still` and a front before it, both on one object store.
pub(crate) async fn still() -> Front {
    with(Arc::new(Still), Limits::default()).await
}

/// A container with an engine and a front before it, both on one object store.
pub(crate) async fn with(engine: Arc<dyn Engine>, limits: Limits) -> Front {
    // The front makes the store, so start it before the container.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let front = Front::start(&url).await;
    let container = Container::new(limits, Some(prefixed_store(&front)));
    container.ready(engine).expect("a thread");
    let router = container.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    front
}

pub(crate) fn prefixed_store(front: &Front) -> PrefixedStore {
    PrefixedStore::new(Arc::clone(&front.store), BUCKET, PREFIX).expect("a prefix")
}

/// Timeouts short enough for tests.
pub(crate) fn timeouts() -> Timeouts {
    Timeouts {
        total: Duration::from_secs(20),
        attempt: Duration::from_secs(10),
        poll: Duration::from_millis(20),
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(50),
        ..Timeouts::default()
    }
}

/// The engine that calls the front.
pub(crate) async fn endpoint_engine(front: &Front, options: &str, timeouts: Timeouts) -> EndpointEngine {
    let access = Access {
        key: Some((ACCOUNT.id.to_owned(), ACCOUNT.secret.to_owned())),
        url: Some(front.url.clone()),
    };
    let store = Some(prefixed_store(front));
    EndpointEngine::new(target(ENDPOINT, options), access, store, timeouts).await
}

pub(crate) fn target(endpoint: &str, options: &str) -> Target {
    format!("sagemaker://{endpoint}?region={}{options}", ACCOUNT.region).parse().expect("a target")
}

pub(crate) fn photo() -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
    std::fs::read(path).expect("an example")
}

pub(crate) fn style(sentence: &str) -> Style {
    lexicon::read(&Sentence::parse(sentence).expect("a sentence"))
}

/// The looks that an engine makes of the example photo, on a blocking thread.
pub(crate) async fn make(
    engine: Arc<dyn Engine>,
    seeds: &'static [u64],
    settings: Settings,
    mut wanted: impl FnMut(Progress) -> bool + Send + 'static,
) -> Result<Vec<Drawn>, EngineFailure> {
    let work = move || {
        let (photo, style) = (photo(), style("green tartan jacket"));
        let request = Request {
            photos: &[&photo],
            style: &style,
            seeds,
            subject: Subject::Woman,
            settings: &settings,
            owner: None,
        };
        engine.generate(request, &mut wanted)
    };
    tokio::task::spawn_blocking(work).await.expect("no panic")
}

/// A slow engine, which counts its requests.
#[derive(Debug, Default)]
pub(crate) struct Slow {
    /// Number of its steps, 10 ms each.
    pub(crate) steps: u32,
    pub(crate) begun: AtomicU32,
    /// Whether a request was cancelled.
    pub(crate) called_off: AtomicBool,
    /// Most requests that arrived together.
    pub(crate) together: AtomicU32,
}

impl Engine for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn generate(
        &self,
        request: Request<'_>,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Vec<Drawn>, EngineFailure> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        for step in 0..self.steps {
            if !progress(Progress { stage: Stage::Paint, step, total: self.steps, preview: None }) {
                self.called_off.store(true, Ordering::SeqCst);
                return Err(EngineFailure::Cancelled);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Still.generate(request, progress)
    }

    fn generate_all(
        &self,
        requests: &[Request<'_>],
        progress: &mut dyn FnMut(usize, Progress) -> bool,
        done: &mut dyn FnMut(usize, Result<Vec<Drawn>, EngineFailure>),
    ) {
        self.together.fetch_max(requests.len() as u32, Ordering::SeqCst);
        for (k, request) in requests.iter().enumerate() {
            done(k, self.generate(*request, &mut |step| progress(k, step)));
        }
    }
}
