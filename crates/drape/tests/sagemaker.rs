//! `drape serve-model` and `drape serve --engine sagemaker://..` as operators run them: two processes, and
//! between them a stand-in for AWS, which is not available here: the signature-checking front from the tests
//! of `drape-remote`.

#[path = "../../drape-remote/tests/sagemaker/front.rs"]
mod front;
mod running;
#[path = "../../drape-remote/tests/sagemaker/signature.rs"]
mod signature;

use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::front::{ACCOUNT, ENDPOINT, Front};
use self::running::{Folder, Process, User};

async fn ready(base: &str) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    for _ in 0..600 {
        let ping = client.get(format!("{base}/ping")).send().await.expect("an answer");
        match ping.status().as_u16() {
            200 => return,
            other => assert_eq!(other, 503),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it is not ready");
}

#[tokio::test]
async fn a_container_answers_as_sagemaker_starts_it() {
    let folder = Folder::new("container");
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let port = free.port().to_string();
    // The command line of an image with the entry point ["drape", "serve-model"].
    let settings = [("SAGEMAKER_BIND_TO_PORT", &*port), ("DRAPE_ENGINE", "still")];
    let container = Process::start(&folder.0, &["serve-model", "serve"], &settings);
    assert_eq!(container.base(), format!("http://0.0.0.0:{port}"));
    let base = format!("http://127.0.0.1:{port}");
    ready(&base).await;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grace-hopper.jpg");
    let photo = STANDARD.encode(std::fs::read(path).expect("an example"));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let body = json!({"inputs": "hoodie women img", "input_id_images": [photo]});
    let answer = client.post(format!("{base}/invocations")).json(&body).send().await.expect("an answer");
    let said: Value = answer.json().await.expect("JSON");
    assert!(said["images"][0].as_str().is_some_and(|look| look.starts_with("iVBOR")), "a PNG");
    assert_eq!(said["reports"][0]["subject"], "woman");
    assert_eq!(container.stop(), Some(0));

    // In this test, keys are files in a folder.
    let store = folder.0.join("store");
    std::fs::create_dir_all(store.join("sagemaker/in")).expect("a folder");
    let bytes = STANDARD.decode(body["input_id_images"][0].as_str().expect("a photo")).expect("base64");
    std::fs::write(store.join("sagemaker/in/me.jpg"), &bytes).expect("a file");
    std::fs::write(folder.0.join("secret.jpg"), &bytes).expect("a file");
    let args = ["serve-model", "--engine", "still", "--listen", "127.0.0.1:0", "--blobs"];
    let args = [&args[..], &[store.to_str().expect("a path")]].concat();
    let container = Process::start(&folder.0, &args, &[]);
    ready(container.base()).await;
    let ask = async |key: &str| {
        let body = json!({"inputs": "x", "input_id_keys": [key], "output_prefix": "sagemaker/out"});
        let answer = client.post(format!("{}/invocations", container.base())).json(&body).send().await;
        answer.expect("an answer").json::<Value>().await.expect("JSON")
    };
    assert_eq!(ask("sagemaker/in/me.jpg").await["output_keys"], json!(["sagemaker/out/0.png"]));
    assert!(std::fs::read(store.join("sagemaker/out/0.png")).is_ok_and(|look| look.starts_with(b"\x89PNG")));
    assert_eq!(ask("sagemaker/../../secret.jpg").await["code"], "key_refused");
    assert_eq!(container.stop(), Some(0));
}

#[tokio::test]
async fn a_job_is_painted_at_an_endpoint() {
    let folder = Folder::new("endpoint");
    let args = ["serve-model", "--engine", "retouch", "--listen", "127.0.0.1:0"];
    let container = Process::start(&folder.0, &args, &[]);
    ready(container.base()).await;
    let front = Front::start(container.base()).await;
    let engine = format!("sagemaker://{ENDPOINT}?region={}", ACCOUNT.region);
    let settings = [
        ("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", front.url.as_str()),
        ("AWS_ACCESS_KEY_ID", ACCOUNT.id),
        ("AWS_SECRET_ACCESS_KEY", ACCOUNT.secret),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let args = ["serve", "--listen", "127.0.0.1:0", "--engine", &engine];
    let server = Process::start(&folder.0, &args, &settings);
    let user = User::enter(server.base()).await;
    let engines = user.get("/api/v1/engines").await;
    assert_eq!((&engines[0]["id"], &engines[0]["kind"]), (&json!("sagemaker"), &json!("paint")));
    let description = engines[0]["description"].to_string();
    assert!(description.contains("SageMaker"), "{description}");
    let privacy = user.client.get(format!("{}/privacy", user.base)).send().await.expect("an answer");
    let privacy = privacy.text().await.expect("a page");
    assert!(privacy.contains("SageMaker"), "the page says what leaves");

    let photo = user.photo().await;
    let wish = json!({"sentence": "green tartan jacket", "photos": [photo], "variations": 2, "seed": 3});
    let job = user.ask(&wish).await;
    assert_eq!(user.ended(&job).await, "done");
    let job = user.get(&job).await;
    let looks = job["looks"].as_array().expect("looks");
    assert_eq!((looks.len(), &job["engine"]), (2, &json!("sagemaker")));
    let look = user.get(&format!("/api/v1/looks/{}", looks[0].as_str().expect("an id"))).await;
    let report = &look["report"];
    assert_eq!(
        (&report["engine"], &report["endpoint_engine"]),
        (&json!("sagemaker"), &json!("retouch")),
        "{look}"
    );
    assert_eq!(front.trouble.asked.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert_eq!(server.stop(), Some(0));
    assert_eq!(container.stop(), Some(0));
}

#[test]
fn what_cannot_be_is_refused_at_the_start() {
    let folder = Folder::new("refused");
    let drape = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drape"));
        command.env("LC_ALL", "C.UTF-8").env("DRAPE_DATA_DIR", folder.0.join("data"));
        let output = command.env("AWS_EC2_METADATA_DISABLED", "true").args(args).output().expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (engine, words) in [
        ("retuch", "retouch, photomaker or sagemaker://ENDPOINT"),
        ("sagemaker", "sagemaker://NAME"),
        ("sagemaker://", "63 letters"),
        ("sagemaker://a?regoin=x", "only region="),
        ("sagemaker://a?region=us-east-1&async=1", "--sagemaker-blobs"),
        ("sagemaker://a?region=us-east-1,sagemaker://b?region=us-east-1", "one SageMaker endpoint"),
    ] {
        let (code, said) = drape(&["worker", "--engine", engine]);
        assert_eq!(code, Some(2), "{engine}: {said}");
        assert!(said.contains(words) && !said.contains("panicked"), "{engine}: {said}");
    }
    let models = folder.0.join("no-models");
    let args = ["serve-model", "--listen", "127.0.0.1:0", "--models", models.to_str().expect("a path")];
    let (code, said) = drape(&args);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("drape model pull"), "{said}");
    let (code, said) =
        drape(&["serve-model", "--listen", "127.0.0.1:0", "--engine", "still", "--blobs", "/nowhere/at/all"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--blobs /nowhere/at/all"), "{said}");
}

/// On a small model with random weights: steps, size and strength reach the painter.
#[tokio::test]
async fn the_container_paints_what_the_terminal_paints() {
    use drape_testing::SmallModel;
    let folder = Folder::new("painter");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let model = folder.0.join("model");
    let case = root.join("crates/drape-photomaker/tests/cases/v1-euler-ancestral");
    SmallModel::open(&case).and_then(|m| m.write(&model)).expect("a small model");
    let model = model.display().to_string();
    let me = root.join("examples/grace-hopper.jpg");
    let output = Command::new(env!("CARGO_BIN_EXE_drape"))
        .args(["style", "--engine", "photomaker", "--model", &model, "--steps", "6", "--size", "96x128"])
        .args(["--subject", "woman", "--seed", "11", "--out", "look.png"])
        .args([me.as_os_str(), "navy suit".as_ref()])
        .current_dir(&folder.0)
        .env("DRAPE_MODELS", "no-models")
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let at_terminal = image::open(folder.0.join("look.png")).expect("a look").into_rgb8();

    let settings = [("DRAPE_MODEL", &*model), ("DRAPE_MODELS", "no-models")];
    let container = Process::start(&folder.0, &["serve-model", "--listen", "127.0.0.1:0"], &settings);
    ready(container.base()).await;
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let photo = STANDARD.encode(std::fs::read(me).expect("an example"));
    let paint = async |more: Value| {
        let mut body = json!({
            "inputs": "navy suit women img", "input_id_images": [photo], "seed": 11,
            "num_inference_steps": 6, "width": 96, "height": 128,
        });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = client.post(format!("{}/invocations", container.base())).json(&body).send().await;
        let said: Value = answer.expect("an answer").json().await.expect("JSON");
        let look = said["images"][0].as_str().map(|l| STANDARD.decode(l).expect("base64"));
        image::load_from_memory(&look.unwrap_or_else(|| panic!("{said}"))).expect("a look").into_rgb8()
    };
    assert!(paint(json!({})).await == at_terminal, "the same seed, the same picture");
    // A fifth of six steps is one: the same value, given in three ways.
    assert!(paint(json!({"style_strength_ratio": 20})).await == at_terminal);
    assert!(paint(json!({"start_merge_step": 1})).await == at_terminal);
    assert!(paint(json!({"style_strength_ratio": 80})).await != at_terminal, "the strength has no effect");
    assert_eq!(container.stop(), Some(0));
}
