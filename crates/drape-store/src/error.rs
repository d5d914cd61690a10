//! Errors of the store, by what the caller can do about them.

use drape_core::language::Language;

/// Why a call of the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The thing does not exist, or it belongs to another user. Callers cannot tell which.
    #[error("not found")]
    NotFound,
    /// The value is in use already: an email address, or an idempotency key of another request.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// Too much is waiting or stored, of this user or of all; try again later.
    #[error("{limit} is the most at a time")]
    Busy {
        /// The limit.
        limit: u32,
        /// Whether the limit is per user rather than for all users.
        own: bool,
    },
    /// The lease is lost: another attempt, a cancel or a deletion came first. Drop the work.
    #[error("the lease is lost")]
    Fenced,
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The blob store failed.
    #[error("blobs: {0}")]
    Blobs(#[from] object_store::Error),
    /// A setting of the database server would lead to errors.
    #[error("{} is {found:?}", what.name())]
    Setup {
        /// The setting.
        what: Setup,
        /// Its value.
        found: String,
    },
    /// The program was built without the driver for an address.
    #[error("built without {}", .0.name())]
    NotBuilt(NotBuilt),
    /// A row cannot be read: a bug, or another program wrote it.
    #[error("row: {0}")]
    Row(String),
}

/// A driver that the program was built without; the feature `cloud` of `drape` includes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBuilt {
    /// MySQL and MariaDB, for rows: the feature `mysql`.
    MySql,
    /// S3, for bytes: the feature `s3`.
    S3,
}

impl NotBuilt {
    /// Name of the missing driver.
    fn name(self) -> &'static str {
        match self {
            Self::MySql => "MySQL",
            Self::S3 => "S3",
        }
    }
}

/// A setting of a database server that must be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// READ COMMITTED is not allowed.
    Isolation,
    /// The connection does not use utf8mb4.
    Characters,
    /// The binary log holds statements, which READ COMMITTED does not allow.
    Binlog,
    /// New tables would not be InnoDB tables.
    Tables,
    /// The server would refuse long statements.
    Packet,
    /// Comparisons would ignore case.
    Collation,
}

impl Setup {
    fn name(self) -> &'static str {
        match self {
            Self::Isolation => "transaction isolation",
            Self::Characters => "character_set_connection",
            Self::Binlog => "binlog_format",
            Self::Tables => "default_storage_engine",
            Self::Packet => "max_allowed_packet",
            Self::Collation => "collation",
        }
    }

    /// How to change it, in the user's language.
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::Isolation => language.pick(
                "서버가 READ COMMITTED 격리 수준을 허용해야 해요.",
                "The server has to allow the isolation level READ COMMITTED.",
            ),
            Self::Characters => language.pick(
                "연결 문자 집합이 utf8mb4여야 해요. 주소에서 charset을 빼 주세요.",
                "Connections have to use utf8mb4; leave charset out of the address.",
            ),
            Self::Binlog => language
                .pick("binlog_format을 ROW나 MIXED로 설정해 주세요.", "Set binlog_format to ROW or MIXED."),
            Self::Tables => language.pick(
                "default_storage_engine을 InnoDB로 설정해 주세요.",
                "Set default_storage_engine to InnoDB.",
            ),
            Self::Packet => language.pick(
                "max_allowed_packet을 4M 이상으로 설정해 주세요.",
                "Set max_allowed_packet to 4M or more.",
            ),
            Self::Collation => language.pick(
                "데이터베이스를 이렇게 바꿔 주세요: ALTER DATABASE 이름 CHARACTER SET utf8mb4 COLLATE \
                 utf8mb4_bin (테이블이 이미 있으면 새 데이터베이스에 drape data import로 옮겨 주세요)",
                "Change the database: ALTER DATABASE name CHARACTER SET utf8mb4 COLLATE utf8mb4_bin (if it \
                 has tables already, move them to a new database with `drape data import`).",
            ),
        }
    }
}

impl StoreError {
    /// Whether another transaction interfered, so that the same change may succeed on another try.
    pub(crate) fn is_conflict(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let Some(error) = error.as_database_error() else { return false };
        // MySQL reports a deadlock by SQLSTATE 40001, but a lock timeout only by its message. SQLite has one
        // writer, so neither occurs.
        error.code().is_some_and(|code| code == "40001")
            || error.message().contains("Lock wait timeout exceeded")
    }

    /// Whether the database or the blob store may answer again soon, because it restarts or is too busy.
    pub fn is_transient(&self) -> bool {
        // Codes with which a stopping server ends its connections.
        let stopping = |code: &str| code.starts_with("08") || code == "70100";
        match self {
            // Network errors and errors inside the blob store; refusals have variants of their own.
            Self::Blobs(e) => matches!(e, object_store::Error::Generic { .. }),
            Self::Database(e) => match e {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::WorkerCrashed => true,
                sqlx::Error::Database(e) => {
                    self.is_conflict() || e.code().is_some_and(|code| stopping(&code))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The error for a value that cannot be read.
    pub(crate) fn row(what: impl std::fmt::Display) -> Self {
        Self::Row(what.to_string())
    }

    /// Whether a unique index refused the row.
    pub(crate) fn is_unique(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
    }
}
