//! Shelves of the catalogue: pages of the products that pass the filters, with the choices for further
//! filters.

use drape_core::style::GarmentKind;
use serde::{Deserialize, Serialize};

use super::{Index, Sieve};
use crate::filters::Filters;
use crate::product::{Currency, Product};

/// The order in which products are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By kind, then by id.
    #[default]
    Kind,
    /// Cheapest first.
    PriceAscending,
    /// Dearest first.
    PriceDescending,
    /// Best rated first.
    Rating,
    /// Last updated first.
    Newest,
}

/// A page of a long list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// From 0.
    pub number: usize,
    /// Products on a page.
    pub size: usize,
    /// In which order.
    pub sort: Sort,
}

impl Default for Page {
    fn default() -> Self {
        Self { number: 0, size: 24, sort: Sort::Kind }
    }
}

/// One page of products, and the choices for further filters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shelf<'a> {
    /// The products of the page.
    pub products: Vec<&'a Product>,
    /// How many there are on all pages.
    pub total: usize,
    /// How many of each kind there would be without the filter by kind; kinds without products are left out.
    pub kinds: Vec<(GarmentKind, usize)>,
    /// Lowest and highest price without the filter by price, in the smallest unit of `currency`.
    pub price_range: Option<(u64, u64)>,
    /// The currency of `price_range`: the filter's, or the catalogue's most common one.
    pub currency: Option<Currency>,
}

impl Index {
    /// One page of the products that pass the filters. A page beyond the last is empty.
    pub fn browse(&self, filters: &Filters, page: &Page) -> Shelf<'_> {
        let sieve = Sieve::new(self, filters);
        let currency = filters.currency.or(self.currency);
        let mut found: Vec<(usize, &Product)> = Vec::new();
        let mut kinds = Vec::new();
        let mut range: Option<(u64, u64)> = None;
        for kind in GarmentKind::ALL.iter().copied().filter(|kind| sieve.slot(*kind)) {
            let mut count = 0;
            for row in self.rows(kind).filter(|row| sieve.but_price(self, *row)) {
                if sieve.kind(kind) && Some(self.currencies[row]) == currency {
                    let price = self.prices[row];
                    range =
                        Some(range.map_or((price, price), |(low, high)| (low.min(price), high.max(price))));
                }
                if sieve.price(self, row) {
                    count += 1;
                    if sieve.kind(kind) {
                        found.push((row, &self.products[self.numbers[row] as usize]));
                    }
                }
            }
            if count > 0 {
                kinds.push((kind, count));
            }
        }
        // Rows are in the order of kind and id. Sorting is stable, so this order breaks ties.
        match page.sort {
            Sort::Kind => {}
            Sort::PriceAscending => found.sort_by_key(|(row, _)| self.prices[*row]),
            Sort::PriceDescending => found.sort_by_key(|(row, _)| std::cmp::Reverse(self.prices[*row])),
            Sort::Rating => found.sort_by(|(_, a), (_, b)| stars(b).total_cmp(&stars(a))),
            Sort::Newest => found.sort_by_key(|(_, p)| std::cmp::Reverse(p.updated_at)),
        }
        let from = page.number.saturating_mul(page.size);
        Shelf {
            total: found.len(),
            products: found.iter().skip(from).take(page.size).map(|(_, product)| *product).collect(),
            kinds,
            price_range: range,
            currency,
        }
    }
}

fn stars(product: &Product) -> f32 {
    product.rating.map_or(0.0, |rating| rating.stars)
}
