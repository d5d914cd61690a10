//! Tells SDXL's base model from other models, and refuses those by name.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::view::View;
use super::{files, single_file};
use crate::error::{Error, Result};

/// Refuses a diffusers folder of another model.
///
/// # Errors
/// [`Error::OtherModel`] with its name, and those of reading its configurations.
pub(super) fn refuse_folder(path: &Path) -> Result<()> {
    let other = |found: String| Err(Error::OtherModel { path: path.to_owned(), found });
    let config = |file: &str| match path.join(file) {
        at if files::filled(&at) => files::json(&at),
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

/// The family of a UNet, by the width of its text embeddings.
fn family(width: u64) -> Option<&'static str> {
    match width {
        768 => Some("Stable Diffusion 1.x"),
        1024 => Some("Stable Diffusion 2.x"),
        1280 => Some("the SDXL refiner"),
        _ => None,
    }
}

/// The name of a UNet whose input is more than latents, by its input channels.
fn special(channels: u64) -> Option<String> {
    match channels {
        4 => None,
        9 => Some("SDXL inpainting, with 9 input channels".to_owned()),
        n => Some(format!("a model with {n} input channels")),
    }
}

/// Refuses a file that holds another model, which the names and shapes of its tensors tell.
///
/// # Errors
/// [`Error::OtherModel`] with its name.
pub(super) fn refuse_file(path: &Path, entries: &BTreeMap<String, View>) -> Result<()> {
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
