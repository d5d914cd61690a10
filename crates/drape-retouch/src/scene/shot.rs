//! The camera, read from the photo: the size of the person, the rows of the ground and of the eye level, the
//! blur of the background, and the side that the light comes from.

use image::RgbImage;

use crate::parse::joint::Joint;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::copy::within;
use crate::raster::noise::dice;
use crate::raster::plane::{quantile, smoothstep};

/// Pixels of the canvas: a blurred place has no finer detail, and even less if no ground in focus is in the
/// picture.
const CANVAS_PIXELS: (usize, usize) = (190_000, 110_000);
/// Focal length in widths of the longer side: a portrait lens of about 70 mm on full frame.
const LENS: f32 = 1.9;
/// Aperture diameter in metres, which sets the size of discs of light behind the person.
const OPENING: f32 = 0.085;

/// The camera, in pixels of the canvas and metres. The person stands at depth `distance`; the axis
/// of the camera is level, so that uprights stay upright.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shot {
    /// Columns of the canvas.
    pub(super) width: usize,
    /// Rows of the canvas.
    pub(super) height: usize,
    /// Row of the eye level.
    pub(super) horizon: f32,
    /// Row of the ground under the person's feet; outside of the canvas for half-body photos.
    pub(super) feet: f32,
    /// Pixels per metre at the person.
    pub(super) metre: f32,
    /// Focal length in pixels.
    pub(super) focal: f32,
    /// Depth of the person, metres.
    pub(super) distance: f32,
    /// Height of the camera above the ground, metres.
    pub(super) eye: f32,
    /// Column in which lines along the depth meet.
    pub(super) centre: f32,
    /// Column of the person's middle.
    pub(super) person: f32,
    /// Radius of the disc that a far point of light becomes.
    pub(super) blur: f32,
    /// Whether feet on the ground are in the picture.
    pub(super) stands: bool,
    /// Where the light comes from: -1 left, 1 right.
    pub(super) light: f32,
}

impl Shot {
    /// `picture`: the photo. The seed turns the camera and lifts it a little.
    pub(super) fn of(picture: &RgbImage, parse: &Parse, seed: u32) -> Self {
        let (w, h) = (picture.width() as usize, picture.height() as usize);
        let (metre, feet) = scale_and_feet(parse, h as f32);
        let stands = parse.person.bottom as f32 <= h as f32 * 0.985
            && parse.shares[Label::Footwear] + 0.3 * parse.shares[Label::Skin] > 0.001
            && feet <= h as f32;
        let (width, height) = within(w, h, if stands { CANVAS_PIXELS.0 } else { CANVAS_PIXELS.1 });
        let k = width as f32 / w as f32;
        let (metre, feet) = (metre * k, feet * k);
        let long = width.max(height) as f32;
        // The camera is at chest height for the whole figure, at chin height for a portrait.
        let d = dice(9, seed);
        let turned = seed != 0;
        let eye = if stands { 1.30 } else { 1.42 } + if turned { 0.16 * (d(1) - 0.5) } else { 0.0 };
        let focal = LENS * long;
        let person = (parse.person.left + parse.person.right) as f32 * 0.5 * k;
        // The vanishing point lies on the side of the person with more room, which shows more of the place;
        // some seeds choose the other side.
        let side = if (person > width as f32 * 0.5) != (turned && d(2) < 0.45) { -1.0 } else { 1.0 };
        Self {
            width,
            height,
            horizon: feet - eye * metre,
            feet,
            metre,
            focal,
            distance: focal / metre,
            eye,
            centre: width as f32 * (0.5 + side * (0.10 + 0.10 * d(0))),
            person,
            blur: (0.5 * OPENING * metre).clamp(0.0145 * long, 0.032 * long),
            stands,
            light: light_side(picture, parse),
        }
    }

    /// Column and row of a point: metres to the right of the camera, above the ground, in depth.
    pub(super) fn at(&self, x: f32, y: f32, z: f32) -> (f32, f32) {
        let k = self.focal / z.max(0.2);
        (self.centre + x * k, self.horizon + (self.eye - y) * k)
    }

    /// Direction through a pixel per metre of depth: right and down.
    pub(super) fn ray(&self, x: f32, y: f32) -> (f32, f32) {
        ((x - self.centre) / self.focal, (y - self.horizon) / self.focal)
    }

    /// Radius of the disc (circle of confusion) of a point at a depth; thin lens, focused on the person.
    pub(super) fn radius(&self, depth: f32) -> f32 {
        (self.blur * (1.0 - self.distance / depth).abs()).min(1.3 * self.blur)
    }

    /// Metres to the right of the camera at which the person stands.
    pub(super) fn stand(&self) -> f32 {
        (self.person - self.centre) / self.metre
    }
}

impl Shot {
    /// Blur of the ground at a row, in pixels of the canvas.
    pub(super) fn radius_on_ground(&self, y: f32) -> f32 {
        self.blur * (1.0 - (y - self.horizon) / (self.feet - self.horizon)).abs()
    }

    /// 1 on rows that show ground near the person.
    pub(super) fn is_ground(&self, y: f32) -> f32 {
        smoothstep(self.horizon, self.horizon + 0.3 * self.metre, y)
    }
}

/// Pixels of the photo per metre of the body, and the row of the ground under the feet.
fn scale_and_feet(parse: &Parse, height: f32) -> (f32, f32) {
    use Joint as J;
    let row = |joints: [Joint; 2]| {
        let found: Vec<f32> = joints.iter().filter_map(|&j| parse.sure_joint(j)).map(|p| p.1).collect();
        (!found.is_empty()).then(|| found.iter().sum::<f32>() / found.len() as f32)
    };
    // Heights above the ground of a standing adult of 1.70 m.
    let marks = [
        (row([J::Nose, J::Nose]), 1.56),
        (row([J::LeftShoulder, J::RightShoulder]), 1.39),
        (row([J::LeftHip, J::RightHip]), 0.88),
        (row([J::LeftKnee, J::RightKnee]), 0.47),
        (row([J::LeftAnkle, J::RightAnkle]), 0.09),
    ];
    let found: Vec<(f32, f32)> = marks.iter().filter_map(|&(y, m)| y.map(|y| (y, m))).collect();
    let bottom = parse.person.bottom as f32;
    let tall = parse.person.height() as f32;
    let whole = bottom < height * 0.985;
    let guess = if whole { tall / 1.72 } else { parse.person.width() as f32 / 0.62 };
    let (Some(&(high, up)), Some(&(low, down))) = (found.first(), found.last()) else {
        return (guess, if whole { bottom } else { bottom + guess });
    };
    // The height of the head alone is unreliable when the camera looks down on it.
    let scale = if up - down > 0.1 { (low - high) / (up - down) } else { guess };
    let scale = scale.clamp(0.45 * guess, 2.2 * guess).max(height * 0.12);
    let ground = low + down * scale;
    if whole {
        (scale, bottom.max(ground.min(bottom + 0.05 * tall)))
    } else {
        (scale, ground.max(height * 1.02))
    }
}

/// Which half of the face, or else of the clothes, is brighter: -1 left, 1 right.
fn light_side(picture: &RgbImage, parse: &Parse) -> f32 {
    let labels = parse.labels.as_raw();
    let raw = picture.as_raw();
    let w = picture.width() as usize;
    let person = parse.person;
    let middle = parse.sure_joint(Joint::Nose).map_or((person.left + person.right) as f32 / 2.0, |p| p.0);
    let head = person.top + (person.height() as f32 * 0.22).min(person.width() as f32) as u32;
    let mut sides = [Vec::new(), Vec::new()];
    let step = (person.width() as usize / 160).max(1);
    for y in (person.top..head.min(person.bottom)).step_by(step) {
        for x in (person.left..person.right).step_by(step) {
            let i = y as usize * w + x as usize;
            if Label::Skin.is(labels[i]) {
                let p = &raw[i * 3..i * 3 + 3];
                let light = 0.3 * f32::from(p[0]) + 0.6 * f32::from(p[1]) + 0.1 * f32::from(p[2]);
                sides[usize::from(x as f32 > middle)].push(light);
            }
        }
    }
    if sides.iter().any(|s| s.len() < 30) {
        return 0.0;
    }
    let [left, right] = sides.map(|mut s| quantile(&mut s, 0.5));
    (2.2 * (right - left) / (left + right).max(1.0)).clamp(-1.0, 1.0)
}
