//! `cargo xtask chaos`: the service on real servers while its parts are killed, paused, restarted and fed
//! false messages. In the end every job must have ended once, every look must belong to its owner, and no
//! object or row may be left over.
//!
//! Three API processes and six workers (three with the database, three with only the queue and the object
//! store) serve people who use HTTP and follow their events ([`people`]). Meanwhile [`trouble`] kills and
//! pauses processes, and [`forger`] tampers with messages. [`verdict`] compares what the API told people with
//! the contents of the database and the bucket. [`scale`] measures the same set-up without trouble, with 1 to
//! 8 workers.

#![expect(clippy::print_stdout, reason = "tables on stdout are what this is for")]

mod fleet;
mod forger;
mod people;
mod scale;
mod trouble;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fleet::Fleet;
use people::{Chance, Person, Site};
use trouble::Trouble;

use clap::Parser;
use drape_testing::Servers;

/// The service on real servers while its parts are killed, paused and fed false messages; then its throughput
#[derive(Parser)]
#[command(name = "cargo xtask chaos")]
struct Args {
    /// Jobs of all people together
    #[arg(long, default_value_t = 2_000)]
    jobs: usize,
    /// People
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(2..=125))]
    people: u16,
    /// Seconds over which the jobs come
    #[arg(long, default_value_t = 150)]
    seconds: u64,
    /// Repeats the random choices of an earlier run; their exact times still depend on the machine
    #[arg(long)]
    seed: Option<u64>,
    /// Only the trouble, not the throughput of 1, 2, 4 and 8 workers
    #[arg(long, conflicts_with = "only_scale")]
    no_scale: bool,
    /// Only the throughput
    #[arg(long)]
    only_scale: bool,
    /// Folder for the logs of all processes; without it they are deleted at the end
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
}

/// Longest time from the last requested job to the last job's end.
const PATIENCE: Duration = Duration::from_secs(300);

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    fleet::ready();
    let seed = args.seed.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(1, |since| since.as_secs())
    });
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    println!("== starting MariaDB, SeaweedFS and ministack");
    let servers = Servers::start(&Path::new("target").join("tools"))?;
    let mut servers = if args.only_scale {
        servers
    } else {
        println!("== chaos: {} jobs of {} people, --seed {seed}", args.jobs, args.people);
        runtime.block_on(unless_stopped(chaos(args, seed, servers)))?
    };
    if !args.no_scale {
        runtime.block_on(unless_stopped(scale::run(&mut servers, args.logs.as_deref())))?;
    }
    drop(servers);
    Ok(())
}

/// Turns a signal into an error, so that everything that was started is stopped.
async fn unless_stopped<T>(all: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    tokio::select! {
        done = all => done,
        _ = terminate.recv() => Err("stopped".to_owned()),
        _ = tokio::signal::ctrl_c() => Err("stopped".to_owned()),
    }
}

/// Runs the service with trouble and prints the tables; an error if anything was lost.
async fn chaos(args: &Args, seed: u64, servers: Servers) -> Result<Servers, String> {
    let places = fleet::Where::new(&servers, "chaos", args.logs.as_deref())?;
    verdict::sql(&servers.database.url(), "CREATE DATABASE drape_chaos".to_owned()).await?;
    let fleet = Fleet::start(&places, fleet::Size { apis: 3, attached: 3, detached: 3 })?;
    let site = Arc::new(Site::new(fleet.bases())?);
    let each = args.jobs.div_ceil(usize::from(args.people));
    let mut coming = Vec::new();
    for number in 0..args.people {
        let mut chance = Chance::new(seed ^ (u64::from(number) + 1) << 20);
        let person = Person::enter(&site, number, &mut chance).await?;
        coming.push((person, chance));
    }
    println!("   all people have entered; trouble begins");
    let forger = forger::Forger::start(&places, seed).await?;
    let trouble = Trouble::start(fleet, servers, seed, args.seconds, Arc::clone(&site));
    let window = Duration::from_secs(args.seconds);
    let tasks: Vec<_> = coming
        .into_iter()
        .map(|(person, chance)| tokio::spawn(person.live(Arc::clone(&site), each, window, chance)))
        .collect();
    let wanted = each * usize::from(args.people);
    let start = tokio::time::Instant::now();
    let mut said = start;
    // `idle` is false while the database is down.
    while site.asked.load(Ordering::Relaxed) < wanted || !verdict::idle(&places).await {
        if start.elapsed() > window + PATIENCE {
            println!("   jobs do not end");
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        if said.elapsed() > Duration::from_secs(20) {
            said = tokio::time::Instant::now();
            let (asked, ended) = (site.asked.load(Ordering::Relaxed), site.ended.load(Ordering::Relaxed));
            println!("   {:>4} s: {asked} jobs asked for, {ended} ended", start.elapsed().as_secs());
        }
    }
    let took = start.elapsed();
    let forged = forger.stop().await;
    let (fleet, servers, troubles) = trouble.stop().await?;
    // The last events may still be on their way: each process polls for those of the others once a second.
    let last = tokio::time::Instant::now();
    while site.ended.load(Ordering::Relaxed) < wanted && last.elapsed() < Duration::from_secs(15) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    site.over.send_replace(true);
    let mut people = Vec::new();
    for task in tasks {
        people.push(task.await.map_err(|e| format!("a person's task: {e}"))?);
    }
    let verdict = verdict::Verdict::reach(&site, &places, &servers, fleet, &people).await?;
    troubles.print(&forged);
    verdict.print(took);
    if verdict.lost() > 0 {
        return Err(format!("{} things were lost (--seed {seed})", verdict.lost()));
    }
    println!("nothing was lost");
    Ok(servers)
}
