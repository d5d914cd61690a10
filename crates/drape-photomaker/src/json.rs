//! Configurations: JSON as Python writes it.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Reads a JSON file. `NaN` and infinities, which Python writes although JSON has none, become null:
/// schedulers' configurations hold them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unreadable`], [`Error::Malformed`].
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::unreadable(path, &e))?;
    let first = match serde_json::from_str(&text) {
        Ok(value) => return Ok(value),
        Err(e) => e,
    };
    serde_json::from_str(&without_nonfinite(&text)).map_err(|_| Error::malformed(path, first.to_string()))
}

/// Replaces the words outside of strings.
fn without_nonfinite(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, part) in strings(text).into_iter().enumerate() {
        if i % 2 == 0 {
            let part = part.replace("-Infinity", "null").replace("Infinity", "null");
            out.push_str(&part.replace("NaN", "null"));
        } else {
            out.push_str(part);
        }
    }
    out
}

/// The text in turns outside and inside of strings, with their quotes.
fn strings(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut inside, mut escaped) = (0, false, false);
    for (i, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => {
                let to = if inside { i + 1 } else { i };
                parts.push(&text[from..to]);
                (from, inside) = (to, !inside);
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}
