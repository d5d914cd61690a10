//! Plan: what the sentence asks for against what the photo shows.
//!
//! Every garment of the style ends in exactly one [`GarmentReport`]: done, approximated or not
//! possible, with the reasons. Nothing is skipped silently.

use drape_core::colour::Oklab;
use drape_core::language::Language;
use drape_core::style::{Detail, Fit, Garment, GarmentKind, Part, SceneKind, Sleeves, Slot, Style};

use crate::dye::{Dye, dye_of, dye_unnamed};
use crate::garment::{
    MOST_LENGTHENED, Shape, Under, body::Body, body::Unfit, has_pattern, lengthened, under, usual_hem,
};
use crate::parse::{Joint, Label, Parse};
use crate::plane::quantile;
use crate::report::{GarmentReport, Outcome, Reason, other_wishes};
use crate::style::label_of;

/// Which part of the labelled area is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Whole,
    AboveWaist,
    BelowWaist,
}

/// One garment to paint.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// Index into [`Plan::reports`].
    pub(crate) report: usize,
    pub(crate) labels: Vec<Label>,
    pub(crate) section: Section,
    /// For accessories: only components whose centre lies here (fractions of the person's height
    /// from its top, and of the photo's width).
    pub(crate) place: Option<(f32, f32)>,
    pub(crate) slot: Slot,
    pub(crate) dye: Dye,
    /// Whether the sentence says nothing of its colour, pattern or material: only a new shape is a change.
    pub(crate) unnamed: bool,
    /// How sure the parser is of what is worn there, 0..=1.
    confidence: f32,
    /// The new shape; none keeps the worn one.
    pub(crate) shape: Option<Shape>,
}

/// What to do, and what to say about it.
pub(crate) struct Plan {
    pub(crate) tasks: Vec<Task>,
    pub(crate) reports: Vec<GarmentReport>,
    pub(crate) scene: Option<(SceneKind, Option<Oklab>)>,
}

/// From here on another label is the parser's second thought about a garment (see [`leaning`]).
const SECOND_THOUGHT: f32 = 0.15;

/// From so many centimetres on, a jacket with another hem is another jacket.
const LONGER: f32 = 12.0;

/// What the photo shows of each garment.
struct Worn<'a> {
    parse: &'a Parse,
    taken: Vec<(Label, Section)>,
}

impl Worn<'_> {
    /// Whether enough of a label is visible to work on.
    fn has(&self, label: Label) -> bool {
        let least = match label {
            Label::Footwear | Label::Legwear => 0.004,
            _ => 0.02,
        };
        let person = self.parse.person_share().max(1e-6);
        self.parse.shares[label as usize] / person >= least && self.parse.confidence[label as usize] >= 0.3
    }

    fn free(&self, label: Label, section: Section) -> bool {
        !self
            .taken
            .iter()
            .any(|&(l, s)| l == label && (s == section || s == Section::Whole || section == Section::Whole))
    }

    fn available(&self, label: Label, section: Section) -> bool {
        self.has(label) && self.free(label, section)
    }

    /// One dark jacket that the parser takes for jacket here and shirt there: what it calls a
    /// shirt has the jacket's colour, and it is sure of neither.
    fn torn(&self) -> bool {
        let (outer, upper) = (Label::Outer, Label::Upper);
        let unsure = self.parse.confidence[outer as usize].min(self.parse.confidence[upper as usize]) < 0.66;
        self.has(outer) && unsure && self.parse.tone(outer).distance(self.parse.tone(upper)) < 5.0
    }
}

/// Where a garment goes.
struct Place {
    labels: Vec<Label>,
    section: Section,
    reasons: Vec<Reason>,
}

/// Matches every wish to the photo.
pub(crate) fn plan(style: &Style, parse: &Parse, body: &Result<Body, Unfit>) -> Plan {
    let language = style.language;
    let mut worn = Worn { parse, taken: Vec::new() };
    let mut reports: Vec<GarmentReport> = style.garments.iter().map(|g| report_of(g, language)).collect();
    let mut tasks = Vec::new();
    let mut slots: Vec<Slot> = Vec::new();
    let asks = |slot: Slot| style.garments.iter().any(|g| g.slot == slot);

    // What the photo shows for certain is given out before anything has to make do.
    let order = |g: &Garment| match g.slot {
        Slot::Dress => 0,
        Slot::Outer => 1,
        Slot::Upper => 2,
        _ => 3,
    };
    let mut indices: Vec<usize> = (0..style.garments.len()).collect();
    // A jacket that can be drawn over a shirt goes before it, even if only a style word asks for it.
    let drawn = |g: &Garment| body.is_ok() && g.slot == Slot::Outer && has_pattern(g.kind);
    let after = |g: &Garment| g.expanded.is_some() && !drawn(g);
    indices.sort_by_key(|&i| (after(&style.garments[i]), order(&style.garments[i])));
    for i in indices {
        let garment = &style.garments[i];
        let report = &mut reports[i];
        if style.keep.iter().any(|part| part.covers(garment.kind)) {
            report.reasons.push(Reason::NothingToChange);
            continue;
        }
        if garment.slot != Slot::Accessory && slots.contains(&garment.slot) {
            report.outcome = Outcome::NotPossible;
            report.reasons.push(Reason::PlaceTaken);
            continue;
        }
        let place = if garment.slot == Slot::Accessory {
            let added = || {
                let place = Place { labels: Vec::new(), section: Section::Whole, reasons: Vec::new() };
                (body.is_ok() && has_pattern(garment.kind)).then_some(place)
            };
            // What can be drawn is not looked for among glasses, hats and necklaces.
            added().or_else(|| accessory_place(garment.kind, parse)).ok_or(Reason::CannotAdd)
        } else {
            let below =
                || below_a_jacket(&tasks, style).filter(|_| body.is_ok() && garment.slot == Slot::Upper);
            below().map_or_else(|| place_of(garment, &worn, &asks), Ok)
        };
        let place = match place {
            Ok(place) => place,
            Err(reason) => {
                report.outcome = Outcome::NotPossible;
                report.reasons.push(reason);
                continue;
            }
        };
        slots.push(garment.slot);
        worn.taken.extend(place.labels.iter().map(|&l| (l, place.section)));
        report.reasons.extend(place.reasons);
        let cut = cut_words(garment, language);
        if !cut.is_empty() {
            report.reasons.push(Reason::CutKept { asked: cut });
        }
        let named = dye_of(garment);
        if named.is_none() {
            report.reasons.push(Reason::NothingToChange);
            report.outcome = if report.reasons.len() > 1 { Outcome::Approximated } else { Outcome::Done };
            if body.is_err() || !has_pattern(garment.kind) {
                continue;
            }
        }
        let unnamed = named.is_none();
        let dye = named.unwrap_or_else(|| {
            dye_unnamed(garment.kind, place.labels.first() == Some(&label_of(garment.slot)))
        });
        let pixels: f32 = place.labels.iter().map(|&l| parse.shares[l as usize]).sum();
        let sure: f32 =
            place.labels.iter().map(|&l| parse.shares[l as usize] * parse.confidence[l as usize]).sum();
        // What is added lies on the person as a whole.
        let confidence = if place.labels.is_empty() { 0.8 } else { sure / pixels.max(1e-6) };
        if !unnamed {
            report.doubt(confidence);
            report.outcome = if report.reasons.is_empty() { Outcome::Done } else { Outcome::Approximated };
        }
        let at = (garment.slot == Slot::Accessory).then(|| accessory_band(garment.kind)).flatten();
        tasks.push(Task {
            report: i,
            labels: place.labels,
            section: place.section,
            place: at,
            slot: garment.slot,
            dye,
            unnamed,
            confidence,
            shape: None,
        });
    }
    if let Ok(body) = body {
        give_shapes(&mut tasks, &mut reports, style, parse, body);
    }
    tasks.retain(|t| !t.unnamed || t.shape.is_some());
    add_unclaimed_twins(&mut tasks, parse, style);
    reports.extend(other_wishes(style, parse));
    let scene = style.scene.as_ref().map(|s| (s.kind, s.colour.as_ref().map(|c| c.oklab)));
    Plan { tasks, reports, scene }
}

/// Finds out which of the garments get a new shape, and what is seen in their openings.
fn give_shapes(
    tasks: &mut Vec<Task>,
    reports: &mut [GarmentReport],
    style: &Style,
    parse: &Parse,
    body: &Body,
) {
    let share = |l: Label| parse.shares[l as usize];
    // A scarf, an open vest or a shawl is no jacket to recolour.
    let tops = share(Label::Outer) + share(Label::Upper);
    let jacket = share(Label::Outer) > 0.45 * tops;
    let no_outer = share(Label::Outer) < 0.03 * parse.person_share();
    let long_outer = share(Label::Outer) > 0.42 * parse.person_share();
    let top = tasks.iter().any(|t| t.slot == Slot::Upper);
    let mut seen_within = Vec::new();
    // Jackets first: what is seen in them gets no shape of its own.
    tasks.sort_by_key(|t| t.slot != Slot::Outer);
    for task in tasks.iter_mut() {
        if seen_within.contains(&task.report) {
            continue;
        }
        let garment = &style.garments[task.report];
        let worn = task.labels.first().copied().unwrap_or(Label::Background);
        // Where the parser thinks twice, what is worn may well be what is asked for.
        let sure = |wanted: Label| {
            let doubt = leaning(parse, worn, wanted);
            // A word like "jacket" asks for no cut: only who surely wears something else gets one drawn.
            if says_no_cut(garment) {
                doubt < SECOND_THOUGHT / 3.0 && parse.confidence[worn as usize] > 0.85
            } else {
                never_worn(garment.kind) || doubt < SECOND_THOUGHT
            }
        };
        let over_outer = garment.slot == Slot::Outer || thick(garment.kind) && !long_outer;
        let other = match garment.slot {
            // A worn jacket keeps its own folds, where it can be the one that is asked for.
            Slot::Outer if worn == Label::Outer => {
                let hem = hem_below(garment, worn, parse, body);
                // A much longer one would look out below it.
                let covered = hem.0 > -MOST_LENGTHENED || over_all(garment.kind);
                !jacket || longer(garment, hem) || never_worn(garment.kind) && covered
            }
            // What ends so far above its hem is no coat, however unsure the parser is of it.
            Slot::Outer => {
                sure(Label::Outer)
                    || worn == Label::Upper && longer(garment, hem_below(garment, worn, parse, body))
            }
            Slot::Upper if plain_top(garment) => false,
            // Under a jacket the worn one will do, if it is to have no other colour.
            Slot::Upper if task.unnamed && style.garments.iter().any(|g| g.slot == Slot::Outer) => false,
            Slot::Upper if short_sleeved(garment) => {
                worn == Label::Upper && no_outer && long_sleeves(parse, body)
            }
            Slot::Upper => {
                // A dress's upper half is a top, too.
                let top = worn == Label::Upper || worn == Label::Dress && task.section == Section::AboveWaist;
                top && (no_outer || over_outer)
            }
            // Trousers are what tells: a blouse may always be a dress's upper half.
            Slot::Dress if worn != Label::Dress && trousers(parse) => true,
            Slot::Dress => worn != Label::Dress && sure(Label::Dress),
            Slot::Skirt => other_cut(garment) || worn != Label::Skirt && sure(Label::Skirt),
            Slot::Trousers => other_cut(garment) || worn != Label::Trousers && sure(Label::Trousers),
            // Added, not found in the photo.
            Slot::Accessory => task.labels.is_empty(),
            _ => false,
        };
        if !other || !has_pattern(garment.kind) {
            // Which kind of jacket is worn, nobody has found out, but its length is to be seen.
            let shorter = garment.kind != GarmentKind::Jacket
                && worn == Label::Outer
                && hem_below(garment, worn, parse, body).0 < -LONGER;
            if worn == Label::Outer && (shorter || one_of_a_kind(garment.kind)) {
                let report = &mut reports[task.report];
                report.reasons.push(Reason::WornShapeKept { worn });
                report.outcome = Outcome::Approximated;
            }
            continue;
        }
        let mut shape = Shape {
            garment: garment.clone(),
            shirt: None,
            tie: None,
            open: garment.slot == Slot::Outer && under(garment.kind) == Under::Fronts && top,
            over_outer,
            with_chima: style.garments.iter().any(|g| g.kind == GarmentKind::Chima),
            otherwise: reports[task.report].reasons.iter().cloned().chain([Reason::CannotReshape]).collect(),
        };
        // Seen in a jacket's opening: a shirt, and on a shirt of its own a tie. Without one the tie goes onto
        // the worn shirt, as a garment by itself.
        let jacket_over = garment.slot == Slot::Outer && under(garment.kind) == Under::Lapels;
        let shirt = |g: &Garment| g.slot == Slot::Upper && g.kind != GarmentKind::TankTop;
        let tie = |g: &Garment| matches!(g.kind, GarmentKind::Tie | GarmentKind::BowTie);
        let within = |wanted: &dyn Fn(&Garment) -> bool| {
            let found = style.garments.iter().position(wanted)?;
            Some((dye_of(&style.garments[found])?, found))
        };
        if jacket_over {
            shape.shirt = within(&shirt).map(|(d, i)| (d, i, style.garments[i].kind));
            shape.tie =
                shape.shirt.as_ref().and_then(|_| within(&tie)).map(|(d, i)| (d, i, style.garments[i].kind));
        }
        for i in [shape.shirt.as_ref().map(|s| s.1), shape.tie.as_ref().map(|t| t.1)].into_iter().flatten() {
            reports[i].outcome = Outcome::Done;
            reports[i].reasons = vec![Reason::Drawn];
            seen_within.push(i);
        }
        let report = &mut reports[task.report];
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
        task.shape = Some(shape);
    }
    // Where no jacket is drawn over it, the top has no place of its own.
    let jacket = tasks.iter().find(|t| t.slot == Slot::Outer && t.shape.is_none()).map(|t| t.labels.clone());
    for task in tasks.iter().filter(|t| t.slot == Slot::Upper && jacket.as_ref() == Some(&t.labels)) {
        reports[task.report] = GarmentReport {
            outcome: Outcome::NotPossible,
            reasons: vec![Reason::Hidden],
            confidence: None,
            preview: false,
            ..reports[task.report].clone()
        };
        seen_within.push(task.report);
    }
    // What is drawn in a jacket's opening is not painted a second time.
    tasks.retain(|t| !seen_within.contains(&t.report));
}

/// Where a top lies that is to be seen in a jacket drawn over it: where the jacket lies.
fn below_a_jacket(tasks: &[Task], style: &Style) -> Option<Place> {
    let jacket = tasks.iter().find(|t| t.slot == Slot::Outer)?;
    let opens = under(style.garments[jacket.report].kind) == Under::Fronts;
    let reasons = match jacket.labels.first()? {
        Label::Upper => Vec::new(),
        Label::Dress if jacket.section == Section::AboveWaist => vec![Reason::DressDivided],
        _ => return None,
    };
    opens.then(|| Place { labels: jacket.labels.clone(), section: jacket.section, reasons })
}

/// Whether a word names a place on the body and hardly a cut.
fn says_no_cut(garment: &Garment) -> bool {
    use GarmentKind as K;
    let kind = matches!(garment.kind, K::Jacket | K::Coat | K::Trousers | K::Skirt | K::Dress);
    kind && garment.length.is_none() && garment.fit.is_none() && garment.details.is_empty()
}

/// Whether the words leave a top's cut open, so that the worn one will do.
fn plain_top(garment: &Garment) -> bool {
    use GarmentKind as K;
    let kind = matches!(garment.kind, K::Shirt | K::Blouse | K::Sweater | K::Knit | K::Top | K::Tunic);
    kind && garment.sleeves.is_none() && garment.details.is_empty()
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
                clothed +=
                    u32::from([Label::Upper, Label::Outer, Label::Dress].iter().any(|l| *l as u8 == label));
            }
        }
    }
    seen > 3 && clothed * 2 > seen
}

/// Whether a top is worn over everything else.
fn thick(kind: GarmentKind) -> bool {
    use GarmentKind as K;
    matches!(kind, K::Hoodie | K::Sweatshirt | K::Sweater | K::Knit)
}

/// Whether a worn jacket can hardly pass for this one: it has a cut of its own that few others have, and who
/// asks for it hardly wears it.
fn never_worn(kind: GarmentKind) -> bool {
    use GarmentKind as K;
    matches!(
        kind,
        K::Jeogori
            | K::Durumagi
            | K::PaddedJacket
            | K::LeatherJacket
            | K::DenimJacket
            | K::BomberJacket
            | K::VarsityJacket
            | K::Windbreaker
            | K::Anorak
            | K::FleeceJacket
            | K::Parka
            | K::Raincoat
            | K::Cardigan
    )
}

/// Whether it goes over a jacket of any length.
fn over_all(kind: GarmentKind) -> bool {
    matches!(kind, GarmentKind::Jeogori | GarmentKind::Durumagi)
}

/// Whether a kind of jacket has a cut of its own that others do not have.
fn one_of_a_kind(kind: GarmentKind) -> bool {
    never_worn(kind) || matches!(kind, GarmentKind::TrenchCoat | GarmentKind::Vest | GarmentKind::Waistcoat)
}

/// Whether what is worn below the waist is trousers, beyond doubt.
fn trousers(parse: &Parse) -> bool {
    let share = |l: Label| parse.shares[l as usize];
    let doubt = leaning(parse, Label::Trousers, Label::Skirt) + leaning(parse, Label::Trousers, Label::Dress);
    share(Label::Trousers) > 0.12 * parse.person_share()
        && share(Label::Trousers) > 6.0 * (share(Label::Skirt) + share(Label::Dress))
        && parse.confidence[Label::Trousers as usize] > 0.75
        && doubt < SECOND_THOUGHT
}

/// How far down a worn garment reaches, and whether the photo ends before it does; cm below the pit of the neck.
fn reach(worn: Label, parse: &Parse, body: &Body) -> (f32, bool) {
    let (width, height) = parse.labels.dimensions();
    let step = 4;
    let is_worn = |x: u32, y: u32| parse.labels.get_pixel(x, y).0[0] == worn as u8;
    let last = (0..width).filter(|&x| is_worn(x, height.saturating_sub(2))).count();
    let mut rows: Vec<f32> = (0..height)
        .step_by(step)
        .flat_map(|y| (0..width).step_by(step).map(move |x| (x, y)))
        .filter(|&(x, y)| is_worn(x, y))
        .map(|(x, y)| body.uv(x as f32, y as f32).1)
        .collect();
    (quantile(&mut rows, 0.97), last as f32 >= 2.0 * body.scale)
}

/// How far the hem of a jacket usually lies below that of what is worn, cm, and whether the photo ends before
/// the worn one does.
fn hem_below(garment: &Garment, worn: Label, parse: &Parse, body: &Body) -> (f32, bool) {
    let (reach, cut_off) = reach(worn, parse, body);
    (usual_hem(garment.kind, body.hip) + lengthened(garment) - reach, cut_off)
}

/// Whether a jacket is so much longer that it covers all of what is worn and cannot be it; not for the mere word
/// jacket.
fn longer(garment: &Garment, (below, cut_off): (f32, bool)) -> bool {
    garment.kind != GarmentKind::Jacket && below > LONGER && !cut_off
}

/// Whether a garment is asked for with a cut that the worn one of its place need not have.
fn other_cut(garment: &Garment) -> bool {
    use GarmentKind as K;
    let wide = matches!(garment.fit, Some(Fit::Wide | Fit::Oversized | Fit::Bootcut));
    let kind = matches!(
        garment.kind,
        K::WideTrousers
            | K::Culottes
            | K::Baji
            | K::Shorts
            | K::DenimShorts
            | K::MiniSkirt
            | K::TennisSkirt
            | K::PleatedSkirt
            | K::LongSkirt
            | K::Chima
    );
    wide || kind || garment.length.is_some()
}

fn report_of(garment: &Garment, language: Language) -> GarmentReport {
    GarmentReport {
        asked: garment.describe(language),
        kind: garment.kind.id(),
        expanded: garment.expanded.clone(),
        outcome: Outcome::Done,
        reasons: Vec::new(),
        confidence: None,
        preview: false,
        measured: None,
    }
}

/// Where a garment of a slot can be painted, or why nowhere.
fn place_of(garment: &Garment, worn: &Worn<'_>, asks: &impl Fn(Slot) -> bool) -> Result<Place, Reason> {
    use Section::{AboveWaist, BelowWaist, Whole};
    let own = |label: Label| Ok(Place { labels: vec![label], section: Whole, reasons: Vec::new() });
    let instead = |label: Label| {
        Ok(Place {
            labels: vec![label],
            section: Whole,
            reasons: vec![Reason::WornShapeKept { worn: label }],
        })
    };
    let half =
        |section| Ok(Place { labels: vec![Label::Dress], section, reasons: vec![Reason::DressDivided] });
    let can = |label, section| worn.available(label, section);
    // Somebody who asks for a shirt alone means what is worn, whatever the parser makes of it.
    let under_itself = asks(Slot::Outer) && worn.torn();
    let slot = garment.slot;
    match slot {
        Slot::Outer if can(Label::Outer, Whole) => own(Label::Outer),
        Slot::Outer if can(Label::Upper, Whole) && !under_itself => instead(Label::Upper),
        Slot::Outer if can(Label::Dress, AboveWaist) && !asks(Slot::Dress) => {
            // A coat covers a dress, a jacket its upper half; but what is called a dress may be a
            // coat to the parser's second thought.
            let long =
                is_long(garment.kind) || leaning(worn.parse, Label::Dress, Label::Outer) > SECOND_THOUGHT;
            let long = long && !asks(Slot::Trousers) && !asks(Slot::Skirt);
            if long { instead(Label::Dress) } else { half(AboveWaist) }
        }
        Slot::Outer => Err(Reason::NotVisible),
        Slot::Upper if can(Label::Upper, Whole) && !under_itself => own(Label::Upper),
        Slot::Upper if worn.has(Label::Upper) => Err(Reason::Hidden),
        Slot::Upper if can(Label::Dress, AboveWaist) && !asks(Slot::Dress) => half(AboveWaist),
        Slot::Upper if can(Label::Outer, Whole) && !asks(Slot::Outer) => instead(Label::Outer),
        Slot::Upper => Err(if asks(Slot::Outer) { Reason::Hidden } else { Reason::NotVisible }),
        Slot::Trousers | Slot::Skirt => {
            let (own_label, other) = match slot {
                Slot::Trousers => (Label::Trousers, Label::Skirt),
                _ => (Label::Skirt, Label::Trousers),
            };
            if can(own_label, Whole) {
                own(own_label)
            } else if can(other, Whole)
                && !asks(if slot == Slot::Trousers { Slot::Skirt } else { Slot::Trousers })
            {
                instead(other)
            } else if can(Label::Dress, BelowWaist) && !asks(Slot::Dress) {
                half(BelowWaist)
            } else if can(Label::Legwear, Whole) && slot == Slot::Trousers && !asks(Slot::Legwear) {
                instead(Label::Legwear)
            } else {
                Err(Reason::NotVisible)
            }
        }
        Slot::Dress if can(Label::Dress, Whole) => own(Label::Dress),
        Slot::Dress => {
            let parts: Vec<Label> = [Label::Upper, Label::Skirt, Label::Trousers]
                .into_iter()
                .filter(|&l| can(l, Whole))
                .collect();
            if parts.is_empty() {
                if can(Label::Outer, Whole) && !asks(Slot::Outer) {
                    instead(Label::Outer)
                } else {
                    Err(Reason::NotVisible)
                }
            } else {
                let reasons = parts.iter().map(|&worn| Reason::WornShapeKept { worn }).collect();
                Ok(Place { labels: parts, section: Whole, reasons })
            }
        }
        Slot::Footwear if can(Label::Footwear, Whole) => own(Label::Footwear),
        Slot::Legwear if can(Label::Legwear, Whole) => own(Label::Legwear),
        Slot::Footwear | Slot::Legwear | Slot::Accessory => Err(Reason::NotVisible),
    }
}

/// Whether an outer garment usually reaches well below the hips.
fn is_long(kind: GarmentKind) -> bool {
    use GarmentKind::{Cape, Coat, DuffleCoat, Durumagi, Overcoat, Parka, Raincoat, Robe, TrenchCoat};
    matches!(kind, Coat | TrenchCoat | Overcoat | DuffleCoat | Parka | Cape | Raincoat | Robe | Durumagi)
}

/// Where on the person an accessory sits: band of its centre in heights of the person from the top.
fn accessory_band(kind: GarmentKind) -> Option<(f32, f32)> {
    match kind {
        GarmentKind::Hat | GarmentKind::Cap | GarmentKind::Beanie | GarmentKind::Beret => Some((-0.1, 0.09)),
        GarmentKind::Scarf => Some((0.13, 0.32)),
        GarmentKind::Bag | GarmentKind::Backpack | GarmentKind::ToteBag | GarmentKind::Handbag => {
            Some((0.3, 0.85))
        }
        _ => None,
    }
}

/// Whether a thing (its extent in the working picture) sits where accessories of a band do. In a portrait
/// the band of a bag reaches over the face: what is worn below the head begins below the nose.
pub(crate) fn in_band(parse: &Parse, band: (f32, f32), extent: &crate::people::Extent) -> bool {
    let scale = parse.soft[0].height as f32 / parse.labels.height() as f32;
    let (top, tall) = (parse.person.top as f32 * scale, parse.person.height() as f32 * scale);
    let centre = (extent.y0 + extent.y1) as f32 / 2.0;
    let share = (centre - top) / tall;
    let nose = parse.joint(Joint::Nose, 0.3).map(|p| p.1 * scale);
    let beside_face =
        nose.is_some_and(|nose| if band.0 > 0.0 { (extent.y0 as f32) < nose } else { centre > nose });
    share >= band.0 && share < band.1 && !beside_face
}

fn accessory_place(kind: GarmentKind, parse: &Parse) -> Option<Place> {
    let band = accessory_band(kind)?;
    let (w, h) = (parse.soft[0].width, parse.soft[0].height);
    let accessory = &parse.soft[Label::Accessory as usize];
    let parts = crate::people::components(w, h, |i| accessory.data[i] > 0.5);
    let person = parse.person_share() * (w * h) as f32;
    let mut found = parts.sizes.iter().zip(&parts.bounds);
    let fits = found.any(|(&n, b)| n as f32 > person * 0.008 && in_band(parse, band, b));
    fits.then(|| Place {
        labels: vec![Label::Accessory],
        section: Section::Whole,
        reasons: vec![Reason::WornShapeKept { worn: Label::Accessory }],
    })
}

/// The words of the cut that this engine cannot make.
fn cut_words(garment: &Garment, language: Language) -> String {
    let mut words: Vec<&str> = Vec::new();
    words.extend(garment.length.map(|v| v.name(language)));
    words.extend(garment.sleeves.map(|v| v.name(language)));
    words.extend(garment.fit.map(|v| v.name(language)));
    words.extend(garment.details.iter().map(|v| v.name(language)));
    words.join(", ")
}

/// The words of the cut that no pattern has.
fn unmade_words(garment: &Garment, language: Language) -> String {
    let sleeves = garment.sleeves.filter(|s| matches!(s, Sleeves::Puff | Sleeves::Rolled));
    let details = garment.details.iter().filter(|d| {
        matches!(d, Detail::Ripped | Detail::OffShoulder | Detail::HighWaist | Detail::ButtonDown)
    });
    let words: Vec<&str> =
        sleeves.map(|s| s.name(language)).into_iter().chain(details.map(|d| d.name(language))).collect();
    words.join(", ")
}

/// The parser often cuts one garment in two (a coat's skirt read as a dress). A label that the
/// sentence does not speak of, of the same colour as its painted neighbour, which the parser takes
/// for that neighbour on second thought, is the same garment.
fn add_unclaimed_twins(tasks: &mut [Task], parse: &Parse, style: &Style) {
    const CONFUSED: [(Label, Label); 12] = [
        (Label::Outer, Label::Dress),
        (Label::Outer, Label::Upper),
        (Label::Upper, Label::Dress),
        (Label::Upper, Label::Outer),
        (Label::Dress, Label::Upper),
        (Label::Dress, Label::Outer),
        (Label::Dress, Label::Skirt),
        (Label::Skirt, Label::Dress),
        (Label::Skirt, Label::Trousers),
        (Label::Trousers, Label::Skirt),
        (Label::Trousers, Label::Legwear),
        (Label::Legwear, Label::Trousers),
    ];
    // What one garment takes is no other's: painted twice, a pixel loses its old colour twice.
    let mut claimed: Vec<Label> = tasks.iter().flat_map(|t| t.labels.clone()).collect();
    let lower_asked = tasks.iter().any(|t| matches!(t.slot, Slot::Skirt | Slot::Trousers));
    let upper_asked = tasks.iter().any(|t| matches!(t.slot, Slot::Upper | Slot::Outer));
    let dress_is_low = middle_row(parse, Label::Dress) > waist_row(parse);
    let kept = |label: Label| {
        style.keep.iter().any(|part| match part {
            Part::Slot(slot) => slot.id() == label.id(),
            Part::Kind(kind) => kind.slot().id() == label.id(),
        })
    };
    for task in tasks.iter_mut().filter(|t| t.section == Section::Whole && t.slot != Slot::Accessory) {
        for main in task.labels.clone() {
            for (_, twin) in CONFUSED.iter().filter(|(a, _)| *a == main) {
                let absent = parse.shares[*twin as usize] == 0.0;
                // Bits of a "dress" between a top and a skirt go to the one they lie on.
                let upper = matches!(task.slot, Slot::Upper | Slot::Outer);
                let elsewhere = *twin == Label::Dress
                    && if upper { lower_asked && dress_is_low } else { upper_asked && !dress_is_low };
                if absent || claimed.contains(twin) || kept(*twin) || elsewhere {
                    continue;
                }
                let colour = parse.tone(main).distance(parse.tone(*twin));
                // A shirt under a jacket is another garment far more often than a mistake.
                let under = main == Label::Outer && *twin == Label::Upper;
                let alike = colour < if under { 5.0 } else { 9.0 };
                if alike && leaning(parse, *twin, main) > SECOND_THOUGHT {
                    task.labels.push(*twin);
                    claimed.push(*twin);
                }
            }
        }
    }
}

/// How likely the pixels of a label are another one after all: its mean probability there.
fn leaning(parse: &Parse, label: Label, other: Label) -> f32 {
    let (own, other) = (&parse.soft[label as usize].data, &parse.soft[other as usize].data);
    let pixels = own.iter().zip(other).filter(|(own, other)| **own > 0.3 && own > other);
    let (n, sum) = pixels.fold((0.0_f32, 0.0), |(n, sum), (_, p)| (n + 1.0, sum + p));
    sum / n.max(1.0)
}

/// The mean row of a label's pixels in the working picture; 0 where it does not occur.
fn middle_row(parse: &Parse, label: Label) -> f32 {
    let soft = &parse.soft[label as usize];
    let (mut sum, mut weight) = (0.0_f32, 0.0_f32);
    for (y, row) in soft.data.chunks_exact(soft.width).enumerate() {
        let n: f32 = row.iter().sum();
        (sum, weight) = (sum + n * y as f32, weight + n);
    }
    sum / weight.max(1.0)
}

/// The row, in the working picture, where a dress is divided: between ribs and hips.
pub(crate) fn waist_row(parse: &Parse) -> f32 {
    let scale = parse.soft[0].height as f32 / parse.labels.height() as f32;
    let mean = |a: Joint, b: Joint| match (parse.joint(a, 0.25), parse.joint(b, 0.25)) {
        (Some(p), Some(q)) => Some((p.1 + q.1) / 2.0),
        (Some(p), None) | (None, Some(p)) => Some(p.1),
        (None, None) => None,
    };
    let shoulders = mean(Joint::LeftShoulder, Joint::RightShoulder);
    let hips = mean(Joint::LeftHip, Joint::RightHip);
    let row = match (shoulders, hips) {
        (Some(s), Some(h)) => s + 0.72 * (h - s),
        // Proportions of a standing adult where the joints are not visible.
        _ => parse.person.top as f32 + 0.40 * parse.person.height() as f32,
    };
    row * scale
}
