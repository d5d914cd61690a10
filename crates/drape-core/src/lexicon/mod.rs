//! Reads sentences with a lexicon and a handful of rules, without a model or a network.
//!
//! The flow: `tokens` cuts the sentence into words that the tables (`garments`, `attributes`, `outfits`,
//! `grammar`) know; `phrases` groups them around garments; `attach` gives every attribute to its garment;
//! `expand` turns style words into outfits around the named garments. The same sentence always reads the
//! same, in well under a millisecond.

mod attach;
mod attributes;
mod expand;
mod garments;
mod grammar;
mod outfits;
mod phrases;
mod tokens;
mod trie;
mod word;

use std::collections::BTreeSet;

use self::phrases::{Head, Parsed, Said};
use self::tokens::Token;
use self::word::{Attr, Gender, Outfit};
use crate::sentence::Sentence;
use crate::style::{
    Colour, ColourName, Garment, GarmentKind, Mood, Part, Pattern, Scene, SceneKind, Shade, Slot, Style,
    StyleWord,
};

/// Reads a sentence. Every text has a reading; it lists the words that it could not use.
///
/// ```
/// use drape_core::{lexicon, sentence::Sentence};
///
/// let sentence = Sentence::parse("navy double-breasted blazer, white shirt, beach background")?;
/// let style = lexicon::read(&sentence);
/// assert_eq!(
///     style.to_line(),
///     "blazer colour=navy details=double_breasted; shirt colour=white | scene=beach",
/// );
/// # Ok::<(), drape_core::sentence::SentenceError>(())
/// ```
pub fn read(sentence: &Sentence) -> Style {
    let text = sentence.as_str();
    let tokens = tokens::cut(text);
    let parsed = phrases::parse(&tokens);
    let mut reader = Reader {
        text,
        tokens: &tokens,
        gender: parsed.gender,
        style: Style {
            language: sentence.language(),
            garments: Vec::new(),
            scene: None,
            moods: Vec::new(),
            seasons: Vec::new(),
            without: Vec::new(),
            keep: Vec::new(),
            style_words: Vec::new(),
            not_understood: Vec::new(),
        },
        wear: Vec::new(),
        everywhere: Vec::new(),
        unused: BTreeSet::new(),
    };
    reader.interpret(parsed);
    reader.style
}

/// Something to wear, in order of appearance.
enum Wear {
    Named(Garment),
    Style { outfit: &'static Outfit, word: String, said: Vec<Said> },
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    gender: Option<Gender>,
    style: Style,
    wear: Vec<Wear>,
    /// Colours that the sentence gives to everything.
    everywhere: Vec<Said>,
    /// Tokens with a meaning that were not used.
    unused: BTreeSet<usize>,
}

impl Reader<'_> {
    fn interpret(&mut self, parsed: Parsed) {
        let Parsed { mut phrases, moods, seasons, .. } = parsed;
        let lost = attach::settle(&mut phrases);
        // A mood adds no outfit to named clothes, only to shoes or a bag alone.
        let clothed = phrases
            .iter()
            .filter(|phrase| phrase.wearable())
            .filter_map(|phrase| phrase.kind())
            .any(|kind| !matches!(kind.slot(), Slot::Footwear | Slot::Legwear | Slot::Accessory));
        for phrase in phrases {
            if phrase.all {
                let only_this =
                    phrase.kind().is_some() && self.style.language == crate::language::Language::English;
                if !only_this {
                    self.everywhere.extend(
                        phrase
                            .said
                            .iter()
                            .filter(|said| matches!(said.attr, Attr::Colour(..) | Attr::Shade(_))),
                    );
                }
            }
            let Some((head, at)) = phrase.head else { continue };
            match head {
                Head::Garment { kind, place, .. } if phrase.no || phrase.keep => {
                    let part = place.map_or(Part::from(kind), Part::Slot);
                    self.set_aside(part, phrase.keep);
                }
                Head::Accessories => self.set_aside(Part::Slot(Slot::Accessory), phrase.keep),
                Head::Garment { kind, attrs, .. } => {
                    let garment = self.garment(kind, attrs, &phrase.said, at);
                    self.wear.push(Wear::Named(garment));
                }
                Head::Style { .. } if phrase.no || phrase.keep => {}
                Head::Style { mood: Some(_), .. } if phrase.tells => {}
                Head::Style { .. } if phrase.tells => {
                    self.style.style_words.push(StyleWord { word: self.slice(at), garments: Vec::new() });
                }
                Head::Style { mood: Some(_), .. } if clothed => {
                    self.unused.extend(phrase.said.iter().map(|said| said.token));
                }
                Head::Style { outfit, .. } => {
                    let word = self.slice(at);
                    self.wear.push(Wear::Style { outfit, word, said: phrase.said });
                }
                Head::Scene(kind) => self.scene(kind, &phrase.said, at),
                Head::Background => self.background(&phrase.said),
            }
        }
        for &(mood, _) in &moods {
            once(&mut self.style.moods, mood);
        }
        for &(season, _) in &seasons {
            once(&mut self.style.seasons, season);
        }
        if self.wear.is_empty() {
            self.default_outfit(&moods, &seasons, lost);
        } else {
            self.unused.extend(lost.iter().map(|said| said.token));
        }
        self.complete_hanbok();
        self.dress();
        self.colour_everything();
        self.list_unknown();
    }

    fn garment(&mut self, kind: GarmentKind, attrs: &'static [Attr], said: &[Said], at: usize) -> Garment {
        let mut garment = Garment::new(kind);
        self.unused.extend(attach::put(&mut garment, said, at));
        attach::fill(&mut garment, attrs);
        attach::refine(&mut garment);
        let mut tokens: Vec<usize> = said.iter().map(|said| said.token).chain([at]).collect();
        tokens.sort_unstable();
        tokens.dedup();
        garment.text = self.words(&tokens);
        garment
    }

    fn set_aside(&mut self, part: Part, keep: bool) {
        once(if keep { &mut self.style.keep } else { &mut self.style.without }, part);
    }

    fn scene(&mut self, kind: SceneKind, said: &[Said], at: usize) {
        match &mut self.style.scene {
            Some(scene) if scene.kind == kind => {}
            // "Street" and "city at night" together mean the city at night.
            Some(scene) if scene.kind == SceneKind::Street && kind == SceneKind::NightCity => {
                scene.kind = kind;
            }
            Some(scene) if scene.kind == SceneKind::NightCity && kind == SceneKind::Street => {}
            // 회색 배경 스튜디오: a plain background and a studio are one scene.
            Some(scene) if plain(scene.kind) && kind == SceneKind::Studio => {
                let colour = match scene.kind {
                    SceneKind::PlainWhite => Some(ColourName::White),
                    SceneKind::PlainGrey => Some(ColourName::Grey),
                    _ => None,
                };
                let colour = scene.colour.take().or(colour.map(|name| Colour::new(name, None)));
                *scene = Scene { kind, colour };
            }
            Some(_) => {
                self.unused.insert(at);
            }
            none => {
                // "dark studio": a shade without a colour means grey.
                let dark = said.iter().any(|s| matches!(s.attr, Attr::Shade(Shade::Dark | Shade::Deep)));
                let dark = dark.then(|| Colour::new(ColourName::Grey, Some(Shade::Dark)));
                let paper = matches!(kind, SceneKind::Studio | SceneKind::Gradient);
                let colour = said_colour(said).or(dark).filter(|_| paper);
                *none = Some(Scene { kind, colour });
            }
        }
    }

    fn background(&mut self, said: &[Said]) {
        let plain = said.iter().any(|said| said.attr == Attr::Pattern(Pattern::Solid));
        let colour = said_colour(said);
        if let Some(scene) = &mut self.style.scene {
            scene.colour = scene.colour.take().or(colour);
            return;
        }
        // "dark background": a shade without a colour means grey.
        let shade =
            said.iter().find_map(|said| if let Attr::Shade(shade) = said.attr { Some(shade) } else { None });
        let colour = match (colour, shade) {
            (None, Some(Shade::Dark | Shade::Deep)) => Some(Colour::new(ColourName::Grey, Some(Shade::Dark))),
            (None, Some(_)) => Some(Colour::new(ColourName::White, None)),
            (colour, _) => colour,
        };
        let kind = match colour.as_ref().map(|c| (c.name, c.shade)) {
            Some((ColourName::White, None)) => SceneKind::PlainWhite,
            Some((ColourName::Grey, _)) => SceneKind::PlainGrey,
            Some(_) => SceneKind::PlainColour,
            None if plain => SceneKind::PlainWhite,
            None => return self.unused.extend(said.iter().map(|said| said.token)),
        };
        let colour = colour.filter(|c| kind == SceneKind::PlainColour || c.shade.is_some());
        self.style.scene = Some(Scene { kind, colour });
    }

    /// The outfit for a sentence that names no clothes: that of the mood, of the season, or casual clothes.
    fn default_outfit(
        &mut self,
        moods: &[(Mood, usize)],
        seasons: &[(crate::style::Season, usize)],
        mut said: Vec<Said>,
    ) {
        let (outfit, word) = if let Some(&(mood, at)) = moods.first() {
            (outfits::of_mood(mood), self.slice(at))
        } else if let Some(&(season, at)) = seasons.first() {
            (outfits::of_season(season), self.slice(at))
        } else if let Some(muted) = muted_alone(&said) {
            // 톤다운: a shade without a garment is a look of its own.
            let at = said.remove(muted).token;
            (&outfits::MUTED[0], self.slice(at))
        } else {
            let quiet =
                self.style.scene.is_none() && self.style.without.is_empty() && self.style.keep.is_empty();
            let silent = quiet
                && self.tokens.iter().all(|token| {
                    token.word.is_some() || self.text[token.start..token.end].chars().all(is_laughter)
                });
            if !silent && said.is_empty() && self.everywhere.is_empty() {
                return;
            }
            (outfits::of_mood(Mood::Casual), "casual".to_owned())
        };
        self.wear.push(Wear::Style { outfit, word, said });
    }

    /// A skirt or trousers with a jeogori belong to the hanbok.
    fn complete_hanbok(&mut self) {
        let named = || {
            self.wear.iter().filter_map(|wear| if let Wear::Named(g) = wear { Some(g.kind) } else { None })
        };
        if !named().any(|kind| matches!(kind, GarmentKind::Jeogori | GarmentKind::Durumagi)) {
            return;
        }
        for wear in &mut self.wear {
            let Wear::Named(garment) = wear else { continue };
            garment.kind = match garment.kind {
                GarmentKind::Skirt | GarmentKind::LongSkirt => GarmentKind::Chima,
                GarmentKind::Trousers => GarmentKind::Baji,
                kind => kind,
            };
        }
    }

    /// Lists the named garments, and around them the outfits of the style words.
    fn dress(&mut self) {
        let mut worn: Vec<GarmentKind> = self
            .wear
            .iter()
            .filter_map(|wear| if let Wear::Named(g) = wear { Some(g.kind) } else { None })
            .collect();
        self.style.without.retain(|part| !worn.iter().any(|&kind| part.covers(kind)));
        let gone: Vec<Part> = self.style.without.iter().chain(&self.style.keep).copied().collect();
        for wear in std::mem::take(&mut self.wear) {
            match wear {
                Wear::Named(garment) => self.style.garments.push(garment),
                Wear::Style { outfit, word, said } => {
                    let (garments, unused) =
                        expand::expand(outfit.items(self.gender), &word, &said, &worn, &gone);
                    self.unused.extend(unused);
                    let kinds: Vec<GarmentKind> = garments.iter().map(|g| g.kind).collect();
                    worn.extend(&kinds);
                    self.style.style_words.push(StyleWord { word, garments: kinds });
                    self.style.garments.extend(garments);
                }
            }
        }
    }

    /// "all black": gives the colour to all garments without a colour of their own in the sentence.
    fn colour_everything(&mut self) {
        let Some(colour) = said_colour(&self.everywhere) else { return };
        for garment in &mut self.style.garments {
            if garment.expanded.is_some() || garment.colour.is_none() {
                garment.colour = Some(colour.clone());
            }
        }
    }

    fn list_unknown(&mut self) {
        for (at, token) in self.tokens.iter().enumerate() {
            if token.word.is_none() || self.unused.contains(&at) {
                let word = self.slice(at);
                if word.chars().all(is_laughter) {
                    continue;
                }
                self.style.not_understood.push(word);
            }
        }
    }

    /// A token as typed.
    fn slice(&self, at: usize) -> String {
        let token = &self.tokens[at];
        self.text[token.start..token.end].to_owned()
    }

    /// Tokens as typed, in order; adjacent ones keep the characters between them.
    fn words(&self, tokens: &[usize]) -> String {
        let mut text = String::new();
        let mut last: Option<usize> = None;
        for &at in tokens {
            let start = self.tokens[at].start;
            match last {
                Some(end) if self.text[end..start].trim().is_empty() => text.push_str(&self.text[end..start]),
                Some(_) => text.push(' '),
                None => {}
            }
            text.push_str(&self.text[start..self.tokens[at].end]);
            last = Some(self.tokens[at].end);
        }
        text
    }
}

/// The index of a muted shade in words without any colour.
fn muted_alone(said: &[Said]) -> Option<usize> {
    let coloured = said.iter().any(|s| matches!(s.attr, Attr::Colour(..)));
    said.iter().position(|s| s.attr == Attr::Shade(Shade::Muted)).filter(|_| !coloured)
}

/// The colour of the ground that these words give a garment.
fn said_colour(said: &[Said]) -> Option<Colour> {
    let mut probe = Garment::new(GarmentKind::Top);
    attach::put(&mut probe, said, usize::MAX);
    probe.colour
}

fn plain(scene: SceneKind) -> bool {
    matches!(scene, SceneKind::PlainWhite | SceneKind::PlainGrey | SceneKind::PlainColour)
}

/// Hangul letters outside a syllable: ㅋㅋ, ㅎㅎ, ㅠㅠ.
fn is_laughter(c: char) -> bool {
    matches!(c, '\u{3131}'..='\u{318e}')
}

fn once<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}
