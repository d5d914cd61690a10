//! Parity cases: small models whose every weight follows from its name, and the reference's results with
//! them, stage by stage.
//!
//! A case is a folder with `case.json` (settings, configurations, expected stages), a list of tensors,
//! `photos/`, `inputs.safetensors` and `expected.safetensors`; `tools/reference` writes it. [`run`] computes
//! every stage, [`compare()`] compares them with the reference.

mod case;
mod compare;
pub(crate) mod run;

pub(crate) use self::case::Case;
pub(crate) use self::compare::{Outcome, compare};
