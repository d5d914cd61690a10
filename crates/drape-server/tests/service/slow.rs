//! Clients that keep the server waiting: each is cut off after its limit, and others are served meanwhile.

use std::time::{Duration, Instant};

use drape_server::ConnectionLimits;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::common::{Setup, Site, example, json_of, string};

/// Limits under which every wait ends within two seconds.
fn hasty() -> ConnectionLimits {
    ConnectionLimits {
        connections: 100,
        header: Duration::from_millis(1_000),
        idle: Duration::from_millis(2_000),
        body: Duration::from_millis(1_200),
        answer: Duration::from_millis(800),
    }
}

async fn site(limits: ConnectionLimits) -> Site {
    let mut setup = Setup::default();
    setup.settings.connections = limits;
    Site::with(setup).await
}

/// Reads until the server closes. Returns the answer and the time that it took.
async fn closed(stream: &mut TcpStream) -> (String, Duration) {
    let start = Instant::now();
    let mut bytes = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
    // A reset also counts as the end.
    drop(end.expect("the server closes"));
    (String::from_utf8_lossy(&bytes).into_owned(), start.elapsed())
}

async fn answers(site: &Site) {
    let start = Instant::now();
    let answer = site.request(Method::GET, "/healthz").send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(start.elapsed() < Duration::from_secs(1), "others wait {:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_finish_a_header_is_cut_off() {
    let site = site(hasty()).await;
    let bound = Duration::from_millis(800)..Duration::from_secs(6);
    for begun in ["", "G", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: "] {
        let mut stream = site.connect().await;
        stream.write_all(begun.as_bytes()).await.expect("sent");
        let (said, after) = closed(&mut stream).await;
        assert_eq!(said, "", "{begun:?}");
        assert!(bound.contains(&after), "{begun:?}: {after:?}");
        answers(&site).await;
    }

    // Byte by byte: no single byte is late.
    let stream = site.connect().await;
    let (mut read, mut write) = stream.into_split();
    let drip = tokio::spawn(async move {
        let head = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "y".repeat(500));
        for byte in head.bytes() {
            if write.write_all(&[byte]).await.is_err() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    });
    let (start, mut rest) = (Instant::now(), Vec::new());
    let _ = tokio::time::timeout(Duration::from_secs(10), read.read_to_end(&mut rest)).await.expect("closed");
    assert!(rest.is_empty() && bound.contains(&start.elapsed()), "{rest:?} {:?}", start.elapsed());
    drop(read);
    assert!(drip.await.expect("no panic"), "the server took all of it");

    // A header that arrives in pieces within the limit is answered. The connection then rests for longer than
    // a header may take, serves another request, and is closed after its idle limit.
    let mut stream = site.connect().await;
    for piece in ["GET /healthz HT", "TP/1.1\r\nHos", "t: x\r\n\r\n"] {
        stream.write_all(piece.as_bytes()).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
    let (said, after) = closed(&mut stream).await;
    assert_eq!(said.matches("HTTP/1.1 200 OK").count(), 2, "{said}");
    assert!((Duration::from_millis(1_800)..Duration::from_secs(6)).contains(&after), "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_finish_a_body_is_told_so() {
    let site = site(hasty()).await;
    let user = site.guest().await;
    let token = &user.token;
    let head = |path: &str, kind: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\n"
        )
    };
    let (json, form) = ("application/json", "application/x-www-form-urlencoded");
    let parts = "multipart/form-data; boundary=x";
    let part = "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\nhalf";
    let mut asked = Vec::new();
    for (path, kind, begun, word) in [
        ("/api/v1/readings", json, "{\"sentence\": \"", "\"title\":\"too_slow\""),
        ("/api/v1/photos", parts, part, "\"title\":\"too_slow\""),
        ("/api/login", json, "{", "\"status\":\"REQUEST_TIMEOUT\""),
        ("/api/users/images", parts, part, "\"status\":\"REQUEST_TIMEOUT\""),
        ("/sign-in", form, "email=a", "Sending took too long"),
        ("/photos", parts, part, "Sending took too long"),
    ] {
        for length in ["Content-Length: 5000\r\n", "Transfer-Encoding: chunked\r\n"] {
            let chunked = length.starts_with('T');
            let begun = if chunked { format!("{:x}\r\n{begun}\r\n", begun.len()) } else { begun.to_owned() };
            let request = format!("{}{length}\r\n{begun}", head(path, kind));
            let site = &site;
            asked.push(async move {
                let mut stream = site.connect().await;
                stream.write_all(request.as_bytes()).await.expect("sent");
                let (said, after) = closed(&mut stream).await;
                assert!(said.starts_with("HTTP/1.1 408 "), "{path} {length}: {said}");
                assert!(said.contains(word), "{path}: {said}");
                let bound = Duration::from_millis(1_000)..Duration::from_secs(8);
                assert!(bound.contains(&after), "{path}: {after:?}");
            });
        }
    }
    futures::future::join(futures::future::join_all(asked), answers(&site)).await;

    // A slow drip of bytes that never ends is also cut off.
    let mut stream = site.connect().await;
    let request = format!("{}Content-Length: 5000\r\n\r\n", head("/api/v1/readings", json));
    stream.write_all(request.as_bytes()).await.expect("sent");
    let (mut read, mut write) = stream.into_split();
    let drip = tokio::spawn(async move {
        while write.write_all(b"          ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut said = String::new();
    let end = tokio::time::timeout(Duration::from_secs(10), read.read_to_string(&mut said)).await;
    drop(end.expect("the server closes"));
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    drop(read);
    drip.await.expect("no panic");
    answers(&site).await;
}

/// A slow phone is no attack: only progress counts.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_and_steady_is_served() {
    let site = site(hasty()).await;
    let user = site.guest().await;
    let photo = example("grace-hopper.jpg");
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"consent\"\r\n\r\ntrue\r\n--x\r\n".to_vec();
    body.extend(b"Content-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n");
    body.extend(photo);
    body.extend(b"\r\n--x--\r\n");
    let mut stream = site.connect().await;
    let head = format!(
        "POST /api/v1/photos HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n\r\n",
        user.token,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let start = Instant::now();
    for piece in body.chunks(3_000) {
        stream.write_all(piece).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    assert!(start.elapsed() > hasty().body * 2, "this was no test: {:?}", start.elapsed());
    let (said, _) = closed(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 201 "), "{said}");

    // An event stream stays open although it is silent for longer than every limit.
    let mut events = user.get("/api/v1/events").await;
    tokio::time::sleep(hasty().idle * 2).await;
    let photo = string(&json_of(user.get("/api/v1/photos").await).await[0], "id");
    let job = user.job("white knit", &photo, 1).await;
    let event = tokio::time::timeout(Duration::from_secs(5), events.chunk()).await.expect("an event");
    let event = event.expect("the stream goes on").expect("it has not ended");
    assert!(String::from_utf8_lossy(&event).contains("event: job"), "{event:?}");
    user.ended(&job).await;
}

/// A connection with a small receive buffer, so that unread data stays with the server.
async fn narrow(site: &Site) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(8 << 10).expect("a small buffer");
    let address = site.base.trim_start_matches("http://").parse().expect("an address");
    socket.connect(address).await.expect("the server accepts")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_the_answer_is_cut_off() {
    const TIMES: usize = 300;
    let site = site(hasty()).await;
    let ask = "GET /assets/examples/hopper.jpg HTTP/1.1\r\nHost: x\r\n\r\n".repeat(TIMES);
    let one = site.request(Method::GET, "/assets/examples/hopper.jpg").send().await.expect("an answer");
    let whole = one.bytes().await.expect("a picture").len() * TIMES;
    assert!(whole > 12 << 20, "fits into the buffers: {whole}");

    let mut stream = narrow(&site).await;
    stream.write_all(ask.as_bytes()).await.expect("sent");
    tokio::time::sleep(hasty().answer * 4).await;
    answers(&site).await;
    let mut bytes = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
    drop(end.expect("the server has closed"));
    assert!(bytes.len() < whole / 2, "{} of {whole} came", bytes.len());

    // A client that keeps reading, however slowly, gets the whole answer.
    let mut stream = narrow(&site).await;
    stream.write_all(ask.as_bytes()).await.expect("sent");
    let (start, mut got, mut buffer) = (Instant::now(), 0, vec![0; 200_000]);
    while got < whole {
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut buffer)).await;
        let read = read.expect("more").expect("not cut off");
        assert!(read > 0, "closed after {got} of {whole}");
        got += read;
        if start.elapsed() < hasty().answer * 3 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    assert!(start.elapsed() > hasty().answer * 3, "this was no test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_house_makes_room_or_says_so() {
    let patient = ConnectionLimits { connections: 12, ..ConnectionLimits::default() };
    let site = site(patient).await;
    let user = site.guest().await;
    // Far more silent connections than there are places: clients with requests are still served.
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(site.connect().await);
    }
    for _ in 0..3 {
        answers(&site).await;
        silent.push(site.connect().await);
    }
    let (said, after) = closed(&mut silent[0]).await;
    assert!(
        said.is_empty() && after < Duration::from_secs(1),
        "the longest silent has gone: {said} {after:?}"
    );
    drop(silent);

    // All places are in use: no served client is cut off for a new one, which is told to come back later.
    let mut streams = Vec::new();
    let mut refused = None;
    for _ in 0..20 {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = client
            .get(format!("{}/api/v1/events", site.base))
            .bearer_auth(&user.token)
            .send()
            .await
            .expect("an answer");
        if answer.status() != StatusCode::OK {
            refused = Some(answer);
            break;
        }
        streams.push(answer);
    }
    assert_eq!(streams.len(), 12);
    let refused = refused.expect("somebody is refused");
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "5");
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let problem = json_of(refused).await;
    assert_eq!(problem["title"], "crowded");
    let detail = string(&problem, "detail");
    assert!(
        detail.contains("접속이 너무 많아요") && detail.contains("Too many connections at the moment"),
        "{detail}"
    );
    // One goes, and there is room again.
    streams.pop();
    let start = Instant::now();
    while site.request(Method::GET, "/healthz").send().await.map_or(0, |a| a.status().as_u16()) != 200 {
        assert!(start.elapsed() < Duration::from_secs(5), "there is no room");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A stop does not wait for silent clients, and finishes the answers that have begun.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_answers_and_not_for_the_silent() {
    let site = site(ConnectionLimits { header: Duration::from_secs(2), ..ConnectionLimits::default() }).await;
    let user = site.guest().await;
    let mut silent = site.connect().await;
    let mut half = site.connect().await;
    half.write_all(b"GET / HTTP/1.1\r\nHost").await.expect("sent");
    let mut events = user.get("/api/v1/events").await;
    let body = json!({"sentence": "white knit"}).to_string();
    let mut sender = site.connect().await;
    let head = format!(
        "POST /api/v1/readings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    sender.write_all(head.as_bytes()).await.expect("sent");
    sender.write_all(&body.as_bytes()[..5]).await.expect("sent");
    tokio::time::sleep(Duration::from_millis(200)).await;

    let start = Instant::now();
    let stop = tokio::spawn(site.stop());
    tokio::time::sleep(Duration::from_millis(500)).await;
    sender.write_all(&body.as_bytes()[5..]).await.expect("sent");
    let (said, _) = closed(&mut sender).await;
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    assert!(said.to_lowercase().contains("connection: close"), "{said}");
    assert_eq!(closed(&mut silent).await.0, "");
    assert_eq!(closed(&mut half).await.0, "");
    while events.chunk().await.ok().flatten().is_some() {}
    stop.await.expect("it stops");
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}
