//! One step of a task: a command under a heading, with the task's own output.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// All parts of the program, and the engines that only tests, chaos and benches need. Every step uses the
/// same features, so that nothing is compiled twice.
pub(crate) const PARTS: [&str; 3] = ["--features", "drape/full,drape/test-engines", "--locked"];

/// Runs a command under a heading, and says how long it took; an error if it fails.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<(), String> {
    println!("== {what}");
    without_own(command);
    let begun = Instant::now();
    let status = command.status().map_err(|e| format!("{what}: {e}"))?;
    println!("== {what}: {:.0} s", begun.elapsed().as_secs_f32());
    if status.success() { Ok(()) } else { Err(format!("{what} failed")) }
}

/// Takes out what cargo says of this very program. Some build scripts depend on it, and what is built here
/// would be built again without `cargo xtask`.
fn without_own(command: &mut Command) {
    let own =
        |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|p| name.starts_with(p));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(own) {
            command.env_remove(name);
        }
    }
}

/// A step that runs beside others, with what they leave of the processors; its output is kept in a file.
pub(crate) struct Beside {
    what: &'static str,
    child: Child,
    log: PathBuf,
    begun: Instant,
}

impl Beside {
    /// Starts a command with the lowest priority.
    pub(crate) fn start(what: &'static str, command: &[&str]) -> Result<Self, String> {
        println!("== {what} begins, beside what follows");
        let log = Path::new("target/tools").join(format!("{}.log", what.replace(' ', "-")));
        let file = std::fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let both = file.try_clone().map_err(|e| e.to_string())?;
        let mut low = Command::new("nice");
        without_own(&mut low);
        low.args(["-n", "19"]).args(command).stdin(Stdio::null()).stdout(file).stderr(both);
        let child = low.spawn().map_err(|e| format!("{what}: {e}"))?;
        Ok(Self { what, child, log, begun: Instant::now() })
    }

    /// Waits for its end; prints its output if it failed.
    pub(crate) fn end(mut self) -> Result<(), String> {
        let status = self.child.wait().map_err(|e| format!("{}: {e}", self.what))?;
        println!("== {}: ended {:.0} s after its start", self.what, self.begun.elapsed().as_secs_f32());
        if status.success() {
            return Ok(());
        }
        println!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        Err(format!("{} failed", self.what))
    }
}

impl Drop for Beside {
    /// Another step failed first.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
