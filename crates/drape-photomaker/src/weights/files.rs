//! The files of a component, and the format of each.
//!
//! A folder of a diffusers model holds its weights as one file or as shards with an index, in one or several
//! variants (`fp16`), as safetensors or as pickles. Errors tell unfinished downloads from files that were
//! never there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::view::View;
use super::{pickle, safetensors};
use crate::error::{Error, Result};

/// Endings that downloaders give to files that are not finished.
const UNFINISHED: [&str; 6] = [".part", ".incomplete", ".aria2", ".crdownload", ".partial", ".tmp"];

/// Every tensor of a safetensors file or torch pickle, by name. The first bytes tell the format.
///
/// # Errors
/// Those of [`safetensors::read`] and [`pickle::read_pickle`]; [`Error::Incomplete`] for an empty file or a
/// git-LFS pointer in place of one.
pub fn read_tensors(path: &Path) -> Result<BTreeMap<String, View>> {
    match look(path)? {
        Format::Safetensors => safetensors::read(path),
        Format::Pickle => {
            let value = pickle::read_pickle(path)?;
            value.into_tensors().map_err(|detail| Error::malformed(path, detail))
        }
    }
}

/// The format of a file of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Safetensors,
    Pickle,
}

/// Tells formats apart by the first bytes, and refuses files that hold no weights.
pub(super) fn look(path: &Path) -> Result<Format> {
    let mut start = Vec::with_capacity(64);
    let file = File::open(path).map_err(|e| Error::unreadable(path, &e))?;
    file.take(64).read_to_end(&mut start).map_err(|e| Error::unreadable(path, &e))?;
    let incomplete =
        |missing: &str| Error::Incomplete { path: path.to_owned(), missing: vec![missing.into()] };
    if start.is_empty() {
        return Err(incomplete("all of it (the file is empty)"));
    }
    if start.starts_with(b"version https://git-lfs") {
        return Err(incomplete(
            "the file itself (this is a git-LFS pointer; `git lfs pull` fetches the file)",
        ));
    }
    let text = start.trim_ascii_start();
    if text.len() >= 5
        && (text[..5].eq_ignore_ascii_case(b"<html") || text[..5].eq_ignore_ascii_case(b"<!doc"))
    {
        return Err(Error::malformed(path, "this is a web page, not a model"));
    }
    // A bare pickle begins with opcode 0x80 and its protocol. The length before a safetensors header may
    // begin with the same byte, but `{` follows that length.
    let bare = start[0] == 0x80 && start.get(8) != Some(&b'{');
    let pickle = start.starts_with(b"PK") || bare;
    Ok(if pickle { Format::Pickle } else { Format::Safetensors })
}

/// The weights of the component in `folder`, from the files that begin with `stems`: of several variants
/// the wanted one, else the plain one, else `fp16`, else any.
///
/// # Errors
/// [`Error::Incomplete`] that names the missing parts.
pub(super) fn component(
    folder: &Path,
    stems: &[&str],
    variant: Option<&str>,
) -> Result<BTreeMap<String, View>> {
    let names = names(folder)?;
    let Some(choice) = stems.iter().find_map(|s| choose(&names, s, variant)) else {
        return Err(Error::Incomplete { path: folder.to_owned(), missing: vec![absent(&names, stems)] });
    };
    match choice {
        Choice::Whole(name) => read_tensors(&folder.join(name)),
        Choice::Shards(index) => shards(folder, &names, &index),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Choice {
    Whole(String),
    /// The name of the index.
    Shards(String),
}

fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::unreadable(folder, &e))?;
    let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
    Ok(names.collect())
}

fn choose(names: &BTreeSet<String>, stem: &str, wanted: Option<&str>) -> Option<Choice> {
    let mut variants: Vec<String> = wanted.map(str::to_owned).into_iter().collect();
    variants.extend(["".into(), "fp16".into()]);
    variants.extend(names.iter().filter_map(|n| variant_of(n, stem)));
    let both =
        |v: &String| ["safetensors", "bin"].into_iter().find_map(|ending| find(names, stem, v, ending));
    // A variant that was asked for is taken even as a pickle; otherwise safetensors of any variant come
    // first.
    if let Some(choice) = wanted.and_then(|_| both(&variants[0])) {
        return Some(choice);
    }
    ["safetensors", "bin"].into_iter().find_map(|e| variants.iter().find_map(|v| find(names, stem, v, e)))
}

fn find(names: &BTreeSet<String>, stem: &str, variant: &str, ending: &str) -> Option<Choice> {
    let dotted = if variant.is_empty() { String::new() } else { format!(".{variant}") };
    let whole = format!("{stem}{dotted}.{ending}");
    if names.contains(&whole) {
        return Some(Choice::Whole(whole));
    }
    let indexes =
        [format!("{stem}.{ending}.index{dotted}.json"), format!("{stem}{dotted}.{ending}.index.json")];
    indexes.into_iter().find(|i| names.contains(i)).map(Choice::Shards)
}

/// `fp16` of `model.fp16.safetensors`.
fn variant_of(name: &str, stem: &str) -> Option<String> {
    let rest = name.strip_prefix(stem)?.strip_prefix('.')?;
    let variant = rest.strip_suffix(".safetensors").or_else(|| rest.strip_suffix(".bin"))?;
    (!variant.contains('.')).then(|| variant.to_owned())
}

fn shards(folder: &Path, names: &BTreeSet<String>, index: &str) -> Result<BTreeMap<String, View>> {
    let path = folder.join(index);
    let json = json(&path)?;
    let places = json.get("weight_map").and_then(Json::as_object);
    let places = places.ok_or_else(|| Error::malformed(&path, "no `weight_map`"))?;
    let mut files = BTreeSet::new();
    for file in places.values() {
        // A shard lies beside its index, so a name with a folder in it is malformed.
        let name = file.as_str().filter(|n| Path::new(n).file_name().is_some_and(|f| f == *n));
        files.insert(name.ok_or_else(|| Error::malformed(&path, format!("{file} is no file name")))?);
    }
    let missing: Vec<String> =
        files.iter().filter(|f| !names.contains(**f)).map(|f| describe(names, f)).collect();
    if !missing.is_empty() {
        return Err(Error::Incomplete { path: folder.to_owned(), missing });
    }
    let mut all = BTreeMap::new();
    for file in files {
        all.extend(read_tensors(&folder.join(file))?);
    }
    let lacking: Vec<String> = places.keys().filter(|k| !all.contains_key(*k)).cloned().collect();
    if lacking.is_empty() {
        Ok(all)
    } else {
        Err(Error::Incomplete { path: folder.to_owned(), missing: lacking })
    }
}

/// The missing part of a component of which no file can be read.
fn absent(names: &BTreeSet<String>, stems: &[&str]) -> String {
    let begun = |n: &&String| stems.iter().any(|s| n.starts_with(s));
    let shard = names.iter().filter(begun).find(|n| n.contains("-of-") && unfinished(n).is_none());
    match shard {
        Some(shard) => format!("the index beside {shard}"),
        None => describe(names, &format!("{}.safetensors", stems[0])),
    }
}

/// Names the missing file, and the remainder of its unfinished download.
fn describe(names: &BTreeSet<String>, file: &str) -> String {
    let left = names.iter().find(|n| unfinished(n).is_some_and(|whole| whole == file));
    let left = left.or_else(|| names.iter().find(|n| unfinished(n).is_some()));
    match left {
        Some(left) => format!("{file} (its download did not finish: {left})"),
        None => file.to_owned(),
    }
}

/// The name that an unfinished download would have when finished.
pub(super) fn unfinished(name: &str) -> Option<&str> {
    UNFINISHED.iter().find_map(|e| name.strip_suffix(e))
}

/// A JSON file.
pub(super) fn json(path: &Path) -> Result<Json> {
    let bytes = std::fs::read(path).map_err(|e| Error::unreadable(path, &e))?;
    if bytes.trim_ascii().is_empty() {
        return Err(Error::Incomplete {
            path: path.to_owned(),
            missing: vec!["all of it (the file is empty)".into()],
        });
    }
    serde_json::from_slice(&bytes).map_err(|e| Error::malformed(path, format!("no JSON: {e}")))
}

/// The folder, if it holds a vocabulary.
pub(super) fn vocabulary(folder: &Path) -> Option<PathBuf> {
    ["vocab.json", "merges.txt"].iter().all(|f| folder.join(f).is_file()).then(|| folder.to_owned())
}

/// Turns an error about missing files into a default value and adds them to `missing`, so that all of them
/// are named at once; other errors stay errors.
pub(super) fn or_missing<T: Default>(read: Result<T>, root: &Path, missing: &mut Vec<String>) -> Result<T> {
    match read {
        Err(Error::Incomplete { path, missing: parts }) => {
            let place = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            if path.is_dir() {
                missing.extend(parts.into_iter().map(|p| format!("{place}/{p}")));
            } else {
                missing.push(format!("{place}: {}", parts.join(", ")));
            }
            Ok(T::default())
        }
        // A dangling link, as in a cache whose files were deleted.
        Err(Error::NotFound(path)) => {
            missing.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
            Ok(T::default())
        }
        other => other,
    }
}

/// Whether a file is there and not empty.
pub(super) fn filled(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() > 0)
}
