//! Products found like the garments of a look, kept for an hour.

use drape_core::id::{LookId, UserId};
use drape_core::language::Language;
use drape_core::recommender::Found;

use crate::accounts::code;
use crate::looks::LookGarment;
use crate::{Millis, Store, StoreError};

/// How long found products are kept, milliseconds; prices and stock change.
pub const FOUND_FOR: Millis = 3_600_000;
/// Most bytes of JSON for one garment: MySQL's TEXT ends at 64 kB.
const MOST_BYTES: usize = 60_000;

impl Store {
    /// Products found for the garments of a look within the last [`FOUND_FOR`], by number of the garment.
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
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT garment, products FROM recommendations \
             WHERE user_id = ? AND look_id = ? AND language = ? AND created_at > ? ORDER BY garment",
        )
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

    /// Stores the products found for one garment of a look, in place of earlier ones.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such look (any more).
    pub async fn keep_found(
        &self,
        owner: UserId,
        LookGarment { look, garment }: LookGarment,
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
        let kept = sqlx::query(
            "INSERT INTO recommendations (look_id, garment, language, user_id, products, created_at) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&look)
        .bind(i64::from(garment))
        .bind(code(language))
        .bind(&user)
        .bind(&json)
        .bind(now)
        .execute(&mut *tx)
        .await;
        match kept {
            // Another request stored its products first; they are as good.
            Err(e) if StoreError::is_unique(&e) => return Ok(()),
            kept => kept?,
        };
        tx.commit().await?;
        Ok(())
    }
}
