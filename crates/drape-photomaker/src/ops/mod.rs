//! The operations that every model is made of: linear, convolution, attention, norms, activations.
//!
//! All models go through this module, so the backend (our own kernels on the CPU, candle's on CUDA and Metal)
//! can change without a change to any model file. Activations have single precision on the CPU, in whatever
//! type weights are stored, and the [`Place`]'s type on a GPU; norms and softmax are always computed in
//! single precision.

#[cfg(feature = "compare-with-candle")]
mod candle;
mod functions;
mod host;
mod layers;
mod place;
mod weights;

#[cfg(feature = "compare-with-candle")]
pub use self::candle::compare_with_candle;
pub use self::functions::{Activation, attention, channels_first, channels_last, geglu, upsample};
pub use self::layers::{Conv2d, Embedding, GroupNorm, LayerNorm, Linear};
pub use self::place::Place;
pub use self::weights::Weights;
