//! The generative engine, ready for jobs.

use std::sync::Arc;

use drape_core::engine::Engine;

/// The engine with its model in memory.
pub(crate) struct Loaded {
    pub(crate) engine: Arc<dyn Engine>,
    /// Side of its square pictures, pixels.
    pub(crate) side: u32,
}
