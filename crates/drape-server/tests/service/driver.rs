//! A headless Chromium with its driver, ended by its id when the test ends.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver, WebElement};

/// The driver's process.
pub(crate) struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    pub(crate) fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts; `cargo xtask test` brings it");
        let out = BufReader::new(process.stdout.take().expect("its stdout"));
        let port = out
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("chromedriver says its port");
        Self { process, address: format!("http://127.0.0.1:{port}") }
    }

    /// A separate window, which shares nothing with others.
    pub(crate) async fn window(&self, language: &str, scripts: bool) -> Window {
        let mut wanted = DesiredCapabilities::chrome();
        for arg in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--window-size=1100,900",
        ] {
            wanted.add_arg(arg).expect("an argument");
        }
        wanted.add_arg(&format!("--lang={language}")).expect("an argument");
        wanted.add_arg(&format!("--accept-lang={language}")).expect("an argument");
        let mut settings = json!({"intl.accept_languages": language});
        if !scripts {
            settings["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        wanted.add_experimental_option("prefs", settings).expect("settings");
        let driver = WebDriver::new(&self.address, wanted).await.expect("a browser");
        Window { address: self.address.clone(), driver }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser window.
pub(crate) struct Window {
    address: String,
    pub(crate) driver: WebDriver,
}

impl Window {
    pub(crate) async fn open(&self, url: &str) {
        self.driver.goto(url).await.expect("a page");
    }

    /// Waits until an element is visible, and returns the first that is.
    pub(crate) async fn find(&self, css: &str) -> WebElement {
        for _ in 0..400 {
            for found in self.driver.find_all(By::Css(css)).await.unwrap_or_default() {
                if found.is_displayed().await.unwrap_or(false) {
                    return found;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let page = self.driver.source().await.unwrap_or_default();
        let at = self.url().await;
        panic!("{css} did not come on {at}:\n{}", page.chars().take(4_000).collect::<String>());
    }

    /// All elements, visible or not.
    pub(crate) async fn all(&self, css: &str) -> Vec<WebElement> {
        self.driver.find_all(By::Css(css)).await.expect("elements")
    }

    /// Clicks an element after scrolling it into view.
    pub(crate) async fn click(&self, css: &str) {
        for attempt in 0..5 {
            let element = self.find(css).await;
            let clicked: WebDriverResult<()> = async {
                element.scroll_into_view().await?;
                element.click().await
            }
            .await;
            match clicked {
                Ok(()) => return,
                // The page was redrawn in between, or another element slid over it.
                Err(_) if attempt < 4 => tokio::time::sleep(Duration::from_millis(200)).await,
                Err(e) => panic!("{css} cannot be clicked: {e}"),
            }
        }
    }

    pub(crate) async fn write(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("a text");
    }

    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.expect("a text")
    }

    pub(crate) async fn url(&self) -> String {
        self.driver.current_url().await.map(|u| u.to_string()).unwrap_or_default()
    }

    /// Waits until the address contains a text.
    pub(crate) async fn at(&self, part: &str) {
        for _ in 0..400 {
            if self.url().await.contains(part) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{part} is not in {}", self.url().await);
    }

    /// Waits until an element's text contains a part.
    pub(crate) async fn says(&self, css: &str, part: &str) {
        let mut last = String::new();
        for _ in 0..200 {
            last = self.find(css).await.text().await.unwrap_or_default();
            if last.contains(part) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{part:?} is not in {css}: {last:?}");
    }

    /// A message to the browser itself (Chrome DevTools Protocol).
    async fn devtools(&self, command: &str, parameters: Value) {
        let session = self.driver.session_id();
        let url = format!("{}/session/{session}/goog/cdp/execute", self.address);
        let body = json!({"cmd": command, "params": parameters});
        let answer = reqwest::Client::new().post(url).json(&body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{command}");
    }

    /// Light or dark.
    pub(crate) async fn theme(&self, theme: &str) {
        let features = json!([
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
        // Colours may fade from one theme to the other. What turns for ever is not waited for.
        let settled = "const done = arguments[0]; \
            requestAnimationFrame(() => requestAnimationFrame(() => Promise.allSettled( \
            document.getAnimations().filter(a => a.effect.getComputedTiming().endTime < 10000) \
            .map(a => a.finished)).then(() => done(true))));";
        self.driver.execute_async(settled, Vec::new()).await.expect("the colours settle");
    }

    /// Sets the width of a phone or of a desktop.
    pub(crate) async fn width(&self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Waits until a picture has arrived.
    pub(crate) async fn drawn(&self, css: &str) {
        let picture = self.find(css).await;
        for _ in 0..200 {
            let width = picture.prop("naturalWidth").await.ok().flatten().unwrap_or_default();
            if !matches!(width.as_str(), "" | "0") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{css} was not drawn");
    }

    /// Saves pictures of the whole page, in the widths of a phone and a laptop, into the folder that
    /// `DRAPE_SCREENSHOTS` names, for people to look at. Without the variable it does nothing.
    pub(crate) async fn picture(&self, name: &str) {
        let Ok(folder) = std::env::var("DRAPE_SCREENSHOTS") else { return };
        for width in [390, 1280] {
            self.width(width).await;
            let height =
                self.driver.execute("return document.documentElement.scrollHeight", Vec::new()).await;
            let height = height.expect("a height").json().as_u64().unwrap_or(900).min(6_000);
            let whole =
                json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
            self.devtools("Emulation.setDeviceMetricsOverride", whole).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            let file = std::path::Path::new(&folder).join(format!("{name}-{width}.png"));
            self.driver.screenshot(&file).await.expect("a picture of the page");
        }
        self.width(1100).await;
    }

    /// Checks every WCAG 2.2 A and AA rule that axe-core knows, in light and dark, and that nothing is wider
    /// than a phone.
    pub(crate) async fn accessible(&self, what: &str) {
        let path = std::env::var("DRAPE_AXE")
            .expect("DRAPE_AXE names axe-core's script; `cargo xtask test` sets it");
        let script = std::fs::read_to_string(&path).expect("axe-core's script");
        self.driver.execute(&script, Vec::new()).await.expect("axe-core loads");
        let all = json!(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]);
        // A theme only changes colours.
        let of_colours = json!({"type": "rule", "values": ["color-contrast", "link-in-text-block"]});
        for (theme, rules) in [("dark", of_colours), ("light", all)] {
            self.theme(theme).await;
            let run = "const [rules, done] = arguments; \
                axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(r => \
                done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => \
                n.html.slice(0, 160) + ' ' + (n.any[0] || n.all[0] || n.none[0] || {}).message).join(' | \
                '))), e => done([String(e)]));";
            let found = self.driver.execute_async(run, vec![rules]).await.expect("axe-core runs");
            assert_eq!(found.json(), &json!([]), "{what} ({theme})");
        }
        self.width(390).await;
        let wide = self
            .driver
            .execute("return [document.documentElement.scrollWidth, innerWidth]", Vec::new())
            .await;
        let wide = wide.expect("sizes").json().clone();
        assert!(wide[0].as_i64() <= wide[1].as_i64(), "{what} is wider than a phone: {wide}");
        self.width(1100).await;
    }

    pub(crate) async fn close(self) {
        self.driver.quit().await.expect("the browser ends");
    }
}
