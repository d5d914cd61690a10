//! Another place behind the person.
//!
//! The flow: `shot` reads the camera from the photo. A place is drawn on a small `canvas` in linear light and
//! seen through a lens focused on the person; `places` says which file draws which kind (`backdrop`, `own`,
//! `foliage`, `shore`, `street`, `rooftop`, `hanok`, and `indoors` with `room` and `furniture`). `floor` lets
//! the person's shadow fall on the ground, `tone` records the place with the photo's exposure and grain, and
//! `matte` unmixes the person's outline from the old place. Pixels labelled hair or skin are never written.

mod backdrop;
mod canvas;
mod floor;
mod foliage;
mod furniture;
mod hanok;
mod indoors;
mod matte;
mod own;
pub(crate) mod place;
mod places;
mod rooftop;
mod room;
mod shore;
mod shot;
mod street;
mod tone;

use drape_core::style::SceneKind;
use image::RgbImage;
use rayon::prelude::*;

use self::place::{Drawn, Wish};
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::noise::hash;
use crate::raster::plane::smoothstep;
use crate::raster::srgb::{Encoder, linear_table};
use canvas::{Canvas, Rgb};
use matte::Matte;
use shot::Shot;
use tone::Tone;

/// Puts the place behind the person. `out` shows the styled person in the old place, and `parse` says what
/// `out` shows, garments of new shapes included.
pub(crate) fn replace(out: &mut RgbImage, parse: &Parse, wish: &Wish, encoder: &Encoder) {
    let (w, h) = (out.width() as usize, out.height() as usize);
    let table = linear_table();
    let shot = Shot::of(out, parse, wish.seed);
    let (matte, mut drawn) = rayon::join(
        || Matte::of(out, parse, &table),
        || (wish.kind != SceneKind::Blurred).then(|| places::draw(shot, wish)),
    );
    let Drawn { mut canvas, floor, shade, cast } = drawn.take().unwrap_or_else(|| own::soften(shot, &matte));
    if let Some(shade) = shade {
        floor::shadows(&mut canvas, &matte, (w, h), shade);
    }
    let tone = Tone::of(out, parse, wish.light, cast.unwrap_or(0.0));
    if cast.is_some() {
        tone.record(&mut canvas.colour);
    }
    let own = cast.is_none();
    let labels = parse.labels.as_raw();
    let (kx, ky) = (shot.width as f32 / w as f32, shot.height as f32 / h as f32);
    let columns: Vec<(usize, [f32; 3])> = (0..w).map(|x| spline(x, kx, shot.width)).collect();
    let rows = out.as_mut().par_chunks_mut(w * 3).enumerate();
    rows.for_each_init(
        || vec![[0.0_f32; 3]; shot.width + 2],
        |line, (y, row)| {
            canvas_row(&canvas, spline(y, ky, shot.height), line);
            let cy = (y as f32 + 0.5) * ky;
            // Ground in focus shows its texture; the photo's own place stays sharp there.
            let blur = shot.radius_on_ground(cy) / ky;
            let focus = if shot.stands { smoothstep(4.0, 0.7, blur) } else { 0.0 };
            for x in 0..w {
                let i = y * w + x;
                if Label::Hair.is(labels[i]) || Label::Skin.is(labels[i]) {
                    continue;
                }
                let outline = matte.outline(x, y);
                if outline > 0.985 {
                    continue;
                }
                let p = &mut row[x * 3..x * 3 + 3];
                let seen = [0, 1, 2].map(|c| table[usize::from(p[c])]);
                let (alpha, part) = if outline > 0.004 || matte.near_hair(x, y) {
                    let mixed = matte.unmix(x, y, outline, seen);
                    (mixed.alpha, mixed.own)
                } else {
                    (0.0, [0.0; 3])
                };
                let (first, weights) = &columns[x];
                let around = &line[*first..first + 3];
                let mut back: Rgb = [0, 1, 2].map(|c| {
                    around[0][c] * weights[0] + around[1][c] * weights[1] + around[2][c] * weights[2]
                });
                let mut grain = tone.grain;
                if focus > 0.0 && own {
                    if alpha < 0.01 {
                        back = canvas::mix(back, seen, focus);
                    }
                    grain *= 1.0 - focus;
                } else if focus > 0.0 {
                    let k = focus * shot.is_ground(cy);
                    if let Some((gx, gz)) = shot.ground((x as f32 + 0.5) * kx, cy).filter(|_| k > 0.0) {
                        let t = floor.texture(gx, gz, gz / shot.focal * kx, wish.seed ^ 0x71);
                        back = back.map(|v| v * (1.0 + k * (t - 1.0)));
                    }
                }
                let n = hash(x as i32, y as i32, wish.seed ^ 0x99);
                // The sum of two uniform distributions is close enough to a sensor's noise.
                let noise = ((n & 0xffff) + (n >> 16)) as f32 / 65_535.0 - 1.0;
                let noise = 2.45 * grain * noise * (1.0 - alpha);
                for c in 0..3 {
                    let v = part[c] + back[c] * (1.0 - alpha);
                    // A sensor's noise has the same size everywhere in square roots of light.
                    p[c] = encoder.byte(v + 2.0 * noise * v.max(0.0).sqrt());
                }
            }
        },
    );
}

/// The three canvas pixels around a picture's pixel and their weights: a quadratic B-spline, which
/// shows no grid when enlarged. The first one counts from a border of one pixel.
fn spline(at: usize, k: f32, n: usize) -> (usize, [f32; 3]) {
    let s = ((at as f32 + 0.5) * k - 0.5).clamp(0.0, (n - 1) as f32);
    let middle = s.round();
    let t = s - middle;
    (middle as usize, [0.5 * (0.5 - t).powi(2), 0.75 - t * t, 0.5 * (0.5 + t).powi(2)])
}

/// A row of the canvas between its rows, with a border of one pixel at both ends.
fn canvas_row(canvas: &Canvas, (first, weights): (usize, [f32; 3]), line: &mut [Rgb]) {
    let (w, h) = (canvas.shot.width, canvas.shot.height);
    let row = |k: usize| &canvas.colour[(first + k).saturating_sub(1).min(h - 1) * w..][..w];
    let (a, b, c) = (row(0), row(1), row(2));
    for (x, v) in line[1..=w].iter_mut().enumerate() {
        *v = [0, 1, 2].map(|k| a[x][k] * weights[0] + b[x][k] * weights[1] + c[x][k] * weights[2]);
    }
    (line[0], line[w + 1]) = (line[1], line[w]);
}
