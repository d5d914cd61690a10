//! Connections, and tables brought up to date.

use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Executor as _, SqlStr};

use crate::StoreError;

/// The migrations, in order; a released one is never changed.
const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "service", include_str!("../../../migrations/0001_service.sql")),
    (2, "engines", include_str!("../../../migrations/0002_engines.sql")),
    (4, "words", include_str!("../../../migrations/0004_words.sql")),
];

/// Two pools on one SQLite file: many readers, one writer. SQLite has one writer anyway; a pool of
/// one makes writers queue up fairly instead of polling for the lock.
///
/// `synchronous=NORMAL` in WAL mode: what is committed survives the end of the process; a power cut
/// may take the last moments with it, and never leaves a damaged file.
pub(crate) async fn open_sqlite(file: &Path) -> Result<(AnyPool, AnyPool), StoreError> {
    sqlx::any::install_default_drivers();
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
    migrate(&write).await?;
    let read = pool(4).await?;
    Ok((read, write))
}

async fn migrate(pool: &AnyPool) -> Result<(), StoreError> {
    let migrations = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    });
    let migrator = Migrator::with_migrations(migrations.to_vec());
    migrator.run(pool).await.map_err(|e| StoreError::Database(sqlx::Error::Migrate(Box::new(e))))
}
