//! A finished job: the look beside the photo, the outcome of each wish, share links, and similar products.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use drape_catalogue::{Match, Reason};
use drape_core::language::Language;
use drape_core::recommender::{Found, Product};
use drape_core::report::{Outcome, WishReport};
use drape_core::style::Slot;
use drape_store::{Job, Look, Share, now};
use serde::Deserialize;

use super::frame::{Fields, Page, go_with};
use super::products::{self, Card, Choices};
use super::reading;
use crate::app::{App, Shared};
use crate::service::engines::Kind;
use crate::service::lens::Recommended;
use crate::service::products::Wanted as Garment;
use crate::service::styling;
use crate::{Problem, token};

/// Query of the result page.
#[derive(Deserialize)]
pub(crate) struct ResultQuery {
    /// Number of the look.
    pub(crate) look: Option<u32>,
    /// Highest price of products, in the unit of the currency.
    pub(crate) most: Option<String>,
    /// The gender that products are cut for.
    pub(crate) gender: Option<String>,
    /// Only products in stock.
    pub(crate) stock: Option<String>,
}

/// A variation on offer.
struct Variation {
    number: u32,
    picture: String,
    chosen: bool,
}

/// The outcome of one wish.
struct Row {
    /// `done`, `near`, `not`.
    class: &'static str,
    outcome: &'static str,
    asked: String,
    hex: Option<String>,
    reasons: Vec<String>,
    /// The engine's confidence, in words.
    sure: Option<String>,
}

/// Products for one garment.
struct Rack {
    title: String,
    hex: Option<String>,
    cards: Vec<Card>,
    /// The external search for this garment, where one is offered.
    elsewhere: Option<Elsewhere>,
}

/// The external search for one garment.
struct Elsewhere {
    /// Number of the garment, from 0.
    number: usize,
    /// Address of the picture that is sent.
    picture: String,
    /// Results of the last hour.
    finds: Option<Finds>,
}

/// Results of a search.
struct Finds {
    products: Vec<Find>,
    as_of: i64,
}

/// One result as shown. Without its picture: that lies on another host, which would learn what the visitor
/// looks at.
struct Find {
    title: String,
    link: String,
    source: String,
    price: Option<String>,
    facts: Vec<String>,
}

#[derive(Template)]
#[template(path = "result.html")]
struct Done<'a> {
    p: &'a Page,
    job: &'a Job,
    look: &'a Look,
    description: String,
    /// How the sentence was read, if another reader than the lexicon was asked.
    read_by: Option<String>,
    alt: String,
    before: Option<String>,
    picture: String,
    /// Whether it is a new picture rather than the photo with other clothes.
    paints: bool,
    /// What the engine did, with the engine's name.
    made: String,
    likeness: Option<String>,
    variations: Vec<Variation>,
    rows: Vec<Row>,
    not_understood: Vec<String>,
    counts: (usize, usize, usize),
    shares: Vec<Share>,
    racks: Vec<Rack>,
    choices: Choices,
    /// When prices and stock were last correct.
    as_of: Option<i64>,
    key: String,
}

/// Most products per garment.
const PER_GARMENT: usize = 6;
/// Other products fill a rack only up to this many.
const ENOUGH: usize = 3;

pub(crate) async fn show(app: &App, p: &Page, job: &Job, query: &ResultQuery) -> Result<Response, Problem> {
    let user = p.user()?;
    let looks = app.store.looks_of(user, job.id, now()).await?;
    let look = looks.iter().find(|l| Some(l.number) == query.look).or_else(|| looks.first());
    let look = look.ok_or(Problem::NotFound)?;
    let photo = app.store.photo(user, look.photo, now()).await.ok();
    let shares = app.store.shares(user, look.id, now()).await?;
    let report = styling::report(look);
    let wishes = report.iter().flat_map(|report| &report.garments);
    let rows: Vec<Row> = wishes.map(|wish| Row::of(wish, p.language)).collect();
    let likeness = report.as_ref().and_then(|report| report.painted.as_ref()?.likeness);
    let count = |class| rows.iter().filter(|r| r.class == class).count();
    let variations = looks.iter().map(|l| Variation {
        number: l.number,
        picture: format!("/api/v1/looks/{}/picture?size=thumb", l.id),
        chosen: l.id == look.id,
    });
    let choices = Choices::new(query.most.as_deref(), query.gender.as_deref(), query.stock.as_deref());
    let founds = match &app.settings.recommender {
        Some(_) => Some(app.store.found(user, look.id, p.language, now()).await?),
        None => None,
    };
    let racks = racks(app, p, look, &choices, founds);
    p.show(&Done {
        p,
        job,
        look,
        description: reading::outfit(&job.style, p.language),
        read_by: styling::note(job).map(|note| styling::told(&note, p.language)),
        alt: reading::alt(&job.style, p.language),
        before: photo.map(|f| format!("/api/v1/photos/{}/picture?size=view", f.id)),
        picture: format!("/api/v1/looks/{}/picture?size=view", look.id),
        paints: app.settings.kind(&look.engine).paints(),
        made: made(app.settings.kind(&look.engine), &look.engine, p),
        likeness: likeness.map(|cosine| alike(cosine, p)),
        variations: variations.collect(),
        counts: (count("done"), count("near"), count("not")),
        rows,
        as_of: racks.iter().flat_map(|r| &r.cards).map(|c| c.as_of).min(),
        racks,
        not_understood: report.map(|report| report.not_understood).unwrap_or_default(),
        shares,
        choices,
        key: token::new(""),
    })
}

/// What the engine did, in a sentence.
fn made(kind: Kind, engine: &str, p: &Page) -> String {
    let done = match kind {
        Kind::Retouch => p.t("사진 속 옷만 바꿨어요", "Only the clothes in your photo were changed"),
        Kind::Paint => p.t("내 사진을 보고 새로 그렸어요", "Painted anew from your photos"),
        Kind::Endpoint => p.t(
            "Amazon SageMaker 엔드포인트가 내 사진을 보고 새로 그렸어요",
            "Painted anew from your photos at an Amazon SageMaker endpoint",
        ),
        Kind::Test => p.t("시험용 엔진이 만들었어요", "Made by an engine for tests"),
    };
    format!("{done} ({engine}).")
}

/// How similar the face is to that in the photos, in words: "Likeness 0.83: very much like you".
fn alike(value: f32, p: &Page) -> String {
    let value = value.clamp(0.0, 1.0);
    let words = match value {
        0.8.. => p.t("나와 아주 많이 닮았어요", "very much like you"),
        0.65.. => p.t("나와 닮았어요", "like you"),
        0.5.. => p.t("나와 조금 닮았어요", "somewhat like you"),
        _ => p.t("나와 별로 닮지 않았어요", "not much like you"),
    };
    format!("{} {value:.2}: {words}", p.t("닮은 정도", "Likeness"))
}

/// Products per garment, with the results of the external search where one is offered.
fn racks(
    app: &App,
    p: &Page,
    look: &Look,
    choices: &Choices,
    founds: Option<Vec<(u32, Found)>>,
) -> Vec<Rack> {
    let mut founds: Option<HashMap<u32, Found>> = founds.map(|f| f.into_iter().collect());
    let mut elsewhere = |number: usize, wanted: &Garment| {
        let founds = founds.as_mut().filter(|_| wanted.made && wanted.garment.slot != Slot::Accessory)?;
        let found = founds.remove(&u32::try_from(number).ok()?);
        Some(Elsewhere {
            number,
            picture: format!("/api/v1/looks/{}/garments/{number}/picture", look.id),
            finds: found.map(|found| Finds {
                products: found.products.into_iter().map(|product| Find::of(product, p)).collect(),
                as_of: found.as_of,
            }),
        })
    };
    let elsewheres: Vec<Option<Elsewhere>> =
        app.garments(look).iter().enumerate().map(|(k, wanted)| elsewhere(k, wanted)).collect();
    let shelves = app.shelves(look, &choices.filters(), PER_GARMENT, p.language);
    let racks = shelves.into_iter().zip(elsewheres).map(|(mut shelf, elsewhere)| {
        // Products that only share the slot fill a rack that has little else.
        let other = |hit: &Match<'_>| hit.reasons.iter().any(|r| matches!(r, Reason::SameSlot { .. }));
        let like = shelf.matches.iter().filter(|hit| !other(hit)).count();
        let mut others = 0;
        shelf.matches.retain(|hit| {
            others += usize::from(other(hit));
            !other(hit) || like + others <= ENOUGH
        });
        Rack {
            title: shelf.asked,
            hex: shelf.garment.colour.map(|c| c.hex),
            elsewhere,
            cards: shelf.matches.iter().map(|hit| products::card(hit.product, &hit.reasons, p)).collect(),
        }
    });
    racks.collect()
}

impl Find {
    fn of(product: Product, p: &Page) -> Self {
        let stock = product.in_stock.map(|there| {
            if there { p.t("재고 있음", "in stock") } else { p.t("품절", "out of stock") }.to_owned()
        });
        let rating = product.rating.map(|stars| match product.reviews {
            Some(reviews) => format!("★ {stars:.1} ({reviews})"),
            None => format!("★ {stars:.1}"),
        });
        Self {
            title: product.title,
            link: product.link,
            source: product.source,
            price: product.price.map(|price| price.value),
            facts: stock.into_iter().chain(rating).collect(),
        }
    }
}

/// `POST /looks/{id}/lens`: searches for one garment with the service that the operator switched on.
pub(crate) async fn look_elsewhere(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let look = app.store.look(p.user()?, id.parse().map_err(|_| Problem::NotFound)?, now()).await?;
    let number: u32 = fields.get("garment").parse().map_err(|_| Problem::NotFound)?;
    let back = format!("/jobs/{}?look={}#rack-{}", look.job, look.number, number + 1);
    // The button sends the consent; a form without it sends no picture.
    if fields.get("consent") != "yes" {
        return Ok(Redirect::to(&back).into_response());
    }
    match app.look_elsewhere((p.user()?, &p.caller), &look, number, p.language).await {
        Ok(Recommended { note: Some(note), asked, .. }) => {
            Ok(go_with(&app, &back, "lens", &format!("{asked}: {note}")))
        }
        Ok(_) => Ok(Redirect::to(&back).into_response()),
        Err(problem @ (Problem::Internal | Problem::NotFound | Problem::SignedOut)) => Err(problem),
        Err(problem) => Ok(go_with(&app, &back, "lens", &problem.message(p.language))),
    }
}

impl Row {
    fn of(wish: &WishReport, language: Language) -> Self {
        let (class, outcome) = match wish.outcome {
            Outcome::Done | Outcome::Approximated if wish.preview => {
                ("near", language.pick("미리보기", "preview"))
            }
            Outcome::Done => ("done", language.pick("그대로 했어요", "done")),
            Outcome::Approximated => ("near", language.pick("비슷하게 했어요", "approximated")),
            Outcome::NotPossible => ("not", language.pick("할 수 없었어요", "not possible")),
        };
        Self {
            class,
            outcome,
            asked: wish.asked.clone(),
            hex: wish.measured.as_ref().map(|m| m.hex.clone()),
            reasons: wish.reasons.iter().map(|r| r.message(language)).collect(),
            sure: wish.confidence.map(|c| {
                let share = (c.clamp(0.0, 1.0) * 100.0).round();
                language.pick(format!("확신 {share} %"), format!("{share} % sure"))
            }),
        }
    }
}
