//! No test stands where cargo does not look: a crate whose manifest says that it has no unit tests or no
//! examples in its comments (which saves building it once more) has none.

use toml_edit::{Document, Item};

use super::tree::{Fault, File, Tree, line_of};

/// Every test that would never run.
pub(super) fn check(tree: &Tree) -> Vec<Fault> {
    let manifests = tree.files.iter().filter(|f| f.path.ends_with("/Cargo.toml"));
    manifests.flat_map(|manifest| of_crate(tree, manifest)).collect()
}

fn of_crate(tree: &Tree, manifest: &File) -> Vec<Fault> {
    let Ok(read) = Document::parse(manifest.text.as_str()) else { return Vec::new() };
    let folder = manifest.path.trim_end_matches("Cargo.toml");
    let lib = read.get("lib");
    let bin = read.get("bin").and_then(Item::as_array_of_tables).and_then(|bins| bins.get(0));
    let off = |key: &str| {
        let says = |value: Option<&Item>| value.and_then(Item::as_bool) == Some(false);
        says(lib.and_then(|lib| lib.get(key))) || says(bin.and_then(|bin| bin.get(key)))
    };
    let inside = || {
        let source = format!("{folder}src/");
        tree.files.iter().filter(move |f| f.path.starts_with(&source) && f.path.ends_with(".rs"))
    };
    let mut faults = Vec::new();
    if off("test") {
        for file in inside().filter(|f| f.text.contains("#[cfg(test)]")) {
            let what = format!("never runs: delete `test = false` in {}", manifest.path);
            faults.push(Fault::at(&file.path, line_of(&file.text, "#[cfg(test)]"), what));
        }
    }
    if off("doctest") {
        for file in inside() {
            let opens = |line: &str| {
                let comment = line.trim_start().strip_prefix("///").or(line.trim_start().strip_prefix("//!"));
                comment.is_some_and(|text| text.trim_start().starts_with("```"))
            };
            let fences = file.text.lines().enumerate().filter(|(_, line)| opens(line));
            // Every second fence closes a block; a block of text is no example.
            for (at, _) in fences.step_by(2).filter(|(_, line)| !line.contains("```text")) {
                let what = format!("this example never runs: delete `doctest = false` in {}", manifest.path);
                faults.push(Fault::at(&file.path, at + 1, what));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(manifest: &str, source: &str) -> Vec<String> {
        let tree = Tree::of(&[("crates/a/Cargo.toml", manifest), ("crates/a/src/lib.rs", source)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_test_that_cargo_would_pass_over_is_a_fault() {
        let off = "[lib]\ntest = false\n";
        assert_eq!(said(off, "fn a() {}\n"), [""; 0]);
        assert_eq!(said("[lib]\n", "#[cfg(test)]\nmod tests {}\n"), [""; 0]);
        let expected = "crates/a/src/lib.rs:2: never runs: delete `test = false` in crates/a/Cargo.toml";
        assert_eq!(said(off, "fn a() {}\n#[cfg(test)]\nmod tests {}\n"), [expected]);
        let program = "[[bin]]\nname = \"a\"\npath = \"src/main.rs\"\ntest = false\n";
        assert_eq!(said(program, "#[cfg(test)]\nmod tests {}\n").len(), 1);
    }

    #[test]
    fn an_example_that_cargo_would_pass_over_is_a_fault() {
        let off = "[lib]\ndoctest = false\n";
        assert_eq!(said(off, "/// ```text\n/// a\n/// ```\nfn a() {}\n"), [""; 0]);
        assert_eq!(said("[lib]\n", "/// ```\n/// a();\n/// ```\nfn a() {}\n"), [""; 0]);
        let expected =
            "crates/a/src/lib.rs:1: this example never runs: delete `doctest = false` in crates/a/Cargo.toml";
        assert_eq!(said(off, "/// ```\n/// a();\n/// ```\nfn a() {}\n"), [expected]);
    }
}
