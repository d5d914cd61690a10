//! Matches what the sentence asks for to what the photo shows.
//!
//! Every garment of the style ends in exactly one [`WishReport`]: done, approximated or not possible, with
//! the reasons. `place` finds the worn garment that a wish goes onto; `shape` decides which wishes get a
//! shape of their own; `twins` adds the labels that the parser confuses with a wish's own; a `task` is one
//! garment to paint.

mod place;
mod shape;
pub(crate) mod task;
mod twins;

use drape_core::colour::Oklab;
use drape_core::language::Language;
use drape_core::report::{Outcome, Reason, WishReport};
use drape_core::style::{Garment, SceneKind, Slot, Style};

use self::place::{Place, Worn, accessory_place, below_a_jacket, place_of};
use self::shape::is_drawn;
use self::task::Task;
use crate::garment::body::{Body, Unfit};
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::recolour::dye::{dye_of, dye_unnamed};
use crate::recolour::mask::{Area, Section};
use crate::report::other_wishes;

/// Confidence of an accessory that is added, which no label can give. Set by hand.
const ADDED: f32 = 0.8;

/// The garments to paint and the reports on all wishes.
pub(crate) struct Plan {
    pub(crate) tasks: Vec<Task>,
    pub(crate) reports: Vec<WishReport>,
    pub(crate) scene: Option<(SceneKind, Option<Oklab>)>,
}

/// Plans the look. `body` is `Err` when no garment can be laid on the person, only recoloured.
pub(crate) fn plan(style: &Style, parse: &Parse, body: &Result<Body, Unfit>) -> Plan {
    let language = style.language;
    let mut worn = Worn { parse, taken: Vec::new() };
    let done = |g: &Garment| WishReport::of_garment(g, language, Outcome::Done, Vec::new());
    let mut reports: Vec<WishReport> = style.garments.iter().map(done).collect();
    let mut tasks = Vec::new();
    let mut slots: Vec<Slot> = Vec::new();
    let asks = |slot: Slot| style.garments.iter().any(|g| g.slot == slot);

    // Garments choose a place in this order: those that the sentence names before those that only a style
    // word asks for, then dresses, jackets, tops and the rest.
    let order = |g: &Garment| match g.slot {
        Slot::Dress => 0,
        Slot::Outer => 1,
        Slot::Upper => 2,
        _ => 3,
    };
    let mut indices: Vec<usize> = (0..style.garments.len()).collect();
    // A jacket that can be drawn over a shirt chooses as early as a named one, so before the shirt.
    let drawn = |g: &Garment| body.is_ok() && g.slot == Slot::Outer && is_drawn(g.kind);
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
                (body.is_ok() && is_drawn(garment.kind)).then_some(place)
            };
            // An accessory that can be drawn is added; only others are looked for in the photo.
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
            if body.is_err() || !is_drawn(garment.kind) {
                continue;
            }
        }
        let unnamed = named.is_none();
        let dye = named.unwrap_or_else(|| {
            dye_unnamed(garment.kind, place.labels.first() == Some(&Label::of(garment.slot)))
        });
        let pixels: f32 = place.labels.iter().map(|&l| parse.shares[l]).sum();
        let sure: f32 = place.labels.iter().map(|&l| parse.shares[l] * parse.confidence[l]).sum();
        // An added accessory replaces no garment; its place is the person as a whole.
        let confidence = if place.labels.is_empty() { ADDED } else { sure / pixels.max(1e-6) };
        if !unnamed {
            report.doubt(confidence);
            report.outcome = if report.reasons.is_empty() { Outcome::Done } else { Outcome::Approximated };
        }
        let band = (garment.slot == Slot::Accessory).then(|| garment.kind.facts().band).flatten();
        tasks.push(Task {
            report: i,
            slot: garment.slot,
            area: Area { labels: place.labels, section: place.section, band },
            dye,
            unnamed,
            confidence,
            shape: None,
            otherwise: Vec::new(),
        });
    }
    if let Ok(body) = body {
        shape::give(&mut tasks, &mut reports, style, parse, body);
    }
    tasks.retain(|t| !t.unnamed || t.shape.is_some());
    twins::add_unclaimed(&mut tasks, parse, style);
    reports.extend(other_wishes(style, parse));
    let scene = style.scene.as_ref().map(|s| (s.kind, s.colour.as_ref().map(|c| c.oklab)));
    Plan { tasks, reports, scene }
}

/// The words of the sentence for the cut, which recolouring cannot change.
fn cut_words(garment: &Garment, language: Language) -> String {
    let mut words: Vec<&str> = Vec::new();
    words.extend(garment.length.map(|v| v.name(language)));
    words.extend(garment.sleeves.map(|v| v.name(language)));
    words.extend(garment.fit.map(|v| v.name(language)));
    words.extend(garment.details.iter().map(|v| v.name(language)));
    words.join(", ")
}
