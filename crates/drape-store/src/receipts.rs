//! Deletion, and its proof: a receipt with the number of deleted things and the time.
//!
//! The transaction that deletes the rows writes the receipt. The bytes are deleted right after it, which
//! completes the receipt. If the process is killed in between, the sweep finishes the deletion.

use drape_core::id::{JobId, LookId, PhotoId, ReceiptId, UserId};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::retry;
use crate::rows::Tx;
use crate::{Millis, Store, StoreError};

/// Number of things that were deleted, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Deleted {
    /// Photos.
    pub photos: u64,
    /// Looks.
    pub looks: u64,
    /// Jobs with their sentences.
    pub jobs: u64,
    /// Files, including the smaller sizes of pictures.
    pub files: u64,
    /// Bytes of those files.
    pub bytes: u64,
    /// Sessions and API keys.
    pub tokens: u64,
    /// Share links.
    pub shares: u64,
    /// 1 if the account itself was deleted.
    pub accounts: u64,
}

/// The proof of a deletion. It names no person, and outlives the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Id.
    pub id: ReceiptId,
    /// `photo`, `look`, `job` or `account`.
    pub what: String,
    /// The number of deleted things.
    pub deleted: Deleted,
    /// When the deletion was requested; the rows were deleted at this time.
    pub requested_at: Millis,
    /// When the last file was deleted; absent until then.
    pub completed_at: Option<Millis>,
}

impl Store {
    /// Deletes a photo. Looks made from it stay; a queued job that needs it fails and says why.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such photo.
    pub async fn delete_photo(&self, owner: UserId, id: PhotoId, now: Millis) -> Result<Receipt, StoreError> {
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            let (user, id) = (owner.to_string(), id.to_string());
            doom(
                &mut tx,
                "UPDATE blobs SET expires_at = 0 WHERE user_id = ? AND thing_id = ?",
                &[&user, &id],
            )
            .await?;
            let photos =
                doom(&mut tx, "DELETE FROM photos WHERE user_id = ? AND id = ?", &[&user, &id]).await?;
            if photos == 0 {
                return Err(StoreError::NotFound);
            }
            self.receipt_for(tx, owner, "photo", Deleted { photos, ..Deleted::default() }, now).await
        })
        .await
    }

    /// Deletes a look and its share links.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such look.
    pub async fn delete_look(&self, owner: UserId, id: LookId, now: Millis) -> Result<Receipt, StoreError> {
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            let (user, id) = (owner.to_string(), id.to_string());
            doom(
                &mut tx,
                "UPDATE blobs SET expires_at = 0 WHERE user_id = ? AND thing_id = ?",
                &[&user, &id],
            )
            .await?;
            let shares =
                doom(&mut tx, "DELETE FROM shares WHERE user_id = ? AND look_id = ?", &[&user, &id]).await?;
            doom(&mut tx, "DELETE FROM recommendations WHERE user_id = ? AND look_id = ?", &[&user, &id])
                .await?;
            doom(&mut tx, "DELETE FROM crops WHERE user_id = ? AND look_id = ?", &[&user, &id]).await?;
            let looks =
                doom(&mut tx, "DELETE FROM looks WHERE user_id = ? AND id = ?", &[&user, &id]).await?;
            if looks == 0 {
                return Err(StoreError::NotFound);
            }
            self.receipt_for(tx, owner, "look", Deleted { looks, shares, ..Deleted::default() }, now).await
        })
        .await
    }

    /// Deletes a job that has ended, with its looks.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such job, or it has not ended: cancel it first.
    pub async fn delete_job(&self, owner: UserId, id: JobId, now: Millis) -> Result<Receipt, StoreError> {
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            let (user, id) = (owner.to_string(), id.to_string());
            let jobs = doom(
                &mut tx,
                "DELETE FROM jobs WHERE user_id = ? AND id = ? AND state NOT IN ('queued', 'running')",
                &[&user, &id],
            )
            .await?;
            if jobs == 0 {
                return Err(StoreError::NotFound);
            }
            doom(
                &mut tx,
                "UPDATE blobs SET expires_at = 0 WHERE user_id = ? AND thing_id IN \
                 (SELECT id FROM looks WHERE job_id = ?)",
                &[&user, &id],
            )
            .await?;
            let shares = doom(
                &mut tx,
                "DELETE FROM shares WHERE user_id = ? AND look_id IN (SELECT id FROM looks WHERE job_id = ?)",
                &[&user, &id],
            )
            .await?;
            doom(
                &mut tx,
                "DELETE FROM recommendations WHERE user_id = ? AND look_id IN \
                 (SELECT id FROM looks WHERE job_id = ?)",
                &[&user, &id],
            )
            .await?;
            doom(
                &mut tx,
                "DELETE FROM crops WHERE user_id = ? AND look_id IN (SELECT id FROM looks WHERE job_id = ?)",
                &[&user, &id],
            )
            .await?;
            let looks =
                doom(&mut tx, "DELETE FROM looks WHERE user_id = ? AND job_id = ?", &[&user, &id]).await?;
            doom(&mut tx, "DELETE FROM previews WHERE user_id = ? AND job_id = ?", &[&user, &id]).await?;
            doom(&mut tx, "DELETE FROM events WHERE user_id = ? AND job_id = ?", &[&user, &id]).await?;
            doom(&mut tx, "DELETE FROM deliveries WHERE user_id = ? AND job_id = ?", &[&user, &id]).await?;
            self.receipt_for(tx, owner, "job", Deleted { jobs, looks, shares, ..Deleted::default() }, now)
                .await
        })
        .await
    }

    /// Deletes a user with all their data; their running jobs stop.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user is already deleted.
    pub async fn delete_account(&self, user: UserId, now: Millis) -> Result<Receipt, StoreError> {
        retry::on_conflict(|| async {
            let tx = self.begin().await?;
            self.delete_account_in(tx, user, now).await
        })
        .await
    }

    pub(crate) async fn delete_account_in(
        &self,
        mut tx: Tx,
        user: UserId,
        now: Millis,
    ) -> Result<Receipt, StoreError> {
        let id = user.to_string();
        let own = [id.as_str()];
        let accounts = doom(&mut tx, "DELETE FROM users WHERE id = ?", &own).await?;
        if accounts == 0 {
            return Err(StoreError::NotFound);
        }
        doom(&mut tx, "UPDATE blobs SET expires_at = 0 WHERE user_id = ?", &own).await?;
        let deleted = Deleted {
            photos: doom(&mut tx, "DELETE FROM photos WHERE user_id = ?", &own).await?,
            looks: doom(&mut tx, "DELETE FROM looks WHERE user_id = ?", &own).await?,
            jobs: doom(&mut tx, "DELETE FROM jobs WHERE user_id = ?", &own).await?,
            tokens: doom(&mut tx, "DELETE FROM tokens WHERE user_id = ?", &own).await?,
            shares: doom(&mut tx, "DELETE FROM shares WHERE user_id = ?", &own).await?,
            accounts,
            ..Deleted::default()
        };
        for sql in [
            "DELETE FROM previews WHERE user_id = ?",
            "DELETE FROM dispatches WHERE user_id = ?",
            "DELETE FROM recommendations WHERE user_id = ?",
            "DELETE FROM crops WHERE user_id = ?",
            "DELETE FROM events WHERE user_id = ?",
            "DELETE FROM webhooks WHERE user_id = ?",
            "DELETE FROM deliveries WHERE user_id = ?",
        ] {
            doom(&mut tx, sql, &own).await?;
        }
        let receipt = self.receipt_for(tx, user, "account", deleted, now).await;
        self.inner.sessions.forget(user);
        receipt
    }

    /// The receipts of a user, newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn receipts(&self, owner: UserId) -> Result<Vec<Receipt>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, what, deleted, requested_at, completed_at FROM receipts WHERE user_id = ? \
             ORDER BY id DESC LIMIT 200",
        )
        .bind(owner.to_string())
        .fetch_all(self.read())
        .await?;
        rows.iter().map(receipt).collect()
    }

    /// A receipt by its id alone: only its owner was given the id, and the receipt names no person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn receipt(&self, id: ReceiptId) -> Result<Receipt, StoreError> {
        let row =
            sqlx::query("SELECT id, what, deleted, requested_at, completed_at FROM receipts WHERE id = ?")
                .bind(id.to_string())
                .fetch_optional(&self.inner.write)
                .await?;
        receipt(&row.ok_or(StoreError::NotFound)?)
    }

    /// Writes the receipt, commits, deletes the bytes, and completes the receipt.
    async fn receipt_for(
        &self,
        mut tx: Tx,
        owner: UserId,
        what: &'static str,
        mut deleted: Deleted,
        now: Millis,
    ) -> Result<Receipt, StoreError> {
        let (files, bytes): (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), COALESCE(CAST(SUM(bytes) AS SIGNED), 0) FROM blobs \
             WHERE user_id = ? AND expires_at = 0",
        )
        .bind(owner.to_string())
        .fetch_one(&mut *tx)
        .await?;
        deleted.files = files.unsigned_abs();
        deleted.bytes = bytes.unsigned_abs();
        let id = ReceiptId::new();
        let json = serde_json::to_string(&deleted).map_err(StoreError::row)?;
        sqlx::query(
            "INSERT INTO receipts (id, user_id, what, deleted, requested_at, completed_at) \
             VALUES (?, ?, ?, ?, ?, NULL)",
        )
        .bind(id.to_string())
        .bind(owner.to_string())
        .bind(what)
        .bind(&json)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        let receipt = Receipt { id, what: what.to_owned(), deleted, requested_at: now, completed_at: None };
        // Bytes that cannot be deleted now are left to the sweep; until then the receipt is incomplete.
        match self.collect_blobs(Some(owner), now).await {
            Ok(_) => {
                let done = crate::now();
                match retry::on_conflict(|| self.complete(id, done)).await {
                    Ok(()) => Ok(Receipt { completed_at: Some(done), ..receipt }),
                    Err(e) => {
                        tracing::warn!(receipt = %id, error = %e, "the sweep completes the receipt");
                        Ok(receipt)
                    }
                }
            }
            Err(e) => {
                tracing::warn!(receipt = %id, error = %e, "files are left to the sweep");
                Ok(receipt)
            }
        }
    }

    async fn complete(&self, id: ReceiptId, now: Millis) -> Result<(), StoreError> {
        sqlx::query("UPDATE receipts SET completed_at = ? WHERE id = ?")
            .bind(now)
            .bind(id.to_string())
            .execute(&self.inner.write)
            .await?;
        Ok(())
    }

    /// Completes the receipts whose files are all deleted.
    pub(crate) async fn complete_receipts(&self, now: Millis) -> Result<(), StoreError> {
        retry::on_conflict(|| async {
            sqlx::query(
                "UPDATE receipts SET completed_at = ? WHERE completed_at IS NULL AND NOT EXISTS \
                 (SELECT 1 FROM blobs WHERE blobs.user_id = receipts.user_id AND blobs.expires_at = 0)",
            )
            .bind(now)
            .execute(&self.inner.write)
            .await?;
            Ok(())
        })
        .await
    }
}

async fn doom(tx: &mut Tx, sql: &'static str, values: &[&str]) -> Result<u64, StoreError> {
    let mut query = sqlx::query(sql);
    for value in values {
        query = query.bind((*value).to_owned());
    }
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

fn receipt(row: &AnyRow) -> Result<Receipt, StoreError> {
    let deleted: String = row.try_get("deleted")?;
    Ok(Receipt {
        id: row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?,
        what: row.try_get("what")?,
        deleted: serde_json::from_str(&deleted).map_err(StoreError::row)?,
        requested_at: row.try_get("requested_at")?,
        completed_at: row.try_get("completed_at")?,
    })
}
