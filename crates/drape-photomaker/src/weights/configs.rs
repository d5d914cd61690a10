//! The configurations of a diffusers folder.

use std::path::Path;

use serde_json::Value as Json;

use super::files;
use crate::error::Result;

/// The JSON files of a diffusers folder.
#[derive(Debug, Clone, Default)]
pub struct Configs {
    /// `model_index.json`.
    pub model_index: Json,
    /// `unet/config.json`.
    pub unet: Json,
    /// `vae/config.json`.
    pub vae: Json,
    /// `text_encoder/config.json`.
    pub text_encoder: Json,
    /// `text_encoder_2/config.json`.
    pub text_encoder_2: Json,
    /// `scheduler/scheduler_config.json`.
    pub scheduler: Json,
    /// `tokenizer/tokenizer_config.json`, completed from `special_tokens_map.json`.
    pub tokenizer: Json,
    /// The same of `tokenizer_2/`.
    pub tokenizer_2: Json,
}

impl Configs {
    /// Reads the files of a folder; those that are not there or not whole are added to `missing`.
    ///
    /// # Errors
    /// [`crate::error::Error::Unreadable`], [`crate::error::Error::Malformed`].
    pub(super) fn read(path: &Path, missing: &mut Vec<String>) -> Result<Self> {
        let mut read = |file: &str| {
            let at = path.join(file);
            if !at.is_file() {
                missing.push(file.to_owned());
                return Ok(Json::Null);
            }
            files::or_missing(files::json(&at), path, missing)
        };
        let mut configs = Self {
            model_index: read("model_index.json")?,
            unet: read("unet/config.json")?,
            vae: read("vae/config.json")?,
            text_encoder: read("text_encoder/config.json")?,
            text_encoder_2: read("text_encoder_2/config.json")?,
            scheduler: read("scheduler/scheduler_config.json")?,
            tokenizer: read("tokenizer/tokenizer_config.json")?,
            tokenizer_2: read("tokenizer_2/tokenizer_config.json")?,
        };
        for (folder, config) in
            [("tokenizer", &mut configs.tokenizer), ("tokenizer_2", &mut configs.tokenizer_2)]
        {
            let more = path.join(folder).join("special_tokens_map.json");
            let (Some(config), true) = (config.as_object_mut(), more.is_file()) else { continue };
            if let Json::Object(more) = files::json(&more)? {
                more.into_iter().for_each(|(k, v)| _ = config.entry(k).or_insert(v));
            }
        }
        Ok(configs)
    }
}
