//! `drape config check`: prints every setting in effect and its origin, in the form of a settings file with
//! secrets masked.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, FromArgMatches as _};
use drape_core::language::Language;

use super::args::{ConfigArgs, ConfigCommand};
use super::gather::{Gathered, Origin};
use super::settings::{MASK, hushed, is_number, is_secret, is_setting, masked};
use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::lang::Lang;
use crate::serve;
use crate::terminal::{self, say};

pub(crate) fn run(args: &ConfigArgs, config: Option<PathBuf>, lang: Option<Lang>) -> Result<(), Failure> {
    let ConfigCommand::Check { file, command } = &args.task;
    let language = terminal::language(lang, None);
    let named = <Cli as clap::CommandFactory>::command();
    let plain = |c: &&clap::Command| !c.has_subcommands() && !c.get_arguments().any(Arg::is_required_set);
    let known = named.get_subcommands().filter(|c| c.get_arguments().any(is_setting)).filter(plain);
    let known: Vec<&str> = known.map(clap::Command::get_name).collect();
    if !known.contains(&command.as_str()) {
        let names = known.join(", ");
        return Err(Failure::input(language.pick(
            format!("--for {command}: {names} 가운데 하나를 골라 주세요."),
            format!("--for {command}: choose one of {names}."),
        )));
    }
    let file = file.clone().or(config);
    let arguments: Vec<OsString> = vec!["drape".into(), command.into()];
    let gathered = Gathered::new(&arguments, std::slice::from_ref(command), file.as_deref(), lang)?;
    let Some((_, matches)) = gathered.matches.subcommand() else { return Ok(()) };
    say(&format!("# drape {command}"));
    let named = hushed(named);
    for arg in named.find_subcommand(command).into_iter().flat_map(clap::Command::get_arguments) {
        if is_setting(arg) && !arg.is_hide_set() {
            say(&line(arg, matches, &gathered.origins, language));
        }
    }
    let cli = Cli::from_arg_matches(&gathered.matches).map_err(|e| Failure::internal(e.to_string()))?;
    match cli.command {
        Some(Command::Serve(args)) => serve::check(&args, language),
        Some(Command::Worker(args)) => args.data.otel.check(language),
        _ => Ok(()),
    }
}

/// A setting as a line of a settings file.
fn line(arg: &Arg, matches: &ArgMatches, origins: &[(String, Origin)], language: Language) -> String {
    let long = arg.get_long().unwrap_or_default();
    let id = arg.get_id().as_str();
    let values = matches.try_get_raw(id).ok().flatten();
    let values: Vec<String> =
        values.into_iter().flatten().map(|v| v.to_string_lossy().into_owned()).collect();
    let variable = arg.get_env().map(|v| v.to_string_lossy().into_owned()).unwrap_or_default();
    let origin = origins.iter().find(|(name, _)| name == id).map(|(_, origin)| origin);
    let origin = match (matches.value_source(id), origin) {
        (Some(ValueSource::EnvVariable), _) => variable,
        (_, Some(Origin::Variable(name))) => name.clone(),
        (_, Some(Origin::File(line))) => language.pick(format!("{line}번째 줄"), format!("line {line}")),
        _ => language.pick("기본값", "default").to_owned(),
    };
    if values.is_empty() {
        return format!("# {long}: {}", language.pick("정하지 않음", "not set"));
    }
    let bare = is_number(arg.get_value_parser()) || matches!(arg.get_action(), ArgAction::SetTrue);
    let shown = |value: &String| {
        let value = if is_secret(arg) { MASK.to_owned() } else { masked(value) };
        if bare { value } else { quoted(&value) }
    };
    let shown: Vec<String> = values.iter().map(shown).collect();
    let shown = match arg.get_action() {
        ArgAction::Append => format!("[{}]", shown.join(", ")),
        _ => shown.concat(),
    };
    format!("{long} = {shown} # {origin}")
}

/// Text as TOML writes it; its escapes are those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
