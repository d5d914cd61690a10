//! Where the rows are: SQLite in a file, or MySQL and MariaDB by URL; connections, and tables brought up
//! to date. One SQL text serves all.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, Executor as _, Row as _, SqlStr};

use crate::{Setup, StoreError};

/// The migrations, in order; a released one is never changed.
pub(crate) const MIGRATIONS: [(i64, &str, &str); 5] = [
    (1, "service", include_str!("../../../migrations/0001_service.sql")),
    (2, "engines", include_str!("../../../migrations/0002_engines.sql")),
    (3, "dispatch", include_str!("../../../migrations/0003_dispatch.sql")),
    (4, "words", include_str!("../../../migrations/0004_words.sql")),
    (5, "traces", include_str!("../../../migrations/0005_traces.sql")),
];

/// What connections are told of MySQL's many dialects: milliseconds are ours, a value that does not fit
/// is an error, and every statement sees what was committed before it.
const SESSION: [&str; 2] = [
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO', \
     time_zone = '+00:00', innodb_lock_wait_timeout = 15",
];

/// Ids, keys and hashes are compared byte by byte, as SQLite does.
const COLLATION: &str = "utf8mb4_bin";

/// Where the rows are.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// In a file of this name, made where there is none.
    Sqlite(PathBuf),
    /// On a MySQL or MariaDB server.
    MySql(Url),
}

/// Address of a server with a password in it: shown without.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(String);

/// Why an address of a database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDatabase {
    /// Neither `sqlite:` nor `mysql://`.
    #[error("write sqlite:FILE or mysql://USER:PASSWORD@HOST/DATABASE")]
    Scheme,
    /// No name of a database at the end.
    #[error("the name of a database is missing: mysql://USER:PASSWORD@HOST/DATABASE")]
    Name,
}

impl FromStr for Database {
    type Err = BadDatabase;

    fn from_str(text: &str) -> Result<Self, BadDatabase> {
        if let Some(file) = text.strip_prefix("sqlite:") {
            let file = file.strip_prefix("//").unwrap_or(file);
            return if file.is_empty() { Err(BadDatabase::Scheme) } else { Ok(Self::Sqlite(file.into())) };
        }
        let rest = text.strip_prefix("mysql://").or_else(|| text.strip_prefix("mariadb://"));
        let rest = rest.ok_or(BadDatabase::Scheme)?;
        let (address, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (server, name) = address.split_once('/').ok_or(BadDatabase::Name)?;
        if name.is_empty() || server.is_empty() {
            return Err(BadDatabase::Name);
        }
        let host = server.rsplit_once('@').map_or(server, |(_, host)| host);
        let here = ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|h| host.strip_prefix(h).is_some_and(|port| port.is_empty() || port.starts_with(':')));
        let mut url = format!("mysql://{address}");
        if !options.is_empty() {
            url.push('?');
            url.push_str(options);
        }
        if !here && !options.contains("ssl-mode=") {
            // A password and photos' owners do not cross a network in the clear unless somebody says so.
            url.push(if options.is_empty() { '?' } else { '&' });
            url.push_str("ssl-mode=REQUIRED");
        }
        Ok(Self::MySql(Url(url)))
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite:{}", file.display()),
            Self::MySql(url) => url.fmt(f),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = self.0.strip_prefix("mysql://").unwrap_or(&self.0);
        let rest = rest.split('?').next().unwrap_or(rest);
        match rest.rsplit_once('@') {
            Some((user, host)) => write!(f, "mysql://{}@{host}", user.split(':').next().unwrap_or("")),
            None => write!(f, "mysql://{rest}"),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Connections to the rows.
pub(crate) struct Connections {
    pub(crate) read: AnyPool,
    pub(crate) write: AnyPool,
    /// Starts a transaction that may write.
    pub(crate) begin: &'static str,
}

impl Database {
    /// Opens the connections and brings the tables up to date.
    pub(crate) async fn open(&self, connections: u32) -> Result<Connections, StoreError> {
        sqlx::any::install_default_drivers();
        match self {
            Self::Sqlite(file) => open_sqlite(file).await,
            Self::MySql(url) => open_mysql(url, connections).await,
        }
    }
}

/// Two pools on one SQLite file: many readers, one writer. SQLite has one writer anyway; a pool of
/// one makes writers queue up fairly instead of polling for the lock.
///
/// `synchronous=NORMAL` in WAL mode: what is committed survives the end of the process; a power cut
/// may take the last moments with it, and never leaves a damaged file.
async fn open_sqlite(file: &Path) -> Result<Connections, StoreError> {
    let path = file.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let url = format!("sqlite://{path}?mode=rwc");
    let options: AnyConnectOptions = url.parse()?;
    let pool = |connections: u32| {
        AnyPoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    for pragma in [
                        "PRAGMA busy_timeout = 15000",
                        "PRAGMA journal_mode = WAL",
                        "PRAGMA synchronous = NORMAL",
                        "PRAGMA foreign_keys = OFF",
                        "PRAGMA temp_store = MEMORY",
                        "PRAGMA cache_size = -8000",
                        "PRAGMA secure_delete = ON",
                    ] {
                        connection.execute(pragma).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options.clone())
    };
    let write = pool(1).await?;
    let turn = lock(file).await?;
    let migrated = migrate(&write).await;
    drop(turn);
    migrated?;
    let read = pool(4).await?;
    Ok(Connections { read, write, begin: "BEGIN IMMEDIATE" })
}

/// Programs that start together on an empty file take turns at making its tables; what sqlx does for that is
/// for servers. The lock has a file of its own: closing the database's would give up SQLite's locks on it.
async fn lock(database: &Path) -> Result<std::fs::File, StoreError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let locked = tokio::task::spawn_blocking(move || {
        let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(name)?;
        file.lock().map(|()| file)
    });
    let locked = locked.await.map_err(StoreError::row)?;
    locked.map_err(|e| StoreError::Database(sqlx::Error::Io(e)))
}

/// Two pools on one server, so that who holds a transaction open is never waited for by who reads.
async fn open_mysql(url: &Url, connections: u32) -> Result<Connections, StoreError> {
    let options: AnyConnectOptions = url.0.parse()?;
    let pool = |connections: u32| {
        AnyPoolOptions::new()
            .max_connections(connections.max(1))
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .idle_timeout(Duration::from_secs(600))
            .max_lifetime(Duration::from_secs(1800))
            // A server that was started again has forgotten its connections.
            .test_before_acquire(true)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    for statement in SESSION {
                        connection.execute(statement).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options.clone())
    };
    let read = pool(connections * 2 / 5).await?;
    let mut connection = read.acquire().await?;
    check_mysql(&mut connection).await?;
    let write = pool(connections - connections * 2 / 5).await?;
    // Programs that start together on an empty database take turns. sqlx wants to see to that with an endless
    // wait for a lock, which MariaDB does not know and refuses without a word.
    let lock = "SELECT CAST(GET_LOCK(CONCAT('drape ', MD5(DATABASE())), 300) AS SIGNED)";
    let locked: Option<i64> = connection.fetch_one(lock).await?.try_get(0)?;
    if locked != Some(1) {
        let why = "another program has been changing the tables for five minutes";
        return Err(StoreError::Database(sqlx::Error::Protocol(why.to_owned())));
    }
    let migrated = migrate(&write).await;
    connection.execute("DO RELEASE_LOCK(CONCAT('drape ', MD5(DATABASE())))").await?;
    migrated?;
    drop(connection);
    Ok(Connections { read, write, begin: "BEGIN" })
}

/// Refuses a server on which things would go wrong quietly, and makes an empty database compare as we do.
async fn check_mysql(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let find = "SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation', \
                'character_set_connection', 'binlog_format', 'log_bin', 'default_storage_engine', \
                'max_allowed_packet')";
    let mut known = std::collections::HashMap::new();
    for row in connection.fetch_all(find).await? {
        known.insert(row.try_get::<String, _>(0)?, row.try_get::<String, _>(1)?);
    }
    let value = |name: &str| known.get(name).map_or("", String::as_str);
    let isolation = [value("tx_isolation"), value("transaction_isolation")];
    if !isolation.iter().any(|i| i.eq_ignore_ascii_case("READ-COMMITTED")) {
        return Err(setup(Setup::Isolation, &isolation.concat()));
    }
    if !value("character_set_connection").eq_ignore_ascii_case("utf8mb4") {
        return Err(setup(Setup::Characters, value("character_set_connection")));
    }
    if value("log_bin").eq_ignore_ascii_case("ON") && value("binlog_format").eq_ignore_ascii_case("STATEMENT")
    {
        return Err(setup(Setup::Binlog, value("binlog_format")));
    }
    if !value("default_storage_engine").eq_ignore_ascii_case("InnoDB") {
        return Err(setup(Setup::Tables, value("default_storage_engine")));
    }
    // Previews, and statements of many rows.
    if value("max_allowed_packet").parse::<u64>().is_ok_and(|bytes| bytes < 4 << 20) {
        return Err(setup(Setup::Packet, value("max_allowed_packet")));
    }
    let collation =
        "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()";
    let of_database: String = connection.fetch_one(collation).await?.try_get(0)?;
    let others = "SELECT COUNT(*) FROM information_schema.TABLES \
                  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> '_sqlx_migrations' \
                  AND TABLE_COLLATION <> 'utf8mb4_bin'";
    let others: i64 = connection.fetch_one(others).await?.try_get(0)?;
    if others > 0 {
        return Err(setup(Setup::Collation, &of_database));
    }
    if of_database != COLLATION {
        let change = "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
        if connection.execute(change).await.is_err() {
            return Err(setup(Setup::Collation, &of_database));
        }
    }
    Ok(())
}

fn setup(what: Setup, found: &str) -> StoreError {
    StoreError::Setup { what, found: found.to_owned() }
}

async fn migrate(pool: &AnyPool) -> Result<(), StoreError> {
    let migrations = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    });
    let migrator = Migrator::with_migrations(migrations.to_vec());
    migrator.run(pool).await.map_err(|e| StoreError::Database(sqlx::Error::Migrate(Box::new(e))))
}

/// Number of the last migration that this program knows.
pub(crate) fn version() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}
