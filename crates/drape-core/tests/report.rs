//! Reports as they are stored: this version reads its own reports and those of earlier versions.

use drape_core::engine::{Settings, Subject};
use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::report::{Measured, Outcome, Painted, Reason, Report, Retouched, WishReport};
use drape_core::sentence::Sentence;
use drape_core::style::{ColourName, Slot, Style};
use drape_core::stylist::Note;
use serde_json::{Value, json};

fn style(sentence: &str) -> Style {
    lexicon::read(&Sentence::parse(sentence).expect("a sentence"))
}

fn read(stored: &Value) -> Report {
    serde_json::from_str(&stored.to_string()).expect("a report that can still be read")
}

#[test]
fn a_report_reads_what_it_wrote_and_keeps_the_names_that_programs_know() {
    let style = style("navy blazer on the beach");
    let mut blazer = WishReport::of_garment(&style.garments[0], Language::English, Outcome::Done, Vec::new());
    blazer.doubt(0.5);
    blazer.measured = Some(Measured { name: ColourName::Navy, hex: "#232c47".to_owned(), share: 0.25 });
    let scene = WishReport::new("beach".to_owned(), "beach", Outcome::Approximated, vec![Reason::SceneDrawn]);
    let report = Report {
        garments: vec![blazer, scene],
        milliseconds: [("paint".to_owned(), 12.3)].into(),
        retouched: Some(Retouched { parser_confidence: 0.93, other_people: 1 }),
        reading: Some(Note { asked: "gemini".to_owned(), by: "gemini".to_owned(), why: None, dropped: 2 }),
        ..Report::new("retouch", &style, 7)
    };
    let text = report.to_json();
    assert_eq!(serde_json::from_str::<Report>(&text).expect("a report"), report);
    let written: Value = serde_json::from_str(&text).expect("JSON");
    // Compare through text: floats of single precision have other digits as values.
    let style: Value = serde_json::from_str(&serde_json::to_string(&style).expect("JSON")).expect("JSON");
    assert_eq!(
        written,
        json!({
            "engine": "retouch",
            "version": env!("CARGO_PKG_VERSION"),
            "seed": 7,
            "style": style,
            "garments": [
                {
                    "asked": "navy blazer", "kind": "blazer", "outcome": "done",
                    "reasons": [{"reason": "low_confidence"}], "confidence": 0.5, "preview": true,
                    "measured": {"name": "navy", "hex": "#232c47", "share": 0.25},
                },
                {
                    "asked": "beach", "kind": "beach", "outcome": "approximated",
                    "reasons": [{"reason": "scene_drawn"}], "preview": false,
                },
            ],
            "not_understood": [],
            "reading": {"asked": "gemini", "by": "gemini", "dropped": 2},
            "milliseconds": {"paint": 12.3},
            "parser_confidence": 0.93,
            "other_people": 1,
        })
    );
    assert!(report.painted.is_none());
    assert_eq!((report.count(Outcome::Done), report.count(Outcome::NotPossible)), (1, 0));
}

#[test]
fn reports_of_a_painted_picture_say_how_it_was_made() {
    let style = style("red coat");
    let report = Report {
        subject: Some(Subject::Woman),
        settings: Some(Settings { steps: Some(30), ..Settings::default() }),
        painted: Some(Painted {
            prompt: "fashion photo of a woman img".to_owned(),
            likeness: Some(0.75),
            steps: 30,
            ..Painted::default()
        }),
        ..Report::new("photomaker", &style, 3)
    };
    let written: Value = serde_json::from_str(&report.to_json()).expect("JSON");
    assert_eq!((&written["steps"], &written["likeness"]), (&json!(30), &json!(0.75)));
    assert_eq!((&written["subject"], &written["settings"]), (&json!("woman"), &json!({"steps": 30})));
    let again: Report = serde_json::from_value(written).expect("a report");
    assert_eq!(again, report);
    assert!(again.retouched.is_none());
}

#[test]
fn stored_reports_of_earlier_versions_can_still_be_read() {
    let style = style("파란 셔츠와 치마");
    // The embedded engine, in the format before it reported its confidence, and with the worn garment as a
    // label.
    let retouched = read(&json!({
        "engine": "retouch", "version": "0.1.0", "seed": 0, "style": style,
        "garments": [
            {"asked": "파란색 셔츠", "kind": "shirt", "outcome": "approximated",
             "reasons": [{"reason": "worn_shape_kept", "worn": "outer"}, {"reason": "cut_kept",
                 "asked": "긴"}],
             "measured": {"name": "blue", "hex": "#2f5fa8", "share": 0.12345000356435776}},
            {"asked": "치마", "kind": "skirt", "outcome": "not_possible",
                "reasons": [{"reason": "not_visible"}]},
        ],
        "not_understood": ["뿅"], "parser_confidence": 0.9312499761581421, "other_people": 0,
        "milliseconds": {"network": 31.200000762939453, "paint": 5.0},
    }));
    assert_eq!(retouched.garments[0].reasons[0], Reason::WornShapeKept { worn: Slot::Outer });
    assert_eq!(
        retouched.garments[0].reasons[0].message(Language::English),
        "the shape of the jacket or coat in the photo was kept"
    );
    assert_eq!(retouched.garments[0].measured.as_ref().map(|m| m.name), Some(ColourName::Blue));
    assert!(!retouched.garments[0].preview && retouched.garments[0].confidence.is_none());
    assert_eq!(retouched.retouched, Some(Retouched { parser_confidence: 0.931_25, other_people: 0 }));
    assert_eq!(retouched.milliseconds["network"], 31.2);
    // The generative engine through an endpoint; without a face in the picture there is no likeness.
    let painted = read(&json!({
        "engine": "sagemaker", "endpoint_engine": "photomaker", "version": "0.1.0", "ai_generated": true,
        "seed": 3, "picture_seed": 4, "style": style,
        "garments": [{"asked": "파란색 셔츠", "kind": "shirt", "outcome": "approximated",
                      "reasons": [{"reason": "told_to_model"}]}],
        "not_understood": [], "handed_on": ["뿅"], "prompt": "fashion photo", "negative_prompt": "blurry",
        "subject": "person", "photos": 2, "likeness": null, "best_of": 2, "steps": 50, "guidance": 5.0,
        "scheduler": "euler", "few_step": false, "width": 832, "height": 1216,
        "milliseconds": {"load": 12, "identity": 3, "denoise": 90_000, "decode": 700},
        "reading": {"asked": "gemini", "by": "lexicon", "why": "timeout", "dropped": 0},
    }));
    let Some(details) = &painted.painted else { panic!("{painted:?}") };
    assert_eq!((details.photos, details.steps, details.likeness), (2, 50, None));
    assert_eq!((painted.settings.as_ref(), painted.subject), (None, Some(Subject::Person)));
    assert_eq!(painted.endpoint_engine.as_deref(), Some("photomaker"));
    assert_eq!(painted.milliseconds["denoise"], 90_000.0);
    assert!(painted.retouched.is_none());
}

#[test]
fn every_reason_is_said_in_both_languages() {
    let names = [
        "told_to_model",
        "prompt_full",
        "painted_anew",
        "drawn",
        "cannot_reshape",
        "not_visible",
        "hidden",
        "place_taken",
        "nothing_to_change",
        "dress_divided",
        "low_confidence",
        "cannot_add",
        "cannot_remove",
        "scene_suggested",
        "scene_drawn",
        "no_effect",
    ];
    let mut reasons: Vec<Reason> =
        names.iter().map(|name| serde_json::from_value(json!({ "reason": name })).expect(name)).collect();
    reasons.extend(Slot::ALL.iter().map(|&worn| Reason::WornShapeKept { worn }));
    reasons.push(Reason::CutKept { asked: "긴".to_owned() });
    for reason in reasons {
        let [korean, english] = [Language::Korean, Language::English].map(|l| reason.message(l));
        assert!(korean.chars().any(|c| ('가'..='힣').contains(&c)), "{korean}");
        assert!(english.chars().any(|c| c.is_ascii_lowercase()), "{english}");
    }
}
