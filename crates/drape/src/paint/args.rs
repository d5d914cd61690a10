//! Settings of the generative engine.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The generative engine, `photomaker`.
#[derive(Args, Clone)]
#[command(next_help_heading = "Generative engine")]
pub(crate) struct PaintArgs {
    /// SDXL model: a name of `drape model list`, a diffusers folder or a single file [default: the first
    /// of realvisxl-v5, realvisxl-v4 and sdxl-base that is there]
    #[arg(long, env = "DRAPE_MODEL", value_name = "NAME|PATH")]
    pub(crate) model: Option<String>,
    /// PhotoMaker weights: a name or a file [default: the file beside the model, or photomaker-v1]
    #[arg(long, env = "DRAPE_PHOTOMAKER", value_name = "NAME|PATH")]
    pub(super) photomaker: Option<String>,
    /// LoRA to add: a name or a file, with `=0.8` behind it for its strength; several times, or commas
    #[arg(long, env = "DRAPE_LORA", value_name = "NAME|PATH[=STRENGTH]", value_delimiter = ',')]
    pub(super) lora: Vec<String>,
    /// Small decoder for previews: a name, folder or file [default: taesdxl where it is there]
    #[arg(long, env = "DRAPE_PREVIEW_DECODER", value_name = "NAME|PATH")]
    pub(super) preview_decoder: Option<String>,
    /// Folder with the face detector and recogniser (ONNX) that PhotoMaker v2 needs
    #[arg(long, env = "DRAPE_FACE_MODEL", value_name = "DIR")]
    pub(super) face_model: Option<PathBuf>,
    /// Say that weights that are not for commercial use may be used, by name: `photomaker-v2`
    #[arg(long, env = "DRAPE_ACCEPT_NON_COMMERCIAL", value_name = "NAME", value_delimiter = ',')]
    pub(super) accept_non_commercial: Vec<String>,
    /// How noise is taken out: ddim, euler, euler-ancestral, dpm++2m, lcm [default: as the model says]
    #[arg(long, env = "DRAPE_SCHEDULER", value_name = "NAME")]
    pub(super) scheduler: Option<String>,
    /// How weights are kept in memory
    #[arg(long, env = "DRAPE_WEIGHTS", value_enum, default_value = "file")]
    pub(super) weights: Stored,
    /// Where to compute
    #[arg(long, env = "DRAPE_DEVICE", value_enum, default_value = "auto")]
    pub(super) device: Device,
    /// Give the model photos as they are, rather than the head that is found in them
    #[arg(long, env = "DRAPE_WHOLE_PHOTOS")]
    pub(super) whole_photos: bool,
    /// Folder of the models [default: the user's data folder, `drape/models` in it]
    #[arg(long, env = "DRAPE_MODELS", value_name = "DIR")]
    pub(crate) models: Option<PathBuf>,
    /// JSON file with models of your own
    #[arg(long, env = "DRAPE_MODEL_REGISTRY", value_name = "FILE")]
    pub(super) registry: Option<PathBuf>,
}

/// How weights are kept.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Stored {
    /// As in their file, mapped and not copied
    File,
    /// 16 bits, the range of 32
    Bf16,
    /// 16 bits, IEEE
    F16,
}

/// Where to compute.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Device {
    /// A GPU where the program was built for one and there is one, else the processor
    Auto,
    /// The processor
    Cpu,
}
