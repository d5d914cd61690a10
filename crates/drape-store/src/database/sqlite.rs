//! Rows in a file of SQLite.

use std::path::Path;
use std::time::Duration;

use sqlx::Executor as _;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};

use super::connections::Connections;
use super::migrations::migrate;
use crate::StoreError;

/// Opens two pools on one file: many readers, one writer. SQLite allows one writer at a time; a pool of one
/// connection lets writers queue fairly instead of polling for the lock.
///
/// `synchronous=NORMAL` in WAL mode: commits survive the end of the process; a power cut may lose the latest
/// commits, but never damages the file.
pub(crate) async fn open(file: &Path) -> Result<Connections, StoreError> {
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

/// Lets programs that start together on an empty file take turns at creating its tables; sqlx locks only
/// database servers. The lock has a file of its own: closing the database file would release SQLite's locks
/// on it.
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
