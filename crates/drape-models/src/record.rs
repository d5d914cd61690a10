//! The record of the fetched files, `.drape.json` in a model's directory, and the lock that keeps two pulls
//! apart.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::registry::File;

/// Name of the record within a model's directory.
pub(crate) const NAME: &str = ".drape.json";

/// One file as it was when it was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) repository: String,
    pub(crate) revision: String,
    /// The commit that the hub named; the revision may be a branch.
    #[serde(default)]
    pub(crate) commit: Option<String>,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    /// The hash was not known beforehand: it is that of the first download.
    #[serde(default)]
    pub(crate) trusted_on_first_use: bool,
    /// Time of last change in nanoseconds since 1970, to see changes without reading everything.
    #[serde(default)]
    pub(crate) modified: u64,
}

/// The files of a model that are there and checked.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) files: BTreeMap<String, Entry>,
}

impl Record {
    /// Loads the record. An unreadable one counts as empty, so that everything is checked again.
    pub(crate) fn load(directory: &Path) -> Self {
        let read = fs::read(directory.join(NAME)).ok();
        read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Writes the record to a temporary file and renames it.
    pub(crate) fn save(&self, directory: &Path) -> io::Result<()> {
        let part = directory.join(".drape.json.part");
        let mut file = fs::File::create(&part)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&part, directory.join(NAME))
    }

    /// The entry of a file, if it is about the revision that the registry names now.
    pub(crate) fn of(&self, file: &File) -> Option<&Entry> {
        self.files.get(&file.path).filter(|e| {
            e.repository == file.repository
                && e.revision == file.revision
                && file.sha256.as_ref().is_none_or(|s| *s == e.sha256)
                && file.size.is_none_or(|s| s == e.size)
        })
    }
}

impl Entry {
    /// Whether the file on disk looks as it did when it was checked, without reading it.
    pub(crate) fn looks_the_same(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|m| m.len() == self.size && modified(&m) == self.modified)
    }
}

/// Nanoseconds since 1970; 0 if the file system keeps no such time.
pub(crate) fn modified(about: &fs::Metadata) -> u64 {
    let since = about.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    since.and_then(|d| u64::try_from(d.as_nanos()).ok()).unwrap_or(0)
}

/// Held while a model's directory is written; the system releases it when the process dies.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "it is the open file that holds the lock")] fs::File);

impl Lock {
    /// The lock; `None` while another process or task has it.
    pub(crate) fn take(models: &Path, name: &str) -> io::Result<Option<Self>> {
        let path: PathBuf = models.join(format!(".{name}.lock"));
        let file = fs::File::options().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(e)) => Err(e),
        }
    }
}
