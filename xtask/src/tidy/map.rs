//! `ARCHITECTURE.md` is true: every file, module and test that it names exists, and every invariant names the
//! test that holds it.

use super::modules::Target;
use super::tree::{Fault, Tree};

/// The map.
pub(super) const MAP: &str = "ARCHITECTURE.md";

/// What an invariant says that no test can hold.
const BY_REVIEW: &str = "held by review";

/// The heading above the invariants.
const INVARIANTS: &str = "## Invariants";

/// Every name that leads nowhere, and every invariant that nothing holds.
pub(super) fn check(tree: &Tree, targets: &[Target<'_>]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut drawing = false;
    for (at, line) in tree.text(MAP).lines().enumerate() {
        if line.starts_with("```") {
            drawing = !drawing;
        }
        // Code is what is indented or fenced, and what stands between backticks.
        let drawn = drawing || line.starts_with("    ");
        let code: Vec<&str> = if drawn { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
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
            faults.extend(unknown_path(path, tree).map(|what| Fault::at(MAP, at + 1, what)));
        }
    }
    faults.extend(invariants(tree));
    faults
}

/// The invariants that name nothing that holds them.
fn invariants(tree: &Tree) -> Vec<Fault> {
    let mut items: Vec<(usize, String)> = Vec::new();
    let lines = tree.text(MAP).lines().enumerate().skip_while(|(_, line)| *line != INVARIANTS).skip(1);
    for (at, line) in lines.take_while(|(_, line)| !line.starts_with("## ")) {
        let numbered = line.split_once(". ").is_some_and(|(n, _)| n.parse::<u32>().is_ok());
        if numbered || line.starts_with("- ") {
            items.push((at + 1, line.to_owned()));
        } else if let Some((_, item)) = items.last_mut().filter(|_| line.starts_with(' ')) {
            item.push_str(line);
        }
    }
    if items.is_empty() {
        return vec![Fault::of(
            MAP,
            format!("has no list below `{INVARIANTS}`: write down what always holds"),
        )];
    }
    let held =
        |item: &str| item.contains(".rs::") || item.contains("cargo xtask ") || item.contains(BY_REVIEW);
    let free = items.iter().filter(|(_, item)| !held(item));
    free.map(|(line, _)| {
        let what = format!(
            "the invariant names no test (`file.rs::test`): name the one that holds it, or say {BY_REVIEW:?}"
        );
        Fault::at(MAP, *line, what)
    })
    .collect()
}

/// What is wrong with `crate::module::Item`, if it is one of ours.
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

/// Whether code in a sentence is a path: it has a folder or an ending.
fn is_path(text: &str) -> bool {
    let characters = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./{},:".contains(c));
    let ending = [".rs", ".md", ".toml", ".sql", ".json", ".jsonl", ".py"].iter().any(|e| text.ends_with(e));
    let folder = text.contains('/') && !text.contains("://") && !text.starts_with('/');
    characters && (ending || folder || text.contains(".rs::"))
}

/// What is wrong with a path, `a/{b,c}.rs` and `file.rs::test` included.
fn unknown_path(path: &str, tree: &Tree) -> Option<String> {
    if let Some((before, rest)) = path.split_once('{')
        && let Some((inner, after)) = rest.split_once('}')
    {
        return inner.split(',').find_map(|part| unknown_path(&format!("{before}{part}{after}"), tree));
    }
    let (file, test) =
        path.split_once(".rs::").map_or((path.to_owned(), None), |(f, t)| (format!("{f}.rs"), Some(t)));
    let places = [file.clone(), format!("crates/{file}")];
    let Some(place) = places.iter().find(|place| tree.has(place)) else {
        return Some(format!("`{file}` is not there: say where it is now"));
    };
    let test = test.filter(|test| !is_test(tree.text(place), test))?;
    Some(format!("`{file}` has no test `{test}`: name the one that holds this"))
}

/// Whether a source has a test of that name.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let found = lines.iter().position(|line| line.contains(&format!("fn {name}(")));
    // Attributes and comments may stand between.
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

    const HELD: &str = "\n## Invariants\n\n- All is well: held by review.\n";

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
        let with = |held: &str| {
            said(&format!("## Invariants\n\n### Of photos\n\n1. It stays,\n   {held}.\n\n## Next\n- x\n"))
        };
        assert_eq!(with("`drape-core/tests/photo.rs::stays`"), [""; 0]);
        assert_eq!(with("`cargo xtask chaos`"), [""; 0]);
        let none = with("`drape-core/tests/photo.rs::none`");
        let expected =
            "ARCHITECTURE.md:6: `drape-core/tests/photo.rs` has no test `none`: name the one that holds this";
        assert_eq!(none, [expected]);
        let free = with("always");
        assert!(
            free.len() == 1 && free[0].starts_with("ARCHITECTURE.md:5: the invariant names no test"),
            "{free:?}"
        );
        assert!(said("nothing")[0].contains("has no list below"));
    }
}
