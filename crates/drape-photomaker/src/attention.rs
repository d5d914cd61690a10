//! Attention and the transformers of the UNet: the classes `Attention`, `BasicTransformerBlock` and
//! `Transformer2DModel` of diffusers.
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/attention_processor.py>
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/attention.py>
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_2d.py>

use candle_core::Tensor;

use crate::error::Result;
use crate::ops::{GroupNorm, LayerNorm, Linear, Weights, attention, channels_first, channels_last, geglu};

/// Attention of places to each other or to the prompt.
#[derive(Debug)]
pub(crate) struct Attention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    heads: usize,
    scale: f64,
}

impl Attention {
    /// `width` channels look at `seen` channels with `heads` heads; only the output has a bias.
    pub(crate) fn load(weights: &Weights<'_>, width: usize, seen: usize, heads: usize) -> Result<Self> {
        Ok(Self {
            to_q: weights.linear_no_bias("to_q", width, width)?,
            to_k: weights.linear_no_bias("to_k", seen, width)?,
            to_v: weights.linear_no_bias("to_v", seen, width)?,
            to_out: weights.at("to_out").linear("0", width, width)?,
            heads,
            scale: 1.0 / ((width / heads) as f64).sqrt(),
        })
    }

    pub(crate) fn forward(&self, x: &Tensor, seen: &Tensor) -> Result<Tensor> {
        let (q, k, v) = (self.to_q.forward(x)?, self.to_k.forward(seen)?, self.to_v.forward(seen)?);
        self.to_out.forward(&attention([&q, &k, &v], self.heads, self.scale, false)?)
    }
}

/// Attention to itself, to the prompt, and two linear layers, each after a norm and added.
#[derive(Debug)]
struct BasicTransformerBlock {
    norm1: LayerNorm,
    attn1: Attention,
    norm2: LayerNorm,
    attn2: Attention,
    norm3: LayerNorm,
    proj: Linear,
    out: Linear,
}

impl BasicTransformerBlock {
    fn load(weights: &Weights<'_>, width: usize, heads: usize, prompt: usize) -> Result<Self> {
        let net = weights.at("ff.net");
        Ok(Self {
            norm1: weights.layer_norm("norm1", width, 1e-5)?,
            attn1: Attention::load(&weights.at("attn1"), width, width, heads)?,
            norm2: weights.layer_norm("norm2", width, 1e-5)?,
            attn2: Attention::load(&weights.at("attn2"), width, prompt, heads)?,
            norm3: weights.layer_norm("norm3", width, 1e-5)?,
            proj: net.at(0).linear("proj", width, 8 * width)?,
            out: net.linear("2", 4 * width, width)?,
        })
    }

    fn forward(&self, x: &Tensor, prompt: &Tensor) -> Result<Tensor> {
        // 1. self-attention
        let normed = self.norm1.forward(x)?;
        let x = (self.attn1.forward(&normed, &normed)? + x)?;

        // 2. cross-attention
        let x = (self.attn2.forward(&self.norm2.forward(&x)?, prompt)? + x)?;

        // 3. feed-forward
        let inner = geglu(&self.proj.forward(&self.norm3.forward(&x)?)?)?;
        Ok((self.out.forward(&inner)? + x)?)
    }
}

/// Transformer blocks over the places of a picture.
#[derive(Debug)]
pub(crate) struct Transformer2DModel {
    norm: GroupNorm,
    proj_in: Linear,
    transformer_blocks: Vec<BasicTransformerBlock>,
    proj_out: Linear,
}

/// The sizes of a transformer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransformerSizes {
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    /// Width of a token of the prompt.
    pub(crate) prompt: usize,
    /// Groups of the norm.
    pub(crate) groups: usize,
}

impl Transformer2DModel {
    pub(crate) fn load(weights: &Weights<'_>, width: usize, sizes: TransformerSizes) -> Result<Self> {
        let TransformerSizes { layers, heads, prompt, groups } = sizes;
        let blocks = weights.at("transformer_blocks");
        Ok(Self {
            norm: weights.group_norm("norm", width, (groups, 1e-6))?,
            proj_in: weights.linear("proj_in", width, width)?,
            transformer_blocks: (0..layers)
                .map(|i| BasicTransformerBlock::load(&blocks.at(i), width, heads, prompt))
                .collect::<Result<_>>()?,
            proj_out: weights.linear("proj_out", width, width)?,
        })
    }

    /// `x` `[b, width, h, w]`, `prompt` `[b, tokens, prompt]`.
    pub(crate) fn forward(&self, x: &Tensor, prompt: &Tensor) -> Result<Tensor> {
        // 1. input
        let (_, _, height, width) = x.dims4()?;
        let mut h = self.proj_in.forward(&channels_last(&self.norm.forward(x)?)?)?;

        // 2. blocks
        for block in &self.transformer_blocks {
            h = block.forward(&h, prompt)?;
        }

        // 3. output
        let h = channels_first(&self.proj_out.forward(&h)?, height, width)?;
        Ok((h + x)?)
    }
}
