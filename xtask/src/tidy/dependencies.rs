//! Checks third-party crates against `xtask/dependencies.toml`, without a network: licences, crates in
//! several versions, versions that their authors withdrew, and known security advisories.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use semver::{Version, VersionReq};
use serde::Deserialize;
use serde_json::Value;
use toml_edit::{Document, Item, TableLike};

use super::licences::allowed;
use super::rules::strings;
use super::tree::{Fault, line_of};

/// The policy file.
const FILE: &str = "xtask/dependencies.toml";

/// The file that lists every version.
const LOCK: &str = "Cargo.lock";

/// The contents of the policy file.
struct Policy {
    licences: Vec<String>,
    /// Crates that may occur in several versions, with the reason.
    duplicates: BTreeMap<String, String>,
    advisories: Vec<Advisory>,
}

/// A known weakness of a crate.
struct Advisory {
    id: String,
    name: String,
    /// Versions without the weakness.
    fine: Vec<VersionReq>,
    what: String,
    /// Why a version with the weakness is still used.
    accepted: Option<String>,
}

/// A crate that the workspace is built with.
struct Dependency {
    name: String,
    version: Version,
    licence: String,
}

/// Every fault. Prints what could not be checked.
pub(super) fn check() -> Result<Vec<Fault>, String> {
    let text = std::fs::read_to_string(FILE).map_err(|e| format!("{FILE}: {e}"))?;
    let lock = std::fs::read_to_string(LOCK).map_err(|e| format!("{LOCK}: {e}"))?;
    let policy = Policy::parse(&text)?;
    let locked = locked(&lock)?;
    let used = used()?;
    let (withdrawn, unknown) = withdrawn(&locked);
    let elsewhere = locked.len() - used.len().min(locked.len());
    println!(
        "== dependencies: {} crates, {elsewhere} more for other systems whose licences are not checked; \
         {} advisories; {}",
        used.len(),
        policy.advisories.len(),
        if unknown == 0 {
            "none withdrawn as far as the local index knows".to_owned()
        } else {
            format!("whether {unknown} versions were withdrawn is not known (the local index lacks them)")
        }
    );
    let mut faults = policy.check(&used, &locked);
    faults.extend(withdrawn);
    // The policy's faults have no lines yet, only the name that each is about.
    Ok(faults.into_iter().map(|(part, what)| placed(&part, what, &text, &lock)).collect())
}

/// A fault with the file and line of a part.
fn placed(part: &Part, what: String, policy: &str, lock: &str) -> Fault {
    match part {
        Part::Policy(name) => Fault::at(FILE, line_of(policy, name), what),
        Part::Lock(name) => Fault::at(LOCK, line_of(lock, &format!("name = {name:?}")), what),
    }
}

/// The subject of a fault.
#[derive(Clone)]
enum Part {
    /// An entry of the policy.
    Policy(String),
    /// A crate in `Cargo.lock`.
    Lock(String),
}

impl Policy {
    fn parse(text: &str) -> Result<Self, String> {
        let document = Document::parse(text).map_err(|e| format!("{FILE}: {e}"))?;
        let wrong = |what: &str| format!("{FILE}: {what}");
        let duplicates =
            document.get("duplicates").and_then(Item::as_table_like).ok_or(wrong("duplicates"))?;
        let duplicates = duplicates.iter().map(|(name, why)| {
            let why = why.as_str().filter(|why| !why.is_empty()).ok_or(wrong(name))?;
            Ok((name.to_owned(), why.to_owned()))
        });
        let advisories = document.get("advisories").and_then(Item::as_array_of_tables);
        let advisories = advisories.ok_or(wrong("advisories"))?.iter().map(|a| Advisory::read(a));
        Ok(Self {
            licences: strings(document.get("licences")),
            duplicates: duplicates.collect::<Result<_, String>>()?,
            advisories: advisories.collect::<Result<_, String>>()?,
        })
    }

    /// Every fault of the built crates, and of every locked version.
    fn check(&self, used: &[Dependency], locked: &[(String, Version)]) -> Vec<(Part, String)> {
        [self.licences(used), self.duplicates(used), self.advisories(locked)].concat()
    }

    fn licences(&self, used: &[Dependency]) -> Vec<(Part, String)> {
        let bad = used.iter().filter(|d| !allowed(&d.licence, &self.licences));
        bad.map(|d| {
            let what =
                format!("{} {}: licence {:?} is not on the list of {FILE}", d.name, d.version, d.licence);
            (Part::Lock(d.name.clone()), format!("{what}: use another crate"))
        })
        .collect()
    }

    fn duplicates(&self, used: &[Dependency]) -> Vec<(Part, String)> {
        let mut versions: BTreeMap<&str, BTreeSet<&Version>> = BTreeMap::new();
        for dependency in used {
            versions.entry(&dependency.name).or_default().insert(&dependency.version);
        }
        versions.retain(|_, versions| versions.len() > 1);
        let new = versions.iter().filter(|(name, _)| !self.duplicates.contains_key(**name));
        let new = new.map(|(name, versions)| {
            let list: Vec<String> = versions.iter().map(ToString::to_string).collect();
            let what = format!("{name} is there as {}: avoid it, or say why in {FILE}", list.join(" and "));
            (Part::Lock((*name).to_owned()), what)
        });
        let old = self.duplicates.keys().filter(|name| !versions.contains_key(name.as_str()));
        let old = old.map(|name| {
            (Part::Policy(format!("{name} =")), format!("{name} is there once only: delete the entry"))
        });
        new.chain(old).collect()
    }

    fn advisories(&self, locked: &[(String, Version)]) -> Vec<(Part, String)> {
        let mut wrong = Vec::new();
        for Advisory { id, name, fine, what, accepted } in &self.advisories {
            let here: Vec<&Version> = locked.iter().filter(|(n, _)| n == name).map(|(_, v)| v).collect();
            let weak = here.iter().filter(|v| !fine.iter().any(|f| f.matches(v)));
            let weak: Vec<String> = weak.map(ToString::to_string).collect();
            let entry = || Part::Policy(id.clone());
            if here.is_empty() {
                wrong.push((entry(), format!("{id} is about {name}, which is not used: delete it")));
            } else if accepted.is_none() && !weak.is_empty() {
                let weak = weak.join(", ");
                wrong.push((Part::Lock(name.clone()), format!("{name} {weak}: {what} ({id}): update it")));
            } else if accepted.is_some() && weak.is_empty() {
                wrong.push((entry(), format!("{id} no longer needs to be accepted: delete `accepted`")));
            }
        }
        wrong
    }
}

impl Advisory {
    fn read(table: &dyn TableLike) -> Result<Self, String> {
        let text = |name: &str| table.get(name).and_then(Item::as_str).map(str::to_owned);
        let id = text("id").ok_or_else(|| format!("{FILE}: an advisory without id"))?;
        let missing = |name: &str| format!("{FILE}: {id} says no {name}");
        let fine = strings(table.get("fine")).iter().map(|f| VersionReq::parse(f)).collect::<Result<_, _>>();
        Ok(Self {
            name: text("crate").ok_or_else(|| missing("crate"))?,
            fine: fine.map_err(|e| format!("{FILE}: {id}: {e}"))?,
            what: text("what").ok_or_else(|| missing("what"))?,
            accepted: text("accepted"),
            id,
        })
    }
}

/// The crates in Cargo.lock, for every system.
fn locked(lock: &str) -> Result<Vec<(String, Version)>, String> {
    let document = Document::parse(lock).map_err(|e| format!("{LOCK}: {e}"))?;
    let packages = document.get("package").and_then(Item::as_array_of_tables);
    let packages = packages.ok_or(format!("{LOCK}: no packages"))?;
    let others = packages.iter().filter(|p| p.contains_key("source"));
    others
        .map(|p| {
            let text = |key: &str| p.get(key).and_then(Item::as_str).unwrap_or_default();
            let version = Version::parse(text("version")).map_err(|e| format!("{LOCK}: {e}"))?;
            Ok((text("name").to_owned(), version))
        })
        .collect()
}

/// The crates that are built on Linux, with licences.
fn used() -> Result<Vec<Dependency>, String> {
    let metadata = |offline: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.args(["metadata", "--locked", "--format-version", "1"]);
        cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]).args(offline).output()
    };
    // Missing crates are fetched, as by a build.
    let output = match metadata(&["--offline"]) {
        Ok(output) if output.status.success() => Ok(output),
        _ => metadata(&[]),
    };
    let output = output.map_err(|e| format!("cargo metadata: {e}"))?;
    let whole: Value = serde_json::from_slice(&output.stdout)
        .map_err(|e| format!("cargo metadata: {e}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let built: BTreeSet<String> =
        list(&whole["resolve"]["nodes"]).iter().filter_map(|n| n["id"].as_str().map(str::to_owned)).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let others = list(&whole["packages"]).into_iter().filter(|p| p["source"].is_string());
    others
        .filter(|p| built.contains(&text(&p["id"])))
        .map(|p| {
            let version = Version::parse(&text(&p["version"])).map_err(|e| format!("cargo metadata: {e}"))?;
            Ok(Dependency { name: text(&p["name"]), version, licence: text(&p["license"]) })
        })
        .collect()
}

/// A line of the registry's index.
#[derive(Deserialize)]
struct Line {
    vers: String,
    #[serde(default)]
    yanked: bool,
}

/// Versions that their authors withdrew, and the number of versions that the local index lacks. The index has
/// the state that cargo last saw of each crate, so later withdrawals are missing.
fn withdrawn(locked: &[(String, Version)]) -> (Vec<(Part, String)>, usize) {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cargo")));
    let folders: Vec<PathBuf> = home
        .and_then(|h| std::fs::read_dir(h.join("registry/index")).ok())
        .into_iter()
        .flat_map(|entries| entries.flatten().map(|e| e.path().join(".cache")))
        .collect();
    let (mut wrong, mut unknown) = (Vec::new(), 0);
    for (name, version) in locked {
        let version = version.to_string();
        let lines =
            folders.iter().filter_map(|f| std::fs::read(f.join(place(name))).ok()).flat_map(|bytes| {
                let parts = bytes.split(|b| *b == 0).filter(|part| part.first() == Some(&b'{'));
                parts.filter_map(|part| serde_json::from_slice::<Line>(part).ok()).collect::<Vec<_>>()
            });
        match lines.filter(|l| l.vers == version).map(|l| l.yanked).reduce(|a, b| a || b) {
            Some(true) => {
                let what = format!("{name} {version} was withdrawn by its authors: update it");
                wrong.push((Part::Lock(name.clone()), what));
            }
            Some(false) => {}
            None => unknown += 1,
        }
    }
    (wrong, unknown)
}

/// The path of a crate in the index.
fn place(name: &str) -> PathBuf {
    match name.len() {
        1 => Path::new("1").join(name),
        2 => Path::new("2").join(name),
        3 => Path::new("3").join(&name[..1]).join(name),
        _ => Path::new(&name[..2]).join(&name[2..4]).join(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
licences = ["MIT"]
[duplicates]
twice = "two others want it"
[[advisories]]
id = "RUSTSEC-1"
crate = "weak"
what = "reads too far"
fine = [">=1.1"]
[[advisories]]
id = "RUSTSEC-2"
crate = "odd"
what = "leaks"
fine = [">=2"]
accepted = "not reachable"
"#;

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    /// The policy's faults for crates given as (name, version, licence).
    fn said(crates: &[(&str, &str, &str)]) -> Vec<String> {
        let used: Vec<Dependency> = crates
            .iter()
            .map(|(name, v, licence)| Dependency {
                name: (*name).to_owned(),
                version: version(v),
                licence: (*licence).to_owned(),
            })
            .collect();
        let locked: Vec<_> = crates.iter().map(|(name, v, _)| ((*name).to_owned(), version(v))).collect();
        let lock: String = crates.iter().map(|(name, ..)| format!("name = {name:?}\n")).collect();
        let faults = Policy::parse(POLICY).expect("a correct policy").check(&used, &locked);
        faults.into_iter().map(|(part, what)| placed(&part, what, POLICY, &lock).to_string()).collect()
    }

    const FINE: [(&str, &str, &str); 4] = [
        ("twice", "1.0.0", "MIT"),
        ("twice", "2.0.0", "MIT"),
        ("weak", "1.1.0", "MIT"),
        ("odd", "1.0.0", "MIT"),
    ];

    #[test]
    fn what_the_policy_allows_is_left_alone() {
        assert_eq!(said(&FINE), [""; 0]);
    }

    #[test]
    fn licences_and_new_duplicates_are_found() {
        let found = said(&[&FINE[..], &[("new", "1.0.0", "GPL-3.0"), ("new", "2.0.0", "MIT")]].concat());
        let expected = [
            "Cargo.lock:5: new 1.0.0: licence \"GPL-3.0\" is not on the list of xtask/dependencies.toml: \
             use another crate",
            "Cargo.lock:5: new is there as 1.0.0 and 2.0.0: avoid it, or say why in xtask/dependencies.toml",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn known_weaknesses_are_found() {
        let found = said(&[FINE[0], FINE[1], ("weak", "1.0.9", "MIT"), FINE[3]]);
        assert_eq!(found, ["Cargo.lock:3: weak 1.0.9: reads too far (RUSTSEC-1): update it"]);
    }

    #[test]
    fn entries_that_are_no_longer_needed_are_found() {
        let found = said(&[FINE[0], ("odd", "2.0.0", "MIT")]);
        let expected = [
            "xtask/dependencies.toml:4: twice is there once only: delete the entry",
            "xtask/dependencies.toml:6: RUSTSEC-1 is about weak, which is not used: delete it",
            "xtask/dependencies.toml:11: RUSTSEC-2 no longer needs to be accepted: delete `accepted`",
        ];
        assert_eq!(found, expected);
    }
}
