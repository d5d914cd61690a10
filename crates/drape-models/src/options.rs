//! Options of a download, the events that it reports, and its result.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The public hub.
pub const DEFAULT_MIRROR: &str = "https://huggingface.co";

/// A secret for the hub; never printed.
#[derive(Clone)]
pub struct Token(pub(crate) String);

impl Token {
    /// A token; `None` for an empty text.
    pub fn new(text: &str) -> Option<Self> {
        Some(text.trim()).filter(|t| !t.is_empty()).map(|t| Self(t.to_owned()))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Where files come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// The hub or a mirror of it.
    Hub {
        /// Its address, such as [`DEFAULT_MIRROR`].
        mirror: String,
        /// Sent to that address only, never to where it redirects.
        token: Option<Token>,
    },
    /// A directory laid out like the hub (`owner/name/resolve/revision/path`) or like a models directory.
    Offline(PathBuf),
}

/// How to fetch.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// Where the files come from.
    pub source: Source,
    /// Models that may be fetched though they are not for commercial use.
    pub accept_non_commercial: Vec<String>,
    /// Bytes per request.
    pub chunk: u64,
    /// Requests in parallel.
    pub parallel: usize,
    /// Most attempts in a row without new bytes.
    pub attempts: u32,
    /// Pause before the second attempt; doubled with each further one, up to 30 s.
    pub backoff: Duration,
    /// How long to wait for another pull of the same model.
    pub patience: Duration,
}

impl Default for PullOptions {
    fn default() -> Self {
        Self {
            source: Source::Hub { mirror: DEFAULT_MIRROR.to_owned(), token: None },
            accept_non_commercial: Vec::new(),
            chunk: 32 << 20,
            parallel: 4,
            attempts: 8,
            backoff: Duration::from_millis(500),
            patience: Duration::from_secs(6 * 3600),
        }
    }
}

/// An event of a pull.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another pull of the same model is at work.
    Waiting,
    /// A file begins.
    File {
        /// Path within the model's directory.
        path: &'a str,
        /// Its number, from 1.
        number: usize,
        /// How many there are to fetch.
        of: usize,
        /// Its size in bytes, as far as it is known.
        size: u64,
    },
    /// The exact size of the current file in bytes.
    Size(u64),
    /// Bytes of the current file that are there.
    Bytes(u64),
    /// An attempt failed; the next follows after the pause.
    Retry {
        /// The file.
        path: &'a str,
        /// The error.
        why: &'a str,
        /// How long until the next attempt.
        pause: Duration,
    },
    /// Bytes of the current file that are checked.
    Checked(u64),
    /// The bytes were wrong, or the file on the hub changed: it is fetched again from the beginning.
    Again {
        /// The file.
        path: &'a str,
    },
    /// A file is there.
    Done {
        /// The file.
        path: &'a str,
        /// Its hash was not known beforehand and is recorded now.
        trusted_on_first_use: bool,
    },
}

/// Hands events on and counts bytes.
pub(crate) struct Reporter<'a> {
    pub(crate) on: &'a (dyn Fn(Event<'_>) + Send + Sync),
    pub(crate) bytes: AtomicU64,
}

impl Reporter<'_> {
    pub(crate) fn say(&self, event: &Event<'_>) {
        (self.on)(*event);
    }

    pub(crate) fn add(&self, bytes: u64) {
        let now = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.on)(Event::Bytes(now));
    }

    pub(crate) fn reset(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
        (self.on)(Event::Bytes(bytes));
    }
}

/// The result of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The model's directory.
    pub dir: PathBuf,
    /// Files that were fetched.
    pub fetched: usize,
    /// Files that were there already.
    pub kept: usize,
    /// Files whose hash was not known beforehand and is recorded now.
    pub trusted_on_first_use: usize,
}
