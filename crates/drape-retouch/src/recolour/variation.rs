//! Differences between the looks of one sentence, by seed.

use drape_core::colour::Oklab;

use crate::raster::noise::chance;

/// The choices of one variation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Variation {
    pub(crate) seed: u32,
    /// Added to the asked lightness (OKLab).
    pub(crate) lightness: f32,
    /// Factor on the asked chroma.
    pub(crate) chroma: f32,
    /// Added to the asked hue, radians.
    pub(crate) hue: f32,
    /// Factor on pattern sizes.
    pub(crate) size: f32,
    /// Closer and shorter or looser and longer, where the sentence leaves it open: -1..=1.
    pub(crate) fit: f32,
    /// Chooses among usual fabrics, details and accessories: 0 is the plain choice.
    pub(crate) taste: u32,
}

impl Variation {
    /// The look as asked for `seed` 0, and small true-to-the-sentence departures for others.
    pub(crate) fn of(seed: u64) -> Self {
        let short = (seed ^ (seed >> 32)) as u32;
        if seed == 0 {
            return Self {
                seed: short,
                lightness: 0.0,
                chroma: 1.0,
                hue: 0.0,
                size: 1.0,
                fit: 0.0,
                taste: 0,
            };
        }
        let swing = |k: i32| chance(k, 77, short) * 2.0 - 1.0;
        // At least half of the range, so that two variations can be told apart.
        let lightness = 0.055 * swing(1).signum() * (0.45 + 0.55 * swing(2).abs());
        Self {
            seed: short,
            lightness,
            chroma: 1.0 + 0.10 * swing(3),
            hue: 0.06 * swing(4),
            size: (0.30 * swing(5)).exp(),
            fit: swing(6).signum() * (0.4 + 0.6 * swing(7).abs()),
            taste: (chance(8, 77, short) * 6.0) as u32,
        }
    }

    /// A colour as this variation paints it.
    pub(crate) fn apply(self, c: Oklab) -> Oklab {
        // Stay away from white and black, where there is no room for light or shade.
        let l = (c.l + self.lightness).clamp(0.16, 0.965);
        let (s, k) = self.hue.sin_cos();
        Oklab { l, a: (c.a * k - c.b * s) * self.chroma, b: (c.a * s + c.b * k) * self.chroma }
    }
}
