//! Uploaded photos.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use drape_core::id::{PhotoId, UserId};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::accounts::days;
use crate::blobs::keep;
use crate::{Claim, Millis, Pictures, Size, Store, StoreError};
use crate::{retry, rows};

/// A photo of a user, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Id.
    pub id: PhotoId,
    /// MIME type of the stored bytes.
    pub content_type: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size of the stored file.
    pub bytes: u64,
    /// Result of the check of the photo, as JSON.
    pub quality: String,
    /// When it was uploaded.
    pub created_at: Millis,
    /// When it expires.
    pub expires_at: Millis,
    owner: UserId,
}

/// A photo to store: already decoded, turned upright and encoded again without metadata.
#[derive(Debug, Clone)]
pub struct NewPhoto {
    /// The pictures.
    pub pictures: Pictures,
    /// Result of the check, as JSON.
    pub quality: String,
}

/// Selects the columns that [`photo`] reads.
macro_rules! select_photos {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, content_type, width, height, bytes, quality, created_at, expires_at \
             FROM photos ",
            $rest
        )
    };
}

impl Store {
    /// Stores a photo; it expires after the days that its owner chose.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the user has as many photos as allowed, [`StoreError::NotFound`] when the
    /// user is gone.
    pub async fn add_photo(&self, owner: UserId, new: NewPhoto, now: Millis) -> Result<Photo, StoreError> {
        let id = PhotoId::new();
        self.put_pictures(owner, &id.to_string(), &new.pictures, now).await?;
        let photo = Photo {
            id,
            content_type: new.pictures.content_type.to_owned(),
            width: new.pictures.width,
            height: new.pictures.height,
            bytes: new.pictures.full.len() as u64,
            quality: new.quality,
            created_at: now,
            expires_at: now,
            owner,
        };
        match retry::on_conflict(|| self.add_photo_row(owner, photo.clone(), now)).await {
            Ok(photo) => Ok(photo),
            Err(e) => {
                self.drop_pending(owner, &[id.to_string()], now).await?;
                Err(e)
            }
        }
    }

    async fn add_photo_row(&self, owner: UserId, photo: Photo, now: Millis) -> Result<Photo, StoreError> {
        let mut tx = self.begin().await?;
        // Locks the user's row until the end: a user who is being deleted gets no photo, and two photos at
        // once are counted one after the other.
        sqlx::query("UPDATE users SET turn = turn WHERE id = ?")
            .bind(owner.to_string())
            .execute(&mut *tx)
            .await?;
        let user: Option<(i64, Option<i64>)> =
            sqlx::query_as("SELECT keep_days, expires_at FROM users WHERE id = ?")
                .bind(owner.to_string())
                .fetch_optional(&mut *tx)
                .await?;
        let (keep_days, ends) = user.ok_or(StoreError::NotFound)?;
        let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM photos WHERE user_id = ?")
            .bind(owner.to_string())
            .fetch_one(&mut *tx)
            .await?;
        let limit = self.limits().photos_per_user;
        if count >= i64::from(limit) {
            return Err(StoreError::Busy { limit, own: true });
        }
        let expires_at = ends.unwrap_or(now + days(u32::try_from(keep_days).map_err(StoreError::row)?));
        sqlx::query(
            "INSERT INTO photos (id, user_id, content_type, width, height, bytes, quality, created_at, \
             expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(photo.id.to_string())
        .bind(owner.to_string())
        .bind(&photo.content_type)
        .bind(i64::from(photo.width))
        .bind(i64::from(photo.height))
        .bind(i64::try_from(photo.bytes).map_err(StoreError::row)?)
        .bind(&photo.quality)
        .bind(now)
        .bind(expires_at)
        .execute(&mut *tx)
        .await?;
        keep(&mut tx, &owner.to_string(), &photo.id.to_string(), expires_at).await?;
        tx.commit().await?;
        Ok(Photo { expires_at, ..photo })
    }

    /// The photos of a user, newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn photos(&self, owner: UserId, now: Millis) -> Result<Vec<Photo>, StoreError> {
        let rows = sqlx::query(select_photos!("WHERE user_id = ? AND expires_at > ? ORDER BY id DESC"))
            .bind(owner.to_string())
            .bind(now)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(photo).collect()
    }

    /// One photo of a user.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has none of that id.
    pub async fn photo(&self, owner: UserId, id: PhotoId, now: Millis) -> Result<Photo, StoreError> {
        let row = sqlx::query(select_photos!("WHERE user_id = ? AND id = ? AND expires_at > ?"))
            .bind(owner.to_string())
            .bind(id.to_string())
            .bind(now)
            .fetch_optional(self.read())
            .await?;
        photo(&row.ok_or(StoreError::NotFound)?)
    }

    /// The photos of each claimed job, read by one statement; deleted photos are absent.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn claimed_photos(&self, claims: &[Claim], now: Millis) -> Result<Vec<Vec<Photo>>, StoreError> {
        let named: Vec<(UserId, PhotoId)> =
            claims.iter().flat_map(|c| c.job.photos.iter().map(|p| (c.owner, *p))).collect();
        let any = rows::list(&named, "user_id = ? AND id = ?", " OR ");
        let mut select =
            rows::query(format!("{} WHERE expires_at > ? AND ({any})", select_photos!(""))).bind(now);
        for (owner, photo) in rows::padded(&named) {
            select = select.bind(owner.to_string()).bind(photo.to_string());
        }
        let mut found: HashMap<(UserId, PhotoId), Photo> = HashMap::new();
        for row in &select.fetch_all(self.read()).await? {
            let photo = photo(row)?;
            found.insert((photo.owner, photo.id), photo);
        }
        let of = |claim: &Claim| {
            claim.job.photos.iter().filter_map(|p| found.get(&(claim.owner, *p)).cloned()).collect()
        };
        Ok(claims.iter().map(of).collect())
    }

    /// A photo of a claimed job in full size.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it was deleted meanwhile.
    pub async fn claimed_bytes(&self, photo: &Photo) -> Result<Bytes, StoreError> {
        self.get_recent(photo.owner, &photo.id.to_string(), Size::Full).await
    }

    /// A picture of a photo.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it was deleted meanwhile.
    pub async fn photo_bytes(&self, photo: &Photo, size: Size) -> Result<Bytes, StoreError> {
        self.get_picture(photo.owner, &photo.id.to_string(), size).await
    }

    /// A link with which everyone can fetch a photo from the bucket until `valid` is over; `None` if pictures
    /// are files.
    ///
    /// # Errors
    /// [`StoreError::Blobs`].
    pub async fn photo_link(
        &self,
        photo: &Photo,
        size: Size,
        valid: Duration,
    ) -> Result<Option<String>, StoreError> {
        self.picture_link(photo.owner, &photo.id.to_string(), size, valid).await
    }
}

fn photo(row: &AnyRow) -> Result<Photo, StoreError> {
    let number = |name: &str| -> Result<u32, StoreError> {
        u32::try_from(row.try_get::<i64, _>(name)?).map_err(StoreError::row)
    };
    Ok(Photo {
        id: row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?,
        content_type: row.try_get("content_type")?,
        width: number("width")?,
        height: number("height")?,
        bytes: u64::try_from(row.try_get::<i64, _>("bytes")?).map_err(StoreError::row)?,
        quality: row.try_get("quality")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        owner: row.try_get::<String, _>("user_id")?.parse().map_err(StoreError::row)?,
    })
}
