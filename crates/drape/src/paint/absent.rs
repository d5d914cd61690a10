//! A build without the generative engine: its settings are read, and to ask for it is refused.

use std::sync::Arc;

use drape_core::language::Language;

use super::args::PaintArgs;
use super::loaded::Loaded;
use crate::failure::Failure;
use crate::parts::Part;

impl PaintArgs {
    /// # Errors
    /// Always, with the feature to build with.
    pub(crate) fn loaded(
        &self,
        _parser: &Arc<drape_retouch::Engine>,
        language: Language,
    ) -> Result<Loaded, Failure> {
        Err(Part::Generative.absent("--engine photomaker", language))
    }
}
