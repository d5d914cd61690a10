//! One step of a task: a command under a heading, with the task's own output.

use std::process::Command;
use std::time::Instant;

/// All parts of the program, and the engines that only tests, chaos and benches need. Every step uses the
/// same features, so that nothing is compiled twice.
pub(crate) const PARTS: [&str; 3] = ["--features", "drape/full,drape/test-engines", "--locked"];

/// Runs a command under a heading, and says how long it took; an error if it fails.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<(), String> {
    println!("== {what}");
    let begun = Instant::now();
    let status = command.status().map_err(|e| format!("{what}: {e}"))?;
    println!("== {what}: {:.0} s", begun.elapsed().as_secs_f32());
    if status.success() { Ok(()) } else { Err(format!("{what} failed")) }
}
