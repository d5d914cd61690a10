//! The ground under the person: shadows on it, and its fine texture where it is in focus.

use rayon::prelude::*;

use super::canvas::Canvas;
use super::matte::Matte;
use super::shot::Shot;
use crate::raster::noise::{chance, noise};
use crate::raster::plane::{Plane, smoothstep};

/// What the ground is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Floor {
    /// No visible texture.
    Smooth,
    Slabs,
    Sand,
    Boards,
    Carpet,
    Earth,
    Snow,
}

impl Floor {
    /// Factor on the light of the ground at a place in metres; `pixel`: its size in metres there.
    pub(super) fn texture(self, x: f32, z: f32, pixel: f32, seed: u32) -> f32 {
        // Grains smaller than a pixel average out.
        let speck = |size: f32, strength: f32| {
            let seen = smoothstep(0.6 * pixel, 1.6 * pixel, size);
            1.0 + strength * seen * (noise(x / size, z / size, seed) - 0.5)
        };
        match self {
            Self::Smooth => 1.0,
            Self::Slabs => speck(0.006, 0.16) * speck(0.02, 0.12) * speck(0.09, 0.10),
            Self::Sand => speck(0.005, 0.18) * speck(0.03, 0.14) * speck(0.12, 0.22),
            Self::Boards => {
                let grain = noise(x / 0.006, z / 0.25, seed) - 0.5;
                1.0 + 0.16 * grain * smoothstep(0.012, 0.004, pixel)
            }
            Self::Carpet => speck(0.004, 0.22) * speck(0.012, 0.12),
            Self::Earth => speck(0.004, 0.16) * speck(0.015, 0.14) * speck(0.07, 0.14),
            Self::Snow => speck(0.01, 0.05) * speck(0.08, 0.05),
        }
    }
}

/// How light falls on the ground.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shade {
    /// Depth of the shadow that the person casts, 0..=1.
    pub(super) cast: f32,
    /// Blur of that shadow per metre of height, metres: small in the sun, large under clouds.
    pub(super) softness: f32,
    /// Where the shadow of a point one metre up falls: metres to the right and in depth.
    pub(super) falls: (f32, f32),
}

impl Shade {
    /// Shadow of a light from the photo's own side.
    pub(super) fn from_light(shot: &Shot, cast: f32, softness: f32) -> Self {
        let side = if shot.light.abs() < 0.06 { 0.35 } else { shot.light };
        Self { cast, softness, falls: (-1.1 * side.clamp(-0.8, 0.8), 0.55) }
    }
}

/// Darkens the ground where the person shades it.
pub(super) fn shadows(canvas: &mut Canvas, matte: &Matte<'_>, photo: (usize, usize), shade: Shade) {
    let shot = canvas.shot;
    if !shot.stands {
        return;
    }
    let (w, h) = (shot.width, shot.height);
    let (kx, ky) = (photo.0 as f32 / w as f32, photo.1 as f32 / h as f32);
    let person = Plane::from_fn(w, h, |x, y| {
        let at = |v: usize, k: f32, n: usize| (((v as f32 + 0.5) * k) as usize).min(n - 1);
        matte.outline(at(x, kx, photo.0), at(y, ky, photo.1))
    });
    // The contact shadow: close to the feet the person blocks light from the whole sky.
    let low = |reach: f32| {
        Plane::from_fn(w, h, |x, y| {
            let up = (shot.feet - y as f32) / shot.metre;
            person.at(x, y) * smoothstep(reach, reach * 0.35, up)
        })
    };
    let flat = |p: &Plane, wide: f32, tall: f32| {
        // Wider than tall, because the camera sees the ground at a low angle.
        let squeezed = p.reduced((w as f32 * (tall / wide).min(1.0)).max(8.0) as usize, h);
        squeezed.blurred(tall).resized(w, h)
    };
    let near = flat(&low(0.16), 0.034 * shot.metre, 0.012 * shot.metre);
    let around = flat(&low(0.30), 0.17 * shot.metre, 0.040 * shot.metre);
    let cast = cast_shadow(&shot, &person, shade);
    let touch = (0.012 * shot.metre).max(0.5);
    canvas.colour.par_chunks_mut(w).enumerate().for_each(|(y, row)| {
        for (x, c) in row.iter_mut().enumerate() {
            let (px, py) = (x as f32, y as f32);
            let ground = smoothstep(shot.horizon, shot.horizon + 0.12 * shot.metre, py);
            let dark = (1.0 - 0.72 * (1.8 * near.sample(px, py - touch)).min(1.0))
                * (1.0 - 0.45 * (1.7 * around.sample(px, py - touch)).min(1.0))
                * (1.0 - shade.cast * cast.at(x, y));
            let dark = 1.0 - (1.0 - dark) * ground;
            // Shadows are lit by the sky, so they are a little bluer than lit ground.
            *c = [c[0] * dark.powf(1.03), c[1] * dark, c[2] * dark.powf(0.95)];
        }
    });
}

/// The person's outline projected onto the ground along the light.
fn cast_shadow(shot: &Shot, person: &Plane, shade: Shade) -> Plane {
    let (w, h) = (person.width, person.height);
    // Shadows in soft light get softer with the distance from the foot; blend two blurs instead of many.
    let soft = (shade.softness * shot.metre).max(0.6);
    let (fine, coarse) = (person.blurred(0.35 * soft), person.blurred(1.6 * soft));
    let (right, back) = shade.falls;
    Plane::from_fn(w, h, |x, y| {
        let Some((gx, gz)) = shot.ground(x as f32 + 0.5, y as f32 + 0.5) else { return 0.0 };
        let up = (gz - shot.distance) / back;
        if !(0.0..1.9).contains(&up) {
            return 0.0;
        }
        let px = shot.person + (gx - shot.stand() - right * up) * shot.metre;
        let py = shot.feet - up * shot.metre;
        let t = (up / 1.2).clamp(0.0, 1.0);
        let v = fine.sample(px, py) * (1.0 - t) + coarse.sample(px, py) * t;
        v * smoothstep(1.9, 0.4, up) * if (0.0..w as f32).contains(&px) { 1.0 } else { 0.0 }
    })
}

impl Shot {
    /// The place on the ground that a pixel shows: metres to the right of the camera and in depth.
    pub(super) fn ground(&self, x: f32, y: f32) -> Option<(f32, f32)> {
        let (dx, dy) = self.ray(x, y);
        (dy > 1e-4).then(|| (dx * self.eye / dy, self.eye / dy))
    }
}

/// Joints between slabs or boards of `size` metres: how much darker a spot is, averaged over `blur`.
pub(super) fn joints(x: f32, z: f32, size: (f32, f32), blur: (f32, f32)) -> f32 {
    let line = |t: f32, size: f32, blur: f32| {
        let width = 0.012 + blur;
        let d = ((t / size).rem_euclid(1.0) - 0.5).abs() * size;
        smoothstep(0.5 * size - width, 0.5 * size, d) * 0.012 / width.max(0.012)
    };
    let row = (z / size.1).floor();
    let shift = if row.rem_euclid(2.0) < 1.0 { 0.0 } else { size.0 * 0.5 };
    line(x + shift, size.0, blur.0).max(line(z, size.1, blur.1))
}

/// A number of 0..1 for the slab at a place.
pub(super) fn slab(x: f32, z: f32, size: (f32, f32), seed: u32) -> f32 {
    let row = (z / size.1).floor();
    let shift = if row.rem_euclid(2.0) < 1.0 { 0.0 } else { size.0 * 0.5 };
    chance(((x + shift) / size.0).floor() as i32, row as i32, seed)
}
