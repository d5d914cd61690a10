//! Every route on one page, by who uses it: programs (`api`), people (`pages`), the client of the service
//! that Drape replaces (`former`), services that fetch pictures (`crops`), and operators.

mod api;
mod crops;
mod former;
mod pages;
mod pictures;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::Problem;
use crate::app::Shared;
use crate::http::metrics;
use crate::http::upload::body_limit;
use pages::docs::Reference;

pub(crate) use pages::as_page;

/// Every route.
pub(crate) fn all() -> Router<Shared> {
    let (programs, described) = programs().split_for_parts();
    let document = api::document::of(described);
    let text: Arc<str> = api::document::text(&document).into();
    let reference = Arc::new(Reference::of(&document));
    Router::new()
        .nest("/api/v1", programs.fallback(not_found).method_not_allowed_fallback(wrong_method))
        .route("/api/openapi.json", get(move || async move { api::document::answer(text.to_string()) }))
        .nest("/api", former_client().fallback(not_found).method_not_allowed_fallback(wrong_method))
        .merge(pages(reference))
        // Links that carry their own proof: pictures for the former service's client, and one garment of a
        // look for the external service that searches for it.
        .route("/media/{kind}/{id}", get(former::picture))
        .route("/crops/{token}", get(crops::fetch))
        // Routes that operators use.
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(metrics::ready))
}

/// The OpenAPI document of the routes that programs use, as committed in `docs/openapi.json`.
pub fn openapi() -> String {
    api::document::text(&api::document::of(programs().into_openapi()))
}

/// Routes that programs use, below `/api/v1`. Each handler says its method and path; the OpenAPI document
/// is made from the same list.
fn programs() -> OpenApiRouter<Shared> {
    use api::{accounts, catalogue, elsewhere, engines, events, jobs, looks, photos, webhooks};
    OpenApiRouter::new()
        .routes(routes!(accounts::guest))
        .routes(routes!(accounts::sign_up))
        .routes(routes!(accounts::show, accounts::change, accounts::delete))
        .routes(routes!(accounts::export))
        .routes(routes!(accounts::receipts))
        .routes(routes!(accounts::receipt))
        .routes(routes!(accounts::log_in))
        .routes(routes!(accounts::log_out))
        .routes(routes!(accounts::api_keys, accounts::make_api_key))
        .routes(routes!(accounts::revoke_api_key))
        .routes(routes!(photos::list, photos::upload).layer(body_limit()))
        .routes(routes!(photos::show, photos::delete))
        .routes(routes!(photos::picture))
        .routes(routes!(jobs::read))
        .routes(routes!(engines::list))
        .routes(routes!(jobs::list, jobs::create))
        .routes(routes!(jobs::show, jobs::cancel))
        .routes(routes!(jobs::preview))
        .routes(routes!(events::of_job))
        .routes(routes!(events::of_user))
        .routes(routes!(looks::list))
        .routes(routes!(looks::show, looks::delete))
        .routes(routes!(looks::picture))
        .routes(routes!(catalogue::recommendations, elsewhere::look))
        .routes(routes!(elsewhere::picture))
        .routes(routes!(looks::shares, looks::share))
        .routes(routes!(looks::revoke_share))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::delete))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(catalogue::browse))
        .routes(routes!(catalogue::show))
        .routes(routes!(catalogue::picture))
        .routes(routes!(jobs::queue))
}

/// Routes of the pages.
fn pages(reference: Arc<Reference>) -> Router<Shared> {
    use pages::{
        Page, account, assets, compose, docs, enter, history, jobs, landing, photos, plain, products, result,
        shares, tiles,
    };
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
        .route("/api/docs", get(move |p: Page| async move { docs::show(&p, &reference) }))
        .route("/assets/tiles/{id}", get(tiles::picture))
        .route("/assets/{*name}", get(assets::serve))
        .route("/favicon.ico", get(assets::icon))
        .route("/robots.txt", get(plain::robots))
}

/// Routes that the client of the former service uses, below `/api`.
fn former_client() -> Router<Shared> {
    Router::new()
        .route("/signup", post(former::sign_up))
        .route("/login", post(former::log_in))
        .route("/home", get(former::home))
        .route("/users", get(former::show).post(former::change).delete(former::delete))
        .route("/users/images", post(former::images).layer(body_limit()))
        .route("/styling", get(former::examples))
        .route("/styling/words", post(former::words))
        .route("/recommendations", post(former::recommendations))
}

async fn not_found() -> Problem {
    Problem::NotFound
}

async fn wrong_method() -> Problem {
    Problem::Method
}
