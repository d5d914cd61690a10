//! Fetching models from a hub with every known behaviour of hubs.

mod hub;

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use drape_models::{Event, Missing, Models, PullError, PullOptions, Pulled, Registry, Source, State, Token};
use hub::{Act, Folder, Hub, address, files, noise, registry};

const BIG: usize = 1_000_003;
const CHUNK: u64 = 64 << 10;

/// Two files: a small text and a large one of noise, both pinned.
struct Case {
    folder: Folder,
    hub: Hub,
    config: Vec<u8>,
    weights: Vec<u8>,
}

impl Case {
    fn new(
        name: &str,
        pinned: bool,
        behaviour: impl Fn(&hub::Request) -> Act + Send + Sync + 'static,
    ) -> Self {
        let case = Self {
            folder: Folder::new(name),
            hub: Hub::start(behaviour),
            config: b"{\"small\": true}\n".to_vec(),
            weights: noise(7, BIG),
        };
        case.hub.put(&address("config.json"), &case.config, false);
        case.hub.put(&address("unet/weights.safetensors"), &case.weights, true);
        let listed = registry(
            "little",
            true,
            &[("config.json", &case.config, pinned), ("unet/weights.safetensors", &case.weights, pinned)],
        );
        std::fs::write(case.folder.path("registry.json"), listed).expect("the registry");
        case
    }

    fn models(&self) -> Models {
        let registry = Registry::default().with_file(&self.folder.path("registry.json")).expect("a registry");
        Models::with_registry(self.folder.path("models"), registry)
    }

    fn options(&self) -> PullOptions {
        PullOptions {
            source: Source::Hub { mirror: self.hub.url.clone(), token: Token::new("secret") },
            chunk: CHUNK,
            backoff: Duration::from_millis(5),
            ..PullOptions::default()
        }
    }

    async fn pull(&self) -> Result<Pulled, PullError> {
        self.models().pull("little", &self.options(), &|_| {}).await
    }

    fn is_whole(&self) {
        let models = self.models();
        let found = models.find("little").expect("it is complete");
        assert!(std::fs::read(found.dir.join("config.json")).expect("read") == self.config);
        assert!(std::fs::read(found.dir.join("unet/weights.safetensors")).expect("read") == self.weights);
        let names = files(&found.dir);
        assert_eq!(names, [".drape.json", "config.json", "unet/weights.safetensors"], "and nothing else");
        let findings = models.verify("little", &|_, _| {}).expect("it can be read");
        assert!(findings.iter().all(|f| f.damage.is_none()), "{findings:?}");
    }

    /// Checks that no wrong file has the final name.
    fn has_no_weights(&self) {
        assert!(!self.folder.path("models/little/unet/weights.safetensors").exists());
        assert!(self.models().find("little").is_err());
    }
}

fn big(request: &hub::Request) -> bool {
    request.path.ends_with(".safetensors")
}

#[tokio::test]
async fn a_model_comes_in_parts_and_only_once() {
    let case = Case::new("parts", true, |_| Act::Serve);
    assert_eq!(
        case.models().find("little").expect_err("nothing there"),
        Missing::Absent("little".to_owned())
    );
    let seen = Mutex::new(Vec::new());
    let hear = |event: Event<'_>| {
        if let Event::Done { path, trusted_on_first_use } = event {
            seen.lock().expect("one at a time").push((path.to_owned(), trusted_on_first_use));
        }
    };
    let pulled = case.models().pull("little", &case.options(), &hear).await.expect("it comes");
    assert_eq!((pulled.fetched, pulled.kept, pulled.trusted_on_first_use), (2, 0, 0));
    let done = seen.into_inner().expect("one at a time");
    assert_eq!(done, [("config.json".to_owned(), false), ("unet/weights.safetensors".to_owned(), false)]);
    case.is_whole();
    let parts = case.hub.requests().iter().filter(|r| big(r)).count();
    assert_eq!(parts, 1 + BIG.div_ceil(64 << 10), "one question and one request per part");
    let before = case.hub.requests().len();
    let again = case.pull().await.expect("it is there");
    assert_eq!((again.fetched, again.kept), (0, 2));
    assert_eq!(case.hub.requests().len(), before, "nothing is asked twice");
}

#[tokio::test]
async fn a_cut_connection_goes_on_where_it_broke() {
    // Every part breaks off twice, each time a little later.
    let case = Case::new("cut", true, |r| if r.number % 3 == 2 { Act::Serve } else { Act::Cut(20_000) });
    case.pull().await.expect("it comes in the end");
    case.is_whole();
    let most = BIG as u64 + 4 * 20_000;
    assert!(case.hub.sent() <= most, "{} bytes sent for {BIG}", case.hub.sent());
}

#[tokio::test]
async fn a_server_without_ranges_is_read_in_one_go() {
    let case = Case::new("whole", true, |_| Act::IgnoreRange);
    case.pull().await.expect("it comes");
    case.is_whole();
    // The connection breaks in the middle, and the download starts over.
    let case = Case::new("whole-cut", true, |r| match r.number {
        1 if big(r) => Act::Cut(400_000),
        _ => Act::IgnoreRange,
    });
    case.pull().await.expect("it comes");
    case.is_whole();
}

#[tokio::test]
async fn ranges_that_stop_working_half_way_do_no_harm() {
    let case =
        Case::new("half", true, |r| if big(r) && r.number > 4 { Act::IgnoreRange } else { Act::Serve });
    case.pull().await.expect("it comes");
    case.is_whole();
    let case = Case::new("wrong-range", true, |r| {
        if big(r) && r.range.is_some_and(|(start, _)| start > 0) { Act::WrongRange } else { Act::Serve }
    });
    case.pull().await.expect("it comes");
    case.is_whole();
}

#[tokio::test]
async fn wrong_bytes_are_fetched_again_once() {
    // One part is damaged throughout the first round.
    let case = Case::new("spoilt", true, |r| {
        if big(r) && r.number < 18 && r.range.is_some_and(|(start, _)| start == 2 * (64 << 10)) {
            Act::Spoil
        } else {
            Act::Serve
        }
    });
    let again = Mutex::new(0);
    let hear = |event: Event<'_>| {
        if matches!(event, Event::Again { .. }) {
            *again.lock().expect("one at a time") += 1;
        }
    };
    case.models().pull("little", &case.options(), &hear).await.expect("right the second time");
    assert_eq!(again.into_inner().expect("one at a time"), 1);
    case.is_whole();

    let case = Case::new("rotten", true, |r| if big(r) && r.number > 0 { Act::Spoil } else { Act::Serve });
    let error = case.pull().await.expect_err("never right");
    assert!(
        matches!(&error, PullError::Checksum { path, .. } if path == "unet/weights.safetensors"),
        "{error}"
    );
    case.has_no_weights();
    let left = files(&case.folder.path("models/little"));
    assert_eq!(left, [".drape.json", "config.json"], "what is wrong is deleted, what is right stays");
}

#[tokio::test]
async fn a_busy_server_is_given_time() {
    let case = Case::new("busy", true, |r| match r.number {
        0 => Act::Status(429, Some("1")),
        1 => Act::Status(503, None),
        _ => Act::Serve,
    });
    let start = Instant::now();
    case.pull().await.expect("it comes");
    assert!(start.elapsed() >= Duration::from_secs(2), "a second for each file, as the server asked");
    case.is_whole();

    let case = Case::new("later", true, |_| Act::Status(429, Some("86400")));
    let error = case.pull().await.expect_err("a day is too long");
    assert!(matches!(error, PullError::Later { seconds: 86400, .. }), "{error}");

    let case = Case::new("broken", true, |_| Act::Status(500, None));
    let error = case.pull().await.expect_err("it stays broken");
    assert!(matches!(&error, PullError::Network { why, .. } if why == "status 500"), "{error}");
    assert_eq!(case.hub.requests().len(), 8);

    let case = Case::new("denied", true, |_| Act::Status(401, None));
    assert!(matches!(case.pull().await, Err(PullError::Denied { status: 401, .. })));
    assert_eq!(case.hub.requests().len(), 1, "asking again would not help");

    let gone = Hub::start(|_| Act::Serve).url.clone();
    let source = Source::Hub { mirror: gone, token: None };
    let options = PullOptions { source, attempts: 2, ..case.options() };
    let error = case.models().pull("little", &options, &|_| {}).await.expect_err("nobody listens");
    assert!(matches!(error, PullError::Network { .. }), "{error}");
}

#[tokio::test]
async fn the_token_stays_with_the_hub() {
    let store = Hub::start(|_| Act::Serve);
    let to = store.url.clone();
    let case = Case::new("token", true, move |r| {
        if big(r) { Act::Redirect(format!("{to}{}?Signature=x", r.path)) } else { Act::Serve }
    });
    store.put(&address("unet/weights.safetensors"), &case.weights, false);
    case.pull().await.expect("it comes");
    case.is_whole();
    assert!(case.hub.requests().iter().all(|r| r.token.as_deref() == Some("Bearer secret")));
    assert!(store.requests().len() > 10, "the bytes came from there");
    assert!(store.requests().iter().all(|r| r.token.is_none()), "without the token");
    assert!(!format!("{:?}", case.options()).contains("secret"));
}

#[tokio::test]
async fn a_file_that_changes_on_the_way_is_not_mixed() {
    let case = Case::new("changing", false, |r| {
        // The first version is cut off, so that the rest comes after the change.
        if big(r) && r.number < 6 { Act::Cut(30_000) } else { Act::Serve }
    });
    let newer = noise(99, BIG + 1000);
    let changed = std::sync::atomic::AtomicBool::new(false);
    let hear = |event: Event<'_>| {
        if matches!(event, Event::Retry { path, .. } if path.ends_with(".safetensors"))
            && !changed.swap(true, std::sync::atomic::Ordering::Relaxed)
        {
            case.hub.put(&address("unet/weights.safetensors"), &newer, true);
        }
    };
    case.models().pull("little", &case.options(), &hear).await.expect("the newer one comes");
    let kept = std::fs::read(case.folder.path("models/little/unet/weights.safetensors")).expect("read");
    assert!(kept == newer, "wholly the newer one");
    assert!(case.models().find("little").is_ok());
}

#[tokio::test]
async fn an_entity_tag_alone_keeps_two_files_apart() {
    // The hub announces no hash, the size stays the same, and the server ignores If-Range.
    let case = Case::new("tag", false, |r| if r.number < 5 { Act::Cut(30_000) } else { Act::IgnoreIfRange });
    case.hub.put(&address("unet/weights.safetensors"), &case.weights, false);
    let newer = noise(99, BIG);
    let changed = std::sync::atomic::AtomicBool::new(false);
    let hear = |event: Event<'_>| {
        if matches!(event, Event::Retry { path, .. } if path.ends_with(".safetensors"))
            && !changed.swap(true, std::sync::atomic::Ordering::Relaxed)
        {
            case.hub.put(&address("unet/weights.safetensors"), &newer, false);
        }
    };
    case.models().pull("little", &case.options(), &hear).await.expect("the newer one comes");
    let kept = std::fs::read(case.folder.path("models/little/unet/weights.safetensors")).expect("read");
    assert!(kept == newer, "wholly the newer one");
}

#[tokio::test]
async fn what_is_not_pinned_is_trusted_once_and_then_checked() {
    let case = Case::new("first-use", false, |_| Act::Serve);
    // The hub names small files by their Git hash.
    let blob = {
        use sha1::{Digest as _, Sha1};
        let mut sum = Sha1::new();
        sum.update(format!("blob {}\0", case.config.len()));
        sum.update(&case.config);
        sum.finalize().iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    case.hub.put_as(&address("config.json"), &case.config, false, &blob);
    let pulled = case.pull().await.expect("it comes");
    assert_eq!(pulled.trusted_on_first_use, 2);
    case.is_whole();
    let record = std::fs::read_to_string(case.folder.path("models/little/.drape.json")).expect("the record");
    assert!(record.contains(&hub::sha256(&case.config)) && record.contains("\"trusted_on_first_use\": true"));
    assert!(record.contains("0123456789abcdef"), "the commit that the hub named");
    // Later damage is detected.
    std::fs::write(case.folder.path("models/little/config.json"), b"{\"small\": nope}\n").expect("written");
    assert!(
        matches!(case.models().find("little"), Err(Missing::Changed { path, .. }) if path == "config.json")
    );
    let findings = case.models().verify("little", &|_, _| {}).expect("read");
    assert_eq!(findings[0].damage, Some(drape_models::Damage::Changed));
    case.pull().await.expect("it comes again");
    case.is_whole();

    let wrong = Case::new("wrong-blob", false, |_| Act::Serve);
    wrong.hub.put_as(&address("config.json"), &wrong.config, false, &"a".repeat(40));
    assert!(matches!(wrong.pull().await, Err(PullError::Checksum { path, .. }) if path == "config.json"));
}

#[tokio::test]
async fn another_size_or_hash_than_pinned_is_not_even_fetched() {
    let case = Case::new("size", true, |_| Act::Serve);
    case.hub.put(&address("unet/weights.safetensors"), &case.weights[..BIG - 1], true);
    let error = case.pull().await.expect_err("too short");
    assert!(matches!(error, PullError::Size { wanted: 1_000_003, found: 1_000_002, .. }), "{error}");
    case.hub.put(&address("unet/weights.safetensors"), &noise(8, BIG), true);
    let error = case.pull().await.expect_err("another file");
    assert!(matches!(error, PullError::Checksum { .. }), "{error}");
    assert!(case.hub.sent() < 1000);
    case.has_no_weights();
}

#[tokio::test]
async fn an_interrupted_pull_goes_on_without_fetching_twice() {
    let case =
        Case::new("resume", true, |r| if big(r) && r.number > 6 { Act::Cut(1000) } else { Act::Serve });
    let options = PullOptions { attempts: 1, ..case.options() };
    let error = case.models().pull("little", &options, &|_| {}).await.expect_err("interrupted");
    assert!(matches!(error, PullError::Network { .. }), "{error}");
    let models = case.models();
    let model = models.registry().get("little").expect("known");
    let State::Partial { percent } = models.state(model) else { panic!("{:?}", models.state(model)) };
    assert!((10..60).contains(&percent), "{percent} %");
    let before = case.hub.sent();
    case.hub.behave(|_| Act::Serve);
    case.pull().await.expect("it goes on");
    case.is_whole();
    let rest = case.hub.sent() - before;
    assert!(rest < BIG as u64 * 9 / 10, "{rest} bytes fetched of {BIG}, though {percent} % were there");
}

#[tokio::test]
async fn two_pulls_at_once_share_the_work() {
    let case = Case::new("two", true, |_| Act::Slow(Duration::from_millis(1)));
    let (a, b) = tokio::join!(case.pull(), case.pull());
    let (a, b) = (a.expect("the first"), b.expect("the second"));
    assert_eq!(a.fetched + b.fetched, 2, "each file once");
    case.is_whole();
    assert!(case.hub.sent() < BIG as u64 + 1000);
    let options = PullOptions { patience: Duration::ZERO, ..case.options() };
    std::fs::remove_file(case.folder.path("models/little/config.json")).expect("removed");
    let models = case.models();
    let (a, b) =
        tokio::join!(models.pull("little", &options, &|_| {}), models.pull("little", &options, &|_| {}));
    let busy = [&a, &b].into_iter().filter(|r| matches!(r, Err(PullError::Busy(_)))).count();
    assert_eq!(busy, 1, "{a:?} {b:?}");
}

#[tokio::test]
async fn a_directory_takes_the_place_of_the_network() {
    let case = Case::new("offline", false, |_| Act::Serve);
    let source = |path: &Path| PullOptions { source: Source::Offline(path.to_owned()), ..case.options() };
    let (like_hub, like_models) = (case.folder.path("like-hub"), case.folder.path("elsewhere"));
    for (name, bytes) in [("config.json", &case.config), ("unet/weights.safetensors", &case.weights)] {
        let path = like_hub.join(address(name));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }
    let registry = || Registry::default().with_file(&case.folder.path("registry.json")).expect("a registry");
    let elsewhere = Models::with_registry(&like_models, registry());
    elsewhere.pull("little", &source(&like_hub), &|_| {}).await.expect("from a copy of the hub");
    case.models().pull("little", &source(&like_models), &|_| {}).await.expect("from a models folder");
    case.is_whole();
    assert_eq!(case.hub.requests().len(), 0);
    // The record beside the copies has their checksums.
    std::fs::remove_dir_all(case.folder.path("models")).expect("removed");
    std::fs::write(like_models.join("little/config.json"), b"{\"small\": nope}\n").expect("written");
    let error = case.models().pull("little", &source(&like_models), &|_| {}).await.expect_err("damaged");
    assert!(matches!(error, PullError::Checksum { .. }), "{error}");
    std::fs::remove_file(like_models.join("little/config.json")).expect("removed");
    let error = case.models().pull("little", &source(&like_models), &|_| {}).await.expect_err("missing");
    assert!(matches!(error, PullError::NotOffline(_)), "{error}");
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let case = Case::new("empty", false, |_| Act::Serve);
    case.hub.put(&address("config.json"), b"", false);
    case.pull().await.expect("it comes");
    assert_eq!(std::fs::read(case.folder.path("models/little/config.json")).expect("there"), b"");
    assert!(case.models().find("little").is_ok());
}

#[tokio::test]
async fn what_does_not_fit_is_not_begun() {
    let case = Case::new("space", true, |_| Act::Serve);
    let text = std::fs::read_to_string(case.folder.path("registry.json")).expect("read");
    let text = text.replace(&format!("\"size\":{BIG}"), &format!("\"size\":{}", 1_u64 << 60));
    std::fs::write(case.folder.path("registry.json"), text).expect("written");
    let error = case.pull().await.expect_err("a billion gigabytes");
    assert!(matches!(error, PullError::Space { needed, .. } if needed > 1 << 60), "{error}");
    assert_eq!(case.hub.requests().len(), 0);
}

#[tokio::test]
async fn addresses_that_are_none_are_refused() {
    let case = Case::new("mirror", true, |_| Act::Serve);
    for mirror in ["ftp://example.com", "not an address", "http://user:word@127.0.0.1/"] {
        let source = Source::Hub { mirror: mirror.to_owned(), token: None };
        let options = PullOptions { source, ..case.options() };
        let error = case.models().pull("little", &options, &|_| {}).await.expect_err(mirror);
        assert!(matches!(error, PullError::Mirror(_)), "{error}");
        assert!(!error.to_string().contains("word"), "{error}");
    }
    assert!(matches!(case.models().pull("none", &case.options(), &|_| {}).await, Err(PullError::Unknown(_))));
}
