//! Every place behind the person of an example: hair and skin keep their bytes, the same seed makes the same
//! picture, and another seed another one.

use std::path::Path;

use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::sentence::Sentence;
use drape_core::style::{Scene, SceneKind, Style};
use drape_retouch::{Engine, Label, Look, Options};

#[test]
fn every_place_keeps_hair_and_skin_and_follows_its_seed() {
    let engine = Engine::load().expect("the weights are embedded");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
    let bytes = std::fs::read(file).expect("an example of the repository");
    let photo = Photo::decode(&bytes).expect("a JPEG");
    let parse = engine.parse(&photo).expect("a parse");
    let plain = lexicon::read(&Sentence::parse("studio").expect("a sentence"));
    let draw = |kind: SceneKind, seed: u64| -> Look {
        let style =
            Style { scene: Some(Scene { kind, colour: None }), garments: Vec::new(), ..plain.clone() };
        engine
            .style_parsed(&photo, &parse, &style, Options { seed }, &mut |_| true)
            .expect("a photo that can be styled")
    };
    let kept = |label: &u8| Label::Hair.is(*label) || Label::Skin.is(*label);
    for &kind in SceneKind::ALL {
        let (look, again, other) = (draw(kind, 0), draw(kind, 0), draw(kind, 5));
        let pixels = |look: &Look| look.picture.pixels.as_raw().clone();
        assert!(pixels(&look) == pixels(&again), "{}: one seed, two pictures", kind.id());
        assert!(pixels(&look) != pixels(&other), "{}: two seeds, one picture", kind.id());
        let (before, after) = (photo.pixels.as_raw(), look.picture.pixels.as_raw());
        let labels = parse.labels.as_raw();
        let (mut changed, mut places) = (0, 0);
        for (i, label) in labels.iter().enumerate() {
            let same = before[i * 3..i * 3 + 3] == after[i * 3..i * 3 + 3];
            assert!(same || !kept(label), "{}: hair or skin was written at pixel {i}", kind.id());
            if Label::Background.is(*label) {
                places += 1;
                changed += usize::from(!same);
            }
        }
        assert!(changed * 10 > places * 9, "{}: the old place is still there", kind.id());
    }
}

#[test]
fn a_place_has_colour_behind_dark_skin_and_none_in_a_photo_without() {
    let engine = Engine::load().expect("the weights are embedded");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
    let photo = Photo::decode(&std::fs::read(file).expect("an example of the repository")).expect("a JPEG");
    let parse = engine.parse(&photo).expect("a parse");
    let style = lexicon::read(&Sentence::parse("park background").expect("a sentence"));
    // Mean difference between the largest and the smallest channel in the new place.
    let colour = |photo: &Photo| -> f32 {
        let look =
            engine.style_parsed(photo, &parse, &style, Options::default(), &mut |_| true).expect("a look");
        let place = parse.labels.as_raw().iter().zip(look.picture.pixels.pixels());
        let spread = place.filter(|(l, _)| Label::Background.is(**l)).map(|(_, p)| {
            let [r, g, b] = p.0;
            f32::from(r.max(g).max(b) - r.min(g).min(b))
        });
        let spread: Vec<f32> = spread.collect();
        spread.iter().sum::<f32>() / spread.len() as f32
    };
    let (mut dark, mut grey) = (photo.clone(), photo.clone());
    for (pixel, label) in dark.pixels.pixels_mut().zip(parse.labels.as_raw()) {
        // Very dark skin, before a wall without colour.
        pixel.0 = match *label {
            l if Label::Skin.is(l) => pixel.0.map(|c| (f32::from(c) * 0.14) as u8),
            l if Label::Background.is(l) => [pixel.0[1]; 3],
            _ => pixel.0,
        };
    }
    for pixel in grey.pixels.pixels_mut() {
        pixel.0 = [pixel.0[1]; 3];
    }
    let (usual, dark, grey) = (colour(&photo), colour(&dark), colour(&grey));
    assert!(usual > 25.0, "{usual}");
    assert!(dark > 0.6 * usual, "{dark} of {usual}");
    assert!(grey < 6.0, "{grey}");
}
