//! One meaning per name: no two public types of the workspace have the same name, and a few vague words name
//! at most one type, public or private.

use std::collections::BTreeMap;

use super::modules::Target;
use super::rules::{FILE, Rules};
use super::tree::Fault;

/// Words so vague that a second type of that name is always one too many.
const VAGUE: [&str; 7] = ["Made", "Task", "Order", "Wanted", "Said", "Report", "Outcome"];

/// Where a type is defined.
struct Place<'a> {
    crate_name: &'a str,
    path: &'a str,
    line: usize,
}

/// Every second type of a name that is not on the list, and every entry of the list that no longer holds.
pub(super) fn check(targets: &[Target<'_>], rules: &Rules) -> Vec<Fault> {
    let mut named: BTreeMap<&str, Vec<Place<'_>>> = BTreeMap::new();
    for target in targets.iter().filter(|t| t.product) {
        for (path, item) in target.types() {
            if item.public || VAGUE.contains(&item.name.as_str()) {
                let place = Place { crate_name: target.crate_name, path, line: item.line };
                named.entry(&item.name).or_default().push(place);
            }
        }
    }
    let mut faults = Vec::new();
    for (name, places) in &mut named {
        places.sort_by_key(|p| (p.crate_name, p.path, p.line));
        let crates: Vec<&str> = places.iter().map(|p| p.crate_name).collect();
        let listed = rules.names.get(*name);
        if listed.is_some_and(|l| l.crates == crates) {
            continue;
        }
        if places.len() > 1 && listed.is_none() {
            for second in &places[1..] {
                let what = format!(
                    "a second `{name}`, beside {}:{}: name it for what it is",
                    places[0].path, places[0].line
                );
                faults.push(Fault::at(second.path, second.line, what));
            }
        }
    }
    for (name, listed) in &rules.names {
        let places = named.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let crates: Vec<&str> = places.iter().map(|p| p.crate_name).collect();
        if crates.len() < 2 {
            let what = format!("[names] {name} has one meaning by now; delete the entry");
            faults.push(Fault::of(FILE, what));
        } else if listed.crates != crates {
            let where_: Vec<String> = places.iter().map(|p| format!("{}:{}", p.path, p.line)).collect();
            let what = format!(
                "[names] {name} is said to be in {:?}, and is in {crates:?} ({}): rename a new one, or \
                    delete what is gone",
                listed.crates,
                where_.join(", ")
            );
            faults.push(Fault::of(FILE, what));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::modules::Sources;
    use super::super::tree::Tree;
    use super::*;

    fn said(a: &str, b: &str, rules: &str) -> Vec<String> {
        let tree = Tree::of(&[("crates/a/src/lib.rs", a), ("crates/b/src/lib.rs", b)]);
        let (sources, _) = Sources::read(&tree);
        let rules = Rules::parse(rules).expect("correct rules");
        check(&sources.targets(), &rules).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_second_public_type_of_a_name_is_found() {
        let found = said("\npub struct Wish;", "pub enum Wish {}", "");
        let expected =
            "crates/b/src/lib.rs:1: a second `Wish`, beside crates/a/src/lib.rs:2: name it for what it is";
        assert_eq!(found, [expected]);
        let within = said("mod x { pub struct Wish; } mod y { pub trait Wish {} }", "", "");
        assert_eq!(within.len(), 1);
    }

    #[test]
    fn private_types_may_share_a_name_unless_it_is_vague() {
        assert_eq!(said("struct Wish;", "pub(crate) struct Wish;", ""), [""; 0]);
        assert_eq!(said("struct Outcome;", "pub(crate) struct Outcome;", "").len(), 1);
    }

    #[test]
    fn the_list_is_exact() {
        let list = "[names]\nError = { in = [\"a\", \"b\"], why = \"one per layer\" }";
        assert_eq!(said("pub enum Error {}", "pub enum Error {}", list), [""; 0]);
        let gone = said("pub enum Error {}", "", list);
        assert_eq!(gone, ["xtask/tidy.toml: [names] Error has one meaning by now; delete the entry"]);
        let more = said("pub enum Error {} mod m { pub enum Error {} }", "pub enum Error {}", list);
        assert!(more.len() == 1 && more[0].contains("rename a new one"), "{more:?}");
    }
}
