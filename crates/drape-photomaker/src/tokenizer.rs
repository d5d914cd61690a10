//! CLIP's tokenizer: byte pair encoding of lower-cased text (Sennrich et al. 2016; Radford et al. 2021),
//! with PhotoMaker's trigger word as a token of its own.

use std::collections::HashMap;
use std::path::Path;

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::{Error, Input, Result};

/// Tokens of a text, with its start and end.
pub const LENGTH: usize = 77;

/// The trigger word. It follows the class word, whose place the identity takes.
pub const TRIGGER: &str = "img";

const START: &str = "<|startoftext|>";
const END: &str = "<|endoftext|>";

/// Turns texts into ids and back.
#[derive(Debug)]
pub struct Tokenizer {
    ids: HashMap<String, u32>,
    tokens: HashMap<u32, String>,
    ranks: HashMap<(String, String), usize>,
    words: Regex,
    specials: Regex,
    bytes: [char; 256],
    start: u32,
    end: u32,
    pad: u32,
    trigger: u32,
}

/// A prompt with its class word once per identity token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded {
    /// 77 ids, without the trigger.
    pub ids: Vec<u32>,
    /// Where the class word stands.
    pub mask: Vec<bool>,
    /// Whether the end token was cut off; the pooled embedding is then meaningless.
    pub end_lost: bool,
}

impl Tokenizer {
    /// From a folder with `vocab.json` and `merges.txt`; `pad` is the token that fills up short texts, by
    /// its text: the end token of the first encoder, `!` of the second.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Malformed`].
    pub fn open(folder: &Path, pad: &str) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).map_err(|e| Error::unreadable(&path, &e))
        };
        let vocabulary = folder.join("vocab.json");
        let ids: HashMap<String, u32> = serde_json::from_str(&read("vocab.json")?)
            .map_err(|e| Error::malformed(&vocabulary, e.to_string()))?;
        let merges = read("merges.txt")?;
        let pairs = merges.lines().filter(|l| !l.starts_with("#version")).filter_map(|l| l.split_once(' '));
        let ranks = pairs.enumerate().map(|(i, (a, b))| ((a.to_owned(), b.trim_end().to_owned()), i));
        let id = |token: &str| {
            ids.get(token).copied().ok_or_else(|| Error::malformed(&vocabulary, format!("no {token}")))
        };
        let words = Regex::new(r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+")
            .expect("a constant expression that a test compiles");
        // Special tokens are split off first, wherever they are in a text; so is the `!` that pads the second
        // encoder's texts.
        let specials = [START, END, pad, TRIGGER].map(regex::escape).join("|");
        let specials = Regex::new(&specials).expect("an alternation of escaped texts");
        Ok(Self {
            specials,
            start: id(START)?,
            end: id(END)?,
            pad: id(pad)?,
            // Added after the vocabulary, as the first free id.
            trigger: ids.values().max().map_or(0, |id| id + 1),
            tokens: ids.iter().map(|(token, id)| (*id, token.clone())).collect(),
            ranks: ranks.collect(),
            bytes: byte_letters(),
            words,
            ids,
        })
    }

    /// The ids of a text, without start and end and of any length; the trigger word has an id of its own.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut out = Vec::new();
        let mut done = 0;
        for special in self.specials.find_iter(text) {
            self.encode_plain(&text[done..special.start()], &mut out);
            let id = self.ids.get(special.as_str()).copied();
            out.push(id.unwrap_or(self.trigger));
            done = special.end();
        }
        self.encode_plain(&text[done..], &mut out);
        out
    }

    /// The text of ids; unknown ones and the trigger are left out.
    pub fn decode(&self, ids: &[u32]) -> String {
        let letters: String = ids.iter().filter_map(|id| self.tokens.get(id)).map(String::as_str).collect();
        let spaced = letters.replace("</w>", " ");
        let mut bytes = Vec::with_capacity(spaced.len());
        for letter in spaced.chars() {
            match self.bytes.iter().position(|b| *b == letter) {
                Some(byte) => bytes.push(u8::try_from(byte).unwrap_or_default()),
                None => bytes.extend(letter.to_string().as_bytes()),
            }
        }
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }

    /// 77 ids: start, text cut to fit, end, padding.
    pub fn padded(&self, text: &str) -> Vec<u32> {
        let mut ids = self.framed(text);
        ids.resize(LENGTH, self.pad);
        ids
    }

    /// How many of the 77 tokens a text takes, start and end included; more than 77 when it will be cut.
    pub fn length(&self, text: &str) -> usize {
        self.encode(text).len() + 2
    }

    /// The prompt without the trigger, and with the word before it repeated `times` times.
    ///
    /// # Errors
    /// [`Input::NoTrigger`], [`Input::ManyTriggers`], [`Input::NoClassWord`].
    pub fn expanded(&self, prompt: &str, times: usize) -> Result<Expanded, Input> {
        let mut ids = self.framed(prompt);
        let mut places = (0..ids.len()).filter(|i| ids[*i] == self.trigger);
        let Some(at) = places.next() else { return Err(Input::NoTrigger) };
        let others = places.count();
        if others > 0 {
            return Err(Input::ManyTriggers(others + 1));
        }
        if at <= 1 {
            return Err(Input::NoClassWord);
        }
        let class = ids[at - 1];
        ids.splice(at - 1..=at, std::iter::repeat_n(class, times));
        let mut mask: Vec<bool> = (0..ids.len()).map(|i| (at - 1..at - 1 + times).contains(&i)).collect();
        let end_lost = ids.len() > LENGTH;
        ids.resize(LENGTH, self.pad);
        mask.resize(LENGTH, false);
        Ok(Expanded { ids, mask, end_lost })
    }

    /// The prompt without the trigger, as text, for the first steps.
    pub fn text_only(&self, prompt: &str) -> String {
        let ids: Vec<u32> = self.encode(prompt).into_iter().filter(|id| *id != self.trigger).collect();
        self.decode(&ids)
    }

    /// Start, text cut to fit, end.
    fn framed(&self, text: &str) -> Vec<u32> {
        let mut ids = vec![self.start];
        ids.extend(self.encode(text).into_iter().take(LENGTH - 2));
        ids.push(self.end);
        ids
    }

    fn encode_plain(&self, text: &str, out: &mut Vec<u32>) {
        // Lower-case letter by letter, as the reference does: a final sigma becomes σ, not ς.
        let text: String = text.nfc().flat_map(char::to_lowercase).collect();
        for word in self.words.find_iter(&text) {
            let mut parts: Vec<String> =
                word.as_str().bytes().map(|b| self.bytes[usize::from(b)].to_string()).collect();
            if let Some(last) = parts.last_mut() {
                last.push_str("</w>");
            }
            self.merge(&mut parts);
            // Every byte is in the vocabulary, so a part is missing only from a broken one.
            out.extend(parts.iter().map(|p| self.ids.get(p).copied().unwrap_or(self.end)));
        }
    }

    /// Joins, again and again, the neighbours that training joined first, until no pair is left.
    fn merge(&self, parts: &mut Vec<String>) {
        loop {
            let pair = |i: usize| self.ranks.get(&(parts[i].clone(), parts[i + 1].clone())).copied();
            let best = (0..parts.len().saturating_sub(1)).filter_map(pair).min();
            let Some(best) = best else { return };
            let mut i = 0;
            while i + 1 < parts.len() {
                if self.ranks.get(&(parts[i].clone(), parts[i + 1].clone())) == Some(&best) {
                    let next = parts.remove(i + 1);
                    parts[i].push_str(&next);
                }
                i += 1;
            }
        }
    }
}

/// A printable letter for every byte, as GPT-2 has them: printable bytes stand for themselves, the
/// others for letters from U+0100 on.
fn byte_letters() -> [char; 256] {
    let mut next = 0x100;
    std::array::from_fn(|byte| {
        let byte = u8::try_from(byte).unwrap_or_default();
        if matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff) {
            char::from(byte)
        } else {
            let letter = char::from_u32(next).unwrap_or('\u{fffd}');
            next += 1;
            letter
        }
    })
}
