//! Finds the worn garment that each wish goes onto.

use drape_core::report::Reason;
use drape_core::style::{Garment, GarmentKind, Slot, Style};

use super::task::Task;
use super::twins::{SECOND_THOUGHT, leaning};
use crate::garment::measures::{Under, under};
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::parse::proportions::in_band;
use crate::raster::components::components;
use crate::recolour::mask::Section;

/// Share of the person that a garment covers at least to be worked on. Set by hand: less is a mistake of the
/// parser, or a rim that shows from under another garment.
const LEAST_GARMENT: f32 = 0.02;
/// The same share for shoes and socks, which are small on any person.
const LEAST_AT_FEET: f32 = 0.004;
/// The same share for hats, scarves and bags, so that a brooch is not taken for one.
const LEAST_ACCESSORY: f32 = 0.008;
/// Mean probability of a label that is worked on, at least: below it, several other labels may be as likely.
const LEAST_CONFIDENCE: f32 = 0.3;
/// Below two thirds another label has a good share of the probability, so that the parser may have split one
/// garment in two.
const UNSURE: f32 = 0.66;
/// Colour difference (CIEDE2000) below which two labels may be the same cloth. Set by hand.
const ONE_CLOTH: f32 = 5.0;

/// The worn garments, and those already taken by a wish.
pub(super) struct Worn<'a> {
    pub(super) parse: &'a Parse,
    pub(super) taken: Vec<(Label, Section)>,
}

impl Worn<'_> {
    /// Whether enough of a label is visible to work on.
    fn has(&self, label: Label) -> bool {
        let least = match label {
            Label::Footwear | Label::Legwear => LEAST_AT_FEET,
            _ => LEAST_GARMENT,
        };
        let person = self.parse.person_share().max(1e-6);
        self.parse.shares[label] / person >= least && self.parse.confidence[label] >= LEAST_CONFIDENCE
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

    /// Whether the parser splits one jacket into jacket and shirt: both labels have the same colour, and the
    /// parser is unsure of at least one.
    fn torn(&self) -> bool {
        let (outer, upper) = (Label::Outer, Label::Upper);
        let unsure = self.parse.confidence[outer].min(self.parse.confidence[upper]) < UNSURE;
        self.has(outer) && unsure && self.parse.tone(outer).distance(self.parse.tone(upper)) < ONE_CLOTH
    }
}

/// The place of a garment.
pub(super) struct Place {
    pub(super) labels: Vec<Label>,
    pub(super) section: Section,
    pub(super) reasons: Vec<Reason>,
}

/// The place of a top below a jacket that is drawn over it: the jacket's own place.
pub(super) fn below_a_jacket(tasks: &[Task], style: &Style) -> Option<Place> {
    let jacket = tasks.iter().find(|t| t.slot == Slot::Outer)?;
    let opens = under(style.garments[jacket.report].kind) == Under::Fronts;
    let reasons = match jacket.area.labels.first()? {
        Label::Upper => Vec::new(),
        Label::Dress if jacket.area.section == Section::AboveWaist => vec![Reason::DressDivided],
        _ => return None,
    };
    opens.then(|| Place { labels: jacket.area.labels.clone(), section: jacket.area.section, reasons })
}

/// The place where a garment can be painted, or the reason why there is none.
pub(super) fn place_of(
    garment: &Garment,
    worn: &Worn<'_>,
    asks: &impl Fn(Slot) -> bool,
) -> Result<Place, Reason> {
    use Section::{AboveWaist, BelowWaist, Whole};
    let own = |label: Label| Ok(Place { labels: vec![label], section: Whole, reasons: Vec::new() });
    let instead = |label: Label| {
        Ok(Place { labels: vec![label], section: Whole, reasons: shape_kept(label).collect() })
    };
    let half =
        |section| Ok(Place { labels: vec![Label::Dress], section, reasons: vec![Reason::DressDivided] });
    let can = |label, section| worn.available(label, section);
    // A split jacket counts as a jacket only if the sentence asks for one: a sentence with a shirt alone
    // means the worn garment, whatever the parser calls it.
    let under_itself = asks(Slot::Outer) && worn.torn();
    let slot = garment.slot;
    match slot {
        Slot::Outer if can(Label::Outer, Whole) => own(Label::Outer),
        Slot::Outer if can(Label::Upper, Whole) && !under_itself => instead(Label::Upper),
        Slot::Outer if can(Label::Dress, AboveWaist) && !asks(Slot::Dress) => {
            // A coat covers all of a dress, a jacket its upper half; but if the parser's second choice for
            // the dress is a jacket, the "dress" may well be a coat.
            let long = garment.kind.facts().is_coat()
                || leaning(worn.parse, Label::Dress, Label::Outer) > SECOND_THOUGHT;
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
                let reasons = parts.iter().copied().flat_map(shape_kept).collect();
                Ok(Place { labels: parts, section: Whole, reasons })
            }
        }
        Slot::Footwear if can(Label::Footwear, Whole) => own(Label::Footwear),
        Slot::Legwear if can(Label::Legwear, Whole) => own(Label::Legwear),
        Slot::Footwear | Slot::Legwear | Slot::Accessory => Err(Reason::NotVisible),
    }
}

/// Why a garment of another kind is painted onto one with that label.
fn shape_kept(label: Label) -> impl Iterator<Item = Reason> {
    label.slot().into_iter().map(|worn| Reason::WornShapeKept { worn })
}

/// Where the photo shows an accessory of this kind, if it does.
pub(super) fn accessory_place(kind: GarmentKind, parse: &Parse) -> Option<Place> {
    let band = kind.facts().band?;
    let (w, h) = parse.working_size();
    let accessory = &parse.soft[Label::Accessory];
    let parts = components(w, h, |i| accessory.data[i] > 0.5);
    let person = parse.person_share() * (w * h) as f32;
    let mut found = parts.sizes.iter().zip(&parts.bounds);
    let fits = found.any(|(&n, b)| n as f32 > person * LEAST_ACCESSORY && in_band(parse, band, b));
    fits.then(|| Place {
        labels: vec![Label::Accessory],
        section: Section::Whole,
        reasons: vec![Reason::WornShapeKept { worn: Slot::Accessory }],
    })
}
