//! `drape migrate` and `drape data export|import`: updates the tables, and moves everything from one database
//! and blob store to another.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use drape_core::language::Language;
use drape_store::{Limits, Store, TransferError};

use crate::failure::Failure;
use crate::lang::Lang;
use crate::places::PlaceArgs;
use crate::serve::runtime;
use crate::terminal;

#[derive(Args)]
pub(crate) struct DataCommandArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Subcommand)]
enum DataCommand {
    /// Write everything into an empty folder; the server may run meanwhile / 모든 데이터를 폴더로 내보내기
    Export {
        #[command(flatten)]
        places: PlaceArgs,
        /// The folder; holds photos of people afterwards
        folder: PathBuf,
        /// Leave out the pictures, where their place stays the same
        #[arg(long)]
        without_pictures: bool,
    },
    /// Read an export into an empty database, with no server running on it / 내보낸 데이터 들여오기
    Import {
        #[command(flatten)]
        places: PlaceArgs,
        /// The folder
        folder: PathBuf,
    },
}

/// `drape migrate`.
pub(crate) fn migrate(places: &PlaceArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    runtime()?.block_on(async {
        let store = places.open(Limits::default(), language).await?;
        store.close().await;
        let (version, database) = (Store::version(), places.places().database);
        terminal::say(&language.pick(
            format!("{database}: 테이블이 최신이에요. (버전 {version})"),
            format!("{database}: the tables are up to date (version {version})."),
        ));
        Ok(())
    })
}

/// `drape data`.
pub(crate) fn run(args: &DataCommandArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    let (places, folder) = match &args.command {
        DataCommand::Export { places, folder, .. } | DataCommand::Import { places, folder } => {
            (places, folder)
        }
    };
    let shown = folder.display();
    runtime()?.block_on(async {
        let moved = match &args.command {
            DataCommand::Export { without_pictures, .. } => {
                let empty = match std::fs::read_dir(folder) {
                    Ok(mut entries) => entries.next().is_none(),
                    Err(e) => e.kind() == std::io::ErrorKind::NotFound,
                };
                if !empty {
                    return Err(Failure::input(language.pick(
                        format!("{shown}: 비어 있지 않아요. 새 폴더를 골라 주세요."),
                        format!("{shown} is not empty; choose a new folder."),
                    )));
                }
                let store = places.open(Limits::default(), language).await?;
                let moved = store.export(folder, !without_pictures).await;
                store.close().await;
                moved
            }
            DataCommand::Import { .. } => {
                let store = places.open(Limits::default(), language).await?;
                let moved = store.import(folder).await;
                store.close().await;
                moved
            }
        };
        let moved = moved.map_err(|e| refuse(&e, language))?;
        let rows: u64 = moved.rows.values().sum();
        let (blobs, bytes) = (moved.blobs.unwrap_or(0), moved.bytes);
        terminal::say(&language.pick(
            format!("{shown}: 행 {rows}개, 파일 {blobs}개, {bytes}바이트"),
            format!("{shown}: {rows} rows, {blobs} files, {bytes} bytes"),
        ));
        Ok(())
    })
}

fn refuse(why: &TransferError, language: Language) -> Failure {
    match why {
        TransferError::NotEmpty => Failure::input(language.pick(
            "데이터베이스에 이미 사용자가 있어요. 빈 데이터베이스에만 들여올 수 있어요.",
            "The database already has users. An export can be read only into an empty database.",
        )),
        TransferError::Version { found, known } => Failure::input(language.pick(
            format!("다른 버전({found})에서 내보낸 데이터예요. 이 프로그램과 같은 버전({known})으로 다시 내보내 주세요."),
            format!("The export is of version {found}, but this program reads version {known}. \
                Export again with the same version."),
        )),
        TransferError::Damaged(file) => Failure::input(language.pick(
            format!("{file}: 손상됐거나 빠진 부분이 있어요. 다시 내보내 주세요."),
            format!("{file}: damaged or incomplete; export again."),
        )),
        TransferError::File(file, e) => Failure::input(format!("{file}: {e}")),
        TransferError::Store(e) => Failure::internal(e.to_string()),
    }
}
