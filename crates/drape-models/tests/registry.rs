//! The built-in list of models, and the models that operators may add.

#[expect(dead_code, reason = "nothing is fetched here")]
mod hub;

use drape_core::language::Language;
use drape_models::{Damage, Models, PullError, PullOptions, Registry};
use hub::{Folder, noise, registry};

#[test]
fn the_known_models_are_consistent() {
    let registry = Registry::default();
    let known = registry.models();
    for model in known {
        for language in [Language::Korean, Language::English] {
            assert!(!model.what.pick(language).is_empty(), "{}", model.name);
        }
        assert!(model.license.url.starts_with("https://"), "{}", model.name);
        assert!(model.size() > 1_000_000, "{}", model.name);
        for name in model.needs.iter().flatten() {
            assert!(known.iter().any(|m| m.name == *name), "{} needs {name}", model.name);
        }
        // Revisions are pinned: they are commits, not branches.
        let commit = |r: &str| r.len() == 40 && r.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(model.files.iter().all(|f| commit(&f.revision)), "{}", model.name);
    }
    let of = |name: &str| known.iter().find(|m| m.name == name).expect("known");
    assert_eq!(of("sdxl-base").unpinned(), 0);
    assert!(
        of("photomaker-v1").commercial && !of("photomaker-v2").commercial && !of("sdxl-turbo").commercial
    );
    // Two files with the same name and size but one hash would be a copying mistake, unless they are the same
    // file.
    let sdxl = of("sdxl-base");
    let hash = |path: &str| sdxl.files.iter().find(|f| f.path == path).and_then(|f| f.sha256.clone());
    assert_eq!(hash("tokenizer/vocab.json"), hash("tokenizer_2/vocab.json"));
    assert_ne!(hash("text_encoder/config.json"), hash("text_encoder_2/config.json"));
}

#[tokio::test]
async fn non_commercial_models_want_a_yes() {
    let folder = Folder::new("yes");
    let models = Models::new(folder.path("models"));
    let options = PullOptions::default();
    let error = models.pull("photomaker-v2", &options, &|_| {}).await.expect_err("refused");
    assert!(matches!(&error, PullError::NonCommercial { name, .. } if name == "photomaker-v2"));
    for language in [Language::Korean, Language::English] {
        assert!(error.message(language).contains("--accept-non-commercial photomaker-v2"));
    }
    assert!(!folder.path("models").exists(), "nothing was begun");
    // The acceptance is for one model only.
    let other = PullOptions { accept_non_commercial: vec!["sdxl-turbo".to_owned()], ..options };
    assert!(models.pull("photomaker-v2", &other, &|_| {}).await.is_err());
}

#[test]
fn a_file_of_the_operator_adds_models_and_cannot_lead_elsewhere() {
    let folder = Folder::new("own");
    let path = folder.path("registry.json");
    let read = |text: &str| {
        std::fs::write(&path, text).expect("written");
        Registry::default().with_file(&path)
    };
    let good = registry("mine", true, &[("a/b.json", b"x", true)]);
    let both = read(&good).expect("a registry");
    assert!(both.get("mine").is_some() && both.get("sdxl-base").is_some());
    let instead = read(&registry("sdxl-base", true, &[("b.json", b"x", true)])).expect("a registry");
    assert_eq!(instead.get("sdxl-base").map(|m| m.files.len()), Some(1), "in the place of the known one");
    let bad = [
        good.replace("a/b.json", "../b.json"),
        good.replace("a/b.json", "/etc/passwd"),
        good.replace("a/b.json", "a\\\\b.json"),
        good.replace("a/b.json", "a/.drape.json"),
        good.replace("a/b.json", "a/b.part"),
        good.replace("a/b.json", ""),
        good.replace("someone/something", "someone/../something"),
        good.replace("someone/something", "something"),
        good.replace("\"mine\"", "\"..\""),
        good.replace("\"mine\"", "\"Mine\""),
        good.replace("\"sha256\":\"", "\"sha256\":\"x"),
        good.replace("\"commercial\":true,", ""),
        good.replace("\"files\"", "\"flies\""),
        "not JSON".to_owned(),
    ];
    for text in bad {
        let error = read(&text).expect_err(&text);
        assert!(error.message(Language::Korean).contains("모델"), "{error}");
    }
}

#[test]
fn verify_names_every_kind_of_damage() {
    let folder = Folder::new("damage");
    let names = ["a.json", "b.json", "c.bin", "d.bin"];
    let bytes: Vec<Vec<u8>> = (0..4).map(|k| noise(k, 5000)).collect();
    let listed: Vec<(&str, &[u8], bool)> =
        names.iter().zip(&bytes).map(|(n, b)| (*n, &b[..], true)).collect();
    std::fs::write(folder.path("registry.json"), registry("hurt", true, &listed)).expect("written");
    let registry = Registry::default().with_file(&folder.path("registry.json")).expect("a registry");
    let models = Models::with_registry(folder.path("models"), registry);
    let dir = folder.path("models/hurt");
    let none = models.verify("hurt", &|_, _| {}).expect("an answer");
    assert!(none.iter().all(|f| f.damage == Some(Damage::Missing)) && none.len() == 4);
    std::fs::create_dir_all(&dir).expect("made");
    for (name, bytes) in names.iter().zip(&bytes) {
        std::fs::write(dir.join(name), bytes).expect("written");
    }
    // The files were put there by hand, so they are unchecked until they are read.
    assert!(models.find("hurt").is_err());
    let sound = models.verify("hurt", &|_, _| {}).expect("an answer");
    assert!(sound.iter().all(|f| f.damage.is_none()) && sound.len() == 4, "{sound:?}");
    assert_eq!(models.find("hurt").expect("complete").dir, dir);

    std::fs::remove_file(dir.join("a.json")).expect("removed");
    std::fs::write(dir.join("b.json"), &bytes[1][..4000]).expect("written");
    let mut turned = bytes[2].clone();
    turned[2500] ^= 0x40;
    std::fs::write(dir.join("c.bin"), turned).expect("written");
    std::fs::create_dir_all(dir.join("sub")).expect("made");
    std::fs::write(dir.join("sub/e.bin"), b"stranger").expect("written");
    let found = models.verify("hurt", &|_, _| {}).expect("an answer");
    let damages: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.damage.clone())).collect();
    assert_eq!(
        damages,
        [
            ("a.json", Some(Damage::Missing)),
            ("b.json", Some(Damage::Short { wanted: 5000, found: 4000 })),
            ("c.bin", Some(Damage::Changed)),
            ("d.bin", None),
            ("sub/e.bin", Some(Damage::Unexpected)),
        ]
    );
    for finding in found.iter().filter(|f| f.damage.is_some()) {
        for language in [Language::Korean, Language::English] {
            let message = finding.message("hurt", language).expect("a sentence");
            assert!(message.contains(&finding.path), "{message}");
        }
    }
}
