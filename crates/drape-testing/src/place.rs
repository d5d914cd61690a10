//! A separate store for each test: in a temporary folder, or on the servers that the environment names.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use drape_store::{Blobs, Database, Limits, Places, S3Options, Store};
use sqlx::Connection as _;

/// Whether the environment names a database server, a bucket and a queue.
pub fn has_servers() -> bool {
    [crate::DATABASE, crate::S3, crate::SQS].iter().all(|name| std::env::var_os(name).is_some())
}

/// One test's folder, database and prefix; folder and database are deleted on drop.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    places: Places,
    /// Server and name of the created database.
    made: Option<(String, String)>,
}

impl Place {
    /// On the servers that the environment names, else SQLite and files.
    ///
    /// # Panics
    /// If the folder or the database cannot be created.
    pub async fn new() -> Self {
        let mut place = Self::local();
        let name = place.folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if let Ok(server) = std::env::var(crate::DATABASE) {
            let database = name.replace('-', "_");
            run(&server, &format!("CREATE DATABASE {database}")).await;
            let url = format!("{}/{database}", server.trim_end_matches('/'));
            place.places.database = url.parse::<Database>().expect("an address of a database");
            place.made = Some((server, database));
        }
        if let Ok(endpoint) = std::env::var(crate::S3) {
            place.places.blobs = Blobs::S3 { bucket: crate::BUCKET.to_owned(), prefix: name };
            place.places.s3 = S3Options { endpoint: Some(endpoint), ..S3Options::default() };
        }
        place
    }

    /// SQLite and files, whatever the environment says.
    ///
    /// # Panics
    /// If the folder cannot be created.
    pub fn local() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("drape-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(&name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self { places: Places::of(&folder), folder, made: None }
    }

    /// The temporary folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where rows and pictures are.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Opens the store; may be called repeatedly.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(&self, limits: Limits) -> Store {
        Store::open_at(&self.places, limits).await.expect("a store")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        if let Some((server, database)) = self.made.take() {
            // On a separate thread, since the test's runtime may be shutting down.
            let drop = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(run(&server, &format!("DROP DATABASE {database}")));
            });
            let _ = drop.join();
        }
    }
}

/// The keys of all blobs with bytes in a store.
///
/// # Panics
/// When the blobs cannot be listed.
pub async fn blob_keys(store: &Store) -> Vec<String> {
    let blobs = store.bucket().list().await.expect("a list of the blobs");
    blobs.into_iter().map(|(key, _)| key).collect()
}

async fn run(server: &str, sql: &str) {
    sqlx::any::install_default_drivers();
    let url = format!("{}/mysql", server.trim_end_matches('/'));
    let mut connection = sqlx::AnyConnection::connect(&url).await.expect("the database server answers");
    sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect("an answer");
    let _ = connection.close().await;
}
