//! The reasons for a match: the traits that the product shares with the garment, and those that differ.

use drape_core::language::Language;
use drape_core::style::{Colour, Garment, GarmentKind, Length, Material, Pattern, Sleeves, Slot};
use serde::{Deserialize, Serialize};

use crate::product::{Availability, Gender, Product};
use crate::query::{Query, colour_distance};

/// One reason for or against a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// It is of the kind looked for.
    SameKind {
        /// Which.
        kind: GarmentKind,
    },
    /// It is of a kind that stands in for the one looked for.
    NearKind {
        /// What it is.
        kind: GarmentKind,
        /// What was looked for.
        asked: GarmentKind,
    },
    /// It is only worn at the same place.
    SameSlot {
        /// Where.
        slot: Slot,
        /// What was looked for.
        asked: GarmentKind,
    },
    /// Its colour can hardly be told from the one looked for.
    SameColour {
        /// The product's.
        colour: Colour,
    },
    /// Its colour is near the one looked for.
    SimilarColour {
        /// The product's.
        colour: Colour,
    },
    /// Its colour is another one.
    OtherColour {
        /// The product's.
        colour: Colour,
    },
    /// It has the pattern looked for.
    SamePattern {
        /// Which.
        pattern: Pattern,
    },
    /// Its pattern is another one; `Solid` stands for plain.
    OtherPattern {
        /// The product's.
        pattern: Pattern,
        /// What was looked for.
        asked: Pattern,
    },
    /// It is of the cloth looked for.
    SameMaterial {
        /// Which.
        material: Material,
    },
    /// It is of another cloth.
    OtherMaterial {
        /// The product's.
        material: Material,
        /// What was looked for.
        asked: Material,
    },
    /// Its length is another one.
    OtherLength {
        /// The product's.
        length: Length,
        /// What was looked for.
        asked: Length,
    },
    /// It has other sleeves.
    OtherSleeves {
        /// The product's.
        sleeves: Sleeves,
        /// What was looked for.
        asked: Sleeves,
    },
    /// It is cut for others.
    OtherGender {
        /// For whom.
        gender: Gender,
    },
    /// It is not in stock.
    NotInStock {
        /// Why.
        availability: Availability,
    },
}

/// Colours nearer than this are called the same.
const SAME: f32 = 0.055;
/// Colours nearer than this are called similar.
const SIMILAR: f32 = 0.17;

impl Reason {
    /// Whether it speaks for the product.
    pub fn agrees(&self) -> bool {
        matches!(
            self,
            Self::SameKind { .. }
                | Self::NearKind { .. }
                | Self::SameColour { .. }
                | Self::SimilarColour { .. }
                | Self::SamePattern { .. }
                | Self::SameMaterial { .. }
        )
    }

    /// The reason as people read it: "같은 네이비", "also wool".
    pub fn message(&self, language: Language) -> String {
        let l = language;
        match self {
            Self::SameKind { kind } => {
                let kind = kind.name(l);
                l.pick(format!("같은 종류: {kind}"), format!("same kind: {kind}"))
            }
            Self::NearKind { kind, .. } => {
                let kind = kind.name(l);
                l.pick(format!("비슷한 종류: {kind}"), format!("similar kind: {kind}"))
            }
            Self::SameSlot { asked, .. } => {
                let asked = asked.name(l);
                l.pick(format!("종류가 다름: {asked} 아님"), format!("kind differs: not a {asked}"))
            }
            Self::SameColour { colour } => {
                let colour = colour.name(l);
                l.pick(format!("같은 {colour}"), format!("same {colour}"))
            }
            Self::SimilarColour { colour } => {
                let colour = colour.name(l);
                l.pick(format!("비슷한 색: {colour}"), format!("similar colour: {colour}"))
            }
            Self::OtherColour { colour } => {
                let colour = colour.name(l);
                l.pick(format!("색이 다름: {colour}"), format!("colour differs: {colour}"))
            }
            Self::SamePattern { pattern } => {
                let pattern = pattern.name(l);
                l.pick(format!("무늬도 {pattern}"), format!("{pattern} too"))
            }
            Self::OtherPattern { pattern, .. } => {
                let pattern = pattern.name(l);
                l.pick(format!("무늬가 다름: {pattern}"), format!("pattern differs: {pattern}"))
            }
            Self::SameMaterial { material } => {
                let material = material.name(l);
                l.pick(format!("소재도 {material}"), format!("also {material}"))
            }
            Self::OtherMaterial { material, .. } => {
                let material = material.name(l);
                l.pick(format!("소재가 다름: {material}"), format!("material differs: {material}"))
            }
            Self::OtherLength { length, .. } => {
                let length = length.name(l);
                l.pick(format!("길이가 다름: {length}"), format!("length differs: {length}"))
            }
            Self::OtherSleeves { sleeves, .. } => {
                let sleeves = sleeves.name(l);
                l.pick(format!("소매가 다름: {sleeves}"), format!("sleeves differ: {sleeves}"))
            }
            Self::OtherGender { gender } => {
                let gender = gender.name(l);
                l.pick(format!("{gender}용"), format!("cut for {gender}"))
            }
            Self::NotInStock { availability } => availability.name(l).to_owned(),
        }
    }

    /// All reasons for a product, then all against it.
    pub(crate) fn of(query: &Query, product: &Product) -> Vec<Self> {
        let garment: Garment = product.garment();
        let mut reasons = vec![if product.kind == query.kind {
            Self::SameKind { kind: product.kind }
        } else if crate::kinship::kinship(product.kind, query.kind) >= 0.6 {
            Self::NearKind { kind: product.kind, asked: query.kind }
        } else {
            Self::SameSlot { slot: product.slot, asked: query.kind }
        }];
        if let Some(asked) = query.colour {
            let colour = product.colour.clone();
            reasons.push(match colour_distance(asked, colour.oklab) {
                d if d < SAME => Self::SameColour { colour },
                d if d < SIMILAR => Self::SimilarColour { colour },
                _ => Self::OtherColour { colour },
            });
        }
        let asked = query.pattern.unwrap_or(Pattern::Solid);
        let pattern = product.pattern.unwrap_or(Pattern::Solid);
        if asked != pattern {
            reasons.push(Self::OtherPattern { pattern, asked });
        } else if pattern != Pattern::Solid {
            reasons.push(Self::SamePattern { pattern });
        }
        if let (Some(asked), Some(material)) = (query.material, garment.material) {
            reasons.push(if asked == material {
                Self::SameMaterial { material }
            } else {
                Self::OtherMaterial { material, asked }
            });
        }
        let length = product.length.or_else(|| product.kind.usual_length());
        if let (Some(asked), Some(length)) = (query.length, length)
            && asked != length
        {
            reasons.push(Self::OtherLength { length, asked });
        }
        let sleeves = product.sleeves.or_else(|| product.kind.usual_sleeves());
        if let (Some(asked), Some(sleeves)) = (query.sleeves, sleeves)
            && asked != sleeves
        {
            reasons.push(Self::OtherSleeves { sleeves, asked });
        }
        if query.gender.is_some_and(|asked| !asked.compatible(product.gender)) {
            reasons.push(Self::OtherGender { gender: product.gender });
        }
        if product.availability != Availability::InStock {
            reasons.push(Self::NotInStock { availability: product.availability });
        }
        reasons.sort_by_key(|reason| !reason.agrees());
        reasons
    }
}
