//! Whole answers as snapshots hold them: without what differs from run to run and from machine to machine.

use serde_json::Value;

/// JSON over several lines, in which these are named and not shown: ids, times (milliseconds since 1970),
/// fractions (what was measured, and how long it took), measured colours and heights, sizes in bytes, the
/// version of the program.
pub fn steady(answer: &Value) -> String {
    let mut answer = answer.clone();
    settle(&mut answer);
    serde_json::to_string_pretty(&answer).expect("JSON has a text")
}

/// Any number of milliseconds since 1970 from the year 2017 on.
const TIME: i64 = 1_500_000_000_000;

fn settle(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_i64().is_some_and(|n| n > TIME) => *value = "[time]".into(),
        Value::Number(number) if number.is_f64() => *value = "[number]".into(),
        Value::String(text) => *text = without_ids(text),
        Value::Array(values) => values.iter_mut().for_each(settle),
        Value::Object(fields) => {
            fields.values_mut().for_each(settle);
            let hex = fields.get_mut("measured").and_then(|measured| measured.get_mut("hex"));
            if let Some(hex) = hex {
                *hex = "[colour]".into();
            }
            for (name, shown) in
                [("version", "[version]"), ("bytes", "[number]"), ("person_height", "[number]")]
            {
                if let Some(value) = fields.get_mut(name) {
                    *value = shown.into();
                }
            }
        }
        _ => {}
    }
}

/// The text with `[id]` for every UUID.
fn without_ids(text: &str) -> String {
    /// Digits in the parts of a UUID.
    const PARTS: [usize; 5] = [8, 4, 4, 4, 12];
    let is_id = |candidate: &str| {
        let parts: Vec<&str> = candidate.split('-').collect();
        parts.len() == PARTS.len()
            && parts.iter().zip(PARTS).all(|(p, n)| p.len() == n && p.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let (mut shown, mut rest) = (String::new(), text);
    while let Some(next) = rest.chars().next() {
        let step = if rest.get(..36).is_some_and(is_id) {
            shown.push_str("[id]");
            36
        } else {
            shown.push(next);
            next.len_utf8()
        };
        rest = &rest[step..];
    }
    shown
}
