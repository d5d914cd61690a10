//! The content security policy: what pages may load, and from which origins.

use std::time::Duration;

use axum::http::{HeaderValue, Uri};
use drape_store::Store;

use crate::Problem;

/// The policy of every page. It allows the bucket's origin where browsers fetch pictures from the bucket
/// (`link_seconds` above 0).
///
/// # Errors
/// [`Problem::Internal`] if the bucket gives no link, or the link is not a valid address.
pub(crate) async fn policy(store: &Store, link_seconds: u32) -> Result<HeaderValue, Problem> {
    let bucket = bucket_origin(store, link_seconds).await?.map(|o| format!(" {o}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:{bucket}; \
         font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
         manifest-src 'self'"
    );
    HeaderValue::try_from(policy).map_err(|_| Problem::Internal)
}

/// Origin of the links that the bucket signs; none where this server serves the pictures.
async fn bucket_origin(store: &Store, link_seconds: u32) -> Result<Option<String>, Problem> {
    if link_seconds == 0 {
        return Ok(None);
    }
    let Some(link) = store.bucket().link("origin", Duration::from_secs(60)).await? else { return Ok(None) };
    let url: Uri = link.parse().map_err(|_| Problem::Internal)?;
    match (url.scheme_str(), url.authority()) {
        (Some(scheme), Some(authority)) => Ok(Some(format!("{scheme}://{authority}"))),
        _ => Err(Problem::Internal),
    }
}
