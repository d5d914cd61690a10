//! The embedded engine of Drape: other clothes on the person's own body, in the person's own
//! photo, on a processor, without a network connection.
//!
//! The flow, one module a station: [`parse`](Engine::parse) (`look`: the `network`, its `kernel`s;
//! `refine`: `segment`, `guided`; `people`) -> plan (`plan`: what the sentence asks against what the
//! photo shows; `dye`: in which colours) -> paint (`cloth`: outline, colour and light of a garment;
//! `frame`: where on the garment a pixel is; `pattern`; `fabric`; `paint`) -> `scene` -> `report`
//! (`style` runs it all).
//!
//! Invariants: pixels labelled hair or skin are never written; the size of the photo is kept; the
//! same photo, style and seed give the same bytes on the same kind of processor.

mod cloth;
mod dye;
mod fabric;
mod frame;
mod guided;
mod kernel;
mod look;
mod network;
mod onnx;
mod paint;
mod parse;
mod pattern;
mod people;
mod plan;
mod plane;
mod port;
mod quality;
mod refine;
mod report;
mod scene;
mod segment;
mod style;

use drape_core::language::Language;
use drape_core::photo::Photo;

pub use parse::{Bounds, Joint, Keypoint, Label, Parse, Stages, WORKING_PIXELS};
pub use port::shown_clothes;
pub use quality::{Advice, Body, Quality};
pub use report::{GarmentReport, Measured, Outcome, Reason};
pub use style::{ENGINE, Look, Options, Report, Step, nearest, suitable};

/// The engine with its weights loaded; make one and share it.
pub struct Engine {
    networks: network::Networks,
}

/// Why a photo cannot be styled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Nobody is in the photo.
    #[error("no person in the photo")]
    NoPerson,
    /// A person, but no garment to work on: a portrait cut at the chin, for example.
    #[error("no clothes in the photo")]
    NoClothes,
    /// Cancelled between two stages.
    #[error("cancelled")]
    Cancelled,
    /// Our own mistake.
    #[error("{0}")]
    Failed(String),
}

impl EngineError {
    /// What is wrong and what to do, for the person who asked.
    pub fn message(&self, language: Language) -> String {
        match self {
            Self::NoPerson => language.pick(
                "사진에서 사람을 찾지 못했습니다. 한 사람이 정면으로 서 있고 옷이 잘 보이는 밝은 사진을 골라 주세요.",
                "No person was found in the photo. Choose a bright photo of one person facing the camera, with their clothes in view.",
            ),
            Self::NoClothes => language.pick(
                "얼굴만 보이고 옷이 보이지 않습니다. 적어도 가슴까지, 가능하면 온몸이 나온 사진을 골라 주세요.",
                "The photo shows a face but no clothes. Choose one that shows you at least down to the chest, better the whole body.",
            ),
            Self::Cancelled => language.pick("작업이 취소되었습니다.", "The job was cancelled."),
            Self::Failed(_) => language.pick(
                "사진을 처리하는 중에 문제가 생겼습니다. 다시 시도해 주세요.",
                "Something went wrong while the photo was being worked on. Please try again.",
            ),
        }
        .to_owned()
    }
}

impl Engine {
    /// Loads the embedded weights.
    ///
    /// # Errors
    /// [`EngineError::Failed`] if the embedded weights cannot be read, which a build error alone
    /// can cause.
    pub fn load() -> Result<Self, EngineError> {
        let networks =
            network::Networks::load().map_err(|e| EngineError::Failed(format!("parser weights: {e}")))?;
        Ok(Self { networks })
    }

    /// Labels every pixel of a photo and finds the joints; never fails for want of a person.
    ///
    /// # Errors
    /// [`EngineError::Failed`] only.
    pub fn parse(&self, photo: &Photo) -> Result<Parse, EngineError> {
        parse::parse(&self.networks, photo)
    }
}
