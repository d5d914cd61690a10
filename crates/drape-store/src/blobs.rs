//! Pictures as blobs. A blob's row is written before its bytes and holds its expiry, so that no bytes are
//! left behind, wherever the process is killed.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use drape_core::id::UserId;

use crate::retry;
use crate::rows::Tx;
use crate::{Millis, Pictures, Size, Store, StoreError};

/// Time after which a blob expires unless a photo or look refers to it, milliseconds.
const PENDING: Millis = 3_600_000;

/// Cache of the most recently used photos, since users style the same photo several times. The caller first
/// checks in the database that the photo still exists.
#[derive(Default)]
pub(crate) struct Recent(Mutex<VecDeque<(String, Bytes)>>);

impl Recent {
    /// Most bytes in the cache.
    const MOST: usize = 8 << 20;

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Bytes)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, key: &str) -> Option<Bytes> {
        self.lock().iter().find(|(k, _)| k == key).map(|(_, bytes)| bytes.clone())
    }

    fn put(&self, key: String, bytes: &Bytes) {
        let mut all = self.lock();
        all.retain(|(k, _)| *k != key);
        all.push_back((key, bytes.clone()));
        while all.iter().map(|(_, b)| b.len()).sum::<usize>() > Self::MOST {
            all.pop_front();
        }
    }

    fn forget(&self, key: &str) {
        self.lock().retain(|(k, _)| k != key);
    }
}

impl Store {
    /// Writes the pictures of a photo or look. They expire after an hour unless the transaction that stores
    /// the photo or look calls [`keep`].
    pub(crate) async fn put_pictures(
        &self,
        user: UserId,
        thing: &str,
        pictures: &Pictures,
        now: Millis,
    ) -> Result<(), StoreError> {
        retry::on_outage(|| self.announce(user, thing, pictures, now)).await?;
        for size in Size::ALL {
            self.inner.bucket.put(&key(user, thing, size), pictures.of(size)).await?;
        }
        Ok(())
    }

    /// Writes the rows of pictures whose bytes follow.
    async fn announce(
        &self,
        user: UserId,
        thing: &str,
        pictures: &Pictures,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for size in Size::ALL {
            let bytes = pictures.of(size);
            let made = sqlx::query(
                "INSERT INTO blobs (blob_key, user_id, thing_id, bytes, created_at, expires_at) \
                 VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(key(user, thing, size))
            .bind(user.to_string())
            .bind(thing)
            .bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
            .bind(now)
            .bind(now + PENDING)
            .execute(&mut *tx)
            .await;
            match made {
                // An earlier try wrote the row, and its reply was lost.
                Err(e) if StoreError::is_unique(&e) => {}
                made => {
                    made?;
                }
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Deletes the pictures of photos or looks whose rows were refused, at once.
    pub(crate) async fn drop_pending(
        &self,
        user: UserId,
        things: &[String],
        now: Millis,
    ) -> Result<(), StoreError> {
        retry::on_conflict(|| self.doom_pending(user, things)).await?;
        self.collect_blobs(Some(user), now).await?;
        Ok(())
    }

    async fn doom_pending(&self, user: UserId, things: &[String]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for thing in things {
            // A commit may have succeeded although its reply was lost: stored photos and looks keep their
            // pictures.
            sqlx::query(
                "UPDATE blobs SET expires_at = 0 WHERE user_id = ? AND thing_id = ? AND NOT EXISTS \
                 (SELECT 1 FROM looks WHERE looks.id = blobs.thing_id) AND NOT EXISTS \
                 (SELECT 1 FROM photos WHERE photos.id = blobs.thing_id)",
            )
            .bind(user.to_string())
            .bind(thing)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A picture of a photo or look.
    pub(crate) async fn get_picture(
        &self,
        user: UserId,
        thing: &str,
        size: Size,
    ) -> Result<Bytes, StoreError> {
        self.inner.bucket.get(&key(user, thing, size)).await
    }

    /// A link with which everyone can fetch a picture from the bucket until `valid` is over; `None` if
    /// pictures are files.
    pub(crate) async fn picture_link(
        &self,
        user: UserId,
        thing: &str,
        size: Size,
        valid: std::time::Duration,
    ) -> Result<Option<String>, StoreError> {
        self.inner.bucket.link(&key(user, thing, size), valid).await
    }

    /// A picture that is likely to be needed again soon: through the cache.
    pub(crate) async fn get_recent(
        &self,
        user: UserId,
        thing: &str,
        size: Size,
    ) -> Result<Bytes, StoreError> {
        let key = key(user, thing, size);
        if let Some(bytes) = self.inner.recent.get(&key) {
            return Ok(bytes);
        }
        let bytes = self.get_picture(user, thing, size).await?;
        self.inner.recent.put(key, &bytes);
        Ok(bytes)
    }

    /// Deletes the bytes of expired blobs, then their rows, of one user or of all. Returns their number and
    /// their bytes.
    pub(crate) async fn collect_blobs(
        &self,
        user: Option<UserId>,
        now: Millis,
    ) -> Result<(u64, u64), StoreError> {
        let (mut blobs, mut bytes) = (0, 0);
        loop {
            let rows: Vec<(String, i64)> =
                match user {
                    Some(user) => sqlx::query_as(
                        "SELECT blob_key, bytes FROM blobs WHERE user_id = ? AND expires_at <= ? LIMIT 500",
                    )
                    .bind(user.to_string())
                    .bind(now)
                    .fetch_all(&self.inner.write)
                    .await?,
                    None => {
                        sqlx::query_as("SELECT blob_key, bytes FROM blobs WHERE expires_at <= ? LIMIT 500")
                            .bind(now)
                            .fetch_all(&self.inner.write)
                            .await?
                    }
                };
            if rows.is_empty() {
                return Ok((blobs, bytes));
            }
            rows.iter().for_each(|(key, _)| self.inner.recent.forget(key));
            let keys: Vec<&str> = rows.iter().map(|(key, _)| key.as_str()).collect();
            self.inner.bucket.delete(&keys).await?;
            retry::on_conflict(|| self.strike(&keys, now)).await?;
            blobs += rows.len() as u64;
            bytes += rows.iter().map(|(_, size)| size.unsigned_abs()).sum::<u64>();
        }
    }

    /// Deletes the rows of blobs whose bytes are deleted. The row of a blob that a detached worker may still
    /// write stays until it no longer may, so that late bytes are deleted then.
    async fn strike(&self, keys: &[&str], now: Millis) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for key in keys {
            // With `now` 0 only doomed blobs are deleted, whose expiry is 0.
            sqlx::query("DELETE FROM blobs WHERE blob_key = ? AND hold_until <= ?")
                .bind(*key)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            sqlx::query("UPDATE blobs SET expires_at = hold_until, bytes = 0 WHERE blob_key = ?")
                .bind(*key)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Sets the expiry of the pictures of a photo or look, in the transaction that stores it.
pub(crate) async fn keep(tx: &mut Tx, user: &str, thing: &str, until: Millis) -> Result<(), StoreError> {
    sqlx::query("UPDATE blobs SET expires_at = ? WHERE user_id = ? AND thing_id = ?")
        .bind(until)
        .bind(user)
        .bind(thing)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) fn key(user: UserId, thing: &str, size: Size) -> String {
    format!("{user}/{thing}/{}", size.id())
}
