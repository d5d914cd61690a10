//! The port of engines: what turns photos and a style into looks.

use serde::{Deserialize, Serialize};

use crate::id::UserId;
use crate::job::FailureReason;
use crate::language::Language;
use crate::photo::Photo;
use crate::report::Report;
use crate::style::Style;
use crate::vocabulary::words;

/// What an engine is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// One or more photos of one person, encoded.
    pub photos: &'a [&'a [u8]],
    /// What they shall wear.
    pub style: &'a Style,
    /// One look per seed, in this order.
    pub seeds: &'a [u64],
    /// Who is in the photos, as they say themselves; engines that paint the whole picture need a word.
    pub subject: Subject,
    /// How it shall be made, where the engine leaves a choice.
    pub settings: &'a Settings,
    /// Whose photos they are. What an engine remembers of a person is kept under this id and never used
    /// for another; without one nothing of a person is remembered.
    pub owner: Option<UserId>,
}

/// A request without its photos, to be kept or sent: what a [`Request`] borrows.
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

words! {
    /// A word for the person in the photos: chosen by themselves, never guessed.
    #[derive(Default)]
    Subject {
        #[default]
        Person "person" "사람" "person";
        Woman "woman" "여성" "woman";
        Man "man" "남성" "man";
        Girl "girl" "여자아이" "girl";
        Boy "boy" "남자아이" "boy";
    }
}

/// How looks shall be made; what is not said is the engine's own choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Settings {
    /// Steps of denoising, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// How strictly the prompt is followed, 1 (not at all) to 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidance: Option<f64>,
    /// Pixels, a multiple of 8 from 64 to 2048; with `height`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, a multiple of 8 from 64 to 2048; with `width`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// What shall not be in the picture, beside the engine's own list; 300 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative: Option<String>,
    /// Pictures made for each look, of which the one most like the person is kept, 1 to 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_of: Option<u32>,
    /// Percent of the steps that see the sentence alone, before the photos have a say, 0 to 100; at most
    /// 30 steps. Less follows the face more, more follows the sentence more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style_strength: Option<u32>,
}

/// Which of the [`Settings`] is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is out of range")]
pub struct OutOfRange(pub &'static str);

impl Settings {
    /// Checks every value.
    ///
    /// # Errors
    /// [`OutOfRange`] with the name of the first that cannot be used.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let within = |name, fits: bool| if fits { Ok(()) } else { Err(OutOfRange(name)) };
        let side = |n: u32| n.is_multiple_of(8) && (64..=2048).contains(&n);
        within("steps", self.steps.is_none_or(|n| (1..=100).contains(&n)))?;
        within("guidance", self.guidance.is_none_or(|g| (1.0..=30.0).contains(&g)))?;
        within("width", self.width.is_none_or(side))?;
        within("height", self.height.is_none_or(side))?;
        within("size", self.width.is_some() == self.height.is_some())?;
        within("negative", self.negative.as_ref().is_none_or(|n| n.chars().count() <= 300))?;
        within("best_of", self.best_of.is_none_or(|n| (1..=4).contains(&n)))?;
        within("style_strength", self.style_strength.is_none_or(|n| n <= 100))
    }
}

impl OutOfRange {
    /// What can be used instead, in a person's language.
    pub fn message(self, language: Language) -> &'static str {
        match self.0 {
            "steps" => language.pick("steps는 1에서 100 사이입니다.", "steps is 1 to 100."),
            "guidance" => language.pick("guidance는 1에서 30 사이입니다.", "guidance is 1 to 30."),
            "negative" => language.pick("negative는 300자까지입니다.", "negative is at most 300 characters."),
            "best_of" => language.pick("best_of는 1에서 4 사이입니다.", "best_of is 1 to 4."),
            "style_strength" => {
                language.pick("style_strength는 0에서 100 사이입니다.", "style_strength is 0 to 100.")
            }
            _ => language.pick(
                "width와 height는 함께, 64에서 2048 사이의 8의 배수로 적어 주세요.",
                "width and height go together and are multiples of 8 from 64 to 2048.",
            ),
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
    /// What was asked for, done and measured.
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
    /// What there is to be seen so far, as a small JPEG.
    pub preview: Option<Vec<u8>>,
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

    /// Looks for several requests, which may be of several people: what waited when the engine became
    /// free. An engine that can draws them in one batch; this default draws one after the other.
    ///
    /// `progress` and `done` are told with the index into `requests`. `progress` answers for that request
    /// alone: after `false` it ends with [`EngineFailure::Cancelled`], and the others go on. `done` is
    /// called exactly once per request, in any order, as soon as its looks are there: they are stored
    /// while the others are still drawn, and are not lost with them when a later one panics. (A list
    /// that is returned at the end would make the first wait for the last.)
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
