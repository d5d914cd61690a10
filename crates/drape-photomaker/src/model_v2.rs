//! The part that PhotoMaker v2 adds to the ID encoder: it turns a face embedding into tokens, which then
//! attend to the photo. The class `QFormerPerceiver`.
//! <https://github.com/TencentARC/PhotoMaker/blob/main/photomaker/model_v2.py>

use candle_core::Tensor;

use crate::error::{Error, Result};
use crate::ops::{Activation, LayerNorm, Linear, Weights};
use crate::resampler::FacePerceiverResampler;

/// Turns face embeddings into tokens for the fuse module.
#[derive(Debug)]
pub(crate) struct QFormerPerceiver {
    token_proj: (Linear, Linear),
    token_norm: LayerNorm,
    perceiver_resampler: FacePerceiverResampler,
    width: usize,
    num_tokens: usize,
}

impl QFormerPerceiver {
    pub(crate) fn load(weights: &Weights<'_>, vision: usize) -> Result<Self> {
        let scope = weights.scope();
        let shape = |name: &str| scope.shape(name).map(<[usize]>::to_vec);
        let width = shape("token_norm.weight").map_or(2048, |s| s[0]);
        let first = shape("token_proj.0.weight").unwrap_or_else(|| vec![2048, 512]);
        let second = shape("token_proj.2.weight").map_or(4096, |s| s[0]);
        let &[inner, face] = first.as_slice() else {
            return Err(Error::unsupported("id_encoder", "token_proj.0.weight is no matrix"));
        };
        let projection = weights.at("token_proj");
        Ok(Self {
            token_proj: (projection.linear("0", face, inner)?, projection.linear("2", inner, second)?),
            token_norm: weights.layer_norm("token_norm", width, 1e-5)?,
            perceiver_resampler: FacePerceiverResampler::load(
                &weights.at("perceiver_resampler"),
                (width, vision),
            )?,
            width,
            num_tokens: second / width.max(1),
        })
    }

    pub(crate) fn num_tokens(&self) -> usize {
        self.num_tokens
    }

    /// `faces` `[n, 512]` and the vision model's tokens `[n, 257, 1024]` become the face tokens and the input
    /// of the fuse module, both `[n, 2, 2048]`.
    pub(crate) fn forward(&self, faces: &Tensor, last_hidden: &Tensor) -> Result<(Tensor, Tensor)> {
        // 1. faces to tokens
        let inner = Activation::Gelu.forward(&self.token_proj.0.forward(faces)?)?;
        let tokens = self.token_proj.1.forward(&inner)?;
        let tokens = self.token_norm.forward(&tokens.reshape(((), self.num_tokens, self.width))?)?;

        // 2. tokens look at the photo
        let seen = self.perceiver_resampler.forward(&tokens, last_hidden)?;
        let projected = (&tokens + seen)?;
        Ok((tokens, projected))
    }
}
