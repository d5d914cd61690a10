//! Euler's method on the noise level, plain (diffusers `scheduling_euler_discrete.py`; Karras et al.,
//! arXiv 2206.00364) and ancestral (`scheduling_euler_ancestral_discrete.py`).

use candle_core::Tensor;

use super::{Config, Prediction, Spacing, betas, combine, unsupported};
use crate::error::{Error, Result};

/// Euler's method for a number of steps.
#[derive(Debug, Clone)]
pub struct Euler {
    pub(super) timesteps: Vec<f64>,
    pub(super) sigmas: Vec<f64>,
    pub(super) ancestral: bool,
    prediction: Prediction,
    spacing: Spacing,
}

impl Euler {
    pub(super) fn new(config: &Config, steps: usize, ancestral: bool) -> Result<Self> {
        let mut alphas_cumprod = betas::alphas_cumprod(config)?;
        if config.rescale_betas_zero_snr == Some(true)
            && let Some(last) = alphas_cumprod.last_mut()
        {
            // Zero terminal SNR would mean an infinite noise level; use half precision's smallest number
            // instead of 0.
            *last = 2f64.powi(-24);
        }
        let trained = betas::sigmas(&alphas_cumprod);
        let spacing = config.spacing(Spacing::Linspace)?;
        let mut timesteps = betas::timesteps(config, spacing, steps, false);
        let mut sigmas: Vec<f64> = timesteps.iter().map(|t| betas::sigma_at(&trained, *t)).collect();
        if !ancestral && config.use_karras_sigmas == Some(true) {
            sigmas = betas::karras(&sigmas, steps, config);
            timesteps = sigmas.iter().map(|s| betas::timestep_of(*s, &trained)).collect();
        }
        sigmas.push(match config.final_sigmas_type.as_deref() {
            None | Some("zero") => 0.0,
            Some("sigma_min") if !ancestral => trained[0],
            Some("sigma_min") => 0.0,
            Some(other) => return Err(unsupported(format!("final_sigmas_type {other}"))),
        });
        let prediction = config.prediction()?;
        if ancestral && prediction == Prediction::Sample {
            return Err(unsupported("prediction_type sample"));
        }
        Ok(Self { timesteps, sigmas, ancestral, prediction, spacing })
    }

    pub(super) fn init_noise_sigma(&self) -> f64 {
        let most = self.sigmas.iter().copied().fold(0.0, f64::max);
        // With leading spacing the first step is less noisy than the training's last timestep, so the scale
        // of the latents includes that of the picture.
        if self.spacing == Spacing::Leading { (most * most + 1.0).sqrt() } else { most }
    }

    pub(super) fn scale_model_input(&self, sample: &Tensor, i: usize) -> Result<Tensor> {
        let sigma = self.sigmas[i];
        Ok((sample / (sigma * sigma + 1.0).sqrt())?)
    }

    pub(super) fn step(
        &self,
        i: usize,
        output: &Tensor,
        sample: &Tensor,
        noise: Option<&Tensor>,
    ) -> Result<Tensor> {
        let (from, to) = (self.sigmas[i], self.sigmas[i + 1]);
        let square = from * from + 1.0;
        let original = match self.prediction {
            Prediction::Epsilon => combine(1.0, sample, -from, output)?,
            Prediction::V => combine(1.0 / square, sample, -from / square.sqrt(), output)?,
            Prediction::Sample => output.clone(),
        };
        let derivative = combine(1.0 / from, sample, -1.0 / from, &original)?;
        if !self.ancestral {
            return combine(1.0, sample, to - from, &derivative);
        }
        let up = (to * to * (from * from - to * to) / (from * from)).sqrt();
        let down = (to * to - up * up).max(0.0).sqrt();
        let next = combine(1.0, sample, down - from, &derivative)?;
        let noise = noise.ok_or_else(|| Error::Compute("the scheduler was given no noise".to_owned()))?;
        combine(1.0, &next, up, noise)
    }
}
