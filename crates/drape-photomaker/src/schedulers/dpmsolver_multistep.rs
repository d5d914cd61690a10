//! DPM-Solver++ with two steps in memory (diffusers `scheduling_dpmsolver_multistep.py`; Lu et al.,
//! arXiv 2211.01095, algorithm 2).

use candle_core::Tensor;

use super::{Config, Prediction, Spacing, betas, combine, unsupported};
use crate::error::Result;

/// DPM-Solver++ for a number of steps.
#[derive(Debug, Clone)]
pub struct DpmSolver {
    pub(super) timesteps: Vec<f64>,
    pub(super) sigmas: Vec<f64>,
    prediction: Prediction,
    second_order: bool,
    heun: bool,
    /// Whether the last step is of first order.
    plain_end: bool,
    /// The last step's prediction of the picture.
    pub(super) before: Option<Tensor>,
}

/// Below this number of steps the last one is of first order, because one of second order would overshoot.
const FEW: usize = 15;

impl DpmSolver {
    pub(super) fn new(config: &Config, steps: usize) -> Result<Self> {
        if let Some(kind) = config.algorithm_type.as_deref().filter(|k| *k != "dpmsolver++") {
            return Err(unsupported(format!("algorithm_type {kind}")));
        }
        let order = config.solver_order.unwrap_or(2);
        if !(1..=2).contains(&order) {
            return Err(unsupported(format!("solver_order {order}")));
        }
        let heun = match config.solver_type.as_deref() {
            None | Some("midpoint" | "logrho" | "bh1" | "bh2") => false,
            Some("heun") => true,
            Some(other) => return Err(unsupported(format!("solver_type {other}"))),
        };
        let mut alphas_cumprod = betas::alphas_cumprod(config)?;
        if config.rescale_betas_zero_snr == Some(true)
            && let Some(last) = alphas_cumprod.last_mut()
        {
            *last = 2f64.powi(-24);
        }
        let trained = betas::sigmas(&alphas_cumprod);
        let n = config.trained();
        let mut timesteps: Vec<f64> = match config.spacing(Spacing::Linspace)? {
            // Spread `steps + 1` timesteps and leave out the last one, 0.
            Spacing::Linspace => {
                let step = (n - 1) as f64 / steps as f64;
                (1..=steps).rev().map(|i| (i as f64 * step).round_ties_even()).collect()
            }
            Spacing::Leading => {
                let ratio = n / (steps + 1);
                (1..=steps).rev().map(|i| (i * ratio + config.offset()) as f64).collect()
            }
            Spacing::Trailing => betas::timesteps(config, Spacing::Trailing, steps, true),
        };
        let mut sigmas: Vec<f64> = timesteps.iter().map(|t| betas::sigma_at(&trained, *t)).collect();
        if config.use_karras_sigmas == Some(true) {
            let all: Vec<f64> = trained.iter().rev().copied().collect();
            sigmas = betas::karras(&all, steps, config);
            timesteps = sigmas.iter().map(|s| betas::timestep_of(*s, &trained)).collect();
            if config.beta_schedule.as_deref() != Some("squaredcos_cap_v2") {
                timesteps.iter_mut().for_each(|t| *t = t.round_ties_even());
            }
        }
        let zero = match config.final_sigmas_type.as_deref() {
            None | Some("zero") => true,
            Some("sigma_min") => false,
            Some(other) => return Err(unsupported(format!("final_sigmas_type {other}"))),
        };
        sigmas.push(if zero { 0.0 } else { trained[0] });
        let lower = config.lower_order_final.unwrap_or(true) && steps < FEW;
        Ok(Self {
            timesteps,
            sigmas,
            prediction: config.prediction()?,
            second_order: order == 2,
            heun,
            plain_end: lower || zero || config.euler_at_final == Some(true),
            before: None,
        })
    }

    pub(super) fn step(&mut self, i: usize, output: &Tensor, sample: &Tensor) -> Result<Tensor> {
        let (from, to) = (self.sigmas[i], self.sigmas[i + 1]);
        let (alpha_from, noise_from) = split(from);
        let (alpha_to, noise_to) = split(to);
        let original = match self.prediction {
            Prediction::Epsilon => combine(1.0 / alpha_from, sample, -noise_from / alpha_from, output)?,
            Prediction::Sample => output.clone(),
            Prediction::V => combine(alpha_from, sample, -noise_from, output)?,
        };
        let last = i + 1 == self.timesteps.len();
        let before = self.before.replace(original.clone());
        // Logarithms of the signal-to-noise ratio.
        let (lambda_from, lambda_to) = (-from.ln(), -to.ln());
        let h = lambda_to - lambda_from;
        let shrink = (-h).exp_m1();
        let plain = combine(noise_to / noise_from, sample, -alpha_to * shrink, &original)?;
        match before {
            Some(before) if self.second_order && !(last && self.plain_end) => {
                let r = (lambda_from + self.sigmas[i - 1].ln()) / h;
                let slope = combine(1.0 / r, &original, -1.0 / r, &before)?;
                let weight = if self.heun { alpha_to * (shrink / h + 1.0) } else { -0.5 * alpha_to * shrink };
                combine(1.0, &plain, weight, &slope)
            }
            _ => Ok(plain),
        }
    }
}

/// Shares of picture and noise at a noise level.
fn split(sigma: f64) -> (f64, f64) {
    let alpha = 1.0 / (sigma * sigma + 1.0).sqrt();
    (alpha, sigma * alpha)
}
