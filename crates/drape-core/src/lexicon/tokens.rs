//! Cuts a sentence into words of the lexicon.
//!
//! Korean runs words, particles and endings together, so the cut is found as a shortest path: each known word
//! has a price, unknown letters cost much more, and the cheapest cut wins. Fewer, longer words are cheaper
//! than many short ones. The path is over at most [`crate::sentence::Sentence::MAX_CHARS`] positions with six
//! states each.

use std::sync::LazyLock;

use super::trie::{Entry, Trie};
use super::word::{Link, Word};
use super::{attributes, garments, grammar, outfits};

/// A piece of the sentence: bytes `start..end` and its meaning; `None` for an unknown word.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) word: Option<Word>,
    pub(super) start: usize,
    pub(super) end: usize,
}

static LEXICON: LazyLock<Trie> = LazyLock::new(|| {
    let mut trie = Trie::default();
    let words = garments::words().chain(attributes::words()).chain(outfits::words()).chain(grammar::words());
    for (forms, word) in words {
        forms.split('|').for_each(|form| trie.insert(form, word, false));
    }
    // Added last, because a form that is written out in the tables has priority.
    for (forms, word) in garments::words() {
        forms.split('|').flat_map(garments::respelled).for_each(|form| trie.insert(&form, word, false));
    }
    for (forms, word) in grammar::particles() {
        forms.split('|').for_each(|form| trie.insert(form, word, true));
    }
    trie
});

/// The last step of a cut, on which the possible next steps depend.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Nothing since a space.
    Open,
    /// A word of two syllables or more.
    Long,
    /// A word of one syllable. Such words are parts of too many others to stand beside unknown
    /// letters: 검 is black in 검코트 and not in 검도복.
    Short,
    Particle,
    Unknown,
    /// A verb; its ending is skipped.
    Verb,
}

const STATES: [State; 6] =
    [State::Open, State::Long, State::Short, State::Particle, State::Unknown, State::Verb];

/// The cheapest way to one position in one state.
#[derive(Clone, Copy)]
struct Step {
    cost: u32,
    from: usize,
    state: usize,
    word: Option<Word>,
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Hangul,
    Letter,
    Space,
    Mark,
}

struct Char {
    c: char,
    class: Class,
    start: usize,
    end: usize,
}

/// Cuts a text; every letter and digit is in exactly one token.
pub(super) fn cut(text: &str) -> Vec<Token> {
    let chars = normalize(text);
    let path = cheapest(&chars);
    let mut tokens: Vec<Token> = Vec::new();
    for (from, to, state, word) in path {
        let (start, end) = (chars[from].start, chars[to - 1].end);
        let grows = |last: &Token, unknown: bool| last.end == start && last.word.is_none() == unknown;
        match (chars[from].class, word) {
            (Class::Space, None) => {}
            (Class::Mark, None) => {
                if let Some(word) = mark(chars[from].c) {
                    tokens.push(Token { word: Some(word), start, end });
                }
            }
            (_, Some(word)) => tokens.push(Token { word: Some(word), start, end }),
            // Unknown letters and endings of verbs join the token before them.
            (_, None) => match tokens.last_mut() {
                Some(last) if grows(last, state != State::Verb) => last.end = end,
                _ => tokens.push(Token { word: None, start, end }),
            },
        }
    }
    forgive(text, &mut tokens);
    tokens
}

/// Gives unknown words that are one slip away from a known one its meaning: "jakcet", "cardigen".
/// Only the first few, to stay fast on a text of nothing but unknown words.
fn forgive(text: &str, tokens: &mut [Token]) {
    for token in tokens.iter_mut().filter(|token| token.word.is_none()).take(12) {
        let typed: Vec<char> = text[token.start..token.end].chars().map(|c| c.to_ascii_lowercase()).collect();
        if typed.iter().all(char::is_ascii_lowercase) {
            let plural = typed.strip_suffix(&['s']);
            token.word = LEXICON.near(&typed).or_else(|| plural.and_then(|typed| LEXICON.near(typed)));
        }
    }
}

/// The steps of the cheapest cut, in order: from, to, the state after, and the word if one.
fn cheapest(chars: &[Char]) -> Vec<(usize, usize, State, Option<Word>)> {
    let unreached = Step { cost: u32::MAX, from: 0, state: 0, word: None };
    let mut best = vec![[unreached; STATES.len()]; chars.len() + 1];
    best[0][0].cost = 0;
    for at in 0..chars.len() {
        let starts = best[at];
        if starts.iter().all(|step| step.cost == u32::MAX) {
            continue;
        }
        let entries = matches(chars, at);
        for (index, state) in STATES.into_iter().enumerate() {
            let cost = starts[index].cost;
            if cost == u32::MAX {
                continue;
            }
            let mut reach = |to: usize, state: State, price: u32, word: Option<Word>| {
                let slot = &mut best[to][state as usize];
                if cost + price < slot.cost {
                    *slot = Step { cost: cost + price, from: at, state: index, word };
                }
            };
            match chars[at].class {
                Class::Space | Class::Mark => reach(at + 1, State::Open, 0, None),
                class => {
                    for &(to, entry) in &entries {
                        if let Some((next, price)) = follow(state, chars, at, to, entry) {
                            reach(to, next, price, Some(entry.word));
                        }
                    }
                    match (class, state) {
                        (Class::Hangul, State::Verb) => reach(at + 1, State::Verb, 2, None),
                        (Class::Hangul, State::Open | State::Long) => reach(at + 1, State::Unknown, 55, None),
                        (Class::Hangul, State::Unknown) => reach(at + 1, State::Unknown, 15, None),
                        (Class::Letter, _) => reach(run_end(chars, at), State::Unknown, 100, None),
                        _ => {}
                    }
                }
            }
        }
    }
    let mut path = Vec::new();
    let mut at = chars.len();
    let last = best[at].iter().enumerate().min_by_key(|(_, step)| step.cost);
    let mut state = last.map_or(0, |(index, _)| index);
    while at > 0 {
        let step = best[at][state];
        path.push((step.from, at, STATES[state], step.word));
        (at, state) = (step.from, step.state);
    }
    path.reverse();
    path
}

/// The next state and the price of an entry after a state; `None` if it may not follow.
fn follow(state: State, chars: &[Char], at: usize, to: usize, entry: Entry) -> Option<(State, u32)> {
    let syllables = chars[at..to].iter().filter(|c| c.class == Class::Hangul).count();
    let latin = chars[at..to].iter().any(|c| c.class == Class::Letter);
    let ends_run = chars.get(to).is_none_or(|c| matches!(c.class, Class::Space | Class::Mark));
    if entry.particle {
        return match state {
            State::Open if ends_run => Some((State::Particle, 16)),
            State::Long | State::Short | State::Particle => Some((State::Particle, 4)),
            State::Unknown if comes_off(chars, at, to) => Some((State::Particle, 4)),
            State::Open | State::Verb | State::Unknown => None,
        };
    }
    let short = syllables < 2 && !latin;
    match (entry.word, state) {
        (_, State::Verb) if !latin => None,
        (_, State::Unknown) if short => None,
        (Word::Verb, _) if short => Some((State::Short, 16)),
        (Word::Verb, _) => Some((State::Verb, 11)),
        // More expensive than its parts, so that "slip dress in" is a slip dress.
        (Word::DressIn, _) => Some((State::Long, 15)),
        (Word::Article, _) if latin => Some((State::Open, 10)),
        _ if short => Some((State::Short, 14)),
        _ => Some((State::Long, 10)),
    }
}

/// Whether to cut a particle off an unknown word: only particles that few words end with, and only in the
/// form that the syllable before requires.
fn comes_off(chars: &[Char], at: usize, to: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|at| chars[at].c) else { return false };
    let closed = matches!(before, '가'..='힣') && !(u32::from(before) - 0xac00).is_multiple_of(28);
    let is = |particle: &str| chars[at..to].iter().map(|c| c.c).eq(particle.chars());
    let after_closed = ["을", "과", "이랑", "으로"].into_iter().any(is) && closed;
    let after_open = ["를", "와", "랑", "로"].into_iter().any(is) && !closed;
    after_closed || after_open || ["에", "에는", "에서", "하고", "처럼", "까지"].into_iter().any(is)
}

/// The entries that start at a position, each with the position after it.
fn matches(chars: &[Char], at: usize) -> Vec<(usize, Entry)> {
    let mut found = Vec::new();
    let mut walk = LEXICON.walk();
    for (index, char) in chars.iter().enumerate().skip(at) {
        let c = if char.class == Class::Space { ' ' } else { char.c };
        if char.class == Class::Mark || !walk.step(c) {
            break;
        }
        for entry in walk.entries() {
            if let Some(to) = word_end(chars, index + 1, entry.word) {
                found.push((to, entry));
            }
        }
    }
    found
}

/// The end of a word whose form ends at `to`: there, or after an English plural ending; `None` inside a
/// longer Latin word.
fn word_end(chars: &[Char], to: usize, word: Word) -> Option<usize> {
    let letter = |at: usize| chars.get(at).is_some_and(|c| c.class == Class::Letter);
    let is = |at: usize, c: char| chars.get(at).is_some_and(|x| x.c == c);
    if chars[to - 1].class != Class::Letter || !letter(to) {
        Some(to)
    } else if !word.has_plural() {
        None
    } else if is(to, 's') && !letter(to + 1) {
        Some(to + 1)
    } else if is(to, 'e') && is(to + 1, 's') && !letter(to + 2) {
        Some(to + 2)
    } else {
        None
    }
}

fn run_end(chars: &[Char], at: usize) -> usize {
    let run = chars[at..].iter().take_while(|c| c.class == Class::Letter).count();
    at + run
}

/// The meaning of punctuation.
fn mark(c: char) -> Option<Word> {
    match c {
        ',' | ';' | '.' | '!' | '?' | '/' | '|' | ')' | '[' | ']' | '{' | '}' | '·' | '、' | '，' | '。'
        | '•' | '—' | '–' | '…' | 'ㆍ' | '・' | '\u{2192}' => Some(Word::Link(Link::Break)),
        // Brackets describe the words before them.
        '(' | '（' => Some(Word::Link(Link::In)),
        '+' | '&' | '＋' | '＆' => Some(Word::Link(Link::And)),
        ':' | '=' | '：' => Some(Word::Colon),
        _ => None,
    }
}

/// Lower case, full-width letters as plain ones, Hangul composed, hyphens as spaces, runs of
/// spaces as one, apostrophes left out. Each character remembers its bytes in the text.
fn normalize(text: &str) -> Vec<Char> {
    let mut chars: Vec<Char> = Vec::new();
    for (start, typed) in text.char_indices() {
        let end = start + typed.len_utf8();
        let c = match typed {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(typed) - 0xfee0).unwrap_or(typed),
            _ => typed,
        };
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{200b}'..='\u{200d}' | '\u{feff}') {
            continue;
        }
        if let Some(last) = chars.last_mut()
            && let Some(composed) = compose(last.c, c)
        {
            (last.c, last.class, last.end) = (composed, Class::Hangul, end);
            continue;
        }
        let class = match c {
            '-' | '_' | '~' | '\u{2010}'..='\u{2012}' => Class::Space,
            c if c.is_whitespace() || c.is_control() => Class::Space,
            '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' => Class::Hangul,
            c if c.is_alphanumeric() => Class::Letter,
            _ => Class::Mark,
        };
        if class == Class::Space && chars.last().is_some_and(|last| last.class == Class::Space) {
            continue;
        }
        // The Turkish dotted capital lowers to two characters; the first is enough to look up.
        let c = c.to_lowercase().next().unwrap_or(c);
        chars.push(Char { c, class, start, end });
    }
    chars
}

/// The syllable of a Hangul letter and the vowel or final that follows it, as decomposed text has
/// them; Unicode standard, section 3.12.
fn compose(first: char, second: char) -> Option<char> {
    let (first, second) = (u32::from(first), u32::from(second));
    match (first, second) {
        (0x1100..=0x1112, 0x1161..=0x1175) => {
            char::from_u32(0xac00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28)
        }
        (0xac00..=0xd7a3, 0x11a8..=0x11c2) if (first - 0xac00).is_multiple_of(28) => {
            char::from_u32(first + second - 0x11a7)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let piece =
            |t: &Token| format!("{}{}", if t.word.is_some() { "" } else { "?" }, &text[t.start..t.end]);
        cut(text).iter().map(piece).collect()
    }

    #[test]
    fn a_form_is_written_in_one_place() {
        let words =
            garments::words().chain(attributes::words()).chain(outfits::words()).chain(grammar::words());
        let mut forms: Vec<&str> =
            words.flat_map(|(forms, _)| forms.split('|')).filter(|f| !f.is_empty()).collect();
        forms.sort_unstable();
        let twice: Vec<&str> =
            forms.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn korean_compounds_come_apart_and_unknown_words_stay_whole() {
        assert_eq!(pieces("검정코트에"), ["검정", "코트", "에"]);
        assert_eq!(pieces("체크무늬치마"), ["체크무늬", "치마"]);
        assert_eq!(pieces("흰티랑"), ["흰", "티", "랑"]);
        assert_eq!(pieces("와이드 팬츠를"), ["와이드 팬츠", "를"]);
        assert_eq!(pieces("검도복"), ["?검도복"]);
        assert_eq!(pieces("T-Shirts, xyzzy"), ["T-Shirts", ",", "?xyzzy"]);
        assert_eq!(pieces("\u{110f}\u{1169}\u{1110}\u{1173}"), ["\u{110f}\u{1169}\u{1110}\u{1173}"]);
    }
}
