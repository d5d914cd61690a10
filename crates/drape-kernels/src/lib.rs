//! CPU kernels for diffusion models: linear layers, convolution, attention, norms, activations and a
//! few moves of data. They know nothing of models and can be used alone.
//!
//! Activations are `f32`, contiguous and row-major. Weights are `f32`, `f16` or `bf16`, read in place (from a
//! memory-mapped file, say) and never kept; arithmetic is `f32`. Every operation uses the current rayon pool
//! and splits outputs, never sums, so the result has the same bytes for any number of threads. The vector
//! unit is chosen at run time ([`unit()`]).
//!
//! A slice whose length does not fit the given shape is a mistake of the caller: the function panics and
//! names the argument.
//!
//! How the files work together: [`linear()`] and [`conv2d`] describe their operands to `product`, which packs
//! them (`pack`) into panels (`panel`) and runs register tiles (`tile`) over blocks that stay in cache;
//! [`attention()`] runs the same tiles over keys and values, and `winograd` over transformed squares of 3x3
//! convolutions. Working memory comes from `scratch`; tasks write one output through `shared`.

mod activation;
mod arithmetic;
mod attention;
mod convolution;
mod geometry;
mod layout;
mod linear;
mod norm;
mod pack;
mod panel;
mod product;
mod scratch;
mod shared;
mod tile;
mod transposition;
mod unit;
mod weights;
mod winograd;

pub use activation::{Activation, activate, geglu};
pub use attention::{Attention, attention};
pub use convolution::conv2d;
pub use geometry::Conv;
pub use layout::{transpose, upsample_nearest};
pub use linear::linear;
pub use norm::{group_norm, layer_norm};
pub use unit::{Unit, unit};
pub use weights::Weights;

/// Panics when a slice does not have the length of its shape.
#[track_caller]
fn expect_len(name: &str, found: usize, wanted: usize) {
    assert!(found == wanted, "{name} has {found} values, but its shape asks for {wanted}");
}
