//! Cookies: limited to this site, renewed with every step of a session, and worthless without a valid token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use reqwest::header::{HeaderMap, SET_COOKIE};
use serde_json::json;

use crate::common::{Setup, Site, User, json_of, string};

/// The text of the message in a redirect.
pub(crate) fn flash(headers: &HeaderMap) -> String {
    let value = cookies(headers).into_iter().find_map(|c| c.strip_prefix("drape_flash=").map(str::to_owned));
    let value = value.expect("a message");
    let bytes = URL_SAFE_NO_PAD.decode(value.split(';').next().expect("a value")).expect("base64");
    string(&serde_json::from_slice(&bytes).expect("JSON"), "text")
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    headers.get_all(SET_COOKIE).iter().map(|v| v.to_str().expect("text").to_owned()).collect()
}

/// A browser without scripts.
struct Browser<'a> {
    site: &'a Site,
    session: String,
    /// Every cookie that it received.
    given: Vec<String>,
}

impl<'a> Browser<'a> {
    fn new(site: &'a Site, session: &str) -> Self {
        Self { site, session: session.to_owned(), given: Vec::new() }
    }

    async fn send(&mut self, method: Method, path: &str, form: &str) -> u16 {
        let request = self.site.request(method, path).header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("cookie", format!("drape_session={}", self.session));
        let answer = request.body(form.to_owned()).send().await.expect("an answer");
        for cookie in cookies(answer.headers()) {
            if let Some(value) = cookie.strip_prefix("drape_session=") {
                self.session = value.split(';').next().expect("a value").to_owned();
            }
            self.given.push(cookie);
        }
        answer.status().as_u16()
    }
}

async fn works(site: &Site, token: &str) -> bool {
    let user = User { site, token: token.to_owned() };
    user.get("/api/v1/account").await.status() == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_kept_to_this_site_and_change_with_every_step() {
    for public in ["https://drape.example", "http://drape.example"] {
        let mut setup = Setup::default();
        setup.settings.public_url = Some(public.to_owned());
        let site = Site::with(setup).await;
        // An attacker planted a guest's token in this browser, and knows it.
        let planted = site.guest().await;
        let key = json_of(planted.post("/api/v1/api-keys", json!({"name": "k"})).await).await;
        let mut browser = Browser::new(&site, &planted.token);
        let form = "email=fix%40example.com&nickname=tester&password=correct-1-horse";
        assert_eq!(browser.send(Method::POST, "/sign-up", form).await, 303);
        let first = browser.session.clone();
        assert_ne!(first, planted.token);
        assert!(works(&site, &first).await && !works(&site, &planted.token).await);
        assert!(!works(&site, &string(&key, "key")).await, "a guest's key opens no account");

        // Signing in gives another token and ends the previous one.
        let other = site.guest().await;
        let mut browser = Browser { session: other.token.clone(), ..browser };
        let form = "email=fix%40example.com&password=correct-1-horse";
        assert_eq!(browser.send(Method::POST, "/sign-in", form).await, 303);
        let second = browser.session.clone();
        assert!(second != first && second != other.token);
        assert!(works(&site, &second).await && !works(&site, &other.token).await);
        // A failed attempt changes nothing.
        assert_eq!(
            browser.send(Method::POST, "/sign-in", "email=fix%40example.com&password=wrong-1").await,
            422
        );
        assert_eq!(browser.session, second);
        assert_eq!(
            browser.send(Method::POST, "/account/password", "current=wrong&password=another-2-word").await,
            422
        );
        assert_eq!(browser.session, second);
        assert!(works(&site, &second).await);

        // A new password gives another token and ends all previous ones.
        let form = "current=correct-1-horse&password=another-2-word";
        assert_eq!(browser.send(Method::POST, "/account/password", form).await, 303);
        let third = browser.session.clone();
        assert_ne!(third, second);
        assert!(works(&site, &third).await);
        assert!(!works(&site, &second).await && !works(&site, &first).await);
        assert_eq!(browser.send(Method::GET, "/account", "").await, 200);
        assert_eq!(browser.send(Method::GET, "/lang/ko?back=/", "").await, 303);
        assert_eq!(browser.send(Method::POST, "/sign-out", "").await, 303);
        assert!(browser.session.is_empty() && !works(&site, &third).await);

        for name in ["drape_session=", "drape_lang=", "drape_flash="] {
            assert!(browser.given.iter().any(|c| c.starts_with(name)), "{name}: {:?}", browser.given);
        }
        for cookie in &browser.given {
            let parts: Vec<&str> = cookie.split("; ").skip(1).collect();
            for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(parts.contains(&part), "{part}: {cookie}");
            }
            assert_eq!(parts.contains(&"Secure"), public.starts_with("https"), "{cookie}");
            assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_that_are_none_of_ours_count_for_nothing() {
    let site = Site::start().await;
    let user = site.guest().await;
    let token = &user.token;
    let page = |cookie: String| {
        let request = site.request(Method::GET, "/account").header("cookie", cookie);
        async move { request.send().await.expect("an answer") }
    };
    assert_eq!(page(format!("a=b; drape_session={token}; c")).await.status(), 200);
    for cookie in [
        format!("Drape_Session={token}"),
        format!("drape_session_={token}"),
        format!("xdrape_session={token}"),
        format!("drape_session=\"{token}\""),
        format!("drape_session={token}x"),
        format!("drape_session=; other={token}"),
        format!("drape_session={}", "A".repeat(7_000)),
        "drape_session=%00".to_owned(),
        "drape_session=' OR 1=1 --".to_owned(),
        ";;;=;==;".to_owned(),
    ] {
        let answer = page(cookie.clone()).await;
        assert_eq!(answer.status(), 303, "{cookie:.80}");
        let to = answer.headers()["location"].to_str().expect("text");
        assert!(to.starts_with("/sign-in?back="), "{cookie:.80}: {to}");
    }
    // A forged message is shown as text.
    let text = json!({"kind": "key", "text": "\"><script>alert(1)</script>"}).to_string();
    for value in [URL_SAFE_NO_PAD.encode(text), "junk".to_owned(), "AAAA".to_owned()] {
        let answer = page(format!("drape_session={token}; drape_flash={value}; drape_lang=xx{value}")).await;
        assert_eq!(answer.status(), 200);
        assert!(!answer.text().await.expect("text").contains("<script>alert"), "{value}");
    }
}
