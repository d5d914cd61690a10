//! `drape style --engine photomaker`: a new picture of the person in the photos.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use drape_core::engine::{Drawn, Progress as Told, Request, Settings, Stage};
use drape_core::language::Language;
use drape_core::photo::Format;
use drape_core::report::{Outcome, Painted, Reason};
use drape_core::sentence::Sentence;
use drape_core::style::Style;
use drape_photomaker::error::{Error, Input};
use serde_json::json;

use crate::Failure;
use crate::cli::StyleArgs;
use crate::files::{self, Target};
use crate::terminal::{Progress, say};

/// What was asked for at the terminal.
pub(super) struct Asked<'a> {
    pub(super) args: &'a StyleArgs,
    pub(super) sentence: &'a Sentence,
    pub(super) style: &'a Style,
    pub(super) photos: &'a [&'a Path],
    pub(super) language: Language,
}

pub(super) fn run(
    asked: &Asked<'_>,
    paths: &[PathBuf],
    targets: &[Target],
    json: Option<Target>,
    format: Format,
) -> Result<(), Failure> {
    let start = Instant::now();
    let (args, language) = (asked.args, asked.language);
    // What can be refused is refused before photos are read and the model is loaded.
    let settings = settings(args, language)?;
    if asked.photos.len() > 8 {
        return Err(refused(&Error::Input(Input::TooManyPhotos(asked.photos.len())), language));
    }
    let bytes: Vec<Vec<u8>> =
        asked.photos.iter().map(|p| files::photo_bytes(p, language)).collect::<Result<_, _>>()?;
    let progress = Progress::new();
    progress.show(Stage::Load.name(language));
    let engine = drape_retouch::Engine::load()
        .map(Arc::new)
        .map_err(|e| Failure::internal(e.message(language)))
        .and_then(|parser| args.paint.engine(&parser, language))
        .inspect_err(|_| progress.clear())?;
    let seeds: Vec<u64> = (0..u64::from(args.variations)).map(|k| args.seed.wrapping_add(k)).collect();
    let slices: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
    let request = Request {
        photos: &slices,
        style: asked.style,
        seeds: &seeds,
        subject: args.subject.into(),
        settings: &settings,
        owner: None,
    };
    let mut tell = |told: Told| {
        let share = if told.total > 0 { format!(" {}/{}", told.step, told.total) } else { String::new() };
        progress.show(&format!("{}{share}", told.stage.name(language)));
        true
    };
    let drawn = engine.run(request, &mut tell);
    progress.clear();
    let drawn = drawn.map_err(|e| refused(&e, language))?;
    for (look, target) in drawn.iter().zip(targets) {
        let bytes = look.picture.encode(format).map_err(|e| Failure::internal(e.to_string()))?;
        target.write(&bytes)?;
    }
    if let Some(target) = json {
        target.write(&report(asked, paths, &drawn)?)?;
    }
    summary(paths, &drawn, start.elapsed().as_secs_f32(), language)
}

/// The settings of the engine, each checked.
fn settings(args: &StyleArgs, language: Language) -> Result<Settings, Failure> {
    let refuse = |input: Input| Failure::input(input.message(language));
    let mut settings = Settings {
        guidance: args.guidance,
        negative: args.negative.clone(),
        best_of: args.best_of,
        ..Settings::default()
    };
    if let Some(steps) = args.steps {
        let known = u32::try_from(steps).ok().filter(|n| (1..=1000).contains(n));
        settings.steps = Some(known.ok_or_else(|| refuse(Input::Steps(steps)))?);
    }
    if let Some(guidance) = args.guidance.filter(|g| !(1.0..=50.0).contains(g)) {
        return Err(refuse(Input::Guidance(guidance.to_string())));
    }
    if let Some(size) = &args.size {
        let sides = size
            .split_once(['x', 'X', '×'])
            .and_then(|(w, h)| Some((w.trim().parse::<u32>().ok()?, h.trim().parse::<u32>().ok()?)));
        let Some((width, height)) = sides else {
            return Err(Failure::input(language.pick(
                format!("--size {size}: 832x1216처럼 적어 주세요."),
                format!("--size {size}: write it like 832x1216."),
            )));
        };
        let side = |n: u32| n.is_multiple_of(8) && (64..=2048).contains(&n);
        if !side(width) || !side(height) {
            return Err(refuse(Input::Size { width: width as usize, height: height as usize }));
        }
        (settings.width, settings.height) = (Some(width), Some(height));
    }
    Ok(settings)
}

/// Mistakes in what was given end with 2, failures of the machine with 1.
fn refused(error: &Error, language: Language) -> Failure {
    let message = error.message(language);
    match error {
        Error::Compute(_) | Error::Cancelled | Error::Memory { .. } => Failure::internal(message),
        _ => Failure::input(message),
    }
}

fn report(asked: &Asked<'_>, paths: &[PathBuf], drawn: &[Drawn]) -> Result<Vec<u8>, Failure> {
    let one = |(path, look): (&PathBuf, &Drawn)| {
        let mut value = json!(look.report);
        value["file"] = json!(path);
        value
    };
    let all: Vec<_> = paths.iter().zip(drawn).map(one).collect();
    let mut value = all.first().cloned().unwrap_or_default();
    value["sentence"] = json!(asked.sentence.as_str());
    value["photo_files"] = json!(asked.photos);
    if all.len() > 1 {
        value["variations"] = json!(all);
    }
    let text = serde_json::to_string_pretty(&value);
    text.map(|s| (s + "\n").into_bytes()).map_err(|e| Failure::internal(format!("report: {e}")))
}

fn summary(paths: &[PathBuf], drawn: &[Drawn], seconds: f32, language: Language) -> Result<(), Failure> {
    let Some(first) = drawn.first() else { return Ok(()) };
    let Some(painted) = &first.report.painted else { return Ok(()) };
    let names: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
    let (names, Painted { steps, width, height, photos, .. }) = (names.join(", "), painted);
    let likeness = painted.likeness.unwrap_or_default();
    let plural = if *photos == 1 { "photo" } else { "photos" };
    say(&language.pick(
        format!("{names}: {width}x{height}, {steps}단계, 사진 {photos}장 · {seconds:.1}초"),
        format!("{names}: {width}x{height}, {steps} steps, {photos} {plural} · {seconds:.1} s"),
    ));
    say(&language.pick(
        format!("  닮은 정도 {likeness:.2} (1에 가까울수록 사진과 비슷한 얼굴). AI가 새로 그린 그림입니다"),
        format!("  likeness {likeness:.2} (nearer to 1: more like the photos). The picture is painted by AI"),
    ));
    for wish in &first.report.garments {
        let mark = match wish.outcome {
            Outcome::Done => language.pick("완료", "done"),
            Outcome::Approximated => language.pick("요청", "asked"),
            Outcome::NotPossible => language.pick("불가", "not possible"),
        };
        let why: Vec<String> =
            wish.reasons.iter().filter(|r| **r != Reason::ToldToModel).map(|r| r.message(language)).collect();
        let why = if why.is_empty() { String::new() } else { format!(" — {}", why.join("; ")) };
        say(&format!("  {mark}: {}{why}", wish.asked));
    }
    if !first.report.not_understood.is_empty() {
        let words = first.report.not_understood.join(", ");
        say(&language.pick(format!("  이해하지 못한 말: {words}"), format!("  not understood: {words}")));
    }
    Ok(())
}
