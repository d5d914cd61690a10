//! Connections to a database.

use sqlx::AnyPool;

/// Two pools on one database.
pub(crate) struct Connections {
    pub(crate) read: AnyPool,
    pub(crate) write: AnyPool,
    /// Statement that starts a transaction that may write.
    pub(crate) begin: &'static str,
}
