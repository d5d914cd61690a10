//! The meanings that a word of a sentence can have by itself.

use crate::style::{
    ColourName, Detail, Fit, GarmentKind, Length, Material, Mood, Pattern, SceneKind, Season, Shade, Sleeves,
    Slot,
};

/// An attribute of a garment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Attr {
    Colour(ColourName, Option<Shade>),
    /// A shade whose colour follows.
    Shade(Shade),
    Pattern(Pattern),
    /// Stripes whose direction the garment decides.
    Stripes,
    Material(Material),
    Length(Length),
    Sleeves(Sleeves),
    Fit(Fit),
    Detail(Detail),
}

/// The gender that an outfit is chosen for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Gender {
    Women,
    Men,
}

/// How a part of the sentence joins the part before or after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Link {
    /// Nothing but a space.
    Adjacent,
    /// A comma, a verb, the end of a sentence.
    Break,
    /// "and", 와, 하고: attributes may be shared across it.
    And,
    /// "or": "and", and a denial goes on across it.
    Or,
    /// "for": as a break, and "swap one for another".
    For,
    /// "with", 에: adds another thing.
    With,
    /// "in", "of": the words after it describe those before it.
    In,
    /// "on": the ground of a pattern, or a place.
    On,
}

/// The role that a Korean particle (or an English verb of change) gives the word before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark {
    /// 은, 는, 이, 가, 만: the topic of the words after it.
    Topic,
    /// 을, 를: acted on.
    Object,
    /// 로, 으로: the goal of a change.
    Goal,
}

/// A word that is a garment on its own and an attribute before another garment.
pub(super) struct Either {
    pub(super) kind: GarmentKind,
    pub(super) noun: &'static [Attr],
    pub(super) attr: &'static [Attr],
    /// The garments before which it is an attribute.
    pub(super) before: fn(GarmentKind) -> bool,
    pub(super) forms: &'static str,
}

/// One style word.
pub(super) struct Outfit {
    /// Surface forms; empty for the outfit of a mood, whose words are the mood's.
    pub(super) forms: &'static str,
    /// Whether the word always means clothes, as "suit" does. Other words may also describe a garment, as in
    /// "classic white shirt".
    pub(super) clothes: bool,
    /// The outfit if the sentence names no gender.
    pub(super) any: &'static str,
    /// For women, where it differs.
    pub(super) women: &'static str,
    /// For men, where it differs.
    pub(super) men: &'static str,
}

impl Word {
    /// Whether an English plural of it is the same word: "shirts" is, and "shorts" is not "short".
    pub(super) fn has_plural(self) -> bool {
        let noun = matches!(self, Self::Noun { .. } | Self::Place { .. } | Self::Either(_) | Self::Style(_));
        noun || matches!(
            self,
            Self::Scene(_) | Self::Background | Self::Stuff | Self::Trim | Self::Attr(Attr::Pattern(_))
        )
    }

    /// Whether it names a garment or an attribute, and is worth finding despite a typing error.
    pub(super) fn is_name(self) -> bool {
        matches!(self, Self::Noun { .. } | Self::Either(_) | Self::Attr(_))
    }
}

/// One entry of the lexicon.
#[derive(Clone, Copy)]
pub(super) enum Word {
    Noun {
        kind: GarmentKind,
        attrs: &'static [Attr],
    },
    Place {
        slot: Slot,
        kind: GarmentKind,
    },
    Accessories,
    Either(&'static Either),
    Attr(Attr),
    Style(&'static Outfit),
    Mood(Mood),
    Season(Season),
    Scene(SceneKind),
    Gender(Gender),
    /// "look", 룩: makes an outfit of the mood before it.
    Look,
    /// "background", 배경.
    Background,
    /// "on a white ground", 바탕.
    Ground,
    /// "buttons", 단추: a part of a garment that may have a colour of its own.
    Trim,
    /// "fabric", 소재: the word before it is an attribute.
    Stuff,
    /// "all", 올, 위아래.
    All,
    Link(Link),
    Mark(Mark),
    /// `:`, after a garment like 은.
    Colon,
    /// "dress" with "in" or "for": a verb where a sentence starts.
    DressIn,
    Article,
    /// "no", "without", "instead of".
    NoBefore,
    /// 없이, 말고, 대신.
    NoAfter,
    KeepBefore,
    KeepAfter,
    /// "change", "replace": the garment after it is exchanged, if another is named.
    Swap,
    /// A word without a meaning here.
    Filler,
    /// An ending without a meaning.
    Particle,
    /// A verb: any ending may follow, and a clause ends with it.
    Verb,
}
