//! `deploy/rollout.sh` with stand-ins for `ssh`, `docker`, `kubectl` and `sleep` on the PATH: the commands it
//! runs, their order, and the return to the old version when the new one is unhealthy.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const OLD: &str = "ghcr.io/example/drape:1";
const NEW: &str = "ghcr.io/example/drape:2";

/// A host: a separate folder with an `.env`, and programs that record their calls and fail on request.
struct Host(PathBuf);

impl Host {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("drape-rollout-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("bin")).expect("a folder");
        let host = Self(folder);
        std::fs::write(host.0.join(".env"), format!("DRAPE_HOST=drape.example\nDRAPE_IMAGE={OLD}\n"))
            .expect("an .env");
        // The stand-in runs the remote command in a local shell.
        host.program("ssh", "while [ \"$1\" = -o ]; do shift 2; done\nshift\nexec sh -c \"$1\"");
        host.program("sleep", "exit 0");
        host
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.0.join("bin").join(name);
        let log = self.0.join("log");
        let text = format!("#!/bin/sh\necho \"{name} $*\" >> '{}'\n{script}\n", log.display());
        std::fs::write(&path, text).expect("a script");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("made executable");
    }

    /// Docker Compose with these services; its health check fails while `.env` names one of `ill`.
    fn docker(&self, services: &str, ill: &[&str]) {
        let ill: Vec<String> =
            ill.iter().map(|i| format!("if grep -qx DRAPE_IMAGE={i} .env; then exit 1; fi")).collect();
        let script = format!(
            "case \"$*\" in\n*'config --services') printf '{services}' ;;\n*'drape health'*) {} ;;\nesac",
            if ill.is_empty() { "true".to_owned() } else { ill.join("; ") }
        );
        self.program("docker", &script);
    }

    /// A cluster that keeps each deployment's image in a file.
    fn cluster(&self, ill: &str, migration: &str) {
        for name in ["drape-api", "drape-worker"] {
            std::fs::write(self.0.join(name), OLD).expect("an image");
        }
        let folder = self.0.display();
        self.program(
            "kubectl",
            &format!(
                "cd '{folder}'\nshift 2\ncase \"$1\" in\n\
                 get) cat \"${{2#deployment/}}\" ;;\n\
                 apply) cat > applied ;;\n\
                 wait) {migration} ;;\n\
                 set) printf %s \"${{4#drape=}}\" > \"${{3#deployment/}}\" ;;\n\
                 exec) ! grep -qx '{ill}' drape-api ;;\nesac"
            ),
        );
    }

    /// Runs the script. Returns its exit code, its output, and the commands it ran.
    fn run(&self, args: &[&str]) -> (Option<i32>, String, Vec<String>) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rollout.sh");
        let path = std::env::var("PATH").expect("a PATH");
        let output = Command::new("bash")
            .arg(script)
            .args(args)
            .env("PATH", format!("{}:{path}", self.0.join("bin").display()))
            .env("ROLLOUT_TRIES", "3")
            .stdin(Stdio::null())
            .output()
            .expect("bash runs");
        let log = std::fs::read_to_string(self.0.join("log")).unwrap_or_default();
        let ran = log.lines().filter(|l| !l.starts_with("ssh ")).map(str::to_owned).collect();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned(), ran)
    }

    fn compose(&self) -> (Option<i32>, String, Vec<String>) {
        let dir = self.0.to_str().expect("UTF-8").to_owned();
        self.run(&["compose", "--image", NEW, "--host", "op@drape.example", "--dir", &dir])
    }

    fn image(&self) -> String {
        let text = std::fs::read_to_string(self.0.join(".env")).expect("an .env");
        assert!(text.contains("DRAPE_HOST=drape.example\n"), "other lines stay: {text}");
        let lines: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("DRAPE_IMAGE=")).collect();
        assert_eq!(lines.len(), 1, "{text}");
        lines[0].to_owned()
    }

    fn deployed(&self) -> [String; 2] {
        ["drape-api", "drape-worker"].map(|n| std::fs::read_to_string(self.0.join(n)).expect("an image"))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn compose_rolls_out_what_is_well() {
    let host = Host::new("well");
    host.docker("drape\\ncaddy\\n", &[]);
    let (code, said, ran) = host.compose();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(host.image(), NEW);
    assert_eq!(
        ran,
        [
            "docker compose -f compose.yaml pull --policy missing",
            "docker compose -f compose.yaml config --services",
            "docker compose -f compose.yaml up -d --wait --wait-timeout 300",
            "docker compose -f compose.yaml config --services",
            "docker compose -f compose.yaml exec -T drape /usr/local/bin/drape health --ready",
        ]
    );
}

#[test]
fn compose_goes_back_when_the_new_version_is_not_well() {
    let host = Host::new("ill");
    host.docker("api\\nworker\\nmigrate\\n", &[NEW]);
    let (code, said, ran) = host.compose();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(host.image(), OLD);
    assert!(said.contains(&format!("{NEW} is not well; back to {OLD}")), "{said}");
    assert!(said.contains(&format!("{OLD} runs again")), "{said}");
    let count = |what: &str| ran.iter().filter(|l| l.contains(what)).count();
    assert_eq!((count("run --rm migrate"), count("up -d --wait")), (1, 2), "{ran:?}");
    // Three checks of the new version and one of the old, only for the existing service.
    assert_eq!(count("exec -T api /usr/local/bin/drape health --ready"), 4, "{ran:?}");
    let migrated = ran.iter().position(|l| l.contains("run --rm migrate"));
    let started = ran.iter().position(|l| l.contains("up -d"));
    assert!(migrated < started, "{ran:?}");
}

#[test]
fn compose_says_when_neither_version_is_well() {
    let host = Host::new("neither");
    host.docker("drape\\n", &[OLD, NEW]);
    let (code, said, _) = host.compose();
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(host.image(), OLD);
    assert!(said.contains("restore the backup"), "{said}");
}

#[test]
fn kubectl_migrates_then_rolls_out() {
    let host = Host::new("cluster");
    host.cluster("nothing", "true");
    let (code, said, ran) = host.run(&["kubectl", "--image", NEW]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(host.deployed(), [NEW, NEW]);
    let applied = std::fs::read_to_string(host.0.join("applied")).expect("a job");
    assert!(
        applied.contains(&format!("image: {NEW}\n")) && applied.contains("args: [\"migrate\"]"),
        "{applied}"
    );
    let at =
        |what: &str| ran.iter().position(|l| l.contains(what)).unwrap_or_else(|| panic!("{what}: {ran:?}"));
    assert!(at("wait --for=condition=complete") < at("set image"), "{ran:?}");
    assert!(at("rollout status") < at("drape health --ready"), "{ran:?}");
}

#[test]
fn kubectl_goes_back_when_the_new_version_is_not_well() {
    let host = Host::new("cluster-ill");
    host.cluster(NEW, "true");
    let (code, said, _) = host.run(&["kubectl", "--image", NEW]);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(host.deployed(), [OLD, OLD]);
}

#[test]
fn kubectl_rolls_nothing_out_when_the_migration_fails() {
    let host = Host::new("cluster-migration");
    host.cluster("nothing", "exit 1");
    let (code, said, ran) = host.run(&["kubectl", "--image", NEW]);
    assert_eq!((code, said.contains("the migration failed")), (Some(1), true), "{said}");
    assert_eq!(host.deployed(), [OLD, OLD]);
    assert!(!ran.iter().any(|l| l.contains("set image")), "{ran:?}");
}

#[test]
fn arguments_cannot_carry_commands() {
    let host = Host::new("arguments");
    host.docker("drape\\n", &[]);
    for bad in ["x;touch owned", "$(touch owned)", "a b", "-oProxyCommand=x", "a'b"] {
        let (code, said, ran) = host.run(&["compose", "--image", bad, "--host", "h", "--dir", "/"]);
        assert_eq!((code, ran.len()), (Some(2), 0), "{bad}: {said}");
        let (code, _, ran) = host.run(&["compose", "--image", NEW, "--host", bad, "--dir", "/"]);
        assert_eq!((code, ran.len()), (Some(2), 0), "{bad}");
    }
    assert_eq!(host.run(&[]).0, Some(2));
    assert_eq!(host.run(&["compose", "--image", NEW]).0, Some(2));
}
