//! The UNet of SDXL (Podell et al. 2023), class `UNet2DConditionModel` of diffusers:
//! <https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/unets/unet_2d_condition.py>

use candle_core::{DType, Tensor};
use serde::Deserialize;

use crate::attention::TransformerSizes;
use crate::error::{Error, Result};
use crate::ops::{Activation, Conv2d, GroupNorm, Weights};
use crate::resnet::{TimestepEmbedding, sinusoids};
use crate::unet_2d_blocks::{BlockCondition, DownBlock, LevelSizes, MidBlock, UpBlock};

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

/// The `config.json` of the UNet.
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
    /// Heads per level, despite the name; `num_attention_heads` overrides it.
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
    /// Epsilon of the norms.
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

impl UNetConfig {
    /// The width of pooled text and embedded sizes together, if this is a configuration of SDXL.
    fn check(&self) -> Result<usize> {
        let unsupported = |detail: String| Err(Error::unsupported("unet", detail));
        let levels = self.block_out_channels.len();
        if levels == 0 || self.down_block_types.len() != levels || self.up_block_types.len() != levels {
            return unsupported(format!("{levels} levels"));
        }
        if self.addition_embed_type.as_deref() != Some("text_time") {
            return unsupported(format!("addition_embed_type {:?}", self.addition_embed_type));
        }
        let shift = self.resnet_time_scale_shift.as_deref();
        if self.act_fn != "silu" || shift.unwrap_or("default") != "default" {
            return unsupported(format!("act_fn {}, resnet_time_scale_shift {shift:?}", self.act_fn));
        }
        match self.projection_class_embeddings_input_dim {
            Some(added) => Ok(added),
            None => unsupported("projection_class_embeddings_input_dim is missing".to_owned()),
        }
    }

    /// The sizes of a level on the way down, with attention or without.
    fn level(&self, level: usize, attends: bool) -> LevelSizes {
        let heads = self.num_attention_heads.as_ref().unwrap_or(&self.attention_head_dim);
        let transformer = TransformerSizes {
            layers: self.transformer_layers_per_block.at(level),
            heads: heads.at(level).max(1),
            prompt: self.cross_attention_dim,
            groups: self.norm_num_groups,
        };
        LevelSizes {
            output: self.block_out_channels[level],
            layers: self.layers_per_block,
            time: 4 * self.block_out_channels[0],
            norm: (self.norm_num_groups, self.norm_eps),
            transformer: attends.then_some(transformer),
        }
    }
}

/// Predicts the noise in latents, given the time, the prompt and the sizes.
#[derive(Debug)]
pub struct UNet2DConditionModel {
    time_embedding: TimestepEmbedding,
    add_embedding: TimestepEmbedding,
    conv_in: Conv2d,
    down_blocks: Vec<DownBlock>,
    mid_block: MidBlock,
    up_blocks: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    config: UNetConfig,
    dtype: DType,
}

/// The conditions of a picture.
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
        let added = config.check()?;
        let channels = &config.block_out_channels;
        let levels = channels.len();
        let (top, bottom) = (channels[0], channels[levels - 1]);

        // 1. time
        let time = 4 * top;
        let time_embedding = TimestepEmbedding::load(&weights.at("time_embedding"), top, time)?;
        let add_embedding = TimestepEmbedding::load(&weights.at("add_embedding"), added, time)?;

        // 2. pre-process
        let conv_in = weights.conv("conv_in", config.in_channels, top, 3)?;

        // 3. down
        let mut down_blocks = Vec::with_capacity(levels);
        for (level, kind) in config.down_block_types.iter().enumerate() {
            let attends = attends(kind, "DownBlock2D", "CrossAttnDownBlock2D")?;
            let sizes = config.level(level, attends);
            let input = channels[level.saturating_sub(1)];
            let at = weights.at("down_blocks").at(level);
            down_blocks.push(DownBlock::load(&at, input, sizes, level + 1 < levels)?);
        }

        // 4. mid
        let mid_block = MidBlock::load(&weights.at("mid_block"), config.level(levels - 1, true))?;

        // 5. up
        let mut up_blocks = Vec::with_capacity(levels);
        let mut previous = bottom;
        for (i, kind) in config.up_block_types.iter().enumerate() {
            let level = levels - 1 - i;
            let attends = attends(kind, "UpBlock2D", "CrossAttnUpBlock2D")?;
            // One residual block more than on the way down: the last one takes the input that the level had
            // there.
            let sizes = LevelSizes { layers: config.layers_per_block + 1, ..config.level(level, attends) };
            let above = channels[level.saturating_sub(1)];
            let at = weights.at("up_blocks").at(i);
            up_blocks.push(UpBlock::load(&at, (previous, above), sizes, level > 0)?);
            previous = sizes.output;
        }

        // 6. post-process
        let norm = (config.norm_num_groups, config.norm_eps);
        let conv_norm_out = weights.group_norm("conv_norm_out", top, norm)?;
        let conv_out = weights.conv("conv_out", top, config.out_channels, 3)?;

        Ok(Self {
            time_embedding,
            add_embedding,
            conv_in,
            down_blocks,
            mid_block,
            up_blocks,
            conv_norm_out,
            conv_out,
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
    /// Errors of the device.
    pub fn forward(&self, latents: &Tensor, timestep: f64, condition: &Condition) -> Result<Tensor> {
        // 1. time
        let time = self.time(timestep, latents.dim(0)?, condition)?;
        let time = Activation::Silu.forward(&time)?;
        let prompt = condition.prompt.to_dtype(self.dtype)?;
        let condition = BlockCondition { time: &time, prompt: &prompt };

        // 2. pre-process
        let mut x = self.conv_in.forward(&latents.to_dtype(self.dtype)?)?;

        // 3. down
        let mut skips = vec![x.clone()];
        for block in &self.down_blocks {
            x = block.forward(x, condition, &mut skips)?;
        }

        // 4. mid
        x = self.mid_block.forward(&x, condition)?;

        // 5. up
        for block in &self.up_blocks {
            x = block.forward(x, condition, &mut skips)?;
        }

        // 6. post-process
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

/// Whether a level of this `kind` has attention.
fn attends(kind: &str, without: &str, with: &str) -> Result<bool> {
    if kind == with {
        Ok(true)
    } else if kind == without {
        Ok(false)
    } else {
        Err(Error::unsupported("unet", format!("block {kind}")))
    }
}
