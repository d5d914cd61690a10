//! Products for the garments of a look, from the catalogue.

use drape_catalogue::{Availability, Filters, Match, Query};
use drape_core::colour::Oklab;
use drape_core::language::Language;
use drape_core::style::{Garment, Style};
use drape_store::Look;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;

/// Distance in OKLab's a and b beyond which a picture shows another colour than was asked for.
const OTHER_COLOUR: f32 = 0.06;

/// Products like one garment of a look.
pub(crate) struct Shelf<'a> {
    /// The garment as asked, in words.
    pub(crate) asked: String,
    /// The garment.
    pub(crate) garment: Garment,
    /// Best first.
    pub(crate) matches: Vec<Match<'a>>,
}

/// What a look's report says that matters here.
#[derive(Deserialize)]
struct Report {
    style: Style,
    garments: Vec<Made>,
}

#[derive(Deserialize)]
struct Made {
    measured: Option<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    hex: String,
}

impl App {
    /// Products like each garment of a look, by what was asked and by the colour that was measured in
    /// the picture; a garment that could not be made is still looked for as it was asked.
    pub(crate) fn shelves(
        &self,
        look: &Look,
        filters: &Filters,
        limit: usize,
        language: Language,
    ) -> Vec<Shelf<'_>> {
        let Ok(report) = serde_json::from_str::<Report>(&look.report) else { return Vec::new() };
        // The report has one entry per wish, garments first, in the order of the style.
        let measured = report.garments.into_iter().map(|g| g.measured.and_then(|m| oklab(&m.hex)));
        let measured = measured.chain(std::iter::repeat(None));
        let shelf = |(garment, measured): (Garment, Option<Oklab>)| {
            // Shade and sun make white cloth grey in a picture; who asked for white wants white. Only where
            // hue or chroma came out otherwise is the picture's own colour looked for.
            let asked = garment.colour.as_ref().map(|c| c.oklab);
            let kept = |m: &Oklab| asked.is_none_or(|a| (m.a - a.a).hypot(m.b - a.b) > OTHER_COLOUR);
            let measured = measured.filter(|m| garment.pattern.is_none() && kept(m));
            let mut query = Query::of(&garment, measured);
            query.filters = filters.clone();
            query.gender = filters.gender;
            Shelf {
                asked: garment.describe(language),
                matches: self.catalogue.search(&query, limit),
                garment,
            }
        };
        report.style.garments.into_iter().zip(measured).map(shelf).collect()
    }

    /// The matches in the shape of SerpAPI's `google_lens` answer, which the seed's client shows: the
    /// best of each garment first, then the second best of each ...
    pub(crate) fn visual_matches(&self, look: &Look) -> Vec<Value> {
        let base = crate::seed::base(self);
        let shelves = self.shelves(look, &Filters::default(), 6, Language::Korean);
        let most = shelves.iter().map(|s| s.matches.len()).max().unwrap_or(0);
        let ranked = (0..most).flat_map(|k| shelves.iter().filter_map(move |s| s.matches.get(k)));
        let shown = ranked.enumerate().map(|(k, found)| {
            let product = found.product;
            let shown_price = product.price.display(Language::Korean);
            let digits = product.price.currency.minor_digits();
            let picture = match &product.picture {
                drape_catalogue::Picture::Url(url) => url.clone(),
                drape_catalogue::Picture::Drawn => format!("{base}/api/v1/products/{}/picture", product.id),
            };
            json!({
                "position": k + 1,
                "title": product.title(Language::Korean),
                "link": product.link.clone().unwrap_or_else(|| format!("{base}/products/{}", product.id)),
                "source": product.brand,
                "price": {
                    "value": shown_price,
                    "extracted_value": product.price.minor_units as f64 / 10_f64.powi(digits as i32),
                    "currency": product.price.currency,
                },
                "thumbnail": picture,
                "rating": product.rating.as_ref().map(|r| r.stars),
                "reviews": product.rating.as_ref().map(|r| r.reviews),
                "in_stock": product.availability == Availability::InStock,
            })
        });
        shown.collect()
    }
}

/// `#rrggbb`.
fn oklab(hex: &str) -> Option<Oklab> {
    let digits = hex.strip_prefix('#').filter(|d| d.len() == 6)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    let [_, r, g, b] = value.to_be_bytes();
    Some(Oklab::from_srgb8([r, g, b]))
}
