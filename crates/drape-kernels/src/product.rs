//! Matrix products: which operand is packed beforehand, how the output is cut into tasks, and the
//! order in which blocks run.
//!
//! The smaller operand is packed as a whole before the tasks start. Each task packs blocks of the other one
//! for itself, small enough to stay in the second cache while the packed operand streams by. Nothing is
//! packed twice unless there are more threads than blocks. Every output is summed in the same order, however
//! the work is divided.

use rayon::prelude::*;

use crate::{
    pack::Operand,
    panel::Panel,
    scratch::Scratch,
    shared::Shared,
    tile::{Bias, Block, Target, tile_shape},
    unit::arch,
};

/// The depth is cut into equal blocks of at most this: panels of both sides then fit the first cache.
const DEPTH: usize = 384;
/// A task's own block has about this many values, so that it stays in the second cache.
const BLOCK: usize = 96 << 10;

/// `out[image][row][column] = Σ a[row] · b[image][column] + bias`.
pub(crate) struct Product<'a> {
    pub(crate) a: &'a dyn Operand,
    pub(crate) b: &'a dyn Operand,
    pub(crate) rows: usize,
    /// Columns of one image.
    pub(crate) columns: usize,
    pub(crate) images: usize,
    pub(crate) depth: usize,
    pub(crate) bias: Bias<'a>,
    pub(crate) row_stride: usize,
    pub(crate) image_stride: usize,
}

impl Product<'_> {
    /// Computes the product; `out` is written everywhere the strides reach.
    pub(crate) fn run(&self, out: &mut [f32]) {
        if self.rows == 0 || self.columns == 0 || self.images == 0 {
            return;
        }
        let (tile_rows, tile_columns) = tile_shape();
        let grid = Grid {
            product: self,
            tile_rows,
            tile_columns,
            image_panels: self.columns.div_ceil(tile_columns),
            depths: blocks(self.depth),
        };
        grid.run(out);
    }
}

/// Equal blocks of the depth, as (first, length); a depth of zero is one empty block.
pub(crate) fn blocks(depth: usize) -> Vec<(usize, usize)> {
    if depth == 0 {
        return vec![(0, 0)];
    }
    let length = depth.div_ceil(depth.div_ceil(DEPTH)).next_multiple_of(16);
    (0..depth).step_by(length).map(|first| (first, length.min(depth - first))).collect()
}

struct Grid<'a> {
    product: &'a Product<'a>,
    tile_rows: usize,
    tile_columns: usize,
    image_panels: usize,
    depths: Vec<(usize, usize)>,
}

/// Rows and column panels of one task, ends excluded.
#[derive(Clone, Copy)]
struct TaskShare {
    rows: (usize, usize),
    panels: (usize, usize),
}

impl Grid<'_> {
    fn run(&self, out: &mut [f32]) {
        let product = self.product;
        let panels = product.images * self.image_panels;
        let packed_columns = panels * self.tile_columns;
        let rows_first = product.rows <= packed_columns;
        let tasks = self.tasks(rows_first, panels);

        let mut packed =
            Scratch::take(product.depth * if rows_first { product.rows } else { packed_columns });
        let target = Target {
            out: Shared::new(out),
            columns: product.columns,
            row_stride: product.row_stride,
            image_stride: product.image_stride,
        };
        if rows_first {
            let pack = |panel, block, into: &mut [f32]| self.pack_rows(panel * self.tile_rows, block, into);
            self.pack_all(product.rows, self.tile_rows, &mut packed, pack);
        } else {
            let pack = |panel, block, into: &mut [f32]| self.pack_columns(panel, block, into);
            self.pack_all(packed_columns, self.tile_columns, &mut packed, pack);
        }
        let packed: &[f32] = &packed;
        tasks.par_iter().for_each(|task| {
            let (rows, panels) = (task.rows.1 - task.rows.0, task.panels.1 - task.panels.0);
            let vectors = if rows_first { panels * self.tile_columns } else { rows };
            let deepest = self.depths.iter().map(|block| block.1).max().unwrap_or(0);
            let mut own = Scratch::take(vectors * deepest);
            for (number, &block) in self.depths.iter().enumerate() {
                let (from, depth) = block;
                let own = &mut own[..vectors * depth];
                if rows_first {
                    for (i, into) in own.chunks_mut((self.tile_columns * depth).max(1)).enumerate() {
                        self.pack_columns(task.panels.0 + i, block, into);
                    }
                } else {
                    for (i, into) in own.chunks_mut((self.tile_rows * depth).max(1)).enumerate() {
                        self.pack_rows(task.rows.0 + i * self.tile_rows, block, into);
                    }
                }
                let far = |all: usize, first: usize, count: usize| {
                    &packed[from * all + first * depth..][..count * depth]
                };
                let (a, b): (&[f32], &[f32]) = if rows_first {
                    (far(product.rows, task.rows.0, rows), own)
                } else {
                    let columns = (task.panels.0 * self.tile_columns, panels * self.tile_columns);
                    (own, far(packed_columns, columns.0, columns.1))
                };
                arch().dispatch(Block {
                    a,
                    first_row: task.rows.0,
                    rows,
                    b,
                    first_panel: task.panels.0,
                    panels,
                    depth,
                    first: number == 0,
                    bias: product.bias,
                    target,
                    rows_outside: rows_first,
                });
            }
        });
    }

    /// Packs a whole operand of `vectors` vectors in panels of `width`: blocks of the depth one after the
    /// other, panels within.
    fn pack_all(
        &self,
        vectors: usize,
        width: usize,
        into: &mut [f32],
        pack: impl Fn(usize, (usize, usize), &mut [f32]) + Sync,
    ) {
        let panels = vectors.div_ceil(width);
        let mut parts = Vec::with_capacity(panels * self.depths.len());
        let mut rest = into;
        for &block in &self.depths {
            for panel in 0..panels {
                let count = width.min(vectors - panel * width);
                let part = rest.split_off_mut(..count * block.1).expect("the buffer holds all panels");
                parts.push((panel, block, part));
            }
        }
        // In the order of the vectors in memory.
        parts.sort_by_key(|(panel, ..)| *panel);
        parts
            .into_par_iter()
            .with_min_len(self.depths.len())
            .for_each(|(panel, block, part)| pack(panel, block, part));
    }

    fn pack_rows(&self, first: usize, (from, depth): (usize, usize), into: &mut [f32]) {
        let count = self.tile_rows.min(self.product.rows - first);
        self.product.a.pack(Panel { image: 0, first, count, from, depth, width: count }, into);
    }

    fn pack_columns(&self, panel: usize, (from, depth): (usize, usize), into: &mut [f32]) {
        let (image, first) = (panel / self.image_panels, panel % self.image_panels * self.tile_columns);
        let count = self.tile_columns.min(self.product.columns - first);
        self.product.b.pack(Panel { image, first, count, from, depth, width: self.tile_columns }, into);
    }

    /// Cuts the output: along the operand that is packed in blocks, and along the other one only when
    /// that leaves threads without work.
    fn tasks(&self, rows_first: bool, panels: usize) -> Vec<TaskShare> {
        let threads = rayon::current_num_threads();
        let deepest = self.depths.iter().map(|block| block.1).max().unwrap_or(0).max(1);
        let row_panels = self.product.rows.div_ceil(self.tile_rows);
        let (near, near_width, far) = if rows_first {
            (panels, self.tile_columns, row_panels)
        } else {
            (row_panels, self.tile_rows, panels)
        };
        let largest = (BLOCK / (deepest * near_width)).max(1);
        // Equal shares, a few for each thread. With fewer shares, the far operand is read less often.
        let wanted = if threads == 1 { 1 } else { 2 * threads };
        let shares = near.div_ceil(largest).max(wanted).next_multiple_of(threads);
        let shares = shares.min(near);
        let far_shares = threads.div_ceil(shares).min(far);
        let cut = |all: usize, shares: usize, i: usize| (all * i / shares, all * (i + 1) / shares);
        let mut tasks = Vec::with_capacity(shares * far_shares);
        for task in 0..shares * far_shares {
            let near = cut(near, shares, task / far_shares);
            let far = cut(far, far_shares, task % far_shares);
            let (rows, panels) = if rows_first { (far, near) } else { (near, far) };
            let end = (rows.1 * self.tile_rows).min(self.product.rows);
            tasks.push(TaskShare { rows: (rows.0 * self.tile_rows, end), panels });
        }
        tasks
    }
}
