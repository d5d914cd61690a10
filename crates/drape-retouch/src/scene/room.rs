//! Rooms: a box in perspective with windows along the side that the camera sees most of, lamps, and a
//! back wall.

use drape_core::style::SceneKind;

use super::canvas::{Rgb, clouds, mix, one_of, srgb, times};
use super::floor::{Floor, joints, slab};
use super::shot::Shot;
use crate::raster::noise::{chance, noise};
use crate::raster::plane::smoothstep;

/// What a wall along the depth is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    /// Panes from a sill to below the ceiling.
    Windows,
    /// Glass from the floor to the ceiling.
    Glass,
    /// Windows behind thin curtains.
    Curtains,
    /// Shelves full of books.
    Books,
    Wall,
}

/// The shell of a room, in metres and linear light.
pub(super) struct Room {
    pub(super) tall: f32,
    /// Distances from the camera's axis of the wall that the camera sees most of, and of the opposite one.
    pub(super) wide: f32,
    pub(super) narrow: f32,
    pub(super) back: f32,
    pub(super) side: Side,
    pub(super) far: Side,
    wall: Rgb,
    far_wall: Rgb,
    /// Colour of what stands out: a panel, a sofa.
    pub(super) accent: Rgb,
    ground: Rgb,
    ceiling: Rgb,
    /// Strips of light in the ceiling.
    strips: f32,
    /// Light from outside.
    day: Rgb,
    /// How much light the walls get.
    dim: f32,
    pub(super) floor: Floor,
    /// How much the floor mirrors the windows.
    polish: f32,
    /// 1 if the wall that the camera sees most of is on the right, -1 if it is on the left.
    pub(super) way: f32,
}

impl Room {
    /// `own`: the seed as given, of which 0 is the usual room.
    pub(super) fn of(kind: SceneKind, shot: &Shot, own: u32) -> Self {
        let pick = |thing: i32, colours: &[u32]| one_of(colours, thing, own);
        let way = if shot.centre < shot.width as f32 * 0.5 { 1.0 } else { -1.0 };
        let back = shot.distance + 8.0 + 3.0 * chance(3, 0, own);
        let office = Self {
            tall: 2.9,
            wide: 1.9,
            narrow: 2.1,
            back,
            side: Side::Windows,
            far: Side::Wall,
            wall: srgb(0xdfe0de),
            far_wall: pick(2, &[0xd3d4d2, 0xd9d3c8, 0xb9c4c4, 0xe2e2df]),
            accent: pick(3, &[0xa9825b, 0x5f7d8c, 0x6f8468, 0x7a5844, 0xb58a5e]),
            ground: pick(1, &[0x83888d, 0x9a9186, 0x6d7680, 0xb3a48e]),
            ceiling: srgb(0xe8e9e8),
            strips: 1.5,
            day: times(srgb(0xeef4f8), 1.25),
            dim: 0.82,
            floor: Floor::Carpet,
            polish: 0.25,
            way,
        };
        match kind {
            SceneKind::Cafe => Self {
                tall: 3.1,
                wall: srgb(0x8a6a4e),
                far_wall: pick(4, &[0x4d5a50, 0x8a5a46, 0x46586a, 0x8d8070, 0x6a4c3a]),
                ground: pick(5, &[0x9a7453, 0x8a8076, 0x7d5d45]),
                ceiling: srgb(0x6d5a4a),
                strips: 0.0,
                day: times(srgb(0xfff0d8), 1.15),
                dim: 0.62,
                floor: Floor::Boards,
                polish: 0.35,
                ..office
            },
            SceneKind::Home => Self {
                tall: 2.6,
                side: Side::Curtains,
                wall: srgb(0xece4d8),
                far_wall: pick(6, &[0xe6ddd0, 0xd3dad2, 0xe3d3c6, 0xd8dde2]),
                accent: pick(7, &[0xb8ab98, 0x8fa0a0, 0xb58a72, 0x8c9a80, 0x9a94a8]),
                ground: pick(8, &[0xb58f68, 0x9a7656, 0xc7a985]),
                ceiling: srgb(0xf1ece4),
                strips: 0.0,
                day: times(srgb(0xfff6e6), 1.15),
                dim: 0.78,
                floor: Floor::Boards,
                polish: 0.30,
                back: shot.distance + 5.5,
                ..office
            },
            SceneKind::Library => Self {
                tall: 3.4,
                wide: 1.7,
                side: Side::Books,
                far: Side::Books,
                wall: srgb(0x6d4c33),
                far_wall: srgb(0x6d4c33),
                ground: srgb(0x8c6546),
                ceiling: srgb(0xd8cbb6),
                strips: 0.9,
                day: times(srgb(0xfff0d6), 1.0),
                dim: 0.62,
                floor: Floor::Boards,
                polish: 0.25,
                ..office
            },
            SceneKind::School => Self {
                tall: 3.0,
                wall: srgb(0xe6e2d6),
                far_wall: srgb(0xdedac9),
                ground: srgb(0xa98c68),
                strips: 1.1,
                floor: Floor::Boards,
                polish: 0.35,
                ..office
            },
            SceneKind::Gym => Self {
                tall: 4.2,
                wide: 2.4,
                wall: srgb(0x8d9196),
                far_wall: srgb(0x6e7379),
                ground: srgb(0x4b4e52),
                ceiling: srgb(0x54585c),
                strips: 1.9,
                dim: 0.60,
                floor: Floor::Carpet,
                polish: 0.3,
                ..office
            },
            SceneKind::Airport => Self {
                tall: 6.5,
                wide: 2.6,
                narrow: 4.0,
                back: shot.distance + 26.0,
                side: Side::Glass,
                far: Side::Glass,
                wall: srgb(0xd9dde0),
                far_wall: srgb(0xd9dde0),
                ground: srgb(0xb7bbbf),
                ceiling: srgb(0xdde2e6),
                strips: 1.2,
                day: times(srgb(0xe9f2f8), 1.25),
                floor: Floor::Smooth,
                polish: 0.75,
                ..office
            },
            SceneKind::WeddingHall => Self {
                tall: 5.0,
                wide: 2.9,
                narrow: 2.9,
                side: Side::Wall,
                wall: srgb(0xefe6da),
                far_wall: srgb(0xf0e8dd),
                ground: srgb(0xe4d8c8),
                ceiling: srgb(0xf0e6d8),
                strips: 0.0,
                day: times(srgb(0xffeed4), 1.0),
                dim: 0.74,
                floor: Floor::Smooth,
                polish: 0.45,
                ..office
            },
            _ => office,
        }
    }
}

impl Room {
    pub(super) fn seen(&self, shot: &Shot, x: f32, y: f32, seed: u32) -> (Rgb, f32) {
        let (dx, dy) = shot.ray(x, y);
        let dx = dx * self.way;
        let side = if dx > 0.0 { self.wide / dx.max(1e-4) } else { self.narrow / (-dx).max(1e-4) };
        let level = if dy > 0.0 { shot.eye / dy.max(1e-4) } else { (self.tall - shot.eye) / (-dy).max(1e-4) };
        let z = side.min(level).min(self.back);
        let (px, up) = (dx * z, shot.eye - dy * z);
        let pixel = z / shot.focal;
        let c = if z == self.back {
            self.face(self.far, self.far_wall, px, up, seed ^ 1)
        } else if z == side {
            if dx > 0.0 {
                self.face(self.side, self.wall, z, up, seed)
            } else {
                self.face(Side::Wall, self.wall, z, up, seed)
            }
        } else if dy > 0.0 {
            self.ground_at(px, z, pixel, seed)
        } else {
            self.ceiling_at(px, z)
        };
        // The windows are in the wall that the camera sees most of, so the light falls off away from it.
        let c = times(c, 0.86 + 0.20 * smoothstep(-self.narrow, self.wide, px));
        // A little light in the air before the windows.
        let air = 0.10 * smoothstep(shot.distance, self.back, z);
        (mix(c, times(self.day, 0.7), air), z)
    }

    /// A wall by metres along it and above the floor.
    fn face(&self, side: Side, wall: Rgb, along: f32, up: f32, seed: u32) -> Rgb {
        // Corners get less light.
        let corner = smoothstep(0.0, 0.5, up) * 0.14 + smoothstep(0.0, 0.7, self.tall - up) * 0.16 + 0.70;
        let plain = times(wall, self.dim * corner * (0.97 + 0.06 * noise(along, up, seed)));
        if up < 0.10 && side != Side::Glass {
            return times(plain, 0.7);
        }
        match side {
            Side::Wall => plain,
            Side::Windows => {
                let cell = (along / 1.35).rem_euclid(1.0);
                if !(0.75..self.tall - 0.30).contains(&up) {
                    return plain;
                }
                if cell < 0.07 || (up - self.tall + 0.95).abs() < 0.035 {
                    return times(plain, 0.85);
                }
                self.outside(along, up, seed)
            }
            Side::Glass => {
                let cell = (along / 2.2).rem_euclid(1.0);
                if cell < 0.035 || (up - 2.6).abs() < 0.05 || (up - 4.9).abs() < 0.05 {
                    return times(plain, 0.55);
                }
                self.outside(along, up, seed)
            }
            Side::Curtains => {
                let folds = 0.5 + 0.5 * (along * 17.0 + 2.5 * noise(along * 2.0, 0.0, seed)).sin();
                let cell = (along / 2.4).rem_euclid(1.0);
                if !(0.25..0.95).contains(&cell) || up > self.tall - 0.18 {
                    return plain;
                }
                let light = self.outside(along, up, seed);
                mix(times(light, 0.72 + 0.26 * folds), self.day, 0.25)
            }
            Side::Books => books(plain, along, up, self.dim, seed),
        }
    }

    /// What the windows show: sky over the haze of a town.
    fn outside(&self, along: f32, up: f32, seed: u32) -> Rgb {
        let house = (along / 1.9).floor();
        let tall = 1.0 + 1.1 * chance(house as i32, 1, seed ^ 7);
        let town = mix(srgb(0x9fb0b8), self.day, 0.45 + 0.25 * chance(house as i32, 2, seed ^ 7));
        let green = mix(srgb(0x6f9a58), self.day, 0.30);
        if up < 0.95 + 0.35 * noise(along * 1.5, 0.0, seed ^ 8) {
            green
        } else if up < tall {
            town
        } else {
            self.day
        }
    }

    fn ground_at(&self, x: f32, z: f32, pixel: f32, seed: u32) -> Rgb {
        let (size, line) = match self.floor {
            Floor::Boards => ((1.6, 0.14), 0.34),
            Floor::Carpet => ((0.5, 0.5), 0.05),
            _ => ((0.9, 0.9), 0.16),
        };
        // Boards run into the depth.
        let (u, v, blur) = if self.floor == Floor::Boards {
            (z, x, (2.2 * pixel, 0.7 * pixel))
        } else {
            (x, z, (0.7 * pixel, 2.2 * pixel))
        };
        let tint = 0.90 + 0.18 * slab(u, v, size, seed ^ 3) * smoothstep(0.05, 0.012, pixel);
        let tint = tint * (0.93 + 0.14 * clouds(x * 1.3, z * 0.8, seed ^ 9));
        let mut c = times(self.ground, self.dim * tint * (1.0 - line * joints(u, v, size, blur)));
        if self.side != Side::Wall && self.side != Side::Books {
            // The windows lie mirrored on the floor, broken by its roughness.
            let bar = 0.75 + 0.25 * smoothstep(0.05, 0.2, (z / 1.35).rem_euclid(1.0));
            let near = smoothstep(-1.6, self.wide, x) * bar;
            c = mix(c, times(self.day, 0.75), self.polish * near * near);
        } else {
            c = mix(c, times(self.day, 0.6), 0.3 * self.polish * smoothstep(2.0, 0.0, x.abs()));
        }
        times(c, 0.80 + 0.20 * smoothstep(0.0, 1.2, self.wide - x).min(smoothstep(0.0, 1.2, self.back - z)))
    }

    fn ceiling_at(&self, x: f32, z: f32) -> Rgb {
        let base = times(self.ceiling, self.dim * 0.86);
        if self.strips <= 0.0 {
            return base;
        }
        let lit = ((x - 0.75).abs() < 0.16 || (x + 0.95).abs() < 0.16) && (z / 2.0).rem_euclid(1.0) < 0.72;
        if lit { [self.strips, self.strips * 0.99, self.strips * 0.95] } else { base }
    }
}

fn books(wood: Rgb, along: f32, up: f32, dim: f32, seed: u32) -> Rgb {
    const SPINES: [u32; 10] =
        [0x7a2f2a, 0x2e4a5e, 0xb89a62, 0x3d5a43, 0xd8ccb4, 0x5a3f52, 0x94623a, 0x2f2f36, 0xa9b0ae, 0xc2803c];
    let row = (up / 0.36).floor();
    let v = up / 0.36 - row;
    if v < 0.08 || (along / 0.95).rem_euclid(1.0) < 0.045 || !(0.15..=2.7).contains(&up) {
        return times(wood, 0.9);
    }
    let book = (along / 0.045).floor() as i32;
    let d = |k: i32| chance(book * 3 + k, row as i32, seed);
    if v > 0.62 + 0.3 * d(0) {
        return times(wood, 0.28);
    }
    let c = srgb(SPINES[(d(1) * 10.0) as usize % 10]);
    times(c, dim * (0.6 + 0.5 * d(2)))
}
