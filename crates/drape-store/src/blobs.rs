//! Pictures as blobs: the row comes before the bytes and says when they go, so that nothing is ever
//! left behind, wherever the process is killed.

use std::collections::{BTreeSet, VecDeque};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use drape_core::id::UserId;
use futures::stream::{self, StreamExt as _};
use object_store::{ObjectStoreExt as _, PutPayload, path::Path};

use crate::{Millis, Store, StoreError};

/// A blob that nothing refers to yet goes after this time.
const PENDING: Millis = 3_600_000;

/// Which picture of a photo or look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// As large as it is kept.
    Full,
    /// For a page: at most 1280 pixels on the longer side, JPEG.
    View,
    /// For a list: at most 480 pixels on the longer side, JPEG.
    Thumb,
}

/// The pictures of a photo or look, encoded.
#[derive(Debug, Clone)]
pub struct Pictures {
    /// As large as it is kept.
    pub full: Bytes,
    /// MIME type of `full`; the others are JPEG.
    pub content_type: &'static str,
    /// Width of `full` in pixels.
    pub width: u32,
    /// Height of `full` in pixels.
    pub height: u32,
    /// For a page.
    pub view: Bytes,
    /// For a list.
    pub thumb: Bytes,
}

impl Size {
    const ALL: [Self; 3] = [Self::Full, Self::View, Self::Thumb];

    /// The word in addresses.
    pub fn id(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::View => "view",
            Self::Thumb => "thumb",
        }
    }
}

impl Pictures {
    fn of(&self, size: Size) -> &Bytes {
        match size {
            Size::Full => &self.full,
            Size::View => &self.view,
            Size::Thumb => &self.thumb,
        }
    }
}

/// Photos that were used a moment ago: the same photo is mostly styled again and again. Who asks has
/// checked in the database that it is still there.
#[derive(Default)]
pub(crate) struct Recent(Mutex<VecDeque<(String, Bytes)>>);

impl Recent {
    /// Bytes that are kept at most.
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
    /// Writes the pictures of a photo or look. They stay once [`keep`] is called in the transaction
    /// that stores the thing itself; without that they are swept after an hour.
    pub(crate) async fn put_pictures(
        &self,
        user: UserId,
        thing: &str,
        pictures: &Pictures,
        now: Millis,
    ) -> Result<(), StoreError> {
        let sizes = Size::ALL.map(|size| (size, pictures.of(size)));
        let mut tx = self.begin().await?;
        for (size, bytes) in sizes {
            sqlx::query("INSERT INTO blobs (blob_key, user_id, thing_id, bytes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)")
                .bind(key(user, thing, size))
                .bind(user.to_string())
                .bind(thing)
                .bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
                .bind(now)
                .bind(now + PENDING)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        for (size, bytes) in sizes {
            let payload = PutPayload::from_bytes(bytes.clone());
            self.inner.blobs.put(&path(&key(user, thing, size))?, payload).await?;
        }
        Ok(())
    }

    /// Deletes at once the pictures of things whose rows were refused.
    pub(crate) async fn drop_pending(
        &self,
        user: UserId,
        things: &[String],
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for thing in things {
            keep(&mut tx, &user.to_string(), thing, 0).await?;
        }
        tx.commit().await?;
        self.collect_blobs(Some(user), now).await?;
        Ok(())
    }

    /// A picture of a thing.
    pub(crate) async fn get_picture(
        &self,
        user: UserId,
        thing: &str,
        size: Size,
    ) -> Result<Bytes, StoreError> {
        match self.inner.blobs.get(&path(&key(user, thing, size))?).await {
            Ok(found) => Ok(found.bytes().await?),
            Err(object_store::Error::NotFound { .. }) => Err(StoreError::NotFound),
            Err(e) => Err(e.into()),
        }
    }

    /// A picture that is likely to be asked for again soon.
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

    /// Deletes the bytes of blobs whose time has come, then their rows: of one user, or of all.
    /// Answers how many there were and how many bytes they had.
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
            let paths = rows.iter().map(|(key, _)| path(key)).collect::<Result<Vec<_>, _>>()?;
            let mut results = self.inner.blobs.delete_stream(stream::iter(paths.into_iter().map(Ok)).boxed());
            while let Some(result) = results.next().await {
                match result {
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(e) => return Err(e.into()),
                }
            }
            let things: BTreeSet<PathBuf> = rows
                .iter()
                .filter_map(|(key, _)| Some(self.inner.folder.join(key).parent()?.into()))
                .collect();
            tokio::task::spawn_blocking(move || things.iter().try_for_each(|thing| remove_begun(thing)))
                .await
                .map_err(StoreError::row)?
                .map_err(|e| StoreError::Database(sqlx::Error::Io(e)))?;
            let mut tx = self.begin().await?;
            for (key, size) in &rows {
                sqlx::query("DELETE FROM blobs WHERE blob_key = ?").bind(key).execute(&mut *tx).await?;
                blobs += 1;
                bytes += u64::try_from(*size).unwrap_or(0);
            }
            tx.commit().await?;
        }
    }

    /// Every key that has bytes, for tests and repair: with the rows it must agree.
    ///
    /// # Errors
    /// [`StoreError::Blobs`].
    pub async fn blob_keys(&self) -> Result<Vec<String>, StoreError> {
        let found: Vec<_> = self.inner.blobs.list(None).collect().await;
        found.into_iter().map(|m| Ok(m?.location.to_string())).collect()
    }
}

/// Says until when the pictures of a thing stay; in the transaction that stores the thing.
pub(crate) async fn keep(
    tx: &mut sqlx::Transaction<'_, sqlx::Any>,
    user: &str,
    thing: &str,
    until: Millis,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE blobs SET expires_at = ? WHERE user_id = ? AND thing_id = ?")
        .bind(until)
        .bind(user)
        .bind(thing)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes what a process that was killed had begun to write of a thing: files named `full#1` before
/// they are complete, which the blob store neither lists nor deletes.
fn remove_begun(thing: &std::path::Path) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(thing) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().contains('#') {
            match std::fs::remove_file(entry.path()) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
    }
    // Fails where something else is in it, which keeps it.
    let _ = std::fs::remove_dir(thing);
    if let Some(user) = thing.parent() {
        let _ = std::fs::remove_dir(user);
    }
    Ok(())
}

fn key(user: UserId, thing: &str, size: Size) -> String {
    format!("{user}/{thing}/{}", size.id())
}

fn path(key: &str) -> Result<Path, StoreError> {
    Path::parse(key).map_err(|e| StoreError::Blobs(e.into()))
}
