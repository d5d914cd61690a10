//! How attempts end: done with looks, failed, given back, or lost; each exactly once.

use drape_core::engine::Stage;
use drape_core::id::{LookId, UserId};
use drape_core::job::FailureReason;

use crate::group::finish::{Ending, Finished};
use crate::job::Job;
use crate::lease::{Claim, Fence};
use crate::looks::NewLook;
use crate::retry;
use crate::{Millis, Store, StoreError, previews};

/// Failed attempts after which a job fails for good.
pub const MAX_ATTEMPTS: u32 = 3;
/// Attempts after which a worker that is lost before it began also counts as a failure.
const MOST_UNBEGUN: u32 = 10;

/// The data needed to end an attempt.
#[derive(Clone, Copy)]
struct Attempt {
    fence: Fence,
    owner: UserId,
    /// Failed attempts before it.
    failures: u32,
}

impl Store {
    /// `running -> done`: stores the looks and ends the job in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost; the looks are then deleted.
    pub async fn finish(
        &self,
        claim: &Claim,
        looks: Vec<NewLook>,
        now: Millis,
    ) -> Result<Finished, StoreError> {
        let looks: Vec<(LookId, NewLook)> = looks.into_iter().map(|look| (LookId::new(), look)).collect();
        let things: Vec<String> = looks.iter().map(|(id, _)| id.to_string()).collect();
        let ending = Ending { claim: claim.clone(), looks, now };
        let ended = async {
            for (id, look) in &ending.looks {
                self.put_pictures(claim.owner, &id.to_string(), &look.pictures, now).await?;
            }
            // All tries have the same ids, so that a further try recognises looks that an earlier one stored.
            retry::on_outage(|| self.write(ending.clone())).await
        };
        match ended.await {
            // The pictures are useless now. After any other error they expire within the hour.
            Err(StoreError::Fenced) if !things.is_empty() => {
                self.drop_pending(claim.owner, &things, now).await?;
                Err(StoreError::Fenced)
            }
            ended => ended,
        }
    }

    /// `running -> queued` with a pause if another attempt may help, else `running -> failed`.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost.
    pub async fn fail(&self, claim: &Claim, reason: FailureReason, now: Millis) -> Result<Job, StoreError> {
        let attempt = Attempt { fence: claim.fence(), owner: claim.owner, failures: claim.job.failures };
        self.end_attempt(attempt, reason, now).await
    }

    /// `running -> queued` without a pause, for a worker that stops. It does not count as a failure.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost.
    pub async fn release(&self, claim: &Claim, now: Millis) -> Result<Job, StoreError> {
        self.give_back(claim.fence(), claim.owner, now).await
    }

    async fn give_back(&self, fence: Fence, owner: UserId, now: Millis) -> Result<Job, StoreError> {
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            let update = sqlx::query(
                "UPDATE jobs SET state = 'queued', run_after = 0, lease_until = NULL, worker = NULL, \
                 stage = NULL, step = 0, total = 0 WHERE id = ? AND attempt = ? AND state = 'running'",
            );
            let held = fence.bind(update).execute(&mut *tx).await?.rows_affected();
            if held == 0 {
                return Err(StoreError::Fenced);
            }
            previews::forget(&mut tx, fence.job).await?;
            let job = self.tell(tx, owner, fence.job, now).await?;
            self.hub().ring();
            Ok(job)
        })
        .await
    }

    async fn end_attempt(
        &self,
        Attempt { fence, owner, failures }: Attempt,
        reason: FailureReason,
        now: Millis,
    ) -> Result<Job, StoreError> {
        retry::on_conflict(|| async {
            let again = reason.transient() && failures + 1 < MAX_ATTEMPTS;
            let mut tx = self.begin().await?;
            let update = if again {
                let pause = self.limits().backoff << failures.min(10);
                sqlx::query(
                    "UPDATE jobs SET state = 'queued', failures = failures + 1, run_after = ?, \
                     lease_until = NULL, worker = NULL, stage = NULL, step = 0, total = 0 \
                     WHERE id = ? AND attempt = ? AND state = 'running'",
                )
                .bind(now + pause)
            } else {
                sqlx::query(
                    "UPDATE jobs SET state = 'failed', failures = failures + 1, finished_at = ?, \
                     lease_until = NULL, worker = NULL, stage = NULL \
                     WHERE id = ? AND attempt = ? AND state = 'running'",
                )
                .bind(now)
            };
            let held = fence.bind(update).execute(&mut *tx).await?.rows_affected();
            if held == 0 {
                return Err(StoreError::Fenced);
            }
            previews::forget(&mut tx, fence.job).await?;
            if !again {
                sqlx::query("UPDATE jobs SET reason = ? WHERE id = ?")
                    .bind(reason.id())
                    .bind(fence.job.to_string())
                    .execute(&mut *tx)
                    .await?;
            }
            self.tell(tx, owner, fence.job, now).await
        })
        .await
    }

    /// Ends the attempts whose lease ran out (`running -> queued | failed`) and the jobs that waited too long
    /// (`queued -> expired`). Returns the number of each.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn reap(&self, now: Millis) -> Result<(u32, u32), StoreError> {
        let (mut lost, mut expired) = (0, 0);
        let rows: Vec<(String, String, i64, i64, Option<String>)> = sqlx::query_as(
            "SELECT id, user_id, attempt, failures, stage FROM jobs \
             WHERE state = 'running' AND lease_until < ? LIMIT 500",
        )
        .bind(now)
        .fetch_all(self.read())
        .await?;
        for (id, owner, attempt, failures, stage) in rows {
            let (id, owner) = (id.parse().map_err(StoreError::row)?, owner.parse().map_err(StoreError::row)?);
            let number = |n: i64| u32::try_from(n).map_err(StoreError::row);
            let fence = Fence { job: id, attempt: number(attempt)? };
            // A job that only waited in a lost worker's batch has not failed, but its attempts are limited,
            // too.
            let begun = stage.is_some_and(|s| s != Stage::Preview.id());
            let ended = if !begun && fence.attempt < MOST_UNBEGUN {
                self.give_back(fence, owner, now).await
            } else {
                let attempt = Attempt { fence, owner, failures: number(failures)? };
                self.end_attempt(attempt, FailureReason::WorkerLost, now).await
            };
            match ended {
                Ok(_) => lost += 1,
                // The attempt ended meanwhile.
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
                self.tell(tx, owner, id, now).await?;
                expired += 1;
            }
        }
        Ok((lost, expired))
    }
}
