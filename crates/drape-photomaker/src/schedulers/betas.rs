//! The noise schedule of the training, and timesteps and sigmas made from it.

use super::{Config, Spacing, unsupported};
use crate::error::Result;

/// The products of `1 - beta`, one per timestep of the training, falling.
///
/// Computed in single precision as the training did, since later steps depend on its rounding.
pub(super) fn alphas_cumprod(config: &Config) -> Result<Vec<f64>> {
    let n = config.trained();
    let start = config.beta_start.unwrap_or(0.0001);
    let end = config.beta_end.unwrap_or(0.02);
    let line =
        |from: f64, to: f64| (0..n).map(move |i| from + (to - from) * i as f64 / (n.max(2) - 1) as f64);
    let mut betas: Vec<f64> =
        match (&config.trained_betas, config.beta_schedule.as_deref().unwrap_or("linear")) {
            (Some(betas), _) => betas.clone(),
            (None, "linear") => line(start, end).collect(),
            (None, "scaled_linear") => {
                line(start.sqrt(), end.sqrt()).map(|b| f64::from((b as f32) * (b as f32))).collect()
            }
            (None, "squaredcos_cap_v2") => {
                let bar = |t: f64| ((t + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2).cos().powi(2);
                let at = |i: usize| bar(i as f64 / n as f64);
                (0..n).map(|i| (1.0 - at(i + 1) / at(i)).min(0.999)).collect()
            }
            (None, other) => return Err(unsupported(format!("beta_schedule {other}"))),
        };
    if config.rescale_betas_zero_snr == Some(true) {
        betas = zero_snr(&betas);
    }
    let mut product = 1f32;
    let products = betas.iter().map(|b| {
        product *= 1.0 - *b as f32;
        f64::from(product)
    });
    Ok(products.collect())
}

/// Rescales betas to zero terminal SNR (Lin et al. 2023, algorithm 1).
fn zero_snr(betas: &[f64]) -> Vec<f64> {
    let mut product = 1.0;
    let mut roots: Vec<f64> = betas
        .iter()
        .map(|b| {
            product *= 1.0 - b;
            f64::sqrt(product)
        })
        .collect();
    let (first, last) = (roots[0], roots[roots.len() - 1]);
    for root in &mut roots {
        *root = (*root - last) * first / (first - last);
    }
    let bars: Vec<f64> = roots.iter().map(|r| r * r).collect();
    (0..bars.len()).map(|i| if i == 0 { 1.0 - bars[0] } else { 1.0 - bars[i] / bars[i - 1] }).collect()
}

/// Timesteps for `steps` steps, noisiest first, spaced as DDIM and Euler do. `whole` also rounds those of
/// `linspace`, for schedulers that look timesteps up in a table.
pub(super) fn timesteps(config: &Config, spacing: Spacing, steps: usize, whole: bool) -> Vec<f64> {
    let n = config.trained();
    match spacing {
        Spacing::Linspace => {
            let step = (n - 1) as f64 / (steps.max(2) - 1) as f64;
            let at = |i: usize| if whole { (i as f64 * step).round_ties_even() } else { i as f64 * step };
            (0..steps).rev().map(at).collect()
        }
        Spacing::Leading => {
            let ratio = n / steps;
            (0..steps).rev().map(|i| (i * ratio + config.offset()) as f64).collect()
        }
        Spacing::Trailing => {
            let ratio = n as f64 / steps as f64;
            (0..steps).map(|i| (n as f64 - i as f64 * ratio).round_ties_even() - 1.0).collect()
        }
    }
}

/// The noise level of each timestep of the training, rising.
pub(super) fn sigmas(alphas_cumprod: &[f64]) -> Vec<f64> {
    alphas_cumprod.iter().map(|a| ((1.0 - a) / a).sqrt()).collect()
}

/// The noise level at a timestep between those of the training.
pub(super) fn sigma_at(sigmas: &[f64], timestep: f64) -> f64 {
    let last = sigmas.len() - 1;
    let t = timestep.clamp(0.0, last as f64);
    let low = (t.floor() as usize).min(last);
    let high = (low + 1).min(last);
    let part = t - low as f64;
    sigmas[low] * (1.0 - part) + sigmas[high] * part
}

/// Noise levels from the first to the last of `sigmas`, closer together where there is less noise
/// (Karras et al. 2022, equation 5, with rho 7).
pub(super) fn karras(sigmas: &[f64], steps: usize, config: &Config) -> Vec<f64> {
    const RHO: f64 = 7.0;
    let most = config.sigma_max.unwrap_or(sigmas[0]).powf(1.0 / RHO);
    let least = config.sigma_min.unwrap_or(sigmas[sigmas.len() - 1]).powf(1.0 / RHO);
    let part = |i: usize| i as f64 / (steps.max(2) - 1) as f64;
    (0..steps).map(|i| (most + part(i) * (least - most)).powf(RHO)).collect()
}

/// The timestep, possibly fractional, whose noise level is `sigma`; interpolated on its logarithm.
pub(super) fn timestep_of(sigma: f64, trained: &[f64]) -> f64 {
    let log = sigma.max(1e-10).ln();
    let above = trained.partition_point(|s| s.ln() <= log);
    let low = above.saturating_sub(1).min(trained.len() - 2);
    let (from, to) = (trained[low].ln(), trained[low + 1].ln());
    low as f64 + ((log - from) / (to - from)).clamp(0.0, 1.0)
}
