//! Errors as the person or program that asked sees them: what is wrong and what to do, in their language. A
//! handler returns a [`Problem`]; the layer of its routes ([`crate::http::render`]) writes it as problem+json
//! (RFC 9457), as the former service's envelope, or as a page.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use drape_core::language::Language;
use drape_core::photo::PhotoError;
use drape_core::sentence::SentenceError;
use drape_retouch::Advice;
use drape_store::StoreError;

/// The languages of a row, in the row's order.
const LANGUAGES: [Language; 2] = [Language::Korean, Language::English];

/// Why a request failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// No token, or one that is unknown, expired or revoked.
    SignedOut,
    /// E-mail or password is wrong; the answer does not say which.
    WrongPassword,
    /// The request comes from another site's page.
    OtherSite,
    /// The thing does not exist, or belongs to another user.
    NotFound,
    /// The route does not support the method.
    Method,
    /// A field has an unacceptable value.
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
    /// The idempotency key was used for a different request.
    KeyTaken,
    /// The upload is not a usable photo.
    Photo(PhotoError),
    /// The photo shows no person to style.
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
    /// An address longer than any of this site.
    AddressTooLong,
    /// More or longer headers than a request of this site needs.
    HeadersTooLarge,
    /// The body did not arrive in time.
    TooSlow,
    /// Too many requests from this user or address.
    TooMany {
        /// Seconds after which it is worth trying again.
        retry_after: u32,
    },
    /// The user already has as many waiting jobs, photos or webhooks as allowed.
    OwnLimit {
        /// The limit.
        limit: u32,
    },
    /// The database or the bucket does not answer.
    Away {
        /// Seconds after which it is worth trying again.
        retry_after: u32,
    },
    /// The server is full.
    Full {
        /// Seconds after which it is worth trying again.
        retry_after: u32,
    },
    /// Every connection is taken and in use.
    Crowded {
        /// Seconds after which it is worth trying again.
        retry_after: u32,
    },
    /// A mistake of the server; the cause is in the log.
    Internal,
}

/// How a problem is answered.
struct Row<'a> {
    /// HTTP status.
    status: StatusCode,
    /// The word by which programs tell problems apart.
    code: &'static str,
    /// The field of the request that is wrong.
    field: Option<&'static str>,
    /// Seconds for `Retry-After`.
    retry_after: Option<u32>,
    korean: Cow<'a, str>,
    english: Cow<'a, str>,
}

impl<'a> Row<'a> {
    fn new(
        status: StatusCode,
        code: &'static str,
        korean: impl Into<Cow<'a, str>>,
        english: impl Into<Cow<'a, str>>,
    ) -> Self {
        Self { status, code, field: None, retry_after: None, korean: korean.into(), english: english.into() }
    }

    fn at(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    fn after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl Problem {
    /// A field with an unacceptable value.
    pub fn invalid(field: &'static str, korean: impl Into<String>, english: impl Into<String>) -> Self {
        Self::Invalid { field, korean: korean.into(), english: english.into() }
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.row().status
    }

    /// The word by which programs tell problems apart.
    pub fn code(&self) -> &'static str {
        self.row().code
    }

    /// The field that is wrong, if the problem names one.
    pub fn field(&self) -> Option<&'static str> {
        self.row().field
    }

    /// Seconds for `Retry-After`.
    pub fn retry_after(&self) -> Option<u32> {
        self.row().retry_after
    }

    /// What is wrong and what to do.
    pub fn message(&self, language: Language) -> String {
        let row = self.row();
        language.pick(row.korean, row.english).into_owned()
    }

    fn row(&self) -> Row<'_> {
        use StatusCode as S;
        match self {
            Self::SignedOut => {
                Row::new(S::UNAUTHORIZED, "signed_out", "로그인이 필요해요.", "Please sign in.")
            }
            Self::WrongPassword => Row::new(
                S::UNAUTHORIZED,
                "wrong_password",
                "이메일 또는 비밀번호가 맞지 않아요.",
                "The e-mail address or the password is wrong.",
            ),
            Self::OtherSite => Row::new(
                S::FORBIDDEN,
                "other_site",
                "다른 사이트에서 보낸 요청이라 처리하지 않았어요. 이 페이지에서 다시 시도해 주세요.",
                "The request came from another site, so it was refused. Please try again from this page.",
            ),
            Self::NotFound => Row::new(
                S::NOT_FOUND,
                "not_found",
                "찾을 수 없어요. 삭제됐거나 기한이 지났을 수 있어요.",
                "Not found. It may have been deleted or have expired.",
            ),
            Self::Method => Row::new(
                S::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "이 주소는 이 방식의 요청을 받지 않아요.",
                "This address does not accept this kind of request.",
            ),
            Self::Invalid { field, korean, english } => {
                Row::new(S::UNPROCESSABLE_ENTITY, "invalid", korean, english).at(field)
            }
            Self::EmailTaken => Row::new(
                S::CONFLICT,
                "email_taken",
                "이미 가입된 이메일이에요. 로그인해 주세요.",
                "This e-mail address already has an account. Please sign in.",
            )
            .at("email"),
            Self::KeyTaken => Row::new(
                S::CONFLICT,
                "idempotency_key_taken",
                "같은 Idempotency-Key로 다른 내용의 요청을 이미 보냈어요. 새 키를 써 주세요.",
                "This Idempotency-Key was already used for another request. Use a new key.",
            ),
            Self::Photo(error) => {
                let status = match error {
                    PhotoError::TooManyBytes { .. } => S::PAYLOAD_TOO_LARGE,
                    PhotoError::NotAPicture(_) => S::UNSUPPORTED_MEDIA_TYPE,
                    _ => S::UNPROCESSABLE_ENTITY,
                };
                let [korean, english] = LANGUAGES.map(|l| error.message(l));
                Row::new(status, "photo_refused", korean, english).at("photo")
            }
            Self::Unsuitable(advice) => {
                let [korean, english] = LANGUAGES.map(|l| advice.message(l));
                Row::new(S::UNPROCESSABLE_ENTITY, "photo_unsuitable", korean, english).at("photo")
            }
            Self::NoConsent => Row::new(
                S::UNPROCESSABLE_ENTITY,
                "no_consent",
                "본인 사진이거나 사용 허락을 받은 사진이면 확인란에 표시해 주세요.",
                "Please tick the box if this is you, or if you have permission to use the photo.",
            )
            .at("consent"),
            Self::Sentence(error) => {
                let [korean, english] = LANGUAGES.map(|l| error.message(l));
                Row::new(S::UNPROCESSABLE_ENTITY, "sentence_refused", korean, english).at("sentence")
            }
            Self::TooLarge { bytes } => {
                let most = match bytes {
                    0..0x10_0000 => format!("{} kB", bytes >> 10),
                    _ => format!("{} MB", bytes >> 20),
                };
                Row::new(
                    S::PAYLOAD_TOO_LARGE,
                    "too_large",
                    format!("보낸 내용이 너무 커요. {most}까지 보낼 수 있어요."),
                    format!("This is too large. At most {most} can be sent."),
                )
            }
            Self::AddressTooLong => Row::new(
                S::URI_TOO_LONG,
                "address_too_long",
                "주소가 너무 길어요. 긴 내용은 주소가 아니라 본문으로 보내 주세요.",
                "The address is too long. Send long texts in the body instead.",
            ),
            Self::HeadersTooLarge => Row::new(
                S::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers_too_large",
                "요청 헤더가 너무 많거나 길어요. 이 사이트의 쿠키를 지우고 다시 시도해 주세요.",
                "The request has too many headers, or too long ones. \
                 Delete the cookies of this site and try again.",
            ),
            Self::TooSlow => Row::new(
                S::REQUEST_TIMEOUT,
                "too_slow",
                "보내는 데 너무 오래 걸려서 중간에 끊었어요. 연결을 확인하고 다시 보내 주세요.",
                "Sending took too long and was cut off. Check the connection and send it again.",
            ),
            Self::TooMany { retry_after } => Row::new(
                S::TOO_MANY_REQUESTS,
                "too_many_requests",
                format!("요청이 너무 많아요. {retry_after}초 뒤에 다시 시도해 주세요."),
                format!("Too many requests. Please try again in {retry_after} seconds."),
            )
            .after(*retry_after),
            Self::OwnLimit { limit } => Row::new(
                S::TOO_MANY_REQUESTS,
                "too_many_waiting",
                format!("한 번에 {limit}개까지 할 수 있어요. 끝나기를 기다리거나 하나를 취소·삭제해 주세요."),
                format!(
                    "At most {limit} are possible at a time. Wait for one to end, or cancel or delete one."
                ),
            )
            .after(5),
            Self::Full { retry_after } => Row::new(
                S::TOO_MANY_REQUESTS,
                "queue_full",
                format!("지금 기다리는 사람이 너무 많아요. {retry_after}초 뒤에 다시 시도해 주세요."),
                format!("Too many people are waiting. Please try again in {retry_after} seconds."),
            )
            .after(*retry_after),
            Self::Away { retry_after } => Row::new(
                S::SERVICE_UNAVAILABLE,
                "unavailable",
                format!(
                    "서버를 잠시 쓸 수 없어요. {retry_after}초 뒤에 다시 시도해 주세요. \
                     맡긴 작업은 그대로 있어요."
                ),
                format!(
                    "The server is unavailable for a moment. Please try again in {retry_after} seconds; \
                     your jobs are kept."
                ),
            )
            .after(*retry_after),
            Self::Crowded { retry_after } => Row::new(
                S::SERVICE_UNAVAILABLE,
                "crowded",
                format!("지금 접속이 너무 많아요. {retry_after}초 뒤에 다시 시도해 주세요."),
                format!("Too many connections at the moment. Please try again in {retry_after} seconds."),
            )
            .after(*retry_after),
            Self::Internal => Row::new(
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "서버에 문제가 생겼어요. 잠시 후 다시 시도해 주세요.",
                "Something went wrong on the server. Please try again in a while.",
            ),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            // The database restarts or is too busy; the same request may succeed soon.
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
            | StoreError::NotBuilt(_)
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
    /// Sets only the status and the extension; a layer that knows the language writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
