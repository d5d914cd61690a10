//! Errors, with messages that say what to do.

use std::path::{Path, PathBuf};

use drape_core::engine::OutOfRange;
use drape_core::language::Language;

/// Why a model could not be loaded, or a picture not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder that is needed is not there.
    #[error("not found: {}", .0.display())]
    NotFound(PathBuf),
    /// A file cannot be read.
    #[error("{}: {detail}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The message of the system.
        detail: String,
    },
    /// The folder is a model of another kind.
    #[error("{}: not SDXL but {found}", path.display())]
    OtherModel {
        /// The folder or file.
        path: PathBuf,
        /// The other model: `Stable Diffusion 1.5` ...
        found: String,
    },
    /// Files of the model are missing or cut short, as after a download that stopped.
    #[error("{}: incomplete: {}", path.display(), missing.join(", "))]
    Incomplete {
        /// The folder or file.
        path: PathBuf,
        /// The missing parts, by name.
        missing: Vec<String>,
    },
    /// A checkpoint in one file, without the vocabulary that it needs beside it.
    #[error("{}: no tokenizer", .0.display())]
    NoTokenizer(PathBuf),
    /// The bytes of a file do not follow its format.
    #[error("{}: {detail}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The flaw, and where it is.
        detail: String,
    },
    /// Tensors are missing, have other shapes, or do not belong there.
    #[error("{component}: {}", listed(problems, Language::English))]
    Tensors {
        /// `unet`, `vae`, `id_encoder` ...
        component: String,
        /// Each of them, by name.
        problems: Vec<Problem>,
    },
    /// A setting of the model that this engine does not know.
    #[error("{component}: {detail}")]
    Unsupported {
        /// `unet`, `scheduler` ...
        component: String,
        /// The setting and its value.
        detail: String,
    },
    /// The request cannot be fulfilled.
    #[error(transparent)]
    Input(#[from] Input),
    /// The request was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The machine has too little memory.
    #[error("not enough memory: {detail}")]
    Memory {
        /// The bytes needed and available, or the message of the device.
        detail: String,
    },
    /// The tensor library or the device failed.
    #[error("computation failed: {0}")]
    Compute(String),
}

/// A problem of one tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It is not there.
    Missing(String),
    /// It has another shape than the model wants.
    Shape {
        /// Its name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape that is wanted.
        wanted: Vec<usize>,
    },
    /// No part of the model asks for it.
    Extra(String),
}

/// A problem of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Input {
    /// No photo was given.
    #[error("no photo")]
    NoPhoto,
    /// More photos than eight.
    #[error("{0} photos")]
    TooManyPhotos(usize),
    /// None of the photos shows a face that can be used.
    #[error("no face")]
    NoFace,
    /// Nothing is described.
    #[error("empty prompt")]
    EmptyPrompt,
    /// The trigger word is not in the first 77 tokens of the prompt.
    #[error("the prompt has no trigger word within its first 77 tokens")]
    NoTrigger,
    /// The trigger word stands more than once.
    #[error("the prompt has the trigger word {0} times")]
    ManyTriggers(usize),
    /// The trigger word stands first, with no class word before it.
    #[error("no class word before the trigger word")]
    NoClassWord,
    /// The class word, once per photo, pushes the end of the prompt past 77 tokens.
    #[error("the prompt is too long for {0} photos")]
    NoRoom(usize),
    /// Width or height are no multiples of 8 or outside of 64 to 2048.
    #[error("size {width}x{height}")]
    Size {
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
    },
    /// A setting that no engine takes.
    #[error(transparent)]
    Setting(#[from] OutOfRange),
    /// No step, or more steps than the scheduler has.
    #[error("{0} steps")]
    Steps(usize),
    /// No picture or more than eight were asked for.
    #[error("{0} pictures")]
    Pictures(usize),
    /// This model needs face embeddings, and no face model is there.
    #[error("no face model")]
    NoFaceModel,
}

/// Names in an error before the rest is only counted.
const NAMED: usize = 8;

/// The first problems by name, and how many more there are.
fn listed(problems: &[Problem], language: Language) -> String {
    let mut named: Vec<String> = problems.iter().take(NAMED).map(|p| p.message(language)).collect();
    if problems.len() > NAMED {
        let rest = problems.len() - NAMED;
        named.push(language.pick(format!("그 밖에 {rest}개"), format!("{rest} more")));
    }
    named.join("; ")
}

impl Problem {
    /// The problem in a person's language.
    pub fn message(&self, language: Language) -> String {
        match self {
            Self::Missing(name) => format!("{} {name}", language.pick("없는 텐서:", "missing")),
            Self::Shape { name, found, wanted } => {
                format!("{} {name} {found:?} ≠ {wanted:?}", language.pick("모양이 다른 텐서:", "wrong shape"))
            }
            Self::Extra(name) => format!("{} {name}", language.pick("남는 텐서:", "unexpected")),
        }
    }
}

impl Error {
    /// The error in a person's language, and how to mend it.
    pub fn message(&self, language: Language) -> String {
        let (korean, english) = match self {
            Self::NotFound(path) => {
                let path = path.display();
                (
                    format!(
                        "{path}을(를) 찾을 수 없어요. 경로를 확인하거나 `drape model pull`로 모델을 받으세요."
                    ),
                    format!(
                        "{path} was not found. Check the path, or fetch the model with `drape model pull`."
                    ),
                )
            }
            Self::Unreadable { path, detail } => {
                let path = path.display();
                (format!("{path}을(를) 읽을 수 없어요: {detail}"), format!("{path} cannot be read: {detail}"))
            }
            Self::OtherModel { path, found } => {
                let path = path.display();
                (
                    format!(
                        "{path}은(는) SDXL 모델이 아니에요({found}). PhotoMaker에는 SDXL 모델이 필요해요."
                    ),
                    format!("{path} is not an SDXL model ({found}). PhotoMaker needs an SDXL model."),
                )
            }
            Self::Incomplete { path, missing } => incomplete(path, missing),
            Self::NoTokenizer(path) => no_tokenizer(path),
            Self::Malformed { path, detail } => malformed(path, detail),
            Self::Tensors { component, problems } => {
                let named = listed(problems, language);
                (
                    format!("{component}의 가중치가 모델과 맞지 않아요: {named}"),
                    format!("The weights of {component} do not fit the model: {named}"),
                )
            }
            Self::Unsupported { component, detail } => (
                format!("{component}의 이 설정은 지원하지 않아요: {detail}"),
                format!("{component} has a setting that is not supported: {detail}"),
            ),
            Self::Input(input) => return input.message(language),
            Self::Cancelled => ("취소됐어요.".to_owned(), "Cancelled.".to_owned()),
            Self::Memory { detail } => (
                format!("메모리가 부족해요: {detail}. 더 작은 크기(--size 768x768)나 retouch 엔진을 쓰세요."),
                format!(
                    "There is not enough memory: {detail}. Use a smaller size (--size 768x768) or the \
                     retouch engine."
                ),
            ),
            Self::Compute(detail) => {
                (format!("계산에 실패했어요: {detail}"), format!("The computation failed: {detail}"))
            }
        };
        language.pick(korean, english)
    }

    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::NotFound {
            return Self::NotFound(path.to_owned());
        }
        Self::Unreadable { path: path.to_owned(), detail: error.to_string() }
    }

    pub(crate) fn malformed(path: &Path, detail: impl Into<String>) -> Self {
        Self::Malformed { path: path.to_owned(), detail: detail.into() }
    }

    pub(crate) fn unsupported(component: &str, detail: impl Into<String>) -> Self {
        Self::Unsupported { component: component.to_owned(), detail: detail.into() }
    }
}

fn incomplete(path: &Path, missing: &[String]) -> (String, String) {
    let (path, missing) = (path.display(), missing.join(", "));
    (
        format!(
            "{path}의 모델이 완전하지 않아요. 없는 것: {missing}. 다시 받으세요(`drape model pull`은 멈춘 곳부터 \
             이어서 받아요)."
        ),
        format!(
            "The model in {path} is incomplete. Missing: {missing}. Fetch it again (`drape model pull` \
             continues where it stopped)."
        ),
    )
}

fn no_tokenizer(path: &Path) -> (String, String) {
    let path = path.display();
    (
        format!(
            "{path}에 토크나이저가 없어요. SDXL의 vocab.json과 merges.txt를 체크포인트 파일 옆의 `tokenizer` \
             폴더에 두세요."
        ),
        format!(
            "{path} comes without a tokenizer. Put SDXL's vocab.json and merges.txt into a folder \
             `tokenizer` beside the checkpoint file."
        ),
    )
}

fn malformed(path: &Path, detail: &str) -> (String, String) {
    let path = path.display();
    (
        format!(
            "{path}은(는) 쓸 수 있는 모델 파일이 아니에요: {detail}. `drape model verify`로 확인하고 다시 \
             받으세요."
        ),
        format!(
            "{path} is not a usable model file: {detail}. Check it with `drape model verify` and fetch it \
             again."
        ),
    )
}

impl Input {
    /// The problem, and how to mend it, in a person's language.
    pub fn message(&self, language: Language) -> String {
        let pick = |ko: String, en: String| language.pick(ko, en);
        match self {
            Self::NoPhoto => language
                .pick(
                    "사진이 없어요. 본인 사진을 한 장 이상 주세요.",
                    "There is no photo. Give one photo of yourself or more.",
                )
                .to_owned(),
            Self::TooManyPhotos(n) => pick(
                format!("사진이 {n}장이에요. 8장까지 쓸 수 있어요."),
                format!("{n} photos were given; at most 8 can be used."),
            ),
            Self::NoFace => language
                .pick(
                    "사진에서 얼굴을 찾지 못했어요. 얼굴이 잘 보이는 사진을 주세요.",
                    "No face was found in the photos. Give a photo in which the face is clearly seen.",
                )
                .to_owned(),
            Self::EmptyPrompt => {
                language.pick("무엇을 입을지 적어 주세요.", "Say what to wear.").to_owned()
            }
            Self::NoTrigger => language
                .pick(
                    "프롬프트의 처음 77토큰 안에 `img`가 없어요. `woman img`처럼 앞쪽에 두세요.",
                    "The first 77 tokens of the prompt do not hold `img`. Put it early, as in `woman img`.",
                )
                .to_owned(),
            Self::ManyTriggers(n) => pick(
                format!("프롬프트에 `img`가 {n}번 있어요. 한 번만 쓰세요."),
                format!("The prompt holds `img` {n} times. Use it once."),
            ),
            Self::NoClassWord => language
                .pick(
                    "`img` 앞에 사람을 뜻하는 낱말이 없어요. `woman img`처럼 쓰세요.",
                    "No word stands before `img`. Write it after a word for the person, as in `woman img`.",
                )
                .to_owned(),
            Self::NoRoom(n) => pick(
                format!("사진 {n}장을 쓰기에는 설명이 너무 길어요. 설명을 줄이거나 사진을 줄이세요."),
                format!("The description is too long for {n} photos. Shorten it or give fewer photos."),
            ),
            Self::Size { width, height } => pick(
                format!("크기 {width}x{height}은(는) 쓸 수 없어요. 64에서 2048 사이의 8의 배수로 적어 주세요(예: 832x1216)."),
                format!("The size {width}x{height} cannot be used. Width and height are multiples of 8 from \
                    64 to 2048 (832x1216, for example)."),
            ),
            Self::Steps(n) => pick(
                format!("이 스케줄러로는 {n}단계로 그릴 수 없어요(보통 20~50단계)."),
                format!("This scheduler cannot make a picture in {n} steps (20 to 50 are usual)."),
            ),
            Self::Setting(why) => why.message(language),
            Self::Pictures(n) => pick(
                format!("그림 {n}장은 만들 수 없어요. 1에서 8 사이로 적어 주세요."),
                format!("{n} pictures are not possible. Use 1 to 8."),
            ),
            Self::NoFaceModel => language
                .pick(
                    "PhotoMaker v2에는 얼굴 모델이 필요해요. 비상업용 라이선스에 동의하고 얼굴 모델 폴더를 --face-model로 주거나 PhotoMaker \
                        v1을 쓰세요.",
                    "PhotoMaker v2 needs a face model. Accept its non-commercial licence and give its folder \
                        with --face-model, or use PhotoMaker v1.",
                )
                .to_owned(),
        }
    }
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        let text = error.to_string();
        let text = text.lines().next().unwrap_or_default().to_owned();
        let lower = text.to_lowercase();
        if lower.contains("out of memory") || lower.contains("out_of_memory") {
            return Self::Memory { detail: text };
        }
        Self::Compute(text)
    }
}

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
