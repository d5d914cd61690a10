//! The messages between servers and detached workers, as JSON. The two sides may run different releases, so
//! new fields have defaults.

use drape_core::engine::OwnedRequest;
use drape_core::id::{JobId, PhotoId};
use drape_core::report::Report;
use drape_core::trace::Trace;
use drape_store::Millis;
use serde::{Deserialize, Serialize};

/// The version of all messages. A message of another version stays in its queue for programs that know it.
pub(super) const VERSION: u32 = 1;

/// A request to a detached worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RequestMessage {
    pub(super) version: u32,
    pub(super) job: JobId,
    pub(super) attempt: u32,
    pub(super) engine: String,
    /// Photos and the keys of their bytes.
    pub(super) photos: Vec<(PhotoId, String)>,
    #[serde(flatten)]
    pub(super) request: OwnedRequest,
    /// Keys to write: full, view and thumb of each look.
    pub(super) looks: Vec<[String; 3]>,
    /// The key of an object that exists as long as the looks are wanted.
    pub(super) ticket: String,
    /// Milliseconds without an answer after which the attempt is lost.
    pub(super) lease: Millis,
    /// Time after which nothing may be written.
    pub(super) until: Millis,
    /// The parent of the work, a `traceparent`; absent in messages of earlier releases.
    #[serde(default)]
    pub(super) trace: String,
}

impl RequestMessage {
    pub(super) fn trace(&self) -> Trace {
        self.trace.parse().unwrap_or_else(|_| Trace::of_job(self.job))
    }
}

/// An answer of a detached worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ResponseMessage {
    pub(super) version: u32,
    /// The worker's name.
    pub(super) worker: String,
    pub(super) engine: String,
    /// Absent if the worker only shows that it is alive.
    #[serde(flatten)]
    pub(super) news: Option<JobNews>,
}

/// A worker's message about a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct JobNews {
    pub(super) job: JobId,
    pub(super) attempt: u32,
    /// The work itself as a `traceparent`; absent in messages of earlier releases.
    #[serde(default)]
    pub(super) trace: String,
    #[serde(flatten)]
    pub(super) event: JobEvent,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum JobEvent {
    /// The worker works on it.
    Alive,
    /// A step begins.
    Progress {
        stage: String,
        step: u32,
        total: u32,
        /// The picture so far, a JPEG in base64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<String>,
    },
    /// The looks are written.
    Done { looks: Vec<WrittenLook> },
    /// There are no looks.
    Failed { reason: String },
    /// The worker stops before it has finished.
    Released,
}

/// A look whose pictures are written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct WrittenLook {
    pub(super) photo: PhotoId,
    /// Pixels.
    pub(super) width: u32,
    /// Pixels.
    pub(super) height: u32,
    pub(super) seed: u64,
    pub(super) report: Report,
    /// Bytes of full, view and thumb.
    pub(super) bytes: [u64; 3],
}

#[cfg(test)]
mod tests {
    use drape_core::engine::{Settings, Subject};
    use drape_core::id::UserId;
    use drape_core::lexicon;
    use drape_core::sentence::Sentence;
    use serde_json::json;

    use super::*;

    const ID: &str = "00000000-0000-7000-8000-000000000001";

    #[test]
    fn requests_keep_their_form() {
        let style = lexicon::read(&Sentence::parse("navy blazer").expect("a sentence"));
        let wire = json!({
            "version": 1, "job": ID, "attempt": 2, "engine": "retouch", "owner": ID,
            "photos": [[ID, "p/full"]], "style": style, "subject": "woman", "settings": {"steps": 30},
            "seeds": [u64::MAX, 0], "looks": [["f", "v", "t"], ["F", "V", "T"]], "ticket": "tickets/1",
            "lease": 60_000, "until": 1_700_000_000_000_i64, "trace": "",
        });
        let message: RequestMessage = serde_json::from_value(wire.clone()).expect("a request");
        assert_eq!(serde_json::to_value(&message).expect("JSON"), wire);
        let expected = OwnedRequest {
            owner: Some(ID.parse::<UserId>().expect("an id")),
            style,
            subject: Subject::Woman,
            settings: Settings { steps: Some(30), ..Settings::default() },
            seeds: vec![u64::MAX, 0],
        };
        assert_eq!(message.request, expected);
        // The same message from an earlier release.
        let mut earlier = wire;
        earlier.as_object_mut().expect("an object").remove("trace");
        let message: RequestMessage = serde_json::from_value(earlier).expect("a request");
        assert_eq!(message.trace(), Trace::of_job(message.job));
    }

    #[test]
    fn responses_keep_their_form() {
        let report = Report::new("retouch", &lexicon::read(&Sentence::default()), 5);
        let look = json!({
            "photo": ID, "width": 3, "height": 4, "seed": 5, "report": report, "bytes": [1, 2, 3],
        });
        for event in [
            json!({"kind": "alive"}),
            json!({"kind": "progress", "stage": "paint", "step": 1, "total": 3}),
            json!({"kind": "progress", "stage": "paint", "step": 1, "total": 3, "preview": "/9g="}),
            json!({"kind": "done", "looks": [look]}),
            json!({"kind": "failed", "reason": "no_person"}),
            json!({"kind": "released"}),
        ] {
            let mut wire = json!({
                "version": 1, "worker": "one", "engine": "retouch", "job": ID, "attempt": 2, "trace": "",
            });
            wire.as_object_mut().expect("an object").extend(event.as_object().expect("an object").clone());
            let message: ResponseMessage = serde_json::from_value(wire.clone()).expect("a response");
            assert_eq!(serde_json::to_value(&message).expect("JSON"), wire);
        }
        let alive = json!({"version": 1, "worker": "one", "engine": "retouch"});
        let message: ResponseMessage = serde_json::from_value(alive.clone()).expect("a response");
        assert!(message.news.is_none());
        assert_eq!(serde_json::to_value(&message).expect("JSON"), alive);
    }
}
