//! Bytes by key: files in a folder, or objects in a bucket. The rows ([`crate::blobs`]) say what the bytes
//! are and when they expire.

mod place;
#[cfg(feature = "s3")]
mod s3;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ObjectStore, ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload,
    WriteMultipart,
};

use crate::StoreError;

pub use place::{BadBlobs, Blobs, Encryption, S3Options};
use s3::S3;

/// Objects larger than this are uploaded in parts, so that a lost connection costs one part. Bytes.
const IN_PARTS: usize = 8 << 20;
const PART: usize = 5 << 20;
/// An opened folder or bucket; clone it freely.
#[derive(Clone)]
pub struct Bucket {
    objects: Arc<dyn ObjectStore>,
    /// The folder, if the bytes are files.
    folder: Option<PathBuf>,
    /// The bucket, if they are in one.
    s3: Option<S3>,
}

impl Bucket {
    /// Opens a folder or bucket, and checks that it answers.
    ///
    /// # Errors
    /// [`StoreError::Blobs`] if it cannot be used: no such bucket, no right to it, no answer;
    /// [`StoreError::NotBuilt`] for a bucket if the program was built without S3.
    pub async fn open(place: &Blobs, options: &S3Options) -> Result<Self, StoreError> {
        match place {
            Blobs::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(|e| StoreError::Database(sqlx::Error::Io(e)))?;
                let files = LocalFileSystem::new_with_prefix(folder)?.with_automatic_cleanup(true);
                Ok(Self { objects: Arc::new(files), folder: Some(folder.clone()), s3: None })
            }
            Blobs::S3 { bucket, prefix } => {
                let bucket = S3::open(bucket, prefix, options).await?;
                Ok(Self { objects: bucket.objects(), folder: None, s3: Some(bucket) })
            }
        }
    }

    /// The objects themselves.
    pub fn objects(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.objects)
    }

    /// Writes an object, in place of any earlier one with its key.
    ///
    /// # Errors
    /// [`StoreError::Blobs`].
    pub async fn put(&self, key: &str, bytes: &Bytes) -> Result<(), StoreError> {
        let path = path(key)?;
        if self.folder.is_some() {
            self.objects.put(&path, PutPayload::from_bytes(bytes.clone())).await?;
            return Ok(());
        }
        // Browsers that follow a link need the type. Files have no place for it.
        let attributes = Attributes::from_iter([(Attribute::ContentType, content_type(bytes))]);
        if bytes.len() <= IN_PARTS {
            let options = PutOptions { attributes, ..PutOptions::default() };
            self.objects.put_opts(&path, PutPayload::from_bytes(bytes.clone()), options).await?;
            return Ok(());
        }
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let begun = self.objects.put_multipart_opts(&path, options).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(begun, PART);
        for start in (0..bytes.len()).step_by(PART) {
            // Two at a time: more parts take memory and save no time.
            upload.wait_for_capacity(2).await?;
            upload.put(bytes.slice(start..bytes.len().min(start + PART)));
        }
        // A failure aborts the upload, so that its parts are not stored and paid for.
        upload.finish().await?;
        Ok(())
    }

    /// The bytes of a key.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Blobs`].
    pub async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        match self.objects.get(&path(key)?).await {
            Ok(found) => Ok(found.bytes().await?),
            Err(object_store::Error::NotFound { .. }) => Err(StoreError::NotFound),
            Err(e) => Err(e.into()),
        }
    }

    /// Whether an object has this key.
    ///
    /// # Errors
    /// [`StoreError::Blobs`].
    pub async fn has(&self, key: &str) -> Result<bool, StoreError> {
        match self.objects.head(&path(key)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Deletes objects; a missing one is no error.
    ///
    /// # Errors
    /// [`StoreError::Blobs`]; some objects may be deleted then.
    pub async fn delete(&self, keys: &[&str]) -> Result<(), StoreError> {
        let paths = keys.iter().map(|key| path(key)).collect::<Result<Vec<_>, _>>()?;
        let mut results = self.objects.delete_stream(stream::iter(paths.into_iter().map(Ok)).boxed());
        while let Some(result) = results.next().await {
            match result {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(e) => return Err(e.into()),
            }
        }
        if let Some(folder) = &self.folder {
            let things: BTreeSet<PathBuf> =
                keys.iter().filter_map(|key| Some(folder.join(key).parent()?.into())).collect();
            tokio::task::spawn_blocking(move || things.iter().try_for_each(|thing| remove_begun(thing)))
                .await
                .map_err(StoreError::row)?
                .map_err(|e| StoreError::Database(sqlx::Error::Io(e)))?;
        }
        Ok(())
    }

    /// Every key, with its size.
    ///
    /// # Errors
    /// [`StoreError::Blobs`].
    pub async fn list(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let found: Vec<_> = self.objects.list(None).collect().await;
        found
            .into_iter()
            .map(|m| {
                let m = m?;
                Ok((m.location.to_string(), m.size))
            })
            .collect()
    }

    /// A link with which everyone can fetch an object until `valid` is over; `None` for files.
    ///
    /// # Errors
    /// [`StoreError::Blobs`].
    pub async fn link(&self, key: &str, valid: Duration) -> Result<Option<String>, StoreError> {
        match &self.s3 {
            Some(s3) => Ok(Some(s3.link(&path(key)?, valid).await?)),
            None => Ok(None),
        }
    }
}

/// A build without S3 cannot open a bucket, so its [`S3`] has no values.
#[cfg(not(feature = "s3"))]
mod s3 {
    use std::sync::Arc;
    use std::time::Duration;

    use object_store::ObjectStore;
    use object_store::path::Path;

    use super::S3Options;
    use crate::{NotBuilt, StoreError};

    #[derive(Clone)]
    pub(crate) enum S3 {}

    impl S3 {
        pub(crate) async fn open(_: &str, _: &str, _: &S3Options) -> Result<Self, StoreError> {
            Err(StoreError::NotBuilt(NotBuilt::S3))
        }

        pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
            match *self {}
        }

        pub(crate) async fn link(&self, _: &Path, _: Duration) -> Result<String, StoreError> {
            match *self {}
        }
    }
}

/// MIME type of a picture by its first bytes.
fn content_type(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, ..] => "image/jpeg",
        _ => "application/octet-stream",
    }
}

/// Deletes the unfinished files that a killed process left of a photo or look. They are named like `full#1`,
/// and object_store neither lists nor deletes them.
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
    // Fails if the folder is not empty; then it stays.
    let _ = std::fs::remove_dir(thing);
    if let Some(user) = thing.parent() {
        let _ = std::fs::remove_dir(user);
    }
    Ok(())
}

fn path(key: &str) -> Result<Path, StoreError> {
    Path::parse(key).map_err(|e| StoreError::Blobs(e.into()))
}
