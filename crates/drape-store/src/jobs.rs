//! Jobs as their owners see them: queued, read, cancelled.
//!
//! The queue is fair by turns (start-time fair queueing): a job's turn is the turn of the clock or the one
//! after its owner's last job, whichever is later, and jobs run in the order of turns. Twenty jobs of one
//! user reach twenty turns ahead; the first job of another user comes right after those that already run.

use drape_core::id::{JobId, UserId};

use crate::group::create::{Created, Creating};
use crate::job::{self, Job, NewJob, select_jobs};
use crate::retry;
use crate::{Millis, Store, StoreError, previews};

impl Store {
    /// Queues a job, and returns it with `true`. If its idempotency key was used for the same request before,
    /// returns that job with `false`.
    ///
    /// # Errors
    /// [`StoreError::Taken`] for a key that was used for another request, [`StoreError::Busy`] when too much
    /// waits, [`StoreError::NotFound`] when the user is gone or has no such photo.
    pub async fn create_job(
        &self,
        owner: UserId,
        new: NewJob,
        now: Millis,
    ) -> Result<(Job, bool), StoreError> {
        let limit = self.limits().jobs_queued;
        if self.queue(now).await?.queued >= limit {
            return Err(StoreError::Busy { limit, own: false });
        }
        let creating = Creating::new(owner, new, now);
        let mut created = self.write(creating.clone()).await;
        if matches!(&created, Err(StoreError::Database(e)) if StoreError::is_unique(e)) {
            // An earlier try may have committed although its reply was lost.
            match self.job(owner, creating.id()).await {
                Err(StoreError::NotFound) => {}
                found => return Ok((found?, true)),
            }
            // Otherwise another process was faster with the same key, and its job exists now.
            created = self.write(creating).await;
        }
        match created? {
            Created::New(job) => Ok((*job, true)),
            Created::Earlier(id) => Ok((self.job(owner, id).await?, false)),
        }
    }

    /// One job of a user.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has none of that id.
    pub async fn job(&self, owner: UserId, id: JobId) -> Result<Job, StoreError> {
        let row = sqlx::query(select_jobs!("WHERE user_id = ? AND id = ?"))
            .bind(owner.to_string())
            .bind(id.to_string())
            .fetch_optional(self.read())
            .await?;
        job::job(&row.ok_or(StoreError::NotFound)?)
    }

    /// The jobs of a user, newest first, only those older than `before` if given.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn jobs(
        &self,
        owner: UserId,
        before: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        let rows = sqlx::query(select_jobs!("WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?"))
            .bind(owner.to_string())
            .bind(before.map_or_else(|| "~".to_owned(), |b| b.to_string()))
            .bind(i64::from(limit))
            .fetch_all(self.read())
            .await?;
        rows.iter().map(job::job).collect()
    }

    /// `queued | running -> cancelled`. The worker learns of it at its next report. A job that has ended
    /// stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such job.
    pub async fn cancel_job(&self, owner: UserId, id: JobId, now: Millis) -> Result<Job, StoreError> {
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            let changed = sqlx::query(
                "UPDATE jobs SET state = 'cancelled', finished_at = ?, lease_until = NULL, worker = NULL \
                 WHERE user_id = ? AND id = ? AND state IN ('queued', 'running')",
            )
            .bind(now)
            .bind(owner.to_string())
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if changed == 0 {
                tx.rollback().await?;
                return self.job(owner, id).await;
            }
            previews::forget(&mut tx, id).await?;
            self.tell(tx, owner, id, now).await
        })
        .await
    }
}
