//! Layers with weights: linear, convolution, embedding and norms.

use candle_core::{D, DType, Tensor};

use super::host;
use super::place::{Place, Stored, Vector};
use crate::error::{Error, Result};
use crate::weights::View;

/// `x · wᵀ + b` over the last axis.
#[derive(Debug)]
pub struct Linear {
    weight: Stored,
    bias: Option<Vector>,
}

impl Linear {
    pub(super) fn new(place: &Place, weight: &View, bias: Option<&View>) -> Result<Self> {
        Ok(Self { weight: place.stored(weight)?, bias: bias.map(|b| place.vector(b)).transpose()? })
    }

    /// `x` `[..., in]` becomes `[..., out]`.
    ///
    /// # Errors
    /// Errors of the device.
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
    pub(super) fn new(
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
    /// Errors of the device.
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
    pub(super) fn new(place: &Place, table: &View) -> Result<Self> {
        Ok(Self { table: place.stored(table)? })
    }

    /// The rows `[ids, width]`.
    ///
    /// # Errors
    /// [`Error::Compute`] for a number beyond the table.
    pub fn forward(&self, ids: &[u32]) -> Result<Tensor> {
        match &self.table {
            Stored::Device(table) => Ok(table.index_select(&Tensor::new(ids, table.device())?, 0)?),
            Stored::Host(table) => {
                let width = table.shape().last().copied().unwrap_or(0);
                let mut out = Vec::with_capacity(ids.len() * width);
                for id in ids {
                    let row = *id as usize;
                    let row = table
                        .rows(row..row + 1)
                        .ok_or_else(|| Error::Compute(format!("token {id} is not in the vocabulary")))?;
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
    pub(super) fn new(place: &Place, weight: &View, bias: &View, eps: f64) -> Result<Self> {
        Ok(Self { weight: place.vector(weight)?, bias: place.vector(bias)?, eps })
    }

    /// The norm of `x`, in the same shape.
    ///
    /// # Errors
    /// Errors of the device.
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
    pub(super) fn new(
        place: &Place,
        weight: &View,
        bias: &View,
        (groups, eps): (usize, f64),
    ) -> Result<Self> {
        // In single precision, as the statistics are.
        let single = Place { dtype: DType::F32, ..place.clone() };
        Ok(Self { weight: single.vector(weight)?, bias: single.vector(bias)?, groups, eps })
    }

    /// The norm of `x`, in the same shape.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, false)
    }

    /// The norm, and SiLU of it.
    ///
    /// # Errors
    /// Errors of the device.
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
