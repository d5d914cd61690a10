//! The documents for operators name every failure reason of the program. The program's own tests check flags
//! and variables against `docs/operators.md`, because they know them.

use serde_json::Value;

use super::tree::{Fault, Tree};

/// The API, as callers read it.
const API: &str = "docs/openapi.json";

/// The operator's page.
const OPERATORS: &str = "docs/operators.md";

/// Every reason for a failure that the operator's page does not name. The API document is made from the code
/// and held against it by a test, so its list is the code's.
pub(super) fn check(tree: &Tree) -> Vec<Fault> {
    let document: Value = match serde_json::from_str(tree.text(API)) {
        Ok(document) => document,
        Err(why) => return vec![Fault::of(API, format!("{why}: write it anew"))],
    };
    let reasons = document["components"]["schemas"]["FailureReason"]["enum"].as_array();
    let reasons: Vec<&str> = reasons.into_iter().flatten().filter_map(Value::as_str).collect();
    if reasons.is_empty() {
        let what = "has no schema `FailureReason` with an `enum`: derive it from the code".to_owned();
        return vec![Fault::of(API, what)];
    }
    let operators = tree.text(OPERATORS);
    let missing = reasons.iter().filter(|reason| !operators.contains(&format!("`{reason}`")));
    let fault = |reason: &&str| {
        let what = format!("does not name `{reason}`, with which a job may fail: say what to do about it");
        Fault::of(OPERATORS, what)
    };
    missing.map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(api: &str, operators: &str) -> Vec<String> {
        let tree = Tree::of(&[(API, api), (OPERATORS, operators)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_reason_is_on_the_page_for_operators() {
        let with =
            |schema: &str| format!(r#"{{"components": {{"schemas": {{"FailureReason": {schema}}}}}}}"#);
        let api = with(r#"{"enum": ["no_person", "worker_lost"]}"#);
        assert_eq!(said(&api, "`no_person`, `worker_lost`"), [""; 0]);
        let found = said(&api, "`no_person` and worker_lost");
        assert!(found.len() == 1 && found[0].contains("`worker_lost`"), "{found:?}");
        // A document without the list would let every page pass.
        for none in [with(r#"{"enum": []}"#), with("{}"), "{}".to_owned(), "{".to_owned()] {
            let found = said(&none, "`no_person`, `worker_lost`");
            assert!(found.len() == 1 && found[0].starts_with("docs/openapi.json"), "{none}: {found:?}");
        }
    }
}
