//! The object store for photos and looks on their way to and from an endpoint, from settings.

use drape_core::language::Language;
use drape_remote::sagemaker::PrefixedStore;
use drape_store::{Blobs, Bucket, S3Options, StoreError};

use crate::failure::Failure;
use crate::parts::Part;

/// The object store that the setting `flag` names; only keys below `prefix` are used. A folder stands for the
/// bucket of its name, and must exist.
pub(crate) async fn open(
    flag: &str,
    place: &Blobs,
    options: &S3Options,
    prefix: &str,
    language: Language,
) -> Result<PrefixedStore, Failure> {
    let refuse = |why: &dyn std::fmt::Display| {
        Failure::input(language.pick(
            format!("{flag} {place}: 쓸 수 없어요. ({why}) 이미 있는 폴더나 s3://버킷/접두어를 적어 주세요."),
            format!(
                "{flag} {place}: cannot be used ({why}). Name an existing folder, or s3://BUCKET/PREFIX."
            ),
        ))
    };
    let (place, base) = match place {
        Blobs::Folder(folder) => {
            let folder = folder.canonicalize().map_err(|e| refuse(&e))?;
            let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            (Blobs::Folder(folder), format!("s3://{name}"))
        }
        s3 @ Blobs::S3 { .. } => (s3.clone(), s3.to_string()),
    };
    let bucket = Bucket::open(&place, options).await.map_err(|e| match e {
        StoreError::NotBuilt(_) => Part::Cloud.absent(flag, language),
        e => refuse(&e),
    })?;
    PrefixedStore::new(bucket.objects(), &base, prefix)
        .map_err(|e| Failure::input(format!("{prefix}: {}", e.message(language))))
}
