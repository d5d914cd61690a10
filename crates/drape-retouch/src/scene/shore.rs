//! Sea and sand, by day and at sunset.

use drape_core::style::SceneKind;

use super::canvas::{Canvas, Rgb, clouds, mix, one_of, srgb, times};
use super::floor::{Floor, Shade};
use super::place::{Drawn, Wish};
use super::shot::Shot;
use crate::raster::noise::{dice, noise};
use crate::raster::plane::smoothstep;

struct Sea {
    zenith: Rgb,
    horizon: Rgb,
    /// Light around the sun.
    glow: Rgb,
    cloud: Rgb,
    deep: Rgb,
    shallow: Rgb,
    foam: Rgb,
    sand: Rgb,
    wet: Rgb,
    land: Rgb,
    /// Strength of the sun's path on the water, 0..=1.
    path: f32,
}

fn sea(kind: SceneKind, seed: u32) -> Sea {
    let turn = if seed == 0 { 0.3 } else { dice(4, seed)(0) };
    if kind == SceneKind::Sunset {
        return Sea {
            zenith: mix(srgb(0x5a6fa8), srgb(0x77629a), turn),
            horizon: mix(srgb(0xf7b06a), srgb(0xf29a86), turn),
            glow: times(srgb(0xffd98f), 1.5),
            cloud: mix(srgb(0xe58f7e), srgb(0xc97f94), turn),
            deep: srgb(0x6b6a86),
            shallow: srgb(0xb58a86),
            foam: srgb(0xf3cdae),
            sand: srgb(0xa68a74),
            wet: srgb(0x9a7d76),
            land: srgb(0x5c4d66),
            path: 1.0,
        };
    }
    Sea {
        zenith: one_of(&[0x74aede, 0x9db8d6, 0x86c2e0, 0x7f9fd0], 1, seed),
        horizon: one_of(&[0xe3eef2, 0xf3e3d3, 0xe9f3ee, 0xf0e6e2], 1, seed),
        glow: times(srgb(0xfffaf0), 1.1),
        cloud: srgb(0xfbfbf9),
        deep: one_of(&[0x3282a4, 0x4a7f9c, 0x2f93a0, 0x3a6f9e], 2, seed),
        shallow: one_of(&[0x8fcdc6, 0xa3c4c2, 0x9bd6cc, 0x8fbccb], 2, seed),
        foam: srgb(0xf7faf8),
        sand: one_of(&[0xe0cba6, 0xd9c7ae, 0xe6d6b6], 3, seed),
        wet: srgb(0xb89d7c),
        land: srgb(0x7f9aa3),
        path: 0.35,
    }
}

/// Sky, headland, sea, breaking waves, wet sand, sand.
pub(super) fn draw(shot: Shot, wish: &Wish) -> Drawn {
    let seed = wish.seed ^ 0x5ea;
    let s = sea(wish.kind, wish.seed);
    let sunset = wish.kind == SceneKind::Sunset;
    let long = shot.width.max(shot.height) as f32;
    let d = dice(5, seed);
    let side =
        if shot.light.abs() < 0.06 { if d(0) < 0.5 { -1.0 } else { 1.0 } } else { shot.light.signum() };
    // The sun stands low beside the person at sunset, and high outside of the picture by day.
    let sun = if sunset {
        let x = shot.person + side * (0.25 + 0.08 * d(1)) * shot.width as f32;
        (x.clamp(0.06 * shot.width as f32, 0.94 * shot.width as f32), shot.horizon - 0.045 * long)
    } else {
        (shot.person + side * 0.6 * long, shot.horizon - 0.9 * long)
    };
    let canvas = Canvas::shaded(shot, |x, y| match shot.ground(x, y) {
        None => (sky(&shot, &s, sun, x, y, seed), f32::MAX),
        Some((gx, gz)) => (water_and_sand(&shot, &s, sun, (x, y), (gx, gz), seed), gz),
    });
    let mut canvas = canvas;
    headland(&mut canvas, &s, -side, seed);
    if sunset {
        let (x, y) = sun;
        canvas.ellipse((x, y), (0.017 * long, 0.017 * long), f32::MAX, [5.0, 3.9, 2.2], 1.0);
    }
    glitter(&mut canvas, &s, sun, sunset, seed);
    let mut canvas = canvas.through_lens();
    if sunset {
        let w = shot.width;
        for (i, c) in canvas.colour.iter_mut().enumerate() {
            let d = ((i % w) as f32 - sun.0).hypot((i / w) as f32 - sun.1) / long;
            let veil = 0.5 * (-26.0 * d * d).exp() + 0.20 * (-3.0 * d * d).exp();
            *c = [0, 1, 2].map(|k| c[k] + veil * s.glow[k] * 0.55);
        }
    }
    let shade = if sunset {
        Shade { falls: (-1.4 * side, 0.25), ..Shade::from_light(&shot, 0.30, 0.16) }
    } else {
        Shade::from_light(&shot, 0.44, 0.07)
    };
    Drawn { canvas, floor: Floor::Sand, shade: Some(shade), cast: Some(if sunset { 0.3 } else { 0.5 }) }
}

fn sky(shot: &Shot, s: &Sea, sun: (f32, f32), x: f32, y: f32, seed: u32) -> Rgb {
    let long = shot.width.max(shot.height) as f32;
    let up = ((shot.horizon - y) / (0.75 * long)).clamp(0.0, 1.0);
    let mut c = mix(s.horizon, s.zenith, 1.0 - (1.0 - up).powf(2.2));
    let d = (x - sun.0).hypot(1.6 * (y - sun.1)) / long;
    c = mix(c, s.glow, 0.75 * (-9.0 * d * d).exp());
    // Clouds flatten towards the horizon.
    let high = (up + 0.06) * 7.0;
    let v = clouds(x / long * 5.0 / (0.5 + up), high * 1.6, seed);
    // Some days are cloudier than others.
    let few = if seed == 0x5ea { 0.50 } else { 0.38 + 0.24 * dice(7, seed)(0) };
    let bank = smoothstep(few, few + 0.28, v) * smoothstep(0.0, 0.10, up) * smoothstep(0.95, 0.35, up);
    mix(c, s.cloud, 0.62 * bank)
}

fn water_and_sand(
    shot: &Shot,
    s: &Sea,
    sun: (f32, f32),
    (x, y): (f32, f32),
    (gx, gz): (f32, f32),
    seed: u32,
) -> Rgb {
    let long = shot.width.max(shot.height) as f32;
    // The edge of the water runs a little askew, with tongues of water.
    let edge = shot.distance
        + 7.5
        + 4.0 * (noise(0.5, 0.5, seed ^ 77) - 0.5)
        + 0.12 * gx
        + 1.3 * (noise(gx / 3.5, 0.0, seed ^ 1) - 0.5);
    let out = gz - edge;
    if out > 0.0 {
        let far = (out / 26.0).min(1.0);
        let mut c = mix(s.shallow, s.deep, far.sqrt());
        // Swell: long crests across the view, too fine to be seen near the horizon.
        let swell = clouds(gx / 5.0, gz / 1.3, seed ^ 2) - 0.5;
        c = times(c, 1.0 + 0.55 * swell * (-out / 50.0).exp());
        let low = ((y - shot.horizon) / (0.05 * long)).clamp(0.0, 1.0);
        c = mix(mix(c, s.horizon, 0.30), c, low);
        // The sun's path widens towards the camera.
        let wide = (0.025 + 0.10 * (y - shot.horizon) / long) * long;
        let on = (-((x - sun.0) / wide).powi(2)).exp() * (0.55 + 0.9 * clouds(gx / 1.2, gz / 0.5, seed ^ 3));
        c = mix(c, s.glow, 0.8 * s.path * on.min(1.0));
        // Breakers: three lines of foam, torn.
        for (k, line) in [0.6, 4.2, 9.5].into_iter().enumerate() {
            let at = line + 1.1 * (noise(gx / 4.0, k as f32 * 7.0, seed ^ 4) - 0.5);
            let torn = clouds(gx / 1.1, gz / 0.7, seed ^ (5 + k as u32));
            let crest = smoothstep(0.75, 0.1, (out - at).abs()) * smoothstep(0.30, 0.55, torn);
            c = mix(c, s.foam, 0.85 * crest * (1.0 - 0.22 * k as f32));
        }
        return c;
    }
    // Wet sand mirrors the sky close to the water; further up the sand is dry.
    let wet = smoothstep(-2.6, -0.4, out);
    let bumps = 0.90 + 0.22 * clouds(gx / 0.55, gz / 0.55, seed ^ 8);
    let dry = times(s.sand, bumps);
    let mirror = mix(times(s.wet, 0.95), s.horizon, 0.34);
    let c = mix(dry, mirror, wet);
    let thin = smoothstep(0.35, 0.0, -out) * smoothstep(0.25, 0.6, clouds(gx / 0.8, gz, seed ^ 9));
    mix(c, s.foam, 0.8 * thin)
}

/// Land across the water on one side.
fn headland(canvas: &mut Canvas, s: &Sea, side: f32, seed: u32) {
    let shot = canvas.shot;
    let (w, long) = (shot.width as f32, shot.width.max(shot.height) as f32);
    let d = dice(6, seed);
    for (k, far) in [0.62, 0.30].into_iter().enumerate() {
        let reach = w * (0.60 - 0.22 * k as f32 + 0.2 * d(k as i32));
        let tall = long * (0.030 + 0.022 * d(k as i32 + 3)) * (1.0 + 0.35 * k as f32);
        let edge = if side > 0.0 { w } else { 0.0 };
        let mut points = vec![(edge, shot.horizon)];
        for n in 0..=24 {
            let t = n as f32 / 24.0;
            let ragged = 0.25 * noise(t * 9.0, k as f32, seed ^ 21) + 0.75;
            points.push((edge - side * reach * t, shot.horizon - tall * (1.0 - t).powf(0.7) * ragged));
        }
        points.push((edge - side * reach, shot.horizon));
        let c = mix(s.land, s.horizon, far);
        canvas.polygon(&points, 400.0, |_, _| c);
    }
}

/// Glints on the water, most of them where the sun's path is.
fn glitter(canvas: &mut Canvas, s: &Sea, sun: (f32, f32), sunset: bool, seed: u32) {
    let shot = canvas.shot;
    let (w, long) = (shot.width as f32, shot.width.max(shot.height) as f32);
    let (_, shore) = shot.at(0.0, 0.0, shot.distance + 9.0);
    for k in 0..if sunset { 110 } else { 60 } {
        let d = dice(k, seed ^ 30);
        let down = d(0).powi(2);
        let y = shot.horizon + 2.0 + (shore - shot.horizon - 2.0) * down;
        let x = if sunset { sun.0 + (d(1) + d(2) - 1.0) * (0.05 + 0.22 * down) * long } else { d(1) * w };
        let power = (0.05 + 0.5 * d(3).powi(5)) * if sunset { 1.0 } else { 0.5 };
        canvas.spot((x, y), 0.35 + 0.35 * d(4), times(s.glow, power), 0.8);
    }
}
