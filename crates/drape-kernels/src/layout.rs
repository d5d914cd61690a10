//! Changes of layout: upsampling and transposing.

use rayon::prelude::*;

use crate::{expect_len, panel::Panel, transposition, weights::Weights};

/// Nearest upsampling (or downsampling) of `x[planes, h, w]` to `out[planes, ho, wo]`: place i of the
/// output reads `floor(i · (h / ho))`, the quotient being `f32`, as torch's `interpolate(size=..)`.
///
/// # Panics
/// When a slice does not have the length of its shape, or an empty plane should become a full one.
pub fn upsample_nearest(x: &[f32], planes: usize, h: usize, w: usize, ho: usize, wo: usize, out: &mut [f32]) {
    expect_len("x", x.len(), planes * h * w);
    expect_len("out", out.len(), planes * ho * wo);
    if out.is_empty() {
        return;
    }
    assert!(h > 0 && w > 0, "x must have values to read");
    let source = |i: usize, from: usize, to: usize| {
        let scale = from as f32 / to as f32;
        ((i as f32 * scale) as usize).min(from - 1)
    };
    let columns: Vec<usize> = (0..wo).map(|i| source(i, w, wo)).collect();
    // A task is some lines of a plane, at least a few thousand values.
    let lines = (8192 / wo).clamp(1, ho);
    out.par_chunks_mut(ho * wo).zip(x.par_chunks(h * w)).for_each(|(out, x)| {
        out.par_chunks_mut(lines * wo).enumerate().for_each(|(task, out)| {
            for (i, line) in out.chunks_exact_mut(wo).enumerate() {
                let from = &x[source(task * lines + i, h, ho) * w..][..w];
                for (to, &column) in line.iter_mut().zip(&columns) {
                    *to = from[column];
                }
            }
        });
    });
}

/// `x[batch, rows, cols]` to `out[batch, cols, rows]`.
///
/// # Panics
/// When a slice does not have the length of its shape.
pub fn transpose(x: &[f32], batch: usize, rows: usize, cols: usize, out: &mut [f32]) {
    expect_len("x", x.len(), batch * rows * cols);
    expect_len("out", out.len(), x.len());
    if x.is_empty() {
        return;
    }
    // A block is some columns of x (lines of the output) of one picture.
    let lines = (32_usize << 10).div_ceil(rows).next_multiple_of(16).min(cols);
    out.par_chunks_mut(rows * cols).enumerate().for_each(|(picture, out)| {
        out.par_chunks_mut(lines * rows).enumerate().for_each(|(block, out)| {
            let panel =
                Panel { image: 0, first: 0, count: rows, from: 0, depth: out.len() / rows, width: rows };
            let start = picture * rows * cols + block * lines;
            transposition::gather(Weights::F32(x), start, cols, panel, out);
        });
    });
}
