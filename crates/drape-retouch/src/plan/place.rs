//! Where on the person each garment of the sentence goes.

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

/// What the photo shows of each garment.
pub(super) struct Worn<'a> {
    pub(super) parse: &'a Parse,
    pub(super) taken: Vec<(Label, Section)>,
}

impl Worn<'_> {
    /// Whether enough of a label is visible to work on.
    fn has(&self, label: Label) -> bool {
        let least = match label {
            Label::Footwear | Label::Legwear => 0.004,
            _ => 0.02,
        };
        let person = self.parse.person_share().max(1e-6);
        self.parse.shares[label] / person >= least && self.parse.confidence[label] >= 0.3
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
        let unsure = self.parse.confidence[outer].min(self.parse.confidence[upper]) < 0.66;
        self.has(outer) && unsure && self.parse.tone(outer).distance(self.parse.tone(upper)) < 5.0
    }
}

/// Where a garment goes.
pub(super) struct Place {
    pub(super) labels: Vec<Label>,
    pub(super) section: Section,
    pub(super) reasons: Vec<Reason>,
}

/// Where a top lies that is to be seen in a jacket drawn over it: where the jacket lies.
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

/// Where a garment of a slot can be painted, or why nowhere.
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
    // Somebody who asks for a shirt alone means what is worn, whatever the parser makes of it.
    let under_itself = asks(Slot::Outer) && worn.torn();
    let slot = garment.slot;
    match slot {
        Slot::Outer if can(Label::Outer, Whole) => own(Label::Outer),
        Slot::Outer if can(Label::Upper, Whole) && !under_itself => instead(Label::Upper),
        Slot::Outer if can(Label::Dress, AboveWaist) && !asks(Slot::Dress) => {
            // A coat covers a dress, a jacket its upper half; but what is called a dress may be a
            // coat to the parser's second thought.
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
    let fits = found.any(|(&n, b)| n as f32 > person * 0.008 && in_band(parse, band, b));
    fits.then(|| Place {
        labels: vec![Label::Accessory],
        section: Section::Whole,
        reasons: vec![Reason::WornShapeKept { worn: Slot::Accessory }],
    })
}
