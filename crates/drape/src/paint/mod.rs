//! The generative engine, `photomaker`: its settings, and the engine where this build holds it.

#[cfg(not(feature = "generative"))]
mod absent;
mod args;
#[cfg(feature = "generative")]
mod engine;
mod loaded;

pub(crate) use args::PaintArgs;
