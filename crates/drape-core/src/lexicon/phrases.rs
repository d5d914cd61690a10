//! Groups tokens into phrases: a head and its attributes.
//!
//! Attributes stand before their noun in both languages, so a phrase grows up to its head; the next
//! attribute, head or joint begins another. `attach` settles phrases that end without a head.

use super::outfits;
use super::tokens::Token;
use super::word::{Attr, Either, Gender, Link, Mark, Outfit, Word};
use crate::style::{GarmentKind, Mood, Pattern, SceneKind, Season, Slot};

/// The part of a garment that an attribute describes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Of {
    /// The garment as a whole.
    Cloth,
    /// The ground of a pattern: "on white", 흰 바탕.
    Ground,
    /// Buttons, collar, laces.
    Trim,
}

/// An attribute and its token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Said {
    pub(super) attr: Attr,
    pub(super) token: usize,
    pub(super) of: Of,
}

/// The thing that attributes describe.
#[derive(Clone, Copy)]
pub(super) enum Head {
    Garment { kind: GarmentKind, attrs: &'static [Attr], place: Option<Slot> },
    Accessories,
    Style { outfit: &'static Outfit, mood: Option<Mood> },
    Scene(SceneKind),
    Background,
}

/// A head and its attributes, or attributes still without a head.
#[derive(Clone)]
pub(super) struct Phrase {
    pub(super) link: Link,
    pub(super) article: bool,
    pub(super) all: bool,
    pub(super) said: Vec<Said>,
    pub(super) head: Option<(Head, usize)>,
    pub(super) mark: Option<Mark>,
    pub(super) no: bool,
    pub(super) keep: bool,
    /// The style word is followed by "look".
    pub(super) look: bool,
    /// A style word that only describes the garment after it.
    pub(super) tells: bool,
}

/// The phrases of a sentence, and its moods, seasons and gender.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) phrases: Vec<Phrase>,
    pub(super) moods: Vec<(Mood, usize)>,
    pub(super) seasons: Vec<(Season, usize)>,
    pub(super) gender: Option<Gender>,
}

impl Phrase {
    fn new(link: Link) -> Self {
        Self {
            link,
            article: false,
            all: false,
            said: Vec::new(),
            head: None,
            mark: None,
            no: false,
            keep: false,
            look: false,
            tells: false,
        }
    }

    /// The garment of the head.
    pub(super) fn kind(&self) -> Option<GarmentKind> {
        match self.head {
            Some((Head::Garment { kind, .. }, _)) => Some(kind),
            _ => None,
        }
    }

    /// Whether attributes can be given to the head.
    pub(super) fn wearable(&self) -> bool {
        let worn = matches!(self.head, Some((Head::Garment { .. } | Head::Style { .. }, _)));
        worn && !self.no && !self.keep && !self.tells
    }

    /// Whether the head has no attributes.
    pub(super) fn bare(&self) -> bool {
        self.said.is_empty() && matches!(self.head, Some((Head::Garment { attrs: [], .. }, _)))
    }

    pub(super) fn has_colour(&self) -> bool {
        let colour = |attr: &Attr| matches!(attr, Attr::Colour(..));
        let own = matches!(self.head, Some((Head::Garment { attrs, .. }, _)) if attrs.iter().any(colour));
        own || self.said.iter().any(|said| said.of != Of::Trim && colour(&said.attr))
    }
}

/// Which of two names of one thing is the precise one.
enum Twice {
    First,
    Second,
}

struct Builder<'a> {
    tokens: &'a [Token],
    parsed: Parsed,
    open: Phrase,
    /// The link before the next phrase.
    link: Option<Link>,
    no: bool,
    keep: bool,
    swap: bool,
}

/// Groups the tokens of a sentence.
pub(super) fn parse(tokens: &[Token]) -> Parsed {
    let mut builder = Builder {
        tokens,
        parsed: Parsed::default(),
        open: Phrase::new(Link::Break),
        link: None,
        no: false,
        keep: false,
        swap: false,
    };
    for (at, token) in tokens.iter().enumerate() {
        if let Some(word) = token.word {
            builder.take(word, at);
        }
    }
    builder.deny_headless();
    builder.close();
    builder.parsed
}

impl Builder<'_> {
    fn take(&mut self, word: Word, at: usize) {
        match word {
            Word::Attr(attr) => self.say(&[attr], at),
            Word::Noun { kind, attrs } => self.head(Head::Garment { kind, attrs, place: None }, at),
            Word::Place { slot, kind } => {
                self.head(Head::Garment { kind, attrs: &[], place: Some(slot) }, at);
            }
            Word::Either(either) => {
                // 청바지 연청으로: after trousers the word describes them.
                let behind = !either.noun.is_empty()
                    && self.open.kind().is_some_and(|kind| kind.slot() == either.kind.slot());
                if behind || self.modifies(at, either) {
                    self.say(either.attr, at);
                } else {
                    self.head(Head::Garment { kind: either.kind, attrs: either.noun, place: None }, at);
                }
            }
            Word::Accessories => {
                if self.no || self.keep || matches!(self.after(at), Some(Word::NoAfter | Word::KeepAfter)) {
                    self.head(Head::Accessories, at);
                }
            }
            Word::Style(outfit) => self.head(Head::Style { outfit, mood: None }, at),
            Word::Mood(mood) => self.mood(mood, at),
            Word::Season(season) => self.parsed.seasons.push((season, at)),
            Word::Gender(gender) => self.parsed.gender = self.parsed.gender.or(Some(gender)),
            Word::Scene(kind) => self.scene(kind, at),
            Word::Background => {
                let before = at.checked_sub(1).and_then(|at| self.tokens[at].word);
                if !matches!(before, Some(Word::Scene(_))) {
                    self.head(Head::Background, at);
                }
            }
            Word::Ground => self.open.said.iter_mut().for_each(|said| said.of = Of::Ground),
            Word::Trim => self.trim(),
            Word::All => {
                self.close_if_headed();
                self.open.all = true;
            }
            Word::Link(link) => self.join(link, at),
            Word::Verb => self.join(Link::Break, at),
            Word::Mark(mark) => {
                if self.open.head.is_some() {
                    self.open.mark = Some(mark);
                }
            }
            Word::Colon if self.open.head.is_some() => self.open.mark = Some(Mark::Topic),
            Word::Colon => self.join(Link::Break, at),
            Word::DressIn => {
                let starts = self.tokens[..at].iter().all(|token| matches!(token.word, Some(Word::Filler)));
                if !starts {
                    self.head(Head::Garment { kind: GarmentKind::Dress, attrs: &[], place: None }, at);
                    self.join(Link::In, at);
                }
            }
            Word::Article => {
                self.close_if_headed();
                if self.open.said.is_empty() {
                    self.open.article = true;
                }
            }
            Word::NoBefore => {
                self.close();
                self.no = true;
            }
            Word::NoAfter => self.deny(at),
            Word::KeepBefore => {
                self.close();
                self.keep = true;
            }
            Word::KeepAfter => self.keep_last(),
            Word::Swap => {
                self.close();
                self.swap = true;
            }
            Word::Look => self.open.look |= self.open.head.is_some(),
            Word::Stuff | Word::Filler | Word::Particle => {}
        }
    }

    fn close(&mut self) {
        let next = Phrase::new(self.link.take().unwrap_or(Link::Adjacent));
        let empty = self.open.said.is_empty() && self.open.head.is_none() && !self.open.all;
        if empty {
            // An empty phrase passes its link on to the next one.
            let link = if next.link == Link::Adjacent { self.open.link } else { next.link };
            self.open = Phrase { link, article: self.open.article, ..next };
        } else {
            self.parsed.phrases.push(std::mem::replace(&mut self.open, next));
        }
    }

    fn close_if_headed(&mut self) {
        if self.open.head.is_some() {
            self.close();
        }
    }

    fn join(&mut self, link: Link, at: usize) {
        let after_ground = at > 0 && matches!(self.tokens[at - 1].word, Some(Word::Ground));
        if after_ground && link == Link::With {
            return;
        }
        if matches!(link, Link::Break | Link::With | Link::For) {
            self.deny_headless();
        }
        self.link = Some(link);
        let empty = self.open.said.is_empty() && self.open.head.is_none() && !self.open.all;
        if empty && link == Link::Break && self.open.link != Link::Adjacent {
            // A comma or a verb does not replace a link before it.
            self.link = None;
        } else {
            self.close();
        }
        if matches!(link, Link::Break | Link::With) {
            self.no = self.no && empty;
            self.keep = self.keep && empty;
        }
    }

    /// "rather than a red one": only an attribute is denied.
    fn deny_headless(&mut self) {
        if self.open.head.is_none() && !self.open.said.is_empty() {
            self.open.no |= std::mem::take(&mut self.no);
        }
    }

    fn say(&mut self, attrs: &[Attr], token: usize) {
        self.close_if_headed();
        self.open.said.extend(attrs.iter().map(|&attr| Said { attr, token, of: Of::Cloth }));
    }

    /// Attributes right before "buttons" describe the buttons: one colour, and the material.
    fn trim(&mut self) {
        if self.open.head.is_some() {
            return;
        }
        let mut coloured = false;
        for said in self.open.said.iter_mut().rev() {
            let colour = matches!(said.attr, Attr::Colour(..));
            if !matches!(said.attr, Attr::Colour(..) | Attr::Shade(_) | Attr::Material(_))
                || (colour && coloured)
            {
                break;
            }
            coloured |= colour;
            said.of = Of::Trim;
        }
    }

    fn head(&mut self, head: Head, at: usize) {
        match self.same_thing_twice(head) {
            Some(Twice::First) => return,
            Some(Twice::Second) => {
                self.open.head = Some((head, at));
                return;
            }
            None => {}
        }
        self.close_if_headed();
        let told = self
            .parsed
            .phrases
            .last()
            .is_some_and(|last| last.mark == Some(Mark::Topic) && last.wearable() && !last.has_colour());
        if told
            && self.open.link == Link::Adjacent
            && !self.open.said.is_empty()
            && matches!(self.tokens.get(at + 1).and_then(|t| t.word), Some(Word::Mark(Mark::Topic)))
        {
            // 바지는 검정 신발은 흰색: the first colour describes the garment before it.
            self.close();
        }
        self.open.head = Some((head, at));
        self.open.no = std::mem::take(&mut self.no);
        self.open.keep = std::mem::take(&mut self.keep);
        if std::mem::take(&mut self.swap) {
            self.open.mark = Some(Mark::Object);
        }
    }

    /// Two names of one thing in a row: "cardigan sweater", 치노 반바지.
    fn same_thing_twice(&self, head: Head) -> Option<Twice> {
        use GarmentKind as K;
        let Head::Garment { kind, attrs: [], place } = head else { return None };
        let open = self.open.kind().filter(|_| self.open.mark.is_none() && !self.no)?;
        let general = match kind {
            K::Knit | K::Sweater => matches!(open.slot(), Slot::Upper) || open == K::Cardigan,
            K::Jacket
            | K::Coat
            | K::Shirt
            | K::Top
            | K::TShirt
            | K::Trousers
            | K::Skirt
            | K::Dress
            | K::Shoes
            | K::Boots => open.slot() == kind.slot(),
            K::Hat => matches!(open, K::Cap | K::Beanie | K::Beret),
            K::Bag => matches!(open, K::Backpack | K::ToteBag | K::Handbag),
            _ => false,
        };
        let legs = |kind: K| matches!(kind.slot(), Slot::Trousers | Slot::Skirt);
        if general {
            Some(Twice::First)
        } else if legs(kind) && open.slot() == kind.slot() && place.is_none() {
            Some(Twice::Second)
        } else {
            None
        }
    }

    fn mood(&mut self, mood: Mood, at: usize) {
        if std::mem::take(&mut self.no) || matches!(self.after(at), Some(Word::NoAfter)) {
            return;
        }
        self.keep = false;
        self.parsed.moods.push((mood, at));
        if matches!(self.after(at), Some(Word::Look)) {
            self.head(Head::Style { outfit: outfits::of_mood(mood), mood: Some(mood) }, at);
        }
    }

    fn scene(&mut self, kind: SceneKind, at: usize) {
        if kind == SceneKind::Street && matches!(self.after(at), Some(Word::Look)) {
            self.mood(Mood::Street, at);
            return;
        }
        self.close_if_headed();
        let colours =
            self.open.said.iter().all(|said| matches!(said.attr, Attr::Colour(..) | Attr::Shade(_)));
        let told = self.parsed.phrases.last().is_some_and(|last| last.mark == Some(Mark::Topic));
        if !colours || (told && self.open.link == Link::Adjacent) {
            self.close();
        }
        self.head(Head::Scene(kind), at);
    }

    /// The next word that is neither a particle nor a filler.
    fn after(&self, at: usize) -> Option<Word> {
        let words = self.tokens[at + 1..].iter().map(|token| token.word);
        words.into_iter().find(|word| !matches!(word, Some(Word::Particle))).flatten()
    }

    /// Whether the word at this index describes the garment after it.
    fn modifies(&self, at: usize, either: &Either) -> bool {
        // 반팔 흰 티셔츠: two names of tops in a row mean one top, even with a colour between them.
        let sleeves = either.attr.iter().all(|attr| matches!(attr, Attr::Sleeves(_)));
        let mut coloured = false;
        let before = |kind: GarmentKind, coloured: bool| {
            (either.before)(kind)
                && (!coloured || matches!(kind.slot(), Slot::Upper | Slot::Outer | Slot::Dress))
        };
        let in_it = at > 0 && matches!(self.tokens[at - 1].word, Some(Word::Link(Link::In)));
        for token in &self.tokens[at + 1..] {
            match token.word {
                Some(Word::Stuff) => return true,
                Some(Word::Attr(Attr::Colour(..) | Attr::Shade(_))) if sleeves => coloured = true,
                Some(Word::Attr(Attr::Colour(..) | Attr::Shade(_))) | None => break,
                Some(Word::Attr(_) | Word::Filler) => {}
                Some(Word::Noun { kind, .. } | Word::Place { kind, .. }) => return before(kind, coloured),
                Some(Word::Either(either)) => return before(either.kind, coloured),
                Some(Word::DressIn) => return before(GarmentKind::Dress, coloured),
                _ => break,
            }
        }
        in_it && !self.parsed.phrases.is_empty() && self.open.said.is_empty()
    }

    fn deny(&mut self, at: usize) {
        let mood_before = self.tokens[..at]
            .iter()
            .rev()
            .find(|token| {
                !matches!(token.word, Some(Word::Particle | Word::Mark(_) | Word::Look | Word::Filler))
            })
            .is_some_and(|token| matches!(token.word, Some(Word::Mood(_))));
        if mood_before {
            return;
        }
        self.open.no = true;
        self.close();
        self.link = None;
        let phrases = &mut self.parsed.phrases;
        for at in (1..phrases.len()).rev() {
            let (before, phrase) = phrases.split_at_mut(at);
            let (before, phrase) = (&mut before[at - 1], &phrase[0]);
            let listed = matches!(phrase.link, Link::And | Link::Or) && phrase.no && before.bare();
            if !listed || before.kind().map(GarmentKind::slot) != phrase.kind().map(GarmentKind::slot) {
                break;
            }
            before.no = true;
        }
        // A garment after a denial begins a new phrase, not the next item of the denied list.
        self.open.link = Link::With;
    }

    fn keep_last(&mut self) {
        if self.open.head.is_none() {
            self.keep = true;
            return;
        }
        self.open.keep = true;
        self.close();
        let phrases = &mut self.parsed.phrases;
        for at in (1..phrases.len()).rev() {
            if !phrases[at].keep
                || !matches!(phrases[at].link, Link::And | Link::Or)
                || !phrases[at - 1].bare()
            {
                break;
            }
            phrases[at - 1].keep = true;
        }
        self.open.link = Link::Break;
    }
}

/// Whether an attribute is a pattern.
pub(super) fn is_pattern(attr: Attr) -> bool {
    matches!(attr, Attr::Stripes) || matches!(attr, Attr::Pattern(p) if p != Pattern::Solid)
}
