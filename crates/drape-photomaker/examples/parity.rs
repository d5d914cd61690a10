//! `cargo run --release -p drape-photomaker --example parity -- CASE_DIR [MODEL_DIR]`: writes a case's
//! model (to `MODEL_DIR`, or to a folder that is deleted again), runs it, and prints every stage with its
//! shape and its largest difference from the reference. Ends with 1 when one is outside its tolerance.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a table on stdout is what this is for")]

#[path = "../tests/parity/stages/mod.rs"]
mod stages;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use drape_photomaker::ops::Place;

use self::stages::{Case, Outcome, compare};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let Some(folder) = args.next() else {
        eprintln!("usage: parity CASE_DIR [MODEL_DIR]");
        return ExitCode::from(2);
    };
    let result = match args.next() {
        Some(model) => table(&folder, &model),
        None => {
            let model = std::env::temp_dir().join(format!("drape-parity-{}", std::process::id()));
            let result = table(&folder, &model);
            // A folder that stays behind costs only space.
            drop(std::fs::remove_dir_all(&model));
            result
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every stage is within tolerance.
fn table(folder: &Path, model: &Path) -> Result<bool, Box<dyn Error>> {
    let case = Case::open(folder)?;
    case.model.write(model)?;
    let stages = compare(&case, model, &Place::cpu())?;
    println!("{:<72} {:<18} {:>10} {:>10}", "stage", "shape", "max", "relative");
    for stage in &stages {
        println!("{stage}");
    }
    let equal = stages.iter().all(|stage| stage.outcome == Outcome::Equal);
    println!("{} stages, {}", stages.len(), if equal { "all equal" } else { "NOT EQUAL" });
    Ok(equal)
}
