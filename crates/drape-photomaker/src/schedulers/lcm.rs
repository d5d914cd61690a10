//! Latent consistency models (diffusers `scheduling_lcm.py`; Luo et al., arXiv 2310.04378): each step
//! predicts the picture and adds noise of the next level.

use candle_core::Tensor;

use super::{Config, Prediction, betas, combine};
use crate::error::{Error, Input, Result};

/// LCM for a number of steps.
#[derive(Debug, Clone)]
pub struct Lcm {
    pub(super) timesteps: Vec<f64>,
    alphas_cumprod: Vec<f64>,
    final_alpha: f64,
    scaling: f64,
    prediction: Prediction,
    clip: Option<f64>,
}

impl Lcm {
    pub(super) fn new(config: &Config, steps: usize) -> Result<Self> {
        let original = config.original_inference_steps.unwrap_or(50);
        if steps > original || original > config.trained() {
            return Err(Input::Steps(steps).into());
        }
        // Distillation taught only every `ratio`-th timestep of the training; spread the steps over those.
        let ratio = config.trained() / original;
        let taught = |i: usize| ((original - i) * ratio - 1) as f64;
        let timesteps =
            (0..steps).map(|i| taught((i as f64 * original as f64 / steps as f64).floor() as usize));
        let alphas_cumprod = betas::alphas_cumprod(config)?;
        Ok(Self {
            timesteps: timesteps.collect(),
            final_alpha: if config.set_alpha_to_one.unwrap_or(true) { 1.0 } else { alphas_cumprod[0] },
            alphas_cumprod,
            scaling: config.timestep_scaling.unwrap_or(10.0),
            prediction: config.prediction()?,
            clip: config.clip_sample.unwrap_or(false).then(|| config.clip_sample_range.unwrap_or(1.0)),
        })
    }

    pub(super) fn step(
        &self,
        i: usize,
        output: &Tensor,
        sample: &Tensor,
        noise: Option<&Tensor>,
    ) -> Result<Tensor> {
        let t = self.timesteps[i];
        let alpha = self.alphas_cumprod[t as usize];
        let beta = 1.0 - alpha;
        let original = match self.prediction {
            Prediction::Epsilon => combine(1.0 / alpha.sqrt(), sample, -(beta / alpha).sqrt(), output)?,
            Prediction::Sample => output.clone(),
            Prediction::V => combine(alpha.sqrt(), sample, -beta.sqrt(), output)?,
        };
        let original = match self.clip {
            Some(range) => original.clamp(-range, range)?,
            None => original,
        };
        // Boundary condition of consistency models: without noise the result is the sample itself.
        const DATA: f64 = 0.5;
        let scaled = t * self.scaling;
        let skip = DATA * DATA / (scaled * scaled + DATA * DATA);
        let out = scaled / (scaled * scaled + DATA * DATA).sqrt();
        let denoised = combine(out, &original, skip, sample)?;
        let Some(next) = self.timesteps.get(i + 1) else {
            return Ok(denoised);
        };
        let alpha = if *next >= 0.0 { self.alphas_cumprod[*next as usize] } else { self.final_alpha };
        let noise = noise.ok_or_else(|| Error::Compute("the scheduler was given no noise".to_owned()))?;
        combine(alpha.sqrt(), &denoised, (1.0 - alpha).sqrt(), noise)
    }
}
