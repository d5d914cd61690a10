//! From files to a [`Pipeline`].

use std::collections::BTreeMap;
use std::path::Path;

use crate::autoencoder_kl::AutoencoderKL;
use crate::clip::TextEncoder;
use crate::error::Result;
use crate::json::read as json;
use crate::model::PhotoMakerIDEncoder;
use crate::ops::{Place, Weights};
use crate::pipeline::Pipeline;
use crate::tokenizer::Tokenizer;
use crate::unet_2d_condition::UNet2DConditionModel;
use crate::weights::{Tensors, View, read_safetensors};

#[derive(Debug, Clone, Default)]
/// Temporary.
pub struct Options {
    /// Heads.
    pub vision_heads: Option<usize>,
}

fn photomaker(model: &Path, prefix: &str) -> Result<BTreeMap<String, View>> {
    let all = read_safetensors(&model.join("photomaker.safetensors"))?;
    Ok(all.into_iter().filter_map(|(k, v)| Some((k.strip_prefix(prefix)?.to_owned(), v))).collect())
}

/// Temporary.
/// # Errors
/// Temporary.
pub fn unet_weights(model: &Path, fused: bool) -> Result<Tensors> {
    let mut unet = read_safetensors(&model.join("unet/diffusion_pytorch_model.safetensors"))?;
    if fused {
        let lora = photomaker(model, "lora_weights.unet.")?;
        for (key, down) in &lora {
            let (path, up) = if let Some(p) = key.strip_suffix("_lora.down.weight") {
                (p.replace("processor.", ""), key.replace("down.weight", "up.weight"))
            } else if let Some(p) = key.strip_suffix(".lora_A.weight") {
                (p.to_owned(), key.replace("lora_A", "lora_B"))
            } else {
                continue;
            };
            let path = if path.ends_with("to_out") { format!("{path}.0") } else { path };
            let target = unet.get_mut(&format!("{path}.weight")).unwrap();
            let up = &lora[&up];
            let (r, i, o) = (down.shape()[0], down.shape()[1], up.shape()[0]);
            let (d, u, mut w) = (down.to_f32(), up.to_f32(), target.to_f32());
            for a in 0..o {
                for b in 0..i {
                    w[a * i + b] += (0..r).map(|k| u[a * r + k] * d[k * i + b]).sum::<f32>();
                }
            }
            *target = View::from_f32(w, vec![o, i]);
        }
    }
    Ok(Tensors::new("unet", unet))
}

/// Temporary.
/// # Errors
/// Temporary.
pub fn load(model: &Path, _p: Option<&Path>, place: &Place, options: &Options) -> Result<Pipeline> {
    let config = |n: &str| json(&model.join(n).join("config.json"));
    let open = |n: &str, f: &str| -> Result<Tensors> {
        Ok(Tensors::new(n, read_safetensors(&model.join(n).join(f))?))
    };
    fn from<T: serde::de::DeserializeOwned>(v: serde_json::Value) -> T {
        serde_json::from_value(v).unwrap()
    }
    let te1 = open("text_encoder", "model.safetensors")?;
    let te2 = open("text_encoder_2", "model.safetensors")?;
    let vae = open("vae", "diffusion_pytorch_model.safetensors")?;
    let unet = unet_weights(model, true)?;
    let id = Tensors::new("id_encoder", photomaker(model, "id_encoder.")?);
    let p = Pipeline {
        tokenizer: Tokenizer::open(&model.join("tokenizer"), "<|endoftext|>")?,
        tokenizer_2: Tokenizer::open(&model.join("tokenizer_2"), "!")?,
        text_encoder: TextEncoder::load(
            &Weights::new(te1.root(), place),
            &from(config("text_encoder")?),
            false,
        )?,
        text_encoder_2: TextEncoder::load(
            &Weights::new(te2.root(), place),
            &from(config("text_encoder_2")?),
            true,
        )?,
        id_encoder: PhotoMakerIDEncoder::load(&Weights::new(id.root(), place), options.vision_heads)?,
        unet: UNet2DConditionModel::load(&Weights::new(unet.root(), place), &from(config("unet")?))?,
        vae: AutoencoderKL::load(&Weights::new(vae.root(), place), &from(config("vae")?))?,
        force_zeros_for_empty_prompt: true,
        place: place.clone(),
    };
    for t in [&te1, &te2, &unet, &id] {
        t.finish(|_| false)?;
    }
    vae.finish(|k| k.starts_with("encoder.") || k.starts_with("quant_conv."))?;
    Ok(p)
}
