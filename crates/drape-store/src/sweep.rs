//! Expiry: guests, photos, looks, jobs, links and events, and the bytes of all of them.

use drape_core::id::UserId;

use crate::retry;
use crate::{Deleted, FOUND_FOR, Millis, Store, StoreError};

/// Numbers of things that a sweep deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Guests, with all their data.
    pub users: u64,
    /// Photos.
    pub photos: u64,
    /// Looks.
    pub looks: u64,
    /// Jobs.
    pub jobs: u64,
    /// Files.
    pub files: u64,
    /// Bytes of those files.
    pub bytes: u64,
}

/// How long events are kept, for pages that reconnect, milliseconds.
const EVENTS_FOR: Millis = 86_400_000;
/// How long receipts are kept, milliseconds.
const RECEIPTS_FOR: Millis = 366 * 86_400_000;

impl Store {
    /// Deletes everything that has expired; run it every hour. It may be killed at any moment: the next sweep
    /// finishes its work.
    ///
    /// # Errors
    /// [`StoreError::Database`] or [`StoreError::Blobs`].
    pub async fn sweep(&self, now: Millis) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        let guests: Vec<(String,)> = sqlx::query_as("SELECT id FROM users WHERE expires_at <= ? LIMIT 10000")
            .bind(now)
            .fetch_all(self.read())
            .await?;
        for (id,) in guests {
            let id = id.parse().map_err(StoreError::row)?;
            if let Some(gone) = retry::on_conflict(|| self.sweep_guest(id, now)).await? {
                swept.users += 1;
                swept.photos += gone.photos;
                swept.looks += gone.looks;
                swept.jobs += gone.jobs;
                swept.files += gone.files;
                swept.bytes += gone.bytes;
            }
        }
        let run = |sql: &'static str, at: Millis| {
            retry::on_conflict(move || async move {
                Ok(sqlx::query(sql).bind(at).execute(&self.inner.write).await?.rows_affected())
            })
        };
        // Their blobs have rows of their own, with the same expiry.
        swept.photos += run("DELETE FROM photos WHERE expires_at <= ?", now).await?;
        swept.looks += run("DELETE FROM looks WHERE expires_at <= ?", now).await?;
        swept.jobs +=
            run("DELETE FROM jobs WHERE expires_at <= ? AND state NOT IN ('queued', 'running')", now).await?;
        // Each attempt deletes its own preview; this deletes what a bug may have left.
        run(
            "DELETE FROM previews WHERE created_at <= ? AND job_id NOT IN \
             (SELECT id FROM jobs WHERE state = 'running')",
            now,
        )
        .await?;
        run("DELETE FROM dispatches WHERE until_at <= ?", now - EVENTS_FOR).await?;
        run("DELETE FROM recommendations WHERE created_at <= ?", now - FOUND_FOR).await?;
        run("DELETE FROM crops WHERE expires_at <= ?", now).await?;
        run("DELETE FROM shares WHERE expires_at <= ?", now).await?;
        run("DELETE FROM tokens WHERE expires_at <= ?", now).await?;
        run("DELETE FROM events WHERE created_at <= ?", now - EVENTS_FOR).await?;
        run("DELETE FROM deliveries WHERE created_at <= ?", now - 7 * EVENTS_FOR).await?;
        run("DELETE FROM receipts WHERE requested_at <= ?", now - RECEIPTS_FOR).await?;
        run("DELETE FROM workers WHERE seen_at <= ?", now - 3_600_000).await?;
        let (files, bytes) = self.collect_blobs(None, now).await?;
        swept.files += files;
        swept.bytes += bytes;
        self.complete_receipts(now).await?;
        Ok(swept)
    }

    async fn sweep_guest(&self, id: UserId, now: Millis) -> Result<Option<Deleted>, StoreError> {
        let mut tx = self.begin().await?;
        // Locks the guest's row until the end; a guest who has signed up meanwhile stays.
        let still = sqlx::query("UPDATE users SET turn = turn WHERE id = ? AND expires_at <= ?")
            .bind(id.to_string())
            .bind(now)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if still == 0 {
            return Ok(None);
        }
        Ok(Some(self.delete_account_in(tx, id, now).await?.deleted))
    }
}
