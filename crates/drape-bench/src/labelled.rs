//! Labelled photos: the folder on which parser and retouch are measured, and the reading of it.

use std::path::{Path, PathBuf};

use drape_core::photo::Photo;
use drape_retouch::Label;
use image::GrayImage;

/// A folder with `photos/*.jpg`, `labels/*.png` (8-bit, raw ids) and `classes.json`.
#[derive(clap::Args)]
pub(crate) struct Data {
    /// The folder
    pub(crate) data: PathBuf,
    /// Only photos whose number ends in this digit; 7 are the ones the parser never saw
    #[arg(long, default_value = "7")]
    pub(crate) ending: String,
    /// Only the first N of them
    #[arg(long)]
    pub(crate) first: Option<usize>,
}

/// A photo with its true labels (product class ids).
pub(crate) struct Labelled {
    pub(crate) name: String,
    pub(crate) photo: Photo,
    pub(crate) truth: GrayImage,
}

/// The names of the photos that a bench uses, sorted.
pub(crate) fn names(data: &Data) -> Result<Vec<String>, String> {
    let folder = data.data.join("photos");
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|e| e.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .filter(|n| n.ends_with(&data.ending))
        .collect();
    names.sort();
    names.truncate(data.first.unwrap_or(usize::MAX));
    if names.is_empty() { Err(format!("{}: no photos", folder.display())) } else { Ok(names) }
}

/// Maps the raw ids of `labels/*.png` to product classes: `ccp_id_to_class` of `classes.json`, or the
/// identity without that file.
pub(crate) fn classes(folder: &Path) -> Result<Vec<u8>, String> {
    let path = folder.join("classes.json");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok((0..=255).collect()) };
    let wrong = |e: String| format!("{}: {e}", path.display());
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    let table = value["ccp_id_to_class"].as_array().ok_or_else(|| wrong("no ccp_id_to_class".to_owned()))?;
    table
        .iter()
        .map(|v| v.as_u64().and_then(|v| u8::try_from(v).ok()).ok_or_else(|| wrong(format!("{v}"))))
        .collect()
}

/// Reads one photo and its labels.
pub(crate) fn load(folder: &Path, classes: &[u8], name: &str) -> Result<Labelled, String> {
    let photo = ["jpg", "jpeg", "png", "webp"]
        .iter()
        .map(|e| folder.join("photos").join(format!("{name}.{e}")))
        .find(|p| p.exists());
    let path = photo.ok_or_else(|| format!("photos/{name}: gone"))?;
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let photo = Photo::decode(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    let path = folder.join("labels").join(format!("{name}.png"));
    let mut truth = image::open(&path).map_err(|e| format!("{}: {e}", path.display()))?.into_luma8();
    for pixel in truth.pixels_mut() {
        pixel.0[0] = classes.get(usize::from(pixel.0[0])).copied().unwrap_or(0);
    }
    if truth.dimensions() != photo.pixels.dimensions() {
        return Err(format!("{name}: photo and labels differ in size"));
    }
    Ok(Labelled { name: name.to_owned(), photo, truth })
}

/// Whether a label is a garment.
pub(crate) fn is_clothes(label: u8) -> bool {
    Label::CLOTHES.iter().any(|l| *l as u8 == label)
}
