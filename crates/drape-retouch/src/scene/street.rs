//! A street between two rows of houses: late in the day with the first lights on, or at night.

use drape_core::style::SceneKind;

use super::canvas::{Canvas, Rgb, clouds, mix, srgb, times};
use super::floor::{Floor, Shade, joints, slab};
use super::foliage::{Crown, Leaves, crown};
use super::place::{Drawn, Wish};
use super::shot::Shot;
use crate::raster::noise::{chance, dice, noise};
use crate::raster::plane::smoothstep;

/// Metres: from the middle of the street to the houses, and the length of a house along it.
const WIDTH: f32 = 3.5;
const HOUSE: f32 = 8.5;
const STOREY: f32 = 3.3;

struct Hour {
    sky: (Rgb, Rgb),
    haze: Rgb,
    /// Light on the houses of either side.
    sides: (f32, f32),
    /// Share of windows that are lit.
    lit: f32,
    lamp: Rgb,
    /// How much the lights outshine the day.
    lights: f32,
    ground: Rgb,
    night: bool,
}

fn hour(kind: SceneKind, light: f32) -> Hour {
    if kind == SceneKind::NightCity {
        return Hour {
            sky: (srgb(0x0d1428), srgb(0x2b3352)),
            haze: srgb(0x39405e),
            sides: (0.085, 0.085),
            lit: 0.42,
            lamp: srgb(0xffc27a),
            lights: 1.0,
            ground: times(srgb(0x8d8f9c), 0.15),
            night: true,
        };
    }
    let (near, far) = (0.95, 0.50);
    Hour {
        sky: (srgb(0xb4c3d6), times(srgb(0xf8e6cf), 1.08)),
        haze: srgb(0xe9d8c6),
        // The houses opposite the light are the lit ones.
        sides: if light > 0.0 { (near, far) } else { (far, near) },
        lit: 0.10,
        lamp: srgb(0xffeacc),
        lights: 0.22,
        ground: srgb(0xaba095),
        night: false,
    }
}

/// Houses with windows and shops in perspective, lamps, trees by day, people far off, a paved ground.
pub(super) fn draw(shot: Shot, wish: &Wish) -> Drawn {
    let seed = wish.seed ^ 0x57e;
    let light = if shot.light.abs() < 0.06 { chance(1, 1, seed) - 0.5 } else { shot.light };
    let h = hour(wish.kind, light);
    let mut canvas = Canvas::shaded(shot, |x, y| shade(&shot, &h, x, y, seed));
    far_end(&mut canvas, &h, seed);
    people(&mut canvas, &h, seed);
    if !h.night {
        street_trees(&mut canvas, light, seed);
    }
    lamps(&mut canvas, &h, seed);
    if h.night {
        traffic(&mut canvas, seed);
    }
    let mut canvas = canvas.through_lens();
    if !h.night {
        low_sun(&mut canvas, light);
    }
    let shade = if h.night {
        Shade { falls: (0.5 * light, 0.7), ..Shade::from_light(&shot, 0.30, 0.22) }
    } else {
        Shade::from_light(&shot, 0.30, 0.16)
    };
    let cast = if h.night { 0.15 } else { 0.5 };
    Drawn { canvas, floor: Floor::Slabs, shade: Some(shade), cast: Some(cast) }
}

/// The sun stands low over the end of the street and fills the air with light.
fn low_sun(canvas: &mut Canvas, light: f32) {
    let shot = canvas.shot;
    let (w, long) = (shot.width, shot.width.max(shot.height) as f32);
    let sun = (shot.centre + 0.06 * long * light.signum(), shot.horizon - 0.16 * long);
    for (i, c) in canvas.colour.iter_mut().enumerate() {
        let d = ((i % w) as f32 - sun.0).hypot(0.85 * ((i / w) as f32 - sun.1)) / long;
        let veil = 0.20 * (-18.0 * d * d).exp() + 0.06 * (-3.0 * d * d).exp();
        *c = [c[0] + veil, c[1] + 0.84 * veil, c[2] + 0.62 * veil];
    }
}

fn shade(shot: &Shot, h: &Hour, x: f32, y: f32, seed: u32) -> (Rgb, f32) {
    let long = shot.width.max(shot.height) as f32;
    let (dx, dy) = shot.ray(x, y);
    let wall = WIDTH / dx.abs().max(1e-4);
    if dy > 0.0 && shot.eye / dy < wall {
        let (gx, gz) = (dx * shot.eye / dy, shot.eye / dy);
        return (ground(h, (gx, gz), shot.eye / (dy * shot.focal), wall, seed), gz);
    }
    if let Some((c, z)) = houses(h, shot.eye, dx, dy, wall, seed) {
        let air = 1.0 - (-z / if h.night { 160.0 } else { 240.0 }).exp();
        return (mix(c, h.haze, air), z);
    }
    let up = ((shot.horizon - y) / (0.7 * long)).clamp(0.0, 1.0);
    let c = mix(h.sky.1, h.sky.0, up.sqrt());
    let bank = smoothstep(0.45, 0.8, clouds(x / long * 3.0, y / long * 7.0, seed));
    (mix(c, h.haze, 0.35 * bank), f32::MAX)
}

/// The house that a ray meets: colour and depth. Houses differ in height, so that flanks of the higher
/// ones show above the lower.
fn houses(h: &Hour, eye: f32, dx: f32, dy: f32, wall: f32, seed: u32) -> Option<(Rgb, f32)> {
    let side = if dx < 0.0 { 0 } else { 1 };
    let first = (wall / HOUSE).floor() as i32;
    for k in first..(first + 5).min(14) {
        let d = dice(k * 2 + side, seed ^ 1);
        let tall = (2.0 + (d(0) * 4.0).floor()) * STOREY + 1.2;
        let z = if k == first { wall } else { k as f32 * HOUSE };
        let up = eye - dy * z;
        if up < tall {
            let c = if k == first {
                facade(h, (z, up, tall), side, k, seed)
            } else {
                times(plaster(k, side, seed), 0.6 * if side == 0 { h.sides.0 } else { h.sides.1 })
            };
            return Some((c, z));
        }
    }
    None
}

fn plaster(house: i32, side: i32, seed: u32) -> Rgb {
    const WALLS: [u32; 8] = [0xc9b79c, 0xb5705a, 0xd8cfc0, 0x9aa0a0, 0xc4a184, 0xa98a78, 0xdcd3bd, 0x8c7468];
    let d = dice(house * 2 + side, seed ^ 2);
    srgb(WALLS[(d(0) * 8.0) as usize % 8])
}

fn facade(h: &Hour, (z, up, tall): (f32, f32, f32), side: i32, house: i32, seed: u32) -> Rgb {
    let d = dice(house * 2 + side, seed ^ 3);
    let day = if side == 0 { h.sides.0 } else { h.sides.1 };
    let along = z - house as f32 * HOUSE;
    let wall = times(plaster(house, side, seed), day * (0.80 + 0.20 * (up / tall).clamp(0.0, 1.0)));
    let wall = times(wall, 0.93 + 0.14 * noise(z * 1.3, up * 0.9, seed ^ 4));
    // The roof's edge with a band of shade below it, and a dark gap between neighbours.
    if up > tall - 0.5 {
        return times(wall, if up > tall - 0.18 { 1.25 } else { 0.62 });
    }
    if !(0.12..HOUSE - 0.12).contains(&along) {
        return times(wall, 0.5);
    }
    if up < 3.5 {
        return shop(h, wall, along, up, &d, seed ^ (house * 2 + side) as u32);
    }
    let columns = (2.0 + (d(1) * 3.0).floor()).max(2.0);
    let cell = HOUSE / columns;
    let (column, floor) = ((along / cell).floor(), ((up - 3.5) / STOREY).floor());
    let (u, v) = (along - (column + 0.5) * cell, up - 3.5 - floor * STOREY);
    let half = 0.28 * cell;
    if v > STOREY - 0.16 {
        return times(wall, 1.12);
    }
    let inside = u.abs() < half && (0.75..2.65).contains(&v);
    if !inside {
        let frame = u.abs() < half + 0.14 && (0.58..2.78).contains(&v);
        return if frame { times(mix(wall, srgb(0xe6e0d6), 0.35), day.max(0.2)) } else { wall };
    }
    if u.abs() < 0.05 || (v - 1.9).abs() < 0.05 {
        return times(srgb(0xd8d2c8), 0.6 * day);
    }
    let e = dice((column as i32) * 31 + (floor as i32) * 7 + house * 101 + side, seed ^ 5);
    if e(0) < h.lit {
        let warm = mix(srgb(0xffb966), srgb(0xffe3b4), e(1));
        // Lamps hang high in the room.
        return times(warm, (0.55 + 0.5 * e(2)) * (0.7 + 0.4 * v / 2.65));
    }
    // Glass mirrors the sky, the higher the brighter.
    mix(times(srgb(0x39434c), 0.8 * day), h.sky.0, 0.18 + 0.30 * (up / tall) * day)
}

/// Ground floor: panes with light behind them, a sign, an awning.
fn shop(h: &Hour, wall: Rgb, along: f32, up: f32, d: &impl Fn(i32) -> f32, seed: u32) -> Rgb {
    const SIGNS: [u32; 7] = [0x2f4a44, 0x7c2f2c, 0x2c3550, 0xc58a3a, 0x3a3a3a, 0x8a4b6a, 0x436b8c];
    const NEON: [u32; 6] = [0xff5c8a, 0x59c7ff, 0xffd166, 0xff7a4a, 0x8cf0c0, 0xc98bff];
    let pick = (d(5) * 7.0) as usize % 7;
    let day = h.sides.0.max(h.sides.1);
    if up > 2.75 {
        if h.night && up < 3.25 {
            return times(srgb(NEON[(d(6) * 6.0) as usize % 6]), 0.55 + 0.9 * d(7));
        }
        return if up < 3.3 { times(srgb(SIGNS[pick]), 0.8 * day + 0.03) } else { times(wall, 0.9) };
    }
    if up < 0.45 || along.rem_euclid(2.8) < 0.16 {
        return times(wall, 0.62);
    }
    let inside = noise(along * 1.7, up * 1.4, seed);
    let goods = noise(along * 5.0, up * 5.0, seed ^ 1);
    let warm = mix(srgb(0xffcf8f), srgb(0xfff1d8), d(8));
    let power = if h.night { 0.55 + 0.55 * d(9) } else { 0.30 + 0.25 * d(9) };
    let open = d(10) < if h.night { 0.85 } else { 0.7 };
    if open {
        let c = times(warm, power * (0.35 + 0.9 * inside));
        return mix(c, times(srgb(SIGNS[(pick + 2) % 7]), 0.3), 0.6 * smoothstep(0.5, 0.8, goods));
    }
    mix(times(srgb(0x2e3438), day), h.sky.0, 0.16)
}

fn ground(h: &Hour, (x, z): (f32, f32), pixel: f32, wall: f32, seed: u32) -> Rgb {
    let size = (0.9, 0.6);
    let tint = 0.90 + 0.16 * slab(x, z, size, seed ^ 6) + 0.12 * (clouds(x / 2.5, z / 4.0, seed ^ 7) - 0.5);
    // Depth is foreshortened: a pixel covers more of it than of the width.
    let dark = joints(x, z, size, (0.8 * pixel, 2.2 * pixel));
    // Houses block light of the sky close to them.
    let open = 0.66 + 0.34 * smoothstep(0.0, 3.2, WIDTH - x.abs());
    let mut c = times(h.ground, tint * (1.0 - 0.42 * dark) * open);
    // A gutter along both sides.
    let kerb = (x.abs() - 2.5).abs();
    c = times(c, 1.0 - 0.30 * smoothstep(0.16, 0.06, kerb));
    if h.night {
        // Wet stone mirrors the lit fronts, drawn out towards the camera.
        let d = dice(((wall / HOUSE).floor() as i32) * 2 + i32::from(x > 0.0), seed ^ 3);
        let near = smoothstep(3.4, 0.3, WIDTH - x.abs());
        let glow = mix(srgb(0xffc27a), srgb(0xffe9cf), d(8));
        let patch = 0.35 + 0.9 * clouds(x / 0.6, z / 2.8, seed ^ 8);
        c = [0, 1, 2].map(|k| c[k] + glow[k] * 0.17 * near * patch + 0.035 * patch * glow[k]);
    } else {
        let warm = smoothstep(3.0, 0.4, WIDTH - x.abs());
        c = mix(c, srgb(0xe7bf8e), 0.10 * warm);
    }
    mix(c, h.haze, 1.0 - (-z / if h.night { 200.0 } else { 240.0 }).exp())
}

/// The end of the street: houses paled by the air, their windows, trees before them.
fn far_end(canvas: &mut Canvas, h: &Hour, seed: u32) {
    let air = if h.night { 0.40 } else { 0.50 };
    let z = 118.0;
    for k in 0..4 {
        let d = dice(k, seed ^ 9);
        let x = -WIDTH * 1.6 + 3.0 * k as f32;
        let tall = 9.0 + 9.0 * d(0);
        let wall = times(plaster(k, 0, seed ^ 10), if h.night { 0.1 } else { 0.6 });
        canvas.board((x, x + 3.0), (0.0, tall), z, mix(wall, h.haze, air));
        for n in 0..((tall / 1.6) as i32 * 2) {
            let e = dice(n, seed ^ (30 + k as u32));
            let (column, row) = ((n % 2) as f32, (n / 2) as f32);
            let pane = if e(0) < h.lit { times(h.lamp, 0.8) } else { times(srgb(0x4a555e), 0.5) };
            let (left, low) = (x + 0.45 + 1.3 * column, 1.2 + 1.6 * row);
            canvas.board((left, left + 0.8), (low, low + 0.95), z, mix(pane, h.haze, air));
        }
    }
}

/// People far down the street, dark coats and light shirts.
fn people(canvas: &mut Canvas, h: &Hour, seed: u32) {
    const COATS: [u32; 8] = [0x2b2d33, 0x4a4038, 0x33363f, 0x3c4a5c, 0x6d2f33, 0x8d8478, 0x54604c, 0x22242b];
    let shot = canvas.shot;
    for k in 0..11 {
        let d = dice(k, seed ^ 11);
        let z = shot.distance + 34.0 - 2.5 * k as f32;
        let side = if k % 2 == 0 { -1.0 } else { 1.0 };
        let x = side * (0.7 + 1.7 * d(0));
        let per_metre = shot.focal / z;
        let air = 1.0 - (-z / 75.0).exp();
        let day = if h.night { 0.22 } else { 0.85 };
        let colour = |hex: u32| mix(times(srgb(hex), day), h.haze, air);
        let coat = colour(COATS[(d(1) * 8.0) as usize % 8]);
        let legs = colour(COATS[(d(2) * 4.0) as usize % 8]);
        let tall = 1.58 + 0.2 * d(3);
        for (dx, stride) in [(-0.07, 0.10), (0.08, -0.07)] {
            let points =
                [(dx - 0.08, 0.52), (dx + 0.08, 0.52), (dx + 0.05 + stride, 0.0), (dx - 0.05 + stride, 0.0)]
                    .map(|(px, py)| shot.at(x + px, py * tall, z));
            canvas.polygon(&points, z, |_, _| legs);
        }
        let body = [(-0.20, 0.82), (0.20, 0.82), (0.24, 0.42), (-0.24, 0.42)]
            .map(|(px, py)| shot.at(x + px, py * tall, z));
        canvas.polygon(&body, z, |_, _| coat);
        let head = shot.at(x + 0.03 * side, 0.93 * tall, z);
        canvas.ellipse(head, (0.10 * per_metre, 0.13 * per_metre), z, colour(0x8a6a55), 1.0);
    }
}

fn street_trees(canvas: &mut Canvas, light: f32, seed: u32) {
    let shot = canvas.shot;
    let leaves = Leaves::of(0x2a3a1e, 0x62803a, 0xc4c96f);
    for k in 0..7 {
        let d = dice(k, seed ^ 12);
        let z = shot.distance + 40.0 - 5.6 * k as f32;
        let side = if (k as u32 + seed).is_multiple_of(2) { -1.0 } else { 1.0 };
        let x = side * 2.75;
        let per_metre = shot.focal / z;
        canvas.board((x - 0.11, x + 0.11), (0.0, 3.2), z, times(srgb(0x55483c), 0.8));
        for n in 0..2 {
            let at = shot.at(x + 0.8 * (d(n) - 0.5), 4.0 + 1.1 * n as f32, z);
            let r = (1.25 + 0.5 * d(n + 3)) * per_metre;
            let part = Crown { at, radii: (r * 1.1, r), depth: z, count: 600, leaf: 0.8 + 0.024 * r };
            crown(canvas, &part, &leaves, light, seed ^ (40 + 3 * k as u32 + n as u32));
        }
    }
}

fn lamps(canvas: &mut Canvas, h: &Hour, seed: u32) {
    let shot = canvas.shot;
    for k in 0..9 {
        let z = shot.distance + 4.0 + 6.5 * k as f32;
        for side in [-1.0, 1.0] {
            let x = side * 2.6;
            canvas.board((x - 0.06, x + 0.06), (0.0, 4.3), z, times(srgb(0x2c2f33), 0.7));
            canvas.lamp((x, 4.4, z), 0.36, times(h.lamp, h.lights * 1.5));
        }
    }
    // Lights in shops, on terraces, strung between the houses.
    for k in 0..64 {
        let d = dice(k, seed ^ 13);
        let z = shot.distance + 5.0 + 50.0 * d(0);
        let side = if d(1) < 0.5 { -1.0 } else { 1.0 };
        let tint = if h.night && d(4) < 0.35 {
            [srgb(0xff6f91), srgb(0x6fc3ff), srgb(0x9cf2d0), srgb(0xffe08a)][(d(5) * 4.0) as usize % 4]
        } else {
            mix(h.lamp, [1.0, 0.93, 0.82], d(5))
        };
        let at = (side * (2.5 + 0.9 * d(2)), 0.9 + 2.6 * d(3), z);
        canvas.lamp(at, 0.10, times(tint, h.lights * (0.12 + 0.9 * d(6).powi(3))));
    }
}

/// Headlights and tail lights at the end of the street.
fn traffic(canvas: &mut Canvas, seed: u32) {
    let shot = canvas.shot;
    for k in 0..14 {
        let d = dice(k, seed ^ 14);
        let z = shot.distance + 22.0 + 60.0 * d(0);
        let coming = d(1) < 0.5;
        let x = if coming { -1.2 - 0.9 * d(2) } else { 0.9 + 1.0 * d(2) };
        let light = if coming { [1.0, 0.93, 0.80] } else { [0.95, 0.10, 0.06] };
        for dx in [-0.65, 0.65] {
            canvas.lamp((x + dx, 0.75, z), 0.15, times(light, 0.45 + 0.6 * d(3)));
        }
    }
    // Windows of towers beyond the roofs.
    for k in 0..70 {
        let d = dice(k, seed ^ 15);
        let x = (d(0) - 0.5) * 70.0;
        let warm = mix(srgb(0xffc987), srgb(0xdfeaff), d(2));
        canvas.lamp((x, 12.0 + 34.0 * d(1), 170.0), 0.3, times(warm, 0.05 + 0.40 * d(3).powi(3)));
    }
}
