//! The report of a look: the wishes, the outcome of each and the reasons for it, and measurements.
//!
//! Engines write a [`Report`] beside each picture ([`Drawn`](crate::engine::Drawn)); it is stored with the
//! look as JSON and is what pages, programs and the terminal show. Fields that an earlier version did not
//! write have defaults, so that the reports of old looks can still be read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::settings::{Settings, Subject};
use crate::style::{ColourName, Garment, Slot, Style};
use crate::stylist::Note;
use crate::vocabulary::ids;

/// What was asked for, done and measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Report {
    /// Name of the engine that made the look.
    pub engine: String,
    /// Name of the engine in the container, where `engine` is an endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_engine: Option<String>,
    /// Version of the program.
    pub version: String,
    /// The seed of the look.
    pub seed: u64,
    /// The reading of the sentence.
    pub style: Style,
    /// One entry per wish: garments first, in the order of the style; then what to take off, what to keep,
    /// the scene, moods and seasons.
    pub garments: Vec<WishReport>,
    /// Words of the sentence that were not used, as typed.
    pub not_understood: Vec<String>,
    /// Who is in the photos, where the engine needs a word for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The settings that were asked for, where the engine leaves a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// Who read the sentence, where others than the lexicon were asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Note>,
    /// Milliseconds per stage of the engine.
    #[serde(default)]
    pub milliseconds: BTreeMap<String, f32>,
    /// What is said only of a photo in which the clothes were changed.
    #[serde(flatten)]
    pub retouched: Option<Retouched>,
    /// What is said only of a picture that was painted anew.
    #[serde(flatten)]
    pub painted: Option<Painted>,
}

/// What is said of a photo in which the clothes were changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Retouched {
    /// Confidence of the parser over the person's pixels, 0 to 1.
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub parser_confidence: f32,
    /// How many other people of similar size are in the photo; they stay as they are.
    #[serde(default)]
    pub other_people: usize,
}

/// What is said of a picture that was painted anew by a generative model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Painted {
    /// The text that the model was given.
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub prompt: String,
    /// What the model was told to leave out.
    #[serde(default)]
    pub negative_prompt: String,
    /// Words that the lexicon did not know and that the model was given as typed.
    #[serde(default)]
    pub handed_on: Vec<String>,
    /// Always true.
    #[serde(default)]
    pub ai_generated: bool,
    /// Seed of the picture that was kept of `best_of`.
    #[serde(default)]
    pub picture_seed: u64,
    /// How many pictures were made for the look.
    #[serde(default)]
    pub best_of: u32,
    /// How many photos showed the person well enough to be used.
    #[serde(default)]
    pub photos: usize,
    /// How like the person the picture is: the cosine between the features of the photos and of the picture
    /// in the vision model of the identity encoder, -1 to 1. The head is compared where one is found, else
    /// the whole picture; absent where it cannot be measured.
    #[serde(default)]
    pub likeness: Option<f32>,
    /// Steps of denoising.
    #[serde(default)]
    pub steps: u32,
    /// Guidance scale.
    #[serde(default)]
    pub guidance: f64,
    /// The scheduler that removed the noise.
    #[serde(default)]
    pub scheduler: String,
    /// Whether the model was made to need few steps.
    #[serde(default)]
    pub few_step: bool,
    /// Pixels of the painted picture.
    #[serde(default)]
    pub width: u32,
    /// Pixels of the painted picture.
    #[serde(default)]
    pub height: u32,
}

/// What became of one wish.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WishReport {
    /// The wish in words, in the language of the sentence.
    pub asked: String,
    /// Id of the kind of garment, of the part, or of the scene, mood or season.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub kind: Cow<'static, str>,
    /// The style word that stood for it, if it was not named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expanded: Option<String>,
    /// How far it was met.
    pub outcome: Outcome,
    /// Why not exactly.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// How sure the engine is of what it did, 0 to 1: the parser's mean confidence over the garment and, for
    /// a new shape, that of the joints it hangs from, whichever is less; absent where nothing was painted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Whether it is a preview only: painted, but too uncertain to be shown to others unseen.
    #[serde(default)]
    pub preview: bool,
    /// Colour measured in the look; absent where nothing was painted or the engine does not measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

ids! {
    /// How far a wish was met.
    Outcome {
        /// As asked.
        Done "done";
        /// Visible in the picture, with the differences that the reasons name.
        Approximated "approximated";
        /// Not in the picture.
        NotPossible "not_possible";
    }
}

/// Why something is not exactly as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Reason {
    /// A generative model was told; how exactly it followed was not measured.
    ToldToModel,
    /// There was no room for it in what a generative model can be told.
    PromptFull,
    /// The whole picture was painted anew, so that nothing of the photo stays as it is.
    PaintedAnew,
    /// Another garment was worn there; its shape stays.
    WornShapeKept {
        /// Where the garment in the photo is worn.
        worn: Slot,
    },
    /// The named cut (length, sleeves, fit, details) cannot be made; it stays as worn.
    CutKept {
        /// The words of the cut, in the language of the sentence.
        asked: String,
    },
    /// The garment was drawn anew over what was worn.
    Drawn,
    /// A new shape was wanted, but pose or photo do not say clearly enough where it would lie.
    CannotReshape,
    /// Nothing of the kind is visible in the photo.
    NotVisible,
    /// It would be hidden under another garment of the style.
    Hidden,
    /// Another garment of the style already has its place.
    PlaceTaken,
    /// Neither colour, pattern nor material was named, so there is nothing to change.
    NothingToChange,
    /// The dress was divided at the waist.
    DressDivided,
    /// The parser is not sure of this garment; look before you share.
    LowConfidence,
    /// This engine adds nothing that is not in the photo.
    CannotAdd,
    /// This engine takes nothing off.
    CannotRemove,
    /// The place is suggested by colour and light, not shown.
    SceneSuggested,
    /// The place is shown, but made up and drawn out of focus; it is no photo of a real one.
    SceneDrawn,
    /// A mood or season; it helps to choose an outfit and changes nothing else.
    NoEffect,
}

/// A colour as found in the look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Measured {
    /// The nearest named colour.
    pub name: ColourName,
    /// Median over the garment as `#rrggbb`, sRGB.
    pub hex: String,
    /// Share of the photo's pixels that the garment covers, 0 to 1.
    #[serde(default)]
    pub share: f32,
}

impl Report {
    /// A report that holds only the request and this program's version.
    pub fn new(engine: impl Into<String>, style: &Style, seed: u64) -> Self {
        Self {
            engine: engine.into(),
            endpoint_engine: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed,
            style: style.clone(),
            garments: Vec::new(),
            not_understood: style.not_understood.clone(),
            subject: None,
            settings: None,
            reading: None,
            milliseconds: BTreeMap::new(),
            retouched: None,
            painted: None,
        }
    }

    /// The report as JSON, the form in which it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every key of a report is a string, so that it has a JSON form")
    }

    /// How many wishes had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.garments.iter().filter(|wish| wish.outcome == outcome).count()
    }
}

impl WishReport {
    /// Below this confidence a garment is a preview.
    pub const SURE: f32 = 0.62;

    /// The report of a wish for which nothing was painted or measured.
    pub fn new(
        asked: String,
        kind: impl Into<Cow<'static, str>>,
        outcome: Outcome,
        reasons: Vec<Reason>,
    ) -> Self {
        Self {
            asked,
            kind: kind.into(),
            expanded: None,
            outcome,
            reasons,
            confidence: None,
            preview: false,
            measured: None,
        }
    }

    /// The report of a garment; `language` is that of the sentence.
    pub fn of_garment(garment: &Garment, language: Language, outcome: Outcome, reasons: Vec<Reason>) -> Self {
        let expanded = garment.expanded.clone();
        Self { expanded, ..Self::new(garment.describe(language), garment.kind.id(), outcome, reasons) }
    }

    /// Records the engine's confidence in a garment, 0 to 1. Below [`Self::SURE`] the garment becomes a
    /// preview, and gets the reason [`Reason::LowConfidence`].
    pub fn doubt(&mut self, confidence: f32) {
        self.confidence = Some(confidence);
        self.preview = confidence < Self::SURE;
        if self.preview && !self.reasons.contains(&Reason::LowConfidence) {
            self.reasons.push(Reason::LowConfidence);
        }
    }
}

impl Reason {
    /// The reason as a clause that people read.
    pub fn message(&self, language: Language) -> String {
        let text = |korean: &str, english: &str| language.pick(korean, english).to_owned();
        match self {
            Self::ToldToModel => text(
                "모델에 요청했어요. 얼마나 정확히 그렸는지는 재지 않았어요",
                "the model was told; how exactly it followed was not measured",
            ),
            Self::PromptFull => text(
                "설명이 길어서 모델에 전하지 못했어요",
                "the description was too long, so the model was not told",
            ),
            Self::PaintedAnew => text(
                "그림 전체를 새로 그려서, 사진 속 모습이 그대로 남지 않아요",
                "the whole picture is painted anew, so nothing of the photo stays as it is",
            ),
            Self::WornShapeKept { worn } => {
                let worn = worn_name(*worn, language);
                language.pick(
                    format!("사진 속 {worn}의 모양은 그대로 두고 바꿨어요"),
                    format!("the shape of the {worn} in the photo was kept"),
                )
            }
            Self::CutKept { asked } => language.pick(
                format!("'{asked}'은(는) 만들 수 없어서 입은 그대로 두었어요"),
                format!("this cut cannot be made ({asked}), so the cut stays as worn"),
            ),
            Self::Drawn => text("입은 옷 위에 새로 그렸어요", "drawn anew over the clothes in the photo"),
            Self::CannotReshape => text(
                "자세나 사진이 뚜렷하지 않아서, 새 모양을 그리지 않고 입은 모양대로 두었어요",
                "the pose or the photo is not clear enough for a new shape, so the shape stays as worn",
            ),
            Self::NotVisible => text("사진에 보이지 않아요", "it is not visible in the photo"),
            Self::Hidden => text("다른 옷에 가려져요", "it would be hidden under another garment"),
            Self::PlaceTaken => text(
                "같은 자리에 다른 옷을 먼저 입혔어요",
                "another garment of your sentence is already in its place",
            ),
            Self::NothingToChange => text(
                "색·무늬·소재를 말하지 않아서 입은 그대로 두었어요",
                "no colour, pattern or material was named, so it stays as worn",
            ),
            Self::DressDivided => {
                text("원피스를 허리에서 나눠서 바꿨어요", "the dress was divided at the waist")
            }
            Self::LowConfidence => text(
                "옷의 경계가 확실하지 않아요. 미리보기로 봐 주세요",
                "the outline is uncertain, so take it as a preview",
            ),
            Self::CannotAdd => text(
                "이 엔진은 사진에 없는 것을 더할 수 없어요",
                "this engine cannot add what is not in the photo",
            ),
            Self::CannotRemove => {
                text("이 엔진은 입은 것을 없앨 수 없어요", "this engine cannot take things off")
            }
            Self::SceneSuggested => {
                text("색과 빛으로 분위기만 냈어요", "suggested by colour and light, not shown in detail")
            }
            Self::SceneDrawn => text(
                "지어낸 장소를 초점을 흐려서 그렸어요. 실제 장소의 사진이 아니에요",
                "a made-up place, drawn out of focus; not a photo of a real one",
            ),
            Self::NoEffect => text(
                "옷차림을 고르는 데만 쓰고 그림은 바꾸지 않아요",
                "it only helps to choose the clothes and does not change the picture",
            ),
        }
    }
}

/// The name of a worn garment of a slot, in a sentence about the photo.
fn worn_name(slot: Slot, language: Language) -> &'static str {
    match slot {
        Slot::Outer => language.pick("겉옷", "jacket or coat"),
        Slot::Accessory => language.pick("소품", "accessory"),
        _ => slot.name(language),
    }
}
