//! The port of stylists, which turn a sentence into a style.
//!
//! The lexicon is a stylist that always answers. Another stylist may be asked first; when it gives no
//! answer, the lexicon reads the sentence. Only [`read`] decides this, and its [`Note`] says what happened.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, NoAnswer};
use crate::lexicon;
use crate::sentence::Sentence;
use crate::style::Style;

/// Name of the lexicon as a stylist, in jobs and settings.
pub const LEXICON: &str = "lexicon";

/// A sentence as a stylist read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The style, tidied ([`Style::tidied`]); in the sentence's own language.
    pub style: Style,
    /// Number of words in the answer that were left out, since no vocabulary has them.
    pub dropped: u32,
}

/// Turns a sentence into a style, in the sentence's own language ([`Sentence::language`]).
pub trait Stylist: fmt::Debug + Send + Sync {
    /// The name in jobs and settings.
    fn name(&self) -> &'static str;

    /// Reads a sentence. It is data: instructions in it are not followed.
    ///
    /// # Errors
    /// [`NoAnswer`], within a time that the stylist itself bounds.
    fn read<'a>(&'a self, sentence: &'a Sentence) -> Answer<'a, Result<Read, NoAnswer>>;
}

/// The built-in stylist: tables and rules, no network.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lexicon;

impl Stylist for Lexicon {
    fn name(&self) -> &'static str {
        LEXICON
    }

    fn read<'a>(&'a self, sentence: &'a Sentence) -> Answer<'a, Result<Read, NoAnswer>> {
        Box::pin(async move { Ok(Read { style: lexicon::read(sentence), dropped: 0 }) })
    }
}

/// Which stylist read a sentence, and why it is not the one that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Note {
    /// The stylist that was asked.
    pub asked: String,
    /// The stylist whose reading is used.
    pub by: String,
    /// Why the two differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<NoAnswer>,
    /// Number of words in the answer that were left out, since no vocabulary has them.
    #[serde(default)]
    pub dropped: u32,
}

/// A style, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The style.
    pub style: Style,
    /// Which stylist read the sentence.
    pub note: Note,
}

/// Asks a stylist to read a sentence, and the lexicon if the stylist gives no answer.
pub async fn read(stylist: &dyn Stylist, sentence: &Sentence) -> Reading {
    let asked = stylist.name();
    match stylist.read(sentence).await {
        Ok(Read { style, dropped }) => Reading {
            style,
            note: Note { asked: asked.to_owned(), by: asked.to_owned(), why: None, dropped },
        },
        Err(why) => Reading { style: lexicon::read(sentence), note: Note::instead_of(asked, why) },
    }
}

impl Note {
    /// Notes that the lexicon reads the sentence, since `asked` gave no answer.
    pub fn instead_of(asked: &str, why: NoAnswer) -> Self {
        Self { asked: asked.to_owned(), by: LEXICON.to_owned(), why: Some(why), dropped: 0 }
    }
}
