//! Tensors as pictures.

use candle_core::{DType, Device, Tensor};
use drape_core::photo::Photo;
use image::RgbImage;
use image::imageops::FilterType;

use crate::error::{Error, Result};

/// A decoded picture `[1, 3, h, w]`, -1 to 1, in 8 bits.
///
/// # Errors
/// Errors of the device; [`Error::Compute`] for values that are NaN, as when half precision overflowed.
pub fn to_rgb(decoded: &Tensor) -> Result<RgbImage> {
    let (_, _, height, width) = decoded.dims4()?;
    let planes = decoded.squeeze(0)?.to_dtype(DType::F32)?.to_device(&Device::Cpu)?;
    let planes = planes.flatten_all()?.to_vec1::<f32>()?;
    if planes.iter().any(|v| v.is_nan()) {
        return Err(Error::Compute("the picture has values that are no numbers".to_owned()));
    }
    let size = height * width;
    // Half to even, as numpy rounds.
    let byte = |v: f32| ((v / 2.0 + 0.5).clamp(0.0, 1.0) * 255.0).round_ties_even() as u8;
    let bytes = (0..size).flat_map(|i| [0, 1, 2].map(|c| byte(planes[c * size + i]))).collect();
    RgbImage::from_raw(width as u32, height as u32, bytes)
        .ok_or_else(|| Error::Compute("the picture has another size than its values".to_owned()))
}

/// A rough picture of latents `[1, 4, h, w]` by a linear map, an eighth of the picture's size: a preview for
/// models without a small decoder.
///
/// The factors are those that ComfyUI uses for SDXL (`latent_formats.py`).
///
/// # Errors
/// Errors of the device.
pub fn rough(latents: &Tensor) -> Result<RgbImage> {
    const FACTORS: [f32; 12] = [
        0.3651, 0.4232, 0.4341, -0.2533, -0.0042, 0.1068, 0.1076, 0.1111, -0.0362, -0.3165, -0.2492, -0.2188,
    ];
    const BIAS: [f32; 3] = [0.1084, -0.0175, -0.0011];
    let (_, channels, height, width) = latents.dims4()?;
    let flat = latents.squeeze(0)?.to_dtype(DType::F32)?.to_device(&Device::Cpu)?;
    let flat = flat.reshape((channels, height * width))?;
    if channels != 4 {
        return Err(Error::unsupported("vae", format!("{channels} channels of latents")));
    }
    let factors = Tensor::from_slice(&FACTORS, (4, 3), &Device::Cpu)?.t()?.contiguous()?;
    let colours = factors.matmul(&flat)?;
    let colours = colours.broadcast_add(&Tensor::from_slice(&BIAS, (3, 1), &Device::Cpu)?)?;
    to_rgb(&colours.reshape((1, 3, height, width))?)
}

/// Pixels of the longer side of a preview.
const PREVIEW: u32 = 384;

/// A picture as a small JPEG; `None` if it cannot be encoded.
pub fn preview(picture: &RgbImage) -> Option<Vec<u8>> {
    let (width, height) = picture.dimensions();
    let scale = f64::from(PREVIEW) / f64::from(width.max(height).max(1));
    let side = |n: u32| ((f64::from(n) * scale).round() as u32).max(1);
    let resized = image::imageops::resize(picture, side(width), side(height), FilterType::Triangle);
    Photo { pixels: resized, icc: None }.encode_jpeg(80).ok()
}
