//! `/compose`: photos, a style in words, its reading as chips, how many looks; then the job.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use drape_core::id::{JobId, PhotoId};
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
use crate::styling::Wish;
use crate::{Problem, token};

/// A photo to choose.
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

/// What has been filled in so far.
struct Draft {
    photos: Vec<PhotoId>,
    sentence: String,
    style: Style,
    variations: u32,
    /// Makes a repeated submission one job.
    key: String,
}

#[derive(Template)]
#[template(path = "compose.html")]
struct Compose<'a> {
    p: &'a Page,
    fault: Fault,
    photos: Vec<Choice>,
    tiles: Vec<Shown>,
    sentence: &'a str,
    reading: Reading,
    numbers: Vec<(u32, bool)>,
    key: &'a str,
}

#[derive(Template)]
#[template(path = "_reading.html")]
struct Fragment<'a> {
    p: &'a Page,
    reading: Reading,
}

/// What to begin with.
#[derive(Deserialize)]
pub(crate) struct Begin {
    /// A job to change one thing of.
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
    let mut draft = Draft::new();
    if let Some(job) = begin.from {
        let job = app.store.job(user, job.parse().map_err(|_| Problem::NotFound)?).await?;
        draft.photos = job.photos;
        draft.variations = job.variations;
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

/// `POST /compose`: the form with one thing changed, for browsers without scripts.
pub(crate) async fn again(State(app): State<Shared>, p: Page, fields: Fields) -> Result<Response, Problem> {
    let (draft, fault) = Draft::of(&fields, &p)?;
    page(&app, &p, draft, fault).await
}

/// `POST /compose/reading`: the chips alone, for the script.
pub(crate) async fn reading(p: Page, fields: Fields) -> Result<Response, Problem> {
    let sentence = fields.get("sentence");
    let style = style_of(&fields)?;
    p.show(&Fragment { p: &p, reading: Reading::of(&style, sentence, &p) })
}

/// `POST /jobs`: asks for looks, exactly as the reading says.
pub(crate) async fn submit(State(app): State<Shared>, p: Page, fields: Fields) -> Result<Response, Problem> {
    let user = p.user()?;
    let (draft, fault) = Draft::of(&fields, &p)?;
    if !fault.message.is_empty() {
        return page(&app, &p, draft, fault).await;
    }
    let wish = Wish {
        sentence: draft.sentence.clone(),
        style: Some(draft.style.clone()),
        photos: draft.photos.clone(),
        variations: draft.variations,
        seed: Some(0),
    };
    match app.submit(user, &p.caller, wish, Some(&draft.key), p.language).await {
        Ok((job, _)) => Ok(Redirect::to(&format!("/jobs/{}", job.id)).into_response()),
        // A key belongs to one request; a form that was changed and sent again is another.
        Err(Problem::KeyTaken) => {
            let fault = Problem::invalid(
                "key",
                "이미 보낸 요청이에요. 바꾼 내용으로 다시 만들려면 한 번 더 눌러 주세요.",
                "This was sent already. Press once more to make it with what you changed.",
            );
            let draft = Draft { key: token::new(""), ..draft };
            page(&app, &p, draft, Fault::of(fault, &p)?).await
        }
        Err(Problem::NotFound) => {
            let fault = Problem::invalid(
                "photos",
                "고른 사진이 지워졌어요. 다른 사진을 골라 주세요.",
                "A photo that you chose is gone. Please choose another.",
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
    let compose = Compose {
        p,
        fault,
        photos,
        tiles,
        sentence: &draft.sentence,
        reading: Reading::of(&draft.style, &draft.sentence, p),
        numbers: (1..=MAX_VARIATIONS).map(|n| (n, n == draft.variations)).collect(),
        key: &draft.key,
    };
    p.show_as(status, &compose)
}

impl Draft {
    fn new() -> Self {
        Self {
            photos: Vec::new(),
            sentence: String::new(),
            style: lexicon::read(&Sentence::default()),
            variations: 1,
            key: token::new(""),
        }
    }

    fn say(&mut self, sentence: &str) -> Result<(), Problem> {
        self.sentence = sentence.to_owned();
        self.style = lexicon::read(&Sentence::parse(sentence)?);
        Ok(())
    }

    /// What a form holds, and what is wrong with its sentence.
    fn of(fields: &Fields, p: &Page) -> Result<(Self, Fault), Problem> {
        let mut draft = Self::new();
        draft.photos = fields.all("photo").filter_map(|id| id.parse().ok()).collect();
        draft.variations = fields.get("variations").parse().unwrap_or(1);
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
                Fault::none()
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
            "The photo of this look is gone. Please upload one again.",
        ));
    }
    let wish = Wish {
        sentence: job.sentence,
        style: serde_json::from_str(&job.style).ok(),
        photos,
        variations: job.variations,
        seed: same.then_some(job.seed),
    };
    let key = Some(key).filter(|k| !k.is_empty());
    Ok(app.submit(user, &p.caller, wish, key, p.language).await?.0.id)
}
