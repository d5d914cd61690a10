//! `cargo xtask bench service`: the cost of everything around an engine, beside Celery and LitServe; memory;
//! and many clients that make real looks.
//!
//! A job is measured from the first byte of its request to the event that says it is done, over
//! HTTP, with every job in the database. Systems take turns within each round, so that other load on the
//! machine affects all of them; each figure is the median of the rounds.

mod http;
mod load;
mod peers;
mod process;
mod server;
mod styling;

use std::rc::Rc;
use std::time::Duration;

use http::{Connection, header};
use load::{Figures, Measured};
use peers::Peers;
use server::{Ends, Server, User};

/// What to measure, and for how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seconds of each measurement
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Rounds; the figures are the medians
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Numbers of clients
    #[arg(long, value_delimiter = ',', default_value = "1,8,64")]
    clients: Vec<usize>,
    /// Seconds for which 64 clients make real looks; 0 skips this
    #[arg(long, default_value_t = 60)]
    styling: u64,
    /// Measure only Drape
    #[arg(long)]
    alone: bool,
}

/// Users of the null engine; more clients than users share them.
const USERS: usize = 8;

/// Measures the program that `cargo xtask bench` built, and prints; an error when a target is missed.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let all = async {
        if args.rounds > 0 {
            queues(args).await?;
        }
        if args.styling > 0 {
            styling::run(64, args.styling).await?;
        }
        Ok(())
    };
    tokio::task::LocalSet::new().block_on(&runtime, all)
}

/// One line of the table: a system at a number of clients, round by round.
struct Line {
    system: &'static str,
    clients: usize,
    rounds: Vec<Figures>,
}

impl Line {
    fn median(&self) -> Figures {
        let middle = |of: fn(&Figures) -> f32| {
            let mut values: Vec<f32> = self.rounds.iter().map(of).collect();
            crate::figures::quantile(&mut values, 0.5)
        };
        Figures {
            per_second: middle(|f| f.per_second),
            p50: middle(|f| f.p50),
            p99: middle(|f| f.p99),
            errors: self.rounds.iter().map(|f| f.errors).sum(),
        }
    }
}

const OURS: &str = "drape";
const CELERY: &str = "celery + redis";
const CELERY_FRONT: &str = "celery behind HTTP";
const LITSERVE: &str = "litserve (no queue)";

async fn queues(args: &Args) -> Result<(), String> {
    let peers = if args.alone { Peers::default() } else { Peers::start().await };
    let server = Server::start("null", &["--jobs-per-user", "100000"])?;
    let photo = std::fs::read("examples/grace-hopper.jpg").map_err(|e| format!("examples: {e}"))?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = server.memory();
    let mut users = Vec::new();
    for _ in 0..USERS {
        let user = server.guest(&photo).await?;
        let ends = Ends::follow(server.port, &user).await?;
        users.push((user, ends));
    }
    let users = Rc::new(users);
    let mut lines: Vec<Line> = Vec::new();
    for round in 1..=args.rounds {
        for &clients in &args.clients {
            let mut keep = |system, measured: Measured| {
                let figures = measured.figures();
                println!(
                    "  round {round}, {clients} clients, {system}: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms",
                    figures.per_second, figures.p50, figures.p99
                );
                match lines.iter_mut().find(|l| l.system == system && l.clients == clients) {
                    Some(line) => line.rounds.push(figures),
                    None => lines.push(Line { system, clients, rounds: vec![figures] }),
                }
            };
            let before = server.processor_time();
            let measured = jobs(server.port, &users, clients, args.seconds).await?;
            let spent = server.processor_time() - before;
            // A fifth of the time was warm-up.
            let each = spent / (measured.latencies.len() as f64 * 1.2) * 1e3;
            keep(OURS, measured);
            println!("    {each:.2} ms of processor time a job in the server");
            if let Some(port) = peers.celery {
                keep(CELERY, peers.celery_clients(clients, args.seconds).await?);
                keep(CELERY_FRONT, peers::posts(port, "/", clients, args.seconds).await?);
            }
            if let Some(port) = peers.litserve {
                keep(LITSERVE, peers::posts(port, "/predict", clients, args.seconds).await?);
            }
        }
    }
    let (resident, most) = server.memory();
    println!(
        "\nmemory of the server: {:.0} MB idle with the parser loaded (target 150), {resident:.0} MB after \
         the jobs, {most:.0} MB at most",
        idle.0
    );
    table(&lines, args);
    judge(&lines)
}

/// Drape's clients: post a job, wait for its `done` on the user's stream, next.
async fn jobs(
    port: u16,
    users: &Rc<Vec<(User, Ends)>>,
    clients: usize,
    seconds: f64,
) -> Result<Measured, String> {
    let open = async |k: usize| {
        let (user, ends) = &users[k % users.len()];
        let connection = Connection::open(port).await.map_err(|e| e.to_string())?;
        Ok((connection, user.wish("navy blazer, white shirt"), ends.clone()))
    };
    load::closed(clients, seconds, open, async |client: &mut (Connection, Vec<u8>, Ends)| {
        let (connection, request, ends) = client;
        let answer = connection.ask(request).await.map_err(|e| e.to_string())?;
        if answer.status != 202 {
            return Err(format!("answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
        }
        let place = header(&answer.head, "location").unwrap_or_default();
        ends.of(place.rsplit('/').next().unwrap_or_default()).await
    })
    .await
}

fn table(lines: &[Line], args: &Args) {
    println!("\n| clients | system | jobs/s | p50 ms | p99 ms | errors | drape's jobs/s are |");
    println!("| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
    for &clients in &args.clients {
        let here = || lines.iter().filter(move |l| l.clients == clients);
        let ours = here().find(|l| l.system == OURS).map_or(f32::NAN, |l| l.median().per_second);
        for line in here() {
            let f = line.median();
            println!(
                "| {clients} | {} | {:.0} | {:.1} | {:.1} | {} | {:.1}x |",
                line.system,
                f.per_second,
                f.p50,
                f.p99,
                f.errors,
                ours / f.per_second
            );
        }
    }
}

/// The target: at 8 clients, without errors, at least five times Celery's jobs and a lower p99.
fn judge(lines: &[Line]) -> Result<(), String> {
    let of = |system| lines.iter().find(|l| l.system == system && l.clients == 8).map(Line::median);
    if lines.iter().any(|l| l.system == OURS && l.rounds.iter().any(|f| f.errors > 0)) {
        return Err("jobs failed".to_owned());
    }
    let (Some(ours), Some(celery)) = (of(OURS), of(CELERY)) else { return Ok(()) };
    if ours.per_second < 5.0 * celery.per_second || ours.p99 >= celery.p99 {
        return Err("the target is missed: five times celery's jobs and a lower p99 at 8 clients".to_owned());
    }
    Ok(())
}
