//! Google Lens through SerpAPI as a recommender: the address of a garment's picture out, products back.
//!
//! The flow: `GET /search.json?engine=google_lens&url=..` -> `visual_matches` -> the entries with a title and
//! an https page, every text bounded. SerpAPI takes the key only in the query, so the address of a request is
//! never printed, neither here nor in an error.
//!
//! Fields and errors: SerpAPI, "Google Lens API" and "Status and Error Codes".

use std::fmt;
use std::time::{Duration, Instant};

use drape_core::answer::{Answer, NoAnswer};
use drape_core::recommender::{Ask, Found, Price, Product, Recommender};
use reqwest::{Client, Url};
use serde_json::Value;

use crate::http::{self, Answered, SetUpError};
use crate::key::Key;

/// Name of Google Lens as a recommender, in JSON and settings.
pub const LENS: &str = "lens";
/// Address of SerpAPI.
pub const ADDRESS: &str = "https://serpapi.com";
/// How long an answer may take; Google fetches the picture and searches in this time.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// Most bytes of an answer; some sixty matches are 100 kB.
const MOST_BYTES: usize = 4 << 20;
/// Most products of an answer.
const MOST_PRODUCTS: usize = 12;

/// How Google Lens is called.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address of SerpAPI; [`ADDRESS`].
    pub address: String,
    /// SerpAPI's key.
    pub key: Key,
    /// How long an answer may take; [`TIMEOUT`].
    pub timeout: Duration,
}

/// A client of SerpAPI's Google Lens.
pub struct Lens {
    client: Client,
    url: Url,
    key: Key,
    timeout: Duration,
}

impl fmt::Debug for Lens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // This address has no query, and therefore no key.
        f.debug_struct("Lens")
            .field("url", &self.url.as_str())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Lens {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`SetUpError`] for an address without https.
    pub fn new(settings: &Settings) -> Result<Self, SetUpError> {
        let base = settings.address.trim_end_matches('/');
        let url = Url::parse(&format!("{base}/search.json"))
            .map_err(|_| SetUpError::Address(settings.address.clone()))?;
        let client = http::client(base, settings.timeout)?;
        Ok(Self { client, url, key: settings.key.clone(), timeout: settings.timeout })
    }

    async fn ask(&self, ask: Ask<'_>) -> Result<Found, NoAnswer> {
        let picture = ask.picture.ok_or(NoAnswer::NotSetUp)?;
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("engine", "google_lens")
            .append_pair("type", "all")
            .append_pair("url", picture)
            .append_pair("hl", ask.language.pick("ko", "en"))
            .append_pair("country", ask.language.pick("kr", "us"))
            .append_pair("api_key", self.key.reveal());
        let answered = http::send(self.client.get(url), self.timeout, MOST_BYTES).await?;
        products(&answered, ask.limit.min(MOST_PRODUCTS)).map(|products| Found { products, as_of: ask.now })
    }
}

impl Recommender for Lens {
    fn name(&self) -> &'static str {
        LENS
    }

    fn recommend<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Result<Found, NoAnswer>> {
        Box::pin(async move {
            let begun = Instant::now();
            let found = self.ask(ask).await;
            let outcome = found.as_ref().err().map_or("found", |why| why.id());
            let products = found.as_ref().map_or(0, |f| f.products.len());
            let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(outcome, products, milliseconds, "Google Lens was asked");
            found
        })
    }
}

/// The products of an answer.
fn products(answered: &Answered, most: usize) -> Result<Vec<Product>, NoAnswer> {
    let body: Value = match (serde_json::from_slice(&answered.body), answered.refusal()) {
        (Ok(body), _) => body,
        (Err(_), refusal) => return Err(refusal.unwrap_or(NoAnswer::Malformed)),
    };
    let told = body.get("error").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    // SerpAPI answers "Google Lens hasn't returned any results for this query." with status 200.
    if told.contains("returned any results") {
        return Err(NoAnswer::Nothing);
    }
    if told.contains("run out of searches") {
        return Err(NoAnswer::Quota);
    }
    if told.contains("invalid api key") {
        return Err(NoAnswer::Refused);
    }
    if let Some(why) = answered.refusal() {
        return Err(why);
    }
    if !told.is_empty() || body.pointer("/search_metadata/status").and_then(Value::as_str) == Some("Error") {
        return Err(NoAnswer::Failed);
    }
    let matches = match body.get("visual_matches") {
        Some(Value::Array(matches)) => matches,
        None if body.is_object() => return Err(NoAnswer::Nothing),
        _ => return Err(NoAnswer::Malformed),
    };
    // Matches with a price are products and come first; the others may only be pictures of something similar.
    let all: Vec<Product> = matches.iter().filter_map(product).collect();
    let (priced, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|p| p.price.is_some());
    let found: Vec<Product> = priced.into_iter().chain(others).take(most).collect();
    if found.is_empty() { Err(NoAnswer::Nothing) } else { Ok(found) }
}

/// The product of one match, if it has a title and an https page.
fn product(entry: &Value) -> Option<Product> {
    let link = web(entry.get("link")?)?;
    let title = text(entry.get("title")?, 200)?;
    let source = entry
        .get("source")
        .and_then(|s| text(s, 80))
        .or_else(|| Url::parse(&link).ok()?.host_str().map(|host| bounded(host, 80)))?;
    let number = |name: &str, most: f64| {
        let value = entry.get(name).and_then(Value::as_f64);
        value.filter(|n| n.is_finite() && (0.0..=most).contains(n))
    };
    Some(Product {
        title,
        link,
        source,
        price: entry.get("price").and_then(price),
        thumbnail: entry.get("thumbnail").and_then(web),
        rating: number("rating", 5.0),
        reviews: entry.get("reviews").and_then(Value::as_u64).filter(|n| *n <= 1_000_000_000),
        in_stock: entry.get("in_stock").and_then(Value::as_bool),
    })
}

fn price(value: &Value) -> Option<Price> {
    Some(Price {
        // An asterisk marks a price that Google took from the shop's page.
        value: text(value.get("value")?, 40)?.trim_end_matches('*').to_owned(),
        amount: value.get("extracted_value").and_then(Value::as_f64).filter(|a| (0.0..=1e12).contains(a)),
        currency: value.get("currency").and_then(|c| text(c, 8)),
    })
}

/// A web address: https, a host name with a dot, no user or password, at most 1000 bytes.
fn web(value: &Value) -> Option<String> {
    let given = value.as_str().filter(|s| s.len() <= 1_000)?;
    let url = Url::parse(given).ok()?;
    // `domain` is `None` for an IP address.
    let named = url.domain().is_some_and(|host| host.contains('.'));
    let usable = url.scheme() == "https" && named && url.username().is_empty() && url.password().is_none();
    Some(String::from(url)).filter(|s| usable && s.len() <= 1_000)
}

/// A text in one line, cut to `most` characters; `None` if it is empty.
fn text(value: &Value, most: usize) -> Option<String> {
    let given = value.as_str()?;
    let spaced: String = given.chars().take(4 * most).map(|c| if unprintable(c) { ' ' } else { c }).collect();
    let joined = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(bounded(&joined, most)).filter(|t| !t.is_empty())
}

/// Control characters, and marks that change the direction of the text around them.
fn unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn bounded(text: &str, most: usize) -> String {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at]).to_owned()
}
