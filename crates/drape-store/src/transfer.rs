//! Export and import of a whole store, between any two databases: a folder with a file of JSON lines per
//! table, the bytes, and a list with the number of each.
//!
//! Tables and columns are read from the migrations, so that no table can be forgotten.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, BufWriter};

use crate::database::{self, MIGRATIONS};
use crate::{Store, StoreError, rows};

const LIST: &str = "drape-data.json";
/// Blobs that are copied at the same time.
const AT_ONCE: usize = 8;

/// Content of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// Number of the last migration; see [`Store::version`].
    pub version: i64,
    /// Number of rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Number of blobs; absent if the export has no bytes.
    pub blobs: Option<u64>,
    /// Total size of the blobs, bytes.
    pub bytes: u64,
}

/// Why an export or import failed.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// The store is not empty, and an import never mixes data.
    #[error("there are users in the database already")]
    NotEmpty,
    /// The export was made by another version of the program.
    #[error("the export is of version {found}, this program's is {known}")]
    Version {
        /// Version of the export.
        found: i64,
        /// Version of the program.
        known: i64,
    },
    /// A file differs from the list.
    #[error("{0}: damaged or incomplete")]
    Damaged(String),
}

impl From<sqlx::Error> for TransferError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Bytes,
}

struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
}

/// The tables, as the migrations make them.
fn tables() -> Vec<Table> {
    let kind = |word: &str| match word.split('(').next().unwrap_or(word).trim_end_matches([',', ';']) {
        "VARCHAR" | "TEXT" => Some(Kind::Text),
        "BIGINT" => Some(Kind::Number),
        "MEDIUMBLOB" => Some(Kind::Bytes),
        _ => None,
    };
    let mut tables: Vec<Table> = Vec::new();
    for (_, _, sql) in MIGRATIONS {
        for line in sql.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["CREATE", "TABLE", name, "("] => {
                    tables.push(Table { name: name.to_owned(), columns: Vec::new() });
                }
                ["ALTER", "TABLE", name, "ADD", "COLUMN", column, of, ..] => {
                    if let (Some(table), Some(kind)) = (tables.iter_mut().find(|t| t.name == name), kind(of))
                    {
                        table.columns.push((column.to_owned(), kind));
                    }
                }
                [column, of, ..] if line.starts_with("    ") => {
                    if let (Some(table), Some(kind)) = (tables.last_mut(), kind(of)) {
                        table.columns.push((column.to_owned(), kind));
                    }
                }
                _ => {}
            }
        }
    }
    tables
}

impl Store {
    /// Writes all rows into an empty folder, as of one moment, and with `bytes` also the pictures. The server
    /// may run meanwhile; pictures that are deleted during the export are left out.
    ///
    /// # Errors
    /// [`TransferError`].
    pub async fn export(&self, folder: &Path, bytes: bool) -> Result<Exported, TransferError> {
        create(folder).await?;
        let mut exported =
            Exported { version: database::version(), rows: BTreeMap::new(), blobs: None, bytes: 0 };
        let mut connection = self.read().acquire().await?;
        if self.inner.begin == "BEGIN" {
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        }
        let mut tx = connection.begin().await?;
        for table in tables() {
            let file = folder.join(format!("{}.jsonl", table.name));
            let failed = |e| TransferError::File(file.display().to_string(), e);
            let mut out = BufWriter::new(tokio::fs::File::create(&file).await.map_err(failed)?);
            let columns: Vec<&str> = table.columns.iter().map(|c| c.0.as_str()).collect();
            let sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
            let mut found = sqlx::query(AssertSqlSafe(sql)).fetch(&mut *tx);
            let mut count = 0;
            while let Some(row) = found.next().await {
                let mut line = line_of(&row?, &table)?.to_string();
                line.push('\n');
                out.write_all(line.as_bytes()).await.map_err(failed)?;
                count += 1;
            }
            out.flush().await.map_err(failed)?;
            exported.rows.insert(table.name.clone(), count);
        }
        tx.commit().await?;
        drop(connection);
        if bytes {
            let (count, size) = self.export_blobs(folder).await?;
            exported.blobs = Some(count);
            exported.bytes = size;
        }
        // The list is written last, so that an incomplete export has none.
        let list = serde_json::to_vec_pretty(&exported).map_err(StoreError::row)?;
        write(&folder.join(LIST), &list).await?;
        Ok(exported)
    }

    async fn export_blobs(&self, folder: &Path) -> Result<(u64, u64), TransferError> {
        let copies = keys(folder).await?.into_iter().map(|(key, _)| async move {
            let bytes = match self.bucket().get(&key).await {
                Err(StoreError::NotFound) => return Ok::<_, TransferError>((0, 0)),
                bytes => bytes?,
            };
            let file = folder.join("blobs").join(&key);
            create(file.parent().unwrap_or(folder)).await?;
            write(&file, &bytes).await?;
            Ok((1, bytes.len() as u64))
        });
        let mut copies = futures::stream::iter(copies).buffer_unordered(AT_ONCE);
        let mut all = (0, 0);
        while let Some(copy) = copies.next().await {
            let (count, size) = copy?;
            all = (all.0 + count, all.1 + size);
        }
        Ok(all)
    }

    /// Reads an export into this store, which must be empty: all rows or none. No server may run on the store
    /// meanwhile.
    ///
    /// # Errors
    /// [`TransferError`]; the database is then as empty as before, and the next try overwrites bytes that
    /// were written.
    pub async fn import(&self, folder: &Path) -> Result<Exported, TransferError> {
        let list: Exported = serde_json::from_slice(&read(&folder.join(LIST)).await?)
            .map_err(|_| TransferError::Damaged(LIST.to_owned()))?;
        if list.version != database::version() {
            return Err(TransferError::Version { found: list.version, known: database::version() });
        }
        let (users,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM users").fetch_one(self.read()).await?;
        if users > 0 {
            return Err(TransferError::NotEmpty);
        }
        if list.blobs.is_some() {
            self.import_blobs(folder).await?;
        }
        let mut tx = self.begin().await?;
        for table in tables() {
            // A new database already has the clock and may have secrets.
            let clear = format!("DELETE FROM {}", table.name);
            sqlx::query(AssertSqlSafe(clear)).execute(&mut *tx).await?;
            let count = insert_table(&mut tx, folder, &table).await?;
            if list.rows.get(&table.name) != Some(&count) {
                return Err(TransferError::Damaged(format!("{}.jsonl", table.name)));
            }
        }
        tx.commit().await?;
        Ok(list)
    }

    async fn import_blobs(&self, folder: &Path) -> Result<(), TransferError> {
        let copies = keys(folder).await?.into_iter().map(|(key, size)| async move {
            let file = folder.join("blobs").join(&key);
            let bytes = match tokio::fs::read(&file).await {
                // The blob was deleted during the export; its row expires, or its picture is shown as gone.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                bytes => bytes.map_err(|e| TransferError::File(file.display().to_string(), e))?,
            };
            if bytes.len() as u64 != size {
                return Err(TransferError::Damaged(key));
            }
            Ok(self.bucket().put(&key, &Bytes::from(bytes)).await?)
        });
        let mut copies = futures::stream::iter(copies).buffer_unordered(AT_ONCE);
        while let Some(copy) = copies.next().await {
            copy?;
        }
        Ok(())
    }
}

async fn insert_table(tx: &mut rows::Tx, folder: &Path, table: &Table) -> Result<u64, TransferError> {
    let name = format!("{}.jsonl", table.name);
    let file = folder.join(&name);
    let failed = |e| TransferError::File(file.display().to_string(), e);
    let mut lines = BufReader::new(tokio::fs::File::open(&file).await.map_err(failed)?).lines();
    let columns: Vec<&str> = table.columns.iter().map(|c| c.0.as_str()).collect();
    let into = format!("{} ({})", table.name, columns.join(", "));
    let marks = vec!["?"; columns.len()].join(", ");
    let mut count = 0;
    while let Some(line) = lines.next_line().await.map_err(failed)? {
        let damaged = || TransferError::Damaged(name.clone());
        let values: Vec<Value> = serde_json::from_str(&line).map_err(|_| damaged())?;
        if values.len() != columns.len() {
            return Err(damaged());
        }
        let mut insert = rows::query(rows::insert(&into, &marks, 1));
        for (value, (_, kind)) in values.into_iter().zip(&table.columns) {
            insert = match (kind, value) {
                (Kind::Text, Value::Null) => insert.bind(None::<String>),
                (Kind::Text, Value::String(text)) => insert.bind(text),
                (Kind::Number, Value::Null) => insert.bind(None::<i64>),
                (Kind::Number, Value::Number(n)) => insert.bind(n.as_i64().ok_or_else(damaged)?),
                (Kind::Bytes, Value::Null) => insert.bind(None::<Vec<u8>>),
                (Kind::Bytes, Value::String(text)) => {
                    insert.bind(STANDARD.decode(text).map_err(|_| damaged())?)
                }
                _ => return Err(damaged()),
            };
        }
        insert.execute(&mut **tx).await?;
        count += 1;
    }
    Ok(count)
}

fn line_of(row: &AnyRow, table: &Table) -> Result<Value, TransferError> {
    let mut values = Vec::with_capacity(table.columns.len());
    for (k, (_, kind)) in table.columns.iter().enumerate() {
        values.push(match kind {
            Kind::Text => json!(row.try_get::<Option<String>, _>(k)?),
            Kind::Number => json!(row.try_get::<Option<i64>, _>(k)?),
            Kind::Bytes => json!(row.try_get::<Option<Vec<u8>>, _>(k)?.map(|b| STANDARD.encode(b))),
        });
    }
    Ok(Value::Array(values))
}

/// Key and size of each blob in an export, except those that are being deleted.
async fn keys(folder: &Path) -> Result<Vec<(String, u64)>, TransferError> {
    let place = |name: &str| {
        let blobs = tables().into_iter().find(|t| t.name == "blobs")?;
        blobs.columns.iter().position(|c| c.0 == name)
    };
    let damaged = || TransferError::Damaged("blobs.jsonl".to_owned());
    let (Some(key), Some(bytes), Some(ends)) = (place("blob_key"), place("bytes"), place("expires_at"))
    else {
        return Err(damaged());
    };
    let text = read(&folder.join("blobs.jsonl")).await?;
    let mut found = Vec::new();
    for line in text.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let values: Vec<Value> = serde_json::from_slice(line).map_err(|_| damaged())?;
        let get = |k: usize| values.get(k).ok_or_else(damaged);
        let name = get(key)?.as_str().ok_or_else(damaged)?;
        // Keys become file names; the store's own keys contain only these characters.
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '/') || name.starts_with('/') {
            return Err(damaged());
        }
        if get(ends)?.as_i64() != Some(0) {
            found.push((name.to_owned(), get(bytes)?.as_u64().ok_or_else(damaged)?));
        }
    }
    Ok(found)
}

async fn create(folder: &Path) -> Result<(), TransferError> {
    let made = tokio::fs::create_dir_all(folder).await;
    made.map_err(|e| TransferError::File(folder.display().to_string(), e))
}

async fn write(file: &Path, bytes: &[u8]) -> Result<(), TransferError> {
    let written = tokio::fs::write(file, bytes).await;
    written.map_err(|e| TransferError::File(file.display().to_string(), e))
}

async fn read(file: &Path) -> Result<Vec<u8>, TransferError> {
    tokio::fs::read(file).await.map_err(|e| TransferError::File(file.display().to_string(), e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_column_is_found() {
        let made: usize = MIGRATIONS.iter().map(|(_, _, sql)| sql.matches("CREATE TABLE").count()).sum();
        let tables = tables();
        assert_eq!(tables.len(), made);
        let jobs = tables.iter().find(|t| t.name == "jobs").expect("jobs");
        assert!(jobs.columns.iter().any(|c| c.0 == "began_at" && c.1 == Kind::Number));
        let previews = tables.iter().find(|t| t.name == "previews").expect("previews");
        assert_eq!(previews.columns[3], ("picture".to_owned(), Kind::Bytes));
    }
}
