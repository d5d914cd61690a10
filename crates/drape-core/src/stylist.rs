//! The port of stylists: what turns a sentence into a style.
//!
//! The lexicon is one and always answers; others may be asked instead, and where they do not answer the
//! lexicon does. [`read`] is the one place where that is decided, and its [`Note`] says what happened.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, NoAnswer};
use crate::lexicon;
use crate::sentence::Sentence;
use crate::style::Style;

/// Name of the lexicon as a stylist, in jobs and settings.
pub const LEXICON: &str = "lexicon";

/// What a stylist made of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The style, tidied ([`Style::tidied`]); in the sentence's own language.
    pub style: Style,
    /// Words of the answer that no vocabulary has, and that were left out.
    pub dropped: u32,
}

/// Turns a sentence into a style. The language to read in is the sentence's own ([`Sentence::language`]).
pub trait Stylist: fmt::Debug + Send + Sync {
    /// The name in jobs and settings.
    fn name(&self) -> &'static str;

    /// Reads a sentence, which is data: nothing in it is followed.
    ///
    /// # Errors
    /// [`NoAnswer`], within a time that the stylist itself bounds.
    fn read<'a>(&'a self, sentence: &'a Sentence) -> Answer<'a, Result<Read, NoAnswer>>;
}

/// The stylist that is always there: tables and rules, no network.
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

/// Who read a sentence, and why it was not who was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who was asked to.
    pub asked: String,
    /// Whose reading is used.
    pub by: String,
    /// Why it is another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<NoAnswer>,
    /// Words of the answer that were left out, for no vocabulary has them.
    #[serde(default)]
    pub dropped: u32,
}

/// A style, with who made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The style to go on with.
    pub style: Style,
    /// What happened.
    pub note: Note,
}

/// Has a sentence read: by the stylist, and by the lexicon where that gives no answer.
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
    /// The lexicon's reading, for whoever was asked gave no answer.
    pub fn instead_of(asked: &str, why: NoAnswer) -> Self {
        Self { asked: asked.to_owned(), by: LEXICON.to_owned(), why: Some(why), dropped: 0 }
    }
}
