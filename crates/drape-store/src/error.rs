//! What can go wrong with what is remembered, as what the caller can do about it.

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not exist, or belongs to somebody else; nobody is told which.
    #[error("not found")]
    NotFound,
    /// It exists already: an e-mail address, or an idempotency key with another request.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// Too much of the same user, or of all, is waiting; try again later.
    #[error("{limit} is the most at a time")]
    Busy {
        /// The limit that was met.
        limit: u32,
        /// Whether it is the user's own limit rather than the queue's.
        own: bool,
    },
    /// The lease was lost: another attempt, a cancel or a deletion came first. Drop the work.
    #[error("the lease is lost")]
    Fenced,
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The blob store failed.
    #[error("blobs: {0}")]
    Blobs(#[from] object_store::Error),
    /// A row cannot be read back; a bug, or a database written by something else.
    #[error("row: {0}")]
    Row(String),
}

impl StoreError {
    /// A value that does not parse.
    pub(crate) fn row(what: impl std::fmt::Display) -> Self {
        Self::Row(what.to_string())
    }

    /// Whether a unique index refused the row.
    pub(crate) fn is_unique(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
    }
}
