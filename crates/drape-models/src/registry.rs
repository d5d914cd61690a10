//! Models (name, files, licence) and the list of known ones. The built-in list is `registry.json`; operators
//! add models of their own in a file of the same shape.
//!
//! Sizes and SHA-256 in the built-in list are those that the hub shows for the commit named with each model.
//! A value that could not be established is left out: the file is then checked against the hub's announcement
//! when it is fetched, and recorded.
//!
//! SDXL's own VAE is listed with weights stored in 16 bits. Only its intermediate values overflow in 16-bit
//! arithmetic (hence `force_upcast` in its configuration), so an engine widens the weights and decodes in 32
//! bits. `sdxl-vae-fp16-fix` is a retrained VAE for engines that cannot do so.

use std::collections::BTreeSet;
use std::path::Path;

use drape_core::language::Language;
use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// 한국어
    pub ko: String,
    /// English
    pub en: String,
}

impl Text {
    /// The text in one language.
    pub fn pick(&self, language: Language) -> &str {
        language.pick(&self.ko, &self.en)
    }
}

/// The terms under which a model may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// SPDX identifier, or the licence's own name where there is none.
    pub name: String,
    /// Page with its text.
    pub url: String,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where it lies within the model's directory, with `/`.
    pub path: String,
    /// Repository on the hub, `owner/name`.
    pub repository: String,
    /// Commit (or branch) of the repository.
    pub revision: String,
    /// Path within the repository where it differs from `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Size in bytes, where it is known to the byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Rounded size in bytes, where only that is known; for estimates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<u64>,
    /// SHA-256 in lower-case hexadecimal. Without it the file is checked against what the hub announces
    /// and recorded at the first download ("trusted on first use").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl File {
    /// The size, or the best estimate of it; 0 where nothing is known.
    pub fn estimate(&self) -> u64 {
        self.size.or(self.about).unwrap_or(0)
    }

    /// The path of its address on the hub: `owner/name/resolve/revision/path`.
    pub fn address(&self) -> String {
        let source = self.source.as_deref().unwrap_or(&self.path);
        format!("{}/resolve/{}/{source}", self.repository, self.revision)
    }
}

/// A set of weights with their licence. Unknown fields are ignored when it is read, so that an entry of
/// `drape model list --json` can be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Lower-case letters, digits, `.`, `_` and `-`; also the name of its directory.
    pub name: String,
    /// What it is, in a few words.
    pub what: Text,
    /// Its licence.
    pub license: License,
    /// Whether it may be used commercially. Others are only fetched when the operator accepts that.
    pub commercial: bool,
    /// What else the licence asks for.
    #[serde(default)]
    pub restrictions: Text,
    /// The models that it needs: one of each inner list. Empty for a model that is usable alone.
    #[serde(default)]
    pub needs: Vec<Vec<String>>,
    /// What the operator has to bring because it cannot be fetched here.
    #[serde(default)]
    pub bring: Option<Text>,
    /// Its files.
    pub files: Vec<File>,
}

impl Model {
    /// The size of all files in bytes, as far as it is known.
    pub fn size(&self) -> u64 {
        self.files.iter().map(File::estimate).sum()
    }

    /// How many files have no pinned SHA-256.
    pub fn unpinned(&self) -> usize {
        self.files.iter().filter(|f| f.sha256.is_none()).count()
    }
}

/// Why a registry file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The file cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It is not JSON of the expected shape.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A model or file in it has a name that cannot be used.
    #[error("{0}")]
    Name(String),
}

impl RegistryError {
    /// The sentence for a person.
    pub fn message(&self, language: Language) -> String {
        language.pick(
            format!("모델 목록 파일을 쓸 수 없어요: {self}"),
            format!("The registry of models cannot be used: {self}"),
        )
    }
}

/// All models that are known, in the order in which they are shown.
#[derive(Debug, Clone)]
pub struct Registry {
    models: Vec<Model>,
}

/// The shape of a registry file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    models: Vec<Model>,
}

/// The models that the program knows by itself.
const BUILT_IN: &[u8] = include_bytes!("registry.json");

impl Default for Registry {
    /// The built-in models.
    fn default() -> Self {
        Self::parse(BUILT_IN).expect("the built-in registry is valid: a test reads it")
    }
}

impl Registry {
    /// The models of a registry file, `{"models": [...]}`.
    fn parse(json: &[u8]) -> Result<Self, RegistryError> {
        let listing: Listing = serde_json::from_slice(json)?;
        Self::of(listing.models)
    }

    /// A registry of exactly these models.
    ///
    /// # Errors
    /// When a name or path cannot be used, or one is there twice.
    pub fn of(models: Vec<Model>) -> Result<Self, RegistryError> {
        let mut names = BTreeSet::new();
        for model in &models {
            check(model).map_err(|what| RegistryError::Name(format!("{}: {what}", model.name)))?;
            if !names.insert(&model.name) {
                return Err(RegistryError::Name(format!("{}: twice", model.name)));
            }
        }
        Ok(Self { models })
    }

    /// Adds the models of a registry file, `{"models": [...]}`; one of the same name replaces the built-in
    /// one.
    ///
    /// # Errors
    /// When the file cannot be read, is not of that shape, or a name in it cannot be used.
    pub fn with_file(mut self, path: &Path) -> Result<Self, RegistryError> {
        let added = Self::parse(&std::fs::read(path)?)?.models;
        self.models.retain(|m| added.iter().all(|a| a.name != m.name));
        self.models.extend(added);
        Ok(self)
    }

    /// All models.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model of a name.
    pub fn get(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|m| m.name == name)
    }
}

/// Names become paths and addresses, so they must not lead elsewhere.
fn check(model: &Model) -> Result<(), String> {
    if !plain(&model.name) || model.name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err("a name is made of lower-case letters, digits, '.', '_' and '-'".to_owned());
    }
    if model.files.is_empty() {
        return Err("no files".to_owned());
    }
    let mut paths = BTreeSet::new();
    for file in &model.files {
        let ends = [crate::journal::PART, crate::journal::RANGES];
        if !within(&file.path) || ends.iter().any(|e| file.path.ends_with(e)) {
            return Err(format!("{:?} cannot be the path of a file", file.path));
        }
        if file.source.as_deref().is_some_and(|s| !within(s)) {
            return Err(format!("{:?} cannot be the source of a file", file.source));
        }
        if file.repository.split('/').count() != 2 || !within(&file.repository) {
            return Err(format!("{:?} is not of the form owner/name", file.repository));
        }
        if !within(&file.revision) {
            return Err(format!("{:?} is not a revision", file.revision));
        }
        let hexadecimal =
            |h: &String| h.len() == 64 && h.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if file.sha256.as_ref().is_some_and(|h| !hexadecimal(h)) {
            return Err(format!("{}: sha256 has to be 64 lower-case hexadecimal digits", file.path));
        }
        if !paths.insert(&file.path) {
            return Err(format!("{}: twice", file.path));
        }
    }
    // A file cannot lie within another.
    let inside = paths.iter().find(|p| paths.iter().any(|q| p.starts_with(&format!("{q}/"))));
    inside.map_or(Ok(()), |p| Err(format!("{p}: a part of its path is a file")))
}

fn plain(name: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+');
    !name.is_empty() && !name.starts_with('.') && !name.ends_with('.') && name.bytes().all(safe)
}

fn within(path: &str) -> bool {
    path.len() <= 400 && path.split('/').all(plain)
}
