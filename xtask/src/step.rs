//! One step of a task: a command under a heading, whose output goes where the task's goes.

use std::process::Command;

/// Features of the program that only tests, chaos and benches need.
pub(crate) const TEST_FEATURES: &str = "drape/test-engines";

/// Runs a command under a heading; an error if it fails.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<(), String> {
    println!("== {what}");
    let status = command.status().map_err(|e| format!("{what}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what} failed")) }
}
