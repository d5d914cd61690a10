//! Tests, benches and checks of Drape: `cargo xtask test`,
//! `cargo xtask bench parser|retouch|catalogue|service|photomaker|fuzz`.
#![expect(clippy::print_stdout, reason = "tables on stdout are what these tasks are for")]

mod bench;
mod chaos;
mod checks;
mod dependencies;
mod deploy;
mod servers;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks around the code; run as `cargo xtask <TASK>`.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
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
    /// Figures
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Subcommand)]
enum Bench {
    /// Parser against labelled photos: IoU, boundaries, half-body crops, time
    Parser {
        #[command(flatten)]
        data: Data,
        /// Also compare the joints with the teacher's: the JSON that `training/teacher.py` writes
        #[arg(long, value_name = "FILE")]
        keypoints: Option<PathBuf>,
    },
    /// Retouch against labelled photos: colours, coverage, what must not change, time, memory
    Retouch {
        #[command(flatten)]
        data: Data,
        /// Also name the N garments that were covered least and the N with most changed outside
        #[arg(long, default_value_t = 0)]
        worst: usize,
    },
    /// A contact sheet of looks, to be looked at
    Sheet {
        #[command(flatten)]
        data: Data,
        /// Where the sheet goes (PNG); a folder with --columns
        #[arg(long)]
        out: PathBuf,
        /// Width of a picture on the sheet, pixels
        #[arg(long, default_value_t = 330)]
        width: u32,
        /// One sheet per sentence, with so many looks in a row
        #[arg(long)]
        columns: Option<u32>,
        /// Seed of the looks
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Sentences, one column each; sixteen usual ones where there are none
        sentences: Vec<String>,
    },
    /// The product index among 100,000 goods: build, search, memory
    Catalogue,
    /// Drawings of garments and of outfits, as pages to be looked at
    Drawings {
        /// The folder that they go into
        #[arg(long)]
        out: PathBuf,
        /// Sentences, one outfit each
        sentences: Vec<String>,
    },
    /// The generative engine at full size: operations, UNet, decoder, pictures, memory, beside candle
    Photomaker(bench::photomaker::Args),
    /// The service: jobs per second and latency beside other people's queues, memory, fair shares
    Service(bench::service::Args),
    /// Random and damaged input for decoder and reader, for a given time each
    Fuzz {
        /// Seconds per target
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
}

/// A folder with `photos/*.jpg`, `labels/*.png` (8-bit, raw ids) and `classes.json`.
#[derive(clap::Args)]
struct Data {
    /// The folder
    data: PathBuf,
    /// Only photos whose number ends in this digit; 7 are the ones the parser never saw
    #[arg(long, default_value = "7")]
    ending: String,
    /// Only the first N of them
    #[arg(long)]
    first: Option<usize>,
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Test => checks::test(),
        Task::Tidy => checks::tidy(),
        Task::Servers { command } => servers::run(&command),
        Task::DeployCheck => deploy::check(),
        Task::Chaos { args } => chaos::run(&args),
        Task::Bench(Bench::Parser { data, keypoints }) => bench::parser::run(&data, keypoints.as_deref()),
        Task::Bench(Bench::Retouch { data, worst }) => bench::retouch::run(&data, worst),
        Task::Bench(Bench::Sheet { data, out, width, columns, seed, sentences }) => {
            let layout = bench::sheet::Layout { width, columns, seed };
            bench::sheet::run(&data, &out, &layout, &sentences)
        }
        Task::Bench(Bench::Catalogue) => bench::catalogue::run(),
        Task::Bench(Bench::Drawings { out, sentences }) => bench::drawings::run(&out, &sentences),
        Task::Bench(Bench::Photomaker(args)) => bench::photomaker::run(&args),
        Task::Bench(Bench::Service(args)) => bench::service::run(&args),
        Task::Bench(Bench::Fuzz { seconds }) => bench::fuzz::run(seconds),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
