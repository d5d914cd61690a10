//! Outlines of cloth: closed curves, and how much of each pixel they cover.

use crate::raster::geometry::Point;
use crate::raster::plane::{Plane, smoothstep};
use crate::raster::window::Window;

/// A curve that is drawn as a pen would: from point to point, straight or bent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Curve {
    pub(crate) points: Vec<Point>,
}

impl Curve {
    /// Begins at a point.
    pub(crate) fn from(start: Point) -> Self {
        Self { points: vec![start] }
    }

    /// A straight line to a point.
    #[must_use]
    pub(crate) fn to(mut self, end: Point) -> Self {
        self.points.push(end);
        self
    }

    /// A line to a point, pulled towards `pull` on its way (a quadratic Bézier curve).
    #[must_use]
    pub(crate) fn bend(mut self, pull: Point, end: Point) -> Self {
        let start = self.points.last().copied().unwrap_or(end);
        const STEPS: usize = 12;
        for k in 1..=STEPS {
            let t = k as f32 / STEPS as f32;
            let mix =
                |a: f32, b: f32, c: f32| (1.0 - t) * (1.0 - t) * a + 2.0 * t * (1.0 - t) * b + t * t * c;
            self.points.push((mix(start.0, pull.0, end.0), mix(start.1, pull.1, end.1)));
        }
        self
    }

    /// A smooth curve through all points (Catmull and Rom 1974), open.
    pub(crate) fn through(knots: &[Point]) -> Self {
        const STEPS: usize = 8;
        let at = |i: isize| knots[i.clamp(0, knots.len() as isize - 1) as usize];
        let mut points = Vec::with_capacity(knots.len() * STEPS);
        for i in 0..knots.len().saturating_sub(1) as isize {
            let (a, b, c, d) = (at(i - 1), at(i), at(i + 1), at(i + 2));
            for k in 0..STEPS {
                let t = k as f32 / STEPS as f32;
                let mix = |a: f32, b: f32, c: f32, d: f32| {
                    let (u, v) = (t * t, t * t * t);
                    0.5 * (2.0 * b
                        + (c - a) * t
                        + (2.0 * a - 5.0 * b + 4.0 * c - d) * u
                        + (3.0 * b - a - 3.0 * c + d) * v)
                };
                points.push((mix(a.0, b.0, c.0, d.0), mix(a.1, b.1, c.1, d.1)));
            }
        }
        points.extend(knots.last());
        Self { points }
    }

    /// Every point moved.
    #[must_use]
    pub(crate) fn map(mut self, f: impl Fn(Point) -> Point) -> Self {
        self.points.iter_mut().for_each(|p| *p = f(*p));
        self
    }

    /// The part of a window that the curve reaches, with `room` pixels around it.
    pub(crate) fn window(&self, whole: Window, room: f32) -> Window {
        let (mut x0, mut y0, mut x1, mut y1) = (f32::MAX, f32::MAX, f32::MIN, f32::MIN);
        for p in &self.points {
            (x0, y0, x1, y1) = (x0.min(p.0), y0.min(p.1), x1.max(p.0), y1.max(p.1));
        }
        let within =
            |v: f32, start: usize, size: usize| v.clamp(start as f32, (start + size) as f32) as usize;
        let x = within((x0 - room).floor(), whole.x, whole.width);
        let y = within((y0 - room).floor(), whole.y, whole.height);
        let right = within((x1 + room).ceil(), whole.x, whole.width);
        let bottom = within((y1 + room).ceil(), whole.y, whole.height);
        Window { x, y, width: right - x, height: bottom - y }
    }

    /// How much of each pixel of the window lies inside the closed curve, 0..=1 (even-odd rule).
    pub(crate) fn inside(&self, window: Window) -> Plane {
        const ROWS: usize = 4;
        let mut out = Plane::filled(window.width, window.height, 0.0);
        if self.points.len() < 3 || window.width == 0 {
            return out;
        }
        let (x0, y0) = (window.x as f32, window.y as f32);
        let (top, bottom) =
            self.points.iter().fold((f32::MAX, f32::MIN), |(t, b), p| (t.min(p.1 - y0), b.max(p.1 - y0)));
        let first = (top.max(0.0) as usize).min(window.height);
        let last = ((bottom.max(0.0).ceil()) as usize).min(window.height);
        let mut crossings: Vec<f32> = Vec::new();
        for y in first..last {
            let row = &mut out.data[y * window.width..][..window.width];
            for part in 0..ROWS {
                let line = y as f32 + (part as f32 + 0.5) / ROWS as f32 + y0;
                crossings.clear();
                for (i, a) in self.points.iter().enumerate() {
                    let b = self.points[(i + 1) % self.points.len()];
                    if (a.1 <= line) != (b.1 <= line) {
                        crossings.push(a.0 + (line - a.1) / (b.1 - a.1) * (b.0 - a.0) - x0);
                    }
                }
                crossings.sort_unstable_by(f32::total_cmp);
                for pair in crossings.chunks_exact(2) {
                    cover(row, pair[0], pair[1], 1.0 / ROWS as f32);
                }
            }
        }
        out
    }

    /// How much of each pixel a line of this width (pixels) along the open curve covers, 0..=1, soft
    /// over one pixel.
    pub(crate) fn stroke(&self, window: Window, width: f32) -> Plane {
        let mut out = Plane::filled(window.width, window.height, 0.0);
        let reach = width / 2.0 + 1.0;
        for pair in self.points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let low =
                |a: f32, b: f32, start: usize| ((a.min(b) - reach).floor() - start as f32).max(0.0) as usize;
            let high = |a: f32, b: f32, start: usize, size: usize| {
                (((a.max(b) + reach).ceil() - start as f32).max(0.0) as usize).min(size)
            };
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let n = (dx * dx + dy * dy).max(1e-6);
            for y in low(a.1, b.1, window.y)..high(a.1, b.1, window.y, window.height) {
                for x in low(a.0, b.0, window.x)..high(a.0, b.0, window.x, window.width) {
                    let (px, py) = ((x + window.x) as f32 + 0.5 - a.0, (y + window.y) as f32 + 0.5 - a.1);
                    let t = ((px * dx + py * dy) / n).clamp(0.0, 1.0);
                    let d = (px - t * dx).hypot(py - t * dy);
                    // A line thinner than a pixel is fainter, not thinner.
                    let v =
                        smoothstep(width / 2.0 + 0.6, (width / 2.0 - 0.6).min(0.0).max(width / 2.0 - 0.6), d)
                            * width.min(1.0);
                    let o = &mut out.data[y * window.width + x];
                    *o = o.max(v);
                }
            }
        }
        out
    }
}

/// Adds the part of each pixel between two columns.
fn cover(row: &mut [f32], from: f32, to: f32, amount: f32) {
    let (from, to) = (from.max(0.0), to.min(row.len() as f32));
    if to <= from {
        return;
    }
    let (a, b) = (from as usize, to as usize);
    if a == b {
        row[a] += (to - from) * amount;
        return;
    }
    row[a] += (a as f32 + 1.0 - from) * amount;
    row[a + 1..b].iter_mut().for_each(|v| *v += amount);
    if b < row.len() {
        row[b] += (to - b as f32) * amount;
    }
}
