//! A case on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use drape_photomaker::error::{Error, Result};
use drape_photomaker::json::read;
use drape_photomaker::weights::{View, read_safetensors};
use drape_testing::SmallModel;
use image::RgbImage;
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde::Deserialize;
use serde_json::Value;

/// A parity case.
#[derive(Debug)]
pub(crate) struct Case {
    folder: PathBuf,
    /// The model and its configurations.
    pub(crate) model: SmallModel,
    /// The settings of the run.
    pub(super) settings: Settings,
    /// The reference's inputs besides photos and prompt.
    pub(super) inputs: BTreeMap<String, View>,
    expected: BTreeMap<String, Vec<f64>>,
}

/// The settings of `case.json`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Settings {
    /// With the trigger word.
    pub(super) prompt: String,
    /// None stands for zeros or an empty text, depending on the model.
    pub(super) negative_prompt: Option<String>,
    /// Scale of classifier-free guidance.
    pub(super) guidance_scale: f64,
    pub(super) num_inference_steps: usize,
    /// The last step that sees the text alone.
    pub(super) start_merge_step: i64,
    /// Pixels.
    pub(super) height: usize,
    /// Pixels.
    pub(super) width: usize,
    /// Pictures in one batch.
    #[serde(default = "one")]
    pub(super) num_images_per_prompt: usize,
    /// The prompt without the trigger word.
    pub(super) text_only_prompt: String,
    /// Files below the case's folder.
    photos: Vec<String>,
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
    /// The largest absolute value of the stage.
    pub(super) max_abs: f64,
    pub(super) tolerance: BTreeMap<String, Value>,
    /// The axis that was thinned out, for stages named `.every_Nth`; 1 when absent.
    pub(super) dim: Option<usize>,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Malformed`].
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let file = folder.join("case.json");
        let settings: Settings = read(&file)?;
        let model =
            SmallModel::open(folder).map_err(|e| Error::Malformed { path: file, detail: e.to_string() })?;
        Ok(Self {
            model,
            inputs: read_safetensors(&folder.join(&settings.inputs_file))?,
            expected: values(&folder.join(&settings.expected_file))?,
            folder: folder.to_owned(),
            settings,
        })
    }

    /// The reference's values of a stage.
    pub(super) fn expected(&self, stage: &str) -> Option<&[f64]> {
        self.expected.get(stage).map(Vec::as_slice)
    }

    /// The photos.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub(super) fn photos(&self) -> Result<Vec<RgbImage>> {
        let open = |name: &String| {
            let path = self.folder.join(name);
            let photo = image::open(&path).map_err(|e| Error::Malformed { path, detail: e.to_string() })?;
            Ok(photo.to_rgb8())
        };
        self.settings.photos.iter().map(open).collect()
    }
}

/// Every tensor of a small file, whatever its type.
fn values(path: &Path) -> Result<BTreeMap<String, Vec<f64>>> {
    let malformed = |detail: String| Error::Malformed { path: path.to_owned(), detail };
    let bytes = std::fs::read(path).map_err(|e| malformed(e.to_string()))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| malformed(e.to_string()))?;
    let mut out = BTreeMap::new();
    for (name, view) in file.tensors() {
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F32 => bytemuck::pod_collect_to_vec::<u8, f32>(data).into_iter().map(f64::from).collect(),
            Dtype::I64 => {
                bytemuck::pod_collect_to_vec::<u8, i64>(data).into_iter().map(|v| v as f64).collect()
            }
            Dtype::U8 => data.iter().map(|v| f64::from(*v)).collect(),
            other => return Err(malformed(format!("{name} is of type {other:?}"))),
        };
        out.insert(name, values);
    }
    Ok(out)
}
