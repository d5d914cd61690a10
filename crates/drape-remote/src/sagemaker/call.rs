//! One call of an endpoint, from photos to looks: uploads large photos, signs and sends the request, retries
//! while that may help, fetches the answer, and leaves nothing in the object store.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use aws_sdk_sagemakerruntime::Client;
use aws_sdk_sagemakerruntime::primitives::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::call_error::CallError;
use super::prefixed_store::{ObjectKey, PrefixedStore};
use super::target::Target;
use super::timeouts::Timeouts;
use super::wire::{Answer, Invocation};

/// Most bytes of a picture or of an answer that is fetched, 256 MiB.
const MOST: u64 = 256 << 20;
/// Largest body of a real-time invocation that every endpoint accepts. Larger bodies go through the object
/// store, if there is one.
const SMALL: usize = 6_000_000;
/// Largest body of a real-time invocation.
const LARGE: usize = 25_000_000;
/// Most looks that certainly fit as PNG into the answer of a real-time invocation.
const FEW: usize = 2;
const JSON: &str = "application/json";

/// A client of one endpoint.
#[derive(Debug)]
pub(super) struct EndpointClient {
    pub(super) client: Client,
    pub(super) target: Target,
    pub(super) store: Option<PrefixedStore>,
    pub(super) timeouts: Timeouts,
}

/// A request with its photos.
pub(super) struct Call {
    /// The request without photos and keys.
    pub(super) invocation: Invocation,
    pub(super) photos: Vec<Bytes>,
    /// The name of the request, here and in the container's log.
    pub(super) id: String,
}

/// Keys of objects that exist for a call, or that may be written later.
#[derive(Debug, Default)]
pub(super) struct Leftovers(Mutex<Vec<ObjectKey>>);

impl Leftovers {
    fn note(&self, key: &ObjectKey) {
        self.lock().push(key.clone());
    }

    fn take(&self) -> Vec<ObjectKey> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ObjectKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body, and the keys for its looks; none if the looks come in the answer.
struct Body {
    bytes: Bytes,
    output: Vec<ObjectKey>,
}

/// A request in the object store, for an asynchronous endpoint.
struct StoredRequest<'a> {
    store: &'a PrefixedStore,
    key: ObjectKey,
}

impl EndpointClient {
    /// Calls the endpoint. Returns the container's answer, and the looks as encoded pictures.
    pub(super) async fn call(
        &self,
        call: &Call,
        leftovers: &Leftovers,
    ) -> Result<(Answer, Vec<Bytes>), CallError> {
        let until = Instant::now() + self.timeouts.total;
        let body = self.body(call, leftovers).await?;
        let stored = match (&self.store, self.target.asynchronous) {
            (Some(store), true) => {
                let key = store.below(&call.id, "request.json");
                let key = key.map_err(|e| CallError::permanent(e.to_string()))?;
                put(store, &key, body.bytes.clone(), leftovers).await?;
                Some(StoredRequest { store, key })
            }
            (None, true) => return Err(CallError::permanent("asynchronous endpoints need an object store")),
            (_, false) => None,
        };
        let mut tries = 0;
        let answer = loop {
            let tried = match &stored {
                Some(request) => self.invoke_async(request, &call.id, tries, leftovers, until).await,
                None => self.invoke(&call.id, &body.bytes).await,
            };
            let (why, after) = match tried {
                Ok(answer) => break answer,
                Err(CallError::Transient { why, after }) => (why, after),
                Err(permanent) => return Err(permanent),
            };
            let pause = self.timeouts.pause(tries).max(after.unwrap_or_default());
            tries += 1;
            if Instant::now() + pause >= until {
                return Err(CallError::permanent(format!("gave up after {tries} tries: {why}")));
            }
            tracing::info!(request = call.id, tries, why, "the endpoint is called again");
            tokio::time::sleep(pause).await;
        };
        let answer: Answer = serde_json::from_slice(&answer)
            .map_err(|e| CallError::permanent(format!("the answer cannot be parsed: {e}")))?;
        let pictures = self.pictures(&answer, &body.output).await?;
        Ok((answer, pictures))
    }

    /// Deletes the objects of a call.
    pub(super) async fn delete(&self, leftovers: &Leftovers) {
        let Some(store) = &self.store else { return };
        for key in leftovers.take() {
            if let Err(e) = store.delete(&key).await {
                tracing::warn!(error = %e, "an object of a request cannot be deleted");
            }
        }
    }

    /// The body of a call. Photos and looks go through the object store if the body would be too large.
    async fn body(&self, call: &Call, leftovers: &Leftovers) -> Result<Body, CallError> {
        let (photos, real_time) = (&call.photos, !self.target.asynchronous);
        let bytes: usize = photos.iter().map(|p| p.len().div_ceil(3) * 4 + 3).sum();
        let most = if real_time && self.store.is_some() { SMALL } else { LARGE };
        let fits = bytes + 100_000 <= most.min(self.timeouts.inline);
        let mut invocation = call.invocation.clone();
        let mut output = Vec::new();
        if fits {
            invocation.input_id_images = photos.iter().map(|p| STANDARD.encode(p)).collect();
        }
        if let Some(store) = &self.store {
            let key =
                |name: &str| store.below(&call.id, name).map_err(|e| CallError::permanent(e.to_string()));
            if !fits {
                for (k, photo) in photos.iter().enumerate() {
                    let key = key(&format!("photo-{k}"))?;
                    put(store, &key, photo.clone(), leftovers).await?;
                    invocation.input_id_keys.push(key.to_string());
                }
            }
            if !fits || (real_time && invocation.seeds.len() > FEW) {
                for k in 0..invocation.seeds.len() {
                    let key = key(&format!("look-{k}.png"))?;
                    leftovers.note(&key);
                    invocation.output_keys.push(key.to_string());
                    output.push(key);
                }
            }
        } else if !fits {
            let why = "the photos are too large for a request; an object store is needed";
            return Err(CallError::permanent(why));
        }
        let bytes = serde_json::to_vec(&invocation).map_err(|e| CallError::permanent(e.to_string()))?;
        Ok(Body { bytes: bytes.into(), output })
    }

    /// One try at a real-time endpoint: the body of the answer.
    async fn invoke(&self, id: &str, body: &Bytes) -> Result<Bytes, CallError> {
        let sent = self
            .client
            .invoke_endpoint()
            .endpoint_name(&self.target.endpoint)
            .set_target_variant(self.target.variant.clone())
            .content_type(JSON)
            .accept(JSON)
            .custom_attributes(id)
            .inference_id(id)
            .body(Blob::new(body.as_ref()))
            .send();
        let answer = tokio::time::timeout(self.timeouts.attempt, sent).await;
        let answer = answer.map_err(|_| CallError::transient("no answer in time"))?;
        let body = answer.map_err(|e| CallError::of_invocation(&e))?.body;
        Ok(body.map(Blob::into_inner).unwrap_or_default().into())
    }

    /// One try at an asynchronous endpoint: the answer from the object store.
    async fn invoke_async(
        &self,
        request: &StoredRequest<'_>,
        id: &str,
        tries: u32,
        leftovers: &Leftovers,
        until: Instant,
    ) -> Result<Bytes, CallError> {
        let store = request.store;
        let seconds = until.saturating_duration_since(Instant::now()).as_secs();
        let within = |low: u64, high: u64| i32::try_from(seconds.clamp(low, high)).unwrap_or(i32::MAX);
        let sent = self
            .client
            .invoke_endpoint_async()
            .endpoint_name(&self.target.endpoint)
            .content_type(JSON)
            .accept(JSON)
            .custom_attributes(id)
            // The location of the answer depends on this id: a second try must not find the failure of the
            // first.
            .inference_id(format!("{id}-{tries}"))
            .input_location(store.location(&request.key))
            .invocation_timeout_seconds(within(1, 3600))
            .request_ttl_seconds(within(60, 21_600))
            .send();
        let accepted = tokio::time::timeout(self.timeouts.attempt, sent).await;
        let accepted = accepted.map_err(|_| CallError::transient("no answer in time"))?;
        let accepted = accepted.map_err(|e| CallError::of(&e))?;
        let key = |location: &str| {
            let key = store.find(location).map_err(|e| {
                let why =
                    format!("the endpoint answers at {location}, which is not in the object store: {e}");
                CallError::permanent(why)
            });
            key.inspect(|key| leftovers.note(key))
        };
        let output = accepted.output_location();
        let output = key(output.ok_or_else(|| CallError::permanent("no location of the answer"))?)?;
        let failure = accepted.failure_location().map(key).transpose()?;
        self.wait(store, &output, failure.as_ref(), until).await
    }

    /// Waits until an answer or a failure is in the object store.
    async fn wait(
        &self,
        store: &PrefixedStore,
        output: &ObjectKey,
        failure: Option<&ObjectKey>,
        until: Instant,
    ) -> Result<Bytes, CallError> {
        let get = async |key: &ObjectKey| match store.get(key, MOST).await {
            Ok(found) => found,
            // The store may answer again in time.
            Err(e) => {
                tracing::warn!(error = %e, "the object store cannot be asked for the answer");
                None
            }
        };
        loop {
            if let Some(answer) = get(output).await {
                return Ok(answer);
            }
            if let Some(key) = failure
                && let Some(text) = get(key).await
            {
                return Err(CallError::of_container(None, &String::from_utf8_lossy(&text)));
            }
            if Instant::now() >= until {
                return Err(CallError::permanent("no answer in the object store in time"));
            }
            tokio::time::sleep(self.timeouts.poll).await;
        }
    }

    async fn pictures(&self, answer: &Answer, output: &[ObjectKey]) -> Result<Vec<Bytes>, CallError> {
        if output.is_empty() {
            let pictures: Result<Vec<Bytes>, _> =
                answer.images.iter().map(|text| STANDARD.decode(text).map(Bytes::from)).collect();
            return pictures.map_err(|e| CallError::permanent(format!("a look is not base64: {e}")));
        }
        let store = self.store.as_ref().ok_or_else(|| CallError::permanent("no object store"))?;
        let mut pictures = Vec::new();
        // Fetch the requested keys, whatever keys the answer names.
        for key in output {
            let found = store.get(key, MOST).await;
            let found = found.map_err(|e| CallError::permanent(format!("a look cannot be fetched: {e}")))?;
            pictures.push(found.ok_or_else(|| CallError::permanent("a look was not written"))?);
        }
        Ok(pictures)
    }
}

/// Writes an object. Its key is noted first, so that it is deleted even if the call is cancelled meanwhile.
async fn put(
    store: &PrefixedStore,
    key: &ObjectKey,
    bytes: Bytes,
    leftovers: &Leftovers,
) -> Result<(), CallError> {
    leftovers.note(key);
    let put = store.put(key, bytes).await;
    put.map_err(|e| CallError::permanent(format!("the object store refuses a request: {e}")))
}
