//! Which of clap's arguments are settings, and which of them are secret.

use clap::Arg;
use clap::builder::ValueParser;

/// The argument that names the settings file; the only setting that the file cannot contain.
pub(super) const CONFIG: &str = "config";
/// The text shown in place of a secret.
pub(super) const MASK: &str = "***";

/// Whether an argument is a setting, which also has a variable. `--config` is not one: it names the file.
pub(super) fn is_setting(arg: &Arg) -> bool {
    arg.get_env().is_some() && arg.get_long().is_some() && arg.get_id() != CONFIG
}

/// Whether a value must not be shown: it has the mark that `hushed` sets, or its variable's name says so.
pub(super) fn is_secret(arg: &Arg) -> bool {
    let variable = arg.get_env().map(|v| v.to_string_lossy().into_owned()).unwrap_or_default();
    arg.is_hide_default_value_set()
        || ["_KEY", "_TOKEN", "_SECRET", "_PASSWORD"].iter().any(|ending| variable.ends_with(ending))
}

/// The flag of an argument.
pub(super) fn flag(arg: &Arg) -> String {
    format!("--{}", arg.get_long().unwrap_or_default())
}

/// The flag in clap's name of an argument, such as `--listen <ADDRESS:PORT>`.
pub(super) fn flag_in(shown: &str) -> &str {
    shown.split([' ', '=', '[']).next().unwrap_or_default()
}

/// The settings of a command and of its subcommands, each with the path of command names.
pub(super) fn settings(command: &clap::Command) -> Vec<(Vec<String>, Arg)> {
    let own = command.get_arguments().filter(|a| is_setting(a)).map(|a| (Vec::new(), a.clone()));
    let below = command.get_subcommands().flat_map(|child| {
        let name = child.get_name().to_owned();
        settings(child).into_iter().map(move |(path, arg)| ([vec![name.clone()], path].concat(), arg))
    });
    own.chain(below).collect()
}

/// Whether an argument takes a number, judged by its parser.
pub(super) fn is_number(parser: &ValueParser) -> bool {
    use std::any::TypeId;
    let kind = parser.type_id();
    let whole = [TypeId::of::<u8>(), TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>()];
    let other = [TypeId::of::<usize>(), TypeId::of::<i64>(), TypeId::of::<f32>(), TypeId::of::<f64>()];
    whole.iter().chain(&other).any(|number| kind == *number)
}

/// Makes all settings optional: on the first reading of the command line, a file may still supply them.
pub(super) fn optional(command: clap::Command) -> clap::Command {
    let relaxed = |a: Arg| if is_setting(&a) { a.required(false) } else { a };
    hushed(command).mut_args(relaxed).mut_subcommands(optional)
}

/// Hides values from the environment in help, since they may be secrets. Certain secrets also get another
/// mark, for `is_secret`.
pub(super) fn hushed(command: clap::Command) -> clap::Command {
    let hush = |a: Arg| {
        let secret = a.is_hide_env_values_set() || is_secret(&a);
        a.hide_default_value(secret).hide_env_values(true)
    };
    command.mut_args(hush).mut_subcommands(hushed)
}

/// A value without the password of a URL in it.
pub(super) fn masked(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    // An unescaped password may contain anything but `@`, so the last `@` ends it. With a slash it is no URL
    // password, but it is masked all the same.
    let Some((user, host)) = rest.rsplit_once('@') else { return value.to_owned() };
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}:{MASK}@{host}"),
        None => value.to_owned(),
    }
}
