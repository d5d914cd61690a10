//! The row of a job, and the event of its change.

use drape_core::engine::{Stage, Subject};
use drape_core::id::{JobId, LookId, PhotoId, UserId};
use drape_core::job::{FailureReason, State};
use drape_core::language::Language;
use drape_core::trace::Trace;
use serde_json::json;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::accounts::language;
use crate::record::{Note, record};
use crate::rows::Tx;
use crate::{Millis, Store, StoreError};

/// Most looks per job.
pub const MAX_VARIATIONS: u32 = 4;

/// A job of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// State.
    pub state: State,
    /// As the user typed it.
    pub sentence: String,
    /// The style, as JSON: the reading of the sentence, possibly edited by the user.
    pub style: String,
    /// The photos that the engine may use.
    pub photos: Vec<PhotoId>,
    /// Number of looks.
    pub variations: u32,
    /// Seed of the first look; each further look has the next seed.
    pub seed: u64,
    /// Engine that makes the looks.
    pub engine: String,
    /// The kind of subject in the photos, as the user states it.
    pub subject: Subject,
    /// Settings of the engine, as JSON ([`drape_core::engine::Settings`]).
    pub settings: String,
    /// Stylist that reads the sentence ([`drape_core::stylist`]).
    pub stylist: String,
    /// How the reading came about, as JSON ([`drape_core::stylist::Note`]); absent until the stylist was
    /// asked, and for the lexicon.
    pub reading: Option<String>,
    /// Language of the owner at the time of the request.
    pub language: Language,
    /// Position of the request in its trace; work on the job continues from there.
    pub trace: Trace,
    /// Number of attempts so far.
    pub attempt: u32,
    /// Number of failed attempts.
    pub failures: u32,
    /// Stage of the running attempt.
    pub stage: Option<Stage>,
    /// Steps done.
    pub step: u32,
    /// Steps in all, 0 while unknown.
    pub total: u32,
    /// Number of the latest preview of the running attempt; see [`Store::preview`].
    pub preview: Option<u32>,
    /// Why it failed, if it did.
    pub reason: Option<FailureReason>,
    /// When it was queued.
    pub created_at: Millis,
    /// When a worker first claimed it.
    pub started_at: Option<Millis>,
    /// When the engine began the running attempt.
    pub began_at: Option<Millis>,
    /// When it ended.
    pub finished_at: Option<Millis>,
    /// When it expires with its looks.
    pub expires_at: Millis,
    pub(crate) turn: i64,
}

/// A job to queue.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// As the user typed it.
    pub sentence: String,
    /// The style to make, as JSON.
    pub style: String,
    /// At least one photo of the user.
    pub photos: Vec<PhotoId>,
    /// 1 to [`MAX_VARIATIONS`].
    pub variations: u32,
    /// Seed of the first look.
    pub seed: u64,
    /// Engine that makes the looks.
    pub engine: &'static str,
    /// The kind of subject in the photos, as the user states it.
    pub subject: Subject,
    /// Settings of the engine, as JSON ([`drape_core::engine::Settings`]).
    pub settings: String,
    /// Stylist that reads the sentence ([`drape_core::stylist`]); the claiming worker asks it.
    pub stylist: &'static str,
    /// How the reading came about, as JSON, if the sentence is read already.
    pub reading: Option<String>,
    /// Language of the owner.
    pub language: Language,
    /// The caller's name for this request; a second request with the same key returns the same job.
    pub idempotency_key: Option<String>,
    /// Position of the request in its trace.
    pub trace: Trace,
    /// SHA-256 (hex) of the request, which tells a repetition from another request with the same key.
    pub request_hash: String,
}

/// Selects the columns that [`job`] reads.
macro_rules! select_jobs {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, state, sentence, style, photo_ids, variations, seed, engine, subject, \
             settings, stylist, reading, language, trace, turn, attempt, failures, stage, step, total, \
             reason, created_at, started_at, began_at, finished_at, expires_at, \
             (SELECT number FROM previews WHERE previews.job_id = jobs.id) AS preview FROM jobs ",
            $rest
        )
    };
}
pub(crate) use select_jobs;

impl Job {
    /// The event with the job's present state.
    pub(crate) fn note(&self, owner: UserId, looks: &[LookId], at: Millis) -> Note {
        let data = json!({
            "id": self.id,
            "state": self.state,
            "stage": self.stage.map(Stage::id),
            "step": self.step,
            "total": self.total,
            "preview": self.preview,
            "reason": self.reason,
            "attempt": self.attempt,
            "looks": looks,
        });
        let (job, ended) = (self.id, self.state.ended());
        Note { owner, job, data: data.to_string().into(), ended, at }
    }
}

impl Store {
    /// Ends a transaction that changed a job: reads the job, writes its event, commits.
    pub(crate) async fn tell(
        &self,
        mut tx: Tx,
        owner: UserId,
        id: JobId,
        now: Millis,
    ) -> Result<Job, StoreError> {
        let row = sqlx::query(select_jobs!("WHERE user_id = ? AND id = ?"))
            .bind(owner.to_string())
            .bind(id.to_string())
            .fetch_one(&mut *tx)
            .await?;
        let job = job(&row)?;
        let events = record(&mut tx, &[job.note(owner, &[], now)]).await?;
        tx.commit().await?;
        self.inner.queue.moved(&job);
        events.into_iter().for_each(|event| self.hub().publish(owner, event));
        Ok(job)
    }
}

pub(crate) fn owner(row: &AnyRow) -> Result<UserId, StoreError> {
    row.try_get::<String, _>("user_id")?.parse().map_err(StoreError::row)
}

pub(crate) fn job(row: &AnyRow) -> Result<Job, StoreError> {
    let number = |name: &str| -> Result<u32, StoreError> {
        u32::try_from(row.try_get::<i64, _>(name)?).map_err(StoreError::row)
    };
    let reason: Option<String> = row.try_get("reason")?;
    let preview: Option<i64> = row.try_get("preview")?;
    let id = row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?;
    let trace = row.try_get::<String, _>("trace")?.parse();
    Ok(Job {
        id,
        state: row.try_get::<String, _>("state")?.parse().map_err(StoreError::row)?,
        sentence: row.try_get("sentence")?,
        style: row.try_get("style")?,
        photos: serde_json::from_str(&row.try_get::<String, _>("photo_ids")?).map_err(StoreError::row)?,
        variations: number("variations")?,
        seed: row.try_get::<i64, _>("seed")?.cast_unsigned(),
        engine: row.try_get("engine")?,
        subject: row.try_get::<String, _>("subject")?.parse().map_err(StoreError::row)?,
        settings: row.try_get("settings")?,
        stylist: row.try_get("stylist")?,
        reading: row.try_get("reading")?,
        language: language(&row.try_get::<String, _>("language")?),
        trace: trace.unwrap_or_else(|_| Trace::of_job(id)),
        attempt: number("attempt")?,
        failures: number("failures")?,
        stage: row.try_get::<Option<String>, _>("stage")?.as_deref().and_then(Stage::of_id),
        step: number("step")?,
        total: number("total")?,
        preview: preview.map(|n| u32::try_from(n).map_err(StoreError::row)).transpose()?,
        reason: reason.map(|r| r.parse().map_err(StoreError::row)).transpose()?,
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        began_at: row.try_get("began_at")?,
        finished_at: row.try_get("finished_at")?,
        expires_at: row.try_get("expires_at")?,
        turn: row.try_get("turn")?,
    })
}
