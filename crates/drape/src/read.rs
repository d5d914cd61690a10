//! `drape read`: how a sentence is understood.

use drape_core::lexicon;
use drape_core::sentence::Sentence;

use crate::arguments::ReadArgs;
use crate::failure::Failure;
use crate::lang::Lang;
use crate::terminal;

pub(crate) fn run(args: &ReadArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let text = args.sentence.to_string_lossy();
    let language = terminal::language(lang, Some(&text));
    let sentence = Sentence::parse(&text).map_err(|e| Failure::input(e.message(language)))?;
    let style = lexicon::read(&sentence);
    if args.json {
        let json = serde_json::to_string_pretty(&style)
            .map_err(|e| Failure::internal(format!("the reading cannot be written as JSON: {e}")))?;
        terminal::say(&json);
        return Ok(());
    }
    terminal::say(&style.describe(language));
    for garment in &style.garments {
        let from = match &garment.expanded {
            Some(word) => language.pick(format!("'{word}'에서"), format!("from “{word}”")),
            None => format!("“{}”", garment.text),
        };
        let hex = garment.colour.as_ref().map(|c| format!("  {}", c.hex)).unwrap_or_default();
        terminal::say(&format!("  {}{hex}  ({from})", garment.describe(language)));
    }
    if !style.not_understood.is_empty() {
        let words = style.not_understood.join(", ");
        terminal::say(
            &language.pick(format!("이해하지 못한 말: {words}"), format!("not understood: {words}")),
        );
    }
    Ok(())
}
