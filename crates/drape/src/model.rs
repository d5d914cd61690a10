//! `drape model`: lists third-party models, fetches them, and checks their files.

mod watch;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use drape_core::language::Language;
use drape_models::{DEFAULT_MIRROR, Model, Models, PullOptions, Registry, Source, State, Token, readable};
use serde::Serialize;

use self::watch::Watch;
use crate::failure::Failure;
use crate::lang::Lang;
use crate::terminal::say;
use crate::{places, terminal};

#[derive(Args)]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
    /// Folder of the models [default: the user's data folder, `drape/models` in it]
    #[arg(long, global = true, env = "DRAPE_MODELS", value_name = "DIR")]
    models: Option<PathBuf>,
    /// JSON file with models of your own, `{"models": [...]}`, in the form of `drape model list --json`
    #[arg(long, global = true, env = "DRAPE_MODEL_REGISTRY", value_name = "FILE")]
    registry: Option<PathBuf>,
}

#[derive(Subcommand)]
enum ModelCommand {
    /// Show all models: size, licence, state / 모델과 라이선스, 상태 보기
    List {
        /// As JSON, with every file
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model, or continue where it stopped / 모델 받기 (끊기면 이어서)
    #[command(
        after_help = "A token for models that want one comes from HF_TOKEN (sent to huggingface.co only) or, \
            for a mirror\nof yours, from DRAPE_MODEL_MIRROR_TOKEN (sent to the mirror only)."
    )]
    Pull(PullArgs),
    /// Read every file and compare it with its checksum / 파일이 온전한지 확인하기
    Verify {
        /// A model [default: all that are there]
        name: Option<String>,
    },
    /// Print the folder of a model that is complete / 모델 폴더 경로 보기
    Path {
        /// A model
        name: String,
    },
}

#[derive(Args)]
struct PullArgs {
    /// A model of `drape model list`
    name: String,
    /// Address of the hub or of a mirror with the same paths
    #[arg(long, env = "DRAPE_MODEL_MIRROR", default_value = DEFAULT_MIRROR, value_name = "URL")]
    mirror: String,
    /// Take the files from this folder instead of the network
    #[arg(long, env = "DRAPE_MODEL_OFFLINE", value_name = "DIR")]
    offline: Option<PathBuf>,
    /// A model that is not for commercial use and may be fetched all the same; several times, or commas
    #[arg(long, env = "DRAPE_ACCEPT_NON_COMMERCIAL", value_name = "NAME", value_delimiter = ',')]
    accept_non_commercial: Vec<String>,
    /// Requests at the same time
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    parallel: u8,
    /// Bytes per request
    #[arg(
        long,
        env = "DRAPE_MODEL_CHUNK_BYTES",
        default_value_t = 32 << 20,
        hide = true,
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    chunk_bytes: u64,
    /// Milliseconds before the second attempt
    #[arg(long, env = "DRAPE_MODEL_BACKOFF_MS", default_value_t = 500, hide = true)]
    backoff_ms: u64,
}

pub(crate) fn run(args: &ModelArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    let mut registry = Registry::default();
    if let Some(path) = &args.registry {
        let told = |e: drape_models::RegistryError| {
            Failure::input(format!("{}: {}", path.display(), e.message(language)))
        };
        registry = registry.with_file(path).map_err(told)?;
    }
    let dir = args.models.clone().unwrap_or_else(|| places::default_directory().join("models"));
    let models = Models::with_registry(dir, registry);
    match &args.command {
        ModelCommand::List { json: true } => list_json(&models),
        ModelCommand::List { json: false } => {
            list(&models, language);
            Ok(())
        }
        ModelCommand::Pull(args) => pull(&models, args, language),
        ModelCommand::Verify { name } => verify(&models, name.as_deref(), language),
        ModelCommand::Path { name } => {
            let found = models.find(name).map_err(|missing| match missing {
                drape_models::Missing::Unknown(_) => Failure::input(missing.message(language)),
                _ => Failure::internal(missing.message(language)),
            })?;
            say(&found.dir.display().to_string());
            Ok(())
        }
    }
}

/// A model with its state, as `list --json` shows it.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    model: &'a Model,
    /// `absent`, `partial`, `complete` or `changed`.
    state: &'static str,
    /// Downloaded share, 0 to 100.
    percent: u8,
    /// Its folder.
    dir: String,
    /// Total bytes, as far as they are known.
    bytes: u64,
    /// Files whose checksum is recorded only at the first download.
    trusted_on_first_use: usize,
    /// Models that it also needs and that are missing: one of each list.
    unmet: Vec<&'a [String]>,
}

fn list_json(models: &Models) -> Result<(), Failure> {
    let listed = |model| {
        let (state, percent) = match models.state(model) {
            State::Absent => ("absent", 0),
            State::Partial { percent } => ("partial", percent),
            State::Complete => ("complete", 100),
            State::Changed { .. } => ("changed", 100),
        };
        Listed {
            model,
            state,
            percent,
            dir: models.dir().join(&model.name).display().to_string(),
            bytes: model.size(),
            trusted_on_first_use: model.unpinned(),
            unmet: models.unmet(model),
        }
    };
    let all: Vec<Listed<'_>> = models.registry().models().iter().map(listed).collect();
    let text = serde_json::to_string_pretty(&all)
        .map_err(|e| Failure::internal(format!("the list cannot be written as JSON: {e}")))?;
    say(&text);
    Ok(())
}

fn list(models: &Models, language: Language) {
    let titles = language.pick(
        ["이름", "크기", "상업 이용", "상태", "라이선스", "설명"],
        ["NAME", "SIZE", "COMMERCIAL", "STATE", "LICENCE", "WHAT"],
    );
    let mut rows = vec![titles.map(str::to_owned)];
    for model in models.registry().models() {
        let state = match models.state(model) {
            State::Absent => language.pick("없음", "absent").to_owned(),
            State::Partial { percent } => {
                language.pick(format!("일부 {percent} %"), format!("partial {percent} %"))
            }
            State::Complete => language.pick("있음", "complete").to_owned(),
            State::Changed { .. } => language.pick("바뀜", "changed").to_owned(),
        };
        rows.push([
            model.name.clone(),
            readable(model.size()),
            commercial(model, language).to_owned(),
            state,
            model.license.name.clone(),
            model.what.pick(language).to_owned(),
        ]);
    }
    let widths: [usize; 6] =
        std::array::from_fn(|k| rows.iter().map(|row| columns(&row[k])).max().unwrap_or(0));
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| {
            let blank = " ".repeat(width.saturating_sub(columns(cell)));
            format!("{cell}{blank}")
        });
        say(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    say("");
    notes(models.registry().models(), language);
    let dir = models.dir().display();
    say(&language.pick(format!("모델 폴더: {dir}"), format!("Folder of the models: {dir}")));
}

/// Notes below the table: needed models, files to bring, and files trusted on first use.
fn notes(models: &[Model], language: Language) {
    let mut needs: Vec<&[String]> = models.iter().flat_map(|m| &m.needs).map(Vec::as_slice).collect();
    needs.sort();
    needs.dedup();
    for one_of in needs {
        let with = models.iter().filter(|m| m.needs.iter().any(|n| n == one_of)).map(|m| m.name.as_str());
        let (with, one_of) = (with.collect::<Vec<_>>().join(", "), one_of.join(", "));
        say(&language.pick(
            format!("{one_of} 중 하나와 함께 써야 해요: {with}"),
            format!("Used together with one of {one_of}: {with}"),
        ));
    }
    for model in models {
        if let Some(bring) = &model.bring {
            say(&format!("{}: {}", model.name, bring.pick(language)));
        }
    }
    for line in models.iter().filter_map(|m| first_use(m, language)) {
        say(&line);
    }
}

/// The note for files without a known checksum.
fn first_use(model: &Model, language: Language) -> Option<String> {
    let (name, number, of) = (&model.name, model.unpinned(), model.files.len());
    (number > 0).then(|| {
        language.pick(
            format!("{name}: 파일 {of}개 중 {number}개는 미리 알려진 체크섬이 없어서, 처음 받은 값을 믿고 기록해요."),
            format!("{name}: {number} of {of} files have no checksum known beforehand; they are trusted on \
                first use and recorded then."),
        )
    })
}

fn commercial(model: &Model, language: Language) -> &'static str {
    if model.commercial { language.pick("가능", "yes") } else { language.pick("불가", "no") }
}

fn pull(models: &Models, args: &PullArgs, language: Language) -> Result<(), Failure> {
    if let Some(model) = models.registry().get(&args.name) {
        // Before the download, so that the user can read the licence and refuse.
        say(&format!("{}: {}", model.name, model.what.pick(language)));
        let (license, url) = (&model.license.name, &model.license.url);
        let commercial = commercial(model, language);
        say(&language.pick(
            format!("라이선스: {license} ({url}), 상업 이용: {commercial}"),
            format!("Licence: {license} ({url}), commercial use: {commercial}"),
        ));
        for text in [Some(&model.restrictions), model.bring.as_ref()].into_iter().flatten() {
            if !text.en.is_empty() {
                say(text.pick(language));
            }
        }
        if let Some(line) = first_use(model, language) {
            say(&line);
        }
    }
    let source = match &args.offline {
        Some(directory) => Source::Offline(directory.clone()),
        None => Source::Hub { mirror: args.mirror.clone(), token: token(&args.mirror, language)? },
    };
    let options = PullOptions {
        source,
        accept_non_commercial: args.accept_non_commercial.clone(),
        chunk: args.chunk_bytes,
        parallel: usize::from(args.parallel),
        backoff: Duration::from_millis(args.backoff_ms),
        ..PullOptions::default()
    };
    let watch = Watch::new(language);
    let runtime = tokio::runtime::Runtime::new().map_err(|e| Failure::internal(e.to_string()))?;
    let pulled = runtime.block_on(models.pull(&args.name, &options, &|event| watch.hear(event)));
    watch.clear();
    let pulled = pulled.map_err(|e| match e {
        drape_models::PullError::Unknown(_)
        | drape_models::PullError::NonCommercial { .. }
        | drape_models::PullError::Mirror(_) => Failure::input(e.message(language)),
        _ => Failure::internal(e.message(language)),
    })?;
    let (fetched, kept, dir) = (pulled.fetched, pulled.kept, pulled.dir.display());
    say(&language.pick(
        format!("{dir}: 완료 (받은 파일 {fetched}개, 이미 있던 파일 {kept}개)"),
        format!("{dir}: complete ({fetched} files fetched, {kept} were there)"),
    ));
    for names in models.registry().get(&args.name).map(|m| models.unmet(m)).unwrap_or_default() {
        let names = names.join(", ");
        say(&language.pick(
            format!("쓰려면 다음 중 하나도 받아 주세요: {names}"),
            format!("To use it, fetch one of these too: {names}"),
        ));
    }
    Ok(())
}

/// The hub's token is sent only to the hub, and a mirror's only to the mirror.
fn token(mirror: &str, language: Language) -> Result<Option<Token>, Failure> {
    let host = mirror.split("//").nth(1).and_then(|rest| rest.split(['/', ':']).next()).unwrap_or_default();
    let hub =
        mirror.starts_with("https://") && (host == "huggingface.co" || host.ends_with(".huggingface.co"));
    let variable = if hub { "HF_TOKEN" } else { "DRAPE_MODEL_MIRROR_TOKEN" };
    Ok(crate::config::variable(variable, language)?.as_deref().and_then(Token::new))
}

fn verify(models: &Models, name: Option<&str>, language: Language) -> Result<(), Failure> {
    let there = |m: &&Model| models.state(m) != State::Absent;
    let names: Vec<String> = match name {
        Some(name) => vec![name.to_owned()],
        None => models.registry().models().iter().filter(there).map(|m| m.name.clone()).collect(),
    };
    if names.is_empty() {
        say(language.pick("받은 모델이 없어요.", "There are no models yet."));
    }
    let mut damaged = 0;
    for name in &names {
        let watch = Watch::new(language);
        let findings = models.verify(name, &|path, read| {
            watch.line(&format!("{path}  {}", readable(read)), false);
        });
        watch.clear();
        let findings = findings.map_err(|e| match e {
            drape_models::PullError::Unknown(_) => Failure::input(e.message(language)),
            _ => Failure::internal(e.message(language)),
        })?;
        let wrong: Vec<String> = findings.iter().filter_map(|f| f.message(name, language)).collect();
        wrong.iter().for_each(|line| say(&format!("{name}: {line}")));
        damaged += wrong.len();
        if wrong.is_empty() {
            let number = findings.len();
            say(&language.pick(
                format!("{name}: 파일 {number}개 모두 온전해요."),
                format!("{name}: all {number} files are sound."),
            ));
        }
    }
    if damaged > 0 {
        return Err(Failure::internal(language.pick(
            format!("문제가 있는 파일이 {damaged}개예요."),
            format!("There are problems with {damaged} files."),
        )));
    }
    Ok(())
}

/// Terminal columns of a text; characters such as Hangul take two.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|c| {
            if matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3000}'..='\u{d7a3}' | '\u{ff00}'..='\u{ff60}') {
                2
            } else {
                1
            }
        })
        .sum()
}
