//! `cargo xtask chaos` and `cargo xtask bench`: builds what they measure, and runs them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use drape_testing::keys;

use crate::step::{PARTS, run};

/// Small enough for every test run.
pub(crate) const SHORT: [&str; 7] = ["--jobs", "240", "--people", "24", "--seconds", "40", "--no-scale"];

/// Runs chaos with the keys of its servers in the environment, where programs look for them.
pub(crate) fn chaos(args: &[OsString]) -> Result<(), String> {
    let program = built()?.join("drape-chaos");
    run("chaos", Command::new(program).args(args).envs(keys()))
}

/// Runs a bench.
pub(crate) fn bench(args: &[OsString]) -> Result<(), String> {
    // It runs the program itself, which has to be there; the others need only what they link.
    let mut command = if args.first().is_some_and(|name| name == "service") {
        Command::new(built()?.join("drape-bench"))
    } else {
        let mut cargo = Command::new("cargo");
        cargo.args(["run", "--release", "--quiet", "--locked", "--package", "drape-bench", "--"]);
        cargo
    };
    let status = command.args(args).status().map_err(|e| format!("bench: {e}"))?;
    if status.success() { Ok(()) } else { Err("bench failed".to_owned()) }
}

/// Builds every program with all its parts, and says where they are.
fn built() -> Result<PathBuf, String> {
    // With examples, features are those of the tests: what these have built is not built again.
    let build = ["build", "--release", "--workspace", "--bins", "--examples"];
    run("building", Command::new("cargo").args(build).args(PARTS))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    Ok(target.join("release"))
}
