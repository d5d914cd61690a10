//! Turns the model's JSON into a style. Words must be in our vocabularies and quotations in the sentence; all
//! others are dropped and counted.

use std::str::FromStr;

use drape_core::answer::NoAnswer;
use drape_core::sentence::Sentence;
use drape_core::style::{Colour, ColourName, Garment, GarmentKind, Part, Scene, SceneKind, Shade, Style};
use drape_core::stylist::Read;
use serde_json::Value;

/// The style of an answer.
///
/// # Errors
/// [`NoAnswer::Malformed`] if the answer does not follow the schema, [`NoAnswer::Nothing`] if none of its
/// words is in our vocabularies.
pub(super) fn of(text: &str, sentence: &Sentence) -> Result<Read, NoAnswer> {
    let answer: Value = serde_json::from_str(text).map_err(|_| NoAnswer::Malformed)?;
    let garments = answer.get("garments").and_then(Value::as_array).ok_or(NoAnswer::Malformed)?;
    let mut reader = Reader { sentence: sentence.as_str(), dropped: 0 };
    let mut style = Style {
        language: sentence.language(),
        garments: garments.iter().filter_map(|g| reader.garment(g)).collect(),
        scene: None,
        moods: reader.words(&answer["moods"]),
        seasons: reader.words(&answer["seasons"]),
        without: reader.parts(&answer["without"]),
        keep: reader.parts(&answer["keep"]),
        style_words: Vec::new(),
        not_understood: reader.quotations(&answer["not_understood"]),
    };
    if let Some(kind) = reader.word::<SceneKind>(&answer["scene"]) {
        let colour = reader.word::<ColourName>(&answer["scene_colour"]).map(|name| Colour::new(name, None));
        style.scene = Some(Scene { kind, colour });
    }
    // A garment that is worn cannot be left out as well.
    let worn: Vec<GarmentKind> = style.garments.iter().map(|g| g.kind).collect();
    style.without.retain(|part| !worn.iter().any(|&kind| part.covers(kind)));
    let said = style.scene.is_some() || !style.without.is_empty() || !style.keep.is_empty();
    if style.garments.is_empty() && !said {
        return Err(NoAnswer::Nothing);
    }
    Ok(Read { style: style.tidied(), dropped: reader.dropped })
}

struct Reader<'a> {
    sentence: &'a str,
    /// Number of words that were dropped.
    dropped: u32,
}

impl Reader<'_> {
    /// A garment, if its kind is known.
    fn garment(&mut self, value: &Value) -> Option<Garment> {
        if !value.is_object() {
            self.dropped += 1;
            return None;
        }
        let kind = self.word::<GarmentKind>(&value["kind"])?;
        let shade = self.word::<Shade>(&value["shade"]);
        let colour = self.word::<ColourName>(&value["colour"]).map(|name| Colour::new(name, shade));
        let others: Vec<ColourName> = self.words(&value["pattern_colours"]);
        let plain = Garment::new(kind);
        Some(Garment {
            colour,
            pattern: self.word(&value["pattern"]),
            pattern_colours: others.into_iter().map(|name| Colour::new(name, None)).collect(),
            material: self.word(&value["material"]).or(plain.material),
            length: self.word(&value["length"]),
            sleeves: self.word(&value["sleeves"]),
            fit: self.word(&value["fit"]),
            details: self.words(&value["details"]),
            text: self.quotation(&value["text"]).unwrap_or_default(),
            ..plain
        })
    }

    /// A word of a vocabulary.
    fn word<T: FromStr>(&mut self, value: &Value) -> Option<T> {
        let id = match value {
            Value::Null => return None,
            // Models also use these for an absent word.
            Value::String(id) if matches!(id.as_str(), "" | "none" | "null") => return None,
            Value::String(id) => id.parse().ok(),
            _ => None,
        };
        self.dropped += u32::from(id.is_none());
        id
    }

    /// Words of a vocabulary, each once.
    fn words<T: FromStr + PartialEq>(&mut self, value: &Value) -> Vec<T> {
        let mut out = Vec::new();
        for word in self.list(value) {
            if let Some(word) = self.word(&word).filter(|w| !out.contains(w)) {
                out.push(word);
            }
        }
        out
    }

    fn parts(&mut self, value: &Value) -> Vec<Part> {
        let mut out = Vec::new();
        for word in self.list(value) {
            match word.as_str().and_then(|id| Part::try_from(id.to_owned()).ok()) {
                Some(part) if !out.contains(&part) => out.push(part),
                Some(_) => {}
                None => self.dropped += 1,
            }
        }
        out
    }

    /// A quotation, if it is in the sentence.
    fn quotation(&mut self, value: &Value) -> Option<String> {
        let text = value.as_str().unwrap_or_default().trim();
        let found = !text.is_empty() && self.sentence.contains(text);
        self.dropped += u32::from(!found && !text.is_empty());
        found.then(|| text.to_owned())
    }

    fn quotations(&mut self, value: &Value) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for text in self.list(value) {
            if let Some(text) = self.quotation(&text).filter(|t| !out.contains(t)) {
                out.push(text);
            }
        }
        out
    }

    /// The first 64 entries of a list; anything else is dropped.
    fn list(&mut self, value: &Value) -> Vec<Value> {
        match value {
            Value::Null => Vec::new(),
            Value::Array(list) => list.iter().take(64).cloned().collect(),
            _ => {
                self.dropped += 1;
                Vec::new()
            }
        }
    }
}
