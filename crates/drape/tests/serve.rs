//! `drape serve` and `drape worker` as operators run them: processes, signals, settings.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};

/// A folder of its own for each test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("drape-serve-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A process of the program; killed by its id when the test ends early.
struct Process {
    child: Child,
    said: String,
}

impl Process {
    /// Starts it and waits for its first line.
    fn start(folder: &Path, args: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_drape"))
            .args(args)
            .env("DRAPE_DATA_DIR", folder.join("data"))
            .env("LC_ALL", "C.UTF-8")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut said = String::new();
        let out = child.stdout.as_mut().expect("its stdout");
        BufReader::new(out).read_line(&mut said).expect("a line");
        Self { child, said: said.trim().to_owned() }
    }

    fn base(&self) -> &str {
        self.said.strip_prefix("listening on ").expect("the line that says it is ready")
    }

    /// Sends SIGTERM and waits for the end; the exit code.
    fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("it did not stop");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who uses a server.
struct User {
    client: Client,
    base: String,
    token: String,
}

impl User {
    async fn enter(base: &str) -> Self {
        // Fails only when another test of the process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().expect("a client");
        let answer = client.post(format!("{base}/api/v1/guests")).send().await.expect("an answer");
        let entered: Value = answer.json().await.expect("JSON");
        let token = entered["token"].as_str().expect("a token").to_owned();
        Self { client, base: base.to_owned(), token }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.request(Method::GET, path).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    /// Uploads an example photo; its id.
    async fn photo(&self) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
        let part =
            reqwest::multipart::Part::bytes(std::fs::read(path).expect("an example")).file_name("a.jpg");
        let form = reqwest::multipart::Form::new().text("consent", "true").part("photo", part);
        let answer = self.request(Method::POST, "/api/v1/photos").multipart(form).send().await;
        let photos: Value = answer.expect("an answer").json().await.expect("JSON");
        photos[0]["id"].as_str().expect("an id").to_owned()
    }

    /// Asks for looks; the job's address.
    async fn job(&self, photo: &str, variations: u32) -> String {
        let wish = json!({"sentence": "green tartan jacket", "photos": [photo], "variations": variations});
        let answer = self.request(Method::POST, "/api/v1/jobs").json(&wish).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 202);
        answer.headers()["location"].to_str().expect("an address").to_owned()
    }

    async fn state(&self, job: &str) -> String {
        self.get(job).await["state"].as_str().expect("a state").to_owned()
    }

    async fn ended(&self, job: &str) -> String {
        for _ in 0..600 {
            let state = self.state(job).await;
            if state != "queued" && state != "running" {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{job} did not end");
    }
}

#[tokio::test]
async fn no_arguments_serve_and_settings_come_from_the_environment() {
    let folder = Folder::new("plain");
    let settings = [("DRAPE_LISTEN", "127.0.0.1:0"), ("DRAPE_LANG", "ko")];
    let server = Process::start(&folder.0, &[], &settings);
    let user = User::enter(server.base()).await;
    let photo = user.photo().await;
    let job = user.job(&photo, 1).await;
    assert_eq!(user.ended(&job).await, "done");
    // The data folder is its user's own.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.0.join("data")).expect("the folder").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn a_stop_gives_jobs_back_and_the_next_start_finishes_them() {
    let folder = Folder::new("stop");
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let server = Process::start(&folder.0, &args, &[]);
    let mut user = User::enter(server.base()).await;
    let photo = user.photo().await;
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(user.job(&photo, 4).await);
    }
    while user.state(&jobs[0]).await == "queued" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.stop(), Some(0));

    // Nobody has to wait for a lease of thirty seconds to run out: the job was given back.
    let server = Process::start(&folder.0, &args, &[]);
    user.base = server.base().to_owned();
    let start = Instant::now();
    for job in &jobs {
        assert_eq!(user.ended(job).await, "done");
        let job = user.get(job).await;
        assert_eq!(job["looks"].as_array().map(Vec::len), Some(4), "{job}");
    }
    assert!(start.elapsed() < Duration::from_secs(28), "{:?}", start.elapsed());
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn workers_of_their_own_and_metrics_apart() {
    let folder = Folder::new("apart");
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let metrics = free.to_string();
    let args = ["serve", "--listen", "127.0.0.1:0", "--workers", "0", "--metrics-listen", &metrics];
    let server = Process::start(&folder.0, &args, &[]);
    let user = User::enter(server.base()).await;
    let photo = user.photo().await;
    let job = user.job(&photo, 1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(user.state(&job).await, "queued");
    let worker = Process::start(&folder.0, &["worker"], &[]);
    assert_eq!(worker.said, "working");
    assert_eq!(user.ended(&job).await, "done");
    assert_eq!(worker.stop(), Some(0));

    // Requests are counted by route, not by address, and not on the site's own listener.
    let text = user.client.get(format!("http://{metrics}/metrics")).send().await.expect("an answer");
    let text = text.text().await.expect("text");
    assert!(text.contains("route=\"/api/v1/jobs/{id}\""), "{text}");
    assert!(text.contains("drape_queue_jobs{state=\"queued\"} 0"), "{text}");
    assert!(!text.contains(job.rsplit('/').next().expect("an id")), "no ids in metrics");
    let site = user.client.get(format!("{}/metrics", user.base)).send().await.expect("an answer");
    assert_eq!(site.status(), 404);
    assert_eq!(server.stop(), Some(0));
}
