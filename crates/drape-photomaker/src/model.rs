//! The ID encoder of PhotoMaker v1 and the fuse module of both versions (Li et al., arXiv 2312.04461): the
//! classes `PhotoMakerIDEncoder` and `FuseModule`.
//! <https://github.com/TencentARC/PhotoMaker/blob/main/photomaker/model.py>
//!
//! The encoder makes one token (v1) or two (v2) of each photo. The fuse module mixes each with the
//! embedding of the class word, and the result takes that word's place in the prompt.

use candle_core::{D, Tensor};

use crate::clip::VisionModel;
use crate::error::{Error, Result};
use crate::model_v2::QFormerPerceiver;
use crate::ops::{Activation, LayerNorm, Linear, Weights};

/// Two linear layers after a norm, with or without the input added.
#[derive(Debug)]
struct Mlp {
    layernorm: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    residual: bool,
}

impl Mlp {
    fn load(weights: &Weights<'_>, [input, hidden, output]: [usize; 3], residual: bool) -> Result<Self> {
        Ok(Self {
            layernorm: weights.layer_norm("layernorm", input, 1e-5)?,
            fc1: weights.linear("fc1", input, hidden)?,
            fc2: weights.linear("fc2", hidden, output)?,
            residual,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let inner = Activation::Gelu.forward(&self.fc1.forward(&self.layernorm.forward(x)?)?)?;
        let y = self.fc2.forward(&inner)?;
        Ok(if self.residual { (y + x)? } else { y })
    }
}

/// Mixes identities into the class word's embeddings.
#[derive(Debug)]
pub struct FuseModule {
    mlp1: Mlp,
    mlp2: Mlp,
    layer_norm: LayerNorm,
}

impl FuseModule {
    fn load(weights: &Weights<'_>) -> Result<Self> {
        let width = weights.scope().shape("layer_norm.weight").map_or(2048, |s| s[0]);
        Ok(Self {
            mlp1: Mlp::load(&weights.at("mlp1"), [2 * width, width, width], false)?,
            mlp2: Mlp::load(&weights.at("mlp2"), [width, width, width], true)?,
            layer_norm: weights.layer_norm("layer_norm", width, 1e-5)?,
        })
    }

    /// The prompt `[1, tokens, width]` with the rows of `mask` replaced by their mixture with
    /// `id_embeds` `[ids, width]`, in order.
    ///
    /// # Errors
    /// [`Error::Compute`] when there are more rows or fewer than identities.
    pub fn forward(&self, prompt: &Tensor, id_embeds: &Tensor, mask: &[bool]) -> Result<Tensor> {
        let rows: Vec<u32> = (0u32..).zip(mask).filter(|(_, m)| **m).map(|(i, _)| i).collect();
        let prompt = prompt.squeeze(0)?;
        if rows.len() != id_embeds.dim(0)? {
            return Err(Error::Compute(format!(
                "{} class words for {} identities",
                rows.len(),
                id_embeds.dim(0)?
            )));
        }

        // 1. the class words beside their identities
        let words = prompt.index_select(&Tensor::new(rows.as_slice(), prompt.device())?, 0)?;
        let ids = id_embeds.to_dtype(words.dtype())?;
        let stacked = Tensor::cat(&[words.clone(), ids], D::Minus1)?;

        // 2. mixed
        let mixed = (self.mlp1.forward(&stacked)? + words)?;
        let mixed = self.layer_norm.forward(&self.mlp2.forward(&mixed)?)?;

        // 3. put into the class words' places
        let mut out = Vec::with_capacity(mask.len());
        let mut next = 0;
        for (i, class) in mask.iter().enumerate() {
            out.push(if *class { mixed.narrow(0, next, 1)? } else { prompt.narrow(0, i, 1)? });
            next += usize::from(*class);
        }
        Ok(Tensor::cat(&out, 0)?.unsqueeze(0)?)
    }
}

/// The ID encoder, v1 or v2.
#[derive(Debug)]
pub struct PhotoMakerIDEncoder {
    vision_model: VisionModel,
    visual_projection: Linear,
    visual_projection_2: Linear,
    fuse_module: FuseModule,
    qformer_perceiver: Option<QFormerPerceiver>,
}

/// The output of the ID encoder for the photos of one person.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The last vision layer, `[n, 257, 1024]`.
    pub last_hidden: Tensor,
    /// v1: the whole photo after the last norm, `[n, 1024]`.
    pub pooled: Option<Tensor>,
    /// v2: the face embeddings as tokens, `[n, 2, 2048]`.
    pub face_tokens: Option<Tensor>,
    /// The input of the fuse module, `[n, tokens per photo, 2048]`.
    pub projected: Tensor,
}

impl PhotoMakerIDEncoder {
    /// The encoder under these weights; v2 if they hold a perceiver. No published file gives the number of
    /// heads of the vision model, so they are 64 channels wide unless `heads` says otherwise.
    ///
    /// # Errors
    /// [`Error::Unsupported`] and errors of the device.
    pub fn load(weights: &Weights<'_>, heads: Option<usize>) -> Result<Self> {
        let scope = weights.scope();
        let vision_model = VisionModel::load(&weights.at("vision_model"), heads)?;
        let hidden = vision_model.hidden_size();
        let width = |name: &str, published| scope.shape(name).map_or(published, |s: &[usize]| s[0]);
        let (first, second) =
            (width("visual_projection.weight", 768), width("visual_projection_2.weight", 1280));
        let perceiver = scope.shape("qformer_perceiver.token_norm.weight").is_some();
        Ok(Self {
            vision_model,
            visual_projection: weights.linear_no_bias("visual_projection", hidden, first)?,
            visual_projection_2: weights.linear_no_bias("visual_projection_2", hidden, second)?,
            fuse_module: FuseModule::load(&weights.at("fuse_module"))?,
            qformer_perceiver: if perceiver {
                Some(QFormerPerceiver::load(&weights.at("qformer_perceiver"), hidden)?)
            } else {
                None
            },
        })
    }

    /// Tokens that each photo takes in the prompt: 1 (v1) or 2 (v2).
    pub fn num_tokens(&self) -> usize {
        self.qformer_perceiver.as_ref().map_or(1, QFormerPerceiver::num_tokens)
    }

    /// Whether face embeddings are needed: v2.
    pub fn needs_faces(&self) -> bool {
        self.qformer_perceiver.is_some()
    }

    /// The identity in photos `[n, 3, 224, 224]`; v2 also takes face embeddings `[n, 512]`.
    ///
    /// # Errors
    /// [`Error::Input`] without face embeddings where they are needed.
    pub fn encode(&self, pixels: &Tensor, faces: Option<&Tensor>) -> Result<Identity> {
        let last_hidden = self.vision_model.forward(pixels)?;
        match &self.qformer_perceiver {
            None => {
                let pooled = self.vision_model.pooled(&last_hidden)?;
                let both =
                    [self.visual_projection.forward(&pooled)?, self.visual_projection_2.forward(&pooled)?];
                let projected = Tensor::cat(&both, D::Minus1)?.unsqueeze(1)?;
                Ok(Identity { last_hidden, pooled: Some(pooled), face_tokens: None, projected })
            }
            Some(perceiver) => {
                let faces = faces.ok_or(crate::error::Input::NoFaceModel)?;
                let (tokens, projected) =
                    perceiver.forward(&faces.to_dtype(last_hidden.dtype())?, &last_hidden)?;
                Ok(Identity { last_hidden, pooled: None, face_tokens: Some(tokens), projected })
            }
        }
    }

    /// The whole photos `[n, 1024]` of the vision model's last tokens.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn pooled(&self, last_hidden: &Tensor) -> Result<Tensor> {
        self.vision_model.pooled(last_hidden)
    }

    /// CLIP's features of pictures, `[n, 1024]`, of length 1: pictures of one person are near each other.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn likeness(&self, pixels: &Tensor) -> Result<Tensor> {
        let pooled = self.vision_model.pooled(&self.vision_model.forward(pixels)?)?;
        let norm = pooled.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
        Ok(pooled.broadcast_div(&norm)?)
    }

    /// The prompt `[1, 77, width]` with the identity in place of the class words.
    ///
    /// # Errors
    /// [`Error::Compute`] when mask and identities do not match.
    pub fn fuse(&self, prompt: &Tensor, identity: &Identity, mask: &[bool]) -> Result<Tensor> {
        self.fuse_module.forward(prompt, &identity.projected.flatten_to(1)?, mask)
    }
}
