//! No address from a user is ever fetched, except webhooks, which must be outside. A local listener would
//! notice; each test first shows that it does.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use drape_core::id::UserId;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::common::{Setup, Site, User, json_of, string};

/// Counts connections, and gives each the same answer.
struct Trap {
    port: u16,
    visits: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Trap {
    async fn set(answer: String) -> Self {
        // Listen on every address of this machine.
        let listener = TcpListener::bind("0.0.0.0:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut request = [0; 8192];
                    let _ = stream.read(&mut request).await;
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { port, visits, task }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const FINE: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

/// A site without workers; a job there ends when it is cancelled.
async fn site(private: bool) -> Site {
    let mut setup = Setup { workers: 0, ..Setup::default() };
    setup.settings.private_webhooks = private;
    Site::with(setup).await
}

async fn end_a_job(user: &User<'_>, photo: &str) {
    let job = user.job("white knit", photo, 1).await;
    assert_eq!(user.delete(&format!("/api/v1/jobs/{job}")).await.status(), 200);
}

/// Waits until every webhook of the user was tried, and returns their states.
async fn tried(user: &User<'_>) -> Vec<Value> {
    let start = Instant::now();
    loop {
        let mut all = Vec::new();
        for hook in json_of(user.get("/api/v1/webhooks").await).await.as_array().expect("a list") {
            let path = format!("/api/v1/webhooks/{}/deliveries", string(hook, "id"));
            all.push(json_of(user.get(&path).await).await[0].clone());
        }
        // A failed delivery has made an attempt, and waits for the next.
        let settled = |d: &Value| {
            let attempts = d["attempt"].as_u64().unwrap_or(0);
            attempts > 0 && (d["state"] != "pending" || d["status"].is_null())
        };
        if !all.is_empty() && all.iter().all(settled) {
            return all;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{all:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn me(user: &User<'_>) -> UserId {
    string(&json_of(user.get("/api/v1/account").await).await, "id").parse().expect("an id")
}

/// Names, other than `localhost`, that resolve to this machine.
async fn own_names() -> Vec<String> {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let mut names = Vec::new();
    for name in [kernel.trim(), "ip6-localhost", "ip6-loopback"] {
        let found = tokio::net::lookup_host((name, 9)).await.map(Iterator::collect::<Vec<_>>);
        if !name.is_empty() && found.is_ok_and(|f| f.iter().any(|a: &SocketAddr| own(a.ip()))) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Whether a listener on every IPv4 address receives connections to this address.
fn own(address: IpAddr) -> bool {
    std::net::UdpSocket::bind((address, 0)).is_ok() && address.is_ipv4()
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_do_not_reach_the_servers_own_network() {
    let trap = Trap::set(FINE.to_owned()).await;
    let port = trap.port;
    let names = own_names().await;

    // If the operator allows it, webhooks reach the trap, by number and by each name.
    let open = site(true).await;
    let user = open.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let hosts: Vec<&str> =
        ["127.0.0.1", "localhost"].into_iter().chain(names.iter().map(String::as_str)).collect();
    for host in &hosts {
        let hook = user.post("/api/v1/webhooks", json!({"url": format!("http://{host}:{port}/")})).await;
        assert_eq!(hook.status(), 201, "{host}");
    }
    end_a_job(&user, &photo).await;
    tried(&user).await;
    let start = Instant::now();
    while trap.visits() < hosts.len() {
        assert!(start.elapsed() < Duration::from_secs(10), "{} of {hosts:?} came", trap.visits());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(open);
    let before = trap.visits();

    // On other servers such an address is refused ...
    let shut = site(false).await;
    let user = shut.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let inside = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "drape.localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "127.0.0.1.",
        "１２７.0.0.1",
        "127。0。0。1",
        "user@127.0.0.1",
        "example.com@127.0.0.1",
        "127.0.0.1%2f",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fd00::1]",
        "[fe80::1]",
        "[ff02::1]",
        "224.0.0.1",
        "255.255.255.255",
    ];
    for host in inside {
        for scheme in ["https", "http"] {
            let url = format!("{scheme}://{host}:{port}/");
            let refused = user.post("/api/v1/webhooks", json!({"url": url})).await;
            assert_eq!(refused.status(), 422, "{url}");
            assert_eq!(json_of(refused).await["field"], "url", "{url}");
        }
    }
    for url in [
        "",
        "/",
        "//127.0.0.1/",
        "https:",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://example.com/",
        "javascript:alert(1)",
        "https://user:word@example.com/",
        "http://example.com/",
        "data:text/plain,x",
    ] {
        assert_eq!(user.post("/api/v1/webhooks", json!({"url": url})).await.status(), 422, "{url}");
    }
    // ... and one that is stored nevertheless, because it is older or its name now resolves elsewhere, is not
    // called, neither by number nor by name.
    let mut users = vec![user];
    let numbers = ["127.0.0.1", "localhost", "localhost.", "[::ffff:127.0.0.1]", "2130706433", "0177.0.0.1"];
    for (k, host) in numbers.iter().copied().chain(names.iter().map(String::as_str)).enumerate() {
        if k / 5 == users.len() {
            users.push(shut.guest().await);
        }
        let id = me(&users[k / 5]).await;
        let url = format!("https://{host}:{port}/");
        shut.store.add_webhook(id, &url, "whsec_c2VjcmV0", drape_store::now()).await.expect("a webhook");
    }
    for (k, user) in users.iter().enumerate() {
        let photo = if k == 0 { photo.clone() } else { user.photo("grace-hopper.jpg").await };
        end_a_job(user, &photo).await;
        for delivery in tried(user).await {
            assert!(delivery["status"].is_null() && delivery["state"] != "delivered", "{delivery}");
        }
    }
    assert_eq!(trap.visits(), before, "somebody was called");
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_follow_nobody() {
    let trap = Trap::set(FINE.to_owned()).await;
    let site = site(true).await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let mut guides = Vec::new();
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:{}/\r\nConnection: close\r\n\
             Content-Length: 0\r\n\r\n",
            trap.port
        );
        let guide = Trap::set(answer).await;
        let url = format!("http://127.0.0.1:{}/", guide.port);
        assert_eq!(user.post("/api/v1/webhooks", json!({"url": url})).await.status(), 201);
        guides.push(guide);
    }
    end_a_job(&user, &photo).await;
    let start = Instant::now();
    while guides.iter().any(|g| g.visits() == 0) {
        assert!(start.elapsed() < Duration::from_secs(10), "a guide was not asked");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(trap.visits(), 0, "a redirect was followed");
    let ends = json_of(user.get("/api/v1/webhooks").await).await;
    for hook in ends.as_array().expect("a list") {
        let path = format!("/api/v1/webhooks/{}/deliveries", string(hook, "id"));
        let delivery = json_of(user.get(&path).await).await[0].clone();
        assert!(delivery["status"].as_u64().is_some_and(|s| s / 100 == 3), "{delivery}");
        assert_ne!(delivery["state"], "delivered", "{delivery}");
    }
}

/// Addresses in place of pictures are treated as text.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_pictures_are_not_fetched() {
    let trap = Trap::set(FINE.to_owned()).await;
    let there = format!("127.0.0.1:{}", trap.port);
    // The listener notices a request.
    let site = Site::start().await;
    let asked = site.client.get(format!("http://{there}/")).send().await.expect("an answer");
    assert_eq!((asked.status().as_u16(), trap.visits()), (204, 1));

    let user = site.account("inward@example.com").await;
    let look = user.look("white knit").await;
    let recommend = |url: &str| user.post("/api/recommendations", json!({"imgUrl": url, "consent": true}));
    for url in [
        format!("http://{there}/look.png"),
        format!("https://{there}/look.png"),
        format!("//{there}/look.png"),
        format!("http://user:word@{there}/"),
        format!("http://[::ffff:127.0.0.1]:{}/x", trap.port),
        format!("http://2130706433:{}/x", trap.port),
        format!("http://localhost.:{}/x", trap.port),
        format!("gopher://{there}/x"),
        format!("\u{0}http://{there}/x"),
        format!("http://{there}/019ac000-0000-7000-8000-000000000000"),
        "file:///etc/passwd".to_owned(),
        "data:image/png;base64,iVBORw0KGgo=".to_owned(),
    ] {
        let refused = recommend(&url).await;
        assert_eq!(refused.status(), 422, "{url}");
        assert!(string(&json_of(refused).await, "message").contains("이 서비스에서 만든"), "{url}");
    }
    // For an address that contains the id of the user's look, only the id counts.
    assert_eq!(recommend(&format!("http://{there}/media/looks/{look}?signature=x")).await.status(), 200);
    let other = site.account("other@example.com").await;
    let theirs = other.post("/api/recommendations", json!({"imgUrl": format!("/media/looks/{look}")})).await;
    assert_eq!(theirs.status(), 422);

    // The address in place of a photo's id, of a file, and of every other field of a job.
    let address = format!("http://{there}/me.jpg");
    for wish in [
        json!({"sentence": "x", "photos": [address]}),
        json!({"sentence": "x", "photos": address}),
        json!({"sentence": "x", "photos": [{"url": address}]}),
        json!({"sentence": "x", "photos": [], "images": [address]}),
        json!({"sentence": "x", "photos": [look], "engine": address}),
        json!({"sentence": "x", "photos": [look], "stylist": address}),
        json!({"sentence": "x", "photos": [look], "settings": {"image": address}}),
    ] {
        let answer = user.post("/api/v1/jobs", wish.clone()).await;
        assert_eq!(answer.status(), 422, "{wish}");
    }
    for name in ["photo", "images", "multipartFile", "url"] {
        for path in ["/api/v1/photos", "/api/users/images", "/photos"] {
            let part = Part::text(address.clone()).file_name(address.clone());
            let form = Form::new().text("consent", "true").part(name, part);
            let answer = user.request(Method::POST, path).multipart(form).send().await.expect("an answer");
            assert!(matches!(answer.status().as_u16(), 415 | 422), "{path} {name}: {}", answer.status());
        }
    }
    for (path, form) in [
        ("/jobs", format!("sentence=coat&photo={address}&key=a")),
        ("/compose", format!("sentence={address}&photo={address}")),
        ("/sign-in", format!("email=a&password=b&back={address}")),
        (&*format!("/looks/{look}/lens"), format!("garment=0&consent=on&url={address}")),
    ] {
        let request =
            user.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(form).send().await.expect("an answer");
        assert!(answer.status().as_u16() < 500, "{path}: {}", answer.status());
        let to =
            answer.headers().get("location").and_then(|l| l.to_str().ok()).unwrap_or_default().to_owned();
        assert!(!to.contains(&there), "{path} leads to {to}");
    }
    for path in [
        format!("/compose?photo={address}&say={address}&from={address}"),
        format!("/lang/ko?back={address}"),
        format!("/products?q={address}"),
        format!("/api/v1/products?text={address}"),
        format!("/crops/{}", address.replace('/', "%2F")),
        format!("/media/photos/{}?owner=a&until=1&signature={address}", address.replace('/', "%2F")),
    ] {
        let answer = user.get(&path).await;
        assert!(answer.status().as_u16() < 500, "{path}: {}", answer.status());
        let to =
            answer.headers().get("location").and_then(|l| l.to_str().ok()).unwrap_or_default().to_owned();
        assert!(!to.contains(&there), "{path} leads to {to}");
    }
    // A sentence that contains an address stays a sentence.
    let photo = user.photo("grace-hopper.jpg").await;
    let job = user.job(&format!("white knit {address}"), &photo, 1).await;
    assert_eq!(user.ended(&job).await["state"], "done");
    assert_eq!(trap.visits(), 1, "something was fetched");
}
