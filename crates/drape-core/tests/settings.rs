//! The ranges of settings are the same in checks, messages and documents.

use drape_core::engine::{OutOfRange, Setting, Settings, Shape};
use drape_core::language::Language;

fn refused(settings: &Settings) -> Option<Setting> {
    settings.check().err().map(|OutOfRange(setting)| setting)
}

#[test]
fn the_ends_of_each_range_are_in_it_and_nothing_beyond_them() {
    let steps = |n| refused(&Settings { steps: Some(n), ..Settings::default() });
    assert_eq!([0, 1, 100, 101].map(steps), [Some(Setting::Steps), None, None, Some(Setting::Steps)]);
    let guidance = |g| refused(&Settings { guidance: Some(g), ..Settings::default() });
    assert_eq!([1.0, 30.0].map(guidance), [None, None]);
    assert_eq!([0.9, 30.1, f64::NAN].map(guidance), [Some(Setting::Guidance); 3]);
    let size = |width, height| refused(&Settings { width, height, ..Settings::default() });
    assert_eq!((size(None, None), size(Some(64), Some(2048))), (None, None));
    assert_eq!([size(Some(832), None), size(None, Some(832))], [Some(Setting::Size); 2]);
    assert_eq!(size(Some(100), Some(832)), Some(Setting::Width));
    assert_eq!(size(Some(832), Some(56)), Some(Setting::Height));
    let negative = |n| refused(&Settings { negative: Some("가".repeat(n)), ..Settings::default() });
    assert_eq!([300, 301].map(negative), [None, Some(Setting::Negative)]);
    let best_of = |n| refused(&Settings { best_of: Some(n), ..Settings::default() });
    assert_eq!([0, 1, 4, 5].map(best_of), [Some(Setting::BestOf), None, None, Some(Setting::BestOf)]);
    let strength = |n| refused(&Settings { style_strength: Some(n), ..Settings::default() });
    assert_eq!([0, 100, 101].map(strength), [None, None, Some(Setting::StyleStrength)]);
}

#[test]
fn what_is_refused_is_said_with_the_range() {
    let say = |setting, language| OutOfRange(setting).message(language);
    assert_eq!(say(Setting::Steps, Language::English), "steps must be 1 to 100.");
    assert_eq!(say(Setting::Guidance, Language::Korean), "guidance는 1에서 30 사이로 정해 주세요.");
    assert_eq!(
        say(Setting::Size, Language::English),
        "width and height go together and must be multiples of 8 from 64 to 2048."
    );
    assert_eq!(say(Setting::Negative, Language::Korean), "negative는 300자까지 적을 수 있어요.");
}

#[test]
fn shapes_have_the_sizes_that_painters_know() {
    assert_eq!(Shape::Portrait.size(1024), (832, 1216));
    assert_eq!(Shape::Square.size(768), (768, 768));
    for side in [64, 500, 512, 768, 1024, 2048] {
        for shape in Shape::ALL {
            let (width, height) = shape.size(side);
            let settings = Settings { width: Some(width), height: Some(height), ..Settings::default() };
            assert_eq!((settings.check(), Shape::of(&settings)), (Ok(()), Some(shape)), "{side}");
        }
    }
}

/// Schema attributes accept only literals, so their ranges must be compared.
#[cfg(feature = "schema")]
#[test]
fn the_schema_has_the_same_ranges() {
    use serde_json::json;
    use utoipa::PartialSchema as _;
    let schema = serde_json::to_value(Settings::schema()).expect("a schema");
    let of = |name: &str, key: &str| schema["properties"][name][key].clone();
    let whole = |name: &str| [of(name, "minimum"), of(name, "maximum")].map(|n| n.as_f64());
    let range = |least: u32, most: u32| [least, most].map(|n| Some(f64::from(n)));
    assert_eq!(whole("steps"), range(*Settings::STEPS.start(), *Settings::STEPS.end()));
    assert_eq!(whole("guidance"), [Settings::GUIDANCE.start(), Settings::GUIDANCE.end()].map(|g| Some(*g)));
    for side in ["width", "height"] {
        assert_eq!(whole(side), range(*Settings::SIDE.start(), *Settings::SIDE.end()));
        assert_eq!(of(side, "multipleOf").as_f64(), Some(f64::from(Settings::SIDE_STEP)));
    }
    assert_eq!(whole("best_of"), range(*Settings::BEST_OF.start(), *Settings::BEST_OF.end()));
    let strength = Settings::STYLE_STRENGTH;
    assert_eq!(whole("style_strength"), range(*strength.start(), *strength.end()));
    assert_eq!(of("negative", "maxLength"), json!(Settings::NEGATIVE));
}
