//! A photo as planes of numbers, reduced where that is enough.

use drape_core::photo::Photo;

use super::plane::Plane;

/// Width and height of at most `area` pixels with the aspect of the photo.
pub(crate) fn within(width: usize, height: usize, area: usize) -> (usize, usize) {
    let k = (area as f32 / (width * height) as f32).sqrt().min(1.0);
    (((width as f32 * k).round() as usize).max(1), ((height as f32 * k).round() as usize).max(1))
}

/// The three channels of a photo as planes of 0..=1 at the given size, area-averaged.
pub(crate) fn planes(photo: &Photo, width: usize, height: usize) -> [Plane; 3] {
    let (w, h) = (photo.pixels.width() as usize, photo.pixels.height() as usize);
    let raw = photo.pixels.as_raw();
    let (kx, ky) = (w as f32 / width as f32, h as f32 / height as f32);
    [0, 1, 2].map(|c| {
        if (w, h) == (width, height) {
            return Plane::from_fn(w, h, |x, y| f32::from(raw[(y * w + x) * 3 + c]) / 255.0);
        }
        Plane::from_fn(width, height, |x, y| {
            let (x0, y0) = ((x as f32 * kx) as usize, (y as f32 * ky) as usize);
            let x1 = (((x + 1) as f32 * kx) as usize).clamp(x0 + 1, w);
            let y1 = (((y + 1) as f32 * ky) as usize).clamp(y0 + 1, h);
            let mut sum = 0_u32;
            for row in y0..y1 {
                sum += (x0..x1).map(|x| u32::from(raw[(row * w + x) * 3 + c])).sum::<u32>();
            }
            sum as f32 / ((x1 - x0) * (y1 - y0)) as f32 / 255.0
        })
    })
}
