//! SDXL with PhotoMaker: photos of a person and a prompt become pictures of that person.
//!
//! Files are named as in the reference model, and weight paths equal the checkpoint's keys.

mod attention;
pub mod autoencoder_kl;
pub mod autoencoder_tiny;
mod cache;
pub mod clip;
pub mod engine;
pub mod error;
#[cfg(feature = "faces")]
pub mod face;
pub mod json;
pub mod load;
pub mod memory;
pub mod model;
mod model_v2;
pub mod noise;
pub mod ops;
pub mod picture;
pub mod pipeline;
pub mod preprocess;
pub mod prompt;
mod resampler;
mod resnet;
pub mod schedulers;
pub mod tokenizer;
mod unet_2d_blocks;
pub mod unet_2d_condition;
pub mod weights;
