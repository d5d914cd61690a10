//! Searches, through the public interface: a shopper's expectations, and properties of every answer.

use std::collections::BTreeSet;

use drape_catalogue::{Availability, Filters, Gender, Index, Price, Product, Query, Reason, demo, kinship};
use drape_core::colour::{Lab, Oklab};
use drape_core::language::Language;
use drape_core::style::{Colour, ColourName, Garment, GarmentKind, Length, Material, Pattern, Sleeves};
use drape_core::{lexicon, sentence::Sentence};

fn query(sentence: &str) -> Query {
    let style = lexicon::read(&Sentence::parse(sentence).expect("a sentence"));
    Query::of(&style.garments[0], None)
}

fn index() -> Index {
    Index::build(demo::products())
}

/// A small generator, so that "random" values are the same everywhere.
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

    fn query(&mut self) -> Query {
        let rgb = [0; 3].map(|_: u8| u8::try_from(self.roll(256)).expect("below 256"));
        let garment = Garment {
            pattern: self.maybe(Pattern::ALL),
            material: self.maybe(Material::ALL),
            length: self.maybe(Length::ALL),
            sleeves: self.maybe(Sleeves::ALL),
            ..Garment::new(self.pick(GarmentKind::ALL))
        };
        let measured = self.maybe(&[Oklab::from_srgb8(rgb)]);
        let filters = Filters {
            gender: if self.roll(3) == 0 { self.maybe(Gender::ALL) } else { None },
            in_stock: self.roll(4) == 0,
            price_max: if self.roll(4) == 0 { Some(self.roll(200_000) as u64) } else { None },
            ..Filters::default()
        };
        Query { gender: self.maybe(Gender::ALL), filters, ..Query::of(&garment, measured) }
    }
}

#[test]
fn a_navy_wool_blazer_is_found_first() {
    let index = index();
    for sentence in ["navy wool blazer", "네이비 울 블레이저"] {
        let matches = index.search(&query(sentence), 8);
        let first = matches[0].product;
        assert_eq!(first.kind, GarmentKind::Blazer);
        assert_eq!((first.colour.name, first.material), (ColourName::Navy, Some(Material::Wool)));
        let messages: Vec<String> = matches[0].reasons.iter().map(|r| r.message(Language::English)).collect();
        assert!(messages.starts_with(&["same kind: blazer".into(), "same navy".into(), "also wool".into()]));
        let messages: Vec<String> = matches[0].reasons.iter().map(|r| r.message(Language::Korean)).collect();
        assert_eq!(messages[..3], ["같은 종류: 블레이저", "같은 네이비", "소재도 울"]);
    }
}

#[test]
fn shoppers_get_what_they_asked_for() {
    let index = index();
    let expect = [
        ("red check flannel shirt", "demo-shirt-6"),
        ("검은색 가죽 재킷", "demo-leather-jacket-1"),
        ("burgundy diagonal striped silk tie", "demo-tie-2"),
        ("beige trench coat", "demo-trench-coat-1"),
        ("camouflage cargo pants", "demo-cargo-trousers-3"),
        ("camel cashmere scarf", "demo-scarf-3"),
    ];
    for (sentence, id) in expect {
        let found = index.search(&query(sentence), 3);
        let ids: Vec<&str> = found.iter().map(|m| m.product.id.as_str()).collect();
        assert_eq!(ids[0], id, "{sentence}: {ids:?}");
    }
}

#[test]
fn a_red_dress_never_ranks_below_a_blue_one() {
    let index = index();
    let blues = [ColourName::Navy, ColourName::Blue, ColourName::SkyBlue, ColourName::Cobalt];
    let reds = [ColourName::Red, ColourName::Scarlet, ColourName::Crimson];
    let any = demo::products().into_iter().find(|p| p.kind == GarmentKind::Dress).expect("a dress");
    // The blue ones agree in everything except the colour, the red ones only in the colour.
    let mut products: Vec<Product> = Vec::new();
    for (k, name) in reds.into_iter().chain(blues).enumerate() {
        let red = reds.contains(&name);
        products.push(Product {
            id: format!("{k}"),
            item_group_id: None,
            colour: Colour::new(name, None),
            pattern: if red { Some(Pattern::Floral) } else { None },
            material: Some(if red { Material::Lace } else { Material::Silk }),
            length: Some(if red { Length::Mini } else { Length::Maxi }),
            availability: if red { Availability::OutOfStock } else { Availability::InStock },
            ..any.clone()
        });
    }
    let own = Index::build(products);
    let asked = query("red silk maxi dress");
    let order: Vec<ColourName> = own.search(&asked, 10).iter().map(|m| m.product.colour.name).collect();
    assert!(order[..3].iter().all(|name| reds.contains(name)), "{order:?}");

    let found = index.search(
        &Query { filters: Filters { kinds: vec![GarmentKind::Dress], ..Filters::default() }, ..asked },
        100,
    );
    assert_eq!(found[0].product.colour.name, ColourName::Red);
}

#[test]
fn the_same_kind_comes_before_near_kinds_and_those_before_others() {
    let index = index();
    let found = index.search(&query("charcoal suit jacket"), 12);
    assert_eq!(found[0].product.kind, GarmentKind::SuitJacket);
    assert!(found.iter().take(4).any(|m| m.product.kind == GarmentKind::Blazer));
    for &a in GarmentKind::ALL {
        for &b in GarmentKind::ALL {
            let value = kinship(a, b);
            assert!(value == kinship(b, a) && (0.0..=1.0).contains(&value), "{a} {b}");
            assert_eq!(value == 1.0, a == b, "{a} {b}");
            assert!(value == 0.0 || a.slot() == b.slot() || value >= 0.6, "{a} {b}");
        }
    }
}

#[test]
fn the_measured_colour_counts_more_than_the_word() {
    let mut garment = Garment::new(GarmentKind::Hoodie);
    garment.colour = Some(Colour::new(ColourName::Black, None));
    let pink = Colour::new(ColourName::Pink, None).oklab;
    let index = index();
    let first = |measured| index.search(&Query::of(&garment, measured), 1)[0].product.colour.name;
    assert_eq!(first(None), ColourName::Black);
    assert_eq!(first(Some(pink)), ColourName::Pink);
}

fn passes(query: &Query, product: &Product) -> bool {
    let Filters { gender, in_stock, price_max, .. } = query.filters;
    gender.is_none_or(|g| g == product.gender || product.gender == Gender::Unisex)
        && (!in_stock || product.availability == Availability::InStock)
        && price_max.is_none_or(|most| product.price.minor_units <= most)
}

#[test]
fn the_index_finds_what_looking_at_everything_finds() {
    let products = demo::products();
    let index = Index::build(products.clone());
    let mut dice = Dice(0x5eed_0001);
    for round in 0..400 {
        let query = dice.query();
        let limit = 1 + dice.roll(20);
        let mut all: Vec<(f32, &Product)> = products
            .iter()
            .filter(|p| passes(&query, p))
            .map(|p| (query.score(p), p))
            .filter(|(score, _)| *score > 0.0)
            .collect();
        all.sort_by(|(a, p), (b, q)| b.total_cmp(a).then_with(|| p.id.cmp(&q.id)));
        let mut groups = BTreeSet::new();
        all.retain(|(_, p)| groups.insert(p.item_group_id.clone().unwrap_or_else(|| p.id.clone())));
        all.truncate(limit);
        let found = index.search(&query, limit);
        let found: Vec<(f32, &str)> = found.iter().map(|m| (m.score, m.product.id.as_str())).collect();
        let all: Vec<(f32, &str)> = all.iter().map(|(score, p)| (*score, p.id.as_str())).collect();
        assert_eq!(found, all, "round {round}: {query:?}");
    }
}

#[test]
fn answers_do_not_depend_on_the_order_of_the_goods() {
    let mut products = demo::products();
    let first = Index::build(products.clone());
    products.reverse();
    products.rotate_left(101);
    let second = Index::build(products);
    let mut dice = Dice(77);
    for _ in 0..100 {
        let query = dice.query();
        assert_eq!(first.search(&query, 10), second.search(&query, 10));
    }
}

#[test]
fn reasons_are_true() {
    let index = index();
    let mut dice = Dice(4711);
    for _ in 0..400 {
        let query = dice.query();
        for found in index.search(&query, 12) {
            let p = found.product;
            assert!((0.0..=1.0).contains(&found.score));
            assert!(passes(&query, p));
            let near = |limit: f32| {
                let asked = query.colour.expect("a colour was asked for").to_srgb8();
                Lab::from_srgb8(asked).distance(Lab::from_srgb8(p.colour.oklab.to_srgb8())) < limit
            };
            for reason in &found.reasons {
                let holds = match reason {
                    Reason::SameKind { kind } => p.kind == *kind && query.kind == *kind,
                    Reason::NearKind { kind, asked } => p.kind == *kind && kinship(*kind, *asked) >= 0.6,
                    Reason::SameSlot { slot, asked } => {
                        p.slot == *slot && asked.slot() == *slot && p.kind != *asked
                    }
                    Reason::SameColour { colour } => p.colour == *colour && near(12.0),
                    Reason::SimilarColour { colour } => p.colour == *colour && near(30.0),
                    Reason::OtherColour { colour } => p.colour == *colour && !near(4.0),
                    Reason::SamePattern { pattern } => {
                        p.pattern == Some(*pattern) && query.pattern == p.pattern
                    }
                    Reason::OtherPattern { pattern, asked } => {
                        pattern != asked && p.pattern.unwrap_or(Pattern::Solid) == *pattern
                    }
                    Reason::SameMaterial { material } => {
                        p.garment().material == Some(*material) && query.material == Some(*material)
                    }
                    Reason::OtherMaterial { material, asked } => {
                        p.garment().material == Some(*material) && material != asked
                    }
                    Reason::OtherLength { length, asked } => length != asked && query.length == Some(*asked),
                    Reason::OtherSleeves { sleeves, asked } => {
                        sleeves != asked && query.sleeves == Some(*asked)
                    }
                    Reason::OtherGender { gender } => p.gender == *gender && query.gender != Some(*gender),
                    Reason::NotInStock { availability } => p.availability == *availability,
                };
                assert!(holds, "{reason:?} of {p:?} for {query:?}");
                for language in [Language::Korean, Language::English] {
                    assert!(!reason.message(language).is_empty());
                }
            }
        }
    }
}

#[test]
fn what_is_sold_out_comes_later_and_says_so() {
    let any = demo::products().into_iter().find(|p| p.kind == GarmentKind::Coat).expect("a coat");
    let with =
        |id: &str, availability| Product { id: id.into(), item_group_id: None, availability, ..any.clone() };
    let index = Index::build(vec![
        with("a", Availability::OutOfStock),
        with("b", Availability::InStock),
        with("c", Availability::Preorder),
        Product { price: Price::krw(5), ..with("d", Availability::InStock) },
    ]);
    let query = Query::of(&any.garment(), None);
    let found = index.search(&query, 9);
    let ids: Vec<&str> = found.iter().map(|m| m.product.id.as_str()).collect();
    assert_eq!(ids, ["b", "d", "c", "a"]);
    assert_eq!(found[3].reasons.last(), Some(&Reason::NotInStock { availability: Availability::OutOfStock }));
    assert!(index.search(&query, 0).is_empty());
}
