//! The documents for operators and callers name every failure reason of the program. The program's own tests
//! check flags and variables against `docs/operators.md`, because they know them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::tree::{Fault, Tree};

/// The API's document for callers.
const API: &str = "docs/openapi.json";

/// The operator's page.
const OPERATORS: &str = "docs/operators.md";

/// Every reason for a failure that a document does not name.
pub(super) fn check(tree: &Tree, reasons: &[&str]) -> Vec<Fault> {
    let mut faults = Vec::new();
    match serde_json::from_str::<Value>(tree.text(API)) {
        Ok(document) => {
            let mut strings = BTreeSet::new();
            enumerated(&document, &mut strings);
            let missing = reasons.iter().filter(|reason| !strings.contains(**reason));
            faults.extend(missing.map(|reason| {
                let what =
                    format!("no `enum` names `{reason}`, with which a job may fail: derive it from the code");
                Fault::of(API, what)
            }));
        }
        Err(why) => faults.push(Fault::of(API, format!("{why}: write it anew"))),
    }
    let operators = tree.text(OPERATORS);
    let missing = reasons.iter().filter(|reason| !operators.contains(&format!("`{reason}`")));
    faults.extend(missing.map(|reason| {
        Fault::of(
            OPERATORS,
            format!("does not name `{reason}`, with which a job may fail: say what to do about it"),
        )
    }));
    faults
}

/// The values that schemas allow.
fn enumerated<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(values)) = fields.get("enum") {
                found.extend(values.iter().filter_map(Value::as_str));
            }
            fields.values().for_each(|inner| enumerated(inner, found));
        }
        Value::Array(values) => values.iter().for_each(|inner| enumerated(inner, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(api: &str, operators: &str) -> Vec<String> {
        let tree = Tree::of(&[(API, api), (OPERATORS, operators)]);
        check(&tree, &["no_person", "worker_lost"]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_reason_is_in_both_documents() {
        let api = r#"{"schemas": [{"reason": {"enum": ["no_person", "worker_lost", null]}}]}"#;
        assert_eq!(said(api, "`no_person`, `worker_lost`"), [""; 0]);
        // A description does not count as a value that a schema allows.
        let text = r#"{"reason": {"enum": ["no_person"], "description": "worker_lost"}}"#;
        let found = said(text, "`no_person` and worker_lost");
        assert!(found.len() == 2 && found.iter().all(|f| f.contains("`worker_lost`")), "{found:?}");
        assert!(said("{", "`no_person`, `worker_lost`")[0].starts_with("docs/openapi.json: "));
    }
}
