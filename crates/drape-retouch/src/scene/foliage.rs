//! Places made of leaves: park, garden, forest, campus, snow.

use drape_core::style::SceneKind;

use super::canvas::{Canvas, Rgb, clouds, mix, srgb, times};
use super::floor::{Floor, Shade};
use super::place::{Drawn, Wish};
use super::shot::Shot;
use crate::raster::noise::{dice, noise};
use crate::raster::plane::smoothstep;

/// Colours of leaves from shade to light.
#[derive(Clone, Copy)]
pub(super) struct Leaves {
    pub(super) dark: Rgb,
    pub(super) mid: Rgb,
    pub(super) bright: Rgb,
}

impl Leaves {
    pub(super) fn of(dark: u32, mid: u32, bright: u32) -> Self {
        Self { dark: srgb(dark), mid: srgb(mid), bright: srgb(bright) }
    }

    fn at(&self, t: f32) -> Rgb {
        if t < 0.5 { mix(self.dark, self.mid, t * 2.0) } else { mix(self.mid, self.bright, t * 2.0 - 1.0) }
    }

    /// These leaves paled by haze, by `t` of 0..=1.
    fn behind(&self, haze: Rgb, t: f32) -> Self {
        Self { dark: mix(self.dark, haze, t), mid: mix(self.mid, haze, t), bright: mix(self.bright, haze, t) }
    }
}

/// A crown of leaves: its middle and radii in pixels.
pub(super) struct Crown {
    pub(super) at: (f32, f32),
    pub(super) radii: (f32, f32),
    pub(super) depth: f32,
    pub(super) count: usize,
    /// Size of a leaf (or of a bunch of them) in pixels.
    pub(super) leaf: f32,
}

/// Draws the leaves of a crown in clumps, those towards the light brighter.
pub(super) fn crown(canvas: &mut Canvas, crown: &Crown, leaves: &Leaves, light: f32, seed: u32) {
    let clumps = 9 + crown.count / 90;
    for k in 0..crown.count {
        let d = dice(k as i32, seed);
        let clump = (d(0) * clumps as f32) as i32;
        let c = dice(clump + 5000, seed);
        let (turn, far) = (c(1) * std::f32::consts::TAU, c(2).sqrt() * 0.74);
        let (cx, cy) = (turn.cos() * far, turn.sin() * far);
        let (turn, near) = (d(1) * std::f32::consts::TAU, d(2).sqrt() * (0.22 + 0.20 * c(3)));
        let (lx, ly) = (turn.cos() * near, turn.sin() * near * 0.8);
        let (x, y) = (cx + lx, cy + ly);
        // Lit from above and from the light's side, by clump and by crown.
        let lit = 0.46 - 0.85 * ly - 0.30 * y + light * (0.5 * lx + 0.18 * x) + 0.45 * (d(3) - 0.5);
        let r = crown.leaf * (0.6 + 0.8 * d(4));
        let at = (crown.at.0 + x * crown.radii.0, crown.at.1 + y * crown.radii.1);
        canvas.ellipse(at, (r * (0.7 + 0.7 * d(5)), r), crown.depth, leaves.at(lit.clamp(0.0, 1.0)), 0.92);
    }
}

/// The season and place of a scene of trees.
struct Trees {
    sky: (Rgb, Rgb),
    haze: Rgb,
    leaves: Leaves,
    bark: Rgb,
    ground: (Rgb, Rgb),
    /// How many trees stand in the middle distance, and how thick the leaves overhead are, 0..=1.
    trees: usize,
    canopy: f32,
    path: Option<Rgb>,
    floor: Floor,
}

fn trees(kind: SceneKind, seed: u32) -> Trees {
    let turned = if seed == 0 { 0.0 } else { dice(3, seed)(0) };
    let warm = |leaves: Leaves| Leaves {
        bright: mix(leaves.bright, srgb(0xe2d27a), 0.35 * turned),
        mid: mix(leaves.mid, srgb(0x8f9a45), 0.3 * turned),
        ..leaves
    };
    let park = Trees {
        sky: (srgb(0xcfe0ea), times(srgb(0xf6f5e6), 1.15)),
        haze: srgb(0xc2d3a0),
        leaves: warm(Leaves::of(0x1a3012, 0x4f8230, 0xc3da62)),
        bark: srgb(0x4a3d30),
        ground: (srgb(0x49702f), srgb(0x9dbb54)),
        trees: 6,
        canopy: 0.5,
        path: Some(srgb(0xcdbfa6)),
        floor: Floor::Earth,
    };
    match kind {
        SceneKind::Forest => Trees {
            sky: (srgb(0xb9cfa5), times(srgb(0xf3f3d2), 1.1)),
            haze: srgb(0xb7c79b),
            leaves: warm(Leaves::of(0x16260f, 0x3d6428, 0xa6c255)),
            ground: (srgb(0x43471f), srgb(0x8b8a45)),
            trees: 15,
            canopy: 1.0,
            path: Some(srgb(0x947f60)),
            ..park
        },
        SceneKind::Snow => Trees {
            sky: (srgb(0xc6d1de), srgb(0xeef1f4)),
            haze: srgb(0xdfe6ee),
            leaves: Leaves::of(0x4a5a62, 0xaebac6, 0xfafcff),
            bark: srgb(0x4c4744),
            ground: (srgb(0xc9d5e4), srgb(0xf4f6f9)),
            trees: 7,
            canopy: 0.25,
            path: None,
            floor: Floor::Snow,
        },
        SceneKind::Garden => Trees { trees: 4, canopy: 0.35, path: Some(srgb(0xd4c6ac)), ..park },
        SceneKind::Campus => {
            Trees { trees: 3, canopy: 0.4, path: Some(srgb(0xbcb2a6)), floor: Floor::Slabs, ..park }
        }
        _ => park,
    }
}

/// Trees on both sides of an open middle, leaves overhead, a lawn in light and shade.
pub(super) fn draw(shot: Shot, wish: &Wish) -> Drawn {
    let seed = wish.seed ^ 0x7a3;
    let t = trees(wish.kind, wish.seed);
    let long = shot.width.max(shot.height) as f32;
    let snow = wish.kind == SceneKind::Snow;
    let mut canvas = Canvas::shaded(shot, |x, y| ground_and_sky(&shot, &t, x, y, seed));
    if wish.kind == SceneKind::Campus {
        building(&mut canvas, seed);
    }
    let side = if shot.light.abs() < 0.06 { 0.4 } else { shot.light };
    // From far to near: bushes, trees, overhanging branches.
    for k in 0..20 {
        let d = dice(k, seed ^ 1);
        let z = 56.0 - 1.75 * k as f32;
        let (x, y) = shot.at((d(0) - 0.5) * 1.25 * z * shot.width as f32 / shot.focal, 1.1 + 1.9 * d(1), z);
        let r = (1.5 + 1.6 * d(2)) * shot.focal / z;
        let leaves = t.leaves.behind(t.haze, (0.46 - 0.022 * k as f32).max(0.08));
        let bush = Crown { at: (x, y), radii: (r * 1.5, r), depth: z, count: 380, leaf: 1.1 + 0.04 * r };
        crown(&mut canvas, &bush, &leaves, side, seed ^ (100 + k as u32));
    }
    for k in 0..t.trees {
        tree(&mut canvas, &t, k, side, seed);
    }
    if wish.kind == SceneKind::Garden {
        flowers(&mut canvas, side, seed);
    }
    overhead(&mut canvas, &t, side, seed);
    glints(&mut canvas, &t, if snow { 0.0 } else { 1.0 }, seed);
    let mut canvas = canvas.through_lens();
    if snow {
        flakes(&mut canvas, seed);
    }
    let clearing = if wish.kind == SceneKind::Forest { 0.34 } else { 0.14 };
    // Air scatters light towards the lens, most where the sky is open.
    let (sx, sy) = (shot.person + side * 0.45 * long, shot.horizon - 0.55 * long);
    let w = shot.width;
    for (i, c) in canvas.colour.iter_mut().enumerate() {
        let d = ((i % w) as f32 - sx).hypot((i / w) as f32 - sy) / long;
        *c = mix(*c, t.sky.1, clearing * (-2.6 * d * d).exp());
    }
    let shade =
        if snow { Shade::from_light(&shot, 0.22, 0.22) } else { Shade::from_light(&shot, 0.42, 0.10) };
    Drawn { canvas, floor: t.floor, shade: Some(shade), cast: Some(0.6) }
}

fn ground_and_sky(shot: &Shot, t: &Trees, x: f32, y: f32, seed: u32) -> (Rgb, f32) {
    let long = shot.width.max(shot.height) as f32;
    let Some((gx, gz)) = shot.ground(x, y) else {
        let up = ((shot.horizon - y) / (0.8 * long)).clamp(0.0, 1.0);
        let sky = mix(t.sky.1, t.sky.0, up.sqrt());
        // A line of trees almost in the colour of the air.
        let ragged = 5.0 + 7.0 * clouds(x / long * 7.0, 0.5, seed) + 1.2 * noise(x / long * 60.0, 2.0, seed);
        let line = shot.horizon - ragged * shot.focal / 90.0;
        let far = mix(t.leaves.mid, t.haze, 0.50 + 0.2 * noise(x / long * 30.0, y / long * 30.0, seed));
        return (mix(sky, far, smoothstep(line - 2.0, line + 2.0, y)), 90.0);
    };
    // Sun through leaves lies on the lawn in spots that flatten with the distance.
    let spots = clouds(gx / 1.7, gz / 2.6, seed ^ 5);
    let lit = smoothstep(0.40, 0.62, spots);
    let tuft = 0.85 + 0.3 * clouds(gx / 0.35, gz / 0.5, seed ^ 6);
    let mut c = times(mix(t.ground.0, t.ground.1, lit), tuft);
    if let Some(path) = t.path {
        // A path that winds away from under the person.
        let middle = shot.stand() + 0.9 * (0.10 * (gz - shot.distance)).sin() + 0.05 * (gz - shot.distance);
        let edge = (gx - middle).abs() - 0.95 - 0.15 * noise(gz * 1.7, gx, seed ^ 7);
        let on = smoothstep(0.15, -0.15, edge);
        c = mix(
            c,
            times(path, (0.62 + 0.38 * lit) * (0.9 + 0.2 * clouds(gx / 0.8, gz / 1.2, seed ^ 16))),
            on,
        );
    }
    (mix(c, t.haze, 1.0 - (-gz / 110.0).exp()), gz)
}

fn tree(canvas: &mut Canvas, t: &Trees, k: usize, side: f32, seed: u32) {
    let shot = canvas.shot;
    let d = dice(k as i32, seed ^ 2);
    let z = shot.distance + 34.0 - 26.0 * (k as f32 + 0.5 * d(0)) / t.trees as f32;
    let reach = 0.62 * shot.width as f32 / shot.focal * z;
    // Left and right in turn, so that no tree seems to grow out of the person's head.
    let way = if k.is_multiple_of(2) { -1.0 } else { 1.0 };
    let x = shot.stand() * z / shot.distance + way * reach * (0.34 + 0.66 * d(1));
    let haze = (1.0 - (-z / 80.0).exp()) * 0.7;
    let bark = mix(t.bark, t.haze, haze);
    let thick = 0.07 + 0.09 * d(2);
    let tall = 3.0 + 2.0 * d(3) + 2.0 * t.canopy;
    let lean = 0.5 * (d(4) - 0.5);
    let foot = [shot.at(x - thick, 0.0, z), shot.at(x + thick, 0.0, z)];
    let head = [shot.at(x + lean + thick * 0.6, tall, z), shot.at(x + lean - thick * 0.6, tall, z)];
    let (left, right) = (foot[0].0, foot[1].0);
    canvas.polygon(&[foot[0], foot[1], head[0], head[1]], z, |px, _| {
        let across = (px - left) / (right - left).max(0.5) - 0.5;
        times(bark, 1.0 + 0.7 * side * across.clamp(-0.5, 0.5))
    });
    let per_metre = shot.focal / z;
    let leaves = t.leaves.behind(t.haze, haze);
    for n in 0..3 {
        let e = dice(n + 10 * k as i32, seed ^ 3);
        let at = shot.at(x + lean + 2.4 * (e(0) - 0.5), tall + 0.9 + 1.7 * e(1), z);
        let r = (1.5 + 1.1 * e(2)) * per_metre;
        let part = Crown { at, radii: (r * 1.25, r), depth: z, count: 850, leaf: 0.8 + 0.024 * r };
        crown(canvas, &part, &leaves, side, seed ^ (300 + 7 * k as u32 + n as u32));
    }
}

/// Branches that hang into the picture from above, nearer than the trees.
fn overhead(canvas: &mut Canvas, t: &Trees, side: f32, seed: u32) {
    let shot = canvas.shot;
    let (w, h) = (shot.width as f32, shot.height as f32);
    let count = (7.0 * t.canopy) as i32;
    for k in 0..count {
        let d = dice(k, seed ^ 4);
        // Towards the corners, so that the light stays open behind the head.
        let x = if t.canopy > 0.9 {
            d(0)
        } else if d(0) < 0.5 {
            d(1) * 0.38
        } else {
            1.0 - d(1) * 0.38
        };
        let at = (x * w, (d(2) * 0.17 - 0.05) * h);
        let r = (0.10 + 0.09 * d(3)) * h;
        let part =
            Crown { at, radii: (r * 1.3, r * 0.75), depth: shot.distance + 7.0, count: 420, leaf: 3.4 };
        crown(canvas, &part, &t.leaves, side, seed ^ (500 + k as u32));
    }
}

fn flowers(canvas: &mut Canvas, side: f32, seed: u32) {
    const PETALS: [u32; 6] = [0xe88aa6, 0xf2d6de, 0xf6efe4, 0xd95f6e, 0xf0c25a, 0xb592cf];
    let shot = canvas.shot;
    let leaves = Leaves::of(0x22391c, 0x557f38, 0xa9c463);
    for k in 0..26 {
        let d = dice(k, seed ^ 8);
        let z = shot.distance + 13.0 - 0.42 * k as f32;
        let way = if k % 2 == 0 { -1.0 } else { 1.0 };
        let x = shot.stand() + way * (1.9 + 1.5 * d(0)) * (0.6 + 0.05 * z);
        let per_metre = shot.focal / z;
        let at = shot.at(x, 0.35 + 0.2 * d(1), z);
        let bush = Crown {
            at,
            radii: (0.75 * per_metre, 0.45 * per_metre),
            depth: z,
            count: 200,
            leaf: 0.05 * per_metre,
        };
        crown(canvas, &bush, &leaves, side, seed ^ (700 + k as u32));
        let kind = (d(2) * 6.0) as usize % 6;
        for n in 0..34 {
            let e = dice(n + 40 * k, seed ^ 9);
            let (dx, dy) = (e(0) - 0.5, e(1) - 0.5);
            let petal = times(srgb(PETALS[(kind + usize::from(e(2) > 0.8)) % 6]), 0.75 + 0.4 * e(3));
            let at = (at.0 + dx * 1.4 * per_metre, at.1 + (dy * 0.75 - 0.1) * per_metre);
            canvas.ellipse(at, (0.06 * per_metre, 0.05 * per_metre), z, petal, 1.0);
        }
    }
}

/// Gaps in the leaves and leaves in the sun, which become discs.
fn glints(canvas: &mut Canvas, t: &Trees, strength: f32, seed: u32) {
    let shot = canvas.shot;
    let (w, h) = (shot.width, shot.height);
    for k in 0..260 {
        let d = dice(k, seed ^ 10);
        let (x, y) = (d(0) * w as f32, d(1) * (shot.horizon + 4.0).min(h as f32));
        let (xi, yi) = ((x as usize).min(w - 1), (y.max(0.0) as usize).min(h - 1));
        let under = canvas.colour[yi * w + xi];
        // Light among dark leaves only, and there in groups.
        let open = clouds(x / w as f32 * 6.0, y / w as f32 * 6.0, seed ^ 14);
        if under[1] > 0.26 || open < 0.50 {
            continue;
        }
        let light = mix(t.sky.1, times(t.leaves.bright, 1.6), (1.5 * d(2)).min(1.0));
        let power = strength * (0.05 + 0.55 * d(3).powi(4));
        canvas.spot((x, y), 0.55 + 0.6 * d(4), times(light, power), 0.55);
    }
}

/// Snow in the air, at every distance.
fn flakes(canvas: &mut Canvas, seed: u32) {
    let shot = canvas.shot;
    let (w, h) = (shot.width as f32, shot.height as f32);
    for k in 0..150 {
        let d = dice(k, seed ^ 11);
        let size = 0.10 + 0.55 * d(2).powi(3);
        let light = times([0.95, 0.97, 1.0], 0.65 - 0.5 * size);
        canvas.disc((d(0) * w, d(1) * h), size * shot.blur, light);
    }
}

/// A brick building across the lawn.
fn building(canvas: &mut Canvas, seed: u32) {
    let z = 46.0;
    let d = dice(1, seed ^ 12);
    let x0 = -22.0 + 8.0 * d(0);
    let brick = mix(srgb(0xa8715a), srgb(0xcfd9d6), 0.30);
    canvas.board((x0, x0 + 44.0), (0.0, 13.5), z, brick);
    canvas.board((x0 - 0.4, x0 + 44.4), (13.5, 14.3), z, srgb(0xd9d4ca));
    for row in 0..4 {
        for column in 0..15 {
            let e = dice(column + 20 * row, seed ^ 13);
            let (x, y) = (x0 + 1.4 + 2.9 * column as f32, 1.0 + 3.2 * row as f32);
            canvas.board((x - 0.2, x + 1.7), (y - 0.2, y + 2.2), z, srgb(0xd8d2c6));
            let glass = mix(srgb(0x5a6b78), srgb(0xc3d6e4), e(0));
            canvas.board((x, x + 1.5), (y, y + 2.0), z, glass);
        }
    }
}
