//! Where the bytes are: files in a folder, or objects in a bucket of S3 or of something that speaks like
//! it. Knows keys and bytes; what they mean, and when they go, stands in the rows ([`crate::blobs`]).

use std::collections::BTreeSet;
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::signer::{Method, Signer as _};
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt as _,
    PutMultipartOptions, PutOptions, PutPayload, RetryConfig, WriteMultipart,
};

use crate::StoreError;

/// Objects larger than this go up in parts, so that a lost connection costs one part.
const IN_PARTS: usize = 8 << 20;
const PART: usize = 5 << 20;
/// A request that has said nothing for this long is tried again.
const REQUEST: Duration = Duration::from_secs(15);
/// For how long a request is tried again in all: shorter than anybody waits, longer than a store that
/// is being started takes.
const RETRIES: Duration = Duration::from_secs(60);

/// Where the bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blobs {
    /// Files below a folder.
    Folder(PathBuf),
    /// Objects of a bucket, below a prefix that may be empty.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// Without slashes at its ends.
        prefix: String,
    },
}

/// How a bucket is reached; credentials come from the usual variables of AWS (`AWS_ACCESS_KEY_ID` ..,
/// web identity, container or instance role).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct S3Options {
    /// Address of a store that speaks like S3; the bucket then stands in the path.
    pub endpoint: Option<String>,
    /// Region; `AWS_REGION`, or us-east-1, where absent.
    pub region: Option<String>,
    /// How objects are encrypted where they lie.
    pub encryption: Option<Encryption>,
}

/// Encryption by the store itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// With keys of the store (SSE-S3).
    Aes256,
    /// With a key of KMS: its id or ARN.
    Kms(String),
}

/// A place of blobs that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a folder, or s3://BUCKET/PREFIX")]
pub struct BadBlobs;

impl FromStr for Blobs {
    type Err = BadBlobs;

    fn from_str(text: &str) -> Result<Self, BadBlobs> {
        let Some(rest) = text.strip_prefix("s3://") else {
            let folder = text.strip_prefix("file://").unwrap_or(text);
            return if folder.is_empty() || folder.contains("://") {
                Err(BadBlobs)
            } else {
                Ok(Self::Folder(folder.into()))
            };
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        let prefix = prefix.trim_matches('/');
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(plain) || Path::parse(prefix).is_err() {
            return Err(BadBlobs);
        }
        Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl FromStr for Encryption {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text.eq_ignore_ascii_case("aes256") {
            Self::Aes256
        } else {
            Self::Kms(text.strip_prefix("kms:").unwrap_or(text).to_owned())
        })
    }
}

impl fmt::Display for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

/// An opened place; clone it freely.
#[derive(Clone)]
pub struct Bucket {
    objects: Arc<dyn ObjectStore>,
    /// Where they are files.
    folder: Option<PathBuf>,
    /// What signs links, and what stands before keys.
    signer: Option<(Arc<AmazonS3>, Path)>,
}

impl Bucket {
    /// Opens a place, and makes sure that it answers.
    ///
    /// # Errors
    /// [`StoreError::Blobs`] if it cannot be used: no such bucket, no right to it, no answer.
    pub async fn open(place: &Blobs, options: &S3Options) -> Result<Self, StoreError> {
        match place {
            Blobs::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(|e| StoreError::Database(sqlx::Error::Io(e)))?;
                let files = LocalFileSystem::new_with_prefix(folder)?.with_automatic_cleanup(true);
                Ok(Self { objects: Arc::new(files), folder: Some(folder.clone()), signer: None })
            }
            Blobs::S3 { bucket, prefix } => {
                let store = Arc::new(s3(bucket, options)?);
                let prefix = Path::parse(prefix).map_err(|e| StoreError::Blobs(e.into()))?;
                // Rights and bucket are wrong now or never.
                if let Some(Err(e)) = store.list(Some(&prefix)).next().await {
                    return Err(e.into());
                }
                let objects: Arc<dyn ObjectStore> = if prefix.as_ref().is_empty() {
                    Arc::clone(&store) as Arc<dyn ObjectStore>
                } else {
                    Arc::new(PrefixStore::new(Arc::clone(&store), prefix.clone()))
                };
                Ok(Self { objects, folder: None, signer: Some((store, prefix)) })
            }
        }
    }

    /// The objects themselves.
    pub fn objects(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.objects)
    }

    /// Writes an object, in place of one that has the key.
    ///
    /// # Errors
    /// [`StoreError::Blobs`].
    pub async fn put(&self, key: &str, bytes: &Bytes) -> Result<(), StoreError> {
        let path = path(key)?;
        if self.folder.is_some() {
            self.objects.put(&path, PutPayload::from_bytes(bytes.clone())).await?;
            return Ok(());
        }
        // For whoever fetches it by a link; files have no place for it.
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
            // Two at a time: more takes memory and no less time.
            upload.wait_for_capacity(2).await?;
            upload.put(bytes.slice(start..bytes.len().min(start + PART)));
        }
        // What cannot be finished is called off, so that its parts are not kept and paid for.
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

    /// Whether there is such an object.
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

    /// Deletes objects; those that are not there are no error.
    ///
    /// # Errors
    /// [`StoreError::Blobs`]; some may be gone then.
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

    /// An address from which anybody can fetch an object until `valid` is over; `None` where files have no
    /// addresses.
    ///
    /// # Errors
    /// [`StoreError::Blobs`].
    pub async fn link(&self, key: &str, valid: Duration) -> Result<Option<String>, StoreError> {
        let Some((store, prefix)) = &self.signer else { return Ok(None) };
        let whole: Path = prefix.parts().chain(path(key)?.parts()).collect();
        Ok(Some(store.signed_url(Method::GET, &whole, valid).await?.to_string()))
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

fn s3(bucket: &str, options: &S3Options) -> Result<AmazonS3, StoreError> {
    // The program's TLS is rustls with ring; fails only where something was first to say so.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    if let Some(region) = &options.region {
        builder = builder.with_region(region);
    } else if std::env::var_os("AWS_REGION").is_none() && std::env::var_os("AWS_DEFAULT_REGION").is_none() {
        builder = builder.with_region("us-east-1");
    }
    let http = options.endpoint.as_ref().is_some_and(|e| e.starts_with("http://"));
    if let Some(endpoint) = &options.endpoint {
        builder =
            builder.with_endpoint(endpoint.trim_end_matches('/')).with_virtual_hosted_style_request(false);
    }
    builder = match &options.encryption {
        None => builder,
        Some(Encryption::Kms(key)) => builder.with_sse_kms_encryption(key),
        Some(Encryption::Aes256) => {
            builder.with_config("aws_server_side_encryption".parse::<AmazonS3ConfigKey>()?, "AES256")
        }
    };
    let client = ClientOptions::new()
        .with_allow_http(http)
        .with_timeout(REQUEST)
        .with_connect_timeout(Duration::from_secs(5));
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(5),
        base: 2.0,
    };
    let retry = RetryConfig { backoff, max_retries: 30, retry_timeout: RETRIES };
    Ok(builder.with_client_options(client).with_retry(retry).build()?)
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

fn path(key: &str) -> Result<Path, StoreError> {
    Path::parse(key).map_err(|e| StoreError::Blobs(e.into()))
}
