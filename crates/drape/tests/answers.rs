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
    insta::assert_snapshot!(said, @r"
    exit code 0
    look.png: 1 done, 3 approximated, 3 not possible · [time]
      approximated: green jacket ([n] % sure) — the shape of the top in the photo was kept
      not possible: red skirt — it is not visible in the photo
      not possible: black hat — this engine cannot add what is not in the photo
      not possible: without belt — this engine cannot take things off
      done: keep shoes
      approximated: beach background — a made-up place, drawn out of focus; not a photo of a real one
      approximated: chic — it only helps to choose the clothes and does not change the picture
      not understood: zorblax
    ");
}

#[test]
fn a_look_in_korean() {
    let folder = Folder::new("korean");
    let sentence = "버건디 재킷, 흰 셔츠, 빨간 치마, 모자 없이, 바닷가 배경, 뿅뿅";
    let said = said(&folder.0, &["style", "grace-hopper.jpg", sentence, "--out", "look.png"]);
    insta::assert_snapshot!(said, @r"
    exit code 0
    look.png: 완료 2, 비슷하게 1, 불가 2 · [time]
      완료: 버건디 재킷 (확신 [n] %)
      완료: 흰색 셔츠 (확신 [n] %)
      불가: 빨간색 치마 — 사진에 보이지 않아요
      불가: 모자 없이 — 이 엔진은 입은 것을 없앨 수 없어요
      비슷하게: 해변 배경 — 지어낸 장소를 초점을 흐려서 그렸어요. 실제 장소의 사진이 아니에요
      이해하지 못한 말: 뿅뿅
    ");
}

#[test]
fn a_report() {
    let folder = Folder::new("report");
    let args = ["style", "astronaut.png", EVERYTHING, "--out", "look.png", "--json", "report.json"];
    said(&folder.0, &args);
    let report = std::fs::read_to_string(folder.0.join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    insta::assert_snapshot!(drape_testing::steady(&report), @r##"
    {
      "sentence": "green jacket, red skirt, black hat, no belt, keep my shoes, beach background, chic, zorblax",
      "photo": {
        "file": "astronaut.png",
        "width": 512,
        "height": 512
      },
      "photo_files": [
        "astronaut.png"
      ],
      "file": "look.png",
      "engine": "retouch",
      "version": "[version]",
      "seed": 0,
      "style": {
        "language": "en",
        "garments": [
          {
            "kind": "jacket",
            "slot": "outer",
            "colour": {
              "name": "green",
              "shade": null,
              "oklab": {
                "l": "[number]",
                "a": "[number]",
                "b": "[number]"
              },
              "hex": "#2f7d4a"
            },
            "pattern": null,
            "pattern_colours": [],
            "material": null,
            "length": null,
            "sleeves": null,
            "fit": null,
            "details": [],
            "text": "green jacket",
            "expanded": null
          },
          {
            "kind": "skirt",
            "slot": "skirt",
            "colour": {
              "name": "red",
              "shade": null,
              "oklab": {
                "l": "[number]",
                "a": "[number]",
                "b": "[number]"
              },
              "hex": "#b9282e"
            },
            "pattern": null,
            "pattern_colours": [],
            "material": null,
            "length": null,
            "sleeves": null,
            "fit": null,
            "details": [],
            "text": "red skirt",
            "expanded": null
          },
          {
            "kind": "hat",
            "slot": "accessory",
            "colour": {
              "name": "black",
              "shade": null,
              "oklab": {
                "l": "[number]",
                "a": "[number]",
                "b": "[number]"
              },
              "hex": "#1b1a1c"
            },
            "pattern": null,
            "pattern_colours": [],
            "material": null,
            "length": null,
            "sleeves": null,
            "fit": null,
            "details": [],
            "text": "black hat",
            "expanded": null
          }
        ],
        "scene": {
          "kind": "beach",
          "colour": null
        },
        "moods": [
          "chic"
        ],
        "seasons": [],
        "without": [
          "belt"
        ],
        "keep": [
          "footwear"
        ],
        "style_words": [],
        "not_understood": [
          "zorblax"
        ]
      },
      "garments": [
        {
          "asked": "green jacket",
          "kind": "jacket",
          "outcome": "approximated",
          "reasons": [
            {
              "reason": "worn_shape_kept",
              "worn": "upper"
            }
          ],
          "confidence": "[number]",
          "preview": false,
          "measured": {
            "name": "green",
            "hex": "[colour]",
            "share": "[number]"
          }
        },
        {
          "asked": "red skirt",
          "kind": "skirt",
          "outcome": "not_possible",
          "reasons": [
            {
              "reason": "not_visible"
            }
          ],
          "preview": false
        },
        {
          "asked": "black hat",
          "kind": "hat",
          "outcome": "not_possible",
          "reasons": [
            {
              "reason": "cannot_add"
            }
          ],
          "preview": false
        },
        {
          "asked": "without belt",
          "kind": "belt",
          "outcome": "not_possible",
          "reasons": [
            {
              "reason": "cannot_remove"
            }
          ],
          "preview": false
        },
        {
          "asked": "keep shoes",
          "kind": "footwear",
          "outcome": "done",
          "reasons": [],
          "preview": false
        },
        {
          "asked": "beach background",
          "kind": "beach",
          "outcome": "approximated",
          "reasons": [
            {
              "reason": "scene_drawn"
            }
          ],
          "preview": false
        },
        {
          "asked": "chic",
          "kind": "chic",
          "outcome": "approximated",
          "reasons": [
            {
              "reason": "no_effect"
            }
          ],
          "preview": false
        }
      ],
      "not_understood": [
        "zorblax"
      ],
      "milliseconds": {
        "cut": "[number]",
        "network": "[number]",
        "paint": "[number]",
        "people": "[number]",
        "plan": "[number]",
        "prepare": "[number]",
        "refine": "[number]",
        "scene": "[number]"
      },
      "parser_confidence": "[number]",
      "other_people": 0
    }
    "##);
}

#[test]
fn a_reading() {
    let folder = Folder::new("reading");
    let english = said(&folder.0, &["read", "navy double-breasted suit, burgundy tie"]);
    insta::assert_snapshot!(english, @r"
    exit code 0
    suit (navy suit jacket (double-breasted), white dress shirt, navy suit trousers, black oxfords), burgundy tie
      navy suit jacket (double-breasted)  #232c47  (from “suit”)
      white dress shirt  #f4f2ee  (from “suit”)
      navy suit trousers  #232c47  (from “suit”)
      black oxfords  #1b1a1c  (from “suit”)
      burgundy tie  #5e1f2d  (“burgundy tie”)
    ");
    let korean = said(&folder.0, &["read", "흰 블라우스에 체크무늬 치마"]);
    insta::assert_snapshot!(korean, @r"
    exit code 0
    흰색 블라우스, 체크 치마
      흰색 블라우스  #f4f2ee  (“흰 블라우스”)
      체크 치마  (“체크무늬 치마”)
    ");
}

#[test]
fn refusals() {
    let folder = Folder::new("refusals");
    std::fs::write(folder.0.join("text.png"), "not a picture").expect("written");
    let refused = |args: &[&str]| said(&folder.0, args);
    insta::assert_snapshot!(refused(&["style", "gone.jpg", "navy suit", "--out", "look.png"]), @r"
    exit code 2
    drape: gone.jpg: cannot be read. There is no such file or folder. Check the path.
    ");
    insta::assert_snapshot!(refused(&["style", "text.png", "남색 정장", "--out", "look.png"]), @r"
    exit code 2
    drape: text.png: 사진 파일이 아니에요. JPEG, PNG, WebP 중 하나로 저장한 사진을 골라 주세요.
    ");
    insta::assert_snapshot!(refused(&["style", "astronaut.png", "navy suit", "--out", "look.gif"]), @r"
    exit code 2
    drape: look.gif: the name has to end in .png, .jpg or .webp.
    ");
    insta::assert_snapshot!(refused(&["serve", "--database", "postgres://here/drape"]), @r"
    exit code 2
    drape: --database <URL>: this value cannot be used. It is not shown because it may be a secret.
    ");
}
