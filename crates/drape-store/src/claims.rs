//! Jobs as workers see them: claimed by lease, kept by heartbeat; `ends` has how they end.
//!
//! Every change names the attempt that it belongs to. Who lost the lease changes nothing: the job
//! was cancelled, deleted, or given to another worker, and [`StoreError::Fenced`] says so.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use drape_core::engine::PREVIEW_STAGE;
use drape_core::id::{JobId, UserId};
use drape_core::job::State;
use sqlx::Row as _;

use crate::events::{Note, record};
use crate::group::{Change, Outcome};
use crate::jobs::{self, select_jobs};
use crate::rows::{self, Tx, again};
use crate::{Job, MAX_PREVIEW, Millis, Store, StoreError, previews};

/// A job that one worker holds for the length of a lease.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The job; its `attempt` is the fence.
    pub job: Job,
    /// Whose it is.
    pub owner: UserId,
    /// Steps in all, as told last.
    pub(crate) total: Arc<AtomicU32>,
    /// Number of the latest preview, 0 before the first.
    pub(crate) preview: Arc<AtomicU32>,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// The lease holds.
    On,
    /// Nobody wants the result any more; stop.
    Stop,
}

/// What a worker asks for.
#[derive(Clone)]
pub(crate) struct Want {
    worker: String,
    engine: String,
    most: u32,
    lease: Millis,
    pub(crate) now: Millis,
}

impl Store {
    /// `queued -> running` for up to `most` jobs, in the order of their turns.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn claim(
        &self,
        worker: &str,
        engine: &str,
        most: u32,
        lease: Millis,
        now: Millis,
    ) -> Result<Vec<Claim>, StoreError> {
        let want = Want { worker: worker.to_owned(), engine: engine.to_owned(), most, lease, now };
        match self.change(Change::Claim(want)).await? {
            Outcome::Claimed(claims) => Ok(claims),
            _ => Err(StoreError::row("another change was made")),
        }
    }

    /// [`Store::claim`] of jobs that come within `at_most`; none when none came. With `look`, those that
    /// wait already are taken first; leave it out when the last claim took all there were.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn claim_next(
        &self,
        (worker, engine, most): (&str, &str, u32),
        lease: Millis,
        look: bool,
        at_most: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        if look {
            let claims = self.claim(worker, engine, most, lease, crate::now()).await?;
            if !claims.is_empty() {
                return Ok(claims);
            }
        }
        let now = crate::now();
        let want = Want { worker: worker.to_owned(), engine: engine.to_owned(), most, lease, now };
        match self.park(want, at_most).await {
            // New jobs may be for another engine.
            Some(Ok(Outcome::Claimed(claims))) if !claims.is_empty() => Ok(claims),
            Some(Err(e)) => Err(e),
            // Jobs of other processes, and those that wait for another attempt, come without a word.
            _ => self.claim(worker, engine, most, lease, crate::now()).await,
        }
    }

    pub(crate) async fn claim_all(
        &self,
        tx: &mut Tx,
        want: &Want,
        notes: &mut Vec<Note>,
    ) -> Result<Vec<Claim>, StoreError> {
        let found = sqlx::query(select_jobs!(
            "WHERE state = 'queued' AND run_after <= ? AND engine = ? ORDER BY turn, id LIMIT ?"
        ))
        .bind(want.now)
        .bind(&want.engine)
        .bind(i64::from(want.most))
        .fetch_all(&mut **tx)
        .await?;
        let mut claims = Vec::with_capacity(found.len());
        for row in &found {
            let (job, owner) = (jobs::job(row)?, jobs::owner(row)?);
            claims.push(Claim { job, owner, total: Arc::default(), preview: Arc::default() });
        }
        if claims.is_empty() {
            return Ok(claims);
        }
        let any = rows::list(&claims, "id = ? AND attempt = ?", " OR ");
        let mut update = rows::query(format!("UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = ?, lease_until = ?, started_at = COALESCE(started_at, ?), began_at = NULL, stage = NULL, step = 0, total = 0 WHERE state = 'queued' AND ({any})"))
            .bind(&want.worker)
            .bind(want.now + want.lease)
            .bind(want.now);
        for claim in rows::padded(&claims) {
            update = update.bind(claim.job.id.to_string()).bind(i64::from(claim.job.attempt));
        }
        let taken = update.execute(&mut **tx).await?.rows_affected();
        for claim in &mut claims {
            claim.job.attempt += 1;
            claim.job.state = State::Running;
            claim.job.began_at = None;
            claim.job.started_at = claim.job.started_at.or(Some(want.now));
        }
        if taken < claims.len() as u64 {
            // On a database with several writers, another took some between the two statements.
            let mut select =
                rows::query(format!("SELECT id FROM jobs WHERE worker = ? AND ({any})")).bind(&want.worker);
            for claim in rows::padded(&claims) {
                select = select.bind(claim.job.id.to_string()).bind(i64::from(claim.job.attempt));
            }
            let mut mine = HashSet::new();
            for row in select.fetch_all(&mut **tx).await? {
                mine.insert(row.try_get::<String, _>("id")?.parse::<JobId>().map_err(StoreError::row)?);
            }
            claims.retain(|claim| mine.contains(&claim.job.id));
        }
        notes.extend(claims.iter().map(|claim| claim.job.note(claim.owner, &[], want.now)));
        if let Some(turn) = claims.iter().map(|c| c.job.turn).max() {
            sqlx::query("UPDATE queue_clock SET turn = ? WHERE id = 1 AND turn < ?")
                .bind(turn)
                .bind(turn)
                .execute(&mut **tx)
                .await?;
        }
        Ok(claims)
    }

    /// Renews the lease of a running job.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn heartbeat(&self, claim: &Claim, lease: Millis, now: Millis) -> Result<Going, StoreError> {
        again!(self.heartbeat_once(claim, lease, now))
    }

    async fn heartbeat_once(&self, claim: &Claim, lease: Millis, now: Millis) -> Result<Going, StoreError> {
        let held =
            sqlx::query("UPDATE jobs SET lease_until = ? WHERE id = ? AND attempt = ? AND state = 'running'")
                .bind(now + lease)
                .bind(claim.job.id.to_string())
                .bind(i64::from(claim.job.attempt))
                .execute(&self.inner.write)
                .await?
                .rows_affected();
        Ok(if held == 0 { Going::Stop } else { Going::On })
    }

    /// Says which step of a running job begins, keeps what there is to be seen of it (a JPEG), and renews
    /// its lease.
    ///
    /// # Errors
    /// [`StoreError::Database`]; [`StoreError::Row`] for a preview of more than [`MAX_PREVIEW`] bytes.
    pub async fn progress(
        &self,
        claim: &Claim,
        stage: &str,
        (step, total): (u32, u32),
        preview: Option<&[u8]>,
        lease: Millis,
        now: Millis,
    ) -> Result<Going, StoreError> {
        again!(self.progress_once(claim, stage, (step, total), preview, lease, now))
    }

    async fn progress_once(
        &self,
        claim: &Claim,
        stage: &str,
        (step, total): (u32, u32),
        preview: Option<&[u8]>,
        lease: Millis,
        now: Millis,
    ) -> Result<Going, StoreError> {
        if let Some(picture) = preview.filter(|p| p.len() > MAX_PREVIEW) {
            return Err(StoreError::row(format_args!("a preview of {} bytes", picture.len())));
        }
        let mut tx = self.begin().await?;
        let id = claim.job.id.to_string();
        // `began_at` first, for MySQL's later assignments see the earlier ones.
        let held = sqlx::query("UPDATE jobs SET began_at = CASE WHEN stage IS NULL OR stage = ? THEN ? ELSE began_at END, lease_until = ?, stage = ?, step = ?, total = ? WHERE id = ? AND attempt = ? AND state = 'running'")
            .bind(PREVIEW_STAGE)
            .bind(now)
            .bind(now + lease)
            .bind(stage)
            .bind(i64::from(step))
            .bind(i64::from(total))
            .bind(&id)
            .bind(i64::from(claim.job.attempt))
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if held == 0 {
            return Ok(Going::Stop);
        }
        claim.total.store(total, Ordering::Relaxed);
        if let Some(picture) = preview {
            previews::put(&mut tx, claim, picture, now).await?;
        }
        let shown = claim.preview.load(Ordering::Relaxed);
        let preview = (shown > 0).then_some(shown);
        let job = Job { stage: Some(stage.to_owned()), step, total, preview, ..claim.job.clone() };
        let events = record(&mut tx, &[job.note(claim.owner, &[], now)]).await?;
        tx.commit().await?;
        events.into_iter().for_each(|event| self.hub().publish(claim.owner, event));
        Ok(Going::On)
    }

    /// Says that a worker lives.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn seen(&self, worker: &str, engine: &str, now: Millis) -> Result<(), StoreError> {
        again!(self.seen_once(worker, engine, now))
    }

    async fn seen_once(&self, worker: &str, engine: &str, now: Millis) -> Result<(), StoreError> {
        let known = sqlx::query("UPDATE workers SET seen_at = ? WHERE id = ?")
            .bind(now)
            .bind(worker)
            .execute(&self.inner.write)
            .await?
            .rows_affected();
        if known == 0 {
            sqlx::query("INSERT INTO workers (id, engine, seen_at) VALUES (?, ?, ?)")
                .bind(worker)
                .bind(engine)
                .bind(now)
                .execute(&self.inner.write)
                .await?;
        }
        Ok(())
    }

    /// Says that a worker has stopped.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn gone(&self, worker: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM workers WHERE id = ?").bind(worker).execute(&self.inner.write).await?;
        Ok(())
    }
}
