//! Every pipeline case of `tests/cases`, from its model's files to its picture, stage by stage; and the same
//! with weights in half the bits.

mod stages;

use std::path::{Path, PathBuf};

use candle_core::Tensor;
use drape_photomaker::load::{Files, Options, load};
use drape_photomaker::ops::Place;
use drape_photomaker::weights::Kind;

use self::stages::run::run;
use self::stages::{Case, Outcome, compare};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder).expect("the cases are part of the crate");
    let mut cases: Vec<PathBuf> = entries
        .map(|e| e.expect("a readable folder").path())
        .filter(|p| p.join("case.json").is_file())
        .collect();
    cases.sort();
    assert!(cases.len() >= 8, "only {} cases", cases.len());
    cases
}

/// The model of a case in a folder that is deleted at the end.
struct Model {
    case: Case,
    folder: PathBuf,
}

impl Model {
    fn of(folder: &Path, purpose: &str) -> Self {
        let case = Case::open(folder).expect("a case that can be read");
        let name = folder.file_name().expect("a folder").to_string_lossy();
        let folder = std::env::temp_dir().join(format!("drape-{purpose}-{name}-{}", std::process::id()));
        case.model.write(&folder).expect("room for a small model");
        Self { case, folder }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

#[test]
fn every_stage_equals_the_reference() {
    for folder in cases() {
        let model = Model::of(&folder, "parity");
        let stages = compare(&model.case, &model.folder, &Place::cpu()).expect("a run");
        assert!(stages.len() > 25, "{}: {} stages", folder.display(), stages.len());
        let wrong: Vec<_> =
            stages.iter().filter(|s| s.outcome != Outcome::Equal).map(ToString::to_string).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", folder.display());
    }
}

#[test]
fn half_the_bits_change_little_of_the_picture() {
    for folder in cases().into_iter().step_by(3) {
        let model = Model::of(&folder, "half");
        let full = picture(&model, &Place::cpu());
        for kind in [Kind::F16, Kind::Bf16] {
            let place = Place { stored: Some(kind), ..Place::cpu() };
            let half = picture(&model, &place);
            assert_ne!(full, half, "{kind:?} weights were not rounded");
            let square: f64 = full.iter().zip(&half).map(|(a, b)| f64::from(a - b).powi(2)).sum();
            let psnr = -10.0 * (square / full.len() as f64).log10();
            assert!(psnr >= 35.0, "{}: {psnr:.1} dB with {kind:?} weights", folder.display());
        }
    }
}

/// The decoded pictures of a case, 0 to 1.
fn picture(model: &Model, place: &Place) -> Vec<f32> {
    let mut picture = Vec::new();
    let mut keep = |name: &str, value: &Tensor| {
        if name == "image" {
            picture = value.flatten_all()?.to_vec1::<f32>()?;
        }
        Ok(())
    };
    run(&model.case, &model.folder, place, &mut keep).expect("a run");
    assert!(!picture.is_empty(), "the run made no picture");
    picture
}

#[test]
fn a_model_with_a_tensor_too_few_too_many_or_of_another_shape_is_refused_by_name() {
    let model = Model::of(&cases()[0], "tensors");
    let file = model.folder.join("unet/diffusion_pytorch_model.safetensors");
    let bytes = std::fs::read(&file).expect("the file was just written");
    // The header of a safetensors file has its names: changing one letter makes one tensor missing and one
    // extra.
    let renamed = replace(&bytes, b"\"conv_in.weight\"", b"\"conv_xn.weight\"");
    std::fs::write(&file, renamed).expect("a writable file");
    let files = Files { base: model.folder.clone(), ..Files::default() };
    let error = load(&files, &Place::cpu(), &Options::default()).expect_err("a tensor is missing");
    let told = error.to_string();
    assert!(told.contains("missing conv_in.weight"), "{told}");
    assert!(told.contains("unexpected conv_xn.weight"), "{told}");
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|w| w == from).expect("the name is in the header");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}
