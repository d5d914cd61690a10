//! Free space on the disk.

use std::path::Path;

/// Bytes that may still be written in this directory's file system; `None` if the system does not tell.
#[cfg(unix)]
pub(crate) fn free(directory: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(directory).ok()?;
    about.f_bavail.checked_mul(about.f_frsize)
}

/// `None`: not implemented for this system.
#[cfg(not(unix))]
pub(crate) fn free(_: &Path) -> Option<u64> {
    None
}
