//! Helpers of all tests: values, weights of each type, and the comparison.

use drape_kernels::Weights;
use half::{bf16, f16};

/// Reproducible values, roughly normal, from a seed.
pub(crate) fn values(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    (0..count).map(|_| 2.0 * (uniform() + uniform() + uniform())).collect()
}

/// Owned weights of a type.
pub(crate) enum Stored {
    F32(Vec<f32>),
    F16(Vec<f16>),
    Bf16(Vec<bf16>),
}

impl Stored {
    pub(crate) fn new(kind: usize, values: &[f32]) -> Self {
        match kind % 3 {
            0 => Self::F32(values.to_vec()),
            1 => Self::F16(values.iter().map(|x| f16::from_f32(*x)).collect()),
            _ => Self::Bf16(values.iter().map(|x| bf16::from_f32(*x)).collect()),
        }
    }

    pub(crate) fn weights(&self) -> Weights<'_> {
        match self {
            Self::F32(values) => Weights::F32(values),
            Self::F16(values) => Weights::F16(values),
            Self::Bf16(values) => Weights::Bf16(values),
        }
    }

    pub(crate) fn get(&self, at: usize) -> f64 {
        match self {
            Self::F32(values) => f64::from(values[at]),
            Self::F16(values) => f64::from(values[at].to_f32()),
            Self::Bf16(values) => f64::from(values[at].to_f32()),
        }
    }
}

/// Compares by the largest difference, as a share of the largest value (at least 1e-3).
#[track_caller]
pub(crate) fn compare(found: &[f32], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(1e-3, |most: f64, x| most.max(x.abs()));
    for (at, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let difference = (f64::from(*found) - wanted).abs() / largest;
        assert!(
            difference <= tolerance,
            "place {at}: {found} is not {wanted} (off by {difference:e} of {largest})"
        );
    }
}
