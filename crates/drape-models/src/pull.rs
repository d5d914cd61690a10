//! Fetches a model: checks licence, lock and room on the disk, then takes file by file: bytes, checksum, into
//! place, into the record. A pull that is killed at any moment leaves whole files and journals, never half a
//! file under its own name.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::PullError;
use crate::hash::{self, Sums};
use crate::hub::{Announced, Hub};
use crate::models::Models;
use crate::options::{Event, PullOptions, Pulled, Reporter, Source};
use crate::ranges::{Fetch, Stop};
use crate::record::{self, Entry, Lock, Record};
use crate::registry::{File, Model};
use crate::{journal, offline, space};

/// Room that stays free on the disk, bytes.
const SPARE: u64 = 64 << 20;
/// How often a file may change on the hub while it is fetched.
const CHANGES: u32 = 3;

impl Models {
    /// Fetches the missing files of a model. May be called again at any time, also by several processes:
    /// complete files are kept, and unfinished downloads continue.
    ///
    /// # Errors
    /// See [`PullError`]; the bytes that arrived are kept for the next call.
    pub async fn pull(
        &self,
        name: &str,
        options: &PullOptions,
        on: &(dyn Fn(Event<'_>) + Send + Sync),
    ) -> Result<Pulled, PullError> {
        let model = self.registry().get(name).ok_or_else(|| PullError::Unknown(name.to_owned()))?;
        if !model.commercial && !options.accept_non_commercial.iter().any(|a| a == name) {
            let (license, url) = (model.license.name.clone(), model.license.url.clone());
            return Err(PullError::NonCommercial { name: name.to_owned(), license, url });
        }
        let dir = self.dir().join(name);
        fs::create_dir_all(&dir).map_err(PullError::io(&dir))?;
        let _lock = lock(self.dir(), name, options.patience, on).await?;
        let report = Reporter { on, bytes: AtomicU64::new(0) };
        let mut pull = Pull { model, dir, options, report, record: Record::default(), trusted: 0 };
        pull.record = Record::load(&pull.dir);
        pull.run().await
    }
}

struct Pull<'a> {
    model: &'a Model,
    dir: PathBuf,
    options: &'a PullOptions,
    report: Reporter<'a>,
    record: Record,
    trusted: usize,
}

/// The size and hashes that a fetched file must have.
#[derive(Default)]
struct Expected {
    size: Option<u64>,
    sha256: Option<String>,
    blob: Option<String>,
    commit: Option<String>,
}

impl Pull<'_> {
    async fn run(mut self) -> Result<Pulled, PullError> {
        let mut missing = Vec::new();
        for file in &self.model.files {
            if !self.kept(file).await? {
                missing.push(file);
            }
        }
        let hub = match &self.options.source {
            Source::Hub { mirror, token } => Some(Hub::new(mirror, token.clone())?),
            Source::Offline(_) => None,
        };
        self.room(&missing)?;
        let kept = self.model.files.len() - missing.len();
        for (k, file) in missing.iter().enumerate() {
            let (number, of) = (k + 1, missing.len());
            self.report.say(&Event::File { path: &file.path, number, of, size: file.estimate() });
            let target = self.dir.join(&file.path);
            let parent = target.parent().unwrap_or(&self.dir);
            fs::create_dir_all(parent).map_err(PullError::io(parent))?;
            match (&hub, &self.options.source) {
                (Some(hub), _) => self.fetch(hub, file, &target).await?,
                (None, Source::Offline(from)) => self.copy(from, file, &target).await?,
                // `hub` is `Some` whenever the source is a hub.
                (None, Source::Hub { mirror, .. }) => return Err(PullError::Mirror(mirror.clone())),
            }
        }
        Ok(Pulled { dir: self.dir, fetched: missing.len(), kept, trusted_on_first_use: self.trusted })
    }

    /// Whether a file is there already. A file that differs from its record, or has none, is read if its hash
    /// is known; without a known hash it is fetched again.
    async fn kept(&mut self, file: &File) -> Result<bool, PullError> {
        let path = self.dir.join(&file.path);
        if !path.is_file() {
            return Ok(false);
        }
        let known = self.record.of(file).cloned();
        if known.as_ref().is_some_and(|e| e.looks_the_same(&path)) {
            return Ok(true);
        }
        let sha256 = file.sha256.clone().or(known.as_ref().map(|e| e.sha256.clone()));
        if sha256.is_none() {
            return Ok(false);
        }
        let sums = self.sums(&path).await?;
        let commit = known.and_then(|e| e.commit);
        let wanted = Expected { size: file.size, sha256, blob: None, commit };
        if wrong(&wanted, &sums).is_some() {
            return Ok(false);
        }
        self.note(file, &path, &wanted, sums)?;
        Ok(true)
    }

    /// Whether the disk has room for the bytes that are still missing.
    fn room(&self, missing: &[&File]) -> Result<(), PullError> {
        let mut needed = 0_u64;
        for file in missing {
            let begun = journal::begun(&self.dir.join(&file.path));
            needed = needed.saturating_add(file.estimate().saturating_sub(begun));
        }
        self.space(needed)
    }

    fn space(&self, needed: u64) -> Result<(), PullError> {
        let needed = needed.saturating_add(SPARE);
        match space::free(&self.dir) {
            Some(free) if needed > SPARE && free < needed => {
                Err(PullError::Space { needed, free, dir: self.dir.clone() })
            }
            _ => Ok(()),
        }
    }

    async fn fetch(&mut self, hub: &Hub, file: &File, target: &Path) -> Result<(), PullError> {
        let mut changes = 0;
        let mut twice = false;
        loop {
            let one = Fetch { hub, file, target, options: self.options, report: &self.report };
            let (announced, ranges) = one.ask().await?;
            let wanted = wanted(file, &announced)?;
            if let Some(size) = wanted.size {
                self.report.say(&Event::Size(size));
            }
            if let Some(size) = announced.size.filter(|_| file.estimate() == 0) {
                self.space(size.saturating_sub(journal::begun(target)))?;
            }
            match one.run(&announced, ranges).await {
                Ok(()) => {}
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Changed | Stop::NoRanges) => {
                    changes += 1;
                    if changes > CHANGES {
                        return Err(PullError::Unstable(file.path.clone()));
                    }
                    journal::discard(target).map_err(PullError::io(target))?;
                    self.report.say(&Event::Again { path: &file.path });
                    continue;
                }
            }
            match self.settle(file, target, &wanted).await? {
                None => return Ok(()),
                Some(error) if twice => return Err(error),
                Some(_) => {
                    twice = true;
                    self.report.say(&Event::Again { path: &file.path });
                }
            }
        }
    }

    async fn copy(&mut self, from: &Path, file: &File, target: &Path) -> Result<(), PullError> {
        let (source, recorded) = offline::find(from, &self.model.name, file)?;
        let sha256 = file.sha256.clone().or(recorded);
        let wanted = Expected { size: file.size, sha256, blob: None, commit: None };
        let (beside, report) = (target.to_owned(), &self.report);
        self.report.reset(0);
        aside(move |on| offline::copy(&source, &beside, on), |n| report.reset(n)).await?;
        self.settle(file, target, &wanted).await?.map_or(Ok(()), Err)
    }

    /// Checks a complete download and moves it into place. Deletes a wrong one and returns the error.
    async fn settle(
        &mut self,
        file: &File,
        target: &Path,
        wanted: &Expected,
    ) -> Result<Option<PullError>, PullError> {
        let part = journal::beside(target, journal::PART);
        let sums = self.sums(&part).await?;
        if let Some((expected, found)) = wrong(wanted, &sums) {
            journal::discard(target).map_err(PullError::io(target))?;
            let path = file.path.clone();
            return Ok(Some(match wanted.size {
                Some(size) if size != sums.size => PullError::Size { path, wanted: size, found: sums.size },
                _ => PullError::Checksum { path, wanted: expected, found },
            }));
        }
        fs::rename(&part, target).map_err(PullError::io(target))?;
        self.note(file, target, wanted, sums)?;
        let trusted_on_first_use = file.sha256.is_none();
        self.trusted += usize::from(trusted_on_first_use);
        self.report.say(&Event::Done { path: &file.path, trusted_on_first_use });
        Ok(None)
    }

    fn note(&mut self, file: &File, path: &Path, wanted: &Expected, sums: Sums) -> Result<(), PullError> {
        let about = fs::metadata(path).map_err(PullError::io(path))?;
        let entry = Entry {
            repository: file.repository.clone(),
            revision: file.revision.clone(),
            commit: wanted.commit.clone(),
            size: sums.size,
            sha256: sums.sha256,
            trusted_on_first_use: file.sha256.is_none(),
            modified: record::modified(&about),
        };
        self.record.files.insert(file.path.clone(), entry);
        self.record.save(&self.dir).map_err(PullError::io(&self.dir))
    }

    async fn sums(&self, path: &Path) -> Result<Sums, PullError> {
        let (read, report) = (path.to_owned(), &self.report);
        let sums = aside(move |on| hash::file(&read, on), |n| report.say(&Event::Checked(n))).await;
        sums.map_err(PullError::io(path))
    }
}

/// Runs blocking work on a thread of its own; `on` gets its progress in bytes. When this future is dropped,
/// the work ends at its next step.
async fn aside<T: Send + 'static>(
    work: impl FnOnce(&dyn Fn(u64) -> bool) -> T + Send + 'static,
    on: impl Fn(u64),
) -> T {
    struct Stop(Arc<AtomicBool>);
    impl Drop for Stop {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let (bytes, stop) = (Arc::new(AtomicU64::new(0)), Stop(Arc::new(AtomicBool::new(false))));
    let (seen, stopped) = (Arc::clone(&bytes), Arc::clone(&stop.0));
    let mut thread = tokio::task::spawn_blocking(move || {
        work(&|n| {
            seen.store(n, Ordering::Relaxed);
            !stopped.load(Ordering::Relaxed)
        })
    });
    loop {
        if let Ok(done) = tokio::time::timeout(Duration::from_millis(100), &mut thread).await {
            on(bytes.load(Ordering::Relaxed));
            match done {
                Ok(value) => return value,
                Err(e) if e.is_panic() => std::panic::resume_unwind(e.into_panic()),
                // Only a runtime that shuts down cancels the task, and it drops this future as well.
                Err(_) => std::future::pending::<()>().await,
            }
        }
        on(bytes.load(Ordering::Relaxed));
    }
}

/// The size and hash of the registry; where it has none, those that the hub announces.
fn wanted(file: &File, announced: &Announced) -> Result<Expected, PullError> {
    if let (Some(wanted), Some(found)) = (file.size, announced.size)
        && wanted != found
    {
        return Err(PullError::Size { path: file.path.clone(), wanted, found });
    }
    if let (Some(wanted), Some(found)) = (&file.sha256, &announced.sha256)
        && wanted != found
    {
        let (wanted, found) = (wanted.clone(), found.clone());
        return Err(PullError::Checksum { path: file.path.clone(), wanted, found });
    }
    Ok(Expected {
        size: file.size.or(announced.size),
        sha256: file.sha256.clone().or_else(|| announced.sha256.clone()),
        blob: announced.blob.clone().filter(|_| file.sha256.is_none()),
        commit: announced.commit.clone(),
    })
}

/// The wanted and the found value, where they differ.
fn wrong(wanted: &Expected, sums: &Sums) -> Option<(String, String)> {
    if let Some(size) = wanted.size.filter(|s| *s != sums.size) {
        return Some((size.to_string(), sums.size.to_string()));
    }
    if let Some(sha256) = wanted.sha256.as_ref().filter(|s| **s != sums.sha256) {
        return Some((sha256.clone(), sums.sha256.clone()));
    }
    // Some mirrors name the SHA-1 of the bytes themselves.
    let blob = wanted.blob.as_ref().filter(|b| **b != sums.blob && **b != sums.sha1);
    blob.filter(|_| !sums.blob.is_empty()).map(|b| (b.clone(), sums.blob.clone()))
}

async fn lock(
    models: &Path,
    name: &str,
    patience: Duration,
    on: &(dyn Fn(Event<'_>) + Send + Sync),
) -> Result<Lock, PullError> {
    let start = Instant::now();
    let mut said = false;
    loop {
        if let Some(lock) = Lock::take(models, name).map_err(PullError::io(models))? {
            return Ok(lock);
        }
        if start.elapsed() >= patience {
            return Err(PullError::Busy(name.to_owned()));
        }
        if !said {
            on(Event::Waiting);
            said = true;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
