//! The address of the queues of one service.

use std::str::FromStr;

/// `sqs://PREFIX`: the beginning of all names of the queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

/// Why a text is not a prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write sqs://PREFIX: 1 to 60 letters, digits, - and _")]
pub struct BadPrefix;

impl FromStr for Prefix {
    type Err = BadPrefix;

    fn from_str(text: &str) -> Result<Self, BadPrefix> {
        let name = text.strip_prefix("sqs://").ok_or(BadPrefix)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if (1..=60).contains(&name.len()) && name.chars().all(plain) {
            Ok(Self(name.to_owned()))
        } else {
            Err(BadPrefix)
        }
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sqs://{}", self.0)
    }
}

impl Prefix {
    /// The name of one of the queues.
    #[cfg(feature = "aws")]
    pub(super) fn queue(&self, name: &str) -> String {
        format!("{}-{name}", self.0)
    }
}
