//! Products for the garments of a look, from the catalogue.

use drape_catalogue::{Filters, Match, Query};
use drape_core::colour::Oklab;
use drape_core::language::Language;
use drape_core::recommender::Found;
use drape_core::report::Outcome;
use drape_core::style::Garment;
use drape_store::Look;
use serde_json::{Value, json};

use crate::app::App;
use crate::service::styling;

/// Distance in OKLab's a and b from which the picture shows another colour than requested.
const OTHER_COLOUR: f32 = 0.06;

/// Products like one garment of a look.
pub(crate) struct Shelf<'a> {
    /// The garment as requested, in words.
    pub(crate) asked: String,
    /// The garment.
    pub(crate) garment: Garment,
    /// Best first.
    pub(crate) matches: Vec<Match<'a>>,
}

/// One garment of a look to find products for.
pub(crate) struct Wanted {
    pub(crate) garment: Garment,
    /// Its colour in the picture, where that is better than the requested one.
    pub(crate) measured: Option<Oklab>,
    /// Whether the engine made it, so that the picture shows it.
    pub(crate) made: bool,
}

impl App {
    /// The garments of a look, as requested, with the colours measured in the picture.
    pub(crate) fn garments(&self, look: &Look) -> Vec<Wanted> {
        let Some(report) = styling::report(look) else { return Vec::new() };
        // The report has one entry per wish, garments first, in the order of the style.
        let made = report.garments.into_iter().map(|wish| {
            let measured = wish.measured.and_then(|m| Oklab::from_hex(&m.hex));
            (measured, wish.outcome != Outcome::NotPossible)
        });
        let made = made.chain(std::iter::repeat((None, true)));
        let wanted = |(garment, (measured, made)): (Garment, (Option<Oklab>, bool))| {
            // Shade and sun turn white cloth grey in a picture, but a request for white means white. So use
            // the picture's colour only if hue or chroma differs from the request.
            let asked = garment.colour.as_ref().map(|c| c.oklab);
            let kept = |m: &Oklab| asked.is_none_or(|a| (m.a - a.a).hypot(m.b - a.b) > OTHER_COLOUR);
            let measured = measured.filter(|m| garment.pattern.is_none() && kept(m));
            Wanted { garment, measured, made }
        };
        report.style.garments.into_iter().zip(made).map(wanted).collect()
    }

    /// Products like each garment of a look, by the request and by the colour measured in the picture. A
    /// garment that could not be made is searched for as requested.
    pub(crate) fn shelves(
        &self,
        look: &Look,
        filters: &Filters,
        limit: usize,
        language: Language,
    ) -> Vec<Shelf<'_>> {
        let shelf = |wanted: Wanted| {
            let mut query = Query::of(&wanted.garment, wanted.measured);
            query.filters = filters.clone();
            query.gender = filters.gender;
            Shelf {
                asked: wanted.garment.describe(language),
                matches: self.catalogue.search(&query, limit),
                garment: wanted.garment,
            }
        };
        self.garments(look).into_iter().map(shelf).collect()
    }

    /// The catalogue's products for each garment of a look, in Korean, for the former service's client.
    pub(crate) async fn founds(&self, look: &Look) -> Vec<Found> {
        let mut all = Vec::new();
        for wanted in self.garments(look) {
            all.push(self.in_catalogue(&wanted, 6, Language::Korean).await);
        }
        all
    }
}

/// Products in the form of SerpAPI's `google_lens` answer, which the former service's client shows: the best
/// of each garment first, then the second best of each, and so on. `base` turns paths into addresses.
pub(crate) fn visual_matches(founds: &[Found], base: &str) -> Vec<Value> {
    let whole = |address: &String| {
        if address.starts_with('/') { format!("{base}{address}") } else { address.clone() }
    };
    let most = founds.iter().map(|f| f.products.len()).max().unwrap_or(0);
    let ranked = (0..most).flat_map(|k| founds.iter().filter_map(move |f| f.products.get(k)));
    let shown = ranked.enumerate().map(|(k, product)| {
        json!({
            "position": k + 1,
            "title": product.title,
            "link": whole(&product.link),
            "source": product.source,
            "price": product.price.as_ref().map(|price| json!({
                "value": price.value,
                "extracted_value": price.amount,
                "currency": price.currency,
            })),
            "thumbnail": product.thumbnail.as_ref().map(whole),
            "rating": product.rating,
            "reviews": product.reviews,
            "in_stock": product.in_stock,
        })
    });
    shown.collect()
}
