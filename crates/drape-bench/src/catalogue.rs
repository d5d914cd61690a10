//! `cargo xtask bench catalogue`: the product index among 100,000 goods, on one core.

use std::time::Instant;

use drape_catalogue::{Availability, Filters, Gender, Index, Price, Product, Query, demo};
use drape_core::style::{Colour, ColourName, Garment, GarmentKind, Material, Pattern, Shade};

const PRODUCTS: usize = 100_000;
const QUERIES: usize = 1_000;

pub(crate) fn run() -> Result<(), String> {
    let products = goods();
    let started = Instant::now();
    let index = Index::build(products);
    let built = started.elapsed().as_secs_f32();
    let mut dice = Dice(20_260_101);
    let mut times = Vec::with_capacity(QUERIES);
    let mut found = 0;
    for round in 0..QUERIES {
        let query = query(&mut dice, round);
        let started = Instant::now();
        found += index.search(&query, 12).len();
        times.push(started.elapsed().as_secs_f32() * 1e3);
    }
    let mut quantile = |share| crate::figures::quantile(&mut times, share);
    let (p50, p99, slowest) = (quantile(0.5), quantile(0.99), quantile(1.0));
    println!("products        {}", index.len());
    println!("build           {built:.2} s");
    println!("search p50      {p50:.3} ms");
    println!("search p99      {p99:.3} ms");
    println!("search slowest  {slowest:.3} ms");
    println!("matches         {:.1} per search", found as f32 / QUERIES as f32);
    println!("memory          {} bytes per product", index.memory() / index.len().max(1));
    if found == 0 { Err("nothing was found".to_owned()) } else { Ok(()) }
}

/// Demo goods in random colours, materials, patterns and prices, four per item group.
fn goods() -> Vec<Product> {
    let models = demo::products();
    let mut dice = Dice(1);
    (0..PRODUCTS)
        .map(|k| {
            let model = &models[dice.roll(models.len())];
            Product {
                id: format!("bench-{k:06}"),
                item_group_id: Some(format!("group-{:05}", k / 4)),
                colour: Colour::new(dice.pick(ColourName::ALL), dice.maybe(Shade::ALL)),
                pattern: dice.maybe(Pattern::ALL),
                material: dice.maybe(Material::ALL),
                gender: dice.pick(Gender::ALL),
                availability: dice.pick(Availability::ALL),
                price: Price::krw(10_000 + 1_000 * dice.roll(400) as u64),
                ..model.clone()
            }
        })
        .collect()
}

/// Kinds in turn; a tenth of the queries with words, a tenth with filters for price and stock.
fn query(dice: &mut Dice, round: usize) -> Query {
    let garment = Garment {
        colour: Some(Colour::new(dice.pick(ColourName::ALL), dice.maybe(Shade::ALL))),
        pattern: dice.maybe(Pattern::ALL),
        material: dice.maybe(Material::ALL),
        ..Garment::new(GarmentKind::ALL[round % GarmentKind::ALL.len()])
    };
    let mut filters = Filters::default();
    match round % 10 {
        3 => filters.text = "wool 네이비".to_owned(),
        7 => {
            filters.price_max = Some(100_000);
            filters.in_stock = true;
        }
        _ => {}
    }
    Query { gender: dice.maybe(Gender::ALL), filters, ..Query::of(&garment, None) }
}

/// A xorshift generator with a fixed seed, so that goods and queries are the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    fn maybe<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        if self.roll(2) == 0 { None } else { Some(self.pick(from)) }
    }
}
