//! Every stage of a case, computed in order.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use drape_photomaker::error::{Error, Result};
use drape_photomaker::load::{Files, Options, load};
use drape_photomaker::model::Identity;
use drape_photomaker::ops::Place;
use drape_photomaker::pipeline::{Embedding, Guided, Ids, Pipeline, Step};
use drape_photomaker::preprocess::{clip_pixels, clip_tensor};
use drape_photomaker::schedulers::{Config, Scheduler};
use drape_photomaker::weights::{self, Checkpoint, PhotoMaker, Tensors, View, lora};

use super::case::Case;

/// Receives each stage by name, as soon as it is computed.
type Visit<'a> = &'a mut dyn FnMut(&str, &Tensor) -> Result<()>;

/// Computes every stage of a case with the model that its [`Case::model`] wrote to `model`.
///
/// # Errors
/// Those of loading and computing, and those of `visit`.
pub(crate) fn run(case: &Case, model: &Path, place: &Place, visit: Visit<'_>) -> Result<()> {
    let heads = case.model.config("id_encoder")["num_attention_heads"].as_u64();
    let options = Options { vision_heads: heads.and_then(|h| usize::try_from(h).ok()), ..Options::default() };
    let files = Files { base: model.to_owned(), ..Files::default() };
    let pipeline = load(&files, place, &options)?.pipeline;

    let ids = text_ids(case, &pipeline, visit)?;
    let texts = texts(&ids, &pipeline, visit)?;
    let identity = identity(case, &pipeline, visit)?;
    let fused = pipeline.fuse(&texts.prompt, &identity, &ids.prompt[1].mask)?;
    visit("prompt_embeds.fused", &fused)?;
    let latents = latents(case, &pipeline, &texts, &fused, visit)?;
    picture(&pipeline, &latents, visit)?;
    fused_weights(case, model, visit)
}

/// The prompts as the text encoders read them.
fn text_ids(case: &Case, pipeline: &Pipeline, visit: Visit<'_>) -> Result<Ids> {
    let settings = &case.settings;
    let mut add = |name: &str, ids: &[u32]| visit(name, &Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?);
    let photos = case.photos()?.len();
    let ids = pipeline.ids(&settings.prompt, settings.negative_prompt.as_deref(), photos)?;
    for i in 0..2 {
        add(&format!("ids.prompt.{}", i + 1), &ids.prompt[i].ids)?;
        add(&format!("ids.text_only.{}", i + 1), &ids.text_only[i])?;
        if let Some(negative) = &ids.negative {
            add(&format!("ids.negative.{}", i + 1), &negative[i])?;
        }
    }
    let mask: Vec<u32> = ids.prompt[1].mask.iter().map(|m| u32::from(*m)).collect();
    add("class_tokens_mask", &mask)?;
    if ids.text_only_prompt != settings.text_only_prompt {
        let detail = format!("{:?} ≠ {:?}", ids.text_only_prompt, settings.text_only_prompt);
        return Err(Error::Compute(format!("the prompt without its trigger: {detail}")));
    }
    Ok(ids)
}

/// The embeddings of the three prompts.
struct Texts {
    prompt: Embedding,
    text_only: Embedding,
    negative: Embedding,
}

fn texts(ids: &Ids, pipeline: &Pipeline, visit: Visit<'_>) -> Result<Texts> {
    let prompt = pipeline.embed([&ids.prompt[0].ids, &ids.prompt[1].ids])?;
    let text_only = pipeline.embed([&ids.text_only[0], &ids.text_only[1]])?;
    let negative = pipeline.embed_negative(ids.negative.as_ref(), &prompt)?;
    visit("te1.prompt", &prompt.first)?;
    visit("te2.prompt", &prompt.second)?;
    visit("prompt_embeds.concat", &prompt.tokens)?;
    visit("pooled.prompt", &prompt.pooled)?;
    for (name, embedding) in [("text_only", &text_only), ("negative", &negative)] {
        visit(&format!("prompt_embeds.{name}"), &embedding.tokens)?;
        visit(&format!("pooled.{name}"), &embedding.pooled)?;
    }
    Ok(Texts { prompt, text_only, negative })
}

/// The photos through the ID encoder.
fn identity(case: &Case, pipeline: &Pipeline, visit: Visit<'_>) -> Result<Identity> {
    let device = &pipeline.place.device;
    let crops: Vec<_> = case.photos()?.iter().map(clip_pixels).collect();
    let bytes: Vec<u32> = crops.iter().flat_map(|c| c.as_raw().iter().map(|b| u32::from(*b))).collect();
    visit("clip.pixels_u8", &Tensor::from_vec(bytes, (crops.len(), 224, 224, 3), &Device::Cpu)?)?;
    let pixels = clip_tensor(&crops, device)?;
    visit("clip.pixels.photo_0", &pixels.narrow(0, 0, 1)?.squeeze(0)?)?;
    let faces = input(case, device, "id_embeds")?;
    let identity = pipeline.id_encoder.encode(&pixels, faces.as_ref())?;
    visit("vision.last_hidden", &identity.last_hidden)?;
    match &identity.pooled {
        Some(pooled) => visit("vision.pooled", pooled)?,
        // Version 2 does not use it, but has the same weights.
        None => visit("vision.pooled", &pipeline.id_encoder.pooled(&identity.last_hidden)?)?,
    }
    if let Some(tokens) = &identity.face_tokens {
        visit("id_embeds.tokens", tokens)?;
    }
    visit("id_embeds.projected", &identity.projected)?;
    Ok(identity)
}

/// The schedule, and the latents from noise to the last step.
fn latents(
    case: &Case,
    pipeline: &Pipeline,
    texts: &Texts,
    fused: &Tensor,
    visit: Visit<'_>,
) -> Result<Tensor> {
    let settings = &case.settings;
    let device = &pipeline.place.device;
    let config = Config::parse(case.model.config("scheduler"))?;
    let steps = settings.num_inference_steps;
    let mut scheduler = Scheduler::new(&config, None, steps)?;
    let size = (settings.height, settings.width);
    visit("timesteps", &list(scheduler.timesteps())?)?;
    if !scheduler.sigmas().is_empty() {
        visit("sigmas", &list(scheduler.sigmas())?)?;
    }
    let rows = if settings.guidance_scale > 1.0 { 2 } else { 1 } * settings.num_images_per_prompt;
    visit("add_time_ids", &list(&Pipeline::time_ids(size).repeat(rows))?.reshape((rows, 6))?)?;

    let absent = |what: &str| Error::Compute(format!("the case has no {what}"));
    let start = input(case, device, "latents")?.ok_or_else(|| absent("latents"))?;
    let start = (start * scheduler.init_noise_sigma())?;
    visit("latents.initial", &start)?;
    let step_noise = input(case, device, "step_noise")?;
    let mut noise = |i: usize| -> Result<Tensor> {
        Ok(step_noise.as_ref().ok_or_else(|| absent("noise"))?.narrow(0, i, 1)?.squeeze(0)?)
    };
    let guided = Guided {
        negative: &texts.negative,
        text_only: &texts.text_only,
        merged: (fused, &texts.prompt.pooled),
        start_merge: settings.start_merge_step,
        guidance: settings.guidance_scale,
        size,
    };
    let merged_at = usize::try_from(settings.start_merge_step + 1).unwrap_or(0);
    let mut all = Vec::new();
    let mut kept = Vec::new();
    let mut watch = |step: Step<'_>| {
        if step.index == 0 {
            kept.push(("unet.first.input", step.input.clone()));
            kept.push(("unet.first.output", step.output.clone()));
            kept.push(("latents.step_1", step.latents.clone()));
        }
        if step.index == merged_at {
            kept.push(("unet.merged.output", step.output.clone()));
            kept.push(("latents.step_merged", step.latents.clone()));
        }
        all.push(step.latents.clone());
        true
    };
    let latents = pipeline.denoise(&mut scheduler, start, 0..steps, &guided, &mut noise, &mut watch)?;
    for (name, value) in kept {
        visit(name, &value)?;
    }
    visit("latents.final", &latents)?;
    visit("latents.all", &Tensor::cat(&all, 0)?)?;
    Ok(latents)
}

/// The decoded pictures: `image` `[n, 3, h, w]` is from 0 to 1.
fn picture(pipeline: &Pipeline, latents: &Tensor, visit: Visit<'_>) -> Result<()> {
    let pictures: Result<Vec<_>> =
        (0..latents.dim(0)?).map(|i| pipeline.decode(&latents.narrow(0, i, 1)?)).collect();
    let raw = Tensor::cat(&pictures?, 0)?.to_dtype(DType::F32)?;
    visit("image.raw", &raw)?;
    visit("image", &((raw / 2.0)? + 0.5)?.clamp(0.0, 1.0)?)
}

/// The weights that PhotoMaker's LoRA changes, without it and with it.
fn fused_weights(case: &Case, model: &Path, visit: Visit<'_>) -> Result<()> {
    for (prefix, fused) in [("lora_base.", false), ("lora_fused.", true)] {
        let unet = unet_weights(model, fused)?;
        for name in case.settings.expected.iter().map(|expected| &expected.name) {
            let Some(module) = name.strip_prefix(prefix) else { continue };
            let Some(view) = unet.entries().get(&format!("{module}.weight")) else { continue };
            visit(name, &tensor(view)?)?;
        }
    }
    Ok(())
}

/// The UNet's weights of a model directory, with PhotoMaker's LoRA added or without.
fn unet_weights(model: &Path, fused: bool) -> Result<Tensors> {
    let mut checkpoint = Checkpoint::open(model, &weights::Options::default())?;
    if fused {
        let file = PhotoMaker::find(model).ok_or_else(|| Error::NotFound(model.to_owned()))?;
        let modules = lora::parse(&PhotoMaker::open(&file)?.lora, &checkpoint)?;
        weights::fuse(&modules, 1.0, &mut checkpoint)?;
    }
    Ok(checkpoint.unet)
}

/// A tensor of `inputs.safetensors`.
fn input(case: &Case, device: &Device, name: &str) -> Result<Option<Tensor>> {
    case.inputs.get(name).map(|view| Ok(tensor(view)?.to_device(device)?)).transpose()
}

fn tensor(view: &View) -> Result<Tensor> {
    Ok(Tensor::from_vec(view.to_f32(), view.shape(), &Device::Cpu)?)
}

fn list(values: &[f64]) -> Result<Tensor> {
    let values: Vec<f32> = values.iter().map(|v| *v as f32).collect();
    let length = values.len();
    Ok(Tensor::from_vec(values, length, &Device::Cpu)?)
}
