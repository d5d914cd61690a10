//! Ids: one type per thing. All are UUIDv7 made by the program, so that they sort by time of creation and
//! need no counter in the database.

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
            #[expect(clippy::new_without_default, reason = "a default that differs each time surprises")]
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
    /// Id of a user, with or without an account.
    UserId
    /// Id of a session or an API key.
    TokenId
    /// Id of an uploaded photo.
    PhotoId
    /// Id of a request for looks.
    JobId
    /// Id of a finished picture.
    LookId
    /// Id of a link that shows one look to everyone who has it.
    ShareId
    /// Id of an address that is notified when jobs end.
    WebhookId
    /// Id of one message to a webhook.
    DeliveryId
    /// Id of the proof of a deletion.
    ReceiptId
}
