//! The decoder of SDXL's VAE: latents become a picture (diffusers `autoencoder_kl.py`, `vae.py`).
//!
//! Always computed in single precision: half precision overflows in it.

use candle_core::Tensor;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::ops::{Conv2d, GroupNorm, Linear, Weights, attention, channels_first, channels_last};
use crate::resnet::{ResnetBlock2D, Upsample2D};

/// What `config.json` of the VAE says.
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
    /// What latents are multiplied by.
    #[serde(default = "scaling")]
    pub scaling_factor: f64,
    /// What is taken from latents, after.
    #[serde(default)]
    pub shift_factor: Option<f64>,
    /// Means of the latents' channels, where a model has them.
    #[serde(default)]
    pub latents_mean: Option<Vec<f64>>,
    /// Deviations of the latents' channels, where a model has them.
    #[serde(default)]
    pub latents_std: Option<Vec<f64>>,
    /// Whether the middle looks at itself.
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

/// Of the VAE's norms, whatever the UNet's is.
const EPS: f64 = 1e-6;

#[derive(Debug)]
struct MidAttention {
    group_norm: GroupNorm,
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
}

impl MidAttention {
    fn load(weights: &Weights<'_>, width: usize, groups: usize) -> Result<Self> {
        // Older checkpoints have other names for the same four matrices.
        let old = weights.scope().shape("query.weight").is_some();
        let linear = |new: &str, before: &str| weights.linear(if old { before } else { new }, width, width);
        Ok(Self {
            group_norm: weights.group_norm("group_norm", width, (groups, EPS))?,
            to_q: linear("to_q", "query")?,
            to_k: linear("to_k", "key")?,
            to_v: linear("to_v", "value")?,
            to_out: linear("to_out.0", "proj_attn")?,
        })
    }

    /// One head over all places: at 1024 pixels 16,384 of them, whose scores are never all kept.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (_, channels, height, width) = x.dims4()?;
        let h = channels_last(&self.group_norm.forward(x)?)?;
        let (q, k, v) = (self.to_q.forward(&h)?, self.to_k.forward(&h)?, self.to_v.forward(&h)?);
        let h = attention([&q, &k, &v], 1, 1.0 / (channels as f64).sqrt(), false)?;
        let h = channels_first(&self.to_out.forward(&h)?, height, width)?;
        Ok((h + x)?)
    }
}

#[derive(Debug)]
struct UpBlock {
    resnets: Vec<ResnetBlock2D>,
    upsampler: Option<Upsample2D>,
}

/// Turns latents into pictures.
#[derive(Debug)]
pub struct AutoencoderKL {
    post_quant_conv: Option<Conv2d>,
    conv_in: Conv2d,
    mid: (ResnetBlock2D, Option<MidAttention>, ResnetBlock2D),
    up_blocks: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    config: VaeConfig,
}

impl AutoencoderKL {
    /// The decoder under these weights.
    ///
    /// # Errors
    /// [`Error::Unsupported`] and the device's.
    pub fn load(weights: &Weights<'_>, config: &VaeConfig) -> Result<Self> {
        let Some(&top) = config.block_out_channels.last() else {
            return Err(Error::unsupported("vae", "no levels"));
        };
        let norm = (config.norm_num_groups, EPS);
        let decoder = weights.at("decoder");
        let resnet = |at: &Weights<'_>, input, output| ResnetBlock2D::load(at, (input, output), norm, None);
        let mid = decoder.at("mid_block");
        let attention = if config.mid_block_add_attention {
            Some(MidAttention::load(&mid.at("attentions.0"), top, config.norm_num_groups)?)
        } else {
            None
        };
        let levels = config.block_out_channels.len();
        let mut up_blocks = Vec::new();
        let mut input = top;
        for (i, &output) in config.block_out_channels.iter().rev().enumerate() {
            let at = decoder.at("up_blocks").at(i);
            let mut resnets = Vec::new();
            for j in 0..=config.layers_per_block {
                let from = if j == 0 { input } else { output };
                resnets.push(resnet(&at.at("resnets").at(j), from, output)?);
            }
            let upsampler =
                if i + 1 < levels { Some(Upsample2D::load(&at.at("upsamplers.0"), output)?) } else { None };
            up_blocks.push(UpBlock { resnets, upsampler });
            input = output;
        }
        let latent = config.latent_channels;
        Ok(Self {
            post_quant_conv: if config.use_post_quant_conv {
                Some(weights.conv("post_quant_conv", latent, latent, 1)?)
            } else {
                None
            },
            conv_in: decoder.conv("conv_in", latent, top, 3)?,
            mid: (
                resnet(&mid.at("resnets.0"), top, top)?,
                attention,
                resnet(&mid.at("resnets.1"), top, top)?,
            ),
            up_blocks,
            conv_norm_out: decoder.group_norm("conv_norm_out", input, norm)?,
            conv_out: decoder.conv("conv_out", input, config.out_channels, 3)?,
            config: config.clone(),
        })
    }

    /// Pixels per latent, in each direction: 8.
    pub fn scale(&self) -> usize {
        1 << (self.config.block_out_channels.len() - 1)
    }

    /// The picture of latents `[1, 4, h, w]` as the UNet has them: `[1, 3, 8 h, 8 w]`, about -1 to 1.
    ///
    /// # Errors
    /// The device's.
    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
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
        let x = (x + config.shift_factor.unwrap_or(0.0))?;
        let x = match &self.post_quant_conv {
            Some(conv) => conv.forward(&x)?,
            None => x,
        };
        let mut x = self.mid.0.forward(&self.conv_in.forward(&x)?, None)?;
        if let Some(attention) = &self.mid.1 {
            x = attention.forward(&x)?;
        }
        x = self.mid.2.forward(&x, None)?;
        for block in &self.up_blocks {
            for resnet in &block.resnets {
                x = resnet.forward(&x, None)?;
            }
            if let Some(upsampler) = &block.upsampler {
                let (_, _, height, width) = x.dims4()?;
                x = upsampler.forward(&x, (2 * height, 2 * width))?;
            }
        }
        self.conv_out.forward(&self.conv_norm_out.forward_silu(&x)?)
    }
}
