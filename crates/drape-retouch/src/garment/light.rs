//! Where the light in a photo comes from, read from the clothes that are worn in it.

use drape_core::colour::{Oklab, toe};
use drape_core::photo::Photo;

use super::body::Body;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;

/// The light's direction in the picture and how hard it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Light {
    /// Towards the light, in the picture's plane: right is positive, down is positive.
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// 0.7 under an overcast sky to 1.3 in the sun.
    pub(crate) hardness: f32,
}

impl Light {
    /// Compares the left and right halves of the clothed torso: a round body is brighter on the side
    /// that faces the light. Light from above is assumed, as indoors and outdoors.
    pub(crate) fn of(photo: &Photo, parse: &Parse, body: &Body) -> Self {
        let (w, h) = photo.pixels.dimensions();
        let labels = parse.labels.as_raw();
        let step = (body.scale * 0.8).max(1.0) as usize;
        let (mut sums, mut square, mut n) = ([(0.0_f32, 0.0_f32); 2], 0.0_f32, 0.0_f32);
        let (mut mean, mut count) = (0.0, 0.0);
        for y in (0..h as usize).step_by(step) {
            for x in (0..w as usize).step_by(step) {
                let label = labels[y * w as usize + x];
                let cloth = [Label::Upper, Label::Outer, Label::Dress].iter().any(|l| l.is(label));
                let (u, v) = body.uv(x as f32, y as f32);
                if !cloth || u.abs() > 17.0 || !(4.0..48.0).contains(&v) {
                    continue;
                }
                let l = toe(Oklab::from_srgb8(photo.pixels.get_pixel(x as u32, y as u32).0).l);
                (mean, count) = (mean + l, count + 1.0);
                if u.abs() > 5.0 {
                    let s = &mut sums[usize::from(u > 0.0)];
                    *s = (s.0 + l, s.1 + 1.0);
                }
                (square, n) = (square + l * l, n + 1.0);
            }
        }
        if sums[0].1 < 20.0 || sums[1].1 < 20.0 {
            return Self { x: 0.0, y: -0.8, hardness: 0.9 };
        }
        let (left, right) = (sums[0].0 / sums[0].1, sums[1].0 / sums[1].1);
        let mean = mean / count;
        let deviation = (square / n - mean * mean).max(0.0).sqrt();
        let x = (2.2 * (right - left) / (left + right).max(0.1)).clamp(-0.7, 0.7);
        Self {
            x,
            y: -(1.0 - x * x).sqrt().max(0.6),
            hardness: (0.7 + 3.0 * deviation / mean.max(0.15)).clamp(0.75, 1.25),
        }
    }
}
