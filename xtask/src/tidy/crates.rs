//! Which crate may import which: the table of `ARCHITECTURE.md` must match every `Cargo.toml`, third-party
//! crates stay in the crates that may use them, and no crate's tests need a crate that depends on it.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Document, Item, TableLike};

use super::map::MAP;
use super::rules::{FILE, Rules};
use super::tree::{Fault, Tree, line_of};

/// The imports of a crate.
#[derive(Default, Debug, PartialEq, Eq)]
struct Imports {
    /// Workspace crates, in the product.
    own: BTreeSet<String>,
    /// Workspace crates, in tests only.
    in_tests: BTreeSet<String>,
    /// Third-party crates, in the product.
    others: BTreeSet<String>,
}

/// Every difference.
pub(super) fn check(tree: &Tree, rules: &Rules) -> Vec<Fault> {
    let (manifests, mut faults) = manifests(tree);
    let (table, wrong) = table(tree);
    faults.extend(wrong);
    for (name, imports) in &manifests {
        let path = manifest(name);
        let Some((line, said)) = table.get(name) else {
            faults.push(Fault::of(MAP, format!("the table of crates lacks `{name}`: add its row")));
            continue;
        };
        let differ = |what: &str, said: &BTreeSet<String>, is: &BTreeSet<String>| {
            let new = is.difference(said).map(|other| {
                let line = line_of(tree.text(&path), other);
                let what =
                    format!("{name} {what} {other}, which {MAP}:{line} does not allow", line = table[name].0);
                Fault::at(&path, line, format!("{what}: undo it, or change the map"))
            });
            let old = said.difference(is).map(|other| {
                Fault::at(MAP, *line, format!("{name} no longer {what} {other}: take it out of the row"))
            });
            new.chain(old).collect::<Vec<_>>()
        };
        faults.extend(differ("imports", &said.own, &imports.own));
        faults.extend(differ("tests with", &said.in_tests, &imports.in_tests));
        for (other, by) in
            rules.only.iter().filter(|(o, by)| imports.others.contains(*o) && !by.contains(name))
        {
            let line = line_of(tree.text(&path), other);
            let what = format!(
                "{other} is for {} alone ({FILE}, [only]): ask there for what is needed",
                by.join(", ")
            );
            faults.push(Fault::at(&path, line, what));
        }
    }
    for (name, (line, _)) in table.iter().filter(|(name, _)| !manifests.contains_key(*name)) {
        faults.push(Fault::at(MAP, *line, format!("`{name}` is no crate: delete its row")));
    }
    for (other, by) in &rules.only {
        for name in by.iter().filter(|name| !manifests.get(*name).is_some_and(|i| i.others.contains(other))) {
            let what = format!("[only] {name} does not import {other} any more; take it out");
            faults.push(Fault::of(FILE, what));
        }
    }
    faults.extend(circles(tree, &manifests, rules));
    faults
}

/// Faults for crates whose tests need a crate that imports them, and for entries of the list that no longer
/// hold.
fn circles(tree: &Tree, manifests: &BTreeMap<String, Imports>, rules: &Rules) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut found = BTreeSet::new();
    for (name, imports) in manifests {
        for other in imports.in_tests.iter().filter(|other| reaches(manifests, other, name)) {
            let circle = format!("{name} <- {other}");
            if !rules.circles.contains_key(&circle) {
                let path = manifest(name);
                let what = format!(
                    "{name} tests with {other}, which is built on {name}: move the test there, or what it \
                        needs here"
                );
                faults.push(Fault::at(&path, line_of(tree.text(&path), other), what));
            }
            found.insert(circle);
        }
    }
    let gone = rules.circles.keys().filter(|circle| !found.contains(*circle));
    faults
        .extend(gone.map(|circle| Fault::of(FILE, format!("[circles] {circle} is gone; delete the entry"))));
    faults
}

/// Whether a crate imports another, directly or not.
fn reaches(manifests: &BTreeMap<String, Imports>, from: &str, to: &str) -> bool {
    // Product imports have no circles: cargo refuses them.
    manifests.get(from).is_some_and(|i| i.own.iter().any(|own| own == to || reaches(manifests, own, to)))
}

/// Every crate's imports, by its name.
fn manifests(tree: &Tree) -> (BTreeMap<String, Imports>, Vec<Fault>) {
    let (mut found, mut faults) = (BTreeMap::new(), Vec::new());
    let ours = |path: &str| {
        path == "xtask/Cargo.toml" || path.starts_with("crates/") && path.matches('/').count() == 2
    };
    let files: Vec<_> = tree.with_ending(&["/Cargo.toml"]).filter(|f| ours(&f.path)).collect();
    let names: BTreeSet<&str> = files.iter().filter_map(|f| f.path.rsplit('/').nth(1)).collect();
    for file in &files {
        let document = match Document::parse(file.text.as_str()) {
            Ok(document) => document,
            Err(why) => {
                faults.push(Fault::of(&file.path, why.to_string()));
                continue;
            }
        };
        let mut imports = Imports::default();
        let mut read = |tables: &dyn TableLike| {
            for (kind, table) in tables.iter().filter(|(kind, _)| kind.ends_with("dependencies")) {
                for (name, _) in table.as_table_like().into_iter().flat_map(TableLike::iter) {
                    let into = match (names.contains(name), kind) {
                        (true, "dev-dependencies") => &mut imports.in_tests,
                        (true, _) => &mut imports.own,
                        (false, "dependencies") => &mut imports.others,
                        (false, _) => continue,
                    };
                    into.insert(name.to_owned());
                }
            }
        };
        read(document.as_table());
        let systems = document.get("target").and_then(Item::as_table_like);
        for (_, system) in systems.into_iter().flat_map(TableLike::iter) {
            if let Some(tables) = system.as_table_like() {
                read(tables);
            }
        }
        let name = file.path.rsplit('/').nth(1).unwrap_or_default();
        found.insert(name.to_owned(), imports);
    }
    (found, faults)
}

/// The rows of the map's table of crates: name, line, imports.
fn table(tree: &Tree) -> (BTreeMap<String, (usize, Imports)>, Vec<Fault>) {
    let mut rows = BTreeMap::new();
    let mut columns: Option<[usize; 2]> = None;
    for (at, line) in tree.text(MAP).lines().enumerate() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        if cells.len() < 3 {
            columns = None;
        } else if cells[0] == "crate" {
            let column = |name: &str| cells.iter().position(|cell| *cell == name);
            columns = column("imports").zip(column("in tests, too")).map(|(a, b)| [a, b]);
        } else if let Some([own, in_tests]) = columns
            && let Some(name) = cells[0].strip_prefix('`').and_then(|n| n.strip_suffix('`'))
        {
            let list = |column: usize| cells.get(column).map_or_else(BTreeSet::new, |cell| crates_in(cell));
            let imports = Imports { own: list(own), in_tests: list(in_tests), others: BTreeSet::new() };
            rows.insert(name.to_owned(), (at + 1, imports));
        }
    }
    let missing = "has no table of crates with the columns `imports` and `in tests, too`: write it";
    let faults = if rows.is_empty() { vec![Fault::of(MAP, missing)] } else { Vec::new() };
    (rows, faults)
}

/// The crates that a cell names; their `drape-` is omitted there.
fn crates_in(cell: &str) -> BTreeSet<String> {
    let names = cell.split(',').map(|name| name.trim().trim_matches('`')).filter(|name| !name.is_empty());
    names.map(|name| if name == "drape" { name.to_owned() } else { format!("drape-{name}") }).collect()
}

fn manifest(name: &str) -> String {
    if name == "xtask" { "xtask/Cargo.toml".to_owned() } else { format!("crates/{name}/Cargo.toml") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "| crate | what | imports | in tests, too |\n| --- | --- | --- | --- |\n\
                         | `drape-core` | words | | |\n| `drape-store` | rows | core | testing |\n\
                         | `drape-testing` | servers | | |\n";
    const CORE: &str = "[dependencies]\nserde = \"1\"\n";
    const STORE: &str = "[dependencies]\ndrape-core.workspace = true\nsqlx.workspace = true\n\
                         [dev-dependencies]\ndrape-testing.workspace = true\n";

    fn said(map: &str, core: &str, store: &str, testing: &str, rules: &str) -> Vec<String> {
        let tree = Tree::of(&[
            (MAP, map),
            ("crates/drape-core/Cargo.toml", core),
            ("crates/drape-store/Cargo.toml", store),
            ("crates/drape-testing/Cargo.toml", testing),
        ]);
        let rules = Rules::parse(rules).expect("correct rules");
        check(&tree, &rules).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn map_and_manifests_that_agree_are_left_alone() {
        let rules = "[only]\nsqlx = [\"drape-store\"]";
        assert_eq!(said(TABLE, CORE, STORE, "", rules), [""; 0]);
    }

    #[test]
    fn an_import_that_the_map_does_not_allow_is_found_in_every_table() {
        let expected = "drape-core imports drape-testing, which ARCHITECTURE.md:3 does not allow: \
                        undo it, or change the map";
        for table in ["dependencies", "target.'cfg(unix)'.dependencies", "build-dependencies"] {
            let core = format!("[{table}]\ndrape-testing = {{ path = \"../drape-testing\" }}\n");
            assert_eq!(
                said(TABLE, &core, STORE, "", ""),
                [format!("crates/drape-core/Cargo.toml:2: {expected}")]
            );
        }
        let tests = said(TABLE, "[dev-dependencies]\ndrape-testing.workspace = true\n", STORE, "", "");
        assert!(tests.len() == 1 && tests[0].contains("drape-core tests with drape-testing"), "{tests:?}");
    }

    #[test]
    fn the_map_names_nothing_that_is_gone_and_misses_nothing() {
        let found = said(TABLE, CORE, "", "", "");
        let expected = [
            "ARCHITECTURE.md:4: drape-store no longer imports drape-core: take it out of the row",
            "ARCHITECTURE.md:4: drape-store no longer tests with drape-testing: take it out of the row",
        ];
        assert_eq!(found, expected);
        let without = TABLE.replace("| `drape-core` | words | | |\n", "| `drape-old` | | | |\n");
        let found = said(&without, CORE, STORE, "", "");
        let expected = [
            "ARCHITECTURE.md: the table of crates lacks `drape-core`: add its row",
            "ARCHITECTURE.md:3: `drape-old` is no crate: delete its row",
        ];
        assert_eq!(found, expected);
        assert!(said("", CORE, STORE, "", "")[0].contains("has no table of crates"));
    }

    #[test]
    fn crates_from_elsewhere_stay_where_they_belong() {
        let rules = "[only]\nsqlx = [\"drape-store\"]\nserde = [\"drape-core\", \"drape-testing\"]";
        let core = "[dependencies]\nserde = \"1\"\nsqlx = \"1\"\n";
        let expected = [
            "crates/drape-core/Cargo.toml:3: sqlx is for drape-store alone (xtask/tidy.toml, [only]): \
             ask there for what is needed",
            "xtask/tidy.toml: [only] drape-testing does not import serde any more; take it out",
        ];
        assert_eq!(said(TABLE, core, STORE, "", rules), expected);
    }

    #[test]
    fn tests_that_need_what_is_built_on_their_crate_are_listed() {
        let table = TABLE.replace("| servers | | |", "| servers | store | |");
        let testing = "[dependencies]\ndrape-store.workspace = true\n";
        let found = said(&table, CORE, STORE, testing, "");
        let expected = "crates/drape-store/Cargo.toml:5: drape-store tests with drape-testing, \
                        which is built on drape-store: move the test there, or what it needs here";
        assert_eq!(found, [expected]);
        let rules = "[circles]\n\"drape-store <- drape-testing\" = \"stores on real servers\"";
        assert_eq!(said(&table, CORE, STORE, testing, rules), [""; 0]);
        let gone = said(TABLE, CORE, STORE, "", rules);
        assert_eq!(
            gone,
            ["xtask/tidy.toml: [circles] drape-store <- drape-testing is gone; delete the entry"]
        );
    }
}
