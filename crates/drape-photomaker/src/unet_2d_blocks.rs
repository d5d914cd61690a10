//! The levels of the UNet: residual blocks with transformers between them, and a sampler at the end.
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/unets/unet_2d_blocks.py>

use candle_core::Tensor;

use crate::attention::{Transformer2DModel, TransformerSizes};
use crate::error::{Error, Result};
use crate::ops::Weights;
use crate::resnet::{Downsample2D, ResnetBlock2D, Upsample2D};

/// The sizes of one level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LevelSizes {
    /// Channels of the output.
    pub(crate) output: usize,
    /// Residual blocks.
    pub(crate) layers: usize,
    /// Width of the time embedding.
    pub(crate) time: usize,
    /// Groups and epsilon of the norms.
    pub(crate) norm: (usize, f64),
    /// Sizes of the transformer after each residual block; `None` for a level without attention.
    pub(crate) transformer: Option<TransformerSizes>,
}

impl LevelSizes {
    /// `resnets.i`, from `input` channels.
    fn resnet(&self, weights: &Weights<'_>, i: usize, input: usize) -> Result<ResnetBlock2D> {
        ResnetBlock2D::load(&weights.at("resnets").at(i), (input, self.output), self.norm, Some(self.time))
    }

    /// `attentions.i`, for a level that has attention.
    fn attention(&self, weights: &Weights<'_>, i: usize) -> Result<Option<Transformer2DModel>> {
        let at = weights.at("attentions").at(i);
        self.transformer.map(|sizes| Transformer2DModel::load(&at, self.output, sizes)).transpose()
    }
}

/// The conditions of every block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockCondition<'a> {
    /// SiLU of the time embedding, `[b, width]`.
    pub(crate) time: &'a Tensor,
    /// The prompt, `[b, tokens, width]`.
    pub(crate) prompt: &'a Tensor,
}

/// A residual block and the transformer after it.
#[derive(Debug)]
struct Layer {
    resnet: ResnetBlock2D,
    attention: Option<Transformer2DModel>,
}

impl Layer {
    fn forward(&self, x: &Tensor, condition: BlockCondition<'_>) -> Result<Tensor> {
        let x = self.resnet.forward(x, Some(condition.time))?;
        match &self.attention {
            Some(attention) => attention.forward(&x, condition.prompt),
            None => Ok(x),
        }
    }
}

/// `DownBlock2D` or `CrossAttnDownBlock2D`: one level on the way down.
#[derive(Debug)]
pub(crate) struct DownBlock {
    layers: Vec<Layer>,
    downsampler: Option<Downsample2D>,
}

impl DownBlock {
    /// The level under `weights`, from `input` channels; `halves` says whether a level follows.
    pub(crate) fn load(weights: &Weights<'_>, input: usize, sizes: LevelSizes, halves: bool) -> Result<Self> {
        let layer = |i: usize| {
            let input = if i == 0 { input } else { sizes.output };
            Ok(Layer { resnet: sizes.resnet(weights, i, input)?, attention: sizes.attention(weights, i)? })
        };
        let downsampler = || Downsample2D::load(&weights.at("downsamplers.0"), sizes.output);
        Ok(Self {
            layers: (0..sizes.layers).map(layer).collect::<Result<_>>()?,
            downsampler: halves.then(downsampler).transpose()?,
        })
    }

    /// `x` `[b, input, h, w]` becomes `[b, output, h', w']`; every intermediate result is added to `skips`.
    pub(crate) fn forward(
        &self,
        mut x: Tensor,
        condition: BlockCondition<'_>,
        skips: &mut Vec<Tensor>,
    ) -> Result<Tensor> {
        for layer in &self.layers {
            x = layer.forward(&x, condition)?;
            skips.push(x.clone());
        }
        if let Some(downsampler) = &self.downsampler {
            x = downsampler.forward(&x)?;
            skips.push(x.clone());
        }
        Ok(x)
    }
}

/// `UNetMidBlock2DCrossAttn`: the lowest level.
#[derive(Debug)]
pub(crate) struct MidBlock {
    first: Layer,
    second: Layer,
}

impl MidBlock {
    pub(crate) fn load(weights: &Weights<'_>, sizes: LevelSizes) -> Result<Self> {
        Ok(Self {
            first: Layer {
                resnet: sizes.resnet(weights, 0, sizes.output)?,
                attention: sizes.attention(weights, 0)?,
            },
            second: Layer { resnet: sizes.resnet(weights, 1, sizes.output)?, attention: None },
        })
    }

    /// `x` `[b, output, h, w]`, the same shape.
    pub(crate) fn forward(&self, x: &Tensor, condition: BlockCondition<'_>) -> Result<Tensor> {
        self.second.forward(&self.first.forward(x, condition)?, condition)
    }
}

/// `UpBlock2D` or `CrossAttnUpBlock2D`: one level on the way up.
#[derive(Debug)]
pub(crate) struct UpBlock {
    layers: Vec<Layer>,
    upsampler: Option<Upsample2D>,
}

impl UpBlock {
    /// The level under `weights`, from the `previous` level's channels. Each residual block also takes a
    /// skip: of this level's channels, or in the last block of the `above` level's. `doubles` says whether a
    /// level follows.
    pub(crate) fn load(
        weights: &Weights<'_>,
        (previous, above): (usize, usize),
        sizes: LevelSizes,
        doubles: bool,
    ) -> Result<Self> {
        let layer = |i: usize| {
            let input = if i == 0 { previous } else { sizes.output };
            let skip = if i + 1 == sizes.layers { above } else { sizes.output };
            let resnet = sizes.resnet(weights, i, input + skip)?;
            Ok(Layer { resnet, attention: sizes.attention(weights, i)? })
        };
        let upsampler = || Upsample2D::load(&weights.at("upsamplers.0"), sizes.output);
        Ok(Self {
            layers: (0..sizes.layers).map(layer).collect::<Result<_>>()?,
            upsampler: doubles.then(upsampler).transpose()?,
        })
    }

    /// `x` `[b, previous, h, w]` becomes `[b, output, h', w']`; takes a skip per residual block from the end
    /// of `skips`.
    pub(crate) fn forward(
        &self,
        mut x: Tensor,
        condition: BlockCondition<'_>,
        skips: &mut Vec<Tensor>,
    ) -> Result<Tensor> {
        for layer in &self.layers {
            let skip = skips.pop().ok_or_else(|| Error::unsupported("unet", "more blocks up than down"))?;
            x = layer.forward(&Tensor::cat(&[x, skip], 1)?, condition)?;
        }
        if let (Some(upsampler), Some(skip)) = (&self.upsampler, skips.last()) {
            // The size of the next level, which is not always twice this one: the way down rounds odd sizes
            // up.
            let (_, _, height, width) = skip.dims4()?;
            x = upsampler.forward(&x, (height, width))?;
        }
        Ok(x)
    }
}
