//! The reading of a sentence as chips that can be removed and changed: what a page shows of a style, and how
//! the fields of its form change it.

use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::sentence::Sentence;
use drape_core::style::{Colour, ColourName, Garment, Material, Pattern, Style};

use super::frame::{Fields, Page};
use crate::Problem;

/// One garment.
pub(crate) struct Chip {
    pub(crate) index: usize,
    pub(crate) title: String,
    pub(crate) hex: Option<String>,
    /// The style word that the garment stands for.
    pub(crate) from: Option<String>,
    pub(crate) colours: Vec<Choice>,
    pub(crate) patterns: Vec<Choice>,
    pub(crate) materials: Vec<Choice>,
}

/// One value of a short list.
pub(crate) struct Choice {
    pub(crate) id: &'static str,
    pub(crate) name: String,
    pub(crate) chosen: bool,
}

/// A wish that is not a garment.
pub(crate) struct Other {
    /// The form value that removes it.
    pub(crate) take_off: String,
    pub(crate) title: String,
}

/// A style as the page shows it.
pub(crate) struct Reading {
    pub(crate) chips: Vec<Chip>,
    pub(crate) others: Vec<Other>,
    pub(crate) not_understood: Vec<String>,
    /// Whether the sentence is empty.
    pub(crate) empty: bool,
    /// The style itself, for the form.
    pub(crate) json: String,
    /// The sentence that the style was read from.
    pub(crate) sentence: String,
}

impl Reading {
    pub(crate) fn of(style: &Style, sentence: &str, p: &Page) -> Self {
        let language = p.language;
        let chips = style.garments.iter().enumerate().map(|(k, g)| Chip::of(k, g, p)).collect();
        let mut others = Vec::new();
        let mut add = |take_off: String, title: String| others.push(Other { take_off, title });
        if let Some(scene) = &style.scene {
            add("scene".to_owned(), scene.describe(language));
        }
        for (k, part) in style.without.iter().enumerate() {
            let name = part.name(language);
            add(format!("without-{k}"), language.pick(format!("{name} 없이"), format!("without {name}")));
        }
        for (k, part) in style.keep.iter().enumerate() {
            let name = part.name(language);
            add(format!("keep-{k}"), language.pick(format!("{name} 그대로"), format!("{name} kept")));
        }
        for (k, mood) in style.moods.iter().enumerate() {
            add(format!("mood-{k}"), mood.name(language).to_owned());
        }
        for (k, season) in style.seasons.iter().enumerate() {
            add(format!("season-{k}"), season.name(language).to_owned());
        }
        Self {
            chips,
            others,
            not_understood: style.not_understood.clone(),
            empty: sentence.trim().is_empty(),
            json: serde_json::to_string(style).unwrap_or_default(),
            sentence: sentence.to_owned(),
        }
    }
}

impl Chip {
    fn of(index: usize, garment: &Garment, p: &Page) -> Self {
        let language = p.language;
        let colour = garment.colour.as_ref();
        let as_worn = p.t("입은 그대로", "as worn");
        let colours = choices(
            colour.map(|c| c.name(language)),
            p.t("색은 그대로", "colour as worn"),
            ColourName::ALL.iter().map(|c| (c.id(), c.name(language))),
        );
        let patterns = choices(
            garment.pattern.map(|v| v.name(language).to_owned()),
            p.t("무늬는 그대로", "pattern as worn"),
            Pattern::ALL.iter().map(|v| (v.id(), v.name(language))),
        );
        let materials = choices(
            garment.material.map(|v| v.name(language).to_owned()),
            as_worn,
            Material::ALL.iter().map(|v| (v.id(), v.name(language))),
        );
        Self {
            index,
            title: garment.describe(language),
            hex: colour.map(|c| c.hex.clone()),
            from: garment.expanded.clone(),
            colours,
            patterns,
            materials,
        }
    }
}

/// The values of a list. `=` keeps the present value with its exact shade; `-` removes it.
fn choices(
    now: Option<String>,
    none: &str,
    all: impl Iterator<Item = (&'static str, &'static str)>,
) -> Vec<Choice> {
    let mut out = Vec::new();
    if let Some(name) = now {
        out.push(Choice { id: "=", name, chosen: true });
        out.push(Choice { id: "-", name: none.to_owned(), chosen: false });
    } else {
        out.push(Choice { id: "=", name: none.to_owned(), chosen: true });
    }
    out.extend(all.map(|(id, name)| Choice { id, name: name.to_owned(), chosen: false }));
    out
}

/// The style of a form: its hidden field with the changes from its lists. If the sentence has changed since,
/// it is read again, and the changes are carried over to garments that read as before.
///
/// # Errors
/// [`Problem::Sentence`] if the sentence cannot be read.
pub(crate) fn style_of(fields: &Fields) -> Result<Style, Problem> {
    let sentence = Sentence::parse(fields.get("sentence"))?;
    let fresh = lexicon::read(&sentence);
    let Ok(mut style) = serde_json::from_str::<Style>(fields.get("style")) else { return Ok(fresh) };
    for (k, garment) in style.garments.iter_mut().enumerate() {
        change(garment, k, fields);
    }
    let before = fields.get("read");
    if before != fields.get("sentence") {
        let read = Sentence::parse(before).map(|before| lexicon::read(&before));
        return Ok(read.map_or_else(|_| fresh.clone(), |read| kept(&fresh, &read, &style)).tidied());
    }
    let off = fields.get("do").strip_prefix("off-").unwrap_or_default();
    let (what, index) = off.split_once('-').unwrap_or((off, ""));
    let at: usize = index.parse().unwrap_or(usize::MAX);
    match what {
        "garment" => take(&mut style.garments, at),
        "without" => take(&mut style.without, at),
        "keep" => take(&mut style.keep, at),
        "mood" => take(&mut style.moods, at),
        "season" => take(&mut style.seasons, at),
        "scene" => style.scene = None,
        _ => {}
    }
    Ok(style.tidied())
}

/// A new reading with the edits of the previous one: a garment that reads the same in both is replaced by its
/// edited form, or left out if it was removed.
fn kept(fresh: &Style, read: &Style, edited: &Style) -> Style {
    let same = |a: &Garment, b: &Garment| a.kind == b.kind && a.text == b.text && a.expanded == b.expanded;
    // Another reader than the lexicon found garments that the lexicon does not know: nothing to carry over.
    if !edited.garments.iter().all(|e| read.garments.iter().any(|r| same(e, r))) {
        return fresh.clone();
    }
    let garments = fresh.garments.iter().filter_map(|garment| {
        if read.garments.contains(garment) {
            edited.garments.iter().find(|e| same(e, garment)).cloned()
        } else {
            Some(garment.clone())
        }
    });
    Style { garments: garments.collect(), ..fresh.clone() }
}

fn take<T>(list: &mut Vec<T>, at: usize) {
    if at < list.len() {
        list.remove(at);
    }
}

fn change(garment: &mut Garment, k: usize, fields: &Fields) {
    match fields.get(&format!("colour-{k}")) {
        "-" => {
            garment.colour = None;
            garment.pattern_colours.clear();
        }
        id => {
            if let Some(name) = ColourName::of_id(id) {
                garment.colour = Some(Colour::new(name, None));
            }
        }
    }
    match fields.get(&format!("pattern-{k}")) {
        "-" => {
            garment.pattern = None;
            garment.pattern_colours.clear();
        }
        id => garment.pattern = Pattern::of_id(id).or(garment.pattern),
    }
    match fields.get(&format!("material-{k}")) {
        "-" => garment.material = None,
        id => garment.material = Material::of_id(id).or(garment.material),
    }
}

/// Alternative text of a look: "You in: navy blazer, white shirt".
pub(crate) fn alt(style: &str, language: Language) -> String {
    let outfit = outfit(style, language);
    language.pick(format!("이렇게 입은 나: {outfit}"), format!("You in: {outfit}"))
}

/// The style of a job in words.
pub(crate) fn outfit(style: &str, language: Language) -> String {
    serde_json::from_str::<Style>(style).map(|s| s.describe(language)).unwrap_or_default()
}
