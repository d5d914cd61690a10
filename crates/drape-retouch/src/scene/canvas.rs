//! The canvas of a place: drawn sharp in linear light with the depth of every pixel, then blurred by a lens
//! that is focused on the person.

use rayon::prelude::*;

use super::shot::Shot;
use crate::raster::noise::{chance, noise};
use crate::raster::plane::smoothstep;

/// Linear light; 1 is white paper in good light, lamps and skies may be brighter.
pub(super) type Rgb = [f32; 3];

/// Linear light of a colour written as sRGB.
pub(super) fn srgb(hex: u32) -> Rgb {
    [16, 8, 0].map(|s| drape_core::colour::to_linear(((hex >> s) & 255) as f32 / 255.0))
}

pub(super) fn mix(a: Rgb, b: Rgb, t: f32) -> Rgb {
    let t = t.clamp(0.0, 1.0);
    [0, 1, 2].map(|i| a[i] + (b[i] - a[i]) * t)
}

pub(super) fn times(a: Rgb, k: f32) -> Rgb {
    a.map(|v| v * k)
}

/// A point of light, which becomes a disc.
struct Lamp {
    x: f32,
    y: f32,
    radius: f32,
    light: Rgb,
    /// 1 adds to the background, 0 covers it.
    glow: f32,
}

/// The sharp picture, its depths in metres, and lamps.
pub(super) struct Canvas {
    pub(super) shot: Shot,
    pub(super) colour: Vec<Rgb>,
    pub(super) depth: Vec<f32>,
    lamps: Vec<Lamp>,
}

impl Canvas {
    /// Colour and depth of every pixel by its column and row.
    pub(super) fn shaded(shot: Shot, f: impl Fn(f32, f32) -> (Rgb, f32) + Sync) -> Self {
        let w = shot.width;
        let n = w * shot.height;
        let (mut colour, mut depth) = (vec![[0.0; 3]; n], vec![0.0; n]);
        colour.par_chunks_mut(w).zip(depth.par_chunks_mut(w)).enumerate().for_each(
            |(y, (colours, depths))| {
                for (x, (c, d)) in colours.iter_mut().zip(depths).enumerate() {
                    (*c, *d) = f(x as f32 + 0.5, y as f32 + 0.5);
                }
            },
        );
        Self { shot, colour, depth, lamps: Vec::new() }
    }

    fn put(&mut self, x: usize, y: usize, colour: Rgb, cover: f32, depth: f32) {
        let i = y * self.shot.width + x;
        self.colour[i] = mix(self.colour[i], colour, cover);
        if cover > 0.4 {
            self.depth[i] = depth;
        }
    }

    /// A polygon, its edges soft over a pixel, coloured by position.
    pub(super) fn polygon(&mut self, points: &[(f32, f32)], depth: f32, colour: impl Fn(f32, f32) -> Rgb) {
        let bound = |pick: fn(&(f32, f32)) -> f32, end: usize| {
            let low = points.iter().map(pick).fold(f32::MAX, f32::min).floor().clamp(0.0, end as f32);
            let high = points.iter().map(pick).fold(f32::MIN, f32::max).ceil().clamp(0.0, end as f32);
            (low as usize, high as usize)
        };
        let (x0, x1) = bound(|p| p.0, self.shot.width);
        let (y0, y1) = bound(|p| p.1, self.shot.height);
        let mut cover = vec![0.0_f32; x1.saturating_sub(x0)];
        for y in y0..y1 {
            cover.fill(0.0);
            for part in [0.25, 0.75] {
                let row = y as f32 + part;
                let mut cuts: Vec<f32> = Vec::new();
                for (a, b) in points.iter().zip(points.iter().cycle().skip(1)) {
                    if (a.1 <= row) != (b.1 <= row) {
                        cuts.push(a.0 + (row - a.1) / (b.1 - a.1) * (b.0 - a.0));
                    }
                }
                cuts.sort_by(f32::total_cmp);
                for span in cuts.chunks_exact(2) {
                    let first = (span[0].floor().max(x0 as f32) as usize).min(x1);
                    let last = (span[1].ceil().max(0.0) as usize).clamp(first, x1);
                    for x in first..last {
                        let share = (span[1].min(x as f32 + 1.0) - span[0].max(x as f32)).clamp(0.0, 1.0);
                        cover[x - x0] += 0.5 * share;
                    }
                }
            }
            for x in x0..x1 {
                let c = cover[x - x0];
                if c > 0.0 {
                    self.put(x, y, colour(x as f32 + 0.5, y as f32 + 0.5), c, depth);
                }
            }
        }
    }

    /// An upright rectangle facing the camera: metres `x0..x1`, `y0..y1` at depth `z`.
    pub(super) fn board(&mut self, x: (f32, f32), y: (f32, f32), z: f32, colour: Rgb) {
        let ((x0, y0), (x1, y1)) = (self.shot.at(x.0, y.1, z), self.shot.at(x.1, y.0, z));
        self.polygon(&[(x0, y0), (x1, y0), (x1, y1), (x0, y1)], z, |_, _| colour);
    }

    /// A box, lit from above: its front, its top where it is seen, and the side towards the camera.
    pub(super) fn cuboid(&mut self, x: (f32, f32), y: (f32, f32), z: (f32, f32), colour: Rgb) {
        let shot = self.shot;
        let side = if x.0 > 0.0 { x.0 } else { x.1 };
        if x.0 > 0.0 || x.1 < 0.0 {
            let quad = [(y.0, z.0), (y.1, z.0), (y.1, z.1), (y.0, z.1)].map(|(y, z)| shot.at(side, y, z));
            self.polygon(&quad, z.0, |_, _| times(colour, 0.55));
        }
        if y.1 < shot.eye {
            let quad = [(x.0, z.0), (x.1, z.0), (x.1, z.1), (x.0, z.1)].map(|(x, z)| shot.at(x, y.1, z));
            self.polygon(&quad, z.0, |_, _| times(colour, 1.25));
        }
        self.board(x, y, z.0, times(colour, 0.8));
    }

    /// An ellipse in pixels.
    pub(super) fn ellipse(&mut self, at: (f32, f32), radii: (f32, f32), depth: f32, colour: Rgb, cover: f32) {
        let (rx, ry) = (radii.0.max(0.3), radii.1.max(0.3));
        let span = |c: f32, r: f32, end: usize| {
            ((c - r - 1.0).clamp(0.0, end as f32) as usize, (c + r + 2.0).clamp(0.0, end as f32) as usize)
        };
        let (x0, x1) = span(at.0, rx, self.shot.width);
        let (y0, y1) = span(at.1, ry, self.shot.height);
        let soft = 1.0 / rx.min(ry);
        for y in y0..y1 {
            for x in x0..x1 {
                let d = ((x as f32 + 0.5 - at.0) / rx).hypot((y as f32 + 0.5 - at.1) / ry);
                let c = ((1.0 - d) / soft + 0.5).clamp(0.0, 1.0) * cover;
                if c > 0.0 {
                    self.put(x, y, colour, c, depth);
                }
            }
        }
    }

    /// A lamp of a size in metres; through the lens it is a disc at least as large as the blur there.
    pub(super) fn lamp(&mut self, at: (f32, f32, f32), size: f32, light: Rgb) {
        let (x, y) = self.shot.at(at.0, at.1, at.2);
        let own = size * 0.5 * self.shot.focal / at.2;
        let radius = self.shot.radius(at.2) + own;
        self.lamps.push(Lamp { x, y, radius, light, glow: 1.0 });
    }

    /// A bright spot at a pixel: a gap in leaves, a glint on water. `size`: 1 is the disc of a far light.
    pub(super) fn spot(&mut self, at: (f32, f32), size: f32, light: Rgb, glow: f32) {
        self.lamps.push(Lamp { x: at.0, y: at.1, radius: self.shot.blur * size, light, glow });
    }

    /// Adds a disc of light to a canvas that already went through the lens.
    pub(super) fn disc(&mut self, at: (f32, f32), radius: f32, light: Rgb) {
        let lamp = Lamp { x: at.0, y: at.1, radius, light, glow: 0.6 };
        disc(&mut self.colour, self.shot.width, &lamp);
    }

    /// The canvas as the lens shows it.
    pub(super) fn through_lens(self) -> Self {
        let shot = self.shot;
        let mut out = blurred(&self.colour, shot.width, |i| shot.radius(self.depth[i]));
        for lamp in &self.lamps {
            disc(&mut out, shot.width, lamp);
        }
        Self { colour: out, ..self }
    }
}

/// A disc of light as lenses make it: even, with a slightly brighter rim.
fn disc(out: &mut [Rgb], width: usize, lamp: &Lamp) {
    let height = out.len() / width;
    let r = lamp.radius.max(0.8);
    let span = |c: f32, end: usize| {
        ((c - r - 1.0).clamp(0.0, end as f32) as usize, (c + r + 2.0).clamp(0.0, end as f32) as usize)
    };
    let (x0, x1) = span(lamp.x, width);
    let (y0, y1) = span(lamp.y, height);
    for y in y0..y1 {
        for x in x0..x1 {
            let d = (x as f32 + 0.5 - lamp.x).hypot(y as f32 + 0.5 - lamp.y);
            let t = smoothstep(r + 0.7, r - 0.9, d) * (0.86 + 0.14 * (d / r).powi(4).min(1.0));
            if t > 0.0 {
                let c = &mut out[y * width + x];
                // An opaque disc covers by the brightest channel of its light.
                let cover =
                    (1.0 - lamp.glow) * t * lamp.light.iter().fold(0.0_f32, |m, v| m.max(*v)).min(1.0);
                *c = [0, 1, 2].map(|k| c[k] * (1.0 - cover) + lamp.light[k] * t);
            }
        }
    }
}

/// Mean over a disc around every pixel, its radius by the pixel's index. Sums along rows make the work
/// grow with the disc's height alone.
pub(super) fn blurred(colour: &[Rgb], width: usize, radius: impl Fn(usize) -> f32 + Sync) -> Vec<Rgb> {
    let height = colour.len() / width.max(1);
    // sums[x] is the row's sum before pixel x, with a copy of the ends so that discs may reach out.
    let stride = width + 1;
    let mut sums = vec![[0.0_f32; 4]; stride * height];
    sums.par_chunks_mut(stride).zip(colour.par_chunks(width)).for_each(|(sums, row)| {
        let mut sum = [0.0_f32; 4];
        for (s, c) in sums[1..].iter_mut().zip(row) {
            sum = [sum[0] + c[0], sum[1] + c[1], sum[2] + c[2], 0.0];
            *s = sum;
        }
    });
    let mut out = vec![[0.0; 3]; colour.len()];
    out.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        for (x, out) in row.iter_mut().enumerate() {
            let i = y * width + x;
            let r = radius(i);
            if r < 0.6 {
                *out = colour[i];
                continue;
            }
            let reach = r as isize;
            let (mut sum, mut area) = ([0.0_f32; 4], 0.0);
            for dy in -reach..=reach {
                let line = (y as isize + dy).clamp(0, height as isize - 1) as usize * stride;
                let half = (r * r - (dy * dy) as f32).sqrt();
                let (from, to) =
                    ((x as f32 + 0.5 - half).max(0.0), (x as f32 + 0.5 + half).min(width as f32));
                let (a, b) = (from as usize, to as usize);
                let (fa, fb) = (from - a as f32, to - b as f32);
                let (a0, a1) = (&sums[line + a], &sums[line + (a + 1).min(width)]);
                let (b0, b1) = (&sums[line + b], &sums[line + (b + 1).min(width)]);
                for k in 0..4 {
                    sum[k] += b0[k] + (b1[k] - b0[k]) * fb - a0[k] - (a1[k] - a0[k]) * fa;
                }
                area += to - from;
            }
            *out = [sum[0], sum[1], sum[2]].map(|v| (v / area).max(0.0));
        }
    });
    out
}

/// Noise of several sizes in 0..1, features of about one unit.
pub(super) fn clouds(x: f32, y: f32, seed: u32) -> f32 {
    let octave = |k: f32, n: u32| noise(x * k, y * k, seed ^ n);
    (octave(1.0, 0) + 0.5 * octave(2.03, 1) + 0.25 * octave(4.1, 2)) / 1.75
}

/// One of several colours (sRGB) by the seed; the first where none was asked for.
pub(super) fn one_of(colours: &[u32], thing: i32, seed: u32) -> Rgb {
    let k = if seed == 0 { 0 } else { (chance(thing, 99, seed) * colours.len() as f32) as usize };
    srgb(colours[k.min(colours.len() - 1)])
}
