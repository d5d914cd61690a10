//! The demo goods and the words of products, through the public interface.

use std::collections::BTreeSet;

use drape_catalogue::{Currency, Filters, Index, Page, Price, Product, Sort, demo};
use drape_core::language::Language;
use drape_core::style::{GarmentKind, Slot};

#[test]
fn the_demo_goods_cover_every_kind() {
    let products = demo::products();
    assert!(products.len() >= 240, "{}", products.len());
    for kind in GarmentKind::ALL {
        let count = products.iter().filter(|p| p.kind == *kind).count();
        assert!(count >= 2, "{kind}: {count}");
    }
    let ids: BTreeSet<&str> = products.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids.len(), products.len(), "an id is there twice");
    for p in &products {
        assert_eq!(p.slot, p.kind.slot(), "{}", p.id);
        assert_eq!(Language::of_text(&p.title_ko), Language::Korean, "{}", p.title_ko);
        assert!(p.title_en.is_ascii() && !p.title_en.is_empty(), "{}", p.title_en);
        assert!((1_000..2_000_000).contains(&p.price.minor_units), "{}: {:?}", p.id, p.price);
    }
    let blazer = products.iter().find(|p| p.id == "demo-blazer-1").expect("a navy blazer");
    assert_eq!(blazer.title(Language::Korean), "네이비 울 더블 블레이저");
    assert_eq!(blazer.title(Language::English), "Navy wool double-breasted blazer");
}

#[test]
fn a_product_survives_json() {
    for product in demo::products() {
        let json = serde_json::to_string(&product).expect("a product is JSON");
        assert!(json.contains(r#""item_group_id""#) && json.contains(r#""currency":"KRW""#), "{json}");
        let back: Product = serde_json::from_str(&json).expect("its own JSON");
        assert_eq!(back, product);
    }
}

#[test]
fn prices_read_well() {
    assert_eq!(Price::krw(1_289_000).display(Language::Korean), "1,289,000원");
    assert_eq!(Price::krw(900).display(Language::English), "KRW 900");
    let usd: Currency = "USD".parse().expect("a currency");
    assert_eq!(Price { minor_units: 105_905, currency: usd }.display(Language::Korean), "USD 1,059.05");
    assert!("usd".parse::<Currency>().is_err());
    assert!("WON ".parse::<Currency>().is_err());
}

#[test]
fn a_wrong_table_is_refused_with_its_place() {
    let lines = ["no columns", "id\tkind"];
    for line in lines {
        assert_eq!(demo::read(line, 0), Err(demo::TableError::Columns));
    }
    let head = "id\titem_group_id\tkind\tgender\tcolour\tfurther_colours\tpattern\tmaterial\tlength\t\
        sleeves\tfit\tdetails\tprice_krw\tavailability\tstars\treviews\tbrand\ttitle_ko\ttitle_en";
    let row = "x\t-\tcloak\tmen\tnavy\t-\t-\t-\t-\t-\t-\t-\t1\tin_stock\t-\t-\tB\tㄱ\tx";
    let error = demo::read(&format!("{head}\n{row}\n"), 0).expect_err("there are no cloaks");
    assert_eq!(error.to_string(), r#"line 2: unknown kind: "cloak""#);
    let error = demo::read(&format!("{head}\nx\ty\n"), 0).expect_err("too short");
    assert_eq!(error.to_string(), "line 2: 2 fields instead of 19");
}

#[test]
fn of_two_products_with_one_id_the_last_stays() {
    let mut products = demo::products();
    let count = products.len();
    let news = Product { price: Price::krw(1), ..products[7].clone() };
    products.push(news.clone());
    let index = Index::build(products);
    assert_eq!(index.len(), count);
    assert_eq!(index.get(&news.id), Some(&news));
    assert_eq!(index.get("nothing"), None);
}

#[test]
fn shelves_page_through_everything_once() {
    let index = Index::build(demo::products());
    let mut seen = BTreeSet::new();
    let mut page = Page::default();
    loop {
        let shelf = index.browse(&Filters::default(), &page);
        assert_eq!(shelf.total, index.len());
        if shelf.products.is_empty() {
            break;
        }
        seen.extend(shelf.products.iter().map(|p| p.id.clone()));
        page.number += 1;
    }
    assert_eq!(seen.len(), index.len());
    let beyond = Page { number: usize::MAX, ..Page::default() };
    assert!(index.browse(&Filters::default(), &beyond).products.is_empty());
}

#[test]
fn shelves_say_what_there_is_to_filter_by() {
    let index = Index::build(demo::products());
    let filters = Filters { slot: Some(Slot::Outer), price_max: Some(90_000), ..Filters::default() };
    let page = Page { size: 500, sort: Sort::PriceAscending, ..Page::default() };
    let shelf = index.browse(&filters, &page);
    assert_eq!(shelf.products.len(), shelf.total);
    assert!(shelf.products.iter().all(|p| p.slot == Slot::Outer && p.price.minor_units <= 90_000));
    assert!(shelf.products.is_sorted_by_key(|p| p.price.minor_units));
    assert_eq!(shelf.kinds.iter().map(|(_, n)| n).sum::<usize>(), shelf.total);
    let (low, high) = shelf.price_range.expect("there is outerwear");
    assert!(low <= 90_000 && high > 200_000, "the range is that without the price filter: {low} {high}");
    assert_eq!(shelf.currency, Some(Currency::KRW));

    let filters = Filters { text: "NAVY 블레이저".to_owned(), ..Filters::default() };
    let shelf = index.browse(&filters, &page);
    assert!(shelf.total >= 2);
    assert!(shelf.products.iter().all(|p| p.kind == GarmentKind::Blazer && p.title_en.contains("Navy")));
    let empty = Index::build(Vec::new()).browse(&Filters::default(), &page).total;
    assert_eq!(empty, 0);
}
