//! The operations that every model is made of: linear, convolution, attention, norms, activations.
//!
//! All models go through this module, so that what runs underneath (kernels of our own on the CPU,
//! candle's on CUDA and Metal) can change without touching a model file. Activations are single
//! precision on the CPU whatever the weights are stored as, and the [`Place`]'s type on a GPU; norms and
//! softmax are always computed in single precision.

#[cfg(feature = "compare-with-candle")]
mod candle;
mod host;
mod place;

use candle_core::{D, DType, Tensor};

#[cfg(feature = "compare-with-candle")]
pub use self::candle::compare_with_candle;
pub use self::place::{Place, Weights};

use self::place::{Stored, Vector, has_kernels};
use crate::error::Result;
use crate::weights::View;

/// Whether our own kernels work on this tensor.
fn own(x: &Tensor) -> bool {
    has_kernels(x.device(), x.dtype())
}

/// `x · wᵀ + b` over the last axis.
#[derive(Debug)]
pub struct Linear {
    weight: Stored,
    bias: Option<Vector>,
}

impl Linear {
    pub(crate) fn new(place: &Place, weight: &View, bias: Option<&View>) -> Result<Self> {
        Ok(Self { weight: place.stored(weight)?, bias: bias.map(|b| place.vector(b)).transpose()? })
    }

    /// `x` `[..., in]` becomes `[..., out]`.
    ///
    /// # Errors
    /// The device's.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let weight = match &self.weight {
            Stored::Host(view) => return host::linear(x, view, self.bias.as_ref().map(Vector::numbers)),
            Stored::Device(weight) => weight,
        };
        let mut shape = x.dims().to_vec();
        let input = shape.pop().unwrap_or(0);
        let rows: usize = shape.iter().product();
        shape.push(weight.dim(0)?);
        let y = x.contiguous()?.reshape((rows, input))?.matmul(&weight.t()?)?;
        let y = match &self.bias {
            Some(bias) => y.broadcast_add(bias.tensor())?,
            None => y,
        };
        Ok(y.reshape(shape)?)
    }
}

/// A two-dimensional convolution with zero padding, over `[batch, channels, height, width]`.
#[derive(Debug)]
pub struct Conv2d {
    weight: Stored,
    bias: Option<Vector>,
    stride: usize,
    padding: usize,
}

impl Conv2d {
    pub(crate) fn new(
        place: &Place,
        weight: &View,
        bias: Option<&View>,
        (stride, padding): (usize, usize),
    ) -> Result<Self> {
        let bias = bias.map(|b| place.vector(b)).transpose()?;
        Ok(Self { weight: place.stored(weight)?, bias, stride, padding })
    }

    /// `x` `[b, in, h, w]` becomes `[b, out, h', w']`.
    ///
    /// # Errors
    /// The device's.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let weight = match &self.weight {
            Stored::Host(view) => {
                let bias = self.bias.as_ref().map(Vector::numbers);
                return host::conv2d(x, view, bias, (self.stride, self.padding));
            }
            Stored::Device(weight) => weight,
        };
        let y = x.conv2d(weight, self.padding, self.stride, 1, 1)?;
        Ok(match &self.bias {
            Some(bias) => y.broadcast_add(&bias.tensor().reshape((1, (), 1, 1))?)?,
            None => y,
        })
    }
}

/// Rows of a table, by number.
#[derive(Debug)]
pub struct Embedding {
    table: Stored,
}

impl Embedding {
    pub(crate) fn new(place: &Place, table: &View) -> Result<Self> {
        Ok(Self { table: place.stored(table)? })
    }

    /// The rows `[ids, width]`.
    ///
    /// # Errors
    /// [`crate::error::Error::Compute`] for a number beyond the table.
    pub fn forward(&self, ids: &[u32]) -> Result<Tensor> {
        match &self.table {
            Stored::Device(table) => Ok(table.index_select(&Tensor::new(ids, table.device())?, 0)?),
            Stored::Host(table) => {
                let width = table.shape().last().copied().unwrap_or(0);
                let mut out = Vec::with_capacity(ids.len() * width);
                for id in ids {
                    let row = *id as usize;
                    let row = table.rows(row..row + 1).ok_or_else(|| {
                        crate::error::Error::Compute(format!("token {id} is not in the vocabulary"))
                    })?;
                    out.extend(row.to_f32());
                }
                host::tensor(out, &[ids.len(), width])
            }
        }
    }
}

/// Layer norm over the last axis.
#[derive(Debug)]
pub struct LayerNorm {
    weight: Vector,
    bias: Vector,
    eps: f64,
}

impl LayerNorm {
    pub(crate) fn new(place: &Place, weight: &View, bias: &View, eps: f64) -> Result<Self> {
        Ok(Self { weight: place.vector(weight)?, bias: place.vector(bias)?, eps })
    }

    /// The same shape.
    ///
    /// # Errors
    /// The device's.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if let Vector::Host(weight) = &self.weight {
            return host::layer_norm(x, self.eps, weight, self.bias.numbers());
        }
        let (weight, bias) = (self.weight.tensor(), self.bias.tensor());
        Ok(candle_nn::ops::layer_norm(&x.contiguous()?, weight, bias, self.eps as f32)?)
    }
}

/// Group norm over `[batch, channels, height, width]`, or any number of axes after the channels.
#[derive(Debug)]
pub struct GroupNorm {
    weight: Vector,
    bias: Vector,
    groups: usize,
    eps: f64,
}

impl GroupNorm {
    pub(crate) fn new(
        place: &Place,
        weight: &View,
        bias: &View,
        (groups, eps): (usize, f64),
    ) -> Result<Self> {
        // In single precision, for the statistics are.
        let single = Place { dtype: DType::F32, ..place.clone() };
        Ok(Self { weight: single.vector(weight)?, bias: single.vector(bias)?, groups, eps })
    }

    /// The same shape.
    ///
    /// # Errors
    /// The device's.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, false)
    }

    /// The norm, and SiLU of it.
    ///
    /// # Errors
    /// The device's.
    pub fn forward_silu(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, true)
    }

    fn run(&self, x: &Tensor, silu: bool) -> Result<Tensor> {
        if let Vector::Host(weight) = &self.weight {
            return host::group_norm(x, (self.groups, self.eps), (weight, self.bias.numbers()), silu);
        }
        let (batch, channels) = (x.dim(0)?, x.dim(1)?);
        let single = x.to_dtype(DType::F32)?.contiguous()?.reshape((batch, self.groups, ()))?;
        let centred = single.broadcast_sub(&single.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let normed = centred.broadcast_div(&(variance + self.eps)?.sqrt()?)?;
        let normed = normed.reshape((batch, channels, ()))?;
        let weight = self.weight.tensor().reshape((1, channels, 1))?;
        let y =
            normed.broadcast_mul(&weight)?.broadcast_add(&self.bias.tensor().reshape((1, channels, 1))?)?;
        let y = if silu { y.silu()? } else { y };
        Ok(y.to_dtype(x.dtype())?.reshape(x.shape())?)
    }
}

/// Queries whose scores are computed at once on a GPU: bounds the memory of the score matrix.
const QUERIES: usize = 4096;

/// `softmax(q · kᵀ · scale) · v` per head; `q` `[batch, queries, heads * dim]`, `k` and `v`
/// `[batch, keys, heads * dim]`. With `causal`, a query sees the keys up to its own place.
///
/// # Errors
/// The device's.
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
    /// By the name that configurations use.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "silu" | "swish" => Self::Silu,
            "gelu" => Self::Gelu,
            "quick_gelu" => Self::QuickGelu,
            "relu" => Self::Relu,
            _ => return None,
        })
    }

    /// The same shape.
    ///
    /// # Errors
    /// The device's.
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
/// The device's.
pub fn geglu(x: &Tensor) -> Result<Tensor> {
    if own(x) {
        return host::geglu(x);
    }
    let parts = x.chunk(2, D::Minus1)?;
    Ok((parts[0].contiguous()? * parts[1].contiguous()?.gelu_erf()?)?)
}

/// `[b, c, h, w]` becomes `[b, c, height, width]`, every pixel the nearest one.
///
/// # Errors
/// The device's.
pub fn upsample(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    if own(x) {
        return host::upsample(x, height, width);
    }
    Ok(x.upsample_nearest2d(height, width)?)
}

/// `[batch, channels, ...]` becomes `[batch, ..., channels]` with one axis for all places.
///
/// # Errors
/// The device's.
pub fn channels_last(x: &Tensor) -> Result<Tensor> {
    if own(x) {
        let (batch, channels) = (x.dim(0)?, x.dim(1)?);
        let places = x.elem_count() / (batch * channels).max(1);
        return host::transpose(x, [batch, channels, places], &[batch, places, channels]);
    }
    Ok(x.flatten_from(2)?.transpose(1, 2)?.contiguous()?)
}

/// The way back from [`channels_last`], to `height` and `width`.
///
/// # Errors
/// The device's.
pub fn channels_first(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    let (batch, places, channels) = x.dims3()?;
    if own(x) {
        return host::transpose(x, [batch, places, channels], &[batch, channels, height, width]);
    }
    Ok(x.transpose(1, 2)?.contiguous()?.reshape((batch, channels, height, width))?)
}
