//! `/`: what Drape does, with examples and a way to try it at once.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::frame::Page;
use crate::Problem;
use crate::app::Shared;
use crate::routes::pages::assets;
use crate::service::engines::shapes;
use crate::service::examples::{self, Example};

/// An example with its versioned addresses.
struct Shown {
    photo: String,
    look: String,
    sentence: &'static str,
    who: &'static str,
    height: u32,
}

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing<'a> {
    p: &'a Page,
    /// What the retouching engine does to the shapes of clothes.
    shapes: &'static str,
    first: Shown,
    others: Vec<Shown>,
    guest_hours: u32,
    keep_days: u32,
}

pub(crate) async fn show(State(app): State<Shared>, p: Page) -> Result<Response, Problem> {
    let shown = |e: &Example| Shown {
        photo: assets::address(e.photo.trim_start_matches("/assets/")),
        look: assets::address(e.look.trim_start_matches("/assets/")),
        sentence: e.sentence(p.language),
        who: e.who.shown(p.language),
        height: e.who.height,
    };
    let [first, others @ ..] = &examples::ALL;
    p.show(&Landing {
        p: &p,
        shapes: shapes(p.language),
        first: shown(first),
        others: others.iter().map(shown).collect(),
        guest_hours: app.settings.guest_hours,
        keep_days: app.settings.keep_days,
    })
}
