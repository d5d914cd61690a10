//! The store through its public functions: the queue, leases, ends, deletion.

use drape_core::engine::{Stage, Subject};
use drape_core::id::{JobId, PhotoId, UserId};
use drape_core::job::{FailureReason, State};
use drape_core::language::Language;
use drape_store::{
    Claim, ClaimRequest, Going, JobProgress, Limits, NewAccount, NewJob, NewLook, NewPhoto, Pictures, Store,
    StoreError, TokenKind, now,
};

const MINUTE: i64 = 60_000;

/// A store of one test, deleted afterwards.
struct Place {
    home: drape_testing::Place,
    store: Store,
}

impl Place {
    async fn new() -> Self {
        Self::at(drape_testing::Place::new().await).await
    }

    async fn at(home: drape_testing::Place) -> Self {
        let limits = Limits { backoff: 1_000, jobs_per_user: 200, ..Limits::default() };
        let store = home.open(limits).await;
        Self { home, store }
    }

    async fn guest(&self) -> UserId {
        let ends = now() + 24 * 60 * MINUTE;
        self.store.add_guest(Language::English, ends, now()).await.expect("a guest").id
    }

    async fn photo(&self, owner: UserId) -> PhotoId {
        let photo = NewPhoto { pictures: pictures(b"photo"), quality: "{}".to_owned() };
        self.store.add_photo(owner, photo, now()).await.expect("a photo").id
    }

    async fn job(&self, owner: UserId, variations: u32) -> JobId {
        // The photo is deleted, so that only looks count as files.
        let photo = self.photo(owner).await;
        let made = self.store.create_job(owner, wish(photo, variations, None), now()).await;
        self.store.delete_photo(owner, photo, now()).await.expect("a receipt");
        made.expect("a job").0.id
    }

    async fn claim(&self, most: u32, at: i64) -> Vec<Claim> {
        self.store.claim(&request("worker", most), at).await.expect("claims")
    }

    async fn state(&self, owner: UserId, job: JobId) -> State {
        self.store.job(owner, job).await.expect("the job").state
    }

    async fn files(&self) -> usize {
        drape_testing::blob_keys(&self.store).await.len()
    }
}

fn pictures(bytes: &'static [u8]) -> Pictures {
    let bytes = bytes::Bytes::from_static(bytes);
    Pictures {
        full: bytes.clone(),
        content_type: "image/png",
        width: 3,
        height: 4,
        view: bytes.clone(),
        thumb: bytes,
    }
}

fn wish(photo: PhotoId, variations: u32, key: Option<&str>) -> NewJob {
    NewJob {
        sentence: "navy blazer".to_owned(),
        style: "{}".to_owned(),
        photos: vec![photo],
        variations,
        seed: 7,
        engine: "retouch",
        subject: Subject::default(),
        settings: "{}".to_owned(),
        stylist: "lexicon",
        reading: None,
        language: Language::English,
        idempotency_key: key.map(str::to_owned),
        trace: drape_core::trace::Trace::begin(7, 7),
        request_hash: "one".to_owned(),
    }
}

fn request(worker: &str, most: u32) -> ClaimRequest {
    ClaimRequest { worker: worker.to_owned(), engine: "retouch".to_owned(), most, lease: MINUTE }
}

fn look() -> NewLook {
    NewLook { photo: PhotoId::new(), pictures: pictures(b"look"), seed: 7, report: "{}".to_owned() }
}

fn progress(stage: Stage, step: u32, total: u32, preview: Option<&[u8]>) -> JobProgress<'_> {
    JobProgress { stage, step, total, preview }
}

#[tokio::test]
async fn twenty_jobs_of_one_do_not_hold_up_anothers_one() {
    let place = Place::new().await;
    let (many, one) = (place.guest().await, place.guest().await);
    for _ in 0..20 {
        place.job(many, 1).await;
    }
    // Some of the twenty already run when the other user arrives.
    assert_eq!(place.claim(3, now()).await.len(), 3);
    let late = place.job(one, 1).await;
    let next = place.claim(2, now()).await;
    assert!(next.iter().any(|c| c.job.id == late), "it runs among the next two");
    place.claim(100, now()).await;

    // A job of four looks counts as four: three jobs of another user come before the next one.
    let (four, single) = (place.guest().await, place.guest().await);
    let fours = [place.job(four, 4).await, place.job(four, 4).await];
    let mut singles = Vec::new();
    for _ in 0..4 {
        singles.push(place.job(single, 1).await);
    }
    let rest = place.claim(100, now()).await;
    let at = |id: JobId| rest.iter().position(|c| c.job.id == id).expect("it was claimed");
    assert!(at(fours[0]) < at(fours[1]));
    assert!(singles[..3].iter().all(|&s| at(s) < at(fours[1])));
}

#[tokio::test]
async fn a_lost_lease_changes_nothing_and_leaves_nothing() {
    let place = Place::new().await;
    let user = place.guest().await;
    let job = place.job(user, 1).await;
    let start = now();
    let lost = place.claim(1, start).await.remove(0);
    // No other worker gets the job while the lease holds; afterwards it gets another attempt.
    assert!(place.claim(1, start).await.is_empty());
    assert_eq!(place.store.reap(start + MINUTE / 2).await.expect("a look").0, 0);
    assert_eq!(place.store.reap(start + 2 * MINUTE).await.expect("a look").0, 1);
    let second = place.claim(1, start + 3 * MINUTE).await.remove(0);
    assert_eq!((second.job.id, second.job.attempt), (job, 2));

    assert_eq!(place.store.heartbeat(&lost, MINUTE, start).await.expect("an answer"), Going::Stop);
    let late = place.store.finish(&lost, vec![look()], start + 3 * MINUTE).await;
    assert!(matches!(late, Err(StoreError::Fenced)), "{late:?}");
    assert_eq!(place.files().await, 0, "the pictures that came too late are gone");

    place.store.finish(&second, vec![look()], start + 3 * MINUTE).await.expect("an end");
    assert_eq!(place.state(user, job).await, State::Done);
    assert_eq!(place.store.looks_of(user, job, start).await.expect("looks").len(), 1);
    assert_eq!(place.files().await, 3);
    // A second finish is refused.
    let again = place.store.finish(&second, vec![look()], start + 3 * MINUTE).await;
    assert!(matches!(again, Err(StoreError::Fenced)), "{again:?}");
    assert_eq!(place.files().await, 3);
}

#[tokio::test]
async fn failures_are_tried_again_with_pauses_and_then_told() {
    let place = Place::new().await;
    let user = place.guest().await;
    let job = place.job(user, 1).await;
    let mut at = now();
    // A worker that stops gives the job back, which does not count as a failure.
    let claim = place.claim(1, at).await.remove(0);
    place.store.release(&claim, at).await.expect("given back");
    for failures in 1..=3 {
        let claim = place.claim(1, at).await.remove(0);
        let ended = place.store.fail(&claim, FailureReason::EngineFailed, at).await.expect("an end");
        assert_eq!(ended.failures, failures);
        assert_eq!(ended.state, if failures < 3 { State::Queued } else { State::Failed });
        assert!(place.claim(1, at).await.is_empty(), "not before its pause is over");
        at += 1_000 << failures;
    }
    let failed = place.store.job(user, job).await.expect("the job");
    assert_eq!(failed.reason, Some(FailureReason::EngineFailed));
    assert!(place.claim(1, at + 60 * MINUTE).await.is_empty());

    // A failure that another attempt cannot fix is final.
    let job = place.job(user, 1).await;
    let claim = place.claim(1, at).await.remove(0);
    place.store.fail(&claim, FailureReason::NoPerson, at).await.expect("an end");
    assert_eq!(place.state(user, job).await, State::Failed);

    // Three lost workers also fail a job that they had begun.
    let job = place.job(user, 1).await;
    for begun in [false, true, true, true] {
        at += 10 * MINUTE;
        let claim = place.claim(1, at).await.remove(0);
        if begun {
            place
                .store
                .progress(&claim, progress(Stage::Parse, 0, 2, None), MINUTE, at)
                .await
                .expect("progress");
        }
        at += 2 * MINUTE;
        place.store.reap(at).await.expect("a look");
    }
    let failed = place.store.job(user, job).await.expect("the job");
    assert_eq!((failed.state, failed.reason), (State::Failed, Some(FailureReason::WorkerLost)));
}

#[tokio::test]
async fn a_job_that_no_worker_takes_expires() {
    let place = Place::new().await;
    let user = place.guest().await;
    let job = place.job(user, 1).await;
    let day = now() + 25 * 60 * MINUTE;
    assert_eq!(place.store.reap(day).await.expect("a look"), (0, 1));
    assert_eq!(place.state(user, job).await, State::Expired);
    assert!(place.claim(1, day).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_one_job_however_many_ask_at_once() {
    let place = Place::new().await;
    let user = place.guest().await;
    let photo = place.photo(user).await;
    let asked = (0..16).map(|_| {
        let store = place.store.clone();
        tokio::spawn(async move { store.create_job(user, wish(photo, 1, Some("key")), now()).await })
    });
    let (mut ids, mut made) = (Vec::new(), 0);
    for task in asked.collect::<Vec<_>>() {
        let (job, new) = task.await.expect("no panic").expect("a job");
        made += u32::from(new);
        ids.push(job.id);
    }
    ids.dedup();
    assert_eq!((ids.len(), made), (1, 1));
    let other = NewJob { request_hash: "two".to_owned(), ..wish(photo, 1, Some("key")) };
    let other = place.store.create_job(user, other, now()).await;
    assert!(matches!(other, Err(StoreError::Taken("idempotency_key"))), "{other:?}");
    // The same key of another user is a different key.
    let stranger = place.guest().await;
    let photo = place.photo(stranger).await;
    assert!(place.store.create_job(stranger, wish(photo, 1, Some("key")), now()).await.expect("a job").1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_never_claim_the_same_job() {
    let place = Place::new().await;
    let second = place.home.open(Limits::default()).await;
    let user = place.guest().await;
    for _ in 0..100 {
        place.job(user, 1).await;
    }
    let claiming: Vec<_> = (0..8)
        .map(|k| {
            let store = if k % 2 == 0 { place.store.clone() } else { second.clone() };
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let three = request(&format!("worker-{k}"), 3);
                    let claims = store.claim(&three, now()).await.expect("claims");
                    if claims.is_empty() {
                        return mine;
                    }
                    for claim in claims {
                        store.finish(&claim, Vec::new(), now()).await.expect("an end");
                        mine.push(claim.job.id);
                    }
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in claiming {
        all.extend(task.await.expect("no panic"));
    }
    assert_eq!(all.len(), 100);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 100);
    // Events of both processes form one stream without a gap.
    let mut seen = 0;
    loop {
        let events = place.store.events_after(user, seen).await.expect("events");
        let Some(last) = events.last() else { break };
        assert_eq!(events[0].revision, seen + 1);
        assert_eq!(last.revision, seen + events.len() as i64);
        seen = last.revision;
    }
    assert_eq!(seen, 300);
}

#[tokio::test]
async fn deletion_takes_the_bytes_and_counts_them() {
    let place = Place::new().await;
    let (user, other) = (place.guest().await, place.guest().await);
    let (photo, kept) = (place.photo(user).await, place.photo(other).await);
    let job = place.job(user, 1).await;
    let claim = place.claim(1, now()).await.remove(0);
    let look = place.store.finish(&claim, vec![look()], now()).await.expect("an end").looks[0];
    let share = place.store.add_share(user, look, "hash", now() + MINUTE, now()).await.expect("a link");

    // Another user cannot delete it.
    assert!(matches!(place.store.delete_photo(other, photo, now()).await, Err(StoreError::NotFound)));
    assert!(matches!(place.store.delete_look(other, look, now()).await, Err(StoreError::NotFound)));
    assert!(matches!(place.store.revoke_share(other, share.id).await, Err(StoreError::NotFound)));
    assert_eq!(place.files().await, 9);

    let receipt = place.store.delete_look(user, look, now()).await.expect("a receipt");
    assert_eq!((receipt.deleted.looks, receipt.deleted.shares), (1, 1));
    assert_eq!((receipt.deleted.files, receipt.deleted.bytes), (3, 12));
    assert!(receipt.completed_at.is_some());
    assert!(matches!(place.store.shared("hash", now()).await, Err(StoreError::NotFound)));
    let receipt = place.store.delete_account(user, now()).await.expect("a receipt");
    assert_eq!((receipt.deleted.photos, receipt.deleted.jobs, receipt.deleted.files), (1, 1, 3));
    assert_eq!(place.store.receipt(receipt.id).await.expect("it stays").deleted, receipt.deleted);
    assert!(matches!(place.store.job(user, job).await, Err(StoreError::NotFound)));
    assert_eq!(place.files().await, 3);
    place.store.photo(other, kept, now()).await.expect("the other's photo stays");
}

#[tokio::test]
async fn what_a_killed_process_began_to_write_goes_too() {
    let place = Place::at(drape_testing::Place::local()).await;
    let folder = place.home.folder().to_owned();
    let user = place.guest().await;
    let photo = place.photo(user).await;
    // An unfinished file has a name of its own, and a kill leaves it.
    let begun = folder.join(format!("blobs/{user}/{photo}/full#1"));
    std::fs::write(&begun, b"half").expect("a file");
    place.store.delete_photo(user, photo, now()).await.expect("a receipt");
    assert!(!begun.exists());
    assert!(!folder.join(format!("blobs/{user}")).exists());
}

#[tokio::test]
async fn things_end_when_their_owner_says() {
    let place = Place::new().await;
    let new = NewAccount {
        email: "a@example.com".to_owned(),
        nickname: "tester".to_owned(),
        password_hash: "x".to_owned(),
    };
    let add = || place.store.add_account(&new, Language::English, 30, now());
    let user = add().await.expect("an account").id;
    place.photo(user).await;
    let day = 24 * 60 * MINUTE;
    place.store.set_keep_days(user, 2, now()).await.expect("a change");
    assert_eq!(place.store.sweep(now() + day).await.expect("a sweep").photos, 0);
    let swept = place.store.sweep(now() + 3 * day).await.expect("a sweep");
    assert_eq!((swept.photos, swept.files, swept.users), (1, 3, 0));
    assert_eq!(place.files().await, 0);
    assert!(matches!(add().await, Err(StoreError::Taken("email"))));
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once() {
    let place = Place::new().await;
    let user = place.guest().await;
    let token = place.store.add_token(user, TokenKind::Session, "h", "", None, now()).await.expect("a token");
    for _ in 0..3 {
        let session = place.store.session("h", now()).await.expect("an answer");
        assert_eq!(session.map(|s| s.user.id), Some(user));
    }
    place.store.revoke_token(user, token).await.expect("revoked");
    assert!(place.store.session("h", now()).await.expect("an answer").is_none());
    place.store.add_token(user, TokenKind::ApiKey, "k", "", None, now()).await.expect("a key");
    assert!(place.store.session("k", now()).await.expect("an answer").is_some());
    place.store.delete_account(user, now()).await.expect("a receipt");
    assert!(place.store.session("k", now()).await.expect("an answer").is_none());
}

#[tokio::test]
async fn a_secret_is_made_once() {
    let place = Place::new().await;
    let first = place.store.secret("links", [1; 32]).await.expect("a secret");
    assert_eq!(place.store.secret("links", [2; 32]).await.expect("a secret"), first);
    let second = place.home.open(Limits::default()).await;
    assert_eq!(second.secret("links", [3; 32]).await.expect("a secret"), first);
}

/// Programs that start together on an empty database: the tables are created once, and all programs run.
#[tokio::test(flavor = "multi_thread")]
async fn many_programs_may_start_at_once() {
    let home = std::sync::Arc::new(drape_testing::Place::new().await);
    let starts = (0..6).map(|_| {
        let home = std::sync::Arc::clone(&home);
        tokio::spawn(async move { Store::open_at(home.places(), Limits::default()).await })
    });
    for start in futures::future::join_all(starts).await {
        let store = start.expect("no panic").expect("a store");
        store.ping().await.expect("an answer");
        store.close().await;
    }
}

#[tokio::test]
async fn everything_moves_to_another_store_and_back() {
    let place = Place::new().await;
    let other = Place::at(drape_testing::Place::local()).await;
    let user = place.guest().await;
    let photo = place.photo(user).await;
    let job = place.job(user, 2).await;
    let claim = place.claim(1, now()).await.remove(0);
    let preview = [0, 255, 13, 10, 0];
    let told =
        place.store.progress(&claim, progress(Stage::Paint, 1, 2, Some(&preview)), MINUTE, now()).await;
    told.expect("an answer");
    place.store.add_webhook(user, "https://example.com/한글", "secret", now()).await.expect("a webhook");
    place.store.secret("links", [7; 32]).await.expect("a secret");
    let folder = place.home.folder().join("export");
    let exported = place.store.export(&folder, true).await.expect("an export");
    assert_eq!((exported.rows["users"], exported.rows["jobs"], exported.blobs), (1, 1, Some(3)));

    // The other database may be of another kind; its export is the same.
    let imported = other.store.import(&folder).await.expect("an import");
    assert_eq!(imported, exported);
    let back = other.home.folder().join("export");
    assert_eq!(other.store.export(&back, true).await.expect("an export"), exported);
    for table in exported.rows.keys() {
        let lines = |folder: &std::path::Path| {
            let text = std::fs::read_to_string(folder.join(format!("{table}.jsonl"))).expect("a file");
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(&folder), lines(&back), "{table}");
    }
    // The lease, the preview and the picture are as before.
    assert_eq!(other.state(user, job).await, State::Running);
    assert_eq!(other.store.preview(user, job).await.expect("a preview").picture.as_ref(), preview);
    let found = other.store.photo(user, photo, now()).await.expect("the photo");
    let bytes = other.store.photo_bytes(&found, drape_store::Size::Full).await.expect("its bytes");
    assert_eq!(bytes.as_ref(), b"photo");
    other.store.fail(&claim, FailureReason::NoPerson, now()).await.expect("the attempt is known");

    // A store with data and a damaged export are refused.
    let again = other.store.import(&folder).await;
    assert!(matches!(again, Err(drape_store::TransferError::NotEmpty)), "{again:?}");
    let third = Place::at(drape_testing::Place::local()).await;
    let users = folder.join("jobs.jsonl");
    std::fs::write(&users, "").expect("a file");
    let damaged = third.store.import(&folder).await;
    assert!(matches!(damaged, Err(drape_store::TransferError::Damaged(_))), "{damaged:?}");
    assert!(matches!(third.store.account(user).await, Err(StoreError::NotFound)));
}
