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
    format!("/api/v1/products/{}/picture", product.id)
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

    /// Products like each garment of a look: the garment, and the best of the catalogue first.
    pub(crate) fn shelves(
        &self,
        look: &Look,
        filters: &Filters,
        limit: usize,
    ) -> Vec<(Garment, Vec<Match<'_>>)> {
        let report = Report::of(look);
        let shelf = |(garment, colour): (&Garment, Option<Oklab>)| {
            (garment.clone(), self.like(garment, colour, filters.clone(), limit))
        };
        report.worn().map(shelf).collect()
    }

    /// The matches in the shape of SerpAPI's `google_lens` answer, which the seed's client shows: the
    /// best of each garment first, then the second best of each ...
    pub(crate) fn visual_matches(&self, look: &Look) -> Vec<Value> {
        let base = crate::seed::base(self);
        let shelves = self.shelves(look, &Filters::default(), 6);
        let most = shelves.iter().map(|s| s.1.len()).max().unwrap_or(0);
        let ranked = (0..most).flat_map(|k| shelves.iter().filter_map(move |s| s.1.get(k)));
        let shown = (1..).zip(ranked).map(|(position, hit)| {
            let product = hit.product;
            let price = product.price;
            let unit = 10_u64.pow(price.currency.minor_digits());
            let thumbnail = match &product.picture {
                Picture::Url(url) => url.clone(),
                Picture::Drawn => format!("{base}{}", drawing(product)),
            };
            let link = product.link.clone();
            json!({
                "position": position,
                "title": product.title_ko,
                "source": product.brand,
                "link": link.unwrap_or_else(|| format!("{base}/products?kind={}", product.kind.id())),
                "price": {
                    "value": price.display(Language::Korean),
                    "extracted_value": price.minor_units as f64 / unit as f64,
                    "currency": price.currency.to_string(),
                },
                "rating": product.rating.map(|r| r.stars),
                "reviews": product.rating.map(|r| r.reviews),
                "in_stock": product.availability == drape_catalogue::Availability::InStock,
                "thumbnail": thumbnail,
            })
        });
        shown.collect()
    }
}
