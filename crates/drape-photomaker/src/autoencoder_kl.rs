//! The decoder of SDXL's VAE, which turns latents into a picture: the classes `AutoencoderKL` and `Decoder`
//! of diffusers.
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/autoencoders/autoencoder_kl.py>
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/autoencoders/vae.py>
//!
//! Always computed in single precision: half precision overflows in it.

use candle_core::Tensor;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::ops::{Conv2d, GroupNorm, Linear, Weights, attention, channels_first, channels_last};
use crate::resnet::{ResnetBlock2D, Upsample2D};

/// The `config.json` of the VAE.
#[derive(Debug, Clone, Deserialize)]
pub struct VaeConfig {
    /// Channels per level, finest first.
    pub block_out_channels: Vec<usize>,
    /// Channels of the latents.
    pub latent_channels: usize,
    /// Channels of the picture.
    pub out_channels: usize,
    /// Residual blocks per level, less one.
    pub layers_per_block: usize,
    /// Groups of the norms.
    #[serde(default = "groups")]
    pub norm_num_groups: usize,
    /// Factor on the latents.
    #[serde(default = "scaling")]
    pub scaling_factor: f64,
    /// Subtracted from the latents after scaling.
    #[serde(default)]
    pub shift_factor: Option<f64>,
    /// Means of the latents' channels, where a model has them.
    #[serde(default)]
    pub latents_mean: Option<Vec<f64>>,
    /// Deviations of the latents' channels, where a model has them.
    #[serde(default)]
    pub latents_std: Option<Vec<f64>>,
    /// Whether the lowest level has self-attention.
    #[serde(default = "yes")]
    pub mid_block_add_attention: bool,
    /// Whether there is a convolution before the decoder.
    #[serde(default = "yes")]
    pub use_post_quant_conv: bool,
}

fn groups() -> usize {
    32
}

fn scaling() -> f64 {
    0.13025
}

fn yes() -> bool {
    true
}

/// Epsilon of the VAE's norms; the UNet has its own.
const EPS: f64 = 1e-6;

/// Turns latents into pictures.
#[derive(Debug)]
pub struct AutoencoderKL {
    post_quant_conv: Option<Conv2d>,
    conv_in: Conv2d,
    mid_block: MidBlock,
    up_blocks: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    config: VaeConfig,
}

impl AutoencoderKL {
    /// The decoder under these weights.
    ///
    /// # Errors
    /// [`Error::Unsupported`] and errors of the device.
    pub fn load(weights: &Weights<'_>, config: &VaeConfig) -> Result<Self> {
        let Some(&top) = config.block_out_channels.last() else {
            return Err(Error::unsupported("vae", "no levels"));
        };
        let norm = (config.norm_num_groups, EPS);
        let latent = config.latent_channels;
        let decoder = weights.at("decoder");

        // 1. pre-process
        let post_quant_conv = || weights.conv("post_quant_conv", latent, latent, 1);
        let post_quant_conv = config.use_post_quant_conv.then(post_quant_conv).transpose()?;
        let conv_in = decoder.conv("conv_in", latent, top, 3)?;

        // 2. mid
        let attends = config.mid_block_add_attention;
        let mid_block = MidBlock::load(&decoder.at("mid_block"), top, norm, attends)?;

        // 3. up
        let levels = config.block_out_channels.len();
        let mut up_blocks = Vec::with_capacity(levels);
        let mut input = top;
        for (i, &output) in config.block_out_channels.iter().rev().enumerate() {
            let sizes = UpSizes { input, output, layers: config.layers_per_block + 1, norm };
            up_blocks.push(UpBlock::load(&decoder.at("up_blocks").at(i), &sizes, i + 1 < levels)?);
            input = output;
        }

        // 4. post-process
        let conv_norm_out = decoder.group_norm("conv_norm_out", input, norm)?;
        let conv_out = decoder.conv("conv_out", input, config.out_channels, 3)?;

        let config = config.clone();
        Ok(Self { post_quant_conv, conv_in, mid_block, up_blocks, conv_norm_out, conv_out, config })
    }

    /// Pixels per latent, in each direction: 8.
    pub fn scale(&self) -> usize {
        1 << (self.config.block_out_channels.len() - 1)
    }

    /// The picture of latents `[1, 4, h, w]` as the UNet has them: `[1, 3, 8 h, 8 w]`, about -1 to 1.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        // 1. pre-process
        let x = self.unscaled(latents)?;
        let x = match &self.post_quant_conv {
            Some(conv) => conv.forward(&x)?,
            None => x,
        };
        let x = self.conv_in.forward(&x)?;

        // 2. mid
        let mut x = self.mid_block.forward(&x)?;

        // 3. up
        for block in &self.up_blocks {
            x = block.forward(x)?;
        }

        // 4. post-process
        self.conv_out.forward(&self.conv_norm_out.forward_silu(&x)?)
    }

    /// The latents as the encoder made them: the UNet's, scaled and shifted back.
    fn unscaled(&self, latents: &Tensor) -> Result<Tensor> {
        let config = &self.config;
        let x = match (&config.latents_mean, &config.latents_std) {
            (Some(mean), Some(std)) => {
                let of = |v: &[f64]| -> Result<Tensor> {
                    let v: Vec<f32> = v.iter().map(|x| *x as f32).collect();
                    Ok(Tensor::from_vec(v, (1, config.latent_channels, 1, 1), latents.device())?)
                };
                let scaled = (latents.broadcast_mul(&of(std)?)? / config.scaling_factor)?;
                scaled.broadcast_add(&of(mean)?)?
            }
            _ => (latents / config.scaling_factor)?,
        };
        Ok((x + config.shift_factor.unwrap_or(0.0))?)
    }
}

/// `UNetMidBlock2D`: two residual blocks, with attention of all places to each other between them.
#[derive(Debug)]
struct MidBlock {
    first: ResnetBlock2D,
    attention: Option<MidAttention>,
    second: ResnetBlock2D,
}

impl MidBlock {
    fn load(weights: &Weights<'_>, width: usize, norm: (usize, f64), attends: bool) -> Result<Self> {
        let resnets = weights.at("resnets");
        let resnet = |i: usize| ResnetBlock2D::load(&resnets.at(i), (width, width), norm, None);
        let attention = || MidAttention::load(&weights.at("attentions.0"), width, norm);
        Ok(Self { first: resnet(0)?, attention: attends.then(attention).transpose()?, second: resnet(1)? })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = self.first.forward(x, None)?;
        if let Some(attention) = &self.attention {
            x = attention.forward(&x)?;
        }
        self.second.forward(&x, None)
    }
}

/// `Attention` after a norm, with its input added to the result.
#[derive(Debug)]
struct MidAttention {
    group_norm: GroupNorm,
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
}

impl MidAttention {
    fn load(weights: &Weights<'_>, width: usize, norm: (usize, f64)) -> Result<Self> {
        // Older checkpoints have other names for the same four matrices.
        let old = weights.scope().shape("query.weight").is_some();
        let linear = |new: &str, before: &str| weights.linear(if old { before } else { new }, width, width);
        Ok(Self {
            group_norm: weights.group_norm("group_norm", width, norm)?,
            to_q: linear("to_q", "query")?,
            to_k: linear("to_k", "key")?,
            to_v: linear("to_v", "value")?,
            to_out: linear("to_out.0", "proj_attn")?,
        })
    }

    /// One head over all places. At 1024 pixels these are 16,384, so the scores are never kept all at once.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (_, channels, height, width) = x.dims4()?;
        let h = channels_last(&self.group_norm.forward(x)?)?;
        let (q, k, v) = (self.to_q.forward(&h)?, self.to_k.forward(&h)?, self.to_v.forward(&h)?);
        let h = attention([&q, &k, &v], 1, 1.0 / (channels as f64).sqrt(), false)?;
        let h = channels_first(&self.to_out.forward(&h)?, height, width)?;
        Ok((h + x)?)
    }
}

/// The sizes of one level on the way up.
struct UpSizes {
    /// Channels of the level before.
    input: usize,
    output: usize,
    /// Residual blocks.
    layers: usize,
    /// Groups and epsilon.
    norm: (usize, f64),
}

/// `UpDecoderBlock2D`: one level on the way up.
#[derive(Debug)]
struct UpBlock {
    resnets: Vec<ResnetBlock2D>,
    upsampler: Option<Upsample2D>,
}

impl UpBlock {
    /// The level under `weights`; `doubles` says whether a level follows.
    fn load(weights: &Weights<'_>, sizes: &UpSizes, doubles: bool) -> Result<Self> {
        let &UpSizes { input, output, layers, norm } = sizes;
        let resnets = weights.at("resnets");
        let resnet = |i: usize| {
            let input = if i == 0 { input } else { output };
            ResnetBlock2D::load(&resnets.at(i), (input, output), norm, None)
        };
        let upsampler = || Upsample2D::load(&weights.at("upsamplers.0"), output);
        Ok(Self {
            resnets: (0..layers).map(resnet).collect::<Result<_>>()?,
            upsampler: doubles.then(upsampler).transpose()?,
        })
    }

    fn forward(&self, mut x: Tensor) -> Result<Tensor> {
        for resnet in &self.resnets {
            x = resnet.forward(&x, None)?;
        }
        if let Some(upsampler) = &self.upsampler {
            let (_, _, height, width) = x.dims4()?;
            x = upsampler.forward(&x, (2 * height, 2 * width))?;
        }
        Ok(x)
    }
}
