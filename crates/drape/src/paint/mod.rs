//! The generative engine, `photomaker`: its settings, and the engine itself if this build includes it.

#[cfg(not(feature = "generative"))]
mod absent;
mod args;
#[cfg(feature = "generative")]
mod engine;
mod loaded;

pub(crate) use args::PaintArgs;
