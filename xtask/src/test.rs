//! `cargo xtask test`: every check there is, in the order in which they fail fastest.

use std::process::Command;

use crate::servers;
use crate::step::{TEST_FEATURES, run};
use crate::tools;

/// The tests that run on servers as well.
const ON_SERVERS: [&str; 6] = ["store", "previews", "batches", "detached", "service", "traces"];

/// Runs everything; stops at the first failure.
pub(crate) fn all() -> Result<(), String> {
    run("formatting", Command::new("cargo").args(["fmt", "--all", "--check"]))?;
    crate::tidy::run()?;
    // One profile for lints, tests and the product: the dependencies are compiled once.
    run(
        "lints",
        Command::new("cargo").args([
            "clippy",
            "--release",
            "--workspace",
            "--all-targets",
            "--locked",
            "--features",
            TEST_FEATURES,
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
        Command::new("cargo")
            .args(["test", "--release", "--workspace", "--locked", "--features", TEST_FEATURES])
            .env("DRAPE_AXE", &axe),
    )?;
    // The same tests of store, worker and service again, on servers. The pages are the same on every
    // database: their tests in the browser are not repeated.
    let real = servers::start()?;
    run(
        "tests on MariaDB, an S3-compatible store and an SQS-compatible queue",
        Command::new("cargo")
            .args(["test", "--release", "--workspace", "--locked", "--features", TEST_FEATURES])
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
            "drape/otel,drape/test-engines",
            "--test",
            "otel",
        ]),
    )
}
