//! Shows the network the whole photo or a part of it, and reads joints and soft labels from its answer.

use super::joint::{Joint, Keypoint};
use super::label::{Label, PerLabel};
use super::network::Networks;
use crate::error::EngineError;
use crate::raster::plane::Plane;

/// Pixels of the network's input, as in training.
const NETWORK_AREA: f32 = 384.0 * 256.0;
/// The joint that each joint becomes in a mirrored photo.
const MIRROR: [usize; 15] = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13];

/// Radius of the centroid around a heatmap's peak, in pixels of the heatmap.
const AROUND: usize = 8;

/// A linear model that corrects each joint by all others (`training/joints.py`): 45 means of the inputs, then
/// a constant and 45 factors for x and y of every joint.
static BODY: &[u8] = include_bytes!("../../../../models/joints.f32");
/// Inputs of the model (x, y and confidence of every joint), and the number of joints.
const INPUTS: usize = 3 * JOINTS;
const JOINTS: usize = Joint::ALL.len();
/// The largest correction, in torso lengths.
const MOST_MOVED: f32 = 0.25;

/// The part of the working picture that the network sees; it may reach beyond the picture.
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
    /// The network's input: R, G, B in -1..=1.
    pub(crate) picture: [Plane; 3],
    /// Soft labels (softmax) at half the network's input size.
    pub(crate) labels: PerLabel<Plane>,
    pub(crate) keypoints: Vec<Keypoint>,
}

pub(crate) fn look(networks: &Networks, rgb: &[Plane; 3], view: View) -> Result<Seen, EngineError> {
    let k = (NETWORK_AREA / (view.width * view.height)).sqrt();
    let side = |v: f32| ((v * k / 32.0).round() as usize).clamp(2, 32) * 32;
    let (nw, nh) = (side(view.width), side(view.height));
    let (sx, sy) = (view.width / nw as f32, view.height / nh as f32);
    // Average areas where the input is smaller than the picture.
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
    let mut keypoints: Vec<Keypoint> = keypoints.collect();
    settle(&mut keypoints);
    for joint in &mut keypoints {
        joint.x = joint.x.clamp(view.x, view.x + view.width);
        joint.y = joint.y.clamp(view.y, view.y + view.height);
    }
    let mut labels: PerLabel<Plane> = output
        .labels
        .try_into()
        .map_err(|o: Vec<Plane>| EngineError::Failed(format!("parser network: {} labels", o.len())))?;
    softmax(labels.values_mut());
    Ok(Seen { view, picture: input, labels, keypoints })
}

impl Seen {
    /// A closer view of the person, if it shows the person clearly larger.
    pub(crate) fn closer(&self, width: usize, height: usize) -> Option<View> {
        let background = &self.labels[Label::Background];
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
        // Widen a narrow strip: the network tells an arm from a post by the surroundings.
        let wish = (y1 - y0) * 0.5;
        let grow = ((wish - (x1 - x0)) / 2.0).max(0.0);
        let (x0, x1) = ((x0 - grow).max(0.0), (x1 + grow).min(width as f32));
        let view = View { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
        (view.width * view.height < 0.72 * (width * height) as f32).then_some(view)
    }
}

/// Centroid around the highest value, and the sigmoid of that value. Heatmaps are stretched along limbs,
/// where the centroid is more accurate than the maximum.
fn peak(heat: &Plane) -> (f32, f32, f32) {
    let best = heat.data.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(i, _)| i);
    let (bx, by) = (best % heat.width, best / heat.width);
    let sigmoid = |v: f32| 1.0 / (1.0 + (-v).exp());
    let (mut sx, mut sy, mut sum) = (0.0, 0.0, 0.0);
    for y in by.saturating_sub(AROUND)..(by + AROUND + 1).min(heat.height) {
        for x in bx.saturating_sub(AROUND)..(bx + AROUND + 1).min(heat.width) {
            let p = sigmoid(heat.at(x, y)).powi(2);
            (sx, sy, sum) = (sx + p * x as f32, sy + p * y as f32, sum + p);
        }
    }
    let top = sigmoid(heat.data[best]);
    if sum < 1e-12 { (bx as f32, by as f32, top) } else { (sx / sum, sy / sum, top) }
}

/// Corrects every visible joint by the others, if the whole torso is visible.
fn settle(joints: &mut [Keypoint]) {
    let torso = [Joint::LeftShoulder, Joint::RightShoulder, Joint::LeftHip, Joint::RightHip];
    let torso = torso.map(|j| joints[j as usize]);
    if !torso.iter().all(Keypoint::is_seen) {
        return;
    }
    let middle = |a: Keypoint, b: Keypoint| ((a.x + b.x) / 2.0, (a.y + b.y) / 2.0);
    let (shoulders, hips) = (middle(torso[0], torso[1]), middle(torso[2], torso[3]));
    let length = (shoulders.0 - hips.0).hypot(shoulders.1 - hips.1);
    if length < 4.0 {
        return;
    }
    let (cx, cy) = ((shoulders.0 + hips.0) / 2.0, (shoulders.1 + hips.1) / 2.0);
    let number = |i: usize| BODY.as_chunks().0.get(i).map_or(0.0, |b| f32::from_le_bytes(*b));
    let mut inputs = [0.0; INPUTS];
    for (k, (joint, three)) in joints.iter().zip(inputs.as_chunks_mut::<3>().0).enumerate() {
        // A hidden joint counts as an average one.
        if joint.is_seen() {
            let values = [(joint.x - cx) / length, (joint.y - cy) / length, joint.confidence];
            *three = [0, 1, 2].map(|i| values[i] - number(3 * k + i));
        }
    }
    let shift = |output: usize| {
        let first = INPUTS + output * (1 + INPUTS);
        let sum: f32 = inputs.iter().enumerate().map(|(i, v)| v * number(first + 1 + i)).sum();
        (number(first) + sum).clamp(-MOST_MOVED, MOST_MOVED) * length
    };
    for (k, joint) in joints.iter_mut().enumerate().filter(|(_, j)| j.is_seen()) {
        joint.x += shift(2 * k);
        joint.y += shift(2 * k + 1);
    }
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

#[cfg(test)]
mod tests {
    use super::{BODY, INPUTS, MOST_MOVED, settle};
    use crate::parse::joint::{Joint, Keypoint};

    /// A person standing upright with hanging arms; the torso is 100 pixels long.
    fn standing() -> Vec<Keypoint> {
        let places = [
            (0, -60),
            (10, -64),
            (-10, -64),
            (36, 0),
            (-36, 0),
            (48, 60),
            (-48, 60),
            (52, 110),
            (-52, 110),
            (22, 100),
            (-22, 100),
            (22, 190),
            (-22, 190),
            (22, 280),
            (-22, 280),
        ];
        let place = |(joint, (x, y)): (Joint, (i16, i16))| Keypoint {
            joint,
            x: 300.0 + f32::from(x),
            y: 200.0 + f32::from(y),
            confidence: 0.8,
        };
        Joint::ALL.into_iter().zip(places).map(place).collect()
    }

    fn moved(before: &[Keypoint], after: &[Keypoint]) -> Vec<f32> {
        before.iter().zip(after).map(|(a, b)| (a.x - b.x).hypot(a.y - b.y)).collect()
    }

    #[test]
    fn the_table_is_whole() {
        assert_eq!(BODY.len(), 4 * (INPUTS + 30 * (1 + INPUTS)));
    }

    #[test]
    fn a_joint_that_slid_along_the_leg_comes_back() {
        let (knee, mut straight) = (Joint::LeftKnee as usize, standing());
        let mut slid = straight.clone();
        slid[knee].y += 30.0;
        let mut after = slid.clone();
        settle(&mut after);
        settle(&mut straight);
        assert!(after[knee].y - straight[knee].y < 15.0, "{}", after[knee].y - straight[knee].y);
        assert!(moved(&slid, &after).iter().all(|d| *d <= 1.5 * MOST_MOVED * 100.0));
    }

    #[test]
    fn what_is_not_seen_stays() {
        let mut hidden = standing();
        hidden[Joint::LeftAnkle as usize].confidence = 0.1;
        let mut after = hidden.clone();
        settle(&mut after);
        assert!(moved(&hidden, &after)[Joint::LeftAnkle as usize] == 0.0);
        // Without a whole torso there is no scale, so nothing moves.
        hidden[Joint::RightHip as usize].confidence = 0.1;
        let mut after = hidden.clone();
        settle(&mut after);
        assert!(moved(&hidden, &after).iter().all(|d| *d == 0.0));
    }
}
