//! The port of engines, which turn photos and a style into looks.

use serde::{Deserialize, Serialize};

use crate::id::UserId;
use crate::job::FailureReason;
use crate::photo::Photo;
use crate::report::Report;
pub use crate::settings::{OutOfRange, Setting, Settings, Shape, Subject};
use crate::style::Style;
use crate::vocabulary::words;

/// Most photos of one request to an engine that paints: each takes a token of the prompt, or several.
pub const MOST_PHOTOS: usize = 8;

/// A request to an engine.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// One or more photos of one person, encoded.
    pub photos: &'a [&'a [u8]],
    /// The clothes to wear.
    pub style: &'a Style,
    /// One look per seed, in this order.
    pub seeds: &'a [u64],
    /// The word that the person in the photos chose for themselves; engines that paint the whole picture need
    /// one.
    pub subject: Subject,
    /// Settings for what the engine leaves open.
    pub settings: &'a Settings,
    /// The owner of the photos. An engine keeps results about a person under this id only and never uses them
    /// for another owner; without an id it keeps none.
    pub owner: Option<UserId>,
}

/// A request without its photos, to store or to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnedRequest {
    /// See [`Request::owner`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// See [`Request::style`].
    pub style: Style,
    /// See [`Request::subject`].
    pub subject: Subject,
    /// See [`Request::settings`].
    pub settings: Settings,
    /// See [`Request::seeds`].
    pub seeds: Vec<u64>,
}

impl OwnedRequest {
    /// The request for looks of these photos: one or more of one person, encoded.
    pub fn of<'a>(&'a self, photos: &'a [&'a [u8]]) -> Request<'a> {
        Request {
            photos,
            style: &self.style,
            seeds: &self.seeds,
            subject: self.subject,
            settings: &self.settings,
            owner: self.owner,
        }
    }
}

/// One picture of an engine.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The picture.
    pub picture: Photo,
    /// Index into [`Request::photos`] of the photo that was used.
    pub photo: usize,
    /// The report of the look.
    pub report: Report,
}

words! {
    /// What is done for a job while it runs.
    Stage {
        /// A quick engine makes something to look at, before the engine of the job begins.
        Preview "preview" "미리보기 만드는 중" "making a preview";
        /// The embedded engine labels the photos.
        Parse "parse" "사진 읽는 중" "reading the photo";
        /// The embedded engine paints the garments.
        Paint "paint" "옷 갈아입히는 중" "changing the clothes";
        /// The embedded engine replaces what is behind the person.
        Scene "scene" "배경 바꾸는 중" "changing the background";
        /// The generative engine reads its weights.
        Load "load" "모델 불러오는 중" "loading the model";
        /// An endpoint has the request.
        Endpoint "endpoint" "엔드포인트에서 기다리는 중" "waiting at the endpoint";
        /// The generative engine embeds the person's face.
        Identity "identity" "얼굴 익히는 중" "learning the face";
        /// The generative engine removes noise, step by step.
        Denoise "denoise" "그리는 중" "painting";
        /// The generative engine turns latents into pixels.
        Decode "decode" "그림 마무리하는 중" "finishing the picture";
        /// The looks are encoded and stored.
        Store "store" "저장하는 중" "saving";
    }
}

/// Where the work is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// Steps done.
    pub step: u32,
    /// Steps in all.
    pub total: u32,
    /// The picture so far, as a small JPEG.
    pub preview: Option<Vec<u8>>,
}

/// Why an engine made no looks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineFailure {
    /// `progress` answered `false`: the looks are not wanted any more.
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

/// What an engine made for one request: one look per seed, or why there are none.
pub type Generated = Result<Vec<Drawn>, EngineFailure>;

/// Turns photos and a style into looks. Blocks; call it on a thread of its own.
pub trait Engine: Send + Sync {
    /// The name in jobs, looks and settings.
    fn name(&self) -> &'static str;

    /// One look per seed. `progress` is told each step before it begins; when it answers `false`,
    /// the work stops with [`EngineFailure::Cancelled`].
    ///
    /// # Errors
    /// [`EngineFailure`]; nothing is returned of a request that fails halfway.
    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated;

    /// Looks for several requests, possibly of several people: all that waited when the engine became free.
    /// An engine may draw them in one batch; this default draws them one after the other.
    ///
    /// `progress` and `done` get the index into `requests`. `progress` answers for that request alone: after
    /// `false` it ends with [`EngineFailure::Cancelled`], and the others go on. `done` is called exactly once
    /// per request, in any order, as soon as its looks are ready: they are stored while the others are still
    /// drawn, and a later panic cannot lose them. (With a list returned at the end, the first request would
    /// wait for the last.)
    fn generate_all(
        &self,
        requests: &[Request<'_>],
        progress: &mut dyn FnMut(usize, Progress) -> bool,
        done: &mut dyn FnMut(usize, Generated),
    ) {
        for (k, request) in requests.iter().enumerate() {
            let generated = self.generate(*request, &mut |step| progress(k, step));
            done(k, generated);
        }
    }
}
