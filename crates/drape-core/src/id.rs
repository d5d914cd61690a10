//! Ids: one type per thing, all UUIDv7 made by the program, so that they sort by time of creation
//! and no database has to hand them out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id; later ids are greater.
            #[expect(clippy::new_without_default, reason = "a default value that differs each time surprises")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// Of a person with or without an account.
    UserId
    /// Of a session or an API key.
    TokenId
    /// Of an uploaded photo.
    PhotoId
    /// Of a request for looks.
    JobId
    /// Of a finished picture.
    LookId
    /// Of a link that shows one look to whoever has it.
    ShareId
    /// Of an address that is told when jobs end.
    WebhookId
    /// Of one message to a webhook.
    DeliveryId
    /// Of the proof that something was deleted.
    ReceiptId
}
