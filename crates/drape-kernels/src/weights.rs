//! Weights in the type in which a file stores them: `f32`, `f16` or `bf16`, borrowed.

use half::{bf16, f16, slice::HalfFloatSliceExt as _};

/// The weights of one layer, row-major, in the type in which they are stored.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a> {
    /// 32-bit floats.
    F32(&'a [f32]),
    /// IEEE half precision.
    F16(&'a [f16]),
    /// The upper half of a 32-bit float.
    Bf16(&'a [bf16]),
}

impl Weights<'_> {
    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F16(values) => values.len(),
            Self::Bf16(values) => values.len(),
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `into.len()` values from `first` on, as `f32`.
    pub(crate) fn read(&self, first: usize, into: &mut [f32]) {
        let range = first..first + into.len();
        match self {
            Self::F32(values) => into.copy_from_slice(&values[range]),
            Self::F16(values) => values[range].convert_to_f32_slice(into),
            Self::Bf16(values) => {
                for (to, from) in into.iter_mut().zip(&values[range]) {
                    *to = f32::from_bits(u32::from(from.to_bits()) << 16);
                }
            }
        }
    }
}
