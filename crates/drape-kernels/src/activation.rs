//! Activations: value by value, memory-bound, so split into runs that stay in cache.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{
    arithmetic::{erfc, exp, map},
    expect_len,
    unit::arch,
};

/// Values that one task takes at a time.
const RUN: usize = 16 << 10;

/// A function of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `x / (1 + e⁻ˣ)`.
    Silu,
    /// `x (1 + erf(x / √2)) / 2`.
    Gelu,
    /// `x / (1 + e^(-1.702 x))`, as in OpenAI's CLIP.
    QuickGelu,
}

/// Applies an activation to every value, in place.
pub fn activate(x: &mut [f32], which: Activation) {
    x.par_chunks_mut(RUN).for_each(|values| arch().dispatch(InPlace { values, which }));
}

struct InPlace<'a> {
    values: &'a mut [f32],
    which: Activation,
}

impl WithSimd for InPlace<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.which {
            Activation::Silu => in_place(
                simd,
                self.values,
                #[inline(always)]
                |x| sigmoid_times(simd, x, 1.0),
            ),
            Activation::Gelu => in_place(
                simd,
                self.values,
                #[inline(always)]
                |x| gelu(simd, x),
            ),
            Activation::QuickGelu => in_place(
                simd,
                self.values,
                #[inline(always)]
                |x| sigmoid_times(simd, x, 1.702),
            ),
        }
    }
}

#[inline(always)]
fn in_place<S: Simd>(simd: S, values: &mut [f32], f: impl Fn(S::f32s) -> S::f32s) {
    let (vectors, rest) = S::as_mut_simd_f32s(values);
    for value in vectors {
        *value = f(*value);
    }
    if !rest.is_empty() {
        let value = f(simd.partial_load_f32s(rest));
        simd.partial_store_f32s(rest, value);
    }
}

/// `x / (1 + e^(-factor x))`.
#[inline(always)]
pub(crate) fn sigmoid_times<S: Simd>(simd: S, x: S::f32s, factor: f32) -> S::f32s {
    let below = exp(simd, simd.mul_f32s(x, simd.splat_f32s(-factor)));
    simd.div_f32s(x, simd.add_f32s(below, simd.splat_f32s(1.0)))
}

#[inline(always)]
fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // x Φ(x), computed from the tail of Φ on either side, so that far below zero the result vanishes.
    let size = simd.abs_f32s(x);
    let tail = erfc(simd, simd.mul_f32s(size, simd.splat_f32s(std::f32::consts::FRAC_1_SQRT_2)));
    let beyond = simd.mul_f32s(simd.mul_f32s(size, simd.splat_f32s(0.5)), tail);
    simd.sub_f32s(simd.max_f32s(x, simd.splat_f32s(0.0)), beyond)
}

/// Gated GELU: `out[rows, features] = x[.., ..features] · gelu(x[.., features..])`, `x` being
/// `[rows, 2 · features]`, with the exact (erf) GELU.
///
/// # Panics
/// When a slice does not have the length of its shape.
pub fn geglu(x: &[f32], rows: usize, features: usize, out: &mut [f32]) {
    expect_len("x", x.len(), rows * 2 * features);
    expect_len("out", out.len(), rows * features);
    if out.is_empty() {
        return;
    }
    let rows = (RUN / features).max(1);
    let tasks = x.par_chunks(rows * 2 * features).zip(out.par_chunks_mut(rows * features));
    tasks.for_each(|(x, out)| arch().dispatch(Gated { x, features, out }));
}

struct Gated<'a> {
    x: &'a [f32],
    features: usize,
    out: &'a mut [f32],
}

impl WithSimd for Gated<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (x, out) in self.x.chunks_exact(2 * self.features).zip(self.out.chunks_exact_mut(self.features)) {
            let (value, gate) = x.split_at(self.features);
            map(
                simd,
                gate,
                out,
                #[inline(always)]
                |x| gelu(simd, x),
            );
            let (values, value_rest) = S::as_simd_f32s(value);
            let (outs, out_rest) = S::as_mut_simd_f32s(out);
            for (out, value) in outs.iter_mut().zip(values) {
                *out = simd.mul_f32s(*out, *value);
            }
            for (out, value) in out_rest.iter_mut().zip(value_rest) {
                *out *= value;
            }
        }
    }
}
