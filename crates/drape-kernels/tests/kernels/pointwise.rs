//! Norms, activations and moves of data against their definitions in `f64`.

use crate::reference::{compare, values};
use drape_kernels::{Activation, activate, geglu, group_norm, layer_norm, transpose, upsample_nearest};
use proptest::prelude::*;

/// The error function by its Taylor series, whose terms `f64` holds well enough below 6.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    // e^(-x²) Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): only positive terms.
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    sum * (-x * x).exp() * std::f64::consts::FRAC_2_SQRT_PI
}

fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2))
}

fn silu(x: f64) -> f64 {
    x / (1.0 + (-x).exp())
}

fn normalised(x: &[f32], eps: f32) -> Vec<f64> {
    let count = x.len() as f64;
    let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    let variance = x.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count;
    x.iter().map(|x| (f64::from(*x) - mean) / (variance + f64::from(eps)).sqrt()).collect()
}

fn check_group_norm(
    batch: usize,
    groups: usize,
    of_group: usize,
    spatial: usize,
    with_silu: bool,
    offset: f32,
) {
    let channels = groups * of_group;
    let x: Vec<f32> = values(1, batch * channels * spatial).iter().map(|x| x + offset).collect();
    let (weight, bias) = (values(2, channels), values(3, channels));
    let mut out = vec![f32::NAN; x.len()];
    group_norm(&x, batch, channels, spatial, groups, 1e-5, &weight, &bias, with_silu, &mut out);
    let mut wanted = Vec::new();
    for (group, x) in x.chunks(of_group * spatial).enumerate() {
        for (at, value) in normalised(x, 1e-5).into_iter().enumerate() {
            let channel = group % groups * of_group + at / spatial;
            let value = value * f64::from(weight[channel]) + f64::from(bias[channel]);
            wanted.push(if with_silu { silu(value) } else { value });
        }
    }
    // Values far from zero have lost digits before the norm sees their differences.
    compare(&out, &wanted, 2e-6 * f64::from(offset).abs().max(1.0));
}

fn check_layer_norm(rows: usize, features: usize, with_bias: bool) {
    let x = values(4, rows * features);
    let weight = values(5, features);
    let bias = with_bias.then(|| values(6, features));
    let mut out = vec![f32::NAN; x.len()];
    layer_norm(&x, rows, features, 1e-5, &weight, bias.as_deref(), &mut out);
    let mut wanted = Vec::new();
    for row in x.chunks(features) {
        for (at, value) in normalised(row, 1e-5).into_iter().enumerate() {
            let bias = bias.as_ref().map_or(0.0, |bias| f64::from(bias[at]));
            wanted.push(value * f64::from(weight[at]) + bias);
        }
    }
    compare(&out, &wanted, 2e-6);
}

#[test]
fn norms_of_telling_shapes() {
    check_group_norm(2, 32, 10, 64 * 64, true, 0.0);
    check_group_norm(1, 32, 4, 97 * 101, false, 3.0);
    check_group_norm(1, 2, 3, 1, false, 0.0);
    check_group_norm(1, 1, 5, 20_011, true, 100.0);
    check_layer_norm(77, 1280, true);
    check_layer_norm(3, 10_007, true);
    check_layer_norm(5, 1, false);
}

#[test]
fn a_large_mean_costs_no_digits() {
    // Steps of 1/64 on 4096: exact in f32, and lost by E[x²] - E[x]².
    let x: Vec<f32> = (0..4096).map(|i| 4096.0 + (i % 7) as f32 / 64.0).collect();
    let mut out = vec![0.0; x.len()];
    group_norm(&x, 1, 4, 1024, 1, 1e-9, &[1.0; 4], &[0.0; 4], false, &mut out);
    // The rounded mean, 4096.047, is off by up to 2⁻¹², while the values differ by 0.03.
    compare(&out, &normalised(&x, 1e-9), 8e-3);
    layer_norm(&x, 1, 4096, 1e-9, &[1.0; 4096], None, &mut out);
    compare(&out, &normalised(&x, 1e-9), 8e-3);
}

#[test]
fn activations_everywhere() {
    let x: Vec<f32> = (-12_000..=12_000).map(|i| i as f32 / 800.0).collect();
    let check = |which, f: fn(f64) -> f64, tolerance: f64| {
        let mut found = x.clone();
        activate(&mut found, which);
        for (x, found) in x.iter().zip(found) {
            let wanted = f(f64::from(*x));
            let most = tolerance * wanted.abs().max(1.0);
            assert!((f64::from(found) - wanted).abs() <= most, "{which:?}({x}) is {found}, not {wanted}");
        }
    };
    check(Activation::Silu, silu, 3e-7);
    check(Activation::Gelu, gelu, 5e-7);
    check(Activation::QuickGelu, |x| x / (1.0 + (-1.702 * x).exp()), 5e-7);
}

#[test]
fn activations_of_extremes() {
    for which in [Activation::Silu, Activation::Gelu, Activation::QuickGelu] {
        let mut x = [-1e30, -1e3, -0.0, 0.0, 1e3, 1e30, f32::NAN];
        activate(&mut x, which);
        assert!(x[0].abs() <= 1e-6, "{which:?}(-1e30) is {}", x[0]);
        assert!(x[1].abs() <= 1e-6 && x[2] == 0.0 && x[3] == 0.0, "{which:?}: {x:?}");
        assert!(x[4] == 1e3 && x[5] == 1e30 && x[6].is_nan(), "{which:?}: {x:?}");
    }
}

fn check_geglu(rows: usize, features: usize) {
    let x = values(7, rows * 2 * features);
    let mut out = vec![f32::NAN; rows * features];
    geglu(&x, rows, features, &mut out);
    let wanted: Vec<f64> = x
        .chunks(2 * features)
        .flat_map(|row| (0..features).map(|i| f64::from(row[i]) * gelu(f64::from(row[features + i]))))
        .collect();
    compare(&out, &wanted, 2e-6);
}

fn check_transpose(batch: usize, rows: usize, cols: usize) {
    let x = values(8, batch * rows * cols);
    let mut out = vec![f32::NAN; x.len()];
    transpose(&x, batch, rows, cols, &mut out);
    for (at, found) in out.iter().enumerate() {
        let (row, col, picture) = (at % rows, at / rows % cols, at / (rows * cols));
        assert_eq!(*found, x[(picture * rows + row) * cols + col], "{rows} x {cols}, place {at}");
    }
    let mut back = vec![f32::NAN; x.len()];
    transpose(&out, batch, cols, rows, &mut back);
    assert_eq!(back, x);
}

#[test]
fn upsampling_reads_the_nearest() {
    let mut out = [0.0; 24];
    upsample_nearest(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 1, 2, 3, 4, 6, &mut out);
    let wanted = [
        [1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
        [1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
        [4.0, 4.0, 5.0, 5.0, 6.0, 6.0],
        [4.0, 4.0, 5.0, 5.0, 6.0, 6.0],
    ];
    assert_eq!(out, *wanted.as_flattened());
    // Sizes that are no multiples: 3 from 5 reads 0, 1, 3; 5 from 3 reads 0, 0, 1, 1, 2.
    let mut out = [0.0; 15];
    let x: Vec<f32> = (0..15).map(|i| i as f32).collect();
    upsample_nearest(&x, 1, 3, 5, 5, 3, &mut out);
    assert_eq!(out, [0.0, 1.0, 3.0, 0.0, 1.0, 3.0, 5.0, 6.0, 8.0, 5.0, 6.0, 8.0, 10.0, 11.0, 13.0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn norms_of_any_shape(
        (batch, groups, of_group) in (1usize..4, 1usize..9, 1usize..7),
        (spatial, features, rows) in (1usize..300, 1usize..300, 1usize..50),
        silu: bool, bias: bool,
    ) {
        // One or two values have almost no variance, so their norm is only rounding.
        prop_assume!(of_group * spatial > 2 && features > 2);
        check_group_norm(batch, groups, of_group, spatial, silu, 0.0);
        check_layer_norm(rows, features, bias);
    }

    #[test]
    fn moves_and_gates_of_any_shape(batch in 1usize..4, rows in 1usize..130, cols in 1usize..130) {
        check_geglu(rows, cols);
        check_transpose(batch, rows, cols);
    }

    #[test]
    fn upsampling_of_any_size(
        planes in 1usize..4, (h, w) in (1usize..20, 1usize..20), (ho, wo) in (1usize..50, 1usize..50),
    ) {
        let x = values(10, planes * h * w);
        let mut out = vec![f32::NAN; planes * ho * wo];
        upsample_nearest(&x, planes, h, w, ho, wo, &mut out);
        let source = |i: usize, from: usize, to: usize| {
            ((i as f32 * (from as f32 / to as f32)).floor() as usize).min(from - 1)
        };
        for (at, found) in out.iter().enumerate() {
            let (column, line, plane) = (at % wo, at / wo % ho, at / (wo * ho));
            let wanted = x[(plane * h + source(line, h, ho)) * w + source(column, w, wo)];
            prop_assert_eq!(*found, wanted);
        }
    }
}
