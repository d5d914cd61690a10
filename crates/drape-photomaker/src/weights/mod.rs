//! Weights: where the bytes of every tensor are, by the name that the checkpoint gives them.
//!
//! A file is mapped, not read: a [`View`] is a place in the mapping, with a type and a shape. What has
//! to be changed (a LoRA added to it, a layout turned) becomes a view of memory of its own; everything
//! else stays in the page cache, once, for every process that uses the file.

mod archive;
mod checkpoint;
mod configs;
pub mod few_step;
mod files;
mod fuse;
pub mod lora;
mod machine;
mod node;
mod other_model;
mod photomaker;
mod pickle;
mod safetensors;
mod sdxl;
mod single_file;
mod storage;
mod tensors;
mod value;
mod view;

pub use self::checkpoint::{Checkpoint, Options};
pub use self::configs::Configs;
pub use self::files::read_tensors;
pub use self::fuse::{Fused, fuse};
pub use self::photomaker::{PhotoMaker, Version};
pub use self::pickle::read_pickle;
pub use self::safetensors::{read as read_safetensors, read_metadata};
pub use self::tensors::{Scope, Tensors};
pub use self::value::Value;
pub use self::view::{Kind, Numbers, View};
