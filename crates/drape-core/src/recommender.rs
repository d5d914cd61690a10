//! The port of recommenders: what finds products like one garment of a look.
//!
//! One looks through the catalogue by the garment's words, another has a service of others look at a
//! picture of the garment. Both answer the same products, so that pages, the API and the fallback from one
//! to the other need to know neither. What only a catalogue can do (filters, reasons, pages of its own) is
//! not behind this port.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, NoAnswer};
use crate::colour::Oklab;
use crate::language::Language;
use crate::style::Garment;

/// One garment to find products for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What it is, in words.
    pub garment: &'a Garment,
    /// Its colour as measured in the look, where that tells more than the words.
    pub measured: Option<Oklab>,
    /// Address of a picture of the garment alone, without face, hair or skin, that anybody can fetch for
    /// the next minutes; none where nothing may leave the machine.
    pub picture: Option<&'a str>,
    /// The language of titles and, where nothing else is known, the country of shops.
    pub language: Language,
    /// Most products wanted.
    pub limit: usize,
    /// The time now, milliseconds since 1970 UTC.
    pub now: i64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Best first, at most as many as were asked for.
    pub products: Vec<Product>,
    /// When prices and stock were true, milliseconds since 1970 UTC.
    pub as_of: i64,
}

/// Something that can be bought, as little as every source knows of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// What the shop calls it.
    pub title: String,
    /// The page of it: `https://`, or a path of this server.
    pub link: String,
    /// Who sells it, or whose label it is.
    pub source: String,
    /// What it costs.
    pub price: Option<Price>,
    /// Address of a picture: `https://`, or a path of this server. Pages do not show those of others, for
    /// that would tell them who looks at what.
    pub thumbnail: Option<String>,
    /// What buyers say, 0 to 5.
    pub rating: Option<f64>,
    /// How many of them.
    pub reviews: Option<u64>,
    /// Whether it can be had.
    pub in_stock: Option<bool>,
}

/// What a product costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// As people read it.
    pub value: String,
    /// As a number, in the currency's main unit.
    pub amount: Option<f64>,
    /// Sign or ISO 4217 code.
    pub currency: Option<String>,
}

/// Finds products like one garment.
pub trait Recommender: fmt::Debug + Send + Sync {
    /// The name in JSON, SQL and settings.
    fn name(&self) -> &'static str;

    /// Products like a garment, best first.
    ///
    /// # Errors
    /// [`NoAnswer`], within a time that the recommender itself bounds; [`NoAnswer::Nothing`] when it looked
    /// and there is nothing.
    fn recommend<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Result<Found, NoAnswer>>;
}
