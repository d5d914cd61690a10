//! From noise to pictures, several in one batch.

use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use drape_core::engine::{self, Request};
use image::RgbImage;

use super::identity::{self, Known};
use super::setup::Portraits;
use crate::cache::Cache;
use crate::error::{Error, Input, Result};
use crate::load::{Loaded, Stage};
use crate::memory;
use crate::noise::Noise;
use crate::picture;
use crate::pipeline::{Embedding, Guided, Ids, Step};
use crate::prompt::{self, Prompt};
use crate::schedulers::{Kind, Scheduler};

/// Default steps, as in the reference.
const STEPS: usize = 50;
/// Default guidance scale, as in the reference.
const GUIDANCE: f64 = 5.0;
/// The last step that sees the text alone, in percent of the steps and at most, as in the reference: the pose
/// and place of the picture come from the sentence, the face from the photos.
const ALONE: (usize, usize) = (20, 30);
/// Most pictures in one batch on a GPU. On the processor one picture fills every core, and a batch would only
/// take more memory; one at a time, a picture also has the same bytes in every request.
const BATCH: usize = 4;
/// Previews per picture.
const PREVIEWS: usize = 10;

/// A request with every choice made.
#[derive(Debug, Clone)]
pub(super) struct RunSettings {
    pub(super) steps: usize,
    pub(super) guidance: f64,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) scheduler: Kind,
    /// Pictures made per look.
    pub(super) best_of: usize,
    /// Percent of the steps that see the text alone.
    alone: usize,
    /// Seeds of all pictures, look by look.
    seeds: Vec<u64>,
    /// Pictures per batch.
    batch: usize,
}

/// Results of earlier requests that later ones may reuse.
pub(super) struct Kept {
    texts: Cache<Vec<u32>, Embedding>,
    trunks: Cache<TrunkKey, Trunk>,
}

/// Texts that are kept, at 0.6 MB each.
const TEXTS: usize = 32;
/// Trunks (results of the first steps) that are kept, at 64 kB each at 1024 pixels.
const TRUNKS: usize = 128;
/// How long texts and first steps are kept.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

impl Default for Kept {
    fn default() -> Self {
        Self { texts: Cache::new(TEXTS, A_DAY), trunks: Cache::new(TRUNKS, A_DAY) }
    }
}

/// Everything that the first steps depend on. None of it comes from a person's photos.
#[derive(Debug, Clone, PartialEq)]
struct TrunkKey {
    text: Vec<u32>,
    negative: Vec<u32>,
    seed: u64,
    size: (usize, usize),
    scheduler: Kind,
    steps: usize,
    until: usize,
    guidance: f64,
}

/// A picture after the steps that see the text alone.
#[derive(Debug, Clone)]
struct Trunk {
    latents: Tensor,
    scheduler: Scheduler,
}

/// One picture.
pub(super) struct Candidate {
    pub(super) picture: RgbImage,
    pub(super) seed: u64,
    pub(super) likeness: f32,
}

/// The pictures of a request, and how they were made.
pub(super) struct Pictures {
    /// For each look, the candidate most like the person.
    pub(super) looks: Vec<Candidate>,
    pub(super) prompt: Prompt,
    pub(super) denoising: Duration,
    pub(super) decoding: Duration,
}

impl RunSettings {
    pub(super) fn of(request: &Request<'_>, loaded: &Loaded, scheduler: Option<Kind>) -> Result<Self> {
        let settings = request.settings;
        let few = loaded.few_step;
        let native = loaded.native_size();
        let (width, height) = match (settings.width, settings.height) {
            (Some(width), Some(height)) => (width as usize, height as usize),
            _ => (native, native),
        };
        let scale = loaded.pipeline.vae.scale();
        if !width.is_multiple_of(scale) || !height.is_multiple_of(scale) {
            return Err(Input::Size { width, height }.into());
        }
        let kind = match scheduler.or(loaded.scheduler_kind()) {
            Some(kind) => kind,
            None => loaded.scheduler.kind()?,
        };
        let best_of = settings.best_of.unwrap_or(1).max(1) as usize;
        // Space candidates widely, so that those of one look are no seeds of its neighbours.
        let candidate = |seed: u64, k: u64| seed.wrapping_add(k.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let seeds = request.seeds.iter().flat_map(|s| (0..best_of as u64).map(|k| candidate(*s, k)));
        let on_gpu = !loaded.pipeline.place.device.is_cpu();
        Ok(Self {
            steps: settings.steps.map_or(few.map_or(STEPS, |f| f.steps), |n| n as usize),
            guidance: settings.guidance.unwrap_or(few.map_or(GUIDANCE, |f| f64::from(f.guidance))),
            width,
            height,
            scheduler: kind,
            best_of,
            alone: settings.style_strength.map_or(ALONE.0, |percent| percent.min(100) as usize),
            seeds: seeds.collect(),
            batch: if on_gpu { BATCH } else { 1 },
        })
    }

    /// Bytes needed in addition to the weights.
    pub(super) fn activations(&self) -> u64 {
        let rows = if self.guidance > 1.0 { 2 } else { 1 } * self.batch.min(self.seeds.len());
        memory::activations(self.width, self.height, rows)
    }

    /// The last step that sees the text alone.
    fn start_merge(&self) -> usize {
        (self.steps * self.alone / 100).min(ALONE.1)
    }

    fn batches(&self) -> usize {
        self.seeds.len().div_ceil(self.batch)
    }

    /// Steps in all, for progress reports.
    pub(super) fn total(&self) -> u32 {
        u32::try_from(1 + self.batches() * (self.steps + 1)).unwrap_or(u32::MAX)
    }
}

/// Reports progress: stage, step, steps in all, preview.
type Tell<'a> = dyn FnMut(engine::Stage, u32, u32, Option<Vec<u8>>) -> Result<()> + 'a;

/// The texts of a run.
struct Texts {
    prompt: Prompt,
    ids: Ids,
    with_trigger: Embedding,
    text_only: Embedding,
    negative: Embedding,
}

/// Makes the pictures of a request.
pub(super) fn draw(
    (loaded, portraits): (&Loaded, Option<&Portraits>),
    kept: &mut Kept,
    request: &Request<'_>,
    wanted: &RunSettings,
    known: &Known,
    tell: &mut Tell<'_>,
) -> Result<Pictures> {
    let texts = read(loaded, kept, request, known)?;
    let fused = loaded.pipeline.fuse(&texts.with_trigger, &known.identity, &texts.ids.prompt[1].mask)?;
    let (mut denoising, mut decoding) = (Duration::ZERO, Duration::ZERO);
    let mut made = Vec::new();
    for (number, seeds) in wanted.seeds.chunks(wanted.batch).enumerate() {
        let start = Instant::now();
        let mut steps = Steps { loaded, wanted, done: 1 + number * (wanted.steps + 1), tell, failed: None };
        let latents = denoise(kept, wanted, &texts, &fused, seeds, &mut steps)?;
        denoising += start.elapsed();
        if needs_room(wanted) {
            loaded.rest(Stage::Denoising);
        }
        let start = Instant::now();
        steps.told(engine::Stage::Decode, wanted.steps, None)?;
        for (i, &seed) in seeds.iter().enumerate() {
            let picture = picture::to_rgb(&loaded.pipeline.decode(&latents.narrow(0, i, 1)?)?)?;
            let likeness = identity::likeness(portraits, loaded, known, &picture)?;
            made.push(Candidate { picture, seed, likeness });
        }
        decoding += start.elapsed();
    }
    let mut looks = Vec::new();
    while !made.is_empty() {
        let of_look = made.drain(..wanted.best_of.min(made.len()));
        looks.extend(of_look.max_by(|a, b| a.likeness.total_cmp(&b.likeness)));
    }
    Ok(Pictures { looks, prompt: texts.prompt, denoising, decoding })
}

/// Writes the prompt and embeds it, reusing embeddings of recent texts.
fn read(loaded: &Loaded, kept: &mut Kept, request: &Request<'_>, known: &Known) -> Result<Texts> {
    let pipeline = &loaded.pipeline;
    let identities = known.photos * pipeline.id_encoder.num_tokens();
    // The prompt must fit both tokenizers, which treat punctuation differently.
    let length = |text: &str| pipeline.tokenizer.length(text).max(pipeline.tokenizer_2.length(text));
    let more = request.settings.negative.as_deref();
    let prompt = prompt::write(request.style, request.subject, identities, more, &length);
    let ids = pipeline.ids(&prompt.text, Some(&prompt.negative), known.photos)?;
    if ids.prompt.iter().any(|p| p.end_lost) {
        return Err(Input::NoRoom(known.photos).into());
    }
    let mut embed = |ids: [&[u32]; 2]| -> Result<Embedding> {
        let (key, now) = (ids.concat(), Instant::now());
        if let Some(embedding) = kept.texts.get(&key, now) {
            return Ok(embedding);
        }
        let embedding = pipeline.embed(ids)?;
        kept.texts.put(key, embedding.clone(), now);
        Ok(embedding)
    };
    let with_trigger = embed([&ids.prompt[0].ids, &ids.prompt[1].ids])?;
    let text_only = embed([&ids.text_only[0], &ids.text_only[1]])?;
    let negative = match &ids.negative {
        Some([first, second]) => embed([first, second])?,
        None => pipeline.embed_negative(None, &with_trigger)?,
    };
    loaded.rest(Stage::Texts);
    Ok(Texts { prompt, ids, with_trigger, text_only, negative })
}

/// Whether the decoder needs so much memory that the UNet's weights should be given back first.
fn needs_room(wanted: &RunSettings) -> bool {
    memory::activations(wanted.width, wanted.height, 0) > 1 << 31
}

/// Reports the steps of one batch.
struct Steps<'a, 'b> {
    loaded: &'a Loaded,
    wanted: &'a RunSettings,
    /// Steps reported before this batch.
    done: usize,
    tell: &'a mut Tell<'b>,
    /// The error that stops the work. `after` keeps it here, because it can only answer whether to go on.
    failed: Option<Error>,
}

impl Steps<'_, '_> {
    fn told(&mut self, stage: engine::Stage, step: usize, preview: Option<Vec<u8>>) -> Result<()> {
        let step = u32::try_from(self.done + step).unwrap_or(u32::MAX);
        (self.tell)(stage, step, self.wanted.total(), preview)
    }

    /// Reports a step of denoising, and answers whether to go on.
    fn after(&mut self, step: &Step<'_>) -> bool {
        let every = self.wanted.steps.div_ceil(PREVIEWS);
        let shows = step.index > 0 && step.index.is_multiple_of(every);
        let preview = if shows { self.preview(step.latents) } else { None };
        match self.told(engine::Stage::Denoise, step.index + 1, preview) {
            Ok(()) => true,
            Err(error) => {
                self.failed = Some(error);
                false
            }
        }
    }

    /// A rough preview of the batch's first picture; `None` if it fails.
    fn preview(&self, latents: &Tensor) -> Option<Vec<u8>> {
        let first = latents.narrow(0, 0, 1).ok()?;
        let picture = match &self.loaded.preview {
            Some(decoder) => picture::to_rgb(&decoder.decode(&first).ok()?).ok()?,
            None => picture::rough(&first).ok()?,
        };
        picture::preview(&picture)
    }
}

/// The denoised latents of a batch, `[n, 4, h, w]`.
fn denoise(
    kept: &mut Kept,
    wanted: &RunSettings,
    texts: &Texts,
    fused: &Tensor,
    seeds: &[u64],
    steps: &mut Steps<'_, '_>,
) -> Result<Tensor> {
    let loaded = steps.loaded;
    let guided = Guided {
        negative: &texts.negative,
        text_only: &texts.text_only,
        merged: (fused, &texts.with_trigger.pooled),
        start_merge: i64::try_from(wanted.start_merge()).unwrap_or(i64::MAX),
        guidance: wanted.guidance,
        size: (wanted.height, wanted.width),
    };
    let until = (wanted.start_merge() + 1).min(wanted.steps);
    let negative = texts.ids.negative.as_ref().map(|n| n.concat()).unwrap_or_default();
    let key = |seed: u64| TrunkKey {
        text: texts.ids.text_only.concat(),
        negative: negative.clone(),
        seed,
        size: (wanted.width, wanted.height),
        scheduler: wanted.scheduler,
        steps: wanted.steps,
        until,
        guidance: wanted.guidance,
    };
    let now = Instant::now();
    let mut trunks: Vec<Option<Trunk>> = seeds.iter().map(|s| kept.trunks.get(&key(*s), now)).collect();
    let absent: Vec<usize> = (0..seeds.len()).filter(|i| trunks[*i].is_none()).collect();
    if !absent.is_empty() {
        let of: Vec<u64> = absent.iter().map(|i| seeds[*i]).collect();
        let mut scheduler = Scheduler::new(&loaded.scheduler, Some(wanted.scheduler), wanted.steps)?;
        let latents = (noise(loaded, wanted, &of, 0)? * scheduler.init_noise_sigma())?;
        let latents = part(steps, (&mut scheduler, latents), 0..until, &guided, &of)?;
        for (k, i) in absent.into_iter().enumerate() {
            let trunk = Trunk { latents: latents.narrow(0, k, 1)?, scheduler: scheduler.of_picture(k)? };
            kept.trunks.put(key(seeds[i]), trunk.clone(), now);
            trunks[i] = Some(trunk);
        }
    }
    let trunks: Vec<Trunk> = trunks.into_iter().flatten().collect();
    let latents: Vec<Tensor> = trunks.iter().map(|t| t.latents.clone()).collect();
    let schedulers: Vec<Scheduler> = trunks.into_iter().map(|t| t.scheduler).collect();
    let mut scheduler = Scheduler::of_batch(&schedulers)?;
    let latents = Tensor::cat(&latents, 0)?;
    part(steps, (&mut scheduler, latents), until..wanted.steps, &guided, seeds)
}

/// Some steps of a batch.
fn part(
    steps: &mut Steps<'_, '_>,
    (scheduler, latents): (&mut Scheduler, Tensor),
    range: std::ops::Range<usize>,
    guided: &Guided<'_>,
    seeds: &[u64],
) -> Result<Tensor> {
    let (loaded, wanted) = (steps.loaded, steps.wanted);
    let mut fresh = |i: usize| noise(loaded, wanted, seeds, 1 + i as u64);
    let mut watch = |step: Step<'_>| steps.after(&step);
    let result = loaded.pipeline.denoise(scheduler, latents, range, guided, &mut fresh, &mut watch);
    match (result, steps.failed.take()) {
        (Err(Error::Cancelled), Some(why)) => Err(why),
        (result, _) => result,
    }
}

/// Noise for each picture of a batch, `[n, 4, h / 8, w / 8]`. Stream 0 begins the picture; stream `1 + i` is
/// added at step `i`, for schedulers that need fresh noise.
fn noise(loaded: &Loaded, wanted: &RunSettings, seeds: &[u64], stream: u64) -> Result<Tensor> {
    let scale = loaded.pipeline.vae.scale();
    let (height, width) = (wanted.height / scale, wanted.width / scale);
    let channels = loaded.pipeline.unet.config().in_channels;
    let each = channels * height * width;
    let values: Vec<f32> = seeds.iter().flat_map(|s| Noise::new(*s, stream).take(each)).collect();
    let noise = Tensor::from_vec(values, (seeds.len(), channels, height, width), &Device::Cpu)?;
    Ok(noise.to_device(&loaded.pipeline.place.device)?)
}
