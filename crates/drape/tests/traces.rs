//! One job, two processes: their logs and metrics, as operators see them.

mod running;

use std::fs::File;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use self::running::{Folder, Process, User};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SENTENCE: &str = "green tartan jacket";

fn free_port() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    free.expect("a free port").to_string()
}

/// Asks for a look within a trace and returns the job's address.
async fn ask(user: &User) -> String {
    let wish = json!({"sentence": SENTENCE, "photos": [user.photo().await]});
    let asked = user.request(Method::POST, "/api/v1/jobs").json(&wish);
    let answer = asked.header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01")).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-request-id"]),
        (202, &TRACE.parse().expect("text"))
    );
    answer.headers()["location"].to_str().expect("an address").to_owned()
}

/// The lines of a log, after checking that they contain nothing about a person.
fn lines(log: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(log).expect("a log");
    assert!(!text.contains("tartan"), "a sentence is in {text}");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// A field of a line, or of one of its spans.
fn field<'a>(line: &'a Value, name: &str) -> Option<&'a Value> {
    let spans = line["spans"].as_array().into_iter().flatten();
    std::iter::once(&line["fields"]).chain(spans).find_map(|of| of.get(name))
}

/// The lines about a job; all name one trace.
fn of_job<'a>(log: &'a [Value], job: &str) -> Vec<&'a Value> {
    let of_job: Vec<&Value> = log.iter().filter(|l| field(l, "job") == Some(&json!(job))).collect();
    for line in &of_job {
        assert_eq!(field(line, "trace_id"), field(of_job[0], "trace_id"), "{line}");
        assert!(field(line, "trace_id").is_some(), "{line}");
    }
    of_job
}

async fn metrics(user: &User, address: &str) -> String {
    let answer = user.client.get(format!("http://{address}/metrics")).send().await.expect("an answer");
    answer.text().await.expect("text")
}

#[tokio::test]
async fn one_trace_is_in_the_logs_of_both_processes() {
    let folder = Folder::new("traces");
    let log = |name: &str| File::create(folder.0.join(name)).expect("a file");
    let (front, back) = (free_port(), free_port());
    let args = ["serve", "--listen", "127.0.0.1:0", "--workers", "0", "--metrics-listen", &front];
    let json = [("DRAPE_LOG_FORMAT", "json"), ("DRAPE_ENGINE", "still")];
    let server = Process::start_with(&folder.0, &args, &json, log("server"));
    let worker = Process::start_with(&folder.0, &["worker", "--metrics-listen", &back], &json, log("worker"));
    let user = User::enter(server.base()).await;
    let job = ask(&user).await;
    assert_eq!(user.ended(&job).await, "done");

    // Both processes report the figures of the database, and each its own work, in buckets that fit.
    let (front, back) = (metrics(&user, &front).await, metrics(&user, &back).await);
    for said in [&front, &back] {
        assert!(said.contains("drape_queue_jobs{state=\"queued\"} 0"), "{said}");
        assert!(said.contains("drape_workers 1"), "{said}");
        assert!(said.contains("drape_blobs_files") && said.contains("drape_database_connections"), "{said}");
    }
    assert!(
        front.contains("drape_http_request_seconds_bucket{route=\"/api/v1/jobs\",le=\"60\"} 1"),
        "{front}"
    );
    for line in [
        "drape_jobs_ended_total{state=\"done\",reason=\"\"} 1",
        "drape_job_run_seconds_bucket{engine=\"still\",le=\"0.05\"}",
        "drape_job_run_seconds_bucket{engine=\"still\",le=\"3600\"} 1",
        "drape_queue_wait_seconds_bucket{engine=\"still\",le=\"0.01\"}",
        "drape_queue_wait_seconds_bucket{engine=\"still\",le=\"86400\"} 1",
        "drape_engine_batch_jobs_bucket{engine=\"still\",le=\"1\"} 1",
    ] {
        assert!(back.contains(line), "{line} in {back}");
    }
    assert_eq!((worker.stop(), server.stop()), (Some(0), Some(0)));

    let job = job.rsplit('/').next().expect("an id");
    let log = lines(&folder.0.join("server"));
    let asked = of_job(&log, job);
    assert!(asked.iter().any(|l| l["fields"]["message"] == "queued"), "{asked:?}");
    assert!(asked.iter().all(|l| field(l, "route") == Some(&json!("/api/v1/jobs"))), "{asked:?}");
    let log = lines(&folder.0.join("worker"));
    let made = of_job(&log, job);
    assert!(made.iter().any(|l| l["fields"]["state"] == "done"), "{made:?}");
    assert!(made.iter().all(|l| field(l, "attempt") == Some(&json!(1))), "{made:?}");
    assert_eq!([asked[0], made[0]].map(|l| field(l, "trace_id")), [Some(&json!(TRACE)); 2]);
    // The attempt has its own span, below the request's.
    assert_eq!(field(made[0], "parent_id"), field(asked[0], "span_id"));
    assert_ne!(field(made[0], "span_id"), field(asked[0], "span_id"));
}

#[tokio::test]
async fn a_filter_that_lets_little_through_keeps_the_trace() {
    let folder = Folder::new("quiet");
    let path = folder.0.join("log");
    let log = File::create(&path).expect("a file");
    let json = [("DRAPE_LOG_FORMAT", "json"), ("DRAPE_ENGINE", "still")];
    let server = Process::start(&folder.0, &["serve", "--listen", "127.0.0.1:0", "--workers", "0"], &json);
    let user = User::enter(server.base()).await;
    let photo = user.photo().await;
    // The photo's bytes are damaged: the attempts fail, and the log says so.
    for entry in walk(&folder.0.join("data/blobs")) {
        if entry.to_string_lossy().contains(&photo) {
            std::fs::write(entry, b"lost").expect("a file");
        }
    }
    let worker = Process::start_with(&folder.0, &["worker", "--log", "warn"], &json, log);
    let job = user.ask(&json!({"sentence": SENTENCE, "photos": [photo]})).await;
    assert_eq!(user.ended(&job).await, "failed");
    assert_eq!((worker.stop(), server.stop()), (Some(0), Some(0)));
    let log = lines(&path);
    let failed = of_job(&log, job.rsplit('/').next().expect("an id"));
    let attempts: Vec<&Value> = failed.iter().filter_map(|l| field(l, "attempt")).collect();
    assert_eq!(attempts, [&json!(1), &json!(2), &json!(3)], "{failed:?}");
    assert!(failed.iter().all(|l| l["fields"]["message"] == "attempt failed"), "{failed:?}");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

/// Uses an SQS-compatible queue if the environment names one (`cargo xtask servers`).
#[tokio::test]
async fn a_detached_worker_goes_on_with_the_trace() {
    let Ok(endpoint) = std::env::var(drape_testing::SQS) else { return };
    let folder = Folder::new("detached");
    let path = |name: &str| folder.0.join(name);
    let queue = format!("sqs://traces-{}", std::process::id());
    let blobs = path("data/blobs");
    let back = free_port();
    let settings = [
        ("DRAPE_LOG_FORMAT", "json"),
        ("DRAPE_QUEUE", &*queue),
        ("DRAPE_QUEUE_ENDPOINT", &*endpoint),
        ("DRAPE_BLOBS", blobs.to_str().expect("UTF-8")),
        ("DRAPE_ENGINE", "still"),
    ];
    let log = |name: &str| File::create(path(name)).expect("a file");
    let args = ["serve", "--listen", "127.0.0.1:0", "--workers", "0", "--hand-over", "still"];
    let server = Process::start_with(&folder.0, &args, &settings, log("server"));
    let args = ["worker", "--detached", "--metrics-listen", &back];
    let worker = Process::start_with(&folder.0, &args, &settings, log("worker"));
    let user = User::enter(server.base()).await;
    let job = ask(&user).await;
    assert_eq!(user.ended(&job).await, "done");
    let back = metrics(&user, &back).await;
    assert!(back.contains("drape_job_run_seconds_bucket{engine=\"still\",le=\"3600\"} 1"), "{back}");
    // The detached worker has no database to report on.
    assert!(!back.contains("drape_queue_jobs"), "{back}");
    assert_eq!((worker.stop(), server.stop()), (Some(0), Some(0)));

    let job = job.rsplit('/').next().expect("an id");
    let (front, back) = (lines(&path("server")), lines(&path("worker")));
    let (front, back) = (of_job(&front, job), of_job(&back, job));
    let with = |lines: &[&Value], message: &str| {
        let line = lines.iter().find(|l| l["fields"]["message"] == message);
        (*line.unwrap_or_else(|| panic!("{message} in {lines:?}"))).clone()
    };
    let (asked, sent) = (with(&front, "queued"), with(&front, "handed over"));
    let (made, told) = (with(&back, "answered"), with(&front, "job of a detached worker"));
    for (after, before) in [(&sent, &asked), (&made, &sent), (&told, &made)] {
        assert_eq!(field(after, "parent_id"), field(before, "span_id"), "{after} after {before}");
    }
    for line in [&sent, &made, &told] {
        assert_eq!(field(line, "attempt"), Some(&json!(1)), "{line}");
    }
}
