//! The third-party models that the generative engine needs: which there are and under which licence
//! (`registry`), where they lie and in what state (`models`, `record`), how they are fetched (`pull`, with
//! `options`, `hub`, `ranges`, `journal` and `offline` below it) and whether they are still intact
//! (`verify`).
//!
//! A model is a directory `MODELS/NAME` laid out as its publisher lays it out. Beside the files lies
//! `.drape.json`, the record of what was fetched from where with which SHA-256.
//!
//! ```no_run
//! # fn main() {
//! use drape_models::Models;
//! let models = Models::new("/var/lib/drape/models");
//! match models.find("sdxl-base") {
//!     Ok(found) => drop(found.dir),
//!     Err(missing) => drop(missing.to_string()),
//! }
//! # }
//! ```

mod error;
mod hash;
mod hub;
mod journal;
mod models;
mod offline;
mod options;
mod pull;
mod ranges;
mod record;
mod registry;
mod space;
mod verify;

pub use error::{Missing, PullError, readable};
pub use models::{Found, Models, State};
pub use options::{DEFAULT_MIRROR, Event, PullOptions, Pulled, Source, Token};
pub use registry::{File, License, Model, Registry, RegistryError, Text};
pub use verify::{Damage, Finding};
