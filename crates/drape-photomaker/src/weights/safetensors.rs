//! Safetensors files, mapped.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ::safetensors::{Dtype, SafeTensors};
use memmap2::Mmap;

use super::view::{Kind, View};
use crate::error::{Error, Result};

/// Every tensor of a safetensors file, by name. Narrow whole numbers and truth values are left out.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unreadable`], [`Error::Incomplete`] when the file is shorter than its
/// header says, [`Error::Unsupported`] for types such as float8, [`Error::Malformed`] otherwise.
pub fn read(path: &Path) -> Result<BTreeMap<String, View>> {
    let map = map(path)?;
    let (header, metadata) = header(path, &map)?;
    let start = header + 8;
    let mut views = BTreeMap::new();
    for (name, info) in metadata.tensors() {
        let kind = match info.dtype {
            Dtype::F32 => Kind::F32,
            Dtype::F16 => Kind::F16,
            Dtype::BF16 => Kind::Bf16,
            Dtype::I64 => Kind::I64,
            // Training leaves counters and flags behind, which are no weights.
            Dtype::BOOL | Dtype::U8 | Dtype::I8 | Dtype::I16 | Dtype::U16 | Dtype::I32 | Dtype::U32 => {
                continue;
            }
            other => {
                let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                return Err(Error::unsupported(&file, format!("{name} is of type {other:?}")));
            }
        };
        let bytes = start + info.data_offsets.0..start + info.data_offsets.1;
        let Some(view) = View::mapped(&map, bytes, kind, info.shape.clone()) else {
            return Err(Error::malformed(path, format!("{name} has other bytes than its shape")));
        };
        views.insert(name, view);
    }
    Ok(views)
}

/// The `__metadata__` of a safetensors file; empty when there is none.
///
/// # Errors
/// As [`read`].
pub fn read_metadata(path: &Path) -> Result<BTreeMap<String, String>> {
    let map = map(path)?;
    let (_, metadata) = header(path, &map)?;
    Ok(metadata.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn header(path: &Path, map: &Mmap) -> Result<(usize, ::safetensors::tensor::Metadata)> {
    SafeTensors::read_metadata(map).map_err(|e| match cut(map) {
        Some(missing) => Error::Incomplete { path: path.to_owned(), missing: vec![missing] },
        None => Error::malformed(path, format!("no safetensors file: {e}")),
    })
}

/// How much of a truncated file is missing, as far as the remainder of its header tells.
fn cut(bytes: &[u8]) -> Option<String> {
    let has = bytes.len();
    let length: [u8; 8] = bytes.get(..8)?.try_into().ok()?;
    let body = usize::try_from(u64::from_le_bytes(length)).ok()?.checked_add(8)?;
    let Some(text) = bytes.get(8..body) else {
        // A header opens with `{` and names its first tensor; the length before it could be anything.
        return bytes[8..].starts_with(b"{\"").then(|| format!("all but {has} bytes"));
    };
    let names: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(text).ok()?;
    let ends = names.values().filter_map(|v| v.get("data_offsets")?.get(1)?.as_u64());
    let wants = usize::try_from(ends.max()?).ok()?.checked_add(body)?;
    (wants > has).then(|| format!("{} of {wants} bytes", wants - has))
}

/// Maps a file into memory.
pub(super) fn map(path: &Path) -> Result<Arc<Mmap>> {
    let file = File::open(path).map_err(|e| Error::unreadable(path, &e))?;
    #[expect(unsafe_code, reason = "mapping weights instead of reading gigabytes")]
    // SAFETY: the file is only read. If another program truncated it meanwhile, reading would end this
    // process by a signal; but model files are written under another name and renamed, never changed.
    let map = unsafe { Mmap::map(&file) }.map_err(|e| Error::unreadable(path, &e))?;
    Ok(Arc::new(map))
}
