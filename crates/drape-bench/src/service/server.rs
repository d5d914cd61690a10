//! `drape serve` as the bench runs it: the built program on a free port with a temporary data directory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use tokio::sync::oneshot;

use super::http::{self, Connection, Events};
use super::process;

/// A running server; dropping it stops the server and deletes its data.
pub(crate) struct Server {
    child: Child,
    directory: PathBuf,
    pub(crate) port: u16,
}

/// A user with one photo.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) token: String,
    pub(crate) photo: String,
}

impl Server {
    /// Starts the server and waits until it listens.
    pub(crate) fn start(engine: &str, more: &[&str]) -> Result<Self, String> {
        let directory = std::env::temp_dir().join(format!("drape-bench-{}-{engine}", std::process::id()));
        let most = "100000000";
        let mut child = Command::new(process::built("drape"))
            .args(["serve", "--listen", "127.0.0.1:0", "--engine", engine, "--log", "warn", "--data-dir"])
            .arg(&directory)
            .args(["--rate-sign-ups", most, "--rate-uploads", most, "--rate-jobs", most])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("drape serve: {e}"))?;
        let out = child.stdout.take().ok_or("drape serve: no stdout")?;
        let mut server = Self { child, directory, port: 0 };
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(|e| e.to_string())?;
        let port = line.trim().rsplit(':').next().and_then(|p| p.parse().ok());
        server.port = port.ok_or_else(|| format!("drape serve said: {line}"))?;
        Ok(server)
    }

    /// Current and peak memory of the process, MB.
    pub(crate) fn memory(&self) -> (f32, f32) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find_map(|l| l.strip_prefix(name));
            line.and_then(|l| l.split_whitespace().next()?.parse::<f32>().ok())
                .map_or(f32::NAN, |kb| kb / 1024.0)
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// Processor time of the process so far, seconds; clock ticks are 10 ms.
    pub(crate) fn processor_time(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.skip(11).take(2).filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / 100.0
    }

    /// A new guest with one photo.
    pub(crate) async fn guest(&self, photo: &[u8]) -> Result<User, String> {
        let mut connection = Connection::open(self.port).await.map_err(|e| e.to_string())?;
        let guest = connection
            .ask(&http::request("POST", "/api/v1/guests", None, ""))
            .await
            .map_err(|e| format!("guest: {e}"))?;
        let guest: serde_json::Value = serde_json::from_slice(&guest.body).map_err(|e| e.to_string())?;
        let token = guest["token"].as_str().ok_or("a guest without a token")?.to_owned();
        let answer = connection
            .ask(&http::upload("/api/v1/photos", &token, photo))
            .await
            .map_err(|e| format!("photo: {e}"))?;
        let photos: serde_json::Value = serde_json::from_slice(&answer.body).map_err(|e| e.to_string())?;
        let id = photos[0]["id"].as_str().ok_or_else(|| format!("photo: {photos}"))?;
        Ok(User { token, photo: id.to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        process::end(&mut self.child);
        // The folder is temporary; the system removes what remains.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl User {
    /// The request for one look.
    pub(crate) fn wish(&self, sentence: &str) -> Vec<u8> {
        let body = serde_json::json!({"sentence": sentence, "photos": [self.photo], "variations": 1});
        http::request("POST", "/api/v1/jobs", Some(&self.token), &body.to_string())
    }
}

/// The ends of one user's jobs, read from one event stream that the user's clients share.
#[derive(Clone, Default)]
pub(crate) struct Ends(Rc<RefCell<Waiting>>);

#[derive(Default)]
struct Waiting {
    waiting: HashMap<String, oneshot::Sender<bool>>,
    /// Jobs that ended before the answer to their request arrived; true for `done`.
    early: HashMap<String, bool>,
}

impl Ends {
    /// Follows a user's stream from now on. Call it in a `LocalSet`.
    pub(crate) async fn follow(port: u16, user: &User) -> Result<Self, String> {
        let request = http::request("GET", "/api/v1/events", Some(&user.token), "");
        let connection = Connection::open(port).await.map_err(|e| e.to_string())?;
        let mut events: Events = connection.follow(&request).await.map_err(|e| format!("events: {e}"))?;
        let ends = Self::default();
        let told = ends.clone();
        tokio::task::spawn_local(async move {
            while let Ok(text) = events.next().await {
                for data in text.lines().filter_map(|l| l.strip_prefix("data: ")) {
                    told.take(data);
                }
            }
        });
        Ok(ends)
    }

    fn take(&self, data: &str) {
        let field = |name: &str| {
            let rest = &data[data.find(name)? + name.len()..];
            rest.split('"').next()
        };
        let (Some(id), Some(state)) = (field("\"id\":\""), field("\"state\":\"")) else { return };
        let done = match state {
            "queued" | "running" => return,
            state => state == "done",
        };
        let mut all = self.0.borrow_mut();
        match all.waiting.remove(id) {
            // Fails only if the client has given up.
            Some(sender) => drop(sender.send(done)),
            None => drop(all.early.insert(id.to_owned(), done)),
        }
    }

    /// Waits for the end of a job.
    pub(crate) async fn of(&self, job: &str) -> Result<(), String> {
        let receiver = {
            let mut all = self.0.borrow_mut();
            match all.early.remove(job) {
                Some(true) => return Ok(()),
                Some(false) => return Err(format!("job {job} is not done")),
                None => {
                    let (sender, receiver) = oneshot::channel();
                    all.waiting.insert(job.to_owned(), sender);
                    receiver
                }
            }
        };
        match receiver.await {
            Ok(true) => Ok(()),
            _ => Err(format!("job {job} is not done")),
        }
    }
}
