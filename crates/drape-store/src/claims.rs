//! Jobs as workers see them: claimed by lease and kept by heartbeat. How they end is in [`crate::ends`].

use std::time::Duration;

use drape_core::engine::Stage;

use crate::group::claim::Claiming;
use crate::job::Job;
use crate::lease::{Claim, ClaimRequest, Going, JobProgress};
use crate::record::record;
use crate::retry;
use crate::{MAX_PREVIEW, Millis, Store, StoreError, previews};

impl Store {
    /// `queued -> running` for up to `request.most` jobs, in the order of their turns.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn claim(&self, request: &ClaimRequest, now: Millis) -> Result<Vec<Claim>, StoreError> {
        self.write(Claiming { request: request.clone(), now }).await
    }

    /// [`Store::claim`] that waits up to `at_most` for a job. With `look` it first takes jobs that are
    /// already queued; pass `false` if the last claim took fewer jobs than requested, which left none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn claim_next(
        &self,
        request: &ClaimRequest,
        look: bool,
        at_most: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        if look {
            let claims = self.claim(request, crate::now()).await?;
            if !claims.is_empty() {
                return Ok(claims);
            }
        }
        let claiming = Claiming { request: request.clone(), now: crate::now() };
        match self.park(claiming, at_most).await {
            // A new job may be for another engine.
            Some(Ok(claims)) if !claims.is_empty() => Ok(claims),
            Some(Err(e)) => Err(e),
            // Only this look finds jobs of other processes, and jobs whose pause has ended.
            _ => self.claim(request, crate::now()).await,
        }
    }

    /// Renews the lease of a running job.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn heartbeat(&self, claim: &Claim, lease: Millis, now: Millis) -> Result<Going, StoreError> {
        retry::on_conflict(|| async {
            let update = sqlx::query(
                "UPDATE jobs SET lease_until = ? WHERE id = ? AND attempt = ? AND state = 'running'",
            )
            .bind(now + lease);
            let held = claim.fence().bind(update).execute(&self.inner.write).await?.rows_affected();
            Ok(if held == 0 { Going::Stop } else { Going::On })
        })
        .await
    }

    /// Records the progress of a running job, stores its preview, and renews its lease.
    ///
    /// # Errors
    /// [`StoreError::Database`]; [`StoreError::Row`] for a preview of more than [`MAX_PREVIEW`] bytes.
    pub async fn progress(
        &self,
        claim: &Claim,
        progress: JobProgress<'_>,
        lease: Millis,
        now: Millis,
    ) -> Result<Going, StoreError> {
        let JobProgress { stage, step, total, preview } = progress;
        if let Some(picture) = preview.filter(|p| p.len() > MAX_PREVIEW) {
            return Err(StoreError::row(format_args!("a preview of {} bytes", picture.len())));
        }
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            // `began_at` first: in MySQL, later assignments see the new values of earlier ones.
            let update = sqlx::query(
                "UPDATE jobs SET began_at = CASE WHEN stage IS NULL OR stage = ? THEN ? \
                 ELSE began_at END, lease_until = ?, stage = ?, step = ?, total = ? \
                 WHERE id = ? AND attempt = ? AND state = 'running'",
            )
            .bind(Stage::Preview.id())
            .bind(now)
            .bind(now + lease)
            .bind(stage.id())
            .bind(i64::from(step))
            .bind(i64::from(total));
            let held = claim.fence().bind(update).execute(&mut *tx).await?.rows_affected();
            if held == 0 {
                return Ok(Going::Stop);
            }
            claim.set_total(total);
            if let Some(picture) = preview {
                previews::put(&mut tx, claim, picture, now).await?;
            }
            let shown = claim.preview();
            let preview = (shown > 0).then_some(shown);
            let job = Job { stage: Some(stage), step, total, preview, ..claim.job.clone() };
            let events = record(&mut tx, &[job.note(claim.owner, &[], now)]).await?;
            tx.commit().await?;
            events.into_iter().for_each(|event| self.hub().publish(claim.owner, event));
            Ok(Going::On)
        })
        .await
    }

    /// Records that a worker is alive.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn seen(&self, worker: &str, engine: &str, now: Millis) -> Result<(), StoreError> {
        retry::on_conflict(|| async {
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
        })
        .await
    }

    /// Records that a worker has stopped.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn gone(&self, worker: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM workers WHERE id = ?").bind(worker).execute(&self.inner.write).await?;
        Ok(())
    }
}
