//! Another place behind the person.
//!
//! Plain and studio backgrounds are what they say; other places are suggested by their colours and
//! light, out of focus, and the report says so. Hair and skin pixels stay as they are; what lies
//! between them and the background is unmixed so that no fringe of the old place remains.

use drape_core::colour::{Oklab, to_linear};
use drape_core::style::SceneKind;
use image::RgbImage;
use rayon::prelude::*;

use crate::cloth::linear_table;
use crate::paint::Encoder;
use crate::parse::{Label, Parse};
use crate::pattern::{chance, noise};
use crate::plane::{Plane, smoothstep};

type Rgb = [f32; 3];

fn srgb(hex: u32) -> Rgb {
    [16, 8, 0].map(|s| to_linear(((hex >> s) & 255) as f32 / 255.0))
}

fn lerp(a: Rgb, b: Rgb, t: f32) -> Rgb {
    let t = t.clamp(0.0, 1.0);
    [0, 1, 2].map(|i| a[i] + (b[i] - a[i]) * t)
}

/// Colours of a place from top to bottom (position 0..=1, sRGB), and its lights.
struct Place {
    bands: &'static [(f32, u32)],
    /// Out-of-focus lights: sRGB, how many, from and to which height.
    lights: &'static [(u32, usize, f32, f32)],
    /// Strength of large soft shapes, 0..=1.
    shapes: f32,
}

fn place(kind: SceneKind) -> Place {
    use SceneKind as S;
    type Lights = &'static [(u32, usize, f32, f32)];
    let (bands, lights, shapes): (&'static [(f32, u32)], Lights, f32) = match kind {
        S::Beach => (
            &[
                (0.0, 0x9cc9e8),
                (0.42, 0xd6ebf2),
                (0.46, 0x5fa8bf),
                (0.62, 0x8fcbcb),
                (0.66, 0xe9d9b8),
                (1.0, 0xd9c19a),
            ],
            &[],
            0.05,
        ),
        S::Park | S::Garden => (
            &[(0.0, 0xb9d9c0), (0.3, 0x86b07a), (0.58, 0x5f8f55), (0.66, 0x88ad62), (1.0, 0x6f9850)],
            &[(0xe6f3c8, 22, 0.0, 0.55), (0xa9d08b, 18, 0.1, 0.6)],
            0.35,
        ),
        S::Forest => (
            &[(0.0, 0x8fae8a), (0.4, 0x47694a), (0.7, 0x38533a), (1.0, 0x4c4a35)],
            &[(0xdcebb5, 20, 0.0, 0.5)],
            0.45,
        ),
        S::NightCity => (
            &[(0.0, 0x0f1526), (0.5, 0x1d2238), (0.75, 0x2a2433), (1.0, 0x17161f)],
            &[(0xffb765, 26, 0.2, 0.75), (0x7fb4ff, 14, 0.1, 0.7), (0xff6f7d, 12, 0.3, 0.75)],
            0.2,
        ),
        S::Street | S::Campus | S::School => (
            &[(0.0, 0xcfd6da), (0.35, 0xb3aca3), (0.66, 0x948d86), (0.70, 0x8a8784), (1.0, 0x77757a)],
            &[(0xf4e7cf, 10, 0.1, 0.5)],
            0.3,
        ),
        S::Rooftop | S::Airport => {
            (&[(0.0, 0xa9c6df), (0.55, 0xdde6ea), (0.68, 0xb7bdc2), (1.0, 0x8e949a)], &[], 0.15)
        }
        S::Sunset => (
            &[
                (0.0, 0x5d6a9c),
                (0.3, 0xc98a9b),
                (0.52, 0xf2b27c),
                (0.62, 0xf6cf94),
                (0.7, 0x7d5a5c),
                (1.0, 0x4a3d48),
            ],
            &[],
            0.08,
        ),
        S::Snow => (
            &[(0.0, 0xc3d0de), (0.5, 0xe3e9ef), (0.66, 0xf2f5f8), (1.0, 0xdfe6ee)],
            &[(0xffffff, 40, 0.0, 1.0)],
            0.12,
        ),
        S::Cafe | S::Home => (
            &[(0.0, 0x8c6f57), (0.5, 0xa88a6b), (0.72, 0x6e543f), (1.0, 0x5a4433)],
            &[(0xffd9a0, 16, 0.05, 0.5)],
            0.3,
        ),
        S::Office | S::Library => (
            &[(0.0, 0xdfe3e4), (0.5, 0xc4c6c4), (0.72, 0xa9a39a), (1.0, 0x8f877d)],
            &[(0xffffff, 8, 0.0, 0.25)],
            0.25,
        ),
        S::WeddingHall => {
            (&[(0.0, 0xf1ebe2), (0.6, 0xe7dccb), (1.0, 0xd4c3ab)], &[(0xfff3d6, 26, 0.0, 0.6)], 0.15)
        }
        S::Hanok => (
            &[
                (0.0, 0xb9c7cf),
                (0.2, 0x4b4844),
                (0.34, 0x6f4a33),
                (0.4, 0xe6dcc8),
                (0.66, 0xd7c8ac),
                (0.7, 0xa08a6c),
                (1.0, 0xb59f80),
            ],
            &[],
            0.12,
        ),
        S::Gym => (
            &[(0.0, 0x8c9299), (0.6, 0x6a7077), (0.7, 0x4d5156), (1.0, 0x3e4145)],
            &[(0xf3f7ff, 10, 0.0, 0.3)],
            0.25,
        ),
        S::Studio => (&[(0.0, 0xd3d4d6), (0.62, 0xc9cacc), (0.8, 0xbabbbe), (1.0, 0xa9aaae)], &[], 0.0),
        S::PlainGrey => (&[(0.0, 0xb9babc), (1.0, 0xb0b1b3)], &[], 0.0),
        S::PlainWhite | S::PlainColour => (&[(0.0, 0xf7f7f6), (1.0, 0xf1f1f0)], &[], 0.0),
    };
    Place { bands, lights, shapes }
}

/// Draws the place at the photo's size, in linear light.
fn draw(kind: SceneKind, colour: Option<Oklab>, width: usize, height: usize, seed: u32) -> Vec<Rgb> {
    let place = place(kind);
    // Everything is out of focus, so a quarter of the size holds all there is to see.
    let (w, h) = ((width / 4).max(8), (height / 4).max(8));
    let aspect = width as f32 / height as f32;
    let mut small: Vec<Rgb> = (0..w * h)
        .into_par_iter()
        .map(|i| {
            let (x, y) = ((i % w) as f32 / w as f32, (i / w) as f32 / h as f32);
            let wave = 0.02 * place.shapes * (noise(x * 6.0 * aspect, y * 3.0, seed) - 0.5);
            let t = y + wave;
            let mut c = srgb(place.bands[0].1);
            for pair in place.bands.windows(2) {
                if t >= pair[0].0 {
                    c = lerp(srgb(pair[0].1), srgb(pair[1].1), (t - pair[0].0) / (pair[1].0 - pair[0].0));
                }
            }
            if let Some(colour) = colour {
                let shade = 1.0 - 0.10 * y;
                c = Oklab { l: colour.l * shade, a: colour.a * shade, b: colour.b * shade }
                    .to_linear_rgb()
                    .map(|v| v.clamp(0.0, 1.0));
            }
            // Shapes of buildings, trees and shelves, seen out of focus.
            let shape = noise(x * 5.0 * aspect, y * 2.2, seed ^ 3) * 0.6
                + noise(x * 12.0 * aspect, y * 6.0, seed ^ 4) * 0.4;
            let k = 1.0 + place.shapes * (shape - 0.5) * if y < 0.68 { 1.2 } else { 0.35 };
            // Light falls off towards the corners, as in any lens.
            let corner = ((x - 0.5).powi(2) * aspect + (y - 0.5).powi(2)) * 0.22;
            c.map(|v| v * k * (1.0 - corner))
        })
        .collect();
    for (n, &(hex, count, from, to)) in place.lights.iter().enumerate() {
        for k in 0..count {
            let at = |j: i32| chance(k as i32 * 8 + j, n as i32, seed);
            let (cx, cy) = (at(1) * w as f32, (from + (to - from) * at(2)) * h as f32);
            let r = (0.010 + 0.028 * at(3)) * h as f32;
            let strength = 0.22 + 0.4 * at(4);
            let light = srgb(hex);
            let (x0, x1) = ((cx - r - 1.0).max(0.0) as usize, ((cx + r + 2.0).max(0.0) as usize).min(w));
            let (y0, y1) = ((cy - r - 1.0).max(0.0) as usize, ((cy + r + 2.0).max(0.0) as usize).min(h));
            for y in y0..y1 {
                for x in x0..x1 {
                    let d = (x as f32 - cx).hypot(y as f32 - cy);
                    let t = smoothstep(r, r * 0.8, d) * strength;
                    let c = &mut small[y * w + x];
                    *c = [0, 1, 2].map(|i| c[i] + light[i] * t * (1.0 - c[i] * 0.6));
                }
            }
        }
    }
    let planes = [0, 1, 2].map(|c| {
        let p = Plane { width: w, height: h, data: small.iter().map(|v| v[c]).collect() };
        p.blurred(h as f32 * 0.006).resized(width, height)
    });
    (0..width * height).map(|i| [0, 1, 2].map(|c| planes[c].data[i])).collect()
}

/// Puts the place behind the person. `out` shows the styled person in the old place.
pub(crate) fn replace(
    out: &mut RgbImage,
    parse: &Parse,
    kind: SceneKind,
    colour: Option<Oklab>,
    exposure: f32,
    seed: u32,
    encoder: &Encoder,
) {
    let (w, h) = (out.width() as usize, out.height() as usize);
    let scene = draw(kind, colour, w, h, seed);
    let (sw, sh) = (parse.soft[0].width, parse.soft[0].height);
    let (kx, ky) = (sw as f32 / w as f32, sh as f32 / h as f32);
    let alpha = Plane::from_fn(w, h, |x, y| {
        let away = if (sw, sh) == (w, h) {
            parse.soft[0].at(x, y)
        } else {
            parse.soft[0].sample((x as f32 + 0.5) * kx - 0.5, (y as f32 + 0.5) * ky - 0.5)
        };
        smoothstep(0.18, 0.82, 1.0 - away)
    });
    let table = linear_table();
    let raw = out.as_raw().clone();
    let old = [0, 1, 2].map(|c| Plane::from_fn(w, h, |x, y| table[usize::from(raw[(y * w + x) * 3 + c])]));
    // What the person and the old place look like just beside the edge.
    let beside = |mask: &Plane| {
        let weight = mask.box_blurred(5);
        [0, 1, 2].map(|c| {
            let sum = old[c].zip(mask, |v, m| v * m).box_blurred(5);
            sum.zip(&weight, |s, w| if w > 0.01 { s / w } else { -1.0 })
        })
    };
    let person = beside(&alpha.map(|a| if a > 0.97 { 1.0 } else { 0.0 }));
    let labels = parse.labels.as_raw();
    // The floor darkens under the feet when they are in the picture.
    let feet = parse.person.bottom as f32;
    let stands = feet < h as f32 * 0.985 && parse.shares[Label::Footwear as usize] > 0.001;
    let centre = (parse.person.left + parse.person.right) as f32 / 2.0;
    let reach = parse.person.width() as f32 * 0.62;
    let bright = 0.55 + 0.45 * exposure;
    out.as_mut().par_chunks_mut(w * 3).enumerate().for_each(|(y, row)| {
        for x in 0..w {
            let i = y * w + x;
            if labels[i] == Label::Hair as u8 || labels[i] == Label::Skin as u8 {
                continue;
            }
            let a = alpha.data[i];
            if a > 0.985 {
                continue;
            }
            let mut back = scene[i].map(|v| v * bright);
            if stands {
                let d = ((x as f32 - centre) / reach).hypot((y as f32 - feet + 4.0) / (reach * 0.20));
                back = back.map(|v| v * (1.0 - 0.42 * smoothstep(1.0, 0.15, d)));
            }
            // The person's part of a mixed pixel has the colour of the person beside it.
            let near = [0, 1, 2].map(|c| person[c].data[i]);
            let own = if near[0] >= 0.0 { near } else { [0, 1, 2].map(|c| old[c].data[i]) };
            // A grain as fine as a sensor's keeps smooth gradients from showing steps.
            let grain = 1.0 + 0.012 * (chance(x as i32, y as i32, seed ^ 0x99) - 0.5);
            for c in 0..3 {
                row[x * 3 + c] = encoder.byte(own[c] * a + back[c] * grain * (1.0 - a));
            }
        }
    });
}
