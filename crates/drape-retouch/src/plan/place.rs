//! Where on the person each garment of the sentence goes.

use drape_core::report::Reason;
use drape_core::style::{Garment, GarmentKind, Slot, Style};

use super::twins::{SECOND_THOUGHT, leaning};
use super::{Section, Task};
use crate::garment::{Under, under};
use crate::parse::{Joint, Label, Parse};

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
pub(super) struct Place {
    pub(super) labels: Vec<Label>,
    pub(super) section: Section,
    pub(super) reasons: Vec<Reason>,
}

/// Where a top lies that is to be seen in a jacket drawn over it: where the jacket lies.
pub(super) fn below_a_jacket(tasks: &[Task], style: &Style) -> Option<Place> {
    let jacket = tasks.iter().find(|t| t.slot == Slot::Outer)?;
    let opens = under(style.garments[jacket.report].kind) == Under::Fronts;
    let reasons = match jacket.labels.first()? {
        Label::Upper => Vec::new(),
        Label::Dress if jacket.section == Section::AboveWaist => vec![Reason::DressDivided],
        _ => return None,
    };
    opens.then(|| Place { labels: jacket.labels.clone(), section: jacket.section, reasons })
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
                let reasons = parts.iter().copied().flat_map(shape_kept).collect();
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
pub(super) fn accessory_band(kind: GarmentKind) -> Option<(f32, f32)> {
    match kind {
        GarmentKind::Hat | GarmentKind::Cap | GarmentKind::Beanie | GarmentKind::Beret => Some((-0.1, 0.09)),
        GarmentKind::Scarf => Some((0.13, 0.32)),
        GarmentKind::Bag | GarmentKind::Backpack | GarmentKind::ToteBag | GarmentKind::Handbag => {
            Some((0.3, 0.85))
        }
        _ => None,
    }
}

/// Why a garment of another kind is painted onto one with that label.
fn shape_kept(label: Label) -> impl Iterator<Item = Reason> {
    label.slot().into_iter().map(|worn| Reason::WornShapeKept { worn })
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

pub(super) fn accessory_place(kind: GarmentKind, parse: &Parse) -> Option<Place> {
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
        reasons: vec![Reason::WornShapeKept { worn: Slot::Accessory }],
    })
}
