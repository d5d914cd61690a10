//! `cargo xtask chaos`: builds the service and `drape-chaos`, and runs the latter.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use drape_testing::keys;

use crate::step::run as step;

/// Arguments of a run that is short enough for every test.
pub(crate) const SHORT: [&str; 7] = ["--jobs", "240", "--people", "24", "--seconds", "40", "--no-scale"];

/// Runs `drape-chaos` with the keys of its servers in the usual variables.
pub(crate) fn run(args: &[OsString]) -> Result<(), String> {
    // With examples, the features are those of the tests, so that nothing is built twice.
    let build = ["build", "--release", "--workspace", "--bins", "--examples"];
    step("building", Command::new("cargo").args(build).args(crate::step::PARTS))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    step("chaos", Command::new(target.join("release").join("drape-chaos")).args(args).envs(keys()))
}
