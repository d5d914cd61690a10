//! Programs for the browser test: Chromium with its driver, and the accessibility rules of axe-core.
//! Installed from Debian and npm if they are missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use drape_testing::{found, install};

/// The version of axe-core that the pages are checked with.
const AXE: &str = "4.14.1";

/// Installs what is missing; returns the path of axe-core's script.
pub(crate) fn ready() -> Result<PathBuf, String> {
    let mut missing = Vec::new();
    if !found("chromium") || !found("chromedriver") {
        missing.extend(["chromium", "chromium-driver"]);
    }
    let axe = axe_path();
    if !axe.is_file() && !found("npm") {
        missing.push("npm");
    }
    if !missing.is_empty() {
        install("the browser test", &missing)?;
    }
    if !axe.is_file() {
        fetch_axe(&axe)?;
    }
    Ok(axe)
}

fn axe_path() -> PathBuf {
    Path::new("target").join("tools").join(format!("axe-core-{AXE}")).join("axe.min.js")
}

fn fetch_axe(axe: &Path) -> Result<(), String> {
    println!("== fetching axe-core {AXE}");
    let folder = axe.parent().ok_or("no folder for axe-core")?;
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let run = |program: &str, args: &[&str]| -> Result<(), String> {
        let status = Command::new(program).args(args).current_dir(folder).status();
        let status = status.map_err(|e| format!("{program}: {e}"))?;
        if status.success() { Ok(()) } else { Err(format!("{program} {} failed", args.join(" "))) }
    };
    run("npm", &["pack", "--silent", &format!("axe-core@{AXE}")])?;
    run("tar", &["-xzf", &format!("axe-core-{AXE}.tgz"), "--strip-components=1", "package/axe.min.js"])
}
