//! Pages without forms: receipts and privacy; also `robots.txt`.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use drape_core::id::ReceiptId;
use drape_store::Receipt;

use super::account::what;
use super::frame::Page;
use crate::Problem;
use crate::app::Shared;

#[derive(Template)]
#[template(path = "receipt.html")]
struct Proof<'a> {
    p: &'a Page,
    receipt: &'a Receipt,
    what: &'static str,
    lines: Vec<(&'static str, String)>,
    back: &'static str,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct Privacy<'a> {
    p: &'a Page,
    guest_hours: u32,
    keep_days: u32,
    /// Whether an engine is offered that learns faces.
    paints: bool,
    /// Whether an engine is offered for which photos leave the server.
    leaves: bool,
    /// Whether Gemini is offered for reading sentences.
    gemini: bool,
    /// Whether Google Lens is offered for finding garments.
    lens: bool,
}

/// `GET /receipts/{id}`: a receipt names no person, so anyone with its id may read it.
pub(crate) async fn receipt(
    State(app): State<Shared>,
    p: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: ReceiptId = id.parse().map_err(|_| Problem::NotFound)?;
    let receipt = app.store.receipt(id).await?;
    let d = &receipt.deleted;
    let counts = [
        (p.t("계정", "accounts"), d.accounts),
        (p.t("사진", "photos"), d.photos),
        (p.t("기록", "jobs"), d.jobs),
        (p.t("결과 사진", "looks"), d.looks),
        (p.t("공유 링크", "share links"), d.shares),
        (p.t("로그인과 키", "sessions and keys"), d.tokens),
        (p.t("파일", "files"), d.files),
    ];
    let mut lines: Vec<(&'static str, String)> =
        counts.into_iter().filter(|c| c.1 > 0).map(|(name, n)| (name, n.to_string())).collect();
    lines.push((p.t("크기", "size"), format!("{} KB", d.bytes.div_ceil(1000))));
    let back = match receipt.what.as_str() {
        "photo" => "/photos",
        "account" => "/",
        _ => "/history",
    };
    p.show(&Proof { p: &p, receipt: &receipt, what: what(&receipt, &p), lines, back })
}

pub(crate) async fn privacy(State(app): State<Shared>, p: Page) -> Result<Response, Problem> {
    let (guest_hours, keep_days) = (app.settings.guest_hours, app.settings.keep_days);
    let paints = app.settings.engines.iter().any(|offer| offer.kind.paints());
    let leaves = app.settings.engines.iter().any(|offer| offer.kind.leaves());
    let (gemini, lens) = (app.settings.gemini, app.settings.recommender.is_some());
    p.show(&Privacy { p: &p, guest_hours, keep_days, paints, leaves, gemini, lens })
}

/// `GET /robots.txt`: search engines keep out of shared links, jobs and receipts.
pub(crate) async fn robots() -> impl IntoResponse {
    (
        [("content-type", "text/plain; charset=utf-8"), ("cache-control", "public, max-age=86400")],
        "User-agent: *\nDisallow: /s/\nDisallow: /jobs/\nDisallow: /receipts/\n",
    )
}
