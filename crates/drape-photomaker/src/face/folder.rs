//! Finds the detector and the recogniser among the files of a folder.

use std::path::{Path, PathBuf};

use super::network::Network;
use crate::error::{Error, Result};

/// Beginnings of the names of InsightFace's detectors and recognisers. Other parts of a name do not count:
/// `2d106det.onnx` finds 106 landmarks and is no detector.
const DETECTORS: [&str; 3] = ["det_", "scrfd", "retinaface"];
const RECOGNISERS: [&str; 4] = ["w600k", "glintr", "arcface", "ms1mv"];

/// A detector with three strides and five landmarks has nine outputs. A network with as many counts as a
/// detector until its shapes are checked.
const DETECTOR_OUTPUTS: usize = 9;

/// The two networks of a face model, read but not prepared.
pub(super) struct Files {
    pub(super) detector: Network,
    pub(super) recogniser: Network,
}

/// Finds both networks in a folder.
pub(super) fn find(folder: &Path) -> Result<Files> {
    let mut paths = onnx_files(folder)?;
    if paths.is_empty() {
        // InsightFace's archive of antelopev2 unpacks into a folder of that name within the folder.
        let mut folders = entries(folder)?;
        folders.retain(|path| path.is_dir());
        if let [inner] = folders.as_slice() {
            paths = onnx_files(inner)?;
        }
    }
    let named = |beginnings: &[&str]| paths.iter().find(|path| begins(path, beginnings));
    let (detector, recogniser) = (named(&DETECTORS), named(&RECOGNISERS));
    let mut found_detector = detector.map(|path| Network::read(path)).transpose()?;
    let mut found_recogniser = recogniser.map(|path| Network::read(path)).transpose()?;
    let mut damaged = None;
    for path in &paths {
        if found_detector.is_some() && found_recogniser.is_some() {
            break;
        }
        if Some(path) == detector || Some(path) == recogniser {
            continue;
        }
        match Network::read(path) {
            Ok(network) if found_detector.is_none() && detects(&network) => found_detector = Some(network),
            Ok(network) if found_recogniser.is_none() && recognises(&network) => {
                found_recogniser = Some(network);
            }
            Ok(_) => {}
            Err(error) => damaged = Some(error),
        }
    }
    match (found_detector, found_recogniser, damaged) {
        (Some(detector), Some(recogniser), _) => Ok(Files { detector, recogniser }),
        // A file that cannot be read may be the missing network, so this error helps more.
        (_, _, Some(error)) => Err(error),
        (detector, recogniser, None) => {
            let detector = detector.is_none().then_some("face detector (det_10g.onnx, scrfd_10g_bnkps.onnx)");
            let recogniser =
                recogniser.is_none().then_some("face recogniser (w600k_r50.onnx, glintr100.onnx)");
            let missing = [detector, recogniser].into_iter().flatten().map(str::to_owned).collect();
            Err(Error::Incomplete { path: folder.to_owned(), missing })
        }
    }
}

fn detects(network: &Network) -> bool {
    network.input_sides().is_some() && network.outputs() == DETECTOR_OUTPUTS
}

fn recognises(network: &Network) -> bool {
    network.input_sides() == Some((Some(112), Some(112))) && network.outputs() == 1
}

fn begins(path: &Path, beginnings: &[&str]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    beginnings.iter().any(|beginning| name.starts_with(beginning))
}

/// The ONNX files of a folder, by name, so that the same are chosen on every machine.
fn onnx_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = entries(folder)?;
    paths.retain(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("onnx")) && path.is_file());
    Ok(paths)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: std::io::Error| Error::unreadable(folder, &error);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    Ok(paths)
}
