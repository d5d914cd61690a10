//! SQL for several rows in one statement, since each statement is a round trip to the thread of its
//! connection and costs more than a row. Lists have few lengths, so that a connection can keep its prepared
//! statements.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;
use sqlx::any::AnyArguments;
use sqlx::{Any, Transaction};

/// A statement with some of its values.
pub(crate) type Query<'q> = sqlx::query::Query<'q, Any, AnyArguments>;

/// A transaction that may write.
pub(crate) type Tx = Transaction<'static, Any>;

/// Numbers of rows per INSERT; larger numbers are split into these.
const LENGTHS: [usize; 10] = [32, 24, 16, 12, 8, 6, 4, 3, 2, 1];

/// The values for `IN (..)`, `OR` or `CASE`. The last value is repeated up to a power of two, which changes
/// nothing in such lists.
pub(crate) fn padded<T>(values: &[T]) -> impl Iterator<Item = &T> + Clone {
    let wanted = if values.is_empty() { 0 } else { values.len().next_power_of_two() };
    (0..wanted).map(|k| values.get(k).unwrap_or(&values[values.len() - 1]))
}

/// `part` for each of the padded values, joined by `between`.
pub(crate) fn list<T>(values: &[T], part: &str, between: &str) -> String {
    vec![part; padded(values).count()].join(between)
}

/// Rows in groups of [`LENGTHS`].
pub(crate) fn groups<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = LENGTHS.into_iter().find(|l| *l <= rows.len())?;
        let (group, rest) = rows.split_at(length);
        rows = rest;
        Some(group)
    })
}

/// `INSERT INTO <into> VALUES (<row>), (<row>) ..` with `rows` rows.
pub(crate) fn insert(into: &str, row: &str, rows: usize) -> String {
    let mut sql = format!("INSERT INTO {into} VALUES ");
    for k in 0..rows {
        let _ = write!(sql, "{}({row})", if k == 0 { "" } else { ", " });
    }
    sql
}

/// A statement that the caller built only from fixed texts, question marks and this module's lists.
pub(crate) fn query<'q>(sql: String) -> Query<'q> {
    sqlx::query(AssertSqlSafe(sql))
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
