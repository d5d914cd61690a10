//! The labels in a window of the photo, at the size at which a garment is sewn.

use rayon::prelude::*;

use super::body::Body;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::components::components;
use crate::raster::geometry::Point;
use crate::raster::plane::{Plane, smoothstep};
use crate::raster::window::Window;

/// A window of a parsed photo.
pub(crate) struct Sight<'a> {
    parse: &'a Parse,
    pub(crate) body: &'a Body,
    pub(crate) window: Window,
    /// Hair, head, hands and bags, which lie in front of any garment; 0..=1.
    pub(crate) front: Plane,
}

impl<'a> Sight<'a> {
    pub(crate) fn new(parse: &'a Parse, body: &'a Body, window: Window) -> Self {
        let mut sight = Self { parse, body, window, front: Plane::default() };
        sight.front = sight.in_front();
        sight
    }

    /// Whether a label was given at a pixel of the window.
    pub(crate) fn is(&self, x: usize, y: usize, label: Label) -> bool {
        label.is(self.label(x, y))
    }

    /// The label's number at a pixel of the window.
    #[inline]
    pub(crate) fn label(&self, x: usize, y: usize) -> u8 {
        let width = self.parse.labels.width() as usize;
        self.parse.labels.as_raw()[(y + self.window.y) * width + x + self.window.x]
    }

    /// Soft labels summed over the window.
    pub(crate) fn soft(&self, labels: &[Label]) -> Plane {
        let planes: Vec<&Plane> = labels.iter().map(|l| &*self.parse.soft[*l]).collect();
        self.sampled(
            |x, y| planes.iter().map(|p| p.at(x, y)).sum(),
            |x, y| planes.iter().map(|p| p.sample(x, y)).sum(),
        )
    }

    fn sampled(
        &self,
        exact: impl Fn(usize, usize) -> f32 + Sync,
        between: impl Fn(f32, f32) -> f32 + Sync,
    ) -> Plane {
        let (w, h) = self.parse.working_size();
        let (fw, fh) = (self.parse.labels.width() as usize, self.parse.labels.height() as usize);
        let (kx, ky) = (w as f32 / fw as f32, h as f32 / fh as f32);
        let window = self.window;
        Plane::from_fn(window.width, window.height, |x, y| {
            let (x, y) = (x + window.x, y + window.y);
            if (w, h) == (fw, fh) {
                exact(x, y)
            } else {
                between((x as f32 + 0.5) * kx - 0.5, (y as f32 + 0.5) * ky - 0.5)
            }
        })
    }

    /// A pixel of the window in the photo.
    #[inline]
    pub(crate) fn point(&self, x: usize, y: usize) -> Point {
        ((x + self.window.x) as f32 + 0.5, (y + self.window.y) as f32 + 0.5)
    }

    /// A value per pixel from its place in the photo.
    pub(crate) fn each(&self, f: impl Fn(usize, usize, Point) -> f32 + Sync) -> Plane {
        Plane::from_fn(self.window.width, self.window.height, |x, y| f(x, y, self.point(x, y)))
    }

    /// Three values per pixel from its place in the photo.
    pub(crate) fn each_three(&self, f: impl Fn(usize, usize, Point) -> [f32; 3] + Sync) -> [Plane; 3] {
        let (w, h) = (self.window.width, self.window.height);
        let [mut a, mut b, mut c] = [0.0; 3].map(|v| Plane::filled(w, h, v));
        let rows = a.data.par_chunks_mut(w).zip(b.data.par_chunks_mut(w)).zip(c.data.par_chunks_mut(w));
        rows.enumerate().for_each(|(y, ((a, b), c))| {
            for x in 0..w {
                [a[x], b[x], c[x]] = f(x, y, self.point(x, y));
            }
        });
        [a, b, c]
    }

    /// Lets a new scarf or tie lie over worn neckwear.
    pub(crate) fn over_neckwear(mut self) -> Self {
        let front = self.each(|x, y, p| {
            let (u, v) = self.body.uv(p.0, p.1);
            let worn = self.is(x, y, Label::Accessory) && u.abs() < 17.0 && (-9.0..42.0).contains(&v);
            if worn { 0.0 } else { self.front.at(x, y) }
        });
        self.front = front;
        self
    }

    /// The arms from `from` centimetres below the shoulder on, clothed or bare: they hang in front of what
    /// is worn from the chest down.
    pub(crate) fn arms(&self, from: f32) -> Plane {
        let scale = self.body.scale;
        let arms = self.each(|x, y, p| {
            let label = self.label(x, y);
            let arm = [Label::Upper, Label::Outer, Label::Skin].iter().any(|l| l.is(label))
                && (0..2).any(|s| {
                    let (d, along) = self.body.arms[s].near(p, 6.0 * scale);
                    d < 6.0 * scale && along > from * scale
                });
            f32::from(u8::from(arm))
        });
        arms.box_blurred(1)
    }

    fn in_front(&self) -> Plane {
        let hair = self.soft(&[Label::Hair]);
        let things = self.soft(&[Label::Accessory]);
        let (w, h) = (self.window.width, self.window.height);
        let parts = components(w, h, |i| things.data[i] > 0.35);
        // A new garment covers belts, brooches and buckles on the trunk, but not bags.
        let below: Vec<bool> = parts
            .bounds
            .iter()
            .map(|b| {
                let (l, r) = (self.point(b.x0, b.y0), self.point(b.x1, b.y1));
                let ((u0, v0), (u1, v1)) = (self.body.uv(l.0, l.1), self.body.uv(r.0, r.1));
                u0 > -19.0 && u1 < 19.0 && v0 > -3.0 && v1 < self.body.hip + 6.0 && v1 - v0 < 14.0
            })
            .collect();
        self.each(|x, y, p| {
            let head = self.is(x, y, Label::Skin) && self.body.is_head(p.0, p.1);
            if head || self.is(x, y, Label::Hair) || self.is_hand(x, y, p) {
                return 1.0;
            }
            let part = parts.ids[y * w + x];
            let thing = if part != u32::MAX && below[part as usize] {
                0.0
            } else {
                smoothstep(0.35, 0.65, things.at(x, y))
            };
            smoothstep(0.15, 0.75, hair.at(x, y)).max(thing)
        })
    }

    /// Whether a pixel is the skin of a hand.
    pub(crate) fn is_hand(&self, x: usize, y: usize, p: Point) -> bool {
        self.is(x, y, Label::Skin) && self.body.is_hand(p)
    }
}

/// Distance of every pixel to the nearest one with a value over one half, in pixels: a chamfer distance
/// with steps of 1 and 1.36 (Borgefors 1986), at most 4 % off.
pub(crate) fn distance(mask: &Plane) -> Plane {
    const DIAGONAL: f32 = 1.3601;
    let (w, h) = (mask.width, mask.height);
    let mut d: Vec<f32> = mask.data.iter().map(|v| if *v > 0.5 { 0.0 } else { 1e6 }).collect();
    for y in 0..h {
        for x in 0..w {
            let i = y * w + x;
            let mut best = d[i];
            if best > 0.0 {
                if x > 0 {
                    best = best.min(d[i - 1] + 1.0);
                }
                if y > 0 {
                    best = best.min(d[i - w] + 1.0);
                    if x > 0 {
                        best = best.min(d[i - w - 1] + DIAGONAL);
                    }
                    if x + 1 < w {
                        best = best.min(d[i - w + 1] + DIAGONAL);
                    }
                }
                d[i] = best;
            }
        }
    }
    for y in (0..h).rev() {
        for x in (0..w).rev() {
            let i = y * w + x;
            let mut best = d[i];
            if best > 0.0 {
                if x + 1 < w {
                    best = best.min(d[i + 1] + 1.0);
                }
                if y + 1 < h {
                    best = best.min(d[i + w] + 1.0);
                    if x + 1 < w {
                        best = best.min(d[i + w + 1] + DIAGONAL);
                    }
                    if x > 0 {
                        best = best.min(d[i + w - 1] + DIAGONAL);
                    }
                }
                d[i] = best;
            }
        }
    }
    Plane { width: w, height: h, data: d }
}

/// A mask grown by a number of pixels, its edge soft over one and a half.
pub(crate) fn grown(mask: &Plane, by: f32) -> Plane {
    distance(mask).map(|d| smoothstep(by + 0.75, by - 0.75, d))
}
