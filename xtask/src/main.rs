//! Tests and checks of Drape, and the way to its benches: `cargo xtask test`, `cargo xtask bench`.
#![expect(clippy::print_stdout, reason = "tables on stdout are what these tasks are for")]

mod deploy;
mod programs;
mod servers;
mod step;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks around the code; run as `cargo xtask <TASK>`.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Formatting, tidy, lints, docs, and all tests: what has to be green before anything lands
    Test,
    /// Only the checks of the tree itself: files, words, sizes, dependencies
    Tidy,
    /// Start MariaDB, an S3-compatible store and an SQS-compatible queue, and stop them with the command
    /// that follows, or with the end of the standard input
    Servers {
        /// Run with the addresses in its environment
        #[arg(trailing_var_arg = true)]
        command: Vec<String>,
    },
    /// Images, compose files, units, workflows, alerts: linters, and what containers would run
    DeployCheck,
    #[command(disable_help_flag = true)]
    /// The service on real servers while its parts are killed, paused and lied to; then its throughput
    Chaos {
        /// `--help` tells what there is
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<std::ffi::OsString>,
    },
    /// Figures: of the parser, the pictures, the service, the generative engine
    #[command(disable_help_flag = true)]
    Bench {
        /// `--help` tells what there is
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<std::ffi::OsString>,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Command::Test => test::all(),
        Command::Tidy => tidy::run(),
        Command::Servers { command } => servers::run(&command),
        Command::DeployCheck => deploy::check(),
        Command::Chaos { args } => programs::chaos(&args),
        Command::Bench { args } => programs::bench(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
