//! The exceptions that the checks allow, read from `xtask/tidy.toml`. Every entry has a reason, and an entry
//! that is no longer needed is a fault, so the lists can only shrink.

use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike};

/// The file.
pub(super) const FILE: &str = "xtask/tidy.toml";

/// The exceptions.
#[derive(Default)]
pub(super) struct Rules {
    /// Third-party crates that only some of the workspace's crates may import.
    pub(super) only: BTreeMap<String, Vec<String>>,
    /// Crates whose tests need a crate that depends on them, as "crate <- crate".
    pub(super) circles: BTreeMap<String, String>,
    /// Files that import each other in a circle.
    pub(super) cycles: Vec<Cycle>,
    /// Type names with more than one meaning.
    pub(super) names: BTreeMap<String, Homonym>,
    /// Files with lines beyond the margin, and why.
    pub(super) margin: BTreeMap<String, String>,
}

/// A known cycle.
pub(super) struct Cycle {
    pub(super) files: Vec<String>,
}

/// The crates that define a type of one name; a crate that defines two is listed twice.
pub(super) struct Homonym {
    pub(super) crates: Vec<String>,
}

impl Rules {
    /// From the text of the file.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let document = Document::parse(text).map_err(|e| format!("{FILE}: {e}"))?;
        let table = |name: &str| {
            let entries = document.get(name).and_then(Item::as_table_like);
            entries.into_iter().flat_map(TableLike::iter).collect::<Vec<_>>()
        };
        let reasons = |name: &str| {
            let reason = |(key, why): (&str, &Item)| {
                let why = why.as_str().filter(|why| !why.is_empty());
                Ok((key.to_owned(), why.ok_or(format!("{FILE}: {name}: {key} has no reason"))?.to_owned()))
            };
            table(name).into_iter().map(reason).collect::<Result<_, String>>()
        };
        let cycles = document.get("cycles").and_then(Item::as_array_of_tables);
        let cycles = cycles.into_iter().flat_map(|all| all.iter());
        let names = table("names").into_iter().map(|(name, entry)| {
            let entry = entry.as_table_like().ok_or(format!("{FILE}: names: {name} is no table"))?;
            with_reason(entry, &format!("names: {name}"))?;
            let mut crates = strings(entry.get("in"));
            crates.sort();
            Ok((name.to_owned(), Homonym { crates }))
        });
        Ok(Self {
            only: table("only").into_iter().map(|(name, by)| (name.to_owned(), strings(Some(by)))).collect(),
            circles: reasons("circles")?,
            cycles: cycles
                .map(|cycle| {
                    let files = strings(cycle.get("files"));
                    with_reason(cycle, &format!("cycle of {}", files.join(", ")))?;
                    Ok(Cycle { files })
                })
                .collect::<Result<_, String>>()?,
            names: names.collect::<Result<_, String>>()?,
            margin: reasons("margin")?,
        })
    }
}

fn with_reason(entry: &dyn TableLike, what: &str) -> Result<(), String> {
    let why = entry.get("why").and_then(Item::as_str).unwrap_or_default();
    if why.is_empty() { Err(format!("{FILE}: {what} has no reason (`why`)")) } else { Ok(()) }
}

/// The strings of an array; empty if there is none.
pub(super) fn strings(item: Option<&Item>) -> Vec<String> {
    let list = item.and_then(Item::as_array).into_iter().flat_map(|a| a.iter());
    list.filter_map(|v| v.as_str()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read() {
        let rules = Rules::parse(
            "[only]\nsqlx = [\"drape-store\"]\n\
             [circles]\n\"a <- b\" = \"tests\"\n\
             [[cycles]]\nfiles = [\"a.rs\", \"b.rs\"]\nwhy = \"one thing\"\n\
             [names]\nError = { in = [\"b\", \"a\"], why = \"one each\" }\n\
             [margin]\n\"a.rs\" = \"a table\"\n",
        )
        .expect("correct rules");
        assert_eq!(rules.only["sqlx"], ["drape-store"]);
        assert_eq!(rules.circles["a <- b"], "tests");
        assert_eq!(rules.cycles[0].files, ["a.rs", "b.rs"]);
        assert_eq!(rules.names["Error"].crates, ["a", "b"]);
        assert_eq!(rules.margin["a.rs"], "a table");
    }

    #[test]
    fn an_entry_without_a_reason_is_refused() {
        for text in [
            "[margin]\n\"a.rs\" = \"\"",
            "[circles]\n\"a <- b\" = 1",
            "[[cycles]]\nfiles = [\"a.rs\"]",
            "[names]\nError = { in = [\"a\", \"b\"] }",
        ] {
            assert!(Rules::parse(text).is_err_and(|why| why.contains("has no reason")), "{text}");
        }
    }
}
