//! Rows on a MySQL or MariaDB server.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, Executor as _, Row as _};

use super::connections::Connections;
use super::migrations::migrate;
use crate::{Setup, StoreError};

/// Settings of every connection: a statement sees what was committed before it, a value that does not fit is
/// an error, and times are UTC.
const SESSION: [&str; 2] = [
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO', \
     time_zone = '+00:00', innodb_lock_wait_timeout = 15",
];

/// Compares ids, keys and hashes byte by byte, as SQLite does.
const COLLATION: &str = "utf8mb4_bin";

/// Opens two pools on one server, so that reads never wait for a connection that a transaction holds.
pub(crate) async fn open(url: &str, connections: u32) -> Result<Connections, StoreError> {
    let options: AnyConnectOptions = url.parse()?;
    let pool = |connections: u32| {
        AnyPoolOptions::new()
            .max_connections(connections.max(1))
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .idle_timeout(Duration::from_secs(600))
            .max_lifetime(Duration::from_secs(1800))
            // A restarted server has closed the connections of the pool.
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
    // Programs that start together on an empty database take turns. sqlx's own lock waits without a limit,
    // which MariaDB does not support and silently refuses.
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

/// Refuses a server whose settings would lead to silent errors, and sets the collation of an empty database.
async fn check_mysql(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let find = "SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation', \
                'character_set_connection', 'binlog_format', 'log_bin', 'default_storage_engine', \
                'max_allowed_packet')";
    let mut known = HashMap::new();
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
    // Previews, and statements with many rows, need this size.
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
