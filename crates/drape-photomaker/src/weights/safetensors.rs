//! Safetensors files, mapped.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ::safetensors::{Dtype, SafeTensors};
use memmap2::Mmap;

use super::{Kind, View};
use crate::error::{Error, Result};

/// Every tensor of a safetensors file, by name.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unreadable`], [`Error::Incomplete`] when the file is shorter than its
/// header says, [`Error::Malformed`] otherwise.
pub fn read(path: &Path) -> Result<BTreeMap<String, View>> {
    let map = map(path)?;
    let (header, metadata) =
        SafeTensors::read_metadata(&map).map_err(|e| Error::malformed(path, e.to_string()))?;
    let start = header + 8;
    let mut views = BTreeMap::new();
    for (name, info) in metadata.tensors() {
        let kind = match info.dtype {
            Dtype::F32 => Kind::F32,
            Dtype::F16 => Kind::F16,
            Dtype::BF16 => Kind::Bf16,
            Dtype::I64 => Kind::I64,
            other => return Err(Error::malformed(path, format!("{name} is of type {other:?}"))),
        };
        let bytes = start + info.data_offsets.0..start + info.data_offsets.1;
        if bytes.end > map.len() {
            return Err(Error::Incomplete { path: path.to_owned(), missing: vec![name.clone()] });
        }
        let Some(view) = View::mapped(&map, bytes, kind, info.shape.clone()) else {
            return Err(Error::malformed(path, format!("{name} has other bytes than its shape")));
        };
        views.insert(name, view);
    }
    Ok(views)
}

/// Maps a file into memory.
pub(super) fn map(path: &Path) -> Result<Arc<Mmap>> {
    let file = File::open(path).map_err(|e| Error::unreadable(path, &e))?;
    #[expect(unsafe_code, reason = "mapping weights instead of reading gigabytes")]
    // SAFETY: the file is only read. Were another program to cut it short meanwhile, reading would end
    // this process by a signal; model files are written beside their place and renamed, never changed.
    let map = unsafe { Mmap::map(&file) }.map_err(|e| Error::unreadable(path, &e))?;
    Ok(Arc::new(map))
}
