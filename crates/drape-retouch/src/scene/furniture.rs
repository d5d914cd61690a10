//! Furniture, plants and people in rooms.

use drape_core::style::SceneKind;

use super::canvas::{Canvas, Rgb, mix, srgb, times};
use super::foliage::{Crown, Leaves, crown};
use super::room::Room;
use crate::raster::noise::dice;

/// Furnishes a room by its kind, from far to near. Columns are metres towards the wall that the camera sees
/// most of.
pub(super) fn furnish(canvas: &mut Canvas, room: &Room, kind: SceneKind, seed: u32) {
    match kind {
        SceneKind::Cafe => cafe(canvas, room, seed),
        SceneKind::Home => home(canvas, room, seed),
        SceneKind::Library => library(canvas, room, seed),
        SceneKind::School => classroom(canvas, room),
        SceneKind::Gym => gym(canvas, room),
        SceneKind::Airport => airport(canvas, room, seed),
        SceneKind::WeddingHall => wedding(canvas, room, seed),
        _ => office(canvas, room, seed),
    }
}

/// Metres to the right, from metres towards the wall that the camera sees most of.
fn span(room: &Room, x: (f32, f32)) -> (f32, f32) {
    if room.way > 0.0 { x } else { (-x.1, -x.0) }
}

fn block(canvas: &mut Canvas, room: &Room, x: (f32, f32), y: (f32, f32), z: (f32, f32), c: Rgb) {
    canvas.cuboid(span(room, x), y, z, c);
}

fn board(canvas: &mut Canvas, room: &Room, x: (f32, f32), y: (f32, f32), z: f32, c: Rgb) {
    canvas.board(span(room, x), y, z, c);
}

fn round(canvas: &mut Canvas, room: &Room, at: (f32, f32, f32), radii: (f32, f32), c: Rgb) {
    let k = canvas.shot.focal / at.2;
    let middle = canvas.shot.at(at.0 * room.way, at.1, at.2);
    canvas.ellipse(middle, (radii.0 * k, radii.1 * k), at.2, c, 1.0);
}

/// A plant in a pot, its leaves on long stems.
fn plant(canvas: &mut Canvas, room: &Room, x: f32, z: f32, tall: f32, seed: u32) {
    let k = canvas.shot.focal / z;
    block(canvas, room, (x - 0.15, x + 0.15), (0.0, 0.34), (z, z + 0.3), times(srgb(0xb9b0a4), 0.7));
    let leaves = Leaves::of(0x15291a, 0x35603a, 0x84a866);
    for n in 0..9 {
        let d = dice(n, seed);
        let lean = (d(0) - 0.5) * 0.75;
        let top = tall * (0.45 + 0.55 * d(1));
        let steps = 7;
        for s in 2..steps {
            let t = s as f32 / steps as f32;
            let at = canvas.shot.at(x * room.way + lean * t * t, 0.34 + top * t, z);
            let part =
                Crown { at, radii: (0.11 * k * t.sqrt(), 0.10 * k), depth: z, count: 14, leaf: 0.032 * k };
            crown(canvas, &part, &leaves, room.way * 0.8, seed ^ (n * 8 + s) as u32);
        }
    }
}

/// A desk with a screen and a chair.
fn desk(canvas: &mut Canvas, room: &Room, x: f32, z: f32, wood: Rgb, seed: u32) {
    let d = dice((z * 10.0) as i32, seed);
    block(canvas, room, (x - 0.70, x + 0.70), (0.69, 0.73), (z, z + 0.75), wood);
    for leg in [-0.66, 0.62] {
        board(canvas, room, (x + leg, x + leg + 0.05), (0.0, 0.69), z, srgb(0x55585c));
    }
    let at = x + 0.3 * (d(0) - 0.5);
    board(canvas, room, (at - 0.03, at + 0.03), (0.73, 0.90), z + 0.3, srgb(0x3a3c40));
    board(canvas, room, (at - 0.29, at + 0.29), (0.86, 1.22), z + 0.3, srgb(0x26282c));
    board(
        canvas,
        room,
        (at - 0.27, at + 0.27),
        (0.88, 1.20),
        z + 0.3,
        mix(srgb(0x5e7c9a), srgb(0xd9e6f0), d(1)),
    );
    for n in 0..4 {
        let e = dice(n, seed ^ (z * 7.0) as u32);
        let px = x + 1.1 * (e(0) - 0.5);
        let paper = mix(srgb(0xe9e5dc), srgb(0xc07a4a), e(1) * e(1));
        board(canvas, room, (px - 0.07, px + 0.07), (0.73, 0.76 + 0.16 * e(2)), z + 0.12, times(paper, 0.8));
    }
    let chair = at + 0.12;
    board(canvas, room, (chair - 0.03, chair + 0.03), (0.08, 0.45), z - 0.45, srgb(0x3a3d41));
    round(canvas, room, (chair, 0.47, z - 0.45), (0.24, 0.06), srgb(0x2c2f33));
    round(canvas, room, (chair, 0.80, z - 0.55), (0.22, 0.25), srgb(0x34383d));
}

fn office(canvas: &mut Canvas, room: &Room, seed: u32) {
    let back = room.back;
    // A wall of wood with a glazed room beside it.
    board(canvas, room, (-2.1, -0.7), (0.0, 2.9), back, times(room.accent, 0.75));
    board(canvas, room, (-0.6, 1.2), (0.1, 2.5), back, times(srgb(0xc9d8de), 0.85));
    board(canvas, room, (0.22, 0.27), (0.0, 2.5), back, srgb(0x4a4d50));
    board(canvas, room, (-0.62, 1.22), (2.46, 2.54), back, srgb(0x4a4d50));
    board(canvas, room, (-0.3, 1.0), (0.72, 0.78), back, times(srgb(0xe8e2d6), 0.8));
    for n in 0..3 {
        round(canvas, room, (-0.1 + 0.45 * n as f32, 0.85, back), (0.17, 0.2), srgb(0x5a6168));
    }
    plant(canvas, room, 1.45, back - 0.6, 1.3, seed);
    let near = canvas.shot.distance;
    for (n, far) in [7.4, 5.9, 4.6].into_iter().enumerate() {
        let z = (near + far).min(back - 0.9);
        desk(canvas, room, 1.05, z, srgb(0xcdb08a), seed ^ n as u32);
        desk(canvas, room, -1.25, z + 0.4, srgb(0xcdb08a), seed ^ (n as u32 + 9));
    }
}

fn cafe(canvas: &mut Canvas, room: &Room, seed: u32) {
    let back = room.back;
    // Shelves with bottles and cups, a blackboard, the bar before them.
    board(canvas, room, (-2.0, -0.9), (1.45, 2.5), back, srgb(0x26282a));
    for n in 0..5 {
        let y = 1.66 + 0.16 * n as f32;
        let end = -1.15 - 0.3 * dice(n, seed)(0);
        board(canvas, room, (-1.85, end), (y, y + 0.03), back, srgb(0xb9b4a8));
    }
    for row in 0..3 {
        let y = 1.30 + 0.48 * row as f32;
        board(canvas, room, (-0.7, 1.8), (y - 0.04, y), back - 0.1, srgb(0x8a6240));
        for n in 0..24 {
            let d = dice(n + 30 * row, seed ^ 1);
            let x = -0.66 + 0.103 * n as f32;
            let glass =
                [0xb8863f, 0xe8e2d4, 0x5b7a5a, 0xc8d4d2, 0x8a4a34, 0xdcc79a][(d(0) * 6.0) as usize % 6];
            let tall = 0.10 + 0.20 * d(1);
            if d(2) > 0.16 {
                board(canvas, room, (x, x + 0.07), (y, y + tall), back - 0.12, times(srgb(glass), 0.75));
            }
        }
        canvas.lamp((0.5 * room.way, y + 0.40, back - 0.1), 0.1, [0.30, 0.22, 0.12]);
    }
    block(canvas, room, (-1.0, 1.8), (0.0, 1.08), (back - 1.6, back - 1.0), srgb(0x7b5a3e));
    block(canvas, room, (-1.05, 1.85), (1.05, 1.11), (back - 1.65, back - 0.95), srgb(0xc9a57a));
    block(canvas, room, (0.2, 1.0), (1.11, 1.48), (back - 1.5, back - 1.1), srgb(0xb5b2aa));
    round(canvas, room, (-0.5, 1.34, back - 1.3), (0.21, 0.26), srgb(0x3c3f41));
    let near = canvas.shot.distance;
    for (n, (x, far)) in [(1.15, 6.0), (-1.2, 5.2), (1.3, 4.2)].into_iter().enumerate() {
        let z = near + far;
        for dx in [-0.55, 0.55] {
            board(canvas, room, (x + dx - 0.2, x + dx + 0.2), (0.44, 0.90), z + 0.1, srgb(0x5a4330));
            board(canvas, room, (x + dx - 0.18, x + dx - 0.14), (0.0, 0.44), z + 0.1, srgb(0x2e2620));
            board(canvas, room, (x + dx + 0.14, x + dx + 0.18), (0.0, 0.44), z + 0.1, srgb(0x2e2620));
        }
        board(canvas, room, (x - 0.03, x + 0.03), (0.0, 0.72), z, srgb(0x2a2623));
        round(canvas, room, (x, 0.74, z), (0.40, 0.05), srgb(0xb88d63));
        board(canvas, room, (x - 0.12, x - 0.03), (0.76, 0.85), z, srgb(0xf0ece4));
        if n == 0 {
            plant(canvas, room, x + 0.5, z + 0.9, 1.2, seed ^ 20);
        }
    }
    for n in 0..7 {
        let d = dice(n, seed ^ 2);
        let z = near + 2.8 + 1.1 * n as f32;
        let x = if n % 2 == 0 { 0.95 } else { -0.85 } + 0.3 * (d(0) - 0.5);
        let hang = 2.1 + 0.2 * d(1);
        board(canvas, room, (x - 0.012, x + 0.012), (hang + 0.15, room.tall), z, srgb(0x1e1c1a));
        round(canvas, room, (x, hang + 0.12, z), (0.17, 0.10), srgb(0x2a2a28));
        canvas.lamp((x * room.way, hang, z), 0.13, [1.35, 0.98, 0.56]);
    }
    for n in 0..26 {
        let d = dice(n, seed ^ 3);
        let at = ((d(0) * 3.6 - 1.8) * room.way, 2.45 + 0.3 * d(1), near + 4.0 + 5.0 * d(2));
        canvas.lamp(at, 0.03, [0.55, 0.40, 0.22]);
    }
}

fn home(canvas: &mut Canvas, room: &Room, seed: u32) {
    let back = room.back;
    let frame = |canvas: &mut Canvas, x: f32, y: f32, w: f32, h: f32, picture: Rgb| {
        board(canvas, room, (x - 0.04, x + w + 0.04), (y - 0.04, y + h + 0.04), back, srgb(0x8a6a4a));
        board(canvas, room, (x, x + w), (y, y + h), back, srgb(0xf2efe8));
        board(canvas, room, (x + 0.09, x + w - 0.09), (y + 0.09, y + h - 0.09), back, picture);
    };
    let d = dice(1, seed);
    frame(canvas, -1.5, 1.35, 0.62, 0.80, mix(srgb(0x9aa890), srgb(0xc99a7a), d(0)));
    frame(canvas, -0.7, 1.45, 0.46, 0.60, mix(srgb(0xb98f7a), srgb(0x8aa0b0), d(1)));
    frame(canvas, 0.6, 1.40, 0.70, 0.70, mix(srgb(0xc7b48a), srgb(0x7a8a80), d(2)));
    // A sofa with cushions, a rug before it, a lamp and a plant beside it.
    let z = back - 0.95;
    let cloth = room.accent;
    block(canvas, room, (-1.7, 0.75), (0.12, 0.85), (z + 0.6, z + 0.8), cloth);
    block(canvas, room, (-1.7, 0.75), (0.12, 0.45), (z, z + 0.6), cloth);
    for x in [-1.72, 0.60] {
        block(canvas, room, (x, x + 0.22), (0.12, 0.62), (z - 0.05, z + 0.7), times(cloth, 0.95));
    }
    for (x, c) in [(-1.45, 0xc98f6a), (-1.0, 0xe6ddd0), (0.1, 0x8a9a88)] {
        let cushion = [(0.02, 0.47), (0.40, 0.45), (0.36, 0.82), (0.06, 0.80)]
            .map(|(dx, y)| canvas.shot.at((x + dx) * room.way, y, z + 0.35));
        canvas.polygon(&cushion, z + 0.35, |_, py| {
            let lit = (cushion[0].1 - py) / (cushion[0].1 - cushion[3].1).max(1.0);
            times(srgb(c), 0.55 + 0.4 * lit)
        });
    }
    // The shade below and behind the sofa.
    let below = [(-1.75, z), (0.85, z), (0.9, z - 0.25), (-1.8, z - 0.25)]
        .map(|(x, z)| canvas.shot.at(x * room.way, 0.0, z));
    canvas.polygon(&below, z, |_, _| times(srgb(0x5a4635), 0.6));
    let quad = [(-1.5, z - 0.1), (0.9, z - 0.1), (1.1, z - 1.5), (-1.7, z - 1.5)]
        .map(|(x, z)| canvas.shot.at(x * room.way, 0.0, z));
    canvas.polygon(&quad, z - 0.8, |_, _| times(srgb(0xd9cfc0), 0.8));
    board(canvas, room, (1.18, 1.22), (0.0, 1.5), back - 0.4, srgb(0x6a5a48));
    let shade = [(1.06, 1.75), (1.34, 1.75), (1.44, 1.42), (0.96, 1.42)]
        .map(|(x, y)| canvas.shot.at(x * room.way, y, back - 0.4));
    canvas.polygon(&shade, back - 0.4, |_, _| [1.15, 0.92, 0.62]);
    plant(canvas, room, 1.55, back - 0.7, 1.1, seed ^ 4);
    block(canvas, room, (-0.9, 0.1), (0.34, 0.38), (z - 1.2, z - 0.7), srgb(0x9c7048));
    board(canvas, room, (-0.55, -0.25), (0.38, 0.43), z - 1.0, srgb(0xa3b0b4));
    board(canvas, room, (-0.15, -0.07), (0.38, 0.54), z - 1.0, srgb(0xcfc9be));
}

fn library(canvas: &mut Canvas, room: &Room, seed: u32) {
    let back = room.back;
    // A tall window in the back, a table with lamps before it.
    board(canvas, room, (-0.55, 0.75), (0.9, 2.9), back - 0.05, srgb(0x5a4030));
    for (x, y) in [(-0.47, 0.98), (0.13, 0.98), (-0.47, 1.95), (0.13, 1.95)] {
        board(canvas, room, (x, x + 0.54), (y, y + 0.88), back - 0.06, [1.05, 1.02, 0.92]);
    }
    let near = canvas.shot.distance;
    for n in 0..3 {
        let z = near + 6.4 - 1.7 * n as f32;
        let x = if n % 2 == 0 { -0.95 } else { 0.75 };
        block(canvas, room, (x - 0.75, x + 0.75), (0.70, 0.76), (z, z + 0.8), srgb(0x94663f));
        for leg in [-0.68, 0.60] {
            board(canvas, room, (x + leg, x + leg + 0.08), (0.0, 0.70), z, srgb(0x5a3b24));
        }
        for k in 0..3 {
            let d = dice(k, seed ^ n as u32);
            let px = x - 0.5 + 0.5 * d(0) + 0.2 * k as f32;
            let c = [0x7a2f2a, 0x2e4a5e, 0xd8ccb4][k as usize];
            board(canvas, room, (px, px + 0.24), (0.76, 0.82 + 0.06 * d(1)), z + 0.2, srgb(c));
        }
        board(canvas, room, (x + 0.28, x + 0.31), (0.76, 1.08), z + 0.3, srgb(0x8a6a3a));
        round(canvas, room, (x + 0.3, 1.12, z + 0.3), (0.15, 0.07), srgb(0x2f6a4a));
        canvas.lamp(((x + 0.3) * room.way, 1.04, z + 0.3), 0.12, [0.95, 0.72, 0.40]);
    }
    for n in 0..14 {
        let d = dice(n, seed ^ 6);
        let at = ((d(0) * 3.0 - 1.5) * room.way, 2.7 + 0.4 * d(1), near + 3.0 + 6.0 * d(2));
        canvas.lamp(at, 0.10, times([0.85, 0.64, 0.38], 0.25 + 0.6 * d(3)));
    }
}

fn classroom(canvas: &mut Canvas, room: &Room) {
    let back = room.back;
    board(canvas, room, (-1.95, 1.35), (0.88, 2.22), back, srgb(0x9a7a52));
    board(canvas, room, (-1.88, 1.28), (0.95, 2.15), back, srgb(0x2f5a48));
    for (x, y, w) in [(-1.6, 1.85, 0.7), (-1.6, 1.65, 1.1), (-1.6, 1.45, 0.9), (0.1, 1.8, 0.6)] {
        board(canvas, room, (x, x + w), (y, y + 0.03), back, srgb(0xa9c0b2));
    }
    block(canvas, room, (-0.9, 0.1), (0.0, 1.02), (back - 1.1, back - 0.7), srgb(0xa67a4e));
    let near = canvas.shot.distance;
    for row in (0..4).rev() {
        let z = near + 3.6 + 1.25 * row as f32;
        for x in [-1.35, 0.05, 1.15] {
            block(canvas, room, (x - 0.33, x + 0.33), (0.66, 0.71), (z, z + 0.45), srgb(0xcba06c));
            board(canvas, room, (x - 0.30, x - 0.27), (0.0, 0.66), z, srgb(0x5c6064));
            board(canvas, room, (x + 0.27, x + 0.30), (0.0, 0.66), z, srgb(0x5c6064));
            board(canvas, room, (x - 0.19, x + 0.19), (0.50, 0.80), z - 0.45, srgb(0xb98a58));
            board(canvas, room, (x - 0.17, x - 0.14), (0.0, 0.5), z - 0.45, srgb(0x5c6064));
            board(canvas, room, (x + 0.14, x + 0.17), (0.0, 0.5), z - 0.45, srgb(0x5c6064));
        }
    }
}

fn gym(canvas: &mut Canvas, room: &Room) {
    let (back, near) = (room.back, canvas.shot.distance);
    board(canvas, room, (-2.1, 2.4), (0.5, 2.4), back, times(srgb(0x9fb0ba), 0.55));
    board(canvas, room, (-2.1, 2.4), (2.55, 2.72), back, srgb(0xd9a23a));
    for row in 0..3 {
        // Dumb-bells on a rack along the back.
        let y = 0.45 + 0.34 * row as f32;
        board(canvas, room, (-1.7, 0.9), (y - 0.05, y), back - 0.5, srgb(0x2a2c2f));
        for n in 0..9 {
            let x = -1.6 + 0.28 * n as f32;
            round(canvas, room, (x, y + 0.09, back - 0.5), (0.09, 0.09), srgb(0x1c1d20));
        }
    }
    for (x, far) in [(1.35, 7.2), (-1.3, 6.2), (1.6, 5.2)] {
        let z = near + far;
        for dx in [-0.55, 0.55] {
            board(canvas, room, (x + dx - 0.04, x + dx + 0.04), (0.0, 2.2), z, srgb(0x202225));
        }
        board(canvas, room, (x - 0.6, x + 0.6), (2.12, 2.2), z, srgb(0x202225));
        board(canvas, room, (x - 0.95, x + 0.95), (1.28, 1.32), z, srgb(0xb8bcc0));
        for dx in [-0.82, 0.82] {
            round(canvas, room, (x + dx, 1.3, z), (0.05, 0.23), srgb(0x17181a));
        }
        block(canvas, room, (x - 0.16, x + 0.16), (0.38, 0.48), (z - 0.9, z), srgb(0x35373b));
    }
}

fn airport(canvas: &mut Canvas, room: &Room, seed: u32) {
    let near = canvas.shot.distance;
    // Signs under the ceiling, rows of seats, people with cases.
    for (n, far) in [20.0, 12.0].into_iter().enumerate() {
        let x = -1.2 + 0.8 * n as f32;
        board(canvas, room, (x - 1.2, x + 1.2), (2.9, 3.4), near + far, srgb(0x23272b));
        board(canvas, room, (x - 1.05, x - 0.7), (3.0, 3.3), near + far, srgb(0xf2c230));
        for k in 0..2 {
            let y = 3.05 + 0.14 * k as f32;
            board(canvas, room, (x - 0.55, x + 0.9), (y, y + 0.05), near + far, srgb(0xdfe3e6));
        }
    }
    for row in (0..5).rev() {
        let z = near + 6.0 + 2.6 * row as f32;
        for n in 0..5 {
            let x = 0.75 + 0.58 * n as f32;
            board(canvas, room, (x, x + 0.52), (0.44, 0.92), z, srgb(0x34404c));
            board(canvas, room, (x, x + 0.52), (0.38, 0.45), z - 0.3, srgb(0x46535f));
        }
        board(canvas, room, (0.75, 3.6), (0.30, 0.36), z, srgb(0x9aa0a6));
    }
    for n in 0..7 {
        let d = dice(n, seed ^ 3);
        let z = near + 22.0 - 2.4 * n as f32;
        let x = -2.6 + 2.6 * d(0);
        let coat = [0x2b2d33, 0x6d5c4a, 0x46566a, 0x8a8d90][(d(1) * 4.0) as usize % 4];
        board(canvas, room, (x - 0.15, x + 0.15), (0.0, 0.85), z, srgb(0x2a2c33));
        round(canvas, room, (x, 1.12, z), (0.24, 0.36), srgb(coat));
        round(canvas, room, (x, 1.58, z), (0.10, 0.13), srgb(0x8a6a55));
        board(
            canvas,
            room,
            (x + 0.35, x + 0.70),
            (0.05, 0.62),
            z,
            srgb([0xa33a35, 0x3a5a7a, 0x2f3236][n as usize % 3]),
        );
    }
}

fn wedding(canvas: &mut Canvas, room: &Room, seed: u32) {
    let (back, near) = (room.back, canvas.shot.distance);
    // Drapes, an arch of flowers, rows of chairs, flowers along the aisle, chandeliers.
    for n in 0..30 {
        let x = -3.0 + 0.2 * n as f32;
        let fold = 0.70 + 0.16 * ((n as f32) * 2.4).sin();
        board(canvas, room, (x, x + 0.21), (0.0, 4.4), back, times(srgb(0xf6efe6), fold));
    }
    let aisle = canvas.shot.stand() * room.way;
    let quad = [(aisle - 0.8, back), (aisle + 0.8, back), (aisle + 0.8, 1.0), (aisle - 0.8, 1.0)]
        .map(|(x, z)| canvas.shot.at(x * room.way, 0.0, z));
    canvas.polygon(&quad, back, |_, _| times(srgb(0xf7f1e8), 0.86));
    let petals = Leaves::of(0x8fa07a, 0xe9d3cc, 0xfdf6f0);
    for n in 0..15 {
        let turn = std::f32::consts::PI * n as f32 / 14.0;
        let (x, y) = (aisle + 1.35 * turn.cos(), 1.55 + 1.35 * turn.sin());
        let k = canvas.shot.focal / (back - 0.6);
        let at = canvas.shot.at(x * room.way, y, back - 0.6);
        let part = Crown { at, radii: (0.30 * k, 0.28 * k), depth: back - 0.6, count: 120, leaf: 0.05 * k };
        crown(canvas, &part, &petals, 0.3, seed ^ n as u32);
    }
    for row in (0..5).rev() {
        let z = near + 2.2 + 1.45 * row as f32;
        for side in [-1.0, 1.0] {
            for n in 0..3 {
                let x = aisle + side * (1.45 + 0.62 * n as f32);
                board(canvas, room, (x - 0.22, x + 0.22), (0.0, 0.95), z, times(srgb(0xf1e8dc), 0.72));
            }
            let k = canvas.shot.focal / z;
            let x = aisle + side * 1.0;
            board(canvas, room, (x - 0.03, x + 0.03), (0.0, 0.8), z, times(srgb(0xd8c6a0), 0.7));
            let at = canvas.shot.at(x * room.way, 0.95, z);
            let part = Crown { at, radii: (0.22 * k, 0.22 * k), depth: z, count: 130, leaf: 0.04 * k };
            crown(canvas, &part, &petals, 0.3, seed ^ (40 + row as u32));
        }
    }
    for n in 0..3 {
        let z = near + 3.5 + 2.2 * n as f32;
        for k in 0..16 {
            let d = dice(k + 20 * n, seed ^ 5);
            let x = aisle + 1.3 * (d(0) - 0.5) + if n % 2 == 0 { 1.0 } else { -1.0 };
            let at = (x * room.way, 3.1 + 0.8 * d(1), z);
            canvas.lamp(at, 0.06, times([1.0, 0.82, 0.55], 0.20 + 0.7 * d(2)));
        }
    }
    for n in 0..40 {
        let d = dice(n, seed ^ 6);
        let at = ((d(0) * 5.6 - 2.8) * room.way, 1.0 + 3.3 * d(1), back - 0.2);
        canvas.lamp(at, 0.02, times([1.0, 0.80, 0.52], 0.10 + 0.35 * d(2)));
    }
}
