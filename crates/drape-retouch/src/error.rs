//! Why a photo cannot be styled.

use drape_core::job::FailureReason;
use drape_core::language::Language;

/// Why a photo cannot be styled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The photo shows no person.
    #[error("no person in the photo")]
    NoPerson,
    /// A person, but no garment to work on: a portrait cut at the chin, for example.
    #[error("no clothes in the photo")]
    NoClothes,
    /// Cancelled between two stages.
    #[error("cancelled")]
    Cancelled,
    /// A fault of this program.
    #[error("{0}")]
    Failed(String),
}

impl EngineError {
    /// The reason as services report it; `None` for a cancelled job.
    pub fn reason(&self) -> Option<FailureReason> {
        match self {
            Self::NoPerson => Some(FailureReason::NoPerson),
            Self::NoClothes => Some(FailureReason::NoClothes),
            Self::Cancelled => None,
            Self::Failed(_) => Some(FailureReason::EngineFailed),
        }
    }

    /// What is wrong and what to do, in the language of the person who asked.
    pub fn message(&self, language: Language) -> String {
        let cancelled = language.pick("작업을 취소했어요.", "The job was cancelled.");
        self.reason().map_or(cancelled, |reason| reason.message(language)).to_owned()
    }
}
