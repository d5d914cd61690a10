//! Settings from flags, environment and files. Values from a file become defaults of clap's own arguments, so
//! there is one list of settings, one parser per value, and one order: flag, environment (or the file that
//! `DRAPE_…_FILE` names), settings file, default.

mod args;
mod contents;
mod file;
mod gather;
mod settings;
mod show;

pub(crate) use self::args::ConfigArgs;
pub(crate) use self::contents::variable;
pub(crate) use self::gather::parse;
pub(crate) use self::show::run;
