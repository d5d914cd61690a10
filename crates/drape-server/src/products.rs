//! Products for the garments of a look.

use drape_catalogue::{Filters, Match, Picture, Product, Query};
use drape_core::colour::Oklab;
use drape_core::language::Language;
use drape_core::style::{Garment, Style};
use drape_retouch::{Outcome, Reason};
use drape_store::Look;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;

/// The part of a look's report that pages and products need.
#[derive(Deserialize)]
pub(crate) struct Report {
    /// The reading.
    pub(crate) style: Option<Style>,
    /// One entry per wish, garments first, in the order of the reading.
    #[serde(default)]
    pub(crate) garments: Vec<Said>,
    /// Words that were not understood.
    #[serde(default)]
    pub(crate) not_understood: Vec<String>,
}

/// What became of one wish.
#[derive(Deserialize)]
pub(crate) struct Said {
    pub(crate) asked: String,
    pub(crate) outcome: Outcome,
    #[serde(default)]
    pub(crate) reasons: Vec<Reason>,
    pub(crate) measured: Option<Measured>,
}

/// A colour as found in the look.
#[derive(Deserialize)]
pub(crate) struct Measured {
    pub(crate) hex: String,
}

impl Report {
    /// The report of a look; an empty one where an engine wrote none.
    pub(crate) fn of(look: &Look) -> Self {
        serde_json::from_str(&look.report).unwrap_or(Self {
            style: None,
            garments: Vec::new(),
            not_understood: Vec::new(),
        })
    }

    /// The garments of the look, each with the colour that was measured in the picture.
    pub(crate) fn worn(&self) -> impl Iterator<Item = (&Garment, Option<Oklab>)> {
        let garments = self.style.iter().flat_map(|s| &s.garments);
        garments.enumerate().map(|(k, garment)| {
            let measured = self.garments.get(k).and_then(|said| said.measured.as_ref());
            // A pattern's median says little about the ground; what was asked for says more.
            let plain = garment.pattern.is_none() || garment.colour.is_none();
            (garment, measured.filter(|_| plain).and_then(|m| oklab(&m.hex)))
        })
    }
}

/// `#rrggbb`.
fn oklab(hex: &str) -> Option<Oklab> {
    let value = u32::from_str_radix(hex.strip_prefix('#')?, 16).ok()?;
    let [_, r, g, b] = value.to_be_bytes();
    Some(Oklab::from_srgb8([r, g, b]))
}

/// Where the drawing of a product is. Pages show drawings only: a shop's own picture would tell the
/// shop who looks at what.
pub(crate) fn drawing(product: &Product) -> String {
    format!("/products/{}/picture.svg", product.id)
}

impl App {
    /// The products most like one garment.
    pub(crate) fn like(
        &self,
        garment: &Garment,
        colour: Option<Oklab>,
        filters: Filters,
        limit: usize,
    ) -> Vec<Match<'_>> {
        let mut query = Query::of(garment, colour);
        query.gender = filters.gender;
        query.filters = filters;
        self.catalogue.search(&query, limit)
    }

    /// The matches in the shape of SerpAPI's `google_lens` answer, which the seed's client shows.
    pub(crate) fn visual_matches(&self, look: &Look) -> Vec<Value> {
        let report = Report::of(look);
        let base = crate::seed::base(self);
        let mut found = Vec::new();
        for (garment, colour) in report.worn() {
            for hit in self.like(garment, colour, Filters::default(), 4) {
                let product = hit.product;
                let price = product.price;
                let unit = 10_u64.pow(price.currency.minor_digits());
                let thumbnail = match &product.picture {
                    Picture::Url(url) => url.clone(),
                    Picture::Drawn => format!("{base}{}", drawing(product)),
                };
                found.push(json!({
                    "position": found.len() + 1,
                    "title": product.title_ko,
                    "source": product.brand,
                    "link": product.link,
                    "price": {
                        "value": price.display(Language::Korean),
                        "extracted_value": price.minor_units as f64 / unit as f64,
                        "currency": price.currency.to_string(),
                    },
                    "rating": product.rating.map(|r| r.stars),
                    "reviews": product.rating.map(|r| r.reviews),
                    "in_stock": product.availability == drape_catalogue::Availability::InStock,
                    "thumbnail": thumbnail,
                }));
            }
        }
        found
    }
}
