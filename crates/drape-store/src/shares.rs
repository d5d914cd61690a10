//! Share links: each shows one look to everyone who has it, until it expires or is revoked.

use drape_core::id::{LookId, ShareId, UserId};

use crate::{Look, Millis, Store, StoreError};

/// A share link, as its owner sees it. Its address is shown only once, when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Id, for revoking it.
    pub id: ShareId,
    /// The look that it shows.
    pub look: LookId,
    /// When it was made.
    pub created_at: Millis,
    /// When it expires.
    pub expires_at: Millis,
}

impl Store {
    /// Makes a link to a look of a user; `hash` is the SHA-256 (hex) of its token.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such look.
    pub async fn add_share(
        &self,
        owner: UserId,
        look: LookId,
        hash: &str,
        expires_at: Millis,
        now: Millis,
    ) -> Result<Share, StoreError> {
        let found = self.look(owner, look, now).await?;
        let share =
            Share { id: ShareId::new(), look, created_at: now, expires_at: expires_at.min(found.expires_at) };
        sqlx::query(
            "INSERT INTO shares (hash, id, user_id, look_id, created_at, expires_at) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(hash)
        .bind(share.id.to_string())
        .bind(owner.to_string())
        .bind(look.to_string())
        .bind(now)
        .bind(share.expires_at)
        .execute(&self.inner.write)
        .await?;
        Ok(share)
    }

    /// The valid links to a look, newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn shares(&self, owner: UserId, look: LookId, now: Millis) -> Result<Vec<Share>, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT id, created_at, expires_at FROM shares \
             WHERE user_id = ? AND look_id = ? AND expires_at > ? ORDER BY id DESC",
        )
        .bind(owner.to_string())
        .bind(look.to_string())
        .bind(now)
        .fetch_all(self.read())
        .await?;
        rows.into_iter()
            .map(|(id, created_at, expires_at)| {
                Ok(Share { id: id.parse().map_err(StoreError::row)?, look, created_at, expires_at })
            })
            .collect()
    }

    /// Revokes a link.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such link.
    pub async fn revoke_share(&self, owner: UserId, share: ShareId) -> Result<(), StoreError> {
        let gone = sqlx::query("DELETE FROM shares WHERE user_id = ? AND id = ?")
            .bind(owner.to_string())
            .bind(share.to_string())
            .execute(&self.inner.write)
            .await?
            .rows_affected();
        if gone == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }

    /// When a link expires, by the SHA-256 (hex) of its token.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it is unknown, revoked or expired.
    pub async fn share_ends(&self, hash: &str, now: Millis) -> Result<Millis, StoreError> {
        let row: Option<(i64,)> =
            sqlx::query_as("SELECT expires_at FROM shares WHERE hash = ? AND expires_at > ?")
                .bind(hash)
                .bind(now)
                .fetch_optional(&self.inner.write)
                .await?;
        Ok(row.ok_or(StoreError::NotFound)?.0)
    }

    /// The look that a link shows, with its owner.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the link is unknown, revoked or expired, or the look is gone.
    pub async fn shared(&self, hash: &str, now: Millis) -> Result<(UserId, Look), StoreError> {
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT user_id, look_id FROM shares WHERE hash = ? AND expires_at > ?")
                .bind(hash)
                .bind(now)
                .fetch_optional(&self.inner.write)
                .await?;
        let (user, look) = row.ok_or(StoreError::NotFound)?;
        let user: UserId = user.parse().map_err(StoreError::row)?;
        let look = self.look(user, look.parse().map_err(StoreError::row)?, now).await?;
        Ok((user, look))
    }
}
