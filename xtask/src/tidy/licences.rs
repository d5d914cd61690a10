//! Licence expressions of crates (SPDX, and the older `/` for OR) against a list of licences.

/// Whether a licence expression (SPDX, and the older `/`) can be met with the allowed licences.
pub(super) fn allowed(expression: &str, list: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = any(&words, &mut at, list);
    met && at == words.len()
}

/// Terms joined by OR.
fn any(words: &[&str], at: &mut usize, list: &[String]) -> bool {
    let mut met = all(words, at, list);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, list);
    }
    met
}

/// Terms joined by AND, which binds more tightly.
fn all(words: &[&str], at: &mut usize, list: &[String]) -> bool {
    let mut met = term(words, at, list);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= term(words, at, list);
    }
    met
}

fn term(words: &[&str], at: &mut usize, list: &[String]) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = any(words, at, list);
        let closed = words.get(*at) == Some(&")");
        *at += usize::from(closed);
        return met && closed;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = [*word, "WITH", words.get(*at + 1).copied().unwrap_or_default()].join(" ");
        *at += 2;
    }
    list.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alternative_and_all_parts_are_enough() {
        let list: Vec<String> = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).to_vec();
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "GPL-3.0/MIT",
            "MIT AND ISC",
            "(GPL-3.0 OR MIT) AND ISC",
            "GPL-3.0 AND LGPL-3.0 OR ISC",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(allowed(good, &list), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "MIT AND (GPL-3.0 OR LGPL-3.0)",
            "(MIT",
            "MIT)",
            "Apache-2.0",
            "MIT WITH exception",
            "MIT ISC",
        ] {
            assert!(!allowed(bad, &list), "{bad}");
        }
    }
}
