//! What other people's crates are held against, without a network: licences, versions that are there twice,
//! versions that were withdrawn, and what is known of their security (`xtask/dependencies.toml`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use semver::{Version, VersionReq};
use serde::Deserialize;
use serde_json::Value;
use toml_edit::{Document, Item, TableLike};

/// The file that says what is allowed.
const FILE: &str = "xtask/dependencies.toml";

/// What is allowed.
struct Rules {
    licences: Vec<String>,
    /// By name, with the reason.
    duplicates: BTreeMap<String, String>,
    advisories: Vec<Advisory>,
}

/// Something that is known of a crate's security.
struct Advisory {
    id: String,
    name: String,
    /// Versions that it does not concern, or no longer.
    fine: Vec<VersionReq>,
    what: String,
    /// Why it is lived with.
    accepted: Option<String>,
}

/// A crate of somebody else's.
struct Dependency {
    name: String,
    version: Version,
    licence: String,
}

/// Every sentence about what is wrong; says on stdout what could not be looked at.
pub(crate) fn check() -> Result<Vec<String>, String> {
    let rules = Rules::read()?;
    let locked = locked()?;
    let used = used()?;
    let mut wrong = Vec::new();
    wrong.extend(rules.licences(&used));
    wrong.extend(rules.duplicates(&used));
    wrong.extend(rules.advisories(&locked));
    let (withdrawn, unknown) = withdrawn(&locked);
    wrong.extend(withdrawn);
    let elsewhere = locked.len() - used.len().min(locked.len());
    println!(
        "== dependencies: {} crates, {elsewhere} more for other systems whose licences are not looked at; {} advisories; {}",
        used.len(),
        rules.advisories.len(),
        if unknown == 0 {
            "none withdrawn as far as the local index knows".to_owned()
        } else {
            format!("whether {unknown} versions were withdrawn is not known here (no local index of them)")
        }
    );
    Ok(wrong)
}

impl Rules {
    fn read() -> Result<Self, String> {
        let text = std::fs::read_to_string(FILE).map_err(|e| format!("{FILE}: {e}"))?;
        let document = Document::parse(text).map_err(|e| format!("{FILE}: {e}"))?;
        let wrong = |what: &str| format!("{FILE}: {what}");
        let duplicates =
            document.get("duplicates").and_then(Item::as_table_like).ok_or(wrong("duplicates"))?;
        let duplicates = duplicates.iter().map(|(name, why)| {
            let why = why.as_str().ok_or(wrong(name))?;
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

    fn licences(&self, used: &[Dependency]) -> Vec<String> {
        let bad = used.iter().filter(|d| !allowed(&d.licence, &self.licences));
        bad.map(|d| format!("{} {}: licence {:?} is not on the list", d.name, d.version, d.licence)).collect()
    }

    fn duplicates(&self, used: &[Dependency]) -> Vec<String> {
        let mut versions: BTreeMap<&str, BTreeSet<&Version>> = BTreeMap::new();
        for dependency in used {
            versions.entry(&dependency.name).or_default().insert(&dependency.version);
        }
        let twice: BTreeSet<&str> =
            versions.iter().filter(|(_, v)| v.len() > 1).map(|(name, _)| *name).collect();
        let new = twice.iter().filter(|name| !self.duplicates.contains_key(**name));
        let new = new.map(|name| {
            let list: Vec<String> = versions[name].iter().map(ToString::to_string).collect();
            format!("{name} is there as {}: avoid it, or say why in {FILE}", list.join(" and "))
        });
        let old = self.duplicates.keys().filter(|name| !twice.contains(name.as_str()));
        new.chain(old.map(|name| format!("{FILE}: {name} is there once only"))).collect()
    }

    fn advisories(&self, locked: &[(String, Version)]) -> Vec<String> {
        let mut wrong = Vec::new();
        for advisory in &self.advisories {
            let mut here = locked.iter().filter(|(name, _)| *name == advisory.name).peekable();
            if here.peek().is_none() {
                wrong.push(format!("{FILE}: {} is about {}, which is not used", advisory.id, advisory.name));
            }
            let hit: Vec<String> = here
                .filter(|(_, v)| !advisory.fine.iter().any(|f| f.matches(v)))
                .map(|(_, v)| v.to_string())
                .collect();
            match (&advisory.accepted, hit.is_empty()) {
                (None, false) => wrong.push(format!(
                    "{} {}: {} ({})",
                    advisory.name,
                    hit.join(", "),
                    advisory.what,
                    advisory.id
                )),
                (Some(_), true) => {
                    wrong.push(format!("{FILE}: {} no longer needs to be accepted", advisory.id));
                }
                _ => {}
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

fn strings(item: Option<&Item>) -> Vec<String> {
    let list = item.and_then(Item::as_array).into_iter().flat_map(|a| a.iter());
    list.filter_map(|v| v.as_str()).map(str::to_owned).collect()
}

/// Whether a licence expression (SPDX, and the old `/`) can be met with what is allowed.
fn allowed(expression: &str, list: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = any(&words, &mut at, list);
    met && at == words.len()
}

/// Terms joined by OR.
fn any(words: &[&str], at: &mut usize, list: &[String]) -> bool {
    let mut met = all(words, at, list);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, list);
    }
    met
}

/// Terms joined by AND, which binds more tightly.
fn all(words: &[&str], at: &mut usize, list: &[String]) -> bool {
    let mut met = term(words, at, list);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= term(words, at, list);
    }
    met
}

fn term(words: &[&str], at: &mut usize, list: &[String]) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = any(words, at, list);
        let closed = words.get(*at) == Some(&")");
        *at += usize::from(closed);
        return met && closed;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = [*word, "WITH", words.get(*at + 1).copied().unwrap_or_default()].join(" ");
        *at += 2;
    }
    list.contains(&name)
}

/// What Cargo.lock names, for every system.
fn locked() -> Result<Vec<(String, Version)>, String> {
    let text = std::fs::read_to_string("Cargo.lock").map_err(|e| format!("Cargo.lock: {e}"))?;
    let document = Document::parse(text).map_err(|e| format!("Cargo.lock: {e}"))?;
    let packages =
        document.get("package").and_then(Item::as_array_of_tables).ok_or("Cargo.lock: no packages")?;
    let others = packages.iter().filter(|p| p.contains_key("source"));
    others
        .map(|p| {
            let text = |key: &str| p.get(key).and_then(Item::as_str).unwrap_or_default();
            let version = Version::parse(text("version")).map_err(|e| format!("Cargo.lock: {e}"))?;
            Ok((text("name").to_owned(), version))
        })
        .collect()
}

/// What is built on Linux, with licences.
fn used() -> Result<Vec<Dependency>, String> {
    let metadata = |offline: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.args(["metadata", "--locked", "--format-version", "1"]);
        cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]).args(offline).output()
    };
    // Whatever is not here yet is fetched, as a build would.
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

/// Versions that their makers withdrew, and of how many versions nothing is known here. The index is what
/// cargo last saw of each crate: it may be older than the withdrawal.
fn withdrawn(locked: &[(String, Version)]) -> (Vec<String>, usize) {
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
            Some(true) => wrong.push(format!("{name} {version} was withdrawn by its makers")),
            Some(false) => {}
            None => unknown += 1,
        }
    }
    (wrong, unknown)
}

/// Where the index keeps a crate.
fn place(name: &str) -> PathBuf {
    match name.len() {
        1 => Path::new("1").join(name),
        2 => Path::new("2").join(name),
        3 => Path::new("3").join(&name[..1]).join(name),
        _ => Path::new(&name[..2]).join(&name[2..4]).join(name),
    }
}
