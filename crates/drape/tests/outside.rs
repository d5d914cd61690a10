//! The settings of Gemini and Google Lens as operators give them: keys from files and variables, refusals,
//! and that the whole program with Gemini sends correct requests. Gemini is not available to a test, so a
//! local server stands in for it and checks the whole request.

mod running;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use self::outside::{GEMINI_KEY, Outside, gemini_error, is_question, says};
use self::running::{Folder, Process, User};

#[expect(dead_code, reason = "of the stand-in only Gemini is asked here")]
#[path = "../../drape-remote/tests/outside/mod.rs"]
mod outside;

const SENTENCE: &str = "네이비 블레이저에 흰 셔츠";

/// Starts the program with settings that it must refuse.
fn refused(folder: &Folder, args: &[&str], settings: &[(&str, &str)]) -> String {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_drape"))
        .args(args)
        .args(["--listen", "127.0.0.1:0"])
        .env("DRAPE_DATA_DIR", folder.0.join("data"))
        .env_remove("DRAPE_GEMINI_KEY")
        .env_remove("DRAPE_LENS_KEY")
        .envs(settings.iter().copied())
        .output()
        .expect("the program starts");
    assert_eq!(status.code(), Some(2), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stderr).expect("UTF-8")
}

#[test]
fn what_cannot_work_is_refused_before_anything_starts() {
    let folder = Folder::new("outside-refused");
    let gemini = ["serve", "--stylist", "gemini"];
    let said = refused(&folder, &gemini, &[("DRAPE_LANG", "en")]);
    assert!(said.contains("--gemini-key-file") && said.contains("DRAPE_GEMINI_KEY"), "{said}");
    let said = refused(&folder, &gemini, &[("DRAPE_LANG", "ko")]);
    assert!(said.contains("키가 필요해요") && said.contains("DRAPE_GEMINI_KEY"), "{said}");

    let missing = folder.0.join("nothing").display().to_string();
    let said = refused(
        &folder,
        &["serve", "--stylist", "gemini", "--gemini-key-file", &missing],
        &[("DRAPE_LANG", "en")],
    );
    assert!(said.contains("cannot be read") && said.contains(&missing), "{said}");

    // A key with blanks is invalid, and is not repeated in the message.
    let said = refused(&folder, &gemini, &[("DRAPE_LANG", "en"), ("DRAPE_GEMINI_KEY", "se cret")]);
    assert!(said.contains("needs a key") && !said.contains("se cret"), "{said}");

    // A valid key is enough, also from the variable.
    let server = Process::start(
        &folder.0,
        &gemini,
        &[("DRAPE_LISTEN", "127.0.0.1:0"), ("DRAPE_GEMINI_KEY", GEMINI_KEY)],
    );
    assert!(server.base().starts_with("http://"));
    assert_eq!(server.stop(), Some(0));

    let lens = ["serve", "--recommender", "lens"];
    let said = refused(&folder, &lens, &[("DRAPE_LANG", "en"), ("DRAPE_LENS_KEY", "k-1234567890")]);
    assert!(said.contains("--public-url") && !said.contains("k-1234567890"), "{said}");
    let with_url = ["serve", "--recommender", "lens", "--public-url", "https://drape.example"];
    let said = refused(&folder, &with_url, &[("DRAPE_LANG", "ko")]);
    assert!(said.contains("--lens-key-file"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_a_file_reads_sentences_and_is_never_written_down() {
    let folder = Folder::new("outside-gemini");
    let outside = Outside::start().await;
    let key = folder.0.join("key");
    // Editors end the file with a newline.
    std::fs::write(&key, format!("{GEMINI_KEY}\n")).expect("a file");
    let key = key.display().to_string();
    let log = folder.0.join("log");
    let server = Process::start_with(
        &folder.0,
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--stylist",
            "gemini",
            "--gemini-key-file",
            &key,
            "--log",
            "debug",
        ],
        &[("DRAPE_GEMINI_URL", outside.base.as_str())],
        std::fs::File::create(&log).expect("a file"),
    );
    let user = User::enter(server.base()).await;
    let photo = user.photo().await;
    let wish = json!({"sentence": SENTENCE, "photos": [photo], "stylist": "gemini"});

    outside.once(says(&json!({
        "garments": [{"text": "네이비 블레이저", "kind": "blazer", "colour": "emerald"}],
        "not_understood": []
    })));
    let job = user.ask(&wish).await;
    assert_eq!(user.ended(&job).await, "done");
    let read = user.get(&job).await;
    assert_eq!((&read["reading"]["by"], &read["reading"]["why"]), (&json!("gemini"), &Value::Null));
    let heard = outside.heard();
    assert_eq!(heard.len(), 1);
    assert!(is_question(&heard[0], SENTENCE));

    // Without quota the lexicon reads the sentence, the look is made, and the job says so.
    outside.always(gemini_error(429, "RESOURCE_EXHAUSTED", "quota"));
    let job = user.ask(&wish).await;
    assert_eq!(user.ended(&job).await, "done");
    let read = user.get(&job).await;
    assert_eq!((&read["reading"]["by"], &read["reading"]["why"]), (&json!("lexicon"), &json!("quota")));
    assert_eq!(server.stop(), Some(0));

    let written = std::fs::read_to_string(&log).expect("the log");
    assert!(written.contains("job"), "something was logged: {written}");
    for secret in [GEMINI_KEY, SENTENCE] {
        assert!(!written.contains(secret), "the log has what it must not have");
        assert!(!holds(&folder.0.join("data"), secret, secret == SENTENCE), "a secret is in the data folder");
    }
}

/// Whether a file below the folder contains the text. With `kept` the database, which must store it, is left
/// out.
fn holds(folder: &Path, text: &str, kept: bool) -> bool {
    std::fs::read_dir(folder).expect("a folder").flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, text, kept);
        }
        let database = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("drape.sqlite"));
        let bytes = std::fs::read(&path).unwrap_or_default();
        !(kept && database) && bytes.windows(text.len()).any(|w| w == text.as_bytes())
    })
}
