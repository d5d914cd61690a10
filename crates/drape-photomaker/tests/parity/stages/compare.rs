//! One stage against what was expected of it.

use candle_core::{DType, Tensor};

use super::case::{Case, Expected};
use crate::error::Result;

/// How one stage came out.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name in the case.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The largest difference of any number.
    pub max: f64,
    /// That, as a part of the largest number.
    pub relative: f64,
    /// Whether it is within the case's tolerance.
    pub outcome: Outcome,
}

/// Whether a stage is what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Within tolerance.
    Equal,
    /// Outside, and what the tolerance is.
    Differs(String),
    /// The stage was never computed, or has another shape.
    Missing(String),
}

impl Case {
    /// Compares a stage's values, whole or as far as the case keeps them, with what is expected; `None`
    /// for stages that the case does not have.
    ///
    /// # Errors
    /// The device's.
    pub fn compare(&self, name: &str, value: &Tensor) -> Result<Option<Stage>> {
        let thinned = |e: &&Expected| e.name.rsplit_once(".every_").is_some_and(|(base, _)| base == name);
        let expected = &self.settings.expected;
        let Some(stage) = expected.iter().find(|e| e.name == name).or(expected.iter().find(thinned)) else {
            return Ok(None);
        };
        let value = value.to_dtype(DType::F32)?;
        let value = match every(&stage.name).filter(|_| stage.name != name) {
            Some(n) => {
                let axis = stage.dim.unwrap_or(1);
                let kept: Vec<u32> = (0..value.dim(axis)?).step_by(n).map(|i| i as u32).collect();
                value.index_select(&Tensor::new(kept, value.device())?, axis)?
            }
            None => value,
        };
        let mut out = Stage {
            name: stage.name.clone(),
            shape: stage.shape.clone(),
            max: 0.0,
            relative: 0.0,
            outcome: Outcome::Equal,
        };
        let Some(wanted) = self.numbers(&stage.name) else {
            out.outcome = Outcome::Missing("not among the expected tensors".to_owned());
            return Ok(Some(out));
        };
        if value.dims() != stage.shape.as_slice() {
            out.outcome = Outcome::Missing(format!("shape {:?}", value.dims()));
            return Ok(Some(out));
        }
        let found: Vec<f64> = value.flatten_all()?.to_vec1::<f32>()?.into_iter().map(f64::from).collect();
        let differences = || found.iter().zip(wanted).map(|(a, b)| (a - b).abs());
        // A number that is none must not count as no difference.
        out.max = differences().fold(0.0, |m, d| if d.is_nan() { f64::INFINITY } else { d.max(m) });
        out.relative = out.max / stage.max_abs.max(f64::MIN_POSITIVE);
        let tolerance = |key: &str| stage.tolerance.get(key).and_then(serde_json::Value::as_f64);
        let within = if let Some(relative) = tolerance("rel") {
            out.max <= relative * stage.max_abs
        } else if let Some(most) = tolerance("abs") {
            out.max <= most
        } else if let (Some(most), Some(part)) = (tolerance("max_abs"), tolerance("max_fraction_differing")) {
            let differing = differences().filter(|d| *d > 0.0).count();
            out.max <= most && differing as f64 <= part * found.len() as f64
        } else {
            out.max == 0.0
        };
        if !within {
            out.outcome = Outcome::Differs(format!("{:?}", stage.tolerance));
        }
        Ok(Some(out))
    }

    /// The names of all expected stages.
    pub fn stages(&self) -> impl Iterator<Item = &str> {
        self.settings.expected.iter().map(|e| e.name.as_str())
    }
}

/// The `N` of a name that ends in `.every_Nth`.
fn every(name: &str) -> Option<usize> {
    name.rsplit_once(".every_")?.1.strip_suffix("th")?.parse().ok()
}
