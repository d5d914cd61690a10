//! Real servers, each in its own folder, on loopback and free ports; stopped by their process ids when they
//! are dropped.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{ACCESS_KEY, BUCKET, SECRET_KEY, Tools};

/// Longest wait for a server's first answer; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// A free port. Another process may take it before it is used; then the start fails.
///
/// # Panics
/// If there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// A process that is ended when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts a program whose output goes to a file.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self, String> {
        let file =
            || std::fs::OpenOptions::new().create(true).append(true).open(log).map_err(|e| e.to_string());
        command.stdin(Stdio::null()).stdout(file()?).stderr(file()?);
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(|e| format!("{name}: {e}"))?;
        Ok(Self { child })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal by name: `TERM`, `KILL`, `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        let _ = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
    }

    /// Waits for its end, at most `patience`. Returns whether it ended by itself with success.
    pub fn wait(&mut self, patience: Duration) -> bool {
        let start = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) if start.elapsed() < patience => std::thread::sleep(Duration::from_millis(20)),
                _ => return false,
            }
        }
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The id of an ended process may belong to another one by now.
        if !self.runs() {
            return;
        }
        self.signal("CONT");
        self.signal("TERM");
        if !self.wait(Duration::from_secs(10)) {
            self.kill();
        }
    }
}

/// A private MariaDB server; user `root` without a password, on loopback.
#[derive(Debug)]
pub struct MariaDb {
    process: Running,
    folder: PathBuf,
    port: u16,
}

impl MariaDb {
    /// Installs a server in an empty folder and starts it.
    ///
    /// # Errors
    /// What failed, with the end of its log.
    pub fn start(folder: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
        let data = format!("--datadir={}", folder.join("data").display());
        let made = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--user=root", &data])
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .output()
            .map_err(|e| format!("mariadb-install-db: {e}"))?;
        if !made.status.success() {
            return Err(format!("mariadb-install-db: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let port = free_port();
        let process = Self::run(folder, port)?;
        let server = Self { process, folder: folder.to_owned(), port };
        server.ready()?;
        Ok(server)
    }

    fn run(folder: &Path, port: u16) -> Result<Running, String> {
        let program = if crate::found("mariadbd") { "mariadbd" } else { "/usr/sbin/mariadbd" };
        let file = |name: &str| folder.join(name).display().to_string();
        let mut command = Command::new(program);
        command
            .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1"])
            .arg(format!("--datadir={}", file("data")))
            .arg(format!("--socket={}", file("s.sock")))
            .arg(format!("--pid-file={}", file("pid")))
            .arg(format!("--port={port}"))
            .args(["--max-connections=500", "--innodb-buffer-pool-size=256M"]);
        Running::start(&mut command, &folder.join("log"))
    }

    fn ready(&self) -> Result<(), String> {
        // The server speaks first: a packet with its version.
        wait_for("MariaDB", &self.folder, || {
            let mut stream = connect(self.port)?;
            let mut greeting = [0_u8; 5];
            stream.read_exact(&mut greeting).ok()?;
            (greeting[4] == 10).then_some(())
        })
    }

    /// Address without a database.
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}", self.port)
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Running {
        &mut self.process
    }

    /// Kills the server and restarts it on the same data.
    ///
    /// # Errors
    /// As for [`MariaDb::start`].
    pub fn restart(&mut self, down_for: Duration) -> Result<(), String> {
        self.process.kill();
        std::thread::sleep(down_for);
        self.process = Self::run(&self.folder, self.port)?;
        self.ready()
    }
}

/// A SeaweedFS server that speaks S3, with the bucket [`BUCKET`].
#[derive(Debug)]
pub struct Weed {
    process: Running,
    port: u16,
}

impl Weed {
    /// Starts a store in an empty folder.
    ///
    /// # Errors
    /// What failed, with the end of its log.
    pub fn start(tools: &Tools, folder: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(folder.join("data")).map_err(|e| e.to_string())?;
        let config = folder.join("s3.json");
        let identity = format!(
            r#"{{"identities":[{{"name":"drape",
                "credentials":[{{"accessKey":"{ACCESS_KEY}","secretKey":"{SECRET_KEY}"}}],
                "actions":["Admin","Read","Write","List","Tagging"]}}]}}"#
        );
        std::fs::write(&config, identity).map_err(|e| e.to_string())?;
        let port = free_port();
        let mut command = Command::new(tools.bin.join("weed"));
        command.args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"]);
        command.args(["-filer", "-s3", "-volume.max=30", "-master.volumeSizeLimitMB=64"]);
        command.arg(format!("-dir={}", folder.join("data").display()));
        command.arg(format!("-s3.config={}", config.display())).arg(format!("-s3.port={port}"));
        let [master, filer] = ["master", "filer"].map(|name| {
            let ports = (free_port(), free_port());
            command.arg(format!("-{name}.port={}", ports.0)).arg(format!("-{name}.port.grpc={}", ports.1));
            // `weed shell` needs both ports, since the second is not derived from the first here.
            format!("127.0.0.1:{}.{}", ports.0, ports.1)
        });
        for name in ["volume.port", "volume.port.grpc", "s3.port.grpc"] {
            command.arg(format!("-{name}={}", free_port()));
        }
        command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]).current_dir(folder);
        let process = Running::start(&mut command, &folder.join("log"))?;
        let server = Self { process, port };
        wait_for("SeaweedFS", folder, || {
            // A refused anonymous request shows that the store answers.
            answer(port, "GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?.contains("403").then_some(())
        })?;
        make_bucket(tools, &master, &filer, folder)?;
        Ok(server)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Running {
        &mut self.process
    }
}

/// A queue that speaks SQS.
#[derive(Debug)]
pub struct Queue {
    process: Running,
    port: u16,
}

impl Queue {
    /// Starts a queue.
    ///
    /// # Errors
    /// What failed, with the end of its log.
    pub fn start(tools: &Tools, folder: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
        let port = free_port();
        let mut command = Command::new(tools.bin.join("python"));
        command
            .args(["-m", "hypercorn", "ministack.app:app", "-b", &format!("127.0.0.1:{port}")])
            .env("GATEWAY_PORT", port.to_string())
            .env("HOME", folder)
            .current_dir(folder);
        let process = Running::start(&mut command, &folder.join("log"))?;
        let server = Self { process, port };
        wait_for("ministack", folder, || {
            answer(port, "GET /_ministack/health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").map(|_| ())
        })?;
        Ok(server)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Running {
        &mut self.process
    }
}

/// Creates the bucket [`BUCKET`] with the store's own shell.
fn make_bucket(tools: &Tools, master: &str, filer: &str, folder: &Path) -> Result<(), String> {
    let mut shell = Command::new(tools.bin.join("weed"))
        .args(["shell", &format!("-master={master}"), &format!("-filer={filer}")])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("weed shell: {e}"))?;
    let mut input = shell.stdin.take().ok_or("weed shell reads nothing")?;
    writeln!(input, "s3.bucket.create -name {BUCKET}\nexit").map_err(|e| format!("weed shell: {e}"))?;
    drop(input);
    let said = shell.wait_with_output().map_err(|e| format!("weed shell: {e}"))?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    if text.contains("create bucket") || text.contains("created bucket") {
        Ok(())
    } else {
        Err(format!("weed shell: {text}"))
    }
}

fn connect(port: u16) -> Option<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    Some(stream)
}

fn answer(port: u16, request: &str) -> Option<String> {
    let mut stream = connect(port)?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut head = [0_u8; 64];
    let read = stream.read(&mut head).ok()?;
    (read > 0).then(|| String::from_utf8_lossy(&head[..read]).into_owned())
}

fn wait_for(what: &str, folder: &Path, ready: impl Fn() -> Option<()>) -> Result<(), String> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if ready().is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    let end: Vec<&str> = log.lines().rev().take(20).collect();
    Err(format!("{what} does not answer:\n{}", end.into_iter().rev().collect::<Vec<_>>().join("\n")))
}
