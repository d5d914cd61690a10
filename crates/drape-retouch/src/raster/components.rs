//! Connected sets of pixels.

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
    /// Whether two extents touch when one is grown by `by` pixels on every side.
    pub(crate) fn overlaps_grown(self, other: Self, by: usize) -> bool {
        self.x0 <= other.x1 + by
            && other.x0 <= self.x1 + by
            && self.y0 <= other.y1 + by
            && other.y0 <= self.y1 + by
    }
}

/// The connected sets of the pixels (numbered row by row) that are `inside`.
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
