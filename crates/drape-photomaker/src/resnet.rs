//! Parts that UNet and VAE share: the residual block, the samplers between levels, and the embedding of time.
//! The classes `ResnetBlock2D`, `Downsample2D`, `Upsample2D` and `TimestepEmbedding` of diffusers.
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/resnet.py>
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/downsampling.py>
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/upsampling.py>
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/embeddings.py>

use candle_core::Tensor;

use crate::error::Result;
use crate::ops::{Activation, Conv2d, GroupNorm, Linear, Weights, upsample};

/// Two convolutions, each after a norm and SiLU, added to the input.
#[derive(Debug)]
pub(crate) struct ResnetBlock2D {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
    conv_shortcut: Option<Conv2d>,
}

impl ResnetBlock2D {
    /// `norm` is groups and epsilon; `time` is the width of the time embedding, `None` for a VAE.
    pub(crate) fn load(
        weights: &Weights<'_>,
        (input, output): (usize, usize),
        norm: (usize, f64),
        time: Option<usize>,
    ) -> Result<Self> {
        let shortcut = || weights.conv("conv_shortcut", input, output, 1);
        Ok(Self {
            norm1: weights.group_norm("norm1", input, norm)?,
            conv1: weights.conv("conv1", input, output, 3)?,
            time_emb_proj: time.map(|t| weights.linear("time_emb_proj", t, output)).transpose()?,
            norm2: weights.group_norm("norm2", output, norm)?,
            conv2: weights.conv("conv2", output, output, 3)?,
            conv_shortcut: (input != output).then(shortcut).transpose()?,
        })
    }

    /// `x` `[b, input, h, w]`; `time` is SiLU of the time embedding, `[b, width]`.
    pub(crate) fn forward(&self, x: &Tensor, time: Option<&Tensor>) -> Result<Tensor> {
        let h = self.conv1.forward(&self.norm1.forward_silu(x)?)?;
        let h = match (&self.time_emb_proj, time) {
            (Some(projection), Some(time)) => {
                let shift = projection.forward(time)?;
                h.broadcast_add(&shift.unsqueeze(2)?.unsqueeze(3)?)?
            }
            _ => h,
        };
        let h = self.norm2.forward_silu(&h)?;
        let h = self.conv2.forward(&h)?;
        let x = match &self.conv_shortcut {
            Some(shortcut) => shortcut.forward(x)?,
            None => x.clone(),
        };
        Ok((x + h)?)
    }
}

/// Half the size: a convolution with stride 2.
#[derive(Debug)]
pub(crate) struct Downsample2D {
    conv: Conv2d,
}

impl Downsample2D {
    pub(crate) fn load(weights: &Weights<'_>, channels: usize) -> Result<Self> {
        Ok(Self { conv: weights.conv_with("conv", [channels, channels, 3], (2, 1), true)? })
    }

    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.conv.forward(x)
    }
}

/// Twice the size, or exactly another one: nearest pixels, then a convolution.
#[derive(Debug)]
pub(crate) struct Upsample2D {
    conv: Conv2d,
}

impl Upsample2D {
    pub(crate) fn load(weights: &Weights<'_>, channels: usize) -> Result<Self> {
        Ok(Self { conv: weights.conv("conv", channels, channels, 3)? })
    }

    pub(crate) fn forward(&self, x: &Tensor, (height, width): (usize, usize)) -> Result<Tensor> {
        self.conv.forward(&upsample(x, height, width)?)
    }
}

/// Two linear layers with SiLU between: the embedding of the time and of sizes and text.
#[derive(Debug)]
pub(crate) struct TimestepEmbedding {
    linear_1: Linear,
    linear_2: Linear,
}

impl TimestepEmbedding {
    pub(crate) fn load(weights: &Weights<'_>, input: usize, width: usize) -> Result<Self> {
        Ok(Self {
            linear_1: weights.linear("linear_1", input, width)?,
            linear_2: weights.linear("linear_2", width, width)?,
        })
    }

    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.linear_2.forward(&Activation::Silu.forward(&self.linear_1.forward(x)?)?)
    }
}

/// Sine and cosine of `values` at `width / 2` frequencies from 1 down to almost 1/10000
/// (Vaswani et al. 2017), `[values, width]`. SDXL puts the cosines first (`flip`).
pub(crate) fn sinusoids(values: &[f64], width: usize, flip: bool, shift: f64) -> Vec<f32> {
    let half = width / 2;
    let mut out = Vec::with_capacity(values.len() * width);
    for value in values {
        // Frequencies and angles are rounded to single precision, as the reference's are.
        let angle = |i: usize| {
            let exponent = -(10_000f64.ln()) * i as f64 / (half as f64 - shift);
            f64::from((*value as f32) * (exponent as f32).exp())
        };
        let sines = (0..half).map(|i| angle(i).sin() as f32);
        let cosines = (0..half).map(|i| angle(i).cos() as f32);
        if flip {
            out.extend(cosines.chain(sines));
        } else {
            out.extend(sines.chain(cosines));
        }
        if width % 2 == 1 {
            out.push(0.0);
        }
    }
    out
}
