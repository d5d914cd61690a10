//! The modules of each target of the workspace, and which file defines the item that a path names. Paths are
//! resolved as by the compiler, except for names that need types (methods, associated items) or macro
//! expansion.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::syntax::{self, Import, Scope, Source, TypeItem};
use super::tree::{Fault, Tree};

/// Every source file of the workspace, parsed.
pub(super) struct Sources<'a> {
    paths: Vec<&'a str>,
    sources: Vec<Source>,
}

/// A library, program, test or example: a root file and the modules below it.
pub(super) struct Target<'a> {
    sources: &'a Sources<'a>,
    /// The crate's name, which is its folder's.
    pub(super) crate_name: &'a str,
    /// Whether it is part of a product: not a test, bench or example.
    pub(super) product: bool,
    modules: Vec<Module<'a>>,
}

struct Module<'a> {
    file: usize,
    scope: &'a Scope,
    /// None for the root.
    parent: Option<usize>,
    children: BTreeMap<&'a str, usize>,
}

/// The target of a path.
#[derive(Clone, Copy, PartialEq)]
enum Found {
    Module(usize),
    /// An item that this file defines.
    Item(usize),
}

/// One file's need of another, with the first place where it occurs.
pub(super) struct Need {
    pub(super) line: usize,
    /// The path as written.
    pub(super) path: String,
}

impl<'a> Sources<'a> {
    /// Reads the Rust files of a tree; a file that cannot be read is a fault.
    pub(super) fn read(tree: &'a Tree) -> (Self, Vec<Fault>) {
        let files: Vec<_> = tree.with_ending(&[".rs"]).collect();
        let read: Vec<_> = files.par_iter().map(|file| (file, syntax::read(&file.text))).collect();
        let mut sources = Self { paths: Vec::new(), sources: Vec::new() };
        let mut faults = Vec::new();
        for (file, source) in read {
            match source {
                Ok(source) => {
                    sources.paths.push(&file.path);
                    sources.sources.push(source);
                }
                Err(why) => faults.push(Fault::of(&file.path, why)),
            }
        }
        (sources, faults)
    }

    pub(super) fn path(&self, file: usize) -> &'a str {
        self.paths[file]
    }

    /// Every target of every crate in `crates/` and of `xtask/`.
    pub(super) fn targets(&'a self) -> Vec<Target<'a>> {
        let roots = self.paths.iter().enumerate().filter_map(|(file, path)| {
            let (crate_name, inner) = crate_of(path)?;
            let name = inner.rsplit('/').next().unwrap_or(inner);
            let folder = inner.strip_suffix(name).unwrap_or_default();
            let product = ["src/lib.rs", "src/main.rs"].contains(&inner) || folder == "src/bin/";
            let depth = inner.matches('/').count();
            let kind = ["tests/", "benches/", "examples/"].iter().any(|kind| inner.starts_with(kind));
            let beside = kind && (depth == 1 || depth == 2 && name == "main.rs");
            (product || beside).then_some((file, crate_name, product))
        });
        roots
            .map(|(file, crate_name, product)| {
                let mut target = Target { sources: self, crate_name, product, modules: Vec::new() };
                target.add(file, 0, None);
                target
            })
            .collect()
    }

    fn file(&self, path: &str) -> Option<usize> {
        self.paths.binary_search(&path).ok()
    }
}

/// The crate that a path belongs to, and the path in its folder.
pub(super) fn crate_of(path: &str) -> Option<(&str, &str)> {
    match path.strip_prefix("crates/") {
        Some(path) => path.split_once('/'),
        None => path.starts_with("xtask/").then(|| path.split_at("xtask".len())).map(|(n, p)| (n, &p[1..])),
    }
}

impl<'a> Target<'a> {
    /// The types that its modules define, with the file of each.
    pub(super) fn types(&self) -> impl Iterator<Item = (&'a str, &'a TypeItem)> {
        self.modules.iter().flat_map(|m| m.scope.types.iter().map(|t| (self.sources.path(m.file), t)))
    }

    /// Whether a path from the root names a module or an item, or an associated item of one.
    pub(super) fn knows(&self, path: &[&str]) -> bool {
        let mut at = 0;
        for name in path {
            match self.step(at, name, &mut BTreeSet::new()) {
                Some(Found::Module(module)) => at = module,
                Some(Found::Item(_)) => return true,
                None => return false,
            }
        }
        true
    }

    /// The needs between files, by indices into the sources.
    pub(super) fn needs(&self) -> BTreeMap<(usize, usize), Need> {
        let mut needs = BTreeMap::new();
        for (at, module) in self.modules.iter().enumerate() {
            let mut add = |found: Option<Found>, line: usize, path: &[String]| {
                if let Some(Found::Item(file)) = found
                    && file != module.file
                {
                    let need = || Need { line, path: path.join("::") };
                    needs.entry((module.file, file)).or_insert_with(need);
                }
            };
            let mentions = &module.scope.mentions;
            for import in &module.scope.imports {
                // Re-exporting a name is not a use of it.
                let used = !import.public || mentions.iter().any(|m| m.path[0] == import.alias);
                if used {
                    add(self.resolve(at, &import.path, &mut BTreeSet::new()), import.line, &import.path);
                }
            }
            for mention in mentions {
                let found = match mention.path.as_slice() {
                    [name] => self.by_glob(at, name, &mut BTreeSet::new()),
                    path => self.resolve(at, path, &mut BTreeSet::new()),
                };
                add(found, mention.line, &mention.path);
            }
        }
        needs
    }

    fn add(&mut self, file: usize, scope: usize, parent: Option<usize>) -> usize {
        let source = &self.sources.sources[file];
        let scope_here = &source.scopes[scope];
        let at = self.modules.len();
        self.modules.push(Module { file, scope: scope_here, parent, children: BTreeMap::new() });
        for (inner, child) in source.scopes.iter().enumerate().filter(|(_, s)| s.parent == Some(scope)) {
            let inner = self.add(file, inner, Some(at));
            self.modules[at].children.insert(&child.name, inner);
        }
        for child in &scope_here.files {
            let folder = self.folder(file, source, scope, parent.is_none());
            let beside = self.sources.path(file).rsplit_once('/').map_or("", |(folder, _)| folder);
            let places = match &child.path {
                Some(path) => [format!("{beside}/{path}"), String::new()],
                None => [format!("{folder}/{}.rs", child.name), format!("{folder}/{}/mod.rs", child.name)],
            };
            if let Some(file) = places.iter().find_map(|place| self.sources.file(place)) {
                let inner = self.add(file, 0, Some(at));
                self.modules[at].children.insert(&child.name, inner);
            }
        }
        at
    }

    /// The folder of the module files of a scope.
    fn folder(&self, file: usize, source: &Source, scope: usize, root: bool) -> String {
        let path = self.sources.path(file);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let own = root && scope == 0 || name == "mod.rs";
        let mut folder = folder.to_owned();
        if !own {
            folder = format!("{folder}/{}", name.trim_end_matches(".rs"));
        }
        let mut inner = Vec::new();
        let mut at = scope;
        while let Some(parent) = source.scopes[at].parent {
            inner.push(source.scopes[at].name.as_str());
            at = parent;
        }
        inner.iter().rev().fold(folder, |folder, name| format!("{folder}/{name}"))
    }

    /// The target of a path, seen from a module. None if another crate defines it.
    fn resolve(&self, from: usize, path: &[String], seen: &mut Seen<'a>) -> Option<Found> {
        let (first, rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Found::Module(0),
            "self" => Found::Module(from),
            "super" => Found::Module(self.modules[from].parent?),
            name => self.step(from, name, seen)?,
        };
        for name in rest {
            let Found::Module(module) = at else { break };
            at = if name == "super" {
                Found::Module(self.modules[module].parent?)
            } else {
                // A name that is not found in the module is made there by a macro.
                self.step(module, name, seen).unwrap_or(Found::Item(self.modules[module].file))
            };
        }
        Some(at)
    }

    /// A name of a module.
    fn step(&self, module: usize, name: &str, seen: &mut Seen<'a>) -> Option<Found> {
        let here = &self.modules[module];
        if let Some(child) = here.children.get(name) {
            return Some(Found::Module(*child));
        }
        if here.scope.items.contains(name) {
            return Some(Found::Item(here.file));
        }
        let import = here.scope.imports.iter().find(|i| i.alias == name);
        if let Some(import) = import {
            return self.follow(module, import, &import.path, seen);
        }
        self.by_glob(module, name, seen)
    }

    /// A name that a glob import of a module brings.
    fn by_glob(&self, module: usize, name: &str, seen: &mut Seen<'a>) -> Option<Found> {
        let here = &self.modules[module];
        if here.children.contains_key(name) || here.scope.items.contains(name) {
            return None;
        }
        here.scope.imports.iter().filter(|i| i.alias == "*").find_map(|glob| {
            let Found::Module(from) = self.follow(module, glob, &glob.path, seen)? else { return None };
            self.step(from, name, seen)
        })
    }

    /// Resolves an import, once: imports may refer to each other in a circle.
    fn follow(
        &self,
        module: usize,
        import: &'a Import,
        path: &[String],
        seen: &mut Seen<'a>,
    ) -> Option<Found> {
        let key = (module, import.line, import.alias.as_str());
        if !seen.insert(key) {
            return None;
        }
        let found = self.resolve(module, path, seen);
        seen.remove(&key);
        found
    }
}

/// The imports that are being resolved.
type Seen<'a> = BTreeSet<(usize, usize, &'a str)>;

#[cfg(test)]
mod tests {
    use super::*;

    /// The needs of a made-up crate's library, as "file -> file (path)".
    fn needs(files: &[(&str, &str)]) -> Vec<String> {
        let paths: Vec<String> = files.iter().map(|(path, _)| format!("crates/a/src/{path}")).collect();
        let files: Vec<(&str, &str)> =
            paths.iter().map(String::as_str).zip(files.iter().map(|(_, t)| *t)).collect();
        let tree = Tree::of(&files);
        let (sources, faults) = Sources::read(&tree);
        assert_eq!(faults, []);
        let targets = sources.targets();
        assert_eq!(targets.len(), 1);
        let short = |file: usize| sources.path(file).trim_start_matches("crates/a/src/");
        targets[0]
            .needs()
            .into_iter()
            .map(|((from, to), need)| format!("{} -> {} ({})", short(from), short(to), need.path))
            .collect()
    }

    #[test]
    fn an_import_leads_to_the_file_that_defines_the_item() {
        let found = needs(&[
            ("lib.rs", "mod a; mod b; pub use b::C;"),
            ("a.rs", "use crate::C;\nuse super::b::{d::E, F as G};"),
            ("b/mod.rs", "mod c; pub mod d; pub use self::c::{C, F};"),
            ("b/c.rs", "pub struct C; pub fn F() {}"),
            ("b/d.rs", "pub struct E;"),
        ]);
        assert_eq!(found, ["a.rs -> b/c.rs (crate::C)", "a.rs -> b/d.rs (super::b::d::E)"]);
    }

    #[test]
    fn to_declare_and_hand_on_is_no_need_but_to_use_is() {
        let child = ("a.rs", "pub struct A;");
        assert_eq!(needs(&[("lib.rs", "mod a; pub use a::A;"), child]), [""; 0]);
        let used = needs(&[("lib.rs", "mod a; pub use a::A; fn f() -> A { A }"), child]);
        assert_eq!(used, ["lib.rs -> a.rs (a::A)"]);
        let called = needs(&[("lib.rs", "mod a; fn f() { a::g() }"), ("a.rs", "pub fn g() {}")]);
        assert_eq!(called, ["lib.rs -> a.rs (a::g)"]);
    }

    #[test]
    fn a_module_that_is_imported_is_needed_by_what_is_named_through_it() {
        let found = needs(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b;\nfn f() { b::c::g(); b::h() }"),
            ("b.rs", "pub mod c;\npub use c::h;"),
            ("b/c.rs", "pub fn g() {} pub fn h() {}"),
        ]);
        assert_eq!(found, ["a.rs -> b/c.rs (b::c::g)"]);
    }

    #[test]
    fn globs_bring_what_is_mentioned() {
        let found = needs(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::*; fn f() -> C { d() }"),
            ("b.rs", "pub use crate::c::*; pub fn d() {}"),
            ("c.rs", "pub struct C; pub struct Unused;"),
        ]);
        assert_eq!(found, ["a.rs -> b.rs (d)", "a.rs -> c.rs (C)"]);
    }

    #[test]
    fn macros_and_what_they_make_are_found() {
        let found = needs(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::{Made, again};\nfn f() { crate::b::other() }"),
            ("b.rs", "macro_rules! again { () => {} }\npub(crate) use again;\nwords! { /// Doc\n Made {} }"),
        ]);
        assert_eq!(found, ["a.rs -> b.rs (crate::b::Made)"]);
    }

    #[test]
    fn inline_modules_belong_to_their_file_and_circles_of_imports_end() {
        let found = needs(&[
            ("lib.rs", "mod a { mod c; pub use super::b::B; use super::D; } mod b; struct D;"),
            ("a/c.rs", "use super::B;"),
            ("b.rs", "pub use crate::a::B as X; pub use X as B; pub struct Y;"),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn other_crates_and_tests_are_left_out() {
        let found = needs(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use std::fs; use serde::Serialize; #[cfg(test)] mod tests { use crate::b::B; }"),
            ("b.rs", "pub struct B;"),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn targets_are_libraries_programs_and_tests() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", ""),
            ("crates/a/src/inner.rs", ""),
            ("crates/a/tests/one.rs", ""),
            ("crates/a/tests/two/main.rs", "mod part;"),
            ("crates/a/tests/two/part.rs", ""),
            ("xtask/src/main.rs", ""),
        ]);
        let (sources, _) = Sources::read(&tree);
        let found: Vec<_> =
            sources.targets().iter().map(|t| (t.crate_name, t.product, t.modules.len())).collect();
        assert_eq!(found, [("a", true, 1), ("a", false, 1), ("a", false, 2), ("xtask", true, 1)]);
    }

    #[test]
    fn paths_of_the_map_are_known_or_not() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "pub mod b; pub use b::C;"),
            ("crates/a/src/b.rs", "pub struct C; mod d {}"),
        ]);
        let (sources, _) = Sources::read(&tree);
        let target = &sources.targets()[0];
        for path in ["b", "b::C", "C", "C::method", "b::d"] {
            assert!(target.knows(&path.split("::").collect::<Vec<_>>()), "{path}");
        }
        assert!(!target.knows(&["c"]) && !target.knows(&["b", "E"]));
    }
}
