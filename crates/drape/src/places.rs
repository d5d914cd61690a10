//! The places of rows and bytes, from settings, and the store that uses them.

use std::path::{Path, PathBuf};

use clap::Args;
use drape_core::language::Language;
use drape_store::{Blobs, Database, Encryption, Limits, NotBuilt, Places, S3Options, Store, StoreError};

use crate::failure::Failure;
use crate::parts::Part;

/// Where rows and bytes are; the same for servers and workers.
#[derive(Args, Clone)]
pub(crate) struct PlaceArgs {
    /// Folder of the database and the pictures [default: the user's data folder, `drape` in it]
    #[arg(long, env = "DRAPE_DATA_DIR", value_name = "DIR", help_heading = "Storage")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Database: `sqlite:FILE` or `mysql://USER:PASSWORD@HOST/NAME` (MySQL 8, MariaDB 10.6 and newer; TLS
    /// unless the host is this machine or `?ssl-mode=DISABLED` says otherwise)
    /// [default: `drape.sqlite` in the data folder]
    #[arg(
        long,
        env = "DRAPE_DATABASE",
        value_name = "URL",
        hide_env_values = true,
        help_heading = "Storage"
    )]
    pub(crate) database: Option<Database>,
    /// Most connections of this process to a MySQL or MariaDB server
    #[arg(long, env = "DRAPE_DATABASE_CONNECTIONS", default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=500), help_heading = "Storage")]
    pub(crate) database_connections: u32,
    #[command(flatten)]
    pub(crate) blobs: BlobArgs,
}

/// Where the bytes are; workers without a database need no more.
#[derive(Args, Clone)]
pub(crate) struct BlobArgs {
    /// Pictures: a folder, or `s3://BUCKET/PREFIX` with the keys of AWS's usual variables or roles
    /// [default: `blobs` in the data folder]
    #[arg(long, env = "DRAPE_BLOBS", value_name = "DIR|s3://BUCKET/PREFIX", help_heading = "Storage")]
    pub(crate) blobs: Option<Blobs>,
    /// Address of an S3-compatible store; the bucket stands in the path
    #[arg(long, env = "DRAPE_BLOBS_ENDPOINT", value_name = "URL", help_heading = "Storage")]
    pub(crate) blobs_endpoint: Option<String>,
    /// Region of the bucket [default: `AWS_REGION`, or us-east-1]
    #[arg(long, env = "DRAPE_BLOBS_REGION", value_name = "REGION", help_heading = "Storage")]
    pub(crate) blobs_region: Option<String>,
    /// Encryption by the store: `AES256`, or the id or ARN of a KMS key
    #[arg(long, env = "DRAPE_BLOBS_ENCRYPTION", value_name = "AES256|KEY", help_heading = "Storage")]
    pub(crate) blobs_encryption: Option<Encryption>,
}

impl BlobArgs {
    /// The access to the bucket.
    pub(crate) fn options(&self) -> S3Options {
        S3Options {
            endpoint: self.blobs_endpoint.clone(),
            region: self.blobs_region.clone(),
            encryption: self.blobs_encryption.clone(),
        }
    }

    /// Refuses settings of a bucket when there is none.
    pub(crate) fn check(&self, language: Language) -> Result<(), Failure> {
        if matches!(self.blobs, Some(Blobs::S3 { .. })) {
            Part::Cloud.needed_by("--blobs", language)?;
        }
        let set = [
            ("--blobs-endpoint", self.blobs_endpoint.is_some()),
            ("--blobs-region", self.blobs_region.is_some()),
            ("--blobs-encryption", self.blobs_encryption.is_some()),
        ];
        if !matches!(self.blobs, Some(Blobs::S3 { .. }))
            && let Some((name, _)) = set.iter().find(|(_, set)| *set)
        {
            return Err(Failure::input(language.pick(
                format!("{name}: --blobs s3://버킷과 함께 써 주세요."),
                format!("{name} goes together with --blobs s3://BUCKET."),
            )));
        }
        if let Some(endpoint) = &self.blobs_endpoint
            && !(endpoint.starts_with("http://") || endpoint.starts_with("https://"))
        {
            return Err(Failure::input(language.pick(
                format!("--blobs-endpoint {endpoint}: https://storage.example처럼 적어 주세요."),
                format!("--blobs-endpoint {endpoint}: write an address like https://storage.example."),
            )));
        }
        Ok(())
    }
}

impl PlaceArgs {
    /// The data folder, whether or not it is used.
    pub(crate) fn folder(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(default_directory)
    }

    /// Whether database and blobs are both elsewhere, so that the data folder is not needed.
    fn elsewhere(&self) -> bool {
        self.database.is_some() && self.blobs.blobs.is_some()
    }

    /// The places of rows and bytes.
    pub(crate) fn places(&self) -> Places {
        let here = Places::of(&self.folder());
        Places {
            database: self.database.clone().unwrap_or(here.database),
            connections: self.database_connections,
            blobs: self.blobs.blobs.clone().unwrap_or(here.blobs),
            s3: self.blobs.options(),
        }
    }

    /// Opens the store and updates its tables.
    pub(crate) async fn open(&self, limits: Limits, language: Language) -> Result<Store, Failure> {
        self.blobs.check(language)?;
        if matches!(self.database, Some(Database::MySql(_))) {
            Part::Cloud.needed_by("--database", language)?;
        }
        if !self.elsewhere() {
            let directory = self.folder();
            std::fs::create_dir_all(&directory).map_err(|e| unusable(&directory, &e, language))?;
            keep_private(&directory);
        }
        let places = self.places();
        let store = Store::open_at(&places, limits).await;
        let store = store.map_err(|e| self.refuse(&places, &e, language))?;
        tracing::info!(database = %places.database, blobs = %places.blobs, "data");
        Ok(store)
    }

    fn refuse(&self, places: &Places, why: &StoreError, language: Language) -> Failure {
        let (database, blobs) = (&places.database, &places.blobs);
        match why {
            StoreError::Setup { what, found } => Failure::input(format!(
                "{database}: {} ({found})",
                what.message(language)
            )),
            StoreError::NotBuilt(NotBuilt::MySql) => Part::Cloud.absent("--database", language),
            StoreError::NotBuilt(NotBuilt::S3) => Part::Cloud.absent("--blobs", language),
            StoreError::Blobs(e) if self.blobs.blobs.is_some() => Failure::input(language.pick(
                format!("{blobs}: 사진 저장소를 쓸 수 없어요. 버킷 이름, 주소, 키와 권한을 확인해 주세요. ({e})"),
                format!("{blobs}: cannot be used for the pictures. \
                    Check the bucket, its address, keys and rights. ({e})"),
            )),
            e if matches!(database, Database::MySql(_)) => Failure::input(language.pick(
                format!("{database}: 데이터베이스에 연결할 수 없어요. 주소, 사용자, 비밀번호, TLS 설정을 확인해 주세요. ({e})"),
                format!("{database}: the database cannot be used. \
                    Check address, user, password and TLS. ({e})"),
            )),
            e => unusable(&self.folder(), e, language),
        }
    }
}

fn unusable(directory: &Path, why: &dyn std::fmt::Display, language: Language) -> Failure {
    let shown = directory.display();
    Failure::input(language.pick(
        format!("{shown}: 데이터 폴더를 쓸 수 없어요. ({why}) --data-dir로 다른 폴더를 골라 주세요."),
        format!("{shown}: cannot be used as the data folder ({why}). Choose another with --data-dir."),
    ))
}

/// The folder contains photos of people, so only the user who runs the server may read it.
#[cfg(unix)]
fn keep_private(directory: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Err(e) = std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)) {
        tracing::warn!(error = %e, "the data folder cannot be made private");
    }
}

#[cfg(not(unix))]
fn keep_private(_: &Path) {}

/// `$XDG_DATA_HOME/drape`, `~/.local/share/drape`, or `drape-data` if there is no home.
pub(crate) fn default_directory() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("XDG_DATA_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .map_or_else(|| PathBuf::from("drape-data"), |base| base.join("drape"))
}
