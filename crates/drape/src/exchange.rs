//! Where photos and looks lie on their way to and from an endpoint.

use std::path::Path;
use std::sync::Arc;

use drape_core::language::Language;
use drape_remote::sagemaker::Exchange;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::Failure;

/// The object store that a setting names, of which keys below `prefix` are used.
pub(crate) fn open(flag: &str, place: &str, prefix: &str, language: Language) -> Result<Exchange, Failure> {
    let (store, base) = store(flag, place, language)?;
    Exchange::new(store, &base, prefix)
        .map_err(|e| Failure::input(format!("{prefix}: {}", e.message(language))))
}

/// A store, and what its objects are called by others: a folder stands for the bucket of its name.
fn store(flag: &str, place: &str, language: Language) -> Result<(Arc<dyn ObjectStore>, String), Failure> {
    let refuse = |why: String| {
        Failure::input(language.pick(
            format!("{flag} {place}: 쓸 수 없습니다. ({why}) 있는 폴더를 적어 주세요."),
            format!("{flag} {place}: cannot be used ({why}). Name a folder that is there."),
        ))
    };
    let folder = Path::new(place).canonicalize().map_err(|e| refuse(e.to_string()))?;
    let store = LocalFileSystem::new_with_prefix(&folder).map_err(|e| refuse(e.to_string()))?;
    let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((Arc::new(store), format!("s3://{name}")))
}
