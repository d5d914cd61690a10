//! The object store for photos and looks that are too large for a message. Only keys below one prefix are
//! used.
//!
//! Keys come from outside. A key is a plain path of letters, digits and `-_.=` below the prefix. Anything
//! else is refused before it reaches the store.

use std::sync::Arc;

use bytes::Bytes;
use drape_core::language::Language;
use futures::StreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};

/// Longest key, bytes (S3's own limit).
const LONGEST: usize = 1024;

/// An object store and the prefix of the keys that may be used in it.
#[derive(Debug, Clone)]
pub struct PrefixedStore {
    store: Arc<dyn ObjectStore>,
    /// The text before a key in a location: `s3://bucket`.
    base: String,
    /// The prefix of every key, without the slash that follows.
    prefix: String,
}

/// A checked key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectKey(Path);

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// It is empty, is longer than 1,024 bytes, has an empty part, `.` or `..`, or has another character than
    /// letters, digits and `-_.=`.
    #[error("not a key")]
    Form,
    /// It is not below the prefix, or not in this store.
    #[error("outside the prefix")]
    Outside,
}

impl BadKey {
    /// The fault, for the caller who named the key.
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::Form => language.pick(
                "키에는 영문자, 숫자, - _ . = / 만 쓸 수 있고, 빈 부분이나 . 또는 ..은 쓸 수 없어요.",
                "A key consists of letters, digits, - _ . = and /, and no part of it is empty, . or ..",
            ),
            Self::Outside => language.pick(
                "허용된 접두사 아래의 키만 쓸 수 있어요.",
                "Only keys below the configured prefix can be used.",
            ),
        }
    }
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl PrefixedStore {
    /// A store whose objects have the locations `base/key`; only keys below `prefix` are used. An S3 bucket
    /// has the base `s3://bucket`, which is the root of `store`.
    ///
    /// # Errors
    /// [`BadKey`] for a prefix that is not a key.
    pub fn new(store: Arc<dyn ObjectStore>, base: &str, prefix: &str) -> Result<Self, BadKey> {
        let prefix = prefix.trim_end_matches('/');
        form(prefix)?;
        Ok(Self { store, base: base.trim_end_matches('/').to_owned(), prefix: prefix.to_owned() })
    }

    /// Checks a key from outside.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn key(&self, text: &str) -> Result<ObjectKey, BadKey> {
        let path = form(text)?;
        let below = text.strip_prefix(&self.prefix).is_some_and(|rest| rest.starts_with('/'));
        if below { Ok(ObjectKey(path)) } else { Err(BadKey::Outside) }
    }

    /// The key `name` (one part or several) in the folder `folder`, below the prefix.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn below(&self, folder: &str, name: &str) -> Result<ObjectKey, BadKey> {
        self.key(&format!("{}/{folder}/{name}", self.prefix))
    }

    /// The key of a location, `s3://bucket/key`. SageMaker writes answers to the location in the endpoint's
    /// settings, which may be outside the prefix but must be in this bucket.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn find(&self, location: &str) -> Result<ObjectKey, BadKey> {
        let key = location.strip_prefix(&self.base).and_then(|rest| rest.strip_prefix('/'));
        form(key.ok_or(BadKey::Outside)?).map(ObjectKey)
    }

    /// The location of a key, `s3://bucket/key`.
    pub fn location(&self, key: &ObjectKey) -> String {
        format!("{}/{}", self.base, key.0)
    }

    /// The bytes of an object, or `None` if there is no such object.
    ///
    /// # Errors
    /// The store's, and one for an object of more than `most` bytes.
    pub async fn get(&self, key: &ObjectKey, most: u64) -> Result<Option<Bytes>, object_store::Error> {
        let found = match self.store.get(&key.0).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(e),
        };
        let large = || object_store::Error::Generic { store: "prefixed store", source: "too large".into() };
        if found.meta.size > most {
            return Err(large());
        }
        // Count the bytes as well: the stated size is only a claim of the store.
        let mut bytes = Vec::new();
        let mut stream = found.into_stream();
        while let Some(part) = stream.next().await {
            let part = part?;
            if (bytes.len() + part.len()) as u64 > most {
                return Err(large());
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Some(bytes.into()))
    }

    /// Writes an object.
    ///
    /// # Errors
    /// The store's.
    pub async fn put(&self, key: &ObjectKey, bytes: Bytes) -> Result<(), object_store::Error> {
        self.store.put(&key.0, PutPayload::from_bytes(bytes)).await.map(drop)
    }

    /// Deletes an object, if it exists.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete(&self, key: &ObjectKey) -> Result<(), object_store::Error> {
        match self.store.delete(&key.0).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e),
        }
    }
}

fn form(text: &str) -> Result<Path, BadKey> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    let part = |p: &str| !p.is_empty() && p != "." && p != ".." && p.chars().all(plain);
    if text.len() > LONGEST || !text.split('/').all(part) {
        return Err(BadKey::Form);
    }
    Path::parse(text).map_err(|_| BadKey::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_below_the_prefix() {
        let store = Arc::new(object_store::memory::InMemory::new());
        let prefixed = PrefixedStore::new(store, "s3://bucket/", "drape/sagemaker/").expect("a prefix");
        let key = prefixed.key("drape/sagemaker/a/b.png").expect("a key");
        assert_eq!(prefixed.location(&key), "s3://bucket/drape/sagemaker/a/b.png");
        assert_eq!(
            prefixed.find("s3://bucket/elsewhere/x.out").map(|k| k.to_string()),
            Ok("elsewhere/x.out".to_owned())
        );
        for text in [
            "",
            "/",
            "/drape/sagemaker/a",
            "drape/sagemaker/../secret",
            "drape/sagemaker/./a",
            "drape//sagemaker/a",
            "drape/sagemaker/a\\..\\b",
            "drape/sagemaker/%2e%2e/b",
            "drape/sagemaker/a\0",
            "drape/sagemaker/사진",
            "drape/sagemaker/",
        ] {
            assert_eq!(prefixed.key(text), Err(BadKey::Form), "{text:?}");
        }
        for text in ["drape/sagemakers/a", "drape/blobs/a", "drape/sagemaker", "x/drape/sagemaker/a"] {
            assert_eq!(prefixed.key(text), Err(BadKey::Outside), "{text:?}");
        }
        assert_eq!(prefixed.find("s3://bucket2/a"), Err(BadKey::Outside));
        assert_eq!(prefixed.find("s3://bucket/../a"), Err(BadKey::Form));
    }
}
