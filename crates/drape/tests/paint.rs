//! The generative engine as people use it, in a terminal and as a service, on a small model with random
//! weights: the pictures are meaningless, everything else is real.

mod running;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use drape_testing::SmallModel;
use reqwest::Method;
use serde_json::{Value, json};

use self::running::{Folder, Process, User};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Writes the model of a case below the folder.
fn model(folder: &Folder, case: &str) -> PathBuf {
    let path = folder.0.join(case);
    let cases = root().join("crates/drape-photomaker/tests/cases");
    SmallModel::open(&cases.join(case)).and_then(|m| m.write(&path)).expect("a small model");
    path
}

fn photo(name: &str) -> String {
    root().join("examples").join(name).display().to_string()
}

/// `drape style --engine photomaker` with these arguments, in `folder`.
fn paint(folder: &Folder, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_drape"))
        .args(["style", "--engine", "photomaker"])
        .args(args)
        .current_dir(&folder.0)
        .env("LC_ALL", "C.UTF-8")
        .env("DRAPE_MODELS", folder.0.join("no-models"))
        .env_remove("DRAPE_LANG")
        .env_remove("DRAPE_MODEL")
        .output()
        .expect("the program starts")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn photos_and_a_sentence_become_pictures_and_a_report() {
    let folder = Folder::new("paint");
    let model = model(&folder, "v1-euler-ancestral").display().to_string();
    let (one, two) = (photo("grace-hopper.jpg"), photo("astronaut.png"));
    let sentence = "red wool coat, white shirt, snow, without a hat";
    let mut args = vec![&*one, &*two, sentence, "--model", &model, "--steps", "4", "--size", "96x128"];
    args.extend(["--subject", "woman", "--variations", "2", "--best-of", "2", "--negative", "umbrella"]);
    let output = paint(&folder, &[&args[..], &["--json", "report.json"]].concat());
    assert!(output.status.success(), "{}", told(&output));
    let first = image::open(folder.0.join("look-1.png")).expect("a picture").to_rgb8();
    let second = image::open(folder.0.join("look-2.png")).expect("a picture").to_rgb8();
    assert_eq!(first.dimensions(), (96, 128));
    assert!(first != second, "two seeds made the same picture");
    let report: Value =
        serde_json::from_slice(&std::fs::read(folder.0.join("report.json")).expect("a report"))
            .expect("JSON");
    assert_eq!(report["engine"], "photomaker");
    assert_eq!(report["ai_generated"], true);
    assert_eq!(report["photos"], 2);
    assert_eq!(report["steps"], 4);
    let prompt = report["prompt"].as_str().expect("a prompt");
    assert!(prompt.starts_with("fashion photo of a woman img, "), "{prompt}");
    assert!(prompt.contains("wearing red wool coat, white shirt"), "{prompt}");
    let negative = report["negative_prompt"].as_str().expect("a prompt");
    assert!(negative.contains("umbrella"), "{negative}");
    assert!((-1.0..=1.0).contains(&report["likeness"].as_f64().expect("a number")));
    assert_eq!(report["garments"][0]["outcome"], "approximated");

    // The same seed gives the same picture, also when it is requested alone.
    let again = paint(
        &folder,
        &[&args[..9], &["--subject", "woman", "--best-of", "2", "--negative", "umbrella"]].concat(),
    );
    assert!(again.status.success(), "{}", told(&again));
    let again = image::open(folder.0.join("look.png")).expect("a picture").to_rgb8();
    assert!(again == first, "the same seed made another picture");
}

#[test]
fn a_long_sentence_and_eight_photos_fit_into_what_the_model_can_be_told() {
    let folder = Folder::new("paint-long");
    let model = model(&folder, "v1-euler-ancestral").display().to_string();
    let one = photo("grace-hopper.jpg");
    let sentence = "navy double-breasted pinstriped wool suit, white cotton dress shirt, burgundy silk tie, \
        brown leather oxfords, black leather belt, grey cashmere scarf, beige trench coat, straw hat, \
        sunglasses, silver watch, street at night, elegant, vintage, autumn";
    let mut args = vec![&*one; 8];
    args.extend([sentence, "--model", &model, "--steps", "2", "--json", "report.json"]);
    let output = paint(&folder, &args);
    assert!(output.status.success(), "{}", told(&output));
    let report: Value =
        serde_json::from_slice(&std::fs::read(folder.0.join("report.json")).expect("a report"))
            .expect("JSON");
    assert_eq!(report["photos"], 8);
    // The report names the words that found no room in the prompt.
    let outcomes: Vec<&str> =
        report["garments"].as_array().expect("a list").iter().filter_map(|g| g["outcome"].as_str()).collect();
    assert!(outcomes.contains(&"not_possible") && outcomes.contains(&"approximated"), "{outcomes:?}");
}

#[test]
fn what_cannot_be_painted_is_refused_in_words() {
    let folder = Folder::new("paint-refused");
    let small = model(&folder, "v1-euler-ancestral").display().to_string();
    let v2 = model(&folder, "v2-ddim-8photos").display().to_string();
    let me = photo("grace-hopper.jpg");
    let flat = folder.0.join("flat.png");
    image::RgbImage::from_pixel(300, 400, image::Rgb([90, 120, 80])).save(&flat).expect("a picture");
    let flat = flat.display().to_string();
    let half = folder.0.join("half").display().to_string();
    let status = Command::new("cp").args(["-r", &small, &half]).status().expect("cp");
    assert!(status.success());
    let unet = Path::new(&half).join("unet/diffusion_pytorch_model.safetensors");
    let bytes = std::fs::read(&unet).expect("weights");
    std::fs::write(&unet, &bytes[..bytes.len() / 2]).expect("a writable file");
    let long = "red ".repeat(2000);
    let cases: &[(&[&str], &str)] = &[
        (&[&me, "--model", &small, "--steps", "0"], "steps must be 1 to 100"),
        (&[&me, "--model", &small, "--steps", "-3"], "--steps: steps must be 1 to 100"),
        // The limits are those of the service.
        (&[&me, "--model", &small, "--steps", "101"], "--steps: steps must be 1 to 100"),
        (&[&me, "--model", &small, "--guidance", "0"], "--guidance: guidance must be 1 to 30"),
        (&[&me, "--model", &small, "--guidance", "31"], "--guidance: guidance must be 1 to 30"),
        (&[&me, "--model", &small, "--best-of", "5"], "--best-of: best_of must be 1 to 4"),
        (&[&me, "--model", &small, "--style-strength", "101"], "style_strength must be 0 to 100"),
        (&[&me, "--model", &small, "--size", "100x100"], "multiples of 8"),
        (&[&me, "--model", &small, "--size", "big"], "832x1216"),
        (&[&me, "--model", &small, "--scheduler", "magic"], "dpm++2m"),
        (&[&me, "--model", &folder.0.join("none").display().to_string()], "no such file or folder"),
        (&[&me], "drape model pull"),
        (&[&me, "--model", &v2], "face model"),
        (&[&me, "--model", &half], "unet"),
        (&[&flat, "--model", &small], "shows a face"),
        (&[&me, &me, &me, &me, &me, &me, &me, &me, &me, "--model", &small], "at most 8"),
    ];
    for (args, words) in cases {
        let photos = args.iter().take_while(|a| !a.starts_with("--")).count();
        let (photos, flags) = args.split_at(photos);
        let output = paint(&folder, &[photos, &["red coat"], flags].concat());
        let told = told(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains(words) && !told.contains("panicked"), "{args:?}: {told}");
    }
    let output = paint(&folder, &[&me, &long, "--model", &small]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    let korean = paint(&folder, &[&me, "빨간 코트", "--model", &small, "--steps", "0"]);
    assert!(told(&korean).contains("steps는 1에서 100 사이"), "{}", told(&korean));
}

#[tokio::test]
async fn a_server_paints_with_a_preview_first_and_lives_on_after_bad_photos() {
    let folder = Folder::new("paint-serve");
    let model = model(&folder, "v1-euler-ancestral").display().to_string();
    let settings = [("DRAPE_MODEL", &*model), ("DRAPE_MODELS", "no-models")];
    let args = ["serve", "--listen", "127.0.0.1:0", "--engine", "retouch,photomaker"];
    let server = Process::start(&folder.0, &args, &settings);
    let user = User::enter(server.base()).await;
    let engines = user.get("/api/v1/engines").await;
    let ids: Vec<&str> =
        engines.as_array().expect("a list").iter().filter_map(|e| e["id"].as_str()).collect();
    assert_eq!(ids, ["retouch", "photomaker"]);
    let photo = user.photo().await;
    let wish = json!({
        "sentence": "navy suit, burgundy tie", "photos": [photo], "engine": "photomaker",
        "subject": "woman", "variations": 2, "settings": {"steps": 6, "width": 96, "height": 128},
    });
    let job = user.ask(&wish).await;
    assert_eq!(user.ended(&job).await, "done");
    let job = user.get(&job).await;
    assert_eq!(job["engine"], "photomaker");
    let looks = job["looks"].as_array().expect("looks");
    assert_eq!(looks.len(), 2);
    let look = looks[0].as_str().expect("an id");
    let look = user.get(&format!("/api/v1/looks/{look}")).await;
    let report = &look["report"];
    assert_eq!(report["subject"], "woman");
    assert_eq!(report["steps"], 6);
    assert!(report["likeness"].is_number());
    let picture = format!("/api/v1/looks/{}/picture", looks[0].as_str().expect("an id"));
    let answer = user.request(Method::GET, &picture).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let bytes = answer.bytes().await.expect("a picture");
    let picture = image::load_from_memory(&bytes).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (96, 128));
    // The embedded engine works alongside it.
    let wish = json!({ "sentence": "green jacket", "photos": [photo] });
    let job = user.ask(&wish).await;
    assert_eq!(user.ended(&job).await, "done");
    assert_eq!(user.get(&job).await["engine"], "retouch");
    // Invalid settings are refused at once.
    let wish =
        json!({ "sentence": "coat", "photos": [photo], "engine": "photomaker", "settings": {"steps": 0} });
    let answer = user.request(Method::POST, "/api/v1/jobs").json(&wish).send().await.expect("an answer");
    assert_eq!(answer.status(), 422);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_server_with_a_model_that_cannot_be_loaded_says_so_and_does_not_start() {
    let folder = Folder::new("paint-unset");
    let output = Command::new(env!("CARGO_BIN_EXE_drape"))
        .args(["serve", "--listen", "127.0.0.1:0", "--engine", "photomaker", "--model", "nothing-like-it"])
        .env("DRAPE_DATA_DIR", folder.0.join("data"))
        .env("DRAPE_MODELS", folder.0.join("no-models"))
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("nothing-like-it"), "{}", told(&output));
}
