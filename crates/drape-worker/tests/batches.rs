//! The worker with engines that are slow, panic, are cancelled, or send previews: jobs that are claimed
//! together go to the engine together, and each job ends by itself.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use drape_core::engine::{
    Drawn, Engine, EngineFailure, Generated, Progress, Request, Settings, Stage, Subject,
};
use drape_core::id::{JobId, PhotoId, UserId};
use drape_core::job::{FailureReason, State};
use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::report::Report;
use drape_core::sentence::Sentence;
use drape_store::{Job, Limits, MAX_PREVIEW, NewJob, NewPhoto, Pictures, Store, StoreError, now};
use drape_testing::Still;
use drape_worker::{Options, WithPreview};
use tokio::sync::watch;
use tokio::task::JoinHandle;

type Act = dyn Fn(Request<'_>, &mut dyn FnMut(Progress) -> bool) -> Generated + Send + Sync;

/// An engine that runs the test's closure, one request after the other.
struct Acts(Box<Act>);

impl Acts {
    fn engine(
        act: impl Fn(Request<'_>, &mut dyn FnMut(Progress) -> bool) -> Generated + Send + Sync + 'static,
    ) -> Arc<dyn Engine> {
        Arc::new(Self(Box::new(act)))
    }
}

impl Engine for Acts {
    fn name(&self) -> &'static str {
        "still"
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated {
        (self.0)(request, progress)
    }
}

fn step(stage: Stage, step: u32, preview: Option<Vec<u8>>) -> Progress {
    Progress { stage, step, total: 4, preview }
}

fn picture() -> &'static Photo {
    static PICTURE: OnceLock<Photo> = OnceLock::new();
    PICTURE.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
        Photo::decode(&std::fs::read(path).expect("an example photo")).expect("a photo").reduced(160)
    })
}

/// A store with one user and their photo, and a worker once it is hired.
struct Place {
    /// Deleted with this struct.
    _home: drape_testing::Place,
    store: Store,
    user: UserId,
    photo: PhotoId,
    stop: watch::Sender<bool>,
    worker: Option<JoinHandle<()>>,
}

impl Place {
    async fn new() -> Self {
        let home = drape_testing::Place::new().await;
        let store = home.open(Limits { backoff: 1, ..Limits::default() }).await;
        let user = store.add_guest(Language::English, now() + 3_600_000, now()).await.expect("a guest").id;
        let pictures = Pictures::of_photo(picture()).expect("an encoder");
        let photo = NewPhoto { pictures, quality: "{}".to_owned() };
        let photo = store.add_photo(user, photo, now()).await.expect("a photo").id;
        Self { _home: home, store, user, photo, stop: watch::Sender::new(false), worker: None }
    }

    /// Queues a job; its seed tells the engine which one it is.
    async fn job(&self, seed: u64) -> JobId {
        let style = lexicon::read(&Sentence::parse("navy blazer").expect("a sentence"));
        let settings = Settings { steps: Some(7), ..Settings::default() };
        let job = NewJob {
            sentence: "navy blazer".to_owned(),
            style: serde_json::to_string(&style).expect("JSON"),
            photos: vec![self.photo],
            variations: 1,
            seed,
            engine: "still",
            subject: Subject::Girl,
            settings: serde_json::to_string(&settings).expect("JSON"),
            stylist: "lexicon",
            reading: None,
            language: Language::English,
            idempotency_key: None,
            trace: drape_core::trace::Trace::begin(7, 7),
            request_hash: seed.to_string(),
        };
        self.store.create_job(self.user, job, now()).await.expect("a job").0.id
    }

    fn hire(&mut self, engine: Arc<dyn Engine>) {
        let options = Options {
            name: "one".to_owned(),
            lease: 3_000,
            batch: 8,
            poll: Duration::from_millis(20),
            stylist: Arc::new(drape_core::stylist::Lexicon),
        };
        let work = drape_worker::work(self.store.clone(), engine, options, self.stop.subscribe());
        self.worker = Some(tokio::spawn(work));
    }

    async fn get(&self, job: JobId) -> Job {
        self.store.job(self.user, job).await.expect("the job")
    }

    /// Waits until a job meets a condition.
    async fn until(&self, job: JobId, wanted: impl Fn(&Job) -> bool) -> Job {
        let start = Instant::now();
        loop {
            let found = self.get(job).await;
            if wanted(&found) {
                return found;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{found:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn ended(&self, job: JobId) -> Job {
        self.until(job, |j| j.state.ended()).await
    }

    /// Stops the worker as a signal would.
    async fn close(mut self) {
        let _ = self.stop.send(true);
        if let Some(worker) = self.worker.take() {
            worker.await.expect("no panic outside of engines");
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// An engine that draws all requests of a batch side by side, step by step.
struct Together {
    /// Sizes of the batches.
    batches: Arc<Mutex<Vec<usize>>>,
    steps: u32,
}

impl Engine for Together {
    fn name(&self) -> &'static str {
        "still"
    }

    fn generate(&self, _: Request<'_>, _: &mut dyn FnMut(Progress) -> bool) -> Generated {
        panic!("batches only");
    }

    fn generate_all(
        &self,
        requests: &[Request<'_>],
        progress: &mut dyn FnMut(usize, Progress) -> bool,
        done: &mut dyn FnMut(usize, Generated),
    ) {
        self.batches.lock().expect("no panic").push(requests.len());
        let mut wanted = vec![true; requests.len()];
        for k in 0..self.steps {
            for (n, wanted) in wanted.iter_mut().enumerate().filter(|(_, w)| **w) {
                *wanted = progress(n, step(Stage::Denoise, k % 4, None));
                if !*wanted {
                    done(n, Err(EngineFailure::Cancelled));
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        // In reverse order: answers are matched by number.
        for (n, request) in requests.iter().enumerate().rev().filter(|(n, _)| wanted[*n]) {
            done(n, Still.generate(*request, &mut |_| true));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_one_batch_and_each_job_gets_its_own_looks() {
    let mut place = Place::new().await;
    let batches = Arc::new(Mutex::new(Vec::new()));
    let mut jobs = Vec::new();
    for seed in 10..15 {
        jobs.push(place.job(seed).await);
    }
    place.hire(Arc::new(Together { batches: Arc::clone(&batches), steps: 3 }));
    for (seed, job) in (10..).zip(&jobs) {
        assert_eq!(place.ended(*job).await.state, State::Done);
        let look = place.store.looks_of(place.user, *job, now()).await.expect("looks").remove(0);
        let report: Report = serde_json::from_str(&look.report).expect("a report");
        assert_eq!((look.seed, report.seed), (seed, seed));
        // The request's fields reached the engine.
        assert_eq!(report.subject, Some(Subject::Girl));
        assert_eq!(report.settings.and_then(|s| s.steps), Some(7));
    }
    assert_eq!(*batches.lock().expect("no panic"), [5]);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_one_leaves_the_others_alone() {
    let mut place = Place::new().await;
    let (one, two, three) = (place.job(1).await, place.job(2).await, place.job(3).await);
    place.hire(Arc::new(Together { batches: Arc::default(), steps: 60 }));
    place.until(two, |j| j.stage.is_some()).await;
    place.store.cancel_job(place.user, two, now()).await.expect("cancelled");
    assert_eq!(place.ended(one).await.state, State::Done);
    assert_eq!(place.ended(three).await.state, State::Done);
    assert_eq!(place.get(two).await.state, State::Cancelled);
    assert!(place.store.looks_of(place.user, two, now()).await.expect("looks").is_empty());
    place.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_a_batch_does_not_wait_for_the_rest() {
    let mut place = Place::new().await;
    let (one, two) = (place.job(1).await, place.job(2).await);
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    place.hire(Acts::engine(move |request, progress| {
        if request.seeds == [2] {
            gate.lock().expect("no panic").recv().expect("the test opens it");
        }
        Still.generate(request, progress)
    }));
    assert_eq!(place.ended(one).await.state, State::Done);
    assert_eq!(place.get(two).await.state, State::Running);
    open.send(()).expect("the engine waits");
    assert_eq!(place.ended(two).await.state, State::Done);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_what_the_engine_had_begun_with_and_nothing_else() {
    let mut place = Place::new().await;
    let mut jobs = Vec::new();
    for seed in 1..=4 {
        jobs.push(place.job(seed).await);
    }
    place.hire(Acts::engine(|request, progress| {
        if !progress(step(Stage::Denoise, 0, None)) {
            return Err(EngineFailure::Cancelled);
        }
        assert_ne!(request.seeds, [2], "this one always panics");
        Still.generate(request, progress)
    }));
    for k in [0, 2, 3] {
        let ended = place.ended(jobs[k]).await;
        assert_eq!((ended.state, ended.attempt, ended.failures), (State::Done, 1, 0), "{k}");
    }
    let failed = place.ended(jobs[1]).await;
    assert_eq!((failed.state, failed.attempt), (State::Failed, 3));
    assert_eq!(failed.reason, Some(FailureReason::EngineFailed));
    place.close().await;
}

/// A batch engine that panics after all requests have begun, if one has the seed 2.
struct Shaky(Together);

impl Engine for Shaky {
    fn name(&self) -> &'static str {
        "still"
    }

    fn generate(&self, _: Request<'_>, _: &mut dyn FnMut(Progress) -> bool) -> Generated {
        panic!("batches only");
    }

    fn generate_all(
        &self,
        requests: &[Request<'_>],
        progress: &mut dyn FnMut(usize, Progress) -> bool,
        done: &mut dyn FnMut(usize, Generated),
    ) {
        for k in 0..requests.len() {
            progress(k, step(Stage::Denoise, 0, None));
        }
        assert!(requests.iter().all(|r| r.seeds != [2]), "with this one it panics");
        self.0.generate_all(requests, progress, done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_a_whole_batch_fails_only_the_job_to_blame() {
    let mut place = Place::new().await;
    let (one, two, three) = (place.job(1).await, place.job(2).await, place.job(3).await);
    place.hire(Arc::new(Shaky(Together { batches: Arc::default(), steps: 1 })));
    for job in [one, three] {
        let ended = place.ended(job).await;
        assert_eq!((ended.state, ended.failures), (State::Done, 0));
    }
    assert_eq!(place.ended(two).await.state, State::Failed);
    place.close().await;
}

/// An engine that never answers.
struct Mute;

impl Engine for Mute {
    fn name(&self) -> &'static str {
        "still"
    }

    fn generate(&self, _: Request<'_>, _: &mut dyn FnMut(Progress) -> bool) -> Generated {
        panic!("batches only");
    }

    fn generate_all(
        &self,
        _: &[Request<'_>],
        _: &mut dyn FnMut(usize, Progress) -> bool,
        _: &mut dyn FnMut(usize, Generated),
    ) {
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_does_not_answer_fails_the_job() {
    let mut place = Place::new().await;
    let job = place.job(1).await;
    place.hire(Arc::new(Mute));
    assert_eq!(place.ended(job).await.reason, Some(FailureReason::EngineFailed));
    place.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn previews_come_once_a_second_at_most_and_only_small_ones() {
    let mut place = Place::new().await;
    let job = place.job(1).await;
    place.hire(Acts::engine(|request, progress| {
        let start = Instant::now();
        let mut k = 0_u32;
        while start.elapsed() < Duration::from_millis(2_400) {
            k += 1;
            let large = k == 1;
            let preview = if large { vec![0; MAX_PREVIEW + 1] } else { k.to_be_bytes().to_vec() };
            if !progress(step(Stage::Denoise, k % 4, Some(preview))) {
                return Err(EngineFailure::Cancelled);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Still.generate(request, &mut |_| true)
    }));
    let mut seen = Vec::new();
    while !place.get(job).await.state.ended() {
        match place.store.preview(place.user, job).await {
            Ok(preview) if seen.last() != Some(&preview) => seen.push(preview),
            Ok(_) | Err(StoreError::NotFound) => {}
            Err(e) => panic!("{e}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(seen.iter().map(|p| p.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(seen[0].picture.as_ref(), 2_u32.to_be_bytes(), "the large one was left out");
    assert_eq!(place.get(job).await.state, State::Done);
    assert!(matches!(place.store.preview(place.user, job).await, Err(StoreError::NotFound)));
    place.close().await;
}

/// A slow engine that waits at its first step until the test lets it go on.
fn gated() -> (Arc<dyn Engine>, std::sync::mpsc::Sender<()>) {
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let slow = Acts::engine(move |request, progress| {
        if !progress(step(Stage::Denoise, 0, None)) {
            return Err(EngineFailure::Cancelled);
        }
        gate.lock().expect("no panic").recv().expect("the test opens it");
        Still.generate(request, progress)
    });
    (slow, open)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quick_look_is_shown_before_the_slow_engine_begins() {
    let mut place = Place::new().await;
    let job = place.job(1).await;
    let (slow, open) = gated();
    let engine = WithPreview { quick: Arc::new(Still), engine: slow };
    assert_eq!(engine.name(), "still");
    place.hire(Arc::new(engine));
    place.until(job, |j| j.stage == Some(Stage::Denoise)).await;
    let preview = place.store.preview(place.user, job).await.expect("a preview");
    let shown = Photo::decode(&preview.picture).expect("a JPEG").pixels.dimensions();
    assert_eq!(shown, picture().pixels.dimensions());
    open.send(()).expect("the engine waits");
    assert_eq!(place.ended(job).await.state, State::Done);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quick_look_that_fails_only_means_no_preview() {
    let failing = Acts::engine(|_, _| {
        Err(EngineFailure::Failed { reason: FailureReason::NoClothes, detail: String::new() })
    });
    let panicking = Acts::engine(|_, _| panic!("on purpose"));
    for quick in [failing, panicking, Arc::new(drape_testing::Null)] {
        let mut place = Place::new().await;
        let job = place.job(1).await;
        let (slow, open) = gated();
        place.hire(Arc::new(WithPreview { quick, engine: slow }));
        place.until(job, |j| j.stage == Some(Stage::Denoise)).await;
        assert!(matches!(place.store.preview(place.user, job).await, Err(StoreError::NotFound)));
        open.send(()).expect("the engine waits");
        let ended = place.ended(job).await;
        assert_eq!((ended.state, ended.failures), (State::Done, 0));
        place.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_can_be_cancelled_while_its_quick_look_is_made() {
    let mut place = Place::new().await;
    let (one, two) = (place.job(1).await, place.job(2).await);
    let asked = Arc::new(AtomicUsize::new(0));
    let quick = Acts::engine(|request, progress| {
        // The first request runs until it is no longer wanted.
        if request.seeds == [1] {
            while progress(step(Stage::Parse, 0, None)) {
                std::thread::sleep(Duration::from_millis(5));
            }
            return Err(EngineFailure::Cancelled);
        }
        Still.generate(request, progress)
    });
    let count = Arc::clone(&asked);
    let slow = Acts::engine(move |request, progress| {
        count.fetch_add(1, Ordering::Relaxed);
        assert_eq!(request.seeds, [2]);
        Still.generate(request, progress)
    });
    place.hire(Arc::new(WithPreview { quick, engine: slow }));
    place.until(one, |j| j.stage == Some(Stage::Preview)).await;
    place.store.cancel_job(place.user, one, now()).await.expect("cancelled");
    assert_eq!(place.ended(two).await.state, State::Done);
    assert_eq!(place.get(one).await.state, State::Cancelled);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    place.close().await;
}

#[test]
fn drawing_all_is_drawing_each() {
    let settings = Settings::default();
    let style = lexicon::read(&Sentence::default());
    let photo = picture().encode_jpeg(90).expect("an encoder");
    let photos = [photo.as_slice()];
    let request = |seeds: &'static [u64]| Request {
        photos: &photos,
        style: &style,
        seeds,
        subject: Subject::Person,
        settings: &settings,
        owner: None,
    };
    let requests = [request(&[1]), request(&[2, 3]), request(&[4])];
    let mut told: Vec<(usize, Result<Vec<u64>, EngineFailure>)> = Vec::new();
    Still.generate_all(&requests, &mut |k, _| k != 2, &mut |k, outcome| {
        let seed = |d: &Drawn| d.report.seed;
        told.push((k, outcome.map(|drawn| drawn.iter().map(seed).collect())));
    });
    assert_eq!(told, [(0, Ok(vec![1])), (1, Ok(vec![2, 3])), (2, Err(EngineFailure::Cancelled))]);
}
