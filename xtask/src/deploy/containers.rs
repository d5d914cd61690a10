//! Runs what a container would run, without a container engine: reads image and service, and runs their
//! command line, environment and health check with the built program, and a folder in place of the volume.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::folder::Folder;
use super::names;
use super::yaml::Yaml;

/// The paths of the program and its data in an image.
const PROGRAM: &str = "/usr/local/bin/drape";
const DATA: &str = "/var/lib/drape";
/// The port that images listen on.
const PORT: &str = "8080";

/// The declarations of a Dockerfile's stage.
#[derive(Default)]
struct Image {
    environment: BTreeMap<String, String>,
    entrypoint: Vec<String>,
    command: Vec<String>,
    health: Vec<String>,
    user: String,
    stop: String,
}

pub(super) fn check(drape: &Path, read: &Yaml) -> Result<(), String> {
    for dockerfile in ["deploy/Dockerfile", "deploy/Dockerfile.cuda"] {
        let text = std::fs::read_to_string(dockerfile).map_err(|e| format!("{dockerfile}: {e}"))?;
        for target in ["drape", "sagemaker"] {
            let image = Image::read(&text, target)?;
            if image.user.split(':').next().is_none_or(|u| u.parse::<u32>().is_ok_and(|u| u == 0)) {
                return Err(format!("{dockerfile}: {target} runs as root"));
            }
            if image.stop != "SIGTERM" || image.health.is_empty() {
                return Err(format!("{dockerfile}: {target} wants STOPSIGNAL SIGTERM and a HEALTHCHECK"));
            }
        }
    }
    let text = std::fs::read_to_string("deploy/Dockerfile").map_err(|e| e.to_string())?;
    let image = Image::read(&text, "drape")?;
    println!("== as the image runs: its own command, as process 1 where that is allowed");
    run(drape, &image, &image.command, &[], &image.health)?;
    let file = read.read("deploy/compose.yaml")?;
    for (name, service) in names::services(&file) {
        println!("== as compose.yaml runs {name}");
        let test = names::strings(&service["healthcheck"]["test"]);
        let (kind, test) = test.split_first().ok_or("no health check")?;
        if kind != "CMD" {
            return Err(format!("compose.yaml: {name}: the health check wants no shell"));
        }
        run(drape, &image, &names::strings(&service["command"]), &names::environment(&service), test)?;
    }
    let model = Image::read(&text, "sagemaker")?;
    let known = Command::new(drape).args(["serve-model", "--help"]).output().map_err(|e| e.to_string())?;
    if !known.status.success() {
        return Err("the image's target sagemaker runs `drape serve-model`, which is no command".to_owned());
    }
    println!("== as SageMaker runs the image: with the argument `serve`");
    // Without weights: use the engine that needs none. `run` replaces the port.
    let settings = [("DRAPE_ENGINE", "retouch"), ("DRAPE_LISTEN", "0.0.0.0:8080")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    run(drape, &model, &["serve".to_owned()], &settings, &model.health)
}

/// Runs the command until it is healthy, sends SIGTERM, and requires exit code 0.
fn run(
    drape: &Path,
    image: &Image,
    command: &[String],
    variables: &[(String, String)],
    health: &[String],
) -> Result<(), String> {
    let folder = Folder::new("container")?;
    let program = folder.0.join("drape");
    std::fs::copy(drape, &program).map_err(|e| format!("{}: {e}", drape.display()))?;
    let data = folder.0.join("data");
    std::fs::create_dir(&data).map_err(|e| e.to_string())?;
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|e| e.to_string())?;
    // Replace the image's paths and port by those of this run.
    let here = |text: &String| {
        let text = text.replace(PROGRAM, &program.display().to_string());
        let text = text.replace(DATA, &data.display().to_string());
        text.replace(&format!(":{PORT}"), &format!(":{}", free.port()))
    };
    let mut environment = image.environment.clone();
    environment.extend(variables.iter().cloned());
    let line: Vec<String> = image.entrypoint.iter().chain(command).map(here).collect();
    let start = |line: &[String]| {
        let mut process = Command::new(&line[0]);
        process.args(&line[1..]).env_clear().env("PATH", "/usr/bin:/bin").current_dir("/");
        process.envs(environment.iter().map(|(name, value)| (name, here(value))));
        process
    };
    let user = Own::of(&image.user, &[&folder.0, &data])?;
    // A signal without a handler does not end process 1, so a program that handles none hangs here.
    let alone = ["unshare", "--pid", "--fork", "--kill-child"].map(str::to_owned);
    let first =
        Command::new("unshare").args(["--pid", "--fork", "true"]).output().is_ok_and(|o| o.status.success());
    let line =
        if first { [&alone[..], &user.prefix, &line].concat() } else { [&user.prefix[..], &line].concat() };
    let shown = line.join(" ");
    let mut process = start(&line);
    process.stdout(Stdio::piped()).stderr(Stdio::null());
    let child = process.spawn().map_err(|e| format!("{shown}: {e}"))?;
    let mut running = Running(child);
    let said = running.0.stdout.take().map(BufReader::new);
    let reader =
        std::thread::spawn(move || said.into_iter().flat_map(|s| s.lines().map_while(Result::ok)).count());

    let check: Vec<String> = [&user.prefix[..], &health.iter().map(here).collect::<Vec<_>>()].concat();
    let begun = Instant::now();
    let mut last = String::new();
    loop {
        if let Some(status) = running.0.try_wait().map_err(|e| e.to_string())? {
            return Err(format!("{shown}: ended early ({status})"));
        }
        let output = start(&check).output().map_err(|e| format!("{}: {e}", check.join(" ")))?;
        if output.status.success() {
            break;
        }
        last = String::from_utf8_lossy(&output.stderr).into_owned();
        if begun.elapsed() > Duration::from_secs(60) {
            return Err(format!("{shown}: not healthy after a minute: {last}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(last);
    let healthy = begun.elapsed();
    let id = running.program(&program).ok_or_else(|| format!("{shown}: where is it?"))?;
    let begun = Instant::now();
    let sent = Command::new("kill").args(["-TERM", &id.to_string()]).status().map_err(|e| e.to_string())?;
    if !sent.success() {
        return Err(format!("{shown}: cannot be signalled"));
    }
    let status = loop {
        if let Some(status) = running.0.try_wait().map_err(|e| e.to_string())? {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(60) {
            return Err(format!("{shown}: does not end after SIGTERM"));
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let lines = reader.join().unwrap_or_default();
    if !status.success() || lines == 0 {
        return Err(format!("{shown}: after SIGTERM: {status}; said {lines} lines"));
    }
    println!(
        "   {}: healthy after {} ms, ended with 0 in {} ms{}",
        [&image.entrypoint[..], command].concat().join(" "),
        healthy.as_millis(),
        begun.elapsed().as_millis(),
        if first { ", as process 1" } else { "" }
    );
    Ok(())
}

/// Switches to the image's user, if this process may.
struct Own {
    prefix: Vec<String>,
}

impl Own {
    fn of(user: &str, folders: &[&PathBuf]) -> Result<Self, String> {
        let may = ["setpriv", "--reuid", "10001", "--regid", "10001", "--clear-groups", "--no-new-privs"];
        let root =
            Command::new("setpriv").args(&may[1..]).arg("true").output().is_ok_and(|o| o.status.success());
        if !root {
            return Ok(Self { prefix: Vec::new() });
        }
        let changed = Command::new("chown").arg(user).args(folders).status().map_err(|e| e.to_string())?;
        let prefix = may.map(str::to_owned).to_vec();
        if changed.success() { Ok(Self { prefix }) } else { Err(format!("chown {user} failed")) }
    }
}

/// A process that is killed if the check ends early.
struct Running(Child);

impl Running {
    /// The id of the program, which may be a descendant of the started process.
    fn program(&self, program: &Path) -> Option<u32> {
        let mut ids = vec![self.0.id()];
        while let Some(id) = ids.pop() {
            if std::fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == program) {
                return Some(id);
            }
            let children =
                std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
            ids.extend(children.split_whitespace().filter_map(|c| c.parse::<u32>().ok()));
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // `--kill-child` ends the program with its parent.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Image {
    /// The declarations of the stage `target` and of the stages that it builds on.
    fn read(text: &str, target: &str) -> Result<Self, String> {
        let text = text.replace("\\\n", " ");
        let mut stages: BTreeMap<String, Self> = BTreeMap::new();
        let (mut name, mut image) = (String::new(), Self::default());
        for line in text.lines().map(str::trim).filter(|l| !l.starts_with('#')) {
            let Some((word, rest)) = line.split_once(char::is_whitespace) else { continue };
            let rest = rest.trim();
            match word {
                "FROM" => {
                    stages.insert(std::mem::take(&mut name), image);
                    let mut words = rest.split_whitespace();
                    let from = words.next().unwrap_or_default();
                    image = stages.get(from).map_or_else(Self::default, Self::copy);
                    name = words.nth(1).unwrap_or_default().to_owned();
                }
                "ENV" => {
                    let pairs = rest.split_whitespace().filter_map(|pair| pair.split_once('='));
                    image.environment.extend(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())));
                }
                "USER" => rest.clone_into(&mut image.user),
                "STOPSIGNAL" => rest.clone_into(&mut image.stop),
                "ENTRYPOINT" => image.entrypoint = exec(rest)?,
                "CMD" => image.command = exec(rest)?,
                "HEALTHCHECK" => {
                    let (_, check) = rest.split_once("CMD").ok_or("HEALTHCHECK without CMD")?;
                    image.health = exec(check)?;
                }
                _ => {}
            }
        }
        stages.insert(name, image);
        stages.remove(target).ok_or_else(|| format!("no stage {target}"))
    }

    fn copy(&self) -> Self {
        Self {
            environment: self.environment.clone(),
            entrypoint: self.entrypoint.clone(),
            command: self.command.clone(),
            health: self.health.clone(),
            user: self.user.clone(),
            stop: self.stop.clone(),
        }
    }
}

/// A command in Docker's exec form, which is JSON.
fn exec(text: &str) -> Result<Vec<String>, String> {
    let value: Value =
        serde_json::from_str(text.trim()).map_err(|e| format!("{text}: not in exec form ({e})"))?;
    Ok(names::strings(&value))
}
