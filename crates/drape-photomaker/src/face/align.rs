//! Turns, scales and moves a face so that its landmarks lie where the recogniser learned them.

use image::{Rgb, RgbImage};

/// Pixels of a side of an aligned face.
pub const ALIGNED: u32 = 112;

/// Where the landmarks of an aligned face are: ArcFace's template (Deng et al. 2019; `arcface_src` in
/// InsightFace's `utils/face_align.py`).
const TEMPLATE: [(f32, f32); 5] =
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)];

/// Rotation and scale as one complex number, then a shift: `x' = a x - b y + s`, `y' = b x + a y + t`.
struct Similarity {
    a: f64,
    b: f64,
    s: f64,
    t: f64,
}

impl Similarity {
    /// The similarity that moves `from` nearest to `to` by least squares (Umeyama 1991; in the plane and
    /// without reflection it has this closed form). `None` if the points have no direction or size.
    fn between(from: &[(f32, f32); 5], to: &[(f32, f32); 5]) -> Option<Self> {
        let mean = |points: &[(f32, f32); 5]| {
            let sum = points.iter().fold((0.0, 0.0), |m, p| (m.0 + f64::from(p.0), m.1 + f64::from(p.1)));
            (sum.0 / 5.0, sum.1 / 5.0)
        };
        let (from_mean, to_mean) = (mean(from), mean(to));
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (px, py) = (f64::from(p.0) - from_mean.0, f64::from(p.1) - from_mean.1);
            let (qx, qy) = (f64::from(q.0) - to_mean.0, f64::from(q.1) - to_mean.1);
            along += px * qx + py * qy;
            across += px * qy - py * qx;
            spread += px * px + py * py;
        }
        let (a, b) = (along / spread, across / spread);
        let usable = (a * a + b * b).is_normal();
        usable.then_some(Self {
            a,
            b,
            s: to_mean.0 - (a * from_mean.0 - b * from_mean.1),
            t: to_mean.1 - (b * from_mean.0 + a * from_mean.1),
        })
    }

    /// The inverse: the point that moves to (x, y).
    fn back(&self, x: f64, y: f64) -> (f64, f64) {
        let size = self.a * self.a + self.b * self.b;
        let (x, y) = (x - self.s, y - self.t);
        ((self.a * x + self.b * y) / size, (self.a * y - self.b * x) / size)
    }
}

/// The face with these landmarks, upright and [`ALIGNED`] pixels square; black beyond the photo's edge.
/// `None` if the landmarks are one point or not finite.
pub fn align(photo: &RgbImage, landmarks: &[(f32, f32); 5]) -> Option<RgbImage> {
    let similarity = Similarity::between(landmarks, &TEMPLATE)?;
    Some(RgbImage::from_fn(ALIGNED, ALIGNED, |x, y| {
        let (x, y) = similarity.back(f64::from(x), f64::from(y));
        sample(photo, x, y)
    }))
}

/// The colour at a point between pixels, whose centres are at whole numbers.
fn sample(photo: &RgbImage, x: f64, y: f64) -> Rgb<u8> {
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    let mut sum = [0.0; 3];
    for (row, row_share) in [(top, 1.0 - bottom_share), (top + 1.0, bottom_share)] {
        for (column, share) in [(left, 1.0 - right_share), (left + 1.0, right_share)] {
            let inside = (0.0..f64::from(photo.width())).contains(&column)
                && (0.0..f64::from(photo.height())).contains(&row);
            if inside {
                let pixel = photo.get_pixel(column as u32, row as u32);
                for (sum, value) in sum.iter_mut().zip(pixel.0) {
                    *sum += share * row_share * f64::from(value);
                }
            }
        }
    }
    Rgb(sum.map(|v| v.round() as u8))
}
