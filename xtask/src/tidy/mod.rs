//! `cargo xtask tidy`: checks of the tree itself, without building it. Each check is a function from the
//! files and the rules (`xtask/tidy.toml`) to faults, and has tests that show it fail.

mod crates;
mod cycles;
mod dependencies;
mod documents;
mod licences;
mod lines;
mod map;
mod modules;
mod names;
mod rules;
mod sizes;
mod syntax;
mod tree;
mod untested;

use self::modules::Sources;
use self::rules::Rules;
use self::tree::Tree;

/// Runs every check; the error lists every fault.
pub(crate) fn run() -> Result<(), String> {
    let tree = Tree::read()?;
    let rules = Rules::parse(tree.text(rules::FILE))?;
    let (sources, mut faults) = Sources::read(&tree);
    let targets = sources.targets();
    faults.extend(lines::check(&tree, &rules));
    faults.extend(sizes::check(&tree));
    faults.extend(crates::check(&tree, &rules));
    faults.extend(cycles::check(&sources, &targets, &rules));
    faults.extend(names::check(&targets, &rules));
    faults.extend(map::check(&tree, &targets));
    faults.extend(documents::check(&tree));
    faults.extend(untested::check(&tree));
    faults.extend(dependencies::check()?);
    faults.sort();
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    if faults.is_empty() { Ok(()) } else { Err(format!("tidy:\n  {}", faults.join("\n  "))) }
}
