//! Answers of outside services, shared by their ports: the pending answer, and the reason for none.

use std::future::Future;
use std::pin::Pin;

use crate::language::Language;
use crate::vocabulary::ids;

/// A pending answer. Boxed, so that a port can be a `dyn` object.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

ids! {
    /// Why an outside service gave no usable answer. It holds nothing personal, so that it may be stored,
    /// logged and shown.
    NoAnswer {
        /// It did not answer in time.
        Timeout "timeout";
        /// It could not be reached.
        Unreachable "unreachable";
        /// The quota, or the rate limit, is used up.
        Quota "quota";
        /// It rejects the request, because of a wrong key or model for example. The operator has to act.
        Refused "refused";
        /// It had an error of its own.
        Failed "failed";
        /// It declined to answer.
        Blocked "blocked";
        /// Its answer has another form than was asked for.
        Malformed "malformed";
        /// Its answer holds nothing usable.
        Nothing "nothing";
        /// The process that had to ask has no settings for it.
        NotSetUp "not_set_up";
    }
}

impl std::error::Error for NoAnswer {}

impl NoAnswer {
    /// What happened, as a sentence about `service` without its full stop.
    pub fn message(self, service: &str, language: Language) -> String {
        let (korean, english) = match self {
            Self::Timeout => ("쪽에서 제때 답하지 않았어요", "did not answer in time"),
            Self::Unreachable => ("쪽에 연결하지 못했어요", "could not be reached"),
            Self::Quota => ("사용 한도가 다 찼어요", "has no requests left for now"),
            Self::Refused => ("쪽에서 요청을 받아 주지 않았어요", "did not accept the request"),
            Self::Failed => ("쪽에 문제가 생겼어요", "had a problem of its own"),
            Self::Blocked => ("쪽에서 답하지 않겠다고 했어요", "declined to answer"),
            Self::Malformed => ("쪽에서 알아볼 수 없는 답이 왔어요", "gave an answer that could not be read"),
            Self::Nothing => ("쪽에서 쓸 만한 것을 찾지 못했어요", "found nothing that could be used"),
            Self::NotSetUp => ("설정이 되어 있지 않았어요", "was not set up"),
        };
        format!("{service} {}", language.pick(korean, english))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_in_both_languages() {
        let told = |why: NoAnswer, language| why.message("Gemini", language);
        assert_eq!(told(NoAnswer::Timeout, Language::English), "Gemini did not answer in time");
        assert_eq!(told(NoAnswer::Timeout, Language::Korean), "Gemini 쪽에서 제때 답하지 않았어요");
        assert_eq!(told(NoAnswer::Quota, Language::Korean), "Gemini 사용 한도가 다 찼어요");
        assert_eq!(serde_json::to_string(&NoAnswer::NotSetUp).ok().as_deref(), Some("\"not_set_up\""));
    }
}
