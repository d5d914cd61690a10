//! Reads photos and writes results, so that no file is ever half written or lost.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use drape_core::language::Language;
use drape_core::photo::{Format, MAX_BYTES, Photo, PhotoError};

use crate::failure::Failure;

/// Reads and decodes a photo.
pub(crate) fn photo(path: &Path, language: Language) -> Result<Photo, Failure> {
    decoded(path, &bytes(path, language)?, language)
}

/// The bytes of a photo that can be decoded.
pub(crate) fn photo_bytes(path: &Path, language: Language) -> Result<Vec<u8>, Failure> {
    let bytes = bytes(path, language)?;
    decoded(path, &bytes, language)?;
    Ok(bytes)
}

fn told(path: &Path, error: &PhotoError, language: Language) -> Failure {
    Failure::input(format!("{}: {}", path.display(), error.message(language)))
}

fn decoded(path: &Path, bytes: &[u8], language: Language) -> Result<Photo, Failure> {
    Photo::decode(bytes).map_err(|e| told(path, &e, language))
}

fn bytes(path: &Path, language: Language) -> Result<Vec<u8>, Failure> {
    let name = path.display();
    let cannot_read =
        |e: &std::io::Error| {
            let why = reason(e, language);
            Failure::input(language.pick(
                format!("{name}: 파일을 읽을 수 없어요. {why}"),
                format!("{name}: cannot be read. {why}"),
            ))
        };
    let file = std::fs::File::open(path).map_err(|e| cannot_read(&e))?;
    let about = file.metadata().map_err(|e| cannot_read(&e))?;
    if about.is_dir() {
        return Err(Failure::input(language.pick(
            format!("{name}: 폴더예요. 사진 파일을 골라 주세요."),
            format!("{name} is a folder. Name a photo file."),
        )));
    }
    if about.len() > MAX_BYTES as u64 {
        return Err(told(path, &PhotoError::TooManyBytes { bytes: about.len() }, language));
    }
    // A pipe has no known length, so never read more than the limit.
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|e| cannot_read(&e))?;
    Ok(bytes)
}

/// Common causes in plain words; the system's own message for the rest.
fn reason(error: &std::io::Error, language: Language) -> String {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::NotFound => language.pick(
            "그런 파일이나 폴더가 없어요. 경로를 확인해 주세요.",
            "There is no such file or folder. Check the path.",
        ),
        K::PermissionDenied => language
            .pick("권한이 없어요. 다른 위치를 골라 주세요.", "Permission is denied. Choose another place."),
        K::StorageFull => {
            language.pick("디스크가 가득 찼어요. 공간을 비워 주세요.", "The disk is full. Make room.")
        }
        K::ReadOnlyFilesystem => language.pick(
            "읽기 전용 디스크예요. 다른 위치를 골라 주세요.",
            "The disk is read-only. Choose another place.",
        ),
        K::IsADirectory => language.pick("폴더예요.", "It is a folder."),
        K::NotADirectory => {
            language.pick("경로 중간에 폴더가 아닌 것이 있어요.", "A part of the path is not a folder.")
        }
        _ => return format!("({error})"),
    }
    .to_owned()
}

/// A file to write. It is checked before the work begins, written beside its place, and then moved there, so
/// that an existing file stays whole until the new one is complete.
pub(crate) struct Target {
    path: PathBuf,
    language: Language,
}

impl Target {
    /// Checks that the file can be written and is not one of the inputs.
    pub(crate) fn check(path: &Path, inputs: &[&Path], language: Language) -> Result<Self, Failure> {
        let target = Self { path: path.to_owned(), language };
        if path.is_dir() || path.file_name().is_none() {
            return Err(target.failure(
                language.pick("폴더예요. 파일 이름을 적어 주세요.", "It is a folder. Name a file."),
            ));
        }
        if let Ok(existing) = path.canonicalize()
            && inputs.iter().any(|i| i.canonicalize().is_ok_and(|i| i == existing))
        {
            return Err(target.failure(language.pick(
                "원본 사진을 덮어쓰게 돼요. 다른 이름을 적어 주세요.",
                "This would overwrite the photo itself. Choose another name.",
            )));
        }
        let probe = target.beside();
        std::fs::File::create(&probe).map_err(|e| target.failure(&reason(&e, language)))?;
        // This is only a probe; failing to remove it does no harm.
        let _ = std::fs::remove_file(&probe);
        Ok(target)
    }

    fn beside(&self) -> PathBuf {
        let mut name = std::ffi::OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(format!(".{}.part", std::process::id()));
        self.path.with_file_name(name)
    }

    fn failure(&self, why: &str) -> Failure {
        let name = self.path.display();
        Failure::input(
            self.language.pick(
                format!("{name}: 파일을 쓸 수 없어요. {why}"),
                format!("{name}: cannot be written. {why}"),
            ),
        )
    }

    /// Writes the whole file or nothing.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let part = self.beside();
        let written = std::fs::File::create(&part)
            .and_then(|mut f| f.write_all(bytes))
            .and_then(|()| std::fs::rename(&part, &self.path));
        written.map_err(|e| {
            let _ = std::fs::remove_file(&part);
            self.failure(&reason(&e, self.language))
        })
    }
}

/// The picture format that a file name asks for.
pub(crate) fn format(path: &Path, language: Language) -> Result<Format, Failure> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    Format::of_extension(extension).ok_or_else(|| {
        let name = path.display();
        Failure::input(language.pick(
            format!("{name}: 파일 이름은 .png, .jpg, .webp 중 하나로 끝나야 해요."),
            format!("{name}: the name has to end in .png, .jpg or .webp."),
        ))
    })
}
