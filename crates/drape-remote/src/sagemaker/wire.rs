//! The JSON between the client and the container.
//!
//! Field names come from the former service's endpoint (`inputs`, `input_id_images`) and from the pipeline
//! behind it (`num_inference_steps`, `guidance_scale` ...); some are Drape's own.

use drape_core::engine::{Settings, Subject};
use drape_core::language::Language;
use drape_core::report::Report;
use drape_core::style::Style;
use serde::{Deserialize, Deserializer, Serialize};

/// The body of `POST /invocations`. Any other field is refused.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Invocation {
    /// What to wear, in Korean or English; empty means casual. A prompt's class word and trigger at its end
    /// (`... women img`) are taken as the subject. Not together with `style`.
    #[serde(alias = "prompt", alias = "sentence", skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,
    /// The reading of a sentence, as `drape read --json` prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// Photos of one person, each a JPEG, PNG or WebP file in base64, with or without
    /// `data:image/...;base64,` before it. Addresses are refused: nothing is fetched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub input_id_images: Vec<String>,
    /// Keys of photos in the container's object store, after those of `input_id_images`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub input_id_keys: Vec<String>,
    /// Number of looks, 1 to 8.
    #[serde(alias = "num_images_per_prompt", alias = "num_outputs", skip_serializing_if = "Option::is_none")]
    pub num_images: Option<u32>,
    /// Seed of the first look; the others count up from it. Random if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The seed of each look, instead of `seed` and `num_images`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<u64>,
    /// The kind of subject in the photos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// How the looks are made, in Drape's terms. The fields below are the same settings in the pipeline's
    /// terms, and override these.
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
    /// `settings.style_strength`: percent of the steps that see the sentence alone.
    #[serde(alias = "style_strength", skip_serializing_if = "Option::is_none")]
    pub style_strength_ratio: Option<f64>,
    /// The same as a number of steps, 0 to 30; together with `num_inference_steps`, and not with
    /// `style_strength_ratio`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_merge_step: Option<u32>,
    /// The format of the pictures; PNG if absent.
    #[serde(alias = "output_format", skip_serializing_if = "Option::is_none")]
    pub format: Option<PictureFormat>,
    /// Looks are written to `output_prefix/0.png`, `1.png` ... in the object store rather than into the
    /// answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_prefix: Option<String>,
    /// The key of each look, instead of `output_prefix`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output_keys: Vec<String>,
    /// The language of error messages. If absent, `Accept-Language` decides, and then the language of
    /// `inputs`: SageMaker does not pass that header on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// The format of a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// Lossless.
    #[default]
    Png,
    /// Quality 95.
    #[serde(alias = "jpg")]
    Jpeg,
}

/// The body of an answer with looks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The looks, base64; empty where they were written to keys.
    pub images: Vec<String>,
    /// The keys that the looks were written to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output_keys: Vec<String>,
    /// The seed of each look.
    #[serde(default)]
    pub seeds: Vec<u64>,
    /// The photo that each look was made from, by its index: those of `input_id_images` come first.
    #[serde(default)]
    pub photos: Vec<usize>,
    /// The report of each look; none if a container of another version wrote one that this version cannot
    /// read.
    #[serde(default, deserialize_with = "readable")]
    pub reports: Vec<Option<Report>>,
    /// The engine of the container.
    #[serde(default)]
    pub engine: String,
    /// The format of the pictures.
    #[serde(default)]
    pub format: PictureFormat,
}

/// The body of an answer without looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The word by which programs tell errors apart: the id of a
    /// [`FailureReason`](drape_core::job::FailureReason), or `busy`, `loading`, `timeout`, `invalid` ...
    pub code: String,
    /// The cause and what to do, in the caller's language.
    pub message: String,
    /// The field of the request that must change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds after which to try again. In the body because SageMaker does not pass on `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// Reads a list in which an unreadable entry becomes `None` instead of an error.
fn readable<'de, D: Deserializer<'de>>(list: D) -> Result<Vec<Option<Report>>, D::Error> {
    let list = Vec::<serde_json::Value>::deserialize(list)?;
    Ok(list.into_iter().map(|report| serde_json::from_value(report).ok()).collect())
}

impl PictureFormat {
    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}
