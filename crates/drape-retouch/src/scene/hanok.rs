//! The yard of a hanok: a tiled roof on wooden posts, doors of paper, stone and pale earth.

use super::canvas::{Canvas, Rgb, clouds, mix, srgb, times};
use super::floor::{Floor, Shade};
use super::foliage::{Crown, Leaves, crown};
use super::place::{Drawn, Wish};
use super::shot::Shot;
use crate::raster::noise::{dice, noise};
use crate::raster::plane::smoothstep;

/// Metres: width of a bay between two posts, and the heights of its parts.
const BAY: f32 = 2.5;
const STONE: f32 = 0.50;
const SILL: f32 = 0.95;
const BEAM: f32 = 2.95;
const EAVES: f32 = 3.35;

/// The hall across the yard, a wall with a cap of tiles at either side, a pine.
pub(super) fn draw(shot: Shot, wish: &Wish) -> Drawn {
    let seed = wish.seed ^ 0x4a0;
    let d = dice(1, seed);
    let back = shot.distance + 9.5 + 1.5 * d(0);
    let side = if shot.light.abs() < 0.06 { 0.4 } else { shot.light };
    let shift = BAY * d(1);
    let mut canvas = Canvas::shaded(shot, |x, y| match shot.ground(x, y) {
        Some((gx, gz)) if gz < back => (yard(gx, gz, back, seed), gz),
        _ => {
            let (dx, dy) = shot.ray(x, y);
            let (gx, up) = (dx * back, shot.eye - dy * back);
            match hall(gx + shift, up, side, seed) {
                Some(c) => (c, back),
                None => (sky(&shot, x, y, seed), f32::MAX),
            }
        }
    });
    roof(&mut canvas, back, shift, seed);
    jars(&mut canvas, back, side, seed);
    pine(&mut canvas, back, side, seed);
    let canvas = canvas.through_lens();
    let shade = Shade::from_light(&shot, 0.42, 0.08);
    Drawn { canvas, floor: Floor::Earth, shade: Some(shade), cast: Some(0.5) }
}

fn sky(shot: &Shot, x: f32, y: f32, seed: u32) -> Rgb {
    let long = shot.width.max(shot.height) as f32;
    let up = ((shot.horizon - y) / (0.8 * long)).clamp(0.0, 1.0);
    let c = mix(srgb(0xe6eef3), srgb(0x93b9dc), up);
    mix(c, srgb(0xfbfbf8), 0.6 * smoothstep(0.5, 0.8, clouds(x / long * 3.0, y / long * 5.0, seed)))
}

fn yard(x: f32, z: f32, back: f32, seed: u32) -> Rgb {
    let earth = srgb(0xdccdb2);
    let worn = 0.80 + 0.24 * clouds(x / 1.6, z / 2.4, seed ^ 2) + 0.14 * clouds(x / 0.4, z / 0.5, seed ^ 12);
    let c = times(earth, worn);
    // Shade of the eaves lies before the hall.
    times(c, 1.0 - 0.42 * smoothstep(back - 2.0, back - 1.2, z))
}

/// The front below the eaves, by metres along it and above the ground.
fn hall(x: f32, up: f32, side: f32, seed: u32) -> Option<Rgb> {
    if up > EAVES {
        return None;
    }
    let wood = srgb(0x6e4a32);
    let bay = (x / BAY).floor();
    let u = x - bay * BAY;
    let post = (u.min(BAY - u) - 0.13).min(0.0) < 0.0;
    // Under the eaves it is darker, and the light comes from one side.
    let shade = 0.84 - 0.34 * smoothstep(2.3, EAVES, up);
    if up < STONE {
        // Dressed stones with joints.
        let course = (up / 0.25).floor();
        let at = (x / 0.8 + 0.5 * course.rem_euclid(2.0)).rem_euclid(1.0);
        let joint = at < 0.03 || (up / 0.25).rem_euclid(1.0) < 0.08;
        let c = times(srgb(0xbcb5a8), 0.85 + 0.2 * noise(x * 2.0, up * 5.0, seed ^ 4));
        return Some(times(c, if joint { 0.6 } else { 0.9 }));
    }
    if up > BEAM {
        // Beam, and the ends of the rafters over it.
        let rafter = (x / 0.34).rem_euclid(1.0) < 0.5;
        let c = if up > BEAM + 0.2 && !rafter { srgb(0xcdbd9f) } else { times(wood, 0.8) };
        return Some(times(c, shade));
    }
    if post {
        let round = (u.min(BAY - u) - 0.02) / 0.13;
        return Some(times(wood, shade * (0.8 + 0.35 * side * (0.5 - round))));
    }
    if up < SILL {
        // The wooden floor of the veranda, seen from the front, and the dark below it.
        return Some(if up > SILL - 0.16 { times(srgb(0x9a6b45), 0.9) } else { times(srgb(0x2e241d), 0.7) });
    }
    let kind = dice(bay as i32, seed ^ 5)(0);
    if kind < 0.16 {
        // An open hall: dark, with the light of the garden behind at its far end.
        let window = (u - BAY * 0.5).abs() < 0.5 && (1.35..2.2).contains(&up);
        return Some(if window { times(srgb(0xa9c08c), 0.8) } else { times(srgb(0x4a3526), 0.55) });
    }
    if kind > 0.82 && up > 2.2 || kind > 0.9 {
        return Some(times(srgb(0xe7dcc6), shade));
    }
    // Doors: frames, a lattice closer at the edges, paper that the day shines on.
    let leaf = BAY * 0.25;
    let (v, across) = ((up - SILL) / (BEAM - SILL), (u - 0.13).rem_euclid(leaf));
    let frame = across < 0.055 || across > leaf - 0.03 || !(0.03..0.96).contains(&v);
    if frame {
        return Some(times(wood, shade * 0.95));
    }
    if v < 0.24 {
        return Some(times(srgb(0x7d5639), shade));
    }
    let fine = !(0.36..0.84).contains(&v) || (0.56..0.64).contains(&v);
    let lattice = (across / 0.10).rem_euclid(1.0) < 0.16
        || (up / if fine { 0.075 } else { 0.30 }).rem_euclid(1.0) < if fine { 0.22 } else { 0.06 };
    let paper = times(srgb(0xf3e8d0), shade * (1.0 + 0.08 * noise(x * 1.5, up * 2.0, seed ^ 6)));
    Some(if lattice { mix(paper, wood, 0.62) } else { paper })
}

/// Tiles in rows down to eaves that lift towards the corners, and the ridge.
fn roof(canvas: &mut Canvas, back: f32, shift: f32, seed: u32) {
    let shot = canvas.shot;
    let z = back - 1.1;
    let half = 7.5;
    let middle = shot.stand() * back / shot.distance - 0.4 * shift;
    // Eaves before the wall: near the corners they rise, as they do on every hanok.
    let lift = |x: f32| 0.75 * ((x - middle) / half).abs().powi(3);
    let steps: Vec<f32> = (0..=32).map(|k| middle - half + k as f32 * half / 16.0).collect();
    let lower: Vec<(f32, f32)> = steps.iter().map(|&x| shot.at(x, EAVES - 0.25 + lift(x), z)).collect();
    let upper: Vec<(f32, f32)> = steps
        .iter()
        .rev()
        .map(|&x| shot.at(x * 0.9 + middle * 0.1, EAVES + 1.75 + 0.55 * lift(x), back + 1.6))
        .collect();
    let outline: Vec<(f32, f32)> = lower.iter().chain(&upper).copied().collect();
    let per_metre = shot.focal / z;
    canvas.polygon(&outline, z, |px, py| {
        // Half-round tiles in columns, a little shine on each, courses across.
        let x = (px - shot.centre) / per_metre;
        let tile = (x / 0.29).rem_euclid(1.0);
        let round = 0.35 + 1.0 * (tile * std::f32::consts::PI).sin().powi(2);
        let course = 0.9 + 0.2 * noise(x * 2.0, py * 0.6, seed ^ 7);
        times(srgb(0x6a6d70), 0.75 * round * course)
    });
    // The edge of the eaves: round ends of tiles, and the shade below.
    for pair in lower.windows(2) {
        let quad = [
            (pair[0].0, pair[0].1 - 0.02 * per_metre),
            (pair[1].0, pair[1].1 - 0.02 * per_metre),
            (pair[1].0, pair[1].1 + 0.14 * per_metre),
            (pair[0].0, pair[0].1 + 0.14 * per_metre),
        ];
        canvas.polygon(&quad, z, |px, _| {
            let x = (px - shot.centre) / per_metre;
            times(srgb(0x75777a), if (x / 0.29).rem_euclid(1.0) < 0.55 { 0.9 } else { 0.35 })
        });
    }
    for pair in upper.windows(2) {
        let tall = 0.34 * shot.focal / (back + 1.6);
        let quad = [pair[0], pair[1], (pair[1].0, pair[1].1 - tall), (pair[0].0, pair[0].1 - tall)];
        canvas.polygon(&quad, back, |_, _| times(srgb(0x6a6c6e), 0.8));
    }
}

/// Jars for soy sauce and paste on a low stone terrace.
fn jars(canvas: &mut Canvas, back: f32, side: f32, seed: u32) {
    let shot = canvas.shot;
    let way = if shot.person > shot.width as f32 * 0.5 { -1.0 } else { 1.0 };
    let z = back - 1.6;
    let from = shot.stand() * z / shot.distance + way * 1.7;
    for k in 0..7 {
        let d = dice(k, seed ^ 8);
        let z = z + 0.5 * d(3);
        let x = from + way * (0.62 * k as f32 + 0.2 * d(0));
        let (wide, tall) = (0.20 + 0.12 * d(1), 0.42 + 0.32 * d(2));
        let per_metre = shot.focal / z;
        let at = shot.at(x, 0.5 * tall, z);
        let body = times(srgb(0x5b3a2a), 0.75);
        canvas.ellipse(at, (wide * per_metre, 0.55 * tall * per_metre), z, body, 1.0);
        let shine = (at.0 + 0.35 * side * wide * per_metre, at.1 - 0.16 * tall * per_metre);
        canvas.ellipse(shine, (0.25 * wide * per_metre, 0.2 * tall * per_metre), z, srgb(0x94705a), 0.5);
        let lid = shot.at(x, 0.98 * tall, z);
        canvas.ellipse(lid, (0.72 * wide * per_metre, 0.07 * per_metre), z, srgb(0x6d4734), 1.0);
    }
}

/// A pine beside the hall: flat cushions of needles on a bent trunk.
fn pine(canvas: &mut Canvas, back: f32, side: f32, seed: u32) {
    let shot = canvas.shot;
    let way = if shot.person > shot.width as f32 * 0.5 { 1.0 } else { -1.0 };
    let z = back - 3.2;
    let per_metre = shot.focal / z;
    let edge = 0.5 * shot.width as f32 / per_metre;
    let x = (0.5 * shot.width as f32 - shot.centre) / per_metre + way * edge * 0.86;
    let mut low = shot.at(x, 0.0, z);
    let mut wide = 0.13 * per_metre;
    for k in 0..6 {
        let bend = 0.22 * ((k as f32) * 1.4).sin() * way;
        let high = shot.at(x - bend - 0.07 * way * k as f32, 0.75 * (k + 1) as f32, z);
        let quad = [
            (low.0 - wide, low.1),
            (low.0 + wide, low.1),
            (high.0 + wide * 0.85, high.1),
            (high.0 - wide * 0.85, high.1),
        ];
        canvas.polygon(&quad, z, |_, _| srgb(0x57402f));
        low = high;
        wide *= 0.86;
    }
    let leaves = Leaves::of(0x1c2d1e, 0x3c5a36, 0x86a060);
    for k in 0..8 {
        let d = dice(k, seed ^ 9);
        let at = shot.at(x - way * (0.1 + 1.3 * d(0)) + way * 0.5, 2.0 + 0.42 * k as f32 + 0.3 * d(1), z);
        let r = (0.8 + 0.45 * d(2)) * per_metre;
        let part = Crown { at, radii: (r, 0.38 * r), depth: z, count: 620, leaf: 0.8 + 0.014 * r };
        crown(canvas, &part, &leaves, side, seed ^ (60 + k as u32));
    }
}
