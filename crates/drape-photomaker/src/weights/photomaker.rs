//! PhotoMaker's own file: the ID encoder's weights and the LoRA of the UNet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::tensors::Tensors;
use super::value::Value;
use super::view::View;
use super::{files, pickle, safetensors};
use crate::error::{Error, Result};

/// Which PhotoMaker it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// One token per photo, from CLIP's features alone.
    V1,
    /// Two tokens per photo, from CLIP's features and a face embedding.
    V2,
}

/// A PhotoMaker file, mapped.
#[derive(Debug)]
pub struct PhotoMaker {
    /// V2 has a `qformer_perceiver`.
    pub version: Version,
    /// `vision_model.*`, `visual_projection.weight`, `visual_projection_2.weight`, `fuse_module.*` and, in
    /// version 2, `qformer_perceiver.*`.
    pub id_encoder: Tensors,
    /// The LoRA by its keys in the file, `unet.<path>...`.
    pub lora: BTreeMap<String, View>,
    /// Where the file lies.
    pub path: PathBuf,
}

const PARTS: [&str; 2] = ["id_encoder", "lora_weights"];

impl PhotoMaker {
    /// Opens `photomaker-v1.bin`, `photomaker-v2.bin` (pickles of two dictionaries, `id_encoder` and
    /// `lora_weights`) or a safetensors file with these names as prefixes.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unreadable`], [`Error::Incomplete`], [`Error::Malformed`] when it is
    /// another file.
    pub fn open(path: &Path) -> Result<Self> {
        let [mut id_encoder, lora] = match files::look(path)? {
            files::Format::Pickle => dictionaries(path)?,
            files::Format::Safetensors => {
                let mut parts = [BTreeMap::new(), BTreeMap::new()];
                for (name, view) in safetensors::read(path)? {
                    let place =
                        PARTS.iter().position(|p| name.starts_with(p) && name[p.len()..].starts_with('.'));
                    let place = place.ok_or_else(|| foreign(path, &name))?;
                    parts[place].insert(name[PARTS[place].len() + 1..].to_owned(), view);
                }
                parts
            }
        };
        id_encoder.retain(|name, _| !name.ends_with("position_ids"));
        let missing = [(&id_encoder, "id_encoder"), (&lora, "lora_weights")];
        let missing: Vec<String> =
            missing.iter().filter(|(part, _)| part.is_empty()).map(|(_, name)| (*name).to_owned()).collect();
        if !missing.is_empty() {
            return Err(Error::Incomplete { path: path.to_owned(), missing });
        }
        let v2 = id_encoder.keys().any(|k| k.starts_with("qformer_perceiver."));
        let version = if v2 { Version::V2 } else { Version::V1 };
        Ok(Self { version, id_encoder: Tensors::new("id_encoder", id_encoder), lora, path: path.to_owned() })
    }

    /// The PhotoMaker file in a folder: `photomaker.safetensors`, `photomaker-v1.safetensors`,
    /// `photomaker-v2.safetensors` or the same with `.bin`, the first of them.
    pub fn find(folder: &Path) -> Option<PathBuf> {
        let names = ["safetensors", "bin"].into_iter().flat_map(|ending| {
            ["photomaker", "photomaker-v1", "photomaker-v2"]
                .map(|stem| folder.join(format!("{stem}.{ending}")))
        });
        names.into_iter().find(|p| p.is_file())
    }
}

fn dictionaries(path: &Path) -> Result<[BTreeMap<String, View>; 2]> {
    let Value::Dict(mut all) = pickle::read_pickle(path)? else {
        return Err(Error::malformed(path, "no dictionary with `id_encoder` and `lora_weights`"));
    };
    let mut part = |name: &str| match all.remove(name) {
        Some(part) => part.into_tensors().map_err(|e| Error::malformed(path, format!("{name}: {e}"))),
        None => Ok(BTreeMap::new()),
    };
    let parts = [part(PARTS[0])?, part(PARTS[1])?];
    match all.keys().next() {
        Some(other) => Err(foreign(path, other)),
        None => Ok(parts),
    }
}

fn foreign(path: &Path, name: &str) -> Error {
    Error::malformed(
        path,
        format!("no PhotoMaker file: `{name}` is neither of `id_encoder` nor of `lora_weights`"),
    )
}
