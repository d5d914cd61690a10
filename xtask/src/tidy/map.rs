//! `ARCHITECTURE.md` is true: every file, module and test that it names exists, and every invariant names the
//! test that holds it.

use super::modules::Target;
use super::tree::{Fault, Tree};

/// The map.
pub(super) const MAP: &str = "ARCHITECTURE.md";

/// The mark of an invariant that no test can hold.
const BY_REVIEW: &str = "held by review";

/// The heading above the invariants.
const INVARIANTS: &str = "## Invariants";

/// Every name without a target, and every invariant without a test or mark.
pub(super) fn check(tree: &Tree, targets: &[Target<'_>]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut drawing = false;
    // Folders that the paths of a list are relative to: "The server, in `drape-server/src/`:".
    let mut folders: Vec<&str> = Vec::new();
    for (at, line) in tree.text(MAP).lines().enumerate() {
        if line.starts_with("```") {
            drawing = !drawing;
        }
        // Code is indented, fenced, or between backticks.
        let drawn = drawing || line.starts_with("    ");
        let code: Vec<&str> = if drawn { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
        if line.starts_with('#') {
            folders.clear();
        } else if line.ends_with(':') && !line.starts_with(['-', ' ', '|']) {
            folders = code.iter().copied().filter(|text| text.ends_with('/')).collect();
        }
        for text in &code {
            for name in text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-:".contains(c)) {
                if let Some(what) = unknown_module(name, targets) {
                    faults.push(Fault::at(MAP, at + 1, what));
                }
            }
        }
        let links = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        let links = links.filter(|link| !link.contains("://") && !link.starts_with('#'));
        let paths = code.into_iter().filter(|text| !drawn && is_path(text));
        for path in paths.chain(links) {
            faults.extend(unknown_path(path, &folders, tree).map(|what| Fault::at(MAP, at + 1, what)));
        }
    }
    faults.extend(invariants(tree));
    faults
}

/// The invariants without a test or mark: rows of the tables below the heading.
fn invariants(tree: &Tree) -> Vec<Fault> {
    let lines = tree.text(MAP).lines().enumerate().skip_while(|(_, line)| *line != INVARIANTS).skip(1);
    let rows = lines.take_while(|(_, line)| !line.starts_with("## ")).filter(|(_, line)| {
        line.starts_with("| ") && !line.starts_with("| ---") && !line.starts_with("| invariant |")
    });
    let rows: Vec<(usize, &str)> = rows.collect();
    if rows.is_empty() {
        return vec![Fault::of(
            MAP,
            format!("has no table below `{INVARIANTS}`: write down what always holds"),
        )];
    }
    let held = |row: &str| row.contains(".rs::") || row.contains("`cargo xtask ") || row.contains(BY_REVIEW);
    let free = rows.iter().filter(|(_, row)| !held(row));
    free.map(|(at, _)| {
        let what = "the invariant names no test (`file.rs::test`): name the one that holds it";
        Fault::at(MAP, at + 1, format!("{what}, or say {BY_REVIEW:?}"))
    })
    .collect()
}

/// The fault of `crate::module::Item`, if it is one of ours and does not exist.
fn unknown_module(name: &str, targets: &[Target<'_>]) -> Option<String> {
    let (crate_name, path) = name.trim_matches(':').split_once("::")?;
    let crate_name = crate_name.replace('_', "-");
    let full = format!("drape-{crate_name}");
    let mut of_crate =
        targets.iter().filter(|t| t.product && [&crate_name, &full].contains(&&t.crate_name.to_owned()));
    let first = of_crate.next()?;
    let path: Vec<&str> = path.split("::").collect();
    let known = first.knows(&path) || of_crate.any(|target| target.knows(&path));
    (!known).then(|| format!("`{name}` is not there: say where it is now"))
}

/// Whether code in a sentence is a path: it has a folder or an extension.
fn is_path(text: &str) -> bool {
    let characters = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./{},:".contains(c));
    let ending = [".rs", ".md", ".toml", ".sql", ".json", ".jsonl", ".py"].iter().any(|e| text.ends_with(e));
    let folder = text.contains('/') && !text.contains("://") && !text.starts_with('/');
    characters && (ending || folder || text.contains(".rs::"))
}

/// The fault of a path; `a/{b,c}.rs` and `file.rs::test` also count as paths.
fn unknown_path(path: &str, folders: &[&str], tree: &Tree) -> Option<String> {
    if let Some((before, rest)) = path.split_once('{')
        && let Some((inner, after)) = rest.split_once('}')
    {
        let mut parts = inner.split(',').map(|part| format!("{before}{part}{after}"));
        return parts.find_map(|part| unknown_path(&part, folders, tree));
    }
    let (file, test) =
        path.split_once(".rs::").map_or((path.to_owned(), None), |(f, t)| (format!("{f}.rs"), Some(t)));
    let from = std::iter::once("").chain(folders.iter().copied());
    let mut places = from.flat_map(|folder| [format!("{folder}{file}"), format!("crates/{folder}{file}")]);
    let Some(place) = places.find(|place| tree.has(place)) else {
        return Some(format!("`{file}` is not there: say where it is now"));
    };
    let test = test.filter(|test| !is_test(tree.text(&place), test))?;
    Some(format!("`{file}` has no test `{test}`: name the one that holds this"))
}

/// Whether a source has a test of that name.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let found = lines.iter().position(|line| line.contains(&format!("fn {name}(")));
    // Attributes and comments may stand between `#[test]` and the function.
    found.is_some_and(|at| {
        let above = lines[..at].iter().rev().take_while(|line| {
            let line = line.trim_start();
            line.starts_with('#') || line.starts_with("//")
        });
        above.map(|line| line.trim()).any(|line| line.starts_with("#[test]") || line.contains("::test"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::modules::Sources;
    use super::*;

    const HELD: &str = "\n## Invariants\n\n| All is well | held by review |\n";

    fn said(map: &str) -> Vec<String> {
        let tree = Tree::of(&[
            (MAP, map),
            ("crates/drape-core/src/lib.rs", "pub mod photo; pub use photo::Photo;"),
            ("crates/drape-core/src/photo.rs", "pub struct Photo;"),
            ("crates/drape-core/tests/photo.rs", "#[test]\n#[ignore]\nfn stays() {}\nfn none() {}\n"),
            ("docs/capacity.md", ""),
        ]);
        let (sources, _) = Sources::read(&tree);
        check(&tree, &sources.targets()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn files_and_folders_exist() {
        let good = "`drape-core/src/photo.rs` `docs/` `drape-core/{src,tests}/photo.rs` `a/b c`\n\
                    [x](docs/capacity.md) [y](https://example.org/a.md) `and/or` is not";
        let found = said(&format!("{good}{HELD}"));
        assert_eq!(found, ["ARCHITECTURE.md:2: `and/or` is not there: say where it is now"]);
        for bad in
            ["`drape-core/src/gone.rs`", "`drape-core/{src,gone}/photo.rs`", "[x](docs/gone.md)", "`gone.rs`"]
        {
            let found = said(&format!("{bad}{HELD}"));
            assert!(found.len() == 1 && found[0].contains("gone"), "{found:?}");
        }
    }

    #[test]
    fn lists_are_seen_from_the_folder_above_them() {
        let list =
            "The core, in `drape-core/src/`:\n\n- Photos (`photo.rs`).\n\n## Next\n\n- Gone (`lib.rs`).\n";
        let found = said(&format!("{list}{HELD}"));
        assert_eq!(found, ["ARCHITECTURE.md:7: `lib.rs` is not there: say where it is now"]);
    }

    #[test]
    fn modules_and_items_exist_in_sentences_and_drawings() {
        let good = "`core::photo::Photo`, `drape-core::photo`, `core::Photo::decode`, `tokio::select`\n\n    \
            core::photo\n";
        assert_eq!(said(&format!("{good}{HELD}")), [""; 0]);
        let found = said(&format!("    photo bytes --> core::gone\n`drape_core::photo::Gone`{HELD}"));
        let expected = [
            "ARCHITECTURE.md:1: `core::gone` is not there: say where it is now",
            "ARCHITECTURE.md:2: `drape_core::photo::Gone` is not there: say where it is now",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn every_invariant_names_a_test_that_exists() {
        let table = "## Invariants\n\n### Of photos\n\n| invariant | held by |\n| --- | --- |\n";
        let with = |held: &str| said(&format!("{table}| It stays | {held} |\n\n## Next\n| x | y |\n"));
        assert_eq!(with("`drape-core/tests/photo.rs::stays`"), [""; 0]);
        assert_eq!(with("`cargo xtask chaos`"), [""; 0]);
        let none = with("`drape-core/tests/photo.rs::none`");
        let expected =
            "ARCHITECTURE.md:7: `drape-core/tests/photo.rs` has no test `none`: name the one that holds this";
        assert_eq!(none, [expected]);
        let free = with("always");
        assert!(
            free.len() == 1 && free[0].starts_with("ARCHITECTURE.md:7: the invariant names no test"),
            "{free:?}"
        );
        assert!(said("nothing")[0].contains("has no table below"));
    }
}
