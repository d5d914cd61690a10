//! Face models: networks in the form of InsightFace's, with known answers
//! (`tools/reference/make_face_models.py`).
#![cfg(feature = "faces")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use drape_core::language::Language;
use drape_photomaker::error::{Error, Result};
use drape_photomaker::face::{ALIGNED, EMBEDDING, Face, FaceModel, align};
use image::RgbImage;
use serde_json::Value;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/faces").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(data(name)).expect("the file is part of the tests")
}

fn photo(name: &str) -> RgbImage {
    image::open(data(&format!("{name}.png"))).expect("the photo is part of the tests").into_rgb8()
}

fn expected() -> Value {
    serde_json::from_slice(&bytes("expected.json")).expect("the script writes JSON")
}

fn numbers(value: &Value) -> Vec<f32> {
    let list = value.as_array().expect("a list of numbers");
    list.iter().map(|v| v.as_f64().expect("a number") as f32).collect()
}

/// A folder with files, deleted after the test.
struct Folder(PathBuf);

impl Folder {
    fn empty() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("drape-faces-{}-{n}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary folder takes folders");
        Self(path)
    }

    /// Copies of the tests' files under other names.
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self::empty();
        for (name, from) in files {
            folder.write(name, &bytes(from));
        }
        folder
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders can be made");
        fs::write(path, content).expect("the temporary folder takes files");
    }

    fn open(&self) -> Result<FaceModel> {
        FaceModel::open(&self.0)
    }

    fn model(&self) -> FaceModel {
        self.open().expect("the folder is a face model")
    }

    fn refusal(&self) -> Error {
        self.open().expect_err("the folder is no face model")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the folder was made by this test");
    }
}

fn usual() -> Folder {
    Folder::of(&[("det_10g.onnx", "det.onnx"), ("w600k_r50.onnx", "rec.onnx")])
}

/// Compares faces with the reference's, to a hundredth of a score and a twentieth of a pixel.
fn assert_faces(found: &[Face], wanted: &Value, what: &str) {
    let wanted = wanted["faces"].as_array().expect("a list of faces");
    assert_eq!(found.len(), wanted.len(), "{what}: {found:?}");
    for (face, wanted) in found.iter().zip(wanted) {
        let score = wanted["score"].as_f64().expect("a number") as f32;
        assert!((face.score - score).abs() < 0.01, "{what}: {} for {score}", face.score);
        let points = wanted["landmarks"].as_array().expect("five points");
        let wanted: Vec<f32> =
            numbers(&wanted["bounds"]).into_iter().chain(points.iter().flat_map(numbers)).collect();
        let points = face.landmarks.iter().flat_map(|p| [p.0, p.1]);
        let found: Vec<f32> = face.bounds.into_iter().chain(points).collect();
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() < 0.05, "{what}: {found} for {wanted}");
        }
    }
}

/// Compares an embedding with the reference's, relative to the largest value.
fn assert_embedding(found: &[f32], wanted: &Value) {
    let wanted = numbers(wanted);
    assert_eq!((found.len(), wanted.len()), (EMBEDDING, EMBEDDING));
    let largest = wanted.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let apart = found.iter().zip(&wanted).fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
    assert!(apart < 3e-4 * largest, "{apart} apart of {largest}");
}

#[test]
fn finds_the_faces_that_the_reference_finds() {
    let expected = expected();
    let any = usual().model();
    let fixed = Folder::of(&[("scrfd_10g_bnkps.onnx", "det_batched.onnx"), ("glintr100.onnx", "rec.onnx")]);
    let fixed = fixed.model();
    for (name, answers) in expected["faces"].as_object().expect("an answer per photo") {
        let photo = photo(name);
        assert_faces(&any.detect(&photo).expect("the network runs"), &answers["det"], name);
        assert_faces(&fixed.detect(&photo).expect("the network runs"), &answers["det_batched"], name);
    }
}

#[test]
fn a_photo_without_a_face_has_no_embedding() {
    let model = usual().model();
    assert_eq!(model.detect(&photo("none")).expect("the network runs"), []);
    assert_eq!(model.embed(&photo("none")).expect("the network runs"), None);
    for (width, height) in [(0, 0), (1, 1), (1, 2000), (2000, 1)] {
        let photo = RgbImage::new(width, height);
        assert_eq!(model.embed(&photo).expect("the network runs"), None, "{width}x{height}");
    }
}

#[test]
fn the_largest_face_is_embedded_though_another_is_surer() {
    let (model, photo) = (usual().model(), photo("two"));
    let faces = model.detect(&photo).expect("the network runs");
    assert_eq!(faces.len(), 2);
    assert!(faces[0].score > faces[1].score && faces[0].area() < faces[1].area(), "{faces:?}");
    let embedding = model.embed(&photo).expect("the networks run").expect("there is a face");
    assert_embedding(&embedding, &expected()["faces"]["two"]["rec"]);
    // The embedding is not normalised.
    let length = embedding.iter().map(|v| v * v).sum::<f32>().sqrt();
    assert!((length - 1.0).abs() > 0.1, "{length}");
}

#[test]
fn a_face_cut_by_the_border_is_embedded() {
    let (model, photo) = (usual().model(), photo("border"));
    let faces = model.detect(&photo).expect("the network runs");
    assert!(faces[0].bounds[0] < 0.0, "{faces:?}");
    let embedding = model.embed(&photo).expect("the networks run").expect("there is a face");
    assert_embedding(&embedding, &expected()["faces"]["border"]["rec"]);
}

#[test]
fn a_face_too_large_for_the_first_look_is_found_by_the_next() {
    assert_eq!(expected()["faces"]["close"]["det"]["side"], 576);
    let model = usual().model();
    assert_eq!(model.detect(&photo("close")).expect("the network runs").len(), 1);
}

#[test]
fn a_recogniser_that_normalises_by_itself_gets_bytes() {
    let folder = Folder::of(&[("det_10g.onnx", "det.onnx"), ("w600k_r50.onnx", "rec_own_scale.onnx")]);
    let embedding = folder.model().embed(&photo("two")).expect("the networks run").expect("a face");
    assert_embedding(&embedding, &expected()["faces"]["two"]["rec_own_scale"]);
}

#[test]
fn threads_share_a_model() {
    let (model, photo) = (usual().model(), photo("close"));
    let alone = usual().model().embed(&photo).expect("the networks run");
    assert!(alone.is_some());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| model.embed(&photo))).collect();
        for thread in threads {
            assert_eq!(thread.join().expect("no panic").expect("the networks run"), alone);
        }
    });
}

#[test]
fn faces_are_aligned_as_by_the_reference() {
    let expected = expected();
    let cases = expected["alignments"].as_object().expect("the alignments by name");
    assert_eq!(cases.len(), 3);
    for (name, case) in cases {
        let points = case["landmarks"].as_array().expect("five points");
        let points: Vec<Vec<f32>> = points.iter().map(numbers).collect();
        let landmarks = std::array::from_fn(|i| (points[i][0], points[i][1]));
        let source = photo(case["photo"].as_str().expect("a name"));
        let face = align(&source, &landmarks).expect("the landmarks say where");
        let wanted = photo(&format!("aligned_{name}"));
        assert_eq!(face.dimensions(), (ALIGNED, ALIGNED));
        let apart: Vec<u8> = face.as_raw().iter().zip(wanted.as_raw()).map(|(a, b)| a.abs_diff(*b)).collect();
        let differ = apart.iter().filter(|d| **d > 0).count();
        assert!(apart.iter().all(|d| *d <= 1) && differ < 100, "{name}: {differ} values differ");
    }
}

#[test]
fn landmarks_without_direction_or_size_align_nothing() {
    let source = photo("one");
    assert!(align(&source, &[(10.0, 10.0); 5]).is_none());
    assert!(align(&source, &[(f32::NAN, 1.0), (2.0, 3.0), (4.0, 4.0), (5.0, 5.0), (6.0, 1.0)]).is_none());
    let far = [(1e30, 1e30), (2e30, 1e30), (1.5e30, 1.5e30), (1e30, 2e30), (2e30, 2e30)];
    let black = align(&source, &far).expect("they have a direction");
    assert!(black.as_raw().iter().all(|v| *v == 0));
}

#[test]
fn networks_are_told_apart_by_their_form() {
    // The landmark network of buffalo_l begins with 2d106det and is not a detector.
    let files = [
        ("2d106det.onnx", "det_no_landmarks.onnx"),
        ("a.onnx", "rec.onnx"),
        ("b.ONNX", "det.onnx"),
        ("readme.txt", "expected.json"),
    ];
    let folder = Folder::of(&files);
    let embedding = folder.model().embed(&photo("two")).expect("the networks run").expect("a face");
    assert_embedding(&embedding, &expected()["faces"]["two"]["rec"]);
    // A damaged file that is not needed does no harm.
    folder.write("c.onnx", b"not a network");
    folder.model();
}

#[test]
fn a_folder_within_the_folder_is_looked_into() {
    let files = [("antelopev2/scrfd_10g_bnkps.onnx", "det.onnx"), ("antelopev2/glintr100.onnx", "rec.onnx")];
    Folder::of(&files).model();
}

#[test]
fn what_is_missing_is_named() {
    let missing = |folder: &Folder| match folder.refusal() {
        Error::Incomplete { path, missing } => {
            assert_eq!(path, folder.0);
            missing
        }
        other => panic!("{other}"),
    };
    let detector = "face detector (det_10g.onnx, scrfd_10g_bnkps.onnx)";
    let recogniser = "face recogniser (w600k_r50.onnx, glintr100.onnx)";
    assert_eq!(missing(&Folder::of(&[("det_10g.onnx", "det.onnx")])), [recogniser]);
    assert_eq!(missing(&Folder::of(&[("some.onnx", "rec.onnx")])), [detector]);
    assert_eq!(missing(&Folder::empty()), [detector, recogniser]);
    let folder = Folder::empty();
    let nowhere = folder.0.join("nowhere");
    let error = FaceModel::open(&nowhere).expect_err("there is no such folder");
    assert!(matches!(&error, Error::NotFound(path) if *path == nowhere), "{error}");
    for language in [Language::Korean, Language::English] {
        assert!(folder.refusal().message(language).contains(recogniser));
    }
}

/// The file that an error names, and its detail.
fn malformed(folder: &Folder) -> (String, String) {
    match folder.refusal() {
        Error::Malformed { path, detail } => {
            (path.file_name().expect("a file").to_string_lossy().into_owned(), detail)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn files_that_are_no_networks_are_named() {
    let whole = bytes("rec.onnx");
    let noise: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for content in [&whole[..0], &whole[..1], &whole[..whole.len() / 2], &whole[..whole.len() - 1], &noise] {
        for name in ["w600k_r50.onnx", "some.onnx"] {
            let folder = Folder::of(&[("det_10g.onnx", "det.onnx")]);
            folder.write(name, content);
            let (file, detail) = malformed(&folder);
            assert_eq!(file, name);
            assert!(detail.starts_with("no ONNX network") || detail == "an empty file", "{detail}");
        }
    }
}

#[test]
fn networks_of_other_forms_are_named() {
    let case = |detector: &str, recogniser: &str| {
        malformed(&Folder::of(&[("det_10g.onnx", detector), ("w600k_r50.onnx", recogniser)]))
    };
    let (file, detail) = case("det.onnx", "rec_256.onnx");
    assert_eq!(file, "w600k_r50.onnx");
    assert_eq!(detail, "a face recogniser gives one embedding [1, 512], this network gives [[1, 256]]");
    let (file, detail) = case("det_no_landmarks.onnx", "rec.onnx");
    assert_eq!(file, "det_10g.onnx");
    assert!(detail.starts_with("a face detector with landmarks gives"), "{detail}");
    let (file, detail) = case("rec.onnx", "rec.onnx");
    assert_eq!(file, "det_10g.onnx");
    assert!(detail.ends_with("this network takes [?, 3, 112, 112]"), "{detail}");
    let (file, detail) = case("det_batched.onnx", "det_batched.onnx");
    assert_eq!(file, "w600k_r50.onnx");
    assert!(detail.ends_with("this network takes [1, 3, 320, 320]"), "{detail}");
}

#[test]
fn damaged_networks_fail_without_a_panic() {
    // Change a byte at many places: the network then still runs or returns an error, but never ends the
    // process.
    let (detector, photo) = (bytes("det.onnx"), photo("one"));
    let mut refused = 0;
    for (i, place) in (7..detector.len()).step_by(29).enumerate() {
        let mut damaged = detector.clone();
        damaged[place] = damaged[place].wrapping_add([1, 128, 255, 64][i % 4]);
        let folder = Folder::of(&[("w600k_r50.onnx", "rec.onnx")]);
        folder.write("det_10g.onnx", &damaged);
        match folder.open() {
            Ok(model) => drop(model.detect(&photo)),
            Err(error) => {
                refused += 1;
                assert!(matches!(error, Error::Malformed { .. }), "{error}");
            }
        }
    }
    assert!(refused > 20, "{refused}");
}
