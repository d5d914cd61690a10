//! People who use the service over HTTP: each has a photo with a block of their own colour, asks for looks,
//! follows their events, and repeats requests that are not answered.

use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::watch;

/// Reproducible random numbers (SplitMix64).
#[derive(Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `most`.
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most.max(1)
    }
}

/// State that all people share: client, addresses, counters.
pub(crate) struct Site {
    client: Client,
    bases: Vec<String>,
    /// Index of the process that gets the next request.
    turn: AtomicUsize,
    /// Requested jobs.
    pub(crate) asked: AtomicUsize,
    /// Jobs whose owner received their end.
    pub(crate) ended: AtomicUsize,
    /// Requests sent again because there was no answer or it was a 5xx.
    pub(crate) again: AtomicUsize,
    /// Event streams that were resumed.
    pub(crate) resumed: AtomicUsize,
    /// Answers that no user should get.
    pub(crate) odd: Mutex<Vec<String>>,
    /// Turns true when people should stop following events.
    pub(crate) over: watch::Sender<bool>,
}

/// How long a request is repeated before it counts as never answered.
const PATIENCE: Duration = Duration::from_secs(180);
/// Side of the block of colour in a photo's corner, pixels.
pub(crate) const BLOCK: u32 = 48;

impl Site {
    pub(crate) fn new(bases: Vec<String>) -> Result<Self, String> {
        let client = Client::builder().no_proxy().connect_timeout(Duration::from_secs(5)).build();
        Ok(Self {
            client: client.map_err(|e| e.to_string())?,
            bases,
            turn: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            again: AtomicUsize::new(0),
            resumed: AtomicUsize::new(0),
            odd: Mutex::new(Vec::new()),
            over: watch::Sender::new(false),
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// An address at the next of the processes.
    pub(crate) fn url(&self, path: &str) -> String {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        format!("{}{path}", self.bases[turn % self.bases.len()])
    }

    /// Remembers an answer that no user should get.
    pub(crate) fn note(&self, what: String) {
        if let Ok(mut odd) = self.odd.lock() {
            odd.push(what);
        }
    }

    /// Sends a request until it is answered completely, with a status below 500.
    pub(crate) async fn ask(
        &self,
        what: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<(u16, Vec<u8>), String> {
        let start = tokio::time::Instant::now();
        let mut why = String::new();
        while start.elapsed() < PATIENCE {
            match request().timeout(Duration::from_secs(30)).send().await {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    match answer.bytes().await {
                        // The database or the bucket is down.
                        Ok(_) if status == 503 => why = "503".to_owned(),
                        Ok(bytes) => {
                            if status >= 500 {
                                self.note(format!("{what}: {status}"));
                                why = status.to_string();
                            } else {
                                return Ok((status, bytes.to_vec()));
                            }
                        }
                        Err(e) => why = e.to_string(),
                    }
                }
                Err(e) => why = e.to_string(),
            }
            self.again.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(format!("{what}: no answer in {} s ({why})", PATIENCE.as_secs()))
    }

    /// [`Site::ask`] for an answer in JSON with an expected status.
    pub(crate) async fn json(
        &self,
        what: &str,
        wanted: u16,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Value, String> {
        let (status, bytes) = self.ask(what, request).await?;
        if status != wanted {
            return Err(format!("{what}: {status} {}", String::from_utf8_lossy(&bytes)));
        }
        serde_json::from_slice(&bytes).map_err(|e| format!("{what}: {e}"))
    }
}

/// A job that a person asked for.
pub(crate) struct Asked {
    pub(crate) id: String,
    pub(crate) variations: u64,
    pub(crate) seed: u64,
    /// Whether the person cancelled the job, perhaps too late.
    pub(crate) called_off: bool,
}

/// One person, and everything they received.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) colour: Rgb<u8>,
    number: u16,
    photo: String,
    pub(crate) asked: Vec<Asked>,
    /// Events in the order of arrival.
    pub(crate) told: Vec<(i64, Value)>,
    /// Everything that went wrong for this person.
    pub(crate) wrong: Vec<String>,
}

/// The person's colour, far from every other person's: five levels per channel.
fn colour(number: u16) -> Rgb<u8> {
    let level = |n: u16| [16, 72, 128, 184, 240][usize::from(n % 5)];
    Rgb([level(number), level(number / 5), level(number / 25)])
}

/// A small example with a block of the person's colour in the corner, as PNG.
fn photo(colour: Rgb<u8>) -> Result<Vec<u8>, String> {
    let example = image::open("examples/grace-hopper.jpg").map_err(|e| format!("examples: {e}"))?;
    let mut pixels: RgbImage = example.thumbnail(240, 320).to_rgb8();
    for y in 0..BLOCK {
        for x in 0..BLOCK {
            pixels.put_pixel(x, y, colour);
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png).map_err(|e| e.to_string())?;
    Ok(bytes.into_inner())
}

impl Person {
    /// Enters as a guest and uploads a photo.
    pub(crate) async fn enter(site: &Site, number: u16, chance: &mut Chance) -> Result<Self, String> {
        let entered = site.json("a guest", 201, || site.client.post(site.url("/api/v1/guests"))).await?;
        let text = |v: &Value| v.as_str().map(str::to_owned).ok_or("an answer without what it is for");
        let (token, id) = (text(&entered["token"])?, text(&entered["account"]["id"])?);
        let colour = colour(number);
        let mut person = Self {
            id,
            token,
            colour,
            number,
            photo: String::new(),
            asked: Vec::new(),
            told: Vec::new(),
            wrong: Vec::new(),
        };
        person.photo = person.upload(site).await?;
        // Spread out, so that people do not act in step.
        tokio::time::sleep(Duration::from_millis(chance.below(20))).await;
        Ok(person)
    }

    async fn upload(&self, site: &Site) -> Result<String, String> {
        let bytes = photo(self.colour)?;
        let upload = || {
            let part = reqwest::multipart::Part::bytes(bytes.clone()).file_name("a.png");
            let form = reqwest::multipart::Form::new().text("consent", "true").part("photo", part);
            site.client.post(site.url("/api/v1/photos")).bearer_auth(&self.token).multipart(form)
        };
        let photos = site.json("a photo", 201, upload).await?;
        photos[0]["id"].as_str().map(str::to_owned).ok_or_else(|| format!("a photo without an id: {photos}"))
    }

    /// Asks for looks during `window`, and follows their events until the end of the run.
    pub(crate) async fn live(
        mut self,
        site: Arc<Site>,
        jobs: usize,
        window: Duration,
        mut chance: Chance,
    ) -> Self {
        let follower = tokio::spawn(follow(Arc::clone(&site), self.token.clone()));
        let start = tokio::time::Instant::now();
        let slot = window / u32::try_from(jobs.max(1)).unwrap_or(1);
        for k in 0..jobs {
            let jitter = u64::try_from(slot.as_millis()).unwrap_or(0);
            let due =
                start + slot * u32::try_from(k).unwrap_or(0) + Duration::from_millis(chance.below(jitter));
            tokio::time::sleep_until(due).await;
            // Change to another photo halfway.
            if k == jobs / 2 {
                match self.upload(&site).await {
                    Ok(id) => self.photo = id,
                    Err(why) => self.wrong.push(why),
                }
            }
            if let Err(why) = self.ask(&site, k, &mut chance).await {
                self.wrong.push(why);
            }
            site.asked.fetch_add(1, Ordering::Relaxed);
        }
        match follower.await {
            Ok(told) => self.told = told,
            Err(e) => self.wrong.push(format!("following events: {e}")),
        }
        self
    }

    /// A request to the simulated engine, which returns the photo after this many steps of 20 ms.
    pub(crate) fn wish(&self, variations: u64, seed: u64, steps: u32) -> Value {
        json!({
            "sentence": "green tartan jacket", "photos": [self.photo], "variations": variations, "seed": seed,
            "settings": {"steps": steps},
        })
    }

    async fn ask(&mut self, site: &Site, k: usize, chance: &mut Chance) -> Result<(), String> {
        let variations = 1 + chance.below(2);
        let seed = u64::from(self.number) * 100_000 + k as u64 * 10;
        // A job that will be cancelled takes long enough to be cancelled while it runs.
        let called_off = chance.below(40) == 0;
        let steps = if called_off { 100 } else { 1 + chance.below(12) as u32 };
        let wish = self.wish(variations, seed, steps);
        let key = format!("{}-{k}", self.number);
        let post = || {
            let post = site.client.post(site.url("/api/v1/jobs")).bearer_auth(&self.token);
            post.header("Idempotency-Key", &key).json(&wish)
        };
        let job = site.json("a job", 202, post).await?;
        let id = job["id"].as_str().ok_or("a job without an id")?.to_owned();
        if called_off {
            tokio::time::sleep(Duration::from_millis(chance.below(400))).await;
            // Once only: a second DELETE would remove the cancelled job itself.
            let delete = site.client.delete(site.url(&format!("/api/v1/jobs/{id}"))).bearer_auth(&self.token);
            let _ = delete.timeout(Duration::from_secs(20)).send().await;
        }
        self.asked.push(Asked { id, variations, seed, called_off });
        Ok(())
    }
}

/// Follows a person's events from the first one, switching to another process whenever one ends.
async fn follow(site: Arc<Site>, token: String) -> Vec<(i64, Value)> {
    let mut told: Vec<(i64, Value)> = Vec::new();
    let mut over = site.over.subscribe();
    while !*over.borrow() {
        let last = told.last().map_or(0, |t| t.0);
        let stream = site.client.get(site.url("/api/v1/events")).bearer_auth(&token);
        let sent = stream.header("Last-Event-ID", last.to_string()).send();
        let answer = tokio::select! {
            answer = sent => answer,
            _ = over.changed() => break,
        };
        if let Ok(mut answer) = answer
            && answer.status().as_u16() == 200
        {
            let mut bytes = Vec::new();
            loop {
                let chunk = tokio::select! {
                    // A healthy process sends a comment every 15 s.
                    chunk = tokio::time::timeout(Duration::from_secs(25), answer.chunk()) => chunk,
                    _ = over.changed() => break,
                };
                let Ok(Ok(Some(chunk))) = chunk else { break };
                bytes.extend_from_slice(&chunk);
                while let Some(end) = bytes.windows(2).position(|w| w == b"\n\n") {
                    let event: Vec<u8> = bytes.drain(..end + 2).collect();
                    if let Some(event) = read(&String::from_utf8_lossy(&event)) {
                        if ends(&event.1) {
                            site.ended.fetch_add(1, Ordering::Relaxed);
                        }
                        told.push(event);
                    }
                }
            }
        }
        if !*over.borrow() {
            site.resumed.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    told
}

fn read(event: &str) -> Option<(i64, Value)> {
    let field = |name: &str| event.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
    Some((field("id:")?.parse().ok()?, serde_json::from_str(field("data:")?).ok()?))
}

/// Whether an event says that a job has ended.
pub(crate) fn ends(event: &Value) -> bool {
    event["state"].as_str().is_some_and(|s| s != "queued" && s != "running")
}
