//! Turns files into a [`Pipeline`]: opens them, adds LoRAs, checks every name, and only then builds.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device};
use serde::de::DeserializeOwned;

use crate::autoencoder_kl::AutoencoderKL;
use crate::autoencoder_tiny::{AutoencoderTiny, TinyConfig};
use crate::clip::TextEncoder;
use crate::error::{Error, Result};
use crate::json;
use crate::memory;
use crate::model::PhotoMakerIDEncoder;
use crate::ops::{Place, Weights};
use crate::pipeline::Pipeline;
use crate::schedulers::{Config, Kind as SchedulerKind};
use crate::tokenizer::Tokenizer;
use crate::unet_2d_condition::UNet2DConditionModel;
use crate::weights::few_step::{FewStep, Sampler, scheduler_for};
use crate::weights::{
    Checkpoint, Kind, Options as Opening, PhotoMaker, Tensors, View, fuse, lora, read_metadata,
    read_safetensors,
};

/// The files of a model.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// SDXL: a diffusers directory or a single file.
    pub base: PathBuf,
    /// PhotoMaker's file or folder; without it, the file is looked for in `base`.
    pub photomaker: Option<PathBuf>,
    /// LoRAs to add, with their strength.
    pub loras: Vec<(PathBuf, f32)>,
    /// TAESDXL for previews: its directory or file.
    pub preview: Option<PathBuf>,
    /// Folder with `vocab.json` and `merges.txt`, for a single file that has none beside it.
    pub tokenizer: Option<PathBuf>,
}

/// Options of loading.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Prefer files of this variant: `fp16`.
    pub variant: Option<String>,
    /// Heads of the vision model, where they are not 64 channels wide.
    pub vision_heads: Option<usize>,
}

/// A loaded model.
#[derive(Debug)]
pub struct Loaded {
    /// Its networks.
    pub pipeline: Pipeline,
    /// The small decoder for previews.
    pub preview: Option<AutoencoderTiny>,
    /// Its schedule of noise.
    pub scheduler: Config,
    /// The settings that a few-step LoRA needs, if one was added.
    pub few_step: Option<FewStep>,
    /// Bytes of all weights that a picture reads.
    pub weight_bytes: u64,
    resting: Resting,
}

/// The weights of each stage, whose memory can be given back when the stage is over.
#[derive(Debug, Default)]
struct Resting {
    texts: Vec<View>,
    identity: Vec<View>,
    unet: Vec<View>,
}

/// A stage whose weights are not needed for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Both text encoders.
    Texts,
    /// The ID encoder.
    Identity,
    /// The UNet.
    Denoising,
}

impl Loaded {
    /// The scheduler when none is asked for: that of a few-step LoRA, or the checkpoint's own.
    pub fn scheduler_kind(&self) -> Option<SchedulerKind> {
        self.few_step.map(|f| match f.sampler {
            Sampler::Lcm => SchedulerKind::Lcm,
            Sampler::EulerTrailing => SchedulerKind::Euler,
        })
    }

    /// Gives back the memory of a stage's weights, unless they were copied: at full size all stages together
    /// take a third more than the largest. The system reads them from the file again when they are needed.
    pub fn rest(&self, stage: Stage) {
        let views = match stage {
            Stage::Texts => &self.resting.texts,
            Stage::Identity => &self.resting.identity,
            Stage::Denoising => &self.resting.unet,
        };
        views.iter().for_each(View::rest);
    }

    /// Pixels of a side that the model was trained on.
    pub fn native_size(&self) -> usize {
        self.pipeline.unet.config().sample_size.unwrap_or(128) * self.pipeline.vae.scale()
    }
}

/// Where to compute: the first GPU of the kind that this program was built for, or the processor.
///
/// # Errors
/// [`Error::Compute`] when the device cannot be used.
pub fn place(processor: bool, stored: Option<Kind>) -> Result<Place> {
    if processor {
        return Ok(Place { stored, ..Place::cpu() });
    }
    #[cfg(feature = "cuda")]
    if candle_core::utils::cuda_is_available() {
        return Ok(Place { device: Device::new_cuda(0)?, dtype: DType::BF16, stored });
    }
    #[cfg(feature = "metal")]
    if candle_core::utils::metal_is_available() {
        return Ok(Place { device: Device::new_metal(0)?, dtype: DType::F16, stored });
    }
    Ok(Place { device: Device::Cpu, dtype: DType::F32, stored })
}

/// Loads a model.
///
/// # Errors
/// Those of opening ([`Checkpoint::open`], [`PhotoMaker::open`]), [`Error::Tensors`] with every tensor
/// that is missing, has another shape or belongs nowhere, [`Error::Unsupported`].
pub fn load(files: &Files, place: &Place, options: &Options) -> Result<Loaded> {
    let opening = Opening {
        variant: options.variant.clone(),
        tokenizer: files.tokenizer.clone(),
        ..Opening::default()
    };
    let mut checkpoint = Checkpoint::open(&files.base, &opening)?;
    let photomaker = PhotoMaker::open(&photomaker_file(files)?)?;
    // No weight was read so far. The UNet is the largest network, so it decides.
    let unet = checkpoint.unet.entries().values();
    memory::check(unet.map(|v| (v.len() * v.kind().bytes()) as u64).sum())?;
    let modules = lora::parse(&photomaker.lora, &checkpoint)?;
    fuse(&modules, 1.0, &mut checkpoint)?;
    let mut few_step = None;
    for (path, strength) in &files.loras {
        let modules = lora::read(path, &checkpoint)?;
        fuse(&modules, *strength, &mut checkpoint)?;
        let metadata = if path.extension().is_some_and(|e| e == "safetensors") {
            read_metadata(path)?
        } else {
            Default::default()
        };
        few_step = few_step.or(scheduler_for(path, &metadata));
    }
    let scheduler = Config::parse(&checkpoint.configs.scheduler)?;
    let trailing = few_step.is_some_and(|f| f.sampler == Sampler::EulerTrailing);
    let of = |tensors: &Tensors| tensors.entries().values().cloned().collect::<Vec<View>>();
    let resting = Resting {
        texts: [of(&checkpoint.text_encoder), of(&checkpoint.text_encoder_2)].concat(),
        identity: of(&photomaker.id_encoder),
        unet: of(&checkpoint.unet),
    };
    photomaker.lora.values().for_each(View::rest);
    let bytes = |views: &[View]| views.iter().map(|v| (v.len() * v.kind().bytes()) as u64).sum::<u64>();
    let weight_bytes = bytes(&resting.texts).max(bytes(&resting.identity)).max(bytes(&resting.unet));
    Ok(Loaded {
        weight_bytes,
        resting,
        pipeline: build(&checkpoint, &photomaker, place, options)?,
        preview: files.preview.as_deref().map(|p| preview(p, place)).transpose()?,
        scheduler: if trailing { scheduler.trailing() } else { scheduler },
        few_step,
    })
}

/// The PhotoMaker file that was named, or the one in the model's directory.
fn photomaker_file(files: &Files) -> Result<PathBuf> {
    if let Some(path) = &files.photomaker {
        if path.is_dir() {
            return PhotoMaker::find(path).ok_or_else(|| Error::NotFound(path.join("photomaker-v1.bin")));
        }
        return Ok(path.clone());
    }
    let folder = if files.base.is_dir() {
        files.base.as_path()
    } else {
        files.base.parent().unwrap_or(Path::new("."))
    };
    PhotoMaker::find(folder).ok_or_else(|| Error::NotFound(folder.join("photomaker-v1.bin")))
}

fn build(
    checkpoint: &Checkpoint,
    photomaker: &PhotoMaker,
    place: &Place,
    options: &Options,
) -> Result<Pipeline> {
    let configs = &checkpoint.configs;
    // Half precision overflows in the decoder, so it computes in single precision everywhere.
    let single = Place { dtype: DType::F32, ..place.clone() };
    let weights = |tensors: &'_ Tensors| -> Result<()> { tensors.finish(left_over) };
    let at = |tensors| Weights::new(Tensors::root(tensors), place);
    let pad = |value: &serde_json::Value, default: &str| {
        let token = &value["pad_token"];
        token.as_str().or(token["content"].as_str()).unwrap_or(default).to_owned()
    };
    let pipeline = Pipeline {
        tokenizer: Tokenizer::open(&checkpoint.tokenizer, &pad(&configs.tokenizer, "<|endoftext|>"))?,
        tokenizer_2: Tokenizer::open(&checkpoint.tokenizer_2, &pad(&configs.tokenizer_2, "!"))?,
        text_encoder: TextEncoder::load(
            &at(&checkpoint.text_encoder),
            &config(&configs.text_encoder, "text_encoder")?,
            false,
        )?,
        text_encoder_2: TextEncoder::load(
            &at(&checkpoint.text_encoder_2),
            &config(&configs.text_encoder_2, "text_encoder_2")?,
            true,
        )?,
        id_encoder: PhotoMakerIDEncoder::load(&at(&photomaker.id_encoder), options.vision_heads)?,
        unet: UNet2DConditionModel::load(&at(&checkpoint.unet), &config(&configs.unet, "unet")?)?,
        vae: AutoencoderKL::load(
            &Weights::new(checkpoint.vae.root(), &single),
            &config(&configs.vae, "vae")?,
        )?,
        force_zeros_for_empty_prompt: configs.model_index["force_zeros_for_empty_prompt"]
            .as_bool()
            .unwrap_or(true),
        place: place.clone(),
    };
    for tensors in [
        &checkpoint.text_encoder,
        &checkpoint.text_encoder_2,
        &photomaker.id_encoder,
        &checkpoint.unet,
        &checkpoint.vae,
    ] {
        weights(tensors)?;
    }
    Ok(pipeline)
}

/// Tensors that a published file may hold but no picture needs: the VAE's encoder, tables of positions,
/// CLIP's scale of training, and the projection that a single file may have for the first text encoder.
fn left_over(name: &str) -> bool {
    ["encoder.down_blocks.", "encoder.mid_block.", "encoder.conv_", "quant_conv."]
        .iter()
        .any(|p| name.starts_with(p))
        || name.ends_with("position_ids")
        || name == "logit_scale"
        || name == "text_projection.weight"
}

fn config<T: DeserializeOwned>(value: &serde_json::Value, component: &str) -> Result<T> {
    serde_json::from_value(value.clone()).map_err(|e| Error::unsupported(component, e.to_string()))
}

/// TAESDXL from its directory or file.
fn preview(path: &Path, place: &Place) -> Result<AutoencoderTiny> {
    let (file, settings) = if path.is_dir() {
        (path.join("diffusion_pytorch_model.safetensors"), path.join("config.json"))
    } else {
        (path.to_owned(), path.with_file_name("config.json"))
    };
    let settings = if settings.is_file() { json::read(&settings)? } else { TinyConfig::default() };
    let tensors = Tensors::new("preview", read_safetensors(&file)?);
    let single = Place { dtype: DType::F32, ..place.clone() };
    let decoder = AutoencoderTiny::load(&Weights::new(tensors.root(), &single), &settings)?;
    tensors.finish(|name| name.starts_with("encoder."))?;
    Ok(decoder)
}
