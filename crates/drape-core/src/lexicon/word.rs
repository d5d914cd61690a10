//! What one word of a sentence can mean, before it is known what it belongs to.

use crate::style::{
    ColourName, Detail, Fit, GarmentKind, Length, Material, Mood, Pattern, SceneKind, Season, Shade, Sleeves,
    Slot,
};

/// Something said about a garment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Attr {
    Colour(ColourName, Option<Shade>),
    /// A shade that waits for its colour.
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

/// For whom an outfit is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Gender {
    Women,
    Men,
}

/// How a part of the sentence joins what comes before it, or what stands after it.
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
    /// "with", 에: another thing beside.
    With,
    /// "in", "of": what follows tells about what came before.
    In,
    /// "on": the ground of a pattern, or a place.
    On,
}

/// What a Korean particle (or an English change of clothes) makes of the word before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark {
    /// 은, 는, 이, 가, 만: told about in what follows.
    Topic,
    /// 을, 를: acted on.
    Object,
    /// 로, 으로: the goal of a change.
    Goal,
}

/// A word that is a garment on its own and an attribute before one.
pub(super) struct Either {
    pub(super) kind: GarmentKind,
    pub(super) noun: &'static [Attr],
    pub(super) attr: &'static [Attr],
    /// The garments before which it is the attribute.
    pub(super) before: fn(GarmentKind) -> bool,
    pub(super) forms: &'static str,
}

/// One style word.
pub(super) struct Outfit {
    /// Surface forms; a mood's outfit has none of its own, for its words are the mood's.
    pub(super) forms: &'static str,
    /// Clothes by themselves, as a suit is; other words may also only tell about a garment, as in
    /// "classic white shirt".
    pub(super) clothes: bool,
    /// The outfit where nothing says for whom.
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

    /// Whether it names a garment or what one looks like: what is worth finding behind a slip of the
    /// keyboard.
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
    /// "fabric", 소재: what stands before it is an attribute.
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
    /// "change", "replace": what follows goes away if something comes in its place.
    Swap,
    /// Means nothing here.
    Filler,
    /// An ending that says nothing.
    Particle,
    /// A verb: any ending may follow, and a clause ends with it.
    Verb,
}
