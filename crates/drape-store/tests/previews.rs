//! Previews through the store's public functions: their owner sees them while the job runs, and the end of
//! the attempt deletes them, however it ends. Also jobs from a database older than previews.

use bytes::Bytes;
use drape_core::engine::{Stage, Subject};
use drape_core::id::{JobId, UserId};
use drape_core::job::{FailureReason, State};
use drape_core::language::Language;
use drape_store::{
    Claim, ClaimRequest, Going, JobProgress, Limits, MAX_PREVIEW, NewJob, NewPhoto, Pictures, Store,
    StoreError, now,
};
use sqlx::migrate::{Migration, MigrationType, Migrator};

const MINUTE: i64 = 60_000;

struct Place {
    home: drape_testing::Place,
    store: Store,
}

impl Place {
    async fn new() -> Self {
        let home = drape_testing::Place::new().await;
        let store = home.open(Limits { backoff: 0, ..Limits::default() }).await;
        Self { home, store }
    }

    async fn guest(&self) -> UserId {
        let ends = now() + 24 * 60 * MINUTE;
        self.store.add_guest(Language::English, ends, now()).await.expect("a guest").id
    }

    async fn queue(&self, owner: UserId, engine: &'static str) -> JobId {
        let bytes = Bytes::from_static(b"photo");
        let pictures = Pictures {
            full: bytes.clone(),
            content_type: "image/png",
            width: 3,
            height: 4,
            view: bytes.clone(),
            thumb: bytes,
        };
        let photo = NewPhoto { pictures, quality: "{}".to_owned() };
        let photo = self.store.add_photo(owner, photo, now()).await.expect("a photo").id;
        let job = NewJob {
            sentence: "navy blazer".to_owned(),
            style: "{}".to_owned(),
            photos: vec![photo],
            variations: 1,
            seed: 7,
            engine,
            subject: Subject::Woman,
            settings: "{\"steps\":4}".to_owned(),
            stylist: "lexicon",
            reading: None,
            language: Language::English,
            idempotency_key: None,
            trace: drape_core::trace::Trace::begin(7, 7),
            request_hash: "one".to_owned(),
        };
        self.store.create_job(owner, job, now()).await.expect("a job").0.id
    }

    /// A running job of `owner` with a preview.
    async fn shown(&self, owner: UserId) -> Claim {
        self.queue(owner, "retouch").await;
        let claim = self.claim().await;
        self.show(&claim, b"first").await;
        claim
    }

    async fn claim(&self) -> Claim {
        self.claim_for("retouch").await
    }

    async fn claim_for(&self, engine: &str) -> Claim {
        let request =
            ClaimRequest { worker: "worker".to_owned(), engine: engine.to_owned(), most: 1, lease: MINUTE };
        self.store.claim(&request, now()).await.expect("claims").remove(0)
    }

    async fn show(&self, claim: &Claim, picture: &[u8]) {
        let told =
            self.store.progress(claim, progress(Stage::Denoise, 1, 4, Some(picture)), MINUTE, now()).await;
        assert_eq!(told.expect("progress"), Going::On);
    }

    /// Checks that a job has no preview.
    async fn unseen(&self, owner: UserId, job: JobId) {
        let found = self.store.preview(owner, job).await;
        assert!(matches!(found, Err(StoreError::NotFound)), "{found:?}");
    }
}

fn progress(stage: Stage, step: u32, total: u32, preview: Option<&[u8]>) -> JobProgress<'_> {
    JobProgress { stage, step, total, preview }
}

#[tokio::test]
async fn a_preview_is_its_owners_and_the_latest() {
    let place = Place::new().await;
    let (owner, other) = (place.guest().await, place.guest().await);
    let claim = place.shown(owner).await;
    assert_eq!((claim.job.subject, claim.job.settings.as_str()), (Subject::Woman, "{\"steps\":4}"));
    let id = claim.job.id;
    let preview = place.store.preview(owner, id).await.expect("a preview");
    assert_eq!((preview.number, preview.picture.as_ref()), (1, b"first".as_slice()));
    place.unseen(other, id).await;

    place.show(&claim, b"second").await;
    let preview = place.store.preview(owner, id).await.expect("a preview");
    assert_eq!((preview.number, preview.picture.as_ref()), (2, b"second".as_slice()));
    assert_eq!(place.store.job(owner, id).await.expect("the job").preview, Some(2));
    let events = place.store.events_after(owner, 0).await.expect("events");
    let numbers: Vec<bool> = events.iter().map(|e| e.data.contains("\"preview\":2")).collect();
    assert_eq!(numbers, [false, false, false, true]);
    // A step without a picture keeps the preview, and its event still has the number.
    place
        .store
        .progress(&claim, progress(Stage::Denoise, 2, 4, None), MINUTE, now())
        .await
        .expect("progress");
    let last = place.store.events_after(owner, 4).await.expect("events").remove(0);
    assert!(last.data.contains("\"preview\":2"), "{}", last.data);

    // A picture that is too large is refused, and the earlier one stays.
    let large = vec![0; MAX_PREVIEW + 1];
    let told =
        place.store.progress(&claim, progress(Stage::Denoise, 3, 4, Some(&large)), MINUTE, now()).await;
    assert!(matches!(told, Err(StoreError::Row(_))), "{told:?}");
    place.show(&claim, &large[1..]).await;
    assert_eq!(place.store.preview(owner, id).await.expect("a preview").picture.len(), MAX_PREVIEW);
}

#[tokio::test]
async fn a_preview_goes_with_its_attempt_however_that_ends() {
    let place = Place::new().await;
    let (store, owner) = (&place.store, place.guest().await);

    let claim = place.shown(owner).await;
    store.finish(&claim, Vec::new(), now()).await.expect("an end");
    place.unseen(owner, claim.job.id).await;
    let events = store.events_after(owner, 0).await.expect("events");
    assert!(events.last().expect("an event").data.contains("\"preview\":null"));

    let claim = place.shown(owner).await;
    let again = store.fail(&claim, FailureReason::EngineFailed, now()).await.expect("an end");
    assert_eq!((again.state, again.preview), (State::Queued, None));
    place.unseen(owner, claim.job.id).await;
    let claim = place.claim().await;
    place.show(&claim, b"again").await;
    assert_eq!(store.preview(owner, claim.job.id).await.expect("a preview").number, 1);
    store.fail(&claim, FailureReason::NoFace, now()).await.expect("an end");
    place.unseen(owner, claim.job.id).await;

    let claim = place.shown(owner).await;
    store.release(&claim, now()).await.expect("given back");
    place.unseen(owner, claim.job.id).await;
    store.cancel_job(owner, claim.job.id, now()).await.expect("cancelled");

    let claim = place.shown(owner).await;
    store.cancel_job(owner, claim.job.id, now()).await.expect("cancelled");
    place.unseen(owner, claim.job.id).await;
    // A worker that lost its lease cannot store a preview.
    let told = store.progress(&claim, progress(Stage::Denoise, 2, 4, Some(b"late")), MINUTE, now()).await;
    assert_eq!(told.expect("an answer"), Going::Stop);
    place.unseen(owner, claim.job.id).await;

    let claim = place.shown(owner).await;
    let later = now() + 2 * MINUTE;
    assert_eq!(store.reap(later).await.expect("a look"), (1, 0));
    place.unseen(owner, claim.job.id).await;
    store.cancel_job(owner, claim.job.id, now()).await.expect("cancelled");

    // A sweep leaves running jobs alone.
    let claim = place.shown(owner).await;
    store.sweep(now() + 1).await.expect("a sweep");
    store.preview(owner, claim.job.id).await.expect("it runs still");
    store.delete_account(owner, now()).await.expect("a receipt");
    place.unseen(owner, claim.job.id).await;

    // The database contains no bytes of them any more, not even in free pages.
    store.close().await;
    for name in ["drape.sqlite", "drape.sqlite-wal"] {
        let bytes = std::fs::read(place.home.folder().join(name)).unwrap_or_default();
        assert!(!bytes.windows(5).any(|w| w == b"first"), "{name}");
    }
}

#[tokio::test]
async fn a_job_has_begun_when_the_engine_itself_has() {
    let place = Place::new().await;
    let owner = place.guest().await;
    let id = place.queue(owner, "retouch").await;
    let begun = || async { place.store.job(owner, id).await.expect("the job").began_at };
    let claim = place.claim().await;
    assert_eq!(begun().await, None);
    let at = now();
    // The loss of a worker during its quick preview does not count as a failure.
    place
        .store
        .progress(&claim, progress(Stage::Preview, 0, 0, Some(b"quick")), MINUTE, at)
        .await
        .expect("progress");
    place.store.reap(at + 2 * MINUTE).await.expect("a look");
    assert_eq!(place.store.job(owner, id).await.expect("the job").failures, 0);

    let claim = place.claim().await;
    for (k, stage) in (0..).zip([Stage::Preview, Stage::Load, Stage::Denoise, Stage::Denoise]) {
        place
            .store
            .progress(&claim, progress(stage, k, 4, None), MINUTE, at + i64::from(k))
            .await
            .expect("progress");
    }
    assert_eq!(begun().await, Some(at + 1));
    place.store.reap(at + 3 * MINUTE).await.expect("a look");
    assert_eq!(place.store.job(owner, id).await.expect("the job").failures, 1);
}

#[tokio::test]
async fn each_engine_has_a_queue_and_a_time_of_its_own() {
    let place = Place::new().await;
    let (one, two) = (place.guest().await, place.guest().await);
    // A quick look is done, and slow ones wait.
    place.queue(one, "retouch").await;
    let claim = place.claim().await;
    place.store.finish(&claim, Vec::new(), now() + 2_000).await.expect("an end");
    for _ in 0..3 {
        place.queue(one, "photomaker").await;
    }
    let quick = place.queue(two, "retouch").await;
    let quick = place.store.job(two, quick).await.expect("the job");
    let (ahead, left) =
        place.store.position(&quick, now() + 5_000).await.expect("an answer").expect("a place");
    assert_eq!(ahead, 0);
    assert!(left.is_some_and(|ms| (1_000..10_000).contains(&ms)), "{left:?}");
    let slow = place.queue(two, "photomaker").await;
    let slow = place.store.job(two, slow).await.expect("the job");
    let at = now() + 10_000;
    // The time of this engine is still unknown.
    assert_eq!(place.store.position(&slow, at).await.expect("an answer"), Some((1, None)));
    // For a running job it is estimated from the steps.
    let claim = place.claim_for("photomaker").await;
    let at = now();
    place.store.progress(&claim, progress(Stage::Denoise, 0, 50, None), MINUTE, at).await.expect("progress");
    place
        .store
        .progress(&claim, progress(Stage::Denoise, 10, 50, None), MINUTE, at + 20_000)
        .await
        .expect("progress");
    let job = place.store.job(claim.owner, claim.job.id).await.expect("the job");
    let left = place.store.position(&job, at + 20_000).await.expect("an answer");
    assert_eq!(left, Some((0, Some(80_000))));
}

#[tokio::test]
async fn jobs_from_before_engines_could_be_chosen_are_read() {
    let home = drape_testing::Place::local();
    let folder = home.folder();
    let user = UserId::new();
    let job = JobId::new();
    {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}?mode=rwc", folder.join("drape.sqlite").display());
        let pool = sqlx::AnyPool::connect(&url).await.expect("a database");
        let text = sqlx::SqlStr::from_static(include_str!("../../../migrations/0001_service.sql"));
        let first = Migration::new(1, "service".into(), MigrationType::Simple, text, false);
        Migrator::with_migrations(vec![first]).run(&pool).await.expect("the first tables");
        sqlx::query(
            "INSERT INTO jobs (id, user_id, state, sentence, style, photo_ids, variations, seed, engine, \
             language, turn, attempt, run_after, failures, step, total, request_hash, created_at, \
             expires_at) VALUES (?, ?, 'queued', 'x', '{}', '[]', 1, 1, 'retouch', 'en', 1, 0, 0, 0, 0, 0, \
             'h', 1, 9000000000000)",
        )
        .bind(job.to_string())
        .bind(user.to_string())
        .execute(&pool)
        .await
        .expect("a job");
        pool.close().await;
    }
    let store = Store::open(folder, Limits::default()).await.expect("a store");
    let found = store.job(user, job).await.expect("the job");
    assert_eq!((found.subject, found.settings.as_str(), found.preview), (Subject::Person, "{}", None));
    store.close().await;
}
