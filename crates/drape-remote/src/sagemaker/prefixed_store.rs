//! Where photos and looks lie that are too large for a message: an object store, within one prefix.
//!
//! Keys come from outside. A key is a plain path of letters, digits and `-_.=` below the prefix; whatever
//! else somebody writes is refused before a store sees it.

use std::sync::Arc;

use bytes::Bytes;
use drape_core::language::Language;
use futures::StreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};

/// Longest key, bytes (S3's own bound).
const LONGEST: usize = 1024;

/// An object store, and the part of it that may be touched.
#[derive(Debug, Clone)]
pub struct Exchange {
    store: Arc<dyn ObjectStore>,
    /// What stands before a key in a location: `s3://bucket`.
    base: String,
    /// What every key begins with, without the slash after it.
    prefix: String,
}

/// A key that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(Path);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Empty, longer than 1,024 bytes, or with an empty part, `.`, `..` or a character beyond letters,
    /// digits and `-_.=`.
    #[error("not a key")]
    Form,
    /// Not below the prefix, or not in this store.
    #[error("outside of the prefix")]
    Outside,
}

impl BadKey {
    /// What is wrong, for whoever wrote the key.
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::Form => language.pick(
                "키는 영문자, 숫자, - _ . = 와 / 로만 적고, 빈 부분이나 . .. 은 쓸 수 없습니다.",
                "Keys have only letters, digits, - _ . = and /, and no part that is empty, . or ..",
            ),
            Self::Outside => language.pick(
                "허용된 접두사 아래의 키만 쓸 수 있습니다.",
                "Only keys below the prefix that was set up can be used.",
            ),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Exchange {
    /// A store whose objects are called `base/key`, of which only keys below `prefix` are touched. An S3
    /// bucket has the base `s3://bucket`; `store` has its root where the base says.
    ///
    /// # Errors
    /// [`BadKey`] for a prefix that is no key.
    pub fn new(store: Arc<dyn ObjectStore>, base: &str, prefix: &str) -> Result<Self, BadKey> {
        let prefix = prefix.trim_end_matches('/');
        form(prefix)?;
        Ok(Self { store, base: base.trim_end_matches('/').to_owned(), prefix: prefix.to_owned() })
    }

    /// Checks a key that somebody named.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn key(&self, text: &str) -> Result<Key, BadKey> {
        let path = form(text)?;
        let below = text.strip_prefix(&self.prefix).is_some_and(|rest| rest.starts_with('/'));
        if below { Ok(Key(path)) } else { Err(BadKey::Outside) }
    }

    /// The key `name` (one part or several) in the folder `folder`, below the prefix.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn below(&self, folder: &str, name: &str) -> Result<Key, BadKey> {
        self.key(&format!("{}/{folder}/{name}", self.prefix))
    }

    /// The key of a location, `s3://bucket/key`. SageMaker writes answers where the endpoint's settings
    /// say, which may be outside of the prefix; but never in another bucket.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn find(&self, location: &str) -> Result<Key, BadKey> {
        let key = location.strip_prefix(&self.base).and_then(|rest| rest.strip_prefix('/'));
        form(key.ok_or(BadKey::Outside)?).map(Key)
    }

    /// Where a key is, as others call it.
    pub fn location(&self, key: &Key) -> String {
        format!("{}/{}", self.base, key.0)
    }

    /// The bytes of an object; none where there is none.
    ///
    /// # Errors
    /// The store's; an object of more than `most` bytes is one, too.
    pub async fn get(&self, key: &Key, most: u64) -> Result<Option<Bytes>, object_store::Error> {
        let found = match self.store.get(&key.0).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(e),
        };
        let large = || object_store::Error::Generic { store: "exchange", source: "too large".into() };
        if found.meta.size > most {
            return Err(large());
        }
        // The size is what the store says; what it sends is counted all the same.
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
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), object_store::Error> {
        self.store.put(&key.0, PutPayload::from_bytes(bytes)).await.map(drop)
    }

    /// Deletes an object; one that is not there is no mistake.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete(&self, key: &Key) -> Result<(), object_store::Error> {
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
        let exchange = Exchange::new(store, "s3://bucket/", "drape/sagemaker/").expect("a prefix");
        let key = exchange.key("drape/sagemaker/a/b.png").expect("a key");
        assert_eq!(exchange.location(&key), "s3://bucket/drape/sagemaker/a/b.png");
        assert_eq!(
            exchange.find("s3://bucket/elsewhere/x.out").map(|k| k.to_string()),
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
            assert_eq!(exchange.key(text), Err(BadKey::Form), "{text:?}");
        }
        for text in ["drape/sagemakers/a", "drape/blobs/a", "drape/sagemaker", "x/drape/sagemaker/a"] {
            assert_eq!(exchange.key(text), Err(BadKey::Outside), "{text:?}");
        }
        assert_eq!(exchange.find("s3://bucket2/a"), Err(BadKey::Outside));
        assert_eq!(exchange.find("s3://bucket/../a"), Err(BadKey::Form));
    }
}
