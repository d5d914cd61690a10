//! The prompt: a style as a text of at most 77 tokens for the model.
//!
//! Late words may be cut, so the class word and the trigger come first. Then follow the framing, the
//! garments, the scene, the moods, and last the quality of the picture. A garment that does not fit is tried
//! without its attributes; other parts that do not fit are left out whole. [`Prompt`] tells which parts are
//! in the text.

use drape_core::engine::Subject;
use drape_core::language::Language;
use drape_core::style::{Garment, Part, SceneKind, Slot, Style};

use crate::tokenizer::{LENGTH, TRIGGER};

/// A style as texts for the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// With class word and trigger.
    pub text: String,
    /// The negative prompt.
    pub negative: String,
    /// Per garment of the style, whether it is in the text.
    pub garments: Vec<bool>,
    /// Whether the scene is in the text.
    pub scene: bool,
    /// Per mood of the style, whether it is in the text.
    pub moods: Vec<bool>,
    /// Per season of the style, whether it is in the text.
    pub seasons: Vec<bool>,
    /// Words that the lexicon did not know and that were handed on as typed.
    pub handed_on: Vec<String>,
}

/// The negative prompt of every picture.
const NEGATIVE: &str = "nsfw, nudity, worst quality, low quality, blurry, jpeg artifacts, watermark, text, \
    deformed, bad anatomy, bad hands, extra fingers, extra limbs, cropped head, illustration, 3d render, \
    painting";

/// Phrases that make pictures look like photographs, each added while there is room.
const QUALITY: [&str; 3] = ["natural skin texture", "soft natural light", "sharp focus"];

/// Writes the prompt of a style for an identity of `identities` tokens (photos times tokens each). `length`
/// counts the tokens of a text, start and end included; `more_negative` lists things that the person does not
/// want to see.
pub fn write(
    style: &Style,
    subject: Subject,
    identities: usize,
    more_negative: Option<&str>,
    length: &dyn Fn(&str) -> usize,
) -> Prompt {
    // The model's form drops the trigger and repeats the class word once per identity; both forms must fit.
    let room = LENGTH.min((LENGTH + 2).saturating_sub(identities));
    let mut text = format!("fashion photo of a {} {TRIGGER}, {}", subject.id(), framing(style));
    let mut add = |part: &str| {
        let longer = format!("{text}, {part}");
        let fits = length(&longer) <= room;
        if fits {
            text = longer;
        }
        fits
    };
    let mut first = true;
    let mut garments = Vec::with_capacity(style.garments.len());
    for garment in &style.garments {
        let phrase = worn(garment);
        let phrase = if first { format!("wearing {phrase}") } else { phrase };
        let short = if first { "wearing " } else { "" };
        // A garment without its attributes is better than none.
        let told = add(&phrase)
            || add(&format!("{short}{}", coloured(garment)))
            || add(&format!("{short}{}", garment.kind.name(Language::English)));
        first &= !told;
        garments.push(told);
    }
    let scene = style.scene.as_ref().is_some_and(|s| add(&place(s)));
    let moods =
        style.moods.iter().map(|m| add(&format!("{} style", plain(m.name(Language::English))))).collect();
    let seasons = style.seasons.iter().map(|s| add(s.name(Language::English))).collect();
    let mut handed_on = Vec::new();
    for word in style.not_understood.iter().filter(|w| english(w)) {
        if add(word) {
            handed_on.push(word.clone());
        }
    }
    for quality in QUALITY {
        add(quality);
    }
    Prompt {
        negative: negative(style, more_negative, length),
        text,
        garments,
        scene,
        moods,
        seasons,
        handed_on,
    }
}

/// How much of the person the picture shows, so that every garment is visible.
fn framing(style: &Style) -> &'static str {
    let low = |g: &Garment| {
        matches!(g.slot, Slot::Trousers | Slot::Skirt | Slot::Dress | Slot::Footwear | Slot::Legwear)
    };
    match () {
        () if style.garments.iter().any(|g| g.slot == Slot::Footwear) => "full body",
        () if style.garments.iter().any(low) => "three-quarter view",
        () => "half body portrait",
    }
}

/// "slim navy double-breasted pinstriped wool suit"
fn worn(garment: &Garment) -> String {
    const ENGLISH: Language = Language::English;
    let mut words: Vec<String> = Vec::new();
    words.extend(garment.fit.map(|v| v.name(ENGLISH).to_owned()));
    words.extend(garment.length.map(|v| v.name(ENGLISH).to_owned()));
    words.extend(garment.sleeves.map(|v| v.name(ENGLISH).to_owned()));
    let others = garment.pattern_colours.iter().map(|c| c.name(ENGLISH));
    let colours: Vec<String> = garment.colour.iter().map(|c| c.name(ENGLISH)).chain(others).collect();
    if !colours.is_empty() {
        words.push(colours.join(" and "));
    }
    words.extend(garment.pattern.map(|v| v.name(ENGLISH).to_owned()));
    words.extend(garment.details.iter().map(|d| d.name(ENGLISH).to_owned()));
    let material = garment.material.filter(|_| garment.kind.material().is_none());
    words.extend(material.map(|v| v.name(ENGLISH).to_owned()));
    words.push(garment.kind.name(ENGLISH).to_owned());
    words.join(" ")
}

/// "navy suit"
fn coloured(garment: &Garment) -> String {
    let kind = garment.kind.name(Language::English);
    garment
        .colour
        .as_ref()
        .map_or_else(|| kind.to_owned(), |c| format!("{} {kind}", c.name(Language::English)))
}

/// "in a cafe", "plain white background"
fn place(scene: &drape_core::style::Scene) -> String {
    let name = scene.kind.name(Language::English);
    let colour = scene.colour.as_ref().map(|c| c.name(Language::English));
    match (scene.kind, colour) {
        (SceneKind::PlainWhite | SceneKind::PlainGrey, _) => format!("{name} background"),
        (SceneKind::PlainColour, Some(colour)) => format!("plain {colour} background"),
        (_, Some(colour)) => format!("{colour} {name} background"),
        (_, None) => format!("{name} background"),
    }
}

/// "street" of "street style", so that the word does not stand twice.
fn plain(mood: &str) -> &str {
    mood.strip_suffix(" style").unwrap_or(mood)
}

/// Whether a text encoder trained on English may know a word: letters only, and not the trigger.
fn english(word: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | ' ' | '\'');
    word.len() >= 3 && word.chars().all(letters) && !word.to_lowercase().contains(TRIGGER)
}

fn negative(style: &Style, more: Option<&str>, length: &dyn Fn(&str) -> usize) -> String {
    let without = style.without.iter().map(|p: &Part| p.name(Language::English).to_owned());
    // The trigger has no meaning in a negative prompt.
    let own = more.map(|m| m.replace(TRIGGER, " "));
    let own = own.iter().flat_map(|m| m.split(',')).map(|p| p.trim().to_owned());
    let mut text = String::new();
    // The person's own words come first, because late words may be cut.
    for part in without.chain(own).chain(NEGATIVE.split(", ").map(str::to_owned)) {
        let longer = if text.is_empty() { part.clone() } else { format!("{text}, {part}") };
        if !part.is_empty() && length(&longer) <= LENGTH {
            text = longer;
        }
    }
    text
}
