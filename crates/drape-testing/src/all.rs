//! All servers together, in one temporary folder.

use std::path::{Path, PathBuf};

use crate::{ACCESS_KEY, MariaDb, Queue, SECRET_KEY, Tools, Weed};

/// The servers; they stop when this is dropped.
#[derive(Debug)]
pub struct Servers {
    /// Rows.
    pub database: MariaDb,
    /// Pictures.
    pub objects: Weed,
    /// Messages.
    pub queue: Queue,
    /// Declared last, so that it is deleted after the servers have stopped.
    _folder: Folder,
}

/// A temporary folder, deleted when this is dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Servers {
    /// Starts all three, installing their programs into `tools` if they are missing.
    ///
    /// # Errors
    /// What cannot be installed or started.
    pub fn start(tools: &Path) -> Result<Self, String> {
        let tools = Tools::ready(tools)?;
        let folder = Folder(std::env::temp_dir().join(format!("drape-servers-{}", std::process::id())));
        let _ = std::fs::remove_dir_all(&folder.0);
        // In parallel: each takes some seconds.
        std::thread::scope(|threads| {
            let database = threads.spawn(|| MariaDb::start(&folder.0.join("mariadb")));
            let objects = threads.spawn(|| Weed::start(&tools, &folder.0.join("weed")));
            let queue = Queue::start(&tools, &folder.0.join("queue"));
            let broken = |_| "a server's starter panicked".to_owned();
            let (database, objects) = (database.join().map_err(broken)?, objects.join().map_err(broken)?);
            Ok((database?, objects?, queue?))
        })
        .map(|(database, objects, queue)| Self { database, objects, queue, _folder: folder })
    }

    /// The environment for tests: the servers' addresses and the usual AWS variables.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            (crate::DATABASE, self.database.url()),
            (crate::S3, self.objects.url()),
            (crate::SQS, self.queue.url()),
        ];
        all.extend(keys());
        all
    }
}

/// Keys of the store and the queue, in the usual AWS variables.
pub fn keys() -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}
