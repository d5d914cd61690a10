//! Makes trouble while people use the service: kills and freezes processes, kills the database twice, pauses
//! the object store and the queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use drape_testing::Servers;

use crate::fleet::{Fleet, LEASE, Role};
use crate::forger::Forged;
use crate::people::{Chance, Site};

/// How often each kind of trouble happened.
#[derive(Default)]
pub(crate) struct Troubles {
    workers: usize,
    apis: usize,
    frozen: usize,
    databases: usize,
    database_away: Duration,
    objects_away: Duration,
    queue_away: Duration,
    /// Processes that exited by themselves, for example because the database was down at their start.
    fell: usize,
}

/// A thread that makes trouble until it is stopped.
pub(crate) struct Trouble {
    over: Arc<AtomicU8>,
    /// None once it has been joined.
    thread: Option<JoinHandle<Stopped>>,
}

type Stopped = Result<(Fleet, Servers, Troubles), String>;

/// Commands to the thread; after `FINISH` it still carries out the rest of the plan.
const GO_ON: u8 = 0;
const FINISH: u8 = 1;
const AT_ONCE: u8 = 2;

/// How long the database is down; processes that start meanwhile exit and are restarted.
const DATABASE_DOWN: Duration = Duration::from_secs(4);
const OBJECTS_PAUSED: Duration = Duration::from_secs(7);
const QUEUE_PAUSED: Duration = Duration::from_secs(5);

/// One planned event; its time is a share of the time over which jobs are requested.
#[derive(Clone, Copy)]
enum Once {
    DatabaseGoes,
    DatabaseComes,
    ObjectsStop,
    ObjectsGoOn,
    QueueStops,
    QueueGoesOn,
    /// The worker of this number; it resumes when other workers have taken its jobs.
    Freezes(usize),
    Thaws(usize),
}

impl Trouble {
    /// Starts the thread, which owns the processes until the end.
    pub(crate) fn start(fleet: Fleet, servers: Servers, seed: u64, seconds: u64, site: Arc<Site>) -> Self {
        let over = Arc::new(AtomicU8::new(GO_ON));
        let until = Arc::clone(&over);
        let thread = std::thread::spawn(move || make(fleet, servers, seed, seconds, &until, &site));
        Self { over, thread: Some(thread) }
    }

    /// Ends the trouble and returns everything, running again.
    pub(crate) async fn stop(mut self) -> Stopped {
        self.over.store(FINISH, Ordering::Relaxed);
        let broken = || "the thread that makes trouble panicked".to_owned();
        let thread = self.thread.take().ok_or_else(broken)?;
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        joined.map_err(|e| e.to_string())?.map_err(|_| broken())?
    }
}

impl Drop for Trouble {
    /// Joins the thread, since the processes stop only when its result is dropped.
    fn drop(&mut self) {
        self.over.store(AT_ONCE, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn plan(seconds: u64) -> Vec<(Duration, Once)> {
    let at = |share: f64| Duration::from_secs_f64(seconds as f64 * share);
    let frozen = Duration::from_secs(LEASE * 2);
    let mut plan = vec![
        (at(0.25), Once::DatabaseGoes),
        (at(0.25) + DATABASE_DOWN, Once::DatabaseComes),
        (at(0.45), Once::ObjectsStop),
        (at(0.45) + OBJECTS_PAUSED, Once::ObjectsGoOn),
        (at(0.58), Once::QueueStops),
        (at(0.58) + QUEUE_PAUSED, Once::QueueGoesOn),
        (at(0.7), Once::DatabaseGoes),
        (at(0.7) + DATABASE_DOWN, Once::DatabaseComes),
    ];
    for (share, worker) in [(0.15, 0), (0.2, 3), (0.5, 1), (0.55, 4), (0.85, 2), (0.9, 5)] {
        plan.extend([(at(share), Once::Freezes(worker)), (at(share) + frozen, Once::Thaws(worker))]);
    }
    plan.sort_by_key(|p| p.0);
    plan
}

fn make(
    mut fleet: Fleet,
    mut servers: Servers,
    seed: u64,
    seconds: u64,
    over: &AtomicU8,
    site: &Site,
) -> Result<(Fleet, Servers, Troubles), String> {
    let (start, mut chance, mut troubles) = (Instant::now(), Chance::new(seed), Troubles::default());
    let mut plan = plan(seconds).into_iter().peekable();
    let workers: Vec<usize> = of(&fleet, |r| r != Role::Api);
    let apis: Vec<usize> = of(&fleet, |r| r == Role::Api);
    let pause = |mean: u64, chance: &mut Chance| Duration::from_millis(mean / 2 + chance.below(mean));
    let (mut next_worker, mut next_api) = (pause(2_500, &mut chance), pause(7_000, &mut chance));
    let mut frozen = Vec::new();
    // Carry out the plan even if all jobs have already ended.
    loop {
        match over.load(Ordering::Relaxed) {
            FINISH if plan.peek().is_none() => break,
            AT_ONCE => return Err("stopped".to_owned()),
            _ => {}
        }
        std::thread::sleep(Duration::from_millis(50));
        let now = start.elapsed();
        troubles.fell += fleet.revive()?;
        if now >= next_worker {
            let chosen = workers[chance.below(workers.len() as u64) as usize];
            if !frozen.contains(&chosen) {
                fleet.members[chosen].kill(Duration::from_millis(chance.below(1_500)));
                troubles.workers += 1;
            }
            next_worker = now + pause(2_500, &mut chance);
        }
        if now >= next_api {
            let chosen = apis[chance.below(apis.len() as u64) as usize];
            fleet.members[chosen].kill(Duration::from_millis(chance.below(1_000)));
            troubles.apis += 1;
            next_api = now + pause(7_000, &mut chance);
        }
        if let Some((at, what)) = plan.next_if(|p| p.0 <= now) {
            let late = now.saturating_sub(at);
            match what {
                Once::DatabaseGoes => {
                    servers.database.process().kill();
                    troubles.databases += 1;
                }
                Once::DatabaseComes => {
                    servers.database.restart(Duration::ZERO)?;
                    troubles.database_away += DATABASE_DOWN + late + (start.elapsed() - now);
                }
                Once::ObjectsStop => servers.objects.process().signal("STOP"),
                Once::ObjectsGoOn => {
                    servers.objects.process().signal("CONT");
                    troubles.objects_away += OBJECTS_PAUSED + late;
                }
                Once::QueueStops => servers.queue.process().signal("STOP"),
                Once::QueueGoesOn => {
                    servers.queue.process().signal("CONT");
                    troubles.queue_away += QUEUE_PAUSED + late;
                }
                Once::Freezes(worker) => {
                    if let Some(process) = &fleet.members[workers[worker]].process {
                        process.signal("STOP");
                        frozen.push(workers[worker]);
                        troubles.frozen += 1;
                    }
                }
                Once::Thaws(worker) => {
                    if let Some(process) = &fleet.members[workers[worker]].process {
                        process.signal("CONT");
                    }
                    frozen.retain(|f| *f != workers[worker]);
                }
            }
        }
        if site.odd.lock().is_ok_and(|odd| odd.len() > 1_000) {
            return Err("thousands of answers that no user should get".to_owned());
        }
    }
    // Restart everything.
    let back = Instant::now();
    while fleet.members.iter().any(|m| m.process.is_none()) && back.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(50));
        troubles.fell += fleet.revive()?;
    }
    for api in apis {
        fleet.members[api].answers()?;
    }
    Ok((fleet, servers, troubles))
}

fn of(fleet: &Fleet, role: impl Fn(Role) -> bool) -> Vec<usize> {
    fleet.members.iter().enumerate().filter(|(_, m)| role(m.role)).map(|(k, _)| k).collect()
}

impl Troubles {
    /// Prints the table of what happened.
    pub(crate) fn print(&self, forged: &Forged) {
        println!("\n| what happened | how often |");
        println!("| --- | ---: |");
        let seconds = |d: Duration| format!("{:.0} s in all", d.as_secs_f32());
        for (what, number) in [
            ("workers killed (SIGKILL)", self.workers.to_string()),
            ("workers frozen for twice their lease, then resumed", self.frozen.to_string()),
            ("API processes killed (SIGKILL)", self.apis.to_string()),
            ("database killed and restarted", format!("{}, {}", self.databases, seconds(self.database_away))),
            ("object store stopped", seconds(self.objects_away)),
            ("queue stopped", seconds(self.queue_away)),
            ("processes that exited by themselves and were restarted", self.fell.to_string()),
            ("requests in the queue: lost, doubled, late, taken out of order", forged.requests.to_string()),
            ("answers in the queue: lost, doubled, late, taken out of order", forged.answers.to_string()),
            ("old answers sent again", forged.replayed.to_string()),
            ("meaningless messages", forged.poison.to_string()),
        ] {
            println!("| {what} | {number} |");
        }
    }
}
