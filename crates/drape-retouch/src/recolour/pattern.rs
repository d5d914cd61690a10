//! Patterns drawn in cloth coordinates (centimetres), anti-aliased by the size of a pixel.
//!
//! A pattern gives the colour at each position: number 0 is the ground, 1.. are the others. Periods are those
//! of real cloth, but at least six pixels.

use drape_core::colour::Oklab;
use drape_core::style::Pattern;

use super::frame::Uv;
use crate::raster::noise::{chance, hash, noise};

/// A pattern ready to be sampled.
pub(crate) struct Print {
    kind: Pattern,
    /// Ground first.
    colours: Vec<Oklab>,
    /// Magnification of the periods.
    scale: f32,
    /// Shift of the whole pattern, in centimetres.
    phase: Uv,
    seed: u32,
    /// Size of a pixel in centimetres.
    pixel: f32,
}

fn octaves(x: f32, y: f32, seed: u32) -> f32 {
    (noise(x, y, seed) + 0.5 * noise(x * 2.1, y * 2.1, seed ^ 1) + 0.25 * noise(x * 4.3, y * 4.3, seed ^ 2))
        / 1.75
}

fn mix(a: Oklab, b: Oklab, t: f32) -> Oklab {
    Oklab { l: a.l + (b.l - a.l) * t, a: a.a + (b.a - a.a) * t, b: a.b + (b.b - a.b) * t }
}

/// Share of the window `t - w/2 .. t + w/2` that lies in the first `duty` of each unit period.
fn pulse(t: f32, duty: f32, w: f32) -> f32 {
    let integral = |t: f32| t.floor() * duty + (t - t.floor()).min(duty);
    let w = w.max(1e-4);
    ((integral(t + w / 2.0) - integral(t - w / 2.0)) / w).clamp(0.0, 1.0)
}

/// 1 inside a shape of signed distance `d` (negative inside), soft over one pixel.
fn inside(d: f32, pixel: f32) -> f32 {
    (0.5 - d / pixel.max(1e-4)).clamp(0.0, 1.0)
}

/// Stripes of a tartan or check across one axis: colour index and width in sixteenths of the sett.
type Sett = &'static [(usize, f32)];

const TARTAN: Sett = &[
    (0, 4.0),
    (1, 2.6),
    (2, 0.5),
    (1, 0.5),
    (2, 2.2),
    (1, 0.5),
    (2, 0.5),
    (1, 2.6),
    (0, 1.0),
    (3, 0.5),
    (0, 1.1),
];
const CHECK: Sett = &[(0, 6.0), (1, 3.6), (0, 0.9), (2, 1.0), (0, 0.9), (1, 3.6)];

impl Print {
    /// `others`: at least one colour. `size` around 1.0 enlarges the pattern; `phase` in 0..1 of
    /// its period; `pixels_per_cm` of the photo.
    pub(crate) fn new(
        kind: Pattern,
        ground: Oklab,
        others: &[Oklab],
        size: f32,
        seed: u32,
        pixels_per_cm: f32,
    ) -> Self {
        let mut colours = vec![ground];
        colours.extend_from_slice(others);
        let pixel = 1.0 / pixels_per_cm.max(0.1);
        let least = 6.0 * pixel / finest(kind);
        let phase = Uv { u: chance(1, 0, seed) * 20.0, v: chance(2, 0, seed) * 20.0 };
        Self { kind, colours, scale: size.max(least), phase, seed, pixel }
    }

    fn colour(&self, index: usize) -> Oklab {
        // A pattern may need more colours than there are; repeat the others.
        if index == 0 || self.colours.len() < 2 {
            self.colours[0]
        } else {
            self.colours[1 + (index - 1) % (self.colours.len() - 1)]
        }
    }

    fn blend(&self, index: usize, amount: f32) -> Oklab {
        mix(self.colours[0], self.colour(index), amount)
    }

    /// The colour at a position of the cloth.
    pub(crate) fn at(&self, uv: Uv) -> Oklab {
        let (u, v) = ((uv.u + self.phase.u) / self.scale, (uv.v + self.phase.v) / self.scale);
        let px = self.pixel / self.scale;
        match self.kind {
            Pattern::Solid => self.colours[0],
            Pattern::VerticalStripes => self.stripes(u / 2.4, px / 2.4, 0.42),
            Pattern::HorizontalStripes => self.stripes(v / 3.6, px / 3.6, 0.45),
            Pattern::DiagonalStripes => self.stripes((u + v) / 3.4, 1.4 * px / 3.4, 0.4),
            Pattern::Pinstripes => self.stripes(u / 2.2, px / 2.2, 0.10_f32.max(1.3 * px / 2.2)),
            Pattern::Gingham => {
                let (a, b) = (pulse(u / 2.4, 0.5, px / 2.4), pulse(v / 2.4, 0.5, px / 2.4));
                self.blend(1, (a + b) / 2.0)
            }
            Pattern::Check => self.woven(CHECK, 9.0, u, v, px),
            Pattern::Tartan => self.woven(TARTAN, 11.0, u, v, px),
            Pattern::Houndstooth => self.averaged(u, v, px, |u, v| self.thread(u, v, 3.2)),
            Pattern::GlenCheck => self.averaged(u, v, px, |u, v| {
                // Alternating blocks of two-and-two and four-and-four threads.
                let wide = pulse(u / 9.0, 0.5, 0.0) + pulse(v / 9.0, 0.5, 0.0) > 1.0;
                self.thread(u, v, if wide { 1.8 } else { 0.9 })
            }),
            Pattern::Herringbone => {
                let zig = ((u / 2.4).rem_euclid(2.0) - 1.0).abs() * 2.4;
                self.stripes((v + zig) / 1.1, 1.4 * px / 1.1, 0.5)
            }
            Pattern::Argyle => self.argyle(u, v, px),
            Pattern::PolkaDot => self.dots(u, v, px),
            Pattern::Floral => self.floral(u, v, px),
            Pattern::Paisley => self.paisley(u, v, px),
            Pattern::Animal => self.leopard(u, v, px),
            Pattern::Camouflage => self.camouflage(u, v, px),
            Pattern::ColourBlock => {
                let n = self.colours.len() as f32;
                let t = (uv.v + self.phase.v) / (16.0 * self.scale);
                let index = t.rem_euclid(n);
                let near = (index.fract() * 16.0 * self.scale / self.pixel).clamp(0.0, 1.0);
                let before = (index as usize + self.colours.len() - 1) % self.colours.len();
                mix(self.colours[before], self.colours[index as usize % self.colours.len()], near)
            }
            Pattern::DenimWash => {
                let t = octaves(u / 7.0, v / 11.0, self.seed);
                self.blend(1, ((t - 0.45) * 1.6).clamp(0.0, 0.8))
            }
            Pattern::TieDye => {
                let t = octaves(u / 7.0, v / 7.0, self.seed) * 5.0;
                let index = 1 + (t as usize % 2);
                self.blend(index, (1.5 * (t.fract() * std::f32::consts::PI).sin()).clamp(0.0, 1.0))
            }
            Pattern::Graphic => self.graphic(uv),
            Pattern::Geometric => self.geometric(u, v, px),
        }
    }

    fn stripes(&self, t: f32, w: f32, duty: f32) -> Oklab {
        let others = self.colours.len() - 1;
        if others <= 1 {
            return self.blend(1, pulse(t, duty, w));
        }
        // Several colours take turns.
        let index = 1 + (t.floor() as i64).rem_euclid(others as i64) as usize;
        self.blend(index, pulse(t, duty, w))
    }

    /// Warp and weft of the same sett, half of each where they cross.
    fn woven(&self, sett: Sett, period: f32, u: f32, v: f32, px: f32) -> Oklab {
        let along = |t: f32| {
            let mut sum = Oklab::default();
            for k in [-0.33, 0.0, 0.33] {
                let c = self.sett_colour(sett, (t + k * px) / period);
                sum = Oklab { l: sum.l + c.l / 3.0, a: sum.a + c.a / 3.0, b: sum.b + c.b / 3.0 };
            }
            sum
        };
        mix(along(u), along(v), 0.5)
    }

    fn sett_colour(&self, sett: Sett, t: f32) -> Oklab {
        let total: f32 = sett.iter().map(|s| s.1).sum();
        let mut at = t.rem_euclid(1.0) * total;
        for &(index, width) in sett {
            if at < width {
                return self.colour(index);
            }
            at -= width;
        }
        self.colours[0]
    }

    /// A two-and-two twill of threads in groups of four makes a houndstooth.
    fn thread(&self, u: f32, v: f32, period: f32) -> Oklab {
        let (i, j) = ((u / period * 8.0).floor() as i64, (v / period * 8.0).floor() as i64);
        let warp_on_top = (i + j).rem_euclid(4) < 2;
        let dark = if warp_on_top { i.rem_euclid(8) < 4 } else { j.rem_euclid(8) < 4 };
        self.colour(usize::from(dark))
    }

    fn averaged(&self, u: f32, v: f32, px: f32, f: impl Fn(f32, f32) -> Oklab) -> Oklab {
        let mut sum = Oklab::default();
        for i in [-0.34, 0.0, 0.34] {
            for j in [-0.34, 0.0, 0.34] {
                let c = f(u + i * px, v + j * px);
                sum = Oklab { l: sum.l + c.l / 9.0, a: sum.a + c.a / 9.0, b: sum.b + c.b / 9.0 };
            }
        }
        sum
    }

    fn argyle(&self, u: f32, v: f32, px: f32) -> Oklab {
        let (x, y) = (u / 6.0, v / 9.0);
        let (a, b) = (x + y, x - y);
        let (i, j) = (a.floor() as i64, b.floor() as i64);
        let index = if (i + j).rem_euclid(2) == 0 { 0 } else { 1 };
        let base = self.colour(index);
        // A thin line of the second colour crosses the middle of each diamond.
        let line = |t: f32| inside(((t - t.floor() - 0.5).abs() - 0.018) * 6.0, px);
        mix(base, self.colour(2), line(a).max(line(b)) * if self.colours.len() > 2 { 1.0 } else { 0.0 })
    }

    fn dots(&self, u: f32, v: f32, px: f32) -> Oklab {
        let period = 3.4;
        let row = (v / (period * 0.866)).round();
        let shift = if (row as i64).rem_euclid(2) == 0 { 0.0 } else { 0.5 };
        let column = (u / period - shift).round();
        let (dx, dy) = (u - (column + shift) * period, v - row * period * 0.866);
        let others = (self.colours.len() - 1).max(1) as i64;
        let index = 1 + (column as i64 + row as i64).rem_euclid(others) as usize;
        self.blend(index, inside(dx.hypot(dy) - 0.82, px))
    }

    fn floral(&self, u: f32, v: f32, px: f32) -> Oklab {
        let cell = 5.2;
        let mut out = self.colours[0];
        let (ci, cj) = ((u / cell).floor() as i32, (v / cell).floor() as i32);
        let flowers = (self.colours.len() - 1).max(1);
        for (i, j) in (-1..=1).flat_map(|i| (-1..=1).map(move |j| (ci + i, cj + j))) {
            let at = |k: u32| chance(i, j, self.seed ^ k);
            let centre = ((i as f32 + 0.2 + 0.6 * at(11)) * cell, (j as f32 + 0.2 + 0.6 * at(12)) * cell);
            let (dx, dy) = (u - centre.0, v - centre.1);
            let (r, turn) = (dx.hypot(dy), dy.atan2(dx) + at(13) * 6.3);
            let size = 1.15 + 0.7 * at(14);
            // Two leaves, then five petals, then the eye.
            let leaf = |angle: f32| {
                let (s, c) = angle.sin_cos();
                let (x, y) = (dx * c + dy * s, -dx * s + dy * c);
                ((x - size * 1.25).abs() / 0.85).powi(2) + (y / 0.36).powi(2)
            };
            let green = leaf(at(15) * 6.3).min(leaf(at(15) * 6.3 + 2.2));
            let leaf_index = if flowers >= 2 { 2 } else { 1 };
            let leaf_amount = inside((green.sqrt() - 1.0) * 0.4, px) * if flowers >= 2 { 1.0 } else { 0.55 };
            out = mix(out, self.colour(leaf_index), leaf_amount);
            // Five round petals overlap; draw the one nearest to the pixel's angle.
            let fifth = std::f32::consts::TAU / 5.0;
            let from_axis = turn - (turn / fifth).round() * fifth;
            let (s, c) = from_axis.sin_cos();
            let petal = (r * c - size * 0.56).hypot(r * s) - size * 0.42;
            let index = if flowers >= 3 && at(16) > 0.65 { 3 } else { 1 };
            // Darker towards the eye and where one petal lies on the next.
            let seam = 1.0 - (from_axis.abs() / (fifth / 2.0)).powi(6);
            let shade = 0.86 + 0.14 * (r / size).clamp(0.0, 1.0).min(seam);
            let petal_colour = self.colour(index);
            let petal_colour = Oklab { l: petal_colour.l * shade, ..petal_colour };
            out = mix(out, petal_colour, inside(petal, px));
            let eye =
                if flowers >= 3 { self.colour(if index == 3 { 1 } else { 3 }) } else { self.colours[0] };
            out = mix(out, eye, inside(r - size * 0.24, px));
        }
        out
    }

    fn paisley(&self, u: f32, v: f32, px: f32) -> Oklab {
        let cell = 6.4;
        let row = (v / cell).floor();
        let u = u + if (row as i64).rem_euclid(2) == 0 { 0.0 } else { cell / 2.0 };
        let (i, j) = ((u / cell).floor() as i32, row as i32);
        let flip = if chance(i, j, self.seed) > 0.5 { 1.0 } else { -1.0 };
        let (x, y) = ((u - (i as f32 + 0.5) * cell) * flip, v - (j as f32 + 0.5) * cell);
        // A drop whose tip bends aside.
        let bend = x - 0.10 * (y - 1.2).min(0.0).powi(2);
        let width = 1.5 * (1.0 - ((-y - 0.6) / 3.4).clamp(0.0, 1.0)).sqrt();
        let d = if y > 0.6 {
            bend.hypot(y - 0.6) - 1.5
        } else {
            bend.abs() - width * if y > -2.8 { 1.0 } else { 0.0 }
        };
        let mut out = self.blend(1, inside(d, px));
        out = mix(out, self.colour(2), inside(d + 0.45, px));
        out = mix(out, self.colour(1), inside(bend.hypot(y - 0.6) - 0.5, px));
        out
    }

    fn leopard(&self, u: f32, v: f32, px: f32) -> Oklab {
        let cell = 2.6;
        let (wu, wv) = (u + 0.5 * noise(u, v, self.seed), v + 0.5 * noise(u, v, self.seed ^ 9));
        let (ci, cj) = ((wu / cell).floor() as i32, (wv / cell).floor() as i32);
        let mut best = (f32::MAX, 0.0, 0.0, 0, 0);
        for (i, j) in (-1..=1).flat_map(|i| (-1..=1).map(move |j| (ci + i, cj + j))) {
            let centre = (
                i as f32 + 0.25 + 0.5 * chance(i, j, self.seed ^ 3),
                j as f32 + 0.25 + 0.5 * chance(i, j, self.seed ^ 4),
            );
            let (dx, dy) = (wu - centre.0 * cell, wv - centre.1 * cell);
            let r = dx.hypot(dy);
            if r < best.0 {
                best = (r, dx, dy, i, j);
            }
        }
        let (r, dx, dy, i, j) = best;
        let size = 0.75 + 0.3 * chance(i, j, self.seed ^ 5);
        let mut out = mix(self.colours[0], self.colour(2), inside(r - size * 0.75, px) * 0.6);
        // The ring has gaps.
        let gap = (dy.atan2(dx) * 1.5 + chance(i, j, self.seed ^ 6) * 6.3).sin();
        let ring = (r - size).abs() - 0.24 * (0.45 + gap).clamp(0.0, 1.0);
        out = mix(out, self.colour(1), if gap > -0.45 { inside(ring, px) } else { 0.0 });
        out
    }

    fn camouflage(&self, u: f32, v: f32, px: f32) -> Oklab {
        let mut out = self.colours[0];
        for k in 1..self.colours.len().clamp(2, 5) {
            let seed = self.seed ^ (k as u32 * 77);
            let t = octaves(u / 6.5 + 40.0 * k as f32, v / 5.0, seed);
            let edge = [0.50, 0.56, 0.64, 0.68][k - 1];
            out = mix(out, self.colour(k), ((t - edge) / (0.06 * px.max(0.2)) + 0.5).clamp(0.0, 1.0));
        }
        out
    }

    /// One print on the chest: a disc with bars.
    fn graphic(&self, uv: Uv) -> Oklab {
        let (x, y) = (uv.u / self.scale, (uv.v / self.scale) - 17.0);
        if uv.u.abs() > 20.0 {
            return self.colours[0];
        }
        let px = self.pixel / self.scale;
        let disc = inside(x.hypot(y) - 7.0, px);
        let bars = pulse(y / 2.2, 0.32, px / 2.2) * if y > 0.0 { 1.0 } else { 0.0 };
        let out = self.blend(1, disc * (1.0 - bars));
        mix(out, self.colour(2), inside((x + 1.5).hypot(y + 1.8) - 2.4, px))
    }

    fn geometric(&self, u: f32, v: f32, px: f32) -> Oklab {
        let cell = 4.2;
        let (i, j) = ((u / cell).floor(), (v / cell).floor());
        let (x, y) = (u / cell - i, v / cell - j);
        let half = chance(i as i32, j as i32, self.seed) > 0.5;
        let d = if half { x - y } else { x + y - 1.0 } * cell * 0.7;
        let others = (self.colours.len() - 1).max(1);
        let index = 1 + (hash(i as i32, j as i32, self.seed ^ 8) as usize) % others;
        self.blend(index, inside(d, px))
    }
}

/// The finest period of a pattern in centimetres, for the least size that still shows it.
fn finest(kind: Pattern) -> f32 {
    match kind {
        Pattern::Pinstripes | Pattern::VerticalStripes | Pattern::Gingham => 2.2,
        Pattern::Houndstooth => 1.6,
        Pattern::Herringbone => 1.1,
        Pattern::GlenCheck => 0.9,
        Pattern::Check | Pattern::Tartan => 4.0,
        Pattern::Animal => 2.0,
        _ => 2.6,
    }
}
