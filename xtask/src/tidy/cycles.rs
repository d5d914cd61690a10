//! Files that import each other in a circle cannot be read one after the other. A parent that only declares
//! its children and re-exports their names is in no circle; a parent that uses its children and defines what
//! they import is in one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::modules::{Need, Sources, Target};
use super::rules::{FILE, Rules};
use super::tree::Fault;

/// The needs between files.
type Graph = BTreeMap<(usize, usize), Need>;

/// Every circle that is not on the list, and every entry of the list that no longer exists.
pub(super) fn check(sources: &Sources<'_>, targets: &[Target<'_>], rules: &Rules) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut circling = BTreeSet::new();
    for target in targets {
        let graph = target.needs();
        for circle in circles(&graph) {
            let paths: BTreeSet<&str> = circle.iter().map(|file| sources.path(*file)).collect();
            let known = |files: &[String]| paths.iter().all(|path| files.iter().any(|f| f == path));
            circling.extend(paths.iter().copied());
            if !rules.cycles.iter().any(|known_cycle| known(&known_cycle.files)) {
                faults.push(fault(sources, &graph, &circle));
            }
        }
    }
    for cycle in &rules.cycles {
        for file in cycle.files.iter().filter(|file| !circling.contains(file.as_str())) {
            let what = format!("[[cycles]] {file} is in no circle any more; take it off the list");
            faults.push(Fault::of(FILE, what));
        }
    }
    faults
}

/// The fault for the shortest circle among these files.
fn fault(sources: &Sources<'_>, graph: &Graph, files: &BTreeSet<usize>) -> Fault {
    let shortest = files.iter().filter_map(|file| way_back(graph, files, *file)).min_by_key(Vec::len);
    let way = shortest.unwrap_or_default();
    let steps: Vec<String> = way
        .windows(2)
        .map(|pair| {
            let need = &graph[&(pair[0], pair[1])];
            format!(
                "{}:{} needs `{}` of {}",
                sources.path(pair[0]),
                need.line,
                need.path,
                sources.path(pair[1])
            )
        })
        .collect();
    let (first, second) = (way.first().copied().unwrap_or(0), way.get(1).copied().unwrap_or(0));
    let line = graph.get(&(first, second)).map_or(0, |need| need.line);
    let more = if files.len() + 1 > way.len() {
        let all: Vec<&str> = files.iter().map(|f| sources.path(*f)).collect();
        format!(" ({} files hang together: {})", files.len(), all.join(", "))
    } else {
        String::new()
    };
    let what = format!(
        "a circle of imports: {}{more}; move what they share into a file that imports none of them",
        steps.join("; ")
    );
    Fault::at(sources.path(first), line, what)
}

/// The shortest way from a file back to it, among some files.
fn way_back(graph: &Graph, files: &BTreeSet<usize>, start: usize) -> Option<Vec<usize>> {
    let mut before = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        for (_, next) in graph.range((at, 0)..=(at, usize::MAX)).map(|(edge, _)| *edge) {
            if next == start {
                let mut way = vec![start, at];
                while let Some(previous) = before.get(way.last()?).filter(|_| way.last() != Some(&start)) {
                    way.push(*previous);
                }
                way.reverse();
                return Some(way);
            }
            if files.contains(&next) && !before.contains_key(&next) {
                before.insert(next, at);
                waiting.push_back(next);
            }
        }
    }
    None
}

/// The groups of files that can all be reached from each other (Tarjan 1972), of two files or more.
fn circles(graph: &Graph) -> Vec<BTreeSet<usize>> {
    let mut search = Search::of(graph);
    let files: BTreeSet<usize> = graph.keys().flat_map(|(from, to)| [*from, *to]).collect();
    for file in files {
        if !search.number.contains_key(&file) {
            search.visit(file);
        }
    }
    search.found
}

struct Search<'a> {
    graph: &'a Graph,
    /// The order in which files were met.
    number: BTreeMap<usize, usize>,
    /// The earliest file that can be reached.
    lowest: BTreeMap<usize, usize>,
    open: Vec<usize>,
    found: Vec<BTreeSet<usize>>,
}

impl<'a> Search<'a> {
    fn of(graph: &'a Graph) -> Self {
        Self { graph, number: BTreeMap::new(), lowest: BTreeMap::new(), open: Vec::new(), found: Vec::new() }
    }

    fn visit(&mut self, file: usize) {
        let number = self.number.len();
        self.number.insert(file, number);
        self.lowest.insert(file, number);
        self.open.push(file);
        let graph = self.graph;
        for (_, next) in graph.range((file, 0)..=(file, usize::MAX)).map(|(edge, _)| *edge) {
            if !self.number.contains_key(&next) {
                self.visit(next);
            } else if !self.open.contains(&next) {
                continue;
            }
            let lowest = self.lowest[&next].min(self.lowest[&file]);
            self.lowest.insert(file, lowest);
        }
        if self.lowest[&file] == number {
            let at = self.open.iter().position(|open| *open == file).expect("it was opened above");
            let group: BTreeSet<usize> = self.open.split_off(at).into_iter().collect();
            if group.len() > 1 {
                self.found.push(group);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::*;

    fn said(files: &[(&str, &str)], rules: &str) -> Vec<String> {
        let tree = Tree::of(files);
        let (sources, faults) = Sources::read(&tree);
        assert_eq!(faults, []);
        let rules = Rules::parse(rules).expect("correct rules");
        check(&sources, &sources.targets(), &rules).iter().map(ToString::to_string).collect()
    }

    const ROOT: (&str, &str) = ("crates/a/src/lib.rs", "mod b; mod c; mod d;");
    const B: (&str, &str) = ("crates/a/src/b.rs", "use crate::c::C;\npub struct B;");
    const C: (&str, &str) = ("crates/a/src/c.rs", "pub struct C;\nfn f() -> super::d::D {}");
    const D: (&str, &str) = ("crates/a/src/d.rs", "use crate::b::B;\npub struct D;");

    #[test]
    fn a_circle_is_told_with_every_step() {
        let expected = "crates/a/src/b.rs:1: a circle of imports: \
            crates/a/src/b.rs:1 needs `crate::c::C` of crates/a/src/c.rs; \
            crates/a/src/c.rs:2 needs `super::d::D` of crates/a/src/d.rs; \
            crates/a/src/d.rs:1 needs `crate::b::B` of crates/a/src/b.rs; \
            move what they share into a file that imports none of them";
        assert_eq!(said(&[ROOT, B, C, D], ""), [expected]);
        let straight = ("crates/a/src/d.rs", "pub struct D;");
        assert_eq!(said(&[ROOT, B, C, straight], ""), [""; 0]);
    }

    #[test]
    fn a_parent_circles_only_with_what_it_defines_itself() {
        let child = ("crates/a/src/b.rs", "use super::Shared;\npub struct B;");
        let declares = ("crates/a/src/lib.rs", "mod b; mod c; pub use b::B; pub use c::Shared;");
        let other = ("crates/a/src/c.rs", "pub struct Shared;");
        assert_eq!(said(&[declares, child, other], ""), [""; 0]);
        let defines = ("crates/a/src/lib.rs", "mod b;\npub struct Shared;\nfn f() { b::B; }");
        let found = said(&[defines, child], "");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("lib.rs:3 needs `b::B`") && found[0].contains("b.rs:1 needs `super::Shared`")
        );
    }

    #[test]
    fn tests_of_a_crate_are_looked_at_too() {
        let found = said(
            &[
                ("crates/a/tests/t/main.rs", "mod b; pub fn site() { b::go() }"),
                ("crates/a/tests/t/b.rs", "pub fn go() { crate::site() }"),
            ],
            "",
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_known_circle_may_only_shrink() {
        let known = "[[cycles]]\nwhy = \"one thing in three files\"\n\
                     files = [\"crates/a/src/b.rs\", \"crates/a/src/c.rs\", \"crates/a/src/d.rs\"]";
        assert_eq!(said(&[ROOT, B, C, D], known), [""; 0]);
        // One more file is not covered by the list.
        let lib = ("crates/a/src/lib.rs", "mod b; mod c; mod d; mod e;");
        let more = ("crates/a/src/c.rs", "pub struct C; use crate::e::E;");
        let through = ("crates/a/src/e.rs", "pub struct E; use crate::d::D;");
        assert_eq!(said(&[lib, B, more, D, through], known).len(), 1);
        // With one file less, the list must be shortened.
        let back = ("crates/a/src/c.rs", "pub struct C; use crate::b::B;");
        let found = said(&[ROOT, B, back, D], known);
        let expected =
            "xtask/tidy.toml: [[cycles]] crates/a/src/d.rs is in no circle any more; take it off the list";
        assert_eq!(found, [expected]);
    }
}
