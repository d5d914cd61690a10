//! `/products`: the catalogue, and the cards in which every page shows products.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use drape_catalogue::{Availability, Filters, Gender, Page as Part, Product, Reason, Sort};
use drape_core::style::{ColourName, GarmentKind, Slot};
use serde::Deserialize;

use super::frame::{Page, encoded};
use crate::Problem;
use crate::app::Shared;

/// A product as shown on a card.
pub(crate) struct Card {
    pub(crate) title: String,
    pub(crate) brand: String,
    pub(crate) price: String,
    pub(crate) stock: &'static str,
    pub(crate) in_stock: bool,
    pub(crate) gender: &'static str,
    pub(crate) picture: String,
    /// Address of its page on this server.
    pub(crate) page: String,
    pub(crate) link: Option<String>,
    pub(crate) rating: Option<String>,
    pub(crate) as_of: i64,
    /// Reasons in its favour.
    pub(crate) alike: Vec<String>,
    /// Differences from the garment.
    pub(crate) unlike: Vec<String>,
    /// A sentence that tries it on.
    pub(crate) wear: String,
}

/// The filters of a visitor.
#[derive(Clone)]
pub(crate) struct Choices {
    pub(crate) most: String,
    pub(crate) gender: String,
    pub(crate) stock: bool,
}

/// The query of the catalogue page: search, filters, page number.
#[derive(Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
    slot: Option<String>,
    kind: Option<String>,
    colour: Option<String>,
    gender: Option<String>,
    most: Option<String>,
    stock: Option<String>,
    sort: Option<String>,
    page: Option<String>,
}

/// A value to filter by.
struct Choice {
    id: &'static str,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "products.html")]
struct Products<'a> {
    p: &'a Page,
    cards: Vec<Card>,
    total: usize,
    text: String,
    slots: Vec<Choice>,
    kinds: Vec<Choice>,
    colours: Vec<Choice>,
    sorts: Vec<Choice>,
    choices: Choices,
    before: Option<String>,
    after: Option<String>,
    page: usize,
    pages: usize,
}

#[derive(Template)]
#[template(path = "product.html")]
struct One<'a> {
    p: &'a Page,
    card: Card,
    hex: &'a str,
    facts: Vec<(&'static str, String)>,
    like: Vec<Card>,
}

/// Products on a page.
const SIZE: usize = 24;

pub(crate) fn card(product: &Product, reasons: &[Reason], p: &Page) -> Card {
    let language = p.language;
    let said = |agrees: bool| {
        let some = reasons.iter().filter(|r| r.agrees() == agrees).map(|r| r.message(language));
        some.collect::<Vec<_>>()
    };
    Card {
        title: product.title(language).to_owned(),
        brand: product.brand.clone(),
        price: product.price.display(language),
        stock: product.availability.name(language),
        in_stock: product.availability == Availability::InStock,
        gender: product.gender.name(language),
        // Only drawings: fetching a shop's own picture would tell the shop what the visitor looks at.
        picture: format!("/products/{}/picture.svg", product.id),
        page: format!("/products/{}", product.id),
        link: product.link.clone().filter(|l| l.starts_with("https://") || l.starts_with("http://")),
        rating: product.rating.map(|r| format!("{:.1} ({})", r.stars, r.reviews)),
        as_of: i64::try_from(product.updated_at).unwrap_or_default(),
        alike: said(true),
        // The largest difference comes first; more than two lines would bury the product under its faults.
        unlike: said(false).into_iter().take(2).collect(),
        wear: encoded(&product.garment().describe(language)),
    }
}

impl Choices {
    pub(crate) fn new(most: Option<&str>, gender: Option<&str>, stock: Option<&str>) -> Self {
        let digits = most.unwrap_or_default().chars().filter(char::is_ascii_digit).take(9);
        Self {
            most: digits.collect(),
            gender: gender.unwrap_or_default().to_owned(),
            stock: stock.is_some_and(|s| !s.is_empty()),
        }
    }

    /// Whether any filter is set.
    pub(crate) fn any(&self) -> bool {
        self.stock || !self.most.is_empty() || !self.gender.is_empty()
    }

    pub(crate) fn filters(&self) -> Filters {
        let most = self.most.parse::<u64>().ok();
        Filters {
            price_max: most.map(|m| m.saturating_mul(unit(&Filters::default()))),
            gender: self.gender.parse::<Gender>().ok(),
            in_stock: self.stock,
            ..Filters::default()
        }
    }
}

/// Minor units in one unit of the filter's currency; the won has no minor unit.
fn unit(filters: &Filters) -> u64 {
    filters.currency.map_or(1, |c| 10_u64.pow(c.minor_digits()))
}

pub(crate) async fn show(
    State(app): State<Shared>,
    p: Page,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let choices = Choices::new(asked.most.as_deref(), asked.gender.as_deref(), asked.stock.as_deref());
    let id = |value: &Option<String>| value.clone().unwrap_or_default();
    let (slot, kind, colour) = (id(&asked.slot), id(&asked.kind), id(&asked.colour));
    let text: String = asked.q.unwrap_or_default().chars().take(80).collect();
    let filters = Filters {
        slot: Slot::of_id(&slot),
        kinds: GarmentKind::of_id(&kind).into_iter().collect(),
        colour: ColourName::of_id(&colour),
        text: text.clone(),
        ..choices.filters()
    };
    let sort = asked.sort.unwrap_or_default();
    let number = asked.page.and_then(|n| n.parse::<usize>().ok()).unwrap_or(1).clamp(1, 10_000);
    let part = Part { number: number - 1, size: SIZE, sort: sort_of(&sort) };
    let shelf = app.catalogue.browse(&filters, &part);
    let pages = shelf.total.div_ceil(SIZE).max(1);
    let at = |page: usize| {
        let fields = [
            ("q", text.as_str()),
            ("slot", &slot),
            ("kind", &kind),
            ("colour", &colour),
            ("gender", &choices.gender),
            ("most", &choices.most),
            ("stock", if choices.stock { "on" } else { "" }),
            ("sort", &sort),
        ];
        let set = fields.iter().filter(|f| !f.1.is_empty());
        let query: String = set.map(|(name, value)| format!("{name}={}&", encoded(value))).collect();
        format!("/products?{query}page={page}")
    };
    let choice = |id: &'static str, name: String, chosen: &str| Choice { id, chosen: id == chosen, name };
    let language = p.language;
    let kinds = shelf.kinds.iter().map(|(k, n)| choice(k.id(), format!("{} ({n})", k.name(language)), &kind));
    let slots = Slot::ALL.iter().map(|s| choice(s.id(), s.name(language).to_owned(), &slot));
    let colours = ColourName::ALL.iter().map(|c| choice(c.id(), c.name(language).to_owned(), &colour));
    let sorts = [
        ("", p.t("종류별", "by kind")),
        ("cheap", p.t("낮은 가격부터", "cheapest first")),
        ("dear", p.t("높은 가격부터", "most expensive first")),
        ("rated", p.t("평점 높은 순", "best rated first")),
    ];
    p.show(&Products {
        p: &p,
        cards: shelf.products.iter().map(|product| card(product, &[], &p)).collect(),
        total: shelf.total,
        slots: slots.collect(),
        kinds: kinds.collect(),
        colours: colours.collect(),
        sorts: sorts.into_iter().map(|(id, name)| choice(id, name.to_owned(), &sort)).collect(),
        before: (number > 1).then(|| at(number - 1)),
        after: (number < pages).then(|| at(number + 1)),
        page: number,
        pages,
        text: text.clone(),
        choices: choices.clone(),
    })
}

fn sort_of(id: &str) -> Sort {
    match id {
        "cheap" => Sort::PriceAscending,
        "dear" => Sort::PriceDescending,
        "rated" => Sort::Rating,
        _ => Sort::default(),
    }
}

/// `GET /products/{id}`.
pub(crate) async fn show_one(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let product = app.catalogue.get(&id).ok_or(Problem::NotFound)?;
    let named = |name: &'static str, value: Option<&str>| value.map(|v| (name, v.to_owned()));
    let l = p.language;
    let facts = [
        named(p.t("종류", "Kind"), Some(product.kind.name(l))),
        named(p.t("색", "Colour"), Some(&product.colour.name(l))),
        named(p.t("무늬", "Pattern"), product.pattern.map(|v| v.name(l))),
        named(p.t("소재", "Material"), product.material.map(|v| v.name(l))),
        named(p.t("길이", "Length"), product.length.map(|v| v.name(l))),
        named(p.t("소매", "Sleeves"), product.sleeves.map(|v| v.name(l))),
        named(p.t("핏", "Fit"), product.fit.map(|v| v.name(l))),
        named(p.t("누구 옷", "For whom"), Some(product.gender.name(l))),
    ];
    let mut query = drape_catalogue::Query::of(&product.garment(), None);
    query.gender = Some(product.gender);
    let like = app.catalogue.search(&query, 7);
    let like = like.iter().filter(|hit| hit.product.id != product.id).take(6);
    p.show(&One {
        p: &p,
        card: card(product, &[], &p),
        hex: &product.colour.hex,
        facts: facts.into_iter().flatten().collect(),
        like: like.map(|hit| card(hit.product, &hit.reasons, &p)).collect(),
    })
}

/// `GET /products/{id}/picture.svg`.
pub(crate) async fn picture(State(app): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let product = app.catalogue.get(&id).ok_or(Problem::NotFound)?;
    let mut headers = HeaderMap::new();
    headers.insert("content-type", axum::http::HeaderValue::from_static("image/svg+xml"));
    headers.insert("cache-control", axum::http::HeaderValue::from_static("public, max-age=3600"));
    Ok((headers, drape_drawings::garment(&product.garment())).into_response())
}
