//! The pages: every route on one page. Each module has the handlers of one page; its texts, in both
//! languages, are in the template of the same name.
//!
//! Everything works without scripts: forms are posted and answered with a redirect (303). Scripts add
//! what a form cannot: the reading while one types, uploads with progress, the slider.

mod account;
mod assets;
mod compose;
mod docs;
mod enter;
mod errors;
mod frame;
mod history;
mod jobs;
mod landing;
mod photos;
mod plain;
mod products;
mod reading;
mod result;
mod shares;
mod tiles;

use axum::Router;
use axum::routing::{get, post};

use crate::app::Shared;
use crate::http::upload::body_limit;

pub(crate) use errors::as_page;

/// The routes of the pages.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(landing::show))
        .route("/guest", post(enter::guest))
        .route("/sign-in", get(enter::sign_in_form).post(enter::sign_in))
        .route("/sign-up", get(enter::sign_up_form).post(enter::sign_up))
        .route("/sign-out", post(enter::sign_out))
        .route("/lang/{code}", get(enter::language).post(enter::language))
        .route("/photos", get(photos::show).post(photos::upload).layer(body_limit()))
        .route("/photos/{id}/delete", post(photos::delete))
        .route("/compose", get(compose::show).post(compose::again))
        .route("/compose/reading", post(compose::reading))
        .route("/jobs", post(compose::submit))
        .route("/jobs/{id}", get(jobs::show))
        .route("/jobs/{id}/cancel", post(jobs::cancel))
        .route("/jobs/{id}/again", post(jobs::again))
        .route("/jobs/{id}/delete", post(jobs::delete))
        .route("/looks/{id}/delete", post(shares::delete_look))
        .route("/looks/{id}/share", post(shares::share))
        .route("/looks/{id}/lens", post(result::look_elsewhere))
        .route("/shares/{id}/revoke", post(shares::revoke))
        .route("/s/{token}", get(shares::show))
        .route("/s/{token}/picture", get(shares::picture))
        .route("/history", get(history::show))
        .route("/history/delete", post(history::delete_all))
        .route("/account", get(account::show))
        .route("/account/profile", post(account::profile))
        .route("/account/password", post(account::password))
        .route("/account/keep", post(account::keep))
        .route("/account/keys", post(account::make_key))
        .route("/account/keys/{id}/revoke", post(account::revoke_key))
        .route("/account/sessions/end", post(account::end_other_sessions))
        .route("/account/delete", post(account::delete))
        .route("/receipts/{id}", get(plain::receipt))
        .route("/privacy", get(plain::privacy))
        .route("/products", get(products::show))
        .route("/products/{id}", get(products::show_one))
        .route("/products/{id}/picture.svg", get(products::picture))
        .route("/api/docs", get(docs::show))
        .route("/assets/tiles/{id}", get(tiles::picture))
        .route("/assets/{*name}", get(assets::serve))
        .route("/favicon.ico", get(assets::icon))
        .route("/robots.txt", get(plain::robots))
}
