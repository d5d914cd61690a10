//! Why a call to an endpoint failed: whether another try may help, and the failure if none does.

use std::time::Duration;

use aws_sdk_sagemakerruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sagemakerruntime::operation::invoke_endpoint::InvokeEndpointError;
use drape_core::engine::EngineFailure;
use drape_core::job::FailureReason;

use super::wire::ErrorBody;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallError {
    /// Another try may succeed.
    Transient {
        /// For the log.
        why: String,
        /// How long to wait before the next try, if the container says so.
        after: Option<Duration>,
    },
    /// Another try would fail in the same way.
    Permanent(EngineFailure),
}

impl CallError {
    pub(super) fn permanent(detail: impl Into<String>) -> Self {
        Self::Permanent(EngineFailure::Failed { reason: FailureReason::EngineFailed, detail: detail.into() })
    }

    pub(super) fn transient(why: impl Into<String>) -> Self {
        Self::Transient { why: why.into(), after: None }
    }

    /// An error of the service or of the connection to it.
    pub(super) fn of<E>(error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata,
    {
        match error {
            SdkError::TimeoutError(_) => Self::transient("no answer in time"),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                Self::transient("no answer in time")
            }
            SdkError::DispatchFailure(failure) if failure.is_io() => {
                Self::transient("the endpoint cannot be reached")
            }
            // No credentials, no region, or a certificate that is not trusted.
            SdkError::DispatchFailure(failure) => {
                let why = failure.as_connector_error().map(|e| chain(e)).unwrap_or_default();
                Self::permanent(format!("the endpoint cannot be called: {why}"))
            }
            SdkError::ResponseError(_) => Self::transient("the answer broke off"),
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                let code = context.err().code().unwrap_or("unknown");
                let throttled = code.contains("Throttl") || code == "TooManyRequestsException";
                if throttled || status == 429 || status >= 500 {
                    Self::transient(format!("{code} ({status})"))
                } else {
                    let message = context.err().message().unwrap_or_default();
                    Self::permanent(format!("{code} ({status}): {message}"))
                }
            }
            // Nothing was sent.
            other => Self::permanent(format!("the request cannot be made: {other}")),
        }
    }

    /// An error of a real-time invocation, which may carry the container's own answer.
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

    /// The container's own error, anywhere in a text of SageMaker's.
    pub(super) fn of_container(status: Option<i32>, text: &str) -> Self {
        let Some(error) = find(text) else {
            // The answer is another container's or SageMaker's own: it reports status 0 if the container did
            // not answer.
            return match status {
                Some(429 | 500..) => {
                    Self::transient(format!("the container answers {}", status.unwrap_or(0)))
                }
                Some(0) => Self::permanent("the container did not answer in SageMaker's time"),
                Some(status) => Self::permanent(format!("the container answers {status}")),
                None => Self::permanent("the invocation failed and the container gave no reason"),
            };
        };
        if let Ok(reason) = error.code.parse::<FailureReason>() {
            let detail = "the endpoint's engine failed".to_owned();
            return Self::Permanent(EngineFailure::Failed { reason, detail });
        }
        match error.code.as_str() {
            "busy" | "loading" | "blobs_failed" => Self::Transient {
                why: format!("the container answers {}", error.code),
                after: error.retry_after.map(|s| Duration::from_secs(u64::from(s.min(60)))),
            },
            code => {
                let field = error.field.unwrap_or_default();
                Self::permanent(format!("the container refuses: {code} {field}"))
            }
        }
    }
}

/// The first JSON object in a text that has the form of a container's error.
fn find(text: &str) -> Option<ErrorBody> {
    text.match_indices('{').take(16).find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<ErrorBody>();
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
    fn the_containers_error_is_found_within_other_text() {
        let around = "Received client error (422) from primary with message \
                      \"{\"code\":\"no_face\",\"message\":\"No face {..}\"}\". See https://...";
        let face = CallError::of_container(Some(422), around);
        assert!(matches!(
            face,
            CallError::Permanent(EngineFailure::Failed { reason: FailureReason::NoFace, .. })
        ));
        let busy = CallError::of_container(Some(429), r#"{"code":"busy","message":"","retry_after":2}"#);
        let after = Some(Duration::from_secs(2));
        assert_eq!(busy, CallError::Transient { why: "the container answers busy".to_owned(), after });
        assert!(matches!(CallError::of_container(Some(503), "<html>"), CallError::Transient { .. }));
        assert!(matches!(CallError::of_container(Some(400), "no"), CallError::Permanent(_)));
        assert!(matches!(
            CallError::of_container(Some(0), "Your invocation timed out"),
            CallError::Permanent(_)
        ));
        assert!(matches!(CallError::of_container(None, ""), CallError::Permanent(_)));
    }
}
