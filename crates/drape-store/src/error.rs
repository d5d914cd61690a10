//! What can go wrong with what is remembered, as what the caller can do about it.

use drape_core::language::Language;

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
    /// The database server is set up so that things would go wrong.
    #[error("{} is {found:?}", what.name())]
    Setup {
        /// What is wrong.
        what: Setup,
        /// What it is now.
        found: String,
    },
    /// The program was built without what the address needs.
    #[error("{}", .0.message(Language::English))]
    NotBuilt(NotBuilt),
    /// A row cannot be read back; a bug, or a database written by something else.
    #[error("row: {0}")]
    Row(String),
}

/// What a program may be built without; the feature `cloud` of `drape` brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBuilt {
    /// MySQL and MariaDB, for rows: the feature `mysql`.
    MySql,
    /// S3, for bytes: the feature `s3`.
    S3,
}

impl NotBuilt {
    /// What is missing and what to do about it, in the user's language.
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::MySql => language.pick(
                "MySQL 없이 빌드된 프로그램이에요. `--features cloud`를 붙여 다시 빌드해 주세요.",
                "built without MySQL: build with `--features cloud`",
            ),
            Self::S3 => language.pick(
                "S3 없이 빌드된 프로그램이에요. `--features cloud`를 붙여 다시 빌드해 주세요.",
                "built without S3: build with `--features cloud`",
            ),
        }
    }
}

/// What of a database server has to be set up otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// READ COMMITTED is not possible.
    Isolation,
    /// The connection does not speak utf8mb4.
    Characters,
    /// Changes are logged as statements, which READ COMMITTED does not allow.
    Binlog,
    /// Tables would not be InnoDB's.
    Tables,
    /// Long statements would be refused.
    Packet,
    /// Texts would be compared without regard to case.
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

    /// What to do about it, in a person's language.
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::Isolation => language.pick(
                "서버가 READ COMMITTED 격리 수준을 허용해야 합니다.",
                "The server has to allow the isolation level READ COMMITTED.",
            ),
            Self::Characters => language.pick(
                "연결 문자 집합이 utf8mb4여야 합니다. 주소에서 charset을 빼 주세요.",
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
    /// Whether the same change may succeed when it is made again: another transaction was in the way.
    pub(crate) fn is_conflict(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let Some(error) = error.as_database_error() else { return false };
        // MySQL's numbers, as sqlx tells them: SQLSTATE of a deadlock and of a lock that was waited for
        // too long. SQLite's one writer waits in line.
        error.code().is_some_and(|code| code == "40001")
            || error.message().contains("Lock wait timeout exceeded")
    }

    /// Whether the database or the blob store may answer again soon: it is being started, or too busy.
    pub fn is_transient(&self) -> bool {
        // A server that stops ends its connections with an error of its own.
        let stopping = |code: &str| code.starts_with("08") || code == "70100";
        match self {
            // Network errors and errors of the blob store itself; a refusal has a variant of its own.
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

    /// A value that does not parse.
    pub(crate) fn row(what: impl std::fmt::Display) -> Self {
        Self::Row(what.to_string())
    }

    /// Whether a unique index refused the row.
    pub(crate) fn is_unique(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
    }
}
