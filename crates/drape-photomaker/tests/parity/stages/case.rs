//! A case on disk, and the model directory made from it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use image::RgbImage;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::json::read;
use crate::weights::{View, read_safetensors};

/// A parity case.
#[derive(Debug)]
pub struct Case {
    folder: PathBuf,
    /// The settings of the run.
    pub settings: Settings,
    tensors: Vec<Weight>,
    /// What the reference was given besides photos and prompt.
    pub inputs: BTreeMap<String, View>,
    expected: BTreeMap<String, Vec<f64>>,
}

/// The settings of `case.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    /// With the trigger word.
    pub prompt: String,
    /// None stands for zeros or an empty text, as the model says.
    pub negative_prompt: Option<String>,
    /// Of classifier-free guidance.
    pub guidance_scale: f64,
    /// Steps.
    pub num_inference_steps: usize,
    /// Last step that sees the text alone.
    pub start_merge_step: i64,
    /// Pixels.
    pub height: usize,
    /// Pixels.
    pub width: usize,
    /// Pictures in one batch.
    #[serde(default = "one")]
    pub num_images_per_prompt: usize,
    /// What is left of the prompt without the trigger.
    pub text_only_prompt: String,
    /// Files below the case's folder.
    pub photos: Vec<String>,
    components: BTreeMap<String, Value>,
    tensors_file: String,
    inputs_file: String,
    expected_file: String,
    pub(super) expected: Vec<Expected>,
}

fn one() -> usize {
    1
}

/// One stage as `case.json` lists it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Expected {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) max_abs: f64,
    pub(super) tolerance: BTreeMap<String, Value>,
    /// The axis along which only some were kept, of stages named `.every_Nth`.
    pub(super) dim: Option<usize>,
}

/// One weight of `tensors.json`.
#[derive(Debug, Clone, Deserialize)]
struct Weight {
    component: String,
    key: String,
    shape: Vec<usize>,
    center: f64,
    bound: f64,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Malformed`].
    pub fn open(folder: &Path) -> Result<Self> {
        let settings: Settings = read(&folder.join("case.json"))?;
        Ok(Self {
            tensors: read(&folder.join(&settings.tensors_file))?,
            inputs: read_safetensors(&folder.join(&settings.inputs_file))?,
            expected: numbers(&folder.join(&settings.expected_file))?,
            folder: folder.to_owned(),
            settings,
        })
    }

    /// What the reference computed at a stage.
    pub(super) fn numbers(&self, stage: &str) -> Option<&[f64]> {
        self.expected.get(stage).map(Vec::as_slice)
    }

    /// The configuration of a component: `unet`, `scheduler`, `id_encoder` ...
    pub fn config(&self, component: &str) -> &Value {
        self.settings.components.get(component).unwrap_or(&Value::Null)
    }

    /// The photos.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn photos(&self) -> Result<Vec<RgbImage>> {
        let open = |name: &String| {
            let path = self.folder.join(name);
            let picture = image::open(&path).map_err(|e| Error::malformed(&path, e.to_string()))?;
            Ok(picture.to_rgb8())
        };
        self.settings.photos.iter().map(open).collect()
    }

    /// The files of the photos.
    pub fn photo_files(&self) -> Vec<PathBuf> {
        self.settings.photos.iter().map(|name| self.folder.join(name)).collect()
    }

    /// Writes the whole model as a directory in the published layout, with `photomaker.safetensors`
    /// beside the components. `tokenizer` is the folder with the vocabulary; `../tokenizer` beside the
    /// case otherwise.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when something cannot be written.
    pub fn write_model(&self, to: &Path, tokenizer: Option<&Path>) -> Result<()> {
        let beside = self.folder.join("../tokenizer");
        let vocabulary = tokenizer.unwrap_or(&beside);
        write_json(&to.join("model_index.json"), self.config("model_index"))?;
        write_json(&to.join("scheduler/scheduler_config.json"), self.config("scheduler"))?;
        for name in ["tokenizer", "tokenizer_2"] {
            let folder = to.join(name);
            for file in ["tokenizer_config", "special_tokens_map"] {
                write_json(&folder.join(file).with_extension("json"), &self.config(name)[file])?;
            }
            for file in ["vocab.json", "merges.txt"] {
                let from = vocabulary.join(file);
                std::fs::copy(&from, folder.join(file)).map_err(|e| Error::unreadable(&from, &e))?;
            }
        }
        for (name, file) in [
            ("unet", "diffusion_pytorch_model.safetensors"),
            ("vae", "diffusion_pytorch_model.safetensors"),
            ("text_encoder", "model.safetensors"),
            ("text_encoder_2", "model.safetensors"),
        ] {
            write_json(&to.join(name).join("config.json"), self.config(name))?;
            self.write_tensors(&to.join(name).join(file), &[(name, "")])?;
        }
        let parts = [("id_encoder", "id_encoder."), ("lora", "lora_weights.")];
        self.write_tensors(&to.join("photomaker.safetensors"), &parts)
    }

    fn write_tensors(&self, path: &Path, components: &[(&str, &str)]) -> Result<()> {
        let mut values = Vec::new();
        for (component, prefix) in components {
            for weight in self.tensors.iter().filter(|t| t.component == *component) {
                let name = format!("{component}/{}", weight.key);
                let count = weight.shape.iter().product();
                let numbers = pseudo_random(&name, count, weight.center, weight.bound);
                values.push((format!("{prefix}{}", weight.key), &weight.shape, numbers));
            }
        }
        let fits = "the numbers were made for this shape";
        let views = values.iter().map(|(name, shape, numbers)| {
            let bytes = bytemuck::cast_slice(numbers);
            (name, TensorView::new(Dtype::F32, (*shape).clone(), bytes).expect(fits))
        });
        serialize_to_file(views, None, path)
            .map_err(|e| Error::Unreadable { path: path.to_owned(), detail: e.to_string() })
    }
}

/// The numbers of the tensor `name` (`component/key`): SplitMix64 from the FNV-1a hash of the name,
/// 24 bits each, spread over `centre` plus and minus `bound`.
pub fn pseudo_random(name: &str, count: usize, centre: f64, bound: f64) -> Vec<f32> {
    let hash =
        name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3));
    let number = |i: u64| {
        let mut z = hash.wrapping_add((i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let r = (z >> 40) as f64 * (2.0 / 16_777_216.0) - 1.0;
        (r * bound + centre) as f32
    };
    (0..count as u64).map(number).collect()
}

/// Every tensor of a small file, whatever its type.
fn numbers(path: &Path) -> Result<BTreeMap<String, Vec<f64>>> {
    let bytes = std::fs::read(path).map_err(|e| Error::unreadable(path, &e))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| Error::malformed(path, e.to_string()))?;
    let mut out = BTreeMap::new();
    for (name, view) in file.tensors() {
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F32 => bytemuck::pod_collect_to_vec::<u8, f32>(data).into_iter().map(f64::from).collect(),
            Dtype::I64 => {
                bytemuck::pod_collect_to_vec::<u8, i64>(data).into_iter().map(|v| v as f64).collect()
            }
            Dtype::U8 => data.iter().map(|v| f64::from(*v)).collect(),
            other => return Err(Error::malformed(path, format!("{name} is of type {other:?}"))),
        };
        out.insert(name, values);
    }
    Ok(out)
}

fn write_json(path: &Path, value: &Value) -> Result<()> {
    let failed = |e: std::io::Error| Error::Unreadable { path: path.to_owned(), detail: e.to_string() };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, format!("{value:#}\n")).map_err(failed)
}
