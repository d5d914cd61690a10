//! Workers without a database: a request goes to them whole, in a message, and what becomes of it comes
//! back in messages; pictures lie in the blob store.
//!
//! The flow: [`hand_over`] claims, promises keys ([`drape_store::Store::dispatch`]) and sends -> [`work`] takes the
//! message, keeps it invisible while the engine runs, writes the looks and answers -> [`collect`] turns
//! answers into progress and ends, fenced like any. Messages may come twice, late, in any order, or never:
//! the attempt's lease, and the ids that it was promised, make each harmless.

mod server;
mod worker;

use drape_core::engine::{Settings, Subject};
use drape_core::id::{JobId, PhotoId, UserId};
use drape_core::style::Style;
use drape_core::trace::Trace;
use drape_store::Millis;
use serde::{Deserialize, Serialize};

pub use server::{Handing, collect, hand_over};
pub use worker::{Detached, work};

/// What a detached worker is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order {
    version: u32,
    job: JobId,
    attempt: u32,
    engine: String,
    /// For what an engine remembers of a person; says nothing else.
    owner: UserId,
    /// Photos and the keys of their bytes.
    photos: Vec<(PhotoId, String)>,
    style: Style,
    subject: Subject,
    settings: Settings,
    seeds: Vec<u64>,
    /// Keys to write: full, view, thumb of each look.
    looks: Vec<[String; 3]>,
    /// An object that is there as long as the looks are wanted.
    ticket: String,
    /// How often the server wants to hear something: three times in so many milliseconds.
    lease: Millis,
    /// Nothing may be written after this moment.
    until: Millis,
    /// What the work goes on from, a `traceparent`; absent from servers of before.
    #[serde(default)]
    trace: String,
}

impl Order {
    fn trace(&self) -> Trace {
        self.trace.parse().unwrap_or_else(|_| Trace::of_job(self.job))
    }
}

/// What a detached worker says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Report {
    version: u32,
    /// Its name.
    worker: String,
    engine: String,
    #[serde(flatten)]
    news: Option<News>,
}

/// What it says of a job; a report without is a sign of life.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct News {
    job: JobId,
    attempt: u32,
    /// The work itself as a `traceparent`; absent from workers of before.
    #[serde(default)]
    trace: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum What {
    /// It works on it.
    Alive,
    /// A stage begins.
    Progress {
        stage: String,
        step: u32,
        total: u32,
        /// What there is to be seen, a JPEG in base64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<String>,
    },
    /// The looks are written.
    Done { looks: Vec<Made> },
    /// There are none.
    Failed { reason: String },
    /// The worker stops and did not finish.
    Released,
}

/// A look that is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Made {
    photo: PhotoId,
    width: u32,
    height: u32,
    seed: u64,
    report: serde_json::Value,
    /// Bytes of full, view, thumb.
    bytes: [u64; 3],
}

/// Of messages; another is not understood and left to somebody who does.
const VERSION: u32 = 1;
