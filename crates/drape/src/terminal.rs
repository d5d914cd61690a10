//! Output for a person at the terminal.

use std::io::{IsTerminal, Write};

use drape_core::language::Language;

use crate::lang::Lang;

/// The language of messages: the given one, else that of the text, else that of the system.
pub(crate) fn language(told: Option<Lang>, text: Option<&str>) -> Language {
    if let Some(lang) = told {
        return lang.into();
    }
    if let Some(text) = text
        && Language::of_text(text) == Language::Korean
    {
        return Language::Korean;
    }
    // A sentence in Latin letters is English whatever the system's language; without a sentence the system
    // decides.
    if text.is_some_and(|t| t.chars().any(char::is_alphabetic)) {
        return Language::English;
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|v| std::env::var(v).ok().filter(|v| !v.is_empty()));
    Language::of_locale(&locale.unwrap_or_default())
}

/// Prints an error on stderr. A closed stderr is no failure.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "drape: {message}");
}

/// Prints a line of the answer on stdout. A closed pipe ends the output quietly.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One line on stderr that is rewritten during the work; shown only on a terminal.
pub(crate) struct Progress {
    shown: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { shown: std::io::stderr().is_terminal() }
    }

    pub(crate) fn show(&self, text: &str) {
        if self.shown {
            let mut err = std::io::stderr();
            let _ = write!(err, "\r\x1b[K{text}…");
            let _ = err.flush();
        }
    }

    pub(crate) fn clear(&self) {
        if self.shown {
            let mut err = std::io::stderr();
            let _ = write!(err, "\r\x1b[K");
            let _ = err.flush();
        }
    }
}
