//! The relief of cloth as a height above the body, and its shading.
//!
//! Lapels, seams, folds, pleats, ribs, quilting and buttons all are heights in centimetres; their shading
//! comes from one rule: slopes that face the light are brighter, those that face away darker (Lambert), and
//! hollows get less light from the sky.

use super::light::Light;
use super::outline::Curve;
use super::piece::Piece;
use crate::raster::noise::noise;
use crate::raster::plane::Plane;
use crate::raster::window::Window;

/// Heights over a window of the photo.
#[derive(Debug, Clone)]
pub(crate) struct Relief {
    pub(crate) window: Window,
    /// Centimetres.
    pub(crate) height: Plane,
    /// Perceived lightness from the form as a whole: a round body, the dark between two legs.
    form: Plane,
    /// Pixels per centimetre.
    pub(crate) scale: f32,
}

impl Relief {
    pub(crate) fn flat(window: Window, scale: f32) -> Self {
        let flat = Plane::filled(window.width, window.height, 0.0);
        Self { window, height: flat.clone(), form: flat, scale }
    }

    /// Raises (or lowers) everything under a piece by `cm`, with edges rounded over `bevel` cm.
    pub(crate) fn raise(&mut self, piece: &Piece, cm: f32, bevel: f32) {
        let sigma = bevel * self.scale * 0.5;
        if sigma > 0.6 {
            let mut soft = piece.grown((3.0 * sigma).ceil() as usize, self.window);
            soft.cover = soft.cover.blurred(sigma);
            soft.onto(&mut self.height, self.window, |h, c| h + cm * c);
        } else {
            piece.onto(&mut self.height, self.window, |h, c| h + cm * c);
        }
    }

    /// A groove (a seam), or a welt for negative depths, along a curve; `width` and `depth` in cm.
    pub(crate) fn groove(&mut self, curve: &Curve, width: f32, depth: f32) {
        let width = (width * self.scale).max(0.7);
        let window = curve.window(self.window, width + 2.0);
        let line = Piece { window, cover: curve.stroke(window, width) };
        line.onto(&mut self.height, self.window, |h, l| h - depth * l);
    }

    /// Adds a height at every pixel (position in the photo) under a piece.
    pub(crate) fn add(&mut self, piece: &Piece, f: impl Fn(f32, f32) -> f32 + Sync) {
        added(&mut self.height, self.window, piece, f);
    }

    /// Adds to the light on the form under a piece (position in the photo -> lightness).
    pub(crate) fn model(&mut self, piece: &Piece, f: impl Fn(f32, f32) -> f32 + Sync) {
        added(&mut self.form, self.window, piece, f);
    }

    /// Perceived lightness that the shape adds to cloth of middle lightness, about -0.3..=0.2.
    pub(crate) fn shade(&self, light: &Light) -> Plane {
        let (w, h) = (self.window.width, self.window.height);
        if w == 0 {
            return Plane::default();
        }
        let around = self.height.blurred((0.9 * self.scale).max(1.0));
        let near = self.height.blurred((0.25 * self.scale).max(0.8));
        // As soft as the photo itself: one pixel's slope is the difference over two.
        let soft = self.height.box_blurred(1);
        Plane::from_fn(w, h, |x, y| {
            let (xi, yi) = (x as isize, y as isize);
            let slope_x = (soft.clamped(xi + 1, yi) - soft.clamped(xi - 1, yi)) * 0.5 * self.scale;
            let slope_y = (soft.clamped(xi, yi + 1) - soft.clamped(xi, yi - 1)) * 0.5 * self.scale;
            let facing = -(slope_x * light.x + slope_y * light.y);
            let lit = light.hardness * 0.16 * (1.1 * facing).tanh();
            let hollow = (around.at(x, y) - self.height.at(x, y)).clamp(-0.15, 0.7);
            let crease = (near.at(x, y) - self.height.at(x, y)).clamp(-0.05, 0.35);
            // The sky's share: lost in hollows, and on steep slopes.
            let steep = (slope_x * slope_x + slope_y * slope_y).min(4.0);
            let sum = self.form.at(x, y) + lit - 0.20 * hollow - 0.30 * crease - 0.012 * steep;
            // Light comes from everywhere a little: no fold is black.
            if sum < 0.0 { -0.26 * (-sum / 0.26).tanh() } else { sum }
        })
    }
}

fn added(plane: &mut Plane, whole: Window, piece: &Piece, f: impl Fn(f32, f32) -> f32 + Sync) {
    let window = piece.window;
    let values = Plane::from_fn(window.width, window.height, |x, y| {
        let c = piece.cover.at(x, y);
        if c <= 0.002 { 0.0 } else { c * f((x + window.x) as f32 + 0.5, (y + window.y) as f32 + 0.5) }
    });
    for y in 0..window.height {
        let row = (y + window.y - whole.y) * whole.width + window.x - whole.x;
        let out = &mut plane.data[row..row + window.width];
        out.iter_mut().zip(&values.data[y * window.width..][..window.width]).for_each(|(o, v)| *o += v);
    }
}

/// A fold across `t` (in folds): rounded ridges and narrower valleys, -1..=1.
pub(crate) fn fold(t: f32) -> f32 {
    let s = (t * std::f32::consts::TAU).sin();
    // The square makes ridges broad and valleys narrow.
    0.8 * (s + 0.25 * (1.0 - s * s))
}

/// Irregular soft waves of about `size` cm: three octaves, about -1..=1.
pub(crate) fn waves(u: f32, v: f32, size: f32, seed: u32) -> f32 {
    let octave = |k: f32, s: u32| noise(u / size * k, v / size * k, seed ^ s) * 2.0 - 1.0;
    0.6 * octave(1.0, 1) + 0.28 * octave(2.1, 2) + 0.12 * octave(4.3, 3)
}
