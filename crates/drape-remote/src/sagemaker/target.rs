//! The endpoint to call, as named in settings: `sagemaker://NAME?region=..&variant=..&async=1`.

use std::fmt;
use std::str::FromStr;

use drape_core::engine_id::EngineId;

/// The name of the engine that calls an endpoint, in jobs, looks and settings.
pub const ENGINE: &str = EngineId::SageMaker.id();
/// The text before the name of an endpoint.
const SCHEME: &str = "sagemaker://";

/// An endpoint, and how it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name: letters, digits and hyphens, at most 63 (API reference, `CreateEndpoint`).
    pub endpoint: String,
    /// The region; without one, that of the environment or profile.
    pub region: Option<String>,
    /// The production variant; without one, SageMaker chooses by weight. Not for asynchronous endpoints,
    /// which have only one.
    pub variant: Option<String>,
    /// Whether requests wait in the endpoint's own queue (`InvokeEndpointAsync`).
    pub asynchronous: bool,
}

/// Why a text does not name an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// It does not begin with `sagemaker://`.
    #[error("an endpoint is written sagemaker://NAME / 엔드포인트는 sagemaker://이름처럼 적어 주세요")]
    Scheme,
    /// The name of an endpoint, region or variant is too long or has other characters.
    #[error(
        "{0:?}: a name has up to 63 letters, digits and hyphens / 이름은 영문자, 숫자, 하이픈으로 63자까지예요"
    )]
    Name(String),
    /// Another option than `region`, `variant` and `async`, or one of them twice.
    #[error(
        "{0:?}: only region=.., variant=.. and async=1 may follow the name, each once / 이름 뒤에는 \
         region=.., variant=.., async=1만 한 번씩 쓸 수 있어요"
    )]
    Option(String),
    /// A variant for an asynchronous endpoint.
    #[error(
        "asynchronous endpoints have only one variant: leave variant out / 비동기 엔드포인트에는 variant를 \
         쓸 수 없어요"
    )]
    VariantOfAsync,
}

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let rest = text.strip_prefix(SCHEME).ok_or(BadTarget::Scheme)?;
        let (endpoint, options) = rest.split_once('?').unwrap_or((rest, ""));
        let mut target = Self { endpoint: name(endpoint)?, region: None, variant: None, asynchronous: false };
        let mut seen = Vec::new();
        for option in options.split('&').filter(|o| !o.is_empty()) {
            let bad = || BadTarget::Option(option.to_owned());
            let (key, value) = option.split_once('=').ok_or_else(bad)?;
            if seen.contains(&key) {
                return Err(bad());
            }
            seen.push(key);
            match (key, value) {
                ("region", region) => target.region = Some(name(region)?),
                ("variant", variant) => target.variant = Some(name(variant)?),
                ("async", "1" | "true") => target.asynchronous = true,
                ("async", "0" | "false") => {}
                _ => return Err(bad()),
            }
        }
        if target.asynchronous && target.variant.is_some() {
            return Err(BadTarget::VariantOfAsync);
        }
        Ok(target)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.endpoint)?;
        let mut mark = '?';
        let told = [("region", self.region.as_deref()), ("variant", self.variant.as_deref())];
        let told = told.into_iter().chain([("async", self.asynchronous.then_some("1"))]);
        for (key, value) in told.filter_map(|(key, value)| Some((key, value?))) {
            write!(f, "{mark}{key}={value}")?;
            mark = '&';
        }
        Ok(())
    }
}

fn name(text: &str) -> Result<String, BadTarget> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let fits = (1..=63).contains(&text.len())
        && text.chars().all(inside)
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits { Ok(text.to_owned()) } else { Err(BadTarget::Name(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_parsed_and_printed() {
        for text in [
            "sagemaker://drape",
            "sagemaker://drape-2?region=ap-northeast-2",
            "sagemaker://d?region=eu-west-1&variant=blue",
            "sagemaker://d?async=1",
        ] {
            assert_eq!(text.parse::<Target>().map(|t| t.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("sagemaker://d?async=0".parse::<Target>().map(|t| t.asynchronous), Ok(false));
        let bad = |text: &str| text.parse::<Target>().expect_err(text);
        assert_eq!(bad("https://d"), BadTarget::Scheme);
        for text in ["sagemaker://", "sagemaker://a/b", "sagemaker://-a", "sagemaker://d?region=../x"] {
            assert!(matches!(bad(text), BadTarget::Name(_)), "{text}");
        }
        for text in ["sagemaker://d?regoin=x", "sagemaker://d?async=maybe", "sagemaker://d?async=1&async=0"] {
            assert!(matches!(bad(text), BadTarget::Option(_)), "{text}");
        }
        assert_eq!(bad("sagemaker://d?async=1&variant=a"), BadTarget::VariantOfAsync);
    }
}
