//! Migrations, run when a store opens. One SQL text serves SQLite, MySQL and MariaDB.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, SqlStr};

use crate::StoreError;

/// The migrations, in order. A released one never changes, not even its comments: databases hold its hash.
pub(crate) const MIGRATIONS: [(i64, &str, &str); 5] = [
    (1, "service", include_str!("../../../../migrations/0001_service.sql")),
    (2, "engines", include_str!("../../../../migrations/0002_engines.sql")),
    (3, "dispatch", include_str!("../../../../migrations/0003_dispatch.sql")),
    (4, "words", include_str!("../../../../migrations/0004_words.sql")),
    (5, "traces", include_str!("../../../../migrations/0005_traces.sql")),
];

/// Runs the migrations that a database lacks.
pub(crate) async fn migrate(pool: &AnyPool) -> Result<(), StoreError> {
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
