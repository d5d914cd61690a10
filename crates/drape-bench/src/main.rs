//! `cargo xtask bench`: figures on labelled photos and of the service, and the fuzz targets.
//!
//! A program of its own, so that the checks of `cargo xtask` start without the engine being compiled.
#![expect(clippy::print_stdout, reason = "tables on stdout are what these tasks are for")]

mod catalogue;
mod drawings;
mod figures;
mod fuzz;
mod labelled;
mod large;
mod parser;
mod photomaker;
mod retouch;
mod service;
mod sheet;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use self::labelled::Data;

/// Figures; run as `cargo xtask bench <BENCH>`.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
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
    Photomaker(photomaker::Args),
    /// The service: jobs per second and latency beside other people's queues, memory, fair shares
    Service(service::Args),
    /// Random and damaged input for decoder and reader, for a given time each
    Fuzz {
        /// Seconds per target
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
}

fn main() -> ExitCode {
    match run(&Bench::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a bench; it prints its figures. An error if a target is missed.
fn run(bench: &Bench) -> Result<(), String> {
    match bench {
        Bench::Parser { data, keypoints } => parser::run(data, keypoints.as_deref()),
        Bench::Retouch { data, worst } => retouch::run(data, *worst),
        Bench::Sheet { data, out, width, columns, seed, sentences } => {
            let layout = sheet::Layout { width: *width, columns: *columns, seed: *seed };
            sheet::run(data, out, &layout, sentences)
        }
        Bench::Catalogue => catalogue::run(),
        Bench::Drawings { out, sentences } => drawings::run(out, sentences),
        Bench::Photomaker(args) => photomaker::run(args),
        Bench::Service(args) => service::run(args),
        Bench::Fuzz { seconds } => fuzz::run(*seconds),
    }
}
