//! Nothing is lost, doubled or mixed up when the process is killed at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::{Folder, Process};

const USERS: usize = 20;
const JOBS_EACH: usize = 10;
const KILLS: usize = 12;

/// Somebody whose photos and looks are known by the colour of a corner.
struct Person {
    token: String,
    photo: String,
    colour: [u8; 3],
}

/// The server's address; another one after every start.
type Base = Arc<RwLock<String>>;

/// Asks until the server answers: it is away now and then, and an answer may be lost.
async fn ask(
    client: &Client,
    base: &Base,
    make: impl Fn(&Client, &str) -> reqwest::RequestBuilder,
) -> (StatusCode, Vec<u8>) {
    loop {
        let address = base.read().await.clone();
        if let Ok(answer) = make(client, &address).timeout(Duration::from_secs(10)).send().await {
            let status = answer.status();
            if let Ok(bytes) = answer.bytes().await
                && !status.is_server_error()
            {
                return (status, bytes.to_vec());
            }
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(bytes)))
}

/// The example photo with a corner of one colour.
fn marked(colour: [u8; 3]) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
    let mut photo = image::open(path).expect("an example").thumbnail(320, 320).to_rgb8();
    let w = photo.width();
    for (x, y) in (0..24).flat_map(|x| (0..24).map(move |y| (x, y))) {
        photo.put_pixel(w - 1 - x, y, image::Rgb(colour));
    }
    let mut bytes = Cursor::new(Vec::new());
    photo.write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

/// Whether the corner of a picture has a colour, as near as JPEG keeps it.
fn is_marked(bytes: &[u8], colour: [u8; 3]) -> bool {
    let picture = image::load_from_memory(bytes).expect("a picture").to_rgb8();
    let pixel = picture.get_pixel(picture.width() - 12, 12).0;
    pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 14)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_jobs_survive_being_killed_twelve_times() {
    let folder = Folder::new("kill");
    let args = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--engine",
        "still",
        "--lease-seconds",
        "1",
        "--rate-jobs",
        "100000",
        "--rate-sign-ups",
        "100000",
        "--rate-uploads",
        "100000",
        "--jobs-per-user",
        "100",
    ];
    let mut server = Process::start(&folder.0, &args, &[]);
    let base: Base = Arc::new(RwLock::new(server.base().to_owned()));
    // Fails only when another test of the process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build().expect("a client");

    let mut people = Vec::new();
    for k in 0..USERS {
        let (_, entered) = ask(&client, &base, |c, b| c.post(format!("{b}/api/v1/guests"))).await;
        let token = json_of(&entered)["token"].as_str().expect("a token").to_owned();
        let colour = [(k % 5 * 60) as u8, (k / 5 % 4 * 80) as u8, 128];
        let photo = marked(colour);
        let upload = |c: &Client, b: &str| {
            let part = reqwest::multipart::Part::bytes(photo.clone()).file_name("a.png");
            let form = reqwest::multipart::Form::new().text("consent", "true").part("photo", part);
            c.post(format!("{b}/api/v1/photos")).bearer_auth(&token).multipart(form)
        };
        let (status, answer) = ask(&client, &base, upload).await;
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&answer));
        let photo = json_of(&answer)[0]["id"].as_str().expect("an id").to_owned();
        people.push(Person { token, photo, colour });
    }
    let people = Arc::new(people);

    // Everybody posts, again and again until it is answered, while the server is killed and started.
    let posting: Vec<_> = (0..USERS)
        .map(|k| {
            let (client, base, people) = (client.clone(), Arc::clone(&base), Arc::clone(&people));
            tokio::spawn(async move {
                let person = &people[k];
                let mut jobs = BTreeMap::new();
                for n in 0..JOBS_EACH {
                    let looks = 1 + n % 2;
                    let wish = json!({"sentence": "red knit", "photos": [person.photo], "variations": looks});
                    let post = |c: &Client, b: &str| {
                        c.post(format!("{b}/api/v1/jobs"))
                            .bearer_auth(&person.token)
                            .header("idempotency-key", format!("job-{n}"))
                            .json(&wish)
                    };
                    let (status, answer) = ask(&client, &base, post).await;
                    assert_eq!(status, 202, "{}", String::from_utf8_lossy(&answer));
                    jobs.insert(json_of(&answer)["id"].as_str().expect("an id").to_owned(), looks);
                    tokio::time::sleep(Duration::from_millis(60)).await;
                }
                jobs
            })
        })
        .collect();
    // A fixed sequence of pauses; what happens in them is chance enough.
    let mut chance: u64 = 0x5eed;
    for _ in 0..KILLS {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(80 + (chance >> 33) % 500)).await;
        drop(server);
        server = tokio::task::block_in_place(|| Process::start(&folder.0, &args, &[]));
        *base.write().await = server.base().to_owned();
    }
    let mut asked = Vec::new();
    for task in posting {
        asked.push(task.await.expect("everybody posts"));
    }

    let get = |person: usize, path: String| {
        let (client, base, people) = (client.clone(), Arc::clone(&base), Arc::clone(&people));
        async move {
            let token = &people[person].token;
            ask(&client, &base, |c, b| c.request(Method::GET, format!("{b}{path}")).bearer_auth(token)).await
        }
    };
    // Every job is done once, with its own looks of its own person.
    let mut looks_in_all = 0;
    for (k, jobs) in asked.iter().enumerate() {
        assert_eq!(jobs.len(), JOBS_EACH, "keys that were repeated made no second job");
        for (id, &number) in jobs {
            let mut job = Value::Null;
            for _ in 0..600 {
                job = json_of(&get(k, format!("/api/v1/jobs/{id}")).await.1);
                if !matches!(job["state"].as_str(), Some("queued" | "running")) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(job["state"], "done", "{job}");
            let looks = job["looks"].as_array().expect("looks");
            assert_eq!(looks.len(), number, "{job}");
            for look in looks {
                let path = format!("/api/v1/looks/{}/picture", look.as_str().expect("an id"));
                let (status, picture) = get(k, path.clone()).await;
                assert_eq!(status, 200);
                assert!(is_marked(&picture, people[k].colour), "a look of somebody else");
                assert_eq!(get((k + 1) % USERS, path).await.0, 404);
                looks_in_all += 1;
            }
        }
        let listed = json_of(&get(k, "/api/v1/jobs?limit=100".to_owned()).await.1);
        assert_eq!(listed.as_array().map(Vec::len), Some(JOBS_EACH));
    }
    drop(server);

    // The streams have no gap and tell of every end once; no file is without its row.
    let store = drape_store::Store::open(&folder.0.join("data"), drape_store::Limits::default()).await;
    let store = store.expect("the store opens");
    for (k, jobs) in asked.iter().enumerate() {
        let user = store.session(&hash(&people[k].token), drape_store::now()).await.expect("an answer");
        let user = user.expect("a session").user.id;
        let mut events = Vec::new();
        loop {
            let seen = events.last().map_or(0, |e: &drape_store::Event| e.revision);
            let more = store.events_after(user, seen).await.expect("events");
            if more.is_empty() {
                break;
            }
            events.extend(more);
        }
        let numbers: Vec<i64> = events.iter().map(|e| e.revision).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
        let done = events.iter().filter(|e| e.data.contains("\"state\":\"done\""));
        let ended: Vec<String> = done.map(|e| e.job.to_string()).collect();
        assert_eq!(ended.len(), jobs.len());
        assert_eq!(ended.into_iter().collect::<BTreeSet<_>>(), jobs.keys().cloned().collect());
    }
    store.sweep(drape_store::now() + 2 * 3_600_000).await.expect("a sweep");
    let keys = store.blob_keys().await.expect("keys");
    assert_eq!(
        keys.len(),
        3 * (USERS + looks_in_all),
        "three sizes of every photo and look, and nothing else"
    );
    store.close().await;
}

/// As the server remembers tokens.
fn hash(token: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(token.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}
