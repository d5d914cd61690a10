//! TAESDXL, a decoder of a few thousand multiplications per pixel, for previews (Ollin Boer Bohan, MIT): the
//! classes `AutoencoderTiny` and `DecoderTiny` of diffusers.
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/autoencoders/autoencoder_tiny.py>
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/autoencoders/vae.py>

use candle_core::Tensor;
use serde::Deserialize;

use crate::error::Result;
use crate::ops::{Activation, Conv2d, Weights, upsample};

/// The `config.json` of the decoder.
#[derive(Debug, Clone, Deserialize)]
pub struct TinyConfig {
    /// Channels per level.
    pub decoder_block_out_channels: Vec<usize>,
    /// Blocks per level.
    pub num_decoder_blocks: Vec<usize>,
    /// Channels of the latents.
    #[serde(default = "four")]
    pub latent_channels: usize,
    /// Channels of the picture.
    #[serde(default = "three")]
    pub out_channels: usize,
    /// Factor on the latents.
    #[serde(default = "one")]
    pub scaling_factor: f64,
}

fn four() -> usize {
    4
}

fn three() -> usize {
    3
}

fn one() -> f64 {
    1.0
}

impl Default for TinyConfig {
    /// The published one.
    fn default() -> Self {
        Self {
            decoder_block_out_channels: vec![64; 4],
            num_decoder_blocks: vec![3, 3, 3, 1],
            latent_channels: 4,
            out_channels: 3,
            scaling_factor: 1.0,
        }
    }
}

#[derive(Debug)]
enum Layer {
    Conv(Conv2d),
    Relu,
    Block(Box<[Conv2d; 3]>),
    Upsample,
}

/// Turns latents into pictures, roughly and quickly.
#[derive(Debug)]
pub struct AutoencoderTiny {
    layers: Vec<Layer>,
    scaling_factor: f64,
}

impl AutoencoderTiny {
    /// The decoder under these weights.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn load(weights: &Weights<'_>, config: &TinyConfig) -> Result<Self> {
        let at = weights.at("decoder.layers");
        let first = config.decoder_block_out_channels.first().copied().unwrap_or(64);
        let mut layers = vec![Layer::Conv(at.conv("0", config.latent_channels, first, 3)?), Layer::Relu];
        let levels = config.num_decoder_blocks.len();
        for (i, &blocks) in config.num_decoder_blocks.iter().enumerate() {
            let width = config.decoder_block_out_channels.get(i).copied().unwrap_or(first);
            for _ in 0..blocks {
                let at = at.at(layers.len());
                let conv = at.at("conv");
                layers.push(Layer::Block(Box::new([
                    conv.conv("0", width, width, 3)?,
                    conv.conv("2", width, width, 3)?,
                    conv.conv("4", width, width, 3)?,
                ])));
            }
            let last = i + 1 == levels;
            if !last {
                layers.push(Layer::Upsample);
            }
            let output = if last {
                config.out_channels
            } else {
                config.decoder_block_out_channels.get(i + 1).copied().unwrap_or(width)
            };
            let name = layers.len().to_string();
            layers.push(Layer::Conv(at.conv_with(&name, [width, output, 3], (1, 1), last)?));
        }
        Ok(Self { layers, scaling_factor: config.scaling_factor })
    }

    /// The picture of latents `[1, 4, h, w]` as the UNet has them: `[1, 3, 8 h, 8 w]`, about -1 to 1.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        // 1. pre-process
        let x = (latents / self.scaling_factor)?;
        let mut x = ((x / 3.0)?.tanh()? * 3.0)?;

        // 2. layers
        for layer in &self.layers {
            x = match layer {
                Layer::Conv(conv) => conv.forward(&x)?,
                Layer::Relu => Activation::Relu.forward(&x)?,
                Layer::Block(conv) => {
                    let h = Activation::Relu.forward(&conv[0].forward(&x)?)?;
                    let h = Activation::Relu.forward(&conv[1].forward(&h)?)?;
                    let h = conv[2].forward(&h)?;
                    Activation::Relu.forward(&(h + x)?)?
                }
                Layer::Upsample => {
                    let (_, _, height, width) = x.dims4()?;
                    upsample(&x, 2 * height, 2 * width)?
                }
            };
        }

        // 3. post-process
        Ok(((x * 2.0)? - 1.0)?)
    }
}
