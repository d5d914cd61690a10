//! Linear layers and convolutions against their definitions in `f64`.

use crate::reference::{Stored, compare, values};
use drape_kernels::{Conv, conv2d, linear};
use proptest::prelude::*;

fn check_linear(rows: usize, inputs: usize, outputs: usize, kind: usize, with_bias: bool) {
    let x = values(1, rows * inputs);
    let w = Stored::new(kind, &values(2, outputs * inputs));
    let bias = with_bias.then(|| values(3, outputs));
    let mut out = vec![f32::NAN; rows * outputs];
    linear(&x, rows, w.weights(), inputs, outputs, bias.as_deref(), &mut out);
    let wanted: Vec<f64> = (0..rows * outputs)
        .map(|at| {
            let (row, output) = (at / outputs, at % outputs);
            let start = bias.as_ref().map_or(0.0, |bias| f64::from(bias[output]));
            (0..inputs)
                .fold(start, |sum, i| sum + f64::from(x[row * inputs + i]) * w.get(output * inputs + i))
        })
        .collect();
    compare(&out, &wanted, 2e-6);
}

fn check_conv(shape: &Conv, kind: usize, with_bias: bool) {
    check_some_of_conv(shape, kind, with_bias, 1, 3e-6);
}

/// Checks every `every`-th output.
fn check_some_of_conv(shape: &Conv, kind: usize, with_bias: bool, every: usize, tolerance: f64) {
    let Conv { batch, c_in, h, w, c_out, kernel, stride, pad } = *shape;
    let (ho, wo) = (shape.out_height(), shape.out_width());
    assert_eq!(ho, (h + pad[0] + pad[1] - kernel) / stride + 1);
    assert_eq!(wo, (w + pad[2] + pad[3] - kernel) / stride + 1);
    let x = values(4, batch * c_in * h * w);
    let weight = Stored::new(kind, &values(5, c_out * c_in * kernel * kernel));
    let bias = with_bias.then(|| values(6, c_out));
    let mut out = vec![f32::NAN; batch * c_out * ho * wo];
    conv2d(&x, shape, weight.weights(), bias.as_deref(), &mut out);
    let mut wanted = Vec::new();
    for place in (0..out.len()).step_by(every) {
        let (column, line) = (place % wo, place / wo % ho);
        let (output, picture) = (place / (wo * ho) % c_out, place / (wo * ho * c_out));
        let mut sum = bias.as_ref().map_or(0.0, |bias| f64::from(bias[output]));
        for channel in 0..c_in {
            for ky in 0..kernel {
                for kx in 0..kernel {
                    let y = (line * stride + ky).wrapping_sub(pad[0]);
                    let x_at = (column * stride + kx).wrapping_sub(pad[2]);
                    if y < h && x_at < w {
                        let value = x[((picture * c_in + channel) * h + y) * w + x_at];
                        let factor = weight.get(((output * c_in + channel) * kernel + ky) * kernel + kx);
                        sum += f64::from(value) * factor;
                    }
                }
            }
        }
        wanted.push(sum);
    }
    assert!(out.iter().all(|value| value.is_finite()), "every output is written");
    let out: Vec<f32> = out.into_iter().step_by(every).collect();
    compare(&out, &wanted, tolerance);
}

#[test]
fn linear_of_telling_sizes() {
    for kind in 0..3 {
        for (rows, inputs, outputs) in [
            (1, 1, 1),
            (1, 2816, 1280),
            (2, 1280, 77),
            (3, 7, 13),
            (5, 1, 31),
            (14, 384, 32),
            (77, 2048, 640),
            (257, 1029, 33),
            (1024, 64, 96),
            (13, 5120, 101),
        ] {
            check_linear(rows, inputs, outputs, kind, rows % 2 == 1);
        }
    }
}

#[test]
fn empty_products_are_the_bias() {
    let mut out = [f32::NAN; 12];
    linear(&[], 6, drape_kernels::Weights::F32(&[]), 0, 2, Some(&[1.0, 2.0]), &mut out);
    assert_eq!(out, [1.0, 2.0].repeat(6)[..]);
    linear(&[], 0, drape_kernels::Weights::F32(&[1.0; 4]), 2, 2, None, &mut []);
}

#[test]
fn convolutions_of_telling_shapes() {
    let base = Conv { batch: 1, c_in: 3, h: 16, w: 16, c_out: 5, kernel: 3, stride: 1, pad: [1; 4] };
    for kind in 0..3 {
        for shape in [
            base,
            Conv { batch: 2, c_in: 64, h: 16, w: 16, c_out: 77, ..base },
            Conv { c_in: 40, c_out: 20, h: 33, w: 47, ..base },
            // The encoder of the autoencoder pads below and right only.
            Conv { c_in: 8, stride: 2, pad: [0, 1, 0, 1], ..base },
            Conv { c_in: 8, stride: 2, ..base },
            Conv { batch: 3, kernel: 1, pad: [0; 4], c_in: 320, c_out: 4, ..base },
            Conv { kernel: 1, stride: 2, pad: [0; 4], ..base },
            Conv { kernel: 14, stride: 14, pad: [0; 4], h: 224, w: 224, c_out: 32, ..base },
            Conv { kernel: 16, stride: 3, pad: [15, 2, 0, 9], h: 21, w: 17, ..base },
            Conv { h: 1, w: 1, ..base },
            Conv { h: 64, w: 64, c_in: 31, c_out: 64, ..base },
            Conv { kernel: 5, pad: [9, 0, 7, 3], h: 3, w: 2, ..base },
            // Wide enough for the Winograd transform, with odd outputs and uneven padding.
            Conv { batch: 2, c_in: 33, c_out: 37, h: 14, w: 19, pad: [2, 0, 1, 3], ..base },
            Conv { c_in: 16, c_out: 16, h: 300, w: 1, ..base },
            Conv { c_in: 17, c_out: 31, h: 2, w: 131, pad: [0, 5, 4, 0], ..base },
        ] {
            check_conv(&shape, kind, kind != 1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn linear_of_any_size(
        rows in 1usize..90, inputs in 1usize..900, outputs in 1usize..90, kind in 0usize..3, bias: bool,
    ) {
        check_linear(rows, inputs, outputs, kind, bias);
    }

    #[test]
    fn convolution_of_any_shape(
        (batch, c_in, c_out) in (1usize..4, 1usize..20, 1usize..40),
        (h, w) in (1usize..24, 1usize..24),
        (kernel, stride, kind) in (1usize..=5, 1usize..=3, 0usize..3),
        pad in prop::array::uniform4(0usize..4),
        bias: bool,
    ) {
        let shape = Conv { batch, c_in, h, w, c_out, kernel, stride, pad };
        prop_assume!(h + pad[0] + pad[1] >= kernel && w + pad[2] + pad[3] >= kernel);
        check_conv(&shape, kind, bias);
    }

    #[test]
    fn same_padded_convolution_of_any_shape(
        (batch, c_in, c_out) in (1usize..4, 1usize..50, 1usize..60),
        (h, w) in (1usize..40, 1usize..40),
        kind in 0usize..3,
    ) {
        let shape = Conv { batch, c_in, h, w, c_out, kernel: 3, stride: 1, pad: [1; 4] };
        check_conv(&shape, kind, true);
    }
}

#[test]
fn convolutions_of_real_depth() {
    let base = Conv { batch: 1, c_in: 2560, h: 16, w: 16, c_out: 288, kernel: 3, stride: 1, pad: [1; 4] };
    // More kernels than are transformed at a time, and many blocks of depth.
    check_some_of_conv(&base, 1, true, 97, 2e-6);
    check_some_of_conv(&Conv { batch: 2, c_in: 320, c_out: 320, h: 64, w: 64, ..base }, 2, true, 1009, 2e-6);
    check_some_of_conv(&Conv { stride: 2, c_in: 640, c_out: 640, h: 32, w: 32, ..base }, 1, true, 1009, 2e-6);
}

#[test]
#[should_panic(expected = "weight has 9 values")]
fn wrong_lengths_are_named() {
    let shape = Conv { batch: 1, c_in: 1, h: 4, w: 4, c_out: 2, kernel: 3, stride: 1, pad: [1; 4] };
    conv2d(&[0.0; 16], &shape, drape_kernels::Weights::F32(&[0.0; 9]), None, &mut [0.0; 32]);
}
