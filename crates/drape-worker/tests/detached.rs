//! Workers without a database, on a real SQS-compatible queue. Runs if the environment names one (`cargo
//! xtask servers`), on the database and the object store that are also named.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use drape_core::engine::{Engine, Generated, Progress, Request, Settings, Subject};
use drape_core::id::{JobId, PhotoId, UserId};
use drape_core::job::{FailureReason, State};
use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::sentence::Sentence;
use drape_core::stylist::Lexicon;
use drape_remote::sqs::Queues;
use drape_store::{Limits, NewJob, NewPhoto, Pictures, Size, Store, now};
use drape_testing::{Place, Still};
use drape_worker::detached::{self, Detached, Handing};
use drape_worker::ring;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A service with its own queues.
struct Service {
    place: Place,
    store: Store,
    queues: Queues,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Service {
    async fn start() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let endpoint = std::env::var(drape_testing::SQS).ok()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("sqs://test-{}-{number}", std::process::id()).parse().expect("a prefix");
        let queues = Queues::open(&prefix, Some(&endpoint), Duration::from_secs(2)).await.expect("queues");
        let place = Place::new().await;
        let store = place.open(Limits { backoff: 50, ..Limits::default() }).await;
        Some(Self { place, store, queues, stop: watch::Sender::new(false), tasks: JoinSet::new() })
    }

    fn serve(&mut self) {
        let handing = Handing {
            stylist: Arc::new(Lexicon),
            name: "hands".to_owned(),
            engines: vec!["still".to_owned()],
            window: 4,
            lease: 1_500,
            first_word: 20_000,
            at_most: 600_000,
        };
        let (store, queues) = (self.store.clone(), self.queues.clone());
        self.tasks.spawn(detached::hand_over(
            store.clone(),
            queues.clone(),
            handing.clone(),
            self.stop.subscribe(),
        ));
        self.tasks.spawn(detached::collect(store, queues, handing, self.stop.subscribe()));
    }

    fn hire(&mut self, name: &str, engine: Arc<dyn Engine>) {
        let worker = Detached {
            name: name.to_owned(),
            engine,
            queues: self.queues.clone(),
            bucket: self.store.bucket().clone(),
        };
        self.tasks.spawn(detached::work(worker, self.stop.subscribe()));
    }

    async fn user(&self) -> (UserId, PhotoId) {
        let user =
            self.store.add_guest(Language::English, now() + 3_600_000, now()).await.expect("a guest").id;
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
        let photo = Photo::decode(&std::fs::read(path).expect("an example")).expect("a photo").reduced(160);
        let photo =
            NewPhoto { pictures: Pictures::of_photo(&photo).expect("pictures"), quality: "{}".to_owned() };
        (user, self.store.add_photo(user, photo, now()).await.expect("a photo").id)
    }

    async fn job(&self, (user, photo): (UserId, PhotoId), seed: u64, variations: u32, steps: u32) -> JobId {
        let style = lexicon::read(&Sentence::parse("navy blazer").expect("a sentence"));
        let settings = Settings { steps: Some(steps), ..Settings::default() };
        let job = NewJob {
            sentence: "navy blazer".to_owned(),
            style: serde_json::to_string(&style).expect("JSON"),
            photos: vec![photo],
            variations,
            seed,
            engine: "still",
            stylist: "lexicon",
            reading: None,
            subject: Subject::Person,
            settings: serde_json::to_string(&settings).expect("JSON"),
            language: Language::English,
            idempotency_key: None,
            trace: drape_core::trace::Trace::begin(7, 7),
            request_hash: seed.to_string(),
        };
        self.store.create_job(user, job, now()).await.expect("a job").0.id
    }

    async fn ended(&self, user: UserId, job: JobId) -> drape_store::Job {
        for _ in 0..1_200 {
            let found = self.store.job(user, job).await.expect("the job");
            if found.state.ended() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?}", self.store.job(user, job).await);
    }

    async fn stop(mut self) -> (Place, Store) {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("nothing panicked");
        }
        (self.place, self.store)
    }
}

/// Checks that every blob belongs to a photo or look, and that every look has its full picture.
async fn nothing_is_left_over(store: &Store, users: &[UserId]) {
    let mut wanted = Vec::new();
    for user in users {
        for photo in store.photos(*user, now()).await.expect("photos") {
            wanted.push(photo.id.to_string());
        }
        for look in store.looks(*user, None, 1_000, now()).await.expect("looks") {
            store.look_bytes(&look, Size::Full).await.expect("its picture");
            wanted.push(look.id.to_string());
        }
    }
    store.call_off().await.expect("called off");
    for key in drape_testing::blob_keys(store).await {
        assert!(wanted.iter().any(|id| key.contains(id.as_str())), "{key} belongs to nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_many_come_back_to_their_owners() {
    let Some(mut service) = Service::start().await else { return };
    service.serve();
    for name in ["one", "two", "three"] {
        service.hire(name, Arc::new(Still));
    }
    let mut jobs = Vec::new();
    let mut users = Vec::new();
    for n in 0..4 {
        let user = service.user().await;
        users.push(user.0);
        for k in 0..4 {
            let seed = n * 100 + k * 10;
            jobs.push((user, seed, service.job(user, seed, 1 + (k % 2) as u32, 3).await));
        }
    }
    for ((user, photo), seed, job) in &jobs {
        let ended = service.ended(*user, *job).await;
        assert_eq!(ended.state, State::Done, "{ended:?}");
        let looks = service.store.looks_of(*user, *job, now()).await.expect("looks");
        let seeds: Vec<u64> = looks.iter().map(|l| l.seed).collect();
        assert_eq!(seeds, (0..u64::from(ended.variations)).map(|k| seed + k).collect::<Vec<_>>());
        assert!(looks.iter().all(|l| l.photo == *photo && l.engine == "still"));
        // Events are complete: numbered without gaps.
        let told = service.store.events_after(*user, 0).await.expect("events");
        assert!(told.iter().zip(1..).all(|(event, n)| event.revision == n));
    }
    let (_place, store) = service.stop().await;
    nothing_is_left_over(&store, &users).await;
    store.close().await;
}

/// Works on a job until it is no longer wanted.
struct Slow;

impl Engine for Slow {
    fn name(&self) -> &'static str {
        "still"
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated {
        let settings = Settings { steps: Some(100), ..request.settings.clone() };
        for _ in 0..20 {
            Still.generate(Request { settings: &settings, ..request }, progress)?;
        }
        panic!("nobody stopped it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_stops_elsewhere_and_a_dead_letter_fails_its_job() {
    let Some(mut service) = Service::start().await else { return };
    service.serve();
    service.hire("slow", Arc::new(Slow));
    let user = service.user().await;
    let job = service.job(user, 1, 1, 5).await;
    while service.store.job(user.0, job).await.expect("the job").stage.is_none() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    service.store.cancel_job(user.0, job, now()).await.expect("cancelled");
    assert_eq!(service.ended(user.0, job).await.state, State::Cancelled);

    // The worker learned of the cancel and is free again: the next job begins there.
    let next = service.job(user, 2, 1, 5).await;
    while service.store.job(user.0, next).await.expect("the job").stage.is_none() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A dead letter names this job: it fails with that reason.
    let letter = serde_json::json!({
        "version": 1, "job": next, "attempt": 1, "engine": "still", "owner": user.0, "photos": [],
        "style": lexicon::read(&Sentence::parse("coat").expect("a sentence")), "subject": "person",
        "settings": {}, "seeds": [2], "looks": [], "ticket": "x", "lease": 1000, "until": 0,
    });
    service.queues.dead.send("not a letter").await.expect("sent");
    service.queues.dead.send(&letter.to_string()).await.expect("sent");
    let ended = service.ended(user.0, next).await;
    assert_eq!((ended.state, ended.reason), (State::Failed, Some(FailureReason::Undeliverable)));

    // An answer for another user's job, or for a job that was never handed over, changes nothing.
    let stranger = service.user().await;
    let waiting = service.job(stranger, 3, 1, 5).await;
    for attempt in [0, 7] {
        let forged = serde_json::json!({
            "version": 1, "worker": "forger", "engine": "still", "job": waiting, "attempt": attempt,
            "kind": "failed", "reason": "no_person",
        });
        service.queues.responses.send(&forged.to_string()).await.expect("sent");
    }
    service.queues.responses.send("{\"version\": 9}").await.expect("sent");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!service.store.job(stranger.0, waiting).await.expect("the job").state.ended());
    service.store.cancel_job(stranger.0, waiting, now()).await.expect("cancelled");
    let (_place, store) = service.stop().await;
    nothing_is_left_over(&store, &[user.0, stranger.0]).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attached_worker_elsewhere_is_rung() {
    let Some(mut service) = Service::start().await else { return };
    let other = service.place.open(Limits::default()).await;
    let (queues, stop) = (service.queues.clone(), service.stop.subscribe());
    service.tasks.spawn(ring::ring_out(service.store.clone(), queues.clone(), stop.clone()));
    service.tasks.spawn(ring::listen(other.clone(), queues, stop.clone()));
    // By itself, the worker would look for jobs only after a minute.
    let options = drape_worker::Options {
        name: "attached".to_owned(),
        stylist: Arc::new(Lexicon),
        lease: 600_000,
        batch: 4,
        poll: Duration::from_secs(60),
    };
    service.tasks.spawn(drape_worker::work(other.clone(), Arc::new(Still), options, stop));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let user = service.user().await;
    let start = std::time::Instant::now();
    let job = service.job(user, 1, 1, 2).await;
    assert_eq!(service.ended(user.0, job).await.state, State::Done);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    service.stop.send_replace(true);
    // Ring the waiting worker once more, so that it notices the stop.
    other.ring();
    let (_place, store) = service.stop().await;
    store.close().await;
    other.close().await;
}
