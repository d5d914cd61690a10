//! The two languages that everything a user reads exists in.

use serde::{Deserialize, Serialize};

/// Korean or English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Language {
    /// 한국어
    #[serde(rename = "ko")]
    Korean,
    /// English
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The language of a POSIX locale such as `ko_KR.UTF-8`; English for all but Korean.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("ko") { Self::Korean } else { Self::English }
    }

    /// The language that a text is written in: Korean as soon as it holds one Hangul letter.
    pub fn of_text(text: &str) -> Self {
        let hangul = |c: char| {
            matches!(c,
            '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}')
        };
        if text.chars().any(hangul) { Self::Korean } else { Self::English }
    }

    /// One of two texts, by language.
    pub fn pick<T>(self, korean: T, english: T) -> T {
        match self {
            Self::Korean => korean,
            Self::English => english,
        }
    }
}
