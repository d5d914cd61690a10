//! Group and layer norm. Mean and variance come from blocks in two passes each, joined in `f64` (Chan,
//! Golub and LeVeque 1979), so that large offsets cost no digits and memory is read once.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{
    activation::sigmoid_times,
    arithmetic::{map, sum},
    expect_len,
    unit::arch,
};

/// Values of a block: its two passes stay in the first cache.
const BLOCK: usize = 4096;
/// Values that one task normalises.
const RUN: usize = 16 << 10;

/// Group norm of `x[batch, channels, spatial]`: each group of `channels / groups` channels of one picture
/// gets mean 0 and (biased) variance 1, then `weight` and `bias` (one per channel), then SiLU if asked.
///
/// # Panics
/// When `groups` does not divide `channels` or a slice does not have the length of its shape.
#[expect(clippy::too_many_arguments, reason = "the operation has as many operands")]
pub fn group_norm(
    x: &[f32],
    batch: usize,
    channels: usize,
    spatial: usize,
    groups: usize,
    eps: f32,
    weight: &[f32],
    bias: &[f32],
    silu: bool,
    out: &mut [f32],
) {
    assert!(
        groups > 0 && channels.is_multiple_of(groups),
        "groups ({groups}) must divide channels ({channels})"
    );
    expect_len("x", x.len(), batch * channels * spatial);
    expect_len("weight", weight.len(), channels);
    expect_len("bias", bias.len(), channels);
    expect_len("out", out.len(), x.len());
    if x.is_empty() {
        return;
    }
    let of_group = channels / groups;
    let tasks = x.par_chunks(of_group * spatial).zip(out.par_chunks_mut(of_group * spatial));
    tasks.enumerate().for_each(|(group, (x, out))| {
        let blocks: Vec<Moments> = x.par_chunks(BLOCK).with_min_len(8).map(moments).collect();
        let all = blocks.into_iter().reduce(Moments::join).expect("a group has values");
        let (mean, scale) = (all.mean, 1.0 / (all.squares / all.count + f64::from(eps)).sqrt());
        let first = group % groups * of_group;
        let planes = x.chunks(spatial).zip(out.chunks_mut(spatial)).enumerate();
        for (channel, (x, out)) in planes {
            let (weight, bias) = (f64::from(weight[first + channel]), f64::from(bias[first + channel]));
            let (factor, offset) = ((weight * scale) as f32, bias as f32);
            let runs = x.par_chunks(RUN).zip(out.par_chunks_mut(RUN));
            runs.for_each(|(x, out)| {
                arch().dispatch(Plane { x, out, mean: mean as f32, factor, offset, silu });
            });
        }
    });
}

/// `(x - mean) · factor + offset`, and SiLU.
struct Plane<'a> {
    x: &'a [f32],
    out: &'a mut [f32],
    mean: f32,
    factor: f32,
    offset: f32,
    silu: bool,
}

impl WithSimd for Plane<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [mean, factor, offset] =
            [self.mean, self.factor, self.offset].map(|value| simd.splat_f32s(value));
        if self.silu {
            map(
                simd,
                self.x,
                self.out,
                #[inline(always)]
                |x| sigmoid_times(simd, shifted(simd, x, mean, factor, offset), 1.0),
            );
        } else {
            map(
                simd,
                self.x,
                self.out,
                #[inline(always)]
                |x| shifted(simd, x, mean, factor, offset),
            );
        }
    }
}

#[inline(always)]
fn shifted<S: Simd>(simd: S, x: S::f32s, mean: S::f32s, factor: S::f32s, offset: S::f32s) -> S::f32s {
    simd.mul_add_e_f32s(simd.sub_f32s(x, mean), factor, offset)
}

/// Layer norm of `x[rows, features]`: each row gets mean 0 and (biased) variance 1, then `weight` and
/// `bias` (one per feature).
///
/// # Panics
/// When a slice does not have the length of its shape.
pub fn layer_norm(
    x: &[f32],
    rows: usize,
    features: usize,
    eps: f32,
    weight: &[f32],
    bias: Option<&[f32]>,
    out: &mut [f32],
) {
    expect_len("x", x.len(), rows * features);
    expect_len("weight", weight.len(), features);
    if let Some(bias) = bias {
        expect_len("bias", bias.len(), features);
    }
    expect_len("out", out.len(), x.len());
    if x.is_empty() {
        return;
    }
    let rows = (RUN / features).max(1);
    let tasks = x.par_chunks(rows * features).zip(out.par_chunks_mut(rows * features));
    tasks.for_each(|(x, out)| arch().dispatch(Lines { x, out, features, eps, weight, bias }));
}

struct Lines<'a> {
    x: &'a [f32],
    out: &'a mut [f32],
    features: usize,
    eps: f32,
    weight: &'a [f32],
    bias: Option<&'a [f32]>,
}

impl WithSimd for Lines<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lines = self.x.chunks_exact(self.features).zip(self.out.chunks_exact_mut(self.features));
        for (x, out) in lines {
            let blocks = x.chunks(BLOCK).map(|x| block_moments(simd, x));
            let all = blocks.reduce(Moments::join).expect("a row has features");
            let mean = simd.splat_f32s(all.mean as f32);
            let scale =
                simd.splat_f32s((1.0 / (all.squares / all.count + f64::from(self.eps)).sqrt()) as f32);
            map(
                simd,
                x,
                out,
                #[inline(always)]
                |x| simd.mul_f32s(simd.sub_f32s(x, mean), scale),
            );
            scale_and_shift(simd, out, self.weight, self.bias);
        }
    }
}

#[inline(always)]
fn scale_and_shift<S: Simd>(simd: S, out: &mut [f32], weight: &[f32], bias: Option<&[f32]>) {
    let (outs, out_rest) = S::as_mut_simd_f32s(out);
    let (weights, weight_rest) = S::as_simd_f32s(weight);
    if let Some(bias) = bias {
        let (biases, bias_rest) = S::as_simd_f32s(bias);
        for ((out, weight), bias) in outs.iter_mut().zip(weights).zip(biases) {
            *out = simd.mul_add_e_f32s(*out, *weight, *bias);
        }
        for ((out, weight), bias) in out_rest.iter_mut().zip(weight_rest).zip(bias_rest) {
            *out = *out * weight + bias;
        }
    } else {
        for (out, weight) in outs.iter_mut().zip(weights) {
            *out = simd.mul_f32s(*out, *weight);
        }
        for (out, weight) in out_rest.iter_mut().zip(weight_rest) {
            *out *= weight;
        }
    }
}

/// Count, mean and sum of squared differences from it.
#[derive(Clone, Copy)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn join(self, other: Self) -> Self {
        let count = self.count + other.count;
        let step = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + step * other.count / count,
            squares: self.squares + other.squares + step * step * self.count * other.count / count,
        }
    }
}

fn moments(x: &[f32]) -> Moments {
    struct Of<'a>(&'a [f32]);
    impl WithSimd for Of<'_> {
        type Output = Moments;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Moments {
            block_moments(simd, self.0)
        }
    }
    arch().dispatch(Of(x))
}

/// The moments of one block. Differences are taken from the mean rounded to `f32`; the sum of these
/// differences corrects both mean and squares for the rounding.
#[inline(always)]
fn block_moments<S: Simd>(simd: S, x: &[f32]) -> Moments {
    let count = x.len() as f64;
    let near = (f64::from(sum(
        simd,
        x,
        #[inline(always)]
        |x| x,
    )) / count) as f32;
    let centre = simd.splat_f32s(near);
    let rest = f64::from(sum(
        simd,
        x,
        #[inline(always)]
        |x| simd.sub_f32s(x, centre),
    )) / count;
    let squares = f64::from(sum(
        simd,
        x,
        #[inline(always)]
        |x| {
            let step = simd.sub_f32s(x, centre);
            simd.mul_f32s(step, step)
        },
    ));
    Moments { count, mean: f64::from(near) + rest, squares: (squares - count * rest * rest).max(0.0) }
}
