//! Checksums of files, streamed: SHA-256 for everything, and Git's blob SHA-1, by which the hub names small
//! files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Size and checksums of a file.
pub(crate) struct Sums {
    pub(crate) size: u64,
    pub(crate) sha256: String,
    /// SHA-1 of `blob SIZE\0` and the bytes.
    pub(crate) blob: String,
    /// SHA-1 of the bytes.
    pub(crate) sha1: String,
}

/// Reads a file once. `on` gets the number of bytes read so far, and stops the work by answering false.
pub(crate) fn file(path: &Path, on: &dyn Fn(u64) -> bool) -> io::Result<Sums> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut sha256 = Sha256::new();
    let (mut blob, mut sha1) = (Sha1::new(), Sha1::new());
    blob.update(format!("blob {size}\0"));
    // Git's blob SHA-1 is needed for small files only.
    let small = size <= 64 << 20;
    let mut buffer = vec![0; 1 << 20];
    let mut read = 0;
    loop {
        let n = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        sha256.update(&buffer[..n]);
        if small {
            blob.update(&buffer[..n]);
            sha1.update(&buffer[..n]);
        }
        read += n as u64;
        if !on(read) {
            return Err(io::Error::from(io::ErrorKind::Interrupted));
        }
    }
    let (blob, sha1) =
        if small { (hex(&blob.finalize()), hex(&sha1.finalize())) } else { (String::new(), String::new()) };
    Ok(Sums { size: read, sha256: hex(&sha256.finalize()), blob, sha1 })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use std::fmt::Write as _;
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
