//! What an answer of an endpoint that is no look means: try again, or give up, and why.

use std::time::Duration;

use aws_sdk_sagemakerruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sagemakerruntime::operation::invoke_endpoint::InvokeEndpointError;
use drape_core::engine::EngineFailure;
use drape_core::job::FailureReason;

use super::wire::Refused;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may be better in a while; after at least so long where the container said so.
    Again {
        /// For the log.
        why: String,
        /// The container's own word.
        after: Option<Duration>,
    },
    /// It will not be better.
    Over(EngineFailure),
}

impl Verdict {
    pub(super) fn over(detail: impl Into<String>) -> Self {
        Self::Over(EngineFailure::Failed { reason: FailureReason::EngineFailed, detail: detail.into() })
    }

    pub(super) fn again(why: impl Into<String>) -> Self {
        Self::Again { why: why.into(), after: None }
    }

    /// Of the service or of the way to it.
    pub(super) fn of<E>(error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata,
    {
        match error {
            SdkError::TimeoutError(_) => Self::again("no answer in time"),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::again("no answer in time"),
            SdkError::DispatchFailure(failure) if failure.is_io() => {
                Self::again("the endpoint cannot be reached")
            }
            // No credentials, no region, no trust in its certificate.
            SdkError::DispatchFailure(failure) => {
                let why = failure.as_connector_error().map(|e| chain(e)).unwrap_or_default();
                Self::over(format!("the endpoint cannot be asked: {why}"))
            }
            SdkError::ResponseError(_) => Self::again("the answer broke off"),
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                let code = context.err().code().unwrap_or("unknown");
                let throttled = code.contains("Throttl") || code == "TooManyRequestsException";
                if throttled || status == 429 || status >= 500 {
                    Self::again(format!("{code} ({status})"))
                } else {
                    let message = context.err().message().unwrap_or_default();
                    Self::over(format!("{code} ({status}): {message}"))
                }
            }
            // Nothing was sent.
            other => Self::over(format!("the request cannot be made: {other}")),
        }
    }

    /// Of a real-time invocation, in which the container may have its say.
    pub(super) fn of_invocation(error: &SdkError<InvokeEndpointError>) -> Self {
        if let SdkError::ServiceError(context) = error
            && let InvokeEndpointError::ModelError(model) = context.err()
        {
            let status = model.original_status_code();
            let text = model.original_message().or(model.message()).unwrap_or_default();
            return Self::of_container(status, text);
        }
        Self::of(error)
    }

    /// Of the container's own words, wherever they stand in a text.
    pub(super) fn of_container(status: Option<i32>, text: &str) -> Self {
        let Some(refused) = find(text) else {
            // Not from our container, or from none: SageMaker itself says 0 when it waited in vain.
            return match status {
                Some(429 | 500..) => Self::again(format!("the container answers {}", status.unwrap_or(0))),
                Some(0) => Self::over("the container did not answer in SageMaker's time"),
                Some(status) => Self::over(format!("the container answers {status}")),
                None => Self::over("the invocation failed without a word of the container"),
            };
        };
        if let Ok(reason) = refused.code.parse::<FailureReason>() {
            let detail = "so says the endpoint's engine".to_owned();
            return Self::Over(EngineFailure::Failed { reason, detail });
        }
        match refused.code.as_str() {
            "busy" | "loading" | "blobs_failed" => Self::Again {
                why: format!("the container is {}", refused.code),
                after: refused.retry_after.map(|s| Duration::from_secs(u64::from(s.min(60)))),
            },
            code => {
                let field = refused.field.unwrap_or_default();
                Self::over(format!("the container refuses: {code} {field}"))
            }
        }
    }
}

/// The first JSON object in a text that is a refusal.
fn find(text: &str) -> Option<Refused> {
    text.match_indices('{').take(16).find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Refused>();
        values.next()?.ok()
    })
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_understood_through_the_words_around_it() {
        let around = r#"Received client error (422) from primary with message "{"code":"no_face","message":"No face {..}"}". See https://..."#;
        let face = Verdict::of_container(Some(422), around);
        assert!(matches!(face, Verdict::Over(EngineFailure::Failed { reason: FailureReason::NoFace, .. })));
        let busy = Verdict::of_container(Some(429), r#"{"code":"busy","message":"","retry_after":2}"#);
        let after = Some(Duration::from_secs(2));
        assert_eq!(busy, Verdict::Again { why: "the container is busy".to_owned(), after });
        assert!(matches!(Verdict::of_container(Some(503), "<html>"), Verdict::Again { .. }));
        assert!(matches!(Verdict::of_container(Some(400), "no"), Verdict::Over(_)));
        assert!(matches!(Verdict::of_container(Some(0), "Your invocation timed out"), Verdict::Over(_)));
        assert!(matches!(Verdict::of_container(None, ""), Verdict::Over(_)));
    }
}
