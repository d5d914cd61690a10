//! A key for another provider's service: sent only where the service expects it, and never printed.

use std::fmt;

/// A secret text.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A key from a file or a variable, without the white space around it. `None` if it is empty, has more
    /// than 512 bytes, or has a character that is not visible ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let usable = !text.is_empty() && text.len() <= 512 && text.chars().all(|c| c.is_ascii_graphic());
        usable.then(|| Self(text.to_owned()))
    }

    /// The text, for requests only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}
