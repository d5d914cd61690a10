//! The port of recommenders, which find products like one garment of a look.
//!
//! One recommender searches the catalogue by the garment's words; another sends a picture of the garment to
//! an outside service. Both return the same [`Product`], so pages, the API and the fallback between the two
//! depend on neither. Filters, reasons and product pages exist only in the catalogue and are not part of this
//! port.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, NoAnswer};
use crate::colour::Oklab;
use crate::language::Language;
use crate::style::Garment;

/// One garment to find products for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The garment, in words.
    pub garment: &'a Garment,
    /// Its colour as measured in the look, where that is more exact than the words.
    pub measured: Option<Oklab>,
    /// Address of a picture of the garment alone, without face, hair or skin. It is public for the next
    /// minutes. `None` where nothing may leave the machine.
    pub picture: Option<&'a str>,
    /// The language of titles; also decides the country of the shops, where nothing else does.
    pub language: Language,
    /// Most products wanted.
    pub limit: usize,
    /// The time now, milliseconds since 1970 UTC.
    pub now: i64,
}

/// Products that were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Best first, at most [`Ask::limit`].
    pub products: Vec<Product>,
    /// When prices and stock were true, milliseconds since 1970 UTC.
    pub as_of: i64,
}

/// A product, with the facts that every source can know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// The title, as the shop writes it.
    pub title: String,
    /// Its page: `https://`, or a path on this server.
    pub link: String,
    /// Its shop or brand.
    pub source: String,
    /// Its price.
    pub price: Option<Price>,
    /// Address of a picture: `https://`, or a path on this server. Pages do not load pictures from other
    /// servers, which would learn from it what a user looks at.
    pub thumbnail: Option<String>,
    /// Mean rating by buyers, 0 to 5.
    pub rating: Option<f64>,
    /// Number of ratings.
    pub reviews: Option<u64>,
    /// Whether it is in stock.
    pub in_stock: Option<bool>,
}

/// Price of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// As the shop writes it.
    pub value: String,
    /// As a number, in the currency's main unit.
    pub amount: Option<f64>,
    /// Currency sign or ISO 4217 code.
    pub currency: Option<String>,
}

/// Finds products like one garment.
pub trait Recommender: fmt::Debug + Send + Sync {
    /// The name in JSON, SQL and settings.
    fn name(&self) -> &'static str;

    /// Products like a garment, best first.
    ///
    /// # Errors
    /// [`NoAnswer`], within a time that the recommender itself bounds; [`NoAnswer::Nothing`] when it searched
    /// and found nothing.
    fn recommend<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Result<Found, NoAnswer>>;
}
