//! What the browser test needs beside Rust: Chromium with its driver, and the accessibility rules of
//! axe-core. Brought by name from Debian and npm where they are missing.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of axe-core that the pages are checked with.
const AXE: &str = "4.14.1";

/// Makes sure that everything is there; answers where axe-core's script lies.
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
        install(&missing)?;
    }
    if !axe.is_file() {
        fetch_axe(&axe)?;
    }
    Ok(axe)
}

fn axe_path() -> PathBuf {
    Path::new("target").join("tools").join(format!("axe-core-{AXE}")).join("axe.min.js")
}

/// Whether a program is on the PATH.
pub(crate) fn found(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|p| p.join(program).is_file()))
}

/// Installs Debian's packages, where that is possible.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    let names = packages.join(" ");
    let advice = format!("the tests need {names}: install them, or run this as root on Debian");
    if !found("apt-get") {
        return Err(advice);
    }
    println!("== installing {names}");
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        command.status().is_ok_and(|s| s.success())
    };
    let list = [&["install", "-y", "-qq", "--no-install-recommends"], packages].concat();
    if apt(&["update", "-qq"]) && apt(&list) { Ok(()) } else { Err(advice) }
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
