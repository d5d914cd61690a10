//! The `drape` program: one place that turns arguments into calls of the engine and errors into
//! sentences and exit codes (2: bad input, 1: failure).

mod arguments;
mod cli;
mod config;
mod data;
mod engine_name;
mod failure;
mod files;
mod health;
mod lang;
mod log;
mod model;
mod paint;
mod parse;
mod parts;
mod places;
mod prefixed_store;
mod queue;
mod read;
mod remote;
mod sagemaker;
mod serve;
mod serve_model;
mod settings;
mod style;
mod terminal;
mod test_engines;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::Command;
use crate::failure::Failure;
use crate::lang::Lang;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    end(config::parse(&arguments).and_then(|asked| run(&asked.command, asked.lang, asked.config)))
}

fn run(command: &Command, lang: Option<Lang>, config: Option<PathBuf>) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => serve::run(args, lang),
        Command::ServeModel(args) => serve_model::run(args, lang),
        Command::Settings => {
            settings::run();
            Ok(())
        }
        Command::Migrate(places) => data::migrate(places, lang),
        Command::Data(args) => data::run(args, lang),
        Command::Worker(args) => serve::work(args, lang),
        Command::Config(args) => config::run(args, config, lang),
        Command::Health(args) => health::run(args, lang),
        Command::Model(args) => model::run(args, lang),
        Command::Style(args) => style::run(args, lang),
        Command::Parse(args) => parse::run(args, lang),
        Command::Read(args) => read::run(args, lang),
    }
}

fn end(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(&failure.message);
            ExitCode::from(failure.code)
        }
    }
}
