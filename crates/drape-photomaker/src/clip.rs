//! The CLIP transformer, for texts and for pictures: the text encoders of SDXL and the body of the ID encoder
//! (Radford et al. 2021; OpenCLIP for the larger text encoder). The classes `CLIPEncoderLayer`,
//! `CLIPTextModelWithProjection` and `CLIPVisionModelWithProjection` of transformers.
//! <https://github.com/huggingface/transformers/blob/main/src/transformers/models/clip/modeling_clip.py>

use candle_core::Tensor;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::ops::{Activation, Conv2d, Embedding, LayerNorm, Linear, Weights, attention, channels_last};

/// The `config.json` of a text encoder.
#[derive(Debug, Clone, Deserialize)]
pub struct TextConfig {
    /// Entries of the vocabulary.
    pub vocab_size: usize,
    /// Width of a token.
    pub hidden_size: usize,
    /// Width within a layer's second half.
    pub intermediate_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads of attention.
    pub num_attention_heads: usize,
    /// Most tokens: 77.
    pub max_position_embeddings: usize,
    /// The function between layers.
    pub hidden_act: String,
    /// Epsilon of the layer norms.
    #[serde(default = "layer_norm_eps")]
    pub layer_norm_eps: f64,
    /// Width of the projected text; only of encoders that project.
    #[serde(default)]
    pub projection_dim: Option<usize>,
    /// The end token; 2 in configurations that mean the largest id.
    #[serde(default)]
    pub eos_token_id: Option<u32>,
}

fn layer_norm_eps() -> f64 {
    1e-5
}

/// The sizes of one layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LayerSizes {
    pub(crate) hidden: usize,
    pub(crate) intermediate: usize,
    pub(crate) heads: usize,
    pub(crate) eps: f64,
    pub(crate) activation: Activation,
    /// Whether a token sees only those before it.
    pub(crate) causal: bool,
}

/// One layer: attention and two linear layers, each after a norm and added to its input.
#[derive(Debug)]
pub(crate) struct EncoderLayer {
    layer_norm1: LayerNorm,
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    out_proj: Linear,
    layer_norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    sizes: LayerSizes,
}

impl EncoderLayer {
    pub(crate) fn load(weights: &Weights<'_>, sizes: LayerSizes) -> Result<Self> {
        let LayerSizes { hidden, intermediate, eps, .. } = sizes;
        let attention = weights.at("self_attn");
        let mlp = weights.at("mlp");
        Ok(Self {
            layer_norm1: weights.layer_norm("layer_norm1", hidden, eps)?,
            q_proj: attention.linear("q_proj", hidden, hidden)?,
            k_proj: attention.linear("k_proj", hidden, hidden)?,
            v_proj: attention.linear("v_proj", hidden, hidden)?,
            out_proj: attention.linear("out_proj", hidden, hidden)?,
            layer_norm2: weights.layer_norm("layer_norm2", hidden, eps)?,
            fc1: mlp.linear("fc1", hidden, intermediate)?,
            fc2: mlp.linear("fc2", intermediate, hidden)?,
            sizes,
        })
    }

    /// `x` `[batch, tokens, hidden]`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        // 1. self-attention
        let normed = self.layer_norm1.forward(x)?;
        let (q, k, v) =
            (self.q_proj.forward(&normed)?, self.k_proj.forward(&normed)?, self.v_proj.forward(&normed)?);
        let heads = self.sizes.heads;
        let scale = 1.0 / ((self.sizes.hidden / heads) as f64).sqrt();
        let seen = attention([&q, &k, &v], heads, scale, self.sizes.causal)?;
        let x = (x + self.out_proj.forward(&seen)?)?;

        // 2. feed-forward
        let inner = self.fc1.forward(&self.layer_norm2.forward(&x)?)?;
        let inner = self.sizes.activation.forward(&inner)?;
        Ok((x + self.fc2.forward(&inner)?)?)
    }
}

/// A CLIP text encoder, with or without the projection of the whole text.
#[derive(Debug)]
pub struct TextEncoder {
    token_embedding: Embedding,
    position_embedding: Tensor,
    layers: Vec<EncoderLayer>,
    final_layer_norm: LayerNorm,
    text_projection: Option<Linear>,
    config: TextConfig,
}

/// The output of a text encoder for one text.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The tokens as they enter the last layer, without the last norm, `[batch, 77, hidden]`.
    pub hidden: Tensor,
    /// The whole text, projected, `[batch, projection]`; only of encoders that project.
    pub pooled: Option<Tensor>,
}

impl TextEncoder {
    /// The encoder under `text_model` and, with `projected`, `text_projection`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for functions and sizes that this encoder does not know.
    pub fn load(weights: &Weights<'_>, config: &TextConfig, projected: bool) -> Result<Self> {
        let activation = Activation::named(&config.hidden_act)
            .ok_or_else(|| Error::unsupported("text_encoder", format!("hidden_act {}", config.hidden_act)))?;
        let hidden = config.hidden_size;
        let heads = config.num_attention_heads;
        if heads == 0 || !hidden.is_multiple_of(heads) || config.num_hidden_layers < 2 {
            return Err(Error::unsupported("text_encoder", format!("{heads} heads of {hidden}")));
        }
        let sizes = LayerSizes {
            hidden,
            intermediate: config.intermediate_size,
            heads,
            eps: config.layer_norm_eps,
            activation,
            causal: true,
        };
        let model = weights.at("text_model");
        let embeddings = model.at("embeddings");
        let layers = model.at("encoder.layers");
        let layers: Result<_> =
            (0..config.num_hidden_layers).map(|i| EncoderLayer::load(&layers.at(i), sizes)).collect();
        let text_projection = if projected {
            let width = config.projection_dim.unwrap_or(hidden);
            Some(weights.linear_no_bias("text_projection", hidden, width)?)
        } else {
            None
        };
        Ok(Self {
            token_embedding: embeddings.embedding("token_embedding", config.vocab_size, hidden)?,
            position_embedding: embeddings
                .tensor("position_embedding.weight", &[config.max_position_embeddings, hidden])?,
            layers: layers?,
            final_layer_norm: model.layer_norm("final_layer_norm", hidden, config.layer_norm_eps)?,
            text_projection,
            config: config.clone(),
        })
    }

    /// Width of a token.
    pub fn hidden_size(&self) -> usize {
        self.config.hidden_size
    }

    /// Encodes one text of 77 ids.
    ///
    /// # Errors
    /// [`Error::Compute`] for ids beyond the vocabulary, and errors of the device.
    pub fn forward(&self, ids: &[u32]) -> Result<Encoded> {
        // 1. embeddings
        let positions = self.position_embedding.narrow(0, 0, ids.len())?;
        let mut x = (self.token_embedding.forward(ids)? + positions)?.unsqueeze(0)?;

        // 2. layers, without the last one, which SDXL does not use
        let last = self.layers.len() - 1;
        for layer in &self.layers[..last] {
            x = layer.forward(&x)?;
        }
        let hidden = x;

        // 3. the pooled text: the last layer, the norm, the end token, the projection
        let pooled = match &self.text_projection {
            None => None,
            Some(projection) => {
                let x = self.final_layer_norm.forward(&self.layers[last].forward(&hidden)?)?;
                Some(projection.forward(&x.narrow(1, self.end(ids), 1)?.squeeze(1)?)?)
            }
        };
        Ok(Encoded { hidden, pooled })
    }

    /// The place of the end token. SDXL's configurations say 2, which stands for the first occurrence of the
    /// largest id, because the vocabulary's end token is its last entry.
    fn end(&self, ids: &[u32]) -> usize {
        let wanted = match self.config.eos_token_id {
            None | Some(2) => ids.iter().copied().max().unwrap_or(0),
            Some(id) => id,
        };
        ids.iter().position(|id| *id == wanted).unwrap_or(0)
    }
}

/// The CLIP vision transformer.
#[derive(Debug)]
pub struct VisionModel {
    class_embedding: Tensor,
    patch_embedding: Conv2d,
    position_embedding: Tensor,
    pre_layrnorm: LayerNorm,
    layers: Vec<EncoderLayer>,
    post_layernorm: LayerNorm,
}

impl VisionModel {
    /// The model under these weights. A published file has no configuration, so sizes are read off the
    /// tensors. `heads`: the number of heads; `None` for heads of 64 channels, as in every published model.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn load(weights: &Weights<'_>, heads: Option<usize>) -> Result<Self> {
        let embeddings = weights.at("embeddings");
        let patch = embeddings.scope().shape("patch_embedding.weight").map(<[usize]>::to_vec);
        let &[hidden, channels, patch, _] = patch.as_deref().unwrap_or(&[1024, 3, 14, 14]) else {
            return Err(Error::unsupported("id_encoder", "patch_embedding.weight is no convolution"));
        };
        let positions = embeddings.scope().shape("position_embedding.weight").map_or(257, |s| s[0]);
        let layers = weights.at("encoder.layers");
        let intermediate = layers.scope().shape("0.mlp.fc1.weight").map_or(4 * hidden, |s| s[0]);
        let heads = heads.unwrap_or_else(|| (hidden / 64).max(1));
        let activation = Activation::QuickGelu;
        let sizes = LayerSizes { hidden, intermediate, heads, eps: 1e-5, activation, causal: false };
        let count = weights.at("encoder").scope().count("layers");
        let layers: Result<_> = (0..count).map(|i| EncoderLayer::load(&layers.at(i), sizes)).collect();
        Ok(Self {
            class_embedding: embeddings.tensor("class_embedding", &[hidden])?,
            patch_embedding: embeddings.conv_with(
                "patch_embedding",
                [channels, hidden, patch],
                (patch, 0),
                false,
            )?,
            position_embedding: embeddings.tensor("position_embedding.weight", &[positions, hidden])?,
            pre_layrnorm: weights.layer_norm("pre_layrnorm", hidden, 1e-5)?,
            layers: layers?,
            post_layernorm: weights.layer_norm("post_layernorm", hidden, 1e-5)?,
        })
    }

    /// Width of a token.
    pub fn hidden_size(&self) -> usize {
        self.class_embedding.elem_count()
    }

    /// The last layer's tokens `[n, 1 + patches, hidden]` of pictures `[n, 3, 224, 224]`, without a norm.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn forward(&self, pixels: &Tensor) -> Result<Tensor> {
        // 1. embeddings
        let patches = self.patch_embedding.forward(&pixels.to_dtype(self.class_embedding.dtype())?)?;
        let patches = channels_last(&patches)?;
        let (n, _, hidden) = patches.dims3()?;
        let class = self.class_embedding.reshape((1, 1, hidden))?.broadcast_as((n, 1, hidden))?;
        let x = Tensor::cat(&[class.contiguous()?, patches], 1)?;
        let mut x = self.pre_layrnorm.forward(&x.broadcast_add(&self.position_embedding)?)?;

        // 2. layers
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        Ok(x)
    }

    /// The first token after the last norm, `[n, hidden]`: the picture as a whole.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn pooled(&self, last_hidden: &Tensor) -> Result<Tensor> {
        self.post_layernorm.forward(&last_hidden.narrow(1, 0, 1)?.squeeze(1)?)
    }
}
