//! `/compose`: the form for a new job: photos, engine, a style in words, its reading as chips, number of
//! looks.

use std::ops::RangeInclusive;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use drape_core::engine::{OutOfRange, Setting, Settings, Shape, Subject};
use drape_core::id::{JobId, PhotoId};
use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::sentence::Sentence;
use drape_core::style::Style;
use drape_store::{MAX_VARIATIONS, now};
use serde::Deserialize;

use super::frame::{Fault, Fields, Page};
use super::photos;
use super::reading::{Reading, style_of};
use super::tiles::{self, Tile};
use crate::app::{App, Shared};
use crate::service::engines::Offer;
use crate::service::styling::{GEMINI, Wish};
use crate::{Problem, token};

/// A photo on offer.
struct Choice {
    photo: photos::Shown,
    chosen: bool,
}

/// A style tile.
struct Shown {
    tile: &'static Tile,
    label: &'static str,
    sentence: &'static str,
    picture: String,
    chosen: bool,
}

/// An engine on offer.
struct Way {
    id: &'static str,
    kind: &'static str,
    name: &'static str,
    expect: &'static [&'static str],
    /// How long a recent look took here.
    time: Option<String>,
    chosen: bool,
}

/// One option of a choice.
struct Word {
    id: &'static str,
    name: &'static str,
    chosen: bool,
}

/// The painting settings that the page asks for.
struct Painting {
    subjects: Vec<Word>,
    shapes: Vec<Word>,
    steps: String,
    steps_range: RangeInclusive<u32>,
    negative: String,
    negative_length: usize,
    /// The settings that the page does not ask for, as JSON: a job made through the API may have more.
    settings: String,
    /// Whether a setting in the fold was changed, so that it is shown open.
    open: bool,
}

/// The form as filled in so far.
struct Draft {
    offer: Offer,
    subject: Subject,
    settings: Settings,
    /// As typed.
    steps: String,
    photos: Vec<PhotoId>,
    sentence: String,
    style: Style,
    variations: u32,
    /// Whether Gemini may read the sentence.
    gemini: bool,
    /// Idempotency key: submitting the form twice makes one job.
    key: String,
}

#[derive(Template)]
#[template(path = "compose.html")]
struct Compose<'a> {
    p: &'a Page,
    fault: Fault,
    photos: Vec<Choice>,
    ways: Vec<Way>,
    /// Present if one of the engines paints.
    painting: Option<Painting>,
    tiles: Vec<Shown>,
    sentence: &'a str,
    reading: Reading,
    numbers: Vec<(u32, bool)>,
    /// Whether Gemini may read the sentence; none where the operator does not offer it.
    gemini: Option<bool>,
    key: &'a str,
}

#[derive(Template)]
#[template(path = "_reading.html")]
struct Fragment<'a> {
    p: &'a Page,
    reading: Reading,
}

/// How the form begins.
#[derive(Deserialize)]
pub(crate) struct Begin {
    /// A job to start from.
    from: Option<String>,
    /// A photo to use.
    photo: Option<String>,
    /// A tile.
    tile: Option<String>,
    /// A sentence.
    say: Option<String>,
}

pub(crate) async fn show(
    State(app): State<Shared>,
    p: Page,
    Query(begin): Query<Begin>,
) -> Result<Response, Problem> {
    let user = p.user()?;
    let mut draft = Draft::new(&app)?;
    if let Some(job) = begin.from {
        let job = app.store.job(user, job.parse().map_err(|_| Problem::NotFound)?).await?;
        draft.photos = job.photos;
        draft.variations = job.variations;
        draft.gemini = job.stylist == GEMINI;
        // An engine that is no longer offered is replaced by the default.
        draft.offer = app.settings.offer(Some(&job.engine)).unwrap_or(draft.offer);
        draft.subject = job.subject;
        draft.settings = serde_json::from_str(&job.settings).map_err(|_| Problem::Internal)?;
        draft.steps = draft.settings.steps.map(|n| n.to_string()).unwrap_or_default();
        draft.style = serde_json::from_str(&job.style).map_err(|_| Problem::Internal)?;
        draft.sentence = job.sentence;
    } else if let Some(tile) = begin.tile.as_deref().and_then(tiles::find) {
        draft.say(tile.sentence(p.language))?;
    } else if let Some(sentence) = begin.say {
        draft.say(&sentence)?;
    }
    if let Some(photo) = begin.photo.and_then(|id| id.parse().ok()) {
        draft.photos = vec![photo];
    }
    page(&app, &p, draft, Fault::none()).await
}

/// `POST /compose`: the form with one field changed, for browsers without scripts.
pub(crate) async fn again(State(app): State<Shared>, p: Page, fields: Fields) -> Result<Response, Problem> {
    let (draft, fault) = Draft::of(&app, &fields, &p)?;
    page(&app, &p, draft, fault).await
}

/// `POST /compose/reading`: the chips alone, for the script.
pub(crate) async fn reading(p: Page, fields: Fields) -> Result<Response, Problem> {
    let sentence = fields.get("sentence");
    let style = style_of(&fields)?;
    p.show(&Fragment { p: &p, reading: Reading::of(&style, sentence, &p) })
}

/// `POST /jobs`: asks for looks with exactly the style that the reading shows.
pub(crate) async fn submit(State(app): State<Shared>, p: Page, fields: Fields) -> Result<Response, Problem> {
    let user = p.user()?;
    let (draft, fault) = Draft::of(&app, &fields, &p)?;
    if !fault.message.is_empty() {
        return page(&app, &p, draft, fault).await;
    }
    let paints = draft.offer.kind.paints();
    let wish = Wish {
        style: Some(draft.style.clone()),
        variations: draft.variations,
        // A retouched photo is made exactly as asked; a painting gets a new seed each time.
        seed: (!paints).then_some(0),
        engine: Some(draft.offer.id.to_owned()),
        stylist: (draft.gemini && app.settings.gemini).then(|| GEMINI.to_owned()),
        // Drop settings that the page did not show.
        subject: if paints { draft.subject } else { Subject::default() },
        settings: if paints { draft.settings.clone() } else { Settings::default() },
        ..Wish::new(draft.sentence.clone(), draft.photos.clone())
    };
    match app.submit(user, &p.caller, wish, Some(&draft.key), p.language).await {
        Ok((job, _)) => Ok(Redirect::to(&format!("/jobs/{}", job.id)).into_response()),
        // A key belongs to one request; a changed form is a new request.
        Err(Problem::KeyTaken) => {
            let fault = Problem::invalid(
                "key",
                "이미 보낸 요청이에요. 바꾼 내용으로 다시 만들려면 한 번 더 눌러 주세요.",
                "This request was already sent. Press once more to make it with your changes.",
            );
            let draft = Draft { key: token::new(""), ..draft };
            page(&app, &p, draft, Fault::of(fault, &p)?).await
        }
        Err(Problem::NotFound) => {
            let fault = Problem::invalid(
                "photos",
                "고른 사진이 지워졌어요. 다른 사진을 골라 주세요.",
                "A photo that you chose was deleted. Please choose another.",
            );
            page(&app, &p, draft, Fault::of(fault, &p)?).await
        }
        Err(problem) => page(&app, &p, draft, Fault::of(problem, &p)?).await,
    }
}

async fn page(app: &App, p: &Page, draft: Draft, fault: Fault) -> Result<Response, Problem> {
    let photos = photos::of_visitor(app, p).await?;
    let none = !photos.iter().any(|photo| draft.photos.contains(&photo.id));
    let photos = photos
        .into_iter()
        .enumerate()
        // The newest photo is chosen where none is, so that one click is enough.
        .map(|(k, photo)| Choice { chosen: draft.photos.contains(&photo.id) || (none && k == 0), photo })
        .collect();
    let tiles = tiles::ALL
        .iter()
        .map(|tile| {
            let (label, sentence) = (tile.label(p.language), tile.sentence(p.language));
            Shown { tile, label, sentence, picture: tile.address(), chosen: sentence == draft.sentence }
        })
        .collect();
    let status = fault.status();
    let painting = app.settings.engines.iter().find(|offer| offer.kind.paints());
    let compose = Compose {
        p,
        painting: painting.map(|offer| draft.painting(*offer, &fault, p)),
        fault,
        photos,
        ways: ways(app, p, draft.offer).await?,
        tiles,
        sentence: &draft.sentence,
        reading: Reading::of(&draft.style, &draft.sentence, p),
        gemini: app.settings.gemini.then_some(draft.gemini),
        numbers: (1..=MAX_VARIATIONS).map(|n| (n, n == draft.variations)).collect(),
        key: &draft.key,
    };
    p.show_as(status, &compose)
}

async fn ways(app: &App, p: &Page, chosen: Offer) -> Result<Vec<Way>, Problem> {
    let mut ways = Vec::new();
    for offer in &app.settings.engines {
        let took = app.store.queue_of(offer.id, now()).await?.per_look;
        ways.push(Way {
            id: offer.id,
            kind: offer.kind.id(),
            name: offer.kind.name(p.language),
            expect: offer.kind.expect(p.language),
            time: (took > 0).then(|| p.lasting(took)),
            chosen: offer.id == chosen.id,
        });
    }
    Ok(ways)
}

impl Draft {
    fn new(app: &App) -> Result<Self, Problem> {
        Ok(Self {
            offer: app.settings.offer(None)?,
            subject: Subject::default(),
            settings: Settings::default(),
            steps: String::new(),
            photos: Vec::new(),
            sentence: String::new(),
            style: lexicon::read(&Sentence::default()),
            variations: 1,
            gemini: false,
            key: token::new(""),
        })
    }

    fn painting(&self, offer: Offer, fault: &Fault, p: &Page) -> Painting {
        let subjects = Subject::ALL.iter().map(|&s| Word {
            id: s.id(),
            name: s.name(p.language),
            chosen: s == self.subject,
        });
        let shape = Shape::of(&self.settings).unwrap_or(Shape::Portrait);
        let shapes = Shape::ALL.map(|s| Word { id: s.id(), name: s.name(p.language), chosen: s == shape });
        let negative = self.settings.negative.clone().unwrap_or_default();
        Painting {
            subjects: subjects.collect(),
            shapes: shapes.into(),
            open: ["steps", "negative", "size"].iter().any(|field| fault.at(field))
                || self.offer == offer
                    && (!self.steps.is_empty() || !negative.is_empty() || shape != Shape::Portrait),
            steps: self.steps.clone(),
            steps_range: Settings::STEPS,
            negative,
            negative_length: Settings::NEGATIVE,
            settings: serde_json::to_string(&self.settings).unwrap_or_default(),
        }
    }

    /// Takes the painting settings from a form.
    fn paint(&mut self, fields: &Fields) -> Result<(), Problem> {
        if let Ok(subject) = fields.get("subject").parse() {
            self.subject = subject;
        }
        let shape = Shape::ALL.into_iter().find(|s| s.id() == fields.get("size"));
        let before: Settings = serde_json::from_str(fields.get("settings")).unwrap_or_default();
        let size = match shape {
            shape if shape == Shape::of(&before) => before.width.zip(before.height),
            shape => shape.map(|s| s.size(self.offer.side)),
        };
        fields.get("steps").trim().clone_into(&mut self.steps);
        let negative = fields.get("negative").trim();
        self.settings = Settings {
            width: size.map(|s| s.0),
            height: size.map(|s| s.1),
            negative: Some(negative.to_owned()).filter(|n| !n.is_empty()),
            steps: None,
            ..before
        };
        if !self.steps.is_empty() {
            let wrong = OutOfRange(Setting::Steps);
            let steps = self.steps.parse().map_err(|_| {
                Problem::invalid("steps", wrong.message(Language::Korean), wrong.message(Language::English))
            })?;
            self.settings.steps = Some(steps);
        }
        Ok(())
    }

    fn say(&mut self, sentence: &str) -> Result<(), Problem> {
        self.sentence = sentence.to_owned();
        self.style = lexicon::read(&Sentence::parse(sentence)?);
        Ok(())
    }

    /// The draft that a form holds, and the first fault in it.
    fn of(app: &App, fields: &Fields, p: &Page) -> Result<(Self, Fault), Problem> {
        let mut draft = Self::new(app)?;
        let engine = Some(fields.get("engine")).filter(|id| !id.is_empty());
        let mut wrong = app.settings.offer(engine).map(|offer| draft.offer = offer).err();
        wrong = wrong.or(draft.paint(fields).err().filter(|_| draft.offer.kind.paints()));
        draft.photos = fields.all("photo").filter_map(|id| id.parse().ok()).collect();
        draft.variations = fields.get("variations").parse().unwrap_or(1);
        draft.gemini = fields.get("stylist") == GEMINI;
        if !fields.get("key").is_empty() {
            draft.key = fields.get("key").to_owned();
        }
        draft.sentence = fields.get("sentence").to_owned();
        if let Some(tile) = fields.get("do").strip_prefix("tile-").and_then(tiles::find) {
            draft.say(tile.sentence(p.language))?;
            return Ok((draft, Fault::none()));
        }
        let fault = match style_of(fields) {
            Ok(style) => {
                draft.style = style;
                wrong.map_or(Ok(Fault::none()), |problem| Fault::of(problem, p))?
            }
            Err(problem) => Fault::of(problem, p)?,
        };
        Ok((draft, fault))
    }
}

/// Asks for the looks of a job once more, with another seed or the same.
pub(crate) async fn repeat(app: &App, p: &Page, id: JobId, same: bool, key: &str) -> Result<JobId, Problem> {
    let user = p.user()?;
    let job = app.store.job(user, id).await?;
    let mut photos = Vec::new();
    for &photo in &job.photos {
        if app.store.photo(user, photo, now()).await.is_ok() {
            photos.push(photo);
        }
    }
    if photos.is_empty() {
        return Err(Problem::invalid(
            "photos",
            "이 결과를 만든 사진이 지워졌어요. 사진을 다시 올려 주세요.",
            "The photo that this look was made from was deleted. Please upload it again.",
        ));
    }
    let wish = Wish {
        sentence: job.sentence,
        style: serde_json::from_str(&job.style).ok(),
        photos,
        variations: job.variations,
        seed: same.then_some(job.seed),
        engine: Some(job.engine),
        subject: job.subject,
        settings: serde_json::from_str(&job.settings).map_err(|_| Problem::Internal)?,
        // The user agreed once to let Gemini read this sentence and its reading is stored, so neither consent
        // nor the sentence is needed again.
        stylist: Some(job.stylist).filter(|s| s != GEMINI || app.settings.gemini),
        reading: job.reading,
    };
    let key = Some(key).filter(|k| !k.is_empty());
    Ok(app.submit(user, &p.caller, wish, key, p.language).await?.0.id)
}
