//! The region of a new top: the worn one, the surroundings that it covers, and the parts that it leaves bare.

use super::body::Body;
use super::outline::Curve;
use super::sight::{Sight, distance, grown};
use crate::parse::label::Label;
use crate::raster::geometry::{Point, length, minus, plus, unit};
use crate::raster::plane::{Plane, smoothstep};

/// The measures of a top, in centimetres on the torso's pattern.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measures {
    /// From the pit of the neck to the hem.
    pub(crate) hem: f32,
    /// How far the sleeves reach: 0 none, 1 the elbow, 2 the wrist.
    pub(crate) sleeves: f32,
    /// How far the cloth stands off the body.
    pub(crate) ease: f32,
    /// How much wider than the hips the hem is, to either side.
    pub(crate) flare: f32,
    /// Depth of the neckline below the pit, and its half width.
    pub(crate) neck: (f32, f32),
}

impl Measures {
    /// Whether it hangs well below the hips, as a coat does.
    pub(crate) fn is_coat(&self, body: &Body) -> bool {
        self.hem > body.hip + 14.0
    }
}

/// The cloth of a top.
pub(crate) struct Region {
    /// How much of each pixel it covers; the neck opening and all that is in front left out.
    pub(crate) cover: Plane,
    /// The share of it that lies on the worn garment that it replaces.
    pub(crate) worn: Plane,
    /// The sleeves alone, image's left first.
    pub(crate) sleeves: [Plane; 2],
    /// Worn cloth that the new garment leaves bare.
    pub(crate) bare: Plane,
}

/// Lays a top over the worn mask (soft, in the window).
pub(crate) fn lay(sight: &Sight<'_>, worn: &Plane, m: &Measures) -> Region {
    let body = sight.body;
    let scale = body.scale;
    let window = sight.window;
    let hem = hem_line(body, m);
    let below = |p: Point| hem.below(body, p);

    // What the garment may lie on: the person but for head, hands, bags, and arms that stay bare.
    let limbs = |x: usize, y: usize, p: Point| {
        let free = sight.is(x, y, Label::Skin) || sight.is(x, y, Label::Background);
        free && (0..2).any(|s| {
            let (d, along) = body.arms[s].near(p, 18.0 * scale);
            let bare = along > sleeve_end(body, s, m.sleeves);
            bare && d < 6.0 * scale
        })
    };
    let person = sight.each(|x, y, p| {
        let label = sight.label(x, y);
        let body_part = !Label::Background.is(label)
            && !Label::Hair.is(label)
            && !Label::Footwear.is(label)
            && !Label::Accessory.is(label);
        let head = sight.body.is_head(p.0, p.1) && Label::Skin.is(label);
        f32::from(u8::from(body_part && !head && !sight.is_hand(x, y, p) && !limbs(x, y, p)))
    });
    let near = distance(&person);
    let outline = torso(body, m).inside(window);
    let skirt = if m.is_coat(body) { Some(hull(sight, m)) } else { None };
    let trunk = sight.each(|x, y, p| {
        let (_, v) = body.uv(p.0, p.1);
        let ease = m.ease * (0.35 + 0.65 * smoothstep(0.0, 30.0, v)) * scale;
        let inside = outline.at(x, y) * smoothstep(ease + 0.75, ease - 0.75, near.at(x, y));
        let inside = skirt.as_ref().map_or(inside, |s| inside.max(s.at(x, y)));
        inside * (1.0 - below(p))
    });
    let (left, right) = rayon::join(|| sleeve(sight, worn, &near, 0, m), || sleeve(sight, worn, &near, 1, m));
    let sleeves = [left, right];
    let neck = neck_hole(body, m).inside(window);
    let vest = m.sleeves <= 0.0;
    // Pixels of the worn outline are mixed, so the new outline lies a little outside.
    let worn_wide = grown(worn, 0.3 * scale);
    let [cover, own, bare] = sight.each_three(|x, y, p| {
        let i = y * window.width + x;
        let w = worn.data[i];
        // Worn cloth beyond hem and sleeves is not part of the new garment. Most pixels are far from worn
        // cloth and skip the test. A worn sleeve that is longer than a long one's usual end makes it longer.
        let past_sleeve = !vest
            && m.sleeves < 2.0
            && (w > 0.0 || worn_wide.data[i] > 0.0)
            && (0..2).any(|s| {
                let (d, along) = body.arms[s].near(p, 25.0 * scale);
                along > sleeve_end(body, s, m.sleeves) + 0.5
                    && d < 9.0 * scale
                    && body.arms[s].middle.is_some()
            });
        let inside = (1.0 - below(p)) * if past_sleeve { 0.0 } else { 1.0 };
        let keep = if vest { w * inside * outline.data[i] } else { w * inside };
        let around = if sight.is(x, y, Label::Skin) { 0.0 } else { worn_wide.data[i] * inside };
        let around = if vest { around * outline.data[i] } else { around };
        let cloth = keep.max(around).max(trunk.data[i]).max(sleeves[0].data[i]).max(sleeves[1].data[i]);
        let hole = neck.data[i];
        let c = cloth * (1.0 - hole) * (1.0 - sight.front.data[i]);
        [c, keep.min(c), (w - c).max(0.0) * (1.0 - sight.front.data[i])]
    });
    Region { cover, worn: own, sleeves, bare }
}

/// Where a sleeve ends along the arm, pixels from the shoulder.
pub(crate) fn sleeve_end(body: &Body, side: usize, sleeves: f32) -> f32 {
    let joints = body.arms[side].joints();
    let upper = joints.get(1).map_or(30.0 * body.scale, |e| length(minus(*e, joints[0])));
    let lower = joints.get(2).map_or(25.0 * body.scale, |w| length(minus(*w, joints[1])));
    if sleeves <= 0.0 {
        return -4.0 * body.scale;
    }
    let end = upper * sleeves.min(1.0) + lower * (sleeves - 1.0).max(0.0);
    // A long sleeve ends over the joint of the hand.
    if sleeves >= 2.0 { end + 1.5 * body.scale } else { end }
}

/// A sleeve over a bare or clothed arm: the arm as the photo shows it, a little wider. Where a short sleeve
/// stood off the arm the new one does not end at once but narrows towards the wrist. `near`: distance to the
/// person.
fn sleeve(sight: &Sight<'_>, worn: &Plane, near: &Plane, side: usize, m: &Measures) -> Plane {
    let body = sight.body;
    let (arm, scale) = (&body.arms[side], body.scale);
    let window = sight.window;
    if m.sleeves <= 0.0 || arm.middle.is_none() {
        return Plane::filled(window.width, window.height, 0.0);
    }
    let end = sleeve_end(body, side, m.sleeves);
    let whole = arm.length();
    // Where the wrist is out of the photo the sleeve goes on to its edge.
    let beyond = if arm.end.is_some() { 3.0 * scale } else { 30.0 * scale };
    // Half widths to both sides of the arm's middle line, a centimetre at a time.
    let bins = ((end + 3.0 * scale) / scale).max(1.0) as usize + 1;
    let mut widths = [vec![0.0_f32; bins], vec![0.0_f32; bins]];
    for y in 0..window.height {
        for x in 0..window.width {
            let p = sight.point(x, y);
            if !(worn.at(x, y) > 0.5 || sight.is(x, y, Label::Skin) && !body.is_head(p.0, p.1)) {
                continue;
            }
            let (d, along, right) = arm.around(p, beyond);
            // Arms taper from about 5.5 cm to 3.5 cm of half width, cloth included.
            let reach = (7.2 - 2.4 * along / whole.max(1.0)) * scale;
            if d > reach || along <= 0.0 || along > end + 2.0 * scale {
                continue;
            }
            let width = &mut widths[usize::from(right)][((along / scale) as usize).min(bins - 1)];
            *width = width.max(d);
        }
    }
    for side in &mut widths {
        let raw = side.clone();
        let mut hanging = 0.0_f32;
        for (b, width) in side.iter_mut().enumerate() {
            // The middle of five: a finger or a strap is no width of the arm.
            let mut near: Vec<f32> = (b.saturating_sub(2)..(b + 3).min(bins)).map(|i| raw[i]).collect();
            let middle = crate::raster::plane::quantile(&mut near, 0.5).max(2.6 * scale);
            hanging = middle.max(hanging - 0.16 * scale);
            *width = hanging;
        }
    }
    let ease = (0.4 + 0.5 * m.ease) * scale;
    // The cuff is cut across the arm, and bows a little over its roundness.
    sight.each(|x, y, p| {
        let (d, along, right) = arm.around(p, beyond);
        if d > 9.0 * scale {
            return 0.0;
        }
        let at = (along / scale).min((bins - 1) as f32);
        let (i, t) = (at as usize, at.fract());
        let widths = &widths[usize::from(right)];
        let wide = widths[i] + (widths[(i + 1).min(bins - 1)] - widths[i]) * t + ease;
        // Round over the joint of the shoulder.
        let wide = wide.min(4.4 * scale + 0.45 * along);
        let bow = 0.01 * d * d / scale;
        // At the shoulder it lies on the person, wherever the joint was found.
        let close = smoothstep(ease + 0.75, ease - 0.75, near.at(x, y));
        let close = 1.0 - (1.0 - close) * smoothstep(10.0, 4.0, along / scale);
        smoothstep(wide + 0.8, wide - 0.8, d) * smoothstep(end + 0.8, end - 0.8, along + bow) * close
    })
}

/// The hem as a line across the body, hanging a little lower in the middle.
struct Hem {
    v: f32,
    half: f32,
}

impl Hem {
    /// 1 below the hem, 0 above, soft over a pixel and a half.
    fn below(&self, body: &Body, p: Point) -> f32 {
        let (u, v) = body.uv(p.0, p.1);
        let t = (u / self.half).clamp(-1.2, 1.2);
        let line = self.v + 1.2 - 1.8 * t * t;
        let soft = 0.8 / body.scale;
        smoothstep(line - soft, line + soft, v)
    }
}

fn hem_line(body: &Body, m: &Measures) -> Hem {
    Hem { v: m.hem, half: body.shoulder + 3.0 }
}

/// The torso's outline, generous: it is cut to the person as the photo shows it.
fn torso(body: &Body, m: &Measures) -> Curve {
    let s = body.shoulder;
    let at = |u: f32, v: f32| body.at(u, v);
    let low = m.hem + 3.0;
    let hip = s + 3.0 + m.flare;
    if m.sleeves <= 0.0 {
        // Cut out for the arms.
        return Curve::from(at(-5.6, -8.2))
            .to(at(-s + 2.6, -5.2))
            .bend(at(-s + 5.2, 7.0), at(-s + 0.6, 15.0))
            .to(at(-s, 26.0))
            .to(at(-hip + 1.0, 44.0))
            .to(at(-hip, low))
            .to(at(hip, low))
            .to(at(hip - 1.0, 44.0))
            .to(at(s, 26.0))
            .to(at(s - 0.6, 15.0))
            .bend(at(s - 5.2, 7.0), at(s - 2.6, -5.2))
            .to(at(5.6, -8.2));
    }
    Curve::from(at(-5.6, -8.2))
        .to(at(-s - 1.0, -4.6))
        .bend(at(-s - 4.5, -3.0), at(-s - 4.0, 6.0))
        .to(at(-s - 2.0, 26.0))
        .to(at(-hip, 44.0))
        .to(at(-hip - m.flare, low))
        .to(at(hip + m.flare, low))
        .to(at(hip, 44.0))
        .to(at(s + 2.0, 26.0))
        .to(at(s + 4.0, 6.0))
        .bend(at(s + 4.5, -3.0), at(s + 1.0, -4.6))
        .to(at(5.6, -8.2))
}

/// What the neckline leaves open: the neck, and the chest down to the neckline.
fn neck_hole(body: &Body, m: &Measures) -> Curve {
    let (depth, half) = m.neck;
    let at = |u: f32, v: f32| body.at(u, v);
    let up = unit(minus(body.chin, body.pit));
    let top = plus(body.chin, up, 3.0 * body.scale);
    Curve::from(plus(top, body.across, -9.0 * body.scale))
        .to(at(-half, -6.0))
        .bend(at(-half * 0.92, depth - 0.5), at(0.0, depth))
        .bend(at(half * 0.92, depth - 0.5), at(half, -6.0))
        .to(plus(top, body.across, 9.0 * body.scale))
}

/// The skirt of a coat: both legs and the space between them, row by row, flared to the hem.
fn hull(sight: &Sight<'_>, m: &Measures) -> Plane {
    let body = sight.body;
    let scale = body.scale;
    let window = sight.window;
    let from = body.hip - 6.0;
    let mut edges: Vec<Option<(f32, f32)>> = Vec::with_capacity(window.height);
    for y in 0..window.height {
        let (mut left, mut right) = (f32::MAX, f32::MIN);
        for x in 0..window.width {
            let label = sight.label(x, y);
            let lower =
                [Label::Trousers, Label::Skirt, Label::Dress, Label::Legwear, Label::Outer, Label::Upper]
                    .iter()
                    .any(|l| l.is(label));
            let p = sight.point(x, y);
            let leg = Label::Skin.is(label)
                && (0..2).any(|s| body.legs[s].near(p, 0.0).0 < 9.0 * scale)
                && !sight.is_hand(x, y, p);
            let (u, v) = body.uv(p.0, p.1);
            if (lower || leg) && v > from && v < m.hem + 4.0 && u.abs() < body.shoulder + 9.0 {
                (left, right) = (left.min(u), right.max(u));
            }
        }
        edges.push((left < right).then_some((left, right)));
    }
    // The cloth hangs from the hips: it is nowhere narrower than above, and widens steadily.
    let mut out = Plane::filled(window.width, window.height, 0.0);
    let first = edges.iter().position(Option::is_some);
    let Some((first, (left, right))) = first.and_then(|y| Some((y, edges[y]?))) else { return out };
    let (mut left, mut right) = (left.max(-body.shoulder - 2.0), right.min(body.shoulder + 2.0));
    let per_row = m.flare / ((m.hem - from).max(1.0) * scale);
    for (y, edge) in edges.iter().enumerate().skip(first) {
        (left, right) = (left - per_row, right + per_row);
        if let Some((l, r)) = edge {
            // Towards a wider silhouette gently, never at once.
            left += (l - left).min(0.0) * 0.05;
            right += (r - right).max(0.0) * 0.05;
        }
        for x in 0..window.width {
            let (u, v) = body.uv(sight.point(x, y).0, sight.point(x, y).1);
            if v > from {
                let soft = 0.75 / scale;
                out.data[y * window.width + x] = smoothstep(left - m.ease - soft, left - m.ease + soft, u)
                    * smoothstep(right + m.ease + soft, right + m.ease - soft, u);
            }
        }
    }
    out
}
