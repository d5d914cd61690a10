//! A download in progress: `PATH.part` holds the bytes and `PATH.part.ranges`, the journal, the ranges that
//! are there, so that a killed pull continues where it stopped.
//!
//! The journal's first line identifies the file on the hub; each further line, `START END`, is one finished
//! range. A last line that was cut off is ignored.

use std::fs;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Suffix of a download in progress.
pub(crate) const PART: &str = ".part";
/// Suffix of its journal.
pub(crate) const RANGES: &str = ".part.ranges";

/// The file that the bytes are from: only bytes of the same file may be joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) address: String,
    pub(crate) size: u64,
    pub(crate) etag: Option<String>,
    pub(crate) sha256: Option<String>,
}

/// A download in progress, open for several writers.
pub(crate) struct Journal {
    part: PathBuf,
    path: PathBuf,
    state: Mutex<Kept>,
}

struct Kept {
    file: fs::File,
    /// Sorted, apart from each other.
    done: Vec<Range<u64>>,
}

impl Journal {
    /// Continues a download of the same file, or begins a new one.
    pub(crate) fn open(target: &Path, identity: &Identity) -> io::Result<Self> {
        let (part, path) = (beside(target, PART), beside(target, RANGES));
        let begun = read(&path).filter(|(i, _)| i == identity && part.is_file()).map(|(_, done)| done);
        let Some(mut done) = begun else {
            discard(target)?;
            fs::File::create(&part)?;
            let mut file = fs::File::create(&path)?;
            writeln!(file, "{}", serde_json::to_string(identity)?)?;
            return Ok(Self { part, path, state: Mutex::new(Kept { file, done: Vec::new() }) });
        };
        // Ranges beyond the end of the file were lost when the machine lost power.
        let written = fs::metadata(&part)?.len().min(identity.size);
        done.iter_mut().for_each(|r| r.end = r.end.min(written));
        done.retain(|r| !r.is_empty());
        let mut file = fs::File::options().append(true).open(&path)?;
        // A line that was cut off must not join the next one.
        writeln!(file)?;
        Ok(Self { part, path, state: Mutex::new(Kept { file, done }) })
    }

    /// The file that holds the bytes.
    pub(crate) fn part(&self) -> &Path {
        &self.part
    }

    /// Notes a range whose bytes are on disk.
    pub(crate) fn finish(&self, range: Range<u64>) -> io::Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        let mut kept = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // One write, so that a killed process leaves whole lines.
        kept.file.write_all(format!("{} {}\n", range.start, range.end).as_bytes())?;
        kept.done.push(range);
        kept.done = joined(std::mem::take(&mut kept.done));
        Ok(())
    }

    /// The number of bytes that are there.
    pub(crate) fn bytes(&self) -> u64 {
        let kept = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        kept.done.iter().map(|r| r.end - r.start).sum()
    }

    /// The ranges still to be fetched, in pieces of at most `chunk` bytes.
    pub(crate) fn missing(&self, size: u64, chunk: u64) -> Vec<Range<u64>> {
        let kept = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gaps = Vec::new();
        let mut at = 0;
        for range in kept.done.iter().cloned().chain(std::iter::once(size..size)) {
            while at < range.start {
                let end = range.start.min(at.saturating_add(chunk.max(1)));
                gaps.push(at..end);
                at = end;
            }
            at = at.max(range.end);
        }
        gaps
    }

    /// Deletes the journal once the file is whole; the bytes stay.
    pub(crate) fn close(self) -> io::Result<PathBuf> {
        fs::remove_file(&self.path)?;
        Ok(self.part)
    }
}

/// How many bytes of a file were fetched so far, according to its journal.
pub(crate) fn begun(target: &Path) -> u64 {
    read(&beside(target, RANGES)).map_or(0, |(_, done)| done.iter().map(|r| r.end - r.start).sum())
}

/// Deletes an unfinished download.
pub(crate) fn discard(target: &Path) -> io::Result<()> {
    for end in [RANGES, PART] {
        match fs::remove_file(beside(target, end)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

/// `target` with a suffix after its name.
pub(crate) fn beside(target: &Path, end: &str) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(end);
    target.with_file_name(name)
}

fn read(path: &Path) -> Option<(Identity, Vec<Range<u64>>)> {
    let text = fs::read_to_string(path).ok()?;
    let (first, rest) = text.split_once('\n')?;
    let identity: Identity = serde_json::from_str(first).ok()?;
    let mut done = Vec::new();
    for line in rest.split_inclusive('\n') {
        let Some(line) = line.strip_suffix('\n') else { break };
        let range = line.split_once(' ').and_then(|(a, b)| Some(a.parse().ok()?..b.parse().ok()?));
        done.extend(range.filter(|r: &Range<u64>| r.start < r.end && r.end <= identity.size));
    }
    Some((identity, joined(done)))
}

fn joined(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|r| r.start);
    let mut whole: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match whole.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => whole.push(range),
        }
    }
    whole
}
