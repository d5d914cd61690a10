//! Backgrounds of paper: a studio's sweep, plain colours, gradients.

use drape_core::colour::Oklab;

use super::canvas::{Canvas, Rgb, times};
use super::floor::{Floor, Shade};
use super::place::{Drawn, Wish};
use super::shot::Shot;
use crate::raster::noise::dice;
use crate::raster::plane::smoothstep;

/// Light on a paper background.
struct Sweep {
    /// How much brighter the light behind the person is than the corners, 0..=1.
    glow: f32,
    /// Fall-off towards the corners.
    corners: f32,
    shadow: f32,
}

/// A seamless paper sweep, lit from the photo's own side and by a light on the background.
pub(super) fn studio(shot: Shot, wish: &Wish) -> Drawn {
    let grey = Oklab { l: 0.80, a: 0.0, b: 0.003 };
    let sweep = Sweep { glow: 0.62, corners: 0.30, shadow: 0.30 };
    paper(shot, wish.colour.unwrap_or(grey), wish.seed, &sweep)
}

/// One colour, with only as much light and shade as any wall has.
pub(super) fn plain(shot: Shot, colour: Oklab, seed: u32) -> Drawn {
    let sweep = Sweep { glow: 0.16, corners: 0.06, shadow: 0.22 };
    paper(shot, colour, seed, &sweep)
}

fn paper(shot: Shot, colour: Oklab, seed: u32, sweep: &Sweep) -> Drawn {
    let base = light_of(colour);
    let (w, h) = (shot.width as f32, shot.height as f32);
    let long = w.max(h);
    let d = dice(1, seed);
    // The spot lies behind head and chest, away from the main light, which lights the other side.
    let spot_x = shot.person - shot.light * 0.10 * w + 0.10 * w * (d(0) - 0.5);
    let spot_y = (shot.horizon - 0.05 * long).clamp(0.15 * h, 0.62 * h) + 0.05 * h * (d(1) - 0.5);
    let reach = long * (0.40 + 0.10 * d(2));
    let side = if shot.light.abs() < 0.06 { 0.4 * (d(3) - 0.5) } else { shot.light };
    let canvas = Canvas::shaded(shot, |x, y| {
        let r = ((x - spot_x) / reach).hypot((y - spot_y) / (1.1 * reach));
        let wall = 1.0 - sweep.glow * 0.55 * (1.0 - (-0.9 * r * r).exp());
        let mut light = wall * (1.0 + 0.10 * side * (x - w * 0.5) / w * (sweep.glow + 0.4));
        if shot.stands {
            // Paper curves into the floor, which faces the light from above and darkens towards the camera.
            let bend = smoothstep(shot.feet - 0.75 * shot.metre, shot.feet - 0.12 * shot.metre, y);
            let near = ((y - shot.feet) / shot.metre).max(0.0);
            let away = ((x - shot.person) / shot.metre).powi(2);
            let floor = (1.0 - 0.22 * sweep.glow) * (1.0 - sweep.glow * 0.10 * (near + 0.25 * away));
            let fold = 1.0 - 0.05 * sweep.glow * (bend * (1.0 - bend) * 4.0);
            light = (light + (floor - light) * bend) * fold;
        }
        let corner = ((x / w - 0.5).powi(2) + (y / h - 0.5).powi(2)) * 2.0;
        light *= 1.0 - sweep.corners * corner;
        (times(base, light), f32::MAX)
    });
    let shade = Shade { falls: (-side, 0.8), ..Shade::from_light(&shot, sweep.shadow, 0.16) };
    Drawn { canvas, floor: Floor::Smooth, shade: Some(shade), cast: Some(0.10) }
}

/// Two colours that blend into each other, as from two lights on a wall.
pub(super) fn gradient(shot: Shot, wish: &Wish) -> Drawn {
    const PAIRS: [(u32, u32); 6] = [
        (0x8fa6bd, 0xe6d6c4),
        (0x9d93b8, 0xecccb8),
        (0x8aa397, 0xe4dcc2),
        (0x6f86a6, 0xc9d6df),
        (0xb98f86, 0xead9c5),
        (0x7d8a99, 0xd8cfd6),
    ];
    let d = dice(2, wish.seed);
    let (from, to) = match wish.colour {
        Some(c) => {
            let lighter = Oklab { l: (c.l + 0.30).min(0.93), a: c.a * 0.35, b: c.b * 0.35 + 0.012 };
            (Oklab { l: c.l * 0.94, ..c }, lighter)
        }
        None => {
            let pair = PAIRS[if wish.seed == 0 { 0 } else { (d(0) * 6.0) as usize % 6 }];
            let lab = |hex: u32| Oklab::from_srgb8([(hex >> 16) as u8, (hex >> 8) as u8, hex as u8]);
            (lab(pair.0), lab(pair.1))
        }
    };
    let (w, h) = (shot.width as f32, shot.height as f32);
    let lean = if shot.light.abs() < 0.06 { d(1) - 0.5 } else { -0.8 * shot.light };
    let canvas = Canvas::shaded(shot, |x, y| {
        let along = y / h + 0.35 * lean * (x / w - 0.5);
        // Lightest around the shoulders, as if lit from below.
        let spot = ((x - shot.person) / (0.9 * w)).hypot((y / h - 0.78) / 0.9);
        let t = smoothstep(0.0, 1.0, 0.62 * along + 0.45 * (1.0 - spot).clamp(0.0, 1.0));
        let c = Oklab {
            l: from.l + (to.l - from.l) * t,
            a: from.a + (to.a - from.a) * t,
            b: from.b + (to.b - from.b) * t,
        };
        let corner = (x / w - 0.5).powi(2) + (y / h - 0.5).powi(2);
        (times(light_of(c), 1.0 - 0.22 * corner), f32::MAX)
    });
    let shade = Shade::from_light(&shot, 0.22, 0.18);
    Drawn { canvas, floor: Floor::Smooth, shade: Some(shade), cast: Some(0.10) }
}

/// Linear light that the camera's tone curve turns into this colour.
fn light_of(colour: Oklab) -> Rgb {
    let rgb = colour.to_linear_rgb().map(|v| v.clamp(0.0, 0.985));
    let open = rgb.map(|v| if v > 0.7 { 0.7 - 0.29 * (1.0 - (v - 0.7) / 0.29).max(0.03).ln() } else { v });
    open.map(|v| (v / 1.06).powf(1.0 / 1.08))
}
