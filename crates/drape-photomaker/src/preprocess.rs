//! Photos in the form that the ID encoder takes: 224 pixels square, made as by CLIP's own preprocessing.
//!
//! The reference resizes with Pillow's 8-bit bicubic filter, whose rounding between its two passes shows in
//! the last bit of the result. This file rounds the same way, so pixels are equal, not merely close.

use candle_core::{Device, Tensor};
use image::RgbImage;

use crate::error::Result;

/// Pixels of a side.
pub const SIDE: usize = 224;

const MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const DEVIATION: [f32; 3] = [0.268_629_54, 0.261_302_6, 0.275_777_1];

/// The middle of a photo, 224 x 224 pixels, its shorter side fitted.
pub fn clip_pixels(photo: &RgbImage) -> RgbImage {
    let (width, height) = (photo.width() as usize, photo.height() as usize);
    let short = width.min(height).max(1);
    let fit = |side: usize| if side == short { SIDE } else { SIDE * side / short };
    let (to_width, to_height) = (fit(width), fit(height));
    let resized = resize(photo.as_raw(), (width, height), (to_width, to_height));
    let (left, top) = ((to_width - SIDE) / 2, (to_height - SIDE) / 2);
    let mut out = Vec::with_capacity(SIDE * SIDE * 3);
    for y in top..top + SIDE {
        let from = (y * to_width + left) * 3;
        out.extend_from_slice(&resized[from..from + SIDE * 3]);
    }
    RgbImage::from_raw(SIDE as u32, SIDE as u32, out).expect("the buffer was filled for this size")
}

/// Pictures of [`clip_pixels`] as a tensor `[n, 3, 224, 224]` with CLIP's mean and deviation taken out.
///
/// # Errors
/// Errors of the device.
pub fn clip_tensor(pictures: &[RgbImage], device: &Device) -> Result<Tensor> {
    let mut values = Vec::with_capacity(pictures.len() * 3 * SIDE * SIDE);
    for picture in pictures {
        for channel in 0..3 {
            let normal = |v: u8| (f32::from(v) / 255.0 - MEAN[channel]) / DEVIATION[channel];
            values.extend(picture.as_raw().iter().skip(channel).step_by(3).map(|v| normal(*v)));
        }
    }
    Ok(Tensor::from_vec(values, (pictures.len(), 3, SIDE, SIDE), &Device::Cpu)?.to_device(device)?)
}

/// Bits of the fraction in fixed-point weights.
const BITS: u32 = 22;

/// For each pixel of a row of the result, its first source pixel and the weights from there on, in fixed
/// point.
type Taps = Vec<(usize, Vec<i64>)>;

/// Keys' cubic with a = -0.5, widened by the scale when the picture shrinks.
fn taps(from: usize, to: usize) -> Taps {
    let scale = from as f64 / to as f64;
    let wide = scale.max(1.0);
    let reach = 2.0 * wide;
    let cubic = |x: f64| {
        const A: f64 = -0.5;
        let x = x.abs();
        if x < 1.0 {
            ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
        } else if x < 2.0 {
            (((x - 5.0) * x + 8.0) * x - 4.0) * A
        } else {
            0.0
        }
    };
    (0..to)
        .map(|i| {
            let centre = (i as f64 + 0.5) * scale;
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(from);
            let weights: Vec<f64> = (first..end).map(|x| cubic((x as f64 - centre + 0.5) / wide)).collect();
            let sum: f64 = weights.iter().sum();
            let fixed = weights.iter().map(|w| {
                let w = w / sum * f64::from(1 << BITS);
                (if w < 0.0 { w - 0.5 } else { w + 0.5 }) as i64
            });
            (first, fixed.collect())
        })
        .collect()
}

fn to_byte(sum: i64) -> u8 {
    u8::try_from((sum >> BITS).clamp(0, 255)).unwrap_or(u8::MAX)
}

/// Resizes rows first, then columns, with bytes between.
fn resize(pixels: &[u8], (width, height): (usize, usize), (to_width, to_height): (usize, usize)) -> Vec<u8> {
    const HALF: i64 = 1 << (BITS - 1);
    let across = taps(width, to_width);
    let mut rows = Vec::with_capacity(to_width * height * 3);
    for row in pixels.chunks_exact(width * 3) {
        for (first, weights) in &across {
            for channel in 0..3 {
                let values = row[first * 3 + channel..].iter().step_by(3);
                let sum: i64 = weights.iter().zip(values).map(|(w, v)| w * i64::from(*v)).sum();
                rows.push(to_byte(HALF + sum));
            }
        }
    }
    let mut out = Vec::with_capacity(to_width * to_height * 3);
    for (first, weights) in taps(height, to_height) {
        for x in 0..to_width * 3 {
            let values = rows[first * to_width * 3 + x..].iter().step_by(to_width * 3);
            let sum: i64 = weights.iter().zip(values).map(|(w, v)| w * i64::from(*v)).sum();
            out.push(to_byte(HALF + sum));
        }
    }
    out
}
