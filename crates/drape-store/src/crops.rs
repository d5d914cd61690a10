//! Links under which an outside service can fetch the picture of one garment while it searches.

use drape_core::id::UserId;

use crate::looks::{Look, LookGarment};
use crate::{Millis, Store, StoreError};

impl Store {
    /// Opens a link to the picture of one garment of a user's look; `hash` is the SHA-256 (hex) of its token.
    /// The picture is cut out of the look when it is fetched.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such look.
    pub async fn open_crop(
        &self,
        owner: UserId,
        LookGarment { look, garment }: LookGarment,
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

    /// Closes a link to the picture of a garment.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn close_crop(&self, hash: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM crops WHERE hash = ?").bind(hash).execute(&self.inner.write).await?;
        Ok(())
    }

    /// The look that a link shows, and the number of the garment.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the link is unknown, closed or expired, or the look is gone.
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
