//! SQL for several rows in one statement. Each statement is a round trip to the thread of its
//! connection, which costs more than the row; lists come in few lengths, so that the prepared
//! statements of a connection can be kept.

use std::fmt::Write as _;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, Transaction};

/// A transaction that may write.
pub(crate) type Tx = Transaction<'static, Any>;

/// Lengths in which rows are inserted; others are put together from them.
const LENGTHS: [usize; 10] = [32, 24, 16, 12, 8, 6, 4, 3, 2, 1];

/// A list of values for `IN (..)`, `OR` or `CASE`, its last value repeated up to a power of two:
/// naming a row twice changes nothing there.
pub(crate) fn padded<T>(values: &[T]) -> impl Iterator<Item = &T> + Clone {
    let wanted = if values.is_empty() { 0 } else { values.len().next_power_of_two() };
    (0..wanted).map(|k| values.get(k).unwrap_or(&values[values.len() - 1]))
}

/// `part` for each of the padded values, with `between`.
pub(crate) fn list<T>(values: &[T], part: &str, between: &str) -> String {
    vec![part; padded(values).count()].join(between)
}

/// Rows in groups of the lengths for which statements are kept.
pub(crate) fn groups<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = LENGTHS.into_iter().find(|l| *l <= rows.len())?;
        let (group, rest) = rows.split_at(length);
        rows = rest;
        Some(group)
    })
}

/// `INSERT INTO <into> VALUES (<row>), (<row>) ..`, the row once per row.
pub(crate) fn insert(into: &str, row: &str, rows: usize) -> String {
    let mut sql = format!("INSERT INTO {into} VALUES ");
    for k in 0..rows {
        let _ = write!(sql, "{}({row})", if k == 0 { "" } else { ", " });
    }
    sql
}

/// A statement made of fixed texts and question marks, as everything that this module makes is.
pub(crate) fn query<'q>(sql: String) -> Query<'q, Any, AnyArguments> {
    sqlx::query(AssertSqlSafe(sql))
}

/// Makes a change again when another transaction was in its way: on a database with several writers one of
/// two that wait for each other is rolled back.
macro_rules! again {
    ($change:expr) => {{
        let mut tries = 0_u32;
        loop {
            match $change.await {
                Err(e) if tries < 9 && StoreError::is_conflict(&e) => {
                    tries += 1;
                    tokio::time::sleep($crate::rows::pause(tries)).await;
                }
                other => break other,
            }
        }
    }};
}
pub(crate) use again;

/// [`again!`] for work that would be lost otherwise: also waits, about fifteen seconds, for a database
/// that is being started again.
macro_rules! patiently {
    ($change:expr) => {{
        let mut tries = 0_u32;
        loop {
            match $change.await {
                Err(e) if tries < 6 && StoreError::is_transient(&e) => {
                    tracing::warn!(error = %e, "tried again");
                    tokio::time::sleep(std::time::Duration::from_millis(250 << tries)).await;
                    tries += 1;
                }
                other => break other,
            }
        }
    }};
}
pub(crate) use patiently;

/// How long to wait before a change is made again: longer each time, and not the same for everybody.
pub(crate) fn pause(tries: u32) -> Duration {
    let most = 4_u64 << tries.min(6);
    let salt = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(1 + u64::from(salt.subsec_nanos()) / 1000 % most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_few_lengths() {
        assert_eq!(padded(&[1, 2, 3]).copied().collect::<Vec<_>>(), [1, 2, 3, 3]);
        assert_eq!(list(&[1, 2, 3], "?", ", "), "?, ?, ?, ?");
        assert_eq!(list::<u8>(&[], "?", ", "), "");
        let rows: Vec<u8> = (0..71).collect();
        assert_eq!(groups(&rows).map(<[u8]>::len).collect::<Vec<_>>(), [32, 32, 6, 1]);
        assert_eq!(groups(&rows).flatten().count(), 71);
        assert_eq!(insert("t (a, b)", "?, 0", 2), "INSERT INTO t (a, b) VALUES (?, 0), (?, 0)");
    }
}
