//! `cargo xtask chaos`: builds the service and `drape-chaos`, and runs that.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use drape_testing::keys;

use crate::step::run as step;

/// Small enough for every test run.
pub(crate) const SHORT: [&str; 7] = ["--jobs", "240", "--people", "24", "--seconds", "40", "--no-scale"];

/// Runs it with the keys of its servers in the environment, where programs look for them.
pub(crate) fn run(args: &[OsString]) -> Result<(), String> {
    // With examples, features are those of the tests: what these have built is not built again.
    let build = ["build", "--release", "--workspace", "--bins", "--examples"];
    step("building", Command::new("cargo").args(build).args(crate::step::PARTS))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    step("chaos", Command::new(target.join("release").join("drape-chaos")).args(args).envs(keys()))
}
