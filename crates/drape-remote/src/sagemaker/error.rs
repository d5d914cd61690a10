//! What the container does not do, and why, in the caller's language.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use drape_core::job::FailureReason;
use drape_core::language::Language;
use drape_core::photo::PhotoError;

use super::exchange::BadKey;
use super::wire::Refused;

/// A refusal in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    field: Option<String>,
    korean: String,
    english: String,
    retry_after: Option<u32>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self { status, code, field: None, korean: ko.into(), english: en.into(), retry_after: None }
    }

    fn again_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    fn of(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The model is not there yet.
    pub(super) fn loading() -> Self {
        let (ko, en) = ("모델을 불러오는 중입니다.", "The model is being loaded.");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "loading", ko, en).again_after(5)
    }

    /// As much waits as may wait.
    pub(super) fn busy() -> Self {
        let (ko, en) = (
            "기다리는 요청이 많습니다. 잠시 후 다시 보내 주세요.",
            "Too many requests wait. Send it again in a while.",
        );
        Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", ko, en).again_after(2)
    }

    /// The time of a request was over before its looks were there.
    pub(super) fn timeout() -> Self {
        let (ko, en) = (
            "정해진 시간 안에 만들지 못했습니다.",
            "The looks were not made in the time that a request has.",
        );
        Self::new(StatusCode::GATEWAY_TIMEOUT, "timeout", ko, en)
    }

    /// A content type that is not read, or an answer that is not written.
    pub(super) fn media_type() -> Self {
        let (ko, en) =
            ("application/json으로 보내고 받아 주세요.", "Requests and answers are application/json.");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", ko, en)
    }

    /// More bytes than a body may have.
    pub(super) fn too_large(most: usize) -> Self {
        let most = most >> 20;
        let ko = format!("요청은 {most} MiB까지입니다. 큰 사진은 input_id_keys로 보내 주세요.");
        let en = format!("A request has at most {most} MiB. Larger photos go by input_id_keys.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", ko, en)
    }

    /// The looks have more bytes than an answer may have.
    pub(super) fn answer_too_large(most: usize) -> Self {
        let most = most >> 20;
        let ko = format!("응답이 {most} MiB를 넘습니다. format을 jpeg로 하거나 output_prefix를 적어 주세요.");
        let en = format!(
            "The answer has more than {most} MiB. Ask for the format jpeg, or name an output_prefix."
        );
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "answer_too_large", ko, en)
    }

    /// The body came too slowly or broke off.
    pub(super) fn broken_off() -> Self {
        let (ko, en) = ("요청이 중간에 끊어졌습니다.", "The request broke off.");
        Self::new(StatusCode::BAD_REQUEST, "broken_off", ko, en)
    }

    /// A body that is not the JSON that is expected.
    pub(super) fn json(why: &serde_json::Error) -> Self {
        let ko = format!("요청 JSON을 읽을 수 없습니다: {why}");
        Self::new(StatusCode::BAD_REQUEST, "json", ko, format!("The JSON cannot be read: {why}"))
    }

    /// A field whose value cannot be used.
    pub(super) fn field(field: impl Into<String>, ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", ko, en).of(field)
    }

    /// A photo that cannot be used.
    pub(super) fn photo(field: String, why: &PhotoError) -> Self {
        let (ko, en) = (why.message(Language::Korean), why.message(Language::English));
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "photo_refused", ko, en).of(field)
    }

    /// A key that cannot be used.
    pub(super) fn key(field: &str, why: BadKey) -> Self {
        let (ko, en) = (why.message(Language::Korean), why.message(Language::English));
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key_refused", ko, en).of(field)
    }

    /// Keys for a container that has no object store.
    pub(super) fn no_blobs(field: &str) -> Self {
        let ko = "이 컨테이너에는 --blobs가 없어 키를 쓸 수 없습니다.";
        let en = "This container was started without --blobs, so that keys cannot be used.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no_blobs", ko, en).of(field)
    }

    /// A photo that is not where its key says.
    pub(super) fn gone(field: String) -> Self {
        Self::engine(FailureReason::PhotoGone).of(field)
    }

    /// The object store does not answer.
    pub(super) fn store() -> Self {
        let (ko, en) = ("저장소가 응답하지 않습니다.", "The object store does not answer.");
        Self::new(StatusCode::BAD_GATEWAY, "blobs_failed", ko, en)
    }

    /// The engine's own reasons. All but its own mistakes lie in the request, and the same request would
    /// end in the same way.
    pub(super) fn engine(reason: FailureReason) -> Self {
        let own = matches!(reason, FailureReason::EngineFailed | FailureReason::WorkerLost);
        let status = if own { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::UNPROCESSABLE_ENTITY };
        Self::new(status, reason.id(), reason.message(Language::Korean), reason.message(Language::English))
    }

    pub(super) fn answer(&self, language: Language) -> Response {
        let body = Refused {
            code: self.code.to_owned(),
            message: language.pick(&self.korean, &self.english).clone(),
            field: self.field.clone(),
            retry_after: self.retry_after,
        };
        let mut answer = (self.status, axum::Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        answer
    }
}
