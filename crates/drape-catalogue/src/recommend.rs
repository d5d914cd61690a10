//! The catalogue as a recommender: uses only the words and the measured colour of a garment.

use drape_core::answer::{Answer, NoAnswer};
use drape_core::recommender::{Ask, Found, Price, Product as Shown, Recommender};

use crate::{Availability, Index, Picture, Product, Query};

/// Name of the catalogue as a recommender, in JSON and settings.
pub const CATALOGUE: &str = "catalogue";

impl Recommender for Index {
    fn name(&self) -> &'static str {
        CATALOGUE
    }

    /// Products like the garment; those without a page of their shop link to this server's page of them.
    ///
    /// # Errors
    /// [`NoAnswer::Nothing`] when no product is worn where the garment is.
    fn recommend<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Result<Found, NoAnswer>> {
        Box::pin(async move {
            let matches = self.search(&Query::of(ask.garment, ask.measured), ask.limit);
            let as_of = matches.iter().map(|m| m.product.updated_at).min().ok_or(NoAnswer::Nothing)?;
            let products = matches.iter().map(|m| shown(m.product, &ask)).collect();
            Ok(Found { products, as_of: i64::try_from(as_of).unwrap_or(ask.now) })
        })
    }
}

fn shown(product: &Product, ask: &Ask<'_>) -> Shown {
    let price = product.price;
    let digits = price.currency.minor_digits();
    Shown {
        title: product.title(ask.language).to_owned(),
        link: product.link.clone().unwrap_or_else(|| format!("/products/{}", product.id)),
        source: product.brand.clone(),
        price: Some(Price {
            value: price.display(ask.language),
            amount: Some(price.minor_units as f64 / 10_f64.powi(digits as i32)),
            currency: Some(price.currency.to_string()),
        }),
        thumbnail: Some(match &product.picture {
            Picture::Url(url) => url.clone(),
            Picture::Drawn => format!("/api/v1/products/{}/picture", product.id),
        }),
        // Convert through text: 4.6 in single precision is another number than 4.6 in double precision.
        rating: product.rating.and_then(|r| r.stars.to_string().parse().ok()),
        reviews: product.rating.map(|r| u64::from(r.reviews)),
        in_stock: Some(product.availability == Availability::InStock),
    }
}
