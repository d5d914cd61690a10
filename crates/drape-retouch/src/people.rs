//! Which of the labelled pixels are the person that is styled, and which are somebody else.

use image::GrayImage;

use crate::parse::Bounds;

/// Leaves the largest person only; returns how many others of at least a quarter of that size
/// there were, and the pixels that are background now. Specks that touch nobody go too.
pub(crate) fn keep_largest_person(labels: &mut [u8], w: usize, h: usize) -> (usize, Vec<usize>) {
    let parts = components(w, h, |i| labels[i] != 0);
    let Some(largest) = parts.sizes.iter().copied().max() else { return (0, Vec::new()) };
    let mut others = 0;
    let keep: Vec<bool> = parts
        .sizes
        .iter()
        .enumerate()
        .map(|(k, &n)| {
            if n == largest {
                return true;
            }
            // A bag on a long strap or a leg behind a bench is cut off from its owner by a little.
            let near = parts.bounds[k].overlaps_grown(
                parts.bounds[parts.sizes.iter().position(|&m| m == largest).unwrap_or(k)],
                h / 40,
            );
            if n * 4 > largest {
                others += 1;
                return false;
            }
            near && n * 400 > largest
        })
        .collect();
    let gone = |i: &usize| parts.ids[*i] != u32::MAX && !keep[parts.ids[*i] as usize];
    let cleared: Vec<usize> = (0..labels.len()).filter(gone).collect();
    cleared.iter().for_each(|&i| labels[i] = 0);
    (others, cleared)
}

/// Connected sets of pixels (four neighbours).
pub(crate) struct Components {
    /// Number of each pixel's set; `u32::MAX` where there is none.
    pub(crate) ids: Vec<u32>,
    pub(crate) sizes: Vec<usize>,
    pub(crate) bounds: Vec<Extent>,
}

/// Inclusive bounds of a component.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) x0: usize,
    pub(crate) y0: usize,
    pub(crate) x1: usize,
    pub(crate) y1: usize,
}

impl Extent {
    fn overlaps_grown(self, other: Self, by: usize) -> bool {
        self.x0 <= other.x1 + by
            && other.x0 <= self.x1 + by
            && self.y0 <= other.y1 + by
            && other.y0 <= self.y1 + by
    }
}

pub(crate) fn components(w: usize, h: usize, inside: impl Fn(usize) -> bool) -> Components {
    let mut out = Components { ids: vec![u32::MAX; w * h], sizes: Vec::new(), bounds: Vec::new() };
    let mut open = Vec::new();
    for start in 0..w * h {
        if out.ids[start] != u32::MAX || !inside(start) {
            continue;
        }
        let id = out.sizes.len() as u32;
        let mut e = Extent { x0: w, y0: h, x1: 0, y1: 0 };
        let mut n = 0;
        out.ids[start] = id;
        open.push(start);
        while let Some(i) = open.pop() {
            n += 1;
            let (x, y) = (i % w, i / w);
            e = Extent { x0: e.x0.min(x), y0: e.y0.min(y), x1: e.x1.max(x), y1: e.y1.max(y) };
            let mut visit = |j: usize| {
                if out.ids[j] == u32::MAX && inside(j) {
                    out.ids[j] = id;
                    open.push(j);
                }
            };
            if x > 0 {
                visit(i - 1);
            }
            if x + 1 < w {
                visit(i + 1);
            }
            if y > 0 {
                visit(i - w);
            }
            if y + 1 < h {
                visit(i + w);
            }
        }
        out.sizes.push(n);
        out.bounds.push(e);
    }
    out
}

pub(crate) fn person_bounds(labels: &GrayImage) -> Bounds {
    let mut b = Bounds { left: labels.width(), top: labels.height(), right: 0, bottom: 0 };
    for (y, row) in labels.rows().enumerate() {
        let mut person = row.enumerate().filter(|(_, p)| p.0[0] != 0).map(|(x, _)| x as u32);
        if let Some(first) = person.next() {
            let last = person.next_back().unwrap_or(first);
            let y = y as u32;
            b = Bounds {
                left: b.left.min(first),
                top: b.top.min(y),
                right: b.right.max(last + 1),
                bottom: y + 1,
            };
        }
    }
    if b.right == 0 { Bounds { left: 0, top: 0, right: labels.width(), bottom: labels.height() } } else { b }
}
