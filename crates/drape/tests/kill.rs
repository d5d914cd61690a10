//! The server is killed with SIGKILL at random moments while 20 users submit 200 jobs, and is restarted on
//! the same folder. In the end every job is done exactly once, every look belongs to its owner, and no file
//! is left over.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use drape_core::id::UserId;
use drape_store::{Limits, Store};
use image::{ImageFormat, Rgb, RgbImage};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const USERS: u64 = 20;
const JOBS_EACH: u64 = 10;
const KILLS: u64 = 12;
/// Side of the block of colour in the corner of each photo, pixels.
const BLOCK: u32 = 48;
const PATIENCE: Duration = Duration::from_secs(180);

/// Reproducible random numbers: SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }
}

/// A separate folder, deleted afterwards.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running server, killed by its id if the test ends early.
struct Server(Child);

impl Server {
    /// Starts the server, waits until it is ready, and returns its address.
    fn start(folder: &Path) -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_drape"))
            .args(["serve", "--engine", "still", "--listen", "127.0.0.1:0", "--lease-seconds", "1"])
            .args(["--rate-jobs", "1000000", "--rate-sign-ups", "1000000", "--rate-uploads", "1000000"])
            .args(["--jobs-per-user", "1000", "--data-dir"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let out = child.stdout.take().expect("its stdout");
        let server = Self(child);
        let mut said = String::new();
        BufReader::new(out).read_line(&mut said).expect("a line");
        let base = said.trim().strip_prefix("listening on ").expect("the line that says it is ready");
        (server, base.to_owned())
    }

    fn kill(mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it is gone");
    }

    fn stop(mut self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        assert!(self.0.wait().expect("its end").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// State that users and the killer share.
struct Site {
    client: Client,
    base: Mutex<String>,
    kills: AtomicU64,
    started: Instant,
}

impl Site {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.lock().expect("nobody panicked"))
    }

    /// Repeats a request until it is answered completely: the server may be away, or die before it answers.
    async fn ask(&self, request: impl Fn() -> RequestBuilder) -> (StatusCode, Vec<u8>) {
        loop {
            assert!(self.started.elapsed() < PATIENCE, "no answer");
            if let Ok(answer) = request().send().await {
                let status = answer.status();
                if let Ok(bytes) = answer.bytes().await {
                    return (status, bytes.to_vec());
                }
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn json(&self, wanted: u16, request: impl Fn() -> RequestBuilder) -> Value {
        let (status, bytes) = self.ask(request).await;
        assert_eq!(status, wanted, "{}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).expect("JSON")
    }
}

/// A user and their requests.
struct User {
    id: UserId,
    token: String,
    colour: Rgb<u8>,
    /// Ids of the jobs, and the number of looks that each should have.
    jobs: Vec<(String, u64)>,
}

/// A colour per user, far apart from each other.
fn colour(user: u64) -> Rgb<u8> {
    let level = |n: u64| [16, 128, 240][usize::try_from(n % 3).expect("below 3")];
    Rgb([level(user), level(user / 3), level(user / 9)])
}

/// The example with a block of the user's colour in the corner, as PNG.
fn photo(colour: Rgb<u8>) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
    let mut pixels: RgbImage = image::open(path).expect("an example").to_rgb8();
    for y in 0..BLOCK {
        for x in 0..BLOCK {
            pixels.put_pixel(x, y, colour);
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png).expect("PNG");
    bytes.into_inner()
}

/// Enters as a guest, uploads a photo, and asks for looks, at least one job per kill.
async fn use_it(site: Arc<Site>, number: u64, mut chance: Chance) -> User {
    let entered = site.json(201, || site.client.post(site.url("/api/v1/guests"))).await;
    let token = entered["token"].as_str().expect("a token").to_owned();
    let id = entered["account"]["id"].as_str().expect("an id").parse().expect("an id");
    let colour = colour(number);
    let bytes = photo(colour);
    let upload = || {
        let part = reqwest::multipart::Part::bytes(bytes.clone()).file_name("a.png");
        let form = reqwest::multipart::Form::new().text("consent", "true").part("photo", part);
        site.client.post(site.url("/api/v1/photos")).bearer_auth(&token).multipart(form)
    };
    let photos = site.json(201, upload).await;
    let photo = photos[0]["id"].as_str().expect("an id").to_owned();
    let mut jobs = Vec::new();
    for k in 0..JOBS_EACH {
        while site.kills.load(Ordering::Relaxed) < k {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(700))).await;
        let variations = 1 + chance.below(2);
        let wish = json!({"sentence": "green tartan jacket", "photos": [photo], "variations": variations});
        let post = || {
            let post = site.client.post(site.url("/api/v1/jobs")).bearer_auth(&token);
            post.header("Idempotency-Key", format!("{number}-{k}")).json(&wish)
        };
        let job = site.json(202, post).await;
        jobs.push((job["id"].as_str().expect("an id").to_owned(), variations));
    }
    User { id, token, colour, jobs }
}

/// Kills and restarts the server repeatedly; it runs when this returns.
async fn kill(site: Arc<Site>, folder: PathBuf, mut server: Server, mut chance: Chance) -> Server {
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(200 + chance.below(1000))).await;
        let folder = folder.clone();
        let again = tokio::task::spawn_blocking(move || {
            server.kill();
            Server::start(&folder)
        });
        let (next, base) = again.await.expect("it starts again");
        server = next;
        *site.base.lock().expect("nobody panicked") = base;
        site.kills.fetch_add(1, Ordering::Relaxed);
    }
    server
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "a failure is found again by its seed")]
async fn what_is_killed_at_any_moment_is_done_exactly_once() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let seed = std::env::var("DRAPE_KILL_SEED").ok().and_then(|s| s.parse().ok());
    let seed = seed.unwrap_or_else(|| drape_store::now().unsigned_abs());
    eprintln!("DRAPE_KILL_SEED={seed}");
    let folder = Folder(std::env::temp_dir().join(format!("drape-kill-{}", std::process::id())));
    let (server, base) = Server::start(&folder.0);
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client");
    let (base, kills) = (Mutex::new(base), AtomicU64::new(0));
    let site = Arc::new(Site { client, base, kills, started: Instant::now() });
    let coming: Vec<_> = (0..USERS)
        .map(|number| tokio::spawn(use_it(Arc::clone(&site), number, Chance(seed ^ (number + 1)))))
        .collect();
    let server = kill(Arc::clone(&site), folder.0.clone(), server, Chance(seed)).await;
    let mut users = Vec::new();
    for user in coming {
        users.push(user.await.expect("a user who got answers"));
    }
    let mut looks: Vec<Vec<String>> = Vec::new();
    for user in &users {
        looks.push(looks_of(&site, user).await);
    }
    let mut revisions = Vec::new();
    for (k, user) in users.iter().enumerate() {
        let other = &users[(k + 1) % users.len()];
        for look in &looks[k] {
            shows_owner(&site, user, other, look).await;
        }
        revisions.push(events(&site, user).await);
    }
    server.stop();
    nothing_is_left_over(&folder.0, &users, &looks, &revisions).await;
}

/// Waits until the jobs of a user are done. Returns the ids of all looks.
async fn looks_of(site: &Site, user: &User) -> Vec<String> {
    let list = || site.client.get(site.url("/api/v1/jobs?limit=100")).bearer_auth(&user.token);
    let jobs = loop {
        let jobs = site.json(200, list).await;
        let jobs = jobs.as_array().expect("a list").clone();
        if jobs.iter().all(|j| j["state"] != "queued" && j["state"] != "running") {
            break jobs;
        }
        assert!(site.started.elapsed() < PATIENCE, "jobs do not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let asked: BTreeSet<&str> = user.jobs.iter().map(|(id, _)| id.as_str()).collect();
    let found: BTreeSet<&str> = jobs.iter().filter_map(|j| j["id"].as_str()).collect();
    assert_eq!((found, jobs.len() as u64), (asked, JOBS_EACH), "exactly what they asked for");
    let mut all = Vec::new();
    for (id, variations) in &user.jobs {
        let job = jobs.iter().find(|j| j["id"] == **id).expect("compared above");
        assert_eq!(job["state"], "done", "{job}");
        let looks = job["looks"].as_array().expect("looks");
        assert_eq!(looks.len() as u64, *variations, "{job}");
        all.extend(looks.iter().map(|l| l.as_str().expect("an id").to_owned()));
    }
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "each look is of one job");
    all
}

/// Checks that the look has its owner's colour, and that another user gets 404.
async fn shows_owner(site: &Site, user: &User, other: &User, look: &str) {
    let get =
        |token: &str| site.client.get(site.url(&format!("/api/v1/looks/{look}/picture"))).bearer_auth(token);
    let (status, bytes) = site.ask(|| get(&user.token)).await;
    assert_eq!(status, 200);
    let pixels = image::load_from_memory_with_format(&bytes, ImageFormat::Png).expect("PNG").to_rgb8();
    for y in 8..BLOCK - 8 {
        for x in 8..BLOCK - 8 {
            let pixel = pixels.get_pixel(x, y);
            let near = pixel.0.iter().zip(user.colour.0).all(|(a, b)| a.abs_diff(b) <= 16);
            assert!(near, "{look} at {x}, {y}: {pixel:?} instead of {:?}", user.colour);
        }
    }
    let (status, _) = site.ask(|| get(&other.token)).await;
    assert_eq!(status, 404);
}

/// Reads the stream from the beginning. Returns the number of its events.
async fn events(site: &Site, user: &User) -> i64 {
    let stream = site.client.get(site.url("/api/v1/events")).bearer_auth(&user.token);
    let mut answer = stream.header("Last-Event-ID", "0").send().await.expect("a stream");
    let (mut text, mut said) = (String::new(), Vec::new());
    // Once all jobs are done, no event may follow; a late one would arrive at once.
    let mut pause = Duration::from_secs(10);
    while let Ok(chunk) = tokio::time::timeout(pause, answer.chunk()).await {
        let chunk = chunk.expect("a stream that goes on").expect("a stream that does not end");
        text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            let field = |name: &str| event.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
            if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
                let data: Value = serde_json::from_str(data).expect("JSON");
                said.push((id.parse::<i64>().expect("a number"), data));
            }
        }
        if said.iter().filter(|(_, e)| e["state"] == "done").count() as u64 >= JOBS_EACH {
            pause = Duration::from_millis(100);
        }
    }
    let numbers: Vec<i64> = said.iter().map(|s| s.0).collect();
    assert!(numbers.iter().copied().eq(1..=said.len() as i64), "a gap: {numbers:?}");
    for (id, variations) in &user.jobs {
        let done: Vec<&Value> =
            said.iter().map(|s| &s.1).filter(|e| e["id"] == **id && e["state"] == "done").collect();
        assert_eq!(done.len(), 1, "{done:?}");
        assert_eq!(done[0]["looks"].as_array().map(Vec::len), Some(*variations as usize));
    }
    said.len() as i64
}

async fn nothing_is_left_over(folder: &Path, users: &[User], looks: &[Vec<String>], revisions: &[i64]) {
    let store = Store::open(folder, Limits::default()).await.expect("the store");
    // Unreferenced blobs stay for an hour, and guests with their data for a day.
    let now = drape_store::now() + 2 * 3_600_000;
    store.sweep(now).await.expect("a sweep");
    let mut wanted = BTreeSet::new();
    for ((user, looks), revision) in users.iter().zip(looks).zip(revisions) {
        let photos = store.photos(user.id, now).await.expect("photos");
        assert!(!photos.is_empty());
        assert_eq!(store.revision(user.id).await.expect("the user"), *revision);
        for thing in photos.iter().map(|p| p.id.to_string()).chain(looks.iter().cloned()) {
            wanted.extend(["full", "view", "thumb"].map(|size| format!("{}/{thing}/{size}", user.id)));
        }
    }
    let keys: BTreeSet<String> = drape_testing::blob_keys(&store).await.into_iter().collect();
    assert_eq!(keys, wanted);
    let mut files = BTreeSet::new();
    let blobs = folder.join("blobs");
    let mut folders = vec![blobs.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&blobs).expect("within");
                files.insert(name.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    assert_eq!(files, wanted, "no file that nothing speaks of");
    store.close().await;
}
