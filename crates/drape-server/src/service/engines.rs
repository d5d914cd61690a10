//! The engines on offer: a description of each in words, and which one a request means.

use drape_core::engine_id::EngineId;
use drape_core::language::Language;

/// An engine that new jobs may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Its name in jobs, looks and settings. Some worker on the same database must run it.
    pub id: &'static str,
    /// How the engine works.
    pub kind: Kind,
    /// Side in pixels of the square picture that its workers paint best; sizes on pages follow it.
    pub side: u32,
}

/// How an engine works; the property by which people choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes the clothes in the photo itself.
    Retouch,
    /// Paints a new picture of the person.
    Paint,
    /// Paints at a SageMaker endpoint of the operator: photos leave the server.
    Endpoint,
    /// Makes no useful looks; for tests and measurements.
    Test,
}

/// What the retouching engine does to the shapes of clothes, in Korean.
const SHAPES_KOREAN: &str = "옷의 모양도 바꿔요. 바지가 치마로, 티셔츠가 재킷으로요. 포즈나 사진이 확실하지 않으면 \
     입은 모양을 그대로 두고 색과 무늬, 소재만 바꿔요.";
/// The same in English.
const SHAPES_ENGLISH: &str = "Shapes change, too: trousers become a skirt, a T-shirt becomes a jacket. If \
     the pose or the photo is not clear enough, the cut you wear stays and only colour, pattern and \
     material change.";

/// What the retouching engine does to the shapes of clothes: a sentence for the choice of an engine and for
/// the landing page.
pub(crate) fn shapes(language: Language) -> &'static str {
    language.pick(SHAPES_KOREAN, SHAPES_ENGLISH)
}

impl Offer {
    /// The offer of the engine with this name.
    pub fn of(id: &'static str) -> Self {
        Self { id, kind: Kind::of(id), side: 1024 }
    }
}

impl Kind {
    pub(crate) fn of(id: &str) -> Self {
        match EngineId::of_id(id) {
            Some(EngineId::Retouch) => Self::Retouch,
            Some(EngineId::Photomaker) => Self::Paint,
            Some(EngineId::SageMaker) => Self::Endpoint,
            None => Self::Test,
        }
    }

    /// The word in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Retouch => "retouch",
            Self::Paint | Self::Endpoint => "paint",
            Self::Test => "test",
        }
    }

    /// The name of the choice that people read.
    pub fn name(self, language: Language) -> &'static str {
        match self {
            Self::Retouch => language.pick("이 사진에서 내 옷만 바꾸기", "Change my clothes in this photo"),
            Self::Paint => language.pick("나를 새로 그리기", "Paint a new picture of me"),
            Self::Endpoint => {
                language.pick("외부 서버에서 나를 새로 그리기", "Paint a new picture of me, elsewhere")
            }
            Self::Test => language.pick("시험용 엔진", "Test engine"),
        }
    }

    /// What to expect, sentence by sentence.
    pub fn expect(self, language: Language) -> &'static [&'static str] {
        match self {
            Self::Retouch => language.pick(
                &["몇 초면 돼요.", "얼굴과 머리카락으로 알아본 부분은 바뀌지 않아요.", SHAPES_KOREAN],
                &[
                    "Takes seconds.",
                    "What is recognised as your face or hair stays as it is.",
                    SHAPES_ENGLISH,
                ],
            ),
            Self::Paint => language.pick(
                &[
                    "GPU가 없으면 한 장에 몇 분 걸려요.",
                    "옷, 자세, 장소까지 사진 전체를 AI가 그려요.",
                    "세부가 실제 나와 다를 수 있어요.",
                    "얼굴이 크고 또렷한 사진이 필요해요.",
                ],
                &[
                    "Takes minutes per picture without a GPU.",
                    "The whole picture is AI-generated: clothes, pose and place.",
                    "Details may differ from the real you.",
                    "Needs a photo in which your face is large and clear.",
                ],
            ),
            Self::Endpoint => language.pick(
                &[
                    "사진과 원하는 옷이 이 서버를 떠나 운영자의 Amazon SageMaker 엔드포인트로 가요.",
                    "옷, 자세, 장소까지 사진 전체를 AI가 그려요.",
                    "세부가 실제 나와 다를 수 있어요.",
                    "얼굴이 크고 또렷한 사진이 필요해요.",
                ],
                &[
                    "Your photos and what you ask for leave this server \
                     for the operator's Amazon SageMaker endpoint.",
                    "The whole picture is AI-generated: clothes, pose and place.",
                    "Details may differ from the real you.",
                    "Needs a photo in which your face is large and clear.",
                ],
            ),
            Self::Test => language.pick(
                &["사진을 그대로 돌려줘요. 시험할 때만 써요."],
                &["Returns the photo unchanged; for tests only."],
            ),
        }
    }

    /// Names of the job fields that the engine uses.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Retouch => &[],
            Self::Paint | Self::Endpoint | Self::Test => {
                &["subject", "steps", "guidance", "width", "height", "negative", "best_of", "style_strength"]
            }
        }
    }

    /// Whether it paints a new picture rather than changing the photo.
    pub(crate) fn paints(self) -> bool {
        matches!(self, Self::Paint | Self::Endpoint)
    }

    /// Whether photos leave the server.
    pub(crate) fn leaves(self) -> bool {
        self == Self::Endpoint
    }
}
