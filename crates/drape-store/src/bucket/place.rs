//! Names of places for bytes: a folder, or a bucket with a prefix; and the access to a bucket.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use object_store::path::Path;

/// Where a store has its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blobs {
    /// In files below a folder.
    Folder(PathBuf),
    /// In objects of a bucket, below a prefix that may be empty.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// Prefix of every key, without slashes at its ends.
        prefix: String,
    },
}

/// How to reach a bucket. Credentials come from where AWS programs look for them (`AWS_ACCESS_KEY_ID` ..,
/// web identity, container or instance role).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct S3Options {
    /// Address of an S3-compatible store; its URLs have the bucket in the path.
    pub endpoint: Option<String>,
    /// Region; if absent, `AWS_REGION` or us-east-1.
    pub region: Option<String>,
    /// How the store encrypts objects.
    pub encryption: Option<Encryption>,
}

/// Encryption by the object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// With its own keys (SSE-S3).
    Aes256,
    /// With a KMS key: its id or ARN.
    Kms(String),
}

/// The text names no place for bytes.
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
