//! `cargo xtask bench photomaker`: operations, one forward pass of the UNet, one decode and one picture at
//! SDXL's full size, in turns with candle's own operations. Times are the least of several runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Model of full size with random weights, made by `tools/reference/full_size.py DIR --photomaker`;
    /// without it only operations are measured
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Compare every network with torch's stored output instead of measuring
    #[arg(long, requires = "model")]
    check: bool,
    /// Sizes of pictures, pixels
    #[arg(long, value_delimiter = ',', default_value = "512,1024")]
    sizes: Vec<usize>,
    /// Leave out the table of operations
    #[arg(long)]
    no_ops: bool,
    /// Leave out candle's UNet and decoder, which take 11 GB
    #[arg(long)]
    no_candle: bool,
    /// Turns
    #[arg(long, default_value_t = 2)]
    rounds: usize,
}

pub(crate) fn run(args: &Args) -> Result<(), String> {
    build(&["-p", "drape-photomaker", "--example", "full_size"])?;
    if args.check {
        let model = args.model.as_deref().ok_or("--check wants --model")?;
        return check(model);
    }
    if !args.no_ops {
        operations()?;
    }
    let Some(model) = &args.model else {
        println!("\nno --model: UNet, decoder and pictures were not measured");
        return Ok(());
    };
    println!("\n| part | pixels | ours s | candle f32 s | candle / ours | our peak GB | candle's peak GB |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for part in ["unet", "vae"] {
        for &size in &args.sizes {
            let (mut ours, mut candles) = (Best::default(), Best::default());
            for _ in 0..args.rounds {
                ours.add(&part_of(part, model, size, false)?);
                // At 1024 pixels candle's decoder stores scores of 16,384 positions: over 1 GB per head.
                if !args.no_candle {
                    candles.add(&part_of(part, model, size, true)?);
                }
            }
            let ratio = if candles.seconds.is_finite() {
                format!("{:.2}", candles.seconds / ours.seconds)
            } else {
                "-".to_owned()
            };
            println!(
                "| {part} | {size} | {:.1} | {:.1} | {ratio} | {:.1} | {:.1} |",
                ours.seconds, candles.seconds, ours.gigabytes, candles.gigabytes
            );
        }
    }
    println!("\n| picture, 4 steps, guided | seconds | loading s | peak GB | of its own GB |");
    println!("| --- | --- | --- | --- | --- |");
    for &size in &args.sizes {
        let made = part_of("picture", model, size, false)?;
        let of = |name: &str| made[name].as_f64().unwrap_or(f64::NAN);
        println!(
            "| {size} | {:.1} | {:.1} | {:.1} | {:.1} |",
            of("seconds"),
            of("load_seconds"),
            of("peak_bytes") / 1e9,
            of("own_bytes") / 1e9
        );
    }
    Ok(())
}

/// The shortest of several runs.
struct Best {
    seconds: f64,
    gigabytes: f64,
}

impl Default for Best {
    fn default() -> Self {
        Self { seconds: f64::INFINITY, gigabytes: f64::NAN }
    }
}

impl Best {
    fn add(&mut self, made: &Value) {
        self.seconds = self.seconds.min(made["seconds"].as_f64().unwrap_or(f64::INFINITY));
        self.gigabytes = self.gigabytes.max(made["peak_bytes"].as_f64().unwrap_or(f64::NAN) / 1e9);
    }
}

fn build(what: &[&str]) -> Result<(), String> {
    let built = Command::new(env!("CARGO")).args(["build", "--release", "--quiet"]).args(what).status();
    match built {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("cargo build: {status}")),
        Err(e) => Err(format!("cargo: {e}")),
    }
}

/// Runs a process and parses the line of JSON that it prints.
fn line(program: &str, args: &[String]) -> Result<Value, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let path = target.join("release/examples").join(program);
    let out = Command::new(&path).args(args).output().map_err(|e| format!("{}: {e}", path.display()))?;
    if !out.status.success() {
        let told = String::from_utf8_lossy(&out.stderr);
        return Err(format!("{program} {}: {} {told}", args.join(" "), out.status));
    }
    serde_json::from_slice(&out.stdout).map_err(|e| format!("{program}: {e}"))
}

fn part_of(part: &str, model: &Path, size: usize, candle: bool) -> Result<Value, String> {
    let mut args = vec![part.to_owned(), model.display().to_string(), size.to_string()];
    if candle {
        args.push("--candle".to_owned());
    }
    line("full_size", &args)
}

/// Compares every full-size network with torch, on the same weights and inputs.
fn check(model: &Path) -> Result<(), String> {
    let made = line("full_size", &["check".to_owned(), model.display().to_string()])?;
    let relative = made["relative"].as_object().ok_or("no comparison")?;
    println!(
        "| network | largest difference, as a part of the largest value | at most |\n| --- | --- | --- |"
    );
    let mut wrong = Vec::new();
    for (name, off) in relative {
        let off = off.as_f64().unwrap_or(f64::INFINITY);
        // Torch itself differs by 0.016 between bf16 and single precision.
        let most = if name.ends_with("bf16") { 0.05 } else { 1e-3 };
        println!("| {name} | {off:.1e} | {most} |");
        if off > most {
            wrong.push(name.clone());
        }
    }
    println!("\nloaded in {:.1} s", made["load_seconds"].as_f64().unwrap_or(f64::NAN));
    if wrong.is_empty() { Ok(()) } else { Err(format!("beyond tolerance: {}", wrong.join(", "))) }
}

fn operations() -> Result<(), String> {
    build(&["-p", "drape-kernels", "--example", "ops"])?;
    let made = line("ops", &["--json".to_owned()])?;
    let rows = made.as_object().ok_or("ops: no object")?;
    println!(
        "| operation | ours ms | candle ms | candle / ours | all cores ms | candle ms | candle / ours |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (name, row) in rows {
        let of = |key: &str| row[key].as_f64().unwrap_or(f64::NAN);
        let (one, all) = (of("ms1"), of("ms_all"));
        let (candle, candle_all) = (of("candle_ms1"), of("candle_ms_all"));
        println!(
            "| {name} | {one:.2} | {candle:.2} | {:.2} | {all:.2} | {candle_all:.2} | {:.2} |",
            candle / one,
            candle_all / all
        );
    }
    Ok(())
}
