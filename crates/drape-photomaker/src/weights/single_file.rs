//! A checkpoint in one file: where each of its tensors belongs.
//!
//! Such files keep the names of the training code ("LDM": `model.diffusion_model.`, `first_stage_model.`,
//! `conditioner.embedders.`). Here they get the names that diffusers and transformers give to the same
//! tensors, which are those that the models ask for. The facts are those of the configuration
//! `sd_xl_base.yaml` of Stability-AI/generative-models and of the names on both sides.

use std::collections::BTreeMap;

use super::view::View;

/// The tensors of the four networks, by their names in a diffusers folder.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) unet: BTreeMap<String, View>,
    pub(super) vae: BTreeMap<String, View>,
    pub(super) text_encoder: BTreeMap<String, View>,
    pub(super) text_encoder_2: BTreeMap<String, View>,
    /// Names that belong to no network.
    pub(super) unknown: Vec<String>,
}

const UNET: &str = "model.diffusion_model.";
const VAE: &str = "first_stage_model.";
const TEXT: &str = "conditioner.embedders.0.transformer.";
const TEXT_2: &str = "conditioner.embedders.1.model.";

/// Tensors that training programs and samplers leave in a file and no network reads.
const LEFT_BY_TRAINING: [&str; 16] = [
    "model_ema.",
    "denoiser.",
    "first_stage_model.loss.",
    "alphas_cumprod",
    "betas",
    "log_one_minus_alphas_cumprod",
    "sqrt_alphas_cumprod",
    "sqrt_one_minus_alphas_cumprod",
    "sqrt_recip",
    "posterior_",
    "logvar",
    "scale_factor",
    "v_pred",
    "ztsnr",
    "conditioner.embedders.0.logit_scale",
    "conditioner.embedders.1.model.logit_scale",
];

/// Sorts the tensors of a single-file checkpoint into the four networks.
///
/// A name of a network that has no other spelling is kept, so that the model reports it as left over.
pub(super) fn sort(entries: BTreeMap<String, View>) -> Parts {
    let levels = levels(&entries);
    let mut parts = Parts::default();
    for (name, view) in entries {
        if name.ends_with("position_ids") || LEFT_BY_TRAINING.iter().any(|p| name.starts_with(p)) {
            continue;
        }
        if let Some(rest) = name.strip_prefix(UNET) {
            parts.unet.insert(unet(rest).unwrap_or_else(|| rest.to_owned()), view);
        } else if let Some(rest) = name.strip_prefix(VAE) {
            parts.vae.insert(vae(rest, levels).unwrap_or_else(|| rest.to_owned()), view);
        } else if let Some(rest) = name.strip_prefix(TEXT) {
            parts.text_encoder.insert(rest.to_owned(), view);
        } else if let Some(rest) = name.strip_prefix(TEXT_2) {
            open_clip(rest, &view, &mut parts.text_encoder_2);
        } else {
            parts.unknown.push(name);
        }
    }
    parts
}

/// The path of a key within the UNet of a single-file checkpoint; `None` for keys outside of the UNet.
pub(super) fn unet_part(name: &str) -> Option<&str> {
    name.strip_prefix(UNET)
}

/// A path of the UNet in a diffusers folder from the one in a single file (without the file's prefix),
/// with or without `.weight` at its end.
///
/// SDXL has two residual blocks per level, so a level has three entries on the way down (the third halves the
/// size) and three on the way up.
pub(super) fn unet(path: &str) -> Option<String> {
    let (head, rest) = path.split_once('.')?;
    match head {
        "time_embed" => swap(rest, &[("0", "time_embedding.linear_1"), ("2", "time_embedding.linear_2")]),
        "label_emb" => swap(rest, &[("0.0", "add_embedding.linear_1"), ("0.2", "add_embedding.linear_2")]),
        "out" => swap(rest, &[("0", "conv_norm_out"), ("2", "conv_out")]),
        "input_blocks" => {
            let (i, rest) = number(rest)?;
            if i == 0 {
                return swap(rest, &[("0", "conv_in")]);
            }
            let (part, rest) = number(rest)?;
            let (level, layer) = ((i - 1) / 3, (i - 1) % 3);
            match (part, layer) {
                (0, 2) => swap(rest, &[("op", &format!("down_blocks.{level}.downsamplers.0.conv"))]),
                (0, _) => resnet(&format!("down_blocks.{level}.resnets.{layer}"), rest),
                (1, 0 | 1) => Some(join(&format!("down_blocks.{level}.attentions.{layer}"), rest)),
                _ => None,
            }
        }
        "middle_block" => {
            let (part, rest) = number(rest)?;
            match part {
                0 => resnet("mid_block.resnets.0", rest),
                1 => Some(join("mid_block.attentions.0", rest)),
                2 => resnet("mid_block.resnets.1", rest),
                _ => None,
            }
        }
        "output_blocks" => {
            let (i, rest) = number(rest)?;
            let (part, rest) = number(rest)?;
            let (level, layer) = (i / 3, i % 3);
            if part == 0 {
                return resnet(&format!("up_blocks.{level}.resnets.{layer}"), rest);
            }
            // The upsampler is the third part where a level has attention, else the second.
            let doubled = swap(rest, &[("conv", &format!("up_blocks.{level}.upsamplers.0.conv"))]);
            if doubled.is_some() {
                return doubled;
            }
            (part == 1).then(|| join(&format!("up_blocks.{level}.attentions.{layer}"), rest))
        }
        _ => None,
    }
}

fn resnet(to: &str, rest: &str) -> Option<String> {
    let inside = swap(
        rest,
        &[
            ("in_layers.0", "norm1"),
            ("in_layers.2", "conv1"),
            ("emb_layers.1", "time_emb_proj"),
            ("out_layers.0", "norm2"),
            ("out_layers.3", "conv2"),
            ("skip_connection", "conv_shortcut"),
        ],
    )?;
    Some(format!("{to}.{inside}"))
}

/// The number of levels of the VAE's decoder; diffusers numbers them in the opposite order.
fn levels(entries: &BTreeMap<String, View>) -> usize {
    let start = format!("{VAE}decoder.up.");
    let inside = entries.keys().filter_map(|k| number(k.strip_prefix(&start)?));
    inside.map(|(level, _)| level + 1).max().unwrap_or_default()
}

fn vae(path: &str, levels: usize) -> Option<String> {
    let (side, rest) = path.split_once('.')?;
    if side != "encoder" && side != "decoder" {
        return None;
    }
    let (head, inside) = rest.split_once('.')?;
    let inside = match head {
        "conv_in" | "conv_out" => rest.to_owned(),
        "norm_out" => format!("conv_norm_out.{inside}"),
        "mid" => {
            let (part, inside) = inside.split_once('.')?;
            match part {
                "block_1" => format!("mid_block.resnets.0.{}", shortcut(inside)),
                "block_2" => format!("mid_block.resnets.1.{}", shortcut(inside)),
                "attn_1" => format!("mid_block.attentions.0.{}", attention(inside)?),
                _ => return None,
            }
        }
        "down" | "up" => {
            let (level, inside) = number(inside)?;
            let level = if head == "up" { levels.checked_sub(level + 1)? } else { level };
            if let Some(inside) = inside.strip_prefix("block.") {
                let (block, inside) = number(inside)?;
                format!("{head}_blocks.{level}.resnets.{block}.{}", shortcut(inside))
            } else {
                let inside = inside.strip_prefix(&format!("{head}sample."))?;
                format!("{head}_blocks.{level}.{head}samplers.0.{inside}")
            }
        }
        _ => return None,
    };
    Some(format!("{side}.{inside}"))
}

fn shortcut(inside: &str) -> String {
    swap(inside, &[("nin_shortcut", "conv_shortcut")]).unwrap_or_else(|| inside.to_owned())
}

fn attention(inside: &str) -> Option<String> {
    let names =
        [("norm", "group_norm"), ("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0")];
    swap(inside, &names)
}

/// A tensor of OpenCLIP's text tower under the names of transformers' CLIP. OpenCLIP keeps the three
/// projections of an attention in one matrix; they become three views of it.
fn open_clip(path: &str, view: &View, out: &mut BTreeMap<String, View>) {
    let name = match path {
        "token_embedding.weight" => "text_model.embeddings.token_embedding.weight".to_owned(),
        "positional_embedding" => "text_model.embeddings.position_embedding.weight".to_owned(),
        "text_projection" => {
            // OpenCLIP multiplies from the left, a linear layer from the right.
            let turned = view.transposed().unwrap_or_else(|| view.clone());
            out.insert("text_projection.weight".to_owned(), turned);
            return;
        }
        _ => match swap(
            path,
            &[("ln_final", "text_model.final_layer_norm"), ("text_projection", "text_projection")],
        ) {
            Some(name) => name,
            None => {
                let Some((layer, rest)) = path.strip_prefix("transformer.resblocks.").and_then(number) else {
                    out.insert(path.to_owned(), view.clone());
                    return;
                };
                let layer = format!("text_model.encoder.layers.{layer}");
                if let Some(what) = rest.strip_prefix("attn.in_proj_") {
                    let third = view.shape().first().copied().unwrap_or_default() / 3;
                    for (i, name) in ["q_proj", "k_proj", "v_proj"].iter().enumerate() {
                        if let Some(part) = view.rows(i * third..(i + 1) * third) {
                            out.insert(format!("{layer}.self_attn.{name}.{what}"), part);
                        }
                    }
                    return;
                }
                let inside = swap(
                    rest,
                    &[
                        ("ln_1", "layer_norm1"),
                        ("ln_2", "layer_norm2"),
                        ("attn.out_proj", "self_attn.out_proj"),
                        ("mlp.c_fc", "mlp.fc1"),
                        ("mlp.c_proj", "mlp.fc2"),
                    ],
                );
                format!("{layer}.{}", inside.unwrap_or_else(|| rest.to_owned()))
            }
        },
    };
    out.insert(name, view.clone());
}

/// The number at the beginning of a path, and the rest after its point.
fn number(path: &str) -> Option<(usize, &str)> {
    let (number, rest) = path.split_once('.').unwrap_or((path, ""));
    Some((number.parse().ok()?, rest))
}

/// The path with its beginning (up to a dot or its end) replaced, if `names` has that beginning.
fn swap(path: &str, names: &[(&str, &str)]) -> Option<String> {
    names.iter().find_map(|(from, to)| {
        let rest = path.strip_prefix(from)?;
        (rest.is_empty() || rest.starts_with('.')).then(|| format!("{to}{rest}"))
    })
}

fn join(start: &str, rest: &str) -> String {
    if rest.is_empty() { start.to_owned() } else { format!("{start}.{rest}") }
}
