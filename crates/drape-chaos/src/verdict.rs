//! Compares what users received with the contents of the database and the bucket. The facts come from this
//! crate's own SQL and listings; only the sweep, which deletes unreferenced objects, is the service's.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use drape_store::{Blobs, Bucket, Limits, MAX_ATTEMPTS, Places, S3Options, Store};
use image::ImageFormat;
use serde_json::Value;
use sqlx::{AnyConnection, Connection as _};

use drape_testing::Servers;

use crate::fleet::{Fleet, Where};
use crate::forger;
use crate::people::{BLOCK, Person, Site, ends};

/// One check: how many things it covered, and a description of each that was wrong.
struct Row {
    what: &'static str,
    checked: usize,
    wrong: Vec<String>,
}

/// All checks, and further figures.
pub(crate) struct Verdict {
    rows: Vec<Row>,
    facts: Vec<(&'static str, String)>,
}

/// Longest wait for the queues to empty: tickets, dead letters, late messages.
const REST: Duration = Duration::from_secs(60);
/// A job fails when its workers died [`MAX_ATTEMPTS`] times in a row. Kills hit a job that often now and
/// then, but not more than one job in this many.
const GIVEN_UP: usize = 100;
/// How many wrong things are printed per row.
const SHOWN: usize = 5;

impl Verdict {
    /// Runs every check.
    pub(crate) async fn reach(
        site: &Site,
        places: &Where,
        servers: &Servers,
        mut fleet: Fleet,
        people: &[Person],
    ) -> Result<Self, String> {
        let mut verdict = Self { rows: Vec::new(), facts: Vec::new() };
        let mut looks = HashMap::new();
        verdict.jobs(site, people, &mut looks).await?;
        verdict.pictures(site, people, &looks).await?;
        verdict.events(places, people, &looks).await?;
        verdict.answers(site, people);
        verdict.queues(places).await?;
        let clean = fleet.stop();
        verdict.row("processes that were asked to stop", fleet.members.len(), clean);
        verdict.panics(places);
        verdict.blobs(places, servers, people, &looks).await?;
        let text = |n: usize| n.to_string();
        verdict
            .facts
            .push(("requests sent again", text(site.again.load(std::sync::atomic::Ordering::Relaxed))));
        let resumed = site.resumed.load(std::sync::atomic::Ordering::Relaxed);
        verdict.facts.push(("streams of events resumed", text(resumed)));
        Ok(verdict)
    }

    /// How many things were wrong.
    pub(crate) fn lost(&self) -> usize {
        self.rows.iter().map(|r| r.wrong.len()).sum()
    }

    /// Prints both tables.
    pub(crate) fn print(&self, took: Duration) {
        println!("\n| checked | how many | lost or wrong |");
        println!("| --- | ---: | ---: |");
        for row in &self.rows {
            println!("| {} | {} | {} |", row.what, row.checked, row.wrong.len());
        }
        println!("\n| fact | figure |");
        println!("| --- | ---: |");
        println!("| all jobs had ended after | {:.0} s |", took.as_secs_f32());
        for (what, figure) in &self.facts {
            println!("| {what} | {figure} |");
        }
        println!();
        for row in self.rows.iter().filter(|r| !r.wrong.is_empty()) {
            println!("{}:", row.what);
            for wrong in row.wrong.iter().take(SHOWN) {
                println!("  {wrong}");
            }
        }
    }

    fn row(&mut self, what: &'static str, checked: usize, wrong: Vec<String>) {
        self.rows.push(Row { what, checked, wrong });
    }

    /// Each requested job exists once, has ended, and has as many looks as it should.
    async fn jobs(
        &mut self,
        site: &Site,
        people: &[Person],
        looks: &mut HashMap<String, Vec<String>>,
    ) -> Result<(), String> {
        let (mut asked, mut wrong, mut done, mut called_off, mut deleted, mut made) =
            (0, Vec::new(), 0, 0, 0, 0);
        let mut given_up = Vec::new();
        for person in people {
            let list = || site.client().get(site.url("/api/v1/jobs?limit=100")).bearer_auth(&person.token);
            let jobs = site.json("a list of jobs", 200, list).await?;
            let jobs = jobs.as_array().cloned().unwrap_or_default();
            asked += person.asked.len();
            let known: BTreeSet<&str> = person.asked.iter().map(|a| a.id.as_str()).collect();
            for job in &jobs {
                if !job["id"].as_str().is_some_and(|id| known.contains(id)) {
                    wrong.push(format!("{}: never requested", job["id"]));
                }
            }
            for wish in &person.asked {
                let mut found = jobs.iter().filter(|j| j["id"] == *wish.id);
                let (one, more) = (found.next(), found.next());
                let Some(job) = one else {
                    // A job that had already ended when its cancel arrived is deleted with its events.
                    if wish.called_off {
                        deleted += 1;
                    } else {
                        wrong.push(format!("{}: lost", wish.id));
                    }
                    continue;
                };
                let those: Vec<String> = job["looks"]
                    .as_array()
                    .map(|l| l.iter().filter_map(|i| i.as_str().map(str::to_owned)).collect())
                    .unwrap_or_default();
                let number = those.len() as u64;
                let right = match job["state"].as_str() {
                    Some("done") => number == wish.variations && job["seed"] == wish.seed,
                    Some("cancelled") => wish.called_off && number == 0,
                    Some("failed") if job["reason"] == "worker_lost" => {
                        given_up.push(format!("{}: its workers were lost {} times", wish.id, job["attempt"]));
                        number == 0 && job["attempt"] == MAX_ATTEMPTS
                    }
                    _ => false,
                };
                if !right || more.is_some() {
                    wrong.push(format!(
                        "{}: {} {} with {number} looks instead of {}, attempt {}",
                        wish.id, job["state"], job["reason"], wish.variations, job["attempt"]
                    ));
                }
                done += usize::from(job["state"] == "done");
                called_off += usize::from(job["state"] == "cancelled");
                made += those.len();
                looks.insert(wish.id.clone(), those);
            }
        }
        self.facts.push(("jobs given up after three lost workers", given_up.len().to_string()));
        if given_up.len() * GIVEN_UP > asked {
            wrong.append(&mut given_up);
        }
        let all: Vec<&String> = looks.values().flatten().collect();
        let once: BTreeSet<&String> = all.iter().copied().collect();
        if once.len() != all.len() {
            wrong.push(format!("{} looks belong to two jobs", all.len() - once.len()));
        }
        self.row("jobs: each requested one exists once and has ended", asked, wrong);
        self.facts.push(("jobs done", done.to_string()));
        self.facts.push(("jobs called off", called_off.to_string()));
        self.facts.push(("jobs deleted because they ended before they were called off", deleted.to_string()));
        self.facts.push(("looks", made.to_string()));
        Ok(())
    }

    /// Each look belongs to its job, shows its owner's colour, and is hidden from other users.
    async fn pictures(
        &mut self,
        site: &Site,
        people: &[Person],
        looks: &HashMap<String, Vec<String>>,
    ) -> Result<(), String> {
        let (mut seen, mut wrong, mut open) = (0, Vec::new(), Vec::new());
        for (k, person) in people.iter().enumerate() {
            let other = &people[(k + 1) % people.len()];
            for wish in &person.asked {
                for (number, look) in looks.get(&wish.id).into_iter().flatten().enumerate() {
                    seen += 1;
                    let get = |token: &str, more: &str| {
                        site.client().get(site.url(&format!("/api/v1/looks/{look}{more}"))).bearer_auth(token)
                    };
                    let about = site.json("a look", 200, || get(&person.token, "")).await?;
                    let (of, seed) = (about["job"] == *wish.id, wish.seed + number as u64);
                    if !of || about["seed"] != seed || about["report"]["seed"] != seed {
                        wrong.push(format!("{look} is not of its job {}", wish.id));
                    }
                    let (status, bytes) = site.ask("a picture", || get(&person.token, "/picture")).await?;
                    if status != 200 || !shows(&bytes, person.colour.0) {
                        wrong.push(format!("{look} ({status}) does not show its owner"));
                    }
                    let (status, _) = site.ask("another's picture", || get(&other.token, "/picture")).await?;
                    if status != 404 {
                        open.push(format!("{look} was answered {status} to another user"));
                    }
                }
            }
        }
        self.row("looks: belong to their job, have their owner's colour", seen, wrong);
        self.row("looks requested by another user, answered 404", seen, open);
        Ok(())
    }

    /// All events arrived live and in order, and each job's end arrived once.
    async fn events(
        &mut self,
        places: &Where,
        people: &[Person],
        looks: &HashMap<String, Vec<String>>,
    ) -> Result<(), String> {
        let mut database = connect(&places.url()).await?;
        let (mut told, mut wrong) = (0, Vec::new());
        for person in people {
            told += person.told.len();
            let revision: (i64,) = sqlx::query_as("SELECT revision FROM users WHERE id = ?")
                .bind(&person.id)
                .fetch_one(&mut database)
                .await
                .map_err(|e| e.to_string())?;
            let numbers = person.told.iter().map(|t| t.0);
            let deleted = person.asked.iter().any(|a| a.called_off && !looks.contains_key(&a.id));
            let complete = if deleted {
                numbers.clone().is_sorted_by(|a, b| a < b)
            } else {
                numbers.clone().eq(1..=revision.0)
            };
            if !complete {
                let gap = numbers.zip(1..).find(|(a, b)| a != b).map(|g| g.1);
                wrong.push(format!(
                    "{}: {} events of {}, the first gap at {gap:?}",
                    person.id,
                    person.told.len(),
                    revision.0
                ));
            }
            for wish in person.asked.iter().filter(|a| looks.contains_key(&a.id)) {
                let of: Vec<&Value> =
                    person.told.iter().map(|t| &t.1).filter(|e| e["id"] == *wish.id).collect();
                let ended = of.iter().filter(|e| ends(e)).count();
                let last = of.last().is_some_and(|e| ends(e));
                let attempts: Vec<u64> = of.iter().filter_map(|e| e["attempt"].as_u64()).collect();
                if ended != 1 || !last || !attempts.is_sorted() {
                    wrong.push(format!(
                        "{}: {ended} ends, the last event is one: {last}, attempts {attempts:?}",
                        wish.id
                    ));
                }
            }
        }
        let again: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM jobs WHERE attempt > 1")
            .fetch_one(&mut database)
            .await
            .map_err(|e| e.to_string())?;
        let open: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM jobs WHERE state IN ('queued', 'running')")
            .fetch_one(&mut database)
            .await
            .map_err(|e| e.to_string())?;
        let _ = database.close().await;
        self.row(
            "events: sent as they happened, none missing, in order, each job's end once and last",
            told,
            wrong,
        );
        let open = usize::try_from(open.0).unwrap_or(usize::MAX);
        self.row("jobs still waiting or running", 0, (0..open).map(|k| format!("number {k}")).collect());
        self.facts.push(("jobs that took more than one attempt", again.0.to_string()));
        Ok(())
    }

    /// Answers that no user should get, and requests that were never answered.
    fn answers(&mut self, site: &Site, people: &[Person]) {
        let odd = site.odd.lock().map(|odd| odd.clone()).unwrap_or_default();
        self.row("answers of 5xx other than 503", 0, odd);
        let wrong = people.iter().flat_map(|p| p.wrong.clone()).collect();
        self.row("users who got what they asked for", people.len(), wrong);
    }

    /// The queues are empty in the end.
    async fn queues(&mut self, places: &Where) -> Result<(), String> {
        let queues = forger::open(places).await?;
        let start = tokio::time::Instant::now();
        loop {
            let mut left = Vec::new();
            for (name, queue) in [
                ("requests", &queues.requests),
                ("responses", &queues.responses),
                ("dead letters", &queues.dead),
            ] {
                let waiting = queue.waiting().await.map_err(|e| e.to_string())?;
                if waiting > 0 {
                    left.push(format!("{waiting} {name}"));
                }
            }
            if left.is_empty() || start.elapsed() > REST {
                self.row("queues that are empty at the end", 3, left);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    fn panics(&mut self, places: &Where) {
        let (mut panics, mut distant) = (Vec::new(), 0);
        for entry in std::fs::read_dir(&places.logs).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            let done = |l: &&str| l.contains("job of a detached worker") && l.contains("state=\"done\"");
            distant += text.lines().filter(done).count();
            panics.extend(text.lines().filter(|l| l.contains("panicked")).map(str::to_owned));
        }
        self.row("panics in any process", 0, panics);
        self.facts
            .push(("jobs done by workers without a database, as servers logged them", distant.to_string()));
    }

    /// Objects in the bucket, the rows that name them, and the photos and looks of users are the same set.
    async fn blobs(
        &mut self,
        places: &Where,
        servers: &Servers,
        people: &[Person],
        looks: &HashMap<String, Vec<String>>,
    ) -> Result<(), String> {
        let blobs = Blobs::S3 { bucket: drape_testing::BUCKET.to_owned(), prefix: places.name.clone() };
        let s3 = S3Options { endpoint: Some(servers.objects.url()), ..S3Options::default() };
        let of = Places {
            database: places.url().parse().map_err(|_| "an address of a database".to_owned())?,
            connections: 4,
            blobs: blobs.clone(),
            s3: s3.clone(),
        };
        let bucket = Bucket::open(&blobs, &s3).await.map_err(|e| e.to_string())?;
        let before = bucket.list().await.map_err(|e| e.to_string())?.len();
        let store = Store::open_at(&of, Limits::default()).await.map_err(|e| e.to_string())?;
        // Sweep as of some hours later: until then unreferenced objects stay, because a worker might still
        // write them.
        store.sweep(drape_store::now() + 6 * 3_600_000).await.map_err(|e| e.to_string())?;
        store.close().await;
        let mut database = connect(&places.url()).await?;
        let mut wanted = BTreeSet::new();
        for person in people {
            let photos: Vec<(String,)> = sqlx::query_as("SELECT id FROM photos WHERE user_id = ?")
                .bind(&person.id)
                .fetch_all(&mut database)
                .await
                .map_err(|e| e.to_string())?;
            let made = person.asked.iter().filter_map(|a| looks.get(&a.id)).flatten().cloned();
            for thing in photos.into_iter().map(|p| p.0).chain(made) {
                wanted.extend(["full", "view", "thumb"].map(|size| format!("{}/{thing}/{size}", person.id)));
            }
        }
        let size = "SELECT CAST(SUM(DATA_LENGTH + INDEX_LENGTH) AS SIGNED)
                    FROM information_schema.TABLES
                    WHERE TABLE_SCHEMA = DATABASE()";
        let size: (i64,) = sqlx::query_as(size).fetch_one(&mut database).await.map_err(|e| e.to_string())?;
        let jobs: i64 = people.iter().map(|p| p.asked.len() as i64).sum();
        self.facts.push(("kB of tables and indexes for each job", (size.0 / jobs.max(1) / 1024).to_string()));
        let rows: Vec<(String,)> = sqlx::query_as("SELECT blob_key FROM blobs")
            .fetch_all(&mut database)
            .await
            .map_err(|e| e.to_string())?;
        let _ = database.close().await;
        let rows: BTreeSet<String> = rows.into_iter().map(|r| r.0).collect();
        let objects: BTreeSet<String> =
            bucket.list().await.map_err(|e| e.to_string())?.into_iter().map(|o| o.0).collect();
        let differ = |a: &BTreeSet<String>, b: &BTreeSet<String>, why: &str| {
            a.difference(b).map(|key| format!("{key} {why}")).collect::<Vec<_>>()
        };
        self.row(
            "objects that belong to a photo or look",
            objects.len(),
            differ(&objects, &wanted, "belongs to no user"),
        );
        self.row("objects that users have", wanted.len(), differ(&wanted, &objects, "is missing"));
        let mut rest = differ(&rows, &objects, "has a row and no bytes");
        rest.extend(differ(&objects, &rows, "has bytes and no row"));
        self.row("rows and objects that refer to each other", rows.len(), rest);
        self.facts.push(("objects that the sweep deleted", before.saturating_sub(objects.len()).to_string()));
        Ok(())
    }
}

/// Whether the top left block of a picture has the colour.
fn shows(bytes: &[u8], colour: [u8; 3]) -> bool {
    let Ok(picture) = image::load_from_memory_with_format(bytes, ImageFormat::Png) else { return false };
    let pixels = picture.to_rgb8();
    (8..BLOCK - 8).flat_map(|y| (8..BLOCK - 8).map(move |x| (x, y))).all(|(x, y)| {
        pixels
            .get_pixel_checked(x, y)
            .is_some_and(|p| p.0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 16))
    })
}

/// A connection to one of this run's databases.
pub(crate) async fn connect(url: &str) -> Result<AnyConnection, String> {
    AnyConnection::connect(&format!("{url}?ssl-mode=DISABLED")).await.map_err(|e| e.to_string())
}

/// Whether no job waits or runs; false while the database does not answer.
pub(crate) async fn idle(places: &Where) -> bool {
    let ask = async {
        let mut database = connect(&places.url()).await.ok()?;
        let open = "SELECT COUNT(*) FROM jobs WHERE state IN ('queued', 'running')";
        let found: (i64,) = sqlx::query_as(open).fetch_one(&mut database).await.ok()?;
        let _ = database.close().await;
        Some(found.0)
    };
    tokio::time::timeout(Duration::from_secs(5), ask).await.ok().flatten() == Some(0)
}

/// Runs one statement on a database server.
pub(crate) async fn sql(server: &str, statement: String) -> Result<(), String> {
    let mut database = connect(&format!("{server}/mysql")).await?;
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut database).await.map_err(|e| e.to_string())?;
    let _ = database.close().await;
    Ok(())
}
