//! The register tile: a few rows times a few vectors of columns. Its sums stay in registers while it goes
//! through the depth. Everything that multiplies matrices uses it.
//!
//! Source of the scheme: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
//! (TOMS 2008).
#![expect(unsafe_code, reason = "tasks write disjoint tiles of one output")]

use pulp::{Arch, Simd, WithSimd};

use crate::{
    shared::{Shared, fetch},
    unit::arch,
};

/// Rows and columns of a full tile on the unit in use.
pub(crate) fn tile_shape() -> (usize, usize) {
    match arch() {
        // 28 sums, two vectors of columns and one broadcast fill the 32 registers.
        #[cfg(target_arch = "x86_64")]
        Arch::V4(_) => (14, 32),
        // 12 sums, two columns and a broadcast fill 16 registers.
        #[cfg(target_arch = "x86_64")]
        Arch::V3(_) => (6, 16),
        #[cfg(target_arch = "aarch64")]
        Arch::Neon(_) => (12, 8),
        _ => (4, 4),
    }
}

/// Calls `$run::<S, ROWS, VECTORS>($args)` with the tile's shape for the lanes of `$s`; must agree with
/// [`tile_shape`].
macro_rules! by_lanes {
    ($s:ty, $run:ident, $($args:expr),*) => {
        match <$s>::F32_LANES {
            16 => $run::<$s, 14, 2>($($args),*),
            8 => $run::<$s, 6, 2>($($args),*),
            4 => $run::<$s, 12, 2>($($args),*),
            _ => $run::<$s, 4, 4>($($args),*),
        }
    };
}
pub(crate) use by_lanes;

/// Calls `$run::<S, rows, VECTORS>($args)` with the number of rows as a constant, up to `$most`.
macro_rules! by_rows {
    ($rows:expr, $most:ident, $s:ty, $v:ident, $run:ident, $($args:expr),*) => {
        match $rows {
            1 => $run::<$s, 1, $v>($($args),*),
            2 => $run::<$s, 2, $v>($($args),*),
            3 => $run::<$s, 3, $v>($($args),*),
            4 => $run::<$s, 4, $v>($($args),*),
            5 if $most >= 5 => $run::<$s, 5, $v>($($args),*),
            6 if $most >= 6 => $run::<$s, 6, $v>($($args),*),
            7 if $most >= 7 => $run::<$s, 7, $v>($($args),*),
            8 if $most >= 8 => $run::<$s, 8, $v>($($args),*),
            9 if $most >= 9 => $run::<$s, 9, $v>($($args),*),
            10 if $most >= 10 => $run::<$s, 10, $v>($($args),*),
            11 if $most >= 11 => $run::<$s, 11, $v>($($args),*),
            12 if $most >= 12 => $run::<$s, 12, $v>($($args),*),
            13 if $most >= 13 => $run::<$s, 13, $v>($($args),*),
            14 if $most >= 14 => $run::<$s, 14, $v>($($args),*),
            other => unreachable!("a tile has at most {} rows, not {other}", $most),
        }
    };
}
pub(crate) use by_rows;

/// `a` is depth x M, `b` depth x (V vectors): their product, M x V vectors.
#[inline(always)]
pub(crate) fn tile<S: Simd, const M: usize, const V: usize>(
    simd: S,
    a: &[f32],
    b: &[f32],
) -> [[S::f32s; V]; M] {
    let mut sums = [[simd.splat_f32s(0.0); V]; M];
    let rows = a.as_chunks::<M>().0;
    let columns = pulp::as_arrays::<V, _>(S::as_simd_f32s(b).0).0;
    for (row, column) in rows.iter().zip(columns) {
        for vector in column {
            fetch(std::ptr::from_ref(vector).wrapping_add(AHEAD * V).cast());
        }
        for i in 0..M {
            let factor = simd.splat_f32s(row[i]);
            for j in 0..V {
                sums[i][j] = simd.mul_add_e_f32s(factor, column[j], sums[i][j]);
            }
        }
    }
    sums
}

/// Steps by which columns are prefetched: they come from the second cache and then arrive in time.
const AHEAD: usize = 8;

/// The bias that is added to a product.
#[derive(Clone, Copy)]
pub(crate) enum Bias<'a> {
    /// Nothing.
    None,
    /// One value per row.
    Rows(&'a [f32]),
    /// One value per column.
    Columns(&'a [f32]),
}

/// The output of a product: `images` pictures of `columns` columns each.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) out: Shared<'a>,
    pub(crate) columns: usize,
    pub(crate) row_stride: usize,
    pub(crate) image_stride: usize,
}

/// A block of packed panels times a block of packed panels, stored or added to the output.
pub(crate) struct Block<'a> {
    /// Panels of rows from `first_row` on, each depth x (its rows).
    pub(crate) a: &'a [f32],
    pub(crate) first_row: usize,
    pub(crate) rows: usize,
    /// Panels of columns from number `first_panel` on, each depth x (a tile's columns).
    pub(crate) b: &'a [f32],
    pub(crate) first_panel: usize,
    pub(crate) panels: usize,
    pub(crate) depth: usize,
    /// The first block of the depth stores and adds the bias; later ones add.
    pub(crate) first: bool,
    pub(crate) bias: Bias<'a>,
    pub(crate) target: Target<'a>,
    /// Whether row panels are in the outer loop rather than column panels; the panels that come from farther
    /// away belong there.
    pub(crate) rows_outside: bool,
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        by_lanes!(S, block, simd, &self);
    }
}

#[inline(always)]
fn block<S: Simd, const M: usize, const V: usize>(simd: S, block: &Block<'_>) {
    let row_panels = block.rows.div_ceil(M);
    let (outer, inner) =
        if block.rows_outside { (row_panels, block.panels) } else { (block.panels, row_panels) };
    for o in 0..outer {
        for i in 0..inner {
            let (row_panel, panel) = if block.rows_outside { (o, i) } else { (i, o) };
            let rows = M.min(block.rows - row_panel * M);
            by_rows!(rows, M, S, V, place, simd, block, row_panel * M, panel);
        }
    }
}

#[inline(always)]
fn place<S: Simd, const M: usize, const V: usize>(simd: S, block: &Block<'_>, row: usize, panel: usize) {
    let width = V * S::F32_LANES;
    let a = &block.a[row * block.depth..][..M * block.depth];
    let b = &block.b[panel * width * block.depth..][..width * block.depth];
    let target = block.target;
    let panels = target.columns.div_ceil(width);
    let (image, column) =
        ((block.first_panel + panel) / panels, (block.first_panel + panel) % panels * width);
    let columns = width.min(target.columns - column);
    let row = block.first_row + row;
    let start = image * target.image_stride + row * target.row_stride + column;
    for i in 0..M {
        target.out.fetch(start + i * target.row_stride, columns);
    }
    let sums = tile::<S, M, V>(simd, a, b);
    if columns < width {
        return edge::<S, M, V>(simd, block, &sums, start, row, column, columns);
    }
    let out = target.out.tile(start, target.row_stride, M, width);
    for (i, sums) in sums.iter().enumerate() {
        // SAFETY: the tile lies within the output, as `tile` checked, and tasks have disjoint rows or
        // panels, so no other slice has these columns of this row.
        let out = unsafe { std::slice::from_raw_parts_mut(out.wrapping_add(i * target.row_stride), width) };
        let out = S::as_mut_simd_f32s(out).0;
        if !block.first {
            for j in 0..V {
                out[j] = simd.add_f32s(out[j], sums[j]);
            }
            continue;
        }
        match block.bias {
            Bias::None => out.copy_from_slice(sums),
            Bias::Rows(bias) => {
                let bias = simd.splat_f32s(bias[row + i]);
                for j in 0..V {
                    out[j] = simd.add_f32s(bias, sums[j]);
                }
            }
            Bias::Columns(bias) => {
                let bias = S::as_simd_f32s(&bias[column..][..width]).0;
                for j in 0..V {
                    out[j] = simd.add_f32s(bias[j], sums[j]);
                }
            }
        }
    }
}

/// The last columns of a row, fewer than a tile has.
#[inline(always)]
fn edge<S: Simd, const M: usize, const V: usize>(
    simd: S,
    block: &Block<'_>,
    sums: &[[S::f32s; V]; M],
    start: usize,
    row: usize,
    column: usize,
    columns: usize,
) {
    for (i, sums) in sums.iter().enumerate() {
        // SAFETY: tasks have disjoint rows or panels, so no other slice has these columns of this row.
        let out = unsafe { block.target.out.part(start + i * block.target.row_stride, columns) };
        for (j, out) in out.chunks_mut(S::F32_LANES).enumerate() {
            let before = match block.bias {
                _ if !block.first => simd.partial_load_f32s(out),
                Bias::None => simd.splat_f32s(0.0),
                Bias::Rows(bias) => simd.splat_f32s(bias[row + i]),
                Bias::Columns(bias) => {
                    simd.partial_load_f32s(&bias[column + j * S::F32_LANES..][..out.len()])
                }
            };
            simd.partial_store_f32s(out, simd.add_f32s(before, sums[j]));
        }
    }
}
