//! Decides which garments get a new shape instead of the worn one.

use drape_core::language::Language;
use drape_core::report::{Outcome, Reason, WishReport};
use drape_core::style::{Detail, Distinctness, Fit, Garment, GarmentKind, Over, Sleeves, Slot, Style};

use super::task::Task;
use super::twins::{SECOND_THOUGHT, leaning};
use crate::garment::body::Body;
use crate::garment::measures::{MOST_LENGTHENED, Under, lengthened, under, usual_hem};
use crate::garment::order::{Inner, Shape};
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::raster::plane::quantile;
use crate::recolour::dye::dye_of;
use crate::recolour::mask::Section;

/// Difference of hems, in centimetres, from which on the worn jacket cannot pass for the one asked for.
const LONGER: f32 = 12.0;

/// Share of jacket and top that a worn jacket has at least. Set by hand: less is a scarf, a shawl or an open
/// vest.
const JACKET: f32 = 0.45;
/// Share of the person below which a jacket counts as a mistake of the parser. Set by hand.
const NO_JACKET: f32 = 0.03;
/// Share of the person from which on a jacket counts as a coat, too long to draw a sweater over. Set by hand.
const LONG_JACKET: f32 = 0.42;
/// Confidence in the worn garment that a word without a cut needs to replace it. Set by hand.
const CERTAIN: f32 = 0.85;
/// Confidence in trousers that proves that no dress is worn. Set by hand.
const CLEAR: f32 = 0.75;
/// Share of the person that trousers cover at least to prove it. Set by hand: leggings below a dress show
/// less.
const MUCH: f32 = 0.12;
/// How many times larger than skirt and dress the trousers must be to prove it. Set by hand.
const FAR_MORE: f32 = 6.0;

/// The facts about photo and sentence that the decisions share.
struct Shaping<'a> {
    style: &'a Style,
    parse: &'a Parse,
    body: &'a Body,
    /// Whether a jacket is worn that can be recoloured. Scarves, shawls and open vests have the same label
    /// but cover little of the top.
    jacket: bool,
    no_outer: bool,
    long_outer: bool,
    /// Whether the sentence asks for a top that is painted.
    top: bool,
}

/// Gives the tasks that need one a new shape, with the garments seen in its opening.
pub(super) fn give(
    tasks: &mut Vec<Task>,
    reports: &mut [WishReport],
    style: &Style,
    parse: &Parse,
    body: &Body,
) {
    let share = |l: Label| parse.shares[l];
    let shaping = Shaping {
        style,
        parse,
        body,
        jacket: share(Label::Outer) > JACKET * (share(Label::Outer) + share(Label::Upper)),
        no_outer: share(Label::Outer) < NO_JACKET * parse.person_share(),
        long_outer: share(Label::Outer) > LONG_JACKET * parse.person_share(),
        top: tasks.iter().any(|t| t.slot == Slot::Upper),
    };
    let mut seen_within = Vec::new();
    // Jackets first: garments that are seen in their openings get no shape of their own.
    tasks.sort_by_key(|t| t.slot != Slot::Outer);
    for task in tasks.iter_mut() {
        if seen_within.contains(&task.report) {
            continue;
        }
        let garment = &style.garments[task.report];
        let report = &mut reports[task.report];
        if !shaping.wanted(task) || !is_drawn(garment.kind) {
            let worn = worn(task);
            if worn == Label::Outer && shaping.another(garment, worn) {
                let kept = Reason::WornShapeKept { worn: Slot::Outer };
                if !report.reasons.contains(&kept) {
                    report.reasons.push(kept);
                }
                report.outcome = Outcome::Approximated;
            }
            continue;
        }
        task.otherwise = report.reasons.iter().cloned().chain([Reason::CannotReshape]).collect();
        report.reasons.retain(|r| {
            !matches!(r, Reason::WornShapeKept { .. } | Reason::CutKept { .. } | Reason::NothingToChange)
        });
        let unmade = unmade_words(garment, style.language);
        if !unmade.is_empty() {
            report.reasons.push(Reason::CutKept { asked: unmade });
        }
        let as_asked = report.reasons.iter().all(|r| *r == Reason::LowConfidence);
        report.outcome = if as_asked { Outcome::Done } else { Outcome::Approximated };
        report.reasons.push(Reason::Drawn);
        report.doubt(task.confidence.min(body.certainty(garment.slot)));
        let shape = shaping.shape(garment);
        for i in shape.shirt.iter().chain(&shape.tie).map(|inner| inner.wish) {
            reports[i].outcome = Outcome::Done;
            reports[i].reasons = vec![Reason::Drawn];
            seen_within.push(i);
        }
        task.shape = Some(shape);
    }
    // A top below a jacket that keeps the worn shape would be hidden.
    let kept = |t: &&Task| t.slot == Slot::Outer && t.shape.is_none() && !t.unnamed;
    let jacket = tasks.iter().find(kept).map(|t| t.area.labels.clone());
    for task in tasks.iter().filter(|t| t.slot == Slot::Upper && jacket.as_ref() == Some(&t.area.labels)) {
        reports[task.report] = WishReport {
            outcome: Outcome::NotPossible,
            reasons: vec![Reason::Hidden],
            confidence: None,
            preview: false,
            ..reports[task.report].clone()
        };
        seen_within.push(task.report);
    }
    // Garments drawn in a jacket's opening are not painted again.
    tasks.retain(|t| !seen_within.contains(&t.report));
}

/// The first label of the worn garment at a task's place.
fn worn(task: &Task) -> Label {
    task.area.labels.first().copied().unwrap_or(Label::Background)
}

impl Shaping<'_> {
    /// Whether the garment differs so much from the worn one that recolouring is not enough.
    fn wanted(&self, task: &Task) -> bool {
        let Self { parse, body, .. } = *self;
        let garment = &self.style.garments[task.report];
        let worn = worn(task);
        // If the parser's second choice for the worn garment is the wanted one, it may already be worn.
        let sure = |wanted: Label| {
            let doubt = leaning(parse, worn, wanted);
            // A word like "jacket" asks for no cut, so draw a new one only if the worn garment is certainly
            // of another kind.
            if says_no_cut(garment) {
                doubt < SECOND_THOUGHT / 3.0 && parse.confidence[worn] > CERTAIN
            } else {
                garment.kind.facts().cut == Distinctness::Rare || doubt < SECOND_THOUGHT
            }
        };
        match garment.slot {
            // A worn jacket that can pass for the wanted one keeps its own folds.
            Slot::Outer if worn == Label::Outer => {
                let hem = hem_below(garment, worn, parse, body);
                // A much longer worn jacket would show below the new one.
                let facts = garment.kind.facts();
                let covered = hem.0 > -MOST_LENGTHENED || facts.over == Over::AnyJacket;
                !self.jacket || longer(garment, hem) || facts.cut == Distinctness::Rare && covered
            }
            // A top whose hem is far above the coat's cannot be the coat, however unsure the parser is of its
            // label.
            Slot::Outer => {
                sure(Label::Outer)
                    || worn == Label::Upper && longer(garment, hem_below(garment, worn, parse, body))
            }
            Slot::Upper if plain_top(garment) => false,
            // Under a jacket the worn top is good enough if it keeps its colour.
            Slot::Upper if task.unnamed && self.style.garments.iter().any(|g| g.slot == Slot::Outer) => false,
            Slot::Upper if short_sleeved(garment) => {
                worn == Label::Upper && self.no_outer && long_sleeves(parse, body)
            }
            Slot::Upper => {
                // The upper half of a dress counts as a top.
                let top =
                    worn == Label::Upper || worn == Label::Dress && task.area.section == Section::AboveWaist;
                top && (self.no_outer || self.over_outer(garment))
            }
            // Trousers prove that no dress is worn; a blouse may be the upper half of one.
            Slot::Dress if worn != Label::Dress && trousers(parse) => true,
            Slot::Dress => worn != Label::Dress && sure(Label::Dress),
            Slot::Skirt => other_cut(garment) || worn != Label::Skirt && sure(Label::Skirt),
            Slot::Trousers => other_cut(garment) || worn != Label::Trousers && sure(Label::Trousers),
            // Accessories without labels are added to the picture.
            Slot::Accessory => task.area.labels.is_empty(),
            _ => false,
        }
    }

    /// Whether the garment can be drawn over a worn jacket.
    fn over_outer(&self, garment: &Garment) -> bool {
        garment.slot == Slot::Outer || garment.kind.facts().over >= Over::Jacket && !self.long_outer
    }

    /// Whether a jacket that keeps the worn one's shape clearly differs from the one asked for, so that the
    /// report must say so: its kind has a cut of its own, or its hem ends well above or below the worn one.
    /// The parser does not tell kinds of jackets apart, but it does show the hem.
    fn another(&self, garment: &Garment, worn: Label) -> bool {
        let hem = hem_below(garment, worn, self.parse, self.body);
        let own_cut = matches!(garment.kind.facts().cut, Distinctness::Own | Distinctness::Rare);
        let shorter = garment.kind != GarmentKind::Jacket && hem.0 < -LONGER;
        own_cut || shorter || longer(garment, hem)
    }

    fn shape(&self, garment: &Garment) -> Shape {
        let garments = &self.style.garments;
        let outer = garment.slot == Slot::Outer;
        let mut shape = Shape {
            garment: garment.clone(),
            shirt: None,
            tie: None,
            open: outer && under(garment.kind) == Under::Fronts && self.top,
            over_outer: self.over_outer(garment),
            with_chima: garments.iter().any(|g| g.kind == GarmentKind::Chima),
        };
        // Lapels leave a shirt visible, and a tie on it. Without a shirt in the sentence, the tie is drawn
        // onto the worn one as a garment of its own.
        if outer && under(garment.kind) == Under::Lapels {
            let within = |wanted: fn(&Garment) -> bool| {
                let found = garments.iter().position(wanted)?;
                Some(Inner { kind: garments[found].kind, dye: dye_of(&garments[found])?, wish: found })
            };
            shape.shirt = within(|g| g.slot == Slot::Upper && g.kind != GarmentKind::TankTop);
            let tie = || within(|g| matches!(g.kind, GarmentKind::Tie | GarmentKind::BowTie));
            shape.tie = shape.shirt.as_ref().and_then(|_| tie());
        }
        shape
    }
}

/// Whether a kind has a pattern to be drawn from.
pub(super) fn is_drawn(kind: GarmentKind) -> bool {
    kind.facts().sewn_as.is_some()
}

/// Whether the words name no cut, so that any garment of the place will do.
fn says_no_cut(garment: &Garment) -> bool {
    let open = garment.kind.facts().cut == Distinctness::Open;
    open && garment.length.is_none() && garment.fit.is_none() && garment.details.is_empty()
}

/// Whether the words leave a top's cut open, so that the worn one will do. Its length and fit show little.
fn plain_top(garment: &Garment) -> bool {
    let open = garment.kind.facts().cut == Distinctness::Open;
    open && garment.sleeves.is_none() && garment.details.is_empty()
}

/// Whether a top with short sleeves is asked for.
fn short_sleeved(garment: &Garment) -> bool {
    matches!(garment.sleeves.or_else(|| garment.kind.usual_sleeves()), Some(Sleeves::Short | Sleeves::Half))
}

/// Whether the forearms are clothed in the photo.
fn long_sleeves(parse: &Parse, body: &Body) -> bool {
    let (w, h) = (parse.labels.width() as f32, parse.labels.height() as f32);
    let mut clothed = 0;
    let mut seen = 0;
    for (elbow, wrist) in body.arms.iter().filter_map(|a| a.middle.zip(a.end)) {
        for k in 1..6 {
            let t = k as f32 / 7.0;
            let (x, y) = (elbow.0 + (wrist.0 - elbow.0) * t, elbow.1 + (wrist.1 - elbow.1) * t);
            if x >= 0.0 && y >= 0.0 && x < w && y < h {
                let label = parse.labels.get_pixel(x as u32, y as u32).0[0];
                seen += 1;
                clothed += u32::from([Label::Upper, Label::Outer, Label::Dress].iter().any(|l| l.is(label)));
            }
        }
    }
    seen > 3 && clothed * 2 > seen
}

/// Whether trousers are worn below the waist, beyond doubt.
fn trousers(parse: &Parse) -> bool {
    let share = |l: Label| parse.shares[l];
    let doubt = leaning(parse, Label::Trousers, Label::Skirt) + leaning(parse, Label::Trousers, Label::Dress);
    share(Label::Trousers) > MUCH * parse.person_share()
        && share(Label::Trousers) > FAR_MORE * (share(Label::Skirt) + share(Label::Dress))
        && parse.confidence[Label::Trousers] > CLEAR
        && doubt < SECOND_THOUGHT
}

/// How far down a worn garment reaches, in cm below the pit of the neck, and whether the photo cuts it off.
fn reach(worn: Label, parse: &Parse, body: &Body) -> (f32, bool) {
    let (width, height) = parse.labels.dimensions();
    let step = 4;
    let is_worn = |x: u32, y: u32| worn.is(parse.labels.get_pixel(x, y).0[0]);
    let last = (0..width).filter(|&x| is_worn(x, height.saturating_sub(2))).count();
    let mut rows: Vec<f32> = (0..height)
        .step_by(step)
        .flat_map(|y| (0..width).step_by(step).map(move |x| (x, y)))
        .filter(|&(x, y)| is_worn(x, y))
        .map(|(x, y)| body.uv(x as f32, y as f32).1)
        .collect();
    (quantile(&mut rows, 0.97), last as f32 >= 2.0 * body.scale)
}

/// How far a jacket's usual hem lies below the worn garment's, in cm, and whether the photo cuts the worn
/// garment off.
fn hem_below(garment: &Garment, worn: Label, parse: &Parse, body: &Body) -> (f32, bool) {
    let (reach, cut_off) = reach(worn, parse, body);
    (usual_hem(garment.kind, body.hip) + lengthened(garment) - reach, cut_off)
}

/// Whether a jacket ends so far below the worn garment that it covers it and the worn one cannot pass for it.
/// Never for the word "jacket", which names no length.
fn longer(garment: &Garment, (below, cut_off): (f32, bool)) -> bool {
    garment.kind != GarmentKind::Jacket && below > LONGER && !cut_off
}

/// Whether the words name a cut that the worn garment may not have.
fn other_cut(garment: &Garment) -> bool {
    let wide = matches!(garment.fit, Some(Fit::Wide | Fit::Oversized | Fit::Bootcut));
    wide || garment.kind.facts().cut == Distinctness::Rare || garment.length.is_some()
}

/// The words for details that no pattern has.
fn unmade_words(garment: &Garment, language: Language) -> String {
    let sleeves = garment.sleeves.filter(|s| matches!(s, Sleeves::Puff | Sleeves::Rolled));
    let details = garment.details.iter().filter(|d| {
        matches!(d, Detail::Ripped | Detail::OffShoulder | Detail::HighWaist | Detail::ButtonDown)
    });
    let words: Vec<&str> =
        sleeves.map(|s| s.name(language)).into_iter().chain(details.map(|d| d.name(language))).collect();
    words.join(", ")
}
