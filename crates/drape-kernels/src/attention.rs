//! Attention that never writes the score matrix: each tile of queries goes through the keys block by block,
//! and corrects the running maximum, sum and output when larger scores appear (Milakov and Gimelshein 2018;
//! Dao et al. 2022).
//!
//! Scores are computed with keys as rows and queries as columns. Then the softmax works on whole
//! vectors, and its result is already the packed operand of the product with the values.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{
    arithmetic::exp,
    expect_len,
    pack::{Operand as _, Rows},
    panel::Panel,
    scratch::Scratch,
    shared::Shared,
    tile::{by_lanes, by_rows, tile, tile_shape},
    transposition,
    unit::arch,
    weights::Weights,
};

/// Approximate number of keys in a block: their scores and rows then stay in the second cache.
const KEYS: usize = 256;

/// The shape of an attention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attention {
    /// Pictures or sentences.
    pub batch: usize,
    /// Heads, lying side by side in the last axis.
    pub heads: usize,
    /// Values of one head.
    pub dim: usize,
    /// Queries.
    pub q_len: usize,
    /// Keys and values, at least 1.
    pub k_len: usize,
    /// Factor of the scores, usually `1 / √dim`.
    pub scale: f32,
    /// Query i sees keys 0 to i only.
    pub causal: bool,
}

/// `softmax(q · kᵀ · scale) · v` for each head: `q` and `out` are `[batch, q_len, heads · dim]`, `k` and
/// `v` `[batch, k_len, heads · dim]`.
///
/// # Panics
/// When there is no key, or a slice does not have the length of its shape.
pub fn attention(q: &[f32], k: &[f32], v: &[f32], shape: &Attention, out: &mut [f32]) {
    let Attention { batch, heads, dim, q_len, k_len, .. } = *shape;
    let features = heads * dim;
    assert!(k_len > 0, "k must have at least one key");
    expect_len("q", q.len(), batch * q_len * features);
    expect_len("k", k.len(), batch * k_len * features);
    expect_len("v", v.len(), batch * k_len * features);
    expect_len("out", out.len(), q.len());
    if out.is_empty() {
        return;
    }
    let (tile_rows, tile_columns) = tile_shape();
    let head = k_len * dim;
    let mut keys = Scratch::take(batch * heads * head);
    let mut values = Scratch::take(batch * heads * head);
    let pack = |(number, (keys, values)): (usize, (&mut [f32], &mut [f32]))| {
        let start = number / heads * k_len * features + number % heads * dim;
        let rows = Rows { values: Weights::F32(k), stride: features, start };
        keys.par_chunks_mut(tile_rows * dim).enumerate().for_each(|(panel, into)| {
            let count = into.len() / dim;
            let first = panel * tile_rows;
            rows.pack(Panel { image: 0, first, count, from: 0, depth: dim, width: count }, into);
        });
        values.par_chunks_mut(tile_rows * k_len).enumerate().for_each(|(panel, into)| {
            let count = into.len() / k_len;
            let lines = v[start + panel * tile_rows..].chunks(features);
            for (into, line) in into.chunks_exact_mut(count).zip(lines) {
                into.copy_from_slice(&line[..count]);
            }
        });
    };
    keys.par_chunks_mut(head).zip(values.par_chunks_mut(head)).enumerate().for_each(pack);

    let tiles = q_len.div_ceil(tile_columns);
    let (keys, values): (&[f32], &[f32]) = (&keys, &values);
    let out = Shared::new(out);
    (0..batch * heads * tiles).into_par_iter().for_each(|task| {
        let (number, first) = (task / tiles, task % tiles * tile_columns);
        let count = tile_columns.min(q_len - first);
        let start = (number / heads * q_len + first) * features + number % heads * dim;
        let block = KEYS.next_multiple_of(tile_rows).min(k_len.next_multiple_of(tile_rows));
        let mut scratch = Scratch::take((2 * dim + block) * tile_columns);
        let (query, rest) = scratch.split_at_mut(dim * tile_columns);
        let (sums, scores) = rest.split_at_mut(dim * tile_columns);
        let panel = Panel { image: 0, first: 0, count, from: 0, depth: dim, width: tile_columns };
        transposition::gather(Weights::F32(q), start, features, panel, query);
        arch().dispatch(Queries {
            query,
            first,
            keys: &keys[number * head..][..head],
            values: &values[number * head..][..head],
            shape,
            scores,
            sums,
        });
        for i in 0..count {
            // SAFETY: the task alone writes this head of these queries.
            #[expect(unsafe_code, reason = "tasks write disjoint parts of the output")]
            let out = unsafe { out.part(start + i * features, dim) };
            for (to, from) in out.iter_mut().zip(sums[i..].iter().step_by(tile_columns)) {
                *to = *from;
            }
        }
    });
}

/// One tile of queries of one head.
struct Queries<'a> {
    /// dim x (a tile's columns); scaled in place.
    query: &'a mut [f32],
    /// Number of the first query, for the causal mask.
    first: usize,
    /// Panels of keys, each dim x (its keys).
    keys: &'a [f32],
    /// Panels of the head's values, each keys x (its part of the dim).
    values: &'a [f32],
    shape: &'a Attention,
    /// A block's keys x (a tile's columns).
    scores: &'a mut [f32],
    /// dim x (a tile's columns): the result.
    sums: &'a mut [f32],
}

impl WithSimd for Queries<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        by_lanes!(S, queries, simd, self);
    }
}

#[inline(always)]
fn queries<S: Simd, const M: usize, const V: usize>(simd: S, this: Queries<'_>) {
    let Queries { query, first, keys, values, shape, scores, sums } = this;
    let Attention { dim, k_len, .. } = *shape;
    let width = V * S::F32_LANES;
    let scale = simd.splat_f32s(shape.scale);
    for value in S::as_mut_simd_f32s(query).0 {
        *value = simd.mul_f32s(*value, scale);
    }
    let mut highest = [simd.splat_f32s(f32::NEG_INFINITY); V];
    let mut total = [simd.splat_f32s(0.0); V];
    S::as_mut_simd_f32s(sums).0.fill(simd.splat_f32s(0.0));

    // No query of the tile sees a key beyond the last query.
    let seen = if shape.causal { k_len.min(first + width) } else { k_len };
    let block = scores.len() / width;
    for from in (0..seen).step_by(block) {
        let count = block.min(seen - from);
        let scores = &mut scores[..count * width];

        let before = highest;
        for row in (0..count).step_by(M) {
            let rows = M.min(k_len - from - row);
            let a = &keys[(from + row) * dim..][..rows * dim];
            let into = &mut scores[row * width..];
            by_rows!(rows, M, S, V, score, simd, a, query, into, &mut highest);
        }
        if shape.causal && from + count > first + 1 {
            highest = before;
            for (key, line) in scores.chunks_exact_mut(width).enumerate() {
                let hidden = (from + key).saturating_sub(first).min(width);
                line[..hidden].fill(f32::NEG_INFINITY);
                for (highest, score) in highest.iter_mut().zip(S::as_simd_f32s(line).0) {
                    *highest = simd.max_f32s(*highest, *score);
                }
            }
        }

        let mut factor = [simd.splat_f32s(0.0); V];
        for j in 0..V {
            factor[j] = exp(simd, simd.sub_f32s(before[j], highest[j]));
            total[j] = simd.mul_f32s(total[j], factor[j]);
        }
        for line in pulp::as_arrays_mut::<V, _>(S::as_mut_simd_f32s(scores).0).0 {
            for j in 0..V {
                line[j] = exp(simd, simd.sub_f32s(line[j], highest[j]));
                total[j] = simd.add_f32s(total[j], line[j]);
            }
        }

        for row in (0..dim).step_by(M) {
            let rows = M.min(dim - row);
            let a = &values[row * k_len + from * rows..][..count * rows];
            let into = &mut sums[row * width..][..rows * width];
            by_rows!(rows, M, S, V, weigh, simd, a, scores, into, &factor);
        }
    }
    for line in pulp::as_arrays_mut::<V, _>(S::as_mut_simd_f32s(sums).0).0 {
        for j in 0..V {
            line[j] = simd.div_f32s(line[j], total[j]);
        }
    }
}

/// Scores of M keys; `highest` rises with them.
#[inline(always)]
fn score<S: Simd, const M: usize, const V: usize>(
    simd: S,
    a: &[f32],
    query: &[f32],
    into: &mut [f32],
    highest: &mut [S::f32s; V],
) {
    let sums = tile::<S, M, V>(simd, a, query);
    for (line, sums) in pulp::as_arrays_mut::<V, _>(S::as_mut_simd_f32s(into).0).0.iter_mut().zip(sums) {
        for j in 0..V {
            line[j] = sums[j];
            highest[j] = simd.max_f32s(highest[j], sums[j]);
        }
    }
}

/// `into = into · factor + a · weights`.
#[inline(always)]
fn weigh<S: Simd, const M: usize, const V: usize>(
    simd: S,
    a: &[f32],
    weights: &[f32],
    into: &mut [f32],
    factor: &[S::f32s; V],
) {
    let sums = tile::<S, M, V>(simd, a, weights);
    for (line, sums) in pulp::as_arrays_mut::<V, _>(S::as_mut_simd_f32s(into).0).0.iter_mut().zip(sums) {
        for j in 0..V {
            line[j] = simd.mul_add_e_f32s(line[j], factor[j], sums[j]);
        }
    }
}
