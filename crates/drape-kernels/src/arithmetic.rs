//! Functions of one vector, on any unit: exponential, error function, sums.

use pulp::Simd;

/// `eˣ` to about 1e-7 relative for x in -87 to 88; x is clamped to this range.
///
/// `x = n ln 2 + r`, `eʳ` by a polynomial (Cephes `expf`), and 2ⁿ by adding n to the exponent.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // 1.5 · 2²³: adding it leaves the nearest whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = simd.min_f32s(simd.max_f32s(x, simd.splat_f32s(-87.0)), simd.splat_f32s(88.0));
    let shifted = simd.mul_add_e_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUND));
    let n = simd.sub_f32s(shifted, simd.splat_f32s(ROUND));
    // ln 2 in two parts, so that n times the first is exact.
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-0.693_359_4), x);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(2.121_944_4e-4), r);
    let mut p = simd.splat_f32s(1.987_569_1e-4);
    for factor in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        p = simd.mul_add_e_f32s(p, r, simd.splat_f32s(factor));
    }
    let p = simd.mul_add_e_f32s(simd.mul_f32s(p, r), r, simd.add_f32s(r, simd.splat_f32s(1.0)));
    let exponent = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(p), exponent))
}

/// `1 - erf(z)` for z from 0 on, to about 2e-7: `e^(-z²) t p(t)` with `t = 1 / (1 + z / 2)`, the polynomial
/// fitted at Chebyshev points of z in 0 to 5 (the form is that of Abramowitz and Stegun, 7.1.26).
#[inline(always)]
pub(crate) fn erfc<S: Simd>(simd: S, z: S::f32s) -> S::f32s {
    let t = simd
        .div_f32s(simd.splat_f32s(1.0), simd.mul_add_e_f32s(z, simd.splat_f32s(0.5), simd.splat_f32s(1.0)));
    let mut p = simd.splat_f32s(-0.047_527_07);
    for factor in [
        0.225_770_3,
        -0.359_134_6,
        0.122_617_02,
        0.088_212_49,
        0.149_898_8,
        0.257_828_53,
        0.280_098_83,
        0.282_235_68,
    ] {
        p = simd.mul_add_e_f32s(p, t, simd.splat_f32s(factor));
    }
    let below = exp(simd, simd.neg_f32s(simd.mul_f32s(z, z)));
    simd.mul_f32s(simd.mul_f32s(p, t), below)
}

/// `Σ a b`, in lanes of four vectors.
#[inline(always)]
pub(crate) fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = S::as_simd_f32s(a);
    let (b, b_rest) = S::as_simd_f32s(b);
    let (a_fours, a_ones) = pulp::as_arrays::<4, _>(a);
    let (b_fours, b_ones) = pulp::as_arrays::<4, _>(b);
    let mut sums = [simd.splat_f32s(0.0); 4];
    for (a, b) in a_fours.iter().zip(b_fours) {
        for i in 0..4 {
            sums[i] = simd.mul_add_e_f32s(a[i], b[i], sums[i]);
        }
    }
    for (i, (a, b)) in a_ones.iter().zip(b_ones).enumerate() {
        sums[i] = simd.mul_add_e_f32s(*a, *b, sums[i]);
    }
    let [a, b, c, d] = sums;
    let rest = simd.mul_f32s(simd.partial_load_f32s(a_rest), simd.partial_load_f32s(b_rest));
    let sum = simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d));
    simd.reduce_sum_f32s(simd.add_f32s(sum, rest))
}

/// `Σ f(x)`, in lanes of four vectors; `f(0)` of lanes beyond the end is left out.
#[inline(always)]
pub(crate) fn sum<S: Simd>(simd: S, x: &[f32], f: impl Fn(S::f32s) -> S::f32s) -> f32 {
    let (x, rest) = S::as_simd_f32s(x);
    let (fours, ones) = pulp::as_arrays::<4, _>(x);
    let mut sums = [simd.splat_f32s(0.0); 4];
    for x in fours {
        for i in 0..4 {
            sums[i] = simd.add_f32s(sums[i], f(x[i]));
        }
    }
    for (i, x) in ones.iter().enumerate() {
        sums[i] = simd.add_f32s(sums[i], f(*x));
    }
    let [a, b, c, d] = sums;
    let mut sum = simd.reduce_sum_f32s(simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d)));
    if !rest.is_empty() {
        let mut last = [0.0; 64];
        let last = &mut last[..rest.len()];
        simd.partial_store_f32s(last, f(simd.partial_load_f32s(rest)));
        sum += last.iter().sum::<f32>();
    }
    sum
}

/// `out = f(x)` for every value.
#[inline(always)]
pub(crate) fn map<S: Simd>(simd: S, x: &[f32], out: &mut [f32], f: impl Fn(S::f32s) -> S::f32s) {
    let (x, x_rest) = S::as_simd_f32s(x);
    let (out, out_rest) = S::as_mut_simd_f32s(out);
    for (x, out) in x.iter().zip(out) {
        *out = f(*x);
    }
    if !x_rest.is_empty() {
        simd.partial_store_f32s(out_rest, f(simd.partial_load_f32s(x_rest)));
    }
}
