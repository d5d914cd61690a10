//! Looks: finished pictures.

use std::time::Duration;

use bytes::Bytes;
use drape_core::id::{JobId, LookId, PhotoId, UserId};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::{Millis, Pictures, Size, Store, StoreError};

/// A look, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Id.
    pub id: LookId,
    /// The job for which it was made.
    pub job: JobId,
    /// The photo from which it was made; it may be deleted.
    pub photo: PhotoId,
    /// Number among the variations of the job, from 1.
    pub number: u32,
    /// MIME type of the full size.
    pub content_type: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Its seed: with it the engine makes the same look again.
    pub seed: u64,
    /// Engine that made it.
    pub engine: String,
    /// Its report, as JSON.
    pub report: String,
    /// When it was finished.
    pub created_at: Millis,
    /// When it expires.
    pub expires_at: Millis,
    owner: UserId,
}

/// A look to store.
#[derive(Debug, Clone)]
pub struct NewLook {
    /// The photo from which it was made.
    pub photo: PhotoId,
    /// The pictures.
    pub pictures: Pictures,
    /// The seed.
    pub seed: u64,
    /// Its report, as JSON.
    pub report: String,
}

/// One garment of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookGarment {
    /// The look.
    pub look: LookId,
    /// Number of the garment in the look's style, from 0.
    pub garment: u32,
}

/// Selects the columns that [`look`] reads.
macro_rules! select_looks {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, job_id, photo_id, number, content_type, width, height, seed, engine, \
             report, created_at, expires_at FROM looks ",
            $rest
        )
    };
}

impl Store {
    /// The looks of a user, newest first, only those older than `before` if given.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn looks(
        &self,
        owner: UserId,
        before: Option<LookId>,
        limit: u32,
        now: Millis,
    ) -> Result<Vec<Look>, StoreError> {
        let before = before.map_or_else(|| "~".to_owned(), |b| b.to_string());
        let rows = sqlx::query(select_looks!(
            "WHERE user_id = ? AND expires_at > ? AND id < ? ORDER BY id DESC LIMIT ?"
        ))
        .bind(owner.to_string())
        .bind(now)
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(self.read())
        .await?;
        rows.iter().map(look).collect()
    }

    /// The looks of one job of a user, by number.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn looks_of(&self, owner: UserId, job: JobId, now: Millis) -> Result<Vec<Look>, StoreError> {
        let rows =
            sqlx::query(select_looks!("WHERE user_id = ? AND job_id = ? AND expires_at > ? ORDER BY number"))
                .bind(owner.to_string())
                .bind(job.to_string())
                .bind(now)
                .fetch_all(self.read())
                .await?;
        rows.iter().map(look).collect()
    }

    /// One look of a user.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has none of that id.
    pub async fn look(&self, owner: UserId, id: LookId, now: Millis) -> Result<Look, StoreError> {
        let row = sqlx::query(select_looks!("WHERE user_id = ? AND id = ? AND expires_at > ?"))
            .bind(owner.to_string())
            .bind(id.to_string())
            .bind(now)
            .fetch_optional(self.read())
            .await?;
        look(&row.ok_or(StoreError::NotFound)?)
    }

    /// A picture of a look.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it was deleted meanwhile.
    pub async fn look_bytes(&self, look: &Look, size: Size) -> Result<Bytes, StoreError> {
        self.get_picture(look.owner, &look.id.to_string(), size).await
    }

    /// A link with which everyone can fetch a look's picture from the bucket until `valid` is over; `None` if
    /// pictures are files.
    ///
    /// # Errors
    /// [`StoreError::Blobs`].
    pub async fn look_link(
        &self,
        look: &Look,
        size: Size,
        valid: Duration,
    ) -> Result<Option<String>, StoreError> {
        self.picture_link(look.owner, &look.id.to_string(), size, valid).await
    }
}

fn look(row: &AnyRow) -> Result<Look, StoreError> {
    let number = |name: &str| -> Result<u32, StoreError> {
        u32::try_from(row.try_get::<i64, _>(name)?).map_err(StoreError::row)
    };
    Ok(Look {
        id: row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?,
        job: row.try_get::<String, _>("job_id")?.parse().map_err(StoreError::row)?,
        photo: row.try_get::<String, _>("photo_id")?.parse().map_err(StoreError::row)?,
        number: number("number")?,
        content_type: row.try_get("content_type")?,
        width: number("width")?,
        height: number("height")?,
        seed: row.try_get::<i64, _>("seed")?.cast_unsigned(),
        engine: row.try_get("engine")?,
        report: row.try_get("report")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        owner: row.try_get::<String, _>("user_id")?.parse().map_err(StoreError::row)?,
    })
}
