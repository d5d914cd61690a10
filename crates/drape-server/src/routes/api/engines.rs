//! Lists the engines that jobs may ask for.

use axum::Json;
use axum::extract::State;
use drape_store::now;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Problem;
use crate::app::Shared;
use crate::http::visitor::Visitor;

/// An engine that jobs may ask for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Engine {
    /// The `engine` of a job.
    id: &'static str,
    /// `retouch` changes the clothes in the photo, `paint` paints a new picture of the person, `test` is
    /// for tests.
    kind: &'static str,
    /// What it does, in the answer's language.
    name: &'static str,
    /// What to expect of it, sentence by sentence.
    description: &'static [&'static str],
    /// Whether it makes the jobs that name none.
    default: bool,
    /// Fields of a job, and of its `settings`, that it looks at; it leaves the others alone.
    options: &'static [&'static str],
    /// Milliseconds that one of its looks takes, as measured here; absent before the first.
    per_look: Option<i64>,
    /// Workers that have it.
    workers: u32,
}

/// The engines that jobs may ask for
///
/// The first is the default.
#[utoipa::path(get, path = "/engines", tag = "jobs", responses((status = 200, body = Vec<Engine>)))]
pub(crate) async fn list(State(app): State<Shared>, visitor: Visitor) -> Result<Json<Vec<Engine>>, Problem> {
    let mut engines = Vec::new();
    for (k, offer) in app.settings.engines.iter().enumerate() {
        let queue = app.store.queue_of(offer.id, now()).await?;
        engines.push(Engine {
            id: offer.id,
            kind: offer.kind.id(),
            name: offer.kind.name(visitor.language),
            description: offer.kind.expect(visitor.language),
            default: k == 0,
            options: offer.kind.options(),
            per_look: (queue.per_look > 0).then_some(queue.per_look),
            workers: queue.workers,
        });
    }
    Ok(Json(engines))
}
