//! Previews of running jobs: only the latest of each. The transaction that ends an attempt deletes its
//! preview, however the attempt ends.

use bytes::Bytes;
use drape_core::id::{JobId, UserId};
use sqlx::Row as _;

use crate::lease::Claim;
use crate::rows::{self, Tx};
use crate::{Millis, Store, StoreError};

/// Most bytes of a preview.
pub const MAX_PREVIEW: usize = 300_000;

/// The latest preview of a running job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Number among the previews of the attempt, from 1.
    pub number: u32,
    /// The picture, a JPEG.
    pub picture: Bytes,
}

impl Store {
    /// The latest preview of a job of a user.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such job, or the job has no preview (any more).
    pub async fn preview(&self, owner: UserId, job: JobId) -> Result<Preview, StoreError> {
        let row = sqlx::query("SELECT number, picture FROM previews WHERE user_id = ? AND job_id = ?")
            .bind(owner.to_string())
            .bind(job.to_string())
            .fetch_optional(self.read())
            .await?
            .ok_or(StoreError::NotFound)?;
        Ok(Preview {
            number: u32::try_from(row.try_get::<i64, _>("number")?).map_err(StoreError::row)?,
            picture: row.try_get::<Vec<u8>, _>("picture")?.into(),
        })
    }
}

/// Stores a preview in place of the earlier one, in a transaction that holds the lease.
pub(crate) async fn put(tx: &mut Tx, claim: &Claim, picture: &[u8], now: Millis) -> Result<(), StoreError> {
    let number = claim.preview() + 1;
    let id = claim.job.id.to_string();
    let known = sqlx::query("UPDATE previews SET number = ?, picture = ?, created_at = ? WHERE job_id = ?")
        .bind(i64::from(number))
        .bind(picture)
        .bind(now)
        .bind(&id)
        .execute(&mut **tx)
        .await?
        .rows_affected();
    if known == 0 {
        sqlx::query(
            "INSERT INTO previews (job_id, user_id, number, picture, created_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(claim.owner.to_string())
        .bind(i64::from(number))
        .bind(picture)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    }
    claim.set_preview(number);
    Ok(())
}

/// Deletes the preview of a job, in the transaction that ends its attempt.
pub(crate) async fn forget(tx: &mut Tx, job: JobId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM previews WHERE job_id = ?").bind(job.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// [`forget`] for many jobs. Most have no preview, and their claims say so without a statement.
pub(crate) async fn forget_all(tx: &mut Tx, claims: &[&Claim]) -> Result<(), StoreError> {
    let shown: Vec<String> =
        claims.iter().filter(|c| c.preview() > 0).map(|c| c.job.id.to_string()).collect();
    if shown.is_empty() {
        return Ok(());
    }
    let list = rows::list(&shown, "?", ", ");
    let mut delete = rows::query(format!("DELETE FROM previews WHERE job_id IN ({list})"));
    for id in rows::padded(&shown) {
        delete = delete.bind(id);
    }
    delete.execute(&mut **tx).await?;
    Ok(())
}
