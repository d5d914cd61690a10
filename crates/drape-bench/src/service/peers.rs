//! The systems that Drape is compared with: Celery on Redis, and LitServe.
//!
//! They run on loopback in a Python environment with pinned versions under `target/peers`, and are stopped by
//! process id. A system that cannot be installed is left out, and the bench says so.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::http::{Connection, request};
use super::load::{self, Measured};
use super::process;

const SCRIPTS: &str = "crates/drape-bench/peers";

/// The systems that could be started.
#[derive(Default)]
pub(crate) struct Peers {
    children: Vec<Group>,
    python: PathBuf,
    redis: String,
    pub(crate) celery: Option<u16>,
    pub(crate) litserve: Option<u16>,
}

/// A process and its children.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // A negative id addresses the process group.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).stderr(Stdio::null()).status();
        process::end(&mut self.0);
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Peers {
    /// Installs the environment and starts the systems; those that fail are left out.
    pub(crate) async fn start() -> Self {
        let mut peers = Self::default();
        match environment() {
            Ok(python) => peers.python = python,
            Err(why) => {
                println!("celery and litserve are left out: {why}");
                return peers;
            }
        }
        if let Err(why) = peers.start_celery().await {
            println!("celery is left out: {why}");
        }
        if let Err(why) = peers.start_litserve().await {
            println!("litserve is left out: {why}");
        }
        peers
    }

    async fn start_celery(&mut self) -> Result<(), String> {
        let port = free_port()?;
        self.redis = format!("redis://127.0.0.1:{port}/0");
        let redis = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--daemonize", "no"])
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|e| format!("redis-server: {e}"))?;
        self.children.push(Group(redis));
        reachable(port, b"PING\r\n").await.map_err(|e| format!("redis-server: {e}"))?;
        let worker = self
            .python(&[
                "-m",
                "celery",
                "-A",
                "celery_app",
                "worker",
                "--concurrency",
                "2",
                "--loglevel",
                "error",
            ])
            .spawn();
        self.children.push(Group(worker.map_err(|e| format!("worker: {e}"))?));
        let port = free_port()?;
        let front = self.python(&["celery_front.py", &port.to_string()]).spawn();
        self.children.push(Group(front.map_err(|e| format!("front: {e}"))?));
        answers(port, "/").await.map_err(|e| format!("celery behind HTTP: {e}"))?;
        self.celery = Some(port);
        Ok(())
    }

    async fn start_litserve(&mut self) -> Result<(), String> {
        let port = free_port()?;
        let server = self.python(&["litserve_nothing.py", &port.to_string()]).spawn();
        self.children.push(Group(server.map_err(|e| e.to_string())?));
        answers(port, "/predict").await?;
        self.litserve = Some(port);
        Ok(())
    }

    fn python(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command.args(args).current_dir(SCRIPTS).env("PEER_REDIS", &self.redis);
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONWARNINGS", "ignore");
        command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        command
    }

    /// Threads that enqueue and wait for the result, without HTTP.
    pub(crate) async fn celery_clients(&self, clients: usize, seconds: f64) -> Result<Measured, String> {
        let args = [clients.to_string(), (seconds / 5.0).to_string(), seconds.to_string()];
        let mut command = self.python(&["celery_clients.py", &args[0], &args[1], &args[2]]);
        command.stdout(Stdio::piped());
        let output =
            tokio::task::spawn_blocking(move || command.output()).await.map_err(|e| e.to_string())?;
        let output = output.map_err(|e| e.to_string())?;
        let value: serde_json::Value =
            serde_json::from_slice(&output.stdout).map_err(|e| format!("celery_clients.py: {e}"))?;
        let latencies = value["latencies"].as_array().ok_or("no latencies")?;
        Ok(Measured {
            latencies: latencies.iter().filter_map(|v| Some(v.as_f64()? as f32)).collect(),
            errors: value["errors"].as_u64().unwrap_or(0) as usize,
            seconds,
        })
    }
}

/// Clients that post a request whose answer is the result.
pub(crate) async fn posts(port: u16, path: &str, clients: usize, seconds: f64) -> Result<Measured, String> {
    let request = request("POST", path, None, "{\"input\":1}");
    let open = async |_| Connection::open(port).await.map_err(|e| e.to_string());
    load::closed(clients, seconds, open, async move |connection: &mut Connection| {
        let answer = connection.ask(&request).await.map_err(|e| e.to_string())?;
        if answer.status == 200 { Ok(()) } else { Err(format!("answered {}", answer.status)) }
    })
    .await
}

/// The Python of `target/peers`, with the pinned packages.
fn environment() -> Result<PathBuf, String> {
    let folder = Path::new("target/peers");
    let python = std::path::absolute(folder.join("bin/python")).map_err(|e| e.to_string())?;
    let wanted = std::fs::read_to_string(Path::new(SCRIPTS).join("requirements.txt"))
        .map_err(|e| format!("requirements.txt: {e}"))?;
    let marker = folder.join("installed.txt");
    if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    println!("making target/peers (once)");
    let run = |command: &mut Command, what: &str| {
        let output = command.stdout(Stdio::null()).output().map_err(|e| format!("{what}: {e}"))?;
        let last = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
        if output.status.success() { Ok(()) } else { Err(format!("{what}: {last}")) }
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(folder), "python3 -m venv")?;
    let list = Path::new(SCRIPTS).join("requirements.txt");
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(list), "pip install")?;
    std::fs::write(&marker, wanted).map_err(|e| e.to_string())?;
    Ok(python)
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    Ok(listener.local_addr().map_err(|e| e.to_string())?.port())
}

/// Waits until a server on the port answers anything at all.
async fn reachable(port: u16, hello: &[u8]) -> Result<(), String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let try_it = async || {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(hello).await?;
        stream.read_u8().await
    };
    patiently(async || try_it().await.is_ok()).await
}

/// Waits until a POST is answered 200.
async fn answers(port: u16, path: &str) -> Result<(), String> {
    patiently(async || match Connection::open(port).await {
        Ok(mut connection) => {
            let answer = connection.ask(&request("POST", path, None, "{\"input\":1}")).await;
            answer.is_ok_and(|a| a.status == 200)
        }
        Err(_) => false,
    })
    .await
}

async fn patiently(ready: impl AsyncFn() -> bool) -> Result<(), String> {
    let end = Instant::now() + Duration::from_secs(90);
    while Instant::now() < end {
        if ready().await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("does not answer".to_owned())
}
