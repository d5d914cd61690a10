//! Errors, as sentences that tell a person what to do.

use std::io;
use std::path::{Path, PathBuf};

use drape_core::language::Language;

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// No model has that name.
    #[error("no model is called {0}")]
    Unknown(String),
    /// It is not for commercial use, and the operator has not accepted that.
    #[error("{name} is not for commercial use ({license}, {url})")]
    NonCommercial {
        /// The model.
        name: String,
        /// Its licence.
        license: String,
        /// Page of the licence.
        url: String,
    },
    /// Another pull of the same model did not end in the time given.
    #[error("another pull of {0} is at work")]
    Busy(String),
    /// The disk has no room for it.
    #[error("{needed} bytes are needed in {dir}, {free} are free")]
    Space {
        /// Bytes that are still to be fetched, with some to spare.
        needed: u64,
        /// Bytes that are free.
        free: u64,
        /// Where.
        dir: PathBuf,
    },
    /// A file or directory of this machine cannot be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The offline directory lacks a file.
    #[error("{} is missing", .0.display())]
    NotOffline(PathBuf),
    /// The address of the mirror cannot be used.
    #[error("{0} is no http(s) address")]
    Mirror(String),
    /// The hub wants a token, or another one (401, 403).
    #[error("{url}: refused with status {status}")]
    Denied {
        /// Address on the hub.
        url: String,
        /// 401 or 403.
        status: u16,
    },
    /// The hub has no such file (404, 410).
    #[error("{0}: not found")]
    NotFound(String),
    /// The hub asks for a longer pause than is worth waiting.
    #[error("{url}: come again in {seconds} s")]
    Later {
        /// Address on the hub.
        url: String,
        /// How long it asks to wait.
        seconds: u64,
    },
    /// The hub cannot be reached, or fails repeatedly.
    #[error("{url}: {why}")]
    Network {
        /// Address on the hub.
        url: String,
        /// The last error.
        why: String,
    },
    /// The file on the hub changed repeatedly while it was fetched.
    #[error("{0} keeps changing on the hub")]
    Unstable(String),
    /// The hub's file has another size than the registry says.
    #[error("{path} has {found} bytes on the hub, not {wanted}")]
    Size {
        /// File of the model.
        path: String,
        /// Bytes it should have.
        wanted: u64,
        /// Bytes it has.
        found: u64,
    },
    /// The hub announces other bytes than those that are wanted, or they arrived wrong twice.
    #[error("{path} has SHA-256 {found}, not {wanted}")]
    Checksum {
        /// File of the model.
        path: String,
        /// Checksum it should have.
        wanted: String,
        /// Checksum it has.
        found: String,
    },
}

impl PullError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// The message for a person: what happened and what to do.
    pub fn message(&self, language: Language) -> String {
        match self {
            Self::Unknown(name) => unknown(name, language),
            Self::NonCommercial { name, license, url } => language.pick(
                format!("{name}: 비상업용 모델이라 받지 않았어요. (라이선스: {license}, {url}) 이 조건에 동의하면 \
                    --accept-non-commercial {name}을 붙여 주세요."),
                format!("{name} is not for commercial use and was not fetched (licence: {license}, {url}). \
                    If you accept that, add --accept-non-commercial {name}."),
            ),
            Self::Busy(name) => language.pick(
                format!("{name}: 다른 곳에서 받는 중이에요. 끝난 뒤에 다시 시도해 주세요."),
                format!("{name}: another pull of it is running. Try again when it has ended."),
            ),
            Self::Space { needed, free, dir } => {
                let (needed, free, dir) = (readable(*needed), readable(*free), dir.display());
                language.pick(
                    format!("{dir}: 디스크 공간이 부족해요. {needed}가 필요한데 {free}가 남았어요. 공간을 비우거나 \
                        --models로 다른 폴더를 골라 주세요."),
                    format!("{dir}: not enough room on the disk: {needed} needed, {free} free. Make room, or \
                        choose another folder with --models."),
                )
            }
            Self::Io { path, source } => {
                let path = path.display();
                language.pick(
                    format!("{path}: 파일을 읽거나 쓸 수 없어요. ({source})"),
                    format!("{path}: cannot be read or written ({source})."),
                )
            }
            Self::NotOffline(path) => {
                let path = path.display();
                language.pick(
                    format!("{path}: 오프라인 폴더에 이 파일이 없어요. 허브와 같은 구조(소유자/이름/resolve/리비전/경로)나 \
                        모델 폴더와 같은 구조(모델 이름/경로)로 넣어 주세요."),
                    format!("{path}: the offline folder lacks this file. Lay it out like the hub \
                        (owner/name/resolve/revision/path) or like a models folder (model/path)."),
                )
            }
            Self::Mirror(mirror) => language.pick(
                format!("{mirror}: 미러 주소는 https://mirror.example처럼 적어 주세요."),
                format!("{mirror}: write the mirror's address like https://mirror.example."),
            ),
            Self::Denied { url, status } => language.pick(
                format!("{url}: 요청이 거절됐어요. ({status}) 모델 페이지에서 조건에 동의하고, 토큰을 HF_TOKEN(허브)이나 \
                    DRAPE_MODEL_MIRROR_TOKEN(미러)에 넣어 주세요."),
                format!("{url}: refused ({status}). Accept the terms on the model's page and give a token in \
                    HF_TOKEN (hub) or DRAPE_MODEL_MIRROR_TOKEN (mirror)."),
            ),
            Self::NotFound(url) => language.pick(
                format!("{url}: 그런 파일이 없어요. 미러 주소나 모델 목록을 확인해 주세요."),
                format!("{url}: there is no such file. Check the mirror's address or the registry."),
            ),
            Self::Later { url, seconds } => language.pick(
                format!("{url}: 서버가 바빠요. {seconds}초 뒤에 다시 시도해 주세요. 받은 부분은 남아 있어요."),
                format!("{url}: the server is busy. Try again in {seconds} seconds; what has arrived is \
                    kept."),
            ),
            Self::Network { url, why } => language.pick(
                format!("{url}: 받지 못했어요. ({why}) 다시 시도하면 이어서 받아요."),
                format!("{url}: could not be fetched ({why}). Try again: it goes on where it stopped."),
            ),
            Self::Unstable(path) => language.pick(
                format!("{path}: 받는 동안 허브의 파일이 계속 바뀌고 있어요. 나중에 다시 시도해 주세요."),
                format!("{path}: the file on the hub keeps changing while it is fetched. Try again later."),
            ),
            Self::Size { path, wanted, found } => language.pick(
                format!("{path}: 크기가 달라요. {wanted}바이트여야 하는데 {found}바이트예요. 이 파일은 쓰지 않았어요."),
                format!("{path}: the wrong size, {found} bytes instead of {wanted}. It is not used."),
            ),
            Self::Checksum { path, wanted, found } => language.pick(
                format!("{path}: 체크섬이 달라요. (맞는 값 {wanted}, 받은 값 {found}) 이 파일은 쓰지 않았어요. 받는 곳을 \
                    확인해 주세요."),
                format!("{path}: the wrong checksum, {found} instead of {wanted}. It is not used. Check \
                    the source."),
            ),
        }
    }
}

/// Why a model in the directory cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No model has that name.
    #[error("no model is called {0}")]
    Unknown(String),
    /// Nothing of it is there.
    #[error("{0} is not there")]
    Absent(String),
    /// A part of it is there.
    #[error("{name} is there to {percent} %")]
    Partial {
        /// The model.
        name: String,
        /// How much is there, 0 to 99.
        percent: u8,
    },
    /// A file is not as it was when it was checked.
    #[error("{name} has changed: {path}")]
    Changed {
        /// The model.
        name: String,
        /// The first such file.
        path: String,
    },
}

impl Missing {
    /// The message for a person: what is missing and what to do.
    pub fn message(&self, language: Language) -> String {
        match self {
            Self::Unknown(name) => unknown(name, language),
            Self::Absent(name) => language.pick(
                format!("{name}: 아직 받지 않은 모델이에요. drape model pull {name}으로 받아 주세요."),
                format!("{name} has not been fetched yet. Fetch it with: drape model pull {name}"),
            ),
            Self::Partial { name, percent } => language.pick(
                format!("{name}: {percent} %만 받았어요. drape model pull {name}으로 이어서 받아 주세요."),
                format!("{name}: only {percent} % is there. Go on with: drape model pull {name}"),
            ),
            Self::Changed { name, path } => language.pick(
                format!("{name}: {path} 파일이 바뀌었어요. drape model verify {name}으로 확인해 주세요."),
                format!("{name}: {path} has changed. Check it with: drape model verify {name}"),
            ),
        }
    }
}

fn unknown(name: &str, language: Language) -> String {
    language.pick(
        format!("{name}: 그런 모델이 없어요. drape model list로 이름을 확인해 주세요."),
        format!("{name}: there is no such model. drape model list shows their names."),
    )
}

/// Bytes for people, in powers of ten as the hub writes them: `5.14 GB`.
pub fn readable(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}
