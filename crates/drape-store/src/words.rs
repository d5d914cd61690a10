//! What services of others made of a sentence or a garment: readings of jobs, products found, and the
//! links under which a picture of one garment can be fetched meanwhile.

use drape_core::id::{LookId, UserId};
use drape_core::language::Language;
use drape_core::recommender::Found;

use crate::accounts::code;
use crate::{Claim, Look, Millis, Store, StoreError};

/// Products that were found stay this long; prices and stock change.
pub const FOUND_FOR: Millis = 3_600_000;
/// Bytes of JSON that one answer may have: MySQL's TEXT ends at 64 kB.
const MOST_BYTES: usize = 60_000;

impl Store {
    /// Keeps the style that a running job goes on with and what happened when its sentence was read, both
    /// as JSON; only once per job, so that another attempt does not ask again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost or the sentence was read already.
    pub async fn keep_reading(&self, claim: &Claim, style: &str, note: &str) -> Result<(), StoreError> {
        let kept = sqlx::query("UPDATE jobs SET style = ?, reading = ? WHERE id = ? AND attempt = ? AND state = 'running' AND reading IS NULL")
            .bind(style)
            .bind(note)
            .bind(claim.job.id.to_string())
            .bind(i64::from(claim.job.attempt))
            .execute(&self.inner.write)
            .await?
            .rows_affected();
        if kept == 0 { Err(StoreError::Fenced) } else { Ok(()) }
    }

    /// What was found like the garments of a look within the last [`FOUND_FOR`], by number of the garment.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn found(
        &self,
        owner: UserId,
        look: LookId,
        language: Language,
        now: Millis,
    ) -> Result<Vec<(u32, Found)>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as("SELECT garment, products FROM recommendations WHERE user_id = ? AND look_id = ? AND language = ? AND created_at > ? ORDER BY garment")
            .bind(owner.to_string())
            .bind(look.to_string())
            .bind(code(language))
            .bind(now - FOUND_FOR)
            .fetch_all(self.read())
            .await?;
        rows.into_iter()
            .map(|(garment, json)| {
                let garment = u32::try_from(garment).map_err(StoreError::row)?;
                Ok((garment, serde_json::from_str(&json).map_err(StoreError::row)?))
            })
            .collect()
    }

    /// Keeps what was found like one garment of a look, in place of what was kept before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the user has no such look (any more): nothing is kept then.
    pub async fn keep_found(
        &self,
        owner: UserId,
        (look, garment): (LookId, u32),
        language: Language,
        found: &Found,
        now: Millis,
    ) -> Result<(), StoreError> {
        let json = serde_json::to_string(found).map_err(StoreError::row)?;
        if json.len() > MOST_BYTES {
            return Err(StoreError::row(format_args!("{} bytes of products", json.len())));
        }
        let (user, look) = (owner.to_string(), look.to_string());
        let mut tx = self.begin().await?;
        let (there,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM looks WHERE user_id = ? AND id = ? AND expires_at > ?")
                .bind(&user)
                .bind(&look)
                .bind(now)
                .fetch_one(&mut *tx)
                .await?;
        if there == 0 {
            return Err(StoreError::NotFound);
        }
        sqlx::query(
            "DELETE FROM recommendations WHERE user_id = ? AND look_id = ? AND garment = ? AND language = ?",
        )
        .bind(&user)
        .bind(&look)
        .bind(i64::from(garment))
        .bind(code(language))
        .execute(&mut *tx)
        .await?;
        let kept = sqlx::query("INSERT INTO recommendations (look_id, garment, language, user_id, products, created_at) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(&look)
            .bind(i64::from(garment))
            .bind(code(language))
            .bind(&user)
            .bind(&json)
            .bind(now)
            .execute(&mut *tx)
            .await;
        match kept {
            // Another request was faster; its answer is as good.
            Err(e) if StoreError::is_unique(&e) => return Ok(()),
            kept => kept?,
        };
        tx.commit().await?;
        Ok(())
    }

    /// Opens a link to the picture of one garment of a user's look, known by the SHA-256 (hex) of its
    /// token. The picture itself is cut out of the look when it is asked for.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such look.
    pub async fn open_crop(
        &self,
        owner: UserId,
        (look, garment): (LookId, u32),
        hash: &str,
        expires_at: Millis,
        now: Millis,
    ) -> Result<(), StoreError> {
        let found = self.look(owner, look, now).await?;
        sqlx::query("INSERT INTO crops (hash, user_id, look_id, garment, expires_at) VALUES (?, ?, ?, ?, ?)")
            .bind(hash)
            .bind(owner.to_string())
            .bind(look.to_string())
            .bind(i64::from(garment))
            .bind(expires_at.min(found.expires_at))
            .execute(&self.inner.write)
            .await?;
        Ok(())
    }

    /// Ends a link to the picture of a garment.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn close_crop(&self, hash: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM crops WHERE hash = ?").bind(hash).execute(&self.inner.write).await?;
        Ok(())
    }

    /// The look and the number of the garment that a link shows.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the link is unknown, ended or over, or the look is gone.
    pub async fn crop(&self, hash: &str, now: Millis) -> Result<(Look, u32), StoreError> {
        let row: Option<(String, String, i64)> =
            sqlx::query_as("SELECT user_id, look_id, garment FROM crops WHERE hash = ? AND expires_at > ?")
                .bind(hash)
                .bind(now)
                .fetch_optional(&self.inner.write)
                .await?;
        let (user, look, garment) = row.ok_or(StoreError::NotFound)?;
        let user: UserId = user.parse().map_err(StoreError::row)?;
        let look = self.look(user, look.parse().map_err(StoreError::row)?, now).await?;
        Ok((look, u32::try_from(garment).map_err(StoreError::row)?))
    }
}
