//! The index over all products: the ones most like a garment, and shelves to browse.
//!
//! Products are stored in columns, sorted by kind and then by id. A search visits the kinds from nearest to
//! farthest and stops at the first that cannot improve the list any more.

pub(crate) mod browse;

use std::collections::{BTreeMap, HashMap};

use drape_core::style::{GarmentKind, Pattern};
use serde::Serialize;

use crate::filters::Filters;
use crate::product::{Availability, Currency, Gender, Product};
use crate::query::{AVAILABILITY, GENDER, MATERIAL, Measures, PATTERN, Query, Traits, code};
use crate::reason::Reason;

/// A product that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match<'a> {
    /// The product.
    pub product: &'a Product,
    /// How like the garment it is, 0 to 1.
    pub score: f32,
    /// Reasons for it, then reasons against it.
    pub reasons: Vec<Reason>,
}

/// All products of a catalogue, ready to be searched.
#[derive(Debug, Default)]
pub struct Index {
    /// By id.
    products: Vec<Product>,
    /// For each kind, where its rows begin; one more for the end.
    starts: Vec<u32>,
    /// The columns, by kind and then id: which product, its traits, article, price, and text.
    numbers: Vec<u32>,
    traits: Vec<Traits>,
    groups: Vec<u32>,
    prices: Vec<u64>,
    currencies: Vec<Currency>,
    texts: Vec<Box<str>>,
    /// The currency of most products.
    currency: Option<Currency>,
}

impl Index {
    /// Builds the index. Of products with one id the last one stays.
    pub fn build(mut products: Vec<Product>) -> Self {
        products.reverse();
        products.sort_by(|a, b| a.id.cmp(&b.id));
        products.dedup_by(|later, first| later.id == first.id);
        for product in &mut products {
            product.slot = product.kind.slot();
        }
        let count = u32::try_from(products.len()).expect("fewer than four thousand million products");
        let mut numbers: Vec<u32> = (0..count).collect();
        numbers.sort_by_key(|n| (products[*n as usize].kind, *n));
        let row = |n: &u32| &products[*n as usize];
        let mut starts = vec![0; GarmentKind::ALL.len() + 1];
        for n in &numbers {
            starts[row(n).kind as usize + 1] += 1;
        }
        for k in 1..starts.len() {
            starts[k] += starts[k - 1];
        }
        // The number of a group is that of its first product; an article without variants has its own.
        let mut known: HashMap<&str, u32> = HashMap::new();
        let groups = numbers
            .iter()
            .map(|n| match row(n).item_group_id.as_deref() {
                Some(group) => *known.entry(group).or_insert(*n),
                None => *n,
            })
            .collect();
        let mut currencies: BTreeMap<Currency, usize> = BTreeMap::new();
        for product in &products {
            *currencies.entry(product.price.currency).or_default() += 1;
        }
        Self {
            starts,
            traits: numbers.iter().map(|n| Traits::of(row(n))).collect(),
            groups,
            prices: numbers.iter().map(|n| row(n).price.minor_units).collect(),
            currencies: numbers.iter().map(|n| row(n).price.currency).collect(),
            texts: numbers.iter().map(|n| text(row(n))).collect(),
            currency: currencies.into_iter().max_by_key(|(_, n)| *n).map(|(currency, _)| currency),
            numbers,
            products,
        }
    }

    /// How many products there are.
    pub fn len(&self) -> usize {
        self.products.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    /// Every product, by id.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The product of that id.
    pub fn get(&self, id: &str) -> Option<&Product> {
        let at = self.products.binary_search_by(|p| p.id.as_str().cmp(id)).ok()?;
        self.products.get(at)
    }

    /// The products most like the garment of a query, best first, at most `limit`; of one article
    /// only the best variant. Products of equal score are in the order of ids.
    pub fn search(&self, query: &Query, limit: usize) -> Vec<Match<'_>> {
        let measures = Measures::of(query);
        let sieve = Sieve::new(self, &query.filters);
        let mut kinds: Vec<GarmentKind> = GarmentKind::ALL.to_vec();
        kinds.retain(|kind| measures.kinship[*kind as usize] > 0.0 && sieve.kind(*kind));
        kinds.sort_by(|a, b| measures.kinship[*b as usize].total_cmp(&measures.kinship[*a as usize]));
        let mut best = Best { entries: Vec::with_capacity(limit.min(self.len()) + 1), limit };
        for kind in kinds {
            let scale = measures.kinship[kind as usize];
            if !best.admits(scale, 0) {
                break;
            }
            for row in self.rows(kind) {
                let score = scale * measures.likeness(&self.traits[row]);
                if best.admits(score, self.numbers[row]) && sieve.row(self, row) {
                    best.add(Entry { score, number: self.numbers[row], group: self.groups[row] });
                }
            }
        }
        let product = |entry: &Entry| &self.products[entry.number as usize];
        best.entries
            .iter()
            .map(|entry| Match {
                product: product(entry),
                score: entry.score,
                reasons: Reason::of(query, product(entry)),
            })
            .collect()
    }

    /// The bytes that products and columns take, estimated from the lengths of their texts and lists.
    pub fn memory(&self) -> usize {
        let column = size_of::<Traits>() + 3 * size_of::<u32>() + size_of::<u64>() + size_of::<Box<str>>();
        let heap: usize = self.products.iter().map(heap).sum();
        let texts: usize = self.texts.iter().map(|text| text.len()).sum();
        self.len() * (column + size_of::<Product>()) + heap + texts
    }

    fn rows(&self, kind: GarmentKind) -> std::ops::Range<usize> {
        let start = |k: usize| self.starts.get(k).map_or(0, |at| *at as usize);
        start(kind as usize)..start(kind as usize + 1)
    }
}

/// The text that a text filter searches.
fn text(product: &Product) -> Box<str> {
    let Product { title_ko, title_en, brand, id, .. } = product;
    format!("{title_ko}\n{title_en}\n{brand}\n{id}").to_lowercase().into_boxed_str()
}

/// The bytes of a product on the heap.
fn heap(product: &Product) -> usize {
    let texts = [&product.id, &product.title_ko, &product.title_en, &product.brand, &product.colour.hex];
    let maybe = [&product.item_group_id, &product.link];
    texts.iter().map(|t| t.len()).sum::<usize>()
        + maybe.iter().filter_map(|t| t.as_ref().map(String::len)).sum::<usize>()
        + product.further_colours.len() * (size_of_val(&product.colour) + product.colour.hex.len())
        + product.details.len()
}

/// An entry of the result list.
struct Entry {
    score: f32,
    /// Products are numbered by id; among equal scores the lower number comes first.
    number: u32,
    group: u32,
}

impl Entry {
    fn before(&self, score: f32, number: u32) -> bool {
        self.score > score || self.score == score && self.number < number
    }
}

/// The best matches so far, best first, one of each article.
struct Best {
    entries: Vec<Entry>,
    limit: usize,
}

impl Best {
    /// Whether that score would come onto the list.
    fn admits(&self, score: f32, number: u32) -> bool {
        self.entries.len() < self.limit || self.entries.last().is_some_and(|last| !last.before(score, number))
    }

    fn add(&mut self, entry: Entry) {
        if let Some(at) = self.entries.iter().position(|e| e.group == entry.group) {
            if self.entries[at].before(entry.score, entry.number) {
                return;
            }
            self.entries.remove(at);
        }
        let at = self.entries.partition_point(|e| e.before(entry.score, entry.number));
        self.entries.insert(at, entry);
        self.entries.truncate(self.limit);
    }
}

/// Filters in a form that is fast to test rows with.
struct Sieve<'f> {
    filters: &'f Filters,
    words: Vec<String>,
    /// The codes of the pattern and the material asked for.
    pattern: Option<u8>,
    material: Option<u8>,
    currency: Option<Currency>,
}

impl<'f> Sieve<'f> {
    fn new(index: &Index, filters: &'f Filters) -> Self {
        let priced = filters.price_min.is_some() || filters.price_max.is_some();
        let pattern =
            filters.pattern.map(|p| code(Some(p).filter(|p| *p != Pattern::Solid).map(|p| p as u8)));
        Self {
            filters,
            words: filters.text.to_lowercase().split_whitespace().map(str::to_owned).collect(),
            pattern,
            material: filters.material.map(|m| code(Some(m as u8))),
            currency: filters.currency.or(if priced { index.currency } else { None }),
        }
    }

    fn kind(&self, kind: GarmentKind) -> bool {
        self.slot(kind) && (self.filters.kinds.is_empty() || self.filters.kinds.contains(&kind))
    }

    fn slot(&self, kind: GarmentKind) -> bool {
        self.filters.slot.is_none_or(|slot| slot == kind.slot())
    }

    /// Whether a row passes; does not test its kind.
    fn row(&self, index: &Index, row: usize) -> bool {
        self.price(index, row) && self.but_price(index, row)
    }

    fn price(&self, index: &Index, row: usize) -> bool {
        let price = index.prices[row];
        self.currency.is_none_or(|c| c == index.currencies[row])
            && self.filters.price_min.is_none_or(|least| price >= least)
            && self.filters.price_max.is_none_or(|most| price <= most)
    }

    fn but_price(&self, index: &Index, row: usize) -> bool {
        let codes = &index.traits[row].codes;
        let colour = || index.products[index.numbers[row] as usize].colour.name;
        let gender = Gender::ALL[usize::from(codes[GENDER])];
        (!self.filters.in_stock || codes[AVAILABILITY] == Availability::InStock as u8)
            && self.filters.gender.is_none_or(|asked| gender == asked || gender == Gender::Unisex)
            && self.pattern.is_none_or(|p| codes[PATTERN] == p)
            && self.material.is_none_or(|m| codes[MATERIAL] == m)
            && self.filters.colour.is_none_or(|name| name == colour())
            && self.words.iter().all(|word| index.texts[row].contains(word.as_str()))
    }
}
