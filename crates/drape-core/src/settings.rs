//! The settings that users choose: a word for the person in the photos, and how looks are made.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::vocabulary::{ids, words};

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
    /// After which step the photos have a say, in percent of the steps, 0 to 100; after step 30 (counted
    /// from 0) at the latest. The steps up to it follow the sentence alone: less follows the face more, more
    /// follows the sentence more.
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
        /// [`Settings::width`].
        Width "width";
        /// [`Settings::height`].
        Height "height";
        /// [`Settings::width`] and [`Settings::height`] together: one is missing.
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
    /// [`Settings::width`] and [`Settings::height`] are multiples of this, pixels: a latent stands for a
    /// square of this side.
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
        within(Setting::Width, self.width.is_none_or(side))?;
        within(Setting::Height, self.height.is_none_or(side))?;
        within(Setting::Size, self.width.is_some() == self.height.is_some())?;
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
            language.pick(
                format!("{id}는 {least}에서 {most} 사이로 정해 주세요."),
                format!("{id} must be {least} to {most}."),
            )
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
                    format!("{id}는 {most}자까지 적을 수 있어요."),
                    format!("{id} can have at most {most} characters."),
                )
            }
            Setting::Width | Setting::Height | Setting::Size => {
                let (least, most, step) = (Settings::SIDE.start(), Settings::SIDE.end(), Settings::SIDE_STEP);
                language.pick(
                    format!("width와 height는 함께, {least}에서 {most} 사이의 {step}의 배수로 적어 주세요."),
                    format!(
                        "width and height go together and must be multiples of {step} from {least} to {most}."
                    ),
                )
            }
        }
    }
}

/// The shape of a painted picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Higher than wide.
    Portrait,
    /// As wide as high.
    Square,
    /// Wider than high.
    Landscape,
}

impl Shape {
    /// Every shape, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Portrait, Self::Square, Self::Landscape];

    /// The id in forms.
    pub fn id(self) -> &'static str {
        match self {
            Self::Portrait => "portrait",
            Self::Square => "square",
            Self::Landscape => "landscape",
        }
    }

    /// The name in the language of the reader.
    pub fn name(self, language: Language) -> &'static str {
        match self {
            Self::Portrait => language.pick("세로", "Portrait"),
            Self::Square => language.pick("정사각형", "Square"),
            Self::Landscape => language.pick("가로", "Landscape"),
        }
    }

    /// Width and height in pixels. The area is about that of the square, as in SDXL's training (832 x 1216
    /// for a side of 1024).
    pub fn size(self, side: u32) -> (u32, u32) {
        let of = |sixteenths: u32| (side * sixteenths / 16 / 8 * 8).clamp(64, 2048);
        match self {
            Self::Portrait => (of(13), of(19)),
            Self::Square => (of(16), of(16)),
            Self::Landscape => (of(19), of(13)),
        }
    }

    /// The shape that settings ask for.
    pub fn of(settings: &Settings) -> Option<Self> {
        let (width, height) = (settings.width?, settings.height?);
        Some(match width.cmp(&height) {
            std::cmp::Ordering::Less => Self::Portrait,
            std::cmp::Ordering::Equal => Self::Square,
            std::cmp::Ordering::Greater => Self::Landscape,
        })
    }
}
