//! Settings from flags, environment and files, before anything else happens: what a file says becomes
//! the default of clap's own argument, so that there is one list of settings, one parser for each value
//! and one order: flag, environment (or the file that `DRAPE_…_FILE` names), settings file, default.

mod file;
mod show;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgMatches, CommandFactory as _, FromArgMatches as _};
use drape_core::language::Language;

use self::file::File;
use crate::Failure;
use crate::cli::{Cli, Command, Lang};
use crate::terminal;

pub(crate) use self::show::{ConfigArgs, run};

/// The argument that names the settings file; the one setting that cannot stand in it.
const CONFIG: &str = "config";

/// What the program was asked to do.
pub(crate) struct Asked {
    pub(crate) command: Command,
    pub(crate) lang: Option<Lang>,
    pub(crate) config: Option<PathBuf>,
}

/// What the program was asked to do, with every setting in effect; without a command: `serve`.
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
    // Whoever checks a file wants it read for another command than this one.
    let checks = path.first().is_some_and(|name| name == CONFIG);
    let file = first.get_one::<PathBuf>(CONFIG).filter(|_| !checks);
    let gathered = Gathered::new(&arguments, &path, file.map(PathBuf::as_path), lang)?;
    let cli = Cli::from_arg_matches(&gathered.matches).unwrap_or_else(|error| leave(&error));
    let command = cli.command.ok_or_else(|| Failure::internal("no command"))?;
    Ok(Asked { command, lang: cli.lang, config: cli.config })
}

/// The value of a variable that is not a flag, or of the file that `NAME_FILE` names.
pub(crate) fn variable(name: &str, language: Language) -> Result<Option<String>, Failure> {
    match from_file(name, language)? {
        Some(value) => Ok(Some(value)),
        None => Ok(std::env::var(name).ok()),
    }
}

/// Where a setting in effect comes from, when it is not where clap thinks.
enum Origin {
    /// The file that a variable names.
    Variable(String),
    /// The settings file, in this line.
    File(usize),
}

/// A command line parsed with everything that files add.
struct Gathered {
    matches: ArgMatches,
    /// By the name of the argument.
    origins: Vec<(String, Origin)>,
}

impl Gathered {
    fn new(
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

/// What is given to clap's arguments as their defaults.
struct Filled<'a> {
    file: Option<&'a File>,
    language: Language,
    origins: Vec<(String, Origin)>,
    /// In the order of `origins`: flag, values, whether they are secret.
    values: Vec<(String, Vec<String>, bool)>,
}

impl Filled<'_> {
    /// The command `path` with the values of files as defaults, from the root to what is run.
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

    /// A value that clap refused and that came from a file: said with the file and without secrets.
    fn blame(&self, error: &clap::Error) -> Option<Failure> {
        let (Some(ContextValue::String(arg)), Some(ContextValue::String(value))) =
            (error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidValue))
        else {
            return None;
        };
        let named = |a: &String| a == flag_in(arg);
        let at = self.values.iter().position(|(a, values, _)| named(a) && values.contains(value))?;
        let secret = self.values[at].2 || matches!(self.origins[at].1, Origin::Variable(_));
        let shown = if secret || show::masked(value) != *value {
            self.language.pick(format!("{arg}: 쓸 수 없는 값입니다."), format!("{arg}: not a value for it."))
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

/// Whether an argument is a setting: it has a variable, too. `--config` is none, for it names the file.
fn is_setting(arg: &Arg) -> bool {
    arg.get_env().is_some() && arg.get_long().is_some() && arg.get_id() != CONFIG
}

/// Whether a value must not be shown: the mark that `hushed` leaves, or what its variable is called.
fn is_secret(arg: &Arg) -> bool {
    let variable = arg.get_env().map(|v| v.to_string_lossy().into_owned()).unwrap_or_default();
    arg.is_hide_default_value_set()
        || ["_KEY", "_TOKEN", "_SECRET", "_PASSWORD"].iter().any(|ending| variable.ends_with(ending))
}

/// The flag of an argument.
fn flag(arg: &Arg) -> String {
    format!("--{}", arg.get_long().unwrap_or_default())
}

/// The flag in clap's name of an argument, such as `--listen <ADDRESS:PORT>`.
fn flag_in(shown: &str) -> &str {
    shown.split([' ', '=', '[']).next().unwrap_or_default()
}

/// The settings of a command and of all below it, with the names that lead to each.
fn settings(command: &clap::Command) -> Vec<(Vec<String>, Arg)> {
    let own = command.get_arguments().filter(|a| is_setting(a)).map(|a| (Vec::new(), a.clone()));
    let below = command.get_subcommands().flat_map(|child| {
        let name = child.get_name().to_owned();
        settings(child).into_iter().map(move |(path, arg)| ([vec![name.clone()], path].concat(), arg))
    });
    own.chain(below).collect()
}

/// What kind of value an argument takes, as its own parser says.
fn is_number(parser: &ValueParser) -> bool {
    use std::any::TypeId;
    let kind = parser.type_id();
    let whole = [TypeId::of::<u8>(), TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>()];
    let other = [TypeId::of::<usize>(), TypeId::of::<i64>(), TypeId::of::<f32>(), TypeId::of::<f64>()];
    whole.iter().chain(&other).any(|number| kind == *number)
}

/// The contents, trimmed, of the file that `NAME_FILE` names: how containers are handed secrets.
fn from_file(name: &str, language: Language) -> Result<Option<String>, Failure> {
    let variable = format!("{name}_FILE");
    let Some(path) = std::env::var_os(&variable) else { return Ok(None) };
    if std::env::var_os(name).is_some() {
        return Err(Failure::input(language.pick(
            format!("{name}과 {variable}이 둘 다 있습니다. 하나만 남겨 주세요."),
            format!("{name} and {variable} are both set. Leave one of them."),
        )));
    }
    contents(Path::new(&path), &variable, language).map(Some)
}

/// The contents of a file that holds one value.
fn contents(path: &Path, named_by: &str, language: Language) -> Result<String, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| {
        Failure::input(language.pick(
            format!("{named_by}: {shown} 파일을 읽을 수 없습니다. ({e})"),
            format!("{named_by}: {shown} cannot be read ({e})."),
        ))
    })?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::input(language.pick(
            format!("{named_by}: {shown} 파일이 비어 있습니다."),
            format!("{named_by}: {shown} is empty."),
        )));
    }
    Ok(text.to_owned())
}

/// The names of the commands that were called, outermost first.
fn path(matches: &ArgMatches) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = matches;
    while let Some((name, below)) = at.subcommand() {
        names.push(name.to_owned());
        at = below;
    }
    names
}

/// What a file may give is not yet missing when the command line is read for the first time.
fn optional(command: clap::Command) -> clap::Command {
    let relaxed = |a: Arg| if is_setting(&a) { a.required(false) } else { a };
    hushed(command).mut_args(relaxed).mut_subcommands(optional)
}

/// Help does not repeat what is set in the environment: it may be a secret. Which ones are for certain is
/// kept as another mark.
fn hushed(command: clap::Command) -> clap::Command {
    let hush = |a: Arg| {
        let secret = a.is_hide_env_values_set() || is_secret(&a);
        a.hide_default_value(secret).hide_env_values(true)
    };
    command.mut_args(hush).mut_subcommands(hushed)
}

/// clap's sentence without its first word and its advice.
fn said(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.split("\n\nFor more information").next().unwrap_or_default();
    text.trim().trim_start_matches("error: ").to_owned()
}

/// Ends the program as clap does; a refused value that is a secret, or a URL with one, is not repeated.
fn leave(error: &clap::Error) -> ! {
    let arg = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let value = error.get(ContextKind::InvalidValue).map(ToString::to_string).unwrap_or_default();
    let known = settings(&hushed(Cli::command()));
    let secret = known.iter().any(|(_, a)| is_secret(a) && flag(a) == flag_in(&arg));
    if !value.is_empty() && (secret || show::masked(&value) != value) {
        let language = terminal::language(None, None);
        terminal::complain(&language.pick(
            format!("{arg}: 쓸 수 없는 값입니다. 비밀일 수 있어 값은 보이지 않습니다."),
            format!("{arg}: not a value for it. It is not shown, for it may be a secret."),
        ));
        std::process::exit(2);
    }
    error.exit()
}
