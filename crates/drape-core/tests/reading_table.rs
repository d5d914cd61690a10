//! The reader against a table of sentences written from the contract.

use drape_core::lexicon;
use drape_core::sentence::Sentence;
use drape_core::style::Style;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    sentence: String,
    /// The canonical line; with `expanded_*`, without the garments that style words stand for.
    line: String,
    /// Slots that the expansion must fill.
    expanded_slots: Option<Vec<String>>,
    /// Parts of the expansion's line.
    expanded_has: Option<Vec<String>>,
}

#[test]
fn every_sentence_of_the_table_reads_as_written() {
    let rows: Vec<Row> = include_str!("sentences.jsonl")
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect("a row of the table is JSON"))
        .collect();
    let wrong: Vec<String> = rows.iter().filter_map(mismatch).collect();
    let (wrong_count, count) = (wrong.len(), rows.len());
    assert!(wrong.is_empty(), "{wrong_count} of {count} sentences differ:\n\n{}\n", wrong.join("\n\n"));
}

fn mismatch(row: &Row) -> Option<String> {
    let sentence = match Sentence::parse(&row.sentence) {
        Ok(sentence) => sentence,
        Err(error) => return Some(format!("{}\n  is refused: {error}", row.sentence)),
    };
    let style = lexicon::read(&sentence);
    let full = style.to_line();
    let mut problems = Vec::new();
    if row.expanded_slots.is_some() || row.expanded_has.is_some() {
        let (named, expanded): (Vec<_>, Vec<_>) =
            style.garments.iter().cloned().partition(|garment| garment.expanded.is_none());
        let rest = Style { garments: named, ..style }.to_line();
        if rest != row.line {
            problems.push(format!("wanted {}\n  read   {rest}", row.line));
        }
        for slot in row.expanded_slots.iter().flatten() {
            if !expanded.iter().any(|garment| garment.slot.id() == slot) {
                problems.push(format!("nothing for {slot} in {full}"));
            }
        }
        let expanded: Vec<String> = expanded.iter().map(ToString::to_string).collect();
        let expanded = expanded.join("; ");
        for part in row.expanded_has.iter().flatten() {
            if !expanded.contains(part.as_str()) {
                problems.push(format!("no {part:?} in {expanded}"));
            }
        }
    } else if full != row.line {
        problems.push(format!("wanted {}\n  read   {full}", row.line));
    }
    (!problems.is_empty()).then(|| format!("{}\n  {}", row.sentence, problems.join("\n  ")))
}
