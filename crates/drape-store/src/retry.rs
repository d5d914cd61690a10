//! Repeats changes that the database could not make the first time.
//!
//! A change is a closure that returns a future, not an `AsyncFn`: the compiler cannot prove that the future
//! of an `AsyncFn` with borrowed captures is `Send`, and requests run on several threads.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::StoreError;

/// Most repetitions of a change after conflicts.
const CONFLICTS: u32 = 9;
/// Most repetitions of a change while the database is away: about fifteen seconds in all.
const OUTAGES: u32 = 6;

/// Makes a change, and repeats it if another transaction interfered: a database with several writers rolls
/// back one of two transactions that wait for each other.
pub(crate) async fn on_conflict<T, F>(change: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut tries = 0;
    loop {
        match change().await {
            Err(why) if tries < CONFLICTS && why.is_conflict() => {
                tries += 1;
                tokio::time::sleep(pause(tries)).await;
            }
            made => return made,
        }
    }
}

/// [`on_conflict`] for work that would otherwise be lost: also waits for a database that restarts.
pub(crate) async fn on_outage<T, F>(change: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut tries = 0;
    loop {
        match change().await {
            Err(why) if tries < OUTAGES && why.is_transient() => {
                tracing::warn!(error = %why, "a change is made again");
                tokio::time::sleep(Duration::from_millis(250 << tries)).await;
                tries += 1;
            }
            made => return made,
        }
    }
}

/// The wait after a conflict: longer with each try, and different for each caller.
fn pause(tries: u32) -> Duration {
    let most = 4_u64 << tries.min(6);
    let salt = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(1 + u64::from(salt.subsec_nanos()) / 1000 % most)
}
