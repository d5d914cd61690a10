//! Colour: sRGB, OKLab, CIE L*a*b* and the CIEDE2000 distance.
//!
//! Sources: IEC 61966-2-1 (sRGB), Björn Ottosson's OKLab (2020), Sharma, Wu and Dalal,
//! "The CIEDE2000 Color-Difference Formula" (2005), whose test pairs are in the tests.

use serde::{Deserialize, Serialize};

/// OKLab: `l` in 0..=1, `a` (green to red) and `b` (blue to yellow) about -0.4..=0.4.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Oklab {
    /// Lightness, 0 black to 1 white.
    pub l: f32,
    /// Green (negative) to red (positive).
    pub a: f32,
    /// Blue (negative) to yellow (positive).
    pub b: f32,
}

/// CIE 1976 L*a*b* under D65: `l` in 0..=100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lab {
    /// Lightness, 0 to 100.
    pub l: f32,
    /// Green to red.
    pub a: f32,
    /// Blue to yellow.
    pub b: f32,
}

/// One sRGB channel, 0..=1, to linear light, 0..=1.
pub fn to_linear(v: f32) -> f32 {
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// Linear light, 0..=1, to one sRGB channel, 0..=1.
pub fn from_linear(v: f32) -> f32 {
    if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}

/// OKLab lightness to an estimate of perceived lightness (0..=1) that is linear in the darkest tones, as CIE
/// L* is; there the cube root would make noise look like folds.
///
/// Source: Björn Ottosson, "Okhsv and Okhsl" (2021), there called `toe`.
pub fn toe(l: f32) -> f32 {
    let x = TOE_K3 * l - TOE_K1;
    0.5 * (x + (x * x + 4.0 * TOE_K2 * TOE_K3 * l).max(0.0).sqrt())
}

/// The inverse of [`toe`].
pub fn toe_inverse(v: f32) -> f32 {
    (v * v + TOE_K1 * v) / (TOE_K3 * (v + TOE_K2))
}

const TOE_K1: f32 = 0.206;
const TOE_K2: f32 = 0.03;
const TOE_K3: f32 = (1.0 + TOE_K1) / (1.0 + TOE_K2);

impl Oklab {
    /// From linear-light RGB with the sRGB primaries.
    pub fn from_linear_rgb([r, g, b]: [f32; 3]) -> Self {
        let l = (0.412_221_47 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
        let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
        let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
        Self {
            l: 0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
            a: 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
            b: 0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
        }
    }

    /// To linear-light RGB; channels leave 0..=1 for colours that sRGB cannot show.
    pub fn to_linear_rgb(self) -> [f32; 3] {
        let l = self.l + 0.396_337_78 * self.a + 0.215_803_76 * self.b;
        let m = self.l - 0.105_561_346 * self.a - 0.063_854_17 * self.b;
        let s = self.l - 0.089_484_18 * self.a - 1.291_485_5 * self.b;
        let (l, m, s) = (l * l * l, m * m * m, s * s * s);
        [
            4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
            -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
            -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
        ]
    }

    /// From 8-bit sRGB.
    pub fn from_srgb8(rgb: [u8; 3]) -> Self {
        Self::from_linear_rgb(rgb.map(|v| to_linear(f32::from(v) / 255.0)))
    }

    /// The nearest 8-bit sRGB. Colours outside of sRGB lose chroma and keep hue and lightness.
    pub fn to_srgb8(self) -> [u8; 3] {
        let inside = |c: [f32; 3]| c.iter().all(|v| (-0.000_5..=1.000_5).contains(v));
        let mut rgb = self.to_linear_rgb();
        if !inside(rgb) {
            let (mut low, mut high) = (0.0_f32, 1.0_f32);
            for _ in 0..12 {
                let k = (low + high) / 2.0;
                let c = Self { l: self.l.clamp(0.0, 1.0), a: self.a * k, b: self.b * k };
                if inside(c.to_linear_rgb()) {
                    low = k;
                } else {
                    high = k;
                }
            }
            let c = Self { l: self.l.clamp(0.0, 1.0), a: self.a * low, b: self.b * low };
            rgb = c.to_linear_rgb();
        }
        rgb.map(|v| (from_linear(v.clamp(0.0, 1.0)) * 255.0).round() as u8)
    }

    /// Distance from the grey axis, 0 to about 0.37.
    pub fn chroma(self) -> f32 {
        self.a.hypot(self.b)
    }

    /// The colour of `#rrggbb`, sRGB; `None` for a text of another form.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6)?;
        let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self::from_srgb8([r, g, b]))
    }

    /// `#rrggbb` of the nearest sRGB.
    pub fn hex(self) -> String {
        let [r, g, b] = self.to_srgb8();
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

impl Lab {
    /// From 8-bit sRGB, D65 white.
    pub fn from_srgb8(rgb: [u8; 3]) -> Self {
        let [r, g, b] = rgb.map(|v| to_linear(f32::from(v) / 255.0));
        let x = (0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47;
        let y = 0.212_672_9 * r + 0.715_152_2 * g + 0.072_175 * b;
        let z = (0.019_333_9 * r + 0.119_192 * g + 0.950_304_1 * b) / 1.088_83;
        let f = |t: f32| if t > 0.008_856_452 { t.cbrt() } else { t * 7.787_037 + 16.0 / 116.0 };
        let (x, y, z) = (f(x), f(y), f(z));
        Self { l: 116.0 * y - 16.0, a: 500.0 * (x - y), b: 200.0 * (y - z) }
    }

    /// The CIEDE2000 distance; 1 is about what an eye can just tell apart.
    pub fn distance(self, other: Self) -> f32 {
        let (l1, a1, b1) = (f64::from(self.l), f64::from(self.a), f64::from(self.b));
        let (l2, a2, b2) = (f64::from(other.l), f64::from(other.a), f64::from(other.b));
        let c_mean = (a1.hypot(b1) + a2.hypot(b2)) / 2.0;
        let c7 = c_mean.powi(7);
        let g = 0.5 * (1.0 - (c7 / (c7 + 25f64.powi(7))).sqrt());
        let (a1, a2) = (a1 * (1.0 + g), a2 * (1.0 + g));
        let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
        let hue = |a: f64, b: f64| {
            if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) }
        };
        let (h1, h2) = (hue(a1, b1), hue(a2, b2));
        let grey = c1 * c2 == 0.0;
        let dh = match h2 - h1 {
            _ if grey => 0.0,
            d if d > 180.0 => d - 360.0,
            d if d < -180.0 => d + 360.0,
            d => d,
        };
        let dh = 2.0 * (c1 * c2).sqrt() * (dh / 2.0).to_radians().sin();
        let h_mean = match (h1 + h2, (h1 - h2).abs()) {
            (sum, _) if grey => sum,
            (sum, d) if d <= 180.0 => sum / 2.0,
            (sum, _) if sum < 360.0 => (sum + 360.0) / 2.0,
            (sum, _) => (sum - 360.0) / 2.0,
        };
        let (l_mean, c_mean) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
        let cos = |d: f64| d.to_radians().cos();
        let t = 1.0 - 0.17 * cos(h_mean - 30.0) + 0.24 * cos(2.0 * h_mean) + 0.32 * cos(3.0 * h_mean + 6.0)
            - 0.20 * cos(4.0 * h_mean - 63.0);
        let turn = 30.0 * (-((h_mean - 275.0) / 25.0).powi(2)).exp();
        let c7 = c_mean.powi(7);
        let rotate = -(2.0 * (c7 / (c7 + 25f64.powi(7))).sqrt()) * (2.0 * turn).to_radians().sin();
        let l50 = (l_mean - 50.0).powi(2);
        let dl = (l2 - l1) / (1.0 + 0.015 * l50 / (20.0 + l50).sqrt());
        let dc = (c2 - c1) / (1.0 + 0.045 * c_mean);
        let dh = dh / (1.0 + 0.015 * c_mean * t);
        (dl * dl + dc * dc + dh * dh + rotate * dc * dh).max(0.0).sqrt() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciede2000_agrees_with_the_published_pairs() {
        // Rows 1, 7, 9, 17, 20, 25 and 31 of the table of Sharma, Wu and Dalal.
        let pairs = [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
            ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0009], 7.1792),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([50.0, 2.5, 0.0], [58.0, 24.0, 15.0], 19.4535),
            ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
            ([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373),
        ];
        for (p, q, expected) in pairs {
            let lab = |[l, a, b]: [f32; 3]| Lab { l, a, b };
            let d = lab(p).distance(lab(q));
            assert!((d - expected).abs() < 1e-3, "{p:?} {q:?}: {d} is not {expected}");
        }
    }

    #[test]
    fn toe_and_its_inverse_cancel() {
        for k in 0..=20 {
            let l = k as f32 / 20.0;
            assert!((toe_inverse(toe(l)) - l).abs() < 1e-5, "{l}");
        }
    }

    #[test]
    fn oklab_and_srgb_are_inverse() {
        for r in (0..=255).step_by(15) {
            for g in (0..=255).step_by(15) {
                for b in (0..=255).step_by(15) {
                    let rgb = [r as u8, g as u8, b as u8];
                    assert_eq!(Oklab::from_srgb8(rgb).to_srgb8(), rgb);
                }
            }
        }
    }
}
