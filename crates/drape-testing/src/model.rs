//! Small SDXL models for tests, written as a directory in the published layout. Every weight follows from its
//! tensor's name, so a case stores configurations and a list of tensors but no weights.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The model of a parity case, from the files that `tools/reference` wrote.
#[derive(Debug)]
pub struct SmallModel {
    folder: PathBuf,
    components: BTreeMap<String, Value>,
    tensors: Vec<TensorRow>,
}

/// The model's part of `case.json`; the rest of the file describes the run.
#[derive(Deserialize)]
struct CaseFile {
    components: BTreeMap<String, Value>,
    tensors_file: String,
}

/// One row of the list of tensors.
#[derive(Debug, Deserialize)]
struct TensorRow {
    component: String,
    key: String,
    shape: Vec<usize>,
    center: f64,
    bound: f64,
}

impl SmallModel {
    /// Reads the model of the case in `folder`.
    ///
    /// # Errors
    /// When `case.json` or the list of tensors is missing or malformed.
    pub fn open(folder: &Path) -> Result<Self> {
        let CaseFile { components, tensors_file } = read_json(&folder.join("case.json"))?;
        let tensors = read_json(&folder.join(tensors_file))?;
        Ok(Self { folder: folder.to_owned(), components, tensors })
    }

    /// The configuration of a component (`unet`, `scheduler`, `id_encoder` ...); null when the case has none.
    pub fn config(&self, component: &str) -> &Value {
        self.components.get(component).unwrap_or(&Value::Null)
    }

    /// Writes the whole model to the directory `to`, with `photomaker.safetensors` beside the components. The
    /// vocabulary is copied from the folder `tokenizer` beside the case.
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub fn write(&self, to: &Path) -> Result<()> {
        let vocabulary = self.folder.join("../tokenizer");
        write_json(&to.join("model_index.json"), self.config("model_index"))?;
        write_json(&to.join("scheduler/scheduler_config.json"), self.config("scheduler"))?;
        for name in ["tokenizer", "tokenizer_2"] {
            let folder = to.join(name);
            for file in ["tokenizer_config", "special_tokens_map"] {
                write_json(&folder.join(file).with_extension("json"), &self.config(name)[file])?;
            }
            for file in ["vocab.json", "merges.txt"] {
                fs::copy(vocabulary.join(file), folder.join(file))?;
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

    /// Writes the tensors of some components to one file, each under its key after the component's prefix.
    fn write_tensors(&self, path: &Path, components: &[(&str, &str)]) -> Result<()> {
        let mut tensors = Vec::new();
        for (component, prefix) in components {
            for row in self.tensors.iter().filter(|row| row.component == *component) {
                let name = format!("{component}/{}", row.key);
                let weights = pseudo_random(&name, row.shape.iter().product(), row.center, row.bound);
                let bytes: Vec<u8> = weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
                tensors.push((format!("{prefix}{}", row.key), row.shape.clone(), bytes));
            }
        }
        let views = tensors.iter().map(|(key, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
            (key, view.expect("the weights were made for this shape"))
        });
        serialize_to_file(views, None, path).map_err(Error::other)
    }
}

/// The values of the tensor `name` (`component/key`): SplitMix64 from the FNV-1a hash of the name, 24 bits
/// each, spread over `centre` plus and minus `bound`. `tools/reference/weights.py` computes the same.
pub fn pseudo_random(name: &str, count: usize, centre: f64, bound: f64) -> Vec<f32> {
    let hash =
        name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3));
    let value = |i: u64| {
        let mut z = hash.wrapping_add((i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let r = (z >> 40) as f64 * (2.0 / 16_777_216.0) - 1.0;
        (r * bound + centre) as f32
    };
    (0..count as u64).map(value).collect()
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text =
        fs::read_to_string(path).map_err(|e| Error::new(e.kind(), format!("{}: {e}", path.display())))?;
    // Python writes the infinite settings of schedulers as a word that JSON does not have.
    serde_json::from_str(&text.replace("-Infinity", "null"))
        .map_err(|e| Error::other(format!("{}: {e}", path.display())))
}

fn write_json(path: &Path, value: &Value) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, format!("{value:#}\n"))
}
