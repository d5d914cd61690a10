//! Every stage of a case, in order.

use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::case::Case;
use super::compare::{Outcome, Stage};
use crate::error::{Error, Result};
use crate::load::{Files, Options, load};
use crate::ops::Place;
use crate::pipeline::{Guided, Pipeline};
use crate::preprocess::{clip_pixels, clip_tensor};
use crate::schedulers::{Config, Scheduler};

/// Collects stages as they are computed.
struct Table<'a> {
    case: &'a Case,
    stages: Vec<Stage>,
    /// The decoded pictures, 0 to 1.
    picture: Vec<f32>,
}

impl Table<'_> {
    fn add(&mut self, name: &str, value: &Tensor) -> Result<()> {
        self.stages.extend(self.case.compare(name, value)?);
        Ok(())
    }

    fn add_ids(&mut self, name: &str, ids: &[u32]) -> Result<()> {
        self.add(name, &Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?)
    }
}

/// Runs the model that was written to `model` by [`Case::write_model`] and compares every stage.
///
/// # Errors
/// Those of loading and computing; a difference is no error but a row of the table.
pub fn run(case: &Case, model: &Path, place: &Place) -> Result<Vec<Stage>> {
    let mut table = whole(case, model, place)?;
    lora(&mut table, case, model)?;
    let done: Vec<&str> = table.stages.iter().map(|s| s.name.as_str()).collect();
    let missing: Vec<Stage> = case
        .stages()
        .filter(|name| !done.contains(name))
        .map(|name| Stage {
            name: name.to_owned(),
            shape: Vec::new(),
            max: f64::NAN,
            relative: f64::NAN,
            outcome: Outcome::Missing("never computed".to_owned()),
        })
        .collect();
    table.stages.extend(missing);
    Ok(table.stages)
}

/// The decoded pictures of a case, 0 to 1, `[n, 3, h, w]` in a row.
///
/// # Errors
/// As [`run`].
pub fn picture(case: &Case, model: &Path, place: &Place) -> Result<Vec<f32>> {
    Ok(whole(case, model, place)?.picture)
}

fn whole<'a>(case: &'a Case, model: &Path, place: &Place) -> Result<Table<'a>> {
    let heads = case.config("id_encoder")["num_attention_heads"].as_u64();
    let options = Options { vision_heads: heads.and_then(|h| usize::try_from(h).ok()), ..Options::default() };
    let files = Files { base: model.to_owned(), ..Files::default() };
    let pipeline = load(&files, place, &options)?.pipeline;
    let mut table = Table { case, stages: Vec::new(), picture: Vec::new() };
    stages(&mut table, case, &pipeline)?;
    Ok(table)
}

/// The weights before and after the LoRA was added.
fn lora(table: &mut Table<'_>, case: &Case, model: &Path) -> Result<()> {
    let modules = |prefix: &str| -> Vec<String> {
        case.stages().filter_map(|s| s.strip_prefix(prefix)).map(str::to_owned).collect()
    };
    for (prefix, fused) in [("lora_base.", false), ("lora_fused.", true)] {
        let unet = crate::load::unet_weights(model, fused)?;
        for module in modules(prefix) {
            let Some(view) = unet.entries().get(&format!("{module}.weight")) else { continue };
            let weight = Tensor::from_vec(view.to_f32(), view.shape(), &Device::Cpu)?;
            table.add(&format!("{prefix}{module}"), &weight)?;
        }
    }
    Ok(())
}

fn stages(table: &mut Table<'_>, case: &Case, pipeline: &Pipeline) -> Result<()> {
    let settings = &case.settings;
    let device = &pipeline.place.device;
    let input = |name: &str| -> Result<Option<Tensor>> {
        let Some(view) = case.inputs.get(name) else { return Ok(None) };
        Ok(Some(Tensor::from_vec(view.to_f32(), view.shape(), &Device::Cpu)?.to_device(device)?))
    };

    let ids = pipeline.ids(&settings.prompt, settings.negative_prompt.as_deref(), settings.photos.len())?;
    for i in 0..2 {
        table.add_ids(&format!("ids.prompt.{}", i + 1), &ids.prompt[i].ids)?;
        table.add_ids(&format!("ids.text_only.{}", i + 1), &ids.text_only[i])?;
        if let Some(negative) = &ids.negative {
            table.add_ids(&format!("ids.negative.{}", i + 1), &negative[i])?;
        }
    }
    let mask = &ids.prompt[1].mask;
    let as_numbers: Vec<u32> = mask.iter().map(|m| u32::from(*m)).collect();
    table.add_ids("class_tokens_mask", &as_numbers)?;
    if ids.text_only_prompt != settings.text_only_prompt {
        let detail = format!("{:?} ≠ {:?}", ids.text_only_prompt, settings.text_only_prompt);
        return Err(Error::Compute(format!("the prompt without its trigger: {detail}")));
    }

    let prompt = pipeline.embed([&ids.prompt[0].ids, &ids.prompt[1].ids])?;
    let text_only = pipeline.embed([&ids.text_only[0], &ids.text_only[1]])?;
    let negative = pipeline.embed_negative(ids.negative.as_ref(), &prompt)?;
    table.add("te1.prompt", &prompt.first)?;
    table.add("te2.prompt", &prompt.second)?;
    table.add("prompt_embeds.concat", &prompt.tokens)?;
    table.add("pooled.prompt", &prompt.pooled)?;
    for (name, embedding) in [("text_only", &text_only), ("negative", &negative)] {
        table.add(&format!("prompt_embeds.{name}"), &embedding.tokens)?;
        table.add(&format!("pooled.{name}"), &embedding.pooled)?;
    }

    let crops: Vec<_> = case.photos()?.iter().map(clip_pixels).collect();
    let bytes: Vec<u32> = crops.iter().flat_map(|c| c.as_raw().iter().map(|b| u32::from(*b))).collect();
    table.add("clip.pixels_u8", &Tensor::from_vec(bytes, (crops.len(), 224, 224, 3), &Device::Cpu)?)?;
    let pixels = clip_tensor(&crops, device)?;
    table.add("clip.pixels.photo_0", &pixels.narrow(0, 0, 1)?.squeeze(0)?)?;
    let faces = input("id_embeds")?;
    let identity = pipeline.id_encoder.encode(&pixels, faces.as_ref())?;
    table.add("vision.last_hidden", &identity.last_hidden)?;
    if let Some(pooled) = &identity.pooled {
        table.add("vision.pooled", pooled)?;
    } else {
        // Not used by v2, but the same weights.
        table.add("vision.pooled", &pipeline.id_encoder.pooled(&identity.last_hidden)?)?;
    }
    if let Some(tokens) = &identity.face_tokens {
        table.add("id_embeds.tokens", tokens)?;
    }
    table.add("id_embeds.projected", &identity.projected)?;
    let fused = pipeline.fuse(&prompt, &identity, mask)?;
    table.add("prompt_embeds.fused", &fused)?;

    let config = Config::parse(case.config("scheduler"))?;
    let steps = settings.num_inference_steps;
    let mut scheduler = Scheduler::new(&config, None, steps)?;
    let list = |values: &[f64]| -> Result<Tensor> {
        Ok(Tensor::from_vec(
            values.iter().map(|v| *v as f32).collect::<Vec<_>>(),
            values.len(),
            &Device::Cpu,
        )?)
    };
    table.add("timesteps", &list(scheduler.timesteps())?)?;
    if !scheduler.sigmas().is_empty() {
        table.add("sigmas", &list(scheduler.sigmas())?)?;
    }
    let size = (settings.height, settings.width);
    let rows = if settings.guidance_scale > 1.0 { 2 } else { 1 } * settings.num_images_per_prompt;
    let time_ids: Vec<f32> = Pipeline::time_ids(size).iter().map(|v| *v as f32).collect();
    table.add("add_time_ids", &Tensor::from_vec(time_ids.repeat(rows), (rows, 6), &Device::Cpu)?)?;

    let missing = || Error::Compute("the case has no latents".to_owned());
    let latents = (input("latents")?.ok_or_else(missing)? * scheduler.init_noise_sigma())?;
    table.add("latents.initial", &latents)?;
    let step_noise = input("step_noise")?;
    let guided = Guided {
        negative: &negative,
        text_only: &text_only,
        merged: (&fused, &prompt.pooled),
        start_merge: settings.start_merge_step,
        guidance: settings.guidance_scale,
        size,
    };
    let merged_at = usize::try_from(settings.start_merge_step + 1).unwrap_or(0);
    let mut all = Vec::new();
    let mut kept = Vec::new();
    let mut noise = |i: usize| -> Result<Tensor> {
        let noise = step_noise.as_ref().ok_or_else(|| Error::Compute("the case has no noise".to_owned()))?;
        Ok(noise.narrow(0, i, 1)?.squeeze(0)?)
    };
    let mut watch = |step: crate::pipeline::Step<'_>| {
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
    let latents = pipeline.denoise(&mut scheduler, latents, 0..steps, &guided, &mut noise, &mut watch)?;
    for (name, value) in kept {
        table.add(name, &value)?;
    }
    table.add("latents.final", &latents)?;
    table.add("latents.all", &Tensor::cat(&all, 0)?)?;
    let pictures: Result<Vec<_>> =
        (0..latents.dim(0)?).map(|i| pipeline.decode(&latents.narrow(0, i, 1)?)).collect();
    let raw = Tensor::cat(&pictures?, 0)?.to_dtype(DType::F32)?;
    table.add("image.raw", &raw)?;
    let image = ((raw / 2.0)? + 0.5)?.clamp(0.0, 1.0)?;
    table.picture = image.flatten_all()?.to_vec1::<f32>()?;
    table.add("image", &image)
}
