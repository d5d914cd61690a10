//! An SDXL checkpoint: four networks with their configurations, from a diffusers folder or one file.
//!
//! Whatever the spelling of the files, the tensors come out under the names that a diffusers folder has
//! today. What is not SDXL base is refused here, by name, before any model is built.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::{Tensors, View, files, sdxl, single_file};
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
    /// Where the checkpoint lies.
    pub path: PathBuf,
}

/// The JSON files of a diffusers folder.
#[derive(Debug, Clone, Default)]
pub struct Configs {
    /// `model_index.json`.
    pub model_index: Json,
    /// `unet/config.json`.
    pub unet: Json,
    /// `vae/config.json`.
    pub vae: Json,
    /// `text_encoder/config.json`.
    pub text_encoder: Json,
    /// `text_encoder_2/config.json`.
    pub text_encoder_2: Json,
    /// `scheduler/scheduler_config.json`.
    pub scheduler: Json,
    /// `tokenizer/tokenizer_config.json`; what it lacks is taken from `special_tokens_map.json`.
    pub tokenizer: Json,
    /// The same of `tokenizer_2/`.
    pub tokenizer_2: Json,
}

/// What may be chosen when a checkpoint is opened.
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
        refuse_folder(path)?;
        let mut missing = Vec::new();
        let configs = Configs::read(path, &mut missing)?;
        let mut weights = |name: &str, stems: &[&str]| {
            let folder = path.join(name);
            if !folder.is_dir() {
                missing.push(format!("{name}/"));
                return Ok(BTreeMap::new());
            }
            let read = files::component(&folder, stems, options.variant.as_deref());
            soften(read, path, &mut missing)
        };
        let unet = weights("unet", &UNET_FILES)?;
        let vae = weights("vae", &UNET_FILES)?;
        let text_encoder = weights("text_encoder", &TEXT_FILES)?;
        let text_encoder_2 = weights("text_encoder_2", &TEXT_FILES)?;
        let (tokenizer, tokenizer_2) = (path.join("tokenizer"), path.join("tokenizer_2"));
        for folder in ["tokenizer", "tokenizer_2"] {
            let lacking = ["vocab.json", "merges.txt"].map(|f| format!("{folder}/{f}"));
            missing.extend(lacking.into_iter().filter(|f| !filled(&path.join(f))));
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
        refuse_file(path, &entries)?;
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
        // Models with the other target say so by tensors without numbers.
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

impl Configs {
    fn read(path: &Path, missing: &mut Vec<String>) -> Result<Self> {
        let mut read = |file: &str| {
            let at = path.join(file);
            if !at.is_file() {
                missing.push(file.to_owned());
                return Ok(Json::Null);
            }
            soften(files::json(&at), path, missing)
        };
        let mut configs = Self {
            model_index: read("model_index.json")?,
            unet: read("unet/config.json")?,
            vae: read("vae/config.json")?,
            text_encoder: read("text_encoder/config.json")?,
            text_encoder_2: read("text_encoder_2/config.json")?,
            scheduler: read("scheduler/scheduler_config.json")?,
            tokenizer: read("tokenizer/tokenizer_config.json")?,
            tokenizer_2: read("tokenizer_2/tokenizer_config.json")?,
        };
        for (folder, config) in
            [("tokenizer", &mut configs.tokenizer), ("tokenizer_2", &mut configs.tokenizer_2)]
        {
            let more = path.join(folder).join("special_tokens_map.json");
            let (Some(config), true) = (config.as_object_mut(), more.is_file()) else { continue };
            if let Json::Object(more) = files::json(&more)? {
                more.into_iter().for_each(|(k, v)| _ = config.entry(k).or_insert(v));
            }
        }
        Ok(configs)
    }
}

/// Adds what is missing to the list, so that all of it is named at once; other errors stay errors.
fn soften<T: Default>(read: Result<T>, root: &Path, missing: &mut Vec<String>) -> Result<T> {
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
        // A name that leads nowhere, as links in a cache whose files were deleted.
        Err(Error::NotFound(path)) => {
            missing.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
            Ok(T::default())
        }
        other => other,
    }
}

fn filled(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() > 0)
}

/// The one checkpoint of a folder that holds no model of the diffusers kind; PhotoMaker's file may lie there.
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

/// Names of a text encoder with `text_model.` before them: transformers wrote it until version 4 and
/// leaves it out since. Index tables are no weights.
fn text_names(entries: BTreeMap<String, View>) -> BTreeMap<String, View> {
    let named = entries.into_iter().filter(|(k, _)| !k.ends_with("position_ids") && k != "logit_scale");
    let inside = |k: &str| ["embeddings.", "encoder.", "final_layer_norm."].iter().any(|p| k.starts_with(p));
    named.map(|(k, v)| if inside(&k) { (format!("text_model.{k}"), v) } else { (k, v) }).collect()
}

/// The first text encoder's own projection, which some programs save: SDXL reads only the second's.
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

fn refuse_folder(path: &Path) -> Result<()> {
    let other = |found: String| Err(Error::OtherModel { path: path.to_owned(), found });
    let config = |file: &str| match path.join(file) {
        at if filled(&at) => files::json(&at),
        _ => Ok(Json::Null),
    };
    let index = config("model_index.json")?;
    let class = index.get("_class_name").and_then(Json::as_str).unwrap_or_default();
    let unet = config("unet/config.json")?;
    let width = width(&unet);
    let is = |start: &str| class.starts_with(start);
    if is("StableDiffusion3") {
        return other(format!("Stable Diffusion 3, {class}"));
    }
    if is("Flux") {
        return other(format!("Flux, {class}"));
    }
    if path.join("transformer").is_dir() {
        let kind = if class.is_empty() { "as in Stable Diffusion 3 and Flux" } else { class };
        return other(format!("a model with a transformer in place of the UNet, {kind}"));
    }
    if let Some(name) = width.and_then(family) {
        return other(name.to_owned());
    }
    if is("StableDiffusion") && !is("StableDiffusionXL") {
        return other(format!("Stable Diffusion 1.x or 2.x, {class}"));
    }
    let no_first = index.get("text_encoder").and_then(|e| e.get(0)).is_some_and(Json::is_null);
    if no_first {
        return other("the SDXL refiner, with one text encoder".to_owned());
    }
    if let Some(name) = unet.get("in_channels").and_then(Json::as_u64).and_then(special) {
        return other(name);
    }
    if path.join("adapter_config.json").exists() || path.join("pytorch_lora_weights.safetensors").exists() {
        return other("a LoRA, which is added to an SDXL model".to_owned());
    }
    Ok(())
}

fn width(unet: &Json) -> Option<u64> {
    let width = unet.get("cross_attention_dim")?;
    width.as_u64().or_else(|| width.get(0)?.as_u64())
}

/// The family of a UNet by the width of the text that it attends to.
fn family(width: u64) -> Option<&'static str> {
    match width {
        768 => Some("Stable Diffusion 1.x"),
        1024 => Some("Stable Diffusion 2.x"),
        1280 => Some("the SDXL refiner"),
        _ => None,
    }
}

/// A UNet that takes more than latents, by its input channels.
fn special(channels: u64) -> Option<String> {
    match channels {
        4 => None,
        9 => Some("SDXL inpainting, with 9 input channels".to_owned()),
        n => Some(format!("a model with {n} input channels")),
    }
}

fn refuse_file(path: &Path, entries: &BTreeMap<String, View>) -> Result<()> {
    let other = |found: &str| Err(Error::OtherModel { path: path.to_owned(), found: found.to_owned() });
    let any = |part: &str| entries.keys().any(|k| k.contains(part));
    let starts = |part: &str| entries.keys().any(|k| k.starts_with(part));
    let kinds: [(bool, &str); 12] = [
        (any("joint_blocks."), "Stable Diffusion 3"),
        (any("double_blocks."), "Flux"),
        (starts("cond_stage_model.transformer."), "Stable Diffusion 1.x"),
        (starts("cond_stage_model.model."), "Stable Diffusion 2.x"),
        (starts("edm_mean"), "Playground v2.5"),
        (starts("conditioner.embedders.0.model.") && !starts("conditioner.embedders.1."), "the SDXL refiner"),
        (starts("id_encoder."), "a PhotoMaker file, which is given beside an SDXL model"),
        (
            any("lora_") || any(".lora.") || any("hada_") || any("lokr_"),
            "a LoRA, which is added to an SDXL model",
        ),
        (starts("control_model.") || starts("controlnet_"), "a ControlNet"),
        (starts("down_blocks.") && starts("up_blocks."), "a UNet alone; give the folder of the whole model"),
        (starts("encoder.") && starts("decoder."), "a VAE alone; give the whole model"),
        (starts("text_model."), "a text encoder alone; give the folder of the whole model"),
    ];
    if let Some((_, found)) = kinds.iter().find(|(is, _)| *is) {
        return other(found);
    }
    let unet =
        |end: &str| entries.iter().find(|(k, _)| single_file::unet_part(k).is_some_and(|k| k.ends_with(end)));
    let columns = |v: &View| v.shape().get(1).and_then(|n| u64::try_from(*n).ok());
    if let Some(found) = unet("attn2.to_k.weight").and_then(|(_, v)| family(columns(v)?)) {
        return other(found);
    }
    if let Some(found) = unet("input_blocks.0.0.weight").and_then(|(_, v)| special(columns(v)?)) {
        return other(&found);
    }
    let known = ["model.diffusion_model.", "first_stage_model.", "conditioner.embedders."];
    if !known.iter().any(|p| starts(p)) {
        let first = entries.keys().next().map_or("no tensor", String::as_str);
        return other(&format!("a file without an SDXL UNet (it begins with {first})"));
    }
    Ok(())
}
