//! Draws legs and arms that a shorter garment bares. They follow a standard limb, and where the photo shows
//! another part of the same limb, that part's place, width and colour.

use drape_core::colour::Oklab;
use image::RgbImage;

use super::body::Limb;
use super::change::{Change, Kind};
use super::light::Light;
use super::sight::Sight;
use crate::parse::label::Label;
use crate::raster::geometry::{Point, length, minus};
use crate::raster::noise::noise;
use crate::raster::plane::{Plane, quantile, smoothstep};

/// So many samples, a quarter of a square centimetre each, are a limb and no bits of something else.
const MANY: usize = 300;
/// Skin differs less than this from the person's other skin, in lightness and in colour (OKLab).
const UNLIKE: (f32, f32) = (0.12, 0.06);

/// How far below the ankle a bare foot goes on, cm.
const FOOT: f32 = 9.0;

/// The colour of the person's skin: of the same limbs where enough of it is visible, else of any others, else
/// of the face; none when too little is.
fn skin_colour(sight: &Sight<'_>, picture: &RgbImage, limbs: &[Limb; 2]) -> Option<Oklab> {
    let window = sight.window;
    let body = sight.body;
    let (mut same, mut others, mut face) = (Vec::new(), Vec::new(), Vec::new());
    let step = (body.scale * 0.5).max(1.0) as usize;
    for y in (0..window.height).step_by(step) {
        for x in (0..window.width).step_by(step) {
            if !sight.is(x, y, Label::Skin) {
                continue;
            }
            let p = sight.point(x, y);
            let c = Oklab::from_srgb8(picture.get_pixel((x + window.x) as u32, (y + window.y) as u32).0);
            if body.is_head(p.0, p.1) {
                face.push(c);
            } else if limbs.iter().any(|l| l.near(p, FOOT * body.scale).0 < 4.5 * body.scale)
                && !sight.is_hand(x, y, p)
            {
                same.push(c);
            } else {
                others.push(c);
            }
        }
    }
    let middle = |sample: &[Oklab]| {
        let of = |f: fn(&Oklab) -> f32| quantile(&mut sample.iter().map(f).collect::<Vec<_>>(), 0.55);
        (sample.len() > 40).then(|| Oklab { l: of(|c| c.l), a: of(|c| c.a), b: of(|c| c.b) })
    };
    let sure = same.len() > MANY;
    let (same, others, face) = (middle(&same), middle(&others), middle(&face));
    // Bits of boots and trousers that were taken for skin are of another colour than hands are.
    let other = others.or(face);
    same.filter(|c| sure || other.is_none_or(|o| alike(c, &o))).or(other).or(same)
}

fn alike(a: &Oklab, b: &Oklab) -> bool {
    (a.l - b.l).abs() < UNLIKE.0 && (a.a - b.a).hypot(a.b - b.b) < UNLIKE.1
}

/// Half widths of a bare limb along its length (0 at the start, 1 at the middle joint, 2 at the end), cm.
pub(crate) type Widths = [(f32, f32); 7];

/// A leg from hip to ankle, with knee and calf.
pub(crate) const LEG: Widths =
    [(0.0, 8.8), (0.5, 7.4), (0.95, 5.5), (1.1, 5.3), (1.38, 5.6), (1.75, 3.9), (2.0, 3.5)];
/// An arm from shoulder to wrist.
pub(crate) const ARM: Widths =
    [(0.0, 5.2), (0.4, 4.7), (0.9, 3.9), (1.1, 4.0), (1.35, 3.8), (1.8, 2.9), (2.0, 2.7)];

/// Half the width of a limb at a place along it, cm.
fn half_width(widths: &Widths, t: f32) -> f32 {
    let pair = widths.windows(2).find(|w| t <= w[1].0).unwrap_or(&widths[5..7]);
    let k = ((t - pair[0].0) / (pair[1].0 - pair[0].0)).clamp(0.0, 1.0);
    let k = k * k * (3.0 - 2.0 * k);
    pair[0].1 + (pair[1].1 - pair[0].1) * k
}

/// Where on a limb a pixel is: distance from its middle as a share of its half width (signed), and how far
/// along, 0..=2.
fn on_limb(limb: &Limb, widths: &Widths, p: Point, scale: f32) -> Option<(f32, f32)> {
    let joints = limb.joints();
    if joints.len() < 3 {
        return None;
    }
    let (d, along, right) = limb.around(p, 2.0 * scale);
    let upper = length(minus(joints[1], joints[0]));
    let lower = length(minus(joints[2], joints[1]));
    let t = if along < upper { along / upper.max(1.0) } else { 1.0 + (along - upper) / lower.max(1.0) };
    let half = half_width(widths, t) * scale;
    Some((if right { d / half } else { -d / half }, t))
}

/// What a round limb adds to the lightness of its skin: brightest where it faces the light, darker to its
/// edges.
fn roundness(d: f32, light: &Light) -> f32 {
    let n = d.clamp(-1.0, 1.0);
    (0.09 + 0.05 * light.hardness) * light.x * n - (0.055 + 0.045 * light.hardness) * n * n + 0.018
}

/// What bone and muscle add to the lightness of a limb's skin: the knee's hollows, the edge of the shin, the
/// calf beside it. `n`, `t`: see [`on_limb`].
fn anatomy(n: f32, t: f32) -> f32 {
    let bump = |at: f32, wide: f32| (-((t - at) / wide).powi(2)).exp();
    let across = |at: f32, wide: f32| (-((n - at) / wide).powi(2)).exp();
    let knee = 0.016 * bump(0.97, 0.05) * across(0.0, 0.5) - 0.020 * bump(1.08, 0.05) * across(0.0, 0.7);
    let beside = -0.014 * bump(0.98, 0.09) * (across(0.62, 0.2) + across(-0.62, 0.2));
    let shin = 0.012 * bump(1.42, 0.26) * across(-0.08, 0.16);
    let calf = -0.010 * bump(1.36, 0.16) * (across(0.55, 0.25) + across(-0.55, 0.25));
    knee + beside + shin + calf
}

/// The beginning of the visible part of a limb: its place, width and colour.
#[derive(Debug, Clone, Copy)]
struct Seam {
    /// How far along the limb, see [`on_limb`].
    t: f32,
    /// Middle and half width, in half widths of the pattern.
    middle: f32,
    half: f32,
    colour: Option<Oklab>,
}

/// Steps along a limb in which its outline is looked for.
const STEP: f32 = 0.03;
const STEPS: usize = 67;

impl Seam {
    /// The seam below what is `bare` (soft, in the window) on the limb with this number; none where no such
    /// limb is to be seen.
    fn of(
        sight: &Sight<'_>,
        picture: &RgbImage,
        limbs: &[Limb; 2],
        number: usize,
        widths: &Widths,
        bare: &Plane,
        light: &Light,
    ) -> Option<Self> {
        let (window, scale) = (sight.window, sight.body.scale);
        let length = limbs[number].length();
        let mut rows = vec![(f32::MAX, f32::MIN, 0_usize, 0_usize); STEPS];
        let mut seen: Vec<(f32, f32, usize, usize)> = Vec::new();
        for y in 0..window.height {
            for x in 0..window.width {
                let new = bare.at(x, y) > 0.5;
                if !new && !sight.is(x, y, Label::Skin) {
                    continue;
                }
                let p = sight.point(x, y);
                let (d, t) = on_limb(&limbs[number], widths, p, scale)?;
                let other = on_limb(&limbs[1 - number], widths, p, scale).map_or(f32::MAX, |o| o.0.abs());
                let row = ((t / STEP) as usize).min(STEPS - 1);
                if d.abs() > 1.9 || other < d.abs() || sight.body.is_head(p.0, p.1) {
                    continue;
                }
                if new {
                    rows[row].3 += 1;
                } else if !sight.is_hand(x, y, p) {
                    let r = &mut rows[row];
                    *r = (r.0.min(d), r.1.max(d), r.2 + 1, r.3);
                    seen.push((d, t, x, y));
                }
            }
        }
        // A row counts as visible if it has a good part of the skin of a standard limb.
        let half = |t: f32| half_width(widths, t) * scale;
        let full = |k: usize| {
            let expected = 2.0 * half(k as f32 * STEP) * length * STEP / 2.0;
            rows[k].2 as f32 > 0.28 * expected
        };
        let last_bare = (0..STEPS).rev().find(|&k| rows[k].3 > rows[k].2 && rows[k].3 > 4)?;
        let first =
            (last_bare..STEPS.min(last_bare + 8)).find(|&k| (k..k + 4).all(|k| k < STEPS && full(k)))?;
        let beside = first + 1..(first + 6).min(STEPS);
        let median = |f: &dyn Fn(usize) -> f32| quantile(&mut beside.clone().map(f).collect::<Vec<_>>(), 0.5);
        let (left, right) = (median(&|k| rows[k].0), median(&|k| rows[k].1));
        let (middle, half) = ((left + right) / 2.0, ((right - left) / 2.0).clamp(0.4, 1.45));
        let t = first as f32 * STEP;
        let mut colours: Vec<Oklab> = Vec::new();
        for (d, along, x, y) in seen {
            let d = (d - middle) / half;
            // Not in the shadow of the hem.
            if d.abs() < 0.75 && (t + 0.09..t + 0.36).contains(&along) {
                let p = picture.get_pixel((x + window.x) as u32, (y + window.y) as u32).0;
                let c = Oklab::from_srgb8(p);
                colours.push(Oklab { l: c.l - roundness(d, light), ..c });
            }
        }
        let colour = (colours.len() > 40).then(|| middle_of(&colours));
        Some(Self { t, middle: middle.clamp(-0.9, 0.9), half, colour })
    }

    /// How much of the seam's outline a place along the limb has: less farther up.
    fn weight(&self, t: f32) -> f32 {
        (-((self.t - t).max(0.0) / 0.45).powi(2)).exp()
    }
}

fn middle_of(colours: &[Oklab]) -> Oklab {
    let middle = |f: fn(&Oklab) -> f32| quantile(&mut colours.iter().map(f).collect::<Vec<_>>(), 0.5);
    Oklab { l: middle(|c| c.l), a: middle(|c| c.a), b: middle(|c| c.b) }
}

/// Bare limbs under `area` (soft, in the window); `None` if the photo does not tell their colour.
pub(crate) fn skin(
    sight: &Sight<'_>,
    picture: &RgbImage,
    limbs: &[Limb; 2],
    widths: &Widths,
    area: &Plane,
    light: &Light,
) -> Option<Change> {
    let usual = skin_colour(sight, picture, limbs)?;
    let seams = [0, 1].map(|k| Seam::of(sight, picture, limbs, k, widths, area, light));
    let scale = sight.body.scale;
    let window = sight.window;
    let mut cover = Plane::filled(window.width, window.height, 0.0);
    let mut rgb = [0, 1, 2].map(|_| Plane::filled(window.width, window.height, 0.0));
    for y in 0..window.height {
        for x in 0..window.width {
            let i = y * window.width + x;
            let (bare, seen) = (area.data[i], sight.is(x, y, Label::Skin));
            if bare <= 0.004 && !seen {
                continue;
            }
            let p = sight.point(x, y);
            for (limb, seam) in limbs.iter().zip(&seams) {
                if bare <= 0.004 && seam.is_none() {
                    continue;
                }
                let Some((d, t)) = on_limb(limb, widths, p, scale) else { continue };
                let mut amount = bare;
                let (mut d, mut colour) = (d, usual);
                if let Some(seam) = seam {
                    // The shadow and the last threads of the old hem go, too.
                    let under = if seen { smoothstep(seam.t + 0.08, seam.t + 0.02, t) } else { 0.0 };
                    amount = amount.max(if t > seam.t - 0.3 { under } else { 0.0 });
                    let w = seam.weight(t);
                    // Who has thin calves has no average thighs.
                    d = (d - seam.middle * w) / (1.0 + (seam.half - 1.0) * (0.5 + 0.5 * w));
                    colour = seam.colour.unwrap_or(usual);
                }
                let soft = 0.9 / (4.5 * scale);
                let c = smoothstep(1.0 + soft, 1.0 - soft, d.abs()) * amount;
                if c <= cover.data[i] {
                    continue;
                }
                cover.data[i] = c;
                let n = d.clamp(-1.0, 1.0);
                let (u, v) = (p.0 / scale, p.1 / scale);
                let mottle = 0.014 * (noise(u / 2.6, v / 3.4, 31) - 0.5) + 0.008 * (noise(u, v, 32) - 0.5);
                let l = colour.l + roundness(d, light) + anatomy(n, t) + mottle;
                // Skin that is turned away is redder: light comes out of it that went in elsewhere.
                let k = (l / colour.l).clamp(0.6, 1.2) * (1.0 + 0.12 * n * n);
                let blush = 0.008 * (noise(u / 5.0, v / 7.0, 33) - 0.5) + 0.004 * n * n;
                let linear = Oklab { l, a: colour.a * k + blush, b: colour.b * k }.to_linear_rgb();
                for (plane, v) in rgb.iter_mut().zip(linear) {
                    plane.data[i] = v.clamp(0.0, 1.0);
                }
            }
        }
    }
    Some(Change { window, cover, kind: Kind::Skin(rgb) }.trimmed())
}
