//! How much room there is on the disk.

use std::path::Path;

/// Bytes that may still be written in this directory's file system; nothing where that cannot be told.
#[cfg(unix)]
pub(crate) fn free(directory: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(directory).ok()?;
    about.f_bavail.checked_mul(about.f_frsize)
}

/// Bytes that may still be written; nothing where that cannot be told.
#[cfg(not(unix))]
pub(crate) fn free(_: &Path) -> Option<u64> {
    None
}
