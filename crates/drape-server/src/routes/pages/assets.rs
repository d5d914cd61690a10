//! Style sheets, scripts and pictures of the pages, embedded in the program. Each address names a version, so
//! browsers may keep the file forever.

use std::sync::LazyLock;

use axum::extract::{Path, Query};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::{Problem, token};

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $content_type:literal) => {
        Asset {
            name: $name,
            content_type: $content_type,
            bytes: include_bytes!(concat!("../../../assets/", $name)),
        }
    };
}

const STYLES: &str = concat!(
    include_str!("../../../assets/base.css"),
    include_str!("../../../assets/parts.css"),
    include_str!("../../../assets/pages.css"),
);

const ASSETS: [Asset; 14] = [
    Asset { name: "drape.css", content_type: "text/css; charset=utf-8", bytes: STYLES.as_bytes() },
    asset!("boot.js", "text/javascript; charset=utf-8"),
    asset!("app.js", "text/javascript; charset=utf-8"),
    asset!("compare.js", "text/javascript; charset=utf-8"),
    asset!("compose.js", "text/javascript; charset=utf-8"),
    asset!("job.js", "text/javascript; charset=utf-8"),
    asset!("photos.js", "text/javascript; charset=utf-8"),
    asset!("icon.svg", "image/svg+xml"),
    asset!("examples/hopper.jpg", "image/jpeg"),
    asset!("examples/hopper-tartan.jpg", "image/jpeg"),
    asset!("examples/hopper-leather.jpg", "image/jpeg"),
    asset!("examples/collins.jpg", "image/jpeg"),
    asset!("examples/collins-suit.jpg", "image/jpeg"),
    asset!("examples/collins-hoodie.jpg", "image/jpeg"),
];

/// The version of each asset: the beginning of its SHA-256.
static VERSIONS: LazyLock<Vec<String>> = LazyLock::new(|| ASSETS.iter().map(|a| version(a.bytes)).collect());

/// The version of a file's bytes.
pub(crate) fn version(bytes: &[u8]) -> String {
    token::hex(&Sha256::digest(bytes))[..12].to_owned()
}

/// The address of an asset with its version.
pub(crate) fn address(name: &str) -> String {
    let at = ASSETS.iter().position(|a| a.name == name);
    let version = at.and_then(|at| VERSIONS.get(at)).map_or("", String::as_str);
    format!("/assets/{name}?v={version}")
}

#[derive(Deserialize)]
pub(crate) struct Version {
    pub(crate) v: Option<String>,
}

/// `GET /assets/{name}`.
pub(crate) async fn serve(
    Path(name): Path<String>,
    Query(asked): Query<Version>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let at = ASSETS.iter().position(|a| a.name == name).ok_or(Problem::NotFound)?;
    let (asset, version) = (&ASSETS[at], &VERSIONS[at]);
    Ok(answer(asset.content_type, asset.bytes, version, asked.v.as_deref() == Some(version), &headers))
}

/// `GET /favicon.ico`, which browsers request by themselves.
pub(crate) async fn icon(headers: HeaderMap) -> Result<Response, Problem> {
    serve(Path("icon.svg".to_owned()), Query(Version { v: None }), headers).await
}

/// Answers with a file that is the same for all users. Browsers may keep it forever if its address names the
/// version.
pub(crate) fn answer(
    content_type: &'static str,
    bytes: &'static [u8],
    version: &str,
    exact: bool,
    headers: &HeaderMap,
) -> Response {
    let tag = format!("\"{version}\"");
    let known = headers.get(IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains(&tag));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let keep = if exact { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    out.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(ETAG, tag);
    }
    out.insert(HeaderName::from_static("vary"), HeaderValue::from_static("accept-encoding"));
    response
}
