//! The perceiver resampler of PhotoMaker v2 (after Alayrac et al. 2022): a few tokens attend to all tokens of
//! the photo, four times. The classes `FacePerceiverResampler`, `PerceiverAttention` and `FeedForward`.
//! <https://github.com/TencentARC/PhotoMaker/blob/main/photomaker/resampler.py>

use candle_core::Tensor;

use crate::error::Result;
use crate::ops::{Activation, LayerNorm, Linear, Weights, attention};

/// Tokens that look at a photo.
#[derive(Debug)]
pub(crate) struct FacePerceiverResampler {
    proj_in: Linear,
    proj_out: Linear,
    norm_out: LayerNorm,
    layers: Vec<(PerceiverAttention, FeedForward)>,
}

/// Channels of a head in the published encoder.
const HEAD_DIM: usize = 128;

impl FacePerceiverResampler {
    pub(crate) fn load(weights: &Weights<'_>, (width, vision): (usize, usize)) -> Result<Self> {
        let layers = weights.at("layers");
        let layer = |i: usize| {
            let at = layers.at(i);
            Ok((PerceiverAttention::load(&at.at(0), width)?, FeedForward::load(&at.at(1), width)?))
        };
        let count = weights.scope().count("layers");
        Ok(Self {
            proj_in: weights.linear("proj_in", vision, width)?,
            proj_out: weights.linear("proj_out", width, width)?,
            norm_out: weights.layer_norm("norm_out", width, 1e-5)?,
            layers: (0..count).map(layer).collect::<Result<_>>()?,
        })
    }

    /// `tokens` `[n, t, width]` after looking at `photo` `[n, patches, vision]`.
    pub(crate) fn forward(&self, tokens: &Tensor, photo: &Tensor) -> Result<Tensor> {
        let photo = self.proj_in.forward(photo)?;
        let mut latents = tokens.clone();
        for (attention, forward) in &self.layers {
            latents = (attention.forward(&photo, &latents)? + &latents)?;
            latents = (forward.forward(&latents)? + &latents)?;
        }
        self.norm_out.forward(&self.proj_out.forward(&latents)?)
    }
}

/// Attention of tokens to the photo and to each other.
#[derive(Debug)]
struct PerceiverAttention {
    norm1: LayerNorm,
    norm2: LayerNorm,
    to_q: Linear,
    to_kv: Linear,
    to_out: Linear,
    heads: usize,
    inner: usize,
}

impl PerceiverAttention {
    fn load(weights: &Weights<'_>, width: usize) -> Result<Self> {
        let inner = weights.scope().shape("to_q.weight").map_or(width, |s| s[0]);
        Ok(Self {
            norm1: weights.layer_norm("norm1", width, 1e-5)?,
            norm2: weights.layer_norm("norm2", width, 1e-5)?,
            to_q: weights.linear_no_bias("to_q", width, inner)?,
            to_kv: weights.linear_no_bias("to_kv", width, 2 * inner)?,
            to_out: weights.linear_no_bias("to_out", inner, width)?,
            heads: (inner / HEAD_DIM).max(1),
            inner,
        })
    }

    fn forward(&self, photo: &Tensor, latents: &Tensor) -> Result<Tensor> {
        let photo = self.norm1.forward(photo)?;
        let latents = self.norm2.forward(latents)?;
        let q = self.to_q.forward(&latents)?;
        let kv = self.to_kv.forward(&Tensor::cat(&[&photo, &latents], 1)?)?;
        let k = kv.narrow(2, 0, self.inner)?.contiguous()?;
        let v = kv.narrow(2, self.inner, self.inner)?.contiguous()?;
        // The reference scales q and k by the fourth root each.
        let scale = 1.0 / ((self.inner / self.heads) as f64).sqrt();
        self.to_out.forward(&attention([&q, &k, &v], self.heads, scale, false)?)
    }
}

/// Two linear layers with GELU between, after a norm.
#[derive(Debug)]
struct FeedForward {
    norm: LayerNorm,
    first: Linear,
    second: Linear,
}

impl FeedForward {
    fn load(weights: &Weights<'_>, width: usize) -> Result<Self> {
        let inner = weights.scope().shape("1.weight").map_or(4 * width, |s| s[0]);
        Ok(Self {
            norm: weights.layer_norm("0", width, 1e-5)?,
            first: weights.linear_no_bias("1", width, inner)?,
            second: weights.linear_no_bias("3", inner, width)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.second.forward(&Activation::Gelu.forward(&self.first.forward(&self.norm.forward(x)?)?)?)
    }
}
