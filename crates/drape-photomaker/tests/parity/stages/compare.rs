//! Compares every computed stage with the reference.

use std::fmt;
use std::path::Path;

use candle_core::{DType, Tensor};
use drape_photomaker::error::Result;
use drape_photomaker::ops::Place;
use serde_json::Value;

use super::case::{Case, Expected};
use super::run::run;

/// The result of one stage. Displayed as a row of a table: name, shape, largest difference, the same relative
/// to the largest value, and the fault.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    name: String,
    shape: Vec<usize>,
    /// The largest difference of any value.
    max: f64,
    /// [`Stage::max`] as a share of the largest value.
    relative: f64,
    pub(crate) outcome: Outcome,
}

/// Whether a stage agrees with the reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Within tolerance.
    Equal,
    /// Outside of this tolerance.
    Differs(String),
    /// The stage was never computed, or has another shape.
    Missing(String),
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = format!("{:?}", self.shape).replace(' ', "");
        write!(f, "{:<72} {shape:<18} {:>10.2e} {:>10.2e}", self.name, self.max, self.relative)?;
        match &self.outcome {
            Outcome::Equal => Ok(()),
            Outcome::Differs(tolerance) => write!(f, "  DIFFERS, tolerance {tolerance}"),
            Outcome::Missing(why) => write!(f, "  MISSING: {why}"),
        }
    }
}

/// Runs the model that the case's [`Case::model`] wrote to `model` and compares every stage. A difference is
/// not an error but a stage of the table.
///
/// # Errors
/// Those of loading and computing.
pub(crate) fn compare(case: &Case, model: &Path, place: &Place) -> Result<Vec<Stage>> {
    let mut stages = Vec::new();
    run(case, model, place, &mut |name, value| {
        if let Some(expected) = expected(case, name) {
            stages.push(stage(case, expected, name, value)?);
        }
        Ok(())
    })?;
    for expected in &case.settings.expected {
        if !stages.iter().any(|stage| stage.name == expected.name) {
            stages.push(missing(expected, "never computed".to_owned()));
        }
    }
    Ok(stages)
}

/// The case's expectation of the stage `name`: the whole stage, or the part that the case stores.
fn expected<'a>(case: &'a Case, name: &str) -> Option<&'a Expected> {
    let thinned = |e: &&Expected| e.name.rsplit_once(".every_").is_some_and(|(base, _)| base == name);
    let all = &case.settings.expected;
    all.iter().find(|e| e.name == name).or_else(|| all.iter().find(thinned))
}

fn stage(case: &Case, expected: &Expected, name: &str, value: &Tensor) -> Result<Stage> {
    let value = value.to_dtype(DType::F32)?;
    let value = match every(&expected.name).filter(|_| expected.name != name) {
        Some(n) => {
            let axis = expected.dim.unwrap_or(1);
            let kept: Vec<u32> = (0..value.dim(axis)?).step_by(n).map(|i| i as u32).collect();
            value.index_select(&Tensor::new(kept, value.device())?, axis)?
        }
        None => value,
    };
    let Some(wanted) = case.expected(&expected.name) else {
        return Ok(missing(expected, "not among the expected tensors".to_owned()));
    };
    if value.dims() != expected.shape.as_slice() {
        return Ok(missing(expected, format!("shape {:?}", value.dims())));
    }
    let found: Vec<f64> = value.flatten_all()?.to_vec1::<f32>()?.into_iter().map(f64::from).collect();
    let differences: Vec<f64> = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).collect();
    // NaN would pass every comparison, so it counts as an infinite difference.
    let max = differences.iter().fold(0.0, |m, d| if d.is_nan() { f64::INFINITY } else { d.max(m) });
    let within = within(expected, max, &differences);
    Ok(Stage {
        name: expected.name.clone(),
        shape: expected.shape.clone(),
        max,
        relative: max / expected.max_abs.max(f64::MIN_POSITIVE),
        outcome: if within { Outcome::Equal } else { Outcome::Differs(format!("{:?}", expected.tolerance)) },
    })
}

/// Whether differences, of which `max` is the largest, are within the tolerance: relative to the largest
/// value, absolute, or absolute for a share of the values; without any of these, they must be equal.
fn within(expected: &Expected, max: f64, differences: &[f64]) -> bool {
    let tolerance = |key: &str| expected.tolerance.get(key).and_then(Value::as_f64);
    if let Some(relative) = tolerance("rel") {
        max <= relative * expected.max_abs
    } else if let Some(most) = tolerance("abs") {
        max <= most
    } else if let (Some(most), Some(part)) = (tolerance("max_abs"), tolerance("max_fraction_differing")) {
        let differing = differences.iter().filter(|d| **d > 0.0).count();
        max <= most && differing as f64 <= part * differences.len() as f64
    } else {
        max == 0.0
    }
}

fn missing(expected: &Expected, why: String) -> Stage {
    Stage {
        name: expected.name.clone(),
        shape: expected.shape.clone(),
        max: f64::NAN,
        relative: f64::NAN,
        outcome: Outcome::Missing(why),
    }
}

/// The `N` of a name that ends in `.every_Nth`.
fn every(name: &str) -> Option<usize> {
    name.rsplit_once(".every_")?.1.strip_suffix("th")?.parse().ok()
}
