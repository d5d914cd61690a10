//! Our own kernels on tensors in this machine's memory.

use candle_core::{Device, Storage, Tensor};
use drape_kernels as kernels;

use crate::error::{Error, Result};
use crate::weights::{Numbers, View};

impl View {
    /// The numbers in the form that the kernels take.
    pub(crate) fn kernel_weights(&self) -> kernels::Weights<'_> {
        match self.numbers() {
            Numbers::F32(v) => kernels::Weights::F32(v),
            Numbers::F16(v) => kernels::Weights::F16(v),
            Numbers::Bf16(v) => kernels::Weights::Bf16(v),
        }
    }
}

/// Calls `f` with the numbers of `x`, in order.
pub(super) fn read<R>(x: &Tensor, f: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let x = x.contiguous()?;
    let (storage, layout) = x.storage_and_layout();
    let Storage::Cpu(storage) = &*storage else {
        return Err(Error::Compute("a tensor is on another device than its layer".to_owned()));
    };
    let values: &[f32] = storage.as_slice()?;
    let start = layout.start_offset();
    Ok(f(&values[start..start + layout.shape().elem_count()]))
}

/// A tensor of numbers that were just computed.
pub(super) fn tensor(values: Vec<f32>, shape: &[usize]) -> Result<Tensor> {
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

pub(super) fn linear(x: &Tensor, weight: &View, bias: Option<&[f32]>) -> Result<Tensor> {
    let &[output, input] = weight.shape() else {
        return Err(Error::Compute("the weight of a linear layer is no matrix".to_owned()));
    };
    let mut shape = x.dims().to_vec();
    if shape.pop() != Some(input) {
        return Err(Error::Compute(format!("{:?} for a layer of {input} inputs", x.shape())));
    }
    let rows = shape.iter().product();
    shape.push(output);
    let mut out = vec![0.0; rows * output];
    read(x, |x| kernels::linear(x, rows, weight.kernel_weights(), input, output, bias, &mut out))?;
    tensor(out, &shape)
}

pub(super) fn conv2d(
    x: &Tensor,
    weight: &View,
    bias: Option<&[f32]>,
    (stride, padding): (usize, usize),
) -> Result<Tensor> {
    let (batch, c_in, h, w) = x.dims4()?;
    let &[c_out, wanted, kernel, _] = weight.shape() else {
        return Err(Error::Compute("the weight of a convolution has not four axes".to_owned()));
    };
    if c_in != wanted {
        return Err(Error::Compute(format!("{c_in} channels for a convolution of {wanted}")));
    }
    let shape = kernels::Conv { batch, c_in, h, w, c_out, kernel, stride, pad: [padding; 4] };
    let (ho, wo) = (shape.out_height(), shape.out_width());
    let mut out = vec![0.0; batch * c_out * ho * wo];
    read(x, |x| kernels::conv2d(x, &shape, weight.kernel_weights(), bias, &mut out))?;
    tensor(out, &[batch, c_out, ho, wo])
}

pub(super) fn attention([q, k, v]: [&Tensor; 3], heads: usize, scale: f64, causal: bool) -> Result<Tensor> {
    let (batch, q_len, width) = q.dims3()?;
    let shape = kernels::Attention {
        batch,
        heads,
        dim: width / heads,
        q_len,
        k_len: k.dim(1)?,
        scale: scale as f32,
        causal,
    };
    let mut out = vec![0.0; batch * q_len * width];
    read(q, |q| read(k, |k| read(v, |v| kernels::attention(q, k, v, &shape, &mut out))))???;
    tensor(out, &[batch, q_len, width])
}

/// Group norm of `x` by `(groups, eps)` and the channels' `(weight, bias)`, then SiLU or nothing.
pub(super) fn group_norm(
    x: &Tensor,
    (groups, eps): (usize, f64),
    (weight, bias): (&[f32], &[f32]),
    silu: bool,
) -> Result<Tensor> {
    let (batch, channels) = (x.dim(0)?, x.dim(1)?);
    let spatial = x.elem_count() / (batch * channels).max(1);
    let mut out = vec![0.0; x.elem_count()];
    let eps = eps as f32;
    read(x, |x| {
        kernels::group_norm(x, batch, channels, spatial, groups, eps, weight, bias, silu, &mut out);
    })?;
    tensor(out, x.dims())
}

pub(super) fn layer_norm(x: &Tensor, eps: f64, weight: &[f32], bias: &[f32]) -> Result<Tensor> {
    let features = weight.len();
    let rows = x.elem_count() / features.max(1);
    let mut out = vec![0.0; x.elem_count()];
    read(x, |x| kernels::layer_norm(x, rows, features, eps as f32, weight, Some(bias), &mut out))?;
    tensor(out, x.dims())
}

pub(super) fn activate(x: &Tensor, which: kernels::Activation) -> Result<Tensor> {
    let mut out = read(x, <[f32]>::to_vec)?;
    kernels::activate(&mut out, which);
    tensor(out, x.dims())
}

pub(super) fn geglu(x: &Tensor) -> Result<Tensor> {
    let mut shape = x.dims().to_vec();
    let features = shape.pop().unwrap_or(0) / 2;
    let rows = shape.iter().product();
    shape.push(features);
    let mut out = vec![0.0; rows * features];
    read(x, |x| kernels::geglu(x, rows, features, &mut out))?;
    tensor(out, &shape)
}

pub(super) fn upsample(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    let (batch, channels, h, w) = x.dims4()?;
    let mut out = vec![0.0; batch * channels * height * width];
    read(x, |x| kernels::upsample_nearest(x, batch * channels, h, w, height, width, &mut out))?;
    tensor(out, &[batch, channels, height, width])
}

/// `[batch, rows, columns]` becomes `[batch, columns, rows]`.
pub(super) fn transpose(x: &Tensor, [batch, rows, columns]: [usize; 3], shape: &[usize]) -> Result<Tensor> {
    let mut out = vec![0.0; x.elem_count()];
    read(x, |x| kernels::transpose(x, batch, rows, columns, &mut out))?;
    tensor(out, shape)
}
