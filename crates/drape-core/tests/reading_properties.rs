//! Properties that hold for the reading of every text.

use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::sentence::Sentence;
use drape_core::style::{
    Colour, ColourName, Detail, Fit, Garment, GarmentKind, Length, Material, Mood, Pattern, SceneKind,
    Season, Shade, Sleeves, Style,
};
use proptest::prelude::*;

fn read(text: &str) -> Option<Style> {
    Sentence::parse(text).ok().map(|sentence| lexicon::read(&sentence))
}

/// Texts that probably trigger the rules: words of both languages in any order.
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

/// Checks that every word of the vocabularies is read back from its own name, in both languages.
#[test]
fn every_word_can_be_said_by_its_name() {
    let mut wrong = Vec::new();
    let mut ask = |text: String, understood: &dyn Fn(&Style) -> bool| {
        let style = read(&text).expect("names can be read");
        if !understood(&style) || !style.not_understood.is_empty() {
            wrong.push(format!("{text}: {}", style.to_line()));
        }
    };
    let one = |style: &Style, test: &dyn Fn(&Garment) -> bool| matches!(&style.garments[..], [g] if test(g));
    for language in [Language::Korean, Language::English] {
        let in_words = |word: &str| format!("{word} {}", language.pick("드레스", "dress"));
        for &kind in GarmentKind::ALL.iter().filter(|&&kind| kind != GarmentKind::Hanbok) {
            ask(kind.name(language).to_owned(), &|s| one(s, &|g| g.kind == kind));
        }
        for &name in ColourName::ALL {
            let colour =
                |g: &Garment, shade| g.colour.as_ref().is_some_and(|c| (c.name, c.shade) == (name, shade));
            ask(in_words(name.name(language)), &|s| one(s, &|g| colour(g, None)));
        }
        for &shade in Shade::ALL {
            let shaded = format!("{} {}", shade.name(language), language.pick("초록색", "green"));
            ask(in_words(&shaded), &|s| {
                one(s, &|g| g.colour == Some(Colour::new(ColourName::Green, Some(shade))))
            });
        }
        for &pattern in Pattern::ALL {
            ask(in_words(pattern.name(language)), &|s| one(s, &|g| g.pattern == Some(pattern)));
        }
        for &material in Material::ALL.iter().filter(|&&material| material != Material::Knit) {
            ask(in_words(material.name(language)), &|s| one(s, &|g| g.material == Some(material)));
        }
        for &length in Length::ALL {
            ask(in_words(length.name(language)), &|s| one(s, &|g| g.length == Some(length)));
        }
        for &sleeves in Sleeves::ALL {
            ask(in_words(sleeves.name(language)), &|s| one(s, &|g| g.sleeves == Some(sleeves)));
        }
        for &fit in Fit::ALL {
            ask(in_words(fit.name(language)), &|s| one(s, &|g| g.fit == Some(fit)));
        }
        for &detail in Detail::ALL {
            ask(in_words(detail.name(language)), &|s| one(s, &|g| g.details == [detail]));
        }
        for &scene in SceneKind::ALL.iter().filter(|&&scene| scene != SceneKind::PlainColour) {
            let text = format!("{} {}", scene.name(language), language.pick("배경", "background"));
            ask(text, &|s| s.scene.as_ref().is_some_and(|s| s.kind == scene));
        }
        for &mood in Mood::ALL {
            ask(mood.name(language).to_owned(), &|s| s.moods == [mood] && !s.garments.is_empty());
        }
        for &season in Season::ALL {
            ask(season.name(language).to_owned(), &|s| s.seasons == [season] && !s.garments.is_empty());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The words of the contract that stand for an outfit.
#[test]
fn every_style_word_becomes_an_outfit_for_the_whole_body() {
    let words = "스트릿,street style,아메카지,amekaji,MZ오피스,mz office,청량한 여름옷,fresh summer look,교복,school uniform,정장,
        suit,한복,hanbok,business casual,비즈니스 캐주얼,old money,올드머니,y2k,casual,캐주얼,minimal,미니멀룩,preppy,프레피,
        sporty,athleisure,애슬레저,gorpcore,고프코어,vintage,빈티지,grunge,gothic,bohemian,보헤미안,꾸안꾸,effortless,하객룩,
        wedding guest,출근룩,office look,캠퍼스룩,campus look,데이트룩,date look,면접룩,interview,파티룩,party,힙합,hip hop,
        놈코어,normcore,시티보이,city boy,발레코어,balletcore,블록코어,blokecore,턱시도,tuxedo,걸리시,girlish,페미닌,feminine,
        댄디,dandy,클래식,classic,섹시,등산복";
    for word in words.split(',').map(str::trim) {
        for who in ["", "남자 ", "여자 "] {
            let style = read(&format!("{who}{word}")).expect("style words can be read");
            let slots: Vec<&str> = style.garments.iter().map(|garment| garment.slot.id()).collect();
            let has = |slot: &str| slots.contains(&slot);
            let line = style.to_line();
            assert!(style.not_understood.is_empty() && style.style_words.len() == 1, "{who}{word}: {line}");
            assert!(has("footwear"), "{who}{word}: {line}");
            assert!(
                has("dress")
                    || ((has("upper") || has("outer"))
                        && ["trousers", "skirt", "legwear"].iter().any(|slot| has(slot))),
                "{word}: {line}"
            );
        }
    }
}
