//! One request to an endpoint, from bytes to looks: uploaded if it is large, signed and sent, tried again
//! while that helps, its answer waited for and fetched, and nothing left behind.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use aws_sdk_sagemakerruntime::Client;
use aws_sdk_sagemakerruntime::primitives::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rand::Rng as _;

use super::client::Patience;
use super::exchange::{Exchange, Key};
use super::target::Target;
use super::verdict::Verdict;
use super::wire::{Answer, Invocation};

/// Most of a picture or of an answer that is fetched, 256 MiB.
const MOST: u64 = 256 << 20;
/// Largest body of a real-time invocation that older endpoints take, and that is sent whole where there
/// is an object store to go round it.
const SMALL: usize = 6_000_000;
/// Largest body of a real-time invocation.
const LARGE: usize = 25_000_000;
/// Looks that fit into the answer of a real-time invocation surely, as PNG.
const FEW: usize = 2;
const JSON: &str = "application/json";

/// The way to an endpoint.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) client: Client,
    pub(super) target: Target,
    pub(super) exchange: Option<Exchange>,
    pub(super) patience: Patience,
}

/// What is asked, owned.
pub(super) struct Question {
    /// Everything but photos and places.
    pub(super) invocation: Invocation,
    pub(super) photos: Vec<Bytes>,
    /// The name of the request, here and in the container's log.
    pub(super) id: String,
}

/// What was put into the object store for a request, or will have been.
#[derive(Debug, Default)]
pub(super) struct Left(Mutex<Vec<Key>>);

impl Left {
    fn note(&self, key: &Key) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(key.clone());
    }

    fn take(&self) -> Vec<Key> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// A body, and where its looks will be.
struct Sealed {
    body: Bytes,
    output: Vec<Key>,
}

impl Caller {
    /// The looks as encoded pictures, and what the container says of them.
    pub(super) async fn call(
        &self,
        question: &Question,
        left: &Left,
    ) -> Result<(Answer, Vec<Bytes>), Verdict> {
        let until = Instant::now() + self.patience.total;
        let sealed = self.seal(question, left).await?;
        let request = match (&self.exchange, self.target.asynchronous) {
            (Some(exchange), true) => {
                let key =
                    exchange.below(&question.id, "request.json").map_err(|e| Verdict::over(e.to_string()))?;
                self.put(exchange, &key, sealed.body.clone(), left).await?;
                Some((exchange, key))
            }
            (None, true) => return Err(Verdict::over("asynchronous endpoints need an object store")),
            (_, false) => None,
        };
        let mut tries = 0;
        let answer = loop {
            let tried = match &request {
                Some((exchange, key)) => self.queued((exchange, key), question, tries, left, until).await,
                None => self.at_once(question, &sealed.body).await,
            };
            let (why, after) = match tried {
                Ok(answer) => break answer,
                Err(Verdict::Over(failure)) => return Err(Verdict::Over(failure)),
                Err(Verdict::Again { why, after }) => (why, after),
            };
            let pause = self.patience.pause(tries).max(after.unwrap_or_default());
            tries += 1;
            if Instant::now() + pause >= until {
                return Err(Verdict::over(format!("gave up after {tries} tries: {why}")));
            }
            tracing::info!(request = question.id, tries, why, "the endpoint is asked again");
            tokio::time::sleep(pause).await;
        };
        let answer: Answer = serde_json::from_slice(&answer)
            .map_err(|e| Verdict::over(format!("the answer is no answer: {e}")))?;
        let pictures = self.pictures(&answer, &sealed.output).await?;
        Ok((answer, pictures))
    }

    /// Deletes what is left of a request.
    pub(super) async fn tidy(&self, left: &Left) {
        let Some(exchange) = &self.exchange else { return };
        for key in left.take() {
            if let Err(e) = exchange.delete(&key).await {
                tracing::warn!(error = %e, "an object of a request is left behind");
            }
        }
    }

    /// The body: photos within, or in the object store where it grows too large.
    async fn seal(&self, question: &Question, left: &Left) -> Result<Sealed, Verdict> {
        let unsent = |e: serde_json::Error| Verdict::over(e.to_string());
        let (photos, wish) = (&question.photos, &question.invocation);
        let bytes: usize = photos.iter().map(|p| p.len().div_ceil(3) * 4 + 3).sum();
        let by_message = !self.target.asynchronous;
        let most = if by_message && self.exchange.is_some() { SMALL } else { LARGE };
        let whole = bytes + 100_000 <= most.min(self.patience.inline);
        let Some(exchange) = &self.exchange else {
            if !whole {
                return Err(Verdict::over(
                    "the photos are too large for a request; an object store is needed",
                ));
            }
            let input_id_images = photos.iter().map(|p| STANDARD.encode(p)).collect();
            let body = serde_json::to_vec(&Invocation { input_id_images, ..wish.clone() });
            return Ok(Sealed { body: body.map_err(unsent)?.into(), output: Vec::new() });
        };
        let key = |name: &str| exchange.below(&question.id, name).map_err(|e| Verdict::over(e.to_string()));
        let mut asked = wish.clone();
        let mut output = Vec::new();
        if whole {
            asked.input_id_images = photos.iter().map(|p| STANDARD.encode(p)).collect();
        } else {
            for (k, photo) in photos.iter().enumerate() {
                let key = key(&format!("photo-{k}"))?;
                self.put(exchange, &key, photo.clone(), left).await?;
                asked.input_id_keys.push(key.to_string());
            }
        }
        if !whole || (by_message && wish.seeds.len() > FEW) {
            for k in 0..wish.seeds.len() {
                let key = key(&format!("look-{k}.png"))?;
                left.note(&key);
                asked.output_keys.push(key.to_string());
                output.push(key);
            }
        }
        Ok(Sealed { body: serde_json::to_vec(&asked).map_err(unsent)?.into(), output })
    }

    /// Writes an object, which is noted before it is there.
    async fn put(&self, exchange: &Exchange, key: &Key, bytes: Bytes, left: &Left) -> Result<(), Verdict> {
        left.note(key);
        let put = exchange.put(key, bytes).await;
        put.map_err(|e| Verdict::over(format!("the object store refuses a request: {e}")))
    }

    async fn at_once(&self, question: &Question, body: &Bytes) -> Result<Bytes, Verdict> {
        let sent = self
            .client
            .invoke_endpoint()
            .endpoint_name(&self.target.endpoint)
            .set_target_variant(self.target.variant.clone())
            .content_type(JSON)
            .accept(JSON)
            .custom_attributes(&question.id)
            .inference_id(&question.id)
            .body(Blob::new(body.as_ref()))
            .send();
        let answer = tokio::time::timeout(self.patience.attempt, sent).await;
        let answer = answer.map_err(|_| Verdict::again("no answer in time"))?;
        let body = answer.map_err(|e| Verdict::of_invocation(&e))?.body;
        Ok(body.map(Blob::into_inner).unwrap_or_default().into())
    }

    async fn queued(
        &self,
        (exchange, request): (&Exchange, &Key),
        question: &Question,
        tries: u32,
        left: &Left,
        until: Instant,
    ) -> Result<Bytes, Verdict> {
        let seconds = until.saturating_duration_since(Instant::now()).as_secs();
        let within = |low: u64, high: u64| i32::try_from(seconds.clamp(low, high)).unwrap_or(i32::MAX);
        let sent = self
            .client
            .invoke_endpoint_async()
            .endpoint_name(&self.target.endpoint)
            .content_type(JSON)
            .accept(JSON)
            .custom_attributes(&question.id)
            // The answer's place follows from it: a second try must not find the first one's failure.
            .inference_id(format!("{}-{tries}", question.id))
            .input_location(exchange.location(request))
            .invocation_timeout_seconds(within(1, 3600))
            .request_ttl_seconds(within(60, 21_600))
            .send();
        let answer = tokio::time::timeout(self.patience.attempt, sent).await;
        let answer = answer.map_err(|_| Verdict::again("no answer in time"))?;
        let answer = answer.map_err(|e| Verdict::of(&e))?;
        let place = |location: &str| {
            let key = exchange.find(location).map_err(|e| {
                Verdict::over(format!(
                    "the endpoint answers at {location}, which is not in the object store: {e}"
                ))
            });
            key.inspect(|key| left.note(key))
        };
        let output = answer.output_location().ok_or_else(|| Verdict::over("no place for the answer"))?;
        let output = place(output)?;
        let failure = answer.failure_location().map(place).transpose()?;
        self.watch(exchange, &output, failure.as_ref(), until).await
    }

    /// Looks for an answer until it is there.
    async fn watch(
        &self,
        exchange: &Exchange,
        output: &Key,
        failure: Option<&Key>,
        until: Instant,
    ) -> Result<Bytes, Verdict> {
        let look = async |key: &Key| match exchange.get(key, MOST).await {
            Ok(found) => found,
            // It may be back before the time is over.
            Err(e) => {
                tracing::warn!(error = %e, "the object store does not say whether there is an answer");
                None
            }
        };
        loop {
            if let Some(answer) = look(output).await {
                return Ok(answer);
            }
            if let Some(key) = failure
                && let Some(words) = look(key).await
            {
                return Err(Verdict::of_container(None, &String::from_utf8_lossy(&words)));
            }
            if Instant::now() >= until {
                return Err(Verdict::over("no answer in the object store in time"));
            }
            tokio::time::sleep(self.patience.poll).await;
        }
    }

    async fn pictures(&self, answer: &Answer, output: &[Key]) -> Result<Vec<Bytes>, Verdict> {
        if output.is_empty() {
            let pictures: Result<Vec<Bytes>, _> =
                answer.images.iter().map(|text| STANDARD.decode(text).map(Bytes::from)).collect();
            return pictures.map_err(|e| Verdict::over(format!("a look is no base64: {e}")));
        }
        let exchange = self.exchange.as_ref().ok_or_else(|| Verdict::over("no object store"))?;
        let mut pictures = Vec::new();
        // Only from where they were asked to be, whatever the answer says.
        for key in output {
            let found = exchange.get(key, MOST).await;
            let found = found.map_err(|e| Verdict::over(format!("a look cannot be fetched: {e}")))?;
            pictures.push(found.ok_or_else(|| Verdict::over("a look is not where it should be"))?);
        }
        Ok(pictures)
    }
}

impl Patience {
    /// The pause before try `tries + 1`: anywhere up to twice as long each time ("full jitter"), so that
    /// many workers do not come back at once.
    fn pause(&self, tries: u32) -> Duration {
        let most = self.first_pause.saturating_mul(1 << tries.min(10)).min(self.longest_pause);
        most.mul_f64(rand::rng().random_range(0.3..=1.0))
    }
}
