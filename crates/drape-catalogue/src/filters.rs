//! Filters of searches and shelves.

use drape_core::style::{ColourName, GarmentKind, Material, Pattern, Slot};
use serde::{Deserialize, Serialize};

use crate::product::{Currency, Gender};

/// Conditions that every product found meets; the default has none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// Only these kinds; empty for all.
    pub kinds: Vec<GarmentKind>,
    /// Only goods for this place of the body.
    pub slot: Option<Slot>,
    /// Only with this colour as the ground's.
    pub colour: Option<ColourName>,
    /// Only with this pattern; `Solid` for plain.
    pub pattern: Option<Pattern>,
    /// Only of this cloth.
    pub material: Option<Material>,
    /// Only goods cut for this gender or for everyone.
    pub gender: Option<Gender>,
    /// At least this much, in the currency's smallest unit.
    pub price_min: Option<u64>,
    /// At most this much, in the currency's smallest unit.
    pub price_max: Option<u64>,
    /// Only sold in this currency; with a price and no currency, the catalogue's most common one.
    pub currency: Option<Currency>,
    /// Only goods in stock.
    pub in_stock: bool,
    /// Every word must be in title, brand or id, in either language.
    pub text: String,
}
