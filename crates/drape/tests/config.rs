//! Settings as operators give them: flags, environment, settings file, and files with secrets. Tests
//! precedence, refusals, and that no secret is ever printed.

mod running;

use std::path::Path;
use std::process::{Command, Output};

use self::running::{Folder, Process, User};

/// Runs the program with only these settings. Returns exit code, stdout and stderr.
fn drape(folder: &Path, args: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drape"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DRAPE_") || name == "OTEL_EXPORTER_OTLP_ENDPOINT" {
            command.env_remove(name);
        }
    }
    command.args(args).current_dir(folder).env("LC_ALL", "C.UTF-8").envs(settings.iter().copied());
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

/// The message of `drape config check` for a file that must be refused.
fn refusal(folder: &Path, text: &str, lang: &str) -> String {
    std::fs::write(folder.join("d.toml"), text).expect("a file");
    let (code, _, err) = drape(folder, &["--lang", lang, "config", "check", "d.toml"], &[]);
    assert_eq!(code, Some(2), "{text}: {err}");
    err.trim().to_owned()
}

/// The line of a setting in the output of `drape config check`.
fn effective(folder: &Path, command: &str, key: &str, settings: &[(&str, &str)]) -> String {
    let (code, out, err) = drape(folder, &["config", "check", "d.toml", "--for", command], settings);
    assert_eq!(code, Some(0), "{err}");
    let line =
        out.lines().find(|l| l.starts_with(&format!("{key} =")) || l.starts_with(&format!("# {key}:")));
    line.unwrap_or_else(|| panic!("{key} in {out}")).to_owned()
}

const FILE: &str = r#"
listen = "127.0.0.1:7000"
keep_days = 7
workers = 2
private-webhooks = true
lora = ["a=0.5", "b"]
models = { file = "models.txt" }
[worker]
workers = 4
"#;

#[test]
fn flag_environment_file_default_in_this_order() {
    let folder = Folder::new("order");
    let folder = &folder.0;
    std::fs::write(folder.join("d.toml"), FILE).expect("a file");
    std::fs::write(folder.join("models.txt"), " /srv/models\n").expect("a file");
    let of = |command, key, settings: &[(&str, &str)]| effective(folder, command, key, settings);
    assert_eq!(of("serve", "listen", &[]), "listen = \"127.0.0.1:7000\" # line 2");
    assert_eq!(
        of("serve", "listen", &[("DRAPE_LISTEN", "127.0.0.1:1")]),
        "listen = \"127.0.0.1:1\" # DRAPE_LISTEN"
    );
    assert_eq!(of("serve", "guest-hours", &[]), "guest-hours = 24 # default");
    assert_eq!(of("serve", "keep-days", &[]), "keep-days = 7 # line 3");
    assert_eq!(of("serve", "private-webhooks", &[]), "private-webhooks = true # line 5");
    assert_eq!(
        of("serve", "private-webhooks", &[("DRAPE_PRIVATE_WEBHOOKS", "false")]),
        "private-webhooks = false # DRAPE_PRIVATE_WEBHOOKS"
    );
    assert_eq!(of("serve", "lora", &[]), "lora = [\"a=0.5\", \"b\"] # line 6");
    assert_eq!(of("serve", "models", &[]), "models = \"/srv/models\" # line 7");
    assert_eq!(of("serve", "public-url", &[]), "# public-url: not set");
    // A command's table takes precedence, but only for that command.
    assert_eq!(of("serve", "workers", &[]), "workers = 2 # line 4");
    assert_eq!(of("worker", "workers", &[]), "workers = 4 # line 9");
    assert_eq!(of("worker", "workers", &[("DRAPE_WORKERS", "5")]), "workers = 5 # DRAPE_WORKERS");
    // A variable may also name the file; a flag takes precedence over everything.
    let named = [("DRAPE_CONFIG", "d.toml"), ("DRAPE_LISTEN", "127.0.0.1:1")];
    let (_, out, _) = drape(folder, &["config", "check"], &named);
    assert!(out.contains("keep-days = 7"), "{out}");
    let (code, _, err) = drape(folder, &["--lang", "en", "health", "--listen", "127.0.0.1:2"], &named);
    assert_eq!((code, err.contains("http://127.0.0.1:2/healthz: no answer")), (Some(1), true), "{err}");
}

#[test]
fn what_is_printed_is_a_settings_file_again() {
    let folder = Folder::new("again");
    std::fs::write(folder.0.join("d.toml"), FILE.replace("models =", "#")).expect("a file");
    for command in ["serve", "worker"] {
        let print = |file: &str| drape(&folder.0, &["config", "check", file, "--for", command], &[]).1;
        let first = print("d.toml");
        std::fs::write(folder.0.join("again.toml"), &first).expect("a file");
        let settings = |text: &str| -> Vec<String> {
            text.lines().filter_map(|l| l.rsplit_once(" # ")).map(|(setting, _)| setting.to_owned()).collect()
        };
        assert!(settings(&first).len() > 10, "{first}");
        assert_eq!(settings(&first), settings(&print("again.toml")));
    }
}

#[test]
fn what_is_not_known_or_of_another_type_is_refused_with_its_line() {
    let folder = Folder::new("refused");
    let of = |text: &str, lang: &str| refusal(&folder.0, text, lang);
    assert_eq!(
        of("\nlisen = \"x\"", "en"),
        "drape: d.toml, line 2: there is no setting `lisen`. The nearest is `listen`."
    );
    assert_eq!(
        of("keep_day = 2", "ko"),
        "drape: d.toml 1번째 줄: `keep_day` 설정은 없어요. 가장 비슷한 설정: `keep-days`."
    );
    assert_eq!(
        of("[wroker]\nworkers = 1", "en"),
        "drape: d.toml, line 1: there is no setting [wroker]. The nearest is [worker]."
    );
    // Workers have no setting `listen`.
    assert!(of("[worker]\nlisten = \"127.0.0.1:1\"", "en").contains("no setting `listen`"));
    assert!(of("config = \"other.toml\"", "en").contains("no setting `config`"));
    assert_eq!(
        of("workers = \"3\"", "en"),
        "drape: d.toml, line 1: `workers` wants a number, without quotes."
    );
    assert_eq!(
        of("listen = 80", "ko"),
        "drape: d.toml 1번째 줄: `listen`에는 따옴표로 묶은 글을 적어 주세요."
    );
    assert_eq!(
        of("private_webhooks = \"yes\"", "en"),
        "drape: d.toml, line 1: `private_webhooks` wants true or false."
    );
    assert!(of("engine = [1]", "en").contains("wants a list"));
    assert!(of("keep-days = 1\nkeep_days = 2", "en").contains("line 2: `keep-days` is set twice"));
    assert!(of("workers = 99", "en").contains("d.toml, line 1: invalid value '99' for '--workers <N>'"));
    assert!(of("engine = \"retuch\"", "en").contains("there is no such engine; choose retouch"));
    assert!(of("listen = ", "en").starts_with("drape: d.toml, line 1:"));
    assert!(of("models = { file = \"none\" }", "en").contains("none cannot be read"));
    // Settings that cannot work together are refused here, too.
    assert!(of("cors-origin = [\"https://a/b\"]", "en").contains("--cors-origin https://a/b"));
    let (code, _, err) = drape(&folder.0, &["--config", "nowhere.toml", "serve"], &[]);
    assert_eq!((code, err.contains("nowhere.toml: the settings file cannot be read")), (Some(2), true));
}

#[test]
fn traces_that_cannot_be_sent_are_refused() {
    let folder = Folder::new("otel");
    let refused = |lang: &str, args: &[&str], settings: &[(&str, &str)]| {
        let (code, _, err) = drape(&folder.0, &[&["--lang", lang], args].concat(), settings);
        assert_eq!(code, Some(2), "{args:?}: {err}");
        err
    };
    let url = "http://127.0.0.1:4318";
    let (en, ko) = if cfg!(feature = "otel") {
        ("write an address like", "처럼 적어 주세요")
    } else {
        ("was built without this feature", "이 프로그램에는 그 기능이 들어 있지 않아요")
    };
    for command in ["serve", "worker"] {
        assert!(refused("en", &[command, "--otel-endpoint", "ftp://x"], &[]).contains(en));
        assert!(refused("ko", &[command, "--otel-endpoint", "ftp://x"], &[]).contains(ko));
        assert!(
            refused("en", &["config", "check", "--for", command], &[("OTEL_EXPORTER_OTLP_ENDPOINT", "x")])
                .contains(en)
        );
    }
    std::fs::write(folder.0.join("d.toml"), format!("otel-endpoint = \"{url}\"")).expect("a file");
    let (code, out, err) = drape(&folder.0, &["config", "check", "d.toml"], &[]);
    if cfg!(feature = "otel") {
        assert!(
            code == Some(0) && out.contains(&format!("otel-endpoint = \"{url}\" # line 1")),
            "{out}{err}"
        );
    } else {
        assert_eq!((code, err.contains("without this feature")), (Some(2), true), "{out}{err}");
    }
}

#[test]
fn a_variable_may_be_a_file_and_never_both() {
    let folder = Folder::new("secrets");
    std::fs::write(folder.0.join("d.toml"), FILE.replace("models =", "#")).expect("a file");
    std::fs::write(folder.0.join("listen"), "\n127.0.0.1:77 \n").expect("a file");
    std::fs::write(folder.0.join("empty"), " \n").expect("a file");
    let line = effective(&folder.0, "serve", "listen", &[("DRAPE_LISTEN_FILE", "listen")]);
    assert_eq!(line, "listen = \"127.0.0.1:77\" # DRAPE_LISTEN_FILE");
    let refused = |settings: &[(&str, &str)]| {
        let (code, _, err) = drape(&folder.0, &["config", "check", "d.toml"], settings);
        assert_eq!(code, Some(2), "{err}");
        err.trim().to_owned()
    };
    assert_eq!(
        refused(&[("DRAPE_LISTEN_FILE", "listen"), ("DRAPE_LISTEN", "127.0.0.1:1")]),
        "drape: DRAPE_LISTEN and DRAPE_LISTEN_FILE are both set. Keep only one of them."
    );
    assert!(refused(&[("DRAPE_LISTEN_FILE", "none")]).contains("DRAPE_LISTEN_FILE: none cannot be read"));
    assert_eq!(refused(&[("DRAPE_LISTEN_FILE", "empty")]), "drape: DRAPE_LISTEN_FILE: empty is empty.");
}

#[test]
fn secrets_are_never_printed() {
    let folder = Folder::new("masked");
    let url = "https://shop:hunter2@drape.example/p@th";
    let print = |args: &[&str], settings: &[(&str, &str)]| {
        let (code, out, err) = drape(&folder.0, args, settings);
        assert!(!format!("{out}{err}").contains("hunter2"), "{args:?}: {out}{err}");
        (code, out, err)
    };
    std::fs::write(folder.0.join("d.toml"), format!("public-url = \"{url}\"")).expect("a file");
    std::fs::write(folder.0.join("secret"), url).expect("a file");
    let (code, out, _) = print(&["config", "check", "d.toml"], &[]);
    assert_eq!(code, Some(0));
    assert!(out.contains("public-url = \"https://shop:***@th\" # line 1"), "{out}");
    print(&["config", "check"], &[("DRAPE_PUBLIC_URL", url)]);
    print(&["serve", "--help"], &[("DRAPE_PUBLIC_URL", url)]);
    // A secret in the wrong setting.
    for settings in [[("DRAPE_LISTEN", url)], [("DRAPE_LISTEN_FILE", "secret")]] {
        let (code, _, err) = print(&["--lang", "en", "serve"], &settings);
        assert_eq!((code, err.contains("this value cannot be used")), (Some(2), true), "{err}");
    }
    for text in [format!("listen = \"{url}\""), format!("listen = {url}"), format!("listen = \"{url}")] {
        std::fs::write(folder.0.join("d.toml"), text).expect("a file");
        assert_eq!(print(&["config", "check", "d.toml"], &[]).0, Some(2));
        assert_eq!(print(&["serve", "--config", "d.toml"], &[]).0, Some(2));
    }
}

#[tokio::test]
async fn a_server_runs_by_a_file_alone_and_health_finds_it() {
    let folder = Folder::new("file");
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let file = folder.0.join("drape.toml");
    std::fs::write(&file, format!("listen = \"{free}\"\nengine = [\"null\"]\n")).expect("a file");
    let config = file.to_str().expect("UTF-8");
    let health = |args: &[&str]| drape(&folder.0, &[&["health", "--config", config], args].concat(), &[]);
    assert_eq!(health(&[]).0, Some(1));
    // Without a command the program runs `serve`, also with a file.
    let server = Process::start(&folder.0, &["--config", config], &[]);
    assert_eq!(server.base(), format!("http://{free}"));
    let user = User::enter(server.base()).await;
    let photo = user.photo().await;
    let job = user.ask(&serde_json::json!({"sentence": "red shirt", "photos": [photo]})).await;
    assert_eq!(user.ended(&job).await, "done");
    assert_eq!(health(&[]), (Some(0), "ok\n".to_owned(), String::new()));
    let (code, out, _) = health(&["--ready"]);
    assert!(code == Some(0) && out.contains("\"ready\":true"), "{out}");
    let (code, _, err) = health(&["--url", &format!("http://{free}/nothing-here")]);
    assert!(code == Some(1) && err.contains("404"), "{err}");
    assert_eq!(server.stop(), Some(0));
}
