//! What is said about every wish: its outcome, the reasons, and what was measured.

use drape_core::language::Language;
use drape_core::style::{SceneKind, Style};
use serde::{Deserialize, Serialize};

use crate::parse::{Label, Parse};

/// How far a wish was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As asked.
    Done,
    /// Visible in the picture, with the differences that the reasons name.
    Approximated,
    /// Not in the picture.
    NotPossible,
}

/// Why something is not exactly as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// A generative engine was told; how exactly it followed was not measured.
    ToldToModel,
    /// There was no room for it in what a generative engine can be told.
    PromptFull,
    /// The whole picture was painted anew, so that nothing of the photo stays as it is.
    PaintedAnew,
    /// Another garment was worn there; its shape stays.
    WornShapeKept {
        /// The label of the garment in the photo.
        worn: Label,
    },
    /// The named cut (length, sleeves, fit, details) cannot be made; it stays as worn.
    CutKept {
        /// The words of the cut, in the report's language.
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
    /// This engine does not add or remove things.
    CannotAdd,
    /// See [`Reason::CannotAdd`].
    CannotRemove,
    /// The place is suggested by colour and light, not shown.
    SceneSuggested,
    /// The place is shown, but made up and drawn out of focus; it is no photo of a real one.
    SceneDrawn,
    /// A mood or season; it helps to choose an outfit and changes nothing else.
    NoEffect,
}

/// What became of one wish.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GarmentReport {
    /// The wish in words, in the language of the sentence.
    pub asked: String,
    /// Id of the kind of garment, or of the scene, mood or season.
    pub kind: &'static str,
    /// The style word that stood for it, if it was not named itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expanded: Option<String>,
    /// How far it was met.
    pub outcome: Outcome,
    /// Why not exactly.
    pub reasons: Vec<Reason>,
    /// How sure the engine is of what it did, 0..=1: the parser's mean confidence over the garment and, for a
    /// new shape, that of the joints it hangs from, whichever is less; absent where nothing was painted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Whether it is a preview only: painted, and not sure enough to be shown to others unseen.
    pub preview: bool,
    /// Colour measured in the look: median over the garment; absent where nothing was painted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// A colour as found in the look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Id of the nearest named colour.
    pub name: &'static str,
    /// Median as `#rrggbb`, sRGB.
    pub hex: String,
    /// Share of the photo's pixels that the garment covers, 0..=1.
    pub share: f32,
}

/// Below this a garment is a preview.
const SURE: f32 = 0.62;

impl GarmentReport {
    /// Notes how sure the engine is of a garment; what is not sure enough is a preview, and says so.
    pub(crate) fn doubt(&mut self, confidence: f32) {
        self.confidence = Some(confidence);
        self.preview = confidence < SURE;
        if self.preview && !self.reasons.contains(&Reason::LowConfidence) {
            self.reasons.push(Reason::LowConfidence);
        }
    }
}

impl Reason {
    /// For people.
    pub fn message(&self, language: Language) -> String {
        let worn_name = |label: &Label| match label {
            Label::Upper => language.pick("상의", "top"),
            Label::Outer => language.pick("겉옷", "jacket or coat"),
            Label::Trousers => language.pick("바지", "trousers"),
            Label::Skirt => language.pick("치마", "skirt"),
            Label::Dress => language.pick("원피스", "dress"),
            Label::Legwear => language.pick("레그웨어", "legwear"),
            Label::Footwear => language.pick("신발", "shoes"),
            _ => language.pick("소품", "accessory"),
        };
        match self {
            Self::ToldToModel => language
                .pick(
                    "모델에게 요청했습니다. 얼마나 정확히 그려졌는지는 재지 않았습니다",
                    "the model was told; how exactly it followed was not measured",
                )
                .to_owned(),
            Self::PromptFull => language
                .pick(
                    "설명이 길어 모델에게 전하지 못했습니다",
                    "the description was too long for the model to be told",
                )
                .to_owned(),
            Self::PaintedAnew => language
                .pick(
                    "그림 전체를 새로 그려 사진의 것을 그대로 둘 수 없습니다",
                    "the whole picture is painted anew, so nothing of the photo stays as it is",
                )
                .to_owned(),
            Self::WornShapeKept { worn } => language.pick(
                format!("사진 속 {}의 모양을 그대로 두고 바꿨습니다", worn_name(worn)),
                format!("the shape of the {} in the photo was kept", worn_name(worn)),
            ),
            Self::CutKept { asked } => language.pick(
                format!("'{asked}'은(는) 만들 수 없어 입은 그대로 두었습니다"),
                format!("the cut stays as worn; not made: {asked}"),
            ),
            Self::Drawn => {
                language.pick("입은 옷 위에 새로 그렸습니다", "drawn anew over what was worn").to_owned()
            }
            Self::CannotReshape => language
                .pick(
                    "자세나 사진이 뚜렷하지 않아 새 모양을 그리지 않고 입은 모양대로 두었습니다",
                    "the pose or the photo is not clear enough for a new shape; the worn one stays",
                )
                .to_owned(),
            Self::NotVisible => language
                .pick("사진에 보이지 않습니다", "nothing of the kind is visible in the photo")
                .to_owned(),
            Self::Hidden => {
                language.pick("다른 옷에 가려집니다", "it would be hidden under another garment").to_owned()
            }
            Self::PlaceTaken => language
                .pick(
                    "같은 자리에 다른 옷을 먼저 입혔습니다",
                    "another garment of the sentence has its place",
                )
                .to_owned(),
            Self::NothingToChange => language
                .pick(
                    "색·무늬·소재를 말하지 않아 입은 그대로 두었습니다",
                    "no colour, pattern or material was named, so it stays as worn",
                )
                .to_owned(),
            Self::DressDivided => language
                .pick("원피스를 허리에서 나누어 바꿨습니다", "the dress was divided at the waist")
                .to_owned(),
            Self::LowConfidence => language
                .pick(
                    "옷의 경계가 확실하지 않습니다. 미리보기로 봐 주세요",
                    "the outline is uncertain; take it as a preview",
                )
                .to_owned(),
            Self::CannotAdd => language
                .pick(
                    "이 엔진은 없는 것을 더할 수 없습니다",
                    "this engine cannot add what is not in the photo",
                )
                .to_owned(),
            Self::CannotRemove => language
                .pick("이 엔진은 입은 것을 없앨 수 없습니다", "this engine cannot take things off")
                .to_owned(),
            Self::SceneSuggested => language
                .pick("색과 빛으로 분위기만 냈습니다", "suggested by colour and light, not shown in detail")
                .to_owned(),
            Self::SceneDrawn => language
                .pick(
                    "초점이 흐린 그림으로 만든 장소입니다. 실제 장소의 사진이 아닙니다",
                    "a made-up place, drawn out of focus; not a photo of a real one",
                )
                .to_owned(),
            Self::NoEffect => language
                .pick(
                    "옷차림을 고르는 데에만 쓰이고 그림을 바꾸지 않습니다",
                    "understood, but it changes nothing by itself",
                )
                .to_owned(),
        }
    }
}

/// Reports on everything that is no garment to put on: what to take off, scene, moods, seasons.
pub(crate) fn other_wishes(style: &Style, parse: &Parse) -> Vec<GarmentReport> {
    let language = style.language;
    let entry = |asked: String, kind: &'static str, outcome: Outcome, reasons: Vec<Reason>| GarmentReport {
        asked,
        kind,
        expanded: None,
        outcome,
        reasons,
        confidence: None,
        preview: false,
        measured: None,
    };
    let mut out = Vec::new();
    for part in &style.without {
        let label = Label::ALL.into_iter().find(|l| l.id() == part.id());
        let worn = label.is_none_or(|l| parse.shares[l as usize] > 0.002);
        let asked = language
            .pick(format!("{} 없이", part.name(language)), format!("without {}", part.name(language)));
        let (outcome, reasons) = if worn {
            (Outcome::NotPossible, vec![Reason::CannotRemove])
        } else {
            (Outcome::Done, Vec::new())
        };
        out.push(entry(asked, part.id(), outcome, reasons));
    }
    for part in &style.keep {
        let asked =
            language.pick(format!("{} 그대로", part.name(language)), format!("keep {}", part.name(language)));
        out.push(entry(asked, part.id(), Outcome::Done, Vec::new()));
    }
    if let Some(scene) = &style.scene {
        let (outcome, reasons) = match scene.kind {
            SceneKind::Studio
            | SceneKind::PlainWhite
            | SceneKind::PlainGrey
            | SceneKind::PlainColour
            | SceneKind::Gradient
            | SceneKind::Blurred => (Outcome::Done, Vec::new()),
            SceneKind::Gym => (Outcome::Approximated, vec![Reason::SceneSuggested]),
            _ => (Outcome::Approximated, vec![Reason::SceneDrawn]),
        };
        out.push(entry(scene.describe(language), scene.kind.id(), outcome, reasons));
    }
    let moods = style.moods.iter().map(|m| (m.name(language), m.id()));
    let seasons = style.seasons.iter().map(|s| (s.name(language), s.id()));
    for (name, id) in moods.chain(seasons) {
        out.push(entry(name.to_owned(), id, Outcome::Approximated, vec![Reason::NoEffect]));
    }
    out
}
