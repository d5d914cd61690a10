//! Schedulers: the noise levels of the steps, and how latents go from one level to the next.
//!
//! All read the checkpoint's `scheduler_config.json` with diffusers' meaning and default of every key, so
//! that a model can run with another scheduler than its own.

mod betas;
mod ddim;
mod dpmsolver_multistep;
mod euler;
mod lcm;

use candle_core::Tensor;
use serde::Deserialize;

use crate::error::{Error, Input, Result};

/// Which scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Song, Meng and Ermon 2020, without noise (eta 0).
    Ddim,
    /// Euler's method (Karras et al. 2022, algorithm 2 without churn).
    Euler,
    /// Euler's method with fresh noise each step (Crowson's k-diffusion).
    EulerAncestral,
    /// DPM-Solver++ of second order (Lu et al. 2022).
    DpmPlusPlus2M,
    /// Latent consistency (Luo et al. 2023): few steps, for models or LoRAs trained for it.
    Lcm,
}

impl Kind {
    /// Every scheduler.
    pub const ALL: [Self; 5] =
        [Self::Ddim, Self::Euler, Self::EulerAncestral, Self::DpmPlusPlus2M, Self::Lcm];

    /// The name in arguments and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ddim => "ddim",
            Self::Euler => "euler",
            Self::EulerAncestral => "euler-ancestral",
            Self::DpmPlusPlus2M => "dpm++2m",
            Self::Lcm => "lcm",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }

    /// By the class that a `scheduler_config.json` names.
    fn of_class(class: &str) -> Option<Self> {
        Some(match class {
            "DDIMScheduler" => Self::Ddim,
            "EulerDiscreteScheduler" => Self::Euler,
            "EulerAncestralDiscreteScheduler" => Self::EulerAncestral,
            "DPMSolverMultistepScheduler" => Self::DpmPlusPlus2M,
            "LCMScheduler" => Self::Lcm,
            _ => return None,
        })
    }
}

/// The content of `scheduler_config.json`; missing keys have the class's defaults.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    #[serde(rename = "_class_name")]
    class_name: Option<String>,
    num_train_timesteps: Option<usize>,
    beta_start: Option<f64>,
    beta_end: Option<f64>,
    beta_schedule: Option<String>,
    trained_betas: Option<Vec<f64>>,
    prediction_type: Option<String>,
    timestep_spacing: Option<String>,
    steps_offset: Option<usize>,
    use_karras_sigmas: Option<bool>,
    use_exponential_sigmas: Option<bool>,
    use_beta_sigmas: Option<bool>,
    final_sigmas_type: Option<String>,
    rescale_betas_zero_snr: Option<bool>,
    sigma_min: Option<f64>,
    sigma_max: Option<f64>,
    timestep_type: Option<String>,
    interpolation_type: Option<String>,
    set_alpha_to_one: Option<bool>,
    clip_sample: Option<bool>,
    clip_sample_range: Option<f64>,
    thresholding: Option<bool>,
    algorithm_type: Option<String>,
    solver_order: Option<usize>,
    solver_type: Option<String>,
    lower_order_final: Option<bool>,
    euler_at_final: Option<bool>,
    use_lu_lambdas: Option<bool>,
    use_flow_sigmas: Option<bool>,
    original_inference_steps: Option<usize>,
    timestep_scaling: Option<f64>,
}

/// What the model predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prediction {
    Epsilon,
    V,
    Sample,
}

/// How steps are spread over the training's timesteps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    Linspace,
    Leading,
    Trailing,
}

impl Config {
    /// Reads the content of the file.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when a key has a value of another type.
    pub fn parse(value: &serde_json::Value) -> Result<Self> {
        serde_json::from_value(value.clone()).map_err(|e| unsupported(e.to_string()))
    }

    /// The scheduler that the configuration names.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for one that is not known here; another can be chosen by name.
    pub fn kind(&self) -> Result<Kind> {
        let class = self.class_name.as_deref().unwrap_or_default();
        let names = Kind::ALL.map(Kind::name).join(", ");
        Kind::of_class(class).ok_or_else(|| unsupported(format!("{class} (choose one of {names})")))
    }

    /// The same model with steps spread from the noisiest timestep on, as few-step LoRAs need.
    pub fn trailing(mut self) -> Self {
        self.timestep_spacing = Some("trailing".to_owned());
        self
    }

    fn trained(&self) -> usize {
        self.num_train_timesteps.unwrap_or(1000)
    }

    fn offset(&self) -> usize {
        self.steps_offset.unwrap_or(0)
    }

    fn prediction(&self) -> Result<Prediction> {
        Ok(match self.prediction_type.as_deref().unwrap_or("epsilon") {
            "epsilon" => Prediction::Epsilon,
            "v_prediction" => Prediction::V,
            "sample" => Prediction::Sample,
            other => return Err(unsupported(format!("prediction_type {other}"))),
        })
    }

    fn spacing(&self, default: Spacing) -> Result<Spacing> {
        Ok(match self.timestep_spacing.as_deref() {
            None => default,
            Some("linspace") => Spacing::Linspace,
            Some("leading") => Spacing::Leading,
            Some("trailing") => Spacing::Trailing,
            Some(other) => return Err(unsupported(format!("timestep_spacing {other}"))),
        })
    }

    /// Refuses settings that no scheduler here supports.
    fn check(&self) -> Result<()> {
        let off = |name: &str, value: Option<bool>| match value {
            Some(true) => Err(unsupported(name.to_owned())),
            _ => Ok(()),
        };
        off("thresholding", self.thresholding)?;
        off("use_exponential_sigmas", self.use_exponential_sigmas)?;
        off("use_beta_sigmas", self.use_beta_sigmas)?;
        off("use_lu_lambdas", self.use_lu_lambdas)?;
        off("use_flow_sigmas", self.use_flow_sigmas)?;
        if let Some(kind) = self.interpolation_type.as_deref().filter(|k| *k != "linear") {
            return Err(unsupported(format!("interpolation_type {kind}")));
        }
        if let Some(kind) = self.timestep_type.as_deref().filter(|k| *k != "discrete") {
            return Err(unsupported(format!("timestep_type {kind}")));
        }
        Ok(())
    }
}

pub(crate) fn unsupported(detail: impl Into<String>) -> Error {
    Error::unsupported("scheduler", detail)
}

/// A scheduler for a number of steps.
#[derive(Debug, Clone)]
pub enum Scheduler {
    /// [`Kind::Ddim`]
    Ddim(ddim::Ddim),
    /// [`Kind::Euler`] and [`Kind::EulerAncestral`]
    Euler(euler::Euler),
    /// [`Kind::DpmPlusPlus2M`]
    DpmPlusPlus2M(dpmsolver_multistep::DpmSolver),
    /// [`Kind::Lcm`]
    Lcm(lcm::Lcm),
}

impl Scheduler {
    /// The scheduler `kind` (or the one that the configuration names) for `steps` steps.
    ///
    /// # Errors
    /// [`Input::Steps`] when the scheduler has no such number of steps, [`Error::Unsupported`].
    pub fn new(config: &Config, kind: Option<Kind>, steps: usize) -> Result<Self> {
        let kind = match kind {
            Some(kind) => kind,
            None => config.kind()?,
        };
        if steps == 0 || steps > config.trained() {
            return Err(Input::Steps(steps).into());
        }
        config.check()?;
        Ok(match kind {
            Kind::Ddim => Self::Ddim(ddim::Ddim::new(config, steps)?),
            Kind::Euler => Self::Euler(euler::Euler::new(config, steps, false)?),
            Kind::EulerAncestral => Self::Euler(euler::Euler::new(config, steps, true)?),
            Kind::DpmPlusPlus2M => Self::DpmPlusPlus2M(dpmsolver_multistep::DpmSolver::new(config, steps)?),
            Kind::Lcm => Self::Lcm(lcm::Lcm::new(config, steps)?),
        })
    }

    /// The timesteps that the model gets, noisiest first.
    pub fn timesteps(&self) -> &[f64] {
        match self {
            Self::Ddim(s) => &s.timesteps,
            Self::Euler(s) => &s.timesteps,
            Self::DpmPlusPlus2M(s) => &s.timesteps,
            Self::Lcm(s) => &s.timesteps,
        }
    }

    /// The noise levels, one more than steps; empty for schedulers that work without them.
    pub fn sigmas(&self) -> &[f64] {
        match self {
            Self::Euler(s) => &s.sigmas,
            Self::DpmPlusPlus2M(s) => &s.sigmas,
            Self::Ddim(_) | Self::Lcm(_) => &[],
        }
    }

    /// Factor on the initial noise.
    pub fn init_noise_sigma(&self) -> f64 {
        match self {
            Self::Euler(s) => s.init_noise_sigma(),
            _ => 1.0,
        }
    }

    /// Whether every step needs fresh noise.
    pub fn wants_noise(&self) -> bool {
        match self {
            Self::Euler(s) => s.ancestral,
            Self::Lcm(_) => true,
            _ => false,
        }
    }

    /// The scheduler of picture `i` of a batch, with that picture's past prediction only.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn of_picture(&self, i: usize) -> Result<Self> {
        let mut one = self.clone();
        if let Self::DpmPlusPlus2M(s) = &mut one {
            s.before = s.before.as_ref().map(|t| t.narrow(0, i, 1)).transpose()?;
        }
        Ok(one)
    }

    /// One scheduler for pictures that are at the same step, batched with the past prediction of each.
    ///
    /// # Errors
    /// Errors of the device; [`Error::Compute`] for no pictures at all.
    pub fn of_batch(pictures: &[Self]) -> Result<Self> {
        let mut all = pictures.first().cloned().ok_or_else(|| Error::Compute("no pictures".to_owned()))?;
        if let Self::DpmPlusPlus2M(s) = &mut all {
            let before = pictures.iter().filter_map(|p| match p {
                Self::DpmPlusPlus2M(p) => p.before.clone(),
                _ => None,
            });
            let before: Vec<Tensor> = before.collect();
            s.before = if before.is_empty() { None } else { Some(Tensor::cat(&before, 0)?) };
        }
        Ok(all)
    }

    /// The latents scaled for the model's input at step `i`.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn scale_model_input(&self, sample: &Tensor, i: usize) -> Result<Tensor> {
        match self {
            Self::Euler(s) => s.scale_model_input(sample, i),
            _ => Ok(sample.clone()),
        }
    }

    /// The latents after step `i`, from the model's prediction at it. `noise` has the latents' shape and is
    /// required if [`Scheduler::wants_noise`] is true.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn step(
        &mut self,
        i: usize,
        output: &Tensor,
        sample: &Tensor,
        noise: Option<&Tensor>,
    ) -> Result<Tensor> {
        match self {
            Self::Ddim(s) => s.step(i, output, sample),
            Self::Euler(s) => s.step(i, output, sample, noise),
            Self::DpmPlusPlus2M(s) => s.step(i, output, sample),
            Self::Lcm(s) => s.step(i, output, sample, noise),
        }
    }
}

/// `a · x + b · y`.
fn combine(a: f64, x: &Tensor, b: f64, y: &Tensor) -> Result<Tensor> {
    Ok(((x * a)? + (y * b)?)?)
}
