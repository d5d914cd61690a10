//! Why the container refuses or fails an invocation, in the caller's language.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use drape_core::job::FailureReason;
use drape_core::language::Language;
use drape_core::photo::PhotoError;

use super::prefixed_store::BadKey;
use super::wire::ErrorBody;

/// An error answer, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InvocationError {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    field: Option<String>,
    korean: String,
    english: String,
    retry_after: Option<u32>,
}

impl InvocationError {
    fn new(status: StatusCode, code: &'static str, ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self { status, code, field: None, korean: ko.into(), english: en.into(), retry_after: None }
    }

    fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The model is not loaded yet.
    pub(super) fn loading() -> Self {
        let (ko, en) = ("모델을 불러오는 중이에요.", "The model is being loaded.");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "loading", ko, en).retry_after(5)
    }

    /// The queue is full.
    pub(super) fn busy() -> Self {
        let (ko, en) = (
            "기다리는 요청이 많아요. 잠시 후 다시 보내 주세요.",
            "Too many requests are waiting. Try again in a while.",
        );
        Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", ko, en).retry_after(2)
    }

    /// The looks were not made in time.
    pub(super) fn timeout() -> Self {
        let (ko, en) = (
            "정해진 시간 안에 만들지 못했어요.",
            "The looks could not be made within the request's time limit.",
        );
        Self::new(StatusCode::GATEWAY_TIMEOUT, "timeout", ko, en)
    }

    /// A request that is not JSON, or that does not accept JSON.
    pub(super) fn media_type() -> Self {
        let (ko, en) = ("application/json으로 보내고 받아 주세요.", "Send and accept application/json.");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", ko, en)
    }

    /// More bytes than a body may have.
    pub(super) fn too_large(most: usize) -> Self {
        let most = most >> 20;
        let ko = format!("요청은 {most} MiB까지예요. 큰 사진은 input_id_keys로 보내 주세요.");
        let en = format!("A request may have {most} MiB. Name larger photos in input_id_keys.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", ko, en)
    }

    /// The looks have more bytes than an answer may contain.
    pub(super) fn answer_too_large(most: usize) -> Self {
        let most = most >> 20;
        let ko = format!("응답이 {most} MiB를 넘어요. format을 jpeg로 하거나 output_prefix를 적어 주세요.");
        let en = format!(
            "The answer has more than {most} MiB. Ask for the format jpeg, or name an output_prefix."
        );
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "answer_too_large", ko, en)
    }

    /// The body arrived too slowly or broke off.
    pub(super) fn broken_off() -> Self {
        let (ko, en) = ("요청이 중간에 끊어졌어요.", "The request broke off.");
        Self::new(StatusCode::BAD_REQUEST, "broken_off", ko, en)
    }

    /// A body that is not valid JSON, or not of the expected form.
    pub(super) fn json(why: &serde_json::Error) -> Self {
        let ko = format!("요청 JSON을 읽을 수 없어요: {why}");
        Self::new(StatusCode::BAD_REQUEST, "json", ko, format!("The JSON cannot be read: {why}"))
    }

    /// A field whose value cannot be used.
    pub(super) fn field(field: impl Into<String>, ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", ko, en).in_field(field)
    }

    /// A photo that cannot be used.
    pub(super) fn photo(field: String, why: &PhotoError) -> Self {
        let (ko, en) = (why.message(Language::Korean), why.message(Language::English));
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "photo_refused", ko, en).in_field(field)
    }

    /// A key that cannot be used.
    pub(super) fn key(field: &str, why: BadKey) -> Self {
        let (ko, en) = (why.message(Language::Korean), why.message(Language::English));
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key_refused", ko, en).in_field(field)
    }

    /// A key, although the container has no object store.
    pub(super) fn no_blobs(field: &str) -> Self {
        let ko = "이 컨테이너는 --blobs 없이 시작되어 키를 쓸 수 없어요.";
        let en = "Keys cannot be used, because this container was started without --blobs.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no_blobs", ko, en).in_field(field)
    }

    /// A key without a photo.
    pub(super) fn gone(field: String) -> Self {
        Self::engine(FailureReason::PhotoGone).in_field(field)
    }

    /// The object store does not answer.
    pub(super) fn store() -> Self {
        let (ko, en) = ("저장소가 응답하지 않아요.", "The object store does not answer.");
        Self::new(StatusCode::BAD_GATEWAY, "blobs_failed", ko, en)
    }

    /// The engine failed. If the reason is not transient, the same request would fail again.
    pub(super) fn engine(reason: FailureReason) -> Self {
        let status = if reason.transient() {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        Self::new(status, reason.id(), reason.message(Language::Korean), reason.message(Language::English))
    }

    /// The error as a response.
    pub(super) fn answer(&self, language: Language) -> Response {
        let body = ErrorBody {
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
