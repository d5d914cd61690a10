//! Paths and file names that try to lead elsewhere.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::common::{Site, example};

/// Paths that try to lead elsewhere find nothing, on every route with a name in it.
#[tokio::test(flavor = "multi_thread")]
async fn paths_lead_nowhere_else() {
    let site = Site::start().await;
    let user = site.guest().await;
    let long = "a".repeat(5_000);
    let climbs = [
        "..",
        ".",
        "../../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cwindows%5cwin.ini",
        "..%255c..%252fetc%252fpasswd",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "C:%5cwindows",
        "%00",
        "drape.css%00.js",
        "%c0%ae%c0%ae%c0%af",
        "%ff",
        "....//",
        "*",
        "'%20OR%201=1--",
        "file:%2f%2f%2fetc%2fpasswd",
        &long,
    ];
    let document: Value = serde_json::from_str(&drape_server::openapi()).expect("JSON");
    let mut routes: Vec<(String, String)> = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        if path.contains('{') {
            let path = path.replace("{number}", "{id}");
            routes.extend(
                methods.as_object().expect("methods").keys().map(|m| (m.to_uppercase(), path.clone())),
            );
        }
    }
    assert!(routes.len() >= 18, "{routes:?}");
    for path in [
        "/media/{id}/{id}",
        "/media/looks/{id}",
        "/crops/{id}",
        "/s/{id}",
        "/s/{id}/picture",
        "/assets/{id}",
        "/assets/examples/{id}",
        "/assets/tiles/{id}",
        "/products/{id}",
        "/products/{id}/picture.svg",
        "/jobs/{id}",
        "/receipts/{id}",
        "/lang/{id}",
        "/{id}",
    ] {
        routes.push(("GET".to_owned(), path.to_owned()));
    }
    for path in [
        "/photos/{id}/delete",
        "/jobs/{id}/cancel",
        "/jobs/{id}/again",
        "/jobs/{id}/delete",
        "/looks/{id}/delete",
        "/looks/{id}/share",
        "/looks/{id}/lens",
        "/shares/{id}/revoke",
        "/account/keys/{id}/revoke",
    ] {
        routes.push(("POST".to_owned(), path.to_owned()));
    }
    for (method, path) in &routes {
        for climb in &climbs {
            let real = path.replace("{id}", climb);
            let (kind, body) = match (method.as_str(), path.starts_with("/api/")) {
                ("POST", true) => ("application/json", r#"{"source":"lens","garment":0,"consent":true}"#),
                ("POST", false) => ("application/x-www-form-urlencoded", "a=b"),
                _ => ("text/plain", ""),
            };
            let request = format!(
                "{method} {real} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
                user.token,
                body.len()
            );
            let heard = site.raw(&request, b"", false).await;
            let status = heard.status();
            assert!((400..500).contains(&status), "{method} {path} {climb:.40}: {status}");
            for secret in ["root:", "[fonts]"] {
                assert!(!heard.text.contains(secret), "{method} {path} {climb:.40}");
            }
        }
    }

    // The names of uploaded files are not used anywhere: not in answers, in the store, or in the export.
    for name in [
        "../../../tmp/UNHEARD-OF.jpg",
        "..\\UNHEARD-OF.jpg",
        "/etc/UNHEARD-OF",
        "UNHEARD-OF\u{0}.jpg",
        "UNHEARD-OF%00\".jpg",
        "C:\\UNHEARD-OF",
    ] {
        let part = Part::bytes(example("grace-hopper.jpg")).file_name(name);
        let form = Form::new().text("consent", "true").part("photo", part);
        let answer = user.request(Method::POST, "/api/v1/photos").multipart(form).send().await;
        let answer = answer.expect("an answer");
        assert!(matches!(answer.status().as_u16(), 201 | 422), "{name}: {}", answer.status());
        assert!(!answer.text().await.expect("text").contains("UNHEARD"), "{name}");
    }
    let keys = drape_testing::blob_keys(&site.store).await;
    assert!(keys.len() >= 9 && keys.iter().all(|k| !k.contains("..") && !k.contains("UNHEARD")), "{keys:?}");
    let export = user.get("/api/v1/account/export").await.bytes().await.expect("a file");
    let zip = zip::ZipArchive::new(std::io::Cursor::new(export)).expect("a ZIP file");
    for name in zip.file_names().filter(|name| *name != "drape.json") {
        let id = name.strip_prefix("photos/").and_then(|n| n.strip_suffix(".jpg"));
        let id = id.unwrap_or_else(|| panic!("{name} is no photo"));
        assert!(id.len() == 36 && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-'), "{name}");
    }
    assert!(zip.len() > 3, "{}", zip.len());
}
