//! `drape model` as operators use it, against a local hub.

#[path = "../../drape-models/tests/hub/mod.rs"]
#[expect(dead_code, reason = "the crate's own tests use the rest")]
mod hub;

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use hub::{Act, Folder, Hub, address, files, noise, registry, sha256};
use serde_json::Value;

const BIG: usize = 6_000_001;

/// A hub with the model `little` (a small file and a large one), and a folder for it.
struct Case {
    folder: Folder,
    hub: Hub,
    weights: Vec<u8>,
}

const CONFIG: &[u8] = b"{\"small\": true}\n";
const WEIGHTS: &str = "unet/weights.safetensors";

impl Case {
    fn new(
        name: &str,
        commercial: bool,
        behaviour: impl Fn(&hub::Request) -> Act + Send + Sync + 'static,
    ) -> Self {
        let weights = noise(3, BIG);
        let (folder, hub) = (Folder::new(name), Hub::start(behaviour));
        hub.put(&address("config.json"), CONFIG, false);
        hub.put(&address(WEIGHTS), &weights, true);
        let listed =
            registry("little", commercial, &[("config.json", CONFIG, false), (WEIGHTS, &weights, true)]);
        std::fs::write(folder.path("registry.json"), listed).expect("the registry");
        Self { folder, hub, weights }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drape"));
        command
            .arg("model")
            .args(args)
            .env_remove("DRAPE_LANG")
            .env("LC_ALL", "C.UTF-8")
            .env("DRAPE_MODELS", self.folder.path("models"))
            .env("DRAPE_MODEL_REGISTRY", self.folder.path("registry.json"))
            .env("DRAPE_MODEL_MIRROR", &self.hub.url)
            .env("DRAPE_MODEL_CHUNK_BYTES", "262144")
            .env("DRAPE_MODEL_BACKOFF_MS", "5")
            .env("HF_TOKEN", "hub-secret")
            .env("DRAPE_MODEL_MIRROR_TOKEN", "mirror-secret")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().expect("the program starts");
        let err = text(&output.stderr);
        assert!(!err.contains("panicked"), "{err}");
        assert!(!err.contains("secret") && !text(&output.stdout).contains("secret"), "a token was printed");
        output
    }

    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    fn fails(&self, code: i32, args: &[&str], words: &[&str]) {
        let output = self.run(args);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} is not in: {said}");
        }
    }

    fn listed(&self) -> Value {
        let all: Value = serde_json::from_str(&self.done(&["list", "--json"])).expect("JSON");
        let found = all.as_array().expect("a list").iter().find(|m| m["name"] == "little");
        found.expect("it is listed").clone()
    }

    fn is_whole(&self) {
        let path = self.done(&["path", "little"]);
        let dir = Path::new(path.trim());
        assert!(std::fs::read(dir.join(WEIGHTS)).expect("read") == self.weights);
        assert_eq!(std::fs::read(dir.join("config.json")).expect("read"), CONFIG);
        assert_eq!(files(dir), [".drape.json", "config.json", WEIGHTS], "and nothing else");
        assert_eq!(self.listed()["state"], "complete");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn big(request: &hub::Request) -> bool {
    request.path.ends_with(WEIGHTS)
}

/// A process that is killed with SIGKILL if the test ends early.
struct Process(Child);

impl Process {
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn wait_until(what: &str, mut met: impl FnMut() -> bool) {
    let start = Instant::now();
    while !met() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_model_is_listed_fetched_checked_and_found() {
    let case = Case::new("all", true, |_| Act::Serve);
    let table = case.done(&["list"]);
    for words in [
        "NAME",
        "sdxl-base",
        "Apache-2.0",
        "absent",
        "Used together with one of realvisxl-v4",
        "trusted on first use",
    ] {
        assert!(table.contains(words), "{words:?} is not in: {table}");
    }
    let table = case.done(&["list", "--models", "/nowhere"]);
    assert!(table.contains("/nowhere"), "{table}");
    let korean = text(&case.command(&["list"]).env("DRAPE_LANG", "ko").output().expect("it runs").stdout);
    assert!(korean.contains("라이선스") && korean.contains("상업 이용"), "{korean}");
    let listed = case.listed();
    assert_eq!(
        (&listed["state"], &listed["trusted_on_first_use"]),
        (&Value::from("absent"), &Value::from(1))
    );
    // The output of the list can be used as a registry.
    let again = serde_json::json!({"models": [listed]}).to_string();
    std::fs::write(case.folder.path("registry.json"), again).expect("written");
    case.fails(1, &["path", "little"], &["drape model pull little"]);
    case.fails(2, &["path", "no-such"], &["drape model list"]);
    case.fails(2, &["pull", "no-such"], &["drape model list"]);

    let said = case.done(&["pull", "little"]);
    for words in ["Licence: MIT (https://example.com/license)", "1 of 2 files", "2 files fetched"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    case.is_whole();
    let sent: Vec<_> = case.hub.requests().iter().map(|r| r.token.clone()).collect();
    assert!(
        sent.iter().all(|t| t.as_deref() == Some("Bearer mirror-secret")),
        "the hub's token is not for mirrors"
    );
    assert!(case.done(&["pull", "little"]).contains("0 files fetched, 2 were there"));
    assert!(case.done(&["verify"]).contains("little: all 2 files are sound"));

    let dir = case.folder.path("models/little");
    let mut turned = case.weights.clone();
    turned[BIG / 2] ^= 1;
    std::fs::write(dir.join(WEIGHTS), turned).expect("written");
    std::fs::remove_file(dir.join("config.json")).expect("removed");
    std::fs::write(dir.join("pytorch_model.bin"), b"?").expect("written");
    case.fails(
        1,
        &["verify", "little"],
        &[
            "config.json: missing",
            "weights.safetensors: changed",
            "pytorch_model.bin: not a file of this model",
            "There are problems with 3 files.",
        ],
    );
    std::fs::write(dir.join(WEIGHTS), &case.weights[..100]).expect("written");
    case.fails(1, &["--lang", "ko", "verify", "little"], &["잘렸어요", "없어요", "drape model pull little"]);
    std::fs::remove_file(dir.join("pytorch_model.bin")).expect("removed");
    case.done(&["pull", "little"]);
    case.is_whole();
}

#[test]
fn a_killed_pull_goes_on_where_it_was() {
    let case = Case::new("killed", true, |_| Act::Slow(Duration::from_millis(2)));
    let mut pull = Process(
        case.command(&["pull", "little"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts"),
    );
    let journal = case.folder.path(&format!("models/little/{WEIGHTS}.part.ranges"));
    let done = || -> Vec<(usize, usize)> {
        let text = std::fs::read_to_string(&journal).unwrap_or_default();
        let range = |l: &str| l.split_once(' ').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        text.lines().skip(1).filter_map(range).collect()
    };
    wait_until("no range was finished", || done().len() >= 6);
    pull.kill();
    let finished = done();
    let bytes: usize = finished.iter().map(|(a, b)| b - a).sum();
    assert!((1_500_000..BIG).contains(&bytes), "{bytes}");
    let listed = case.listed();
    assert_eq!(listed["state"], "partial");
    assert_eq!(listed["percent"], bytes * 100 / (BIG + CONFIG.len()), "{bytes} bytes: {listed}");
    case.fails(1, &["path", "little"], &["only", "drape model pull little"]);

    std::thread::sleep(Duration::from_millis(100));
    let (before, asked) = (case.hub.sent(), case.hub.requests().len());
    case.hub.behave(|_| Act::Serve);
    case.done(&["pull", "little"]);
    case.is_whole();
    let again = case.hub.requests().split_off(asked);
    let apart = |(a, b): (usize, usize)| finished.iter().all(|(c, d)| b <= *c || *d <= a);
    let parts: Vec<_> =
        again.iter().filter(|r| big(r)).filter_map(|r| r.range).filter(|r| *r != (0, 1)).collect();
    assert!(
        !parts.is_empty() && parts.iter().all(|r| apart(*r)),
        "a finished range was fetched again: {parts:?}"
    );
    let sent = usize::try_from(case.hub.sent() - before).expect("small");
    assert!(sent <= BIG - bytes + 1000, "{sent} bytes fetched, {} were missing", BIG - bytes);
}

#[test]
fn two_processes_do_not_get_in_each_others_way() {
    let case = Case::new("processes", true, |_| Act::Slow(Duration::from_millis(1)));
    let start = || Process(case.command(&["pull", "little"]).spawn().expect("it starts"));
    let mut both = [start(), start()];
    let mut waited = 0;
    for pull in &mut both {
        let status = pull.0.wait().expect("its end");
        let mut err = String::new();
        pull.0.stderr.take().expect("its stderr").read_to_string(&mut err).expect("text");
        assert!(status.success(), "{err}");
        waited += usize::from(err.contains("Waiting for another pull"));
    }
    assert_eq!(waited, 1);
    case.is_whole();
    assert!(case.hub.sent() < BIG as u64 + 1000, "everything came once");
}

#[test]
fn non_commercial_models_are_refused_until_accepted() {
    let case = Case::new("licence", false, |_| Act::Serve);
    case.fails(2, &["pull", "little"], &["commercial use: no", "--accept-non-commercial little"]);
    case.fails(2, &["--lang", "ko", "pull", "little", "--accept-non-commercial", "other"], &["비상업용"]);
    assert_eq!(case.hub.requests().len(), 0);
    case.done(&["pull", "little", "--accept-non-commercial", "other,little"]);
    case.is_whole();
    std::fs::remove_dir_all(case.folder.path("models")).expect("removed");
    let output = case.command(&["pull", "little"]).env("DRAPE_ACCEPT_NON_COMMERCIAL", "little").output();
    assert!(output.expect("it runs").status.success());
    case.is_whole();
    // Known non-commercial models are refused before any network access.
    case.fails(2, &["pull", "photomaker-v2"], &["InsightFace", "--accept-non-commercial photomaker-v2"]);
}

#[test]
fn bad_hubs_end_in_clear_errors() {
    let case = Case::new("bad", true, |r| if big(r) && r.number > 0 { Act::Spoil } else { Act::Serve });
    let wanted = sha256(&case.weights);
    case.fails(1, &["pull", "little"], &["Fetching it again from the beginning", "wrong checksum", &wanted]);
    assert!(!case.folder.path(&format!("models/little/{WEIGHTS}")).exists());
    case.hub.behave(|_| Act::Status(404, None));
    case.fails(1, &["--lang", "ko", "pull", "little"], &["그런 파일이 없어요"]);
    case.hub.behave(|_| Act::Status(403, None));
    case.fails(1, &["pull", "little"], &["DRAPE_MODEL_MIRROR_TOKEN"]);
    case.hub.behave(|_| Act::Redirect("nowhere:else".to_owned()));
    case.fails(1, &["pull", "little"], &["redirect to nowhere", "Try again"]);
    case.fails(2, &["pull", "little", "--mirror", "ftp://example.com"], &["https://mirror.example"]);
    case.hub.behave(|_| Act::Serve);
    case.done(&["pull", "little"]);
    case.is_whole();
    std::fs::write(case.folder.path("registry.json"), "{}").expect("written");
    case.fails(2, &["list"], &["registry.json", "models"]);
}

#[test]
fn files_come_from_a_folder_without_a_network() {
    let case = Case::new("folder", true, |_| Act::Serve);
    let offline = case.folder.path("copy");
    let offline_text = offline.display().to_string();
    case.fails(1, &["pull", "little", "--offline", &offline_text], &["offline folder lacks this file"]);
    for (name, bytes) in [("config.json", CONFIG), (WEIGHTS, &case.weights[..])] {
        let path = offline.join(address(name));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }
    let mut command = case.command(&["pull", "little"]);
    assert!(command.env("DRAPE_MODEL_OFFLINE", &offline).output().expect("it runs").status.success());
    case.is_whole();
    assert_eq!(case.hub.requests().len(), 0);
}
