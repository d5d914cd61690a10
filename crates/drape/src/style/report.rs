//! The file of `drape style --json`: the report of the first look with its files, and the reports of all
//! looks if there are several.

use std::path::{Path, PathBuf};

use drape_core::engine::Drawn;
use drape_core::photo::Photo;
use drape_core::report::Report;
use drape_core::sentence::Sentence;
use serde::Serialize;

use crate::failure::Failure;

/// The request at the terminal.
pub(super) struct Asked<'a> {
    pub(super) sentence: &'a Sentence,
    pub(super) photos: &'a [&'a Path],
    /// The photos, encoded.
    pub(super) bytes: &'a [Vec<u8>],
    /// Paths of the pictures.
    pub(super) paths: &'a [PathBuf],
}

#[derive(Serialize)]
struct Answer<'a> {
    sentence: &'a str,
    photo: PhotoUsed<'a>,
    photo_files: &'a [&'a Path],
    #[serde(flatten)]
    first: Variation<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    variations: Vec<Variation<'a>>,
}

/// The photo that was changed, or the first of those that the engine learned from.
#[derive(Serialize)]
struct PhotoUsed<'a> {
    file: &'a Path,
    width: u32,
    height: u32,
}

#[derive(Serialize)]
struct Variation<'a> {
    file: &'a Path,
    #[serde(flatten)]
    report: &'a Report,
}

/// The report as indented JSON, with a line end.
pub(super) fn json(asked: &Asked<'_>, drawn: &[Drawn]) -> Result<String, Failure> {
    let variations: Vec<Variation<'_>> =
        asked.paths.iter().zip(drawn).map(|(file, look)| Variation { file, report: &look.report }).collect();
    let no_look = || Failure::internal("the engine made no look");
    let (file, first) = asked.paths.first().zip(drawn.first()).ok_or_else(no_look)?;
    let photo = Photo::decode(&asked.bytes[first.photo]).map_err(|e| Failure::internal(e.to_string()))?;
    let (width, height) = photo.pixels.dimensions();
    let answer = Answer {
        sentence: asked.sentence.as_str(),
        photo: PhotoUsed { file: asked.photos[first.photo], width, height },
        photo_files: asked.photos,
        first: Variation { file, report: &first.report },
        variations: if variations.len() > 1 { variations } else { Vec::new() },
    };
    let text = serde_json::to_string_pretty(&answer);
    text.map(|text| text + "\n").map_err(|e| Failure::internal(format!("report: {e}")))
}
