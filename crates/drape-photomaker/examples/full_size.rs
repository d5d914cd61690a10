//! Parts of a model of SDXL's full size, each in a process of its own so that its memory can be told:
//! `full_size PART MODEL_DIR [SIZE] [--candle]`, with PART one of
//!
//! - `check`: every network against `inputs.safetensors` and `expected.safetensors` in the model's folder
//!   (`tools/reference/full_size.py` writes them);
//! - `unet`: one forward of the UNet for a picture of SIZE pixels;
//! - `vae`: one picture of SIZE pixels decoded;
//! - `picture`: four steps from photo to picture of SIZE pixels, guided.
//!
//! Answers one line of JSON. `--candle` runs candle's own operations in single precision instead of ours.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a line of JSON on stdout is what this is for"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use candle_core::{Device, Tensor};
use drape_core::engine::{Request, Settings, Subject};
use drape_core::photo::{Format, Photo};
use drape_core::{lexicon, sentence::Sentence};
use drape_photomaker::autoencoder_kl::AutoencoderKL;
use drape_photomaker::engine::{Engine, Setup};
use drape_photomaker::load::{Files, Options, load};
use drape_photomaker::noise::Noise;
use drape_photomaker::ops::{Place, Weights, compare_with_candle};
use drape_photomaker::unet_2d_condition::{Condition, UNet2DConditionModel};
use drape_photomaker::weights::{Checkpoint, Kind, Options as Opening, View, read_safetensors};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let (flags, args): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let candle = flags.iter().any(|f| f == "--candle");
    compare_with_candle(candle);
    let [part, model, rest @ ..] = args.as_slice() else {
        eprintln!("usage: full_size check|unet|vae|picture MODEL_DIR [SIZE] [--candle]");
        return ExitCode::from(2);
    };
    let size: usize = rest.first().and_then(|s| s.parse().ok()).unwrap_or(512);
    let place = Place { stored: candle.then_some(Kind::F32), ..Place::cpu() };
    let result = match part.as_str() {
        "check" => check(Path::new(model), &place),
        "unet" => unet(Path::new(model), size, &place),
        "vae" => vae(Path::new(model), size, &place),
        "picture" => picture(Path::new(model), size),
        other => Err(format!("no part {other}").into()),
    };
    match result {
        Ok(mut value) => {
            value["peak_bytes"] = json!(status("VmHWM:"));
            value["own_bytes"] = json!(status("RssAnon:"));
            println!("{value}");
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// Bytes of a line of `/proc/self/status`.
fn status(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn noise(shape: &[usize], stream: u64) -> Result<Tensor, Failure> {
    let values = Noise::new(0, stream).take(shape.iter().product());
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// Seconds of the second of two runs: the first also reads the weights from disk.
fn timed<T>(mut run: impl FnMut() -> Result<T, Failure>) -> Result<(T, f64), Failure> {
    run()?;
    let start = Instant::now();
    let value = run()?;
    Ok((value, start.elapsed().as_secs_f64()))
}

fn unet(model: &Path, size: usize, place: &Place) -> Result<Value, Failure> {
    let checkpoint = Checkpoint::open(model, &Opening::default())?;
    let config = serde_json::from_value(checkpoint.configs.unet.clone())?;
    let unet = UNet2DConditionModel::load(&Weights::new(checkpoint.unet.root(), place), &config)?;
    let side = size / 8;
    let latents = noise(&[1, 4, side, side], 1)?;
    let pixels = size as f64;
    let condition = Condition {
        prompt: noise(&[1, 77, config.cross_attention_dim], 2)?,
        pooled: noise(&[1, 1280], 3)?,
        time_ids: [pixels, pixels, 0.0, 0.0, pixels, pixels],
    };
    let (_, seconds) = timed(|| Ok(unet.forward(&latents, 500.0, &condition)?))?;
    Ok(json!({ "seconds": seconds }))
}

fn vae(model: &Path, size: usize, place: &Place) -> Result<Value, Failure> {
    let checkpoint = Checkpoint::open(model, &Opening::default())?;
    let config = serde_json::from_value(checkpoint.configs.vae.clone())?;
    let vae = AutoencoderKL::load(&Weights::new(checkpoint.vae.root(), place), &config)?;
    let latents = noise(&[1, 4, size / 8, size / 8], 1)?;
    let (_, seconds) = timed(|| Ok(vae.decode(&latents)?))?;
    Ok(json!({ "seconds": seconds }))
}

fn picture(model: &Path, size: usize) -> Result<Value, Failure> {
    let files = Files { base: model.to_owned(), ..Files::default() };
    let engine = Engine::new(Setup { files, processor: true, ..Setup::default() });
    let start = Instant::now();
    engine.prepare()?;
    let loading = start.elapsed().as_secs_f64();
    let side = u32::try_from(size)?;
    let photo = image::RgbImage::from_fn(320, 400, |x, y| {
        image::Rgb([(x % 256) as u8, (y % 256) as u8, ((x * y) % 256) as u8])
    });
    let photo = Photo { pixels: photo, icc: None }.encode(Format::Png)?;
    let style = lexicon::read(&Sentence::parse("navy suit, white shirt")?);
    let settings = Settings { steps: Some(4), width: Some(side), height: Some(side), ..Settings::default() };
    let request = Request {
        photos: &[&photo],
        style: &style,
        seeds: &[1],
        subject: Subject::Person,
        settings: &settings,
        owner: None,
    };
    let start = Instant::now();
    let drawn = engine.run(request, &mut |_| true)?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(json!({ "load_seconds": loading, "seconds": seconds, "milliseconds": drawn[0].report.milliseconds }))
}

/// Every network on the inputs of the reference, and by how much it differs, as a part of the largest
/// value.
fn check(model: &Path, place: &Place) -> Result<Value, Failure> {
    let inputs = read_safetensors(&model.join("inputs.safetensors"))?;
    let expected = read_safetensors(&model.join("expected.safetensors"))?;
    let tensor = |map: &BTreeMap<String, View>, name: &str| -> Result<Tensor, Failure> {
        let view = map.get(name).ok_or_else(|| format!("no tensor {name}"))?;
        Ok(Tensor::from_vec(view.to_f32(), view.shape(), &Device::Cpu)?)
    };
    let files = Files { base: PathBuf::from(model), ..Files::default() };
    let start = Instant::now();
    // Without the LoRA, as the reference: the UNet is opened by itself.
    let pipeline = load(&files, place, &Options::default())?.pipeline;
    let load_seconds = start.elapsed().as_secs_f64();
    let checkpoint = Checkpoint::open(model, &Opening::default())?;
    let config = serde_json::from_value(checkpoint.configs.unet.clone())?;
    let unet = UNet2DConditionModel::load(&Weights::new(checkpoint.unet.root(), place), &config)?;
    checkpoint.unet.finish(|_| false)?;
    let time_ids: Vec<f64> =
        tensor(&inputs, "time_ids")?.flatten_all()?.to_vec1::<f32>()?.into_iter().map(f64::from).collect();
    let condition = Condition {
        prompt: tensor(&inputs, "prompt_embeds")?,
        pooled: tensor(&inputs, "pooled")?,
        time_ids: time_ids.try_into().map_err(|_| "six time ids")?,
    };
    let timestep = f64::from(tensor(&inputs, "timestep")?.flatten_all()?.to_vec1::<f32>()?[0]);
    let mut out = serde_json::Map::new();
    let mut compare = |name: &str, value: &Tensor| -> Result<(), Failure> {
        let found = value.flatten_all()?.to_vec1::<f32>()?;
        let wanted = expected.get(name).ok_or_else(|| format!("no expected {name}"))?.to_f32();
        if found.len() != wanted.len() {
            return Err(format!("{name}: {} values for {}", found.len(), wanted.len()).into());
        }
        let largest = wanted.iter().fold(0f32, |m, v| m.max(v.abs()));
        let off = found.iter().zip(&wanted).map(|(a, b)| (a - b).abs());
        let off = off.fold(0f32, |m, d| if d.is_nan() { f32::INFINITY } else { d.max(m) });
        out.insert(name.to_owned(), json!(off / largest));
        Ok(())
    };
    let output = unet.forward(&tensor(&inputs, "latents")?, timestep, &condition)?;
    compare("unet.f32", &output)?;
    compare("unet.bf16", &output)?;
    let scaled = (tensor(&inputs, "vae_latents")? * 0.13025)?;
    compare("vae.f32", &pipeline.decode(&scaled)?)?;
    let ids = |name: &str| -> Result<Vec<u32>, Failure> {
        let bytes = std::fs::read(model.join("inputs.safetensors"))?;
        let file = safetensors::SafeTensors::deserialize(&bytes)?;
        let data = file.tensor(name)?.data().to_vec();
        let ids = bytemuck::pod_collect_to_vec::<u8, i64>(&data);
        Ok(ids.into_iter().map(u32::try_from).collect::<Result<_, _>>()?)
    };
    let text = pipeline.embed([&ids("ids.1")?, &ids("ids.2")?])?;
    compare("te1", &text.first)?;
    compare("te2", &text.second)?;
    compare("pooled", &text.pooled)?;
    let identity = pipeline.id_encoder.encode(&tensor(&inputs, "clip_pixels")?, None)?;
    compare("id_embeds", &identity.projected)?;
    let mut mask = vec![false; 77];
    mask[5] = true;
    let fused = pipeline.id_encoder.fuse(&tensor(&inputs, "prompt_embeds")?, &identity, &mask)?;
    compare("fused_row_5", &fused.narrow(1, 5, 1)?.squeeze(1)?)?;
    Ok(json!({ "load_seconds": load_seconds, "relative": out }))
}
