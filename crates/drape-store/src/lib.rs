//! What Drape stores: users, photos, jobs, looks and events in SQL, pictures as blobs.
//!
//! The flow: [`Store::create_job`] writes the row that *is* the job -> [`Store::claim`] leases it to a worker
//! -> [`Store::heartbeat`], [`Store::progress`] -> [`Store::finish`] or [`Store::fail`], fenced by the
//! attempt. Every change is an event in the stream of the job's owner.
//!
//! Invariants: every read of something that a user owns names the user; a blob gets its row before its
//! bytes, and the row says when the blob expires; no transaction or connection is held while an engine
//! runs; time, chance and ids are arguments.

mod accounts;
mod blobs;
mod bucket;
mod claims;
mod crops;
mod database;
mod dispatch;
mod ends;
mod error;
mod events;
mod group;
mod job;
mod jobs;
mod lease;
mod looks;
mod photos;
mod pictures;
mod previews;
mod queue;
mod readings;
mod receipts;
mod recommendations;
mod record;
mod retry;
mod rows;
mod sessions;
mod shares;
mod sweep;
mod transfer;
mod webhooks;

use std::path::Path;
use std::sync::Arc;

use drape_core::id::UserId;
use sqlx::AnyPool;

use database::Connections;

pub use accounts::{Account, AccountChange, NewAccount, NewPassword};
pub use bucket::{BadBlobs, Blobs, Bucket, Encryption, S3Options};
pub use database::{BadDatabase, Database, Url};
pub use dispatch::{Dispatched, DistantLook};
pub use ends::MAX_ATTEMPTS;
pub use error::{NotBuilt, Setup, StoreError};
pub use events::{Event, Subscription};
pub use group::finish::Finished;
pub use job::{Job, MAX_VARIATIONS, NewJob};
pub use lease::{Claim, ClaimRequest, Going, JobProgress};
pub use looks::{Look, LookGarment, NewLook};
pub use photos::{NewPhoto, Photo};
pub use pictures::{KEPT_SIDE, Pictures, Size};
pub use previews::{MAX_PREVIEW, Preview};
pub use queue::Queue;
pub use receipts::{Deleted, Receipt};
pub use recommendations::FOUND_FOR;
pub use sessions::{ApiKey, Session, TokenKind};
pub use shares::Share;
pub use sweep::Swept;
pub use transfer::{Exported, TransferError};
pub use webhooks::{Delivery, Webhook};

/// Milliseconds since 1970, UTC.
pub type Millis = i64;

/// The current time. Only for the edges: everything inside takes the time as an argument.
pub fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// How much may wait or be stored, and for how long.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most jobs that one user may have queued or running.
    pub jobs_per_user: u32,
    /// Most jobs queued in all.
    pub jobs_queued: u32,
    /// Most photos of one user.
    pub photos_per_user: u32,
    /// Time after which a queued job that no worker took expires, milliseconds.
    pub queue_for: Millis,
    /// Pause after a failed attempt, doubled with each further one, milliseconds.
    pub backoff: Millis,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            jobs_per_user: 20,
            jobs_queued: 10_000,
            photos_per_user: 50,
            queue_for: 24 * 3_600_000,
            backoff: 2_000,
        }
    }
}

/// Where a store has its rows and bytes.
#[derive(Debug, Clone)]
pub struct Places {
    /// Rows.
    pub database: Database,
    /// Most connections to a database server, at least 2. SQLite does not use it.
    pub connections: u32,
    /// Bytes.
    pub blobs: Blobs,
    /// How to reach the bucket, if the bytes are in one.
    pub s3: S3Options,
}

impl Places {
    /// Everything in one folder.
    pub fn of(directory: &Path) -> Self {
        Self {
            database: Database::Sqlite(directory.join("drape.sqlite")),
            connections: 10,
            blobs: Blobs::Folder(directory.join("blobs")),
            s3: S3Options::default(),
        }
    }
}

/// The store; clone it freely.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    read: AnyPool,
    write: AnyPool,
    begin: &'static str,
    bucket: Bucket,
    hub: events::Hub,
    limits: Limits,
    queue: queue::Cache,
    group: group::Group,
    sessions: sessions::Sessions,
    recent: blobs::Recent,
}

impl Store {
    /// Opens the database and the blobs of a data directory, creates what is missing, and brings the
    /// tables up to date.
    ///
    /// # Errors
    /// [`StoreError::Database`] or [`StoreError::Blobs`] if the directory cannot be used.
    pub async fn open(directory: &Path, limits: Limits) -> Result<Self, StoreError> {
        Self::open_at(&Places::of(directory), limits).await
    }

    /// [`Store::open`] for rows and bytes in any place.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Setup`] or [`StoreError::Blobs`] if one cannot be used,
    /// [`StoreError::NotBuilt`] if the program lacks the driver for one.
    pub async fn open_at(places: &Places, limits: Limits) -> Result<Self, StoreError> {
        let bucket = Bucket::open(&places.blobs, &places.s3).await?;
        let Connections { read, write, begin } = database::open(&places.database, places.connections).await?;
        let inner = Inner {
            read,
            write,
            begin,
            bucket,
            hub: events::Hub::default(),
            limits,
            queue: queue::Cache::default(),
            group: group::Group::default(),
            sessions: sessions::Sessions::default(),
            recent: blobs::Recent::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Number of the last migration that this program knows; an open store has it.
    pub fn version() -> i64 {
        database::version()
    }

    /// Number of database connections in use, and of idle ones.
    pub fn connections(&self) -> (u32, u32) {
        let pools = [&self.inner.read, &self.inner.write];
        let open: u32 = pools.iter().map(|p| p.size()).sum();
        let idle: usize = pools.iter().map(|p| p.num_idle()).sum();
        let idle = u32::try_from(idle).unwrap_or(open).min(open);
        (open - idle, idle)
    }

    /// Number and total size of the stored blobs, according to their rows.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn kept(&self) -> Result<(u64, u64), StoreError> {
        let (files, bytes): (i64, i64) =
            sqlx::query_as("SELECT COUNT(*), COALESCE(CAST(SUM(bytes) AS SIGNED), 0) FROM blobs")
                .fetch_one(self.read())
                .await?;
        Ok((files.unsigned_abs(), bytes.unsigned_abs()))
    }

    /// Where the bytes are.
    pub fn bucket(&self) -> &Bucket {
        &self.inner.bucket
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// [`StoreError::Database`] if not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT turn FROM queue_clock WHERE id = 1").fetch_one(&self.inner.read).await?;
        Ok(())
    }

    /// Waits for running statements and closes the connections.
    pub async fn close(&self) {
        self.inner.write.close().await;
        self.inner.read.close().await;
    }

    /// The limits with which it was opened.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// A secret of this server, stored from `random` at the first request; it survives restarts, and all
    /// processes on one database share it.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn secret(&self, name: &'static str, random: [u8; 32]) -> Result<Vec<u8>, StoreError> {
        use base64::Engine as _;
        let encoding = base64::engine::general_purpose::STANDARD_NO_PAD;
        let find = || async {
            let row: Option<(String,)> = sqlx::query_as("SELECT value FROM secrets WHERE name = ?")
                .bind(name)
                .fetch_optional(&self.inner.write)
                .await?;
            Ok::<_, StoreError>(row.map(|r| r.0))
        };
        if find().await?.is_none() {
            let made = encoding.encode(random);
            let insert = sqlx::query("INSERT INTO secrets (name, value) VALUES (?, ?)").bind(name).bind(made);
            match insert.execute(&self.inner.write).await {
                Err(e) if !StoreError::is_unique(&e) => return Err(e.into()),
                _ => {}
            }
        }
        let value = find().await?.ok_or(StoreError::NotFound)?;
        encoding.decode(value).map_err(StoreError::row)
    }

    /// Starts a transaction that may write.
    pub(crate) async fn begin(&self) -> Result<rows::Tx, StoreError> {
        Ok(self.inner.write.begin_with(self.inner.begin).await?)
    }

    pub(crate) fn read(&self) -> &AnyPool {
        &self.inner.read
    }

    pub(crate) fn hub(&self) -> &events::Hub {
        &self.inner.hub
    }

    /// The stream of a user's events from now on; [`Store::events_after`] has the earlier ones.
    pub fn subscribe(&self, user: UserId) -> Subscription {
        self.inner.hub.subscribe(user)
    }
}
