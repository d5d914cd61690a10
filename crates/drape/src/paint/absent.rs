//! A build without the generative engine: it reads the engine's settings and refuses to load the engine.

use std::sync::Arc;

use drape_core::language::Language;

use super::args::PaintArgs;
use super::loaded::Loaded;
use crate::failure::Failure;
use crate::parts::Part;

impl PaintArgs {
    /// # Errors
    /// Always; the message names the feature to build with.
    pub(crate) fn loaded(
        &self,
        _parser: &Arc<drape_retouch::Engine>,
        language: Language,
    ) -> Result<Loaded, Failure> {
        Err(Part::Generative.absent("--engine photomaker", language))
    }
}
