//! The directory of models, and the state of each model in it.

use std::path::{Path, PathBuf};

use crate::error::Missing;
use crate::journal;
use crate::record::Record;
use crate::registry::{Model, Registry};

/// Models in a directory.
#[derive(Debug, Clone)]
pub struct Models {
    dir: PathBuf,
    registry: Registry,
}

/// A model that is there, whole.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// Its directory, laid out as its publisher lays it out.
    pub dir: PathBuf,
    /// Its entry in the registry.
    pub model: &'a Model,
}

/// How much of a model is there, by sizes and times, without reading the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Absent,
    /// A part.
    Partial {
        /// How much, 0 to 99.
        percent: u8,
    },
    /// Everything, as it was when it was checked.
    Complete,
    /// Everything, but a file is not as it was when it was checked.
    Changed {
        /// The first such file.
        path: String,
    },
}

impl Models {
    /// The models that the program knows, in a directory, which need not exist yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), registry: Registry::default() }
    }

    /// The models of a registry.
    pub fn with_registry(dir: impl Into<PathBuf>, registry: Registry) -> Self {
        Self { dir: dir.into(), registry }
    }

    /// The directory of all models.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A model to use. Its files are those that were checked when they came, as far as sizes and times tell;
    /// [`Models::verify`] reads them.
    ///
    /// # Errors
    /// When it is not known, not there, not whole, or has changed.
    pub fn find(&self, name: &str) -> Result<Found<'_>, Missing> {
        let model = self.registry.get(name).ok_or_else(|| Missing::Unknown(name.to_owned()))?;
        let name = name.to_owned();
        match self.state(model) {
            State::Complete => Ok(Found { dir: self.dir.join(&model.name), model }),
            State::Absent => Err(Missing::Absent(name)),
            State::Partial { percent } => Err(Missing::Partial { name, percent }),
            State::Changed { path } => Err(Missing::Changed { name, path }),
        }
    }

    /// The unmet needs of a model: lists of which no model is there.
    pub fn unmet<'a>(&self, model: &'a Model) -> Vec<&'a [String]> {
        let met = |names: &[String]| names.iter().any(|n| self.find(n).is_ok());
        model.needs.iter().map(Vec::as_slice).filter(|names| !met(names)).collect()
    }

    /// How much of a model is there.
    pub fn state(&self, model: &Model) -> State {
        let directory = self.dir.join(&model.name);
        let record = Record::load(&directory);
        let (mut have, mut missing, mut begun, mut changed) = (0_u64, false, false, None);
        for file in &model.files {
            let path = directory.join(&file.path);
            let Ok(about) = std::fs::metadata(&path) else {
                let bytes = journal::begun(&path);
                begun |= bytes > 0;
                have += bytes;
                missing = true;
                continue;
            };
            begun = true;
            have += about.len();
            // A file without an entry was never checked.
            if !record.of(file).is_some_and(|e| e.looks_the_same(&path)) && changed.is_none() {
                changed = Some(file.path.clone());
            }
        }
        if !begun {
            return State::Absent;
        }
        if missing {
            let percent = u128::from(have) * 100 / u128::from(model.size().max(1));
            // Sizes may be rounded, but an incomplete model must never show 100 %.
            return State::Partial { percent: u8::try_from(percent.min(99)).unwrap_or(99) };
        }
        changed.map_or(State::Complete, |path| State::Changed { path })
    }
}
