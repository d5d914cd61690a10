//! Areas of one colour, and the labels that they agree on.
//!
//! The network finds clothes well, but confuses garments: it may take the lower half of a jacket for a shirt.
//! Cloth of one colour without a line in it belongs to one garment, so each area votes and its pixels follow
//! the vote.
//!
//! Source of the areas: Felzenszwalb and Huttenlocher, "Efficient Graph-Based Image Segmentation"
//! (IJCV 2004).

use super::label::{Label, PerLabel};
use crate::raster::plane::Plane;

/// Disjoint sets of pixels.
struct Forest {
    parent: Vec<u32>,
    size: Vec<u32>,
    /// Largest edge inside the set plus its tolerance.
    limit: Vec<f32>,
}

impl Forest {
    fn root(&mut self, mut i: u32) -> u32 {
        while self.parent[i as usize] != i {
            // Halving the path shortens later look-ups.
            self.parent[i as usize] = self.parent[self.parent[i as usize] as usize];
            i = self.parent[i as usize];
        }
        i
    }
}

/// The area number of every pixel (0.. up to the returned count). `scale` grows the areas; areas
/// smaller than `least` pixels join a neighbour.
pub(crate) fn areas(rgb: &[Plane; 3], scale: f32, least: u32) -> (Vec<u32>, usize) {
    let (w, h) = (rgb[0].width, rgb[0].height);
    let step = |i: usize, j: usize| {
        let d = [0, 1, 2].map(|c| rgb[c].data[i] - rgb[c].data[j]);
        (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt()
    };
    let mut edges: Vec<(f32, u32, u32)> = Vec::with_capacity(w * h * 4);
    for y in 0..h {
        for x in 0..w {
            let i = y * w + x;
            if x + 1 < w {
                edges.push((step(i, i + 1), i as u32, i as u32 + 1));
            }
            if y + 1 < h {
                edges.push((step(i, i + w), i as u32, (i + w) as u32));
                if x + 1 < w {
                    edges.push((step(i, i + w + 1), i as u32, (i + w + 1) as u32));
                }
                if x > 0 {
                    edges.push((step(i, i + w - 1), i as u32, (i + w - 1) as u32));
                }
            }
        }
    }
    let edges = sorted(&edges);
    let n = w * h;
    let mut forest = Forest { parent: (0..n as u32).collect(), size: vec![1; n], limit: vec![scale; n] };
    let join = |forest: &mut Forest, d: f32, a: u32, b: u32| {
        forest.parent[b as usize] = a;
        forest.size[a as usize] += forest.size[b as usize];
        forest.limit[a as usize] = d + scale / forest.size[a as usize] as f32;
    };
    for &(d, i, j) in &edges {
        let (a, b) = (forest.root(i), forest.root(j));
        if a != b && d <= forest.limit[a as usize] && d <= forest.limit[b as usize] {
            join(&mut forest, d, a, b);
        }
    }
    for &(d, i, j) in &edges {
        let (a, b) = (forest.root(i), forest.root(j));
        if a != b && (forest.size[a as usize] < least || forest.size[b as usize] < least) {
            join(&mut forest, d, a, b);
        }
    }
    let mut names = vec![u32::MAX; n];
    let mut count = 0;
    let ids = (0..n as u32)
        .map(|i| {
            let root = forest.root(i) as usize;
            if names[root] == u32::MAX {
                names[root] = count;
                count += 1;
            }
            names[root]
        })
        .collect();
    (ids, count as usize)
}

/// Sorts edges by their step, to a 64th of a grey level, and keeps the order of equal ones. A step is at most
/// the square root of 3, so a counting sort has few bins.
fn sorted(edges: &[(f32, u32, u32)]) -> Vec<(f32, u32, u32)> {
    const BINS: usize = 1 << 15;
    let bin = |step: f32| (step * (BINS as f32 / 2.0)) as usize;
    let mut starts = vec![0_u32; BINS + 1];
    for edge in edges {
        starts[bin(edge.0) + 1] += 1;
    }
    for i in 1..=BINS {
        starts[i] += starts[i - 1];
    }
    let mut out = vec![(0.0, 0, 0); edges.len()];
    for edge in edges {
        let place = &mut starts[bin(edge.0)];
        out[*place as usize] = *edge;
        *place += 1;
    }
    out
}

/// Lets every area vote on which garment its clothes pixels belong to. `soft`: one plane per label;
/// `clothes`: the labels to choose from; `strength`: share of the vote in the result, 0..=1. The total
/// probability of clothes at each pixel does not change.
pub(crate) fn vote(soft: &mut PerLabel<Plane>, clothes: &[Label], ids: &[u32], count: usize, strength: f32) {
    let mut sums = vec![0.0_f32; count * clothes.len()];
    for (k, &label) in clothes.iter().enumerate() {
        for (&id, &p) in ids.iter().zip(&soft[label].data) {
            sums[id as usize * clothes.len() + k] += p;
        }
    }
    for row in sums.chunks_mut(clothes.len()) {
        let total: f32 = row.iter().sum();
        row.iter_mut().for_each(|v| *v /= total.max(1e-6));
    }
    for (i, &id) in ids.iter().enumerate() {
        let cover: f32 = clothes.iter().map(|&l| soft[l].data[i]).sum();
        if cover < 0.02 {
            continue;
        }
        for (k, &label) in clothes.iter().enumerate() {
            let vote = sums[id as usize * clothes.len() + k] * cover;
            let p = &mut soft[label].data[i];
            *p += strength * (vote - *p);
        }
    }
}
