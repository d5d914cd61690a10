//! Linear layers: many rows go through `product`; few rows read each weight once and are dot products.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{
    arithmetic::dot, expect_len, pack::Rows, product::Product, tile::Bias, unit::arch, weights::Weights,
};

/// Up to this many rows, packing the weights would cost more than it saves.
const FEW: usize = 4;
/// Outputs that one task computes when there are few rows.
const OUTPUTS: usize = 32;

/// `out[rows, out_features] = x[rows, in_features] · wᵀ (+ bias)`, with `w` of `[out_features, in_features]`.
///
/// # Panics
/// When a slice does not have the length of its shape.
pub fn linear(
    x: &[f32],
    rows: usize,
    w: Weights<'_>,
    in_features: usize,
    out_features: usize,
    bias: Option<&[f32]>,
    out: &mut [f32],
) {
    expect_len("x", x.len(), rows * in_features);
    expect_len("w", w.len(), out_features * in_features);
    if let Some(bias) = bias {
        expect_len("bias", bias.len(), out_features);
    }
    expect_len("out", out.len(), rows * out_features);
    if rows <= FEW {
        return few_rows(x, w, in_features, out_features, bias, out);
    }
    Product {
        a: &Rows { values: Weights::F32(x), stride: in_features, start: 0 },
        b: &Rows { values: w, stride: in_features, start: 0 },
        rows,
        columns: out_features,
        images: 1,
        depth: in_features,
        bias: bias.map_or(Bias::None, Bias::Columns),
        row_stride: out_features,
        image_stride: 0,
    }
    .run(out);
}

fn few_rows(
    x: &[f32],
    w: Weights<'_>,
    in_features: usize,
    out_features: usize,
    bias: Option<&[f32]>,
    out: &mut [f32],
) {
    let rows = out.len().checked_div(out_features).unwrap_or(0);
    // Output by output: all rows of one output while its weights are in the first cache.
    let mut columns = vec![0.0; out.len()];
    columns.par_chunks_mut((OUTPUTS * rows).max(1)).enumerate().for_each(|(task, columns)| {
        arch().dispatch(Few { x, w, in_features, first: task * OUTPUTS, rows, columns });
    });
    for (output, values) in columns.chunks_exact(rows.max(1)).enumerate() {
        for (row, value) in values.iter().enumerate() {
            out[row * out_features + output] = value + bias.map_or(0.0, |bias| bias[output]);
        }
    }
}

/// The outputs from `first` on, for all rows.
struct Few<'a> {
    x: &'a [f32],
    w: Weights<'a>,
    in_features: usize,
    first: usize,
    rows: usize,
    columns: &'a mut [f32],
}

impl WithSimd for Few<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        const CHUNK: usize = 1024;
        let mut weights = [0.0; CHUNK];
        for (i, outputs) in self.columns.chunks_exact_mut(self.rows).enumerate() {
            let start = (self.first + i) * self.in_features;
            for from in (0..self.in_features).step_by(CHUNK) {
                let len = CHUNK.min(self.in_features - from);
                let weights = if let Weights::F32(stored) = self.w {
                    &stored[start + from..][..len]
                } else {
                    self.w.read(start + from, &mut weights[..len]);
                    &weights[..len]
                };
                for (row, output) in outputs.iter_mut().enumerate() {
                    let x = &self.x[row * self.in_features + from..][..len];
                    *output += dot(simd, x, weights);
                }
            }
        }
    }
}
