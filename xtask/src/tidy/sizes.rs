//! Sizes: no file is too large for the repository, and the weights match their card.

use super::tree::{Fault, Tree};

/// Bytes of the largest file that may be committed.
const LARGEST: u64 = 2_000_000;

/// Bytes of the largest file of weights.
const LARGEST_WEIGHTS: u64 = 16_000_000;

/// The card of the embedded engine's weights.
const CARD: &str = "models/README.md";

/// Every file that is too large, and every file of weights that differs from the card.
pub(super) fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &tree.files {
        let weights = file.path.starts_with("models/");
        let most = if weights { LARGEST_WEIGHTS } else { LARGEST };
        if file.size > most {
            let what = format!("{} bytes, more than {most}: keep it out of the repository", file.size);
            faults.push(Fault::of(&file.path, what));
        }
        if weights && file.path != CARD {
            let name = file.path.trim_start_matches("models/");
            // The size follows the name, so that two files cannot be confused.
            let entry = format!("`{name}`, {} bytes", file.size);
            if !tree.text(CARD).contains(&entry) {
                let what = format!("does not say {entry}: describe the weights that are committed");
                faults.push(Fault::of(CARD, what));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::tree::File;
    use super::*;

    fn said(card: &str, others: &[(&str, u64)]) -> Vec<String> {
        let mut tree = Tree::of(&[(CARD, card)]);
        let file =
            |(path, size): &(&str, u64)| File { path: (*path).to_owned(), size: *size, text: String::new() };
        tree.files.extend(others.iter().map(file));
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn weights_are_held_against_their_card() {
        let card = "`a.onnx`, 300 bytes; joints: `joints.f32`, 5700 bytes";
        assert_eq!(said(card, &[("models/a.onnx", 300), ("models/joints.f32", 5700)]), [""; 0]);
        let swapped = said(card, &[("models/a.onnx", 5700)]);
        let expected =
            "models/README.md: does not say `a.onnx`, 5700 bytes: describe the weights that are committed";
        assert_eq!(swapped, [expected]);
        assert_eq!(said(card, &[("models/unknown.f32", 300)]).len(), 1);
    }

    #[test]
    fn large_files_are_refused() {
        assert_eq!(said("`w.onnx`, 15000000 bytes", &[("models/w.onnx", 15_000_000)]), [""; 0]);
        let found = said("", &[("docs/film.gif", 2_000_001)]);
        let expected = "docs/film.gif: 2000001 bytes, more than 2000000: keep it out of the repository";
        assert_eq!(found, [expected]);
    }
}
