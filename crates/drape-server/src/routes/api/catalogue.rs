//! The catalogue, and recommendations from it.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use drape_catalogue::{Filters, Gender, Picture, Product};
use drape_core::language::Language;
use drape_core::style::{ColourName, GarmentKind, Material, Pattern};
use drape_store::now;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::looks::id_of;
use crate::Problem;
use crate::app::Shared;
use crate::http::visitor::{Signed, Visitor};

/// What to show.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Words of the title or brand.
    pub(crate) text: Option<String>,
    /// Id of a kind, such as `blazer`.
    pub(crate) kind: Option<String>,
    /// Id of a colour, such as `navy`.
    pub(crate) colour: Option<String>,
    /// Id of a pattern, such as `check`.
    pub(crate) pattern: Option<String>,
    /// Id of a material, such as `wool`.
    pub(crate) material: Option<String>,
    /// `women`, `men` or `unisex`.
    pub(crate) gender: Option<String>,
    /// Lowest price in minor units of the currency (won).
    pub(crate) price_min: Option<u64>,
    /// Highest price in minor units of the currency (won).
    pub(crate) price_max: Option<u64>,
    /// `true`: only what can be had now.
    pub(crate) in_stock: Option<bool>,
    /// Number of the page, from 0.
    pub(crate) page: Option<usize>,
    /// 1 to 100.
    pub(crate) limit: Option<usize>,
}

impl Wanted {
    /// The filters. An unknown id is an error that names its field.
    pub(crate) fn filters(&self) -> Result<Filters, Problem> {
        fn known<T: std::str::FromStr>(
            field: &'static str,
            text: Option<&String>,
        ) -> Result<Option<T>, Problem> {
            let given = text.filter(|t| !t.is_empty());
            given
                .map(|t| {
                    t.parse().map_err(|_| {
                        Problem::invalid(
                            field,
                            format!("{t}: 알 수 없는 값이에요."),
                            format!("{t} is not a known value."),
                        )
                    })
                })
                .transpose()
        }
        Ok(Filters {
            kinds: known::<GarmentKind>("kind", self.kind.as_ref())?.into_iter().collect(),
            colour: known::<ColourName>("colour", self.colour.as_ref())?,
            pattern: known::<Pattern>("pattern", self.pattern.as_ref())?,
            material: known::<Material>("material", self.material.as_ref())?,
            gender: known::<Gender>("gender", self.gender.as_ref())?,
            price_min: self.price_min,
            price_max: self.price_max,
            in_stock: self.in_stock.unwrap_or(false),
            text: self.text.clone().unwrap_or_default().chars().take(100).collect(),
            ..Filters::default()
        })
    }

    fn limit(&self, usual: usize) -> usize {
        self.limit.unwrap_or(usual).clamp(1, 100)
    }
}

/// A page of the catalogue.
#[derive(Serialize, ToSchema)]
pub(crate) struct Products {
    #[schema(value_type = Vec<Object>)]
    products: Vec<Value>,
    /// How many there are in all.
    total: usize,
    /// Kinds among them, with their number.
    #[schema(value_type = Object)]
    kinds: serde_json::Map<String, Value>,
}

/// Products like one garment of a look.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForGarment {
    /// The garment in words.
    garment: String,
    kind: String,
    /// Best first: `product`, `score` (0 to 1), `reasons` (with `reason`), `why` (the same in words).
    #[schema(value_type = Vec<Object>)]
    matches: Vec<Value>,
}

fn shown(product: &Product, language: Language) -> Value {
    let mut value = json!(product);
    value["title"] = json!(product.title(language));
    value["price_text"] = json!(product.price.display(language));
    if let Picture::Drawn = product.picture {
        value["picture"] = json!(format!("/api/v1/products/{}/picture", product.id));
    }
    value
}

/// Products like each garment of a look, with the reason for each
#[utoipa::path(get, path = "/looks/{id}/recommendations", tag = "products", security(("token" = [])),
    params(("id" = String, Path), Wanted),
    responses((status = 200, body = Vec<ForGarment>), (status = 404)))]
pub(crate) async fn recommendations(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<ForGarment>>, Problem> {
    let look = app.store.look(signed.user(), id_of(&id)?, now()).await?;
    let language = signed.language;
    let shelves = app.shelves(&look, &wanted.filters()?, wanted.limit(6), language);
    let one = |m: &drape_catalogue::Match<'_>| {
        let why: Vec<String> = m.reasons.iter().map(|r| r.message(language)).collect();
        json!({"product": shown(m.product, language), "score": m.score, "reasons": m.reasons, "why": why})
    };
    let garments = shelves.into_iter().map(|shelf| ForGarment {
        garment: shelf.asked,
        kind: shelf.garment.kind.id().to_owned(),
        matches: shelf.matches.iter().map(one).collect(),
    });
    Ok(Json(garments.collect()))
}

/// The catalogue
#[utoipa::path(get, path = "/products", tag = "products", params(Wanted),
    responses((status = 200, body = Products), (status = 422)))]
pub(crate) async fn browse(
    State(app): State<Shared>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Products>, Problem> {
    let page = drape_catalogue::Page {
        number: wanted.page.unwrap_or(0),
        size: wanted.limit(24),
        ..drape_catalogue::Page::default()
    };
    let shelf = app.catalogue.browse(&wanted.filters()?, &page);
    Ok(Json(Products {
        products: shelf.products.iter().map(|p| shown(p, visitor.language)).collect(),
        total: shelf.total,
        kinds: shelf.kinds.iter().map(|(kind, n)| (kind.id().to_owned(), json!(n))).collect(),
    }))
}

/// One product
#[utoipa::path(get, path = "/products/{id}", tag = "products", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
pub(crate) async fn show(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let product = app.catalogue.get(&id).ok_or(Problem::NotFound)?;
    Ok(Json(shown(product, visitor.language)))
}

/// The drawing of a product that has no photo
#[utoipa::path(get, path = "/products/{id}/picture", tag = "products", params(("id" = String, Path)),
    responses((status = 200, content_type = "image/svg+xml"), (status = 404)))]
pub(crate) async fn picture(State(app): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let product = app.catalogue.get(&id).ok_or(Problem::NotFound)?;
    let headers = [
        ("content-type", "image/svg+xml"),
        ("cache-control", "public, max-age=86400"),
        // The former service's pages are on another origin.
        ("cross-origin-resource-policy", "cross-origin"),
    ];
    Ok((headers, drape_drawings::garment(&product.garment())).into_response())
}
