//! The engines for tests, chaos and benches. Only a build with the feature `test-engines` has them.

use std::sync::Arc;

use drape_core::engine::Engine;

/// A test engine by name. Without the feature the type has no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TestEngine {
    /// Makes nothing.
    #[cfg(feature = "test-engines")]
    Null,
    /// Returns the photo itself, step by step.
    #[cfg(feature = "test-engines")]
    Still,
}

#[cfg(feature = "test-engines")]
impl TestEngine {
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        [Self::Null, Self::Still].into_iter().find(|engine| engine.id() == id)
    }

    /// The name in jobs, looks and settings.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Still => "still",
        }
    }

    pub(crate) fn engine(self) -> Arc<dyn Engine> {
        match self {
            Self::Null => Arc::new(drape_testing::Null),
            Self::Still => Arc::new(drape_testing::Still),
        }
    }
}

#[cfg(not(feature = "test-engines"))]
impl TestEngine {
    pub(crate) fn of_id(_: &str) -> Option<Self> {
        None
    }

    pub(crate) fn id(self) -> &'static str {
        match self {}
    }

    pub(crate) fn engine(self) -> Arc<dyn Engine> {
        match self {}
    }
}
