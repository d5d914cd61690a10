//! A roof over the town: decking, a parapet with a rail, towers in the haze, a string of lamps.

use super::canvas::{Canvas, clouds, mix, srgb, times};
use super::floor::{Floor, Shade, joints, slab};
use super::foliage::{Crown, Leaves, crown};
use super::place::{Drawn, Wish};
use super::shot::Shot;
use crate::raster::noise::dice;
use crate::raster::plane::smoothstep;

/// Late afternoon on the roof.
pub(super) fn draw(shot: Shot, wish: &Wish) -> Drawn {
    let seed = wish.seed ^ 0x60f;
    let long = shot.width.max(shot.height) as f32;
    let haze = srgb(0xe2d6cc);
    let edge = shot.distance + 5.0;
    let side = if shot.light.abs() < 0.06 { 0.4 } else { shot.light };
    let mut canvas = Canvas::shaded(shot, |x, y| match shot.ground(x, y) {
        Some((gx, gz)) if gz < edge => {
            // Boards across the view.
            let pixel = gz / shot.focal;
            let tint = 0.86 + 0.22 * slab(gx, gz, (2.4, 0.14), seed) + 0.1 * clouds(gx, gz, seed ^ 1);
            let dark = joints(gx, gz, (2.4, 0.14), (0.7 * pixel, 2.2 * pixel));
            (times(srgb(0xb29a80), tint * (1.0 - 0.5 * dark)), gz)
        }
        _ => {
            let up = ((shot.horizon - y) / (0.75 * long)).clamp(0.0, 1.0);
            let c = mix(times(srgb(0xf9e9d4), 1.08), srgb(0x8fb4dc), up.powf(0.8));
            let bank = smoothstep(0.48, 0.8, clouds(x / long * 3.5, y / long * 8.0, seed ^ 2));
            (mix(c, srgb(0xfdf6ee), 0.5 * bank), f32::MAX)
        }
    });
    // Towers, the further the paler; those in the light warm.
    for k in 0..46 {
        let d = dice(k, seed ^ 3);
        let z = 420.0 - 7.4 * k as f32;
        let half = 0.75 * shot.width as f32 / shot.focal * z;
        let (x, wide) = ((2.0 * d(0) - 1.0) * half, 9.0 + 13.0 * d(1));
        let tall = -12.0 + z * (0.03 + 0.13 * d(2) * d(2));
        let air = 1.0 - (-z / 480.0).exp();
        let wall = [0xb7a594, 0x8d96a0, 0xcfc4b4, 0x9c8578, 0x6f7f8e][(d(3) * 5.0) as usize % 5];
        let lit = mix(times(srgb(wall), 0.75), haze, air);
        // Down to the parapet, which hides the rest.
        let foot = shot.eye - (shot.eye - 0.3) * z / edge;
        canvas.board((x, x + wide), (foot, tall), z, lit);
        let shaded = mix(times(srgb(wall), 0.42), haze, air);
        let part = if side > 0.0 { (x, x + 0.4 * wide) } else { (x + 0.6 * wide, x + wide) };
        canvas.board(part, (foot, tall), z, shaded);
        for row in 0..((tall - foot) / 4.0).clamp(0.0, 12.0) as i32 {
            let y = tall - 2.6 - 4.0 * row as f32;
            canvas.board(
                (x + 1.0, x + wide - 1.0),
                (y, y + 1.5),
                z,
                mix(times(srgb(0x56646f), 0.6), haze, air),
            );
        }
    }
    let reach = 0.8 * shot.width as f32 / shot.focal * edge + 1.0;
    canvas.board((-reach, reach), (0.0, 0.42), edge, times(srgb(0xb9b2a8), 0.7));
    canvas.board((-reach, reach), (0.42, 0.48), edge - 0.1, srgb(0xd6cfc4));
    let mut x = -reach;
    while x < reach {
        canvas.board((x, x + 0.035), (0.48, 1.05), edge, srgb(0x2e3033));
        x += 0.75;
    }
    for y in [0.72, 1.03] {
        canvas.board((-reach, reach), (y, y + 0.035), edge, srgb(0x2e3033));
    }
    let leaves = Leaves::of(0x24381d, 0x587a3c, 0xb3c36c);
    for k in 0..7 {
        let d = dice(k, seed ^ 4);
        let z = edge - 0.5;
        let x = if k % 2 == 0 { -1.0 } else { 1.0 } * (0.7 + 1.5 * d(0)) + shot.stand() * z / shot.distance;
        let k_px = shot.focal / z;
        canvas.cuboid((x - 0.28, x + 0.28), (0.0, 0.36), (z - 0.3, z), srgb(0x8d7a68));
        let at = shot.at(x, 0.6, z);
        let part = Crown { at, radii: (0.36 * k_px, 0.32 * k_px), depth: z, count: 420, leaf: 0.026 * k_px };
        crown(&mut canvas, &part, &leaves, side, seed ^ (20 + k as u32));
    }
    let bulbs = (reach * 5.0) as i32;
    for k in 0..bulbs {
        // A string of bulbs that sags between its posts.
        let t = 2.0 * k as f32 / bulbs as f32 - 1.0;
        let y = 2.45 + 0.35 * (((t * reach / 2.4).rem_euclid(1.0) - 0.5) * 2.0).powi(2);
        canvas.lamp((t * reach, y, edge - 0.6), 0.05, [0.42, 0.33, 0.20]);
    }
    let canvas = canvas.through_lens();
    let shade = Shade::from_light(&shot, 0.40, 0.10);
    Drawn { canvas, floor: Floor::Boards, shade: Some(shade), cast: Some(0.5) }
}
