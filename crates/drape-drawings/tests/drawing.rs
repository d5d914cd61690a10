//! Drawings, through the public interface: well-formed, harmless, different, and reproducible.

use std::collections::BTreeSet;

use drape_core::style::{
    Colour, ColourName, Fit, Garment, GarmentKind, Length, Material, Pattern, Sleeves, Slot,
};
use drape_core::{lexicon, sentence::Sentence};

/// Checks that a text is well-formed XML as far as these files use it: tags nest, attributes are quoted and
/// occur once, ids are unique, and every reference has a target.
fn check(svg: &str, what: &str) {
    let mut open: Vec<&str> = Vec::new();
    let (mut ids, mut used) = (BTreeSet::new(), BTreeSet::new());
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        assert!(rest[..start].trim().is_empty(), "{what}: text {:?}", &rest[..start]);
        let end = rest.find('>').unwrap_or_else(|| panic!("{what}: a tag does not end"));
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{what}: closes what is not open");
            continue;
        }
        let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |t| (t, true));
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.chars().all(char::is_alphanumeric), "{what}: <{name}>");
        assert!(
            !["script", "style", "image", "use", "foreignObject", "a"].contains(&name),
            "{what}: <{name}>"
        );
        let mut names = BTreeSet::new();
        while !attributes.trim().is_empty() {
            let (key, after) = attributes.split_once("=\"").unwrap_or_else(|| panic!("{what}: {attributes}"));
            let (value, after) = after.split_once('"').unwrap_or_else(|| panic!("{what}: {attributes}"));
            attributes = after;
            let key = key.trim();
            assert!(names.insert(key), "{what}: {key} twice");
            assert!(
                !key.starts_with("on") && !["style", "href", "xlink:href", "class"].contains(&key),
                "{what}: {key}"
            );
            assert!(
                !value.contains(['<', '&']) && !value.contains("NaN") && !value.contains("inf"),
                "{what}: {value}"
            );
            if key != "xmlns" {
                assert!(!value.contains("://"), "{what}: {value}");
            }
            if key == "id" {
                assert!(ids.insert(value.to_owned()), "{what}: id {value} twice");
            } else if let Some(id) = value.strip_prefix("url(#").and_then(|v| v.strip_suffix(')')) {
                used.insert(id.to_owned());
            }
        }
        if !closed {
            open.push(name);
        }
    }
    assert!(rest.trim().is_empty() && open.is_empty(), "{what}: {open:?} left open");
    let unanswered: Vec<&String> = used.difference(&ids).collect();
    assert!(unanswered.is_empty(), "{what}: {unanswered:?}");
    assert!(svg.len() < 120_000, "{what}: {} bytes", svg.len());
}

#[test]
fn every_product_has_a_drawing_that_is_harmless_and_well_formed() {
    for product in drape_catalogue::demo::products() {
        let svg = drape_drawings::garment(&product.garment());
        assert!(svg.contains(r#"viewBox="0 0 400 480""#));
        check(&svg, &product.id);
        let again = drape_drawings::garment(&product.garment());
        assert_eq!(svg, again, "{}: drawn twice, differs", product.id);
    }
}

#[test]
fn every_combination_can_be_drawn() {
    for (k, &kind) in GarmentKind::ALL.iter().enumerate() {
        for step in 0..12 {
            let at = k + step * 7;
            let garment = Garment {
                pattern: Some(Pattern::ALL[at % Pattern::ALL.len()]),
                material: Some(Material::ALL[at % Material::ALL.len()]),
                length: Some(Length::ALL[step % Length::ALL.len()]),
                sleeves: Some(Sleeves::ALL[step % Sleeves::ALL.len()]),
                fit: Some(Fit::ALL[step % Fit::ALL.len()]),
                colour: Some(Colour::new(ColourName::ALL[at % ColourName::ALL.len()], None)),
                details: drape_core::style::Detail::ALL.iter().skip(step).step_by(5).copied().collect(),
                ..Garment::new(kind)
            };
            check(&drape_drawings::garment(&garment), &garment.to_string());
        }
    }
}

#[test]
fn kinds_patterns_materials_and_colours_look_different() {
    let plain: BTreeSet<String> = GarmentKind::ALL
        .iter()
        .map(|kind| {
            drape_drawings::garment(&Garment {
                colour: Some(Colour::new(ColourName::Teal, None)),
                ..Garment::new(*kind)
            })
        })
        .collect();
    // A few kinds are drawn alike: they are the same thing under another name.
    assert!(plain.len() >= GarmentKind::ALL.len() - 8, "{} drawings", plain.len());
    let shirt = |pattern, material, colour| {
        let colour = Some(Colour::new(colour, None));
        drape_drawings::garment(&Garment { pattern, material, colour, ..Garment::new(GarmentKind::Shirt) })
    };
    let patterns: BTreeSet<String> =
        Pattern::ALL.iter().map(|p| shirt(Some(*p), None, ColourName::Navy)).collect();
    assert_eq!(patterns.len(), Pattern::ALL.len());
    let colours: BTreeSet<String> = ColourName::ALL.iter().map(|c| shirt(None, None, *c)).collect();
    assert_eq!(colours.len(), ColourName::ALL.len());
    let leather = shirt(None, Some(Material::Leather), ColourName::Black);
    assert_ne!(leather, shirt(None, Some(Material::Denim), ColourName::Black));
}

#[test]
fn sleeves_length_and_fit_change_the_drawing() {
    let with = |change: &dyn Fn(&mut Garment), kind| {
        let mut garment = Garment::new(kind);
        change(&mut garment);
        drape_drawings::garment(&garment)
    };
    let shirt = GarmentKind::Shirt;
    let sleeves: BTreeSet<String> =
        Sleeves::ALL.iter().map(|s| with(&|g| g.sleeves = Some(*s), shirt)).collect();
    assert_eq!(sleeves.len(), Sleeves::ALL.len());
    for kind in [GarmentKind::Dress, GarmentKind::Skirt, GarmentKind::Coat, GarmentKind::Trousers] {
        let lengths: BTreeSet<String> =
            Length::ALL.iter().map(|l| with(&|g| g.length = Some(*l), kind)).collect();
        assert!(lengths.len() >= 4, "{kind}: {}", lengths.len());
    }
    let fits: BTreeSet<String> =
        Fit::ALL.iter().map(|f| with(&|g| g.fit = Some(*f), GarmentKind::Jeans)).collect();
    assert!(fits.len() >= 5, "{}", fits.len());
}

#[test]
fn outfits_are_laid_flat() {
    for tile in [
        "봄 스타일",
        "스트릿",
        "아메카지",
        "스포티",
        "청량한 여름옷",
        "MZ오피스",
        "교복",
        "정장",
        "한복",
        "파티",
        "바캉스",
        "선글라스와 반지",
    ] {
        let style = lexicon::read(&Sentence::parse(tile).expect("a sentence"));
        let svg = drape_drawings::outfit(&style.garments);
        assert!(svg.contains(r#"viewBox="0 0 480 480""#));
        check(&svg, tile);
    }
    check(&drape_drawings::outfit(&[]), "nothing");
    for slot in Slot::ALL {
        let kind = GarmentKind::ALL.iter().find(|k| k.slot() == *slot).expect("every slot has kinds");
        let alone = drape_drawings::outfit(&[Garment::new(*kind)]);
        check(&alone, kind.id());
        assert_ne!(alone, drape_drawings::outfit(&[]), "{kind} is missing");
    }
}
