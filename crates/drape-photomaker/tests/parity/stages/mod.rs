//! Parity cases: small models whose every weight follows from its name, and what the reference made of
//! them, stage by stage.
//!
//! A case is a folder with `case.json` (settings, configurations, expected stages), `tensors.json` (every
//! weight by name), `photos/`, `inputs.safetensors` and `expected.safetensors`; see `tools/reference`.

mod case;
mod compare;
mod run;

pub use self::case::{Case, pseudo_random};
pub use self::compare::{Outcome, Stage};
pub use self::run::{picture, run};
