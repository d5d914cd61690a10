//! `drape settings`: every setting of `serve`, `worker` and `serve-model` as a table, made from the flags, so that
//! the operator's page cannot say anything else.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::terminal::say;

pub(crate) fn run() {
    for name in ["serve", "worker", "serve-model"] {
        let command = Cli::command();
        let Some(found) = command.find_subcommand(name) else { continue };
        say(&format!(
            "### `drape {name}`\n\n| flag | variable | default | what it does |\n| --- | --- | --- | --- |"
        ));
        for arg in found.get_arguments().filter(|a| !a.is_hide_set() && a.get_id() != "help") {
            let Some(long) = arg.get_long() else { continue };
            let value = arg.get_value_names().filter(|_| arg.get_action().takes_values());
            let value = value.and_then(|v| v.first()).map(|v| format!(" {v}")).unwrap_or_default();
            let variable = arg.get_env().map(|e| format!("`{}`", e.to_string_lossy())).unwrap_or_default();
            let default: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
            let default = if default.is_empty() { String::new() } else { format!("`{}`", default.join(",")) };
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let choices: Vec<String> = arg
                .get_possible_values()
                .iter()
                .filter(|v| !v.is_hide_set() && arg.get_action().takes_values())
                .map(|v| format!("`{}`", v.get_name()))
                .collect();
            let choices =
                if choices.is_empty() { String::new() } else { format!(" ({})", choices.join(", ")) };
            let help = help.replace('\n', " ").replace('|', "\\|");
            say(&format!("| `--{long}{value}` | {variable} | {default} | {help}{choices} |"));
        }
        say("");
    }
}
