//! `drape serve` and `drape worker` as operators run them: processes, signals, settings.

mod running;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::running::{Folder, Process, User};

/// What a test asks for.
fn wish(photo: &str, variations: u32) -> Value {
    json!({"sentence": "green tartan jacket", "photos": [photo], "variations": variations})
}

#[tokio::test]
async fn no_arguments_serve_and_settings_come_from_the_environment() {
    let folder = Folder::new("plain");
    let settings = [("DRAPE_LISTEN", "127.0.0.1:0"), ("DRAPE_LANG", "ko")];
    let server = Process::start(&folder.0, &[], &settings);
    let user = User::enter(server.base()).await;
    let photo = user.photo().await;
    let job = user.ask(&wish(&photo, 1)).await;
    assert_eq!(user.ended(&job).await, "done");
    // The data folder is its user's own.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.0.join("data")).expect("the folder").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn a_stop_gives_jobs_back_and_the_next_start_finishes_them() {
    let folder = Folder::new("stop");
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let server = Process::start(&folder.0, &args, &[]);
    let mut user = User::enter(server.base()).await;
    let photo = user.photo().await;
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(user.ask(&wish(&photo, 4)).await);
    }
    while user.state(&jobs[0]).await == "queued" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.stop(), Some(0));

    // Nobody has to wait for a lease of thirty seconds to run out: the job was given back.
    let server = Process::start(&folder.0, &args, &[]);
    user.base = server.base().to_owned();
    let start = Instant::now();
    for job in &jobs {
        assert_eq!(user.ended(job).await, "done");
        let job = user.get(job).await;
        assert_eq!(job["looks"].as_array().map(Vec::len), Some(4), "{job}");
    }
    assert!(start.elapsed() < Duration::from_secs(28), "{:?}", start.elapsed());
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn workers_of_their_own_and_metrics_apart() {
    let folder = Folder::new("apart");
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let metrics = free.to_string();
    let args = ["serve", "--listen", "127.0.0.1:0", "--workers", "0", "--metrics-listen", &metrics];
    let server = Process::start(&folder.0, &args, &[]);
    let user = User::enter(server.base()).await;
    let photo = user.photo().await;
    let job = user.ask(&wish(&photo, 1)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(user.state(&job).await, "queued");
    let worker = Process::start(&folder.0, &["worker"], &[]);
    assert_eq!(worker.said, "working");
    assert_eq!(user.ended(&job).await, "done");
    assert_eq!(worker.stop(), Some(0));

    // Requests are counted by route, not by address, and not on the site's own listener.
    let text = user.client.get(format!("http://{metrics}/metrics")).send().await.expect("an answer");
    let text = text.text().await.expect("text");
    assert!(text.contains("route=\"/api/v1/jobs/{id}\""), "{text}");
    assert!(text.contains("drape_queue_jobs{state=\"queued\"} 0"), "{text}");
    assert!(!text.contains(job.rsplit('/').next().expect("an id")), "no ids in metrics");
    let site = user.client.get(format!("{}/metrics", user.base)).send().await.expect("an answer");
    assert_eq!(site.status(), 404);
    assert_eq!(server.stop(), Some(0));
}
