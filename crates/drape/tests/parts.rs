//! The program's messages about parts that it was built without. Runs in a build without features.

#![cfg(not(any(feature = "cloud", feature = "generative", feature = "otel")))]

use std::process::{Command, Output};

/// Runs the program. Returns its exit code and stderr.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let folder = std::env::temp_dir().join(format!("drape-parts-{}", std::process::id()));
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_drape"))
        .args(arguments)
        .env("DRAPE_DATA_DIR", &folder)
        .output()
        .expect("the program starts");
    let _ = std::fs::remove_dir_all(&folder);
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

#[test]
fn a_setting_of_an_absent_part_names_the_feature_to_build_with() {
    let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/grace-hopper.jpg");
    let listen = ["--listen", "127.0.0.1:0"];
    let cases: [(&[&str], &str); 6] = [
        (&["serve", "--engine", "photomaker"], "generative"),
        (&["serve", "--engine", "sagemaker://fitting"], "cloud"),
        (&["serve", "--queue", "sqs://fitting"], "cloud"),
        (&["serve", "--database", "mysql://drape@127.0.0.1/drape"], "cloud"),
        (&["serve", "--blobs", "s3://fitting/blobs"], "cloud"),
        (&["serve", "--otel-endpoint", "http://127.0.0.1:4318"], "otel"),
    ];
    for (arguments, feature) in cases {
        for (lang, sentence) in [("ko", "빌드해 주세요"), ("en", "Build with")] {
            let all: Vec<&str> = arguments.iter().copied().chain(listen).chain(["--lang", lang]).collect();
            let (code, said) = run(&all);
            assert_eq!(code, Some(2), "{all:?}: {said}");
            assert!(said.contains(&format!("--features {feature}")), "{all:?}: {said}");
            assert!(said.contains(sentence) && said.contains(arguments[1]), "{all:?}: {said}");
        }
    }
    let look = std::env::temp_dir().join(format!("drape-parts-{}.png", std::process::id()));
    let look = look.display().to_string();
    let (code, said) = run(&["style", photo, "red coat", "--engine", "photomaker", "--out", &look]);
    assert!(code == Some(2) && said.contains("--features generative"), "{said}");
}

#[test]
fn the_version_says_what_the_build_lacks() {
    let output = Command::new(env!("CARGO_BIN_EXE_drape")).arg("--version").output().expect("the program");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("without cloud, generative"), "{said}");
}
