//! `drape settings`: every setting of `serve`, `worker` and `serve-model` as Markdown tables, made from the
//! flags, so that the operator's page cannot differ from them. A setting that several commands share is
//! printed once.

use std::cmp::Reverse;

use clap::{Arg, CommandFactory as _};

use crate::cli::Cli;
use crate::terminal::say;

const COMMANDS: [&str; 3] = ["serve", "worker", "serve-model"];

pub(crate) fn run() {
    let rows = rows();
    let mut tables: Vec<&[&str]> = Vec::new();
    for (_, commands) in &rows {
        if !tables.contains(&commands.as_slice()) {
            tables.push(commands);
        }
    }
    // Shared settings first.
    tables.sort_by_key(|commands| Reverse(commands.len()));
    for table in tables {
        say(&format!(
            "### {}\n\n| flag | variable | default | what it does |\n| --- | --- | --- | --- |",
            heading(table)
        ));
        for (row, _) in rows.iter().filter(|(_, commands)| commands == table) {
            say(row);
        }
        say("");
    }
}

/// Every row in the order of the help, with the commands whose help has this same row.
fn rows() -> Vec<(String, Vec<&'static str>)> {
    let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
    let program = Cli::command();
    for name in COMMANDS {
        let Some(command) = program.find_subcommand(name) else { continue };
        for row in command.get_arguments().filter_map(row) {
            match rows.iter_mut().find(|(known, _)| *known == row) {
                Some((_, commands)) => commands.push(name),
                None => rows.push((row, vec![name])),
            }
        }
    }
    rows
}

/// A flag as a row of a table; none if the flag is not a setting.
fn row(arg: &Arg) -> Option<String> {
    if arg.is_hide_set() || arg.get_id() == "help" {
        return None;
    }
    let long = arg.get_long()?;
    let takes_value = arg.get_action().takes_values();
    let value = arg.get_value_names().filter(|_| takes_value).and_then(|names| names.first());
    let value = value.map(|name| format!(" {}", cell(name))).unwrap_or_default();
    let variable = arg.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default();
    let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = if default.is_empty() { String::new() } else { format!("`{}`", default.join(",")) };
    let help = arg.get_help().map(|help| cell(&help.to_string())).unwrap_or_default();
    let choices: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|choice| takes_value && !choice.is_hide_set())
        .map(|choice| format!("`{}`", choice.get_name()))
        .collect();
    let choices = if choices.is_empty() { String::new() } else { format!(" ({})", choices.join(", ")) };
    Some(format!("| `--{long}{value}` | {variable} | {default} | {help}{choices} |"))
}

/// `` `drape serve` and `drape worker` ``
fn heading(commands: &[&str]) -> String {
    let names: Vec<String> = commands.iter().map(|name| format!("`drape {name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Text escaped for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
