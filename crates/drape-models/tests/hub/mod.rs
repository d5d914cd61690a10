//! A local hub for tests: it serves the files that a test gives it, with the behaviour that the test sets,
//! and counts requests. Several test files share it.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// A separate folder for each test, deleted afterwards.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("drape-models-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Bytes without a pattern, so that a shifted part is noticed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) range: Option<(usize, usize)>,
    pub(crate) if_range: Option<String>,
    pub(crate) token: Option<String>,
    /// How many earlier requests there were for this path.
    pub(crate) number: usize,
}

/// The hub's reaction.
pub(crate) enum Act {
    /// Correctly.
    Serve,
    /// Closes the connection after so many bytes of the body.
    Cut(usize),
    /// The whole file with status 200, whatever was requested.
    IgnoreRange,
    /// The requested part with one byte changed.
    Spoil,
    /// The requested part of the present file, whatever `If-Range` says.
    IgnoreIfRange,
    /// Another part than the requested one.
    WrongRange,
    /// A status, with `Retry-After`.
    Status(u16, Option<&'static str>),
    /// 302 to another address, with the hub's headers about the file.
    Redirect(String),
    /// Serves slowly: a pause after each 16 KiB.
    Slow(Duration),
}

type Behaviour = Box<dyn Fn(&Request) -> Act + Send + Sync>;

pub(crate) struct Stored {
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: String,
    /// Whether the hub names its SHA-256, as it does for large files.
    pub(crate) linked: bool,
}

pub(crate) struct State {
    files: Mutex<HashMap<String, Stored>>,
    behaviour: Mutex<Behaviour>,
    requests: Mutex<Vec<Request>>,
    sent: AtomicU64,
    stop: AtomicBool,
}

/// A hub that serves until it is dropped.
pub(crate) struct Hub {
    pub(crate) url: String,
    pub(crate) state: Arc<State>,
}

impl Hub {
    pub(crate) fn start(behaviour: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let state = Arc::new(State {
            files: Mutex::default(),
            behaviour: Mutex::new(Box::new(behaviour)),
            requests: Mutex::default(),
            sent: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), state) = (stream, Arc::clone(&shared)) else { continue };
                // A client that disconnects is no failure of the hub.
                std::thread::spawn(move || state.answer(stream));
            }
        });
        Self { url, state }
    }

    /// Puts a file on the hub, at `owner/name/resolve/revision/path`.
    pub(crate) fn put(&self, path: &str, bytes: &[u8], linked: bool) {
        let etag = sha256(bytes)[..16].to_owned();
        self.put_as(path, bytes, linked, &etag);
    }

    pub(crate) fn put_as(&self, path: &str, bytes: &[u8], linked: bool, etag: &str) {
        let stored = Stored { bytes: bytes.to_vec(), etag: etag.to_owned(), linked };
        lock(&self.state.files).insert(format!("/{path}"), stored);
    }

    /// Changes the hub's behaviour from now on.
    pub(crate) fn behave(&self, behaviour: impl Fn(&Request) -> Act + Send + Sync + 'static) {
        *lock(&self.state.behaviour) = Box::new(behaviour);
    }

    /// Bytes of sent bodies.
    pub(crate) fn sent(&self) -> u64 {
        self.state.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        lock(&self.state.requests).clone()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Relaxed);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The request of a connection; its number is counted later.
fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let path = first.split(' ').nth(1)?.split('?').next()?.to_owned();
    let mut request = Request { path, range: None, if_range: None, token: None, number: 0 };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.trim().split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let (a, b) = value.strip_prefix("bytes=")?.split_once('-')?;
                request.range = Some((a.parse().ok()?, b.parse::<usize>().ok()? + 1));
            }
            "if-range" => request.if_range = Some(value.to_owned()),
            "authorization" => request.token = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(request)
}

impl State {
    fn answer(&self, mut stream: TcpStream) -> Option<()> {
        let mut request = read(&stream)?;
        request.number = {
            let mut requests = lock(&self.requests);
            let number = requests.iter().filter(|r| r.path == request.path).count();
            requests.push(Request { number, ..request.clone() });
            number
        };
        let act = lock(&self.behaviour)(&request);
        if let Act::Status(status, after) = act {
            let after = after.map(|a| format!("Retry-After: {a}\r\n")).unwrap_or_default();
            let head =
                format!("HTTP/1.1 {status} No\r\n{after}Content-Length: 0\r\nConnection: close\r\n\r\n");
            return stream.write_all(head.as_bytes()).ok();
        }
        let (bytes, etag, linked) = {
            let files = lock(&self.files);
            match files.get(&request.path) {
                Some(f) => (f.bytes.clone(), f.etag.clone(), f.linked),
                None => {
                    let head = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                    return stream.write_all(head.as_bytes()).ok();
                }
            }
        };
        let mut head =
            format!("ETag: \"{etag}\"\r\nX-Repo-Commit: 0123456789abcdef\r\nConnection: close\r\n");
        if linked {
            let (size, sum) = (bytes.len(), sha256(&bytes));
            head += &format!("X-Linked-Size: {size}\r\nX-Linked-ETag: \"{sum}\"\r\n");
        }
        if let Act::Redirect(to) = &act {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n{head}Content-Length: 0\r\n\r\n");
            return stream.write_all(head.as_bytes()).ok();
        }
        let careless = matches!(act, Act::IgnoreIfRange);
        let current = careless || request.if_range.as_ref().is_none_or(|t| *t == format!("\"{etag}\""));
        let range = request.range.filter(|_| current && !matches!(act, Act::IgnoreRange));
        let all = bytes.len();
        let (status, mut body) = match range {
            Some((start, _)) if start >= all => {
                head += &format!("Content-Range: bytes */{all}\r\n");
                ("416 Range Not Satisfiable", Vec::new())
            }
            Some((start, end)) => {
                let end = end.min(all);
                let shift = usize::from(matches!(act, Act::WrongRange)).min(start);
                let (start, end) = (start - shift, end - shift);
                head += &format!("Content-Range: bytes {start}-{}/{all}\r\n", end.saturating_sub(1));
                ("206 Partial Content", bytes[start..end].to_vec())
            }
            None => ("200 OK", bytes),
        };
        if matches!(act, Act::Spoil)
            && let Some(byte) = body.first_mut()
        {
            *byte ^= 1;
        }
        let head = format!("HTTP/1.1 {status}\r\n{head}Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).ok()?;
        let most = if let Act::Cut(n) = act { n.min(body.len()) } else { body.len() };
        for piece in body[..most].chunks(16 << 10) {
            stream.write_all(piece).ok()?;
            self.sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
            if let Act::Slow(pause) = act {
                std::thread::sleep(pause);
            }
        }
        stream.flush().ok()
    }
}

/// The text of a registry with one model of these files: `(path, bytes, pinned)`.
pub(crate) fn registry(name: &str, commercial: bool, files: &[(&str, &[u8], bool)]) -> String {
    let file = |(path, bytes, pinned): &(&str, &[u8], bool)| {
        let mut file =
            serde_json::json!({"path": path, "repository": "someone/something", "revision": "abc"});
        if *pinned {
            file["size"] = bytes.len().into();
            file["sha256"] = sha256(bytes).into();
        }
        file
    };
    let model = serde_json::json!({
        "name": name,
        "what": {"ko": "시험용", "en": "for tests"},
        "license": {"name": "MIT", "url": "https://example.com/license"},
        "commercial": commercial,
        "files": files.iter().map(file).collect::<Vec<_>>(),
    });
    serde_json::json!({"models": [model]}).to_string()
}

/// Address of a file in such a registry.
pub(crate) fn address(path: &str) -> String {
    format!("someone/something/resolve/abc/{path}")
}

/// Every file below a folder, with `/`.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("within");
                found.push(name.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}
