//! Photo + style -> look: runs the stations in order, and makes the report.

use std::borrow::Cow;

use drape_core::colour::{Lab, Oklab};
use drape_core::engine_id::EngineId;
use drape_core::language::Language;
use drape_core::photo::Photo;
use drape_core::report::{Measured, Outcome, Reason, Report, Retouched};
use drape_core::style::{Colour, ColourName, Slot, Style};

use crate::error::EngineError;
use crate::garment;
use crate::garment::body::Body;
use crate::garment::finish::SewnPiece;
use crate::garment::order::Order;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::parse::network::Networks;
use crate::parse::read;
use crate::plan::task::Task;
use crate::plan::{Plan, plan};
use crate::quality::suitable;
use crate::raster::plane::{Plane, quantile};
use crate::raster::srgb::Encoder;
use crate::raster::window::Window;
use crate::raster::zoom::Zoom;
use crate::recolour::cloth::Cloth;
use crate::recolour::frame::Frame;
use crate::recolour::mask::mask;
use crate::recolour::paint::{Brush, Laid, exposure, paint};
use crate::recolour::variation::Variation;
use crate::scene::{self, place::Wish};

/// Name of this engine in reports.
pub const ENGINE: &str = EngineId::Retouch.id();

/// The engine with its weights loaded; make one and share it.
pub struct Engine {
    networks: Networks,
}

/// Options beside photo and style.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// 0 paints the wish exactly; every other seed varies what the sentence leaves open.
    pub seed: u64,
}

/// One finished picture.
#[derive(Debug, Clone)]
pub struct Look {
    /// The photo with other clothes: same size, same colour profile.
    pub picture: Photo,
    /// The reading, the outcome of every wish, and measurements.
    pub report: Report,
}

/// A step of the work, for progress lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Labelling the photo.
    Parse,
    /// Painting garment `n` of `of` (from 1).
    Paint {
        /// Number of the garment.
        n: usize,
        /// How many there are.
        of: usize,
    },
    /// Changing the place.
    Scene,
}

impl Step {
    /// The step in words.
    pub fn message(self, language: Language) -> String {
        match self {
            Self::Parse => language.pick("사진 읽는 중".to_owned(), "reading the photo".to_owned()),
            Self::Paint { n, of } => {
                language.pick(format!("옷 바꾸는 중 {n}/{of}"), format!("changing garment {n} of {of}"))
            }
            Self::Scene => language.pick("배경 바꾸는 중".to_owned(), "changing the background".to_owned()),
        }
    }
}

impl Engine {
    /// Loads the embedded weights.
    ///
    /// # Errors
    /// [`EngineError::Failed`] if the embedded weights cannot be read, which only a broken build can cause.
    pub fn load() -> Result<Self, EngineError> {
        let networks = Networks::load().map_err(|e| EngineError::Failed(format!("parser weights: {e}")))?;
        Ok(Self { networks })
    }

    /// Labels every pixel of a photo and finds the joints; does not fail if there is no person.
    ///
    /// # Errors
    /// [`EngineError::Failed`] only.
    pub fn parse(&self, photo: &Photo) -> Result<Parse, EngineError> {
        read::parse(&self.networks, photo)
    }

    /// Paints the style onto the clothes of the person in the photo.
    ///
    /// `progress` is told each step before it begins; when it answers `false`, the work stops.
    /// The same photo, style and seed give the same pixels.
    ///
    /// # Errors
    /// [`EngineError::NoPerson`] and [`EngineError::NoClothes`] for photos that cannot be styled,
    /// [`EngineError::Cancelled`] when `progress` says so.
    pub fn style(
        &self,
        photo: &Photo,
        style: &Style,
        options: Options,
        progress: &mut dyn FnMut(Step) -> bool,
    ) -> Result<Look, EngineError> {
        if !progress(Step::Parse) {
            return Err(EngineError::Cancelled);
        }
        let parse = self.parse(photo)?;
        self.style_parsed(photo, &parse, style, options, progress)
    }

    /// [`Engine::style`] for a photo that is already parsed; variations share one parse.
    ///
    /// # Errors
    /// As [`Engine::style`].
    pub fn style_parsed(
        &self,
        photo: &Photo,
        parse: &Parse,
        style: &Style,
        options: Options,
        progress: &mut dyn FnMut(Step) -> bool,
    ) -> Result<Look, EngineError> {
        suitable(parse)?;
        let mut stages = parse.stages.clone();
        let body = Body::of(parse);
        let Plan { mut tasks, mut reports, scene } = stages.timed("plan", || plan(style, parse, &body));
        // Paint from the innermost garment outwards, so that a coat's edge lies over the shirt's.
        tasks.sort_by_key(|t| match t.slot {
            Slot::Trousers | Slot::Skirt | Slot::Dress => 0,
            Slot::Legwear | Slot::Footwear => 1,
            Slot::Upper => 2,
            Slot::Outer => 3,
            Slot::Accessory => 4,
        });
        // The parse is updated as garments of new shapes change the picture.
        let mut parse = Cow::Borrowed(parse);
        let mut picture = photo.clone();
        let encoder = Encoder::new();
        let light = exposure(&photo.pixels);
        let variation = Variation::of(options.seed);
        let brush = Brush { exposure: light, variation, encoder: &encoder };
        let whole = Zoom::none((photo.pixels.width() as usize, photo.pixels.height() as usize));
        for task in tasks.iter_mut().filter(|t| t.dye.material.is_none() && variation.taste > 0) {
            let fabrics = style.garments[task.report].kind.facts().materials;
            task.dye.material = fabrics.get(variation.taste as usize % fabrics.len().max(1)).copied();
        }
        let of = tasks.len();
        let (width, height) = parse.working_size();
        let mut taken = Plane::filled(width, height, 0.0);
        for (n, task) in tasks.iter().enumerate() {
            if !progress(Step::Paint { n: n + 1, of }) {
                return Err(EngineError::Cancelled);
            }
            if let (Some(shape), Ok(body)) = (&task.shape, &body) {
                let mut order = Order {
                    picture: &mut picture.pixels,
                    photo: (n > 0).then_some(&photo.pixels),
                    parse: &parse,
                    body,
                    dye: &task.dye,
                    encoder: &encoder,
                    variation,
                    changes: Vec::new(),
                };
                if let Some(made) = stages.timed("sew", || garment::make(&mut order, photo, shape)) {
                    let keeps = |x: usize, y: usize| {
                        let label = parse.labels.as_raw()[y * parse.labels.width() as usize + x];
                        body.keeps(label, (x as f32 + 0.5, y as f32 + 0.5))
                    };
                    let keeps: Option<&(dyn Fn(usize, usize) -> bool + Sync)> =
                        if made.zoom.is_none() { None } else { Some(&keeps) };
                    let laid = Laid { zoom: made.zoom, below: made.below.as_ref(), keeps };
                    for SewnPiece { cloth, dye, wish } in &made.pieces {
                        let frame = frame_of(&parse, task, made.zoom.window(cloth.window()));
                        stages.timed("paint", || {
                            paint(&mut picture.pixels, cloth, &laid, dye, &frame, brush);
                        });
                        // A garment's pieces include buttons and linings; report the colour of the largest
                        // piece.
                        let of = &mut reports[wish.unwrap_or(task.report)].measured;
                        let seen = measure(&picture, cloth, made.zoom);
                        if of.as_ref().is_none_or(|m| m.share < seen.share) {
                            *of = Some(seen);
                        }
                    }
                    // Update the parse only for a later garment or a new place: nothing else reads it.
                    if n + 1 < of || scene.is_some() {
                        stages.timed("tell", || made.tell(parse.to_mut(), body, Label::of(task.slot)));
                    }
                    continue;
                }
                reports[task.report].reasons.clone_from(&task.otherwise);
                reports[task.report].outcome = Outcome::Approximated;
                if task.unnamed {
                    reports[task.report].confidence = None;
                    reports[task.report].preview = false;
                    continue;
                }
            }
            let cut = stages.timed("cut", || {
                let mask = mask(&parse, task.slot, &task.area);
                Cloth::cut(photo, &parse, mask, task.slot == Slot::Footwear, &mut taken)
            });
            let Some(cloth) = cut else {
                let report = &mut reports[task.report];
                report.outcome = Outcome::NotPossible;
                report.reasons = vec![Reason::NotVisible];
                report.confidence = None;
                continue;
            };
            let frame = frame_of(&parse, task, cloth.window());
            let laid = Laid { zoom: whole, below: None, keeps: None };
            stages.timed("paint", || paint(&mut picture.pixels, &cloth, &laid, &task.dye, &frame, brush));
            reports[task.report].measured = Some(measure(&picture, &cloth, whole));
        }
        if let Some((kind, colour)) = scene {
            if !progress(Step::Scene) {
                return Err(EngineError::Cancelled);
            }
            stages.timed("scene", || {
                let wish = Wish { kind, colour, light, seed: variation.seed };
                scene::replace(&mut picture.pixels, &parse, &wish, &encoder);
            });
        }
        let report = Report {
            garments: reports,
            milliseconds: stages.sums(),
            retouched: Some(Retouched {
                parser_confidence: parse.person_confidence(),
                other_people: parse.others,
            }),
            ..Report::new(ENGINE, style, options.seed)
        };
        Ok(Look { picture, report })
    }
}

fn frame_of(parse: &Parse, task: &Task, window: Window) -> Frame {
    let Window { x, y, width, height } = window;
    Frame::of(parse, task.slot, (x as f32, y as f32, width as f32, height as f32))
}

/// The median colour over the sure pixels of a garment in the look. For a garment made on a reduced copy, the
/// look is sampled at the middle of each of the copy's pixels.
fn measure(picture: &Photo, cloth: &Cloth, zoom: Zoom) -> Measured {
    let (fw, fh) = picture.pixels.dimensions();
    let (kx, ky) = zoom.factor();
    let middle = |at: usize, k: f32| ((at as f32 + 0.5) * k) as u32;
    let mut channels = [Vec::new(), Vec::new(), Vec::new()];
    let mut pixels = 0_usize;
    for y in 0..cloth.alpha.height {
        for x in 0..cloth.alpha.width {
            if cloth.alpha.at(x, y) > 0.5 {
                pixels += 1;
                if (x + y) % 3 == 0 {
                    let p = picture.pixels.get_pixel(middle(x + cloth.x0, kx), middle(y + cloth.y0, ky));
                    let c = Oklab::from_srgb8(p.0);
                    channels[0].push(c.l);
                    channels[1].push(c.a);
                    channels[2].push(c.b);
                }
            }
        }
    }
    let [l, a, b] = channels.map(|mut c| quantile(&mut c, 0.5));
    let median = Oklab { l, a, b };
    Measured {
        name: nearest(median),
        hex: median.hex(),
        share: pixels as f32 * kx * ky / (fw as f32 * fh as f32),
    }
}

/// The named colour nearest to a colour, by CIEDE2000.
pub fn nearest(colour: Oklab) -> ColourName {
    let seen = Lab::from_srgb8(colour.to_srgb8());
    let distance =
        |name: &ColourName| seen.distance(Lab::from_srgb8(Colour::new(*name, None).oklab.to_srgb8()));
    let named = ColourName::ALL.iter().copied().filter(|n| *n != ColourName::Multicolour);
    named.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(ColourName::Grey)
}
