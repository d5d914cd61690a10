//! Jobs as workers see them: claimed by lease, kept by heartbeat, ended exactly once.
//!
//! Every change names the attempt that it belongs to. Who lost the lease changes nothing: the job
//! was cancelled, deleted, or given to another worker, and [`StoreError::Fenced`] says so.

use drape_core::id::{JobId, LookId, UserId};
use drape_core::job::{FailureReason, State};

use crate::blobs::keep;
use crate::events::record;
use crate::jobs::{self, MAX_ATTEMPTS, select_jobs};
use crate::{Event, Job, Millis, NewLook, Store, StoreError};

/// A job that one worker holds for the length of a lease.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The job; its `attempt` is the fence.
    pub job: Job,
    /// Whose it is.
    pub owner: UserId,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// The lease holds.
    On,
    /// Nobody wants the result any more; stop.
    Stop,
}

/// How a job ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The job as it is now.
    pub job: Job,
    /// Its looks, by number.
    pub looks: Vec<LookId>,
}

impl Store {
    /// Waits until a job may have come; returns at the latest when `at_most` is over, since jobs of
    /// other processes do not ring here.
    pub async fn wait_for_jobs(&self, at_most: std::time::Duration) {
        let _ = tokio::time::timeout(at_most, self.hub().rung()).await;
    }

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
        let rows = sqlx::query(select_jobs!(
            "WHERE state = 'queued' AND run_after <= ? AND engine = ? ORDER BY turn, id LIMIT ?"
        ))
        .bind(now)
        .bind(engine)
        .bind(i64::from(most))
        .fetch_all(self.read())
        .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut claims = Vec::new();
        let mut events = Vec::new();
        let mut tx = self.begin().await?;
        for row in &rows {
            let (mut job, owner) = (jobs::job(row)?, jobs::owner(row)?);
            let id = job.id.to_string();
            let taken = sqlx::query("UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = ?, lease_until = ?, started_at = COALESCE(started_at, ?), stage = NULL, step = 0, total = 0 WHERE id = ? AND state = 'queued' AND attempt = ?")
                .bind(worker)
                .bind(now + lease)
                .bind(now)
                .bind(&id)
                .bind(i64::from(job.attempt))
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if taken == 0 {
                continue;
            }
            job.attempt += 1;
            job.state = State::Running;
            job.started_at = job.started_at.or(Some(now));
            let data = job.snapshot(&[]);
            let revision = record(&mut tx, &owner.to_string(), &id, &data, now, false).await?;
            events.push((owner, Event { revision, job: job.id, data: data.into() }));
            claims.push(Claim { job, owner });
        }
        if let Some(turn) = claims.iter().map(|c| c.job.turn).max() {
            sqlx::query("UPDATE queue_clock SET turn = ? WHERE id = 1 AND turn < ?")
                .bind(turn)
                .bind(turn)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        for (owner, event) in events {
            self.hub().publish(owner, event);
        }
        Ok(claims)
    }

    /// Renews the lease of a running job.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn heartbeat(&self, claim: &Claim, lease: Millis, now: Millis) -> Result<Going, StoreError> {
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

    /// Says which step of a running job begins, and renews its lease.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn progress(
        &self,
        claim: &Claim,
        stage: &str,
        (step, total): (u32, u32),
        lease: Millis,
        now: Millis,
    ) -> Result<Going, StoreError> {
        let mut tx = self.begin().await?;
        let id = claim.job.id.to_string();
        let held = sqlx::query("UPDATE jobs SET lease_until = ?, stage = ?, step = ?, total = ? WHERE id = ? AND attempt = ? AND state = 'running'")
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
        let job = Job { stage: Some(stage.to_owned()), step, total, ..claim.job.clone() };
        let data = job.snapshot(&[]);
        let revision = record(&mut tx, &claim.owner.to_string(), &id, &data, now, false).await?;
        tx.commit().await?;
        self.hub().publish(claim.owner, Event { revision, job: job.id, data: data.into() });
        Ok(Going::On)
    }

    /// `running -> done`: the looks and the end of the job in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost; nothing of the looks stays then.
    pub async fn finish(
        &self,
        claim: &Claim,
        looks: Vec<NewLook>,
        now: Millis,
    ) -> Result<Finished, StoreError> {
        let looks: Vec<(LookId, NewLook)> = looks.into_iter().map(|look| (LookId::new(), look)).collect();
        for (id, look) in &looks {
            self.put_pictures(claim.owner, &id.to_string(), &look.pictures, now).await?;
        }
        match self.finish_rows(claim, &looks, now).await {
            Ok(job) => Ok(Finished { job, looks: looks.iter().map(|l| l.0).collect() }),
            Err(e) => {
                let things: Vec<String> = looks.iter().map(|l| l.0.to_string()).collect();
                if !things.is_empty() {
                    self.drop_pending(claim.owner, &things, now).await?;
                }
                Err(e)
            }
        }
    }

    async fn finish_rows(
        &self,
        claim: &Claim,
        looks: &[(LookId, NewLook)],
        now: Millis,
    ) -> Result<Job, StoreError> {
        let mut tx = self.begin().await?;
        let (id, user) = (claim.job.id.to_string(), claim.owner.to_string());
        let held = sqlx::query("UPDATE jobs SET state = 'done', finished_at = ?, lease_until = NULL, worker = NULL, stage = NULL, step = total WHERE id = ? AND attempt = ? AND state = 'running'")
            .bind(now)
            .bind(&id)
            .bind(i64::from(claim.job.attempt))
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if held == 0 {
            return Err(StoreError::Fenced);
        }
        // The owner may have changed how long things are kept since the job was made.
        let (expires_at,): (i64,) =
            sqlx::query_as("SELECT expires_at FROM jobs WHERE id = ?").bind(&id).fetch_one(&mut *tx).await?;
        for (number, (look, new)) in (1_i64..).zip(looks) {
            sqlx::query("INSERT INTO looks (id, job_id, user_id, photo_id, number, content_type, width, height, seed, engine, report, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                .bind(look.to_string())
                .bind(&id)
                .bind(&user)
                .bind(new.photo.to_string())
                .bind(number)
                .bind(new.pictures.content_type)
                .bind(i64::from(new.pictures.width))
                .bind(i64::from(new.pictures.height))
                .bind(new.seed.cast_signed())
                .bind(&claim.job.engine)
                .bind(&new.report)
                .bind(now)
                .bind(expires_at)
                .execute(&mut *tx)
                .await?;
            keep(&mut tx, &user, &look.to_string(), expires_at).await?;
        }
        self.ended(&mut tx, claim.owner, claim.job.id, now).await?.publish(self, tx).await
    }

    /// `running -> queued` after a pause, when another attempt may help, else `running -> failed`.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost.
    pub async fn fail(&self, claim: &Claim, reason: FailureReason, now: Millis) -> Result<Job, StoreError> {
        self.end_attempt(claim.owner, claim.job.id, claim.job.attempt, claim.job.failures, reason, now).await
    }

    /// `running -> queued` at once, for a worker that stops; does not count as a failure.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost.
    pub async fn release(&self, claim: &Claim, now: Millis) -> Result<Job, StoreError> {
        let mut tx = self.begin().await?;
        let held = sqlx::query("UPDATE jobs SET state = 'queued', run_after = 0, lease_until = NULL, worker = NULL, stage = NULL, step = 0, total = 0 WHERE id = ? AND attempt = ? AND state = 'running'")
            .bind(claim.job.id.to_string())
            .bind(i64::from(claim.job.attempt))
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if held == 0 {
            return Err(StoreError::Fenced);
        }
        let job = self.ended(&mut tx, claim.owner, claim.job.id, now).await?.publish(self, tx).await?;
        self.hub().ring();
        Ok(job)
    }

    async fn end_attempt(
        &self,
        owner: UserId,
        id: JobId,
        attempt: u32,
        failures: u32,
        reason: FailureReason,
        now: Millis,
    ) -> Result<Job, StoreError> {
        let again = reason.transient() && failures + 1 < MAX_ATTEMPTS;
        let mut tx = self.begin().await?;
        let held = if again {
            let pause = self.limits().backoff << failures.min(10);
            sqlx::query("UPDATE jobs SET state = 'queued', failures = failures + 1, run_after = ?, lease_until = NULL, worker = NULL, stage = NULL, step = 0, total = 0 WHERE id = ? AND attempt = ? AND state = 'running'")
                .bind(now + pause)
        } else {
            sqlx::query("UPDATE jobs SET state = 'failed', failures = failures + 1, finished_at = ?, lease_until = NULL, worker = NULL, stage = NULL WHERE id = ? AND attempt = ? AND state = 'running'")
                .bind(now)
        }
        .bind(id.to_string())
        .bind(i64::from(attempt))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if held == 0 {
            return Err(StoreError::Fenced);
        }
        if !again {
            sqlx::query("UPDATE jobs SET reason = ? WHERE id = ?")
                .bind(reason.id())
                .bind(id.to_string())
                .execute(&mut *tx)
                .await?;
        }
        self.ended(&mut tx, owner, id, now).await?.publish(self, tx).await
    }

    /// Ends the attempts whose lease is over (`running -> queued | failed`) and the jobs that waited
    /// too long (`queued -> expired`). Answers how many.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn reap(&self, now: Millis) -> Result<(u32, u32), StoreError> {
        let (mut lost, mut expired) = (0, 0);
        let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
            "SELECT id, user_id, attempt, failures FROM jobs WHERE state = 'running' AND lease_until < ? LIMIT 500",
        )
        .bind(now)
        .fetch_all(self.read())
        .await?;
        for (id, owner, attempt, failures) in rows {
            let (id, owner) = (id.parse().map_err(StoreError::row)?, owner.parse().map_err(StoreError::row)?);
            let number = |n: i64| u32::try_from(n).map_err(StoreError::row);
            match self
                .end_attempt(owner, id, number(attempt)?, number(failures)?, FailureReason::WorkerLost, now)
                .await
            {
                Ok(_) => lost += 1,
                // Somebody else was faster.
                Err(StoreError::Fenced) => {}
                Err(e) => return Err(e),
            }
        }
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT id, user_id FROM jobs WHERE state = 'queued' AND created_at < ? LIMIT 500",
        )
        .bind(now - self.limits().queue_for)
        .fetch_all(self.read())
        .await?;
        for (id, owner) in rows {
            let mut tx = self.begin().await?;
            let changed = sqlx::query(
                "UPDATE jobs SET state = 'expired', finished_at = ? WHERE id = ? AND state = 'queued'",
            )
            .bind(now)
            .bind(&id)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if changed == 1 {
                let (owner, id) =
                    (owner.parse().map_err(StoreError::row)?, id.parse().map_err(StoreError::row)?);
                self.ended(&mut tx, owner, id, now).await?.publish(self, tx).await?;
                expired += 1;
            }
        }
        Ok((lost, expired))
    }

    /// Says that a worker lives.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn seen(&self, worker: &str, engine: &str, now: Millis) -> Result<(), StoreError> {
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
