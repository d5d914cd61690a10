//! Single parts against the reference: schedulers with a formula in place of the network, unusual texts, and
//! the preview decoder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use drape_photomaker::autoencoder_tiny::AutoencoderTiny;
use drape_photomaker::error::Input;
use drape_photomaker::ops::{Place, Weights};
use drape_photomaker::schedulers::{Config, Scheduler};
use drape_photomaker::tokenizer::Tokenizer;
use drape_photomaker::weights::{Tensors, View, read_safetensors};
use drape_testing::pseudo_random;
use serde_json::Value;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn json(name: &str) -> Value {
    drape_photomaker::json::read(&cases().join(name)).expect("a file of the crate")
}

fn tensor(view: &View) -> Tensor {
    Tensor::from_vec(view.to_f32(), view.shape(), &Device::Cpu).expect("numbers of this shape")
}

/// The largest difference as a share of the largest number.
fn difference(found: &[f64], wanted: &[f32]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(f64::MIN_POSITIVE, |m, v| m.max(f64::from(v.abs())));
    let differences = found.iter().zip(wanted).map(|(a, b)| (a - f64::from(*b)).abs());
    differences.fold(0.0, |m, d| if d.is_nan() { f64::INFINITY } else { d.max(m) }) / largest
}

#[test]
fn schedulers_visit_and_make_what_the_reference_does() {
    let table = json("schedulers.json");
    let tensors = read_safetensors(&cases().join("schedulers.safetensors")).expect("a file of the crate");
    let mut runs = 0;
    for entry in table["schedulers"].as_array().expect("a list") {
        let name = entry["name"].as_str().expect("a name");
        let config = Config::parse(&entry["config"]).expect("a known configuration");
        for run in entry["runs"].as_array().expect("a list") {
            let steps = run["steps"].as_u64().expect("a number") as usize;
            let at = format!("{name}/{steps}");
            let mut scheduler = Scheduler::new(&config, None, steps).unwrap_or_else(|e| panic!("{at}: {e}"));
            let wanted = |what: &str| tensors.get(&format!("{at}/{what}")).map(View::to_f32);
            let timesteps = wanted("timesteps").expect("timesteps are kept");
            assert!(difference(scheduler.timesteps(), &timesteps) < 1e-5, "{at}: timesteps");
            if let Some(sigmas) = wanted("sigmas") {
                assert!(difference(scheduler.sigmas(), &sigmas) < 1e-5, "{at}: sigmas");
            }
            let sigma = run["init_noise_sigma"].as_f64().expect("a number");
            assert!((scheduler.init_noise_sigma() / sigma - 1.0).abs() < 1e-5, "{at}: first sigma");
            let latents = wanted("latents").expect("latents are kept");
            let first_kept = run["first_kept_step"].as_u64().expect("a number") as usize;
            let made = walk(&mut scheduler, &tensors);
            let made: Vec<f64> = made[first_kept..].concat().into_iter().map(f64::from).collect();
            // The zero-terminal schedules begin at a noise level of 4096, where single precision is coarse.
            let tolerance = if name.contains("zero-snr") { 1e-4 } else { 2e-5 };
            let off = difference(&made, &latents);
            assert!(off < tolerance, "{at}: latents differ by {off:.1e}");
            runs += 1;
        }
    }
    assert!(runs > 150, "only {runs} runs");
}

/// The latents after every step with the formula of the table as the network.
fn walk(scheduler: &mut Scheduler, tensors: &BTreeMap<String, View>) -> Vec<Vec<f32>> {
    let noise = tensor(&tensors["step_noise"]);
    let mut latents = (tensor(&tensors["initial"]) * scheduler.init_noise_sigma()).expect("a product");
    let timesteps = scheduler.timesteps().to_vec();
    let mut all = Vec::new();
    for (i, t) in timesteps.iter().enumerate() {
        let input = scheduler.scale_model_input(&latents, i).expect("an input");
        let shape = input.shape().clone();
        let values: Vec<f32> = input.flatten_all().and_then(|x| x.to_vec1()).expect("numbers");
        let output = values
            .iter()
            .enumerate()
            .map(|(k, x)| (0.7 * f64::from(*x).tanh() + 0.1 * (t / 100.0 + k as f64).sin()) as f32);
        let output = Tensor::from_vec(output.collect::<Vec<f32>>(), shape, &Device::Cpu).expect("a tensor");
        let fresh = noise.get(i).expect("noise for 50 steps");
        latents = scheduler.step(i, &output, &latents, Some(&fresh)).expect("a step");
        all.push(latents.flatten_all().and_then(|x| x.to_vec1()).expect("numbers"));
    }
    all
}

#[test]
fn texts_become_the_references_ids() {
    let table = json("prompts.json");
    let folder = cases().join("tokenizer");
    let first = Tokenizer::open(&folder, "<|endoftext|>").expect("the small vocabulary");
    let second = Tokenizer::open(&folder, "!").expect("the small vocabulary");
    let ids = |value: &Value| -> Vec<u32> { serde_json::from_value(value.clone()).expect("ids") };
    let texts = table["texts"].as_array().expect("a list");
    assert!(texts.len() > 20);
    for entry in texts {
        let text = entry["text"].as_str().expect("a text");
        let whole = ids(&entry["ids"]);
        assert_eq!(first.encode(text), whole[1..whole.len() - 1], "{text:?}");
        assert_eq!(first.padded(text), ids(&entry["padded.1"]), "{text:?}");
        assert_eq!(second.padded(text), ids(&entry["padded.2"]), "{text:?}");
        assert_eq!(second.text_only(text), entry["text_only"].as_str().expect("a text"), "{text:?}");
        for times in [1, 2, 16] {
            match (second.expanded(text, times), entry.get(format!("expanded.{times}"))) {
                (Ok(found), Some(wanted)) => {
                    assert_eq!(found.ids, ids(&wanted["ids.2"]), "{text:?} x {times}");
                    let begins = wanted["first"].as_u64().expect("a place") as usize;
                    let count = wanted["count"].as_u64().expect("a number") as usize;
                    let mask: Vec<bool> = (0..77).map(|i| (begins..begins + count).contains(&i)).collect();
                    assert_eq!(found.mask, mask, "{text:?} x {times}");
                }
                (Err(why), None) => {
                    let first = entry["refused"].as_str().is_some_and(|r| r.contains("class word"));
                    assert_eq!(why == Input::NoClassWord, first, "{text:?}: {why}");
                }
                (found, wanted) => panic!("{text:?} x {times}: {found:?} for {wanted:?}"),
            }
        }
    }
}

#[test]
fn the_preview_decoder_equals_the_reference() {
    let folder = cases().join("taesdxl");
    let table: Vec<Value> = drape_photomaker::json::read(&folder.join("tensors.json")).expect("a list");
    let weights = table.iter().map(|t| {
        let key = t["key"].as_str().expect("a key").to_owned();
        let shape: Vec<usize> = serde_json::from_value(t["shape"].clone()).expect("a shape");
        let (centre, bound) =
            (t["center"].as_f64().expect("a number"), t["bound"].as_f64().expect("a number"));
        let values = pseudo_random(&format!("taesdxl/{key}"), shape.iter().product(), centre, bound);
        (key, View::from_f32(values, shape))
    });
    let tensors = Tensors::new("preview", weights.collect());
    let config = drape_photomaker::json::read(&folder.join("config.json")).expect("a configuration");
    let place = Place::cpu();
    let decoder = AutoencoderTiny::load(&Weights::new(tensors.root(), &place), &config).expect("a decoder");
    tensors.finish(|name| name.starts_with("encoder.")).expect("every tensor is known");
    let case = read_safetensors(&folder.join("case.safetensors")).expect("a file of the crate");
    let picture = decoder.decode(&tensor(&case["latents"])).expect("a picture");
    let picture: Vec<f32> = picture.flatten_all().and_then(|x| x.to_vec1()).expect("numbers");
    let picture: Vec<f64> = picture.into_iter().map(f64::from).collect();
    assert!(difference(&picture, &case["picture"].to_f32()) < 1e-4);
}
