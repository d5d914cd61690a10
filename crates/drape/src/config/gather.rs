//! The command line, parsed together with the values from variables and files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgMatches, CommandFactory as _, FromArgMatches as _};
use drape_core::language::Language;

use super::contents::from_file;
use super::file::File;
use super::settings::{CONFIG, flag, flag_in, hushed, is_secret, is_setting, masked, optional, settings};
use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::lang::Lang;
use crate::terminal;

/// The parsed command line.
pub(crate) struct Asked {
    pub(crate) command: Command,
    pub(crate) lang: Option<Lang>,
    pub(crate) config: Option<PathBuf>,
}

/// Parses the command line with every setting in effect; without a command it is `serve`. Help, versions and
/// errors of the command line end the program here.
/// Help, versions and errors of the command line end the program here.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Asked, Failure> {
    let first = match optional(Cli::command()).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => leave(&error),
    };
    let lang = first.get_one::<Lang>("lang").copied();
    let mut arguments = arguments.to_vec();
    if first.subcommand_name().is_none() {
        arguments.push("serve".into());
    }
    let path = if first.subcommand_name().is_none() { vec!["serve".to_owned()] } else { path(&first) };
    // `config` reads a file for another command than itself, so `--config` does not apply to it.
    let checks = path.first().is_some_and(|name| name == CONFIG);
    let file = first.get_one::<PathBuf>(CONFIG).filter(|_| !checks);
    let gathered = Gathered::new(&arguments, &path, file.map(PathBuf::as_path), lang)?;
    let cli = Cli::from_arg_matches(&gathered.matches).unwrap_or_else(|error| leave(&error));
    let command = cli.command.ok_or_else(|| Failure::internal("no command"))?;
    Ok(Asked { command, lang: cli.lang, config: cli.config })
}

/// The origin of a setting, when clap does not know it.
pub(super) enum Origin {
    /// The file that a variable names.
    Variable(String),
    /// This line of the settings file.
    File(usize),
}

/// A command line parsed with the values from files.
pub(super) struct Gathered {
    pub(super) matches: ArgMatches,
    /// By argument name.
    pub(super) origins: Vec<(String, Origin)>,
}

impl Gathered {
    pub(super) fn new(
        arguments: &[OsString],
        path: &[String],
        file: Option<&Path>,
        lang: Option<Lang>,
    ) -> Result<Self, Failure> {
        let language = terminal::language(lang, None);
        let file = file.map(|name| File::read(name, &Cli::command(), language)).transpose()?;
        let mut filled = Filled { file: file.as_ref(), language, origins: Vec::new(), values: Vec::new() };
        let command = filled.fill(hushed(Cli::command()), &[], path)?;
        let matches = match command.try_get_matches_from(arguments) {
            Ok(matches) => matches,
            Err(error) => return Err(filled.blame(&error).unwrap_or_else(|| leave(&error))),
        };
        Ok(Self { matches, origins: filled.origins })
    }
}

/// Values that clap's arguments get as defaults.
struct Filled<'a> {
    file: Option<&'a File>,
    language: Language,
    origins: Vec<(String, Origin)>,
    /// In the order of `origins`: flag, values, whether they are secret.
    values: Vec<(String, Vec<String>, bool)>,
}

impl Filled<'_> {
    /// The command with the values of files as defaults, from the root along `path`.
    fn fill(
        &mut self,
        command: clap::Command,
        above: &[String],
        path: &[String],
    ) -> Result<clap::Command, Failure> {
        let own: Vec<Arg> = command.get_arguments().filter(|a| is_setting(a)).cloned().collect();
        let mut command = command;
        for arg in own {
            let Some(values) = self.values(&arg, above)? else { continue };
            self.values.push((flag(&arg), values.clone(), is_secret(&arg)));
            command = command.mut_arg(arg.get_id(), |a| a.required(false).default_values(values));
        }
        let Some((name, rest)) = path.split_first() else { return Ok(command) };
        let Some(child) = command.find_subcommand(name).cloned() else { return Ok(command) };
        let above = [above, std::slice::from_ref(name)].concat();
        let child = self.fill(child, &above, rest)?;
        Ok(command.mut_subcommand(name, |_| child))
    }

    fn values(&mut self, arg: &Arg, above: &[String]) -> Result<Option<Vec<String>>, Failure> {
        let name = arg.get_id().to_string();
        if let Some(variable) = arg.get_env().and_then(|v| v.to_str())
            && let Some(value) = from_file(variable, self.language)?
        {
            self.origins.push((name, Origin::Variable(format!("{variable}_FILE"))));
            return Ok(Some(vec![value]));
        }
        let Some((file, long)) = self.file.zip(arg.get_long()) else { return Ok(None) };
        let Some((line, values)) = file.values(above, long, self.language)? else { return Ok(None) };
        self.origins.push((name, Origin::File(line)));
        Ok(Some(values))
    }

    /// The failure for a value from a file that clap refused: it names the file, and no secret.
    fn blame(&self, error: &clap::Error) -> Option<Failure> {
        let (Some(ContextValue::String(arg)), Some(ContextValue::String(value))) =
            (error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidValue))
        else {
            return None;
        };
        let named = |a: &String| a == flag_in(arg);
        let at = self.values.iter().position(|(a, values, _)| named(a) && values.contains(value))?;
        let secret = self.values[at].2 || matches!(self.origins[at].1, Origin::Variable(_));
        let shown = if secret || masked(value) != *value {
            self.language
                .pick(format!("{arg}: 쓸 수 없는 값이에요."), format!("{arg}: this value cannot be used."))
        } else {
            said(error)
        };
        let place = match &self.origins[at].1 {
            Origin::Variable(variable) => variable.clone(),
            Origin::File(line) => self.file.map(|f| f.place(*line, self.language)).unwrap_or_default(),
        };
        Some(Failure::input(format!("{place}: {shown}")))
    }
}

/// The names of the called commands, outermost first.
fn path(matches: &ArgMatches) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = matches;
    while let Some((name, below)) = at.subcommand() {
        names.push(name.to_owned());
        at = below;
    }
    names
}

/// clap's message without its first word and its advice.
fn said(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.split("\n\nFor more information").next().unwrap_or_default();
    text.trim().trim_start_matches("error: ").to_owned()
}

/// Ends the program as clap does, but does not repeat a refused value that is a secret or a URL with one.
fn leave(error: &clap::Error) -> ! {
    let arg = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let value = error.get(ContextKind::InvalidValue).map(ToString::to_string).unwrap_or_default();
    let known = settings(&hushed(Cli::command()));
    let secret = known.iter().any(|(_, a)| is_secret(a) && flag(a) == flag_in(&arg));
    if !value.is_empty() && (secret || masked(&value) != value) {
        let language = terminal::language(None, None);
        terminal::complain(&language.pick(
            format!("{arg}: 쓸 수 없는 값이에요. 비밀일 수 있어서 값은 표시하지 않아요."),
            format!("{arg}: this value cannot be used. It is not shown because it may be a secret."),
        ));
        std::process::exit(2);
    }
    error.exit()
}
