//! The processes of a service: API processes, workers with the database, workers without.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use drape_testing::{BUCKET, Running, Servers, free_port, keys};

/// Number of processes of each role.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) apis: usize,
    pub(crate) attached: usize,
    pub(crate) detached: usize,
}

/// Where a service keeps rows, pictures and messages, and where its processes log.
pub(crate) struct Where {
    /// Address of the database server.
    pub(crate) database: String,
    pub(crate) objects: String,
    pub(crate) queue: String,
    /// Database, prefix of keys and prefix of queues.
    pub(crate) name: String,
    pub(crate) logs: PathBuf,
    /// Whether the logs are deleted with this.
    temporary: bool,
}

/// The role of a process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Api,
    Attached,
    Detached,
}

/// One process, restarted whenever it has ended.
pub(crate) struct Member {
    pub(crate) role: Role,
    name: String,
    arguments: Vec<String>,
    log: PathBuf,
    pub(crate) port: u16,
    pub(crate) process: Option<Running>,
    /// When it is to be restarted.
    pub(crate) back: Option<Instant>,
}

/// All processes of a service.
pub(crate) struct Fleet {
    pub(crate) members: Vec<Member>,
}

/// Seconds without a heartbeat after which a worker has lost its job.
pub(crate) const LEASE: u64 = 4;
/// How long a process may take until it answers.
const START: Duration = Duration::from_secs(60);

/// Installs what this process needs once: TLS for clients and drivers for SQL.
pub(crate) fn ready() {
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    sqlx::any::install_default_drivers();
}

impl Where {
    pub(crate) fn new(servers: &Servers, name: &str, logs: Option<&Path>) -> Result<Self, String> {
        let temporary = logs.is_none();
        let of_ours = std::env::temp_dir().join(format!("drape-{name}-{}", std::process::id()));
        let logs = logs.map_or(of_ours, |l| l.join(name));
        std::fs::create_dir_all(&logs).map_err(|e| format!("{}: {e}", logs.display()))?;
        Ok(Self {
            database: servers.database.url(),
            objects: servers.objects.url(),
            queue: servers.queue.url(),
            name: name.to_owned(),
            logs,
            temporary,
        })
    }

    /// Address of the database.
    pub(crate) fn url(&self) -> String {
        format!("{}/drape_{}", self.database, self.name)
    }

    fn blobs(&self) -> Vec<String> {
        let blobs = format!("s3://{BUCKET}/{}", self.name);
        ["--blobs", &blobs, "--blobs-endpoint", &self.objects].map(str::to_owned).to_vec()
    }

    fn queues(&self) -> Vec<String> {
        let queue = format!("sqs://{}", self.name);
        ["--queue", &queue, "--queue-endpoint", &self.queue].map(str::to_owned).to_vec()
    }
}

impl Drop for Where {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.logs);
        }
    }
}

impl Member {
    pub(crate) fn new(places: &Where, role: Role, number: usize, more: &[&str]) -> Self {
        let word = |text: &str| text.to_owned();
        let port = if role == Role::Api { free_port() } else { 0 };
        let (name, mut arguments) = match role {
            Role::Api => {
                let listen = format!("127.0.0.1:{port}");
                let most = "10000000";
                let mut all = vec![word("serve"), word("--workers"), word("0"), word("--listen"), listen];
                for flag in ["rate-jobs", "rate-sign-ups", "rate-uploads", "jobs-per-user", "queue-length"] {
                    all.extend([format!("--{flag}"), word(most)]);
                }
                (format!("api-{number}"), all)
            }
            Role::Attached => (format!("attached-{number}"), vec![word("worker")]),
            Role::Detached => (format!("detached-{number}"), vec![word("worker"), word("--detached")]),
        };
        if role != Role::Detached {
            arguments.extend([word("--database"), places.url()]);
        }
        arguments.extend(places.blobs());
        arguments.extend(places.queues());
        arguments.extend([word("--lease-seconds"), LEASE.to_string()]);
        if !more.contains(&"--engine") {
            arguments.extend(["--engine", "still"].map(word));
        }
        arguments.extend(more.iter().copied().map(word));
        let log = places.logs.join(format!("{name}.log"));
        Self { role, name, arguments, log, port, process: None, back: None }
    }

    /// Starts or restarts the process.
    pub(crate) fn start(&mut self) -> Result<(), String> {
        let mut command = Command::new(program());
        // Settings in the caller's environment are not for these processes.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DRAPE_") {
                command.env_remove(name);
            }
        }
        command.args(&self.arguments).args(["--log", "info,sqlx=warn,drape_server=warn"]).envs(keys());
        self.back = None;
        self.process = Some(Running::start(&mut command, &self.log)?);
        Ok(())
    }

    /// Waits until an API process answers.
    pub(crate) fn answers(&self) -> Result<(), String> {
        let start = Instant::now();
        while start.elapsed() < START {
            if self.is_ready() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let end: Vec<&str> = log.lines().rev().take(5).collect();
        Err(format!("{} does not answer: {}", self.name, end.join(" | ")))
    }

    fn is_ready(&self) -> bool {
        use std::io::{Read as _, Write as _};
        let ask = || -> std::io::Result<bool> {
            let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET /readyz HTTP/1.0\r\nhost: 127.0.0.1\r\n\r\n")?;
            let mut head = [0_u8; 12];
            stream.read_exact(&mut head)?;
            Ok(head.ends_with(b" 200"))
        };
        ask().unwrap_or(false)
    }

    /// Kills it with SIGKILL, to be restarted after `away`.
    pub(crate) fn kill(&mut self, away: Duration) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
        self.back = Some(Instant::now() + away);
    }

    /// Processor time of the running process so far, seconds.
    pub(crate) fn processor_time(&self) -> f64 {
        self.process.as_ref().map_or(0.0, |p| processor_time(p.id()))
    }
}

impl Fleet {
    /// Starts a service that hands jobs over to detached workers and wakes attached ones through the queue.
    pub(crate) fn start(places: &Where, size: Size) -> Result<Self, String> {
        let mut members = Vec::new();
        let handing = [
            "--hand-over",
            "still",
            "--hand-over-window",
            "6",
            "--hand-over-seconds",
            "20",
            "--detached-seconds",
            "60",
        ];
        members.extend((0..size.apis).map(|k| Member::new(places, Role::Api, k, &handing)));
        members.extend((0..size.attached).map(|k| Member::new(places, Role::Attached, k, &["--batch", "2"])));
        members.extend((0..size.detached).map(|k| Member::new(places, Role::Detached, k, &[])));
        Self::of(members)
    }

    /// Starts processes and waits until the API processes answer.
    pub(crate) fn of(members: Vec<Member>) -> Result<Self, String> {
        let mut fleet = Self { members };
        // All at once, on an empty database: one of them creates the tables, the others wait.
        for member in &mut fleet.members {
            member.start()?;
        }
        for api in fleet.members.iter().filter(|m| m.role == Role::Api) {
            api.answers()?;
        }
        Ok(fleet)
    }

    /// Addresses of the API processes.
    pub(crate) fn bases(&self) -> Vec<String> {
        let apis = self.members.iter().filter(|m| m.role == Role::Api);
        apis.map(|m| format!("http://127.0.0.1:{}", m.port)).collect()
    }

    /// Restarts ended processes, as a supervisor does; returns how many had ended by themselves.
    pub(crate) fn revive(&mut self) -> Result<usize, String> {
        let mut fell = 0;
        for member in &mut self.members {
            let gone = member.process.as_mut().is_some_and(|p| !p.runs());
            if gone {
                fell += 1;
                member.process = None;
                member.back = Some(Instant::now() + Duration::from_millis(500));
            }
            if member.process.is_none() && member.back.is_none_or(|at| at <= Instant::now()) {
                member.start()?;
            }
        }
        Ok(fell)
    }

    /// Sends SIGTERM to all processes. Returns the names of those that did not exit with success.
    pub(crate) fn stop(&mut self) -> Vec<String> {
        for member in &self.members {
            if let Some(process) = &member.process {
                process.signal("TERM");
            }
        }
        let mut bad = Vec::new();
        for member in &mut self.members {
            if let Some(mut process) = member.process.take()
                && !process.wait(Duration::from_secs(30))
            {
                bad.push(member.name.clone());
            }
        }
        bad
    }
}

/// The built program.
fn program() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    target.join("release").join("drape")
}

/// Processor time of a process so far, seconds; clock ticks are 10 ms.
pub(crate) fn processor_time(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / 100.0
}
