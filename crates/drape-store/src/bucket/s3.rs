//! Bytes in a bucket of S3, or of a store with the same protocol.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::signer::{Method, Signer as _};
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use super::place::{Encryption, S3Options};
use crate::StoreError;

/// A request without an answer for this long is tried again.
const REQUEST: Duration = Duration::from_secs(15);
/// Total time for all tries of a request: longer than an object store takes to restart, shorter than callers
/// wait.
const RETRIES: Duration = Duration::from_secs(60);

/// An opened bucket, which also signs links; clone it freely.
#[derive(Clone)]
pub(crate) struct S3 {
    store: Arc<AmazonS3>,
    /// Prefix of every key.
    prefix: Path,
}

impl S3 {
    /// Opens a bucket, and checks that it answers.
    pub(crate) async fn open(bucket: &str, prefix: &str, options: &S3Options) -> Result<Self, StoreError> {
        let store = Arc::new(client(bucket, options)?);
        let prefix = Path::parse(prefix).map_err(|e| StoreError::Blobs(e.into()))?;
        // The first answer shows whether the bucket is wrong or rights are missing.
        if let Some(Err(e)) = store.list(Some(&prefix)).next().await {
            return Err(e.into());
        }
        Ok(Self { store, prefix })
    }

    /// The objects below the prefix.
    pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
        if self.prefix.as_ref().is_empty() {
            Arc::clone(&self.store) as Arc<dyn ObjectStore>
        } else {
            Arc::new(PrefixStore::new(Arc::clone(&self.store), self.prefix.clone()))
        }
    }

    /// A link with which everyone can fetch an object until `valid` is over.
    pub(crate) async fn link(&self, key: &Path, valid: Duration) -> Result<String, StoreError> {
        let whole: Path = self.prefix.parts().chain(key.parts()).collect();
        Ok(self.store.signed_url(Method::GET, &whole, valid).await?.to_string())
    }
}

fn client(bucket: &str, options: &S3Options) -> Result<AmazonS3, StoreError> {
    // TLS is rustls with ring. This fails only if a provider is installed already.
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
