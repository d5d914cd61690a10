//! The files to check, as git lists them, and the faults that checks find.

use std::fmt;
use std::process::Command;

/// Endings of the files whose text is read.
const TEXTS: [&str; 6] = [".rs", ".py", ".sql", ".toml", ".md", ".json"];

/// The files of a working tree, in the order of their paths.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
}

/// A file, with its path from the root of the repository.
pub(super) struct File {
    pub(super) path: String,
    /// Bytes.
    pub(super) size: u64,
    /// Empty for pictures, weights and other binary files.
    pub(super) text: String,
}

impl Tree {
    /// Reads the files that git tracks or would track. A deleted file that is still in the index is left out.
    pub(super) fn read() -> Result<Self, String> {
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = Command::new("git").args(list).output().map_err(|e| format!("git: {e}"))?;
        if !listed.status.success() {
            return Err(format!("git ls-files: {}", String::from_utf8_lossy(&listed.stderr)));
        }
        let names = String::from_utf8_lossy(&listed.stdout);
        let mut files = Vec::new();
        for path in names.split('\0').filter(|n| !n.is_empty()) {
            let Ok(meta) = std::fs::metadata(path) else { continue };
            let text = TEXTS.iter().any(|ending| path.ends_with(ending));
            let text = if text {
                std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?
            } else {
                String::new()
            };
            files.push(File { path: path.to_owned(), size: meta.len(), text });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        Ok(Self { files })
    }

    /// The text of a file; empty if there is no such file.
    pub(super) fn text(&self, path: &str) -> &str {
        self.find(path).map_or("", |file| &file.text)
    }

    pub(super) fn find(&self, path: &str) -> Option<&File> {
        let at = self.files.binary_search_by(|f| f.path.as_str().cmp(path)).ok()?;
        Some(&self.files[at])
    }

    /// Whether a file or folder of that path exists.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        self.find(path).is_some() || self.files.iter().any(|f| f.path.starts_with(&folder))
    }

    /// The files with one of these endings.
    pub(super) fn with_ending<'a>(&'a self, endings: &'a [&str]) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |f| endings.iter().any(|ending| f.path.ends_with(ending)))
    }

    /// A tree for tests.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let mut files: Vec<File> = files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                size: text.len() as u64,
                text: (*text).to_owned(),
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }
}

/// A fault, with advice on how to fix it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fault {
    path: String,
    /// From one; zero means the whole file.
    line: usize,
    what: String,
}

impl Fault {
    pub(super) fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }

    pub(super) fn of(path: &str, what: impl Into<String>) -> Self {
        Self::at(path, 0, what)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// The number, from one, of the first line that contains a text; zero if none does.
pub(super) fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).map_or(0, |at| at + 1)
}
