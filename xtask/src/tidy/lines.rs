//! Format of lines and files: the margin, trailing blanks, tabs, and the beginning of a source file.

use super::rules::{FILE, Rules};
use super::tree::{Fault, Tree};

/// Columns of the longest line, strings and comments included. A column is one character.
const MARGIN: usize = 110;

/// The files with a margin.
const WITH_MARGIN: [&str; 4] = [".rs", ".sql", ".toml", ".py"];

/// Every fault of a line.
pub(super) fn check(tree: &Tree, rules: &Rules) -> Vec<Fault> {
    let mut faults = margin(tree, rules);
    for file in tree.with_ending(&[".rs", ".py"]) {
        for (at, line) in file.text.lines().enumerate() {
            if line.ends_with([' ', '\t']) {
                faults.push(Fault::at(&file.path, at + 1, "trailing blanks: delete them"));
            } else if line.contains('\t') {
                faults.push(Fault::at(&file.path, at + 1, "a tab: use blanks, or `\\t` in a string"));
            }
        }
    }
    for file in tree.with_ending(&[".rs"]).filter(|f| f.path.contains("/src/")) {
        let first = file.text.lines().find(|line| !line.trim().is_empty());
        if !first.is_some_and(|line| line.starts_with("//!")) {
            let what = "begins without `//!`: say in a sentence where in the flow the file stands";
            faults.push(Fault::at(&file.path, 1, what));
        }
    }
    faults
}

fn margin(tree: &Tree, rules: &Rules) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in tree.with_ending(&WITH_MARGIN) {
        let long = file.text.lines().enumerate().filter(|(_, line)| line.chars().count() > MARGIN);
        let mut long = long.map(|(at, line)| {
            let columns = line.chars().count();
            Fault::at(&file.path, at + 1, format!("{columns} columns: break the line at {MARGIN}"))
        });
        if !rules.margin.contains_key(&file.path) {
            faults.extend(long);
        } else if long.next().is_none() {
            let what = format!("[margin] {}: no line is too long any more; delete the entry", file.path);
            faults.push(Fault::of(FILE, what));
        }
    }
    let gone = rules.margin.keys().filter(|path| tree.find(path).is_none());
    faults.extend(gone.map(|path| Fault::of(FILE, format!("[margin] {path} is no file; delete the entry"))));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(files: &[(&str, &str)], rules: &str) -> Vec<String> {
        let rules = Rules::parse(rules).expect("correct rules");
        check(&Tree::of(files), &rules).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_file_is_left_alone() {
        let korean = format!("//! {}\n", "가".repeat(106));
        assert_eq!(said(&[("a/src/lib.rs", &korean)], ""), [""; 0]);
    }

    #[test]
    fn long_lines_are_found_in_every_language_that_has_a_margin() {
        let long = "x".repeat(111);
        for path in ["a/tests/t.rs", "m/1.sql", "Cargo.toml", "t.py"] {
            let text = format!("\n{long}\n");
            let expected = format!("{path}:2: 111 columns: break the line at 110");
            assert_eq!(said(&[(path, &text)], ""), [expected]);
        }
        assert_eq!(said(&[("README.md", &long)], ""), [""; 0]);
    }

    #[test]
    fn an_exception_is_kept_only_while_it_is_needed() {
        let long = "x".repeat(111);
        let rules = "[margin]\n\"t.py\" = \"a table\"";
        assert_eq!(said(&[("t.py", &long)], rules), [""; 0]);
        let delete = "xtask/tidy.toml: [margin] t.py: no line is too long any more; delete the entry";
        assert_eq!(said(&[("t.py", "x")], rules), [delete]);
        assert_eq!(said(&[], rules), ["xtask/tidy.toml: [margin] t.py is no file; delete the entry"]);
    }

    #[test]
    fn blanks_tabs_and_files_without_a_place_are_found() {
        assert_eq!(said(&[("t.py", "a \nb\n")], ""), ["t.py:1: trailing blanks: delete them"]);
        assert_eq!(said(&[("t.py", "a\tb\n")], ""), ["t.py:1: a tab: use blanks, or `\\t` in a string"]);
        let found = said(&[("a/src/x.rs", "\nuse b;\n")], "");
        assert!(found.len() == 1 && found[0].starts_with("a/src/x.rs:1: begins without `//!`"), "{found:?}");
        assert_eq!(said(&[("a/tests/x.rs", "use b;\n")], ""), [""; 0]);
    }
}
