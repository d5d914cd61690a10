//! `drape serve` and `drape worker` as operators run them: processes, signals, settings.

mod running;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::running::{Folder, Process, User};

/// The body of a request for looks.
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
    // Only its user can read the data folder.
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

    // The job was given back, so it runs without waiting for the lease of thirty seconds to expire.
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

/// Peak memory of a process, bytes.
#[cfg(target_os = "linux")]
fn peak(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.child.id())).expect("its state");
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

/// The program's memory stays bounded, however much is sent and whatever it would unpack to.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_what_is_sent() {
    use reqwest::Method;
    use reqwest::multipart::{Form, Part};

    let folder = Folder::new("memory");
    let server =
        Process::start(&folder.0, &["serve", "--listen", "127.0.0.1:0", "--upload-room", "101"], &[]);
    let user = User::enter(server.base()).await;
    user.photo().await;
    let usual = peak(&server);

    // Bodies: 64 of a hundred megabytes each, where the limit is 128 kB or 20 MB.
    let bodies = (0..64).map(|k| {
        let many = much(100);
        let path = ["/api/v1/readings", "/api/login", "/sign-in", "/api/v1/photos"][k % 4];
        let kind = [
            "application/json",
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ][k % 4];
        user.request(Method::POST, path).header("content-type", kind).body(many).send()
    });
    for sent in bodies.map(tokio::spawn).collect::<Vec<_>>() {
        // Depending on timing, the client gets the answer or a broken connection.
        if let Ok(answer) = sent.await.expect("no panic") {
            assert!(answer.status().is_client_error(), "{}", answer.status());
        }
    }
    let after = peak(&server);
    assert!(after < usual + (200 << 20), "{} MB became {} MB", usual >> 20, after >> 20);

    // Pictures: eight of 49 megapixels at once, each in some hundred kilobytes.
    let white = image::RgbImage::from_pixel(7_000, 7_000, image::Rgb([250; 3]));
    let mut png = std::io::Cursor::new(Vec::new());
    white.write_to(&mut png, image::ImageFormat::Png).expect("a PNG");
    let png = png.into_inner();
    let pictures = (0..8).map(|_| {
        let form =
            Form::new().text("consent", "true").part("photo", Part::bytes(png.clone()).file_name("a.png"));
        tokio::spawn(user.request(Method::POST, "/api/v1/photos").multipart(form).send())
    });
    for sent in pictures.collect::<Vec<_>>() {
        let answer = sent.await.expect("no panic").expect("an answer");
        assert_eq!(answer.status(), 422);
    }
    let after = peak(&server);
    assert!(after < usual + (700 << 20), "{} MB became {} MB", usual >> 20, after >> 20);
    assert_eq!(server.stop(), Some(0));
}

/// A body of so many megabytes without a stated length.
#[cfg(target_os = "linux")]
fn much(megabytes: usize) -> reqwest::Body {
    let piece = vec![b'x'; 1 << 20];
    let pieces = (0..megabytes).map(move |_| Ok::<_, std::io::Error>(piece.clone()));
    reqwest::Body::wrap_stream(futures::stream::iter(pieces))
}
