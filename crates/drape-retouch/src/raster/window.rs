//! Rectangles of pixels.

use serde::{Deserialize, Serialize};

use super::plane::Plane;

/// A rectangle of a plane, in its pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Window {
    /// The smallest window around all values above `least`; empty, at the origin, if there are none.
    pub(crate) fn of(mask: &Plane, least: f32) -> Self {
        let (mut x0, mut y0, mut x1, mut y1) = (mask.width, mask.height, 0, 0);
        for (y, row) in mask.data.chunks_exact(mask.width).enumerate() {
            if let Some(first) = row.iter().position(|v| *v > least) {
                let last = row.iter().rposition(|v| *v > least).unwrap_or(first);
                (x0, y0) = (x0.min(first), y0.min(y));
                (x1, y1) = (x1.max(last + 1), y + 1);
            }
        }
        if x1 == 0 {
            return Self { x: 0, y: 0, width: 0, height: 0 };
        }
        Self { x: x0, y: y0, width: x1 - x0, height: y1 - y0 }
    }

    /// The window grown by `by` on every side, within a plane of this size; an empty window stays empty.
    pub(crate) fn grown(self, by: usize, width: usize, height: usize) -> Self {
        if self.width == 0 {
            return self;
        }
        let (x, y) = (self.x.saturating_sub(by), self.y.saturating_sub(by));
        let (x1, y1) = ((self.x + self.width + by).min(width), (self.y + self.height + by).min(height));
        Self { x, y, width: x1 - x, height: y1 - y }
    }
}

/// A rectangle in pixels; `right` and `bottom` are just outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// First column.
    pub left: u32,
    /// First row.
    pub top: u32,
    /// Column after the last.
    pub right: u32,
    /// Row after the last.
    pub bottom: u32,
}

impl Bounds {
    /// Columns.
    pub fn width(self) -> u32 {
        self.right - self.left
    }

    /// Rows.
    pub fn height(self) -> u32 {
        self.bottom - self.top
    }
}
