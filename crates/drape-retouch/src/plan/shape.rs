//! Which garments get a shape of their own instead of the worn one.

use drape_core::language::Language;
use drape_core::report::{Outcome, Reason, WishReport};
use drape_core::style::{Detail, Fit, Garment, GarmentKind, Sleeves, Slot, Style};

use super::twins::{SECOND_THOUGHT, leaning};
use super::{Section, Task};
use crate::dye::dye_of;
use crate::garment::body::Body;
use crate::garment::{MOST_LENGTHENED, Shape, Under, has_pattern, lengthened, under, usual_hem};
use crate::parse::{Label, Parse};
use crate::plane::quantile;

/// From so many centimetres on, a jacket with another hem is another jacket.
const LONGER: f32 = 12.0;

/// What the photo and the sentence say about shapes as a whole.
struct Shaping<'a> {
    style: &'a Style,
    parse: &'a Parse,
    body: &'a Body,
    /// A jacket is worn that can be recoloured; a scarf, an open vest or a shawl is none.
    jacket: bool,
    no_outer: bool,
    long_outer: bool,
    /// A top is to be painted.
    top: bool,
}

/// Finds out which of the garments get a new shape, and what is seen in their openings.
pub(super) fn give(
    tasks: &mut Vec<Task>,
    reports: &mut [WishReport],
    style: &Style,
    parse: &Parse,
    body: &Body,
) {
    let share = |l: Label| parse.shares[l as usize];
    let shaping = Shaping {
        style,
        parse,
        body,
        jacket: share(Label::Outer) > 0.45 * (share(Label::Outer) + share(Label::Upper)),
        no_outer: share(Label::Outer) < 0.03 * parse.person_share(),
        long_outer: share(Label::Outer) > 0.42 * parse.person_share(),
        top: tasks.iter().any(|t| t.slot == Slot::Upper),
    };
    let mut seen_within = Vec::new();
    // Jackets first: what is seen in them gets no shape of its own.
    tasks.sort_by_key(|t| t.slot != Slot::Outer);
    for task in tasks.iter_mut() {
        if seen_within.contains(&task.report) {
            continue;
        }
        let garment = &style.garments[task.report];
        let report = &mut reports[task.report];
        if !shaping.wanted(task) || !has_pattern(garment.kind) {
            let worn = worn(task);
            if worn == Label::Outer && (one_of_a_kind(garment.kind) || shaping.shorter(garment, worn)) {
                report.reasons.push(Reason::WornShapeKept { worn: Slot::Outer });
                report.outcome = Outcome::Approximated;
            }
            continue;
        }
        let otherwise = report.reasons.iter().cloned().chain([Reason::CannotReshape]).collect();
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
        let shape = shaping.shape(garment, otherwise);
        for i in [shape.shirt.as_ref().map(|s| s.1), shape.tie.as_ref().map(|t| t.1)].into_iter().flatten() {
            reports[i].outcome = Outcome::Done;
            reports[i].reasons = vec![Reason::Drawn];
            seen_within.push(i);
        }
        task.shape = Some(shape);
    }
    // Where the jacket keeps the worn shape, a top below it has no place of its own.
    let kept = |t: &&Task| t.slot == Slot::Outer && t.shape.is_none() && !t.unnamed;
    let jacket = tasks.iter().find(kept).map(|t| t.labels.clone());
    for task in tasks.iter().filter(|t| t.slot == Slot::Upper && jacket.as_ref() == Some(&t.labels)) {
        reports[task.report] = WishReport {
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

/// What is worn where a garment goes.
fn worn(task: &Task) -> Label {
    task.labels.first().copied().unwrap_or(Label::Background)
}

impl Shaping<'_> {
    /// Whether a garment is another one than what is worn, so that recolouring would not do.
    fn wanted(&self, task: &Task) -> bool {
        let Self { parse, body, .. } = *self;
        let garment = &self.style.garments[task.report];
        let worn = worn(task);
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
        match garment.slot {
            // A worn jacket keeps its own folds, where it can be the one that is asked for.
            Slot::Outer if worn == Label::Outer => {
                let hem = hem_below(garment, worn, parse, body);
                // A much longer one would look out below it.
                let covered = hem.0 > -MOST_LENGTHENED || over_all(garment.kind);
                !self.jacket || longer(garment, hem) || never_worn(garment.kind) && covered
            }
            // What ends so far above its hem is no coat, however unsure the parser is of it.
            Slot::Outer => {
                sure(Label::Outer)
                    || worn == Label::Upper && longer(garment, hem_below(garment, worn, parse, body))
            }
            Slot::Upper if plain_top(garment) => false,
            // Under a jacket the worn one will do, if it is to have no other colour.
            Slot::Upper if task.unnamed && self.style.garments.iter().any(|g| g.slot == Slot::Outer) => false,
            Slot::Upper if short_sleeved(garment) => {
                worn == Label::Upper && self.no_outer && long_sleeves(parse, body)
            }
            Slot::Upper => {
                // A dress's upper half is a top, too.
                let top = worn == Label::Upper || worn == Label::Dress && task.section == Section::AboveWaist;
                top && (self.no_outer || self.over_outer(garment))
            }
            // Trousers are what tells: a blouse may always be a dress's upper half.
            Slot::Dress if worn != Label::Dress && trousers(parse) => true,
            Slot::Dress => worn != Label::Dress && sure(Label::Dress),
            Slot::Skirt => other_cut(garment) || worn != Label::Skirt && sure(Label::Skirt),
            Slot::Trousers => other_cut(garment) || worn != Label::Trousers && sure(Label::Trousers),
            // Added, not found in the photo.
            Slot::Accessory => task.labels.is_empty(),
            _ => false,
        }
    }

    /// Whether it goes over a worn jacket.
    fn over_outer(&self, garment: &Garment) -> bool {
        garment.slot == Slot::Outer || thick(garment.kind) && !self.long_outer
    }

    /// Whether a jacket is so much shorter than the worn one that nobody takes that for it; which kind of jacket
    /// is worn, nobody has found out, but its length is to be seen.
    fn shorter(&self, garment: &Garment, worn: Label) -> bool {
        garment.kind != GarmentKind::Jacket && hem_below(garment, worn, self.parse, self.body).0 < -LONGER
    }

    fn shape(&self, garment: &Garment, otherwise: Vec<Reason>) -> Shape {
        let garments = &self.style.garments;
        let outer = garment.slot == Slot::Outer;
        let mut shape = Shape {
            garment: garment.clone(),
            shirt: None,
            tie: None,
            open: outer && under(garment.kind) == Under::Fronts && self.top,
            over_outer: self.over_outer(garment),
            with_chima: garments.iter().any(|g| g.kind == GarmentKind::Chima),
            otherwise,
        };
        // Seen in a jacket's opening: a shirt, and on a shirt of its own a tie. Without one the tie goes onto
        // the worn shirt, as a garment by itself.
        if outer && under(garment.kind) == Under::Lapels {
            let within = |wanted: fn(&Garment) -> bool| {
                let found = garments.iter().position(wanted)?;
                Some((dye_of(&garments[found])?, found, garments[found].kind))
            };
            shape.shirt = within(|g| g.slot == Slot::Upper && g.kind != GarmentKind::TankTop);
            let tie = || within(|g| matches!(g.kind, GarmentKind::Tie | GarmentKind::BowTie));
            shape.tie = shape.shirt.as_ref().and_then(|_| tie());
        }
        shape
    }
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
