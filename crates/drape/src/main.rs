//! The `drape` program: one place that turns arguments into calls of the engine and errors into
//! sentences and exit codes (2: bad input, 1: failure).

mod cli;
mod files;
mod model;
mod paint;
mod parse;
mod read;
mod remote;
mod serve;
mod settings;
mod style;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};

/// Ends the program with a sentence for the person at the terminal.
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// Something about the input has to change.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }

    /// The program or the machine failed.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let Some(command) = cli.command else {
        // The settings of `serve` come from the environment, as if it had been named.
        return match Cli::parse_from(["drape", "serve"]).command {
            Some(Command::Serve(args)) => end(serve::run(&args, cli.lang)),
            _ => ExitCode::FAILURE,
        };
    };
    end(match &command {
        Command::Serve(args) => serve::run(args, cli.lang),
        Command::Settings => {
            settings::run();
            Ok(())
        }
        Command::Worker(args) => serve::work(args, cli.lang),
        Command::Model(args) => model::run(args, cli.lang),
        Command::Style(args) => style::run(args, cli.lang),
        Command::Parse(args) => parse::run(args, cli.lang),
        Command::Read(args) => read::run(args, cli.lang),
    })
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
