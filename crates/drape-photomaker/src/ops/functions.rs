//! Functions without weights: attention, activations and changes of layout.

use candle_core::{D, DType, Tensor};

use super::host;
use super::place::has_kernels;
use crate::error::Result;

/// Queries whose scores are computed at once on a GPU: bounds the memory of the score matrix.
const QUERIES: usize = 4096;

/// `softmax(q · kᵀ · scale) · v` per head; `q` `[batch, queries, heads * dim]`, `k` and `v`
/// `[batch, keys, heads * dim]`. With `causal`, a query sees the keys up to its own place.
///
/// # Errors
/// Errors of the device.
pub fn attention([q, k, v]: [&Tensor; 3], heads: usize, scale: f64, causal: bool) -> Result<Tensor> {
    if own(q) {
        return host::attention([q, k, v], heads, scale, causal);
    }
    let (batch, queries, width) = q.dims3()?;
    let keys = k.dim(1)?;
    let split = |x: &Tensor, n: usize| -> Result<Tensor> {
        Ok(x.reshape((batch, n, heads, width / heads))?.transpose(1, 2)?.contiguous()?)
    };
    let (q, k, v) = ((split(q, queries)? * scale)?, split(k, keys)?, split(v, keys)?);
    let k = k.t()?;
    let mut parts = Vec::new();
    for from in (0..queries).step_by(QUERIES) {
        let part = QUERIES.min(queries - from);
        let scores = q.narrow(2, from, part)?.matmul(&k)?.to_dtype(DType::F32)?;
        let scores = if causal {
            let hidden: Vec<f32> = (from..from + part)
                .flat_map(|i| (0..keys).map(move |j| if j > i { f32::NEG_INFINITY } else { 0.0 }))
                .collect();
            scores.broadcast_add(&Tensor::from_vec(hidden, (part, keys), q.device())?)?
        } else {
            scores
        };
        let weights = candle_nn::ops::softmax_last_dim(&scores)?.to_dtype(v.dtype())?;
        parts.push(weights.matmul(&v)?);
    }
    let y = if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(&parts, 2)? };
    Ok(y.transpose(1, 2)?.reshape((batch, queries, width))?)
}

/// The function between two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `x · σ(x)`
    Silu,
    /// `x · Φ(x)`, exact
    Gelu,
    /// `x · σ(1.702 x)`
    QuickGelu,
    /// `max(x, 0)`
    Relu,
}

impl Activation {
    /// The activation that configurations call `name`; `None` for an unknown one.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "silu" | "swish" => Self::Silu,
            "gelu" => Self::Gelu,
            "quick_gelu" => Self::QuickGelu,
            "relu" => Self::Relu,
            _ => return None,
        })
    }

    /// Applies the function to every number; the shape stays the same.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn forward(self, x: &Tensor) -> Result<Tensor> {
        if own(x) {
            let kernel = match self {
                Self::Silu => Some(drape_kernels::Activation::Silu),
                Self::Gelu => Some(drape_kernels::Activation::Gelu),
                Self::QuickGelu => Some(drape_kernels::Activation::QuickGelu),
                Self::Relu => None,
            };
            if let Some(kernel) = kernel {
                return host::activate(x, kernel);
            }
        }
        Ok(match self {
            Self::Silu => x.silu()?,
            Self::Gelu => x.gelu_erf()?,
            Self::QuickGelu => (x * candle_nn::ops::sigmoid(&(x * 1.702)?)?)?,
            Self::Relu => x.relu()?,
        })
    }
}

/// `[..., 2 n]` becomes `[..., n]`: the first half times gelu of the second.
///
/// # Errors
/// Errors of the device.
pub fn geglu(x: &Tensor) -> Result<Tensor> {
    if own(x) {
        return host::geglu(x);
    }
    let parts = x.chunk(2, D::Minus1)?;
    Ok((parts[0].contiguous()? * parts[1].contiguous()?.gelu_erf()?)?)
}

/// `[b, c, h, w]` becomes `[b, c, height, width]` by nearest-neighbour interpolation.
///
/// # Errors
/// Errors of the device.
pub fn upsample(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    if own(x) {
        return host::upsample(x, height, width);
    }
    Ok(x.upsample_nearest2d(height, width)?)
}

/// `[batch, channels, ...]` becomes `[batch, places, channels]`: one axis holds all places.
///
/// # Errors
/// Errors of the device.
pub fn channels_last(x: &Tensor) -> Result<Tensor> {
    if own(x) {
        let (batch, channels) = (x.dim(0)?, x.dim(1)?);
        let places = x.elem_count() / (batch * channels).max(1);
        return host::transpose(x, [batch, channels, places], &[batch, places, channels]);
    }
    Ok(x.flatten_from(2)?.transpose(1, 2)?.contiguous()?)
}

/// The inverse of [`channels_last`]: `[batch, places, channels]` becomes `[batch, channels, height, width]`.
///
/// # Errors
/// Errors of the device.
pub fn channels_first(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    let (batch, places, channels) = x.dims3()?;
    if own(x) {
        return host::transpose(x, [batch, places, channels], &[batch, channels, height, width]);
    }
    Ok(x.transpose(1, 2)?.contiguous()?.reshape((batch, channels, height, width))?)
}

/// Whether our own kernels work on this tensor.
fn own(x: &Tensor) -> bool {
    has_kernels(x.device(), x.dtype())
}
