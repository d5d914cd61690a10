//! 3x3 convolutions by Winograd's F(2x2, 3x3): four outputs from sixteen products instead of 36.
//!
//! Each square of 2x2 outputs reads a square of 4x4 inputs. The transforms of squares and kernels are sums
//! and halves only, so the result is as exact as the direct sum up to a few roundings. Between the transforms
//! are 16 matrix products (outputs x inputs) · (inputs x squares), one for each place of the square. A task
//! takes a few panels of squares through all of it.
//!
//! Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016).
#![expect(unsafe_code, reason = "tasks write disjoint parts of one output")]
#![expect(clippy::needless_range_loop, reason = "rows and columns of small squares read best by number")]

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{
    geometry::{Conv, Run, Runs, read_padded},
    panel::Panel,
    product::blocks,
    scratch::Scratch,
    shared::Shared,
    tile::{Bias, Block, Target, by_lanes, tile_shape},
    transposition,
    unit::arch,
    weights::Weights,
};

/// Places of a transformed square.
const PLACES: usize = 16;
/// Transformed kernels that are held at a time, in values.
const KERNELS: usize = 8 << 20;
/// Panels of squares that a task takes at most: its squares then stay in the second cache.
const PANELS: usize = 2;

/// Whether Winograd's algorithm is faster: its transforms pay off with enough channels and squares.
pub(crate) fn suits(shape: &Conv) -> bool {
    let squares = shape.batch * shape.out_height().div_ceil(2) * shape.out_width().div_ceil(2);
    shape.kernel == 3 && shape.stride == 1 && shape.c_in >= 16 && shape.c_out >= 16 && squares >= 48
}

/// As `conv2d`, for 3x3 kernels and stride 1.
pub(crate) fn conv2d(x: &[f32], shape: &Conv, weight: Weights<'_>, bias: Option<&[f32]>, out: &mut [f32]) {
    let (tile_rows, tile_columns) = tile_shape();
    let (lines, across) = (shape.out_height().div_ceil(2), shape.out_width().div_ceil(2));
    let image_panels = (lines * across).div_ceil(tile_columns);
    let grid = Grid { x, shape, bias, out: Shared::new(out), across, squares: lines * across, image_panels };
    let panels = shape.batch * image_panels;
    let depths = blocks(shape.c_in);

    let most = (KERNELS / (PLACES * shape.c_in)).max(tile_rows);
    let chunk = shape.c_out.div_ceil(shape.c_out.div_ceil(most)).next_multiple_of(tile_rows);
    let mut kernels = Scratch::take(PLACES * shape.c_in * chunk.min(shape.c_out));
    for first in (0..shape.c_out).step_by(chunk) {
        let rows = chunk.min(shape.c_out - first);
        transform_kernels(shape, weight, first, rows, &depths, &mut kernels);

        let threads = rayon::current_num_threads();
        let wanted = if threads == 1 { 1 } else { 3 * threads };
        let step = PANELS.min(panels.div_ceil(wanted)).max(1);
        let tasks = panels.div_ceil(step);
        // With fewer panels than threads, also divide the outputs.
        let share = rows.div_ceil(threads.div_ceil(tasks)).next_multiple_of(tile_rows);
        let shares = rows.div_ceil(share);
        let kernels: &[f32] = &kernels;
        (0..tasks * shares).into_par_iter().for_each(|task| {
            let (panel, row) = (task / shares * step, task % shares * share);
            PanelTask {
                grid: &grid,
                kernels,
                kernel_rows: rows,
                first_output: first,
                row,
                rows: share.min(rows - row),
                first_panel: panel,
                panels: step.min(panels - panel),
            }
            .run(&depths, tile_columns);
        });
    }
}

/// Transforms the kernels of the outputs `first..first + rows`: for each block of the depth, for each
/// place, the rows in panels.
fn transform_kernels(
    shape: &Conv,
    weight: Weights<'_>,
    first: usize,
    rows: usize,
    depths: &[(usize, usize)],
    into: &mut [f32],
) {
    let (tile_rows, _) = tile_shape();
    let panels = rows.div_ceil(tile_rows);
    let into = Shared::new(into);
    (0..panels * depths.len()).into_par_iter().for_each(|task| {
        let (from, depth) = depths[task / panels];
        let row = task % panels * tile_rows;
        let count = tile_rows.min(rows - row);
        // Whole vectors of rows: 16 is a multiple of every unit's lanes.
        const WIDTH: usize = 16;
        let mut taps = Scratch::take(9 * depth * WIDTH);
        let panel = Panel { image: 0, first: 0, count, from: 0, depth: 9 * depth, width: WIDTH };
        let stride = shape.c_in * 9;
        transposition::gather(weight, (first + row) * stride + from * 9, stride, panel, &mut taps);
        let start = PLACES * from * rows + row * depth;
        arch().dispatch(Kernels { taps: &taps, count, into, start, step: rows * depth });
    });
}

/// Kernels of one panel: `taps` is depth x 9 x 16 rows.
struct Kernels<'a> {
    taps: &'a [f32],
    count: usize,
    into: Shared<'a>,
    /// Start of the first place's panel, and the distance from each place to the next.
    start: usize,
    step: usize,
}

impl WithSimd for Kernels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let half = simd.splat_f32s(0.5);
        let used = self.count.div_ceil(S::F32_LANES);
        let end = self.taps.len() / (9 * 16) * self.count;
        for (channel, taps) in self.taps.as_chunks::<{ 9 * 16 }>().0.iter().enumerate() {
            for vector in 0..used {
                let tap = |i: usize| S::as_simd_f32s(&taps[i * 16..][..16]).0[vector];
                // g -> G g: three rows become four, then the same for the columns.
                let mut tall = [[simd.splat_f32s(0.0); 3]; 4];
                for j in 0..3 {
                    let column = [tap(j), tap(3 + j), tap(6 + j)];
                    let spread = spread(simd, half, column);
                    for i in 0..4 {
                        tall[i][j] = spread[i];
                    }
                }
                let at = channel * self.count + vector * S::F32_LANES;
                // A whole vector may reach into the next channel, which is written later; at the end of the
                // panel the vector is cut.
                let lanes = S::F32_LANES.min(end - at);
                for i in 0..4 {
                    let row = spread(simd, half, tall[i]);
                    for j in 0..4 {
                        let place = self.start + (4 * i + j) * self.step + at;
                        // SAFETY: the task alone writes its panel, and one slice lives at a time.
                        let to = unsafe { self.into.part(place, lanes) };
                        if lanes == S::F32_LANES {
                            S::as_mut_simd_f32s(to).0[0] = row[j];
                        } else {
                            simd.partial_store_f32s(to, row[j]);
                        }
                    }
                }
            }
        }
    }
}

/// `(a, (a + b + c) / 2, (a - b + c) / 2, c)`.
#[inline(always)]
fn spread<S: Simd>(simd: S, half: S::f32s, [a, b, c]: [S::f32s; 3]) -> [S::f32s; 4] {
    let ends = simd.add_f32s(a, c);
    let plus = simd.mul_f32s(simd.add_f32s(ends, b), half);
    let minus = simd.mul_f32s(simd.sub_f32s(ends, b), half);
    [a, plus, minus, c]
}

/// Data that all tasks share.
struct Grid<'a> {
    x: &'a [f32],
    shape: &'a Conv,
    bias: Option<&'a [f32]>,
    out: Shared<'a>,
    /// Squares in a line.
    across: usize,
    /// Squares of an image.
    squares: usize,
    image_panels: usize,
}

impl Grid<'_> {
    /// The image of a panel and its runs of squares.
    fn runs(&self, panel: usize, width: usize) -> (usize, Runs) {
        let (image, first) = (panel / self.image_panels, panel % self.image_panels * width);
        (image, Runs::of(first, width.min(self.squares - first), self.across))
    }
}

/// Some outputs of some panels of squares.
struct PanelTask<'a> {
    grid: &'a Grid<'a>,
    kernels: &'a [f32],
    /// Outputs for which there are transformed kernels.
    kernel_rows: usize,
    /// Number of the first of these outputs.
    first_output: usize,
    /// The task's first output among them.
    row: usize,
    rows: usize,
    first_panel: usize,
    panels: usize,
}

impl PanelTask<'_> {
    fn run(&self, depths: &[(usize, usize)], width: usize) {
        let columns = self.panels * width;
        let deepest = depths.iter().map(|block| block.1).max().unwrap_or(0);
        let mut squares = Scratch::take(PLACES * deepest * columns);
        let mut products = Scratch::take(PLACES * self.rows * columns);
        for (number, &(from, depth)) in depths.iter().enumerate() {
            let squares = &mut squares[..PLACES * depth * columns];
            for panel in 0..self.panels {
                let (image, runs) = self.grid.runs(self.first_panel + panel, width);
                let start = panel * depth * width;
                let step = depth * columns;
                arch().dispatch(Squares {
                    grid: self.grid,
                    image,
                    runs: &runs,
                    from,
                    depth,
                    squares,
                    start,
                    step,
                });
            }
            for place in 0..PLACES {
                let a = PLACES * from * self.kernel_rows + (place * self.kernel_rows + self.row) * depth;
                arch().dispatch(Block {
                    a: &self.kernels[a..][..self.rows * depth],
                    first_row: 0,
                    rows: self.rows,
                    b: &squares[place * depth * columns..][..depth * columns],
                    first_panel: 0,
                    panels: self.panels,
                    depth,
                    first: number == 0,
                    bias: Bias::None,
                    target: Target {
                        out: Shared::new(&mut products[place * self.rows * columns..][..self.rows * columns]),
                        columns,
                        row_stride: columns,
                        image_stride: 0,
                    },
                    rows_outside: true,
                });
            }
        }
        for panel in 0..self.panels {
            let (image, runs) = self.grid.runs(self.first_panel + panel, width);
            arch().dispatch(Outputs {
                task: self,
                image,
                runs: &runs,
                products: &products[panel * width..],
                columns,
            });
        }
    }
}

/// Transforms a panel's squares of the channels `from..from + depth`.
struct Squares<'a> {
    grid: &'a Grid<'a>,
    image: usize,
    runs: &'a [Run],
    from: usize,
    depth: usize,
    squares: &'a mut [f32],
    /// Start of the first place's panel, and the distance from each place to the next.
    start: usize,
    step: usize,
}

impl WithSimd for Squares<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        by_lanes!(S, transform_squares, simd, self);
    }
}

#[inline(always)]
fn transform_squares<S: Simd, const M: usize, const V: usize>(simd: S, this: Squares<'_>) {
    let Squares { grid, image, runs, from, depth, squares, start, step } = this;
    let Conv { c_in, h, w, pad, .. } = *grid.shape;
    let width = V * S::F32_LANES;
    // The 16 values of each square, place by place; squares beyond the last run stay zero.
    let mut values = [[0.0f32; 32]; PLACES];
    let mut line = [0.0f32; 2 * 32 + 2];
    for channel in 0..depth {
        let plane = &grid.x[(image * c_in + from + channel) * h * w..][..h * w];
        for run in runs {
            let line = &mut line[..2 * run.len + 2];
            for i in 0..4 {
                let y = 2 * run.line + i;
                if y < pad[0] || y >= pad[0] + h {
                    line.fill(0.0);
                } else {
                    read_padded(&plane[(y - pad[0]) * w..][..w], 2 * run.column, pad[2], 1, line);
                }
                let [a, b, c, d] = &mut values.as_chunks_mut::<4>().0[i];
                let range = run.at..run.at + run.len;
                part(&line[..2 * run.len], &mut a[range.clone()], &mut b[range.clone()]);
                part(&line[2..], &mut c[range.clone()], &mut d[range]);
            }
        }
        for vector in 0..V {
            let value = |place: usize| S::as_simd_f32s(&values[place][..width]).0[vector];
            let mut tall = [[simd.splat_f32s(0.0); 4]; 4];
            for j in 0..4 {
                let column = differences(simd, [value(j), value(4 + j), value(8 + j), value(12 + j)]);
                for i in 0..4 {
                    tall[i][j] = column[i];
                }
            }
            for i in 0..4 {
                let row = differences(simd, tall[i]);
                for j in 0..4 {
                    let at = start + (4 * i + j) * step + channel * width;
                    S::as_mut_simd_f32s(&mut squares[at..][..width]).0[vector] = row[j];
                }
            }
        }
    }
}

/// Even and odd places of a line.
#[inline(always)]
fn part(line: &[f32], even: &mut [f32], odd: &mut [f32]) {
    for ((pair, even), odd) in line.as_chunks::<2>().0.iter().zip(even).zip(odd) {
        *even = pair[0];
        *odd = pair[1];
    }
}

/// `(a - c, b + c, c - b, b - d)`.
#[inline(always)]
fn differences<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 4] {
    [simd.sub_f32s(a, c), simd.add_f32s(b, c), simd.sub_f32s(c, b), simd.sub_f32s(b, d)]
}

/// Transforms a panel's products back and writes the outputs.
struct Outputs<'a> {
    task: &'a PanelTask<'a>,
    image: usize,
    runs: &'a [Run],
    /// From the panel's first column on: places x rows x `columns`.
    products: &'a [f32],
    columns: usize,
}

impl WithSimd for Outputs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        by_lanes!(S, transform_outputs, simd, &self);
    }
}

#[inline(always)]
fn transform_outputs<S: Simd, const M: usize, const V: usize>(simd: S, this: &Outputs<'_>) {
    let Outputs { task, image, runs, products, columns } = *this;
    let grid = task.grid;
    let width = V * S::F32_LANES;
    let (ho, wo) = (grid.shape.out_height(), grid.shape.out_width());
    let mut lines = [[0.0f32; 64]; 2];
    for row in 0..task.rows {
        let output = task.first_output + task.row + row;
        let bias = simd.splat_f32s(grid.bias.map_or(0.0, |bias| bias[output]));
        let mut corners = [[[0.0f32; 32]; 2]; 2];
        for vector in 0..V {
            let value = |place: usize| {
                S::as_simd_f32s(&products[(place * task.rows + row) * columns..][..width]).0[vector]
            };
            let mut tall = [[simd.splat_f32s(0.0); 4]; 2];
            for j in 0..4 {
                let column = sums(simd, [value(j), value(4 + j), value(8 + j), value(12 + j)]);
                for i in 0..2 {
                    tall[i][j] = column[i];
                }
            }
            for i in 0..2 {
                let [left, right] = sums(simd, tall[i]);
                let [lefts, rights] = &mut corners[i];
                S::as_mut_simd_f32s(&mut lefts[..width]).0[vector] = simd.add_f32s(left, bias);
                S::as_mut_simd_f32s(&mut rights[..width]).0[vector] = simd.add_f32s(right, bias);
            }
        }
        for (line, [lefts, rights]) in lines.iter_mut().zip(&corners) {
            for ((pair, left), right) in line.as_chunks_mut::<2>().0.iter_mut().zip(lefts).zip(rights) {
                *pair = [*left, *right];
            }
        }
        let plane = (image * grid.shape.c_out + output) * ho * wo;
        for run in runs {
            let len = (2 * run.len).min(wo - 2 * run.column);
            for (i, line) in lines.iter().enumerate() {
                let y = 2 * run.line + i;
                if y < ho {
                    // SAFETY: the task alone writes these squares of this output.
                    let to = unsafe { grid.out.part(plane + y * wo + 2 * run.column, len) };
                    to.copy_from_slice(&line[2 * run.at..][..len]);
                }
            }
        }
    }
}

/// `(a + b + c, b - c - d)`.
#[inline(always)]
fn sums<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 2] {
    [simd.add_f32s(simd.add_f32s(b, c), a), simd.sub_f32s(simd.sub_f32s(b, c), d)]
}
