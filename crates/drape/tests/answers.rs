//! What the program says, whole: a change of any word, order or field is seen here.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The exit code and what the program printed, without what differs from machine to machine.
fn said(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drape"));
    command.env_remove("DRAPE_LANG").env("LC_ALL", "C.UTF-8").current_dir(folder).args(args);
    let output = command.output().expect("the program starts");
    let code = output.status.code().expect("the program ends by itself");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
    format!("exit code {code}\n{}", text.lines().map(steady).collect::<Vec<_>>().join("\n"))
}

/// The line with `[n]` for each percentage and `[time]` for the seconds at its end.
fn steady(line: &str) -> String {
    let line = match line.rsplit_once(" · ") {
        Some((start, end)) if end.ends_with(['s', '초']) => format!("{start} · [time]"),
        _ => line.to_owned(),
    };
    let parts: Vec<&str> = line.split(" %").collect();
    let (last, before) = parts.split_last().expect("a line has a part");
    let masked = before.iter().map(|part| part.trim_end_matches(|c: char| c.is_ascii_digit()));
    masked.map(|part| format!("{part}[n] %")).chain([(*last).to_owned()]).collect()
}

/// A folder with the example photos, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("drape-answers-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("temporary folder");
        for photo in ["astronaut.png", "grace-hopper.jpg"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(photo);
            std::fs::copy(from, path.join(photo)).expect("an example");
        }
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One wish for each outcome and most reasons.
const EVERYTHING: &str =
    "green jacket, red skirt, black hat, no belt, keep my shoes, beach background, chic, zorblax";

#[test]
fn a_look_in_english() {
    let folder = Folder::new("english");
    let said = said(&folder.0, &["style", "astronaut.png", EVERYTHING, "--out", "look.png"]);
    insta::assert_snapshot!(said, @"");
}

#[test]
fn a_look_in_korean() {
    let folder = Folder::new("korean");
    let sentence = "버건디 재킷, 흰 셔츠, 빨간 치마, 모자 없이, 바닷가 배경, 뿅뿅";
    let said = said(&folder.0, &["style", "grace-hopper.jpg", sentence, "--out", "look.png"]);
    insta::assert_snapshot!(said, @"");
}

#[test]
fn a_report() {
    let folder = Folder::new("report");
    let args = ["style", "astronaut.png", EVERYTHING, "--out", "look.png", "--json", "report.json"];
    said(&folder.0, &args);
    let report = std::fs::read_to_string(folder.0.join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    insta::assert_snapshot!(drape_testing::steady(&report), @"");
}

#[test]
fn a_reading() {
    let folder = Folder::new("reading");
    let english = said(&folder.0, &["read", "navy double-breasted suit, burgundy tie"]);
    insta::assert_snapshot!(english, @"");
    let korean = said(&folder.0, &["read", "흰 블라우스에 체크무늬 치마"]);
    insta::assert_snapshot!(korean, @"");
}

#[test]
fn refusals() {
    let folder = Folder::new("refusals");
    std::fs::write(folder.0.join("text.png"), "not a picture").expect("written");
    let refused = |args: &[&str]| said(&folder.0, args);
    insta::assert_snapshot!(refused(&["style", "gone.jpg", "navy suit", "--out", "look.png"]), @"");
    insta::assert_snapshot!(refused(&["style", "text.png", "남색 정장", "--out", "look.png"]), @"");
    insta::assert_snapshot!(refused(&["style", "astronaut.png", "navy suit", "--out", "look.gif"]), @"");
    insta::assert_snapshot!(refused(&["serve", "--database", "postgres://here/drape"]), @"");
}
