//! The port of engines: what turns photos and a style into looks.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::id::UserId;
use crate::job::FailureReason;
use crate::language::Language;
use crate::photo::Photo;
use crate::report::Report;
use crate::style::Style;
use crate::vocabulary::{ids, words};

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

/// How looks shall be made; what is not said is the engine's own choice. The ranges are those of every
/// engine, program and page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Settings {
    /// Steps of denoising, 1 to 100; more take longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 100))]
    pub steps: Option<u32>,
    /// Guidance scale: how strictly the sentence is followed, 1 (not at all) to 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 30))]
    pub guidance: Option<f64>,
    /// Pixels, a multiple of 8 from 64 to 2048; with `height`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 64, maximum = 2048, multiple_of = 8))]
    pub width: Option<u32>,
    /// Pixels, a multiple of 8 from 64 to 2048; with `width`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 64, maximum = 2048, multiple_of = 8))]
    pub height: Option<u32>,
    /// What shall not be in the picture, beside the engine's own list; at most 300 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 300))]
    pub negative: Option<String>,
    /// Pictures made for each look, of which the one most like the person is kept, 1 to 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 4))]
    pub best_of: Option<u32>,
    /// Percent of the steps that see the sentence alone, before the photos have a say, 0 to 100; at most
    /// 30 steps. Less follows the face more, more follows the sentence more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 100))]
    pub style_strength: Option<u32>,
}

ids! {
    /// One of the [`Settings`], as refusals name it.
    Setting {
        /// [`Settings::steps`].
        Steps "steps";
        /// [`Settings::guidance`].
        Guidance "guidance";
        /// [`Settings::width`] and [`Settings::height`] together.
        Size "size";
        /// [`Settings::negative`].
        Negative "negative";
        /// [`Settings::best_of`].
        BestOf "best_of";
        /// [`Settings::style_strength`].
        StyleStrength "style_strength";
    }
}

/// One of the [`Settings`] is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is out of range")]
pub struct OutOfRange(pub Setting);

impl Settings {
    /// Range of [`Settings::steps`].
    pub const STEPS: RangeInclusive<u32> = 1..=100;
    /// Range of [`Settings::guidance`].
    pub const GUIDANCE: RangeInclusive<f64> = 1.0..=30.0;
    /// Range of [`Settings::width`] and [`Settings::height`], pixels.
    pub const SIDE: RangeInclusive<u32> = 64..=2048;
    /// What [`Settings::width`] and [`Settings::height`] are multiples of, pixels: a latent stands for a square
    /// of so many.
    pub const SIDE_STEP: u32 = 8;
    /// Most characters of [`Settings::negative`].
    pub const NEGATIVE: usize = 300;
    /// Range of [`Settings::best_of`].
    pub const BEST_OF: RangeInclusive<u32> = 1..=4;
    /// Range of [`Settings::style_strength`], percent.
    pub const STYLE_STRENGTH: RangeInclusive<u32> = 0..=100;

    /// Checks every value.
    ///
    /// # Errors
    /// [`OutOfRange`] with the name of the first that cannot be used.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let within = |setting, fits: bool| if fits { Ok(()) } else { Err(OutOfRange(setting)) };
        let side = |n: u32| n.is_multiple_of(Self::SIDE_STEP) && Self::SIDE.contains(&n);
        within(Setting::Steps, self.steps.is_none_or(|n| Self::STEPS.contains(&n)))?;
        within(Setting::Guidance, self.guidance.is_none_or(|g| Self::GUIDANCE.contains(&g)))?;
        let sized = match (self.width, self.height) {
            (None, None) => true,
            (Some(width), Some(height)) => side(width) && side(height),
            _ => false,
        };
        within(Setting::Size, sized)?;
        let negative = self.negative.as_ref().is_none_or(|n| n.chars().count() <= Self::NEGATIVE);
        within(Setting::Negative, negative)?;
        within(Setting::BestOf, self.best_of.is_none_or(|n| Self::BEST_OF.contains(&n)))?;
        let strength = self.style_strength.is_none_or(|n| Self::STYLE_STRENGTH.contains(&n));
        within(Setting::StyleStrength, strength)
    }
}

impl OutOfRange {
    /// What can be used instead, in a person's language.
    pub fn message(self, language: Language) -> String {
        let id = self.0;
        let between = |least: &dyn std::fmt::Display, most: &dyn std::fmt::Display| {
            language
                .pick(format!("{id}는 {least}에서 {most} 사이입니다."), format!("{id} is {least} to {most}."))
        };
        match id {
            Setting::Steps => between(Settings::STEPS.start(), Settings::STEPS.end()),
            Setting::Guidance => between(Settings::GUIDANCE.start(), Settings::GUIDANCE.end()),
            Setting::BestOf => between(Settings::BEST_OF.start(), Settings::BEST_OF.end()),
            Setting::StyleStrength => {
                between(Settings::STYLE_STRENGTH.start(), Settings::STYLE_STRENGTH.end())
            }
            Setting::Negative => {
                let most = Settings::NEGATIVE;
                language.pick(
                    format!("{id}는 {most}자까지입니다."),
                    format!("{id} is at most {most} characters."),
                )
            }
            Setting::Size => {
                let (least, most, step) = (Settings::SIDE.start(), Settings::SIDE.end(), Settings::SIDE_STEP);
                language.pick(
                    format!("width와 height는 함께, {least}에서 {most} 사이의 {step}의 배수로 적어 주세요."),
                    format!(
                        "width and height go together and are multiples of {step} from {least} to {most}."
                    ),
                )
            }
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
