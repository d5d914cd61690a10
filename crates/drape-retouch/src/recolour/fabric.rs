//! How a material changes the light on it: contrast of folds, shine, and grain.

use drape_core::style::Material;

use super::frame::Uv;
use crate::raster::noise::{chance, noise};

/// The look of a material.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fabric {
    /// Factor on the contrast of folds; 1 is cotton.
    pub(crate) contrast: f32,
    /// Strength of the shine on what faces the light, 0..=1.
    pub(crate) gloss: f32,
    /// Share of the photo's fine texture that stays, 0..=1.
    pub(crate) texture: f32,
    /// Lightness amplitude of the grain (OKLab).
    pub(crate) grain: f32,
    kind: Option<Material>,
}

impl Fabric {
    pub(crate) fn of(material: Option<Material>) -> Self {
        use Material as M;
        let (contrast, gloss, texture, grain) = match material {
            None | Some(M::Cotton | M::Polyester | M::Jersey) => (1.0, 0.0, 1.0, 0.0),
            Some(M::Denim) => (1.05, 0.0, 0.9, 0.022),
            Some(M::Leather) => (1.55, 0.55, 0.45, 0.006),
            Some(M::Suede) => (0.9, 0.0, 0.7, 0.012),
            Some(M::Knit) => (0.95, 0.0, 0.8, 0.032),
            Some(M::Wool | M::Flannel) => (0.9, 0.0, 0.85, 0.014),
            Some(M::Cashmere) => (0.85, 0.0, 0.55, 0.010),
            Some(M::Tweed) => (0.9, 0.0, 0.8, 0.045),
            Some(M::Silk) => (1.3, 0.35, 0.55, 0.0),
            Some(M::Satin) => (1.5, 0.5, 0.4, 0.0),
            Some(M::Linen) => (1.05, 0.0, 1.0, 0.020),
            Some(M::Velvet) => (1.45, 0.15, 0.35, 0.006),
            Some(M::Corduroy) => (0.95, 0.0, 0.7, 0.036),
            Some(M::Fleece | M::Shearling | M::Fur | M::Mohair) => (0.85, 0.0, 0.7, 0.045),
            Some(M::Nylon | M::Down) => (1.25, 0.3, 0.7, 0.0),
            Some(M::Chiffon | M::Lace | M::Mesh) => (0.9, 0.0, 0.9, 0.012),
            Some(M::Sequin) => (1.2, 0.4, 0.6, 0.12),
            Some(M::Canvas) => (1.0, 0.0, 1.0, 0.018),
        };
        Self { contrast, gloss, texture, grain, kind: material }
    }

    /// Lightness to add at a position of the cloth (OKLab), about -grain..=grain. `pixel`:
    /// centimetres per pixel; grain finer than a pixel fades away.
    pub(crate) fn relief(&self, uv: Uv, pixel: f32, seed: u32) -> f32 {
        use Material as M;
        let Some(kind) = self.kind else { return 0.0 };
        if self.grain == 0.0 {
            return 0.0;
        }
        let (u, v) = (uv.u, uv.v);
        let fade = |period: f32| (period / (2.0 * pixel) - 0.5).clamp(0.0, 1.0);
        let wave = |t: f32| (t * std::f32::consts::TAU).sin();
        let speck = |size: f32| {
            let s = size.max(pixel * 1.2);
            noise(u / s, v / s, seed) * 2.0 - 1.0
        };
        let value = match kind {
            M::Denim => {
                0.55 * speck(0.16)
                    + 0.45 * wave((u + v) / 0.55) * fade(0.55) * (0.5 + 0.5 * noise(u, v * 0.2, seed))
            }
            M::Knit => {
                // Columns of stitches, each a pair of slanted loops.
                let period = 0.9_f32.max(pixel * 5.0);
                let column = (u / period).rem_euclid(1.0) - 0.5;
                let rib = 1.0 - 4.0 * column * column;
                let stitch = wave(v / (period * 0.8) + column.abs() * 1.6);
                (rib - 0.5) * 0.9 + 0.45 * stitch
            }
            M::Corduroy => {
                let period = 0.55_f32.max(pixel * 4.0);
                wave(u / period)
            }
            M::Linen | M::Canvas => {
                let t = 0.14_f32.max(pixel * 1.1);
                (noise(u / t, v / (t * 9.0), seed) + noise(u / (t * 9.0), v / t, seed ^ 5)) - 1.0
            }
            M::Tweed => {
                let s = 0.22_f32.max(pixel * 1.3);
                let flake = chance((u / s).floor() as i32, (v / s).floor() as i32, seed);
                0.7 * speck(0.2)
                    + if flake > 0.93 {
                        0.9
                    } else if flake < 0.06 {
                        -0.8
                    } else {
                        0.0
                    }
            }
            M::Fleece | M::Shearling | M::Fur | M::Mohair => 0.6 * speck(0.6) + 0.5 * speck(0.22),
            M::Sequin => {
                let s = 0.5_f32.max(pixel * 2.5);
                let glint = chance((u / s).floor() as i32, (v / s).floor() as i32, seed);
                if glint > 0.86 { 1.0 } else { glint * 0.5 - 0.4 }
            }
            _ => speck(0.18),
        };
        value * self.grain
    }
}
