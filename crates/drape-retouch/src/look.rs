//! What the network sees: in the whole photo, and closer when the person is small in it.

use crate::EngineError;
use crate::network::Networks;
use crate::parse::{Joint, Keypoint};
use crate::plane::Plane;

/// Pixels of the network's input: what it was trained at.
const NETWORK_AREA: f32 = 384.0 * 256.0;
/// The joint that each joint becomes in a mirrored photo.
const MIRROR: [usize; 15] = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13];

/// The part of the working picture that the network is shown; it may reach outside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// What the network saw in a view.
pub(crate) struct Seen {
    pub(crate) view: View,
    /// Soft labels (softmax) at half the network's input size.
    pub(crate) labels: Vec<Plane>,
    pub(crate) keypoints: Vec<Keypoint>,
}

pub(crate) fn look(networks: &Networks, rgb: &[Plane; 3], view: View) -> Result<Seen, EngineError> {
    let k = (NETWORK_AREA / (view.width * view.height)).sqrt();
    let side = |v: f32| ((v * k / 32.0).round() as usize).clamp(2, 32) * 32;
    let (nw, nh) = (side(view.width), side(view.height));
    let (sx, sy) = (view.width / nw as f32, view.height / nh as f32);
    // Reduced with the area average where there is more than one pixel to average.
    let (bw, bh) = (rgb[0].width as f32 / sx, rgb[0].height as f32 / sy);
    let input = [0, 1, 2].map(|c| {
        let small = rgb[c].reduced((bw.round() as usize).max(1), (bh.round() as usize).max(1));
        let (ox, oy) = (view.x / sx, view.y / sy);
        Plane::from_fn(nw, nh, |x, y| small.sample(x as f32 + ox, y as f32 + oy) * 2.0 - 1.0)
    });
    let output =
        networks.run(&input, &MIRROR).map_err(|e| EngineError::Failed(format!("parser network: {e}")))?;
    let keypoints = output.keypoints.iter().zip(Joint::ALL).map(|(heat, joint)| {
        let (x, y, confidence) = peak(heat);
        let (x, y) = ((x + 0.5) * 4.0 * sx + view.x, (y + 0.5) * 4.0 * sy + view.y);
        Keypoint { joint, x, y, confidence }
    });
    let keypoints = keypoints.collect();
    let mut labels = output.labels;
    softmax(&mut labels);
    Ok(Seen { view, labels, keypoints })
}

impl Seen {
    /// A closer view of the person, when that would show them clearly larger.
    pub(crate) fn closer(&self, width: usize, height: usize) -> Option<View> {
        let background = &self.labels[0];
        let (w, h) = (background.width, background.height);
        let person = |x: usize, y: usize| background.at(x, y) < 0.5;
        let columns: Vec<usize> =
            (0..w).filter(|&x| (0..h).filter(|&y| person(x, y)).count() * 60 > h).collect();
        let rows: Vec<usize> =
            (0..h).filter(|&y| (0..w).filter(|&x| person(x, y)).count() * 60 > w).collect();
        let (&left, &right, &top, &bottom) = (columns.first()?, columns.last()?, rows.first()?, rows.last()?);
        let (kx, ky) = (self.view.width / w as f32, self.view.height / h as f32);
        let (x0, x1) = (left as f32 * kx + self.view.x, (right + 1) as f32 * kx + self.view.x);
        let (y0, y1) = (top as f32 * ky + self.view.y, (bottom + 1) as f32 * ky + self.view.y);
        let margin = 0.09 * (y1 - y0).max(x1 - x0);
        let (x0, y0) = ((x0 - margin).max(0.0), (y0 - margin).max(0.0));
        let (x1, y1) = ((x1 + margin).min(width as f32), (y1 + margin).min(height as f32));
        // A narrow strip would lose the surroundings that tell an arm from a post.
        let wish = (y1 - y0) * 0.5;
        let grow = ((wish - (x1 - x0)) / 2.0).max(0.0);
        let (x0, x1) = ((x0 - grow).max(0.0), (x1 + grow).min(width as f32));
        let view = View { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
        (view.width * view.height < 0.72 * (width * height) as f32).then_some(view)
    }
}

/// Position of the highest value, refined by the centroid around it, and its sigmoid.
fn peak(heat: &Plane) -> (f32, f32, f32) {
    let best = heat.data.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(i, _)| i);
    let (bx, by) = (best % heat.width, best / heat.width);
    let sigmoid = |v: f32| 1.0 / (1.0 + (-v).exp());
    let (mut sx, mut sy, mut sum) = (0.0, 0.0, 0.0);
    for y in by.saturating_sub(2)..(by + 3).min(heat.height) {
        for x in bx.saturating_sub(2)..(bx + 3).min(heat.width) {
            let p = sigmoid(heat.at(x, y));
            (sx, sy, sum) = (sx + p * x as f32, sy + p * y as f32, sum + p);
        }
    }
    (sx / sum.max(1e-6), sy / sum.max(1e-6), sigmoid(heat.data[best]))
}

fn softmax(planes: &mut [Plane]) {
    for i in 0..planes[0].data.len() {
        let most = planes.iter().map(|p| p.data[i]).fold(f32::MIN, f32::max);
        let mut sum = 0.0;
        for p in planes.iter_mut() {
            p.data[i] = (p.data[i] - most).exp();
            sum += p.data[i];
        }
        for p in planes.iter_mut() {
            p.data[i] /= sum;
        }
    }
}
