//! Describes a style in one sentence, for terminals and for the page that shows the reading.

use super::{Garment, Scene, SceneKind, Style};
use crate::language::Language;

impl Style {
    /// The reading in one sentence, in the given language, whatever the language of the original.
    ///
    /// ```
    /// use drape_core::{language::Language, lexicon, sentence::Sentence};
    ///
    /// let sentence = Sentence::parse("navy double-breasted blazer, white shirt, beach background")?;
    /// let style = lexicon::read(&sentence);
    /// let english = "navy blazer (double-breasted), white shirt · beach background";
    /// assert_eq!(style.describe(Language::English), english);
    /// assert_eq!(style.describe(Language::Korean), "네이비 더블 블레이저, 흰색 셔츠 · 해변 배경");
    /// # Ok::<(), drape_core::sentence::SentenceError>(())
    /// ```
    pub fn describe(&self, language: Language) -> String {
        let mut parts = Vec::new();
        if !self.garments.is_empty() {
            parts.push(self.outfit(language));
        }
        if let Some(scene) = &self.scene {
            parts.push(scene.describe(language));
        }
        let moods = self.moods.iter().map(|m| m.name(language));
        let seasons = self.seasons.iter().map(|s| s.name(language));
        let tags: Vec<&str> = moods.chain(seasons).collect();
        if !tags.is_empty() {
            parts.push(tags.join(", "));
        }
        let names = |list: &[super::Part]| -> String {
            list.iter().map(|p| p.name(language)).collect::<Vec<_>>().join(", ")
        };
        if !self.without.is_empty() {
            let names = names(&self.without);
            parts.push(language.pick(format!("{names} 없이"), format!("without {names}")));
        }
        if !self.keep.is_empty() {
            let names = names(&self.keep);
            parts.push(language.pick(format!("{names} 그대로"), format!("{names} kept")));
        }
        parts.join(" · ")
    }

    /// The garments; those of a style word stand in brackets after it.
    fn outfit(&self, language: Language) -> String {
        self.garments
            .chunk_by(|a, b| a.expanded.is_some() && a.expanded == b.expanded)
            .map(|group| {
                let garments: Vec<String> = group.iter().map(|g| g.describe(language)).collect();
                let garments = garments.join(", ");
                let word = group.first().and_then(|g| g.expanded.as_deref());
                word.map_or_else(|| garments.clone(), |word| format!("{word} ({garments})"))
            })
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl Garment {
    /// "navy blazer (double-breasted)", "네이비 더블 블레이저".
    pub fn describe(&self, language: Language) -> String {
        let mut words: Vec<String> = Vec::new();
        if let Some(colour) = &self.colour {
            let others = self.pattern_colours.iter().map(|c| c.name(language));
            let colours: Vec<String> = std::iter::once(colour.name(language)).chain(others).collect();
            words.push(colours.join(language.pick("·", " and ")));
        }
        let material = self.material.filter(|_| self.kind.material().is_none());
        let attributes = [
            self.fit.map(|v| v.name(language)),
            self.length.map(|v| v.name(language)),
            self.sleeves.map(|v| v.name(language)),
            self.pattern.map(|v| v.name(language)),
            material.map(|v| v.name(language)),
        ];
        words.extend(attributes.into_iter().flatten().map(str::to_owned));
        let details: Vec<&str> = self.details.iter().map(|d| d.name(language)).collect();
        let kind = self.kind.name(language);
        match language {
            Language::Korean => {
                words.extend(details.into_iter().map(str::to_owned));
                words.push(kind.to_owned());
            }
            Language::English if details.is_empty() => words.push(kind.to_owned()),
            Language::English => words.push(format!("{kind} ({})", details.join(", "))),
        }
        words.join(" ")
    }
}

impl Scene {
    /// "beach background", "해변 배경".
    pub fn describe(&self, language: Language) -> String {
        let place = self.kind.name(language);
        let background = language.pick("배경", "background");
        match &self.colour {
            Some(colour) if self.kind == SceneKind::PlainColour => {
                format!("{} {background}", colour.name(language))
            }
            Some(colour) => format!("{} {place} {background}", colour.name(language)),
            None => format!("{place} {background}"),
        }
    }
}
