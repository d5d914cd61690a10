//! What both ends say to each other, as JSON.
//!
//! The names are those of the former service's endpoint (`inputs`, `input_id_images`) and of the pipeline
//! behind it (`num_inference_steps`, `guidance_scale` ...); beside them stand Drape's own.

use drape_core::engine::{Settings, Subject};
use drape_core::language::Language;
use drape_core::style::Style;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of `POST /invocations`. A field that is not named here is refused.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Invocation {
    /// What to wear, in Korean or English; empty reads as casual. A class word and the trigger of a
    /// prompt at its end (`... women img`) are read as the subject. Not with `style`.
    #[serde(alias = "prompt", alias = "sentence", skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,
    /// The reading of a sentence, as `drape read --json` prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// Photos of one person, each base64 of a JPEG, PNG or WebP file; `data:image/...;base64,` before it
    /// is fine. Addresses are refused: nothing is fetched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub input_id_images: Vec<String>,
    /// Keys of photos in the container's object store, after those of `input_id_images`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub input_id_keys: Vec<String>,
    /// Looks, 1 to 8.
    #[serde(alias = "num_images_per_prompt", alias = "num_outputs", skip_serializing_if = "Option::is_none")]
    pub num_images: Option<u32>,
    /// Seed of the first look; the others follow it. Chosen by chance where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The seed of each look, instead of `seed` and `num_images`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<u64>,
    /// Who is in the photos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// How it shall be made, in Drape's words. The fields below say the same in the pipeline's and come
    /// on top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// `settings.steps`.
    #[serde(alias = "num_steps", skip_serializing_if = "Option::is_none")]
    pub num_inference_steps: Option<u32>,
    /// `settings.guidance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidance_scale: Option<f64>,
    /// `settings.width`, pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// `settings.height`, pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// `settings.negative`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
    /// `settings.style_strength`: percent of the steps before the photos have a say.
    #[serde(alias = "style_strength", skip_serializing_if = "Option::is_none")]
    pub style_strength_ratio: Option<f64>,
    /// The same as a number of steps, 0 to 30, with `num_inference_steps`; not with
    /// `style_strength_ratio`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_merge_step: Option<u32>,
    /// The form of the pictures; PNG where nothing is said.
    #[serde(alias = "output_format", skip_serializing_if = "Option::is_none")]
    pub format: Option<Form>,
    /// Looks are written to `output_prefix/0.png`, `1.png` ... in the object store instead of into the
    /// answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_prefix: Option<String>,
    /// The key of each look, instead of `output_prefix`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output_keys: Vec<String>,
    /// The language of mistakes. SageMaker does not hand on `Accept-Language`, so it may stand here; else
    /// that header or the language of `inputs` decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// The form of a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// PNG, lossless.
    #[default]
    Png,
    /// JPEG of quality 95.
    #[serde(alias = "jpg")]
    Jpeg,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The looks, base64; empty where they were written to keys.
    pub images: Vec<String>,
    /// Where the looks were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output_keys: Vec<String>,
    /// The seed of each look.
    #[serde(default)]
    pub seeds: Vec<u64>,
    /// The photo that each look was made from, counted from 0: those of `input_id_images` first.
    #[serde(default)]
    pub photos: Vec<usize>,
    /// What was asked, done and measured, per look.
    #[serde(default)]
    pub reports: Vec<Value>,
    /// The engine of the container.
    #[serde(default)]
    pub engine: String,
    /// The form of the pictures.
    #[serde(default)]
    pub format: Form,
}

/// Why nothing came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The word that programs tell refusals apart by: that of a
    /// [`FailureReason`](drape_core::job::FailureReason), or `busy`, `loading`, `timeout`, `invalid` ...
    pub code: String,
    /// The same for people.
    pub message: String,
    /// The field of the request that has to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds after which it is worth trying again. In the body, too, because SageMaker does not hand
    /// on `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Form {
    /// What a file of it ends in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}
