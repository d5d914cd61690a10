//! The sentence that a person typed, checked at the edge, so that every reader can trust it.

use serde::{Deserialize, Serialize};

use crate::language::Language;

/// A description of clothes in Korean, English or both: at most [`Sentence::MAX_CHARS`] characters,
/// as typed except that surrounding whitespace is gone and control characters are spaces.
/// It may be empty, which reads as casual clothes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sentence(String);

/// Why a text is not accepted as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SentenceError {
    /// Longer than a sentence may be.
    #[error("the sentence has {chars} characters, and {max} is the most")]
    TooLong {
        /// Characters typed, surrounding whitespace left out.
        chars: usize,
        /// The most characters a sentence may have.
        max: usize,
    },
    /// Only invisible characters.
    #[error("the sentence holds no readable character")]
    Unreadable,
}

impl Sentence {
    /// The most characters (Unicode scalar values) a sentence may have.
    pub const MAX_CHARS: usize = 1_000;

    /// Reads a text as typed. Newlines, tabs and other control characters become spaces.
    pub fn parse(text: &str) -> Result<Self, SentenceError> {
        let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let trimmed = spaced.trim();
        let chars = trimmed.chars().count();
        if chars > Self::MAX_CHARS {
            return Err(SentenceError::TooLong { chars, max: Self::MAX_CHARS });
        }
        let blank = text.chars().all(char::is_whitespace);
        if !blank && trimmed.chars().all(|c| c.is_whitespace() || invisible(c)) {
            return Err(SentenceError::Unreadable);
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language to answer in.
    pub fn language(&self) -> Language {
        Language::of_text(&self.0)
    }
}

impl SentenceError {
    /// What is wrong and what to do.
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (Self::TooLong { chars, max }, Language::Korean) => {
                format!("설명이 {chars}자예요. {max}자 이하로 줄여 주세요.")
            }
            (Self::TooLong { chars, max }, Language::English) => {
                format!("The description has {chars} characters. Please shorten it to {max} or fewer.")
            }
            (Self::Unreadable, Language::Korean) => {
                "읽을 수 있는 글자가 없어요. 입고 싶은 옷을 한국어나 영어로 적어 주세요.".to_owned()
            }
            (Self::Unreadable, Language::English) => {
                "There is nothing readable here. Please describe the clothes in English or Korean.".to_owned()
            }
        }
    }
}

impl TryFrom<String> for Sentence {
    type Error = SentenceError;

    fn try_from(text: String) -> Result<Self, SentenceError> {
        Self::parse(&text)
    }
}

impl From<Sentence> for String {
    fn from(sentence: Sentence) -> Self {
        sentence.0
    }
}

/// Characters that are invisible by themselves: joiners, direction marks, variation selectors, tags and
/// private use.
fn invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffd}'
        | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
        || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_kept_as_typed_within_its_bounds() {
        let parse = |text: &str| Sentence::parse(text).map(|s| s.as_str().to_owned());
        assert_eq!(parse("  흰 티\n청바지\t"), Ok("흰 티 청바지".to_owned()));
        assert_eq!(parse(" \n "), Ok(String::new()));
        assert_eq!(parse("\u{0}\u{200b}"), Err(SentenceError::Unreadable));
        assert_eq!(parse(&"가".repeat(1_000)).map(|s| s.chars().count()), Ok(1_000));
        let long = SentenceError::TooLong { chars: 1_001, max: 1_000 };
        assert_eq!(parse(&"가".repeat(1_001)), Err(long.clone()));
        assert_eq!(long.message(Language::Korean), "설명이 1001자예요. 1000자 이하로 줄여 주세요.");
    }
}
