//! `cargo xtask test`: every check there is, in the order in which they fail fastest.

use std::process::Command;

use crate::servers;
use crate::tools;

/// Largest file that may be committed, beside the weights.
const LARGEST: u64 = 2_000_000;

/// The tests that run on servers as well.
const ON_SERVERS: [&str; 6] = ["store", "previews", "batches", "detached", "service", "traces"];

/// Runs everything; stops at the first failure.
pub(crate) fn test() -> Result<(), String> {
    run("formatting", Command::new("cargo").args(["fmt", "--all", "--check"]))?;
    tidy()?;
    // One profile for lints, tests and the product: the dependencies are compiled once.
    run(
        "lints",
        Command::new("cargo").args([
            "clippy",
            "--release",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    run(
        "documentation",
        Command::new("cargo")
            .args(["doc", "--release", "--workspace", "--no-deps", "--locked", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    crate::deploy::check()?;
    let axe = tools::ready()?;
    let axe = std::path::absolute(&axe).map_err(|e| e.to_string())?;
    run(
        "tests on SQLite and files",
        Command::new("cargo").args(["test", "--release", "--workspace", "--locked"]).env("DRAPE_AXE", &axe),
    )?;
    // The same tests of store, worker and service again, on servers. The pages are the same on every
    // database: their tests in the browser are not repeated.
    let real = servers::start()?;
    run(
        "tests on MariaDB, an S3-compatible store and an SQS-compatible queue",
        Command::new("cargo")
            .args(["test", "--release", "--workspace", "--locked"])
            .args(ON_SERVERS.iter().flat_map(|name| ["--test", name]))
            .args(["--", "--skip", "browser::"])
            .env("DRAPE_AXE", &axe)
            .envs(real.variables()),
    )?;
    drop(real);
    crate::chaos::run(&crate::chaos::SHORT.map(Into::into))?;
    // Every crate is built already, with the same features: only the program is linked again.
    run(
        "traces by OpenTelemetry",
        Command::new("cargo").args(["test", "--release", "--workspace", "--locked"]).args([
            "--features",
            "drape/otel",
            "--test",
            "otel",
        ]),
    )
}

/// Checks of the tree itself.
pub(crate) fn tidy() -> Result<(), String> {
    let listed = Command::new("git").args(["ls-files", "-z"]).output().map_err(|e| format!("git: {e}"))?;
    let names = String::from_utf8_lossy(&listed.stdout);
    let mut wrong = Vec::new();
    for name in names.split('\0').filter(|n| !n.is_empty()) {
        // A file deleted and not yet committed is no longer ours to check.
        let Ok(meta) = std::fs::metadata(name) else { continue };
        let most = if name.starts_with("models/") { 16_000_000 } else { LARGEST };
        if meta.len() > most {
            wrong.push(format!("{name}: {} bytes", meta.len()));
        }
        let source = name.ends_with(".rs") || name.ends_with(".py");
        if source && let Ok(text) = std::fs::read_to_string(name) {
            if name.ends_with("src/lib.rs") || name.contains("/src/") && name.ends_with(".rs") {
                let documented =
                    text.lines().find(|l| !l.trim().is_empty()).is_some_and(|l| l.starts_with("//!"));
                if !documented {
                    wrong.push(format!("{name}: begins without saying its place in the flow (//!)"));
                }
            }
            if text.lines().any(|l| l.ends_with(' ') || l.contains('\t')) {
                wrong.push(format!("{name}: trailing blanks or tabs"));
            }
        }
    }
    // A parser that is not the one its card describes is worse than none.
    let card = std::fs::read_to_string("models/README.md").map_err(|e| format!("models/README.md: {e}"))?;
    for file in ["parser-lite1.onnx", "parser-lite2.onnx"] {
        let meta = std::fs::metadata(format!("models/{file}")).map_err(|e| format!("models/{file}: {e}"))?;
        let size = format!("{} bytes", meta.len());
        if !card.contains(&size) {
            wrong.push(format!("models/README.md does not name the size of {file} ({size})"));
        }
    }
    wrong.extend(crate::dependencies::check()?);
    if wrong.is_empty() { Ok(()) } else { Err(format!("tidy:\n  {}", wrong.join("\n  "))) }
}

pub(crate) fn run(what: &str, command: &mut Command) -> Result<(), String> {
    println!("== {what}");
    let status = command.status().map_err(|e| format!("{what}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what} failed")) }
}
