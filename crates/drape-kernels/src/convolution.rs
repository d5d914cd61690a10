//! Convolution over NCHW pictures, as a product of the weights with windows that are gathered panel by
//! panel, straight from the rows of the picture.

use crate::{
    expect_len,
    geometry::{Conv, Runs, read_padded},
    pack::{Operand, Rows},
    panel::Panel,
    product::Product,
    tile::Bias,
    weights::Weights,
    winograd,
};

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
    // For a 1x1 convolution the picture may as well be one long line.
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

impl Operand for Windows<'_> {
    fn pack(&self, which: Panel, into: &mut [f32]) {
        let Conv { c_in, h, w, kernel, stride, pad, .. } = self.shape;
        let runs = Runs::of(which.first, which.count, self.shape.out_width());
        for (row, into) in (which.from..which.from + which.depth).zip(into.chunks_exact_mut(which.width)) {
            let (channel, tap) = (row / (kernel * kernel), row % (kernel * kernel));
            let (ky, kx) = (tap / kernel, tap % kernel);
            let plane = &self.x[(which.image * c_in + channel) * h * w..][..h * w];
            for run in &*runs {
                let into = &mut into[run.at..][..run.len];
                let line = run.line * stride + ky;
                if line < pad[0] || line >= pad[0] + h {
                    into.fill(0.0);
                    continue;
                }
                let line = &plane[(line - pad[0]) * w..][..w];
                let first = run.column * stride + kx;
                read_padded(line, first, pad[2], stride, into);
            }
            into[which.count..].fill(0.0);
        }
    }
}
