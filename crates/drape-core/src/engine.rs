//! The port of engines: what turns photos and a style into looks.

use crate::job::FailureReason;
use crate::language::Language;
use crate::photo::Photo;
use crate::style::Style;

/// What an engine is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// One or more photos of one person, encoded.
    pub photos: &'a [&'a [u8]],
    /// What they shall wear.
    pub style: &'a Style,
    /// One look per seed, in this order.
    pub seeds: &'a [u64],
}

/// One picture of an engine.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The picture.
    pub picture: Photo,
    /// Index into [`Request::photos`] of the photo that was used.
    pub photo: usize,
    /// What was asked, done and measured: at least `engine`, `version`, `seed`, `style`,
    /// `garments` and `not_understood`, as in the JSON report of `drape style`.
    pub report: serde_json::Value,
}

/// Where the work is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Id of the stage: `parse`, `paint`, `scene` ...
    pub stage: &'static str,
    /// Steps done.
    pub step: u32,
    /// Steps in all.
    pub total: u32,
}

/// Why there are no looks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineFailure {
    /// `progress` answered that nobody wants them any more.
    #[error("cancelled")]
    Cancelled,
    /// The photos cannot be used, or the engine failed.
    #[error("{}: {detail}", reason.id())]
    Failed {
        /// The reason for the owner of the job.
        reason: FailureReason,
        /// The cause, for the log; says nothing about a person.
        detail: String,
    },
}

/// Turns photos and a style into looks. Blocks; call it on a thread of its own.
pub trait Engine: Send + Sync {
    /// The name in jobs, looks and settings.
    fn name(&self) -> &'static str;

    /// One look per seed. `progress` is told each step before it begins; when it answers `false`,
    /// the work stops with [`EngineFailure::Cancelled`].
    ///
    /// # Errors
    /// [`EngineFailure`]; nothing is returned of a request that fails halfway.
    fn generate(
        &self,
        request: Request<'_>,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Vec<Drawn>, EngineFailure>;
}

/// The name of a stage that people read.
pub fn stage_name(stage: &str, language: Language) -> &'static str {
    match stage {
        "photos" => language.pick("사진 불러오는 중", "fetching the photos"),
        "parse" => language.pick("사진 읽는 중", "reading the photo"),
        "paint" => language.pick("옷 갈아입히는 중", "changing the clothes"),
        "scene" => language.pick("배경 바꾸는 중", "changing the background"),
        "store" => language.pick("저장하는 중", "saving"),
        _ => language.pick("만드는 중", "working"),
    }
}
