//! Verifies the files of a model by reading every byte.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use drape_core::language::Language;

use crate::error::PullError;
use crate::models::Models;
use crate::record::{self, Entry, Lock, Record};
use crate::registry::{File, Model};
use crate::{hash, journal};

/// The result for one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Path within the model's directory.
    pub path: String,
    /// The damage; `None` for an intact file.
    pub damage: Option<Damage>,
    /// Its hash was not known beforehand: it was compared with, or recorded as, that of the first download.
    pub trusted_on_first_use: bool,
}

/// The kinds of damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// It is not there.
    Missing,
    /// It is too short.
    Short {
        /// Bytes it should have.
        wanted: u64,
        /// Bytes it has.
        found: u64,
    },
    /// Its bytes differ.
    Changed,
    /// It cannot be read.
    Unreadable(String),
    /// It does not belong there.
    Unexpected,
}

impl Finding {
    /// The message for a person: what is wrong and what to do; `None` for an intact file.
    pub fn message(&self, model: &str, language: Language) -> Option<String> {
        let path = &self.path;
        let again = language.pick(
            format!("drape model pull {model}로 다시 받아 주세요."),
            format!("Fetch it again with: drape model pull {model}"),
        );
        Some(match self.damage.as_ref()? {
            Damage::Missing => {
                language.pick(format!("{path}: 없어요. {again}"), format!("{path}: missing. {again}"))
            }
            Damage::Short { wanted, found } => language.pick(
                format!("{path}: 파일이 잘렸어요. ({wanted}바이트 중 {found}바이트) {again}"),
                format!("{path}: cut off ({found} of {wanted} bytes). {again}"),
            ),
            Damage::Changed => language
                .pick(format!("{path}: 내용이 바뀌었어요. {again}"), format!("{path}: changed. {again}")),
            Damage::Unreadable(why) => language.pick(
                format!("{path}: 읽을 수 없어요. ({why}) 권한과 디스크를 확인해 주세요."),
                format!("{path}: cannot be read ({why}). Check its permissions and the disk."),
            ),
            Damage::Unexpected => language.pick(
                format!("{path}: 이 모델의 파일이 아니에요. 직접 넣은 파일이 아니면 지워 주세요."),
                format!("{path}: not a file of this model. Delete it unless you put it there."),
            ),
        })
    }
}

impl Models {
    /// Reads every file of a model and reports for each whether it is intact; files that do not belong there
    /// follow. `on` gets the path and the number of bytes read so far. Intact files that were not in the
    /// record, such as files put there by hand, are recorded. Blocks for as long as the disk takes: about 2 s
    /// per gigabyte.
    ///
    /// # Errors
    /// When no model has that name, a pull of it is at work, or the directory cannot be used.
    pub fn verify(&self, name: &str, on: &dyn Fn(&str, u64)) -> Result<Vec<Finding>, PullError> {
        let model = self.registry().get(name).ok_or_else(|| PullError::Unknown(name.to_owned()))?;
        let directory = self.dir().join(name);
        let lock = match directory.is_dir() {
            true => Lock::take(self.dir(), name).map_err(PullError::io(self.dir()))?,
            false => {
                return Ok(model.files.iter().map(|f| finding(f, Some(Damage::Missing), false)).collect());
            }
        };
        let _lock = lock.ok_or_else(|| PullError::Busy(name.to_owned()))?;
        let mut record = Record::load(&directory);
        let before = record.files.clone();
        let mut findings: Vec<Finding> =
            model.files.iter().map(|file| look(&directory, file, &mut record, on)).collect();
        if record.files != before {
            record.save(&directory).map_err(PullError::io(&directory))?;
        }
        findings.extend(strangers(&directory, model));
        Ok(findings)
    }
}

fn finding(file: &File, damage: Option<Damage>, trusted_on_first_use: bool) -> Finding {
    Finding { path: file.path.clone(), damage, trusted_on_first_use }
}

fn look(directory: &Path, file: &File, record: &mut Record, on: &dyn Fn(&str, u64)) -> Finding {
    let path = directory.join(&file.path);
    let unpinned = file.sha256.is_none();
    let Ok(about) = fs::metadata(&path) else {
        return finding(file, Some(Damage::Missing), unpinned);
    };
    let known = record.of(file).cloned();
    let wanted = known.as_ref().map(|e| e.size).or(file.size);
    if let Some(wanted) = wanted.filter(|w| about.len() < *w) {
        return finding(file, Some(Damage::Short { wanted, found: about.len() }), unpinned);
    }
    let sums = match hash::file(&path, &|read| {
        on(&file.path, read);
        true
    }) {
        Ok(sums) => sums,
        Err(e) => return finding(file, Some(Damage::Unreadable(e.to_string())), unpinned),
    };
    let wanted = file.sha256.as_ref().or(known.as_ref().map(|e| &e.sha256));
    if wanted.is_some_and(|w| *w != sums.sha256) || file.size.is_some_and(|s| s != sums.size) {
        return finding(file, Some(Damage::Changed), unpinned);
    }
    let entry = Entry {
        repository: file.repository.clone(),
        revision: file.revision.clone(),
        commit: known.and_then(|e| e.commit),
        size: sums.size,
        sha256: sums.sha256,
        trusted_on_first_use: unpinned,
        modified: record::modified(&about),
    };
    record.files.insert(file.path.clone(), entry);
    finding(file, None, unpinned)
}

/// Files below the directory that are none of the model's.
fn strangers(directory: &Path, model: &Model) -> Vec<Finding> {
    let own: BTreeSet<&str> = model.files.iter().map(|f| f.path.as_str()).collect();
    let mut found = BTreeSet::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                folders.push(path);
                continue;
            }
            let Ok(within) = path.strip_prefix(directory) else { continue };
            let name = within.to_string_lossy().replace('\\', "/");
            // A download in progress belongs to the file that it becomes.
            let becomes = name.strip_suffix(journal::RANGES).or(name.strip_suffix(journal::PART));
            if name != record::NAME && !own.contains(becomes.unwrap_or(&name)) {
                found.insert(name);
            }
        }
    }
    let finding = |path| Finding { path, damage: Some(Damage::Unexpected), trusted_on_first_use: false };
    found.into_iter().map(finding).collect()
}
