//! `cargo xtask test`: every check, fast failures first.

use std::path::PathBuf;
use std::process::Command;
use std::thread;

use crate::deploy;
use crate::programs;
use crate::servers;
use crate::step::{Beside, PARTS, run};
use crate::tools;

/// The tests that also run on servers.
const ON_SERVERS: [&str; 6] = ["store", "previews", "batches", "detached", "service", "traces"];

/// Runs everything; stops at the first failure.
pub(crate) fn all() -> Result<(), String> {
    run("formatting", Command::new("cargo").args(["fmt", "--all", "--check"]))?;
    crate::tidy::run()?;
    // Fetching waits for networks, and compiling does not.
    let fetching = thread::spawn(fetch);
    // One profile for lints, tests and the product: the dependencies are compiled once.
    run(
        "lints",
        Command::new("cargo")
            .args(["clippy", "--release", "--workspace", "--all-targets"])
            .args(PARTS)
            .args(["--", "-D", "warnings"]),
    )?;
    run(
        "documentation",
        Command::new("cargo")
            // With examples, dependencies have the same features as for the lints and are not checked again.
            .args(["doc", "--release", "--workspace", "--no-deps", "--document-private-items"])
            .args(["--lib", "--bins", "--examples"])
            .args(PARTS)
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    let axe = fetching.join().map_err(|_| "fetching programs ended with a panic".to_owned())??;
    deploy::check()?;
    let axe = std::path::absolute(&axe).map_err(|e| e.to_string())?;
    // The README's first command builds without features: the same code with fewer parts. It is built while
    // the tests wait for something.
    let without =
        ["test", "--profile", "plain", "--package", "drape", "--locked", "--test", "parts", "--test", "cli"];
    let plain =
        Beside::start("building without features", &[&["cargo"], &without[..], &["--no-run"]].concat())?;
    run(
        "tests on SQLite and files",
        Command::new("cargo").args(["test", "--release", "--workspace"]).args(PARTS).env("DRAPE_AXE", &axe),
    )?;
    // The same tests of store, worker and service again, on servers. The pages are the same on every
    // database, so their browser tests are not repeated.
    let real = servers::start()?;
    run(
        "tests on MariaDB, an S3-compatible store and an SQS-compatible queue",
        Command::new("cargo")
            .args(["test", "--release", "--workspace"])
            .args(PARTS)
            .args(ON_SERVERS.iter().flat_map(|name| ["--test", name]))
            .args(["--", "--skip", "browser::"])
            .env("DRAPE_AXE", &axe)
            .envs(real.variables()),
    )?;
    drop(real);
    programs::chaos(&programs::SHORT.map(Into::into))?;
    plain.end()?;
    run("tests without features", Command::new("cargo").args(without))
}

/// Installs every program that the checks and tests need; returns the path of axe-core's script.
fn fetch() -> Result<PathBuf, String> {
    deploy::linters()?;
    let axe = tools::ready()?;
    servers::ready()?;
    Ok(axe)
}
