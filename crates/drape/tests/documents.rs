//! The documents are complete: they mention every command, flag and variable in the program's help.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The documents for users of the program.
const DOCUMENTS: [&str; 4] = ["README.md", "docs/operators.md", "docs/deployment.md", "docs/sagemaker.md"];

/// The help of a command, in English.
fn help(command: &[String]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_drape"));
    let output = program.args(command).arg("--help").output().expect("the program runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A command and all commands below it.
fn commands(from: &[String]) -> Vec<Vec<String>> {
    let text = help(from);
    let below = text.lines().skip_while(|line| *line != "Commands:").skip(1);
    let below = below.take_while(|line| line.starts_with("  "));
    let names = below.filter(|line| !line.starts_with("   ")).filter_map(|l| l.split_whitespace().next());
    let names: Vec<String> = names.filter(|name| *name != "help").map(str::to_owned).collect();
    let mut found = vec![from.to_vec()];
    for name in names {
        found.extend(commands(&[from, &[name]].concat()));
    }
    found
}

/// The words of a text that begin with `start`: flags (`--`) or variables (`DRAPE_`).
fn words<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let words = text.split(|c| !part(c)).filter(|word| word.starts_with(start));
    words.filter(|word| word[start.len()..].starts_with(|c: char| c.is_ascii_alphabetic())).collect()
}

#[test]
fn every_command_flag_and_variable_is_in_the_documents() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &&str| std::fs::read_to_string(root.join(name)).expect("a document of the repository");
    let documents: String = DOCUMENTS.iter().map(read).collect();
    let mut known = words(&documents, "--");
    known.extend(words(&documents, "DRAPE_"));
    let all = commands(&[]);
    assert!(all.len() > 10, "{all:?}");
    let mut missing = BTreeSet::new();
    for command in all {
        let text = help(&command);
        let named = command.join(" ");
        if !documents.contains(&format!("drape {named}")) {
            missing.insert(format!("drape {named}"));
        }
        let flags = words(&text, "--").into_iter().filter(|flag| !["--help", "--version"].contains(flag));
        let unknown = flags.chain(words(&text, "DRAPE_")).filter(|word| !known.contains(word));
        missing.extend(unknown.map(|word| format!("drape {named}: {word}")));
    }
    assert!(missing.is_empty(), "README.md or docs/operators.md should name {missing:#?}");
}
