//! Files of `torch.save`, read without running anything.
//!
//! The file is a zip archive: a pickled program (`data.pkl`) and the bytes of the tensors. The program is run
//! by a machine that knows only dictionaries of tensors; the tensors are used in place.
//!
//! Source: torch's `serialization.py`.

use std::path::Path;

use super::archive::{self, Broken};
use super::machine::Machine;
use super::storage::Archive;
use super::value::Value;
use crate::error::{Error, Result};

/// Longest program: a model's takes about a hundred bytes per tensor, so it is far shorter.
const PROGRAM: usize = 16 << 20;

/// Reads a file that `torch.save` wrote (torch 1.6 or later: `photomaker-v1.bin`, `.pt`, `.ckpt`).
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unreadable`]; [`Error::Incomplete`] when its end is missing;
/// [`Error::Malformed`] with the place for everything that is not the data of tensors.
pub fn read_pickle(path: &Path) -> Result<Value> {
    let map = super::safetensors::map(path)?;
    let malformed = |detail: String| Error::malformed(path, detail);
    if !map.starts_with(b"PK") {
        return Err(malformed(not_a_zip(&map).to_owned()));
    }
    let entries = archive::entries(&map).map_err(|broken| match broken {
        Broken::Cut => {
            Error::Incomplete { path: path.to_owned(), missing: vec!["the end of the file".to_owned()] }
        }
        Broken::Other(detail) => malformed(detail),
    })?;
    let mut archive = Archive::new(&map, entries).map_err(malformed)?;
    let program = archive.program().map_err(malformed)?;
    if program.len() > PROGRAM {
        return Err(malformed(format!("its data.pkl of {} bytes is too long", program.len())));
    }
    let program = map.get(program).unwrap_or_default();
    Machine::new(program, &mut archive).run().map_err(malformed)
}

fn not_a_zip(bytes: &[u8]) -> &'static str {
    // torch before 1.6 wrote its magic number as the first object of a bare pickle.
    const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
    match bytes.get(4..14) {
        Some(start) if start == MAGIC && bytes[0] == 0x80 => {
            "a file of torch before 1.6, which is not read; load it in Python and save it again with \
                torch.save"
        }
        _ if bytes.first() == Some(&0x80) => "a bare pickle, not a file of torch.save",
        _ => "no file of torch.save",
    }
}
