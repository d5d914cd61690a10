//! The database: its address, its connections, and its migrations.

mod address;
mod connections;
mod migrations;
#[cfg(feature = "mysql")]
mod mysql;
mod sqlite;

use crate::StoreError;

pub use address::{BadDatabase, Database, Url};
pub(crate) use connections::Connections;
pub(crate) use migrations::{MIGRATIONS, version};

/// Opens the connections and runs missing migrations.
pub(crate) async fn open(database: &Database, connections: u32) -> Result<Connections, StoreError> {
    sqlx::any::install_default_drivers();
    match database {
        Database::Sqlite(file) => sqlite::open(file).await,
        Database::MySql(url) => mysql::open(url.with_password(), connections).await,
    }
}

/// A build without MySQL refuses its addresses.
#[cfg(not(feature = "mysql"))]
mod mysql {
    use super::Connections;
    use crate::{NotBuilt, StoreError};

    pub(crate) async fn open(_: &str, _: u32) -> Result<Connections, StoreError> {
        Err(StoreError::NotBuilt(NotBuilt::MySql))
    }
}
