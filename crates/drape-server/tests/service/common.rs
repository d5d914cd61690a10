//! A whole server in the test's process: real store, real parser and real worker, on a free port, with a
//! temporary folder that is deleted when the test ends.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use drape_core::engine::{Engine, Generated, Progress, Request, Settings as Wanted};
use drape_core::report::Painted;
use drape_core::stylist::{Lexicon, Stylist};
use drape_retouch::Engine as Retouch;
use drape_server::{App, Settings};
use drape_store::{Limits, Store};
use drape_testing::Place;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The parser with its weights, loaded once for all tests of a file.
pub(crate) fn parser() -> Arc<Retouch> {
    static PARSER: OnceLock<Arc<Retouch>> = OnceLock::new();
    Arc::clone(PARSER.get_or_init(|| Arc::new(Retouch::load().expect("the weights are in the program"))))
}

/// A stand-in for an engine that paints: it takes some time, shows previews, and reports a likeness. Its
/// pictures are the photos.
pub(crate) struct Painter;

impl Engine for Painter {
    fn name(&self) -> &'static str {
        "photomaker"
    }

    fn generate(&self, request: Request<'_>, progress: &mut dyn FnMut(Progress) -> bool) -> Generated {
        let steps = request.settings.steps.or(Some(90));
        let settings = Wanted { steps, ..request.settings.clone() };
        let request = Request { settings: &settings, ..request };
        let mut drawn = drape_testing::Still.generate(request, progress)?;
        for drawn in &mut drawn {
            drawn.report.painted = Some(Painted { likeness: Some(0.834), ..Painted::default() });
        }
        Ok(drawn)
    }
}

/// How a test's server differs from the usual one.
pub(crate) struct Setup {
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
    pub(crate) workers: u32,
}

impl Default for Setup {
    fn default() -> Self {
        let mut settings = Settings { private_webhooks: true, ..Settings::default() };
        // All requests of a test come from one address, so raise its limits; the limits have their own tests.
        settings.rates.sign_ups = 1_000;
        settings.rates.logins = 1_000;
        Self { settings, limits: Limits { backoff: 50, ..Limits::default() }, workers: 1 }
    }
}

/// A running server.
pub(crate) struct Site {
    pub(crate) base: String,
    place: Option<Arc<Place>>,
    pub(crate) store: Store,
    pub(crate) client: Client,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    /// Most jobs that may be unfinished when the test ends.
    may_leave: AtomicU32,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        Self::at(Place::new().await, setup).await
    }

    /// Starts a server on a place that may hold data of an earlier server.
    pub(crate) async fn at(place: impl Into<Arc<Place>>, setup: Setup) -> Self {
        let place: Arc<Place> = place.into();
        // Fails only if another test of the process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = place.open(setup.limits).await;
        let (stop, stopping) = watch::channel(false);
        let app = App::new(store.clone(), parser(), setup.settings, stopping.clone()).await.expect("an app");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let mut tasks = Vec::new();
        tasks.push(tokio::spawn(async move {
            drape_server::serve(app, listener, stopping).await.expect("the server serves");
        }));
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(60))
            .build()
            .expect("a client");
        let mut site =
            Self { base, place: Some(place), store, client, stop, tasks, may_leave: AtomicU32::new(0) };
        (0..setup.workers).for_each(|_| site.hire());
        site
    }

    /// Starts one more worker with the retouching engine.
    pub(crate) fn hire(&mut self) {
        self.hire_with(parser());
    }

    /// Starts one more worker.
    pub(crate) fn hire_with(&mut self, engine: Arc<dyn Engine>) {
        self.hire_asking(engine, Arc::new(Lexicon));
    }

    /// Starts one more worker that has sentences read by this stylist.
    pub(crate) fn hire_asking(&mut self, engine: Arc<dyn Engine>, stylist: Arc<dyn Stylist>) {
        let options = drape_worker::Options {
            name: format!("test-{}", self.tasks.len()),
            lease: 5_000,
            batch: 1,
            poll: Duration::from_millis(50),
            stylist,
        };
        let work = drape_worker::work(self.store.clone(), engine, options, self.stop.subscribe());
        self.tasks.push(tokio::spawn(work));
    }

    /// Lets the test end with this many jobs that wait or run. A test that leaves more fails.
    pub(crate) fn may_leave(&self, jobs: u32) {
        self.may_leave.store(jobs, Ordering::Relaxed);
    }

    /// The folder of its files.
    pub(crate) fn folder(&self) -> &Path {
        self.place.as_ref().expect("it runs").folder()
    }

    /// Stops as a signal would, and returns its place for the next server.
    pub(crate) async fn stop(mut self) -> Arc<Place> {
        let _ = self.stop.send(true);
        for task in std::mem::take(&mut self.tasks) {
            task.await.expect("no task of the server panicked");
        }
        self.store.close().await;
        self.place.take().expect("it runs")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.client.request(method, url)
    }

    /// A connection on which a test sends arbitrary bytes.
    pub(crate) async fn connect(&self) -> TcpStream {
        let address = self.base.trim_start_matches("http://");
        TcpStream::connect(address).await.expect("the server accepts")
    }

    /// Sends bytes as they are, once or repeatedly, and returns the answer when the server closes.
    pub(crate) async fn raw(&self, head: &str, body: &[u8], endless: bool) -> Heard {
        let (mut read, mut write) = self.connect().await.into_split();
        let (head, body) = (head.as_bytes().to_vec(), body.to_vec());
        let writer = tokio::spawn(async move {
            let mut sent = 0;
            // A failed write means that the server wants no more.
            if write.write_all(&head).await.is_ok() {
                while write.write_all(&body).await.is_ok() {
                    sent += body.len();
                    if !endless {
                        break;
                    }
                }
            }
            (sent, write)
        });
        let mut bytes = Vec::new();
        let all = tokio::time::timeout(Duration::from_secs(20), read.read_to_end(&mut bytes)).await;
        // A reset after the answer also counts as the end.
        drop(all.expect("the server closes"));
        // Closing this side makes the remaining writes fail.
        drop(read);
        let (sent, _) = writer.await.expect("the writer ends");
        Heard { text: String::from_utf8_lossy(&bytes).into_owned(), sent }
    }

    /// A new guest.
    pub(crate) async fn guest(&self) -> User<'_> {
        let answer = self.request(Method::POST, "/api/v1/guests").send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        User { site: self, token: string(&json_of(answer).await, "token") }
    }

    /// A new account.
    pub(crate) async fn account(&self, email: &str) -> User<'_> {
        let form = json!({"email": email, "nickname": "tester", "password": "correct-1-horse"});
        let answer = self.request(Method::POST, "/api/v1/accounts").json(&form).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 201);
        User { site: self, token: string(&json_of(answer).await, "token") }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A stopped site leaves its jobs to the next one, and a failing test already has its own message.
        let checks = self.place.is_some() && !std::thread::panicking();
        let left = checks.then(|| unfinished(&self.store));
        let _ = self.stop.send(true);
        for task in &self.tasks {
            task.abort();
        }
        if let Some(left) = left {
            let most = self.may_leave.load(Ordering::Relaxed);
            assert!(left <= most, "the test leaves {left} jobs waiting or running; it may leave {most}");
        }
    }
}

/// Jobs that wait or run now.
fn unfinished(store: &Store) -> u32 {
    // The store caches its figures for a second; a later time makes it read new ones.
    let soon = drape_store::now() + 60_000;
    let figures =
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(store.queue(soon)));
    let figures = figures.expect("the database answers until the site is gone");
    figures.queued + figures.running
}

/// The answer of a server until it closed the connection.
pub(crate) struct Heard {
    pub(crate) text: String,
    /// Bytes of the body that it took.
    pub(crate) sent: usize,
}

impl Heard {
    pub(crate) fn status(&self) -> u16 {
        let status =
            self.text.strip_prefix("HTTP/1.1 ").and_then(|t| t.get(..3)).and_then(|t| t.parse().ok());
        status.unwrap_or_else(|| panic!("no answer: {:?}", self.text))
    }

    pub(crate) fn head(&self) -> &str {
        self.text.split("\r\n\r\n").next().unwrap_or_default()
    }

    pub(crate) fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.body()).unwrap_or_else(|e| panic!("{e}: {:?}", self.text))
    }
}

/// A user with a token.
pub(crate) struct User<'a> {
    pub(crate) site: &'a Site,
    pub(crate) token: String,
}

impl User<'_> {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.site.request(method, path).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.expect("an answer")
    }

    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.request(Method::DELETE, path).send().await.expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        self.request(Method::POST, path).json(&body).send().await.expect("an answer")
    }

    /// Uploads a file and returns the server's answer.
    pub(crate) async fn upload(&self, bytes: Vec<u8>) -> Response {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("me.jpg");
        let form = reqwest::multipart::Form::new().text("consent", "true").part("photo", part);
        let request = self.request(Method::POST, "/api/v1/photos").multipart(form);
        request.send().await.expect("an answer")
    }

    /// Uploads one of the examples and returns its id.
    pub(crate) async fn photo(&self, name: &str) -> String {
        let answer = self.upload(example(name)).await;
        assert_eq!(answer.status(), 201);
        string(&json_of(answer).await[0], "id")
    }

    /// Asks for looks and returns the job's id.
    pub(crate) async fn job(&self, sentence: &str, photo: &str, variations: u32) -> String {
        let body = json!({"sentence": sentence, "photos": [photo], "variations": variations});
        let answer = self.post("/api/v1/jobs", body).await;
        assert_eq!(answer.status(), 202);
        string(&json_of(answer).await, "id")
    }

    /// Waits until a job has ended and returns it. The stream of its events ends with it.
    pub(crate) async fn ended(&self, job: &str) -> Value {
        let events = self.get(&format!("/api/v1/jobs/{job}/events")).await;
        assert_eq!(events.status(), 200, "{job}");
        let end = tokio::time::timeout(Duration::from_secs(30), events.bytes()).await;
        end.unwrap_or_else(|_| panic!("job {job} did not end")).expect("events");
        let found = json_of(self.get(&format!("/api/v1/jobs/{job}")).await).await;
        assert!(!matches!(found["state"].as_str(), Some("queued" | "running")), "{found}");
        found
    }

    /// Makes a look of an example photo and returns its id.
    pub(crate) async fn look(&self, sentence: &str) -> String {
        let photo = self.photo("grace-hopper.jpg").await;
        let job = self.job(sentence, &photo, 1).await;
        let job = self.ended(&job).await;
        assert_eq!(job["state"], "done", "{job}");
        job["looks"][0].as_str().expect("a look").to_owned()
    }
}

pub(crate) async fn json_of(answer: Response) -> Value {
    answer.json().await.expect("JSON")
}

pub(crate) fn string(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is not in {value}")).to_owned()
}

pub(crate) fn example(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    std::fs::read(path).expect("an example photo")
}

/// Every file below a folder, with its bytes.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                // A file that disappears meanwhile counts as empty.
                let bytes = std::fs::read(&path).unwrap_or_default();
                found.push((path, bytes));
            }
        }
    }
    found
}

/// Whether some bytes contain others.
pub(crate) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}
