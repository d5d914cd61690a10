//! Throughput without trouble: looks a second with 1, 2, 4 and 8 workers whose engine takes a quarter of a
//! second, the processor time of each part per look, and the jobs a second that the database allows when
//! engines take no time.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::AnyConnection;
use tokio::sync::watch;
use tokio::task::JoinSet;

use drape_testing::Servers;

use crate::fleet::{Fleet, Member, Role, Where, processor_time};
use crate::people::{Chance, Person, Site};
use crate::verdict::{connect, sql};

/// Steps of the simulated engine, 20 ms each.
const STEPS: u32 = 12;
/// Length of each measurement, after a warm-up of [`WARM`].
const MEASURED: Duration = Duration::from_secs(12);
const WARM: Duration = Duration::from_secs(4);
/// People who ask for looks.
const PEOPLE: u16 = 16;
/// Number of waiting jobs to maintain.
const WAITING: i64 = 40;

/// The result of one measurement.
struct Line {
    workers: usize,
    engine: &'static str,
    /// Most jobs that a worker takes at once.
    batch: usize,
    rate: f64,
    /// Milliseconds of processor time for each look: database, object store, API, workers.
    spent: [f64; 4],
    statements: f64,
    commits: f64,
    /// Jobs that waited at the end; 0 means that workers were idle.
    waiting: i64,
}

/// Measures and prints.
pub(crate) async fn run(servers: &mut Servers, logs: Option<&Path>) -> Result<(), String> {
    println!("== throughput on MariaDB, an S3-compatible store and an SQS-compatible queue");
    let mut lines = Vec::new();
    let mut plan: Vec<(&str, usize, usize)> = Vec::new();
    plan.extend([1, 2, 4, 8].map(|workers| ("still", workers, 1)));
    plan.extend([1, 2, 4, 8].map(|workers| ("null", workers, 1)));
    plan.extend([1, 8].map(|workers| ("null", workers, 32)));
    for (engine, workers, batch) in plan {
        let line = measure(servers, logs, (engine, workers, batch)).await?;
        println!(
            "   {workers} workers, {engine}, {batch} at once: {:.1} jobs a second, {} waiting",
            line.rate, line.waiting
        );
        lines.push(line);
    }
    println!(
        "\n| engine | at once | workers | jobs/s | per worker | of one worker's | database ms | objects ms \
         | API ms | workers ms | statements | commits |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for line in &lines {
        let one = lines
            .iter()
            .find(|l| (l.engine, l.batch, l.workers) == (line.engine, line.batch, 1))
            .map_or(f64::NAN, |l| l.rate);
        let [database, objects, api, workers] = line.spent;
        println!(
            "| {} | {} | {} | {:.1} | {:.2} | {:.2}x | {database:.2} | {objects:.2} | {api:.2} \
             | {workers:.2} | {:.1} | {:.1} |",
            if line.engine == "still" { "240 ms" } else { "no time" },
            line.batch,
            line.workers,
            line.rate,
            line.rate / line.workers as f64,
            line.rate / one,
            line.statements,
            line.commits
        );
    }
    println!("\nmilliseconds are processor time for each job; a job is one look");
    Ok(())
}

async fn measure(
    servers: &mut Servers,
    logs: Option<&Path>,
    (engine, workers, batch): (&'static str, usize, usize),
) -> Result<Line, String> {
    let name = format!("scale_{engine}_{workers}_{batch}");
    let places = Where::new(servers, &name, logs)?;
    sql(&servers.database.url(), format!("CREATE DATABASE drape_{name}")).await?;
    let at_once = batch.to_string();
    let one_by_one = ["--engine", engine, "--batch", &at_once];
    let api = Member::new(&places, Role::Api, 0, &["--engine", engine]);
    let others = (0..workers).map(|k| Member::new(&places, Role::Attached, k, &one_by_one));
    let mut fleet = Fleet::of(std::iter::once(api).chain(others).collect())?;
    let site = Arc::new(Site::new(fleet.bases())?);
    let mut chance = Chance::new(7);
    let stop = watch::Sender::new(false);
    let hungry = watch::Sender::new(true);
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        people.push(Person::enter(&site, number, &mut chance).await?);
    }
    let mut asking = JoinSet::new();
    for person in people {
        asking.spawn(ask(Arc::clone(&site), person, hungry.subscribe(), stop.subscribe()));
    }
    let feeder = tokio::spawn(feed(places.url(), hungry, stop.subscribe()));
    tokio::time::sleep(WARM).await;
    let before = state(servers, &places, &fleet).await?;
    let start = Instant::now();
    tokio::time::sleep(MEASURED).await;
    let after = state(servers, &places, &fleet).await?;
    let seconds = start.elapsed().as_secs_f64();
    stop.send_replace(true);
    while asking.join_next().await.is_some() {}
    feeder.await.map_err(|e| e.to_string())??;
    let bad = fleet.stop();
    if !bad.is_empty() {
        return Err(format!("did not end well: {}", bad.join(", ")));
    }
    let jobs = (after.done - before.done) as f64;
    if jobs < 1.0 {
        return Err(format!("{workers} workers with the engine {engine} did nothing"));
    }
    let spent = std::array::from_fn(|k| (after.spent[k] - before.spent[k]) / jobs * 1e3);
    let commits = (after.commits - before.commits) as f64 / jobs;
    let statements = (after.statements - before.statements) as f64 / jobs;
    Ok(Line {
        workers,
        engine,
        batch,
        rate: jobs / seconds,
        spent,
        statements,
        commits,
        waiting: after.waiting,
    })
}

/// Asks for one look after the other while fewer than [`WAITING`] jobs wait.
async fn ask(
    site: Arc<Site>,
    person: Person,
    mut hungry: watch::Receiver<bool>,
    mut stop: watch::Receiver<bool>,
) {
    let wish = person.wish(1, 1, STEPS);
    while !*stop.borrow() {
        tokio::select! {
            _ = hungry.wait_for(|h| *h) => {}
            _ = stop.changed() => break,
        }
        let post = || site.client().post(site.url("/api/v1/jobs")).bearer_auth(&person.token).json(&wish);
        if let Err(why) = site.json("a job", 202, post).await {
            site.note(why);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Sets `hungry` while fewer than [`WAITING`] jobs wait: workers are never idle, and the queue stays short.
async fn feed(url: String, hungry: watch::Sender<bool>, stop: watch::Receiver<bool>) -> Result<(), String> {
    let mut database = connect(&url).await?;
    while !*stop.borrow() {
        hungry.send_replace(waiting(&mut database).await? < WAITING);
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    Ok(())
}

/// Counters, read before and after a measurement.
struct State {
    done: i64,
    waiting: i64,
    statements: i64,
    commits: i64,
    spent: [f64; 4],
}

async fn waiting(database: &mut AnyConnection) -> Result<i64, String> {
    number(database, "SELECT COUNT(*) FROM jobs WHERE state = 'queued'").await
}

async fn state(servers: &mut Servers, places: &Where, fleet: &Fleet) -> Result<State, String> {
    let mut database = connect(&places.url()).await?;
    let done = number(&mut database, "SELECT COUNT(*) FROM jobs WHERE state = 'done'").await?;
    let waiting = waiting(&mut database).await?;
    let statements = number(
        &mut database,
        "SELECT CAST(VARIABLE_VALUE AS SIGNED)
         FROM information_schema.GLOBAL_STATUS
         WHERE VARIABLE_NAME = 'QUESTIONS'",
    );
    let statements = statements.await?;
    let commits = number(
        &mut database,
        "SELECT CAST(VARIABLE_VALUE AS SIGNED)
         FROM information_schema.GLOBAL_STATUS
         WHERE VARIABLE_NAME = 'COM_COMMIT'",
    );
    let commits = commits.await?;
    let of = |role| fleet.members.iter().filter(|m| m.role == role).map(Member::processor_time).sum();
    let spent = [
        processor_time(servers.database.process().id()),
        processor_time(servers.objects.process().id()),
        of(Role::Api),
        of(Role::Attached),
    ];
    Ok(State { done, waiting, statements, commits, spent })
}

async fn number(database: &mut AnyConnection, sql: &'static str) -> Result<i64, String> {
    let found: (i64,) = sqlx::query_as(sql).fetch_one(database).await.map_err(|e| e.to_string())?;
    Ok(found.0)
}
