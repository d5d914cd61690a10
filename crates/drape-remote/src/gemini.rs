//! Google's Gemini as a stylist: one sentence out, one style back.
//!
//! The flow: sentence -> `POST /v1beta/models/{model}:generateContent` with a schema made from our own
//! vocabularies -> JSON -> every word looked up, unknown ones dropped -> `Style::tidied`. A request has the
//! sentence as a JSON string beside a fixed instruction. An answer can only choose among our words and quote
//! the sentence, so that no text of the model's own reaches a page or a prompt.
//!
//! Fields and errors: Gemini API reference, `models.generateContent` (`v1beta`).

mod schema;
mod style;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use drape_core::answer::{Answer, NoAnswer};
use drape_core::sentence::Sentence;
use drape_core::stylist::{Read, Stylist};
use reqwest::header::HeaderValue;
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{self, Answered, SetUpError};
use crate::key::Key;

/// Name of Gemini as a stylist, in jobs and settings.
pub const GEMINI: &str = "gemini";
/// Address of Google's service.
pub const ADDRESS: &str = "https://generativelanguage.googleapis.com";
/// Google's alias of its newest small model, which is fast and good enough for one sentence.
pub const MODEL: &str = "gemini-flash-lite-latest";
/// The most time for a reading.
pub const TIMEOUT: Duration = Duration::from_secs(8);

/// Most bytes of an answer.
const MOST_BYTES: usize = 256 << 10;
/// Shortest pause before the second and last try after a 429 or 5xx.
const PAUSE: Duration = Duration::from_millis(400);
/// Least remaining time in which a second try is worthwhile.
const WORTH_IT: Duration = Duration::from_millis(500);

/// How Gemini is called.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address of the service; [`ADDRESS`].
    pub address: String,
    /// Name of the model; [`MODEL`].
    pub model: String,
    /// Sent in the header `x-goog-api-key` and nowhere else.
    pub key: Key,
    /// The most time for a reading; [`TIMEOUT`].
    pub timeout: Duration,
}

/// A client of Gemini.
pub struct Gemini {
    client: Client,
    url: String,
    key: HeaderValue,
    timeout: Duration,
    /// Whether the service refused the schema that lists every word. The size of a schema is limited by the
    /// model, and the limit is not documented. Then only the instruction has the words.
    loose: AtomicBool,
}

impl fmt::Debug for Gemini {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gemini")
            .field("url", &self.url)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Gemini {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`SetUpError`] for an address without https or a malformed name of a model.
    pub fn new(settings: &Settings) -> Result<Self, SetUpError> {
        let base = settings.address.trim_end_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if settings.model.is_empty() || !settings.model.chars().all(plain) {
            return Err(SetUpError::Address(settings.model.clone()));
        }
        let mut key = HeaderValue::from_str(settings.key.reveal())
            .map_err(|_| SetUpError::Client("the key cannot be sent".to_owned()))?;
        key.set_sensitive(true);
        Ok(Self {
            client: http::client(base, settings.timeout)?,
            url: format!("{base}/v1beta/models/{}:generateContent", settings.model),
            key,
            timeout: settings.timeout,
            loose: AtomicBool::new(false),
        })
    }

    async fn ask(&self, sentence: &Sentence) -> Result<Read, NoAnswer> {
        let end = Instant::now() + self.timeout;
        let left = || end.saturating_duration_since(Instant::now());
        let mut answered = self.send(sentence, left()).await?;
        if answered.status == StatusCode::BAD_REQUEST
            && !self.loose.load(Ordering::Relaxed)
            && !names_the_key(&answered.body)
        {
            answered = self.send_as(sentence, true, left()).await?;
            if answered.status.is_success() {
                tracing::warn!(
                    "Gemini refuses the schema of all words; from now on only the instruction has them"
                );
                self.loose.store(true, Ordering::Relaxed);
            }
        }
        if answered.is_transient() {
            let pause = answered.retry_after.map_or(PAUSE, Duration::from_secs).max(PAUSE);
            if left() > pause + WORTH_IT {
                tokio::time::sleep(pause).await;
                answered = self.send(sentence, left()).await?;
            }
        }
        match answered.refusal() {
            Some(why) => Err(why),
            None => style::of(&text(&answered.body)?, sentence),
        }
    }

    async fn send(&self, sentence: &Sentence, within: Duration) -> Result<Answered, NoAnswer> {
        self.send_as(sentence, self.loose.load(Ordering::Relaxed), within).await
    }

    async fn send_as(
        &self,
        sentence: &Sentence,
        loose: bool,
        within: Duration,
    ) -> Result<Answered, NoAnswer> {
        let request = self
            .client
            .post(&self.url)
            .header("x-goog-api-key", self.key.clone())
            .json(&question(sentence, loose));
        http::send(request, within, MOST_BYTES).await
    }
}

impl Stylist for Gemini {
    fn name(&self) -> &'static str {
        GEMINI
    }

    fn read<'a>(&'a self, sentence: &'a Sentence) -> Answer<'a, Result<Read, NoAnswer>> {
        Box::pin(async move {
            let begun = Instant::now();
            let read = self.ask(sentence).await;
            let outcome = read.as_ref().err().map_or("read", |why| why.id());
            let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(outcome, milliseconds, "Gemini was asked");
            read
        })
    }
}

/// The body of a request.
fn question(sentence: &Sentence, loose: bool) -> Value {
    json!({
        "systemInstruction": {"parts": [{"text": schema::instruction()}]},
        // As a JSON string, the sentence cannot pass for a part of the instruction.
        "contents": [{
            "role": "user",
            "parts": [{"text": json!({"sentence": sentence.as_str()}).to_string()}],
        }],
        "generationConfig": {
            "temperature": 0,
            "candidateCount": 1,
            "maxOutputTokens": 4096,
            "responseMimeType": "application/json",
            "responseSchema": schema::schema(loose),
        },
    })
}

/// Whether a refusal is about the key, so that another schema cannot help.
fn names_the_key(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    text.contains("API_KEY") || text.contains("API key")
}

/// The parts of an answer that are used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
    /// Whether the part is the model's reasoning rather than its answer.
    #[serde(default)]
    thought: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

/// The text of the first candidate.
fn text(body: &[u8]) -> Result<String, NoAnswer> {
    let response: Response = serde_json::from_slice(body).map_err(|_| NoAnswer::Malformed)?;
    if response.prompt_feedback.is_some_and(|f| f.block_reason.is_some()) {
        return Err(NoAnswer::Blocked);
    }
    let candidate = response.candidates.into_iter().next().ok_or(NoAnswer::Malformed)?;
    match candidate.finish_reason.as_deref() {
        Some("STOP") | None => {}
        // The answer was cut off.
        Some("MAX_TOKENS" | "MALFORMED_FUNCTION_CALL" | "OTHER" | "FINISH_REASON_UNSPECIFIED") => {
            return Err(NoAnswer::Malformed);
        }
        // SAFETY, RECITATION, LANGUAGE, BLOCKLIST, PROHIBITED_CONTENT, SPII, and later ones.
        Some(_) => return Err(NoAnswer::Blocked),
    }
    let parts = candidate.content.map(|c| c.parts).unwrap_or_default();
    let said: String = parts.into_iter().filter(|p| !p.thought).filter_map(|p| p.text).collect();
    if said.trim().is_empty() { Err(NoAnswer::Malformed) } else { Ok(said) }
}
