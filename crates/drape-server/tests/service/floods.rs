//! Floods: too large bodies, headers, addresses and fields; and small inputs that unpack to large ones.

use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};

use image::{ImageFormat, RgbImage};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::common::{Heard, Setup, Site, User, example, json_of, string};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data; boundary=x";
const PART: &str = "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n";

/// Checks a refusal in the format of its route: code and words.
fn told(path: &str, heard: &Heard, code: &str, korean: &str, english: &str) {
    let text = &heard.text;
    if path.starts_with("/api/v1") {
        let problem = heard.json();
        assert_eq!(problem["title"], code, "{path}");
        assert!(string(&problem, "detail").contains(english), "{path}: {problem}");
        assert!(heard.head().contains("application/problem+json"), "{path}: {text}");
    } else if path.starts_with("/api") {
        let envelope = heard.json();
        assert_eq!(envelope["code"], json!(heard.status()), "{path}");
        assert!(string(&envelope, "message").contains(korean), "{path}: {envelope}");
    } else {
        assert!(heard.head().contains("text/html") && text.contains(english), "{path}: {text}");
    }
}

/// A body ends the connection once it is too long, whatever length it states.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_are_refused_before_they_are_read() {
    let site = Site::start().await;
    let user = site.guest().await;
    let megabyte = vec![b'7'; 1 << 20];
    // A megabyte as one chunk.
    let mut chunk = format!("{:x}\r\n", megabyte.len()).into_bytes();
    chunk.extend(&megabyte);
    chunk.extend(b"\r\n");
    let mut asked = Vec::new();
    for (path, kind, begun, most) in [
        ("/api/v1/sessions", JSON, "", "128 kB"),
        ("/api/v1/readings", JSON, "{\"sentence\": \"", "128 kB"),
        ("/api/v1/jobs", JSON, "{\"style\": [", "128 kB"),
        ("/api/v1/webhooks", JSON, "", "128 kB"),
        ("/api/login", JSON, "", "128 kB"),
        ("/api/styling/words", JSON, "{\"inputs\": \"", "128 kB"),
        ("/sign-in", FORM, "email=", "128 kB"),
        ("/compose/reading", FORM, "style=", "128 kB"),
        ("/api/v1/photos", PARTS, PART, "20 MB"),
        ("/api/users/images", PARTS, PART, "20 MB"),
        ("/photos", PARTS, PART, "20 MB"),
        // A field that is not a file is not kept.
        ("/api/v1/photos", PARTS, "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n", "8 kB"),
    ] {
        for length in ["Content-Length: 10000000000\r\n", "Transfer-Encoding: chunked\r\n"] {
            let chunked = length.starts_with('T');
            let begun = if chunked { format!("{:x}\r\n{begun}\r\n", begun.len()) } else { begun.to_owned() };
            let begun = if begun == "0\r\n\r\n" { String::new() } else { begun };
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\n\
                 {length}\r\n{begun}",
                user.token
            );
            let (site, piece) = (&site, if chunked { &chunk } else { &megabyte });
            asked.push(async move {
                let heard = site.raw(&head, piece, true).await;
                assert_eq!(heard.status(), 413, "{path} {length}: {}", heard.text);
                told(path, &heard, "too_large", most, most);
            });
        }
    }
    futures::future::join_all(asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_headers_that_are_too_long_are_refused() {
    let site = Site::start().await;
    let get = |path: &str, headers: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        let site = &site;
        async move { site.raw(&head, b"", false).await }
    };
    let many = |n: usize| (0..n).map(|k| format!("X-{k}: y\r\n")).collect::<String>();
    let long = |n: usize| format!("X-Long: {}\r\n", "y".repeat(n));
    for path in ["/api/v1/queue", "/api/home", "/sign-in"] {
        let address = format!("{path}?q={}", "a".repeat(40_000));
        let heard = get(&address, "").await;
        assert_eq!(heard.status(), 414, "{path}");
        told(path, &heard, "address_too_long", "주소가 너무 길어요", "The address is too long");
        for headers in [long(30_000), many(80), format!("Cookie: drape_session={}\r\n", "c".repeat(30_000))] {
            let heard = get(path, &headers).await;
            assert_eq!(heard.status(), 431, "{path}");
            told(path, &heard, "headers_too_large", "헤더가 너무", "too many headers");
        }
        // Beyond the size that is read at all, the connection ends without a message.
        assert_eq!(get(path, &long(100_000)).await.status(), 431);
        assert_eq!(get(path, &many(150)).await.status(), 431);
        assert!(matches!(get(&format!("/{}", "a".repeat(70_000)), "").await.status(), 414 | 431));
        // Requests of usual size are served.
        let usual = format!("{}{}", long(8_000), many(20));
        let address = format!("{path}?q={}", "a".repeat(10_000));
        assert_eq!(get(&address, &usual).await.status(), 200, "{path}");
    }
    // A header without an end is not buffered forever.
    let heard = site.raw("GET / HTTP/1.1\r\nX-Endless: ", &[b'y'; 10_000], true).await;
    assert_eq!(heard.status(), 431);
    assert!(heard.sent < 16 << 20, "{}", heard.sent);
}

/// Parts of a form outside its fields are not buffered: a preamble, and a header without an end.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_field_is_not_gathered() {
    let site = Site::start().await;
    let user = site.guest().await;
    let megabyte = vec![b'7'; 1 << 20];
    let mut asked = Vec::new();
    for path in ["/api/v1/photos", "/api/users/images", "/photos"] {
        for begun in ["", "--x\r\nContent-Disposition: form-data; name=\"", "--x\r\nX-Much: "] {
            // The size of all files that a form may have.
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {PARTS}\r\n\
                 Content-Length: {}\r\n\r\n{begun}",
                user.token,
                100 << 20
            );
            let (site, piece) = (&site, &megabyte);
            asked.push(async move {
                let start = Instant::now();
                let heard = site.raw(&head, piece, true).await;
                assert_eq!(heard.status(), 422, "{path} {begun}: {}", heard.text);
                assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
            });
        }
    }
    futures::future::join_all(asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_are_too_many_or_too_long_are_refused() {
    let site = Site::start().await;
    let user = site.guest().await;
    let send = |path: &'static str, kind: &str, body: String| {
        user.request(Method::POST, path).header("content-type", kind).body(body).send()
    };
    let part = |name: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\ny\r\n");
    for path in ["/api/v1/photos", "/api/users/images", "/photos"] {
        for (body, what) in [
            (part("a").repeat(33) + "--x--\r\n", "parts"),
            (part("consent").repeat(10_000), "parts"),
            (part(&"n".repeat(100_000)) + "--x--\r\n", "a name"),
        ] {
            let answer = send(path, PARTS, body).await.expect("an answer");
            assert_eq!(answer.status(), 422, "{path}: {what}");
        }
    }
    let refused = send("/api/v1/photos", PARTS, part("a").repeat(40)).await.expect("an answer");
    assert_eq!(json_of(refused).await["detail"], "A form can have at most 32 fields.");
    for (body, status) in [
        ("a=b&".repeat(20_000), 422),
        ("&".repeat(100_000), 200),
        (format!("{}=y&sentence=coat", "n".repeat(100_000)), 200),
        (format!("sentence={}", "n".repeat(100_000)), 422),
    ] {
        let answer = send("/compose/reading", FORM, body).await.expect("an answer");
        assert_eq!(answer.status(), status);
    }
    assert_eq!(json_of(user.get("/api/v1/photos").await).await, json!([]));
}

/// The memory of all uploads is bounded, whoever sends them and however slowly.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_share_a_room() {
    let mut setup = Setup::default();
    setup.settings.upload_room = 8;
    let site = Site::with(setup).await;
    let user = site.guest().await;
    // One upload has sent six megabytes and continues later.
    let mut stream = site.connect().await;
    let head = format!(
        "POST /api/v1/photos HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Type: {PARTS}\r\nContent-Length: {}\r\n\r\n{PART}",
        user.token,
        PART.len() + (6 << 20) + 11
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(&vec![0xff; 6 << 20]).await.expect("sent");
    let mut said = String::new();
    let early = tokio::time::timeout(Duration::from_secs(1), stream.read_to_string(&mut said)).await;
    assert!(early.is_err(), "{said}");
    let start = Instant::now();
    let refused = loop {
        let answer = user.upload(vec![0xff; 5 << 20]).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        assert_eq!(answer.status(), 415);
        assert!(start.elapsed() < Duration::from_secs(10), "nobody is refused");
    };
    assert_eq!(refused.headers()["retry-after"], "10");
    // A small upload still finds room, and when the first upload has ended there is room for all again.
    assert_eq!(user.upload(example("grace-hopper.jpg")).await.status(), 201);
    stream.write_all(b"\r\n--x--\r\n\r\n").await.expect("sent");
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("an answer");
    assert!(said.starts_with("HTTP/1.1 422 "), "no consent: {said}");
    assert_eq!(user.upload(vec![0xff; 5 << 20]).await.status(), 415);
}

/// CRC-32 (ISO 3309), as in PNG and gzip.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    })
}

fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), data].concat();
    [(data.len() as u32).to_be_bytes().as_slice(), &body, &crc(&body).to_be_bytes()].concat()
}

fn webp_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [kind.as_slice(), &(data.len() as u32).to_le_bytes(), data, &[0][..data.len() % 2]].concat()
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

/// A PNG that claims this size but contains almost no data.
fn png_bomb(width: u32, height: u32, colour: [u8; 2]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend(colour);
    header.extend([0, 0, 0]);
    let data = [0x78, 0x9c, 0x63, 0x60, 0xa0, 0x0c, 0, 0, 0, 0x40, 0, 1];
    let chunks = [png_chunk(b"IHDR", &header), png_chunk(b"IDAT", &data), png_chunk(b"IEND", &[])];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
}

async fn refused(user: &User<'_>, bytes: Vec<u8>, status: u16, words: &str) {
    let start = Instant::now();
    let answer: Response = user.upload(bytes).await;
    assert_eq!(answer.status().as_u16(), status, "{words}");
    let detail = string(&json_of(answer).await, "detail");
    assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    assert!(start.elapsed() < Duration::from_secs(20), "{words}: {:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_would_unfold_are_refused() {
    let site = Site::start().await;
    let user = site.guest().await;
    // Too many pixels, claimed in a few bytes, in each depth and format.
    for colour in [[8, 2], [16, 6], [1, 0], [8, 3]] {
        refused(&user, png_bomb(60_000, 60_000, colour), 422, "megapixel").await;
    }
    let mut jpeg = example("grace-hopper.jpg");
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0] || w == [0xff, 0xc2]).expect("a frame");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    refused(&user, jpeg, 422, "megapixel").await;
    let small = RgbImage::from_pixel(200, 200, image::Rgb([200, 10, 10]));
    let webp = encoded(&small, ImageFormat::WebP);
    let at = webp.windows(4).position(|w| w == b"VP8L").expect("lossless") + 9;
    let mut huge = webp.clone();
    // Width and height minus one, 14 bits each.
    huge[at..at + 4].copy_from_slice(&(15_999_u32 << 14 | 15_999).to_le_bytes());
    refused(&user, huge, 422, "megapixel").await;

    // Many frames: an animated WebP and an animated PNG.
    let image = &webp[12..];
    let frame = [[0; 6].as_slice(), &[199, 0, 0, 199, 0, 0], &[100, 0, 0, 0], image].concat();
    let mut moving = webp_chunk(b"VP8X", &[2, 0, 0, 0, 199, 0, 0, 199, 0, 0]);
    moving.extend(webp_chunk(b"ANIM", &[0; 6]));
    (0..1_000).for_each(|_| moving.extend(webp_chunk(b"ANMF", &frame)));
    let moving = [b"RIFF".as_slice(), &(moving.len() as u32 + 4).to_le_bytes(), b"WEBP", &moving].concat();
    refused(&user, moving, 422, "animated").await;
    let png = encoded(&small, ImageFormat::Png);
    let control = [1_000_000_u32.to_be_bytes(), 0_u32.to_be_bytes()].concat();
    let moving = [&png[..33], &png_chunk(b"acTL", &control), &png[33..]].concat();
    refused(&user, moving, 422, "animated").await;

    // 49 megapixels, within the limit, in a hundred thousand bytes: the photo is checked, and shows no
    // person. Other requests are served meanwhile.
    let white = encoded(&RgbImage::from_pixel(7_000, 7_000, image::Rgb([250; 3])), ImageFormat::Png);
    assert!(white.len() < 1 << 20, "{}", white.len());
    let look = user.upload(white);
    let others = async {
        for _ in 0..10 {
            let start = Instant::now();
            assert_eq!(user.get("/api/v1/account").await.status(), 200);
            assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (looked, ()) = tokio::join!(look, others);
    assert_eq!(looked.status(), 422);
    assert_eq!(json_of(looked).await["title"], "photo_unsuitable");
    // Compressed text in a PNG is metadata, which is not unpacked.
    let text = [b"c\0\0".as_slice(), &deflated(&vec![b' '; 200 << 20])].concat();
    let wordy = [&png[..33], &png_chunk(b"zTXt", &text), &png[33..]].concat();
    let start = Instant::now();
    assert!(user.upload(wordy).await.status().is_client_error());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(json_of(user.get("/api/v1/photos").await).await, json!([]));
}

/// A ZIP file of one entry.
fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a", zip::write::SimpleFileOptions::default()).expect("an entry");
    zip.write_all(bytes).expect("written");
    zip.finish().expect("a ZIP file").into_inner()
}

/// zlib format (RFC 1950).
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let adler = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    [&[0x78, 0x9c], bare(bytes).as_slice(), &(adler.1 << 16 | adler.0).to_be_bytes()].concat()
}

/// The deflate stream without its wrapper.
fn bare(bytes: &[u8]) -> Vec<u8> {
    let zip = zipped(bytes);
    let mut archive = zip::ZipArchive::new(Cursor::new(zip.as_slice())).expect("a ZIP file");
    let entry = archive.by_index(0).expect("an entry");
    let from = entry.data_start().expect("known") as usize;
    zip[from..from + entry.compressed_size() as usize].to_vec()
}

/// Compressed input is never unpacked.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_packed_stays_packed() {
    let site = Site::start().await;
    let user = site.guest().await;
    let much = vec![b' '; 100 << 20];
    refused(&user, zipped(&much), 415, "not a picture").await;

    let wish = json!({"sentence": "white knit"}).to_string();
    for text in [wish.as_bytes(), &[wish.as_bytes(), &much].concat()] {
        let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        let end = [crc(text).to_le_bytes(), (text.len() as u32).to_le_bytes()].concat();
        let gzip = [header.as_slice(), &bare(text), &end].concat();
        assert!(gzip.len() < 120 << 10, "{}", gzip.len());
        for (path, encoding) in
            [("/api/v1/readings", "gzip"), ("/api/login", "gzip"), ("/api/v1/readings", "gzip, gzip")]
        {
            let start = Instant::now();
            let request = user.request(Method::POST, path).header("content-type", JSON);
            let answer = request.header("content-encoding", encoding).body(gzip.clone()).send().await;
            let answer = answer.expect("an answer");
            assert_eq!(answer.status(), 400, "{path} {encoding}");
            assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        }
    }
    // The same text uncompressed is read, so it was the compression that failed.
    let read: Value = json_of(user.post("/api/v1/readings", json!({"sentence": "white knit"})).await).await;
    assert!(read["style"]["garments"].is_array(), "{read}");
    // An upload that can never fit is refused before it is inspected.
    let form = Form::new().part("photo", Part::bytes(vec![0x1f; (20 << 20) + 1]).file_name("a.gz"));
    let answer = user.request(Method::POST, "/api/v1/photos").multipart(form).send().await;
    assert_eq!(answer.expect("an answer").status(), 413);
}
