//! Every setting, command, flag and metric that the files of `deploy/` name must exist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::folder::Folder;
use super::yaml::Yaml;

/// Variables for the files themselves, not for the program.
const OF_THE_FILES: [&str; 5] =
    ["DRAPE_HOST", "DRAPE_UPSTREAM", "DRAPE_IMAGE", "DRAPE_CUDA_IMAGE", "DRAPE_MODELS_DIR"];

pub(super) fn check(drape: &Path, read: &Yaml) -> Result<(), String> {
    println!("== names in deploy/");
    let mut wrong = Vec::new();
    let texts = texts()?;
    let variables = variables(drape)?;
    let metrics = metrics()?;
    for (file, text) in &texts {
        let unknown = |name: &&str| !variables.contains(*name) && !OF_THE_FILES.contains(name);
        // Comments use `DRAPE_X` and `DRAPE_X_FILE` as placeholders.
        let any = |name: &str| ["DRAPE_X", "DRAPE_"].contains(&name);
        for name in words(text, "DRAPE_").iter().map(String::as_str) {
            let name =
                name.strip_suffix("_FILE").filter(|n| !variables.contains(name) || any(n)).unwrap_or(name);
            if !any(name) && unknown(&name) {
                wrong.push(format!("{file}: {name} is no setting"));
            }
        }
        for name in words(text, "drape_") {
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|e| name.strip_suffix(e));
            if !metrics.contains(&name) && !base.is_some_and(|b| metrics.contains(b)) {
                wrong.push(format!("{file}: {name} is no metric"));
            }
        }
    }
    let folder = Folder::new("names")?;
    for file in ["deploy/compose.yaml", "deploy/compose.production.yaml"] {
        for (name, service) in services(&read.read(file)?) {
            let arguments = strings(&service["command"]);
            let known = understands(drape, &arguments)?
                .map_or_else(|| takes(drape, &arguments, &environment(&service), &folder), Ok);
            if let Ok(said) | Err(said) = known
                && !said.is_empty()
            {
                wrong.push(format!("{file}: {name}: drape {}: {said}", arguments.join(" ")));
            }
        }
    }
    for command in ["serve", "worker"] {
        let check = ["config", "check", "deploy/drape.toml", "--for", command];
        let output = Command::new(drape).args(check).output().map_err(|e| e.to_string())?;
        if !output.status.success() {
            wrong.push(String::from_utf8_lossy(&output.stderr).into_owned());
        }
    }
    wrong.sort();
    wrong.dedup();
    if wrong.is_empty() { Ok(()) } else { Err(format!("deploy:\n  {}", wrong.join("\n  "))) }
}

/// The services of a compose file that run Drape's image.
pub(super) fn services(file: &Value) -> BTreeMap<String, Value> {
    let ours = |s: &Value| s["image"].as_str().is_some_and(|i| i.contains("drape:"));
    let all = file["services"].as_object().cloned().unwrap_or_default();
    all.into_iter().filter(|(_, service)| ours(service)).collect()
}

/// A list of strings.
pub(super) fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The variables of a service, with a value for DRAPE_HOST as compose would insert it.
pub(super) fn environment(service: &Value) -> Vec<(String, String)> {
    let all = service["environment"].as_object().into_iter().flatten();
    all.filter_map(|(name, value)| {
        Some((name.clone(), value.as_str()?.replace("${DRAPE_HOST}", "drape.example")))
    })
    .collect()
}

/// `None` if the command and its flags exist, else the program's message.
fn understands(drape: &Path, arguments: &[String]) -> Result<Option<String>, String> {
    // Flags before `--help` are parsed before the help is shown.
    let output = Command::new(drape).args(arguments).arg("--help").output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Some(said.lines().next().unwrap_or_default().to_owned()))
}

/// Whether the command accepts these variables; secrets are replaced by a file with a value.
fn takes(
    drape: &Path,
    arguments: &[String],
    variables: &[(String, String)],
    folder: &Folder,
) -> Result<String, String> {
    let secret = folder.0.join("secret");
    std::fs::write(&secret, "mysql://drape:drape@mariadb/drape?ssl-mode=DISABLED\n")
        .map_err(|e| e.to_string())?;
    let named = variables.iter().map(|(name, value)| {
        let file = name.ends_with("_FILE");
        (name.clone(), if file { secret.display().to_string() } else { value.clone() })
    });
    let command = arguments.first().map_or("serve", String::as_str);
    let mut check = Command::new(drape);
    check.args(["--lang", "en", "config", "check", "--for", command]).envs(named);
    let output = check.output().map_err(|e| e.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // Compose gives one set of variables to all services, so unused ones are fine; refused ones are not.
    if printed.contains("drape:drape@") {
        return Err("a password is printed".to_owned());
    }
    if output.status.success() { Ok(String::new()) } else { Err(said) }
}

/// Every variable that the program lists.
fn variables(drape: &Path) -> Result<BTreeSet<String>, String> {
    let output = Command::new(drape).arg("settings").output().map_err(|e| e.to_string())?;
    let mut found = words(&String::from_utf8_lossy(&output.stdout), "DRAPE_");
    let output = Command::new(drape).args(["serve", "--help"]).output().map_err(|e| e.to_string())?;
    found.extend(words(&String::from_utf8_lossy(&output.stdout), "DRAPE_"));
    Ok(found)
}

/// Every metric that a string in the sources names.
fn metrics() -> Result<BTreeSet<String>, String> {
    let listed = Command::new("git").args(["ls-files", "-z", "crates"]).output();
    let listed = listed.map_err(|e| format!("git: {e}"))?;
    let mut found = BTreeSet::new();
    for name in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|n| n.contains("/src/")) {
        let text = std::fs::read_to_string(name).unwrap_or_default();
        found.extend(words(&text, "\"drape_").into_iter().map(|w| w[1..].to_owned()));
    }
    Ok(found)
}

/// The files whose names are checked.
fn texts() -> Result<Vec<(String, String)>, String> {
    let mut folders = vec![PathBuf::from("deploy"), PathBuf::from(".github")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|e| e.to_string())?.flatten() {
            let path = entry.path();
            // Operators keep their secrets in `deploy/secrets`.
            if path.is_dir() && path != Path::new("deploy/secrets") {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The words of a text that begin with `start`.
fn words(text: &str, start: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(start) {
        let before = text[..at].chars().next_back();
        let after = &text[at + start.len()..];
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        if !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            found.insert(format!("{start}{}", &after[..end]));
        }
    }
    found
}
