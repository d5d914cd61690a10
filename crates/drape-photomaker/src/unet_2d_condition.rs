//! The UNet of SDXL (diffusers `unet_2d_condition.py`, `unet_2d_blocks.py`; Podell et al. 2023).

use candle_core::{DType, Tensor};
use serde::Deserialize;

use crate::attention::{Transformer2DModel, TransformerSizes};
use crate::error::{Error, Result};
use crate::ops::{Activation, Conv2d, GroupNorm, Weights};
use crate::resnet::{Downsample2D, ResnetBlock2D, TimestepEmbedding, Upsample2D, sinusoids};

/// One number for all levels, or one each.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum PerLevel {
    /// The same everywhere.
    All(usize),
    /// One per level.
    Each(Vec<usize>),
}

impl PerLevel {
    fn at(&self, level: usize) -> usize {
        match self {
            Self::All(n) => *n,
            Self::Each(list) => list.get(level).or(list.last()).copied().unwrap_or(1),
        }
    }
}

/// What `config.json` of the UNet says.
#[derive(Debug, Clone, Deserialize)]
pub struct UNetConfig {
    /// Channels of the latents.
    pub in_channels: usize,
    /// Channels of the prediction.
    pub out_channels: usize,
    /// Channels per level.
    pub block_out_channels: Vec<usize>,
    /// Kinds of the levels on the way down.
    pub down_block_types: Vec<String>,
    /// Kinds of the levels on the way up.
    pub up_block_types: Vec<String>,
    /// Residual blocks per level.
    pub layers_per_block: usize,
    /// Transformer blocks per level.
    pub transformer_layers_per_block: PerLevel,
    /// Heads per level, whatever the name says; `num_attention_heads` goes before it.
    pub attention_head_dim: PerLevel,
    /// Heads per level.
    #[serde(default)]
    pub num_attention_heads: Option<PerLevel>,
    /// Width of a token of the prompt.
    pub cross_attention_dim: usize,
    /// `text_time` for SDXL.
    #[serde(default)]
    pub addition_embed_type: Option<String>,
    /// Width of each embedded size.
    #[serde(default)]
    pub addition_time_embed_dim: Option<usize>,
    /// Width of pooled text and embedded sizes together.
    #[serde(default)]
    pub projection_class_embeddings_input_dim: Option<usize>,
    /// Groups of the norms.
    #[serde(default = "groups")]
    pub norm_num_groups: usize,
    /// Of the norms.
    #[serde(default = "eps")]
    pub norm_eps: f64,
    /// Cosines before sines.
    #[serde(default = "yes")]
    pub flip_sin_to_cos: bool,
    /// Shift of the frequencies.
    #[serde(default)]
    pub freq_shift: f64,
    /// Pixels of the latents that the model was trained on.
    #[serde(default)]
    pub sample_size: Option<usize>,
    /// `silu`.
    #[serde(default = "silu")]
    pub act_fn: String,
    /// `default`.
    #[serde(default)]
    pub resnet_time_scale_shift: Option<String>,
}

fn groups() -> usize {
    32
}

fn eps() -> f64 {
    1e-5
}

fn yes() -> bool {
    true
}

fn silu() -> String {
    "silu".to_owned()
}

#[derive(Debug)]
struct DownBlock {
    resnets: Vec<ResnetBlock2D>,
    attentions: Vec<Transformer2DModel>,
    downsampler: Option<Downsample2D>,
}

#[derive(Debug)]
struct MidBlock {
    first: ResnetBlock2D,
    attention: Transformer2DModel,
    second: ResnetBlock2D,
}

#[derive(Debug)]
struct UpBlock {
    resnets: Vec<ResnetBlock2D>,
    attentions: Vec<Transformer2DModel>,
    upsampler: Option<Upsample2D>,
}

/// Predicts the noise in latents, given the time, the prompt and the sizes.
#[derive(Debug)]
pub struct UNet2DConditionModel {
    conv_in: Conv2d,
    time_embedding: TimestepEmbedding,
    add_embedding: TimestepEmbedding,
    down_blocks: Vec<DownBlock>,
    mid_block: MidBlock,
    up_blocks: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    config: UNetConfig,
    dtype: DType,
}

/// What the picture is conditioned on.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The prompt, `[b, 77, 2048]`.
    pub prompt: Tensor,
    /// The pooled prompt, `[b, 1280]`.
    pub pooled: Tensor,
    /// Original size, crop and target size, each height before width, pixels: the same for all.
    pub time_ids: [f64; 6],
}

impl UNet2DConditionModel {
    /// The UNet under these weights.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for configurations that are not SDXL's.
    pub fn load(weights: &Weights<'_>, config: &UNetConfig) -> Result<Self> {
        let unsupported = |detail: String| Err(Error::unsupported("unet", detail));
        let channels = &config.block_out_channels;
        let levels = channels.len();
        if levels == 0 || config.down_block_types.len() != levels || config.up_block_types.len() != levels {
            return unsupported(format!("{levels} levels"));
        }
        if config.addition_embed_type.as_deref() != Some("text_time") {
            return unsupported(format!("addition_embed_type {:?}", config.addition_embed_type));
        }
        if config.act_fn != "silu"
            || config.resnet_time_scale_shift.as_deref().unwrap_or("default") != "default"
        {
            return unsupported(format!("act_fn {}", config.act_fn));
        }
        let Some(added) = config.projection_class_embeddings_input_dim else {
            return unsupported("projection_class_embeddings_input_dim is missing".to_owned());
        };
        let heads = config.num_attention_heads.as_ref().unwrap_or(&config.attention_head_dim);
        let sizes = |level: usize| TransformerSizes {
            layers: config.transformer_layers_per_block.at(level),
            heads: heads.at(level).max(1),
            prompt: config.cross_attention_dim,
            groups: config.norm_num_groups,
        };
        let time = 4 * channels[0];
        let norm = (config.norm_num_groups, config.norm_eps);
        let resnet =
            |at: &Weights<'_>, input, output| ResnetBlock2D::load(at, (input, output), norm, Some(time));

        let mut down_blocks = Vec::new();
        let mut input = channels[0];
        for (level, kind) in config.down_block_types.iter().enumerate() {
            let at = weights.at("down_blocks").at(level);
            let output = channels[level];
            let attends = attends(kind, "DownBlock2D", "CrossAttnDownBlock2D")?;
            let mut block = DownBlock { resnets: Vec::new(), attentions: Vec::new(), downsampler: None };
            for i in 0..config.layers_per_block {
                let from = if i == 0 { input } else { output };
                block.resnets.push(resnet(&at.at("resnets").at(i), from, output)?);
                if attends {
                    let at = at.at("attentions").at(i);
                    block.attentions.push(Transformer2DModel::load(&at, output, sizes(level))?);
                }
            }
            if level + 1 < levels {
                block.downsampler = Some(Downsample2D::load(&at.at("downsamplers.0"), output)?);
            }
            down_blocks.push(block);
            input = output;
        }

        let at = weights.at("mid_block");
        let mid_block = MidBlock {
            first: resnet(&at.at("resnets.0"), input, input)?,
            attention: Transformer2DModel::load(&at.at("attentions.0"), input, sizes(levels - 1))?,
            second: resnet(&at.at("resnets.1"), input, input)?,
        };

        let mut up_blocks = Vec::new();
        let mut previous = input;
        for (i, kind) in config.up_block_types.iter().enumerate() {
            let level = levels - 1 - i;
            let at = weights.at("up_blocks").at(i);
            let output = channels[level];
            let below = channels[level.saturating_sub(1)];
            let attends = attends(kind, "UpBlock2D", "CrossAttnUpBlock2D")?;
            let mut block = UpBlock { resnets: Vec::new(), attentions: Vec::new(), upsampler: None };
            for j in 0..=config.layers_per_block {
                let skip = if j == config.layers_per_block { below } else { output };
                let from = if j == 0 { previous } else { output };
                block.resnets.push(resnet(&at.at("resnets").at(j), from + skip, output)?);
                if attends {
                    let at = at.at("attentions").at(j);
                    block.attentions.push(Transformer2DModel::load(&at, output, sizes(level))?);
                }
            }
            if level > 0 {
                block.upsampler = Some(Upsample2D::load(&at.at("upsamplers.0"), output)?);
            }
            up_blocks.push(block);
            previous = output;
        }

        Ok(Self {
            conv_in: weights.conv("conv_in", config.in_channels, channels[0], 3)?,
            time_embedding: TimestepEmbedding::load(&weights.at("time_embedding"), channels[0], time)?,
            add_embedding: TimestepEmbedding::load(&weights.at("add_embedding"), added, time)?,
            down_blocks,
            mid_block,
            up_blocks,
            conv_norm_out: weights.group_norm("conv_norm_out", channels[0], norm)?,
            conv_out: weights.conv("conv_out", channels[0], config.out_channels, 3)?,
            config: config.clone(),
            dtype: weights.place().dtype,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &UNetConfig {
        &self.config
    }

    /// The prediction for latents `[b, 4, h, w]` at `timestep`, `[b, 4, h, w]` in single precision.
    ///
    /// # Errors
    /// The device's.
    pub fn forward(&self, latents: &Tensor, timestep: f64, condition: &Condition) -> Result<Tensor> {
        let batch = latents.dim(0)?;
        let prompt = condition.prompt.to_dtype(self.dtype)?;
        let time = Activation::Silu.forward(&self.time(timestep, batch, condition)?)?;
        let time = Some(&time);

        let mut x = self.conv_in.forward(&latents.to_dtype(self.dtype)?)?;
        let mut skips = vec![x.clone()];
        for block in &self.down_blocks {
            for (i, resnet) in block.resnets.iter().enumerate() {
                x = resnet.forward(&x, time)?;
                if let Some(attention) = block.attentions.get(i) {
                    x = attention.forward(&x, &prompt)?;
                }
                skips.push(x.clone());
            }
            if let Some(downsampler) = &block.downsampler {
                x = downsampler.forward(&x)?;
                skips.push(x.clone());
            }
        }
        x = self.mid_block.first.forward(&x, time)?;
        x = self.mid_block.attention.forward(&x, &prompt)?;
        x = self.mid_block.second.forward(&x, time)?;
        for block in &self.up_blocks {
            for (i, resnet) in block.resnets.iter().enumerate() {
                let skip =
                    skips.pop().ok_or_else(|| Error::unsupported("unet", "more blocks up than down"))?;
                x = resnet.forward(&Tensor::cat(&[x, skip], 1)?, time)?;
                if let Some(attention) = block.attentions.get(i) {
                    x = attention.forward(&x, &prompt)?;
                }
            }
            if let (Some(upsampler), Some(skip)) = (&block.upsampler, skips.last()) {
                // The size of the level above rather than twice this one: an odd size was rounded up.
                let (_, _, height, width) = skip.dims4()?;
                x = upsampler.forward(&x, (height, width))?;
            }
        }
        let x = self.conv_out.forward(&self.conv_norm_out.forward_silu(&x)?)?;
        Ok(x.to_dtype(DType::F32)?)
    }

    /// The embedding of time, sizes and pooled text, `[batch, width]`.
    fn time(&self, timestep: f64, batch: usize, condition: &Condition) -> Result<Tensor> {
        let config = &self.config;
        let (flip, shift) = (config.flip_sin_to_cos, config.freq_shift);
        let device = condition.pooled.device();
        let width = config.block_out_channels[0];
        let times = sinusoids(&[timestep], width, flip, shift);
        let times = Tensor::from_vec(times, (1, width), device)?.to_dtype(self.dtype)?;
        let sizes =
            sinusoids(&condition.time_ids, config.addition_time_embed_dim.unwrap_or(256), flip, shift);
        let sizes = Tensor::from_vec(sizes, (1, ()), device)?.to_dtype(self.dtype)?;
        let sizes = sizes.broadcast_as((batch, sizes.dim(1)?))?.contiguous()?;
        let added = Tensor::cat(&[condition.pooled.to_dtype(self.dtype)?, sizes], 1)?;
        Ok(self.time_embedding.forward(&times)?.broadcast_add(&self.add_embedding.forward(&added)?)?)
    }
}

fn attends(kind: &str, without: &str, with: &str) -> Result<bool> {
    if kind == with {
        Ok(true)
    } else if kind == without {
        Ok(false)
    } else {
        Err(Error::unsupported("unet", format!("block {kind}")))
    }
}
