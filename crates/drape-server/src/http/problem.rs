//! Errors as the person or program at the other end sees them: what is wrong and what to do, in their
//! language. A handler answers a [`Problem`]; the layer of its routes ([`crate::http::render`]) writes it as
//! problem+json (RFC 9457), as the former service's envelope, or as a page.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use drape_core::language::Language;
use drape_core::photo::PhotoError;
use drape_core::sentence::SentenceError;
use drape_retouch::Advice;
use drape_store::StoreError;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// No token, or one that is unknown, over or revoked.
    SignedOut,
    /// E-mail or password is wrong; nobody is told which.
    WrongPassword,
    /// The request comes from another site's page.
    OtherSite,
    /// It does not exist, or is somebody else's.
    NotFound,
    /// The method does not fit the address.
    Method,
    /// A field has no acceptable value.
    Invalid {
        /// Name of the field.
        field: &'static str,
        /// Korean.
        korean: String,
        /// English.
        english: String,
    },
    /// The e-mail address has an account.
    EmailTaken,
    /// The idempotency key was used for another request.
    KeyTaken,
    /// The upload is no photo that can be used.
    Photo(PhotoError),
    /// The photo shows nobody to style.
    Unsuitable(Advice),
    /// The box "this is me, or I have permission" is not ticked.
    NoConsent,
    /// The sentence cannot be read.
    Sentence(SentenceError),
    /// More bytes than may be sent.
    TooLarge {
        /// The most.
        bytes: usize,
    },
    /// An address longer than those of this site.
    AddressTooLong,
    /// More headers, or longer ones, than a request of this site needs.
    HeadersTooLarge,
    /// The body did not come in time.
    TooSlow,
    /// Too many requests from this user or address.
    TooMany {
        /// Seconds after which it is worth trying again.
        retry_after: u32,
    },
    /// As much of the user is waiting as may wait.
    OwnLimit {
        /// The most.
        limit: u32,
    },
    /// The database or the pictures' place does not answer.
    Away {
        /// Seconds after which it is worth trying again.
        retry_after: u32,
    },
    /// The server is full.
    Full {
        /// Seconds after which it is worth trying again.
        retry_after: u32,
    },
    /// As many connections as there may be, all of them in use.
    Crowded {
        /// Seconds after which it is worth trying again.
        retry_after: u32,
    },
    /// Our own mistake; the cause is in the log.
    Internal,
}

impl Problem {
    /// A field with no acceptable value.
    pub fn invalid(field: &'static str, korean: impl Into<String>, english: impl Into<String>) -> Self {
        Self::Invalid { field, korean: korean.into(), english: english.into() }
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::OtherSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Invalid { .. } | Self::NoConsent | Self::Sentence(_) | Self::Unsuitable(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::EmailTaken | Self::KeyTaken => StatusCode::CONFLICT,
            Self::Photo(PhotoError::TooManyBytes { .. }) | Self::TooLarge { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::AddressTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Photo(PhotoError::NotAPicture(_)) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Photo(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } | Self::OwnLimit { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Full { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Away { .. } | Self::Crowded { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The word that programs tell problems apart by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::WrongPassword => "wrong_password",
            Self::OtherSite => "other_site",
            Self::NotFound => "not_found",
            Self::Method => "method_not_allowed",
            Self::Invalid { .. } => "invalid",
            Self::EmailTaken => "email_taken",
            Self::KeyTaken => "idempotency_key_taken",
            Self::Photo(_) => "photo_refused",
            Self::Unsuitable(_) => "photo_unsuitable",
            Self::NoConsent => "no_consent",
            Self::Sentence(_) => "sentence_refused",
            Self::TooLarge { .. } => "too_large",
            Self::AddressTooLong => "address_too_long",
            Self::HeadersTooLarge => "headers_too_large",
            Self::TooSlow => "too_slow",
            Self::TooMany { .. } => "too_many_requests",
            Self::OwnLimit { .. } => "too_many_waiting",
            Self::Full { .. } => "queue_full",
            Self::Away { .. } => "unavailable",
            Self::Crowded { .. } => "crowded",
            Self::Internal => "internal",
        }
    }

    /// The field that is meant, if one is.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { field, .. } => Some(field),
            Self::EmailTaken => Some("email"),
            Self::Sentence(_) => Some("sentence"),
            Self::NoConsent => Some("consent"),
            Self::Photo(_) | Self::Unsuitable(_) => Some("photo"),
            _ => None,
        }
    }

    /// Seconds for `Retry-After`.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooMany { retry_after }
            | Self::Full { retry_after }
            | Self::Away { retry_after }
            | Self::Crowded { retry_after } => Some(*retry_after),
            Self::OwnLimit { .. } => Some(5),
            _ => None,
        }
    }

    /// What is wrong and what to do.
    pub fn message(&self, language: Language) -> String {
        let both = |korean: &str, english: &str| language.pick(korean, english).to_owned();
        match self {
            Self::SignedOut => both("로그인이 필요합니다.", "Please sign in."),
            Self::WrongPassword => both(
                "이메일 또는 비밀번호가 올바르지 않습니다.",
                "The e-mail address or the password is wrong.",
            ),
            Self::OtherSite => both(
                "다른 사이트에서 보낸 요청이라 처리하지 않았습니다. 이 페이지에서 다시 시도해 주세요.",
                "The request came from another site and was not done. Please try again from this page.",
            ),
            Self::NotFound => both(
                "찾을 수 없습니다. 삭제되었거나 기한이 지났을 수 있습니다.",
                "Not found. It may have been deleted or have expired.",
            ),
            Self::Method => both(
                "이 주소는 이 방식의 요청을 받지 않습니다.",
                "This address does not take this kind of request.",
            ),
            Self::Invalid { korean, english, .. } => both(korean, english),
            Self::EmailTaken => both(
                "이미 가입된 이메일입니다. 로그인해 주세요.",
                "This e-mail address has an account. Please sign in.",
            ),
            Self::KeyTaken => both(
                "같은 Idempotency-Key로 다른 내용의 요청을 보냈습니다. 새 키를 쓰세요.",
                "This Idempotency-Key was used for another request. Use a new key.",
            ),
            Self::Photo(e) => e.message(language),
            Self::Unsuitable(advice) => advice.message(language).to_owned(),
            Self::NoConsent => both(
                "본인 사진이거나 사용 허락을 받은 사진인지 확인란에 표시해 주세요.",
                "Please tick the box: this is you, or you have permission.",
            ),
            Self::Sentence(e) => e.message(language),
            Self::TooLarge { bytes } => {
                let most = if *bytes < 1 << 20 {
                    format!("{} kB", bytes >> 10)
                } else {
                    format!("{} MB", bytes >> 20)
                };
                language.pick(
                    format!("보낸 내용이 너무 큽니다. {most}까지 보낼 수 있습니다."),
                    format!("That is too large; {most} is the most."),
                )
            }
            Self::AddressTooLong => both(
                "주소가 너무 깁니다. 긴 내용은 주소가 아니라 본문으로 보내 주세요.",
                "The address is too long. Send what is long in the body.",
            ),
            Self::HeadersTooLarge => both(
                "요청 헤더가 너무 많거나 깁니다. 이 사이트의 쿠키를 지우고 다시 시도해 주세요.",
                "The request has too many headers, or too long ones. Delete the cookies of this site and try again.",
            ),
            Self::TooSlow => both(
                "보내는 데 너무 오래 걸려 멈췄습니다. 연결을 확인하고 다시 보내 주세요.",
                "Sending took too long and was cut off. Check the connection and send it again.",
            ),
            Self::TooMany { retry_after } => language.pick(
                format!("요청이 너무 많습니다. {retry_after}초 뒤에 다시 시도해 주세요."),
                format!("Too many requests. Please try again in {retry_after} seconds."),
            ),
            Self::OwnLimit { limit } => language.pick(
                format!("한 번에 {limit}개까지 가능합니다. 끝나기를 기다리거나 하나를 취소·삭제해 주세요."),
                format!("{limit} is the most at a time. Wait for one to end, or cancel or delete one."),
            ),
            Self::Away { retry_after } => language.pick(
                format!("서버가 잠시 쉬고 있습니다. {retry_after}초 뒤에 다시 시도해 주세요. 맡긴 작업은 그대로 있습니다."),
                format!("The server is not ready for a moment. Please try again in {retry_after} seconds; nothing is lost."),
            ),
            Self::Full { retry_after } => language.pick(
                format!("지금 대기가 너무 많습니다. {retry_after}초 뒤에 다시 시도해 주세요."),
                format!("Too many people are waiting. Please try again in {retry_after} seconds."),
            ),
            Self::Crowded { retry_after } => language.pick(
                format!("지금 접속이 너무 많습니다. {retry_after}초 뒤에 다시 시도해 주세요."),
                format!("Too many are connected. Please try again in {retry_after} seconds."),
            ),
            Self::Internal => both(
                "서버에 문제가 생겼습니다. 잠시 후 다시 시도해 주세요.",
                "Something went wrong on the server. Please try again in a while.",
            ),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            // It is being started again, or too busy: what was asked may be asked again.
            tracing::warn!(error = %error, "the store does not answer");
            return Self::Away { retry_after: 5 };
        }
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Taken("email") => Self::EmailTaken,
            StoreError::Taken(_) => Self::KeyTaken,
            StoreError::Busy { limit, own: true } => Self::OwnLimit { limit },
            StoreError::Busy { .. } => Self::Full { retry_after: 30 },
            StoreError::Fenced
            | StoreError::Database(_)
            | StoreError::Blobs(_)
            | StoreError::Setup { .. }
            | StoreError::Row(_) => {
                tracing::error!(error = %error, "the store failed");
                Self::Internal
            }
        }
    }
}

impl From<SentenceError> for Problem {
    fn from(error: SentenceError) -> Self {
        Self::Sentence(error)
    }
}

impl From<PhotoError> for Problem {
    fn from(error: PhotoError) -> Self {
        Self::Photo(error)
    }
}

impl IntoResponse for Problem {
    /// Only status and extension; the body is written by the layer that knows the language.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
