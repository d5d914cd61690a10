//! The parts of the program that a build may leave out, and the message for a setting that needs one.

use drape_core::language::Language;

use crate::failure::Failure;

/// A part of the program, named after the feature to build with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// MySQL and MariaDB, S3, SQS, and calls of SageMaker endpoints.
    Cloud,
    /// SDXL with PhotoMaker.
    Generative,
    /// Traces by OpenTelemetry.
    Otel,
}

/// What `drape --version` prints.
pub(crate) const VERSION: &str = match (Part::Cloud.is_built(), Part::Generative.is_built()) {
    (true, true) => concat!(env!("CARGO_PKG_VERSION"), " (with cloud, generative)"),
    (true, false) => concat!(env!("CARGO_PKG_VERSION"), " (with cloud; without generative)"),
    (false, true) => concat!(env!("CARGO_PKG_VERSION"), " (with generative; without cloud)"),
    (false, false) => concat!(env!("CARGO_PKG_VERSION"), " (without cloud, generative)"),
};

impl Part {
    /// The feature.
    pub(crate) const fn feature(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Generative => "generative",
            Self::Otel => "otel",
        }
    }

    /// Whether this program includes it.
    pub(crate) const fn is_built(self) -> bool {
        match self {
            Self::Cloud => cfg!(feature = "cloud"),
            Self::Generative => cfg!(feature = "generative"),
            Self::Otel => cfg!(feature = "otel"),
        }
    }

    /// Refuses a setting that needs the part, if this program does not include it.
    ///
    /// # Errors
    /// [`Failure`] with the feature to build with.
    pub(crate) fn needed_by(self, setting: &str, language: Language) -> Result<(), Failure> {
        if self.is_built() { Ok(()) } else { Err(self.absent(setting, language)) }
    }

    /// The message for a setting that needs the absent part.
    pub(crate) fn absent(self, setting: &str, language: Language) -> Failure {
        let feature = self.feature();
        Failure::input(language.pick(
            format!(
                "{setting}: 이 프로그램에는 그 기능이 들어 있지 않아요. \
                 `cargo build --release --features {feature}`로 빌드해 주세요."
            ),
            format!(
                "{setting}: this program was built without this feature. \
                 Build with `cargo build --release --features {feature}`."
            ),
        ))
    }
}
