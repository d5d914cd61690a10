//! Exports everything that the server has of a user, as one ZIP file.

use std::io::{Cursor, Write as _};

use axum::response::{IntoResponse, Response};
use drape_store::{Size, TokenKind, now};
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::types::Job;
use crate::Problem;
use crate::app::App;
use crate::http::visitor::Signed;

/// Writes the ZIP file. The data of one user is at most some hundred megabytes, so the file is made in
/// memory, one export at a time.
pub(crate) async fn everything(app: &App, signed: &Signed) -> Result<Response, Problem> {
    let _turn = app.export_gate.acquire().await.map_err(|_| Problem::Internal)?;
    let user = signed.user();
    let account = app.store.account(user).await?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Pictures are compressed already.
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut photos = Vec::new();
    for photo in app.store.photos(user, now()).await? {
        let name = format!("photos/{}.jpg", photo.id);
        let bytes = app.store.photo_bytes(&photo, Size::Full).await?;
        zip.start_file(&name, stored).map_err(broken)?;
        zip.write_all(&bytes).map_err(broken)?;
        photos.push(json!({
            "id": photo.id, "file": name, "width": photo.width, "height": photo.height,
            "quality": crate::service::photos::quality(&photo), "created_at": photo.created_at,
            "expires_at": photo.expires_at,
        }));
    }
    let mut looks = Vec::new();
    let mut before = None;
    loop {
        let page = app.store.looks(user, before, 100, now()).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        for look in &page {
            let name = format!("looks/{}.png", look.id);
            let bytes = app.store.look_bytes(look, Size::Full).await?;
            zip.start_file(&name, stored).map_err(broken)?;
            zip.write_all(&bytes).map_err(broken)?;
            looks.push(json!({
                "id": look.id, "file": name, "job": look.job, "photo": look.photo,
                "number": look.number, "seed": look.seed, "engine": look.engine, "ai_generated": true,
                "report": crate::service::styling::report(look),
                "created_at": look.created_at, "expires_at": look.expires_at,
            }));
        }
    }
    let mut jobs = Vec::new();
    let mut before = None;
    loop {
        let page = app.store.jobs(user, before, 100).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        jobs.extend(page.into_iter().map(|j| Job::of(j, None, Vec::new(), signed.language)));
    }
    let keys: Vec<_> = app
        .store
        .tokens(user, TokenKind::ApiKey)
        .await?
        .into_iter()
        .map(|k| json!({"id": k.id, "name": k.name, "created_at": k.created_at, "seen_at": k.seen_at}))
        .collect();
    let hooks: Vec<_> = app
        .store
        .webhooks(user)
        .await?
        .into_iter()
        .map(|h| json!({"id": h.id, "url": h.url, "created_at": h.created_at}))
        .collect();
    let receipts: Vec<_> = app
        .store
        .receipts(user)
        .await?
        .into_iter()
        .map(|r| {
            json!({
                "id": r.id, "what": r.what, "deleted": r.deleted,
                "requested_at": r.requested_at, "completed_at": r.completed_at,
            })
        })
        .collect();
    let all = json!({
        "exported_at": now(),
        "account": {
            "id": account.id, "email": account.email, "nickname": account.nickname,
            "language": account.language, "keep_days": account.keep_days,
            "created_at": account.created_at, "expires_at": account.expires_at,
        },
        "photos": photos, "jobs": jobs, "looks": looks, "api_keys": keys, "webhooks": hooks,
        "receipts": receipts,
    });
    let text = serde_json::to_string_pretty(&all).map_err(broken)?;
    zip.start_file("drape.json", SimpleFileOptions::default()).map_err(broken)?;
    zip.write_all(text.as_bytes()).map_err(broken)?;
    let bytes = zip.finish().map_err(broken)?.into_inner();
    let headers = [
        ("content-type", "application/zip"),
        ("content-disposition", "attachment; filename=\"drape-export.zip\""),
    ];
    Ok((headers, bytes).into_response())
}

fn broken(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "an export cannot be made");
    Problem::Internal
}
