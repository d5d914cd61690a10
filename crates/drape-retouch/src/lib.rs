//! The embedded engine of Drape: other clothes on the person's own body, in the person's own
//! photo, on a processor, without a network connection.
//!
//! The flow, one module a station: [`parse`](Engine::parse) (`look`: the `network`, its `kernel`s;
//! `refine`: `segment`, `guided`; `people`) -> plan (`plan`: what the sentence asks against what the
//! photo shows; `dye`: in which colours) -> `garment` (cloths of a new shape, where one is wanted and the
//! photo is clear enough) -> paint (`cloth`: outline, colour and light of a garment;
//! `frame`: where on the garment a pixel is; `pattern`; `fabric`; `paint`) -> `scene` -> `report`
//! (`style` runs it all). `cutout` shows one garment of a picture alone.
//!
//! Invariants: hair and head are never written, nor other skin but by a garment of a new shape; the size of
//! the photo is kept; the same photo, style and seed give the same bytes on the same kind of processor.

mod cloth;
mod cutout;
mod dye;
mod fabric;
mod frame;
mod garment;
mod guided;
mod kernel;
mod look;
mod network;
mod onnx;
mod outfit;
mod paint;
mod parse;
mod pattern;
mod people;
mod plan;
mod plane;
mod port;
mod print;
mod quality;
mod refine;
mod report;
mod scene;
mod segment;
mod style;
mod zoom;

use drape_core::job::FailureReason;
use drape_core::language::Language;
use drape_core::photo::Photo;

pub use cutout::{PLAIN, cut_out};
pub use parse::{Bounds, Joint, Keypoint, Label, Parse, Stages, WORKING_PIXELS};
pub use port::shown_clothes;
pub use quality::{Advice, Body, Quality};
pub use style::{ENGINE, Look, Options, Step, nearest, suitable};

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
    /// The reason as services tell it; none for a cancelled job.
    pub fn reason(&self) -> Option<FailureReason> {
        match self {
            Self::NoPerson => Some(FailureReason::NoPerson),
            Self::NoClothes => Some(FailureReason::NoClothes),
            Self::Cancelled => None,
            Self::Failed(_) => Some(FailureReason::EngineFailed),
        }
    }

    /// What is wrong and what to do, for the person who asked.
    pub fn message(&self, language: Language) -> String {
        let cancelled = language.pick("작업이 취소되었습니다.", "The job was cancelled.");
        self.reason().map_or(cancelled, |reason| reason.message(language)).to_owned()
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
