//! The directory of a zip file: where the bytes of each entry lie.
//!
//! torch writes its files as zip archives without compression, so that tensors can be used where they are.
//! Only the places are needed here. Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and
//! 4.3.14 to 4.3.16 (zip64).

use std::collections::BTreeMap;
use std::ops::Range;

/// An entry of the archive.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Where its bytes are; always within the file.
    pub(super) bytes: Range<usize>,
    /// Whether they are neither compressed nor encrypted.
    pub(super) plain: bool,
}

/// Why the directory cannot be read.
#[derive(Debug)]
pub(super) enum Broken {
    /// The end of the file is missing.
    Cut,
    /// Something else; in words.
    Other(String),
}

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";

/// Every entry by name.
pub(super) fn entries(file: &[u8]) -> Result<BTreeMap<String, Entry>, Broken> {
    // The end record is followed by a comment of 65,535 bytes at most.
    let last = file.len().checked_sub(22).ok_or(Broken::Cut)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    let end = (first..=last).rev().find(|at| file[*at..].starts_with(&END)).ok_or(Broken::Cut)?;
    let (count, start) =
        directory(file, end).ok_or_else(|| Broken::Other("the zip's end is damaged".into()))?;
    let mut found = BTreeMap::new();
    let mut at = start;
    for n in 0..count {
        let (name, entry, next) = entry(file, at)
            .ok_or_else(|| Broken::Other(format!("entry {n} of the zip's directory lies outside of it")))?;
        found.insert(name, entry);
        at = next;
    }
    Ok(found)
}

/// The number of entries, and the offset of the first entry's record.
fn directory(file: &[u8], end: usize) -> Option<(u64, usize)> {
    let (count, start) = (u16_at(file, end + 10)?, u32_at(file, end + 16)?);
    if count != u16::MAX && start != u32::MAX {
        return Some((count.into(), usize::try_from(start).ok()?));
    }
    let locator = end.checked_sub(20)?;
    if !file[locator..].starts_with(&LOCATOR_64) {
        return Some((count.into(), usize::try_from(start).ok()?));
    }
    let end = usize::try_from(u64_at(file, locator + 8)?).ok()?;
    if !file.get(end..)?.starts_with(&END_64) {
        return None;
    }
    Some((u64_at(file, end.checked_add(32)?)?, usize::try_from(u64_at(file, end.checked_add(48)?)?).ok()?))
}

/// The entry whose record is at `at`, and the offset of the next record.
fn entry(file: &[u8], at: usize) -> Option<(String, Entry, usize)> {
    if !file.get(at..)?.starts_with(&CENTRAL) {
        return None;
    }
    let (flags, method) = (u16_at(file, at + 8)?, u16_at(file, at + 10)?);
    let mut stored = u64::from(u32_at(file, at + 20)?);
    let mut plain = u64::from(u32_at(file, at + 24)?);
    let [name_len, extra_len, comment_len] = [28, 30, 32].map(|o| u16_at(file, at + o));
    let (name_len, extra_len) = (usize::from(name_len?), usize::from(extra_len?));
    let mut local = u64::from(u32_at(file, at + 42)?);
    let name = file.get(at + 46..at + 46 + name_len)?;
    let extra = file.get(at + 46 + name_len..at + 46 + name_len + extra_len)?;
    // The zip64 field holds the values that do not fit 32 bits, in this order.
    if let Some(mut wide) = field(extra, 1) {
        for value in [&mut plain, &mut stored, &mut local] {
            if *value == u64::from(u32::MAX) {
                *value = u64_at(wide, 0)?;
                wide = &wide[8..];
            }
        }
    }
    let local = usize::try_from(local).ok()?;
    if !file.get(local..)?.starts_with(&LOCAL) {
        return None;
    }
    let before = 30 + usize::from(u16_at(file, local + 26)?) + usize::from(u16_at(file, local + 28)?);
    let start = local.checked_add(before)?;
    let bytes = start..start.checked_add(usize::try_from(stored).ok()?)?;
    file.get(bytes.clone())?;
    let plain = method == 0 && flags & 1 == 0 && stored == plain;
    let next = at + 46 + name_len + extra_len + usize::from(comment_len?);
    Some((String::from_utf8_lossy(name).into_owned(), Entry { bytes, plain }, next))
}

/// The extra field of this kind.
fn field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (kind, size) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let value = extra.get(4..4 + size)?;
        if kind == wanted {
            return Some(value);
        }
        extra = &extra[4 + size..];
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
