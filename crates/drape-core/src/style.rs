//! The meaning of a sentence: garments, scene, moods and seasons.
//!
//! A [`Style`] is made by [`crate::lexicon::read`] and is all that later stages see of a sentence.

mod describe;
mod kinds;
mod palette;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::kinds::{Distinctness, Facts, GarmentKind, Over, SewingPattern};
pub use self::palette::{Colour, ColourName, Shade};
pub use self::words::{Detail, Fit, Length, Material, Mood, Pattern, SceneKind, Season, Sleeves, Slot};
use crate::language::Language;
use crate::vocabulary::UnknownWord;

/// The reading of one sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Style {
    /// The language of the sentence, to answer in.
    pub language: Language,
    /// The garments to wear, in order of appearance; the garments of a style word stand at its place.
    pub garments: Vec<Garment>,
    /// The place, if the sentence names one.
    pub scene: Option<Scene>,
    /// Moods named, each once, in order of appearance.
    pub moods: Vec<Mood>,
    /// Seasons named, each once, in order of appearance.
    pub seasons: Vec<Season>,
    /// Things that must not be worn.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub without: Vec<Part>,
    /// Things that stay as they are in the photo.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub keep: Vec<Part>,
    /// Words that stood for an outfit, with its garments.
    pub style_words: Vec<StyleWord>,
    /// Words that were not understood or not used, as typed, in order of appearance.
    pub not_understood: Vec<String>,
}

/// One thing to wear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Garment {
    /// Its kind.
    pub kind: GarmentKind,
    /// Where it is worn; always `kind.slot()`.
    pub slot: Slot,
    /// The colour of the ground.
    pub colour: Option<Colour>,
    /// The pattern on the ground.
    pub pattern: Option<Pattern>,
    /// Colours beside the ground's.
    pub pattern_colours: Vec<Colour>,
    /// The material.
    pub material: Option<Material>,
    /// Its length, if the sentence names one.
    pub length: Option<Length>,
    /// Its sleeves, if the sentence names them.
    pub sleeves: Option<Sleeves>,
    /// Its fit, if the sentence names one.
    pub fit: Option<Fit>,
    /// Parts and finishes, each once.
    pub details: Vec<Detail>,
    /// The words of the sentence that it came from.
    pub text: String,
    /// The style word that it came from; `None` for a garment that the sentence names.
    pub expanded: Option<String>,
}

/// Where the picture is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Scene {
    /// The place.
    pub kind: SceneKind,
    /// The colour of a plain background.
    pub colour: Option<Colour>,
}

/// A word that stood for an outfit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StyleWord {
    /// The word as typed; `casual` if the sentence has none.
    pub word: String,
    /// The garments of the outfit.
    pub garments: Vec<GarmentKind>,
}

/// A kind of garment, or everything worn at one place. `trousers`, `skirt` and `dress` are ids of both and
/// always mean the place: "without a skirt" means without any kind of skirt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Part {
    /// Everything worn there.
    Slot(Slot),
    /// One kind.
    Kind(GarmentKind),
}

impl Part {
    /// The id of the slot or of the kind.
    pub fn id(self) -> &'static str {
        match self {
            Self::Slot(slot) => slot.id(),
            Self::Kind(kind) => kind.id(),
        }
    }

    /// Whether a garment of that kind is meant.
    pub fn covers(self, kind: GarmentKind) -> bool {
        match self {
            Self::Slot(slot) => kind.slot() == slot,
            Self::Kind(part) => kind == part,
        }
    }

    /// The name that people read.
    pub fn name(self, language: Language) -> &'static str {
        match self {
            Self::Slot(slot) => slot.name(language),
            Self::Kind(kind) => kind.name(language),
        }
    }
}

impl From<GarmentKind> for Part {
    fn from(kind: GarmentKind) -> Self {
        Slot::of_id(kind.id()).map_or(Self::Kind(kind), Self::Slot)
    }
}

impl From<Part> for &'static str {
    fn from(part: Part) -> Self {
        part.id()
    }
}

impl TryFrom<String> for Part {
    type Error = UnknownWord;

    fn try_from(id: String) -> Result<Self, UnknownWord> {
        let slot = Slot::of_id(&id).map(Self::Slot);
        let part = slot.or_else(|| GarmentKind::of_id(&id).map(Self::Kind));
        part.ok_or(UnknownWord { vocabulary: "Part", word: id })
    }
}

impl Garment {
    /// A garment of a kind, with the material that the kind implies and nothing else.
    pub fn new(kind: GarmentKind) -> Self {
        Self {
            kind,
            slot: kind.slot(),
            colour: None,
            pattern: None,
            pattern_colours: Vec::new(),
            material: kind.material(),
            length: None,
            sleeves: None,
            fit: None,
            details: Vec::new(),
            text: String::new(),
            expanded: None,
        }
    }
}

impl Style {
    /// Tidies a style from outside: derives slots from kinds and colour values from names, and cuts lists and
    /// texts to sensible lengths.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        let short = |text: &mut String| {
            if let Some((at, _)) = text.char_indices().nth(200) {
                text.truncate(at);
            }
        };
        let again = |colour: &mut Colour| *colour = Colour::new(colour.name, colour.shade);
        self.garments.truncate(12);
        for garment in &mut self.garments {
            garment.slot = garment.kind.slot();
            garment.colour.iter_mut().chain(&mut garment.pattern_colours).for_each(again);
            garment.pattern_colours.truncate(4);
            garment.details.truncate(8);
            short(&mut garment.text);
            garment.expanded.iter_mut().for_each(short);
        }
        self.scene.iter_mut().filter_map(|s| s.colour.as_mut()).for_each(again);
        self.moods.truncate(8);
        self.seasons.truncate(4);
        self.without.truncate(12);
        self.keep.truncate(12);
        self.style_words.truncate(12);
        self.not_understood.truncate(40);
        self.not_understood.iter_mut().for_each(short);
        for word in &mut self.style_words {
            short(&mut word.word);
            word.garments.truncate(12);
        }
        self
    }

    /// The canonical form in one line: garments joined by `; ` (with `~` before those of a style word), then
    /// after ` | ` the other fields that are set.
    ///
    /// `blazer colour=navy details=double_breasted; shirt colour=white | scene=beach unknown=xyzzy`
    pub fn to_line(&self) -> String {
        let garments: Vec<String> = self.garments.iter().map(ToString::to_string).collect();
        let mut rest = Vec::new();
        let mut field = |name: &str, values: Vec<&str>| {
            if !values.is_empty() {
                rest.push(format!("{name}={}", values.join(",")));
            }
        };
        let scene_colour = self.scene.as_ref().and_then(|s| s.colour.as_ref()).map(dashed);
        field("scene", self.scene.iter().map(|s| s.kind.id()).collect());
        field("scene_colour", scene_colour.iter().map(String::as_str).collect());
        field("moods", self.moods.iter().map(|m| m.id()).collect());
        field("seasons", self.seasons.iter().map(|s| s.id()).collect());
        field("without", self.without.iter().map(|p| p.id()).collect());
        field("keep", self.keep.iter().map(|p| p.id()).collect());
        field("unknown", self.not_understood.iter().map(String::as_str).collect());
        match (garments.is_empty(), rest.is_empty()) {
            (_, true) => garments.join("; "),
            (true, false) => format!("| {}", rest.join(" ")),
            (false, false) => format!("{} | {}", garments.join("; "), rest.join(" ")),
        }
    }
}

impl fmt::Display for Garment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.expanded.is_some() { "~" } else { "" };
        write!(f, "{mark}{}", self.kind)?;
        if let Some(colour) = &self.colour {
            write!(f, " colour={}", colour.name)?;
            if let Some(shade) = colour.shade {
                write!(f, " shade={shade}")?;
            }
        }
        if let Some(pattern) = self.pattern {
            write!(f, " pattern={pattern}")?;
        }
        if !self.pattern_colours.is_empty() {
            let colours: Vec<String> = self.pattern_colours.iter().map(dashed).collect();
            write!(f, " pattern_colours={}", colours.join(","))?;
        }
        if let Some(material) = self.material {
            write!(f, " material={material}")?;
        }
        if let Some(length) = self.length {
            write!(f, " length={length}")?;
        }
        if let Some(sleeves) = self.sleeves {
            write!(f, " sleeves={sleeves}")?;
        }
        if let Some(fit) = self.fit {
            write!(f, " fit={fit}")?;
        }
        if !self.details.is_empty() {
            let details: Vec<&str> = self.details.iter().map(|d| d.id()).collect();
            write!(f, " details={}", details.join(","))?;
        }
        Ok(())
    }
}

/// `light-blue`: a colour as one word of the canonical line.
fn dashed(colour: &Colour) -> String {
    colour.shade.map_or_else(|| colour.name.to_string(), |shade| format!("{shade}-{}", colour.name))
}
