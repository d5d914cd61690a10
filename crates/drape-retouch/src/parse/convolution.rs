//! The two convolutions of the network, on the widest vector unit of the processor (AVX-512, AVX2, NEON or
//! none), found at run time without unsafe code here.
//!
//! A dense convolution is computed in tiles of a few pixels times two vectors of output channels. The sums of
//! a tile stay in registers while its inputs are read. Values are stored channels-last, so that a row of the
//! kernel over one pixel is contiguous memory; weights are packed once, in the order in which the tiles read
//! them.
//!
//! Source of the scheme: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
//! (TOMS 2008); convolution without gathering: Zhang, Franchetti and Low, "High Performance
//! Zero-Memory Overhead Direct Convolutions" (ICML 2018).

use pulp::{Arch, Simd, WithSimd};

/// `height` x `width` x `channels`, channels last.
#[derive(Clone, Default)]
pub(crate) struct Value {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    pub(crate) data: Vec<f32>,
}

/// Pixels that are taken through all output channels before the next ones, so that they stay in the cache.
const BLOCK: usize = 480;
/// Channels of a depthwise convolution come in multiples of this, the widest vector's lanes.
pub(crate) const DEPTHWISE_CHANNELS: usize = 16;

/// A convolution with bias and activation; output pixel = kernel over the inputs around it, zeros
/// outside the picture.
pub(crate) struct Conv {
    /// 1, 3 or 5.
    pub(crate) kernel: usize,
    /// 1 or 2.
    pub(crate) stride: usize,
    pub(crate) outputs: usize,
    /// Values are clamped to 0..=this; `None` leaves them as they are.
    pub(crate) most: Option<f32>,
    weights: Weights,
}

enum Weights {
    /// Panels of output channels.
    Dense(Vec<Panel>),
    /// `kernel²` rows of channels, and the bias.
    Depthwise(Vec<f32>, Vec<f32>),
}

/// The weights of a few output channels, one or two vectors wide.
struct Panel {
    /// First output channel.
    first: usize,
    /// Output channels that are real; the rest of the vectors is zero.
    columns: usize,
    /// 1 or 2.
    vectors: usize,
    /// `kernel² · inputs` rows of `vectors` vectors.
    weights: Vec<f32>,
    /// `vectors` vectors.
    bias: Vec<f32>,
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

impl Conv {
    /// `weights`: outputs x inputs x kernel x kernel, as in ONNX.
    pub(crate) fn dense(
        (kernel, stride): (usize, usize),
        (inputs, outputs): (usize, usize),
        weights: &[f32],
        bias: &[f32],
    ) -> Self {
        let lanes = Arch::new().dispatch(Lanes);
        let taps = kernel * kernel;
        let panel = |first: usize| {
            let columns = (outputs - first).min(2 * lanes);
            let vectors = columns.div_ceil(lanes);
            let wide = vectors * lanes;
            let mut packed = vec![0.0; taps * inputs * wide];
            for (row, out) in packed.chunks_exact_mut(wide).enumerate() {
                let (tap, input) = (row / inputs, row % inputs);
                for (k, v) in out.iter_mut().take(columns).enumerate() {
                    *v = weights[((first + k) * inputs + input) * taps + tap];
                }
            }
            let mut padded = bias[first..first + columns].to_vec();
            padded.resize(wide, 0.0);
            Panel { first, columns, vectors, weights: packed, bias: padded }
        };
        let panels = (0..outputs).step_by(2 * lanes).map(panel).collect();
        Self { kernel, stride, outputs, most: None, weights: Weights::Dense(panels) }
    }

    /// Every channel by itself; `weights`: channels x kernel x kernel.
    ///
    /// `channels` is a multiple of [`DEPTHWISE_CHANNELS`].
    pub(crate) fn depthwise(
        (kernel, stride): (usize, usize),
        channels: usize,
        weights: &[f32],
        bias: &[f32],
    ) -> Self {
        let taps = kernel * kernel;
        let rows = (0..taps).flat_map(|t| (0..channels).map(move |c| weights[c * taps + t])).collect();
        let weights = Weights::Depthwise(rows, bias.to_vec());
        Self { kernel, stride, outputs: channels, most: None, weights }
    }

    /// Runs on one thread.
    pub(crate) fn run(&self, input: &Value) -> Value {
        let (height, width) = (input.height.div_ceil(self.stride), input.width.div_ceil(self.stride));
        let data = vec![0.0; height * width * self.outputs];
        let mut out = Value { height, width, channels: self.outputs, data };
        Arch::new().dispatch(Run { conv: self, input, out: &mut out });
        out
    }
}

struct Run<'a> {
    conv: &'a Conv,
    input: &'a Value,
    out: &'a mut Value,
}

impl WithSimd for Run<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { conv, input, out } = self;
        match &conv.weights {
            Weights::Dense(panels) => {
                // As many sums as fit into the registers that weights and inputs leave free.
                if S::REGISTER_COUNT >= 32 {
                    dense::<S, 12>(simd, conv, panels, input, out);
                } else {
                    dense::<S, 6>(simd, conv, panels, input, out);
                }
            }
            Weights::Depthwise(weights, bias) => match conv.kernel {
                3 => depthwise::<S, 3>(simd, conv, weights, bias, input, out),
                _ => depthwise::<S, 5>(simd, conv, weights, bias, input, out),
            },
        }
    }
}

/// The input rows around output row `y` with zeros at both ends, one after the other.
#[inline(always)]
fn band(conv: &Conv, input: &Value, y: usize, band: &mut [f32]) {
    let (pad, c) = (conv.kernel / 2, input.channels);
    let line = (input.width + 2 * pad) * c;
    for (ky, row) in band.chunks_exact_mut(line).enumerate() {
        let inside = &mut row[pad * c..][..input.width * c];
        match (y * conv.stride + ky).checked_sub(pad) {
            Some(iy) if iy < input.height => {
                inside.copy_from_slice(&input.data[iy * input.width * c..][..input.width * c]);
            }
            _ => inside.fill(0.0),
        }
    }
}

/// `M`: pixels of a tile.
#[inline(always)]
fn dense<S: Simd, const M: usize>(simd: S, conv: &Conv, panels: &[Panel], input: &Value, out: &mut Value) {
    let (c, outputs) = (input.channels, conv.outputs);
    if conv.kernel == 1 && conv.stride == 1 {
        // All pixels are one long row.
        for (seen, block) in input.data.chunks(BLOCK * c).zip(out.data.chunks_mut(BLOCK * outputs)) {
            for panel in panels {
                row::<S, M>(simd, conv, panel, &[seen], (c, c), block);
            }
        }
        return;
    }
    let line = (input.width + 2 * (conv.kernel / 2)) * c;
    let mut around = vec![0.0; conv.kernel * line];
    let width = out.width;
    for (y, block) in out.data.chunks_exact_mut(width * outputs).enumerate() {
        band(conv, input, y, &mut around);
        let mut runs: [&[f32]; 5] = [&[]; 5];
        for (run, row) in runs.iter_mut().zip(around.chunks_exact(line)) {
            *run = row;
        }
        for panel in panels {
            row::<S, M>(simd, conv, panel, &runs[..conv.kernel], (conv.stride * c, conv.kernel * c), block);
        }
    }
}

/// One panel over a row of output pixels. `runs`: the input rows; a pixel's part of each begins
/// `step` after its left neighbour's and is `len` long.
#[inline(always)]
fn row<S: Simd, const M: usize>(
    simd: S,
    conv: &Conv,
    panel: &Panel,
    runs: &[&[f32]],
    (step, len): (usize, usize),
    out: &mut [f32],
) {
    let n = out.len() / conv.outputs;
    let mut x = 0;
    while x < n {
        // The last tile is moved back into the row; pixels that it computes again get the same values.
        let full = n >= M;
        let start = if full { x.min(n - M) } else { x };
        match (full, panel.vectors) {
            (true, 2) => tile::<S, M, 2>(simd, conv, panel, runs, start, (step, len), out),
            (true, _) => tile::<S, M, 1>(simd, conv, panel, runs, start, (step, len), out),
            (false, 2) => tile::<S, 1, 2>(simd, conv, panel, runs, start, (step, len), out),
            (false, _) => tile::<S, 1, 1>(simd, conv, panel, runs, start, (step, len), out),
        }
        x = start + if full { M } else { 1 };
    }
}

/// Repeats an expression for each index below a constant of at most 12, written out: sums that are
/// indexed by a loop variable stay in memory, sums indexed by numbers in registers.
macro_rules! unrolled {
    ($m:ident < $n:expr => $each:expr) => {
        unrolled!(@ $m $n, $each, 0 1 2 3 4 5 6 7 8 9 10 11)
    };
    (@ $m:ident $n:expr, $each:expr, $($i:literal)*) => {
        $(if $i < $n {
            let $m = $i;
            $each;
        })*
    };
}

/// `M` pixels times `N` vectors of output channels.
#[inline(always)]
fn tile<S: Simd, const M: usize, const N: usize>(
    simd: S,
    conv: &Conv,
    panel: &Panel,
    runs: &[&[f32]],
    start: usize,
    (step, len): (usize, usize),
    out: &mut [f32],
) {
    let bias = S::as_simd_f32s(&panel.bias).0;
    let weights = pulp::as_arrays::<N, _>(S::as_simd_f32s(&panel.weights).0).0;
    let mut sums = [[simd.splat_f32s(0.0); N]; M];
    let mut rows: [&[f32]; M] = [&[]; M];
    unrolled!(m < M => sums[m].copy_from_slice(&bias[..N]));
    for (run, weights) in runs.iter().zip(weights.chunks_exact(len)) {
        unrolled!(m < M => rows[m] = &run[(start + m) * step..][..len]);
        for k in 0..len {
            let w = &weights[k];
            unrolled!(m < M => {
                let v = simd.splat_f32s(rows[m][k]);
                sums[m][0] = simd.mul_add_e_f32s(v, w[0], sums[m][0]);
                if N > 1 {
                    sums[m][1] = simd.mul_add_e_f32s(v, w[1], sums[m][1]);
                }
            });
        }
    }
    let lanes = S::F32_LANES;
    for (m, sum) in sums.iter().enumerate() {
        let pixel = &mut out[(start + m) * conv.outputs + panel.first..][..panel.columns];
        for (part, s) in pixel.chunks_mut(lanes).zip(sum) {
            let v = activate(simd, conv.most, *s);
            match S::as_mut_simd_f32s(part).0 {
                [whole] => *whole = v,
                _ => simd.partial_store_f32s(part, v),
            }
        }
    }
}

#[inline(always)]
fn activate<S: Simd>(simd: S, most: Option<f32>, v: S::f32s) -> S::f32s {
    match most {
        Some(most) => simd.min_f32s(simd.max_f32s(v, simd.splat_f32s(0.0)), simd.splat_f32s(most)),
        None => v,
    }
}

/// Output pixels of a depthwise tile: enough sums to keep the multiply-add units busy.
const ACROSS: usize = 4;

/// `K`: the kernel.
#[inline(always)]
fn depthwise<S: Simd, const K: usize>(
    simd: S,
    conv: &Conv,
    weights: &[f32],
    bias: &[f32],
    input: &Value,
    out: &mut Value,
) {
    // In vectors from here on.
    let c = input.channels / S::F32_LANES;
    let (weights, bias) = (S::as_simd_f32s(weights).0, S::as_simd_f32s(bias).0);
    let line = (input.width + 2 * (K / 2)) * input.channels;
    let mut around = vec![0.0; K * line];
    let width = out.width;
    for (y, row) in out.data.chunks_exact_mut(width * input.channels).enumerate() {
        band(conv, input, y, &mut around);
        let row = S::as_mut_simd_f32s(row).0;
        let mut runs: [&[S::f32s]; K] = [&[]; K];
        for (run, values) in runs.iter_mut().zip(around.chunks_exact(line)) {
            *run = S::as_simd_f32s(values).0;
        }
        for k in 0..c {
            let mut w = [[bias[k]; K]; K];
            for (i, w) in w.iter_mut().flatten().enumerate() {
                *w = weights[i * c + k];
            }
            let mut x = 0;
            while x < width {
                let start = if width >= ACROSS { x.min(width - ACROSS) } else { x };
                let n = ACROSS.min(width - start);
                let mut sums = [bias[k]; ACROSS];
                let first = start * conv.stride * c + k;
                if n == ACROSS {
                    for (run, w) in runs.iter().zip(&w) {
                        for (j, w) in w.iter().enumerate() {
                            unrolled!(i < ACROSS => {
                                let v = run[first + (i * conv.stride + j) * c];
                                sums[i] = simd.mul_add_e_f32s(v, *w, sums[i]);
                            });
                        }
                    }
                } else {
                    for (run, w) in runs.iter().zip(&w) {
                        for (i, sum) in sums.iter_mut().enumerate().take(n) {
                            for (j, w) in w.iter().enumerate() {
                                let v = run[first + (i * conv.stride + j) * c];
                                *sum = simd.mul_add_e_f32s(v, *w, *sum);
                            }
                        }
                    }
                }
                for (i, sum) in sums.iter().enumerate().take(n) {
                    row[(start + i) * c + k] = activate(simd, conv.most, *sum);
                }
                x = start + n;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Conv, Value};

    /// The definition of a convolution, one number at a time.
    fn slow(conv: &Conv, groups: usize, weights: &[f32], bias: &[f32], input: &Value) -> Vec<f32> {
        let (k, per_group) = (conv.kernel, input.channels / groups);
        let (h, w) = (input.height.div_ceil(conv.stride), input.width.div_ceil(conv.stride));
        let mut out = Vec::new();
        for i in 0..h * w * conv.outputs {
            let (o, x, y) = (i % conv.outputs, i / conv.outputs % w, i / conv.outputs / w);
            let first = if groups == 1 { 0 } else { o };
            let mut sum = f64::from(bias[o]);
            for (n, weight) in weights[o * per_group * k * k..][..per_group * k * k].iter().enumerate() {
                let (c, ky, kx) = (n / (k * k), n / k % k, n % k);
                let (iy, ix) = (y * conv.stride + ky, x * conv.stride + kx);
                let inside = |v: usize, n: usize| v.checked_sub(k / 2).filter(|v| *v < n);
                if let (Some(iy), Some(ix)) = (inside(iy, input.height), inside(ix, input.width)) {
                    let at = (iy * input.width + ix) * input.channels + first + c;
                    sum += f64::from(input.data[at]) * f64::from(*weight);
                }
            }
            out.push(conv.most.map_or(sum as f32, |most| (sum as f32).clamp(0.0, most)));
        }
        out
    }

    fn noise(n: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn agree_with_the_definition_in_every_shape() {
        // Sizes below, at and above the tiles; channels below, at and between the vectors.
        for (seed, (h, w)) in [(1, 1), (3, 2), (5, 7), (9, 13), (4, 31)].into_iter().enumerate() {
            for (kernel, stride) in [(1, 1), (3, 1), (3, 2), (5, 1), (5, 2)] {
                let mut cases = vec![(1, 3, 11), (1, 17, 16), (1, 5, 40), (1, 32, 33)];
                if kernel > 1 {
                    cases.extend([(16, 16, 16), (48, 48, 48)]);
                }
                for (groups, inputs, outputs) in cases {
                    let weights = noise(outputs * inputs / groups * kernel * kernel, seed as u32 + 9);
                    let bias = noise(outputs, 3);
                    let mut conv = if groups == 1 {
                        Conv::dense((kernel, stride), (inputs, outputs), &weights, &bias)
                    } else {
                        Conv::depthwise((kernel, stride), outputs, &weights, &bias)
                    };
                    conv.most = [None, Some(1.5)][seed % 2];
                    let input =
                        Value { height: h, width: w, channels: inputs, data: noise(h * w * inputs, 5) };
                    let (fast, slow) = (conv.run(&input), slow(&conv, groups, &weights, &bias, &input));
                    assert_eq!(fast.data.len(), slow.len());
                    for (a, b) in fast.data.iter().zip(&slow) {
                        assert!((a - b).abs() < 1e-4, "{a} is not {b}: {kernel} {stride} {groups} {inputs}");
                    }
                }
            }
        }
    }
}
