//! A running program, and a user of it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::Value;

/// A separate folder for each test, deleted afterwards.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
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

/// A process of the program, killed by its id if the test ends early.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) said: String,
}

impl Process {
    /// Starts the program and waits for its first line.
    pub(crate) fn start(folder: &Path, args: &[&str], settings: &[(&str, &str)]) -> Self {
        Self::start_with(folder, args, settings, Stdio::null())
    }

    /// [`Process::start`] with a given target for its log.
    pub(crate) fn start_with(
        folder: &Path,
        args: &[&str],
        settings: &[(&str, &str)],
        log: impl Into<Stdio>,
    ) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_drape"))
            .args(args)
            .env("DRAPE_DATA_DIR", folder.join("data"))
            .env("LC_ALL", "C.UTF-8")
            .env_remove("OTEL_EXPORTER_OTLP_ENDPOINT")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut said = String::new();
        let out = child.stdout.as_mut().expect("its stdout");
        BufReader::new(out).read_line(&mut said).expect("a line");
        Self { child, said: said.trim().to_owned() }
    }

    pub(crate) fn base(&self) -> &str {
        self.said.strip_prefix("listening on ").expect("the line that says it is ready")
    }

    /// Sends SIGTERM, waits for the end, and returns the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
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

/// A user of a server.
pub(crate) struct User {
    pub(crate) client: Client,
    pub(crate) base: String,
    token: String,
}

impl User {
    pub(crate) async fn enter(base: &str) -> Self {
        // Fails only if another test of the process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().expect("a client");
        let answer = client.post(format!("{base}/api/v1/guests")).send().await.expect("an answer");
        let entered: Value = answer.json().await.expect("JSON");
        let token = entered["token"].as_str().expect("a token").to_owned();
        Self { client, base: base.to_owned(), token }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.request(Method::GET, path).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    /// Uploads an example photo and returns its id.
    pub(crate) async fn photo(&self) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
        let part =
            reqwest::multipart::Part::bytes(std::fs::read(path).expect("an example")).file_name("a.jpg");
        let form = reqwest::multipart::Form::new().text("consent", "true").part("photo", part);
        let answer = self.request(Method::POST, "/api/v1/photos").multipart(form).send().await;
        let photos: Value = answer.expect("an answer").json().await.expect("JSON");
        photos[0]["id"].as_str().expect("an id").to_owned()
    }

    /// Asks for looks and returns the job's address.
    pub(crate) async fn ask(&self, wish: &Value) -> String {
        let answer = self.request(Method::POST, "/api/v1/jobs").json(wish).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 202);
        answer.headers()["location"].to_str().expect("an address").to_owned()
    }

    pub(crate) async fn state(&self, job: &str) -> String {
        self.get(job).await["state"].as_str().expect("a state").to_owned()
    }

    pub(crate) async fn ended(&self, job: &str) -> String {
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
