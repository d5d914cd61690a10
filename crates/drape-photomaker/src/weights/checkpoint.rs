//! An SDXL checkpoint: four networks with their configurations, from a diffusers folder or one file.
//!
//! Tensors get the names that a diffusers folder has today, whatever the files call them. Anything but SDXL
//! base is refused by name here, before any model is built.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::configs::Configs;
use super::tensors::Tensors;
use super::view::View;
use super::{files, other_model, sdxl, single_file};
use crate::error::{Error, Problem, Result};

/// The base model: weights are mapped, configurations are as published.
#[derive(Debug)]
pub struct Checkpoint {
    /// The UNet, named as in `unet/diffusion_pytorch_model.safetensors`.
    pub unet: Tensors,
    /// The VAE; its attention has linear layers `to_q`, `to_k`, `to_v`, `to_out.0`.
    pub vae: Tensors,
    /// CLIP ViT-L; names begin with `text_model.`.
    pub text_encoder: Tensors,
    /// OpenCLIP bigG; names begin with `text_model.`, beside `text_projection.weight`.
    pub text_encoder_2: Tensors,
    /// The configurations of everything.
    pub configs: Configs,
    /// Folder with the `vocab.json` and `merges.txt` of the first tokenizer.
    pub tokenizer: PathBuf,
    /// The same of the second tokenizer.
    pub tokenizer_2: PathBuf,
    /// The path that was opened.
    pub path: PathBuf,
}

/// Options for opening a checkpoint.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The variant of a diffusers folder's files to prefer, such as `fp16`. A component that lacks it is
    /// taken from the plain files.
    pub variant: Option<String>,
    /// The tokenizer folder (`vocab.json`, `merges.txt`) for a checkpoint in one file.
    pub tokenizer: Option<PathBuf>,
    /// A diffusers folder whose configurations (and tokenizers, where `tokenizer` names none) belong to a
    /// checkpoint in one file; those of SDXL base 1.0 otherwise.
    pub configs: Option<PathBuf>,
}

const UNET_FILES: [&str; 1] = ["diffusion_pytorch_model"];
const TEXT_FILES: [&str; 2] = ["model", "pytorch_model"];

impl Checkpoint {
    /// Opens a diffusers folder or a single-file SDXL checkpoint.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::OtherModel`] for anything but SDXL base; [`Error::Incomplete`] with all
    /// that is missing; [`Error::Malformed`] with the file; [`Error::NoTokenizer`] when a single file has
    /// none beside it; [`Error::Tensors`] for names of a single file that belong nowhere.
    pub fn open(path: &Path, options: &Options) -> Result<Self> {
        let about = std::fs::metadata(path).map_err(|e| Error::unreadable(path, &e))?;
        if !about.is_dir() {
            return Self::file(path, options);
        }
        match lone_file(path) {
            Some(file) => Self::file(&file, options),
            None => Self::folder(path, options),
        }
    }

    fn folder(path: &Path, options: &Options) -> Result<Self> {
        other_model::refuse_folder(path)?;
        let mut missing = Vec::new();
        let configs = Configs::read(path, &mut missing)?;
        let mut weights = |name: &str, stems: &[&str]| {
            let folder = path.join(name);
            if !folder.is_dir() {
                missing.push(format!("{name}/"));
                return Ok(BTreeMap::new());
            }
            let read = files::component(&folder, stems, options.variant.as_deref());
            files::or_missing(read, path, &mut missing)
        };
        let unet = weights("unet", &UNET_FILES)?;
        let vae = weights("vae", &UNET_FILES)?;
        let text_encoder = weights("text_encoder", &TEXT_FILES)?;
        let text_encoder_2 = weights("text_encoder_2", &TEXT_FILES)?;
        let (tokenizer, tokenizer_2) = (path.join("tokenizer"), path.join("tokenizer_2"));
        for folder in ["tokenizer", "tokenizer_2"] {
            let lacking = ["vocab.json", "merges.txt"].map(|f| format!("{folder}/{f}"));
            missing.extend(lacking.into_iter().filter(|f| !files::filled(&path.join(f))));
        }
        if !missing.is_empty() {
            return Err(Error::Incomplete { path: path.to_owned(), missing });
        }
        Ok(Self {
            unet: Tensors::new("unet", unet),
            vae: Tensors::new("vae", vae_names(vae)),
            text_encoder: Tensors::new("text_encoder", without_projection(text_names(text_encoder))),
            text_encoder_2: Tensors::new("text_encoder_2", text_names(text_encoder_2)),
            configs,
            tokenizer,
            tokenizer_2,
            path: path.to_owned(),
        })
    }

    fn file(path: &Path, options: &Options) -> Result<Self> {
        let entries = files::read_tensors(path)?;
        other_model::refuse_file(path, &entries)?;
        let mut configs = match &options.configs {
            Some(folder) => {
                let mut missing = Vec::new();
                let configs = Configs::read(folder, &mut missing)?;
                if !missing.is_empty() {
                    return Err(Error::Incomplete { path: folder.clone(), missing });
                }
                configs
            }
            None => sdxl::configs(),
        };
        // Empty tensors of these names mark models trained for v-prediction or zero terminal SNR.
        if entries.contains_key("v_pred") {
            configs.scheduler["prediction_type"] = "v_prediction".into();
        }
        if entries.contains_key("ztsnr") {
            configs.scheduler["rescale_betas_zero_snr"] = true.into();
            configs.scheduler["timestep_spacing"] = "trailing".into();
        }
        let parts = single_file::sort(entries);
        let mut missing = Vec::new();
        let wanted = [
            (&parts.unet, "the UNet (model.diffusion_model.*)"),
            (&parts.vae, "the VAE (first_stage_model.*)"),
            (&parts.text_encoder, "the first text encoder (conditioner.embedders.0.transformer.*)"),
            (&parts.text_encoder_2, "the second text encoder (conditioner.embedders.1.model.*)"),
        ];
        missing.extend(wanted.iter().filter(|(part, _)| part.is_empty()).map(|(_, name)| (*name).to_owned()));
        if !missing.is_empty() {
            return Err(Error::Incomplete { path: path.to_owned(), missing });
        }
        if !parts.unknown.is_empty() {
            let problems = parts.unknown.into_iter().map(Problem::Extra).collect();
            return Err(Error::Tensors { component: "checkpoint".to_owned(), problems });
        }
        let (tokenizer, tokenizer_2) = tokenizers(path, options)?;
        Ok(Self {
            unet: Tensors::new("unet", parts.unet),
            vae: Tensors::new("vae", vae_names(parts.vae)),
            text_encoder: Tensors::new("text_encoder", without_projection(text_names(parts.text_encoder))),
            text_encoder_2: Tensors::new("text_encoder_2", text_names(parts.text_encoder_2)),
            configs,
            tokenizer,
            tokenizer_2,
            path: path.to_owned(),
        })
    }
}

/// The only single-file checkpoint of a folder that is no diffusers model; files of PhotoMaker do not count.
fn lone_file(folder: &Path) -> Option<PathBuf> {
    if ["model_index.json", "unet", "transformer", "vae", "config.json"]
        .iter()
        .any(|n| folder.join(n).exists())
    {
        return None;
    }
    let entries = std::fs::read_dir(folder).ok()?.filter_map(|e| Some(e.ok()?.path()));
    let is_one = |p: &PathBuf| {
        let kind = p.extension().is_some_and(|e| e == "safetensors" || e == "ckpt");
        kind && !p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("photomaker"))
    };
    let mut files = entries.filter(is_one);
    let file = files.next()?;
    files.next().is_none().then_some(file)
}

/// Tokenizer folders for a checkpoint in one file: both tokenizers of SDXL share one vocabulary.
fn tokenizers(path: &Path, options: &Options) -> Result<(PathBuf, PathBuf)> {
    if let Some(folder) = &options.tokenizer {
        let first = files::vocabulary(folder).ok_or_else(|| Error::NoTokenizer(folder.clone()))?;
        return Ok((first.clone(), first));
    }
    let beside = path.parent().map(Path::to_owned);
    for place in options.configs.iter().cloned().chain(beside) {
        if let Some(first) = files::vocabulary(&place.join("tokenizer")) {
            let second = files::vocabulary(&place.join("tokenizer_2")).unwrap_or_else(|| first.clone());
            return Ok((first, second));
        }
    }
    Err(Error::NoTokenizer(path.to_owned()))
}

/// Names of a text encoder with `text_model.` before them: transformers wrote the prefix until version 4 and
/// leaves it out since. Drops index tables, which are no weights.
fn text_names(entries: BTreeMap<String, View>) -> BTreeMap<String, View> {
    let named = entries.into_iter().filter(|(k, _)| !k.ends_with("position_ids") && k != "logit_scale");
    let inside = |k: &str| ["embeddings.", "encoder.", "final_layer_norm."].iter().any(|p| k.starts_with(p));
    named.map(|(k, v)| if inside(&k) { (format!("text_model.{k}"), v) } else { (k, v) }).collect()
}

/// Drops the first text encoder's own projection, which some programs save: SDXL uses only the second's.
fn without_projection(mut entries: BTreeMap<String, View>) -> BTreeMap<String, View> {
    entries.remove("text_projection.weight");
    entries
}

/// Names of a VAE whose attention may still be spelled as in diffusers before 0.18 (`query`, `key`, `value`,
/// `proj_attn`) or be 1x1 convolutions, as in checkpoints in one file.
fn vae_names(entries: BTreeMap<String, View>) -> BTreeMap<String, View> {
    const OLD: [(&str, &str); 4] =
        [("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")];
    let named = entries.into_iter().map(|(name, view)| {
        let Some((place, inside)) = name.split_once(".attentions.0.") else { return (name, view) };
        let flat = match view.shape() {
            &[a, b, 1, 1] => view.reshaped(&[a, b]).unwrap_or(view),
            _ => view,
        };
        let (layer, kind) = inside.rsplit_once('.').unwrap_or((inside, ""));
        match OLD.iter().find(|(old, _)| *old == layer) {
            Some((_, new)) => (format!("{place}.attentions.0.{new}.{kind}"), flat),
            None => (name, flat),
        }
    });
    named.collect()
}
