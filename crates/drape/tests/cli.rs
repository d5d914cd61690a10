//! The program as its users run it: commands, files, messages, exit codes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{Rgb, RgbImage, imageops};
use serde_json::Value;

/// A separate folder for each test, deleted afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("drape-cli-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("temporary folder");
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

fn drape(args: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drape"));
    command.env_remove("DRAPE_LANG").env("LC_ALL", "C.UTF-8");
    for arg in args {
        command.arg(arg.as_ref());
    }
    command.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Checks that the program refuses with exit code 2 and a message with these words, and does not panic.
fn refused(output: &Output, words: &[&str]) {
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(!err.contains("panicked"), "{err}");
    for word in words {
        assert!(err.contains(word), "{word:?} is not in: {err}");
    }
}

fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("report")).expect("JSON")
}

fn open(path: &Path) -> RgbImage {
    image::open(path).expect("picture").into_rgb8()
}

/// The row of the chin: as far below the nose as half the distance between the ears.
fn chin(parse: &Value) -> u32 {
    let joint = |name: &str| {
        let all = parse["keypoints"].as_array().into_iter().flatten();
        let found = all.clone().find(|k| k["joint"] == name).expect("a joint");
        (found["x"].as_f64().unwrap_or_default(), found["y"].as_f64().unwrap_or_default())
    };
    let (nose, left, right) = (joint("nose"), joint("left_ear"), joint("right_ear"));
    (nose.1 + 0.5 * (left.0 - right.0).hypot(left.1 - right.1)) as u32
}

#[test]
fn the_main_job_in_both_languages() {
    let dir = Folder::new("main");
    for (photo, sentence, words) in [
        ("astronaut.png", "navy blazer, white shirt", ["done", "approximated"]),
        ("grace-hopper.jpg", "버건디 재킷, 흰 셔츠", ["완료", "비슷하게"]),
    ] {
        let (out, report) = (dir.path("look.png"), dir.path("report.json"));
        let said = done(&drape(&[&"style", &example(photo), &sentence, &"--out", &out, &"--json", &report]));
        assert!(words.iter().all(|w| said.contains(w)), "{said}");
        let (before, after) = (open(&example(photo)), open(&out));
        assert_eq!(before.dimensions(), after.dimensions());

        // Hair and face are bit-identical; the clothes are not. A drawn collar may cover some of the neck.
        let (labels, joints) = (dir.path("labels.png"), dir.path("parse.json"));
        done(&drape(&[&"parse", &example(photo), &"--out", &labels, &"--json", &joints]));
        let chin = chin(&json(&joints));
        let labels = image::open(&labels).expect("labels").into_luma8();
        assert_eq!(labels.dimensions(), before.dimensions());
        let (mut skin, mut changed, mut clothes) = (0, 0, 0);
        for ((b, (_, y, a)), l) in before.pixels().zip(after.enumerate_pixels()).zip(labels.pixels()) {
            match l.0[0] {
                2 if y > chin => {}
                1 | 2 => {
                    skin += 1;
                    assert_eq!(b, a, "a hair or skin pixel was written");
                }
                3..=8 | 10 => {
                    clothes += 1;
                    changed += usize::from(b != a);
                }
                _ => {}
            }
        }
        assert!(
            skin > 10_000 && clothes > 10_000 && changed * 10 > clothes * 7,
            "{skin} {clothes} {changed}"
        );

        let report = json(&report);
        assert_eq!(report["engine"], "retouch");
        assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(report["sentence"], sentence);
        assert_eq!(report["style"]["garments"].as_array().map(Vec::len), Some(2));
        assert!(report["parser_confidence"].as_f64().is_some_and(|v| (0.5..=1.0).contains(&v)), "{report:#}");
        assert!(report["milliseconds"]["network"].as_f64().is_some_and(|v| v > 0.0));
        let measured: Vec<&Value> = report["garments"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|g| &g["measured"])
            .filter(|m| !m.is_null())
            .collect();
        assert!(!measured.is_empty(), "{report:#}");
        for m in measured {
            assert!(m["hex"].as_str().is_some_and(|h| h.len() == 7 && h.starts_with('#')), "{m}");
            assert!(m["share"].as_f64().is_some_and(|s| s > 0.0 && s < 1.0), "{m}");
            assert!(m["name"].is_string(), "{m}");
        }
    }
}

#[test]
fn every_wish_is_accounted_for() {
    let dir = Folder::new("wishes");
    let (out, report) = (dir.path("look.png"), dir.path("report.json"));
    let sentence =
        "green jacket, red skirt, black hat, no belt, keep my shoes, beach background, chic, zorblax";
    let said =
        done(&drape(&[&"style", &example("astronaut.png"), &sentence, &"--out", &out, &"--json", &report]));
    let report = json(&report);
    let outcome = |kind: &str| {
        let all = report["garments"].as_array().into_iter().flatten();
        all.clone().find(|g| g["kind"] == kind).map(|g| g["outcome"].clone()).unwrap_or_default()
    };
    // Neither a skirt nor a hat can be shown in a portrait; a beach is invented.
    assert_eq!(outcome("skirt"), "not_possible", "{report:#}");
    assert_eq!(outcome("hat"), "not_possible");
    assert_eq!(outcome("beach"), "approximated");
    assert_eq!(outcome("chic"), "approximated");
    assert!(
        !outcome("jacket").is_null() && !outcome("belt").is_null() && !outcome("footwear").is_null(),
        "{report:#}"
    );
    assert_eq!(report["not_understood"], serde_json::json!(["zorblax"]));
    assert!(said.contains("zorblax") && said.contains("not possible"), "{said}");
}

#[test]
fn a_seed_is_a_look_and_another_seed_is_another() {
    let dir = Folder::new("seeds");
    let run = |name: &str, seed: &str| {
        let out = dir.path(name);
        done(&drape(&[
            &"style",
            &example("grace-hopper.jpg"),
            &"green tartan jacket",
            &"--out",
            &out,
            &"--seed",
            &seed,
        ]));
        std::fs::read(&out).expect("look")
    };
    let (a, b, c) = (run("a.png", "3"), run("b.png", "3"), run("c.png", "4"));
    assert!(a == b, "the same seed gave different bytes");
    assert!(a != c, "another seed gave the same bytes");

    let (out, report) = (dir.path("look.webp"), dir.path("report.json"));
    let args: [&dyn AsRef<std::ffi::OsStr>; 9] = [
        &"style",
        &example("grace-hopper.jpg"),
        &"green jacket",
        &"--out",
        &out,
        &"--variations",
        &"4",
        &"--json",
        &report,
    ];
    done(&drape(&args));
    let looks: Vec<RgbImage> = (1..=4).map(|k| open(&dir.path(&format!("look-{k}.webp")))).collect();
    for (i, a) in looks.iter().enumerate() {
        for b in &looks[i + 1..] {
            let differ = a.as_raw().iter().zip(b.as_raw()).filter(|(a, b)| a.abs_diff(**b) > 2).count();
            assert!(differ > a.as_raw().len() / 50, "two variations look the same: {differ}");
        }
    }
    let report = json(&report);
    let variations = report["variations"].as_array().expect("variations");
    let seeds: Vec<u64> = variations.iter().filter_map(|v| v["seed"].as_u64()).collect();
    assert_eq!(seeds, [0, 1, 2, 3]);
    for v in variations {
        let name = v["garments"][0]["measured"]["name"].as_str().unwrap_or_default();
        let greens =
            ["green", "forest_green", "emerald", "sage", "moss", "olive", "teal", "khaki", "lime", "mint"];
        assert!(greens.contains(&name), "a green jacket came out {name}");
    }
}

#[test]
fn of_several_photos_the_best_is_used() {
    let dir = Folder::new("several");
    let face = dir.path("close.png");
    imageops::crop_imm(&open(&example("astronaut.png")), 110, 0, 300, 300)
        .to_image()
        .save(&face)
        .expect("saved");
    let (out, report) = (dir.path("look.jpg"), dir.path("report.json"));
    let said = done(&drape(&[
        &"style",
        &face,
        &example("grace-hopper.jpg"),
        &"grey jacket",
        &"-o",
        &out,
        &"--json",
        &report,
    ]));
    assert!(said.contains("grace-hopper.jpg"), "{said}");
    assert!(json(&report)["photo"]["file"].as_str().is_some_and(|f| f.ends_with("grace-hopper.jpg")));
    // With several people in one photo, the largest is styled and the report says so.
    let two = dir.path("two.png");
    let (a, b) = (open(&example("astronaut.png")), open(&example("grace-hopper.jpg")));
    let mut pair = RgbImage::from_pixel(1200, 600, Rgb([128, 128, 128]));
    imageops::replace(&mut pair, &a, 0, 88);
    imageops::replace(&mut pair, &b, 680, 0);
    pair.save(&two).expect("saved");
    let said = done(&drape(&[&"style", &two, &"red jacket", &"-o", &out, &"--json", &report]));
    assert!(said.contains("several people"), "{said}");
    assert_eq!(json(&report)["other_people"], 1);
}

#[test]
fn a_garment_asked_for_alone_finds_its_place() {
    let dir = Folder::new("alone");
    let (out, report) = (dir.path("look.png"), dir.path("report.json"));
    for photo in ["astronaut.png", "grace-hopper.jpg"] {
        // A jacket is made whatever the parser calls the worn garment.
        for sentence in ["red jacket", "red coat", "빨간 가디건", "blue denim jacket"] {
            done(&drape(&[&"style", &example(photo), &sentence, &"-o", &out, &"--json", &report]));
            let garment = &json(&report)["garments"][0];
            assert_ne!(garment["outcome"], "not_possible", "{photo}, {sentence}: {garment:#}");
        }
        done(&drape(&[&"style", &example(photo), &"red shirt", &"-o", &out, &"--json", &report]));
        let reasons = json(&report)["garments"][0]["reasons"].to_string();
        assert!(!reasons.contains("hidden"), "{photo}: {reasons}");
    }
}

#[test]
fn photos_that_cannot_be_styled_say_what_to_take_instead() {
    let dir = Folder::new("unsuitable");
    let out = dir.path("look.png");
    let wall = dir.path("wall.png");
    RgbImage::from_fn(400, 500, |x, y| Rgb([(x / 3) as u8, (y / 3) as u8, 120])).save(&wall).expect("saved");
    refused(&drape(&[&"style", &wall, &"navy suit", &"-o", &out]), &["no person", "Choose"]);
    refused(&drape(&[&"style", &wall, &"남색 정장", &"-o", &out]), &["사람을 찾지 못했어요"]);
    let face = dir.path("face.png");
    imageops::crop_imm(&open(&example("astronaut.png")), 165, 60, 110, 130)
        .to_image()
        .save(&face)
        .expect("saved");
    refused(&drape(&[&"style", &face, &"navy suit", &"-o", &out]), &["Choose"]);
    assert!(!out.exists(), "a refused photo left a picture behind");
}

#[test]
fn bad_files_and_places_are_told_apart() {
    let dir = Folder::new("bad");
    let out = dir.path("look.png");
    let with = |name: &str, bytes: &[u8]| {
        let path = dir.path(name);
        std::fs::write(&path, bytes).expect("written");
        drape(&[&"style", &path, &"navy suit", &"-o", &out])
    };
    refused(&with("empty.jpg", b""), &["empty.jpg", "empty", "again"]);
    refused(&with("text.png", b"not a picture at all"), &["not a picture", "JPEG"]);
    let png = std::fs::read(example("astronaut.png")).expect("example");
    refused(&with("cut.png", &png[..png.len() / 2]), &["cut.png"]);
    let jpeg = std::fs::read(example("grace-hopper.jpg")).expect("example");
    refused(&with("cut.jpg", &jpeg[..jpeg.len() / 2]), &["cut off"]);
    // The bytes decide, not the file's extension.
    done(&with("really-a-png.jpg", &png));

    let photo = example("astronaut.png");
    refused(
        &drape(&[&"style", &dir.path("gone.jpg"), &"navy suit", &"-o", &out]),
        &["gone.jpg", "no such file"],
    );
    refused(&drape(&[&"style", &dir.0, &"navy suit", &"-o", &out]), &["folder"]);
    refused(
        &drape(&[&"style", &photo, &"navy suit", &"-o", &dir.path("missing/look.png")]),
        &["cannot be written", "no such file or folder"],
    );
    refused(
        &drape(&[&"style", &photo, &"navy suit", &"-o", &dir.path("empty.jpg/look.png")]),
        &["cannot be written"],
    );
    refused(
        &drape(&[&"style", &photo, &"navy suit", &"-o", &dir.path("look.gif")]),
        &[".png, .jpg or .webp"],
    );
    refused(&drape(&[&"style", &photo, &"navy suit", &"-o", &dir.0]), &[".png, .jpg or .webp"]);
    let own = dir.path("own.png");
    std::fs::write(&own, &png).expect("written");
    refused(&drape(&[&"style", &own, &"navy suit", &"-o", &own]), &["overwrite"]);
    assert_eq!(std::fs::read(&own).expect("still there"), png);
}

#[test]
fn sentences_that_cannot_be_read_are_told() {
    let dir = Folder::new("sentences");
    let (photo, out) = (example("astronaut.png"), dir.path("look.png"));
    let long = "navy suit ".repeat(1000);
    refused(&drape(&[&"style", &photo, &long, &"-o", &out]), &["1000"]);
    refused(&drape(&[&"style", &photo, &"\u{1}\u{2}\u{3}", &"-o", &out]), &["drape:"]);
    refused(&drape(&[&"style", &photo, &photo, &"-o", &out]), &["sentence is missing"]);
    refused(&drape(&[&"read", &"가".repeat(10_000)]), &["drape:"]);
    let said = done(&drape(&[&"read", &""]));
    assert!(said.contains("casual"), "{said}");
}

#[test]
fn reading_a_sentence_shows_what_was_understood() {
    let said = done(&drape(&[&"read", &"검은색 가죽 재킷에 흰 티, 연청 데님"]));
    assert!(said.contains("가죽") && said.contains('#'), "{said}");
    let out = drape(&[&"read", &"navy double-breasted blazer, white shirt, xyzzy", &"--json"]);
    let style: Value = serde_json::from_str(&done(&out)).expect("JSON");
    assert_eq!(style["garments"][0]["kind"], "blazer");
    assert_eq!(style["garments"][0]["colour"]["name"], "navy");
    assert_eq!(style["garments"][0]["details"], serde_json::json!(["double_breasted"]));
    assert_eq!(style["not_understood"], serde_json::json!(["xyzzy"]));
}

#[test]
fn parsing_writes_labels_overlay_and_report() {
    let dir = Folder::new("parse");
    let (labels, overlay, report) =
        (dir.path("labels.png"), dir.path("overlay.jpg"), dir.path("report.json"));
    let photo = example("grace-hopper.jpg");
    done(&drape(&[&"parse", &photo, &"--out", &labels, &"--overlay", &overlay, &"--json", &report]));
    let picture = image::open(&labels).expect("labels");
    assert_eq!(picture.color(), image::ColorType::L8);
    assert_eq!(open(&overlay).dimensions(), open(&photo).dimensions());
    let report = json(&report);
    let names: Vec<&str> =
        report["labels"].as_array().into_iter().flatten().filter_map(|l| l["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "background",
            "hair",
            "skin",
            "upper",
            "trousers",
            "skirt",
            "dress",
            "footwear",
            "legwear",
            "accessory",
            "outer"
        ]
    );
    let shares: f64 =
        report["labels"].as_array().into_iter().flatten().filter_map(|l| l["share"].as_f64()).sum();
    assert!((shares - 1.0).abs() < 1e-3, "{shares}");
    assert_eq!(report["keypoints"].as_array().map(Vec::len), Some(15));
    let person = &report["person"];
    assert!(
        person["right"].as_u64() > person["left"].as_u64()
            && person["bottom"].as_u64() > person["top"].as_u64()
    );
    assert!(report["milliseconds"]["parse"]["network"].as_f64() > Some(0.0));
    // In this portrait the nose is right of the left third and above the middle.
    let nose =
        report["keypoints"].as_array().into_iter().flatten().find(|k| k["joint"] == "nose").expect("nose");
    assert!(nose["confidence"].as_f64() > Some(0.3) && nose["y"].as_f64() < Some(300.0), "{nose}");
    refused(&drape(&[&"parse", &photo, &"--out", &dir.path("labels.jpg")]), &["PNG"]);
}

#[test]
fn help_names_every_command() {
    let said = done(&drape(&[&"--help"]));
    for word in ["style", "parse", "read", "--lang"] {
        assert!(said.contains(word), "{said}");
    }
    assert!(done(&drape(&[&"style", &"--help"])).contains("--variations"));
}

/// Checks that the operator's page lists exactly the existing settings.
#[test]
fn the_settings_table_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operators.md");
    let page = std::fs::read_to_string(&path).expect("the operator's page");
    let table = done(&drape(&[&"settings"]));
    let (before, rest) = page.split_once("<!-- settings -->\n").expect("the place of the table");
    let (shown, after) = rest.split_once("<!-- /settings -->").expect("the end of the table");
    if std::env::var_os("DRAPE_WRITE_DOCS").is_some() {
        let text = format!("{before}<!-- settings -->\n{table}<!-- /settings -->{after}");
        std::fs::write(&path, text).expect("docs can be written");
    } else {
        assert!(
            shown == table,
            "docs/operators.md differs; write it with DRAPE_WRITE_DOCS=1 cargo test -p drape"
        );
    }
}

#[test]
fn settings_that_cannot_be_are_refused_at_the_start() {
    let folder = Folder::new("settings");
    let data = folder.path("data");
    let serve = |more: &[&str]| {
        let mut args: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"serve", &"--data-dir", &data];
        args.extend(more.iter().map(|a| a as &dyn AsRef<std::ffi::OsStr>));
        drape(&args)
    };
    refused(&serve(&["--public-url", "drape.example"]), &["--public-url", "https://drape.example"]);
    refused(&serve(&["--cors-origin", "https://a.example/path"]), &["--cors-origin", "without a path"]);
    refused(&serve(&["--lang", "ko", "--cors-origin", "shop"]), &["경로 없이"]);
    let same = ["--listen", "127.0.0.1:7", "--metrics-listen", "127.0.0.1:7"];
    refused(&serve(&same), &["--metrics-listen"]);
    // An address in use, and a folder that is a file.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    refused(&serve(&["--listen", &address]), &[&address, "127.0.0.1:0"]);
    let file = folder.path("file");
    std::fs::write(&file, "x").expect("a file");
    let output = drape(&[&"serve", &"--listen", &"127.0.0.1:0", &"--data-dir", &file]);
    refused(&output, &["data folder", "--data-dir"]);
}
