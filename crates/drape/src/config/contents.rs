//! Values in separate files, as containers receive secrets.

use std::path::Path;

use drape_core::language::Language;

use crate::failure::Failure;

/// The value of a variable that is not a flag, or of the file that `NAME_FILE` names.
pub(crate) fn variable(name: &str, language: Language) -> Result<Option<String>, Failure> {
    match from_file(name, language)? {
        Some(value) => Ok(Some(value)),
        None => Ok(std::env::var(name).ok()),
    }
}

/// The trimmed contents of the file that `NAME_FILE` names, as containers receive secrets.
pub(super) fn from_file(name: &str, language: Language) -> Result<Option<String>, Failure> {
    let variable = format!("{name}_FILE");
    let Some(path) = std::env::var_os(&variable) else { return Ok(None) };
    if std::env::var_os(name).is_some() {
        return Err(Failure::input(language.pick(
            format!("{name}과 {variable}이 둘 다 있어요. 하나만 남겨 주세요."),
            format!("{name} and {variable} are both set. Keep only one of them."),
        )));
    }
    contents(Path::new(&path), &variable, language).map(Some)
}

/// The contents of a file that holds one value.
pub(super) fn contents(path: &Path, named_by: &str, language: Language) -> Result<String, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| {
        Failure::input(language.pick(
            format!("{named_by}: {shown} 파일을 읽을 수 없어요. ({e})"),
            format!("{named_by}: {shown} cannot be read ({e})."),
        ))
    })?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::input(language.pick(
            format!("{named_by}: {shown} 파일이 비어 있어요."),
            format!("{named_by}: {shown} is empty."),
        )));
    }
    Ok(text.to_owned())
}
