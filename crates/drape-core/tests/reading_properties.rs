//! What holds for the reading of every text.

use drape_core::lexicon;
use drape_core::sentence::Sentence;
use drape_core::style::{Colour, Style};
use proptest::prelude::*;

fn read(text: &str) -> Option<Style> {
    Sentence::parse(text).ok().map(|sentence| lexicon::read(&sentence))
}

/// Texts that are likely to meet the rules: words of both languages in any order.
fn fashion() -> impl Strategy<Value = String> {
    let words = [
        "검정",
        "흰",
        "연청",
        "가죽",
        "체크",
        "니트",
        "셔츠",
        "바지",
        "청바지",
        "치마",
        "정장",
        "스트릿",
        "룩",
        "없이",
        "말고",
        "대신",
        "그대로",
        "배경",
        "바탕에",
        "해변",
        "올",
        "에",
        "를",
        "는",
        "와",
        "입혀줘",
        "남자",
        "navy",
        "light",
        "striped",
        "and",
        "with",
        "in",
        "on",
        "no",
        "keep",
        "instead of",
        "a",
        "blazer",
        "jeans",
        "dress",
        "suit",
        "casual",
        "look",
        "background",
        "white",
        "studio",
        ",",
        "(",
        "-",
        "'",
        "xyzzy",
        "도마뱀",
    ];
    proptest::collection::vec((proptest::sample::select(words.to_vec()), any::<bool>()), 0..40).prop_map(
        |words| {
            words.into_iter().map(|(word, apart)| format!("{word}{}", if apart { " " } else { "" })).collect()
        },
    )
}

fn in_gamut(colour: &Colour) -> bool {
    let oklab = colour.oklab;
    let finite = [oklab.l, oklab.a, oklab.b].iter().all(|v| v.is_finite());
    let shown = oklab.to_linear_rgb().iter().all(|v| (-0.001..=1.001).contains(v));
    finite && shown && colour.hex == oklab.hex() && (0.0..=1.0).contains(&oklab.l)
}

fn check(style: &Style) -> Result<(), TestCaseError> {
    for garment in &style.garments {
        prop_assert_eq!(garment.slot, garment.kind.slot());
        prop_assert!(!garment.text.is_empty());
        prop_assert!(garment.colour.iter().chain(&garment.pattern_colours).all(in_gamut));
    }
    prop_assert!(style.scene.iter().filter_map(|scene| scene.colour.as_ref()).all(in_gamut));
    let json = serde_json::to_string(style).expect("a style has only string keys");
    let back: Style = serde_json::from_str(&json).expect("what was written can be read");
    prop_assert_eq!(&back, style);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_has_a_valid_reading(text in any::<String>()) {
        if let Some(style) = read(&text) {
            check(&style)?;
        }
    }

    #[test]
    fn any_hangul_has_a_valid_reading(text in "[가-힣ㄱ-ㅣᄀ-ᇿ a-z,.'-]{0,120}") {
        if let Some(style) = read(&text) {
            check(&style)?;
        }
    }

    #[test]
    fn any_order_of_fashion_words_has_a_valid_reading_always_the_same(text in fashion()) {
        let style = read(&text).expect("these words can be read");
        check(&style)?;
        prop_assert_eq!(read(&text), Some(style));
    }

    #[test]
    fn a_word_that_means_nothing_is_listed_wherever_it_stands(
        before in fashion(),
        word in "[qxz][bcdfghjklmnpqrtvwxz]{4,9}q",
        after in fashion(),
    ) {
        let style = read(&format!("{before} {word} {after}")).expect("these words can be read");
        prop_assert!(style.not_understood.contains(&word), "{:?}", style.not_understood);
    }

    #[test]
    fn what_is_not_understood_is_in_the_sentence_in_that_order(text in fashion()) {
        let style = read(&text).expect("these words can be read");
        let mut from = 0;
        for word in &style.not_understood {
            let at = text[from..].find(word.as_str());
            prop_assert!(at.is_some(), "{word} in {text}");
            from += at.unwrap_or(0) + word.len();
        }
    }
}

#[test]
fn the_longest_sentence_without_a_space_is_read_at_once() {
    let text = "체크무늬치마에검정코트".repeat(90);
    let start = std::time::Instant::now();
    let style = read(&text).expect("990 characters are a sentence");
    assert!(style.garments.len() >= 90);
    // A debug build on a busy machine; a release build takes well under a millisecond.
    assert!(start.elapsed().as_millis() < 1_000, "{:?}", start.elapsed());
}
