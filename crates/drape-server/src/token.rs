//! Tokens: random, shown once, stored only as a hash. Also signatures of links.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// A new random token. Its prefix says its kind, so that a leaked token can be recognised.
pub(crate) fn new(prefix: &str) -> String {
    let random: [u8; 32] = rand::random();
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random))
}

/// SHA-256 as hex. The tokens have 256 random bits, so a fast hash is enough.
pub(crate) fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// HMAC-SHA256 of a text, base64url.
pub(crate) fn sign(secret: &[u8], text: &str) -> String {
    URL_SAFE_NO_PAD.encode(mac(secret, text).finalize().into_bytes())
}

/// Whether the signature belongs to the text; takes the same time wherever it differs.
pub(crate) fn signed(secret: &[u8], text: &str, signature: &str) -> bool {
    URL_SAFE_NO_PAD.decode(signature).is_ok_and(|s| mac(secret, text).verify_slice(&s).is_ok())
}

fn mac(secret: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac
}
