//! DDIM (diffusers `scheduling_ddim.py`; Song, Meng and Ermon, arXiv 2010.02502, equation 12 with eta 0).

use candle_core::Tensor;

use super::{Config, Prediction, Spacing, betas, combine};
use crate::error::Result;

/// DDIM for a number of steps.
#[derive(Debug, Clone)]
pub struct Ddim {
    pub(super) timesteps: Vec<f64>,
    alphas_cumprod: Vec<f64>,
    final_alpha: f64,
    stride: usize,
    prediction: Prediction,
    clip: Option<f64>,
}

impl Ddim {
    pub(super) fn new(config: &Config, steps: usize) -> Result<Self> {
        let alphas_cumprod = betas::alphas_cumprod(config)?;
        let spacing = config.spacing(Spacing::Leading)?;
        let first = alphas_cumprod[0];
        Ok(Self {
            timesteps: betas::timesteps(config, spacing, steps, true),
            final_alpha: if config.set_alpha_to_one.unwrap_or(true) { 1.0 } else { first },
            alphas_cumprod,
            stride: config.trained() / steps,
            prediction: config.prediction()?,
            clip: config.clip_sample.unwrap_or(true).then(|| config.clip_sample_range.unwrap_or(1.0)),
        })
    }

    pub(super) fn step(&self, i: usize, output: &Tensor, sample: &Tensor) -> Result<Tensor> {
        let last = self.alphas_cumprod.len() - 1;
        let t = (self.timesteps[i] as usize).min(last);
        let alpha = self.alphas_cumprod[t];
        let alpha_before = t.checked_sub(self.stride).map_or(self.final_alpha, |t| self.alphas_cumprod[t]);
        let beta = 1.0 - alpha;
        let (original, epsilon) = match self.prediction {
            Prediction::Epsilon => {
                let original = combine(1.0 / alpha.sqrt(), sample, -(beta / alpha).sqrt(), output)?;
                (original, output.clone())
            }
            Prediction::Sample => {
                let epsilon = combine(1.0 / beta.sqrt(), sample, -(alpha / beta).sqrt(), output)?;
                (output.clone(), epsilon)
            }
            Prediction::V => (
                combine(alpha.sqrt(), sample, -beta.sqrt(), output)?,
                combine(alpha.sqrt(), output, beta.sqrt(), sample)?,
            ),
        };
        let original = match self.clip {
            Some(range) => original.clamp(-range, range)?,
            None => original,
        };
        combine(alpha_before.sqrt(), &original, (1.0 - alpha_before).sqrt(), &epsilon)
    }
}
