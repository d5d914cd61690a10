//! Files from a directory instead of the network: laid out like the hub, or like a models directory that
//! was filled elsewhere.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::PullError;
use crate::journal;
use crate::record::Record;
use crate::registry::File;

/// The path of a file in the offline directory, and the SHA-256 in the record there.
pub(crate) fn find(offline: &Path, model: &str, file: &File) -> Result<(PathBuf, Option<String>), PullError> {
    let hub = offline.join(file.address());
    if hub.is_file() {
        return Ok((hub, None));
    }
    let kept = offline.join(model).join(&file.path);
    if kept.is_file() {
        let record = Record::load(&offline.join(model));
        return Ok((kept, record.of(file).map(|e| e.sha256.clone())));
    }
    Err(PullError::NotOffline(hub))
}

/// Copies a file to `target.part`. `on` gets the number of bytes copied so far, and stops the work by
/// answering false.
pub(crate) fn copy(from: &Path, target: &Path, on: &dyn Fn(u64) -> bool) -> Result<(), PullError> {
    journal::discard(target).map_err(PullError::io(target))?;
    let part = journal::beside(target, journal::PART);
    let mut source = fs::File::open(from).map_err(PullError::io(from))?;
    let mut copy = fs::File::create(&part).map_err(PullError::io(&part))?;
    let mut copied = 0;
    loop {
        let mut step = io::Read::take(&mut source, 8 << 20);
        match io::copy(&mut step, &mut copy).map_err(PullError::io(&part))? {
            0 => break,
            n => copied += n,
        }
        if !on(copied) {
            return Err(PullError::io(&part)(io::ErrorKind::Interrupted.into()));
        }
    }
    copy.sync_all().map_err(PullError::io(&part))
}
