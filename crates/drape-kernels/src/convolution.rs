//! Convolution over NCHW pictures, as a product of the weights with windows that are gathered panel by
//! panel, straight from the rows of the picture.

use crate::{
    expect_len,
    pack::{Operand, Panel, Rows},
    product::Product,
    tile::Bias,
    weights::Weights,
    winograd,
};

/// The shape of a convolution with square kernels and zero padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Pictures.
    pub batch: usize,
    /// Channels read.
    pub c_in: usize,
    /// Height of the input.
    pub h: usize,
    /// Width of the input.
    pub w: usize,
    /// Channels written.
    pub c_out: usize,
    /// Side of the kernel, 1 to 16.
    pub kernel: usize,
    /// Step between windows, at least 1.
    pub stride: usize,
    /// Zeros around the input: top, bottom, left, right.
    pub pad: [usize; 4],
}

impl Conv {
    /// Height of the output; 0 when the kernel is larger than the padded input.
    #[must_use]
    pub fn out_height(&self) -> usize {
        self.steps(self.h + self.pad[0] + self.pad[1])
    }

    /// Width of the output; 0 when the kernel is larger than the padded input.
    #[must_use]
    pub fn out_width(&self) -> usize {
        self.steps(self.w + self.pad[2] + self.pad[3])
    }

    fn steps(&self, padded: usize) -> usize {
        padded.checked_sub(self.kernel).map_or(0, |free| free / self.stride + 1)
    }
}

/// `out[batch, c_out, ho, wo]` = the windows of `x[batch, c_in, h, w]` times `weight[c_out, c_in, k, k]`
/// (+ bias), as cross-correlation (the kernel is not turned around).
///
/// # Panics
/// When a slice does not have the length of its shape, or kernel or stride are out of range.
pub fn conv2d(x: &[f32], shape: &Conv, weight: Weights<'_>, bias: Option<&[f32]>, out: &mut [f32]) {
    assert!((1..=16).contains(&shape.kernel), "kernel must be 1 to 16, not {}", shape.kernel);
    assert!(shape.stride >= 1, "stride must be at least 1");
    let depth = shape.c_in * shape.kernel * shape.kernel;
    let spatial = shape.out_height() * shape.out_width();
    expect_len("x", x.len(), shape.batch * shape.c_in * shape.h * shape.w);
    expect_len("weight", weight.len(), shape.c_out * depth);
    if let Some(bias) = bias {
        expect_len("bias", bias.len(), shape.c_out);
    }
    expect_len("out", out.len(), shape.batch * shape.c_out * spatial);
    if winograd::suits(shape) {
        return winograd::conv2d(x, shape, weight, bias, out);
    }
    // A convolution by points does not care where lines end.
    let flat = Conv { w: shape.h * shape.w, h: 1, ..*shape };
    let points = shape.kernel == 1 && shape.stride == 1 && shape.pad == [0; 4];
    Product {
        a: &Rows { values: weight, stride: depth, start: 0 },
        b: &Windows { x, shape: if points { flat } else { *shape } },
        rows: shape.c_out,
        columns: spatial,
        images: shape.batch,
        depth,
        bias: bias.map_or(Bias::None, Bias::Rows),
        row_stride: spatial,
        image_stride: shape.c_out * spatial,
    }
    .run(out);
}

/// The windows of a picture: column = place of the output, depth = channel, line and column of the
/// kernel.
struct Windows<'a> {
    x: &'a [f32],
    shape: Conv,
}

/// Places of a panel that lie in one line of the output.
#[derive(Clone, Copy, Default)]
struct Run {
    /// Line of the output.
    line: usize,
    /// First column of the output.
    column: usize,
    /// First place in the panel.
    at: usize,
    len: usize,
}

impl Operand for Windows<'_> {
    fn pack(&self, which: Panel, into: &mut [f32]) {
        let Conv { c_in, h, w, kernel, stride, pad, .. } = self.shape;
        let (mut runs, mut count, mut done) = ([Run::default(); 32], 0, 0);
        let width = self.shape.out_width();
        while done < which.count {
            let place = which.first + done;
            let (line, column) = (place / width, place % width);
            let len = (width - column).min(which.count - done);
            runs[count] = Run { line, column, at: done, len };
            done += len;
            count += 1;
        }
        let runs = &runs[..count];
        for (row, into) in (which.from..which.from + which.depth).zip(into.chunks_exact_mut(which.width)) {
            let (channel, tap) = (row / (kernel * kernel), row % (kernel * kernel));
            let (ky, kx) = (tap / kernel, tap % kernel);
            let plane = &self.x[(which.image * c_in + channel) * h * w..][..h * w];
            for run in runs {
                let into = &mut into[run.at..][..run.len];
                let line = run.line * stride + ky;
                if line < pad[0] || line >= pad[0] + h {
                    into.fill(0.0);
                    continue;
                }
                let line = &plane[(line - pad[0]) * w..][..w];
                let first = run.column * stride + kx;
                read(line, first, pad[2], stride, into);
            }
            into[which.count..].fill(0.0);
        }
    }
}

/// Every `stride`-th value of a line that has `pad` zeros before it and as many as needed behind, from
/// place `first` (zeros counted) on.
#[inline]
pub(crate) fn read(line: &[f32], first: usize, pad: usize, stride: usize, into: &mut [f32]) {
    let before = pad.saturating_sub(first).div_ceil(stride).min(into.len());
    let start = (first + before * stride).saturating_sub(pad);
    let inside = line.len().saturating_sub(start).div_ceil(stride).min(into.len() - before);
    let (zeros, rest) = into.split_at_mut(before);
    let (values, behind) = rest.split_at_mut(inside);
    zeros.fill(0.0);
    behind.fill(0.0);
    if inside == 0 {
        return;
    }
    if stride == 1 {
        values.copy_from_slice(&line[start..start + inside]);
    } else {
        for (to, from) in values.iter_mut().zip(line[start..].iter().step_by(stride)) {
            *to = *from;
        }
    }
}
